/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The backup of room keys as the rest of the app sees it; what it does is in its facets.
 */
#include "mtx-key-backup-private.h"

#include "mtx-backoff.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-secret-bytes.h"

#define FIRST_WAIT_MS 1000
#define LAST_WAIT_MS  (10 * 60 * 1000)

enum
{
  PROP_STATE = 1,
  PROP_RESTORED,
  PROP_TOTAL,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (MtxKeyBackup, mtx_key_backup, G_TYPE_OBJECT)

/* How it stands. */
void
_mtx_key_backup_set_state (MtxKeyBackup     *self,
                           MtxKeyBackupState state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/* How far a restore is; 0 of 0 if there is none. */
void
_mtx_key_backup_set_progress (MtxKeyBackup *self,
                              guint         restored,
                              guint         total)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->total != total)
    {
      self->total = total;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOTAL]);
    }
  if (self->restored != restored)
    {
      self->restored = restored;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RESTORED]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

/* In a fiber. Returns FALSE if the backup was closed meanwhile. */
gboolean
_mtx_key_backup_wait (MtxKeyBackup *self,
                      gint64        delay_ms)
{
  g_autoptr (GError) error = NULL;

  if (self->is_closed)
    return FALSE;
  if (delay_ms > 0
      && !dex_await (dex_future_first (mtx_future_after (delay_ms), dex_ref (DEX_FUTURE (self->interrupt)), NULL), &error))
    return FALSE;

  return !self->is_closed;
}

/* In a fiber or outside. The server says that the backup is not what we think it is. */
void
_mtx_key_backup_look_again (MtxKeyBackup *self)
{
  if (self->is_closed)
    return;

  _mtx_key_backup_forget (self);
  mtx_fiber_fire (mtx_key_backup_set_up (self), "Asking for the backup of room keys");
}

static void
connect_free (gpointer memory)
{
  MtxKeyBackupConnect *connect = memory;

  g_clear_object (&connect->self);
  g_clear_pointer (&connect->untrusted_private_key, mtx_secret_bytes_unref);
  g_free (connect);
}

static void
on_room_key_missing (MtxKeyBackup *self,
                     const char   *room_id,
                     const char   *session_id)
{
  _mtx_key_backup_want (self, room_id, session_id);
}

static void
mtx_key_backup_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MtxKeyBackup *self = MTX_KEY_BACKUP (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int)self->state);
      break;
    case PROP_RESTORED:
      g_value_set_uint (value, self->restored);
      break;
    case PROP_TOTAL:
      g_value_set_uint (value, self->total);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_key_backup_finalize (GObject *object)
{
  MtxKeyBackup *self = MTX_KEY_BACKUP (object);

  mtx_turns_clear (&self->turns);
  dex_clear (&self->uploading);
  dex_clear (&self->looking);
  dex_clear (&self->restoring);
  dex_clear (&self->interrupt);
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->wanted, g_hash_table_unref);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (mtx_key_backup_parent_class)->finalize (object);
}

static void
mtx_key_backup_class_init (MtxKeyBackupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = mtx_key_backup_get_property;
  object_class->finalize = mtx_key_backup_finalize;

  /**
   * MtxKeyBackup:state:
   *
   * How it stands with the backup. In other states than %MTX_KEY_BACKUP_READY nothing goes up.
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MTX_TYPE_KEY_BACKUP_STATE, MTX_KEY_BACKUP_UNKNOWN, flags);

  /**
   * MtxKeyBackup:restored:
   *
   * How many room keys a restore under way has brought.
   */
  properties[PROP_RESTORED] = g_param_spec_uint ("restored", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * MtxKeyBackup:total:
   *
   * How many room keys a restore under way is to bring; 0 if there is none.
   */
  properties[PROP_TOTAL] = g_param_spec_uint ("total", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_key_backup_init (MtxKeyBackup *self)
{
  mtx_backoff_init (&self->asking, FIRST_WAIT_MS, LAST_WAIT_MS);
  self->interrupt = dex_promise_new ();
  self->wanted = _mtx_key_backup_new_wanted ();
}

/**
 * mtx_key_backup_new:
 * @http: the connection
 * @engine: the engine, which has the room keys and the backup's private key
 *
 * Makes the backup's other end. Nothing is asked or sent before mtx_key_backup_set_up() or
 * mtx_key_backup_after_sync().
 *
 * Returns: (transfer full): the backup
 */
MtxKeyBackup *
mtx_key_backup_new (MtxHttp         *http,
                    MtxCryptoEngine *engine)
{
  MtxKeyBackup *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);

  self = g_object_new (MTX_TYPE_KEY_BACKUP, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "room-key-missing", G_CALLBACK (on_room_key_missing), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mtx_key_backup_get_state:
 * @self: the backup
 *
 * Returns: how it stands
 */
MtxKeyBackupState
mtx_key_backup_get_state (MtxKeyBackup *self)
{
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), MTX_KEY_BACKUP_UNKNOWN);

  return self->state;
}

/**
 * mtx_key_backup_set_up:
 * @self: the backup
 *
 * Asks what the server has, and makes a backup if there never was one (protocol.md § 5, step 6). Whatever is found is
 * in the state afterwards; once it is %MTX_KEY_BACKUP_READY nothing is asked any more until the server objects.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, whatever the state; rejects if the server did not answer
 */
DexFuture *
mtx_key_backup_set_up (MtxKeyBackup *self)
{
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), NULL);

  return mtx_turns_take (&self->turns, "backup-set-up", _mtx_key_backup_set_up_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_key_backup_replace:
 * @self: the backup
 *
 * Makes a new backup with our own key, whatever the server has, and uploads all room keys to it. Only if the person
 * says so: what is in the other one is lost to whoever relied on it.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_key_backup_replace (MtxKeyBackup *self)
{
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), NULL);

  return mtx_turns_take (&self->turns, "backup-replace", _mtx_key_backup_replace_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_key_backup_dup_private_key:
 * @self: the backup
 *
 * Gets the private key, for secret storage and for our own verified devices.
 *
 * Returns: (transfer full): a future that resolves to boxed #MtxSecretBytes, 32 bytes
 */
DexFuture *
mtx_key_backup_dup_private_key (MtxKeyBackup *self)
{
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), NULL);

  return _mtx_crypto_engine_load_backup_key (self->engine);
}

