/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What protects one account: the security key, whether the person kept it, the copies on the server, and the
 * files that room keys are written to and read from.
 */
#pragma once

#include "mtx-key-backup-state.h"
#include "mtx-secret-storage-state.h"
#include "sup-types.h"

G_BEGIN_DECLS

/**
 * SupOwnIdentity:
 * @SUP_OWN_IDENTITY_UNKNOWN: not published yet
 * @SUP_OWN_IDENTITY_GOOD: the server shows our identity and this device as we made them
 * @SUP_OWN_IDENTITY_DEVICE_MISSING: the server no longer shows this device
 * @SUP_OWN_IDENTITY_DEVICE_REPLACED: the server shows other keys for this device: warn
 * @SUP_OWN_IDENTITY_REPLACED: the server shows another identity for this account: warn
 */
typedef enum
{
  SUP_OWN_IDENTITY_UNKNOWN,
  SUP_OWN_IDENTITY_GOOD,
  SUP_OWN_IDENTITY_DEVICE_MISSING,
  SUP_OWN_IDENTITY_DEVICE_REPLACED,
  SUP_OWN_IDENTITY_REPLACED,
} SupOwnIdentity;

/* How far an export or import is, in room keys; called on the main thread. */
typedef void (*SupKeyFileProgress) (guint    done,
                                    guint    total,
                                    gpointer data);

#define SUP_TYPE_OWN_IDENTITY (sup_own_identity_get_type ())
#define SUP_TYPE_SECURITY     (sup_security_get_type ())

GType sup_own_identity_get_type (void);

/* Properties: "saved" (boolean: the person says that the security key is kept somewhere), "storage"
 * (MtxSecretStorageState: whether the key brings everything back), "backup" (MtxKeyBackupState), "identity"
 * (SupOwnIdentity). An object of sup_client_get_security (), made anew when the account is opened. */
G_DECLARE_FINAL_TYPE (SupSecurity, sup_security, SUP, SECURITY, GObject)

gboolean               sup_security_get_saved     (SupSecurity        *self);
DexFuture             *sup_security_set_saved     (SupSecurity        *self,
                                                   gboolean            saved);
MtxSecretStorageState  sup_security_get_storage   (SupSecurity        *self);
MtxKeyBackupState      sup_security_get_backup    (SupSecurity        *self);
DexFuture             *sup_security_replace_backup (SupSecurity       *self);
SupOwnIdentity         sup_security_get_identity  (SupSecurity        *self);
DexFuture             *sup_security_load_key_text (SupSecurity        *self);
DexFuture             *sup_security_export_keys   (SupSecurity        *self,
                                                   const char         *path,
                                                   MtxSecretBytes     *passphrase,
                                                   SupKeyFileProgress  progress,
                                                   gpointer            data);
DexFuture             *sup_security_import_keys   (SupSecurity        *self,
                                                   const char         *path,
                                                   MtxSecretBytes     *passphrase,
                                                   SupKeyFileProgress  progress,
                                                   gpointer            data);

G_END_DECLS
