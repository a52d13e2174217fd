/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encryption as the rest of the app sees it: make this device trustworthy, encrypt for a room, keep up
 * after a sync, and say who somebody is. It brings the engine, the device lists and the network together.
 */
#pragma once

#include "mtx-own-keys.h"
#include "mtx-types.h"

G_BEGIN_DECLS

/* Described where they live; the layers above only hand them on. */
typedef struct _MtxCryptoEngine   MtxCryptoEngine;
typedef struct _MtxDb             MtxDb;
typedef struct _MtxHttp           MtxHttp;
typedef struct _MtxKeyBackup      MtxKeyBackup;
typedef struct _MtxIdentities     MtxIdentities;
typedef struct _MtxRoomCryptoInfo MtxRoomCryptoInfo;
typedef struct _MtxVerifications  MtxVerifications;

#define MTX_TYPE_ENCRYPTION (mtx_encryption_get_type ())

/* Property "own-keys" (MtxOwnKeys). Signal "identity-changed" (user id): what mtx_identities_lookup () says
 * of a user is not what it was. */
G_DECLARE_FINAL_TYPE (MtxEncryption, mtx_encryption, MTX, ENCRYPTION, GObject)

/* Says whether our keys may be used: resolves if so; rejects if not, or not yet. */
typedef DexFuture *(*MtxEncryptionGuard) (gpointer data);

MtxEncryption   *mtx_encryption_new               (MtxHttp                 *http,
                                                   MtxDb                   *db,
                                                   MtxCryptoEngine         *engine);
void             mtx_encryption_set_guard         (MtxEncryption           *self,
                                                   MtxEncryptionGuard       guard,
                                                   gpointer                 data);
MtxCryptoEngine *mtx_encryption_get_engine        (MtxEncryption           *self);
MtxKeyBackup    *mtx_encryption_get_key_backup    (MtxEncryption           *self);
MtxOwnKeys       mtx_encryption_get_own_keys      (MtxEncryption           *self);
const char      *mtx_encryption_get_fingerprint   (MtxEncryption           *self);
DexFuture       *mtx_encryption_bootstrap         (MtxEncryption           *self);
DexFuture       *mtx_encryption_prefetch          (MtxEncryption           *self,
                                                   const char * const      *user_ids);
DexFuture       *mtx_encryption_encrypt           (MtxEncryption           *self,
                                                   MtxRoomCryptoInfo       *info,
                                                   const char              *type,
                                                   JsonObject              *content);
DexFuture       *mtx_encryption_check             (MtxEncryption           *self,
                                                   MtxRoomCryptoInfo       *info,
                                                   const char              *session_id);
DexFuture       *mtx_encryption_after_sync        (MtxEncryption           *self);
MtxIdentities   *mtx_encryption_get_identities    (MtxEncryption           *self);
MtxVerifications *mtx_encryption_get_verifications (MtxEncryption          *self);
DexFuture       *mtx_encryption_mark_verified     (MtxEncryption           *self,
                                                   const char              *user_id,
                                                   const char              *master_key);
DexFuture       *mtx_encryption_close             (MtxEncryption           *self);

G_END_DECLS
