/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AES, HMAC and authenticated encryption of whole buffers, each with its one parameter set.
 */
#include "mtx-cipher.h"

#include "mtx-error.h"
#include "mtx-openssl-autocleanups.h"
#include "mtx-openssl-error.h"
#include "mtx-random.h"
#include "mtx-secret-bytes.h"

#include <openssl/hmac.h>

#define GCM_NONCE_BYTES 12
#define GCM_TAG_BYTES   16

/**
 * mtx_aes256_ctr:
 * @key: 32 bytes
 * @iv: 16 bytes, the first counter block
 * @input: (array length=length): what to encrypt or decrypt
 * @length: bytes in @input
 * @output: (out caller-allocates) (array length=length): the result; may be @input
 * @error: (out) (optional): where to put an error
 *
 * AES-256 in counter mode (NIST SP 800-38A), which is its own inverse. It authenticates nothing.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_aes256_ctr (const guint8  key[MTX_AES_KEY_BYTES],
                const guint8  iv[MTX_AES_CTR_IV_BYTES],
                const guint8 *input,
                gsize         length,
                guint8       *output,
                GError      **error)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int                        written = 0;

  g_return_val_if_fail (length <= G_MAXINT, FALSE);

  if (context == NULL
      || EVP_EncryptInit_ex2 (context, EVP_aes_256_ctr (), key, iv, NULL) != 1
      || EVP_EncryptUpdate (context, output, &written, input, (int)length) != 1
      || (gsize)written != length)
    {
      mtx_openssl_set_error (error, "AES-256-CTR");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_hmac_sha256:
 * @key: (array length=key_length): the key
 * @key_length: bytes in @key
 * @input: (array length=length): what to authenticate
 * @length: bytes in @input
 * @mac: (out caller-allocates): 32 bytes
 * @error: (out) (optional): where to put an error
 *
 * HMAC-SHA-256 (RFC 2104). Compare two results in constant time, never with memcmp().
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_hmac_sha256 (const guint8 *key,
                 gsize         key_length,
                 const guint8 *input,
                 gsize         length,
                 guint8        mac[MTX_HMAC_SHA256_BYTES],
                 GError      **error)
{
  g_return_val_if_fail (key_length <= G_MAXINT, FALSE);

  if (HMAC (EVP_sha256 (), key, (int)key_length, input, length, mac, NULL) == NULL)
    {
      mtx_openssl_set_error (error, "HMAC-SHA-256");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_aes256_gcm_seal:
 * @key: 32 bytes
 * @associated: (nullable) (array length=associated_length): what the result is bound to but does not hold
 * @associated_length: bytes in @associated
 * @plaintext: (array length=length): the secret
 * @length: bytes in @plaintext
 * @error: (out) (optional): where to put an error
 *
 * Encrypts and authenticates with AES-256-GCM under a nonce drawn for this one call. A random nonce of 96
 * bits is safe for far more messages than one key sees here: every sealed object has its own key.
 *
 * Returns: (transfer full) (nullable): nonce ‖ ciphertext ‖ tag, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_aes256_gcm_seal (MtxSecretBytes *key,
                     const guint8   *associated,
                     gsize           associated_length,
                     const guint8   *plaintext,
                     gsize           length,
                     GError        **error)
{
  g_autoptr (EVP_CIPHER_CTX) context = NULL;
  g_autofree guint8         *sealed = NULL;
  guint8                    *ciphertext;
  gsize                      sealed_length = GCM_NONCE_BYTES + length + GCM_TAG_BYTES;
  int                        written = 0;

  g_return_val_if_fail (key != NULL && mtx_secret_bytes_get_size (key) == MTX_AES_KEY_BYTES, NULL);
  g_return_val_if_fail (length <= G_MAXINT && associated_length <= G_MAXINT, NULL);

  sealed = g_malloc (sealed_length);
  ciphertext = sealed + GCM_NONCE_BYTES;
  if (!mtx_random_fill (sealed, GCM_NONCE_BYTES, error))
    return NULL;

  context = EVP_CIPHER_CTX_new ();
  if (context == NULL
      || EVP_EncryptInit_ex2 (context, EVP_aes_256_gcm (), mtx_secret_bytes_get (key, NULL), sealed, NULL) != 1
      || EVP_EncryptUpdate (context, NULL, &written, associated, (int)associated_length) != 1
      || EVP_EncryptUpdate (context, ciphertext, &written, plaintext, (int)length) != 1
      || (gsize)written != length
      || EVP_EncryptFinal_ex (context, ciphertext + length, &written) != 1
      || EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, ciphertext + length) != 1)
    {
      mtx_openssl_set_error (error, "AES-256-GCM");
      return NULL;
    }

  return g_bytes_new_take (g_steal_pointer (&sealed), sealed_length);
}

/**
 * mtx_aes256_gcm_open:
 * @key: 32 bytes
 * @associated: (nullable) (array length=associated_length): the same as when it was sealed
 * @associated_length: bytes in @associated
 * @untrusted_sealed: what mtx_aes256_gcm_seal() returned, or somebody's imitation
 * @error: (out) (optional): where to put an error
 *
 * Opens what mtx_aes256_gcm_seal() closed. Nothing of the plaintext is handed out unless all of it is
 * genuine.
 *
 * Returns: (transfer full) (nullable): the plaintext, or %NULL with %MTX_ERROR_UNTRUSTED if key, associated
 *   data or a single bit differ, or %MTX_ERROR_FAILED
 */
