/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What still has to be sent in one conversation: kept on disk first, sent in order, each exactly once, and
 * only encrypted. A GListModel of MtxTimelineItem, oldest first.
 */
#pragma once

#include "mtx-timeline-item.h"

G_BEGIN_DECLS

#define MTX_OUTBOX_MAX_BODY_BYTES 32768

#define MTX_TYPE_OUTBOX (mtx_outbox_get_type ())

G_DECLARE_FINAL_TYPE (MtxOutbox, mtx_outbox, MTX, OUTBOX, GObject)

/* The account, the server and the room may come long after the first message. */
MtxOutbox  *mtx_outbox_new      (MtxDb         *db,
                                 const char    *conversation);
DexFuture  *mtx_outbox_load     (MtxOutbox     *self);
void        mtx_outbox_bind     (MtxOutbox     *self,
                                 MtxRoom       *room,
                                 MtxHttp       *http,
                                 MtxEncryption *encryption);
DexFuture  *mtx_outbox_add_text (MtxOutbox     *self,
                                 const char    *body);
void        mtx_outbox_wake     (MtxOutbox     *self);
DexFuture  *mtx_outbox_retry    (MtxOutbox     *self,
                                 const char    *transaction_id);
DexFuture  *mtx_outbox_delete   (MtxOutbox     *self,
                                 const char    *transaction_id);
DexFuture  *mtx_outbox_close    (MtxOutbox     *self);

G_END_DECLS
