/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One provider and the anonymous account kept for it, with one state for the screens.
 */
#include "mtx-backoff.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-id.h"
#include "mtx-session-notes.h"
#include "mtx-sync-loop.h"
#include "sup-client-private.h"
#include "sup-conversation-private.h"
#include "sup-feed-private.h"

/* Between tries to reach the server for the first time: soon at first, half a minute at most. */
#define OPEN_RETRY_FIRST_MS   1000
#define OPEN_RETRY_CEILING_MS 30000

struct _SupClient
{
  GObject parent_instance;

  /* Owned References */
  MtxKeyring      *keyring;
  char            *data_dir;
  char            *key;
  SupProvider     *provider;
  MtxSession      *session;
  SupConversation *conversation;
  SupFeed         *feed;
  DexFuture       *opening;
  DexFuture       *models;
  DexPromise      *terms_answer; /* pending while the person is asked */
  char           **terms;
  char            *error_name;

  /* State */
  SupClientState state;
  SupConnection  connection;
  int            error_code;
};

enum
{
  PROP_0,
  PROP_KEY,
  PROP_PROVIDER,
  PROP_STATE,
  PROP_CONNECTION,
  PROP_ERROR_CODE,
  PROP_ERROR_NAME,
  PROP_USER_ID,
  PROP_CONVERSATION,
  PROP_FEED,
  PROP_TERMS,
  N_PROPS
};

G_DEFINE_ENUM_TYPE (SupClientState, sup_client_state,
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_CLOSED, "closed"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_OPENING, "opening"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_KEYRING_LOCKED, "keyring-locked"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_KEYRING_ABSENT, "keyring-absent"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_WRONG_SECRET, "wrong-secret"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_DAMAGED, "damaged"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_BUSY, "busy"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_SETTING_UP, "setting-up"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_SIGNED_OUT, "signed-out"),
                    G_DEFINE_ENUM_VALUE (SUP_CLIENT_FAILED, "failed"))

G_DEFINE_ENUM_TYPE (SupConnection, sup_connection,
                    G_DEFINE_ENUM_VALUE (SUP_CONNECTION_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (SUP_CONNECTION_ONLINE, "online"),
                    G_DEFINE_ENUM_VALUE (SUP_CONNECTION_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (SUP_CONNECTION_UNREACHABLE, "unreachable"))

G_DEFINE_FINAL_TYPE (SupClient, sup_client, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPS];

static SupClientState
state_from_session (MtxSessionState state)
{
  switch (state)
    {
    case MTX_SESSION_OPENING:
      return SUP_CLIENT_OPENING;

    case MTX_SESSION_KEYRING_LOCKED:
      return SUP_CLIENT_KEYRING_LOCKED;

    case MTX_SESSION_KEYRING_ABSENT:
      return SUP_CLIENT_KEYRING_ABSENT;

    case MTX_SESSION_WRONG_SECRET:
      return SUP_CLIENT_WRONG_SECRET;

    case MTX_SESSION_DAMAGED:
      return SUP_CLIENT_DAMAGED;

    case MTX_SESSION_BUSY:
      return SUP_CLIENT_BUSY;

    case MTX_SESSION_CACHED:
    case MTX_SESSION_REGISTERING:
    case MTX_SESSION_BOOTSTRAPPING:
      return SUP_CLIENT_SETTING_UP;

    case MTX_SESSION_READY:
    case MTX_SESSION_SOFT_LOGGED_OUT:
      return SUP_CLIENT_RUNNING;

    case MTX_SESSION_LOGGED_OUT:
      return SUP_CLIENT_SIGNED_OUT;

    case MTX_SESSION_FAILED:
      return SUP_CLIENT_FAILED;

    case MTX_SESSION_CLOSED:
    default:
      return SUP_CLIENT_CLOSED;
    }
}

static void
sup_client_set_state (SupClient      *self,
                      SupClientState  state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
sup_client_set_error (SupClient    *self,
                      const GError *error)
{
  g_autoptr (GError) copy = error != NULL ? g_error_copy (error) : NULL;
  int                code = copy != NULL && copy->domain == MTX_ERROR ? copy->code : MTX_ERROR_FAILED;
  const char        *name = copy != NULL && copy->domain == MTX_ERROR ? mtx_error_get_errcode (copy) : NULL;

  g_object_freeze_notify (G_OBJECT (self));
  if (self->error_code != code)
    {
      self->error_code = code;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_CODE]);
    }
  if (g_set_str (&self->error_name, name))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_NAME]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
_sup_client_set_provider (SupClient   *self,
                          SupProvider *provider)
{
  if (self->provider != NULL && sup_provider_equal (self->provider, provider))
    return;

  g_clear_pointer (&self->provider, sup_provider_unref);
  self->provider = sup_provider_ref (provider);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROVIDER]);
}

