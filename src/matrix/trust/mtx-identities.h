/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who other people are: what is known of their identities, what was decided about changes, and our signature on
 * those that were verified (M37; threats 16–19).
 */
#pragma once

#include "mtx-identity-info.h"
#include "mtx-types.h"

G_BEGIN_DECLS

/* Described where they live; the layers above only hand them on. */
typedef struct _MtxCrossSigning MtxCrossSigning;
typedef struct _MtxCryptoEngine MtxCryptoEngine;
typedef struct _MtxHttp         MtxHttp;

#define MTX_TYPE_IDENTITIES (mtx_identities_get_type ())

/* Signal "changed" (user id): a decision was stored. */
G_DECLARE_FINAL_TYPE (MtxIdentities, mtx_identities, MTX, IDENTITIES, GObject)

MtxIdentities *mtx_identities_new                     (MtxHttp          *http,
                                                       MtxCryptoEngine  *engine,
                                                       MtxCrossSigning  *cross_signing);
DexFuture     *mtx_identities_lookup                  (MtxIdentities    *self,
                                                       const char       *user_id);
DexFuture     *mtx_identities_acknowledge             (MtxIdentities    *self,
                                                       const char       *user_id,
                                                       const char       *master_key);
DexFuture     *mtx_identities_withdraw                (MtxIdentities    *self,
                                                       const char       *user_id,
                                                       const char       *master_key);
DexFuture     *mtx_identities_verify                  (MtxIdentities    *self,
                                                       const char       *user_id,
                                                       const char       *master_key);
DexFuture     *mtx_identities_publish                 (MtxIdentities    *self);
DexFuture     *mtx_identities_load_no_identity_allowed (MtxIdentities   *self);
DexFuture     *mtx_identities_save_no_identity_allowed (MtxIdentities   *self,
                                                       gboolean          allowed);

G_END_DECLS
