/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One room key of the server's key backup. libcrypto does all of it: the algorithm is a plain agreement and a
 * plain cipher, and this is the one place where whole histories pass through, in any thread.
 */
#include "mtx-backup-cipher.h"

#include "mtx-base64.h"
#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-openssl-autocleanups.h"
#include "mtx-openssl-error.h"
#include "mtx-public-key.h"
#include "mtx-secret-bytes.h"

#include <openssl/crypto.h>

#define AES_BLOCK_BYTES 16
#define MAC_BYTES       8

/* Padding adds one to sixteen bytes. */
#define MAX_CIPHERTEXT_BYTES (MTX_BACKUP_MAX_PLAINTEXT_BYTES + AES_BLOCK_BYTES)
#define MAX_CIPHERTEXT_CHARS ((MAX_CIPHERTEXT_BYTES + 2) / 3 * 4)

/* What an agreement gives: AES key, MAC key, IV. */
#define MAC_KEY_OFFSET MTX_AES_KEY_BYTES
#define IV_OFFSET      (MTX_AES_KEY_BYTES + MTX_HMAC_SHA256_BYTES)
#define KEYS_BYTES     (IV_OFFSET + AES_BLOCK_BYTES)

/**
 * mtx_backup_payload_free:
 * @self: (transfer full): a payload
 *
 * Frees a payload, of which nothing is secret.
 */
void
mtx_backup_payload_free (MtxBackupPayload *self)
{
  g_free (self->ephemeral);
  g_free (self->ciphertext);
  g_free (self->mac);
  g_free (self);
}

static EVP_PKEY *
load_private_key (MtxSecretBytes *private_key,
                  GError        **error)
{
  EVP_PKEY *key;

  key = EVP_PKEY_new_raw_private_key (EVP_PKEY_X25519, NULL, mtx_secret_bytes_get (private_key, NULL),
                                      MTX_BACKUP_KEY_BYTES);
  if (key == NULL)
    mtx_openssl_set_error (error, "X25519 key");

  return key;
}

/* The agreement of both keys, spread out (specification, § Server-side key backups): HKDF-SHA-256 without
 * salt and info. A result of zeroes is a result anybody can guess (guard rule G8). */
static MtxSecretBytes *
agree (MtxSecretBytes *private_key,
       const guint8    public_key[MTX_CURVE25519_KEY_BYTES],
       GError        **error)
{
  static const guint8        zeroes[MTX_CURVE25519_KEY_BYTES];
  g_autoptr (EVP_PKEY)       ours = load_private_key (private_key, error);
  g_autoptr (EVP_PKEY)       theirs = NULL;
  g_autoptr (EVP_PKEY_CTX)   context = NULL;
  g_autoptr (MtxSecretBytes) shared = NULL;
  guint8                     bytes[MTX_CURVE25519_KEY_BYTES];
  gsize                      length = sizeof bytes;

  if (ours == NULL)
    return NULL;

  theirs = EVP_PKEY_new_raw_public_key (EVP_PKEY_X25519, NULL, public_key, MTX_CURVE25519_KEY_BYTES);
  context = EVP_PKEY_CTX_new (ours, NULL);
  if (theirs == NULL || context == NULL
      || EVP_PKEY_derive_init (context) != 1
      || EVP_PKEY_derive_set_peer (context, theirs) != 1
      || EVP_PKEY_derive (context, bytes, &length) != 1
      || length != sizeof bytes
      || CRYPTO_memcmp (bytes, zeroes, sizeof bytes) == 0)
    {
      mtx_openssl_clear ();
      mtx_secret_wipe (bytes, sizeof bytes);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "No agreement with this Curve25519 key");
      return NULL;
    }
  shared = mtx_secret_bytes_new (bytes, sizeof bytes);
  mtx_secret_wipe (bytes, sizeof bytes);

  return mtx_hkdf_sha256 (shared, NULL, 0, NULL, 0, KEYS_BYTES, error);
}

/* The specification calls it the MAC of the ciphertext, but what everybody computes, after libolm, is the MAC
 * of nothing. It shows that two sides agreed on the same keys. */
static gboolean
calculate_mac (MtxSecretBytes *keys,
               guint8          mac[MAC_BYTES],
               GError        **error)
{
  guint8 whole[MTX_HMAC_SHA256_BYTES];

  if (!mtx_hmac_sha256 (mtx_secret_bytes_get (keys, NULL) + MAC_KEY_OFFSET, MTX_HMAC_SHA256_BYTES,
                        (const guint8 *)"", 0, whole, error))
    return FALSE;
  memcpy (mac, whole, MAC_BYTES);

  return TRUE;
}

