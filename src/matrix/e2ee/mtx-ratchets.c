/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own private keys in memory, and the signed objects made from them. A signature is the same however
 * often it is made, so what is built again after a restart equals what may already have been sent (M11).
 */
#include "mtx-ratchets.h"

#include "mtx-crypto-engine.h"
#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-pickle-seal.h"
#include "mtx-secret-bytes.h"

/* There is one for each account, so its place says it all. */
#define BACKUP_KEY_ID "key-backup"

/**
 * mtx_ratchets_new:
 * @user_id: our user
 * @device_id: our device
 * @master_key: seals what is stored
 *
 * Makes an empty holder. It may be made on any thread and is then used on the crypto worker only.
 *
 * Returns: (transfer full): the holder
 */
MtxRatchets *
mtx_ratchets_new (const char     *user_id,
                  const char     *device_id,
                  MtxSecretBytes *master_key)
{
  MtxRatchets *self;

  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (device_id != NULL, NULL);
  g_return_val_if_fail (master_key != NULL, NULL);

  self = g_new0 (MtxRatchets, 1);
  self->user_id = g_strdup (user_id);
  self->device_id = g_strdup (device_id);
  self->master_key = mtx_secret_bytes_ref (master_key);

  return self;
}

/**
 * mtx_ratchets_free:
 * @self: (transfer full): a holder
 *
 * Wipes and frees everything.
 */
void
mtx_ratchets_free (MtxRatchets *self)
{
  mtx_ratchets_drop (self);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  g_clear_pointer (&self->master_key, mtx_secret_bytes_unref);
  g_free (self);
}

/**
 * mtx_ratchets_drop:
 * @self: a holder
 *
 * Forgets the keys in memory; the store has the last good ones.
 */
void
mtx_ratchets_drop (MtxRatchets *self)
{
  g_return_if_fail (self != NULL);

  g_clear_object (&self->account);
  g_clear_object (&self->keys);
  g_clear_pointer (&self->device_keys, json_object_unref);
}

/**
 * mtx_ratchets_build_device_keys:
 * @self: a loaded holder
 * @error: return location for an error
 *
 * Makes our `device_keys`. The self-signing key signs them before anybody sees them, so that this device is
 * never visible unsigned (M14).
 *
 * Returns: (transfer full) (nullable): the signed object, or %NULL with an error
 */
JsonObject *
mtx_ratchets_build_device_keys (MtxRatchets *self,
                                GError     **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char       *curve25519_id = g_strconcat ("curve25519:", self->device_id, NULL);
  g_autofree char       *ed25519_id = g_strconcat ("ed25519:", self->device_id, NULL);
  JsonArray             *algorithms = json_array_new ();
  JsonObject            *keys = json_object_new ();

  json_array_add_string_element (algorithms, MTX_ALGORITHM_OLM);
  json_array_add_string_element (algorithms, MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (keys, curve25519_id, mtx_olm_account_get_curve25519 (self->account));
  json_object_set_string_member (keys, ed25519_id, mtx_olm_account_get_ed25519 (self->account));
  json_object_set_string_member (object, "user_id", self->user_id);
  json_object_set_string_member (object, "device_id", self->device_id);
  json_object_set_array_member (object, "algorithms", algorithms);
  json_object_set_object_member (object, "keys", keys);

  if (!mtx_olm_account_sign_json (self->account, object, self->user_id, self->device_id, error)
      || !mtx_cross_signing_keys_sign_json (self->keys, MTX_CROSS_SIGNING_SELF_SIGNING, object, self->user_id, error))
    return NULL;

  return g_steal_pointer (&object);
}

static gboolean
keep_device_keys (MtxRatchets *self,
                  GError     **error)
{
  self->device_keys = mtx_ratchets_build_device_keys (self, error);

  return self->device_keys != NULL;
}

/* The identity this device will belong to: the one that is stored, else a new one. */
static gboolean
ensure_identity (MtxRatchets  *self,
                 GBytes       *sealed_keys,
                 MtxChangeSet *changes,
                 GError      **error)
{
  g_autoptr (GBytes) sealed = NULL;

  if (sealed_keys != NULL)
    {
      self->keys = mtx_cross_signing_keys_new_from_pickle (sealed_keys, self->master_key, self->user_id, error);
      return self->keys != NULL;
    }

  self->keys = mtx_cross_signing_keys_new (error);
  if (self->keys == NULL)
    return FALSE;
  sealed = mtx_cross_signing_keys_to_pickle (self->keys, self->master_key, self->user_id, error);
  if (sealed == NULL)
    return FALSE;
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_CROSS_SIGNING_KEYS, sealed);

  return TRUE;
}

