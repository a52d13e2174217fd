/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The three private keys that say which devices and people belong together: master, self-signing and
 * user-signing (specification, § Cross-signing).
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_CROSS_SIGNING_MASTER,
  MTX_CROSS_SIGNING_SELF_SIGNING,
  MTX_CROSS_SIGNING_USER_SIGNING,
} MtxCrossSigningRole;

#define MTX_CROSS_SIGNING_N_ROLES 3

#define MTX_TYPE_CROSS_SIGNING_KEYS (mtx_cross_signing_keys_get_type ())

G_DECLARE_FINAL_TYPE (MtxCrossSigningKeys, mtx_cross_signing_keys, MTX, CROSS_SIGNING_KEYS, GObject)

MtxCrossSigningKeys *mtx_cross_signing_keys_new             (GError               **error);
MtxCrossSigningKeys *mtx_cross_signing_keys_new_from_seeds  (MtxSecretBytes        *master,
                                                             MtxSecretBytes        *self_signing,
                                                             MtxSecretBytes        *user_signing,
                                                             GError               **error);
MtxCrossSigningKeys *mtx_cross_signing_keys_new_published   (MtxSecretBytes        *const seeds[MTX_CROSS_SIGNING_N_ROLES],
                                                             const char            *const published[MTX_CROSS_SIGNING_N_ROLES],
                                                             GError               **error);
MtxCrossSigningKeys *mtx_cross_signing_keys_new_from_pickle (GBytes                *untrusted_sealed,
                                                             MtxSecretBytes        *master_key,
                                                             const char            *place,
                                                             GError               **error);
GBytes              *mtx_cross_signing_keys_to_pickle       (MtxCrossSigningKeys   *self,
                                                             MtxSecretBytes        *master_key,
                                                             const char            *place,
                                                             GError               **error);
const char          *mtx_cross_signing_role_get_usage       (MtxCrossSigningRole    role);
MtxSecretBytes      *mtx_cross_signing_keys_get_seed        (MtxCrossSigningKeys   *self,
                                                             MtxCrossSigningRole    role);
const char          *mtx_cross_signing_keys_get_public      (MtxCrossSigningKeys   *self,
                                                             MtxCrossSigningRole    role);
JsonObject          *mtx_cross_signing_keys_build           (MtxCrossSigningKeys   *self,
                                                             MtxCrossSigningRole    role,
                                                             const char            *user_id,
                                                             GError               **error);
gboolean             mtx_cross_signing_keys_sign_json       (MtxCrossSigningKeys   *self,
                                                             MtxCrossSigningRole    role,
                                                             JsonObject            *object,
                                                             const char            *user_id,
                                                             GError               **error);

G_END_DECLS
