/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The life of a session: its states, who may wait for it, and how it ends. What happens in between is in
 * mtx-session-open.c and mtx-session-account.c.
 */
#include "mtx-session-private.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-keyring-libsecret.h"
#include "mtx-session-secrets.h"

#define LOGIN_FIRST_MS   1000
#define LOGIN_CEILING_MS (5 * 60 * 1000)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_ERROR,
  PROP_USER_ID,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (MtxSession, mtx_session, G_TYPE_OBJECT)

static void mtx_session_start (MtxSession *self);

/* Moves to @state and tells. The user id is told with it: it appears between states. */
void
_mtx_session_set_state (MtxSession     *self,
                        MtxSessionState state)
{
  if (self->state == state)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  if (state == MTX_SESSION_READY)
    g_clear_error (&self->error);
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_USER_ID]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_thaw_notify (G_OBJECT (self));
}

static MtxSessionState
state_for_error (const GError *error)
{
  static const struct
  {
    MtxError        code;
    MtxSessionState state;
  } states[] = {
    { MTX_ERROR_LOCKED, MTX_SESSION_KEYRING_LOCKED },
    { MTX_ERROR_ABSENT, MTX_SESSION_KEYRING_ABSENT },
    { MTX_ERROR_WRONG_SECRET, MTX_SESSION_WRONG_SECRET },
    { MTX_ERROR_DAMAGED, MTX_SESSION_DAMAGED },
    { MTX_ERROR_BUSY, MTX_SESSION_BUSY },
    { MTX_ERROR_LOG_IN_AGAIN, MTX_SESSION_LOGGED_OUT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      if (g_error_matches (error, MTX_ERROR, (int)states[i].code))
        return states[i].state;
    }

  return MTX_SESSION_FAILED;
}

static void
mtx_session_fail (MtxSession   *self,
                  const GError *error)
{
  g_autoptr (GError) copy = g_error_copy (error);

  g_clear_error (&self->error);
  self->error = g_steal_pointer (&copy);
  _mtx_session_set_state (self, state_for_error (error));
}

/* Those who waited hear of the end; the next to open waits for something new. */
static void
mtx_session_settle (MtxSession   *self,
                    const GError *error)
{
  g_autoptr (DexPromise) opened = g_steal_pointer (&self->opened);

  if (opened == NULL)
    return;
  if (error != NULL)
    dex_promise_reject (opened, g_error_copy (error));
  else
    dex_promise_resolve_boolean (opened, TRUE);
}

static DexFuture *
operation_done_cb (DexFuture *future,
                   gpointer   data)
{
  MtxSession        *self = MTX_SESSION (data);
  g_autoptr (GError) error = NULL;

  /* The end of an operation that was dropped, or replaced by a new one, is nobody's business. */
  if (self->operation == NULL || self->closed != NULL)
    return dex_ref (future);

  dex_clear (&self->operation);
  if (dex_future_get_value (future, &error) != NULL)
    {
      mtx_session_settle (self, NULL);
      return dex_ref (future);
    }

  /* The token died on the way: log in again, and go on where we were. */
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT) && self->http != NULL)
    {
      mtx_http_set_tokens (self->http, NULL);
      mtx_session_start (self);
      return dex_ref (future);
    }

  mtx_session_fail (self, error);
  mtx_session_settle (self, error);

  return dex_ref (future);
}

static void
mtx_session_start (MtxSession *self)
{
  DexFuture *fiber = mtx_fiber_spawn ("[session-open]", _mtx_session_open_fiber, g_object_ref (self), g_object_unref);

  self->operation = dex_future_finally (fiber, operation_done_cb, g_object_ref (self), g_object_unref);
}

/* Something ended what nobody but us can begin again. The server refused our token (protocol.md M3): softly, then
 * the device lives and we log in to it; or for good, then what is stored stays for the person to read. Or the
 * store failed. An operation under way meets the same and deals with it. */
void
_mtx_session_lose (MtxSession   *self,
                   const GError *error)
{
  if (self->closed != NULL || self->operation != NULL || self->state == MTX_SESSION_LOGGED_OUT)
    return;

  if (!g_error_matches (error, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT))
    {
      mtx_session_fail (self, error);
      return;
    }

  mtx_http_set_tokens (self->http, NULL);
  mtx_session_start (self);
}