/**
 * mtx_ratchets_create:
 * @self: an empty holder
 * @sealed_keys: (nullable): the stored cross-signing keys, if only the device is to be made
 * @changes: where to write
 * @error: return location for an error
 *
 * Draws a new account, and new cross-signing keys if there are none. They are used only after @changes was
 * committed (M14).
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_ratchets_create (MtxRatchets  *self,
                     GBytes       *sealed_keys,
                     MtxChangeSet *changes,
                     GError      **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (self->account == NULL, FALSE);

  self->account = mtx_olm_account_new (error);
  if (self->account == NULL || !ensure_identity (self, sealed_keys, changes, error))
    return FALSE;

  return mtx_ratchets_save_account (self, changes, error) && keep_device_keys (self, error);
}

/**
 * mtx_ratchets_load:
 * @self: an empty holder
 * @sealed_account: the stored account
 * @sealed_keys: the stored cross-signing keys
 * @error: return location for an error
 *
 * Opens what was stored. What does not open is never replaced by something new here: that would be
 * another identity under the same name.
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_ratchets_load (MtxRatchets *self,
                   GBytes      *sealed_account,
                   GBytes      *sealed_keys,
                   GError     **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (self->account == NULL, FALSE);

  self->account = mtx_olm_account_new_from_pickle (sealed_account, self->master_key, self->device_id, error);
  if (self->account == NULL)
    return FALSE;
  self->keys = mtx_cross_signing_keys_new_from_pickle (sealed_keys, self->master_key, self->user_id, error);
  if (self->keys == NULL || !keep_device_keys (self, error))
    {
      mtx_ratchets_drop (self);
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_ratchets_save_account:
 * @self: a holder
 * @changes: where to write
 * @error: return location for an error
 *
 * Writes the account, which changed.
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_ratchets_save_account (MtxRatchets  *self,
                           MtxChangeSet *changes,
                           GError      **error)
{
  g_autoptr (GBytes) sealed = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  sealed = mtx_olm_account_to_pickle (self->account, self->master_key, self->device_id, error);
  if (sealed == NULL)
    return FALSE;
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_ACCOUNT, sealed);

  return TRUE;
}

/**
 * mtx_ratchets_put_backup_key:
 * @self: a holder
 * @key: the private key of the backup of our room keys
 * @changes: where to write
 * @error: return location for an error
 *
 * Writes the key, over the one that was there.
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_ratchets_put_backup_key (MtxRatchets    *self,
                             MtxSecretBytes *key,
                             MtxChangeSet   *changes,
                             GError        **error)
{
  g_autoptr (GBytes) sealed = NULL;
  const guint8      *bytes;
  gsize              length;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  bytes = mtx_secret_bytes_get (key, &length);
  sealed = mtx_pickle_seal (MTX_PICKLE_BACKUP_KEY, self->user_id, BACKUP_KEY_ID, self->master_key, bytes, length, error);
  if (sealed == NULL)
    return FALSE;
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_BACKUP_KEY, sealed);

  return TRUE;
}

/**
 * mtx_ratchets_open_backup_key:
 * @self: a holder
 * @sealed: the stored key
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): the private key of the backup of our room keys, or %NULL with
 *   %MTX_ERROR_DAMAGED
 */
