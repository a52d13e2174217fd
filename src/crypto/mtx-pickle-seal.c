/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Seals a pickle with a key of its own and ties it to its place (guard rules G17 and G18).
 */
#include "mtx-pickle-seal.h"

#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-secret-bytes.h"

/* Changes whenever the bytes below do; it is part of what is authenticated. */
#define SCHEMA_VERSION 1

static const char purpose[] = "io.github.wallet_support.pickle";

static void
append_text (GByteArray *array,
             const char *text)
{
  gsize   length = strlen (text);
  guint32 length_be = GUINT32_TO_BE ((guint32)length);

  g_byte_array_append (array, (const guint8 *)&length_be, sizeof length_be);
  g_byte_array_append (array, (const guint8 *)text, (guint)length);
}

/* Says which object of which kind this is, so that no two differ only in where one text ends. It is both
 * what the sub-key is derived for and what the ciphertext is bound to. */
static GBytes *
describe (MtxPickleType type,
          const char   *place,
          const char   *id)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  guint8                 header[] = { SCHEMA_VERSION, (guint8)type };

  append_text (array, purpose);
  g_byte_array_append (array, header, sizeof header);
  append_text (array, place);
  append_text (array, id);

  return g_byte_array_free_to_bytes (g_steal_pointer (&array));
}

static MtxSecretBytes *
derive_key (MtxSecretBytes *master_key,
            GBytes         *description,
            GError        **error)
{
  gsize         length;
  const guint8 *info = g_bytes_get_data (description, &length);

  return mtx_hkdf_sha256 (master_key, NULL, 0, info, length, MTX_AES_KEY_BYTES, error);
}

/**
 * mtx_pickle_seal:
 * @type: what kind of object it is
 * @place: where it is kept: the room id, the other device's key, or what else names the shelf
 * @id: which object it is there
 * @master_key: 32 bytes from the keyring
 * @pickle: (array length=length): the object's state
 * @length: bytes in @pickle
 * @error: (out) (optional): where to put an error
 *
 * Encrypts and authenticates a pickle with AES-256-GCM under a sub-key that only this object has.
 *
 * Returns: (transfer full) (nullable): what may be stored, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_pickle_seal (MtxPickleType   type,
                 const char     *place,
                 const char     *id,
                 MtxSecretBytes *master_key,
                 const guint8   *pickle,
                 gsize           length,
                 GError        **error)
{
  g_autoptr (GBytes)         description = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;
  gsize                      description_length;
  const guint8              *associated;

  g_return_val_if_fail (place != NULL && id != NULL, NULL);
  g_return_val_if_fail (master_key != NULL, NULL);
  g_return_val_if_fail (mtx_secret_bytes_get_size (master_key) == MTX_MASTER_KEY_BYTES, NULL);

  description = describe (type, place, id);
  key = derive_key (master_key, description, error);
  if (key == NULL)
    return NULL;

  associated = g_bytes_get_data (description, &description_length);
  return mtx_aes256_gcm_seal (key, associated, description_length, pickle, length, error);
}

/**
 * mtx_pickle_open:
 * @type: what kind of object it is
 * @place: where it was kept
 * @id: which object it is there
 * @master_key: 32 bytes from the keyring
 * @untrusted_sealed: what mtx_pickle_seal() returned, as the store gave it back
 * @error: (out) (optional): where to put an error
 *
 * Opens a sealed pickle. A changed bit, another object's pickle or another master key all look the same:
 * the object is lost, and its bytes are shown to nobody.
 *
 * Returns: (transfer full) (nullable): the object's state, or %NULL with %MTX_ERROR_DAMAGED, or
 *   %MTX_ERROR_FAILED if it could not be tried
 */
MtxSecretBytes *
mtx_pickle_open (MtxPickleType   type,
                 const char     *place,
                 const char     *id,
                 MtxSecretBytes *master_key,
                 GBytes         *untrusted_sealed,
                 GError        **error)
{
  g_autoptr (GBytes)         description = NULL;
  g_autoptr (GError)         local_error = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;
  MtxSecretBytes            *pickle;
  gsize                      description_length;
  const guint8              *associated;

  g_return_val_if_fail (place != NULL && id != NULL, NULL);
  g_return_val_if_fail (master_key != NULL, NULL);
  g_return_val_if_fail (mtx_secret_bytes_get_size (master_key) == MTX_MASTER_KEY_BYTES, NULL);
  g_return_val_if_fail (untrusted_sealed != NULL, NULL);

  description = describe (type, place, id);
  key = derive_key (master_key, description, error);
  if (key == NULL)
    return NULL;

  associated = g_bytes_get_data (description, &description_length);
  pickle = mtx_aes256_gcm_open (key, associated, description_length, untrusted_sealed, &local_error);
  if (pickle == NULL && g_error_matches (local_error, MTX_ERROR, MTX_ERROR_UNTRUSTED))
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "A stored key does not open");
  else if (pickle == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));

  return pickle;
}
