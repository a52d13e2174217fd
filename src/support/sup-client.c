/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One provider and the anonymous account kept for it, with one state for the screens.
 */
#include "sup-client-private.h"

#include "mtx-error.h"
#include "mtx-outside.h"
#include "sup-conversation.h"
#include "sup-feed.h"
#include "sup-security.h"

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
  PROP_SECURITY,
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

/* Why nothing can be shown, or not more than is shown. */
static SupClientState
state_for_error (const GError *error)
{
  static const struct
  {
    MtxError       code;
    SupClientState state;
  } states[] = {
    { MTX_ERROR_LOCKED, SUP_CLIENT_KEYRING_LOCKED },
    { MTX_ERROR_ABSENT, SUP_CLIENT_KEYRING_ABSENT },
    { MTX_ERROR_WRONG_SECRET, SUP_CLIENT_WRONG_SECRET },
    { MTX_ERROR_DAMAGED, SUP_CLIENT_DAMAGED },
    { MTX_ERROR_BUSY, SUP_CLIENT_BUSY },
    { MTX_ERROR_LOG_IN_AGAIN, SUP_CLIENT_SIGNED_OUT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_error_matches (error, MTX_ERROR, (int)states[i].code))
      return states[i].state;

  return SUP_CLIENT_FAILED;
}

/* While an opening is under way, trouble is not the last word: it ends the opening, or is waited out. */
static SupClientState
sup_client_compute_state (SupClient *self)
{
  MtxSessionState session = self->session != NULL ? mtx_session_get_state (self->session) : MTX_SESSION_CLOSED;
  gboolean        works = session == MTX_SESSION_READY || session == MTX_SESSION_SOFT_LOGGED_OUT;
  const GError   *error;

  if (self->operation != NULL && self->conversation == NULL)
    return SUP_CLIENT_OPENING;
  if (self->operation != NULL)
    return works ? SUP_CLIENT_RUNNING : SUP_CLIENT_SETTING_UP;

  /* A folder in which nothing was begun is as good as none. */
  if (self->provider == NULL && g_error_matches (self->failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return SUP_CLIENT_CLOSED;
  if (self->failure != NULL)
    return state_for_error (self->failure);

  if (session == MTX_SESSION_CLOSED)
    return SUP_CLIENT_CLOSED;

  if (works)
    return SUP_CLIENT_RUNNING;

  error = mtx_session_get_error (self->session);

  return error != NULL ? state_for_error (error) : SUP_CLIENT_SETTING_UP;
}

static void
sup_client_set_error (SupClient    *self,
                      const GError *error)
{
  gboolean    is_ours = error != NULL && error->domain == MTX_ERROR;
  int         code = is_ours ? error->code : MTX_ERROR_FAILED;
  const char *name = is_ours ? mtx_error_get_errcode (error) : NULL;

  if (self->error_code != code)
    {
      self->error_code = code;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_CODE]);
    }
  if (g_set_str (&self->error_name, name))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_NAME]);
}

/* To be called whenever something changed that the state is made of. */
void
_sup_client_update_state (SupClient *self)
{
  SupClientState state = sup_client_compute_state (self);
  const GError  *error = self->failure;

  if (error == NULL && self->session != NULL)
    error = mtx_session_get_error (self->session);

  g_object_freeze_notify (G_OBJECT (self));
  if (state == SUP_CLIENT_FAILED)
    sup_client_set_error (self, error);
  if (self->state != state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_USER_ID]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
_sup_client_set_provider (SupClient   *self,
                          SupProvider *provider)
{
  gboolean is_another = self->provider != NULL;

  if (self->provider != NULL && sup_provider_equal (self->provider, provider))
    return;

  g_clear_pointer (&self->provider, sup_provider_unref);
  self->provider = sup_provider_ref (provider);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROVIDER]);

  /* What is shown was made for another. The next try makes it anew, and comes at once. */
  _sup_client_set_models (self, NULL, NULL, NULL);
  _sup_client_end_wait (self);
  if (is_another && self->replaced != NULL && dex_future_is_pending (DEX_FUTURE (self->replaced)))
    dex_promise_resolve_boolean (self->replaced, TRUE);
}

void
_sup_client_set_connection (SupClient    *self,
                            SupConnection connection)
{
  if (self->connection == connection)
    return;

  self->connection = connection;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION]);
}

