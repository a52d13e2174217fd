/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A client that is nothing but its encryption: an account on the fake homeserver, a store, an engine, and
 * syncs on demand. For bodies that run in a fiber.
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-encryption.h"
#include "mtx-fake-homeserver.h"
#include "mtx-room-crypto-info.h"
#include "mtx-sync-response.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoClient MtxCryptoClient;

struct _MtxCryptoClient
{
  MtxFakeHomeserver *server;
  char              *user_id;
  char              *device_id;
  char              *token;
  char              *path;       /* of the store */
  char              *since;
  MtxSecretBytes    *key;
  MtxHttp           *http;
  MtxDb             *db;
  MtxCryptoEngine   *engine;
  MtxEncryption     *encryption;
};

MtxCryptoClient   *mtx_crypto_client_new       (MtxFakeHomeserver  *server,
                                                const char         *localpart,
                                                const char         *device_id);
void               mtx_crypto_client_free      (MtxCryptoClient    *self);
void               mtx_crypto_client_restart   (MtxCryptoClient    *self);
void               mtx_crypto_client_bootstrap (MtxCryptoClient    *self);
void               mtx_crypto_client_adopt     (MtxCryptoClient    *self,
                                                MtxCryptoClient    *sibling);
MtxRoomCryptoInfo *mtx_crypto_client_make_info (const char         *room_id,
                                                const char * const *members);
char              *mtx_crypto_client_say       (MtxCryptoClient    *self,
                                                MtxRoomCryptoInfo  *info,
                                                const char         *text,
                                                GError            **error);
MtxSyncResponse   *mtx_crypto_client_sync      (MtxCryptoClient    *self);
MtxEvent          *mtx_crypto_client_find      (MtxSyncResponse    *response,
                                                const char         *event_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxCryptoClient, mtx_crypto_client_free)

G_END_DECLS
