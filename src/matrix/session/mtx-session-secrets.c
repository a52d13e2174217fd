/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds the secrets, or makes them for an account that never was, and derives what they open. An account
 * whose secrets cannot be read is never begun anew (threats.md 103).
 */
#include "mtx-session-secrets.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-kdf.h"
#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-session-folder.h"

#define ITEM_STORE_KEY    "store-key"
#define ITEM_SECURITY_KEY "security-key"
#define ITEM_PASSWORD     "account-password" /* of an account that another client made; ours follows from the key */

#define ITEM_GENERATION   "store-generation" /* no secret, but it has to lie where the store's copies do not */

#define ROLE_GENERATION   "generation of the stored messages"
#define ROLE_STORE_KEY    "key of the stored messages"
#define ROLE_SECURITY_KEY "security key"
#define ROLE_PASSWORD     "account password"

#define STORE_KEY_BYTES   32
#define DERIVED_KEY_BYTES 32

/* Domain separation: one store key, two uses that must tell nothing of each other. */
#define SALT          "io.github.wallet_support.store"
#define INFO_DATABASE "database key v1"
#define INFO_PICKLES  "pickle key v1"

typedef struct
{
  MtxKeyring *keyring;
  char       *provider;
  char       *label;
  char       *folder;

  MtxSecretsPurpose purpose;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *self = data;

  g_clear_object (&self->keyring);
  g_free (self->provider);
  g_free (self->label);
  g_free (self->folder);
  g_free (self);
}

/* In a fiber. NULL without an error if there is no such item. */
static MtxSecretBytes *
load (Opening    *self,
      const char *item,
      gsize       expected_size,
      GError    **error)
{
  g_autoptr (GError)         failure = NULL;
  g_autoptr (MtxSecretBytes) secret = dex_await_boxed (mtx_keyring_load (self->keyring, self->provider, item), &failure);

  if (secret != NULL && mtx_secret_bytes_get_size (secret) != expected_size)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "A secret has the wrong size");
      return NULL;
    }
  if (failure != NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&failure));

  return g_steal_pointer (&secret);
}

/* In a fiber. Draws a secret and keeps it; it exists only once the keyring has it. */
static MtxSecretBytes *
create (Opening    *self,
        const char *item,
        const char *role,
        gsize       size,
        GError    **error)
{
  g_autofree char           *label = g_strdup_printf ("%s (%s)", self->label, role);
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_random (size, error);

  if (secret == NULL || !dex_await (mtx_keyring_create (self->keyring, self->provider, item, label, secret), error))
    return NULL;

  return g_steal_pointer (&secret);
}

/* After other errors the keyring may have the secret all the same, and the mark must stay to say why. */
static gboolean
is_surely_unmade (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_LOCKED) || g_error_matches (error, MTX_ERROR, MTX_ERROR_ABSENT);
}

/* In a fiber. The first set-up, or the rest of one that was interrupted: whatever was made already is used. */
static DexFuture *
set_up (Opening        *self,
        MtxSecretBytes *store_key,
        MtxSecretBytes *security_key)
{
  g_autoptr (MtxSecretBytes) made_store_key = NULL;
  g_autoptr (MtxSecretBytes) made_security_key = NULL;
  g_autoptr (GError)         error = NULL;

  if (!dex_await (mtx_session_folder_begin (self->folder), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (security_key == NULL && self->purpose == MTX_SECRETS_CREATE)
    {
      made_security_key = create (self, ITEM_SECURITY_KEY, ROLE_SECURITY_KEY, MTX_RECOVERY_KEY_BYTES, &error);
      if (made_security_key == NULL)
        {
          if (store_key == NULL && is_surely_unmade (error))
            /* Without an error: that the folder stays is no reason to hide why there is no secret. */
            dex_await (mtx_session_folder_abandon (self->folder), NULL);
          return dex_future_new_for_error (g_steal_pointer (&error));
        }
    }

  if (store_key != NULL)
    return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, mtx_secret_bytes_ref (store_key));

  made_store_key = create (self, ITEM_STORE_KEY, ROLE_STORE_KEY, STORE_KEY_BYTES, &error);
  if (made_store_key == NULL)
    {
      if (self->purpose == MTX_SECRETS_RESTORE && is_surely_unmade (error))
        dex_await (mtx_session_folder_abandon (self->folder), NULL); /* as above */
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, g_steal_pointer (&made_store_key));
}

static DexFuture *
reject (MtxError    code,
        const char *why)
{
  return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, (int)code, why));
}

