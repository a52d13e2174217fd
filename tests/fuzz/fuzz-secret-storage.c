/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A secret of the account data and the check of its key: what opens is a text under its one name, and a key
 * that is called right is the right one.
 */
#include "mtx-fuzz.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-key-description.h"
#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-storage-cipher.h"

static const MtxJsonLimits limits = { .max_bytes = 65536, .max_depth = 8, .reject_duplicates = TRUE };

static void
check_secret (MtxSecretBytes *key,
              const char     *iv,
              const char     *ciphertext,
              const char     *mac)
{
  static const char *const names[] = { "m.cross_signing.master", "m.cross_signing.self_signing" };
  guint                    n_opened = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      char              *secret = mtx_secret_storage_decrypt (key, names[i], iv, ciphertext, mac, &error);

      g_assert_true ((secret != NULL) == (error == NULL));
      if (secret != NULL)
        {
          g_assert_true (*secret != '\0' && g_utf8_validate (secret, -1, NULL));
          n_opened++;
        }
      g_clear_pointer (&secret, mtx_secret_string_free);
    }
  g_assert_cmpuint (n_opened, <=, 1);
}

static void
check_key (MtxSecretBytes *key,
           MtxSecretBytes *other,
           const char     *iv,
           const char     *mac)
{
  MtxSecretStorageCheck result = MTX_SECRET_STORAGE_WRONG;
  MtxSecretStorageCheck other_result = MTX_SECRET_STORAGE_WRONG;
  g_autoptr (GError)    error = NULL;

  if (!mtx_secret_storage_check_key (key, iv, mac, &result, &error))
    {
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
      return;
    }
  g_assert_true (mtx_secret_storage_check_key (other, iv, mac, &other_result, NULL));
  g_assert_true ((result == MTX_SECRET_STORAGE_UNCHECKED) == (iv == NULL || mac == NULL));
  if (result != MTX_SECRET_STORAGE_WRONG)
    g_assert_true (other_result == (iv != NULL && mac != NULL ? MTX_SECRET_STORAGE_WRONG : MTX_SECRET_STORAGE_UNCHECKED));
}

/* The same as a whole description: nothing but the right algorithm is ever called right. */
static void
check_description (MtxSecretBytes *key,
                   JsonObject     *description)
{
  MtxSecretStorageCheck result = MTX_SECRET_STORAGE_WRONG;
  g_autoptr (GError)    error = NULL;
  gboolean              is_read = mtx_key_description_check (description, key, &result, &error);

  g_assert_true (is_read == (error == NULL));
  if (!is_read || result == MTX_SECRET_STORAGE_WRONG)
    return;

  g_assert_cmpstr (mtx_json_get_string (description, "algorithm"), ==, MTX_SECRET_STORAGE_ALGORITHM);
  if (result == MTX_SECRET_STORAGE_UNCHECKED)
    g_assert_true (!json_object_has_member (description, "iv") || !json_object_has_member (description, "mac"));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static MtxSecretBytes *key;
  static MtxSecretBytes *other;
  g_autoptr (JsonObject) object = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);

  if (object == NULL)
    return 0;
  /* matrix-rust-sdk, secret_storage.rs; the corpus holds secrets under it. */
  if (key == NULL)
    {
      key = mtx_recovery_key_decode ("EsTj 3yST y93F SLpB jJsz eAXc 2XzA ygD3 w69H fGaN TKBj jXEd", NULL);
      other = mtx_secret_bytes_new ((const guint8 *)"a key of which nobody knows this", 32);
    }

  check_secret (key, mtx_json_get_string (object, "iv"), mtx_json_get_string (object, "ciphertext"),
                mtx_json_get_string (object, "mac"));
  check_description (key, object);
  check_key (key, other, mtx_json_get_string (object, "iv"), mtx_json_get_string (object, "mac"));

  return 0;
}
