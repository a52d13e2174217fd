/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Alice and Bob on one homeserver and in one room, as their encryption sees it. For bodies that run in a fiber.
 */
#pragma once

#include "mtx-crypto-client.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-test.h"

#define QUERY    "*/keys/query"
#define CLAIM    "*/keys/claim"
#define KEYS     "*/sendToDevice/m.room.encrypted/*"
#define WITHHELD "*/sendToDevice/m.room_key.withheld/*"

typedef struct
{
  MtxFakeHomeserver *server;
  MtxCryptoClient   *alice;
  MtxCryptoClient   *bob;
  char              *room_id;
  MtxRoomCryptoInfo *info; /* of the room, with both as members */
} Scene;

void  scene_init         (Scene           *scene);
void  scene_init_alone   (Scene           *scene);
void  scene_clear        (Scene           *scene);
guint count              (Scene           *scene,
                          const char      *pattern);
char *say                (Scene           *scene,
                          const char      *text);
void  say_fails          (Scene           *scene,
                          int              code);
void  assert_reads       (MtxSyncResponse *response,
                          const char      *event_id,
                          const char      *body);
void  assert_cannot_read (MtxSyncResponse *response,
                          const char      *event_id,
                          MtxDecryption    reason);
void  assert_devices     (Scene           *scene,
                          guint            n_signed,
                          guint            n_unsigned);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)