/**
 * mtx_backup_public_key:
 * @private_key: 32 bytes
 * @error: (out) (optional): where to put an error
 *
 * Derives the public key of a backup, which its version announces in `auth_data`.
 *
 * Returns: (transfer full) (nullable): the key in unpadded base64, or %NULL with %MTX_ERROR_INVALID if
 *   @private_key has another length, or %MTX_ERROR_FAILED
 */
char *
mtx_backup_public_key (MtxSecretBytes *private_key,
                       GError        **error)
{
  g_autoptr (EVP_PKEY) key = NULL;
  guint8               bytes[MTX_CURVE25519_KEY_BYTES];
  gsize                length = sizeof bytes;

  g_return_val_if_fail (private_key != NULL, NULL);

  if (mtx_secret_bytes_get_size (private_key) != MTX_BACKUP_KEY_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "A backup key has 32 bytes");
      return NULL;
    }

  key = load_private_key (private_key, error);
  if (key == NULL)
    return NULL;
  if (EVP_PKEY_get_raw_public_key (key, bytes, &length) != 1 || length != sizeof bytes)
    {
      mtx_openssl_set_error (error, "X25519 key");
      return NULL;
    }

  return mtx_base64_encode (bytes, sizeof bytes, MTX_BASE64_UNPADDED);
}

/**
 * mtx_backup_encrypt:
 * @public_key: the backup's public key in unpadded base64
 * @plaintext: (array length=length): what to back up, the JSON of one room key
 * @length: bytes in @plaintext, at most %MTX_BACKUP_MAX_PLAINTEXT_BYTES
 * @error: (out) (optional): where to put an error
 *
 * Closes one room key for whoever has the private key, under a key drawn for this one payload.
 *
 * Returns: (transfer full) (nullable): the payload, or %NULL with %MTX_ERROR_BAD_REPLY or
 *   %MTX_ERROR_UNTRUSTED for @public_key, %MTX_ERROR_TOO_LARGE, or %MTX_ERROR_FAILED
 */
MtxBackupPayload *
mtx_backup_encrypt (const char   *public_key,
                    const guint8 *plaintext,
                    gsize         length,
                    GError      **error)
{
  g_autoptr (MtxBackupPayload) self = NULL;
  g_autoptr (MtxSecretBytes)   drawn = NULL;
  g_autoptr (MtxSecretBytes)   keys = NULL;
  g_autoptr (EVP_CIPHER_CTX)   context = NULL;
  g_autofree guint8           *ciphertext = NULL;
  const guint8                *key_bytes;
  guint8                       theirs[MTX_CURVE25519_KEY_BYTES];
  guint8                       mac[MAC_BYTES];
  int                          written = 0;
  int                          last = 0;

  g_return_val_if_fail (plaintext != NULL, NULL);

  if (length > MTX_BACKUP_MAX_PLAINTEXT_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "A room key is too long for the backup");
      return NULL;
    }
  if (!mtx_curve25519_key_check (public_key, error)
      || !mtx_base64_decode_exact (public_key, MTX_BASE64_UNPADDED, theirs, sizeof theirs, error))
    return NULL;

  drawn = mtx_secret_bytes_random (MTX_BACKUP_KEY_BYTES, error);
  if (drawn == NULL)
    return NULL;
  keys = agree (drawn, theirs, error);
  if (keys == NULL || !calculate_mac (keys, mac, error))
    return NULL;

  key_bytes = mtx_secret_bytes_get (keys, NULL);
  ciphertext = g_malloc (length + AES_BLOCK_BYTES);
  context = EVP_CIPHER_CTX_new ();
  if (context == NULL
      || EVP_EncryptInit_ex2 (context, EVP_aes_256_cbc (), key_bytes, key_bytes + IV_OFFSET, NULL) != 1
      || EVP_EncryptUpdate (context, ciphertext, &written, plaintext, (int)length) != 1
      || EVP_EncryptFinal_ex (context, ciphertext + written, &last) != 1)
    {
      mtx_openssl_set_error (error, "AES-256-CBC");
      return NULL;
    }

  self = g_new0 (MtxBackupPayload, 1);
  self->ephemeral = mtx_backup_public_key (drawn, error);
  if (self->ephemeral == NULL)
    return NULL;
  self->ciphertext = mtx_base64_encode (ciphertext, (gsize)written + (gsize)last, MTX_BASE64_UNPADDED);
  self->mac = mtx_base64_encode (mac, sizeof mac, MTX_BASE64_UNPADDED);

  return g_steal_pointer (&self);
}

