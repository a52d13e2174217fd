/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One room as the account sees it: what it is called, who is in it, whether it is encrypted (and stays so).
 */
#pragma once

#include "mtx-room-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_ROOM (mtx_room_get_type ())

G_DECLARE_FINAL_TYPE (MtxRoom, mtx_room, MTX, ROOM, GObject)

/* Properties, all read-only and notified: "id", "name" (nullable), "membership", "encrypted"
 * (boolean, sticky), "can-send" (boolean: joined, encrypted with the algorithm we know), "joined-count",
 * "invited-count" (uint). Signal: "members-changed". */
const char     *mtx_room_get_id              (MtxRoom     *self);
const char     *mtx_room_get_own_user_id     (MtxRoom     *self);
const char     *mtx_room_get_name            (MtxRoom     *self);
MtxMembership   mtx_room_get_membership      (MtxRoom     *self);
gboolean        mtx_room_get_encrypted       (MtxRoom     *self);
const char     *mtx_room_get_algorithm       (MtxRoom     *self);
gboolean        mtx_room_get_can_send        (MtxRoom     *self);
guint           mtx_room_get_joined_count    (MtxRoom     *self);
guint           mtx_room_get_invited_count   (MtxRoom     *self);
MtxMembership   mtx_room_get_member_state    (MtxRoom     *self,
                                              const char  *user_id);
gboolean        mtx_room_is_created_by       (MtxRoom     *self,
                                              const char  *user_id);
MtxPowerLevels *mtx_room_dup_power_levels    (MtxRoom     *self);
GStrv           mtx_room_dup_other_members   (MtxRoom     *self);
DexFuture      *mtx_room_dup_crypto_info     (MtxRoom     *self);

G_END_DECLS
