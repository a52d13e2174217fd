/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encryption as the rest of the app sees it: it owns the parts and says in which order they act.
 */
#include "mtx-encryption.h"

#include "mtx-cross-signing.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-device-list.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-identities.h"
#include "mtx-key-backup.h"
#include "mtx-key-publisher.h"
#include "mtx-olm-repair.h"
#include "mtx-room-key-bundles.h"
#include "mtx-own-requests.h"
#include "mtx-room-key-sharing.h"
#include "mtx-verifications.h"

struct _MtxEncryption
{
  GObject parent_instance;

  /* owned */
  MtxCryptoEngine   *engine;
  MtxDeviceList     *devices;
  MtxKeyPublisher   *publisher;
  MtxCrossSigning   *cross_signing;
  MtxIdentities     *identities;
  MtxRoomKeySharing *sharing;
  MtxOlmRepair      *repair;
  MtxVerifications  *verifications;
  MtxOwnRequests    *own_requests;
  MtxKeyBackup      *backup;
  MtxRoomKeyBundles *bundles;
  DexFuture         *chores; /* NULL: nothing is being done after a sync */

  /* state */
  MtxEncryptionGuard guard; /* or NULL; with its data, borrowed: whoever sets it takes it back */
  gpointer           guard_data;
  gboolean are_chores_wanted; /* another sync came while they were done */
};

enum
{
  PROP_OWN_KEYS = 1,
  N_PROPS,
};

enum
{
  IDENTITY_CHANGED,
  DEVICE_COPIED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint       signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MtxEncryption, mtx_encryption, G_TYPE_OBJECT)

static void
on_own_keys_changed (MtxEncryption *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OWN_KEYS]);
}

static void
on_conflict (MtxEncryption *self)
{
  g_signal_emit (self, signals[DEVICE_COPIED], 0);
}

static void
on_devices_changed (MtxEncryption *self,
                    const char    *user_id)
{
  g_signal_emit (self, signals[IDENTITY_CHANGED], 0, user_id);
}

static DexFuture *
ask_guard (MtxEncryption *self)
{
  return self->guard != NULL ? self->guard (self->guard_data) : dex_future_new_true ();
}

/* Each chore stands for itself: one that fails does not hold up the next, and is tried again after the next
 * sync. The first error is told. */
static void
do_chore (DexFuture *chore,
          GError   **first_error)
{
  g_autoptr (GError) error = NULL;

  if (!dex_await (chore, &error) && *first_error == NULL)
    *first_error = g_steal_pointer (&error);
}

static DexFuture *
chores_fiber (gpointer data)
{
  MtxEncryption     *self = data;
  g_autoptr (GError) error = NULL;

  do
    {
      self->are_chores_wanted = FALSE;
      g_clear_error (&error);

      /* Under an identity that the server shows no more nothing is signed (threat 18). */
      if (mtx_encryption_get_own_keys (self) == MTX_OWN_KEYS_GOOD)
        mtx_key_backup_after_sync (self->backup);

      do_chore (ask_guard (self), &error);
      if (error != NULL)
        continue;
      do_chore (mtx_key_publisher_top_up (self->publisher), &error);
      do_chore (mtx_device_list_refresh_dirty (self->devices), &error);
      do_chore (mtx_cross_signing_confirm (self->cross_signing), &error);
      do_chore (mtx_identities_publish (self->identities), &error);
      do_chore (mtx_olm_repair_run (self->repair), &error);
      do_chore (mtx_own_requests_after_sync (self->own_requests), &error);
      do_chore (mtx_room_key_sharing_send_pending (self->sharing), &error);
      do_chore (mtx_room_key_bundles_take (self->bundles), &error);
    }
  while (self->are_chores_wanted);

  dex_clear (&self->chores);

  return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error)) : dex_future_new_true ();
}

