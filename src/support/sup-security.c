/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What protects one account, gathered from where it is: the keyring, the server's copies, and the identity as the
 * server shows it. The security key passes through here only when the person wants to see it.
 */
#include "sup-security-private.h"

#include "mtx-encryption.h"
#include "mtx-error.h"
#include "mtx-key-backup.h"
#include "mtx-key-file.h"
#include "mtx-outside.h"
#include "mtx-secret-storage.h"
#include "mtx-session-notes.h"

#define NOTE_SAVED "yes"

struct _SupSecurity
{
  GObject parent_instance;

  /* Owned References */
  MtxSession   *session;
  GSignalGroup *storage_signals;
  GSignalGroup *encryption_signals;
  GSignalGroup *backup_signals;

  /* State */
  gboolean              saved;
  MtxSecretStorageState storage;
  MtxKeyBackupState     backup;
  SupOwnIdentity        identity;
};

enum
{
  PROP_0,
  PROP_SAVED,
  PROP_STORAGE,
  PROP_BACKUP,
  PROP_IDENTITY,
  N_PROPS
};

G_DEFINE_ENUM_TYPE (SupOwnIdentity, sup_own_identity, G_DEFINE_ENUM_VALUE (SUP_OWN_IDENTITY_UNKNOWN, "unknown"), G_DEFINE_ENUM_VALUE (SUP_OWN_IDENTITY_GOOD, "good"), G_DEFINE_ENUM_VALUE (SUP_OWN_IDENTITY_DEVICE_MISSING, "device-missing"), G_DEFINE_ENUM_VALUE (SUP_OWN_IDENTITY_DEVICE_REPLACED, "device-replaced"), G_DEFINE_ENUM_VALUE (SUP_OWN_IDENTITY_REPLACED, "replaced"))

G_DEFINE_FINAL_TYPE (SupSecurity, sup_security, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPS];

static SupOwnIdentity
identity_of (MtxEncryption *encryption)
{
  switch (encryption != NULL ? mtx_encryption_get_own_keys (encryption) : MTX_OWN_KEYS_UNPUBLISHED)
    {
    case MTX_OWN_KEYS_GOOD:
      return SUP_OWN_IDENTITY_GOOD;
    case MTX_OWN_KEYS_DEVICE_MISSING:
      return SUP_OWN_IDENTITY_DEVICE_MISSING;
    case MTX_OWN_KEYS_DEVICE_REPLACED:
      return SUP_OWN_IDENTITY_DEVICE_REPLACED;
    case MTX_OWN_KEYS_IDENTITY_REPLACED:
      return SUP_OWN_IDENTITY_REPLACED;
    case MTX_OWN_KEYS_UNPUBLISHED:
    default:
      return SUP_OWN_IDENTITY_UNKNOWN;
    }
}

static void
sup_security_update (SupSecurity *self)
{
  MtxSecretStorage     *secrets = mtx_session_get_secret_storage (self->session);
  MtxSecretStorageState storage = secrets != NULL ? mtx_secret_storage_get_state (secrets) : MTX_SECRET_STORAGE_UNKNOWN;
  MtxEncryption        *encryption = mtx_session_get_encryption (self->session);
  MtxKeyBackup         *keys = encryption != NULL ? mtx_encryption_get_key_backup (encryption) : NULL;
  MtxKeyBackupState     backup = keys != NULL ? mtx_key_backup_get_state (keys) : MTX_KEY_BACKUP_UNKNOWN;
  SupOwnIdentity        identity = identity_of (encryption);

  if (self->storage != storage)
    {
      self->storage = storage;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STORAGE]);
    }
  if (self->backup != backup)
    {
      self->backup = backup;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BACKUP]);
    }
  if (self->identity != identity)
    {
      self->identity = identity;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IDENTITY]);
    }
}

/* The services come with the account, and go when the session closes. */
static void
on_session_state_changed (SupSecurity *self)
{
  MtxEncryption *encryption = mtx_session_get_encryption (self->session);

  g_signal_group_set_target (self->storage_signals, mtx_session_get_secret_storage (self->session));
  g_signal_group_set_target (self->encryption_signals, encryption);
  g_signal_group_set_target (self->backup_signals, encryption != NULL ? mtx_encryption_get_key_backup (encryption) : NULL);
  sup_security_update (self);
}

