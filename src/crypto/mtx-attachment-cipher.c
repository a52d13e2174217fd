/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encrypts and decrypts a file as a stream (specification, § Sending encrypted attachments, version v2):
 * AES-256-CTR with a key and a counter used for this one file, and a SHA-256 of the ciphertext.
 */
#include "mtx-attachment-cipher.h"

#include "mtx-base64.h"
#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-openssl-autocleanups.h"
#include "mtx-openssl-error.h"
#include "mtx-random.h"
#include "mtx-secret-bytes.h"

#include <openssl/crypto.h>

#define VERSION         "v2"
#define KEY_TYPE        "oct"
#define ALGORITHM       "A256CTR"
#define HASH_BYTES      32
#define IV_RANDOM_BYTES 8 /* the other half counts blocks, from zero */
#define MAX_KEY_OPS     16

typedef enum
{
  STATE_ENCRYPTING,
  STATE_DECRYPTING,
  STATE_FINISHED,
} State;

struct _MtxAttachmentCipher
{
  GObject parent_instance;

  /* owned */
  EVP_CIPHER_CTX *cipher;
  EVP_MD_CTX     *hash;
  MtxSecretBytes *key;

  /* state */
  State  state;
  guint8 iv[MTX_AES_CTR_IV_BYTES];
  guint8 expected_hash[HASH_BYTES];
};

G_DEFINE_FINAL_TYPE (MtxAttachmentCipher, mtx_attachment_cipher, G_TYPE_OBJECT)

static void
mtx_attachment_cipher_finalize (GObject *object)
{
  MtxAttachmentCipher *self = MTX_ATTACHMENT_CIPHER (object);

  g_clear_pointer (&self->cipher, EVP_CIPHER_CTX_free);
  g_clear_pointer (&self->hash, EVP_MD_CTX_free);
  g_clear_pointer (&self->key, mtx_secret_bytes_unref);

  G_OBJECT_CLASS (mtx_attachment_cipher_parent_class)->finalize (object);
}

static void
mtx_attachment_cipher_class_init (MtxAttachmentCipherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_attachment_cipher_finalize;
}

static void
mtx_attachment_cipher_init (MtxAttachmentCipher *self)
{
}

/* Key and counter are there; starts cipher and hash. */
static gboolean
start (MtxAttachmentCipher *self,
       State                state,
       GError             **error)
{
  self->state = state;
  self->cipher = EVP_CIPHER_CTX_new ();
  self->hash = EVP_MD_CTX_new ();
  if (self->cipher == NULL || self->hash == NULL
      || EVP_EncryptInit_ex2 (self->cipher, EVP_aes_256_ctr (), mtx_secret_bytes_get (self->key, NULL), self->iv, NULL) != 1
      || EVP_DigestInit_ex2 (self->hash, EVP_sha256 (), NULL) != 1)
    {
      mtx_openssl_set_error (error, "Attachment cipher");
      return FALSE;
    }

  return TRUE;
}

/* A use of the key that names both directions; more names do no harm. */
static gboolean
has_both_operations (JsonArray *operations)
{
  gboolean can_encrypt = FALSE;
  gboolean can_decrypt = FALSE;

  if (operations == NULL || json_array_get_length (operations) > MAX_KEY_OPS)
    return FALSE;

  for (guint i = 0; i < json_array_get_length (operations); i++)
    {
      const char *operation = mtx_json_array_string (operations, i);

      can_encrypt |= g_strcmp0 (operation, "encrypt") == 0;
      can_decrypt |= g_strcmp0 (operation, "decrypt") == 0;
    }

  return can_encrypt && can_decrypt;
}

