/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How an account comes back on a machine that has nothing but its address and its security key (S2): log in as a
 * new device, open secret storage, take the identity if it is the published one, and keep all of it at once. The
 * identity is never made anew. Until then nothing is on this machine that counts: an attempt that fails leaves
 * nothing behind, one that is killed goes on.
 */
#include "mtx-session-private.h"

#include <string.h>

#include "mtx-account-recovery.h"
#include "mtx-change-set.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-secret-storage.h"
#include "mtx-session-folder.h"
#include "mtx-session-secrets.h"
#include "mtx-session-store.h"
#include "mtx-tokens.h"

/* A time, in milliseconds, so long ago that nobody waits for the server to settle. */
#define ROOM_CREATED_BEFORE "1"

/* In a fiber. Whether an account shall come back here: because the person says so, or because an earlier try was
 * killed. */
gboolean
_mtx_session_load_restore (MtxSession        *self,
                           MtxSessionRecord **record,
                           GError           **error)
{
  g_autoptr (GError) failure = NULL;

  *record = dex_await_boxed (mtx_session_record_load (self->db), &failure);
  if (*record == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (*record != NULL && (*record)->user_id == NULL)
    g_clear_pointer (record, mtx_session_record_free);

  if (self->hints == NULL || self->hints->user_id == NULL)
    return TRUE;
  if (*record == NULL)
    *record = mtx_session_record_draw_restore (self->hints, error);
  else if (self->hints->provider != NULL)
    g_set_str (&(*record)->provider, self->hints->provider);

  return *record != NULL;
}

/* In a fiber. What the person typed is safe, with the device that will be, before anybody is asked. */
static gboolean
keep_form (MtxSession       *self,
           MtxSessionRecord *record,
           GError          **error)
{
  if (self->hints != NULL && self->hints->user_id != NULL
      && !dex_await (mtx_session_secrets_keep (self->keyring, self->provider, self->label,
                                               self->hints->security_key, self->hints->password),
                     error))
    return FALSE;

  return dex_await (mtx_session_record_save (record, self->db), error)
         && dex_await (mtx_session_folder_settle (self->folder), error);
}

/* In a fiber. */
static MtxAccount *
log_in_by_password (MtxSession       *self,
                    MtxHttp          *http,
                    MtxSessionRecord *record,
                    GError          **error)
{
  g_autoptr (MtxSecretBytes) password = NULL;
  g_autoptr (MtxCredentials) credentials = NULL;

  password = dex_await_boxed (mtx_session_secrets_load_password (self->keyring, self->provider), error);
  if (password == NULL)
    return NULL;

  credentials = mtx_credentials_new (record->username, record->device_id, password, TRUE);

  return dex_await_boxed (mtx_registration_log_in (http, credentials), error);
}

/* In a fiber. Takes back the device that came to nothing. Whatever comes of it, it shows no keys to anybody. */
static void
log_out (MtxHttp   *http,
         MtxTokens *tokens)
{
  g_autoptr (MtxRequest) request = NULL;

  if (mtx_tokens_get_client (tokens) != NULL)
    {
      dex_await (mtx_oauth_revoke (mtx_tokens_get_client (tokens), tokens), NULL);
      return;
    }

  request = mtx_request_new (MTX_ENDPOINT_LOGOUT, NULL);
  mtx_http_set_tokens (http, tokens);
  dex_await (mtx_http_send (http, request), NULL);
}

/* In a fiber. */
static MtxAccount *
log_in (MtxSession       *self,
        MtxHttp          *http,
        MtxSessionRecord *record,
        GError          **error)
{
  g_autoptr (MtxAccount) account = NULL;

  if (self->hints != NULL && self->hints->in_browser && self->browser != NULL)
    account = dex_await_boxed (mtx_oauth_log_in (http, record->device_id, MTX_OAUTH_LOG_IN, self->parting_words,
                                                 self->browser, self->browser_data, NULL),
                               error);
  else
    account = log_in_by_password (self, http, record, error);
  if (account != NULL && !g_str_equal (account->user_id, record->user_id))
    {
      /* In a browser one may be somebody else than one typed. */
      log_out (http, account->tokens);
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_REFUSED, "The server let us in to another account");
      return NULL;
    }

  return g_steal_pointer (&account);
}

/* In a fiber. A passphrase is of no more use once it led to the key. */
static gboolean
open_storage (MtxSession       *self,
              MtxSecretStorage *storage,
              GError          **error)
{
  MtxSecretBytes            *passphrase = self->hints != NULL ? self->hints->passphrase : NULL;
  MtxSecretBytes            *password = self->hints != NULL ? self->hints->password : NULL;
  g_autoptr (MtxSecretBytes) key = NULL;

  if (passphrase == NULL)
    {
      key = dex_await_boxed (mtx_session_secrets_load_key (self->keyring, self->provider), error);

      return key != NULL && dex_await (mtx_secret_storage_open (storage, key), error);
    }

  key = dex_await_boxed (mtx_secret_storage_open_with_passphrase (storage, passphrase), error);

  return key != NULL
         && dex_await (mtx_session_secrets_keep (self->keyring, self->provider, self->label, key, password), error);
}

