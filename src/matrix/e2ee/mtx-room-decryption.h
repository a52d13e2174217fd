/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From an encrypted room event to what may be shown of it.
 */
#pragma once

#include "mtx-event-private.h"
#include "mtx-room-keys.h"
#include "mtx-senders.h"

G_BEGIN_DECLS

gboolean  mtx_room_decryption_can_try (MtxEvent      *event);
MtxEvent *mtx_room_decryption_run     (MtxRoomKeys   *keys,
                                       MtxSenders    *senders,
                                       MtxEvent      *event,
                                       MtxChangeSet  *changes);

G_END_DECLS