static void
mtx_session_dispose (GObject *object)
{
  MtxSession *self = MTX_SESSION (object);

  dex_clear (&self->operation);
  dex_clear (&self->protection);
  dex_clear (&self->witness);
  dex_clear (&self->cached);
  if (self->encryption != NULL)
    mtx_encryption_set_guard (self->encryption, NULL, NULL);
  if (self->http != NULL)
    mtx_http_close (self->http);
  g_clear_object (&self->storage);
  g_clear_object (&self->sync_loop);
  g_clear_object (&self->rooms);
  g_clear_object (&self->encryption);
  g_clear_object (&self->engine);
  g_clear_object (&self->http);
  g_clear_object (&self->db);

  G_OBJECT_CLASS (mtx_session_parent_class)->dispose (object);
}

static void
mtx_session_finalize (GObject *object)
{
  MtxSession *self = MTX_SESSION (object);

  g_clear_object (&self->keyring);
  g_free (self->folder);
  g_free (self->provider);
  g_free (self->label);
  g_clear_pointer (&self->hints, mtx_account_hints_free);
  if (self->browser_destroy != NULL)
    self->browser_destroy (self->browser_data);
  g_free (self->parting_words);
  if (self->terms_destroy != NULL)
    self->terms_destroy (self->terms_data);
  if (self->cached_destroy != NULL)
    self->cached_destroy (self->cached_data);
  g_clear_pointer (&self->pickle_key, mtx_secret_bytes_unref);
  g_free (self->user_id);
  g_free (self->device_id);
  mtx_turns_clear (&self->raising);
  dex_clear (&self->opened);
  dex_clear (&self->closed);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (mtx_session_parent_class)->finalize (object);
}