/* In a fiber. Account, identity and provider arrive in one transaction, or not at all. */
static gboolean
keep_account (MtxSession          *self,
              MtxSessionRecord    *record,
              MtxAccount          *account,
              MtxRecoveredAccount *recovered,
              GError             **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autofree char         *provider = NULL;
  gsize                    length = 0;
  const guint8            *bytes = NULL;

  if (recovered->provider != NULL)
    {
      bytes = mtx_secret_bytes_get (recovered->provider, &length);
      provider = g_strndup ((const char *)bytes, length);
    }
  else if (record->provider != NULL)
    provider = g_strdup (record->provider);
  else
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_MISSING_KEY, "Nothing says which provider the account is for");
      return FALSE;
    }

  if (!mtx_crypto_engine_put_identity (changes, recovered->keys, recovered->backup_key, self->pickle_key, account->user_id, error))
    return FALSE;
  mtx_session_store_put_setting (changes, MTX_SETTING_PROVIDER, provider);
  /* The room with support is on the server: it is to be looked for, as if its creation had been interrupted. */
  mtx_session_store_put_setting (changes, MTX_SETTING_ROOM_CREATION, ROOM_CREATED_BEFORE);
  if (recovered->backup_key != NULL)
    mtx_session_store_put_setting (changes, MTX_SETTING_HISTORY, MTX_HISTORY_WANTED);
  _mtx_session_put_account (changes, record, account);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

/* In a fiber. */
static gboolean
bring_back (MtxSession       *self,
            MtxSessionRecord *record,
            MtxHttp          *http,
            MtxAccount       *account,
            GError          **error)
{
  g_autoptr (MtxSecretStorage)    storage = mtx_secret_storage_new (http, account->user_id);
  g_autoptr (MtxRecoveredAccount) recovered = NULL;

  if (!open_storage (self, storage, error))
    return FALSE;
  recovered = dex_await_boxed (mtx_account_recovery_read (storage, http, account->user_id), error);

  return recovered != NULL && keep_account (self, record, account, recovered, error);
}

/* In a fiber. */
static MtxAccount *
restore (MtxSession       *self,
         MtxSessionRecord *record,
         GError          **error)
{
  g_autoptr (MtxHttp)    http = NULL;
  g_autoptr (MtxAccount) account = NULL;

  if (!keep_form (self, record, error) || !_mtx_session_find_homeserver (self, record, error))
    return NULL;
  http = mtx_http_new (record->homeserver_url, error);
  account = http != NULL ? log_in (self, http, record, error) : NULL;
  if (account == NULL)
    return NULL;

  mtx_http_set_tokens (http, account->tokens);
  if (!bring_back (self, record, http, account, error))
    {
      if (self->closed == NULL)
        log_out (http, account->tokens);
      return NULL;
    }

  return g_steal_pointer (&account);
}

/* In a fiber. Nothing came back, so nothing shall be left. That something could not be deleted is no reason to hide
 * why. */
static void
abandon (MtxSession *self)
{
  dex_await (mtx_db_close (self->db), NULL);
  g_clear_object (&self->db);
  g_clear_pointer (&self->pickle_key, mtx_secret_bytes_unref);
  dex_await (mtx_session_folder_clear (self->folder), NULL);
  dex_await (mtx_session_secrets_forget (self->keyring, self->provider), NULL);
}

/* Not failed, only no longer wanted: the session is being closed, or was before this fiber heard of it. */
static gboolean
is_interrupted (MtxSession   *self,
                const GError *failure)
{
  return self->closed != NULL || self->db == NULL || g_error_matches (failure, DEX_ERROR, DEX_ERROR_FIBER_CANCELLED);
}

/* In a fiber. Brings the account of @record back. */
gboolean
_mtx_session_restore (MtxSession       *self,
                      MtxSessionRecord *record,
                      GError          **error)
{
  gboolean               is_asked_for = self->hints != NULL && self->hints->user_id != NULL;
  g_autoptr (MtxAccount) account = NULL;
  g_autoptr (GError)     failure = NULL;

  _mtx_session_set_state (self, MTX_SESSION_RESTORING);
  account = restore (self, record, &failure);
  if (account == NULL && is_interrupted (self, failure))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (account == NULL)
    {
      /* A try that goes on by itself after a kill waits for the server and the keyring; the person does not. */
      if (is_asked_for || !(mtx_error_is_temporary (failure) || g_error_matches (failure, MTX_ERROR, MTX_ERROR_LOCKED)))
        abandon (self);
      if (is_asked_for || mtx_error_is_temporary (failure))
        g_propagate_error (error, g_steal_pointer (&failure));
      else
        g_set_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "An account could not be brought back: %s", failure->message);
      return FALSE;
    }

  /* What the person typed is not needed any more. */
  g_clear_pointer (&self->hints, mtx_account_hints_free);
  self->step = MTX_SESSION_STEP_REGISTERED;
  self->is_device_new = TRUE;
  g_set_str (&self->user_id, account->user_id);
  g_set_str (&self->device_id, account->device_id);

  return _mtx_session_open_services (self, account->tokens, record->homeserver_url, error);
}