static void
sup_security_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  SupSecurity *self = SUP_SECURITY (object);

  switch (prop_id)
    {
    case PROP_SAVED:
      g_value_set_boolean (value, self->saved);
      break;

    case PROP_STORAGE:
      g_value_set_enum (value, (int)self->storage);
      break;

    case PROP_BACKUP:
      g_value_set_enum (value, (int)self->backup);
      break;

    case PROP_IDENTITY:
      g_value_set_enum (value, (int)self->identity);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_security_finalize (GObject *object)
{
  SupSecurity *self = SUP_SECURITY (object);

  g_clear_object (&self->storage_signals);
  g_clear_object (&self->encryption_signals);
  g_clear_object (&self->backup_signals);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (sup_security_parent_class)->finalize (object);
}

static void
sup_security_class_init (SupSecurityClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_security_finalize;
  object_class->get_property = sup_security_get_property;

  properties[PROP_SAVED] = g_param_spec_boolean ("saved", NULL, NULL, FALSE, flags);
  properties[PROP_STORAGE] = g_param_spec_enum ("storage", NULL, NULL, MTX_TYPE_SECRET_STORAGE_STATE, MTX_SECRET_STORAGE_UNKNOWN, flags);
  properties[PROP_BACKUP] = g_param_spec_enum ("backup", NULL, NULL, MTX_TYPE_KEY_BACKUP_STATE, MTX_KEY_BACKUP_UNKNOWN, flags);
  properties[PROP_IDENTITY] = g_param_spec_enum ("identity", NULL, NULL, SUP_TYPE_OWN_IDENTITY, SUP_OWN_IDENTITY_UNKNOWN, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  mtx_outside_notify (object_class);
}

static void
sup_security_init (SupSecurity *self)
{
  self->storage_signals = g_signal_group_new (MTX_TYPE_SECRET_STORAGE);
  g_signal_group_connect_swapped (self->storage_signals, "notify::state", G_CALLBACK (sup_security_update), self);
  self->encryption_signals = g_signal_group_new (MTX_TYPE_ENCRYPTION);
  g_signal_group_connect_swapped (self->encryption_signals, "notify::own-keys", G_CALLBACK (sup_security_update), self);
  self->backup_signals = g_signal_group_new (MTX_TYPE_KEY_BACKUP);
  g_signal_group_connect_swapped (self->backup_signals, "notify::state", G_CALLBACK (sup_security_update), self);
}

/* For the client, whose session it is. */
SupSecurity *
_sup_security_new (MtxSession *session)
{
  SupSecurity *self = g_object_new (SUP_TYPE_SECURITY, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (on_session_state_changed), self, G_CONNECT_SWAPPED);
  on_session_state_changed (self);

  return self;
}

static DexFuture *
loaded_cb (DexFuture *future,
           gpointer   data)
{
  SupSecurity  *self = data;
  const GValue *value = dex_future_get_value (future, NULL);

  self->saved = g_strcmp0 (g_value_get_string (value), NOTE_SAVED) == 0;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SAVED]);

  return dex_future_new_true ();
}

/* From the store; resolves when it is known whether the person kept the key. */
DexFuture *
_sup_security_load (SupSecurity *self)
{
  return dex_future_then (mtx_session_load_note (self->session, MTX_SESSION_NOTE_KEY_SAVED), loaded_cb,
                          g_object_ref (self), g_object_unref);
}

/**
 * sup_security_get_saved:
 * @self: a security
 *
 * Returns: whether the person said that the security key is kept somewhere else
 */
gboolean
sup_security_get_saved (SupSecurity *self)
{
  g_return_val_if_fail (SUP_IS_SECURITY (self), FALSE);

  return self->saved;
}

/**
 * sup_security_set_saved:
 * @self: a security
 * @saved: whether the person keeps the security key somewhere else
 *
 * Remembers it, so that nobody asks again.
 *
 * Returns: (transfer full): a future that resolves when it is on disk, or rejects with the store's decisions
 */
DexFuture *
sup_security_set_saved (SupSecurity *self,
                        gboolean     saved)
{
  g_return_val_if_fail (SUP_IS_SECURITY (self), NULL);

  saved = !!saved;
  if (self->saved != saved)
    {
      self->saved = saved;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SAVED]);
    }

  return mtx_session_save_note (self->session, MTX_SESSION_NOTE_KEY_SAVED, saved ? NOTE_SAVED : NULL);
}