static DexFuture *
mtx_session_secrets_open_fiber (gpointer data)
{
  Opening                   *self = data;
  g_autoptr (MtxSecretBytes) store_key = NULL;
  g_autoptr (MtxSecretBytes) security_key = NULL;
  g_autoptr (GError)         error = NULL;
  MtxSessionFolder           folder;

  folder = (MtxSessionFolder)dex_await_int (mtx_session_folder_inspect (self->folder), &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  store_key = load (self, ITEM_STORE_KEY, STORE_KEY_BYTES, &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (folder == MTX_SESSION_FOLDER_STORE)
    {
      if (store_key == NULL)
        return reject (MTX_ERROR_WRONG_SECRET, "There is a store, but no key for it");
      return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, g_steal_pointer (&store_key));
    }

  security_key = load (self, ITEM_SECURITY_KEY, MTX_RECOVERY_KEY_BYTES, &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  /* Whoever brings the account back says by that that the store is gone. */
  if (folder == MTX_SESSION_FOLDER_EMPTY && self->purpose != MTX_SECRETS_RESTORE && (store_key != NULL || security_key != NULL))
    return reject (MTX_ERROR_DAMAGED, "There are secrets, but their store is gone");
  if (self->purpose == MTX_SECRETS_OPEN)
    return reject (MTX_ERROR_NOT_FOUND, "There is no account");

  return set_up (self, store_key, security_key);
}

/**
 * mtx_session_secrets_open:
 * @keyring: where secrets are
 * @provider: under which name
 * @label: what a person shall read in the keyring; each item adds what it is for
 * @folder: the account's folder
 * @purpose: whether an account may be begun if there is none
 *
 * Gets the key of the store. For a new account both secrets are drawn and kept, the security key first;
 * they stand on disk with the mark that mtx_session_folder_settle () removes. For one that comes back only the key of
 * the store is drawn.
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, or rejects with %MTX_ERROR_NOT_FOUND (no
 *   account), %MTX_ERROR_LOCKED, %MTX_ERROR_ABSENT, %MTX_ERROR_WRONG_SECRET (a store without its key),
 *   %MTX_ERROR_DAMAGED (keys without their store), %MTX_ERROR_FULL or %MTX_ERROR_FAILED; then nothing was changed
 */
DexFuture *
mtx_session_secrets_open (MtxKeyring       *keyring,
                          const char       *provider,
                          const char       *label,
                          const char       *folder,
                          MtxSecretsPurpose purpose)
{
  Opening *self = NULL;

  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);
  g_return_val_if_fail (provider != NULL && label != NULL && folder != NULL, NULL);

  self = g_new0 (Opening, 1);
  self->keyring = g_object_ref (keyring);
  self->provider = g_strdup (provider);
  self->label = g_strdup (label);
  self->folder = g_strdup (folder);
  self->purpose = purpose;

  return mtx_fiber_spawn ("[secrets-open]", mtx_session_secrets_open_fiber, self, opening_free);
}

typedef struct
{
  MtxKeyring     *keyring;
  char           *provider;
  char           *label;
  MtxSecretBytes *security_key;
  MtxSecretBytes *password;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *self = data;

  g_clear_object (&self->keyring);
  g_free (self->provider);
  g_free (self->label);
  g_clear_pointer (&self->security_key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->password, mtx_secret_bytes_unref);
  g_free (self);
}

/* In a fiber. Without a secret the item goes. */
static gboolean
keep_item (Keeping        *self,
           const char     *item,
           const char     *role,
           MtxSecretBytes *secret,
           GError        **error)
{
  g_autofree char *label = g_strdup_printf ("%s (%s)", self->label, role);

  if (secret == NULL)
    return dex_await (mtx_keyring_forget (self->keyring, self->provider, item), error);

  return dex_await (mtx_keyring_replace (self->keyring, self->provider, item, label, secret), error);
}

static DexFuture *
keep_fiber (gpointer data)
{
  Keeping           *self = data;
  g_autoptr (GError) error = NULL;

  /* What was said of a store that is gone does not hold for the one that is made now. */
  if (!dex_await (mtx_keyring_forget (self->keyring, self->provider, ITEM_GENERATION), &error)
      || !keep_item (self, ITEM_SECURITY_KEY, ROLE_SECURITY_KEY, self->security_key, &error)
      || !keep_item (self, ITEM_PASSWORD, ROLE_PASSWORD, self->password, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/**
 * mtx_session_secrets_keep:
 * @keyring: where secrets are
 * @provider: under which name
 * @label: what a person shall read in the keyring; each item adds what it is for
 * @security_key: (nullable): 32 bytes; %NULL if it is not known yet
 * @password: (nullable): the account's password; %NULL if it follows from @security_key
 *
 * Keeps the secrets of an account that comes back, in place of those of an earlier try.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects as mtx_keyring_replace () does
 */
DexFuture *
mtx_session_secrets_keep (MtxKeyring     *keyring,
                          const char     *provider,
                          const char     *label,
                          MtxSecretBytes *security_key,
                          MtxSecretBytes *password)
{
  Keeping *self;

  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);
  g_return_val_if_fail (provider != NULL && label != NULL, NULL);

  self = g_new0 (Keeping, 1);
  self->keyring = g_object_ref (keyring);
  self->provider = g_strdup (provider);
  self->label = g_strdup (label);
  self->security_key = security_key != NULL ? mtx_secret_bytes_ref (security_key) : NULL;
  self->password = password != NULL ? mtx_secret_bytes_ref (password) : NULL;

  return mtx_fiber_spawn ("[secrets-keep]", keep_fiber, self, keeping_free);
}

/**
 * mtx_session_secrets_forget:
 * @keyring: where secrets are
 * @provider: under which name
 *
 * Forgets all secrets of an account that did not come back.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects as mtx_keyring_forget () does
 */
DexFuture *
mtx_session_secrets_forget (MtxKeyring *keyring,
                            const char *provider)
{
  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);

  return dex_future_all (mtx_keyring_forget (keyring, provider, ITEM_GENERATION),
                         mtx_keyring_forget (keyring, provider, ITEM_PASSWORD),
                         mtx_keyring_forget (keyring, provider, ITEM_SECURITY_KEY),
                         mtx_keyring_forget (keyring, provider, ITEM_STORE_KEY),
                         NULL);
}

static DexFuture *
read_generation_cb (DexFuture *future,
                    gpointer   data)
{
  g_autoptr (GError) error = NULL;
  const GValue      *value = dex_future_get_value (future, &error);
  gsize              length = 0;
  const guint8      *bytes;
  g_autofree char   *text = NULL;
  gint64             generation = 0;

  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_for_int64 (0);
  if (value == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  bytes = mtx_secret_bytes_get (g_value_get_boxed (value), &length);
  text = g_strndup ((const char *)bytes, length);
  if (!g_ascii_string_to_signed (text, 10, 0, G_MAXINT64 - 1, &generation, NULL))
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_DAMAGED, "The generation is no number");

  return dex_future_new_for_int64 (generation);
}

/**
 * mtx_session_secrets_load_generation:
 * @keyring: where secrets are
 * @provider: under which name
 *
 * Returns: (transfer full): a future that resolves to a gint64, the newest generation of the store; 0 if none was
 *   kept; or rejects as mtx_keyring_load () does
 */
DexFuture *
mtx_session_secrets_load_generation (MtxKeyring *keyring,
                                     const char *provider)
{
  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);

  return dex_future_finally (mtx_keyring_load (keyring, provider, ITEM_GENERATION), read_generation_cb, NULL, NULL);
}

/**
 * mtx_session_secrets_save_generation:
 * @keyring: where secrets are
 * @provider: under which name
 * @label: what a person shall read in the keyring
 * @generation: the generation the store has now
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects as mtx_keyring_replace () does
 */
DexFuture *
mtx_session_secrets_save_generation (MtxKeyring *keyring,
                                     const char *provider,
                                     const char *label,
                                     gint64      generation)
{
  g_autofree char           *item_label = g_strdup_printf ("%s (%s)", label, ROLE_GENERATION);
  g_autofree char           *text = g_strdup_printf ("%" G_GINT64_FORMAT, generation);
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new ((const guint8 *)text, strlen (text));

  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);

  return mtx_keyring_replace (keyring, provider, ITEM_GENERATION, item_label, secret);
}