/* Shows all, or none. */
void
_sup_client_set_models (SupClient       *self,
                        SupConversation *conversation,
                        SupFeed         *feed,
                        SupSecurity     *security)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (g_set_object (&self->conversation, conversation))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONVERSATION]);
  if (g_set_object (&self->feed, feed))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FEED]);
  if (g_set_object (&self->security, security))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SECURITY]);
  _sup_client_update_state (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* Takes @terms; NULL means that nothing is asked. */
void
_sup_client_set_terms (SupClient *self,
                       GStrv      terms)
{
  if (self->terms == NULL && terms == NULL)
    return;

  g_strfreev (self->terms);
  self->terms = terms;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TERMS]);
}

/* There is a reason to try now. */
void
_sup_client_end_wait (SupClient *self)
{
  if (self->network != NULL && dex_future_is_pending (DEX_FUTURE (self->network)))
    dex_promise_resolve_boolean (self->network, TRUE);
}

static void
on_network_changed (SupClient *self,
                    gboolean   available)
{
  if (available)
    _sup_client_end_wait (self);
}

static void
sup_client_finalize (GObject *object)
{
  SupClient *self = SUP_CLIENT (object);

  if (self->session != NULL)
    {
      mtx_session_set_cached_func (self->session, NULL, NULL, NULL);
      mtx_session_set_terms_func (self->session, NULL, NULL, NULL);
    }
  g_clear_object (&self->loop_signals);
  dex_clear (&self->operation);
  dex_clear (&self->opened);
  dex_clear (&self->closed);
  dex_clear (&self->network);
  dex_clear (&self->replaced);
  dex_clear (&self->terms_answer);
  g_clear_pointer (&self->terms, g_strfreev);
  g_clear_error (&self->failure);
  g_clear_object (&self->security);
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

    case PROP_SECURITY:
      g_value_set_object (value, self->security);
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
  mtx_outside_notify (object_class);

  properties[PROP_KEY] = g_param_spec_string ("key", NULL, NULL, NULL, flags);
  properties[PROP_PROVIDER] = g_param_spec_boxed ("provider", NULL, NULL, SUP_TYPE_PROVIDER, flags);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SUP_TYPE_CLIENT_STATE, SUP_CLIENT_CLOSED, flags);
  properties[PROP_CONNECTION] = g_param_spec_enum ("connection", NULL, NULL, SUP_TYPE_CONNECTION, SUP_CONNECTION_CONNECTING, flags);
  properties[PROP_ERROR_CODE] = g_param_spec_int ("error-code", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_ERROR_NAME] = g_param_spec_string ("error-name", NULL, NULL, NULL, flags);
  properties[PROP_USER_ID] = g_param_spec_string ("user-id", NULL, NULL, NULL, flags);
  properties[PROP_CONVERSATION] = g_param_spec_object ("conversation", NULL, NULL, SUP_TYPE_CONVERSATION, flags);
  properties[PROP_TERMS] = g_param_spec_boxed ("terms", NULL, NULL, G_TYPE_STRV, flags);
  properties[PROP_SECURITY] = g_param_spec_object ("security", NULL, NULL, SUP_TYPE_SECURITY, flags);
  properties[PROP_FEED] = g_param_spec_object ("feed", NULL, NULL, SUP_TYPE_FEED, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_client_init (SupClient *self)
{
  g_signal_connect_object (g_network_monitor_get_default (), "network-changed",
                           G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
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
 * Returns: (transfer none) (nullable): the conversation; %NULL until what is stored of it is in it
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
 * Returns: (transfer none) (nullable): the feed; %NULL until the store was looked at
 */
SupFeed *
sup_client_get_feed (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->feed;
}

/**
 * sup_client_get_security:
 * @self: a client
 *
 * Gets what protects the account.
 *
 * Returns: (transfer none) (nullable): the security; %NULL until the store was looked at
 */
SupSecurity *
sup_client_get_security (SupClient *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT (self), NULL);

  return self->security;
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

  return (const char *const *)self->terms;
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

  _sup_client_set_terms (self, NULL);

  if (accepted)
    dex_promise_resolve_boolean (answer, TRUE);
  else
    dex_promise_reject (answer, g_error_new (MTX_ERROR, MTX_ERROR_REFUSED, "The terms were not accepted"));
}
