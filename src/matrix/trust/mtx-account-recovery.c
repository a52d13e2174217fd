/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An account's secrets on their way into secret storage and out of it. What comes out was written by somebody who
 * knows the security key, to a server that could have put an older copy in its place: so it counts only if it is
 * the private half of what the account shows to others (threat 74).
 */
#include "mtx-account-recovery.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-cross-signing-keys.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-identity-keys.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"

static const char *const secret_names[MTX_CROSS_SIGNING_N_ROLES] = {
  [MTX_CROSS_SIGNING_MASTER] = MTX_SECRET_MASTER,
  [MTX_CROSS_SIGNING_SELF_SIGNING] = MTX_SECRET_SELF_SIGNING,
  [MTX_CROSS_SIGNING_USER_SIGNING] = MTX_SECRET_USER_SIGNING,
};

G_DEFINE_BOXED_TYPE (MtxRecoveredAccount, mtx_recovered_account, mtx_recovered_account_copy, mtx_recovered_account_free)

/**
 * mtx_recovered_account_copy:
 * @self: a recovered account
 *
 * Returns: (transfer full): the same again; the keys are shared
 */
MtxRecoveredAccount *
mtx_recovered_account_copy (MtxRecoveredAccount *self)
{
  MtxRecoveredAccount *copy = g_new0 (MtxRecoveredAccount, 1);

  copy->keys = g_object_ref (self->keys);
  copy->backup_key = self->backup_key != NULL ? mtx_secret_bytes_ref (self->backup_key) : NULL;
  copy->provider = self->provider != NULL ? mtx_secret_bytes_ref (self->provider) : NULL;

  return copy;
}

/**
 * mtx_recovered_account_free:
 * @self: (transfer full): a recovered account
 *
 * Frees it.
 */
void
mtx_recovered_account_free (MtxRecoveredAccount *self)
{
  g_clear_object (&self->keys);
  g_clear_pointer (&self->backup_key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->provider, mtx_secret_bytes_unref);
  g_free (self);
}

typedef struct
{
  MtxSecretStorage *storage;
  MtxCryptoEngine  *engine;
  MtxKeyBackup     *backup;
  MtxHttp          *http;
  MtxSecretBytes   *security_key;
  MtxSecretBytes   *provider;
  char             *user_id;
} Task;

static void
task_free (gpointer data)
{
  Task *task = data;

  g_clear_object (&task->storage);
  g_clear_object (&task->engine);
  g_clear_object (&task->backup);
  g_clear_object (&task->http);
  g_clear_pointer (&task->security_key, mtx_secret_bytes_unref);
  g_clear_pointer (&task->provider, mtx_secret_bytes_unref);
  g_free (task->user_id);
  g_free (task);
}

/* In a fiber. */
static gboolean
store_key (Task           *task,
           const char     *name,
           MtxSecretBytes *key,
           GError        **error)
{
  char                      *base64 = mtx_base64_encode_secret (key, MTX_BASE64_UNPADDED);
  g_autoptr (MtxSecretBytes) text = mtx_secret_bytes_new ((const guint8 *)base64, strlen (base64));

  mtx_secret_string_free (base64);

  return dex_await (mtx_secret_storage_store (task->storage, name, text), error);
}

/* In a fiber. NULL with %MTX_ERROR_UNTRUSTED if the text is no key. */
static MtxSecretBytes *
load_key (Task       *task,
          const char *name,
          GError    **error)
{
  g_autoptr (MtxSecretBytes) text = dex_await_boxed (mtx_secret_storage_load (task->storage, name), error);
  MtxSecretBytes            *key;
  gsize                      length = 0;
  const guint8              *bytes;
  char                      *base64;

  if (text == NULL)
    return NULL;

  bytes = mtx_secret_bytes_get (text, &length);
  base64 = g_strndup ((const char *)bytes, length);
  key = mtx_base64_decode_secret (base64, MTX_BASE64_LENIENT, NULL);
  mtx_secret_string_free (base64);
  if (key == NULL)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A stored key is no key");

  return key;
}

/* In a fiber. If the key we have is another backup's, another device of ours may have made a backup since and kept
 * its key here. Whether that key fits is the backup's question (threats 79, 81); if none does, nothing is changed. */
