/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two ways of an account's secrets: into secret storage, so that address and security key are enough to bring
 * everything back, and out of it again (protocol.md § 5, step 6; S2).
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-key-backup.h"
#include "mtx-secret-storage.h"

G_BEGIN_DECLS

typedef struct _MtxRecoveredAccount MtxRecoveredAccount;

/* What came out of secret storage, checked. */
struct _MtxRecoveredAccount
{
  MtxCrossSigningKeys *keys;       /* fit what the account shows to others */
  MtxSecretBytes      *backup_key; /* 32 bytes, not compared with any backup yet; NULL if there is none */
  MtxSecretBytes      *provider;   /* JSON of the provider's record; NULL if the account has none */
};

#define MTX_TYPE_RECOVERED_ACCOUNT (mtx_recovered_account_get_type ())

GType                mtx_recovered_account_get_type (void);
MtxRecoveredAccount *mtx_recovered_account_copy     (MtxRecoveredAccount *self);
void                 mtx_recovered_account_free     (MtxRecoveredAccount *self);

DexFuture           *mtx_account_recovery_keep_backup (MtxSecretStorage  *storage,
                                                     MtxKeyBackup        *backup);
DexFuture           *mtx_account_recovery_protect   (MtxSecretStorage    *storage,
                                                     MtxCryptoEngine     *engine,
                                                     MtxKeyBackup        *backup,
                                                     MtxSecretBytes      *security_key,
                                                     MtxSecretBytes      *provider);
DexFuture           *mtx_account_recovery_read      (MtxSecretStorage    *storage,
                                                     MtxHttp             *http,
                                                     const char          *user_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRecoveredAccount, mtx_recovered_account_free)

G_END_DECLS