/**
 * sup_security_get_storage:
 * @self: a security
 *
 * Returns: whether address and security key bring everything back: only in %MTX_SECRET_STORAGE_OPEN
 */
MtxSecretStorageState
sup_security_get_storage (SupSecurity *self)
{
  g_return_val_if_fail (SUP_IS_SECURITY (self), MTX_SECRET_STORAGE_UNKNOWN);

  return self->storage;
}

/**
 * sup_security_get_backup:
 * @self: a security
 *
 * Returns: how it stands with the copy of the room keys on the server
 */
MtxKeyBackupState
sup_security_get_backup (SupSecurity *self)
{
  g_return_val_if_fail (SUP_IS_SECURITY (self), MTX_KEY_BACKUP_UNKNOWN);

  return self->backup;
}

/**
 * sup_security_replace_backup:
 * @self: a security
 *
 * Begins a new copy of the room keys on the server, in place of the one that is there. Only if the person says so.
 *
 * Returns: (transfer full): a future as of mtx_key_backup_replace(); rejects with %MTX_ERROR_CLOSED while there is no
 *   account
 */
DexFuture *
sup_security_replace_backup (SupSecurity *self)
{
  MtxEncryption *encryption;

  g_return_val_if_fail (SUP_IS_SECURITY (self), NULL);

  encryption = mtx_session_get_encryption (self->session);
  if (encryption == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is no account yet");

  return mtx_key_backup_replace (mtx_encryption_get_key_backup (encryption));
}

/**
 * sup_security_get_identity:
 * @self: a security
 *
 * Returns: how the server shows us to others
 */
SupOwnIdentity
sup_security_get_identity (SupSecurity *self)
{
  g_return_val_if_fail (SUP_IS_SECURITY (self), SUP_OWN_IDENTITY_UNKNOWN);

  return self->identity;
}

/**
 * sup_security_load_key_text:
 * @self: a security
 *
 * Fetches the security key from the keyring, as the person writes it down: groups of four characters. Nobody keeps
 * it longer than it is shown.
 *
 * Returns: (transfer full): a future that resolves to #MtxSecretBytes, ASCII text; rejects with %MTX_ERROR_LOCKED or
 *   what else keeps the keyring from it
 */
DexFuture *
sup_security_load_key_text (SupSecurity *self)
{
  g_return_val_if_fail (SUP_IS_SECURITY (self), NULL);

  return mtx_session_load_key_text (self->session);
}

/**
 * sup_security_export_keys:
 * @self: a security
 * @path: where the file shall be
 * @passphrase: what protects it
 * @progress: (nullable): told how far it is
 * @data: passed to @progress, until the future is settled
 *
 * Writes all room keys into a file that other clients read as well (specification, § Key exports).
 *
 * Returns: (transfer full): a future as of mtx_key_file_export(); rejects with %MTX_ERROR_CLOSED while there is no
 *   account
 */
DexFuture *
sup_security_export_keys (SupSecurity       *self,
                          const char        *path,
                          MtxSecretBytes    *passphrase,
                          SupKeyFileProgress progress,
                          gpointer           data)
{
  MtxEncryption *encryption;

  g_return_val_if_fail (SUP_IS_SECURITY (self), NULL);

  encryption = mtx_session_get_encryption (self->session);
  if (encryption == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is no account yet");

  return mtx_key_file_export (mtx_encryption_get_engine (encryption), path, passphrase, progress, data);
}

/**
 * sup_security_import_keys:
 * @self: a security
 * @path: a file of this or another client
 * @passphrase: what protects it
 * @progress: (nullable): told how far it is
 * @data: passed to @progress, until the future is settled
 *
 * Reads room keys from a file. They prove no sender: messages read with them say so (threat 82).
 *
 * Returns: (transfer full): a future as of mtx_key_file_import(); rejects with %MTX_ERROR_CLOSED while there is no
 *   account
 */
DexFuture *
sup_security_import_keys (SupSecurity       *self,
                          const char        *path,
                          MtxSecretBytes    *passphrase,
                          SupKeyFileProgress progress,
                          gpointer           data)
{
  MtxEncryption *encryption;

  g_return_val_if_fail (SUP_IS_SECURITY (self), NULL);

  encryption = mtx_session_get_encryption (self->session);
  if (encryption == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is no account yet");

  return mtx_key_file_import (mtx_encryption_get_engine (encryption), path, passphrase, progress, data);
}
