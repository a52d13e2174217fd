/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening a session, as one fiber that reads downwards and may begin anywhere: each step asks whether it was
 * done before, in this life or in an earlier one.
 */
#include "mtx-session-private.h"

#include "mtx-change-set.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-key-backup.h"
#include "mtx-session-folder.h"
#include "mtx-session-secrets.h"
#include "mtx-session-store.h"
#include "mtx-tokens.h"
#include "mtx-verifications.h"

static MtxSecretsPurpose
get_purpose (MtxSession *self)
{
  if (self->hints == NULL)
    return MTX_SECRETS_OPEN;

  return self->hints->user_id != NULL ? MTX_SECRETS_RESTORE : MTX_SECRETS_CREATE;
}

/* In a fiber. Secrets first, then the store they open; after this the models have something to show. */
static gboolean
open_store (MtxSession *self,
            GError    **error)
{
  g_autofree char           *path = mtx_session_folder_dup_store_path (self->folder);
  g_autoptr (MtxSecretBytes) store_key = NULL;
  g_autoptr (MtxSecretBytes) database_key = NULL;
  g_autoptr (MtxSecretBytes) pickle_key = NULL;

  store_key = dex_await_boxed (mtx_session_secrets_open (self->keyring, self->provider, self->label, self->folder,
                                                         get_purpose (self)),
                               error);
  if (store_key == NULL)
    return FALSE;
  database_key = mtx_session_secrets_derive_database (store_key, error);
  pickle_key = database_key != NULL ? mtx_session_secrets_derive_pickles (store_key, error) : NULL;
  if (pickle_key == NULL)
    return FALSE;

  self->db = dex_await_object (mtx_db_open (path, database_key), error);
  if (self->db == NULL)
    return FALSE;
  self->pickle_key = g_steal_pointer (&pickle_key);

  return TRUE;
}

static DexFuture *
save_tokens (MtxSecretBytes *access,
             MtxSecretBytes *refresh,
             gpointer        data)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_session_store_put_tokens (changes, access, refresh, 0);

  return mtx_db_commit (data, changes);
}

/* Requests carry @tokens from now on, and what replaces them is kept. */
void
_mtx_session_adopt_tokens (MtxSession *self,
                           MtxTokens  *tokens)
{
  mtx_tokens_set_saver (tokens, save_tokens, g_object_ref (self->db), g_object_unref);
  mtx_http_set_tokens (self->http, tokens);
}

static void
http_session_lost_cb (MtxSession *self,
                      int         code)
{
  g_autoptr (GError) error = g_error_new_literal (MTX_ERROR, code, "The server does not know our token");

  if (code == MTX_ERROR_LOG_IN_AGAIN)
    _mtx_session_lose_device (self, MTX_SESSION_DEVICE_LOGGED_OUT);
  _mtx_session_lose (self, error);
}

static void
device_copied_cb (MtxSession *self)
{
  _mtx_session_lose_device (self, MTX_SESSION_DEVICE_COPIED);
}

static void
sync_loop_stopped_cb (MtxSession   *self,
                      const GError *error)
{
  _mtx_session_lose (self, error);
}

static void
sync_loop_synced_cb (MtxSession *self)
{
  mtx_backoff_reset (&self->logins);
  _mtx_session_protect (self);
  _mtx_session_raise_generation (self);
}

