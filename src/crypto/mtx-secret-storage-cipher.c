/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One secret of the account data, closed with the security key and bound to its name.
 *
 * The IV stands outside the MAC. A changed IV changes the plaintext without being noticed here, so what is
 * opened has to prove itself: a private key by the public one that belongs to it.
 */
#include "mtx-secret-storage-cipher.h"

#include "mtx-base64.h"
#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-random.h"
#include "mtx-secret-bytes.h"

#include <openssl/crypto.h>

#define KEYS_BYTES           (MTX_AES_KEY_BYTES + MTX_HMAC_SHA256_BYTES)
#define MAX_CIPHERTEXT_CHARS ((MTX_SECRET_STORAGE_MAX_SECRET_BYTES + 2) / 3 * 4)

/* Bit 63 of the counter block is cleared, for counters of 64 bits that would not carry (specification,
 * § m.secret_storage.v1.aes-hmac-sha2). */
#define IV_CLEARED_BYTE 8
#define IV_CLEARED_MASK 0x7f

/* The name of no secret: the key check encrypts zeroes under it. */
#define CHECK_NAME  ""
#define CHECK_BYTES 32

/**
 * mtx_sealed_secret_free:
 * @self: (transfer full): a sealed secret
 *
 * Frees a sealed secret, of which nothing is secret.
 */
void
mtx_sealed_secret_free (MtxSealedSecret *self)
{
  g_free (self->iv);
  g_free (self->ciphertext);
  g_free (self->mac);
  g_free (self);
}

/* Each secret has keys of its own, so that no blob can stand in for another. */
static MtxSecretBytes *
derive_keys (MtxSecretBytes *key,
             const char     *name,
             GError        **error)
{
  if (mtx_secret_bytes_get_size (key) != MTX_SECRET_STORAGE_KEY_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "A secret storage key has 32 bytes");
      return NULL;
    }

  return mtx_hkdf_sha256 (key, NULL, 0, (const guint8 *)name, strlen (name), KEYS_BYTES, error);
}

static gboolean
encrypt_then_mac (MtxSecretBytes *keys,
                  const guint8    iv[MTX_AES_CTR_IV_BYTES],
                  const guint8   *plaintext,
                  gsize           length,
                  guint8         *ciphertext,
                  guint8          mac[MTX_HMAC_SHA256_BYTES],
                  GError        **error)
{
  const guint8 *bytes = mtx_secret_bytes_get (keys, NULL);

  return mtx_aes256_ctr (bytes, iv, plaintext, length, ciphertext, error)
         && mtx_hmac_sha256 (bytes + MTX_AES_KEY_BYTES, MTX_HMAC_SHA256_BYTES, ciphertext, length, mac, error);
}

static gboolean
draw_iv (guint8   iv[MTX_AES_CTR_IV_BYTES],
         GError **error)
{
  if (!mtx_random_fill (iv, MTX_AES_CTR_IV_BYTES, error))
    return FALSE;
  iv[IV_CLEARED_BYTE] &= IV_CLEARED_MASK;

  return TRUE;
}

/**
 * mtx_secret_storage_encrypt:
 * @key: 32 bytes, the security key
 * @name: the secret's name, the event type of the account data
 * @secret: the secret, a text of at most %MTX_SECRET_STORAGE_MAX_SECRET_BYTES; a key is its unpadded base64
 * @error: (out) (optional): where to put an error
 *
 * Closes a secret under its name.
 *
 * Returns: (transfer full) (nullable): the sealed secret, or %NULL with %MTX_ERROR_INVALID if @key has
 *   another length or @secret is empty, %MTX_ERROR_TOO_LARGE, or %MTX_ERROR_FAILED
 */
