/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A public room on a fake homeserver with a provider, a stranger and a reader, for the programs that test it.
 */
#pragma once

#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-http.h"
#include "mtx-public-room.h"
#include "mtx-room-list.h"
#include "mtx-test.h"
#include "store-fixture.h"

#define PROVIDER "@provider:" MTX_FAKE_SERVER_NAME
#define STRANGER "@stranger:evil.example"
#define READER   "@reader:" MTX_FAKE_SERVER_NAME
#define ALIAS    "#news:" MTX_FAKE_SERVER_NAME

typedef struct
{
  MtxFakeHomeserver *server;
  MtxHttp           *http;
  MtxDb             *db;
  MtxRoomList       *rooms;
  MtxPublicRoom     *room;
  char              *path;
  char              *room_id;
  char              *since;
  guint              changes;
} Fixture;

Fixture *fixture_new (gboolean world_readable);
void     fixture_reopen (Fixture *fixture);
void     fixture_free (Fixture *fixture);
char    *send_json (Fixture *fixture, const char *sender, const char *type, const char *state_key, const char *json);
char    *say (Fixture *fixture, const char *sender, const char *body);
void     say_many (Fixture *fixture, const char *sender, const char *word, guint n);
gboolean refresh (Fixture *fixture);
void     refuse (Fixture *fixture, MtxError code);
void     load_older (Fixture *fixture, MtxHttp *http);
char    *announcements (Fixture *fixture);
void     assert_announcements (Fixture *fixture, const char *expected);
guint    count_announcements (Fixture *fixture);
void     sync_once (Fixture *fixture);