static void
sup_client_set_connection (SupClient     *self,
                           SupConnection  connection)
{
  if (self->connection == connection)
    return;

  self->connection = connection;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION]);
}

static void
on_connection_changed (SupClient   *self,
                       GParamSpec  *pspec,
                       MtxSyncLoop *loop)
{
  /* Both enums have the same values in the same order; a test holds them together. */
  sup_client_set_connection (self, (SupConnection) mtx_sync_loop_get_connection (loop));
}

static DexFuture *
sup_client_load_provider (SupClient *self)
{
  g_autofree char         *stored = NULL;
  g_autofree char         *json = NULL;
  g_autoptr (SupProvider)  provider = NULL;
  g_autoptr (GError)       error = NULL;

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

static void
sup_client_make_models (SupClient *self)
{
  SupProvider *provider = self->provider;
  gboolean     has_chat = sup_provider_get_chat_state (provider) == SUP_PROVIDER_READY;
  gboolean     has_feed = sup_provider_get_feed_state (provider) == SUP_PROVIDER_READY;

  if (self->conversation == NULL)
    {
      self->conversation = _sup_conversation_new (self->session,
                                                  has_chat ? mtx_user_id_get (sup_provider_get_support_id (provider)) : NULL);
      self->feed = _sup_feed_new (self->session,
                                  has_feed ? sup_provider_get_feed_room (provider) : NULL,
                                  sup_provider_get_feed_via (provider));
    }
}

static DexFuture *
sup_client_load_feed (SupClient *self)
{
  if (sup_feed_get_state (self->feed) == SUP_FEED_NOT_SET_UP || self->feed->room != NULL)
    return dex_future_new_true ();

  return _sup_feed_load (self->feed);
}

/* From the store alone: what was said and announced so far is on the screen before any request is made. */
static DexFuture *
sup_client_models_fiber (gpointer data)
{
  SupClient         *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (sup_client_load_provider (self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  sup_client_make_models (self);

  if (sup_conversation_get_support_id (self->conversation) != NULL &&
      !dex_await (_sup_conversation_load (self->conversation), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* Before there is an account there are no rooms, and nothing was read in any. */
  if (mtx_session_get_rooms (self->session) != NULL && !dex_await (sup_client_load_feed (self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONVERSATION]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FEED]);

  return dex_future_new_true ();
}

static void
on_session_state_changed (SupClient *self)
{
  MtxSessionState state = mtx_session_get_state (self->session);
  SupClientState  client_state = state_from_session (state);

  if (state == MTX_SESSION_CACHED && self->models == NULL)
    self->models = mtx_fiber_spawn ("client-models", sup_client_models_fiber, g_object_ref (self), g_object_unref);

  if (state == MTX_SESSION_FAILED)
    sup_client_set_error (self, mtx_session_get_error (self->session));

  /* Without the network a known account is still an account: its messages show, and new ones are kept. */
  if (client_state == SUP_CLIENT_FAILED && mtx_session_get_user_id (self->session) != NULL)
    client_state = SUP_CLIENT_SETTING_UP;

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_USER_ID]);
  sup_client_set_state (self, client_state);
}

/* The server wants documents accepted before it makes an account: only the person can do that. */
static DexFuture *
sup_client_ask_terms (GPtrArray *policies,
                      gpointer   data)
{
  SupClient                *self = data;
  g_autoptr (GStrvBuilder)  terms = g_strv_builder_new ();

  for (guint i = 0; i < policies->len; i++)
    {
      const MtxTermsPolicy *policy = g_ptr_array_index (policies, i);

      g_strv_builder_add_many (terms, policy->name, policy->url, NULL);
    }

  dex_clear (&self->terms_answer);
  self->terms_answer = dex_promise_new ();
  g_clear_pointer (&self->terms, g_strfreev);
  self->terms = g_strv_builder_end (terms);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TERMS]);

  return dex_ref (self->terms_answer);
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

/* Until the account is ready, network trouble is waited out: what the person writes meanwhile is kept. */
static gboolean
sup_client_await_session (SupClient  *self,
                          GError    **error)
{
  MtxBackoff backoff;

  mtx_backoff_init (&backoff, OPEN_RETRY_FIRST_MS, OPEN_RETRY_CEILING_MS);

  for (;;)
    {
      g_autoptr (GError)          failure = NULL;
      g_autoptr (MtxAccountHints) hints = sup_client_dup_hints (self);

      if (dex_await (mtx_session_open (self->session, hints), &failure))
        return TRUE;

      /* The store was opened without a provider and turned out to hold one, but no account yet. */
      if (hints == NULL && self->models != NULL && dex_await (dex_ref (self->models), NULL))
        continue;

      if (!mtx_error_is_temporary (failure))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }

      sup_client_set_connection (self, SUP_CONNECTION_UNREACHABLE);
      if (!dex_await (mtx_future_after (mtx_backoff_next (&backoff, failure)), error))
        return FALSE;
    }
}

static DexFuture *
sup_client_open_fiber (gpointer data)
{
  SupClient         *self = data;
  MtxSyncLoop       *loop;
  g_autoptr (GError) error = NULL;

  if (!sup_client_await_session (self, &error) ||
      !dex_await (dex_ref (self->models), &error) ||
      !dex_await (sup_client_load_feed (self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  loop = mtx_session_get_sync_loop (self->session);
  g_signal_connect_object (loop, "notify::connection", G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  on_connection_changed (self, NULL, loop);

  if (sup_feed_get_state (self->feed) != SUP_FEED_NOT_SET_UP)
    _sup_feed_start (self->feed);

  if (sup_conversation_get_support_id (self->conversation) != NULL)
    return _sup_conversation_start (self->conversation);

  return dex_future_new_true ();
}

/**
 * sup_client_open:
 * @self: a client
 *
 * Opens the account, making it at the first time, and keeps it running. Called again while it runs it changes
 * nothing; called after trouble with the keyring, the store or the server it tries again.
 *
 * Returns: (transfer full): a future that resolves when messages may go out; its rejection is also told by the state
 */
DexFuture *
sup_client_open (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  if (self->opening != NULL && dex_future_is_pending (self->opening))
    return dex_ref (self->opening);

  if (self->opening != NULL && dex_future_is_resolved (self->opening))
    return dex_ref (self->opening);

  if (self->session == NULL)
    {
      self->session = mtx_session_new (self->keyring, self->data_dir, self->key,
                                       self->provider != NULL ? sup_provider_get_display_name (self->provider) : NULL);
      /* The session is ours and goes before we do. */
      mtx_session_set_terms_func (self->session, sup_client_ask_terms, self, NULL);
      g_signal_connect_object (self->session, "notify::state", G_CALLBACK (on_session_state_changed), self, G_CONNECT_SWAPPED);
    }

  dex_clear (&self->opening);
  self->opening = mtx_fiber_spawn ("client-open", sup_client_open_fiber, g_object_ref (self), g_object_unref);

  return dex_ref (self->opening);
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

static DexFuture *
sup_client_close_fiber (gpointer data)
{
  SupClient         *self = data;
  g_autoptr (GError) error = NULL;

  if (self->feed != NULL && !dex_await (_sup_feed_close (self->feed), &error))
    g_clear_error (&error);

  if (self->conversation != NULL && !dex_await (_sup_conversation_close (self->conversation), &error))
    g_clear_error (&error);

  /* The session drains what is left and closes the store last. */
  return self->session != NULL ? mtx_session_close (self->session) : dex_future_new_true ();
}

/**
 * sup_client_close:
 * @self: a client
 *
 * Stops everything in order; nothing that was safely kept is lost.
 *
 * Returns: (transfer full): a future that resolves when the store is closed
 */
DexFuture *
sup_client_close (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  /* Dropping the dependent futures cancels what still waits for the network. */
  dex_clear (&self->opening);

  return mtx_fiber_spawn ("client-close", sup_client_close_fiber, g_object_ref (self), g_object_unref);
}

static void
sup_client_finalize (GObject *object)
{
  SupClient *self = SUP_CLIENT (object);

  dex_clear (&self->opening);
  dex_clear (&self->models);
  dex_clear (&self->terms_answer);
  g_clear_pointer (&self->terms, g_strfreev);
  g_clear_object (&self->feed);
  g_clear_object (&self->conversation);
  g_clear_object (&self->session);
  g_clear_object (&self->keyring);
  g_clear_pointer (&self->provider, sup_provider_unref);
  g_clear_pointer (&self->data_dir, g_free);
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->error_name, g_free);

  G_OBJECT_CLASS (sup_client_parent_class)->finalize (object);
}

static void
sup_client_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  SupClient *self = SUP_CLIENT (object);

  switch (prop_id)
    {
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;

    case PROP_PROVIDER:
      g_value_set_boxed (value, self->provider);
      break;

    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;

    case PROP_CONNECTION:
      g_value_set_enum (value, self->connection);
      break;

    case PROP_ERROR_CODE:
      g_value_set_int (value, self->error_code);
      break;

    case PROP_ERROR_NAME:
      g_value_set_string (value, self->error_name);
      break;

    case PROP_USER_ID:
      g_value_set_string (value, sup_client_get_user_id (self));
      break;

    case PROP_CONVERSATION:
      g_value_set_object (value, self->conversation);
      break;

    case PROP_FEED:
      g_value_set_object (value, self->feed);
      break;

    case PROP_TERMS:
      g_value_set_boxed (value, self->terms);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_client_class_init (SupClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_client_finalize;
  object_class->get_property = sup_client_get_property;

  properties[PROP_KEY] = g_param_spec_string ("key", NULL, NULL, NULL, flags);
  properties[PROP_PROVIDER] = g_param_spec_boxed ("provider", NULL, NULL, SUP_TYPE_PROVIDER, flags);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SUP_TYPE_CLIENT_STATE, SUP_CLIENT_CLOSED, flags);
  properties[PROP_CONNECTION] =
      g_param_spec_enum ("connection", NULL, NULL, SUP_TYPE_CONNECTION, SUP_CONNECTION_CONNECTING, flags);
  properties[PROP_ERROR_CODE] = g_param_spec_int ("error-code", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_ERROR_NAME] = g_param_spec_string ("error-name", NULL, NULL, NULL, flags);
  properties[PROP_USER_ID] = g_param_spec_string ("user-id", NULL, NULL, NULL, flags);
  properties[PROP_CONVERSATION] = g_param_spec_object ("conversation", NULL, NULL, SUP_TYPE_CONVERSATION, flags);
  properties[PROP_TERMS] = g_param_spec_boxed ("terms", NULL, NULL, G_TYPE_STRV, flags);
  properties[PROP_FEED] = g_param_spec_object ("feed", NULL, NULL, SUP_TYPE_FEED, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_client_init (SupClient *self)
{
}

/* @keyring NULL means the keyring of the desktop; @provider NULL means the one that the store holds. */
SupClient *
_sup_client_new (MtxKeyring  *keyring,
                 const char  *data_dir,
                 const char  *key,
                 SupProvider *provider)
{
  SupClient *self = g_object_new (SUP_TYPE_CLIENT, NULL);

  g_set_object (&self->keyring, keyring);
  self->data_dir = g_strdup (data_dir);
  self->key = g_strdup (key);
  if (provider != NULL)
    self->provider = sup_provider_ref (provider);

  return self;
}

/**
 * sup_client_get_key:
 * @self: a client
 *
 * Gets the name of the account's folder and keyring items; says nothing about the provider.
 *
 * Returns: (transfer none): an opaque name
 */
const char *
sup_client_get_key (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->key;
}

/**
 * sup_client_get_provider:
 * @self: a client
 *
 * Gets whom the account was made for.
 *
 * Returns: (transfer none) (nullable): the provider; %NULL until the store is open
 */
SupProvider *
sup_client_get_provider (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->provider;
}

/**
 * sup_client_get_state:
 * @self: a client
 *
 * Gets what can be shown of the account.
 *
 * Returns: the state
 */
SupClientState
sup_client_get_state (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), SUP_CLIENT_CLOSED);

  return self->state;
}

/**
 * sup_client_get_connection:
 * @self: a client
 *
 * Gets whether the server answers.
 *
 * Returns: the connection
 */
SupConnection
sup_client_get_connection (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), SUP_CONNECTION_CONNECTING);

  return self->connection;
}

/**
 * sup_client_get_user_id:
 * @self: a client
 *
 * Gets the address of the anonymous account.
 *
 * Returns: (transfer none) (nullable): a Matrix user id; %NULL until the account was made
 */
const char *
sup_client_get_user_id (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->session != NULL ? mtx_session_get_user_id (self->session) : NULL;
}

/**
 * sup_client_get_conversation:
 * @self: a client
 *
 * Gets the chat with support.
 *
 * Returns: (transfer none) (nullable): the conversation; %NULL until the store is open
 */
SupConversation *
sup_client_get_conversation (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->conversation;
}

/**
 * sup_client_get_feed:
 * @self: a client
 *
 * Gets the announcements.
 *
 * Returns: (transfer none) (nullable): the feed; %NULL until the store is open
 */
SupFeed *
sup_client_get_feed (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->feed;
}

/**
 * sup_client_get_terms:
 * @self: a client
 *
 * Gets what the server wants accepted before it makes an account (specification, terms of service at registration).
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): name and https address of each document in turn;
 *   %NULL when nothing is asked
 */
const char *const *
sup_client_get_terms (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return (const char *const *) self->terms;
}

/**
 * sup_client_answer_terms:
 * @self: a client
 * @accepted: whether the person pressed the button that accepts
 *
 * Answers what sup_client_get_terms() asks. Without acceptance no account is made; opening again asks again.
 */
void
sup_client_answer_terms (SupClient *self,
                         gboolean   accepted)
{
  g_autoptr (DexPromise) answer = NULL;

  g_return_if_fail (SUP_IS_CLIENT (self));

  answer = g_steal_pointer (&self->terms_answer);
  if (answer == NULL)
    return;

  g_clear_pointer (&self->terms, g_strfreev);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TERMS]);

  if (accepted)
    dex_promise_resolve_boolean (answer, TRUE);
  else
    dex_promise_reject (answer, g_error_new (MTX_ERROR, MTX_ERROR_REFUSED, "The terms were not accepted"));
}