MtxSealedSecret *
mtx_secret_storage_encrypt (MtxSecretBytes *key,
                            const char     *name,
                            const char     *secret,
                            GError        **error)
{
  g_autoptr (MtxSecretBytes) keys = NULL;
  g_autofree guint8         *ciphertext = NULL;
  MtxSealedSecret           *self;
  guint8                     iv[MTX_AES_CTR_IV_BYTES];
  guint8                     mac[MTX_HMAC_SHA256_BYTES];
  gsize                      length;

  g_return_val_if_fail (key != NULL && name != NULL && *name != '\0' && secret != NULL, NULL);

  length = strlen (secret);
  if (length == 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "An empty secret");
      return NULL;
    }
  if (length > MTX_SECRET_STORAGE_MAX_SECRET_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The secret is too long");
      return NULL;
    }

  keys = derive_keys (key, name, error);
  ciphertext = g_malloc (length);
  if (keys == NULL
      || !draw_iv (iv, error)
      || !encrypt_then_mac (keys, iv, (const guint8 *)secret, length, ciphertext, mac, error))
    return NULL;

  self = g_new0 (MtxSealedSecret, 1);
  self->iv = mtx_base64_encode (iv, sizeof iv, MTX_BASE64_UNPADDED);
  self->ciphertext = mtx_base64_encode (ciphertext, length, MTX_BASE64_UNPADDED);
  self->mac = mtx_base64_encode (mac, sizeof mac, MTX_BASE64_UNPADDED);

  return self;
}

static GBytes *
decode_ciphertext (const char *untrusted_ciphertext,
                   GError    **error)
{
  g_autoptr (GBytes) ciphertext = NULL;

  if (untrusted_ciphertext != NULL
      && strnlen (untrusted_ciphertext, MAX_CIPHERTEXT_CHARS + 1) > MAX_CIPHERTEXT_CHARS)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "A sealed secret is too long");
      return NULL;
    }

  ciphertext = mtx_base64_decode (untrusted_ciphertext, MTX_BASE64_LENIENT, error);
  if (ciphertext != NULL && g_bytes_get_size (ciphertext) == 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "A sealed secret is empty");
      return NULL;
    }

  return g_steal_pointer (&ciphertext);
}

/**
 * mtx_secret_storage_decrypt:
 * @key: 32 bytes, the security key
 * @name: the secret's name, the event type of the account data
 * @untrusted_iv: (nullable): `iv`
 * @untrusted_ciphertext: (nullable): `ciphertext`
 * @untrusted_mac: (nullable): `mac`
 * @error: (out) (optional): where to put an error
 *
 * Opens a secret, if it was closed with this key under this name. Padded and unpadded base64 are both read
 * here. The result is still somebody else's text: a private key has to fit its published public key.
 *
 * Returns: (transfer full) (nullable): the secret, freed with mtx_secret_string_free(), or %NULL with
 *   %MTX_ERROR_INVALID if @key has another length, %MTX_ERROR_BAD_REPLY or %MTX_ERROR_TOO_LARGE for the form,
 *   %MTX_ERROR_UNTRUSTED if key or name are others or something was changed, or %MTX_ERROR_FAILED
 */
char *
mtx_secret_storage_decrypt (MtxSecretBytes *key,
                            const char     *name,
                            const char     *untrusted_iv,
                            const char     *untrusted_ciphertext,
                            const char     *untrusted_mac,
                            GError        **error)
{
  g_autoptr (MtxSecretBytes) keys = NULL;
  g_autoptr (GBytes)         ciphertext = NULL;
  const guint8              *key_bytes;
  const guint8              *bytes;
  char                      *secret;
  guint8                     iv[MTX_AES_CTR_IV_BYTES];
  guint8                     mac[MTX_HMAC_SHA256_BYTES];
  guint8                     expected[MTX_HMAC_SHA256_BYTES];
  gsize                      length;

  g_return_val_if_fail (key != NULL && name != NULL && *name != '\0', NULL);

  ciphertext = decode_ciphertext (untrusted_ciphertext, error);
  if (ciphertext == NULL
      || !mtx_base64_decode_exact (untrusted_iv, MTX_BASE64_LENIENT, iv, sizeof iv, error)
      || !mtx_base64_decode_exact (untrusted_mac, MTX_BASE64_LENIENT, mac, sizeof mac, error))
    return NULL;

  keys = derive_keys (key, name, error);
  if (keys == NULL)
    return NULL;
  key_bytes = mtx_secret_bytes_get (keys, NULL);
  bytes = g_bytes_get_data (ciphertext, &length);
  if (!mtx_hmac_sha256 (key_bytes + MTX_AES_KEY_BYTES, MTX_HMAC_SHA256_BYTES, bytes, length, expected, error))
    return NULL;
  if (CRYPTO_memcmp (mac, expected, sizeof mac) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A sealed secret is not genuine");
      return NULL;
    }

  secret = g_malloc0 (length + 1);
  if (!mtx_aes256_ctr (key_bytes, iv, bytes, length, (guint8 *)secret, error))
    {
      g_free (secret);
      return NULL;
    }
  if (!g_utf8_validate_len (secret, length, NULL))
    {
      mtx_secret_wipe (secret, length);
      g_free (secret);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A sealed secret is no text");
      return NULL;
    }

  return secret;
}

