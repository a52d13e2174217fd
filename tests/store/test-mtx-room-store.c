/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms, members, state and account data come back as they were put; encryption stays.
 */
#include "mtx-error.h"
#include "mtx-room-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

#define MEGOLM "m.megolm.v1.aes-sha2"

static DexFuture *
test_room (gpointer data)
{
  g_autoptr (MtxRoomRow) loaded = NULL;
  g_autoptr (GPtrArray)  rooms = NULL;
  MtxDb                 *db = store_fixture_open (NULL);
  MtxChangeSet          *changes = mtx_change_set_new ();
  MtxRoomRow             row = {
                .room_id = "!1",
                .membership = "join",
                .kind = "support",
                .name = "name",
                .topic = "topic",
                .canonical_alias = "#alias",
                .avatar_url = "mxc://a/b",
                .encryption_algorithm = MEGOLM,
                .rotation_period_ms = 1,
                .rotation_period_msgs = 2,
                .history_visibility = "invited",
                .join_rule = "invite",
                .room_version = "12",
                .creators = "[\"@a\"]",
                .power_levels = "{}",
                .replaced_by = "!2",
                .inviter = "@b",
                .notification_count = 3,
                .highlight_count = 4,
                .joined_count = 5,
                .invited_count = 6,
                .members_complete = TRUE,
                .is_direct = TRUE,
                .last_activity_at = 7,
  };

  store_fixture_reject (mtx_room_store_load_room (db, "!1"), MTX_ERROR_NOT_FOUND);
  mtx_room_store_put_room (changes, &row);
  row = (MtxRoomRow){ .room_id = "!0", .membership = "invite", .last_activity_at = 8 };
  mtx_room_store_put_room (changes, &row);
  store_fixture_commit (db, changes);

  loaded = store_fixture_row (mtx_room_store_load_room (db, "!1"));
  g_assert_cmpstr (loaded->membership, ==, "join");
  g_assert_cmpstr (loaded->kind, ==, "support");
  g_assert_cmpstr (loaded->name, ==, "name");
  g_assert_cmpstr (loaded->topic, ==, "topic");
  g_assert_cmpstr (loaded->canonical_alias, ==, "#alias");
  g_assert_cmpstr (loaded->avatar_url, ==, "mxc://a/b");
  g_assert_cmpstr (loaded->encryption_algorithm, ==, MEGOLM);
  g_assert_cmpint (loaded->rotation_period_ms, ==, 1);
  g_assert_cmpint (loaded->rotation_period_msgs, ==, 2);
  g_assert_cmpstr (loaded->history_visibility, ==, "invited");
  g_assert_cmpstr (loaded->join_rule, ==, "invite");
  g_assert_cmpstr (loaded->room_version, ==, "12");
  g_assert_cmpstr (loaded->creators, ==, "[\"@a\"]");
  g_assert_cmpstr (loaded->power_levels, ==, "{}");
  g_assert_cmpstr (loaded->replaced_by, ==, "!2");
  g_assert_cmpstr (loaded->inviter, ==, "@b");
  g_assert_cmpint (loaded->notification_count, ==, 3);
  g_assert_cmpint (loaded->highlight_count, ==, 4);
  g_assert_cmpint (loaded->joined_count, ==, 5);
  g_assert_cmpint (loaded->invited_count, ==, 6);
  g_assert_true (loaded->members_complete);
  g_assert_true (loaded->is_direct);
  g_assert_cmpint (loaded->last_activity_at, ==, 7);

  rooms = store_fixture_rows (mtx_room_store_load_rooms (db));
  g_assert_cmpuint (rooms->len, ==, 2);
  g_assert_cmpstr (((MtxRoomRow *)rooms->pdata[0])->room_id, ==, "!0");
  g_assert_null (((MtxRoomRow *)rooms->pdata[0])->name);
  store_fixture_close (db);

  return NULL;
}

static void
put_encryption (MtxDb      *db,
                const char *algorithm,
                gint64      period_ms,
                gint64      period_msgs)
{
  MtxChangeSet *changes = mtx_change_set_new ();
  MtxRoomRow    row = {
       .room_id = "!1",
       .membership = "join",
       .encryption_algorithm = algorithm,
       .rotation_period_ms = period_ms,
       .rotation_period_msgs = period_msgs,
  };

  mtx_room_store_put_room (changes, &row);
  store_fixture_commit (db, changes);
}

static void
assert_encryption (MtxDb      *db,
                   const char *algorithm,
                   gint64      period_ms,
                   gint64      period_msgs)
{
  g_autoptr (MtxRoomRow) row = store_fixture_row (mtx_room_store_load_room (db, "!1"));

  g_assert_cmpstr (row->encryption_algorithm, ==, algorithm);
  g_assert_cmpint (row->rotation_period_ms, ==, period_ms);
  g_assert_cmpint (row->rotation_period_msgs, ==, period_msgs);
}

