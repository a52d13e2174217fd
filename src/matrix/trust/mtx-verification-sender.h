/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sends steps of verifications: to devices in clear, to rooms encrypted. Each leaves after the one before, and is
 * tried again while that can help.
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-room.h"

G_BEGIN_DECLS

#define MTX_TYPE_VERIFICATION_SENDER (mtx_verification_sender_get_type ())

G_DECLARE_FINAL_TYPE (MtxVerificationSender, mtx_verification_sender, MTX, VERIFICATION_SENDER, GObject)

MtxVerificationSender *mtx_verification_sender_new             (MtxHttp               *http,
                                                                MtxCryptoEngine       *engine,
                                                                MtxRoomKeySharing     *sharing);
DexFuture             *mtx_verification_sender_send_to_devices (MtxVerificationSender *self,
                                                                const char            *user_id,
                                                                const char * const    *device_ids,
                                                                const char            *type,
                                                                JsonObject            *content);
DexFuture             *mtx_verification_sender_send_to_room    (MtxVerificationSender *self,
                                                                MtxRoom               *room,
                                                                const char            *type,
                                                                JsonObject            *content);
DexFuture             *mtx_verification_sender_close           (MtxVerificationSender *self);

G_END_DECLS