MtxSecretBytes *
mtx_ratchets_open_backup_key (MtxRatchets *self,
                              GBytes      *sealed,
                              GError     **error)
{
  g_return_val_if_fail (self != NULL, NULL);

  return mtx_pickle_open (MTX_PICKLE_BACKUP_KEY, self->user_id, BACKUP_KEY_ID, self->master_key, sealed, error);
}

/**
 * mtx_ratchets_build_cross_signing:
 * @self: a holder
 * @error: return location for an error
 *
 * Makes the body of `POST /keys/device_signing/upload`. The master key already carries this device's
 * signature, so that the two vouch for each other from the first moment (M13).
 *
 * Returns: (transfer full) (nullable): the body, or %NULL with an error
 */
JsonObject *
mtx_ratchets_build_cross_signing (MtxRatchets *self,
                                  GError     **error)
{
  static const char *const members[MTX_CROSS_SIGNING_N_ROLES] = {
    [MTX_CROSS_SIGNING_MASTER] = "master_key",
    [MTX_CROSS_SIGNING_SELF_SIGNING] = "self_signing_key",
    [MTX_CROSS_SIGNING_USER_SIGNING] = "user_signing_key",
  };
  g_autoptr (JsonObject) body = json_object_new ();

  g_return_val_if_fail (self != NULL, NULL);

  for (guint role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    {
      g_autoptr (JsonObject) key = mtx_cross_signing_keys_build (self->keys, role, self->user_id, error);

      if (key == NULL)
        return NULL;
      if (role == MTX_CROSS_SIGNING_MASTER
          && !mtx_olm_account_sign_json (self->account, key, self->user_id, self->device_id, error))
        return NULL;
      json_object_set_object_member (body, members[role], g_steal_pointer (&key));
    }

  return g_steal_pointer (&body);
}

static JsonObject *
build_signed_keys (MtxRatchets *self,
                   GHashTable  *keys,
                   gboolean     is_fallback,
                   GError     **error)
{
  g_autoptr (JsonObject) signed_keys = json_object_new ();
  GHashTableIter         iter;
  gpointer               id;
  gpointer               key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &id, &key))
    {
      g_autoptr (JsonObject) object = json_object_new ();
      g_autofree char       *name = g_strconcat ("signed_curve25519:", id, NULL);

      json_object_set_string_member (object, "key", key);
      if (is_fallback)
        json_object_set_boolean_member (object, "fallback", TRUE);
      if (!mtx_olm_account_sign_json (self->account, object, self->user_id, self->device_id, error))
        return NULL;
      json_object_set_object_member (signed_keys, name, g_steal_pointer (&object));
    }

  return g_steal_pointer (&signed_keys);
}

/**
 * mtx_ratchets_build_one_time_keys:
 * @self: a holder
 * @error: return location for an error
 *
 * Makes the `one_time_keys` of `POST /keys/upload` from all keys not published yet.
 *
 * Returns: (transfer full) (nullable): signed keys by id, perhaps none, or %NULL with an error
 */
JsonObject *
mtx_ratchets_build_one_time_keys (MtxRatchets *self,
                                  GError     **error)
{
  g_autoptr (GHashTable) keys = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  keys = mtx_olm_account_dup_one_time_keys (self->account, error);

  return keys != NULL ? build_signed_keys (self, keys, FALSE, error) : NULL;
}

/**
 * mtx_ratchets_build_fallback_keys:
 * @self: a holder
 * @error: return location for an error
 *
 * Makes the `fallback_keys` of `POST /keys/upload` from the fallback key not published yet. The mark that
 * it is one is inside what is signed (M12).
 *
 * Returns: (transfer full) (nullable): signed keys by id, perhaps none, or %NULL with an error
 */
JsonObject *
mtx_ratchets_build_fallback_keys (MtxRatchets *self,
                                  GError     **error)
{
  g_autoptr (GHashTable) keys = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  keys = mtx_olm_account_dup_fallback_key (self->account, error);

  return keys != NULL ? build_signed_keys (self, keys, TRUE, error) : NULL;
}
