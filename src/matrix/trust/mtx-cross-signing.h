/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes this device trustworthy before anybody sees it: the zero-interaction bootstrap (protocol.md § 5;
 * M13, M14).
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-own-keys.h"

G_BEGIN_DECLS

#define MTX_TYPE_CROSS_SIGNING (mtx_cross_signing_get_type ())

G_DECLARE_FINAL_TYPE (MtxCrossSigning, mtx_cross_signing, MTX, CROSS_SIGNING, GObject)

/* Property "own-keys" (MtxOwnKeys): how the server shows us. */
MtxCrossSigning *mtx_cross_signing_new          (MtxHttp          *http,
                                                 MtxCryptoEngine  *engine,
                                                 MtxDeviceList    *devices,
                                                 MtxKeyPublisher  *publisher);
MtxOwnKeys       mtx_cross_signing_get_own_keys (MtxCrossSigning  *self);
DexFuture       *mtx_cross_signing_bootstrap    (MtxCrossSigning  *self);
DexFuture       *mtx_cross_signing_confirm      (MtxCrossSigning  *self);

G_END_DECLS