static DexFuture *
close_fiber (gpointer data)
{
  MtxEncryption     *self = data;
  g_autoptr (GError) error = NULL;

  mtx_room_key_sharing_end (self->sharing);
  if (self->chores != NULL)
    {
      g_autoptr (GError) failure = NULL;

      self->are_chores_wanted = FALSE;
      if (!dex_await (dex_ref (self->chores), &failure))
        g_debug ("The last chores failed: %s", failure->message);
    }

  if (!dex_await (mtx_verifications_close (self->verifications), &error)
      || !dex_await (mtx_own_requests_close (self->own_requests), &error)
      || !dex_await (mtx_key_backup_close (self->backup), &error)
      || !dex_await (mtx_crypto_engine_close (self->engine), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static void
mtx_encryption_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MtxEncryption *self = MTX_ENCRYPTION (object);

  switch (prop_id)
    {
    case PROP_OWN_KEYS:
      g_value_set_enum (value, mtx_encryption_get_own_keys (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_encryption_finalize (GObject *object)
{
  MtxEncryption *self = MTX_ENCRYPTION (object);

  dex_clear (&self->chores);
  g_clear_object (&self->own_requests);
  g_clear_object (&self->verifications);
  /* It may be waiting, and holds the store while it does. */
  mtx_fiber_fire (mtx_key_backup_close (self->backup), "Closing the backup of room keys");
  g_clear_object (&self->backup);
  g_clear_object (&self->bundles);
  g_clear_object (&self->sharing);
  g_clear_object (&self->repair);
  g_clear_object (&self->identities);
  g_clear_object (&self->cross_signing);
  g_clear_object (&self->publisher);
  g_clear_object (&self->devices);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (mtx_encryption_parent_class)->finalize (object);
}

static void
mtx_encryption_class_init (MtxEncryptionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = mtx_encryption_get_property;
  object_class->finalize = mtx_encryption_finalize;

  /**
   * MtxEncryption:own-keys:
   *
   * How the server shows our own device and identity.
   */
  properties[PROP_OWN_KEYS] = g_param_spec_enum ("own-keys",
                                                 NULL,
                                                 NULL,
                                                 MTX_TYPE_OWN_KEYS,
                                                 MTX_OWN_KEYS_UNPUBLISHED,
                                                 G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * MtxEncryption::identity-changed:
   * @self: the encryption
   * @user_id: a user
   *
   * A user's identity or devices are not what they were.
   */
  signals[IDENTITY_CHANGED] = g_signal_new ("identity-changed",
                                            MTX_TYPE_ENCRYPTION,
                                            G_SIGNAL_RUN_LAST,
                                            0,
                                            NULL,
                                            NULL,
                                            NULL,
                                            G_TYPE_NONE,
                                            1,
                                            G_TYPE_STRING);

  /**
   * MtxEncryption::device-copied:
   * @self: the encryption
   *
   * Somebody else acts as this device, such as another copy of this store. It must not be used any more.
   */
  signals[DEVICE_COPIED] = g_signal_new ("device-copied",
                                         MTX_TYPE_ENCRYPTION,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         0);
}

static void
mtx_encryption_init (MtxEncryption *self)
{
}

/**
 * mtx_encryption_new:
 * @http: the connection, with a token
 * @db: the store of @engine
 * @engine: an open engine
 *
 * Returns: (transfer full): the encryption
 */
MtxEncryption *
mtx_encryption_new (MtxHttp         *http,
                    MtxDb           *db,
                    MtxCryptoEngine *engine)
{
  MtxEncryption *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (db == mtx_crypto_engine_get_db (engine), NULL);

  self = g_object_new (MTX_TYPE_ENCRYPTION, NULL);
  self->engine = g_object_ref (engine);
  self->devices = mtx_device_list_new (http, engine);
  self->publisher = mtx_key_publisher_new (http, engine);
  g_signal_connect_object (self->publisher, "conflict", G_CALLBACK (on_conflict), self, G_CONNECT_SWAPPED);
  self->cross_signing = mtx_cross_signing_new (http, engine, self->devices, self->publisher);
  self->identities = mtx_identities_new (http, engine, self->cross_signing);
  self->sharing = mtx_room_key_sharing_new (http, engine, self->devices);
  self->repair = mtx_olm_repair_new (http, engine);
  self->verifications = mtx_verifications_new (http, engine, self->devices, self->sharing, self->cross_signing, self->identities);
  self->backup = mtx_key_backup_new (http, engine);
  self->bundles = mtx_room_key_bundles_new (http, engine);
  self->own_requests = mtx_own_requests_new (engine, self->devices, self->sharing, self->backup, self->verifications);
  g_signal_connect_object (self->cross_signing,
                           "notify::own-keys",
                           G_CALLBACK (on_own_keys_changed),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->devices, "changed", G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->identities, "changed", G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mtx_encryption_set_guard:
 * @self: the encryption
 * @guard: (nullable): asked before anything is encrypted
 * @data: passed to @guard; whoever sets it takes the guard back before it goes
 *
 * Sets who knows whether these keys may be used, for the store may be a copy whose ratchets went on elsewhere
 * (threat 101).
 */
void
mtx_encryption_set_guard (MtxEncryption     *self,
                          MtxEncryptionGuard guard,
                          gpointer           data)
{
  g_return_if_fail (MTX_IS_ENCRYPTION (self));

  self->guard = guard;
  self->guard_data = data;
}

/**
 * mtx_encryption_get_engine:
 * @self: the encryption
 *
 * Returns: (transfer none): the engine
 */
MtxCryptoEngine *
mtx_encryption_get_engine (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return self->engine;
}

/**
 * mtx_encryption_get_key_backup:
 * @self: the encryption
 *
 * Returns: (transfer none): the copy of our room keys on the server
 */
MtxKeyBackup *
mtx_encryption_get_key_backup (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return self->backup;
}

/**
 * mtx_encryption_get_own_keys:
 * @self: the encryption
 *
 * Returns: how the server shows our own device and identity
 */
MtxOwnKeys
mtx_encryption_get_own_keys (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), MTX_OWN_KEYS_UNPUBLISHED);

  return mtx_cross_signing_get_own_keys (self->cross_signing);
}

/**
 * mtx_encryption_get_fingerprint:
 * @self: the encryption
 *
 * Returns: (nullable): this device's public Ed25519 key, as people compare it
 */
const char *
mtx_encryption_get_fingerprint (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return mtx_crypto_engine_get_ed25519 (self->engine);
}

/**
 * mtx_encryption_bootstrap:
 * @self: the encryption
 *
 * Publishes our identity and our device, once for the life of the account; see
 * mtx_cross_signing_bootstrap(). No room may be made or joined before this resolved (M14).
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_encryption_bootstrap (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return mtx_cross_signing_bootstrap (self->cross_signing);
}

/**
 * mtx_encryption_prefetch:
 * @self: the encryption
 * @user_ids: (array zero-terminated=1): who will be written to soon
 *
 * Fetches devices and begins sessions before they are needed, which saves the first message two round trips.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_encryption_prefetch (MtxEncryption     *self,
                         const char *const *user_ids)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return mtx_room_key_sharing_prefetch (self->sharing, user_ids);
}

typedef struct
{
  MtxEncryption     *self;
  MtxRoomCryptoInfo *info;
  char              *type;
  JsonObject        *content;
} EncryptCall;

static void
encrypt_call_free (gpointer data)
{
  EncryptCall *call = data;

  g_object_unref (call->self);
  mtx_room_crypto_info_unref (call->info);
  g_free (call->type);
  json_object_unref (call->content);
  g_free (call);
}

static DexFuture *
encrypt_cb (DexFuture *future,
            gpointer   data)
{
  EncryptCall *call = data;

  return mtx_room_key_sharing_encrypt (call->self->sharing, call->info, call->type, call->content);
}

/**
 * mtx_encryption_encrypt:
 * @self: the encryption
 * @info: the room as it is now
 * @type: type of the event
 * @content: content of the event
 *
 * Encrypts an event after everybody who may read it was sent the key; see mtx_room_key_sharing_encrypt().
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the content of an `m.room.encrypted`
 */
DexFuture *
mtx_encryption_encrypt (MtxEncryption     *self,
                        MtxRoomCryptoInfo *info,
                        const char        *type,
                        JsonObject        *content)
{
  EncryptCall *call;

  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  call = g_new0 (EncryptCall, 1);
  call->self = g_object_ref (self);
  call->info = mtx_room_crypto_info_ref (info);
  call->type = g_strdup (type);
  call->content = json_object_ref (content);

  return dex_future_then (ask_guard (self), encrypt_cb, call, encrypt_call_free);
}

/**
 * mtx_encryption_check:
 * @self: the encryption
 * @info: the room as it is now
 * @session_id: the room key a message was encrypted with some time ago
 *
 * Asks whether a message that waited may still go out as it is; see mtx_room_key_sharing_check().
 *
 * Returns: (transfer full): a future that resolves to a boolean
 */
DexFuture *
mtx_encryption_check (MtxEncryption     *self,
                      MtxRoomCryptoInfo *info,
                      const char        *session_id)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return mtx_room_key_sharing_check (self->sharing, info, session_id);
}

/**
 * mtx_encryption_after_sync:
 * @self: the encryption
 *
 * Does what a sync gave reason for: uploads one-time keys, fetches device lists, sends what waits. Calls while
 * it is still at work are one further round.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the first error; what failed is
 *   tried again after the next sync
 */
DexFuture *
mtx_encryption_after_sync (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  self->are_chores_wanted = TRUE;
  if (self->chores == NULL)
    self->chores = mtx_fiber_spawn ("after-sync", chores_fiber, g_object_ref (self), g_object_unref);

  return dex_ref (self->chores);
}

/**
 * mtx_encryption_get_verifications:
 * @self: the encryption
 *
 * Returns: (transfer none): who compares emoji with us, and how far it has come
 */
MtxVerifications *
mtx_encryption_get_verifications (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return self->verifications;
}

/**
 * mtx_encryption_get_identities:
 * @self: the encryption
 *
 * Returns: (transfer none): who other people are, and what was decided about them
 */
MtxIdentities *
mtx_encryption_get_identities (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return self->identities;
}

/**
 * mtx_encryption_mark_verified:
 * @self: the encryption
 * @user_id: a user
 * @master_key: the public master key that both people compared
 *
 * Keeps that an identity was verified; see mtx_identities_verify().
 *
 * Returns: (transfer full): a future that resolves to %TRUE once it is stored; rejects with %MTX_ERROR_UNTRUSTED if
 *   the identity is another one by now, or our own is not good
 */
DexFuture *
mtx_encryption_mark_verified (MtxEncryption *self,
                              const char    *user_id,
                              const char    *master_key)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return mtx_identities_verify (self->identities, user_id, master_key);
}

/**
 * mtx_encryption_close:
 * @self: the encryption
 *
 * Waits for what is being done and closes the engine. The connection should be closed before, so that nothing
 * waits for the network.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing runs any more
 */
DexFuture *
mtx_encryption_close (MtxEncryption *self)
{
  g_return_val_if_fail (MTX_IS_ENCRYPTION (self), NULL);

  return mtx_fiber_spawn ("encryption-close", close_fiber, g_object_ref (self), g_object_unref);
}
