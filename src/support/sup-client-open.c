/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a client comes to run, and how it ends. One operation at a time opens it: what is stored is shown first, then
 * the account is made or taken up again, however long the network takes.
 */
#include "sup-client-private.h"

#include "mtx-backoff.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-id.h"
#include "mtx-session-notes.h"
#include "mtx-sync-loop.h"
#include "sup-conversation-private.h"
#include "sup-feed-private.h"
#include "sup-security-private.h"

/* Between tries to reach the server for the first time: soon at first, half a minute at most. */
#define OPEN_RETRY_FIRST_MS   1000
#define OPEN_RETRY_CEILING_MS 30000

/* What the store holds. */

static DexFuture *
sup_client_load_provider (SupClient *self)
{
  g_autofree char        *stored = NULL;
  g_autofree char        *json = NULL;
  g_autoptr (SupProvider) provider = NULL;
  g_autoptr (GError)      error = NULL;

  stored = dex_await_string (mtx_session_load_note (self->session, MTX_SESSION_NOTE_PROVIDER), &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* What the person consented to just now counts more than what was stored. */
  if (self->provider != NULL)
    {
      json = sup_provider_to_json (self->provider);
      if (g_strcmp0 (stored, json) == 0)
        return dex_future_new_true ();

      return mtx_session_save_note (self->session, MTX_SESSION_NOTE_PROVIDER, json);
    }

  if (stored == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "No provider was stored");

  provider = sup_provider_from_json (stored, &error);
  if (provider == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_DAMAGED, "The stored provider cannot be read");

  _sup_client_set_provider (self, provider);

  return dex_future_new_true ();
}

static SupConversation *
sup_client_make_conversation (SupClient *self)
{
  gboolean has_chat = sup_provider_get_chat_state (self->provider) == SUP_PROVIDER_READY;

  return _sup_conversation_new (self->session,
                                has_chat ? mtx_user_id_get (sup_provider_get_support_id (self->provider)) : NULL);
}

static SupFeed *
sup_client_make_feed (SupClient *self)
{
  gboolean has_feed = sup_provider_get_feed_state (self->provider) == SUP_PROVIDER_READY;

  return _sup_feed_new (self->session,
                        has_feed ? sup_provider_get_feed_room (self->provider) : NULL,
                        sup_provider_get_feed_via (self->provider));
}

static DexFuture *
load_feed (SupFeed *feed)
{
  if (sup_feed_get_state (feed) == SUP_FEED_NOT_SET_UP || feed->room != NULL)
    return dex_future_new_true ();

  return _sup_feed_load (feed);
}

/* From the store alone: what was said and announced so far is on the screen before any request is made. Nobody
 * sees the models before they are filled. */
static DexFuture *
sup_client_models_fiber (gpointer data)
{
  SupClient                  *self = data;
  g_autoptr (SupConversation) conversation = NULL;
  g_autoptr (SupFeed)         feed = NULL;
  g_autoptr (SupSecurity)     security = NULL;
  g_autoptr (GError)          error = NULL;

  if (!dex_await (sup_client_load_provider (self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  conversation = sup_client_make_conversation (self);
  feed = sup_client_make_feed (self);
  security = _sup_security_new (self->session);
  if (!dex_await (_sup_security_load (security), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (sup_conversation_get_support_id (conversation) != NULL && !dex_await (_sup_conversation_load (conversation), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* Before there is an account there are no rooms, and nothing was read in any. */
  if (mtx_session_get_rooms (self->session) != NULL && !dex_await (load_feed (feed), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (self->closed != NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The account is being closed");
  _sup_client_set_models (self, conversation, feed, security);

  return dex_future_new_true ();
}

/* The session. */

static DexFuture *
sup_client_show_store (gpointer data)
{
  SupClient *self = data;

  return mtx_fiber_spawn ("client-models", sup_client_models_fiber, g_object_ref (self), g_object_unref);
}

typedef struct
{
  SupClient *client;
  gboolean   wants_device;
} Reopening;

static void
reopening_free (gpointer data)
{
  Reopening *reopening = data;

  g_object_unref (reopening->client);
  g_free (reopening);
}

static DexFuture *
reopen_fiber (gpointer data)
{
  Reopening         *reopening = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (sup_client_close (reopening->client), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (reopening->wants_device)
    mtx_session_want_device (reopening->client->session);

  return sup_client_open (reopening->client);
}

/* What is shown belongs to the device that is gone: all of it is made anew. */
static DexFuture *
sup_client_reopen (SupClient *self,
                   gboolean   wants_device)
{
  Reopening *reopening = g_new0 (Reopening, 1);

  reopening->client = g_object_ref (self);
  reopening->wants_device = wants_device;

  return mtx_fiber_spawn ("client-reopen", reopen_fiber, reopening, reopening_free);
}

static void
on_session_state_changed (SupClient *self)
{
  MtxSessionState state = mtx_session_get_state (self->session);
  gboolean        is_idle = self->operation == NULL && self->closed == NULL;

  _sup_client_update_state (self);

  /* A running session that lost its way, such as a log-in that found no network, is taken up again. */
  if (is_idle && state == MTX_SESSION_FAILED && mtx_error_is_temporary (mtx_session_get_error (self->session)))
    mtx_fiber_fire (sup_client_open (self), "Taking up an account again");
  if (is_idle && state == MTX_SESSION_LOGGED_OUT && mtx_session_is_copied (self->session))
    mtx_fiber_fire (sup_client_reopen (self, FALSE), "Going on as another device");
}

/* The server wants documents accepted before it makes an account: only the person can do that. */
static DexFuture *
sup_client_ask_terms (GPtrArray *policies,
                      gpointer   data)
{
  SupClient               *self = data;
  g_autoptr (GStrvBuilder) terms = g_strv_builder_new ();

  for (guint i = 0; i < policies->len; i++)
    {
      const MtxTermsPolicy *policy = g_ptr_array_index (policies, i);

      g_strv_builder_add_many (terms, policy->name, policy->url, NULL);
    }

  dex_clear (&self->terms_answer);
  self->terms_answer = dex_promise_new ();
  _sup_client_set_terms (self, g_strv_builder_end (terms));

  return dex_ref (self->terms_answer);
}

static void
sup_client_ensure_session (SupClient *self)
{
  g_autofree char *label = NULL;

  if (self->session != NULL)
    return;

  /* Read by a person who looks through the keyring and has to know whose items these are. */
  if (self->provider != NULL)
    label = g_strdup_printf ("Wallet Support: %s", sup_provider_get_display_name (self->provider));

  self->session = mtx_session_new (self->keyring, self->data_dir, self->key, label);
  /* Both are taken back when we go, which the session may survive. */
  mtx_session_set_cached_func (self->session, sup_client_show_store, self, NULL);
  mtx_session_set_terms_func (self->session, sup_client_ask_terms, self, NULL);
  g_signal_connect_object (self->session, "notify::state", G_CALLBACK (on_session_state_changed), self, G_CONNECT_SWAPPED);
}

/* A stored account knows its own server; a provider that was just chosen names one. */
static MtxAccountHints *
sup_client_dup_hints (SupClient *self)
{
  g_autofree char *server = NULL;
  const char      *url;

  if (self->provider == NULL)
    return NULL;

  url = sup_provider_get_homeserver_url (self->provider);
  if (url == NULL)
    server = sup_provider_dup_account_server (self->provider);

  return mtx_account_hints_new (server != NULL ? server : sup_provider_get_server_name (self->provider), url,
                                sup_provider_get_registration_token (self->provider));
}

/* Opening. */

/* Waits before the next try; the network's return ends the wait. */
static gboolean
sup_client_await_network (SupClient *self,
                          gint64     wait_ms,
                          GError   **error)
{
  gboolean available = g_network_monitor_get_network_available (g_network_monitor_get_default ());

  _sup_client_set_connection (self, available ? SUP_CONNECTION_UNREACHABLE : SUP_CONNECTION_OFFLINE);
  dex_clear (&self->network);
  self->network = dex_promise_new ();

  return dex_await (dex_future_first (dex_ref (self->network), mtx_future_after (wait_ms), NULL), error);
}

/* Until the account is ready, network trouble is waited out: what the person writes meanwhile is kept. */
static gboolean
sup_client_await_session (SupClient *self,
                          GError   **error)
{
  MtxBackoff backoff;

  mtx_backoff_init (&backoff, OPEN_RETRY_FIRST_MS, OPEN_RETRY_CEILING_MS);

  for (;;)
    {
      g_autoptr (GError)          failure = NULL;
      g_autoptr (MtxAccountHints) hints = sup_client_dup_hints (self);
      gboolean                    is_open;

      /* What is shown is made when the store is opened; if nothing is, it is to be opened anew. */
      if (self->conversation == NULL && mtx_session_get_db (self->session) != NULL && !dex_await (mtx_session_close (self->session), error))
        return FALSE;

      dex_clear (&self->replaced);
      self->replaced = dex_promise_new ();
      is_open = dex_await (dex_future_first (mtx_session_open (self->session, hints), dex_ref (self->replaced), NULL), &failure);

      /* Whatever that server would still have answered, another is asked now. */
      if (!dex_future_is_pending (DEX_FUTURE (self->replaced)))
        {
          if (!dex_await (mtx_session_close (self->session), error))
            return FALSE;
          continue;
        }
      if (is_open && self->conversation != NULL)
        return TRUE;
      if (is_open)
        continue;

      /* The store turned out to know the provider, but there is no account yet. */
      if (hints == NULL && self->provider != NULL && g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        continue;

      if (!mtx_error_is_temporary (failure))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }

      if (!sup_client_await_network (self, mtx_backoff_next (&backoff, failure), error))
        return FALSE;
    }
}

/* As sup_client_await_session(). A folder in which nothing, or less than an account, turns out to be is left as it
 * is, closed, unless somebody starts with its provider meanwhile. */
static gboolean
sup_client_await_account (SupClient *self,
                          GError   **error)
{
  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      gboolean           is_absent;

      if (sup_client_await_session (self, &failure))
        return TRUE;

      is_absent = self->provider == NULL && g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND);
      if (is_absent && !dex_await (mtx_session_close (self->session), error))
        return FALSE;

      if (!is_absent || self->provider == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
}

static void
on_connection_changed (SupClient   *self,
                       GParamSpec  *pspec,
                       MtxSyncLoop *loop)
{
  /* Both enums have the same values in the same order; a test holds them together. */
  _sup_client_set_connection (self, (SupConnection)mtx_sync_loop_get_connection (loop));
}

static DexFuture *
sup_client_open_fiber (gpointer data)
{
  SupClient         *self = data;
  MtxSyncLoop       *loop;
  g_autoptr (GError) error = NULL;

  if (!sup_client_await_account (self, &error) || !dex_await (load_feed (self->feed), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  loop = mtx_session_get_sync_loop (self->session);
  if (self->loop_signals == NULL)
    {
      self->loop_signals = g_signal_group_new (MTX_TYPE_SYNC_LOOP);
      g_signal_group_connect_swapped (self->loop_signals, "notify::connection", G_CALLBACK (on_connection_changed), self);
    }
  g_signal_group_set_target (self->loop_signals, loop);
  on_connection_changed (self, NULL, loop);

  if (sup_feed_get_state (self->feed) != SUP_FEED_NOT_SET_UP && self->feed->watch == NULL)
    _sup_feed_start (self->feed);

  if (sup_conversation_get_support_id (self->conversation) != NULL)
    return _sup_conversation_start (self->conversation);

  return dex_future_new_true ();
}

/* Whether the conversation tells by its own state why it could not be started. */
static gboolean
sup_client_is_told (SupClient *self)
{
  return self->conversation != NULL && sup_conversation_get_state (self->conversation) == SUP_CONVERSATION_REFUSED;
}

static DexFuture *
operation_done_cb (DexFuture *future,
                   gpointer   user_data)
{
  SupClient             *self = user_data;
  g_autoptr (DexPromise) opened = g_steal_pointer (&self->opened);
  g_autoptr (GError)     error = NULL;

  /* Closed meanwhile: whoever waited was told. */
  if (opened == NULL)
    return dex_ref (future);

  dex_clear (&self->operation);
  if (dex_future_get_value (future, &error) == NULL && !sup_client_is_told (self))
    self->failure = g_error_copy (error);
  _sup_client_update_state (self);

  if (error != NULL)
    dex_promise_reject (opened, g_steal_pointer (&error));
  else
    dex_promise_resolve_boolean (opened, TRUE);

  return dex_ref (future);
}

/**
 * sup_client_open:
 * @self: a client
 *
 * Opens the account, making it at the first time, and keeps it running. Called again while it runs it changes
 * nothing; called after trouble with the keyring, the store or the server it tries again. Called after the server
 * ended the account's session it goes on as a new device, with everything that is stored.
 *
 * Returns: (transfer full): a future that resolves when messages may go out; its rejection is also told by the state,
 *   or by that of the conversation; %MTX_ERROR_CLOSED when the client is being closed
 */
DexFuture *
sup_client_open (SupClient *self)
{
  DexFuture *fiber;

  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  if (self->closed != NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The account is being closed");
  if (self->operation != NULL)
    return dex_ref (self->opened);
  if (self->session != NULL && mtx_session_get_state (self->session) == MTX_SESSION_LOGGED_OUT)
    return sup_client_reopen (self, TRUE);

  sup_client_ensure_session (self);
  g_clear_error (&self->failure);
  self->opened = dex_promise_new ();
  fiber = mtx_fiber_spawn ("client-open", sup_client_open_fiber, g_object_ref (self), g_object_unref);
  self->operation = dex_future_finally (fiber, operation_done_cb, g_object_ref (self), g_object_unref);
  _sup_client_update_state (self);

  return dex_ref (self->opened);
}

static DexFuture *
sup_client_unlock_fiber (gpointer data)
{
  SupClient         *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (mtx_session_unlock_keyring (self->session), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return sup_client_open (self);
}

/**
 * sup_client_unlock:
 * @self: a client whose keyring is locked
 *
 * Lets the desktop ask for the password of the keyring, and goes on if it was given.
 *
 * Returns: (transfer full): a future as of sup_client_open(); rejects with %MTX_ERROR_LOCKED when the person declined
 */
DexFuture *
sup_client_unlock (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);
  g_return_val_if_fail (self->session != NULL, NULL);

  return mtx_fiber_spawn ("client-unlock", sup_client_unlock_fiber, g_object_ref (self), g_object_unref);
}

/* Closing. */

static void
sup_client_cancel_opening (SupClient *self)
{
  g_autoptr (DexPromise) opened = g_steal_pointer (&self->opened);

  dex_clear (&self->operation);
  dex_clear (&self->terms_answer);
  _sup_client_set_terms (self, NULL);
  if (opened != NULL)
    dex_promise_reject (opened, g_error_new (MTX_ERROR, MTX_ERROR_CLOSED, "The account was closed"));
}

static DexFuture *
sup_client_close_fiber (gpointer data)
{
  SupClient             *self = data;
  g_autoptr (DexPromise) closed = NULL;
  g_autoptr (DexFuture)  feed = NULL;
  g_autoptr (DexFuture)  conversation = NULL;

  /* All at once: the sender of messages ends when its request does, and the session ends requests. The store closes
   * last, within the session. None can fail in a way that anybody could act upon. */
  feed = self->feed != NULL ? _sup_feed_close (self->feed) : dex_future_new_true ();
  conversation = self->conversation != NULL ? _sup_conversation_close (self->conversation) : dex_future_new_true ();
  if (self->session != NULL)
    dex_await (mtx_session_close (self->session), NULL);
  dex_await (g_steal_pointer (&feed), NULL);
  dex_await (g_steal_pointer (&conversation), NULL);

  if (self->loop_signals != NULL)
    g_signal_group_set_target (self->loop_signals, NULL);
  g_clear_error (&self->failure);
  _sup_client_set_models (self, NULL, NULL, NULL);
  _sup_client_set_connection (self, SUP_CONNECTION_CONNECTING);

  closed = g_steal_pointer (&self->closed);
  _sup_client_update_state (self);
  dex_promise_resolve_boolean (closed, TRUE);

  return dex_future_new_true ();
}

/**
 * sup_client_close:
 * @self: a client
 *
 * Stops everything in order, without waiting for the network; nothing that was safely kept is lost. The client may
 * be opened again afterwards.
 *
 * Returns: (transfer full): a future that resolves when the store is closed
 */
DexFuture *
sup_client_close (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  if (self->closed == NULL)
    {
      self->closed = dex_promise_new ();
      sup_client_cancel_opening (self);
      mtx_fiber_fire (mtx_fiber_spawn ("client-close", sup_client_close_fiber, g_object_ref (self), g_object_unref),
                      "Closing an account");
    }

  return dex_ref (self->closed);
}
