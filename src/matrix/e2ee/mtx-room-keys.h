/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room keys one command reads with: those in the store, those that just arrived, and the positions
 * already used by an event. Belongs to the crypto worker thread.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-megolm-inbound.h"
#include "mtx-room-key-store.h"

G_BEGIN_DECLS

/* Room keys kept from one person; a busy agent makes one for every hundred messages. */
#define MTX_ROOM_KEYS_MAX_PER_SENDER 10000

typedef struct _MtxRoomKeys MtxRoomKeys;

MtxRoomKeys                *mtx_room_keys_new        (MtxSecretBytes             *master_key);
void                        mtx_room_keys_free       (MtxRoomKeys                *self);
void                        mtx_room_keys_add_rows   (MtxRoomKeys                *self,
                                                      GPtrArray                  *inbound_rows,
                                                      GPtrArray                  *replay_rows);
void                        mtx_room_keys_set_count  (MtxRoomKeys                *self,
                                                      const char                 *sender_user,
                                                      gint64                      n_stored);
const MtxInboundSessionRow *mtx_room_keys_find       (MtxRoomKeys                *self,
                                                      const char                 *room_id,
                                                      const char                 *session_id);
gboolean                    mtx_room_keys_receive    (MtxRoomKeys                *self,
                                                      const MtxInboundSessionRow *claim,
                                                      const char                 *untrusted_session_key,
                                                      MtxChangeSet               *changes,
                                                      GError                    **error);
GBytes                     *mtx_room_keys_decrypt    (MtxRoomKeys                *self,
                                                      const char                 *room_id,
                                                      const char                 *session_id,
                                                      const char                 *untrusted_ciphertext,
                                                      guint32                    *message_index,
                                                      GError                    **error);
gboolean                    mtx_room_keys_find_index (MtxRoomKeys                *self,
                                                      const char                 *room_id,
                                                      const char                 *session_id,
                                                      const char                 *event_id,
                                                      guint32                    *message_index);
gboolean                    mtx_room_keys_note_index (MtxRoomKeys                *self,
                                                      const MtxReplayRow         *use,
                                                      MtxChangeSet               *changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRoomKeys, mtx_room_keys_free)

G_END_DECLS