static gboolean
check_form (JsonObject *untrusted_file,
            JsonObject *untrusted_key,
            GError    **error)
{
  gboolean extractable = FALSE;

  if (g_strcmp0 (mtx_json_get_string (untrusted_file, "v"), VERSION) != 0
      || g_strcmp0 (mtx_json_get_string (untrusted_key, "kty"), KEY_TYPE) != 0
      || g_strcmp0 (mtx_json_get_string (untrusted_key, "alg"), ALGORITHM) != 0
      || !mtx_json_get_boolean (untrusted_key, "ext", &extractable) || !extractable
      || !has_both_operations (mtx_json_get_array (untrusted_key, "key_ops")))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "Encrypted file of an unknown form");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_attachment_cipher_new_encrypt:
 * @error: (out) (optional): where to put an error
 *
 * Begins to encrypt one file with a key and counter of its own; a thumbnail is another file.
 *
 * Returns: (transfer full) (nullable): the cipher, or %NULL with %MTX_ERROR_FAILED
 */
MtxAttachmentCipher *
mtx_attachment_cipher_new_encrypt (GError **error)
{
  g_autoptr (MtxAttachmentCipher) self = g_object_new (MTX_TYPE_ATTACHMENT_CIPHER, NULL);

  self->key = mtx_secret_bytes_random (MTX_AES_KEY_BYTES, error);
  if (self->key == NULL
      || !mtx_random_fill (self->iv, IV_RANDOM_BYTES, error)
      || !start (self, STATE_ENCRYPTING, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_attachment_cipher_new_decrypt:
 * @untrusted_file: the `file` or `thumbnail_file` of an event
 * @error: (out) (optional): where to put an error
 *
 * Begins to decrypt one file, if it is described exactly as the specification says.
 *
 * Returns: (transfer full) (nullable): the cipher, or %NULL with %MTX_ERROR_BAD_REPLY
 */
MtxAttachmentCipher *
mtx_attachment_cipher_new_decrypt (JsonObject *untrusted_file,
                                   GError    **error)
{
  g_autoptr (MtxAttachmentCipher) self = g_object_new (MTX_TYPE_ATTACHMENT_CIPHER, NULL);
  JsonObject                     *key;
  JsonObject                     *hashes;
  const char                     *hash;

  g_return_val_if_fail (untrusted_file != NULL, NULL);

  key = mtx_json_get_object (untrusted_file, "key");
  if (!check_form (untrusted_file, key, error))
    return NULL;
  hashes = mtx_json_get_object (untrusted_file, "hashes");
  hash = mtx_json_get_string (hashes, "sha256");

  self->key = mtx_base64_decode_secret (mtx_json_get_string (key, "k"), MTX_BASE64_URL, error);
  if (self->key == NULL)
    return NULL;
  if (mtx_secret_bytes_get_size (self->key) != MTX_AES_KEY_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The key of an encrypted file has a wrong length");
      return NULL;
    }
  if (!mtx_base64_decode_exact (mtx_json_get_string (untrusted_file, "iv"), MTX_BASE64_UNPADDED,
                                self->iv, sizeof self->iv, error)
      || !mtx_base64_decode_exact (hash, MTX_BASE64_UNPADDED, self->expected_hash, sizeof self->expected_hash, error)
      || !start (self, STATE_DECRYPTING, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_attachment_cipher_update:
 * @self: a cipher that is not finished
 * @input: (array length=length): the next bytes of the file
 * @length: bytes in @input, at most 2^31 − 1
 * @output: (out caller-allocates) (array length=length): the same number of bytes; not @input
 * @error: (out) (optional): where to put an error
 *
 * Encrypts or decrypts the next part. When decrypting, keep @output away from everybody until
 * mtx_attachment_cipher_finish_decrypt() has said yes.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_attachment_cipher_update (MtxAttachmentCipher *self,
                              const guint8        *input,
                              gsize                length,
                              guint8              *output,
                              GError             **error)
{
  const guint8 *ciphertext;
  int           written = 0;

  g_return_val_if_fail (MTX_IS_ATTACHMENT_CIPHER (self), FALSE);
  g_return_val_if_fail (self->state != STATE_FINISHED, FALSE);
  g_return_val_if_fail (length <= G_MAXINT, FALSE);
  g_return_val_if_fail (input != output, FALSE);

  ciphertext = self->state == STATE_ENCRYPTING ? output : input;
  if (EVP_EncryptUpdate (self->cipher, output, &written, input, (int)length) != 1
      || (gsize)written != length
      || EVP_DigestUpdate (self->hash, ciphertext, length) != 1)
    {
      mtx_openssl_set_error (error, "Attachment cipher");
      return FALSE;
    }

  return TRUE;
}

static gboolean
finish_hash (MtxAttachmentCipher *self,
             guint8               hash[HASH_BYTES],
             GError             **error)
{
  self->state = STATE_FINISHED;
  if (EVP_DigestFinal_ex (self->hash, hash, NULL) != 1)
    {
      mtx_openssl_set_error (error, "Attachment hash");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_attachment_cipher_finish_encrypt:
 * @self: a cipher of mtx_attachment_cipher_new_encrypt()
 * @error: (out) (optional): where to put an error
 *
 * Ends the file and describes how to decrypt it. The caller adds `url` once the ciphertext is uploaded.
 *
 * Returns: (transfer full) (nullable): the `file` object with `v`, `key`, `iv` and `hashes`, or %NULL with
 *   %MTX_ERROR_FAILED
 */
JsonObject *
mtx_attachment_cipher_finish_encrypt (MtxAttachmentCipher *self,
                                      GError             **error)
{
  g_autofree char *iv_text = NULL;
  g_autofree char *hash_text = NULL;
  char            *key_text;
  JsonObject      *file;
  JsonObject      *key;
  JsonObject      *hashes;
  JsonArray       *operations;
  guint8           hash[HASH_BYTES];

  g_return_val_if_fail (MTX_IS_ATTACHMENT_CIPHER (self), NULL);
  g_return_val_if_fail (self->state == STATE_ENCRYPTING, NULL);

  if (!finish_hash (self, hash, error))
    return NULL;

  operations = json_array_new ();
  json_array_add_string_element (operations, "encrypt");
  json_array_add_string_element (operations, "decrypt");

  key = json_object_new ();
  json_object_set_string_member (key, "kty", KEY_TYPE);
  json_object_set_string_member (key, "alg", ALGORITHM);
  json_object_set_boolean_member (key, "ext", TRUE);
  json_object_set_array_member (key, "key_ops", operations);
  key_text = mtx_base64_encode_secret (self->key, MTX_BASE64_URL);
  json_object_set_string_member (key, "k", key_text);
  mtx_secret_string_free (key_text);

  hashes = json_object_new ();
  hash_text = mtx_base64_encode (hash, sizeof hash, MTX_BASE64_UNPADDED);
  json_object_set_string_member (hashes, "sha256", hash_text);

  file = json_object_new ();
  json_object_set_string_member (file, "v", VERSION);
  json_object_set_object_member (file, "key", key);
  iv_text = mtx_base64_encode (self->iv, sizeof self->iv, MTX_BASE64_UNPADDED);
  json_object_set_string_member (file, "iv", iv_text);
  json_object_set_object_member (file, "hashes", hashes);

  return file;
}

/**
 * mtx_attachment_cipher_finish_decrypt:
 * @self: a cipher of mtx_attachment_cipher_new_decrypt()
 * @error: (out) (optional): where to put an error
 *
 * Ends the file and says whether its ciphertext was the one that was sent. If not, everything that came out
 * has to be thrown away unseen.
 *
 * Returns: %TRUE if the file may be used, else %FALSE with %MTX_ERROR_UNTRUSTED
 */
gboolean
mtx_attachment_cipher_finish_decrypt (MtxAttachmentCipher *self,
                                      GError             **error)
{
  guint8 hash[HASH_BYTES];

  g_return_val_if_fail (MTX_IS_ATTACHMENT_CIPHER (self), FALSE);
  g_return_val_if_fail (self->state == STATE_DECRYPTING, FALSE);

  if (!finish_hash (self, hash, error))
    return FALSE;

  if (CRYPTO_memcmp (hash, self->expected_hash, HASH_BYTES) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The encrypted file is not the one that was sent");
      return FALSE;
    }

  return TRUE;
}
