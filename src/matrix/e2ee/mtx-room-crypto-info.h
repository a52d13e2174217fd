/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What encryption needs to know of a room, as one value taken at one moment: the settings of its
 * `m.room.encryption` and the people who may read what is sent now.
 */
#pragma once

#include "mtx-e2ee-types.h"
#include "mtx-megolm-rotation.h"

G_BEGIN_DECLS

#define MTX_TYPE_ROOM_CRYPTO_INFO (mtx_room_crypto_info_get_type ())

GType                    mtx_room_crypto_info_get_type      (void);
MtxRoomCryptoInfo       *mtx_room_crypto_info_new           (const char              *room_id,
                                                             const char              *algorithm,
                                                             const MtxMegolmRotation *rotation,
                                                             const char * const      *members,
                                                             const char * const      *invited,
                                                             const char              *history_visibility);
MtxRoomCryptoInfo       *mtx_room_crypto_info_dup_for_verification (const MtxRoomCryptoInfo *self);
MtxRoomCryptoInfo       *mtx_room_crypto_info_ref           (MtxRoomCryptoInfo       *self);
void                     mtx_room_crypto_info_unref         (MtxRoomCryptoInfo       *self);
const char              *mtx_room_crypto_info_get_room_id   (const MtxRoomCryptoInfo *self);
const char              *mtx_room_crypto_info_get_algorithm (const MtxRoomCryptoInfo *self);
const MtxMegolmRotation *mtx_room_crypto_info_get_rotation  (const MtxRoomCryptoInfo *self);
const char * const      *mtx_room_crypto_info_get_members   (const MtxRoomCryptoInfo *self);
const char * const      *mtx_room_crypto_info_get_invited   (const MtxRoomCryptoInfo *self);
gboolean                 mtx_room_crypto_info_shares_history (const MtxRoomCryptoInfo *self);
gboolean                 mtx_room_crypto_info_is_for_verification (const MtxRoomCryptoInfo *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRoomCryptoInfo, mtx_room_crypto_info_unref)

G_END_DECLS