/**
 * mtx_session_secrets_load_key:
 * @keyring: where secrets are
 * @provider: under which name
 *
 * Loads the security key.
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, or rejects as mtx_keyring_load () does, with
 *   %MTX_ERROR_NOT_FOUND for an account that has not come back yet
 */
DexFuture *
mtx_session_secrets_load_key (MtxKeyring *keyring,
                              const char *provider)
{
  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);

  return mtx_keyring_load (keyring, provider, ITEM_SECURITY_KEY);
}

static DexFuture *
encode_cb (DexFuture *future,
           gpointer   data)
{
  MtxSecretBytes *key = g_value_get_boxed (dex_future_get_value (future, NULL));
  MtxSecretBytes *secret;
  char           *text;

  if (mtx_secret_bytes_get_size (key) != MTX_RECOVERY_KEY_BYTES)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_DAMAGED, "The security key has another length");

  text = mtx_recovery_key_encode (key);
  secret = mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
  mtx_secret_string_free (text);

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, secret);
}

/**
 * mtx_session_secrets_load_key_text:
 * @keyring: where secrets are
 * @provider: under which name
 *
 * Loads the security key as a person writes it down.
 *
 * Returns: (transfer full): a future as of mtx_session_secrets_load_key()
 */
DexFuture *
mtx_session_secrets_load_key_text (MtxKeyring *keyring,
                                   const char *provider)
{
  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);

  return dex_future_then (mtx_session_secrets_load_key (keyring, provider), encode_cb, NULL, NULL);
}

