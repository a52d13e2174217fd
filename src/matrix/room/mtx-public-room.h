/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room that is only ever read: its text posts, newest first. They come from the store at once and from the
 * server when it answers, without being in the room where it allows that, else as a silent member.
 */
#pragma once

#include "mtx-event.h"
#include "mtx-power-levels.h"

G_BEGIN_DECLS

#define MTX_TYPE_PUBLIC_ROOM (mtx_public_room_get_type ())

G_DECLARE_FINAL_TYPE (MtxPublicRoom, mtx_public_room, MTX, PUBLIC_ROOM, GObject)

/* Signal: "changed" (the posts, who has power, or whether there are older ones). */
MtxPublicRoom  *mtx_public_room_new              (MtxDb              *db,
                                                  MtxRoomList        *rooms,
                                                  const char         *address,
                                                  const char * const *via);
const char     *mtx_public_room_get_id           (MtxPublicRoom      *self);
gboolean        mtx_public_room_get_member       (MtxPublicRoom      *self);
gboolean        mtx_public_room_get_has_older    (MtxPublicRoom      *self);
guint           mtx_public_room_get_n_posts      (MtxPublicRoom      *self);
MtxEvent       *mtx_public_room_get_post         (MtxPublicRoom      *self,
                                                  guint               position);
MtxPowerLevels *mtx_public_room_dup_power_levels (MtxPublicRoom      *self);
DexFuture      *mtx_public_room_load             (MtxPublicRoom      *self,
                                                  const char         *remembered_id);
DexFuture      *mtx_public_room_refresh          (MtxPublicRoom      *self,
                                                  MtxHttp            *http);
DexFuture      *mtx_public_room_load_older       (MtxPublicRoom      *self,
                                                  MtxHttp            *http);

G_END_DECLS