MtxSecretBytes *
mtx_aes256_gcm_open (MtxSecretBytes *key,
                     const guint8   *associated,
                     gsize           associated_length,
                     GBytes         *untrusted_sealed,
                     GError        **error)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  const guint8              *sealed;
  guint8                    *plaintext;
  guint8                     tag[GCM_TAG_BYTES];
  gsize                      sealed_length;
  gsize                      length;
  int                        written = 0;

  g_return_val_if_fail (key != NULL && mtx_secret_bytes_get_size (key) == MTX_AES_KEY_BYTES, NULL);
  g_return_val_if_fail (untrusted_sealed != NULL, NULL);
  g_return_val_if_fail (associated_length <= G_MAXINT, NULL);

  sealed = g_bytes_get_data (untrusted_sealed, &sealed_length);
  if (sealed_length < GCM_NONCE_BYTES + GCM_TAG_BYTES || sealed_length > G_MAXINT)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Sealed data has an impossible length");
      return NULL;
    }
  length = sealed_length - GCM_NONCE_BYTES - GCM_TAG_BYTES;
  memcpy (tag, sealed + GCM_NONCE_BYTES + length, GCM_TAG_BYTES);

  /* One byte more, so that an empty plaintext is memory too. */
  plaintext = g_malloc0 (length + 1);
  if (context == NULL
      || EVP_DecryptInit_ex2 (context, EVP_aes_256_gcm (), mtx_secret_bytes_get (key, NULL), sealed, NULL) != 1
      || EVP_DecryptUpdate (context, NULL, &written, associated, (int)associated_length) != 1
      || EVP_DecryptUpdate (context, plaintext, &written, sealed + GCM_NONCE_BYTES, (int)length) != 1
      || EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, tag) != 1)
    {
      mtx_openssl_set_error (error, "AES-256-GCM");
      mtx_secret_wipe (plaintext, length);
      g_free (plaintext);
      return NULL;
    }

  if (EVP_DecryptFinal_ex (context, plaintext + length, &written) != 1)
    {
      mtx_openssl_clear ();
      mtx_secret_wipe (plaintext, length);
      g_free (plaintext);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Sealed data is not genuine");
      return NULL;
    }

  return mtx_secret_bytes_new_take (plaintext, length);
}
