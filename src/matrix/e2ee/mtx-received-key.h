/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room key on its way to us, and the JSON of room keys in backups, exports and bundles (specification,
 * § Key exports; protocol.md § 8.3). What is in it is untrusted until mtx_room_keys_receive () has looked.
 */
#pragma once

#include "mtx-megolm-inbound.h"
#include "mtx-room-key-store.h"

G_BEGIN_DECLS

/* Says in its claim where it comes from: a key that is imported has the export format, others that of sharing. */
typedef struct
{
  MtxInboundSessionRow *claim;
  char                 *untrusted_session_key;
} MtxReceivedKey;

/**
 * MtxRoomKeyForm:
 * @MTX_ROOM_KEY_FOR_BACKUP: the place in the backup says room and session
 * @MTX_ROOM_KEY_FOR_EXPORT: as in a backup, with room and session
 *
 * Where a room key is written to.
 */
typedef enum
{
  MTX_ROOM_KEY_FOR_BACKUP,
  MTX_ROOM_KEY_FOR_EXPORT,
} MtxRoomKeyForm;

MtxReceivedKey *mtx_received_key_new           (const MtxInboundSessionRow  *claim,
                                                const char                  *untrusted_session_key);
MtxReceivedKey *mtx_received_key_new_from_json (JsonObject                  *untrusted,
                                                const char                  *room_id,
                                                const char                  *session_id,
                                                GError                     **error);
void            mtx_received_key_free          (MtxReceivedKey              *self);
gboolean        mtx_room_key_read_shared       (JsonObject                  *untrusted);
JsonObject     *mtx_room_key_build_json        (const MtxInboundSessionRow  *row,
                                                MtxMegolmInbound            *session,
                                                MtxRoomKeyForm               form,
                                                GError                     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxReceivedKey, mtx_received_key_free)

G_END_DECLS
