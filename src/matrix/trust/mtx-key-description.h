/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the account data says of a key of secret storage: how to tell it from others, and how it follows from a
 * passphrase (specification, § Key storage, § Deriving keys from passphrases).
 */
#pragma once

#include "mtx-secret-storage-cipher.h"
#include "mtx-types.h"

G_BEGIN_DECLS

char       *mtx_key_description_derive_id (MtxSecretBytes        *key,
                                           GError               **error);
JsonObject *mtx_key_description_new       (MtxSecretBytes        *key,
                                           GError               **error);
gboolean    mtx_key_description_check     (JsonObject            *untrusted,
                                           MtxSecretBytes        *key,
                                           MtxSecretStorageCheck *result,
                                           GError               **error);
DexFuture  *mtx_key_description_derive    (JsonObject            *untrusted,
                                           MtxSecretBytes        *passphrase);

G_END_DECLS