static void
mtx_session_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  MtxSession *self = MTX_SESSION (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int)self->state);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    case PROP_USER_ID:
      g_value_set_string (value, self->user_id);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_session_class_init (MtxSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mtx_session_dispose;
  object_class->finalize = mtx_session_finalize;
  object_class->get_property = mtx_session_get_property;

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MTX_TYPE_SESSION_STATE, MTX_SESSION_CLOSED,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_USER_ID] = g_param_spec_string ("user-id", NULL, NULL, NULL,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_session_init (MtxSession *self)
{
  mtx_backoff_init (&self->logins, LOGIN_FIRST_MS, LOGIN_CEILING_MS);
}

/**
 * mtx_session_new:
 * @keyring: (nullable): where the secrets are, or %NULL for the desktop's keyring
 * @data_dir: absolute path of the folder of all accounts
 * @provider_key: the name of this account's folder and of its items in the keyring; says nothing about the provider
 * @provider_label: (nullable): what a person shall read in the keyring
 *
 * Makes a session. Nothing is read or written yet.
 *
 * Returns: (transfer full): a session that is closed
 */
MtxSession *
mtx_session_new (MtxKeyring *keyring,
                 const char *data_dir,
                 const char *provider_key,
                 const char *provider_label)
{
  MtxSession *self = NULL;

  g_return_val_if_fail (keyring == NULL || MTX_IS_KEYRING (keyring), NULL);
  g_return_val_if_fail (g_path_is_absolute (data_dir), NULL);
  g_return_val_if_fail (provider_key != NULL && *provider_key != '\0' && *provider_key != '.', NULL);
  g_return_val_if_fail (strchr (provider_key, G_DIR_SEPARATOR) == NULL, NULL);

  self = g_object_new (MTX_TYPE_SESSION, NULL);
  self->keyring = keyring != NULL ? g_object_ref (keyring) : mtx_keyring_libsecret_new ();
  self->folder = g_build_filename (data_dir, provider_key, NULL);
  self->provider = g_strdup (provider_key);
  self->label = g_strdup (provider_label != NULL ? provider_label : MTX_SESSION_DEFAULT_LABEL);

  return self;
}

/**
 * mtx_session_set_terms_func:
 * @self: a session
 * @func: asks the person to accept the server's terms
 * @data: passed to @func
 * @destroy: (nullable): frees @data
 *
 * Sets who shows terms. Without, servers that want them accepted are refused.
 */
void
mtx_session_set_terms_func (MtxSession    *self,
                            MtxTermsFunc   func,
                            gpointer       data,
                            GDestroyNotify destroy)
{
  g_return_if_fail (MTX_IS_SESSION (self));

  if (self->terms_destroy != NULL)
    self->terms_destroy (self->terms_data);
  self->terms = func;
  self->terms_data = data;
  self->terms_destroy = destroy;
}

/**
 * mtx_session_set_browser_func:
 * @self: a session
 * @parting_words: what the browser says at the end, in the person's language
 * @func: shows a page in the person's browser
 * @data: passed to @func
 * @destroy: (nullable): frees @data
 *
 * Lets the person log in on the server's own page when an account comes back, instead of by password.
 */
void
mtx_session_set_browser_func (MtxSession         *self,
                              const char         *parting_words,
                              MtxOAuthBrowserFunc func,
                              gpointer            data,
                              GDestroyNotify      destroy)
{
  g_return_if_fail (MTX_IS_SESSION (self));
  g_return_if_fail (parting_words != NULL && func != NULL);

  if (self->browser_destroy != NULL)
    self->browser_destroy (self->browser_data);
  g_set_str (&self->parting_words, parting_words);
  self->browser = func;
  self->browser_data = data;
  self->browser_destroy = destroy;
}

/**
 * mtx_session_set_cached_func:
 * @self: a session
 * @func: called in %MTX_SESSION_CACHED; its future is awaited before anything is asked of a server
 * @data: passed to @func
 * @destroy: (nullable): frees @data
 *
 * Sets who is shown the store before the network is. If @func's future rejects, so does the opening, and the next
 * one asks again.
 */
void
mtx_session_set_cached_func (MtxSession          *self,
                             MtxSessionCachedFunc func,
                             gpointer             data,
                             GDestroyNotify       destroy)
{
  g_return_if_fail (MTX_IS_SESSION (self));

  if (self->cached_destroy != NULL)
    self->cached_destroy (self->cached_data);
  self->cached_func = func;
  self->cached_data = data;
  self->cached_destroy = destroy;
}

/**
 * mtx_session_open:
 * @self: a session that is not being closed
 * @hints: (nullable): where an account may be made if there is none, or %NULL to open only what exists
 *
 * Opens the account, or makes it: secrets, store, registration, keys. The state says how far it is; the store
 * is open from %MTX_SESSION_CACHED on. After an error, opening again goes on where it stopped. A session that is
 * opened stays alive until it is closed.
 *
 * Returns: (transfer full): a future that resolves to %TRUE in %MTX_SESSION_READY, or rejects with an #MtxError:
 *   %MTX_ERROR_RETRY_LATER, the state of the keyring or store, what the server says to a registration, or
 *   %MTX_ERROR_NOT_FOUND if there is no account and no hint
 */
DexFuture *
mtx_session_open (MtxSession            *self,
                  const MtxAccountHints *hints)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  if (self->closed != NULL)
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_CLOSED, "The session is being closed"));
  if (self->state == MTX_SESSION_READY)
    return dex_future_new_true ();

  if (hints != NULL)
    {
      g_clear_pointer (&self->hints, mtx_account_hints_free);
      self->hints = mtx_account_hints_copy (hints);
    }
  if (self->opened == NULL)
    self->opened = dex_promise_new ();
  if (self->operation == NULL)
    mtx_session_start (self);

  return dex_ref (DEX_FUTURE (self->opened));
}

/**
 * mtx_session_unlock_keyring:
 * @self: a session
 *
 * Lets the desktop ask for the keyring's password. Open again when it succeeded.
 *
 * Returns: (transfer full): a future as of mtx_keyring_unlock ()
 */
DexFuture *
mtx_session_unlock_keyring (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return mtx_keyring_unlock (self->keyring);
}

/* Awaits @future, taken. What fails while everything ends is told to the log by those it belongs to. */
static void
drain (DexFuture *future)
{
  dex_await (future, NULL);
}

