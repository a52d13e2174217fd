/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a session comes to its account: draw names and keep them, register, keep what the server gave; and log
 * in again when the server forgot the token but not the device.
 */
#include "mtx-session-private.h"

#include "mtx-change-set.h"
#include "mtx-discovery.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-id.h"
#include "mtx-session-folder.h"
#include "mtx-session-secrets.h"
#include "mtx-session-store.h"
#include "mtx-tokens.h"

/* In a fiber. The record of an earlier try, or a new one that is on disk before anybody is asked. */
static MtxSessionRecord *
ensure_record (MtxSession *self,
               gboolean   *resumed,
               GError    **error)
{
  g_autoptr (GError)           failure = NULL;
  g_autoptr (MtxSessionRecord) record = dex_await_boxed (mtx_session_record_load (self->db), &failure);

  *resumed = record != NULL;
  if (record == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  if (record == NULL)
    {
      if (self->hints == NULL || (self->hints->server_name == NULL && self->hints->homeserver_url == NULL))
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no account, and no server to make one on");
          return NULL;
        }
      record = mtx_session_record_draw (self->hints->server_name, self->hints->homeserver_url,
                                        self->hints->registration_token, error);
      if (record == NULL || !dex_await (mtx_session_record_save (record, self->db), error))
        return NULL;
    }
  else if (self->hints != NULL && self->hints->registration_token != NULL)
    /* The server stays, an account may be waiting there; a newer token may be a better one. */
    g_set_str (&record->registration_token, self->hints->registration_token);

  /* From here on the store knows more than the mark does. */
  if (!dex_await (mtx_session_folder_settle (self->folder), error))
    return NULL;

  return g_steal_pointer (&record);
}

/* In a fiber. */
gboolean
_mtx_session_find_homeserver (MtxSession       *self,
                              MtxSessionRecord *record,
                              GError          **error)
{
  if (record->homeserver_url != NULL)
    return TRUE;

  record->homeserver_url = dex_await_string (mtx_discovery_resolve (record->server_name, NULL), error);
  if (record->homeserver_url == NULL)
    return FALSE;

  /* If the answer to the registration is lost, the account waits there, wherever the name leads tomorrow. */
  return dex_await (mtx_session_record_save (record, self->db), error);
}

/* Account and record change places in one transaction. */
void
_mtx_session_put_account (MtxChangeSet     *changes,
                          MtxSessionRecord *record,
                          MtxAccount       *account)
{
  g_autoptr (MtxSecretBytes) access = mtx_tokens_dup_access (account->tokens);
  g_autoptr (MtxSecretBytes) refresh = mtx_tokens_dup_refresh (account->tokens);
  const MtxSessionRow        row = {
           .user_id = account->user_id,
           .device_id = account->device_id,
           .homeserver_url = record->homeserver_url,
           .access_token = access,
           .refresh_token = refresh,
           .step = MTX_SESSION_STEP_REGISTERED,
  };

  const MtxOAuthClient *client = mtx_tokens_get_client (account->tokens);
  g_autofree char      *client_text = client != NULL ? mtx_oauth_client_to_text (client) : NULL;

  mtx_session_store_put (changes, &row);
  mtx_session_store_put_setting (changes, MTX_SETTING_OAUTH_CLIENT, client_text);
  mtx_session_store_put_setting (changes, MTX_SETTING_REGISTRATION, NULL);
}

/* In a fiber. */
static gboolean
keep_account (MtxSession       *self,
              MtxSessionRecord *record,
              MtxAccount       *account,
              GError          **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  _mtx_session_put_account (changes, record, account);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

/* In a fiber. Makes the account, or finds the one an earlier try made (protocol.md § 10.1). */
gboolean
_mtx_session_register (MtxSession *self,
                       GError    **error)
{
  gboolean                     resumed = FALSE;
  g_autoptr (MtxSessionRecord) record = ensure_record (self, &resumed, error);
  g_autoptr (MtxSecretBytes)   password = NULL;
  g_autoptr (MtxCredentials)   credentials = NULL;
  g_autoptr (MtxHttp)          http = NULL;
  g_autoptr (MtxAccount)       account = NULL;

  if (record == NULL)
    return FALSE;
  _mtx_session_set_state (self, MTX_SESSION_REGISTERING);
  password = dex_await_boxed (mtx_session_secrets_load_password (self->keyring, self->provider), error);
  if (password == NULL || !_mtx_session_find_homeserver (self, record, error))
    return FALSE;
  http = mtx_http_new (record->homeserver_url, error);
  if (http == NULL)
    return FALSE;

  credentials = mtx_credentials_new (record->username, record->device_id, password, resumed);
  account = dex_await_boxed (mtx_registration_run (http, credentials, record->registration_token,
                                                   self->terms, self->terms_data, NULL),
                             error);
  if (account == NULL || !keep_account (self, record, account, error))
    return FALSE;

  self->step = MTX_SESSION_STEP_REGISTERED;
  self->is_device_new = TRUE;
  g_set_str (&self->user_id, account->user_id);
  g_set_str (&self->device_id, account->device_id);

  return _mtx_session_open_services (self, account->tokens, record->homeserver_url, error);
}

/* In a fiber. The same account and device, with a new token. */
static MtxAccount *
ask_for_token (MtxSession *self,
               GError    **error)
{
  g_autoptr (MtxUserId)      user_id = mtx_user_id_new (self->user_id, error);
  g_autofree char           *username = user_id != NULL ? mtx_user_id_dup_localpart (user_id) : NULL;
  g_autoptr (MtxSecretBytes) password = NULL;
  g_autoptr (MtxCredentials) credentials = NULL;

  if (username == NULL)
    return NULL;
  password = dex_await_boxed (mtx_session_secrets_load_password (self->keyring, self->provider), error);
  if (password == NULL)
    return NULL;

  credentials = mtx_credentials_new (username, self->device_id, password, TRUE);

  return dex_await_boxed (mtx_registration_log_in (self->http, credentials), error);
}

/* In a fiber. After a soft logout (protocol.md M3): keys and store are kept, only the token is new. */
gboolean
_mtx_session_log_in (MtxSession *self,
                     GError    **error)
{
  g_autoptr (MtxAccount)     account = NULL;
  g_autoptr (MtxChangeSet)   changes = mtx_change_set_new ();
  g_autoptr (MtxSecretBytes) access = NULL;
  g_autoptr (MtxSecretBytes) refresh = NULL;
  g_autoptr (GError)         failure = NULL;
  gboolean                   again = mtx_backoff_get_failures (&self->logins) > 0;
  gint64                     wait_ms = mtx_backoff_next (&self->logins, NULL);

  _mtx_session_set_state (self, MTX_SESSION_SOFT_LOGGED_OUT);
  if (!dex_await (mtx_sync_loop_stop (self->sync_loop), error))
    return FALSE;
  /* A server that logs us out again at once shall not make us hammer it. */
  if (again && !dex_await (mtx_future_after (wait_ms), error))
    return FALSE;

  account = ask_for_token (self, &failure);
  if (account == NULL)
    {
      /* The account is gone, or the password is, or people log in by browser: for us it ends here. */
      if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (failure, MTX_ERROR, MTX_ERROR_UNSUPPORTED))
        g_set_error_literal (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN, "The server does not let us in again");
      else
        g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  access = mtx_tokens_dup_access (account->tokens);
  refresh = mtx_tokens_dup_refresh (account->tokens);
  mtx_session_store_put_tokens (changes, access, refresh, 0);
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;
  _mtx_session_adopt_tokens (self, account->tokens);

  return TRUE;
}
