/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The copy of our room keys on the server, readable with one private key only (specification, § Server-side
 * key backups): made at bootstrap, kept up to date, and read when a key is missing or all are wanted back.
 */
#pragma once

#include "mtx-key-backup-state.h"
#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoEngine MtxCryptoEngine;
typedef struct _MtxHttp         MtxHttp;

#define MTX_TYPE_KEY_BACKUP (mtx_key_backup_get_type ())

/* Properties "state" (MtxKeyBackupState), and of a restore under way: "restored" and "total" (numbers of room
 * keys; total is 0 when there is none). */
G_DECLARE_FINAL_TYPE (MtxKeyBackup, mtx_key_backup, MTX, KEY_BACKUP, GObject)

MtxKeyBackup      *mtx_key_backup_new             (MtxHttp         *http,
                                                   MtxCryptoEngine *engine);
MtxKeyBackupState  mtx_key_backup_get_state       (MtxKeyBackup    *self);
DexFuture         *mtx_key_backup_set_up          (MtxKeyBackup    *self);
DexFuture         *mtx_key_backup_replace         (MtxKeyBackup    *self);
DexFuture         *mtx_key_backup_dup_private_key (MtxKeyBackup    *self);
DexFuture         *mtx_key_backup_connect         (MtxKeyBackup    *self,
                                                   MtxSecretBytes  *untrusted_private_key);
DexFuture         *mtx_key_backup_restore         (MtxKeyBackup    *self);
void               mtx_key_backup_note_account_data (MtxKeyBackup  *self,
                                                     GHashTable    *account_data);
void               mtx_key_backup_after_sync      (MtxKeyBackup    *self);
DexFuture         *mtx_key_backup_close           (MtxKeyBackup    *self);

G_END_DECLS
