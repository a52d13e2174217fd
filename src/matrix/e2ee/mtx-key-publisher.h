/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads this device's public keys and keeps the server supplied with one-time keys (M9–M12).
 */
#pragma once

#include "mtx-crypto-engine.h"

G_BEGIN_DECLS

#define MTX_TYPE_KEY_PUBLISHER (mtx_key_publisher_get_type ())

G_DECLARE_FINAL_TYPE (MtxKeyPublisher, mtx_key_publisher, MTX, KEY_PUBLISHER, GObject)

MtxKeyPublisher *mtx_key_publisher_new            (MtxHttp          *http,
                                                   MtxCryptoEngine  *engine);
DexFuture       *mtx_key_publisher_publish_device (MtxKeyPublisher  *self);
DexFuture       *mtx_key_publisher_top_up         (MtxKeyPublisher  *self);

G_END_DECLS