static DexFuture *
mtx_session_close_fiber (gpointer data)
{
  MtxSession            *self = data;
  g_autoptr (GError)     closing = g_error_new_literal (MTX_ERROR, MTX_ERROR_CLOSED, "The session was closed");
  g_autoptr (DexPromise) closed = NULL;

  dex_clear (&self->operation);
  dex_clear (&self->protection);
  dex_clear (&self->witness);
  dex_clear (&self->cached);
  mtx_session_settle (self, closing);
  /* First the network, so that nobody waits for it; then from those who ask down to what they write to. */
  if (self->http != NULL)
    mtx_http_close (self->http);
  if (self->sync_loop != NULL)
    drain (mtx_sync_loop_stop (self->sync_loop));
  if (self->encryption != NULL)
    {
      drain (mtx_encryption_close (self->encryption)); /* and with it the engine */
      mtx_encryption_set_guard (self->encryption, NULL, NULL);
    }
  if (self->db != NULL)
    {
      drain (_mtx_session_end_generation (self));
      drain (mtx_db_close (self->db));
    }

  g_clear_object (&self->storage);
  g_clear_object (&self->sync_loop);
  g_clear_object (&self->rooms);
  g_clear_object (&self->encryption);
  g_clear_object (&self->engine);
  g_clear_object (&self->http);
  g_clear_object (&self->db);
  g_clear_pointer (&self->pickle_key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  self->step = MTX_SESSION_STEP_NONE;
  self->device = MTX_SESSION_DEVICE_KEPT;
  self->is_device_new = FALSE;
  self->raised_at = 0;

  closed = g_steal_pointer (&self->closed);
  _mtx_session_set_state (self, MTX_SESSION_CLOSED);
  dex_promise_resolve_boolean (closed, TRUE);

  return dex_future_new_true ();
}

/**
 * mtx_session_close:
 * @self: a session
 *
 * Cancels what waits for the network, lets what was begun on disk finish, and closes the store. The session
 * may be opened again afterwards.
 *
 * Returns: (transfer full): a future that resolves to %TRUE in %MTX_SESSION_CLOSED
 */
DexFuture *
mtx_session_close (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  if (self->closed == NULL)
    {
      self->closed = dex_promise_new ();
      mtx_fiber_fire (mtx_fiber_spawn ("[session-close]", mtx_session_close_fiber, g_object_ref (self), g_object_unref),
                      "Closing the session");
    }

  return dex_ref (DEX_FUTURE (self->closed));
}

/**
 * mtx_session_get_state:
 * @self: a session
 *
 * Returns: its state
 */
MtxSessionState
mtx_session_get_state (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), MTX_SESSION_CLOSED);

  return self->state;
}

/**
 * mtx_session_get_error:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): why the last opening ended, or the session was lost; %NULL once all is well
 */
const GError *
mtx_session_get_error (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->error;
}

/**
 * mtx_session_get_user_id:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): who we are, once there is an account
 */
const char *
mtx_session_get_user_id (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->user_id;
}

/**
 * mtx_session_get_http:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the connection, once there is an account
 */
MtxHttp *
mtx_session_get_http (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->http;
}

/**
 * mtx_session_get_db:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the store, from %MTX_SESSION_CACHED on
 */
MtxDb *
mtx_session_get_db (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->db;
}

/**
 * mtx_session_get_encryption:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the encryption, once there is an account
 */
MtxEncryption *
mtx_session_get_encryption (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->encryption;
}

/**
 * mtx_session_get_secret_storage:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the account's secrets on the server, once there is an account
 */
MtxSecretStorage *
mtx_session_get_secret_storage (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->storage;
}

/**
 * mtx_session_load_key_text:
 * @self: a session
 *
 * Fetches the security key from the keyring, as the person writes it down.
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, ASCII text in groups of four, or rejects as
 *   mtx_keyring_load () does
 */
DexFuture *
mtx_session_load_key_text (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return mtx_session_secrets_load_key_text (self->keyring, self->provider);
}

/**
 * mtx_session_get_rooms:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the rooms, once there is an account
 */
MtxRoomList *
mtx_session_get_rooms (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->rooms;
}

/**
 * mtx_session_get_sync_loop:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the sync loop, once there is an account; it runs in %MTX_SESSION_READY
 */
MtxSyncLoop *
mtx_session_get_sync_loop (MtxSession *self)
{
  g_return_val_if_fail (MTX_IS_SESSION (self), NULL);

  return self->sync_loop;
}
