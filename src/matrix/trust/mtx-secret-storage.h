/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The account's encrypted secrets on the server, read and written with the security key (specification,
 * § Secrets; protocol.md § 8.6, S2). Whatever another client keeps there stays.
 */
#pragma once

#include "mtx-secret-storage-state.h"
#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxHttp MtxHttp;

/* Names of secrets. Those of the specification are keys in unpadded base64; ours is the provider's record. */
#define MTX_SECRET_MASTER       "m.cross_signing.master"
#define MTX_SECRET_SELF_SIGNING "m.cross_signing.self_signing"
#define MTX_SECRET_USER_SIGNING "m.cross_signing.user_signing"
#define MTX_SECRET_BACKUP       "m.megolm_backup.v1"
#define MTX_SECRET_PROVIDER     "io.github.wallet_support.provider"

#define MTX_TYPE_SECRET_STORAGE (mtx_secret_storage_get_type ())

/* Property "state" (MtxSecretStorageState). */
G_DECLARE_FINAL_TYPE (MtxSecretStorage, mtx_secret_storage, MTX, SECRET_STORAGE, GObject)

MtxSecretStorage      *mtx_secret_storage_new                  (MtxHttp          *http,
                                                                const char       *user_id);
MtxSecretStorageState  mtx_secret_storage_get_state            (MtxSecretStorage *self);
DexFuture             *mtx_secret_storage_open                 (MtxSecretStorage *self,
                                                                MtxSecretBytes   *key);
DexFuture             *mtx_secret_storage_open_with_passphrase (MtxSecretStorage *self,
                                                                MtxSecretBytes   *passphrase);
DexFuture             *mtx_secret_storage_prepare              (MtxSecretStorage *self,
                                                                MtxSecretBytes   *key);
DexFuture             *mtx_secret_storage_finish               (MtxSecretStorage *self);
DexFuture             *mtx_secret_storage_load                 (MtxSecretStorage *self,
                                                                const char       *name);
DexFuture             *mtx_secret_storage_store                (MtxSecretStorage *self,
                                                                const char       *name,
                                                                MtxSecretBytes   *text);

G_END_DECLS