/* A server that leaves the encryption out, or changes it, does not make the room plain again. */
static DexFuture *
test_sticky (gpointer data)
{
  MtxDb *db = store_fixture_open (NULL);

  put_encryption (db, NULL, 0, 0);
  assert_encryption (db, NULL, 0, 0);
  put_encryption (db, MEGOLM, 1000, 10);
  assert_encryption (db, MEGOLM, 1000, 10);
  put_encryption (db, NULL, 0, 0);
  assert_encryption (db, MEGOLM, 1000, 10);
  put_encryption (db, MEGOLM, 2000, 20);
  assert_encryption (db, MEGOLM, 2000, 20);
  put_encryption (db, "m.none", 3000, 30);
  assert_encryption (db, MEGOLM, 2000, 20);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_members (gpointer data)
{
  static const char *const everybody[] = { "@a", "@b", "@nobody", NULL };

  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxMemberRow         *loaded = NULL;
  MtxMemberRow          row = { .room_id = "!1", .user_id = "@a", .membership = "join" };

  row.display_name = "A";
  row.avatar_url = "mxc://a/b";
  mtx_room_store_put_member (changes, &row);
  row.room_id = "!2";
  mtx_room_store_put_member (changes, &row);
  row = (MtxMemberRow){ .room_id = "!1", .user_id = "@b", .membership = "invite" };
  mtx_room_store_put_member (changes, &row);
  row.membership = "leave";
  mtx_room_store_put_member (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_room_store_load_members (db, "!1"));
  g_assert_cmpuint (rows->len, ==, 2);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->user_id, ==, "@a");
  g_assert_cmpstr (loaded->membership, ==, "join");
  g_assert_cmpstr (loaded->display_name, ==, "A");
  g_assert_cmpstr (loaded->avatar_url, ==, "mxc://a/b");
  loaded = rows->pdata[1];
  g_assert_cmpstr (loaded->membership, ==, "leave");
  g_assert_null (loaded->display_name);

  g_assert_cmpint (store_fixture_int64 (mtx_room_store_count_gone (db, "!1", everybody)), ==, 1);
  g_assert_cmpint (store_fixture_int64 (mtx_room_store_count_gone (db, "!2", everybody)), ==, 0);
  g_assert_cmpint (store_fixture_int64 (mtx_room_store_count_gone (db, "!1", everybody + 1)), ==, 1);
  g_assert_cmpint (store_fixture_int64 (mtx_room_store_count_gone (db, "!1", everybody + 2)), ==, 0);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_state (gpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxStateRow          *loaded = NULL;
  MtxStateRow           row = {
              .room_id = "!1",
              .type = "m.room.topic",
              .state_key = "",
              .content = "{\"topic\":\"t\"}",
              .sender = "@a",
              .event_id = "$1",
              .origin_server_ts = 5,
  };

  mtx_room_store_put_state (changes, &row);
  row.content = "{\"topic\":\"u\"}";
  row.event_id = NULL;
  mtx_room_store_put_state (changes, &row);
  row.state_key = "key";
  mtx_room_store_put_state (changes, &row);
  row.room_id = "!2";
  mtx_room_store_put_state (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_room_store_load_state (db, "!1"));
  g_assert_cmpuint (rows->len, ==, 2);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->type, ==, "m.room.topic");
  g_assert_cmpstr (loaded->state_key, ==, "");
  g_assert_cmpstr (loaded->content, ==, "{\"topic\":\"u\"}");
  g_assert_cmpstr (loaded->sender, ==, "@a");
  g_assert_null (loaded->event_id);
  g_assert_cmpint (loaded->origin_server_ts, ==, 5);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_account_data (gpointer data)
{
  g_autofree char *global = NULL;
  g_autofree char *of_room = NULL;
  MtxDb           *db = store_fixture_open (NULL);
  MtxChangeSet    *changes = mtx_change_set_new ();

  mtx_room_store_put_account_data (changes, NULL, "m.direct", "{}");
  mtx_room_store_put_account_data (changes, NULL, "m.direct", "{\"@a\":[]}");
  mtx_room_store_put_account_data (changes, "!1", "m.direct", "{\"room\":1}");
  store_fixture_commit (db, changes);

  global = store_fixture_string (mtx_room_store_load_account_data (db, NULL, "m.direct"));
  g_assert_cmpstr (global, ==, "{\"@a\":[]}");
  of_room = store_fixture_string (mtx_room_store_load_account_data (db, "!1", "m.direct"));
  g_assert_cmpstr (of_room, ==, "{\"room\":1}");
  store_fixture_reject (mtx_room_store_load_account_data (db, "!2", "m.direct"), MTX_ERROR_NOT_FOUND);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/room/room", test_room);
  mtx_test_add_fiber ("/store/room/threat-051-sticky", test_sticky);
  mtx_test_add_fiber ("/store/room/members", test_members);
  mtx_test_add_fiber ("/store/room/state", test_state);
  mtx_test_add_fiber ("/store/room/account-data", test_account_data);

  return g_test_run ();
}
