/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our identity where it leaves the engine or comes back to it: given to secret storage, brought back from there, and
 * kept when the device that carried it is gone.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"

/* What is sealed here is bound to the account alone. */
#define NO_DEVICE ""

typedef struct
{
  MtxRatchets         *ratchets;
  MtxCrossSigningKeys *keys;
} IdentityJob;

/* Runs on the worker, where the keys may be dropped and read again; the object itself never changes. */
static DexFuture *
identity_job (gpointer data)
{
  IdentityJob *job = data;

  job->keys = g_object_ref (job->ratchets->keys);

  return dex_future_new_true ();
}

static DexFuture *
identity_command (MtxCryptoEngine *self,
                  gpointer         data)
{
  IdentityJob        job = { .ratchets = _mtx_crypto_engine_get_ratchets (self) };
  g_autoptr (GError) error = NULL;

  if (!_mtx_crypto_engine_work (self, identity_job, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_object (job.keys);
}

/**
 * mtx_crypto_engine_load_identity:
 * @self: an engine
 *
 * Gives out the private keys of our identity, for secret storage.
 *
 * Returns: (transfer full): a future that resolves to #MtxCrossSigningKeys
 */
DexFuture *
mtx_crypto_engine_load_identity (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return _mtx_crypto_engine_command (self, identity_command, NULL, NULL);
}

/* An engine that opens on this finds an identity that the server has, and makes the device it lacks. */
static void
put_identity_marks (MtxChangeSet *changes)
{
  mtx_crypto_store_put_mark (changes, MTX_CRYPTO_MARK_UPLOAD_BEGUN, TRUE);
  mtx_crypto_store_put_mark (changes, MTX_CRYPTO_MARK_CROSS_SIGNING_PUBLISHED, TRUE);
  mtx_crypto_store_put_mark (changes, MTX_CRYPTO_MARK_DEVICE_WANTED, TRUE);
}

/**
 * mtx_crypto_engine_put_identity:
 * @changes: where to write; to a store in which no engine was opened
 * @keys: the identity, which fits the published one (threat 74)
 * @backup_key: (nullable): the private key of the backup of room keys
 * @master_key: seals everything that is stored
 * @user_id: our user
 * @error: return location for an error
 *
 * Puts an identity that was brought back, with the key to the history. The engine that opens next makes a new device under it, and never
 * another identity.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_crypto_engine_put_identity (MtxChangeSet        *changes,
                                MtxCrossSigningKeys *keys,
                                MtxSecretBytes      *backup_key,
                                MtxSecretBytes      *master_key,
                                const char          *user_id,
                                GError             **error)
{
  g_autoptr (MtxRatchets) ratchets = mtx_ratchets_new (user_id, NO_DEVICE, master_key);
  g_autoptr (GBytes)      sealed = mtx_cross_signing_keys_to_pickle (keys, master_key, user_id, error);

  if (sealed == NULL)
    return FALSE;
  if (backup_key != NULL && !mtx_ratchets_put_backup_key (ratchets, backup_key, changes, error))
    return FALSE;

  mtx_crypto_store_put_sealed (changes, MTX_SEALED_CROSS_SIGNING_KEYS, sealed);
  put_identity_marks (changes);

  return TRUE;
}

/**
 * mtx_crypto_engine_put_device_gone:
 * @changes: where to write; to a store whose engine is closed, or not open yet
 *
 * Forgets the device with every ratchet it had, so that none is used again (threat 101). The identity, the room
 * keys and the history stay; the engine that opens next makes a new device.
 */
void
mtx_crypto_engine_put_device_gone (MtxChangeSet *changes)
{
  static const MtxCryptoMark marks[] = {
    MTX_CRYPTO_MARK_DEVICE_KEYS_PUBLISHED,
    MTX_CRYPTO_MARK_OWN_KEYS,
    MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING,
    MTX_CRYPTO_MARK_FALLBACK_KEY_CREATED_AT,
    MTX_CRYPTO_MARK_FALLBACK_KEY_PUBLISHED_AT,
    MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT,
  };

  mtx_crypto_store_forget_device (changes);
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    mtx_crypto_store_put_mark (changes, marks[i], 0);
  put_identity_marks (changes);
}
