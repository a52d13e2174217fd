/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An account on the fake homeserver with what a session holds: store, keys, rooms and the sync loop. It can be
 * restarted, as a program is. All of it is for test bodies, which run in a fiber.
 */
#pragma once

#include "mtx-crypto-client.h"
#include "mtx-db.h"
#include "mtx-http.h"
#include "mtx-outbox.h"
#include "mtx-room-list.h"
#include "mtx-sync-loop.h"
#include "mtx-timeline.h"

G_BEGIN_DECLS

typedef struct
{
  /* owned */
  MtxCryptoClient   *client;
  MtxRoomList       *rooms;
  MtxSyncLoop       *loop;

  /* borrowed from the client, until it is restarted */
  MtxFakeHomeserver *server;
  const char        *user_id;
  MtxDb             *db;
  MtxHttp           *http;
  MtxEncryption     *encryption;
} MtxTestAccount;

MtxTestAccount *mtx_test_account_new        (MtxFakeHomeserver *server,
                                             const char        *localpart);
MtxTestAccount *mtx_test_account_new_sibling (MtxTestAccount   *first,
                                              const char       *device_id);
void            mtx_test_account_free       (MtxTestAccount    *self);
void            mtx_test_account_restart    (MtxTestAccount    *self);
MtxRoom        *mtx_test_account_wait_room  (MtxTestAccount    *self,
                                             const char        *room_id);
MtxHttp        *mtx_test_log_in             (MtxFakeHomeserver *server,
                                             const char        *localpart,
                                             const char        *device_id);
JsonObject     *mtx_test_json               (const char        *text);
MtxTimelineItem *mtx_test_item              (gpointer           model,
                                             guint              position);
char           *mtx_test_bodies             (gpointer           model);
void            mtx_test_say                (MtxFakeHomeserver *server,
                                             const char        *room_id,
                                             const char        *sender,
                                             const char        *body);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxTestAccount, mtx_test_account_free)

G_END_DECLS
