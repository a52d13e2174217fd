/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One secret of the account data, closed with the security key and bound to its name (specification,
 * § Secrets, m.secret_storage.v1.aes-hmac-sha2), and the check that tells a wrong key from a right one.
 *
 * Plain functions of values, for any thread.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_SECRET_STORAGE_ALGORITHM        "m.secret_storage.v1.aes-hmac-sha2"
#define MTX_SECRET_STORAGE_KEY_BYTES        32
#define MTX_SECRET_STORAGE_MAX_SECRET_BYTES 16384

/**
 * MtxSecretStorageCheck:
 * @MTX_SECRET_STORAGE_CHECKED: the key is the one the description was made with
 * @MTX_SECRET_STORAGE_UNCHECKED: the description says nothing to check; only a secret that opens will tell
 * @MTX_SECRET_STORAGE_WRONG: it is another key
 */
typedef enum
{
  MTX_SECRET_STORAGE_CHECKED,
  MTX_SECRET_STORAGE_UNCHECKED,
  MTX_SECRET_STORAGE_WRONG,
} MtxSecretStorageCheck;

/**
 * MtxSealedSecret:
 * @iv: the initialisation vector
 * @ciphertext: the ciphertext
 * @mac: the MAC of the ciphertext
 *
 * The three members of `encrypted.<key id>`, each in unpadded base64.
 */
struct _MtxSealedSecret
{
  char *iv;
  char *ciphertext;
  char *mac;
};

void             mtx_sealed_secret_free        (MtxSealedSecret        *self);
MtxSealedSecret *mtx_secret_storage_encrypt    (MtxSecretBytes         *key,
                                                const char             *name,
                                                const char             *secret,
                                                GError                **error);
char            *mtx_secret_storage_decrypt    (MtxSecretBytes         *key,
                                                const char             *name,
                                                const char             *untrusted_iv,
                                                const char             *untrusted_ciphertext,
                                                const char             *untrusted_mac,
                                                GError                **error);
gboolean         mtx_secret_storage_make_check (MtxSecretBytes         *key,
                                                char                  **iv,
                                                char                  **mac,
                                                GError                **error);
gboolean         mtx_secret_storage_check_key  (MtxSecretBytes         *key,
                                                const char             *untrusted_iv,
                                                const char             *untrusted_mac,
                                                MtxSecretStorageCheck  *result,
                                                GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxSealedSecret, mtx_sealed_secret_free)

G_END_DECLS
