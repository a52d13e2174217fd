/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of a sync's messages, made in a thread.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-sync-response.h"

G_BEGIN_DECLS

/* Room account data of ours: the newest read marker of anybody else. Never sent anywhere. */
#define MTX_ROOM_DATA_READ_MARKER "read-marker"

DexFuture *_mtx_room_list_write_events (MtxSyncResponse *response,
                                        GHashTable      *encrypted_rooms,
                                        const char      *own_user_id,
                                        MtxChangeSet    *changes);

G_END_DECLS
