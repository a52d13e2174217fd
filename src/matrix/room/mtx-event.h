/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One event of a room as an immutable value, checked by shape once. Counted atomically: it may be handed
 * from thread to thread, but its content (private header) is never referenced, only read.
 */
#pragma once

#include "mtx-room-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_EVENT (mtx_event_get_type ())

GType          mtx_event_get_type           (void);
MtxEvent      *mtx_event_ref                (MtxEvent *self);
void           mtx_event_unref              (MtxEvent *self);
const char    *mtx_event_get_room_id        (MtxEvent *self);
const char    *mtx_event_get_event_id       (MtxEvent *self);
const char    *mtx_event_get_sender         (MtxEvent *self);
const char    *mtx_event_get_type_name      (MtxEvent *self);
const char    *mtx_event_get_state_key      (MtxEvent *self);
gint64         mtx_event_get_timestamp_ms   (MtxEvent *self);
MtxEventKind   mtx_event_get_kind           (MtxEvent *self);
const char    *mtx_event_get_body           (MtxEvent *self);
const char    *mtx_event_get_transaction_id (MtxEvent *self);
const char    *mtx_event_get_redacts        (MtxEvent *self);
const char    *mtx_event_get_relation_type  (MtxEvent *self);
const char    *mtx_event_get_relates_to     (MtxEvent *self);
MtxMembership  mtx_event_get_membership     (MtxEvent *self);
MtxDecryption  mtx_event_get_decryption     (MtxEvent *self);
MtxShield      mtx_event_get_shield         (MtxEvent *self);
gboolean       mtx_event_get_edited         (MtxEvent *self);
const char    *mtx_event_get_withheld_code  (MtxEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxEvent, mtx_event_unref)

G_END_DECLS
