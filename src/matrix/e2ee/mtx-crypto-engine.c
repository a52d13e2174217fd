/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The owner fiber, its channel and the life of the engine. What the commands do stands in the facets:
 * -sync (what arrives), -publish (our own keys), -share (what we send).
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-room-key-store.h"

struct _MtxCryptoEngine
{
  GObject parent_instance;

  /* owned */
  MtxDb           *db;
  MtxWorker       *worker;
  DexChannel      *commands;
  DexFuture       *owner;    /* the owner fiber; resolves when the channel is closed and empty */
  MtxRatchets     *ratchets; /* touched on the worker only, as long as the engine is open */
  MtxTrackedUsers *tracked;
  GHashTable      *changed; /* user ids: their stored events are to be judged again */
  GHashTable      *arrived; /* name → MtxInboundSessionRow: imported keys whose events are to be read */
  char            *user_id;
  char            *device_id;
  char            *curve25519; /* NULL until open, then constant; so are the next four */
  char            *ed25519;
  char            *master_key;
  char            *self_signing_key;
  char            *user_signing_key;

  /* state */
  gboolean is_loaded;   /* whether the ratchets are in memory */
  gint64   server_keys; /* one-time keys the server has of us; -1 until a sync said so */
  gboolean is_fallback_used;
  gboolean is_looked_through; /* whether the stored events were looked through since the engine was opened */
};

G_DEFINE_FINAL_TYPE (MtxCryptoEngine, mtx_crypto_engine, G_TYPE_OBJECT)

