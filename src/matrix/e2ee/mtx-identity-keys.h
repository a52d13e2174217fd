/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person's public cross-signing keys as a value: a master key that signs a self-signing key and, where
 * it is visible, a user-signing key. What is incomplete or badly signed is no identity (M18, threat 10).
 */
#pragma once

#include "mtx-cross-signing-keys.h"
#include "mtx-device-store.h"
#include "mtx-e2ee-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_IDENTITY_KEYS (mtx_identity_keys_get_type ())

typedef struct _MtxIdentityKeys MtxIdentityKeys;

GType            mtx_identity_keys_get_type     (void);
MtxIdentityKeys *mtx_identity_keys_new          (const char             *user_id,
                                                 JsonObject             *untrusted_master,
                                                 JsonObject             *untrusted_self_signing,
                                                 JsonObject             *untrusted_user_signing,
                                                 GError                **error);
MtxIdentityKeys *mtx_identity_keys_new_from_row (const MtxIdentityRow   *row,
                                                 GError                **error);
MtxIdentityKeys *mtx_identity_keys_ref          (MtxIdentityKeys        *self);
void             mtx_identity_keys_unref        (MtxIdentityKeys        *self);
const char      *mtx_identity_keys_get_key      (const MtxIdentityKeys  *self,
                                                 MtxCrossSigningRole     role);
const char      *mtx_identity_keys_get_text     (const MtxIdentityKeys  *self,
                                                 MtxCrossSigningRole     role);
gboolean         mtx_identity_keys_has_key      (const MtxIdentityKeys  *self,
                                                 const char             *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxIdentityKeys, mtx_identity_keys_unref)

G_END_DECLS
