/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every room of the account: a GListModel of MtxRoom, most recent first. Filled from the store before the
 * network is needed; written and published by the sync loop.
 */
#pragma once

#include "mtx-room.h"

G_BEGIN_DECLS

typedef struct _MtxChangeSet    MtxChangeSet;
typedef struct _MtxSyncResponse MtxSyncResponse;

#define MTX_TYPE_ROOM_LIST (mtx_room_list_get_type ())

G_DECLARE_FINAL_TYPE (MtxRoomList, mtx_room_list, MTX, ROOM_LIST, GObject)

MtxRoomList *mtx_room_list_new          (MtxDb           *db,
                                         MtxHttp         *http,
                                         const char      *own_user_id);
DexFuture   *mtx_room_list_load         (MtxRoomList     *self);
const char  *mtx_room_list_get_own_user_id (MtxRoomList   *self);
MtxRoom     *mtx_room_list_lookup       (MtxRoomList     *self,
                                         const char      *room_id);
MtxRoom     *mtx_room_list_find_support (MtxRoomList     *self,
                                         const char      *user_id);
DexFuture   *mtx_room_list_add_created  (MtxRoomList     *self,
                                         const char      *room_id,
                                         const char      *invitee);
DexFuture   *mtx_room_list_write        (MtxRoomList     *self,
                                         MtxSyncResponse *response,
                                         MtxChangeSet    *changes);
DexFuture   *mtx_room_list_publish      (MtxRoomList     *self,
                                         MtxSyncResponse *response);

G_END_DECLS
