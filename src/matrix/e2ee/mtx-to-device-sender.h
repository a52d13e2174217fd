/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sends the to-device batches that wait in the store, each under the transaction id it was stored with.
 */
#pragma once

#include "mtx-crypto-engine.h"

G_BEGIN_DECLS

#define MTX_TYPE_TO_DEVICE_SENDER (mtx_to_device_sender_get_type ())

G_DECLARE_FINAL_TYPE (MtxToDeviceSender, mtx_to_device_sender, MTX, TO_DEVICE_SENDER, GObject)

MtxToDeviceSender *mtx_to_device_sender_new           (MtxHttp            *http,
                                                       MtxDb              *db);
DexFuture         *mtx_to_device_sender_send_for_room (MtxToDeviceSender  *self,
                                                       const char         *room_id);
DexFuture         *mtx_to_device_sender_send_all      (MtxToDeviceSender  *self);

G_END_DECLS