/* The MAC of the encrypted zeroes under @iv. */
static gboolean
calculate_check (MtxSecretBytes *key,
                 const guint8    iv[MTX_AES_CTR_IV_BYTES],
                 guint8          mac[MTX_HMAC_SHA256_BYTES],
                 GError        **error)
{
  static const guint8        zeroes[CHECK_BYTES];
  g_autoptr (MtxSecretBytes) keys = derive_keys (key, CHECK_NAME, error);
  guint8                     ciphertext[CHECK_BYTES];

  return keys != NULL && encrypt_then_mac (keys, iv, zeroes, sizeof zeroes, ciphertext, mac, error);
}

/**
 * mtx_secret_storage_make_check:
 * @key: 32 bytes, the security key
 * @iv: (out) (transfer full): `iv` of the key description, in unpadded base64
 * @mac: (out) (transfer full): `mac` of the key description, in unpadded base64
 * @error: (out) (optional): where to put an error
 *
 * Makes what lets a later mtx_secret_storage_check_key() tell this key from others.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_INVALID if @key has another length, or %MTX_ERROR_FAILED
 */
gboolean
mtx_secret_storage_make_check (MtxSecretBytes *key,
                               char          **iv,
                               char          **mac,
                               GError        **error)
{
  guint8 iv_bytes[MTX_AES_CTR_IV_BYTES];
  guint8 mac_bytes[MTX_HMAC_SHA256_BYTES];

  g_return_val_if_fail (key != NULL && iv != NULL && mac != NULL, FALSE);

  if (!draw_iv (iv_bytes, error) || !calculate_check (key, iv_bytes, mac_bytes, error))
    return FALSE;

  *iv = mtx_base64_encode (iv_bytes, sizeof iv_bytes, MTX_BASE64_UNPADDED);
  *mac = mtx_base64_encode (mac_bytes, sizeof mac_bytes, MTX_BASE64_UNPADDED);
  return TRUE;
}

/**
 * mtx_secret_storage_check_key:
 * @key: 32 bytes, the security key as typed
 * @untrusted_iv: (nullable): `iv` of the key description
 * @untrusted_mac: (nullable): `mac` of the key description
 * @result: (out): what the description says of @key
 * @error: (out) (optional): where to put an error
 *
 * Checks a security key against a key description. A description without `iv` or `mac` is to be taken as
 * matching (specification, § Key storage), which says nothing; %MTX_SECRET_STORAGE_UNCHECKED keeps the two apart.
 *
 * Returns: %TRUE with @result, or %FALSE with %MTX_ERROR_INVALID if @key has another length,
 *   %MTX_ERROR_BAD_REPLY if the description cannot be read, or %MTX_ERROR_FAILED
 */
gboolean
mtx_secret_storage_check_key (MtxSecretBytes        *key,
                              const char            *untrusted_iv,
                              const char            *untrusted_mac,
                              MtxSecretStorageCheck *result,
                              GError               **error)
{
  guint8 iv[MTX_AES_CTR_IV_BYTES];
  guint8 mac[MTX_HMAC_SHA256_BYTES];
  guint8 expected[MTX_HMAC_SHA256_BYTES];

  g_return_val_if_fail (key != NULL && result != NULL, FALSE);

  if (untrusted_iv != NULL
      && !mtx_base64_decode_exact (untrusted_iv, MTX_BASE64_LENIENT, iv, sizeof iv, error))
    return FALSE;
  if (untrusted_mac != NULL
      && !mtx_base64_decode_exact (untrusted_mac, MTX_BASE64_LENIENT, mac, sizeof mac, error))
    return FALSE;

  if (untrusted_iv == NULL || untrusted_mac == NULL)
    {
      *result = MTX_SECRET_STORAGE_UNCHECKED;
      return TRUE;
    }

  if (!calculate_check (key, iv, expected, error))
    return FALSE;
  *result = CRYPTO_memcmp (mac, expected, sizeof mac) == 0 ? MTX_SECRET_STORAGE_CHECKED : MTX_SECRET_STORAGE_WRONG;

  return TRUE;
}
