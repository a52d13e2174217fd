/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Begins Olm sessions: claims one-time keys, and remembers which devices had none (M19).
 */
#pragma once

#include "mtx-crypto-engine.h"

G_BEGIN_DECLS

#define MTX_TYPE_OLM_CLAIMS (mtx_olm_claims_get_type ())

G_DECLARE_FINAL_TYPE (MtxOlmClaims, mtx_olm_claims, MTX, OLM_CLAIMS, GObject)

MtxOlmClaims *mtx_olm_claims_new    (MtxHttp          *http,
                                     MtxCryptoEngine  *engine);
DexFuture    *mtx_olm_claims_ensure (MtxOlmClaims     *self,
                                     GPtrArray        *devices);
DexFuture    *mtx_olm_claims_renew  (MtxOlmClaims     *self,
                                     GPtrArray        *devices);

G_END_DECLS
