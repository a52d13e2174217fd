/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes the encrypted direct room with one other person, and never a second one.
 */
#pragma once

#include "mtx-room-list.h"

G_BEGIN_DECLS

DexFuture *mtx_room_create_direct (MtxHttp     *http,
                                   MtxDb       *db,
                                   MtxRoomList *rooms,
                                   const char  *invitee);

G_END_DECLS
