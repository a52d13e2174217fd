/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person with one device, as the encryption sees it: an engine on a store of its own. Two or three of them
 * talk by the JSON that a server would carry, so a test can carry it wrongly. For bodies that run in a fiber.
 */
#pragma once

#include "mtx-crypto-engine-private.h"
#include "mtx-sync-response.h"

G_BEGIN_DECLS

#define MTX_CRYPTO_PEER_ROOM "!room:example.org"

typedef struct _MtxCryptoPeer MtxCryptoPeer;

struct _MtxCryptoPeer
{
  char            *user_id;
  char            *device_id;
  char            *path;       /* of the store */
  MtxSecretBytes  *key;
  MtxDb           *db;
  MtxCryptoEngine *engine;
  JsonObject      *upload;     /* the device and one-time keys a server would have */
  JsonObject      *identity;   /* the cross-signing keys it would have */
};

MtxCryptoPeer   *mtx_crypto_peer_new          (const char       *user_id,
                                               const char       *device_id);
void             mtx_crypto_peer_free         (MtxCryptoPeer    *self);
void             mtx_crypto_peer_restart      (MtxCryptoPeer    *self);

/* Keys. */
JsonObject      *mtx_crypto_peer_query        (MtxCryptoPeer    *first,
                                               ...) G_GNUC_NULL_TERMINATED;
MtxKeysReply    *mtx_crypto_peer_learn        (MtxCryptoPeer    *self,
                                               JsonObject       *reply);
void             mtx_crypto_peer_meet         (MtxCryptoPeer    *self,
                                               MtxCryptoPeer    *other);
JsonObject      *mtx_crypto_peer_take_key     (MtxCryptoPeer    *self,
                                               char            **key_id);
MtxDeviceRow    *mtx_crypto_peer_load_device  (MtxCryptoPeer    *self,
                                               MtxCryptoPeer    *other);
guint            mtx_crypto_peer_begin        (MtxCryptoPeer    *self,
                                               MtxCryptoPeer    *other);

/* Messages. The events carry what a sync would. */
MtxRoomCryptoInfo *mtx_crypto_peer_make_info  (guint             messages_per_key);
guint            mtx_crypto_peer_share        (MtxCryptoPeer    *self,
                                               MtxCryptoPeer    *other);
JsonObject      *mtx_crypto_peer_take_to_device (MtxCryptoPeer  *self,
                                                 MtxCryptoPeer  *other);
JsonObject      *mtx_crypto_peer_wrap_to_device (const char     *sender,
                                                 const char     *type,
                                                 JsonObject     *content);
JsonObject      *mtx_crypto_peer_say          (MtxCryptoPeer    *self,
                                               const char       *text,
                                               const char       *event_id);
MtxSyncResponse *mtx_crypto_peer_make_sync    (GPtrArray        *to_device,
                                               GPtrArray        *timeline);
MtxSyncResponse *mtx_crypto_peer_sync         (MtxCryptoPeer    *self,
                                               GPtrArray        *to_device,
                                               GPtrArray        *timeline);
MtxSyncResponse *mtx_crypto_peer_sync_one     (MtxCryptoPeer    *self,
                                               JsonObject       *to_device,
                                               JsonObject       *event);
DexFuture       *mtx_crypto_peer_write        (MtxSyncResponse  *response,
                                               MtxChangeSet     *changes,
                                               gpointer          data);
MtxEvent        *mtx_crypto_peer_get_event    (MtxSyncResponse  *response,
                                               guint             index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxCryptoPeer, mtx_crypto_peer_free)

G_END_DECLS