enum
{
  ROOM_KEYS_IMPORTED,
  ROOM_KEY_MISSING,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

typedef struct
{
  MtxCryptoEngine *engine;
  MtxEngineFunc    func;
  gpointer         data;
  GDestroyNotify   destroy;
  DexPromise      *promise;
} Command;

static void
command_clear (gpointer memory)
{
  Command *command = memory;

  if (command->destroy != NULL)
    g_clear_pointer (&command->data, command->destroy);
  if (dex_future_is_pending (DEX_FUTURE (command->promise)))
    dex_promise_reject (command->promise, g_error_new_literal (MTX_ERROR, MTX_ERROR_CLOSED, "The engine was closed"));
  dex_clear (&command->promise);
  g_clear_object (&command->engine);
}

static Command *
command_ref (Command *command)
{
  return g_rc_box_acquire (command);
}

static void
command_unref (Command *command)
{
  g_rc_box_release_full (command, command_clear);
}

#define TYPE_COMMAND (command_get_type ())
static GType command_get_type (void);
G_DEFINE_BOXED_TYPE (Command, command, command_ref, command_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Command, command_unref)

static DexFuture *
drop_job (gpointer data)
{
  mtx_ratchets_drop (data);

  return dex_future_new_true ();
}

/* After a failure the memory may be ahead of the store. Reading again is cheap and always right. */
static void
drop_ratchets (MtxCryptoEngine *self)
{
  g_autoptr (GError) error = NULL;

  self->is_loaded = FALSE;
  if (!_mtx_crypto_engine_work (self, drop_job, self->ratchets, &error))
    g_debug ("The keys in memory stay until the engine goes: %s", error->message);
}

/**
 * _mtx_crypto_engine_command:
 * @self: an engine
 * @func: the command's body
 * @data: (nullable) (transfer full): passed to @func
 * @destroy: (nullable): frees @data
 *
 * Queues a command behind those already queued.
 *
 * Returns: (transfer full): a future that resolves or rejects with what the future returned by @func does;
 *   rejects with %MTX_ERROR_CLOSED once the engine was closed
 */
DexFuture *
_mtx_crypto_engine_command (MtxCryptoEngine *self,
                            MtxEngineFunc    func,
                            gpointer         data,
                            GDestroyNotify   destroy)
{
  g_autoptr (Command)   command = NULL;
  g_autoptr (DexFuture) sent = NULL;
  DexFuture            *done;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  command = g_rc_box_new0 (Command);
  command->engine = g_object_ref (self);
  command->func = func;
  command->data = data;
  command->destroy = destroy;
  command->promise = dex_promise_new ();
  done = dex_ref (DEX_FUTURE (command->promise));

  /* The channel is unbounded, so this is settled at once; closed, it drops the command, whose end rejects. */
  sent = dex_channel_send (self->commands, dex_future_new_take_boxed (TYPE_COMMAND, command_ref (command)));

  return done;
}

/**
 * _mtx_crypto_engine_work:
 * @self: an engine
 * @func: what to do on the crypto worker
 * @job: passed to @func; the caller, who waits here, keeps it alive
 * @error: return location for an error
 *
 * Runs a job on the crypto worker and awaits it. For commands only: the owner fiber is never dropped, so
 * the caller's frame outlives the job.
 *
 * Returns: %TRUE if the job's future resolved
 */
gboolean
_mtx_crypto_engine_work (MtxCryptoEngine *self,
                         MtxThreadFunc    func,
                         gpointer         job,
                         GError         **error)
{
  return dex_await (mtx_worker_run (self->worker, func, job, NULL), error);
}

/**
 * _mtx_crypto_engine_commit:
 * @self: an engine
 * @changes: what the command wrote
 * @error: return location for an error
 *
 * Commits and awaits it.
 *
 * Returns: %TRUE if everything is in the store
 */
gboolean
_mtx_crypto_engine_commit (MtxCryptoEngine *self,
                           MtxChangeSet    *changes,
                           GError         **error)
{
  if (mtx_change_set_is_empty (changes))
    return TRUE;

  return dex_await (mtx_db_commit (self->db, changes), error);
}

typedef struct
{
  MtxRatchets  *ratchets;
  GBytes       *account;
  GBytes       *keys;
  MtxChangeSet *changes;
  char         *curve25519;
  char         *ed25519;
  char         *master_key;
  char         *self_signing_key;
  char         *user_signing_key;
} LoadJob;

static void
load_job_clear (LoadJob *job)
{
  g_clear_pointer (&job->account, g_bytes_unref);
  g_clear_pointer (&job->keys, g_bytes_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
  g_clear_pointer (&job->curve25519, g_free);
  g_clear_pointer (&job->ed25519, g_free);
  g_clear_pointer (&job->master_key, g_free);
  g_clear_pointer (&job->self_signing_key, g_free);
  g_clear_pointer (&job->user_signing_key, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LoadJob, load_job_clear)

static DexFuture *
load_job (gpointer data)
{
  LoadJob           *job = data;
  g_autoptr (GError) error = NULL;
  gboolean           is_loaded;

  if (job->account != NULL)
    is_loaded = mtx_ratchets_load (job->ratchets, job->account, job->keys, &error);
  else
    is_loaded = mtx_ratchets_create (job->ratchets, job->keys, job->changes, &error);

  if (!is_loaded)
    {
      mtx_ratchets_drop (job->ratchets);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  job->curve25519 = g_strdup (mtx_olm_account_get_curve25519 (job->ratchets->account));
  job->ed25519 = g_strdup (mtx_olm_account_get_ed25519 (job->ratchets->account));
  job->master_key = g_strdup (mtx_cross_signing_keys_get_public (job->ratchets->keys, MTX_CROSS_SIGNING_MASTER));
  job->self_signing_key = g_strdup (mtx_cross_signing_keys_get_public (job->ratchets->keys,
                                                                       MTX_CROSS_SIGNING_SELF_SIGNING));
  job->user_signing_key = g_strdup (mtx_cross_signing_keys_get_public (job->ratchets->keys,
                                                                       MTX_CROSS_SIGNING_USER_SIGNING));

  return dex_future_new_true ();
}

static gboolean
load_sealed (MtxCryptoEngine *self,
             MtxSealedKind    kind,
             GBytes         **sealed,
             GError         **error)
{
  g_autoptr (GError) failure = NULL;

  *sealed = dex_await_boxed (mtx_crypto_store_load_sealed (self->db, kind), &failure);
  if (*sealed == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return TRUE;
}

/* An identity without a device is what a restored account and one whose device is gone have, and says so. */
static gboolean
check_half (MtxCryptoEngine *self,
            LoadJob         *job,
            GError         **error)
{
  g_autoptr (GError) failure = NULL;
  gint64             is_wanted = 0;

  if (job->account == NULL && job->keys != NULL && self->curve25519 == NULL)
    is_wanted = dex_await_int64 (mtx_crypto_store_load_mark (self->db, MTX_CRYPTO_MARK_DEVICE_WANTED), &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (is_wanted)
    {
      mtx_crypto_store_put_mark (job->changes, MTX_CRYPTO_MARK_DEVICE_WANTED, FALSE);
      return TRUE;
    }
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "Some of the stored keys are missing");

  return FALSE;
}

/* Both objects are written in one transaction, so there are both or none. Half of them, or keys that do
 * not open, are damage: drawing new ones would be another device under the same name. */
static gboolean
ensure_loaded (MtxCryptoEngine *self,
               GError         **error)
{
  g_auto (LoadJob) job = { .ratchets = self->ratchets, .changes = mtx_change_set_new () };

  if (self->is_loaded)
    return TRUE;

  if (!load_sealed (self, MTX_SEALED_ACCOUNT, &job.account, error)
      || !load_sealed (self, MTX_SEALED_CROSS_SIGNING_KEYS, &job.keys, error))
    return FALSE;

  if (((job.account == NULL) != (job.keys == NULL) || (job.account == NULL && self->curve25519 != NULL))
      && !check_half (self, &job, error))
    return FALSE;

  if (!_mtx_crypto_engine_work (self, load_job, &job, error)
      || !_mtx_crypto_engine_commit (self, job.changes, error))
    return FALSE;

  if (self->curve25519 == NULL)
    {
      self->curve25519 = g_steal_pointer (&job.curve25519);
      self->ed25519 = g_steal_pointer (&job.ed25519);
      self->master_key = g_steal_pointer (&job.master_key);
      self->self_signing_key = g_steal_pointer (&job.self_signing_key);
      self->user_signing_key = g_steal_pointer (&job.user_signing_key);
    }
  self->is_loaded = TRUE;

  return TRUE;
}

static DexFuture *
owner_fiber (gpointer data)
{
  DexChannel *commands = data;

  for (;;)
    {
      g_autoptr (Command)   command = NULL;
      g_autoptr (DexFuture) result = NULL;
      g_autoptr (GError)    error = NULL;
      const GValue         *value = NULL;

      command = dex_await_boxed (dex_channel_receive (commands), &error);
      if (command == NULL)
        return dex_future_new_true ();

      if (ensure_loaded (command->engine, &error))
        {
          result = command->func (command->engine, command->data);
          value = dex_future_get_value (result, &error);
        }

      if (value == NULL)
        drop_ratchets (command->engine);

      if (command->destroy != NULL)
        g_clear_pointer (&command->data, command->destroy);
      if (value != NULL)
        dex_promise_resolve (command->promise, value);
      else
        dex_promise_reject (command->promise, g_steal_pointer (&error));
    }
}

static DexFuture *
open_command (MtxCryptoEngine *self,
              gpointer         data)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError)    error = NULL;

  rows = dex_await_boxed (mtx_device_store_load_tracked_users (self->db), &error);
  if (rows == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  mtx_tracked_users_load (self->tracked, rows);

  return dex_future_new_true ();
}

static DexFuture *
close_fiber (gpointer data)
{
  MtxCryptoEngine   *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (dex_ref (self->owner), &error) || !dex_await (mtx_worker_close (self->worker), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static void
mtx_crypto_engine_finalize (GObject *object)
{
  MtxCryptoEngine *self = MTX_CRYPTO_ENGINE (object);

  dex_channel_close_send (self->commands);
  dex_clear (&self->commands);
  dex_clear (&self->owner);
  g_clear_object (&self->worker);
  g_clear_object (&self->db);
  g_clear_pointer (&self->ratchets, mtx_ratchets_free);
  g_clear_pointer (&self->tracked, mtx_tracked_users_free);
  g_clear_pointer (&self->changed, g_hash_table_unref);
  g_clear_pointer (&self->arrived, g_hash_table_unref);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  g_clear_pointer (&self->curve25519, g_free);
  g_clear_pointer (&self->ed25519, g_free);
  g_clear_pointer (&self->master_key, g_free);
  g_clear_pointer (&self->self_signing_key, g_free);
  g_clear_pointer (&self->user_signing_key, g_free);

  G_OBJECT_CLASS (mtx_crypto_engine_parent_class)->finalize (object);
}

static void
mtx_crypto_engine_class_init (MtxCryptoEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_crypto_engine_finalize;

  _mtx_crypto_engine_class_add_signals (klass);

  /**
   * MtxCryptoEngine::room-keys-imported:
   * @self: an engine
   *
   * Room keys came from elsewhere than a sync: mtx_crypto_engine_heal() may have something to do.
   */
  signals[ROOM_KEYS_IMPORTED] = g_signal_new ("room-keys-imported", MTX_TYPE_CRYPTO_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                              NULL, NULL, G_TYPE_NONE, 0);

  /**
   * MtxCryptoEngine::room-key-missing:
   * @self: an engine
   * @room_id: a room
   * @session_id: a Megolm session
   *
   * An event could not be read for want of this key. Emitted again and again.
   */
  signals[ROOM_KEY_MISSING] = g_signal_new ("room-key-missing", MTX_TYPE_CRYPTO_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
mtx_crypto_engine_init (MtxCryptoEngine *self)
{
  self->worker = mtx_worker_new ("mtx-crypto");
  self->commands = dex_channel_new (0);
  self->tracked = mtx_tracked_users_new ();
  self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->arrived = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify)mtx_inbound_session_row_unref);
  self->server_keys = -1;
  /* The fiber holds the channel, not the engine: an engine nobody closed can still go away. */
  self->owner = mtx_fiber_spawn ("crypto-engine", owner_fiber, dex_ref (self->commands), dex_unref);
}

/**
 * mtx_crypto_engine_new:
 * @db: the open store
 * @master_key: seals everything that is stored, see `mtx-pickle-seal`
 * @user_id: our user
 * @device_id: our device
 *
 * Makes an engine. Call mtx_crypto_engine_open() before anything else.
 *
 * Returns: (transfer full): the engine
 */
MtxCryptoEngine *
mtx_crypto_engine_new (MtxDb          *db,
                       MtxSecretBytes *master_key,
                       const char     *user_id,
                       const char     *device_id)
{
  MtxCryptoEngine *self;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (master_key != NULL, NULL);
  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (device_id != NULL, NULL);

  self = g_object_new (MTX_TYPE_CRYPTO_ENGINE, NULL);
  self->db = g_object_ref (db);
  self->user_id = g_strdup (user_id);
  self->device_id = g_strdup (device_id);
  self->ratchets = mtx_ratchets_new (user_id, device_id, master_key);

  return self;
}

/**
 * mtx_crypto_engine_open:
 * @self: an engine
 *
 * Loads the account and the cross-signing keys, or makes them. New ones are committed before this
 * resolves, hence before any request can mention them (M14).
 *
 * Returns: (transfer full): a future that resolves to %TRUE; rejects with %MTX_ERROR_DAMAGED or
 *   %MTX_ERROR_WRONG_SECRET if what is stored does not open
 */
DexFuture *
mtx_crypto_engine_open (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return _mtx_crypto_engine_command (self, open_command, NULL, NULL);
}

/**
 * mtx_crypto_engine_close:
 * @self: an engine
 *
 * Takes no more commands, finishes those already queued and ends the worker thread.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing runs any more
 */
DexFuture *
mtx_crypto_engine_close (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  dex_channel_close_send (self->commands);

  return mtx_fiber_spawn ("crypto-engine-close", close_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_crypto_engine_get_db:
 * @self: an engine
 *
 * Returns: (transfer none): the store the engine writes to
 */
MtxDb *
mtx_crypto_engine_get_db (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return self->db;
}

/**
 * mtx_crypto_engine_get_user_id:
 * @self: an engine
 *
 * Returns: our user
 */
const char *
mtx_crypto_engine_get_user_id (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return self->user_id;
}

/**
 * mtx_crypto_engine_get_device_id:
 * @self: an engine
 *
 * Returns: our device
 */
const char *
mtx_crypto_engine_get_device_id (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return self->device_id;
}

/**
 * mtx_crypto_engine_get_curve25519:
 * @self: an engine
 *
 * Returns: (nullable): the device's public identity key; %NULL until the engine is open
 */
const char *
mtx_crypto_engine_get_curve25519 (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return self->curve25519;
}

/**
 * mtx_crypto_engine_get_ed25519:
 * @self: an engine
 *
 * Returns: (nullable): the device's public signing key, its fingerprint; %NULL until the engine is open
 */
const char *
mtx_crypto_engine_get_ed25519 (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return self->ed25519;
}

/**
 * mtx_crypto_engine_get_master_key:
 * @self: an engine
 *
 * Returns: (nullable): our public cross-signing master key; %NULL until the engine is open
 */
const char *
mtx_crypto_engine_get_master_key (MtxCryptoEngine *self)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);

  return self->master_key;
}

/**
 * _mtx_crypto_engine_get_ratchets:
 * @self: an engine
 *
 * Returns: (transfer none): the keys in memory, for jobs on the crypto worker
 */
MtxRatchets *
_mtx_crypto_engine_get_ratchets (MtxCryptoEngine *self)
{
  return self->ratchets;
}

/**
 * _mtx_crypto_engine_get_tracked:
 * @self: an engine
 *
 * Returns: (transfer none): whose devices are followed; for the main thread
 */
MtxTrackedUsers *
_mtx_crypto_engine_get_tracked (MtxCryptoEngine *self)
{
  return self->tracked;
}

/**
 * _mtx_crypto_engine_get_own_ids:
 * @self: an open engine
 * @own: (out caller-allocates): filled with pointers that live as long as the engine
 *
 * Says who we are.
 */
void
_mtx_crypto_engine_get_own_ids (MtxCryptoEngine *self,
                                MtxOwnIds       *own)
{
  *own = (MtxOwnIds){
    .user_id = self->user_id,
    .device_id = self->device_id,
    .curve25519 = self->curve25519,
    .ed25519 = self->ed25519,
    .master_key = self->master_key,
    .self_signing_key = self->self_signing_key,
    .user_signing_key = self->user_signing_key,
  };
}

/**
 * _mtx_crypto_engine_note_server_keys:
 * @self: an engine
 * @one_time_keys: how many one-time keys the server has of us
 * @is_fallback_used: whether somebody used our fallback key
 *
 * Remembers what the last sync, or the answer to an upload, said.
 */
void
_mtx_crypto_engine_note_server_keys (MtxCryptoEngine *self,
                                     gint64           one_time_keys,
                                     gboolean         is_fallback_used)
{
  self->server_keys = MAX (one_time_keys, 0);
  self->is_fallback_used = is_fallback_used;
}

/**
 * _mtx_crypto_engine_get_server_keys:
 * @self: an engine
 * @one_time_keys: (out): how many one-time keys the server has of us
 * @is_fallback_used: (out): whether somebody used our fallback key
 *
 * Returns: %FALSE if nothing is known yet
 */
gboolean
_mtx_crypto_engine_get_server_keys (MtxCryptoEngine *self,
                                    gint64          *one_time_keys,
                                    gboolean        *is_fallback_used)
{
  *one_time_keys = MAX (self->server_keys, 0);
  *is_fallback_used = self->is_fallback_used;

  return self->server_keys >= 0;
}

/**
 * _mtx_crypto_engine_note_changed:
 * @self: an engine
 * @user_id: a user whose devices or identity changed
 *
 * Asks for the user's stored events to be judged again with the next sync (threat 65).
 */
void
_mtx_crypto_engine_note_changed (MtxCryptoEngine *self,
                                 const char      *user_id)
{
  g_hash_table_add (self->changed, g_strdup (user_id));
}

/**
 * _mtx_crypto_engine_take_changed:
 * @self: an engine
 *
 * Takes the list of those whose stored events are to be judged again. Whoever fails to do so notes them again.
 *
 * Returns: (transfer full) (array zero-terminated=1): user ids
 */
GStrv
_mtx_crypto_engine_take_changed (MtxCryptoEngine *self)
{
  g_autofree gpointer *keys = g_hash_table_get_keys_as_array (self->changed, NULL);
  GStrv                changed = g_strdupv ((char **)keys);

  g_hash_table_remove_all (self->changed);

  return changed;
}

/**
 * _mtx_crypto_engine_is_first_look:
 * @self: an engine
 *
 * Returns: %TRUE until the stored events were looked through once since the engine was opened
 */
gboolean
_mtx_crypto_engine_is_first_look (MtxCryptoEngine *self)
{
  return !self->is_looked_through;
}

/**
 * _mtx_crypto_engine_end_first_look:
 * @self: an engine
 *
 * All stored events were looked through, and what came of it was committed.
 */
void
_mtx_crypto_engine_end_first_look (MtxCryptoEngine *self)
{
  self->is_looked_through = TRUE;
}

/**
 * _mtx_crypto_engine_get_arrived:
 * @self: an engine
 *
 * Returns: (transfer none) (element-type utf8 MtxInboundSessionRow): imported keys whose events are to be read
 */
GHashTable *
_mtx_crypto_engine_get_arrived (MtxCryptoEngine *self)
{
  return self->arrived;
}