/**
 * mtx_key_backup_connect:
 * @self: the backup
 * @untrusted_private_key: a key from secret storage or from our own verified device
 *
 * Takes the server's backup for ours if the key opens it (threats 79, 81), and keeps the key. Otherwise nothing
 * changes.
 *
 * Returns: (transfer full): a future that resolves to %TRUE; rejects with %MTX_ERROR_WRONG_SECRET if the key is
 *   another backup's, %MTX_ERROR_NOT_FOUND if the server has none, %MTX_ERROR_INVALID if it is no key
 */
DexFuture *
mtx_key_backup_connect (MtxKeyBackup   *self,
                        MtxSecretBytes *untrusted_private_key)
{
  MtxKeyBackupConnect *connect;

  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), NULL);
  g_return_val_if_fail (untrusted_private_key != NULL, NULL);

  connect = g_new0 (MtxKeyBackupConnect, 1);
  connect->self = g_object_ref (self);
  connect->untrusted_private_key = mtx_secret_bytes_ref (untrusted_private_key);

  return mtx_turns_take (&self->turns, "backup-connect", _mtx_key_backup_connect_fiber, connect, connect_free);
}

/**
 * mtx_key_backup_note_account_data:
 * @self: the backup
 * @account_data: (element-type utf8 JsonObject): settings of the person that a sync brought
 *
 * Takes the wish to have a backup or none, as the person said in another client (`m.key_backup`).
 */
void
mtx_key_backup_note_account_data (MtxKeyBackup *self,
                                  GHashTable   *account_data)
{
  gboolean was_disabled;

  g_return_if_fail (MTX_IS_KEY_BACKUP (self));
  g_return_if_fail (account_data != NULL);

  was_disabled = self->is_disabled;
  _mtx_key_backup_take_preference (self,
                                   g_hash_table_lookup (account_data, MTX_KEY_PREFERENCE_TYPE),
                                   g_hash_table_lookup (account_data, MTX_KEY_PREFERENCE_UNSTABLE_TYPE));
  if (self->is_disabled == was_disabled)
    return;

  if (self->is_disabled)
    _mtx_key_backup_set_state (self, MTX_KEY_BACKUP_DISABLED);
  else
    _mtx_key_backup_look_again (self);
}

/**
 * mtx_key_backup_after_sync:
 * @self: the backup
 *
 * Does what is due: asks what the server has if that is not known, uploads what came, looks up what is missing. Nothing
 * waits for it.
 */
void
mtx_key_backup_after_sync (MtxKeyBackup *self)
{
  g_return_if_fail (MTX_IS_KEY_BACKUP (self));

  if (self->is_closed)
    return;

  if (self->state == MTX_KEY_BACKUP_UNKNOWN && g_get_monotonic_time () >= self->ask_at)
    {
      self->ask_at = g_get_monotonic_time () + FIRST_WAIT_MS * 1000;
      mtx_fiber_fire (mtx_key_backup_set_up (self), "Asking for the backup of room keys");
    }
  _mtx_key_backup_wake_upload (self);
  _mtx_key_backup_wake_lookup (self);
}

static DexFuture *
close_fiber (gpointer data)
{
  MtxKeyBackup *self = data;
  DexFuture   **running[] = { &self->uploading, &self->looking, &self->restoring, &self->turns.last };

  for (guint i = 0; i < G_N_ELEMENTS (running); i++)
    {
      g_autoptr (GError) error = NULL;

      if (*running[i] != NULL && !dex_await (dex_ref (*running[i]), &error))
        g_debug ("What the backup was at ended: %s", error->message);
    }

  return dex_future_new_true ();
}

/**
 * mtx_key_backup_close:
 * @self: the backup
 *
 * Ends all waits and begins nothing any more. The connection should be closed before.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing runs any more
 */
DexFuture *
mtx_key_backup_close (MtxKeyBackup *self)
{
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), NULL);

  self->is_closed = TRUE;
  if (dex_future_is_pending (DEX_FUTURE (self->interrupt)))
    dex_promise_resolve_boolean (self->interrupt, TRUE);

  return mtx_fiber_spawn ("backup-close", close_fiber, g_object_ref (self), g_object_unref);
}