static DexFuture *
password_fiber (gpointer data)
{
  Keeping                   *self = data;
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) kept = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;
  MtxSecretBytes            *password;
  char                      *text;

  kept = dex_await_boxed (mtx_keyring_load (self->keyring, self->provider, ITEM_PASSWORD), &error);
  if (kept != NULL)
    return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, g_steal_pointer (&kept));
  if (!g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_for_error (g_steal_pointer (&error));

  g_clear_error (&error);
  key = dex_await_boxed (mtx_keyring_load (self->keyring, self->provider, ITEM_SECURITY_KEY), &error);
  text = key != NULL ? mtx_recovery_key_derive_password (key, &error) : NULL;
  if (text == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  password = mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
  mtx_secret_string_free (text);

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, password);
}

/**
 * mtx_session_secrets_load_password:
 * @keyring: where secrets are
 * @provider: under which name
 *
 * Loads the account's password, which is kept for accounts that another client made, and derived from the security
 * key for ours.
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, printable text, or rejects as
 *   mtx_keyring_load () does
 */
DexFuture *
mtx_session_secrets_load_password (MtxKeyring *keyring,
                                   const char *provider)
{
  Keeping *password;

  g_return_val_if_fail (MTX_IS_KEYRING (keyring), NULL);

  password = g_new0 (Keeping, 1);
  password->keyring = g_object_ref (keyring);
  password->provider = g_strdup (provider);

  return mtx_fiber_spawn ("[secrets-password]", password_fiber, password, keeping_free);
}

/**
 * mtx_session_secrets_derive_database:
 * @store_key: the key from the keyring
 * @error: %MTX_ERROR_FAILED
 *
 * Returns: (transfer full) (nullable): the key of the database
 */
MtxSecretBytes *
mtx_session_secrets_derive_database (MtxSecretBytes *store_key,
                                     GError        **error)
{
  return mtx_hkdf_sha256 (store_key, (const guint8 *)SALT, strlen (SALT),
                          (const guint8 *)INFO_DATABASE, strlen (INFO_DATABASE), DERIVED_KEY_BYTES, error);
}

/**
 * mtx_session_secrets_derive_pickles:
 * @store_key: the key from the keyring
 * @error: %MTX_ERROR_FAILED
 *
 * Returns: (transfer full) (nullable): the key under which ratchets are sealed inside the database
 */
MtxSecretBytes *
mtx_session_secrets_derive_pickles (MtxSecretBytes *store_key,
                                    GError        **error)
{
  return mtx_hkdf_sha256 (store_key, (const guint8 *)SALT, strlen (SALT),
                          (const guint8 *)INFO_PICKLES, strlen (INFO_PICKLES), DERIVED_KEY_BYTES, error);
}
