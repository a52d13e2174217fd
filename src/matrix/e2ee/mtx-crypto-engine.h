/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only user of ratchets. One owner fiber takes commands from a channel and finishes each, its commit
 * included, before the next; the ratchets live on one worker thread; there is no network here. What a
 * command did is either wholly in the store or forgotten, so no ratchet position is ever used twice.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-crypto-types.h"
#include "mtx-db.h"
#include "mtx-e2ee-types.h"

G_BEGIN_DECLS

#define MTX_ALGORITHM_OLM    "m.olm.v1.curve25519-aes-sha2"
#define MTX_ALGORITHM_MEGOLM "m.megolm.v1.aes-sha2"

#define MTX_TYPE_CRYPTO_ENGINE (mtx_crypto_engine_get_type ())

/* Signals: "device-message" (MtxDeviceMessage), "verification-event" (MtxEvent, sender device or NULL), "secret" (MtxReceivedSecret): what those
 * above wait for, after the sync that brought it is committed. */
/* Signals "room-keys-imported": mtx_crypto_engine_heal () may have something to do. "room-key-missing" (room id, session
 * id): an event could not be read for want of this key. */
G_DECLARE_FINAL_TYPE (MtxCryptoEngine, mtx_crypto_engine, MTX, CRYPTO_ENGINE, GObject)

/**
 * MtxSyncWriter:
 * @response: what the sync brought, its timelines decrypted
 * @changes: (transfer none): where to add one's own writes
 * @data: closure
 *
 * Called on the main thread by the engine inside its command. It may prepare rows in a thread, so it returns a
 * future: the engine awaits it and commits only then; a rejection aborts the sync.
 *
 * Returns: (transfer full) (nullable): a future, or %NULL if everything is in @changes already
 */
typedef DexFuture *(*MtxSyncWriter) (MtxSyncResponse *response,
                                     MtxChangeSet    *changes,
                                     gpointer         data);

/* Before an engine is opened: what it shall find. */
gboolean         mtx_crypto_engine_put_identity   (MtxChangeSet    *changes,
                                                   MtxCrossSigningKeys *keys,
                                                   MtxSecretBytes  *backup_key,
                                                   MtxSecretBytes  *master_key,
                                                   const char      *user_id,
                                                   GError         **error);
void             mtx_crypto_engine_put_device_gone (MtxChangeSet   *changes);

MtxCryptoEngine *mtx_crypto_engine_new            (MtxDb           *db,
                                                   MtxSecretBytes  *master_key,
                                                   const char      *user_id,
                                                   const char      *device_id);
DexFuture       *mtx_crypto_engine_open           (MtxCryptoEngine *self);
DexFuture       *mtx_crypto_engine_process_sync   (MtxCryptoEngine *self,
                                                   MtxSyncResponse *response,
                                                   MtxSyncWriter    writer,
                                                   gpointer         data,
                                                   GDestroyNotify   destroy);
DexFuture       *mtx_crypto_engine_decrypt_events (MtxCryptoEngine *self,
                                                   GPtrArray       *events);
DexFuture       *mtx_crypto_engine_load_identity  (MtxCryptoEngine *self);
DexFuture       *mtx_crypto_engine_heal           (MtxCryptoEngine *self,
                                                   MtxSyncResponse *response,
                                                   MtxSyncWriter    writer,
                                                   gpointer         data,
                                                   GDestroyNotify   destroy);
DexFuture       *mtx_crypto_engine_close          (MtxCryptoEngine *self);
MtxDb           *mtx_crypto_engine_get_db         (MtxCryptoEngine *self);
const char      *mtx_crypto_engine_get_user_id    (MtxCryptoEngine *self);
const char      *mtx_crypto_engine_get_device_id  (MtxCryptoEngine *self);
const char      *mtx_crypto_engine_get_curve25519 (MtxCryptoEngine *self);
const char      *mtx_crypto_engine_get_ed25519    (MtxCryptoEngine *self);
const char      *mtx_crypto_engine_get_master_key (MtxCryptoEngine *self);

G_END_DECLS