/* Size first, then strict base64, then whole blocks (guard rule G7). */
static GBytes *
decode_ciphertext (const char *untrusted_ciphertext,
                   GError    **error)
{
  g_autoptr (GBytes) ciphertext = NULL;
  gsize              length;

  if (untrusted_ciphertext != NULL
      && strnlen (untrusted_ciphertext, MAX_CIPHERTEXT_CHARS + 1) > MAX_CIPHERTEXT_CHARS)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "A backup payload is too long");
      return NULL;
    }

  ciphertext = mtx_base64_decode (untrusted_ciphertext, MTX_BASE64_UNPADDED, error);
  if (ciphertext == NULL)
    return NULL;
  length = g_bytes_get_size (ciphertext);
  if (length == 0 || length > MAX_CIPHERTEXT_BYTES || length % AES_BLOCK_BYTES != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "A backup payload has an impossible length");
      return NULL;
    }

  return g_steal_pointer (&ciphertext);
}

static MtxSecretBytes *
decrypt_cbc (MtxSecretBytes *keys,
             GBytes         *ciphertext,
             GError        **error)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  const guint8              *key_bytes = mtx_secret_bytes_get (keys, NULL);
  gsize                      length;
  const guint8              *bytes = g_bytes_get_data (ciphertext, &length);
  g_autofree guint8         *plaintext = g_malloc0 (length + AES_BLOCK_BYTES);
  MtxSecretBytes            *result = NULL;
  int                        written = 0;
  int                        last = 0;

  if (context != NULL
      && EVP_DecryptInit_ex2 (context, EVP_aes_256_cbc (), key_bytes, key_bytes + IV_OFFSET, NULL) == 1
      && EVP_DecryptUpdate (context, plaintext, &written, bytes, (int)length) == 1
      && EVP_DecryptFinal_ex (context, plaintext + written, &last) == 1)
    result = mtx_secret_bytes_new (plaintext, (gsize)written + (gsize)last);
  else
    {
      mtx_openssl_clear ();
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A backup payload is not genuine");
    }
  mtx_secret_wipe (plaintext, length + AES_BLOCK_BYTES);

  return result;
}

/**
 * mtx_backup_decrypt:
 * @private_key: 32 bytes, the backup's private key
 * @untrusted_ephemeral: (nullable): `ephemeral` of `session_data`
 * @untrusted_ciphertext: (nullable): `ciphertext` of `session_data`
 * @untrusted_mac: (nullable): `mac` of `session_data`
 * @error: (out) (optional): where to put an error
 *
 * Opens one payload (guard rules G1, G2, G7 and G8). The result is untrusted text whatever the MAC says:
 * parse it with limits, compare room and session with what was asked for, and mark the room key as not
 * authentic.
 *
 * Returns: (transfer full) (nullable): the plaintext, without a NUL at its end, or %NULL with
 *   %MTX_ERROR_INVALID if @private_key has another length, %MTX_ERROR_BAD_REPLY or %MTX_ERROR_TOO_LARGE for
 *   the form, or %MTX_ERROR_UNTRUSTED if @private_key does not open it
 */
MtxSecretBytes *
mtx_backup_decrypt (MtxSecretBytes *private_key,
                    const char     *untrusted_ephemeral,
                    const char     *untrusted_ciphertext,
                    const char     *untrusted_mac,
                    GError        **error)
{
  g_autoptr (MtxSecretBytes) keys = NULL;
  g_autoptr (GBytes)         ciphertext = NULL;
  guint8                     ephemeral[MTX_CURVE25519_KEY_BYTES];
  guint8                     mac[MAC_BYTES];
  guint8                     expected[MAC_BYTES];

  g_return_val_if_fail (private_key != NULL, NULL);

  if (mtx_secret_bytes_get_size (private_key) != MTX_BACKUP_KEY_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "A backup key has 32 bytes");
      return NULL;
    }

  ciphertext = decode_ciphertext (untrusted_ciphertext, error);
  if (ciphertext == NULL
      || !mtx_base64_decode_exact (untrusted_mac, MTX_BASE64_UNPADDED, mac, sizeof mac, error)
      || !mtx_curve25519_key_check (untrusted_ephemeral, error)
      || !mtx_base64_decode_exact (untrusted_ephemeral, MTX_BASE64_UNPADDED, ephemeral, sizeof ephemeral, error))
    return NULL;

  keys = agree (private_key, ephemeral, error);
  if (keys == NULL || !calculate_mac (keys, expected, error))
    return NULL;
  if (CRYPTO_memcmp (mac, expected, sizeof mac) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A backup payload is for another key");
      return NULL;
    }

  return decrypt_cbc (keys, ciphertext, error);
}
