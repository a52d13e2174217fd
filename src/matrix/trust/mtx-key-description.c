/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the account data says of a key of secret storage. The server could write anything there, so it decides
 * neither how weak a key may be nor how long we work on one (threats 76, 78).
 */
#include "mtx-key-description.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-kdf.h"
#include "mtx-secret-bytes.h"

/* Element writes 500 000. Fewer than this and whoever keeps the account data guesses the passphrase; more than
 * that and a description makes us compute for seconds. */
#define MIN_ROUNDS 10000
#define MAX_ROUNDS 5000000
#define KEY_BITS   256
#define MAX_SALT   1024

#define PASSPHRASE_ALGORITHM "m.pbkdf2"

/* The id follows from the key, so that a set-up that was interrupted finds its own description again, and two
 * keys never share one. The salt keeps it apart from the password (mtx-recovery-key) and from the secrets. */
#define ID_SALT  "io.github.wallet_support.secret_storage"
#define ID_INFO  "key id v1"
#define ID_BYTES 24

/**
 * mtx_key_description_derive_id:
 * @key: 32 bytes, the security key
 * @error: (out) (optional): where to put an error
 *
 * Names a key. With HKDF-SHA-256, salt `io.github.wallet_support.secret_storage` and info `key id v1`; one way, so
 * the name tells nothing about the key.
 *
 * Returns: (transfer full) (nullable): 32 characters, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_key_description_derive_id (MtxSecretBytes *key,
                               GError        **error)
{
  g_autoptr (MtxSecretBytes) id = NULL;

  g_return_val_if_fail (key != NULL, NULL);

  id = mtx_hkdf_sha256 (key, (const guint8 *)ID_SALT, strlen (ID_SALT),
                        (const guint8 *)ID_INFO, strlen (ID_INFO), ID_BYTES, error);

  return id != NULL ? mtx_base64_encode (mtx_secret_bytes_get (id, NULL), ID_BYTES, MTX_BASE64_URL) : NULL;
}

/**
 * mtx_key_description_new:
 * @key: 32 bytes, the security key
 * @error: (out) (optional): where to put an error
 *
 * Describes a key that is no passphrase's.
 *
 * Returns: (transfer full) (nullable): the content of `m.secret_storage.key.<id>`, or %NULL with %MTX_ERROR_INVALID
 *   if @key has another length, or %MTX_ERROR_FAILED
 */
JsonObject *
mtx_key_description_new (MtxSecretBytes *key,
                         GError        **error)
{
  g_autoptr (JsonObject) description = json_object_new ();
  g_autofree char       *iv = NULL;
  g_autofree char       *mac = NULL;

  if (!mtx_secret_storage_make_check (key, &iv, &mac, error))
    return NULL;

  json_object_set_string_member (description, "algorithm", MTX_SECRET_STORAGE_ALGORITHM);
  json_object_set_string_member (description, "iv", iv);
  json_object_set_string_member (description, "mac", mac);

  return g_steal_pointer (&description);
}

static gboolean
knows_algorithm (JsonObject *untrusted,
                 GError    **error)
{
  if (g_strcmp0 (mtx_json_get_string (untrusted, "algorithm"), MTX_SECRET_STORAGE_ALGORITHM) == 0)
    return TRUE;

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED, "Secret storage by another algorithm");

  return FALSE;
}

/* A member that is there but no text is not as good as absent: it would turn a check into none. */
static gboolean
read_text (JsonObject  *untrusted,
           const char  *name,
           const char **text,
           GError     **error)
{
  *text = mtx_json_get_string (untrusted, name);
  if (*text != NULL || !json_object_has_member (untrusted, name))
    return TRUE;

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "A key description is malformed");

  return FALSE;
}

/**
 * mtx_key_description_check:
 * @untrusted: the content of `m.secret_storage.key.<id>`
 * @key: 32 bytes, the key in question
 * @result: (out): what the description says of @key
 * @error: (out) (optional): where to put an error
 *
 * Finds out whether a key is the one that is described.
 *
 * Returns: %TRUE with @result, or %FALSE with %MTX_ERROR_UNSUPPORTED, %MTX_ERROR_BAD_REPLY or %MTX_ERROR_INVALID
 */
gboolean
mtx_key_description_check (JsonObject            *untrusted,
                           MtxSecretBytes        *key,
                           MtxSecretStorageCheck *result,
                           GError               **error)
{
  const char *iv = NULL;
  const char *mac = NULL;

  g_return_val_if_fail (untrusted != NULL && key != NULL && result != NULL, FALSE);

  return knows_algorithm (untrusted, error) && read_text (untrusted, "iv", &iv, error)
         && read_text (untrusted, "mac", &mac, error) && mtx_secret_storage_check_key (key, iv, mac, result, error);
}

typedef struct
{
  MtxSecretBytes *passphrase;
  char           *salt;
  guint           rounds;
} Derivation;

static void
derivation_free (gpointer data)
{
  Derivation *self = data;

  mtx_secret_bytes_unref (self->passphrase);
  g_free (self->salt);
  g_free (self);
}

static DexFuture *
derive_thread (gpointer data)
{
  Derivation        *self = data;
  gsize              length = 0;
  const guint8      *bytes = mtx_secret_bytes_get (self->passphrase, &length);
  char              *text = g_strndup ((const char *)bytes, length);
  MtxSecretBytes    *key;
  g_autoptr (GError) error = NULL;

  key = mtx_pbkdf2_sha512 (text, (const guint8 *)self->salt, strlen (self->salt), self->rounds,
                           MTX_SECRET_STORAGE_KEY_BYTES, &error);
  mtx_secret_wipe (text, length);
  g_free (text);
  if (key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, key);
}

/**
 * mtx_key_description_derive:
 * @untrusted: the content of `m.secret_storage.key.<id>`
 * @passphrase: text, as the person typed it
 *
 * Derives the key from a passphrase, in a thread. Only within our own limits: 10 000 to 5 000 000 rounds, 256 bits.
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, which mtx_key_description_check() has to
 *   confirm; rejects with %MTX_ERROR_NOT_FOUND if this key has no passphrase, %MTX_ERROR_UNSUPPORTED for another
 *   derivation, %MTX_ERROR_REFUSED for one outside the limits
 */
DexFuture *
mtx_key_description_derive (JsonObject     *untrusted,
                            MtxSecretBytes *passphrase)
{
  JsonObject        *how;
  const char        *salt;
  gint64             rounds = 0;
  gint64             bits = KEY_BITS;
  Derivation        *self;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (untrusted != NULL && passphrase != NULL, NULL);

  if (!knows_algorithm (untrusted, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  how = mtx_json_get_object (untrusted, "passphrase");
  if (how == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "This key has no passphrase");
  if (g_strcmp0 (mtx_json_get_string (how, "algorithm"), PASSPHRASE_ALGORITHM) != 0)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_UNSUPPORTED, "A passphrase by another derivation");

  salt = mtx_json_get_string (how, "salt");
  if (salt == NULL || *salt == '\0' || strlen (salt) > MAX_SALT || !mtx_json_get_int (how, "iterations", &rounds)
      || rounds < MIN_ROUNDS || rounds > MAX_ROUNDS
      || (json_object_has_member (how, "bits") && (!mtx_json_get_int (how, "bits", &bits) || bits != KEY_BITS)))
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "A derivation outside the limits");

  self = g_new0 (Derivation, 1);
  self->passphrase = mtx_secret_bytes_ref (passphrase);
  self->salt = g_strdup (salt);
  self->rounds = (guint)rounds;

  return mtx_thread_run ("[passphrase]", derive_thread, self, derivation_free);
}