/* In a fiber. Everything that needs to know who we are. Nothing here needs the network. */
gboolean
_mtx_session_open_services (MtxSession *self,
                            MtxTokens  *tokens,
                            const char *homeserver_url,
                            GError    **error)
{
  g_autoptr (MtxHttp)     http = mtx_http_new (homeserver_url, error);
  g_autoptr (MtxRoomList) rooms = NULL;

  if (http == NULL)
    return FALSE;
  rooms = mtx_room_list_new (self->db, http, self->user_id);
  if (!dex_await (mtx_room_list_load (rooms), error))
    return FALSE;

  self->http = g_steal_pointer (&http);
  if (tokens != NULL)
    _mtx_session_adopt_tokens (self, tokens);
  self->rooms = g_steal_pointer (&rooms);
  self->engine = mtx_crypto_engine_new (self->db, self->pickle_key, self->user_id, self->device_id);
  self->encryption = mtx_encryption_new (self->http, self->db, self->engine);
  mtx_encryption_set_guard (self->encryption, _mtx_session_witness, self);
  self->storage = mtx_secret_storage_new (self->http, self->user_id);
  mtx_verifications_set_rooms (mtx_encryption_get_verifications (self->encryption), self->rooms);
  self->sync_loop = mtx_sync_loop_new (self->http, self->db, self->engine, self->encryption, self->rooms);
  g_signal_connect_object (self->http, "session-lost", G_CALLBACK (http_session_lost_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (mtx_encryption_get_key_backup (self->encryption), "notify::state",
                           G_CALLBACK (_mtx_session_protect_backup), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->encryption, "device-copied", G_CALLBACK (device_copied_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sync_loop, "stopped", G_CALLBACK (sync_loop_stopped_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sync_loop, "synced", G_CALLBACK (sync_loop_synced_cb), self, G_CONNECT_SWAPPED);

  return TRUE;
}

/* In a fiber. An authorization server that gave the tokens also renews them. */
static gboolean
load_client (MtxSession *self,
             MtxTokens  *tokens,
             GError    **error)
{
  g_autoptr (GError)         failure = NULL;
  g_autofree char           *text = dex_await_string (mtx_session_store_load_setting (self->db, MTX_SETTING_OAUTH_CLIENT), &failure);
  g_autoptr (MtxOAuthClient) client = NULL;

  if (text == NULL)
    {
      if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  client = mtx_oauth_client_new_from_text (text);
  if (client == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "The authorization server is stored wrongly");
      return FALSE;
    }
  mtx_tokens_set_client (tokens, client);

  return TRUE;
}

/* In a fiber. Reads the account that was made before; TRUE without one leaves the user id NULL. */
static gboolean
load_account (MtxSession *self,
              GError    **error)
{
  g_autoptr (GError)        failure = NULL;
  g_autoptr (MtxSessionRow) row = dex_await_boxed (mtx_session_store_load (self->db), &failure);
  g_autoptr (MtxTokens)     tokens = NULL;

  if (row == NULL)
    {
      if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (row->user_id == NULL)
    return TRUE;
  if (row->device_id == NULL || row->homeserver_url == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "The account is stored incompletely");
      return FALSE;
    }

  self->step = row->step;
  g_set_str (&self->user_id, row->user_id);
  g_set_str (&self->device_id, row->device_id);
  if (!_mtx_session_check_device (self, error))
    return FALSE;
  if (row->access_token != NULL && self->device == MTX_SESSION_DEVICE_KEPT)
    tokens = mtx_tokens_new (row->access_token, row->refresh_token);
  if (tokens != NULL && !load_client (self, tokens, error))
    return FALSE;

  return _mtx_session_open_services (self, tokens, row->homeserver_url, error);
}

/* In a fiber. Keys are made and kept before the first request that could mention them (protocol.md M14). */
static gboolean
publish_keys (MtxSession *self,
              GError    **error)
{
  g_autoptr (MtxChangeSet) changes = NULL;

  if (!dex_await (mtx_crypto_engine_open (self->engine), error))
    return FALSE;

  /* Once done it asks nobody any more; it only remembers how the server showed us last. */
  if (self->step < MTX_SESSION_STEP_PUBLISHED)
    _mtx_session_set_state (self, MTX_SESSION_BOOTSTRAPPING);
  if (!dex_await (mtx_encryption_bootstrap (self->encryption), error))
    return FALSE;
  if (self->step >= MTX_SESSION_STEP_PUBLISHED)
    return TRUE;

  changes = mtx_change_set_new ();
  mtx_session_store_put_step (changes, MTX_SESSION_STEP_PUBLISHED);
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;
  self->step = MTX_SESSION_STEP_PUBLISHED;

  return TRUE;
}

/* In a fiber. TRUE without an account that shall come back changes nothing. Until it is back there is nothing to
 * show, and nobody knows for which provider it is. */
static gboolean
restore_account (MtxSession *self,
                 GError    **error)
{
  g_autoptr (MtxSessionRecord) record = NULL;

  if (!_mtx_session_load_restore (self, &record, error))
    return FALSE;

  return record == NULL || _mtx_session_restore (self, record, error);
}

/* In a fiber. Once for each time the store is opened, unless it failed. */
static gboolean
show_store (MtxSession *self,
            GError    **error)
{
  if (self->cached_func == NULL || (self->cached != NULL && !dex_future_is_rejected (self->cached)))
    return TRUE;

  dex_clear (&self->cached);
  self->cached = self->cached_func (self->cached_data);

  return dex_await (dex_ref (self->cached), error);
}

/* In a fiber. */
static gboolean
open_session (MtxSession *self,
              GError    **error)
{
  if (self->db == NULL)
    {
      _mtx_session_set_state (self, MTX_SESSION_OPENING);
      if (!open_store (self, error))
        return FALSE;
    }
  if (self->user_id == NULL && !load_account (self, error))
    return FALSE;
  if (self->user_id == NULL && !restore_account (self, error))
    return FALSE;
  if (self->state == MTX_SESSION_OPENING || self->state == MTX_SESSION_RESTORING)
    _mtx_session_set_state (self, MTX_SESSION_CACHED);
  if (!show_store (self, error))
    return FALSE;

  if (self->device == MTX_SESSION_DEVICE_LOGGED_OUT || self->device == MTX_SESSION_DEVICE_COPIED)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN, "The server ended this device");
      return FALSE;
    }
  if (self->user_id == NULL)
    {
      if (!_mtx_session_register (self, error))
        return FALSE;
    }
  else if (mtx_http_get_tokens (self->http) == NULL && !_mtx_session_log_in (self, error))
    return FALSE;

  return publish_keys (self, error);
}

/* The body of the operation; @data is the session. */
DexFuture *
_mtx_session_open_fiber (gpointer data)
{
  MtxSession        *self = data;
  g_autoptr (GError) error = NULL;

  if (!open_session (self, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  _mtx_session_set_state (self, MTX_SESSION_READY);
  _mtx_session_raise_generation (self);
  mtx_sync_loop_start (self->sync_loop);

  return dex_future_new_true ();
}
