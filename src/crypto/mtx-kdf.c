/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys from keys (HKDF) and keys from passphrases (PBKDF2, slow on purpose: run it in a thread).
 */
#include "mtx-kdf.h"

#include "mtx-error.h"
#include "mtx-openssl-autocleanups.h"
#include "mtx-openssl-error.h"
#include "mtx-secret-bytes.h"

#include <openssl/core_names.h>

/* RFC 5869: no more than 255 blocks of the hash. */
#define HKDF_SHA256_MAX_BYTES (255 * 32)

/**
 * mtx_hkdf_sha256:
 * @key: the input key material
 * @salt: (nullable) (array length=salt_length): the salt; none means a block of zeroes
 * @salt_length: bytes in @salt
 * @info: (nullable) (array length=info_length): what the result is for
 * @info_length: bytes in @info
 * @length: bytes wanted, 1 to 8160
 * @error: (out) (optional): where to put an error
 *
 * Derives key material with HKDF-SHA-256 (RFC 5869), extract and expand.
 *
 * Returns: (transfer full) (nullable): @length bytes, or %NULL with %MTX_ERROR_FAILED
 */
MtxSecretBytes *
mtx_hkdf_sha256 (MtxSecretBytes *key,
                 const guint8   *salt,
                 gsize           salt_length,
                 const guint8   *info,
                 gsize           info_length,
                 gsize           length,
                 GError        **error)
{
  g_autoptr (EVP_KDF)     kdf = NULL;
  g_autoptr (EVP_KDF_CTX) context = NULL;
  const guint8           *key_bytes;
  guint8                 *derived;
  gsize                   key_length;
  OSSL_PARAM              params[5];
  OSSL_PARAM             *end = params;
  char                    digest[] = "SHA256";

  g_return_val_if_fail (key != NULL, NULL);
  g_return_val_if_fail (length > 0 && length <= HKDF_SHA256_MAX_BYTES, NULL);

  key_bytes = mtx_secret_bytes_get (key, &key_length);
  *end++ = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, digest, 0);
  *end++ = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (gpointer)key_bytes, key_length);
  if (salt_length > 0)
    *end++ = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, (gpointer)salt, salt_length);
  if (info_length > 0)
    *end++ = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, (gpointer)info, info_length);
  *end = OSSL_PARAM_construct_end ();

  kdf = EVP_KDF_fetch (NULL, "HKDF", NULL);
  if (kdf != NULL)
    context = EVP_KDF_CTX_new (kdf);

  derived = g_malloc0 (length);
  if (context == NULL || EVP_KDF_derive (context, derived, length, params) != 1)
    {
      mtx_openssl_set_error (error, "HKDF");
      mtx_secret_wipe (derived, length);
      g_free (derived);
      return NULL;
    }

  return mtx_secret_bytes_new_take (derived, length);
}

/**
 * mtx_pbkdf2_sha512:
 * @passphrase: what the person typed
 * @salt: (array length=salt_length): the salt
 * @salt_length: bytes in @salt
 * @rounds: how often to repeat, at least 1; upper limits are the caller's policy
 * @length: bytes wanted, at least 1
 * @error: (out) (optional): where to put an error
 *
 * Derives a key from a passphrase with PBKDF2-HMAC-SHA-512 (RFC 8018), as secret storage and key export
 * do. Half a million rounds take a good part of a second: never call it on the main loop.
 *
 * Returns: (transfer full) (nullable): @length bytes, or %NULL with %MTX_ERROR_FAILED
 */
MtxSecretBytes *
mtx_pbkdf2_sha512 (const char   *passphrase,
                   const guint8 *salt,
                   gsize         salt_length,
                   guint         rounds,
                   gsize         length,
                   GError      **error)
{
  guint8 *derived;

  g_return_val_if_fail (passphrase != NULL, NULL);
  g_return_val_if_fail (salt_length <= G_MAXINT, NULL);
  g_return_val_if_fail (rounds > 0 && rounds <= G_MAXINT, NULL);
  g_return_val_if_fail (length > 0 && length <= G_MAXINT, NULL);

  derived = g_malloc0 (length);
  if (PKCS5_PBKDF2_HMAC (passphrase, (int)strlen (passphrase), salt, (int)salt_length, (int)rounds,
                         EVP_sha512 (), (int)length, derived)
      != 1)
    {
      mtx_openssl_set_error (error, "PBKDF2");
      mtx_secret_wipe (derived, length);
      g_free (derived);
      return NULL;
    }

  return mtx_secret_bytes_new_take (derived, length);
}