static gboolean
find_backup_key (Task    *task,
                 GError **error)
{
  g_autoptr (MtxSecretBytes) stored = NULL;
  g_autoptr (GError)         failure = NULL;
  MtxKeyBackupState          state;

  if (!dex_await (mtx_key_backup_set_up (task->backup), error))
    return FALSE;
  state = mtx_key_backup_get_state (task->backup);
  if (state != MTX_KEY_BACKUP_WRONG_KEY && state != MTX_KEY_BACKUP_UNTRUSTED)
    return TRUE;

  stored = load_key (task, MTX_SECRET_BACKUP, &failure);
  if (stored != NULL)
    dex_await (mtx_key_backup_connect (task->backup, stored), &failure);
  if (!mtx_error_is_temporary (failure))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static DexFuture *
keep_backup_fiber (gpointer data)
{
  Task                      *task = data;
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (GError)         error = NULL;

  if (!find_backup_key (task, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (mtx_key_backup_get_state (task->backup) != MTX_KEY_BACKUP_READY)
    return dex_future_new_true ();

  key = dex_await_boxed (mtx_key_backup_dup_private_key (task->backup), &error);
  if (key == NULL || !store_key (task, MTX_SECRET_BACKUP, key, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
protect_fiber (gpointer data)
{
  Task                           *task = data;
  g_autoptr (MtxCrossSigningKeys) keys = NULL;
  g_autoptr (GError)              error = NULL;

  keys = dex_await_object (mtx_crypto_engine_load_identity (task->engine), &error);
  if (keys == NULL || !dex_await (mtx_secret_storage_prepare (task->storage, task->security_key), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    if (!store_key (task, secret_names[role], mtx_cross_signing_keys_get_seed (keys, role), &error))
      return dex_future_new_for_error (g_steal_pointer (&error));

  if (!dex_await (mtx_account_recovery_keep_backup (task->storage, task->backup), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* A record that is too long stays out: the person has the provider's file. */
  if (task->provider != NULL
      && !dex_await (mtx_secret_storage_store (task->storage, MTX_SECRET_PROVIDER, task->provider), &error)
      && !g_error_matches (error, MTX_ERROR, MTX_ERROR_TOO_LARGE))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return mtx_secret_storage_finish (task->storage);
}

/* In a fiber. What everybody else sees of this account. */
static MtxIdentityKeys *
query_identity (Task    *task,
                GError **error)
{
  static const char *const members[MTX_CROSS_SIGNING_N_ROLES] = { "master_keys", "self_signing_keys", "user_signing_keys" };
  g_autoptr (MtxRequest)   request = mtx_request_new (MTX_ENDPOINT_KEYS_QUERY, NULL);
  g_autoptr (JsonObject)   body = json_object_new ();
  g_autoptr (MtxReply)     reply = NULL;
  JsonObject              *users = json_object_new ();
  JsonObject              *untrusted[MTX_CROSS_SIGNING_N_ROLES] = { NULL };

  json_object_set_array_member (users, task->user_id, json_array_new ());
  json_object_set_object_member (body, "device_keys", users);
  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (task->http, request), error);
  if (reply == NULL)
    return NULL;

  for (guint role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    {
      JsonObject *of_users = mtx_json_get_object (mtx_reply_get_body (reply), members[role]);

      untrusted[role] = of_users != NULL ? mtx_json_get_object (of_users, task->user_id) : NULL;
    }
  if (untrusted[MTX_CROSS_SIGNING_MASTER] == NULL || untrusted[MTX_CROSS_SIGNING_USER_SIGNING] == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The account shows no identity");
      return NULL;
    }

  return mtx_identity_keys_new (task->user_id, untrusted[MTX_CROSS_SIGNING_MASTER], untrusted[MTX_CROSS_SIGNING_SELF_SIGNING],
                                untrusted[MTX_CROSS_SIGNING_USER_SIGNING], error);
}

/* In a fiber. The private identity, if it is the one everybody else sees. */
static MtxCrossSigningKeys *
recover_identity (Task    *task,
                  GError **error)
{
  g_autoptr (MtxIdentityKeys) identity = query_identity (task, error);
  g_autoptr (GError)          failure = NULL;
  MtxSecretBytes             *seeds[MTX_CROSS_SIGNING_N_ROLES] = { NULL };
  const char                 *published[MTX_CROSS_SIGNING_N_ROLES] = { NULL };
  MtxCrossSigningKeys        *keys = NULL;
  guint                       n_loaded = 0;

  if (identity == NULL)
    return NULL;

  while (n_loaded < MTX_CROSS_SIGNING_N_ROLES)
    {
      published[n_loaded] = mtx_identity_keys_get_key (identity, n_loaded);
      seeds[n_loaded] = load_key (task, secret_names[n_loaded], &failure);
      if (seeds[n_loaded] == NULL)
        break;
      n_loaded++;
    }
  if (n_loaded == MTX_CROSS_SIGNING_N_ROLES)
    keys = mtx_cross_signing_keys_new_published (seeds, published, &failure);
  for (guint i = 0; i < n_loaded; i++)
    mtx_secret_bytes_unref (seeds[i]);

  /* A text of another length, or one key twice, is as little this account's identity as another key. */
  if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_INVALID) || g_error_matches (failure, MTX_ERROR, MTX_ERROR_BAD_REPLY))
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The stored identity cannot be read");
  else if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));

  return keys;
}

static DexFuture *
read_fiber (gpointer data)
{
  Task                           *task = data;
  g_autoptr (MtxRecoveredAccount) account = g_new0 (MtxRecoveredAccount, 1);
  g_autoptr (GError)              error = NULL;

  account->keys = recover_identity (task, &error);
  if (account->keys == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* Without one the history stays where it is, which is no reason to come back without an identity. */
  account->backup_key = load_key (task, MTX_SECRET_BACKUP, &error);
  if (mtx_error_is_temporary (error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  g_clear_error (&error);

  /* Another client's account has none, and a record that was changed is as good as none. */
  account->provider = dex_await_boxed (mtx_secret_storage_load (task->storage, MTX_SECRET_PROVIDER), &error);
  if (mtx_error_is_temporary (error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_RECOVERED_ACCOUNT, g_steal_pointer (&account));
}

/**
 * mtx_account_recovery_keep_backup:
 * @storage: the account's secret storage, open or prepared
 * @backup: the backup of room keys
 *
 * Keeps the backup's private key in secret storage; or takes it from there, if another device of ours made the backup
 * that the server has now.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, whatever the backup's state; rejects if the server does
 *   not answer
 */
DexFuture *
mtx_account_recovery_keep_backup (MtxSecretStorage *storage,
                                  MtxKeyBackup     *backup)
{
  Task *task;

  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (storage), NULL);
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (backup), NULL);

  task = g_new0 (Task, 1);
  task->storage = g_object_ref (storage);
  task->backup = g_object_ref (backup);

  return mtx_fiber_spawn ("[recovery-backup]", keep_backup_fiber, task, task_free);
}

/**
 * mtx_account_recovery_protect:
 * @storage: the account's secret storage
 * @engine: an open engine, whose identity is the one the account shows
 * @backup: the backup of room keys
 * @security_key: 32 bytes
 * @provider: (nullable): JSON of the provider's record
 *
 * Keeps the identity, the backup's key and the provider's record in secret storage, made if there is none. Interrupted anywhere it is
 * repeated from the start, and writes what is missing.
 *
 * Returns: (transfer full): a future that resolves to %TRUE when address and @security_key are enough; rejects with
 *   %MTX_ERROR_WRONG_SECRET if somebody else made a secret storage, which is left alone
 */
DexFuture *
mtx_account_recovery_protect (MtxSecretStorage *storage,
                              MtxCryptoEngine  *engine,
                              MtxKeyBackup     *backup,
                              MtxSecretBytes   *security_key,
                              MtxSecretBytes   *provider)
{
  Task *task;

  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (storage), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (backup), NULL);
  g_return_val_if_fail (security_key != NULL, NULL);

  task = g_new0 (Task, 1);
  task->storage = g_object_ref (storage);
  task->engine = g_object_ref (engine);
  task->backup = g_object_ref (backup);
  task->security_key = mtx_secret_bytes_ref (security_key);
  task->provider = provider != NULL ? mtx_secret_bytes_ref (provider) : NULL;

  return mtx_fiber_spawn ("[recovery-protect]", protect_fiber, task, task_free);
}

/**
 * mtx_account_recovery_read:
 * @storage: the account's secret storage, open
 * @http: the connection, with a token
 * @user_id: our user
 *
 * Reads what mtx_account_recovery_protect(), or another client, kept. Nothing is changed on the server.
 *
 * Returns: (transfer full): a future that resolves to a #MtxRecoveredAccount; rejects with %MTX_ERROR_NOT_FOUND if a
 *   key of the identity is not there, %MTX_ERROR_UNTRUSTED if the account shows another identity, or none
 */
DexFuture *
mtx_account_recovery_read (MtxSecretStorage *storage,
                           MtxHttp          *http,
                           const char       *user_id)
{
  Task *task;

  g_return_val_if_fail (MTX_IS_SECRET_STORAGE (storage), NULL);
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  task = g_new0 (Task, 1);
  task->storage = g_object_ref (storage);
  task->http = g_object_ref (http);
  task->user_id = g_strdup (user_id);

  return mtx_fiber_spawn ("[recovery-read]", read_fiber, task, task_free);
}
