/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets which room key, and who is told why not (M20–M22, M24–M26). A message is encrypted only after
 * everybody who shall read it has been sent the key.
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-room-crypto-info.h"

G_BEGIN_DECLS

#define MTX_TYPE_ROOM_KEY_SHARING (mtx_room_key_sharing_get_type ())

G_DECLARE_FINAL_TYPE (MtxRoomKeySharing, mtx_room_key_sharing, MTX, ROOM_KEY_SHARING, GObject)

MtxRoomKeySharing *mtx_room_key_sharing_new          (MtxHttp             *http,
                                                      MtxCryptoEngine     *engine,
                                                      MtxDeviceList       *devices);
DexFuture         *mtx_room_key_sharing_encrypt      (MtxRoomKeySharing   *self,
                                                      MtxRoomCryptoInfo   *info,
                                                      const char          *type,
                                                      JsonObject          *content);
DexFuture         *mtx_room_key_sharing_check        (MtxRoomKeySharing   *self,
                                                      MtxRoomCryptoInfo   *info,
                                                      const char          *session_id);
DexFuture         *mtx_room_key_sharing_prefetch     (MtxRoomKeySharing   *self,
                                                      const char * const  *user_ids);
DexFuture         *mtx_room_key_sharing_send_pending (MtxRoomKeySharing   *self);
void               mtx_room_key_sharing_end          (MtxRoomKeySharing   *self);

G_END_DECLS
