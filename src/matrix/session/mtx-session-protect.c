/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Puts the account's secrets under the security key on the server (protocol.md § 5, step 6), beside everything else:
 * no message waits for it. It begins when the first sync has come, and goes on at every start until it is done.
 */
#include "mtx-session-private.h"

#include <string.h>

#include "mtx-account-recovery.h"
#include "mtx-change-set.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-key-backup.h"
#include "mtx-session-secrets.h"
#include "mtx-session-store.h"

#define RETRY_FIRST_MS   5000
#define RETRY_CEILING_MS (60 * 60 * 1000)

/* In a fiber. TRUE with NULL if there is no such setting. */
static gboolean
load_setting (MtxSession *self,
              const char *static_name,
              char      **value,
              GError    **error)
{
  g_autoptr (GError) failure = NULL;

  *value = dex_await_string (mtx_session_store_load_setting (self->db, static_name), &failure);
  if (*value == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return TRUE;
}

/* In a fiber. What was done before is only looked at: TRUE if it is still there. */
static gboolean
is_protected (MtxSession     *self,
              MtxSecretBytes *key,
              gboolean       *is_done,
              GError        **error)
{
  g_autoptr (GError) failure = NULL;

  *is_done = self->step >= MTX_SESSION_STEP_PROTECTED && dex_await (mtx_secret_storage_open (self->storage, key), &failure);
  if (failure == NULL || g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* In a fiber. */
static gboolean
keep_step (MtxSession *self,
           const char *provider,
           GError    **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_session_store_put_step (changes, MTX_SESSION_STEP_PROTECTED);
  mtx_session_store_put_setting (changes, MTX_SETTING_PROVIDER_KEPT, provider);
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;
  self->step = MTX_SESSION_STEP_PROTECTED;

  return TRUE;
}

/* In a fiber. */
static gboolean
protect (MtxSession *self,
         GError    **error)
{
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (MtxSecretBytes) record = NULL;
  g_autofree char           *provider = NULL;
  g_autofree char           *kept = NULL;
  MtxKeyBackup              *backup = mtx_encryption_get_key_backup (self->encryption);
  gboolean                   is_done = FALSE;

  /* Under an identity that others do not see as ours nothing is kept, and nothing written over (threat 18). */
  if (mtx_encryption_get_own_keys (self->encryption) != MTX_OWN_KEYS_GOOD)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Our identity is not what the server shows");
      return FALSE;
    }

  key = dex_await_boxed (mtx_session_secrets_load_key (self->keyring, self->provider), error);
  if (key == NULL || !load_setting (self, MTX_SETTING_PROVIDER, &provider, error)
      || !load_setting (self, MTX_SETTING_PROVIDER_KEPT, &kept, error) || !is_protected (self, key, &is_done, error))
    return FALSE;
  if (is_done && g_strcmp0 (provider, kept) == 0)
    return dex_await (mtx_account_recovery_keep_backup (self->storage, backup), error);

  if (provider != NULL)
    record = mtx_secret_bytes_new ((const guint8 *)provider, strlen (provider));

  return dex_await (mtx_account_recovery_protect (self->storage, self->engine, backup, key, record), error)
         && keep_step (self, provider, error);
}

/* In a fiber. After an account came back, all of what was said before is read, once; the backup itself goes on with
 * that when it is interrupted. */
static gboolean
bring_history (MtxSession *self,
               GError    **error)
{
  MtxKeyBackup            *backup = mtx_encryption_get_key_backup (self->encryption);
  g_autofree char         *wanted = NULL;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       failure = NULL;

  if (!load_setting (self, MTX_SETTING_HISTORY, &wanted, error))
    return FALSE;
  if (wanted == NULL)
    return TRUE;

  dex_await (mtx_key_backup_restore (backup), &failure);
  if (mtx_error_is_temporary (failure))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  mtx_session_store_put_setting (changes, MTX_SETTING_HISTORY, NULL);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

static DexFuture *
protect_fiber (gpointer data)
{
  MtxSession *self = data;
  MtxBackoff  backoff;

  mtx_backoff_init (&backoff, RETRY_FIRST_MS, RETRY_CEILING_MS);
  for (;;)
    {
      g_autoptr (GError) error = NULL;

      if (protect (self, &error) && bring_history (self, &error))
        return dex_future_new_true ();
      if (!mtx_error_is_temporary (error) && !g_error_matches (error, MTX_ERROR, MTX_ERROR_LOCKED))
        return dex_future_new_for_error (g_steal_pointer (&error));
      if (!dex_await (mtx_future_after (mtx_backoff_next (&backoff, error)), NULL))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
}

static DexFuture *
protected_cb (DexFuture *future,
              gpointer   data)
{
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    g_info ("The account is not under its security key: %s", error->message);

  return dex_ref (future);
}

/* Begins when the account can be reached, once in a run; and again when there is another backup. */
void
_mtx_session_protect (MtxSession *self)
{
  DexFuture *fiber;

  if (self->protection != NULL || self->state != MTX_SESSION_READY)
    return;

  fiber = mtx_fiber_spawn ("[session-protect]", protect_fiber, g_object_ref (self), g_object_unref);
  self->protection = dex_future_finally (fiber, protected_cb, NULL, NULL);
}

/* A backup that was made anew has another key. */
void
_mtx_session_protect_backup (MtxSession *self)
{
  MtxKeyBackup *backup = mtx_encryption_get_key_backup (self->encryption);

  if (mtx_key_backup_get_state (backup) != MTX_KEY_BACKUP_READY || self->protection == NULL || dex_future_is_pending (self->protection))
    return;
  dex_clear (&self->protection);
  _mtx_session_protect (self);
}
