/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One room with support, whatever is lost on the way: answers, the process, the sync.
 */
#include <string.h>

#include "mtx-error.h"
#include "mtx-fake-clock.h"
#include "mtx-json.h"
#include "mtx-room-create.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

#define SUPPORT "@support:" MTX_FAKE_SERVER_NAME
#define CREATE  "*/createRoom"

static DexFuture *
create (MtxTestAccount *account)
{
  return mtx_room_create_direct (account->http, account->db, account->rooms, SUPPORT);
}

static MtxRoom *
await_room (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  MtxRoom           *room = dex_await_object (future, &error);

  g_assert_no_error (error);

  return room;
}

static gboolean
has_direct (gpointer data)
{
  MtxTestAccount *account = data;
  JsonObject     *direct = mtx_fake_homeserver_get_account_data (account->server, account->user_id, "m.direct");

  return direct != NULL;
}

/* M30. */
static DexFuture *
test_made (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (MtxRoom)           room = await_room (create (account));
  g_autoptr (MtxRoom)           again = await_room (create (account));
  JsonObject                   *encryption = mtx_fake_homeserver_get_state (server, mtx_room_get_id (room), "m.room.encryption", "");
  JsonObject                   *visibility = mtx_fake_homeserver_get_state (server, mtx_room_get_id (room), "m.room.history_visibility", "");
  JsonObject                   *member = mtx_fake_homeserver_get_state (server, mtx_room_get_id (room), "m.room.member", SUPPORT);
  JsonObject                   *direct = NULL;
  const MtxFakeRequest         *request = mtx_fake_homeserver_get_request (server, "POST", CREATE, 0);
  JsonArray                    *rooms = NULL;

  g_assert_true (room == again);
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (server), ==, 1);
  g_assert_cmpstr (mtx_json_get_string (request->body, "preset"), ==, "private_chat");
  g_assert_true (json_object_get_boolean_member (request->body, "is_direct"));
  g_assert_false (json_object_has_member (request->body, "name"));
  g_assert_false (json_object_has_member (request->body, "room_alias_name"));
  g_assert_cmpint (json_object_get_int_member (mtx_json_get_object (request->body, "power_level_content_override"), "invite"), ==, 50);
  g_assert_cmpstr (mtx_json_get_string (encryption, "algorithm"), ==, "m.megolm.v1.aes-sha2");
  g_assert_cmpstr (mtx_json_get_string (visibility, "history_visibility"), ==, "invited");
  g_assert_cmpstr (mtx_json_get_string (member, "membership"), ==, "invite");
  g_assert_true (json_object_get_boolean_member (member, "is_direct"));

  /* It is there at once and assumes nothing. */
  g_assert_true (mtx_room_list_lookup (account->rooms, mtx_room_get_id (room)) == room);
  g_assert_cmpint (mtx_room_get_membership (room), ==, MTX_MEMBERSHIP_JOIN);
  g_assert_cmpint (mtx_room_get_member_state (room, SUPPORT), ==, MTX_MEMBERSHIP_INVITE);
  g_assert_false (mtx_room_get_encrypted (room));
  g_assert_false (mtx_room_get_can_send (room));

  mtx_test_wait (has_direct, account);
  direct = mtx_fake_homeserver_get_account_data (server, account->user_id, "m.direct");
  rooms = mtx_json_get_array (direct, SUPPORT);
  g_assert_cmpstr (mtx_json_array_string (rooms, 0), ==, mtx_room_get_id (room));

  return NULL;
}

static DexFuture *
test_found_after_restart (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (MtxRoom)           room = await_room (create (account));
  g_autofree char              *room_id = g_strdup (mtx_room_get_id (room));

  g_clear_object (&room);
  mtx_test_account_restart (account);
  room = await_room (create (account));
  g_assert_cmpstr (mtx_room_get_id (room), ==, room_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "POST", CREATE), ==, 1);

  /* And after a sync, which knows all of it. */
  mtx_sync_loop_start (account->loop);
  {
    g_autoptr (GError) error = NULL;

    dex_await (mtx_sync_loop_when_synced (account->loop), &error);
    g_assert_no_error (error);
  }
  g_assert_true (mtx_room_list_find_support (account->rooms, SUPPORT) == room);
  g_assert_true (mtx_room_get_can_send (room));

  return NULL;
}

static gboolean
answer_room (const MtxFakeRequest *request,
             MtxFakeAnswer        *answer,
             gpointer              data)
{
  g_autofree char *json = g_strdup_printf ("{\"room_id\":\"%s\"}", (const char *)data);

  mtx_fake_answer_json (answer, 200, json);

  return TRUE;
}

static gboolean
is_waiting (gpointer data)
{
  return mtx_fake_clock_count () > 0;
}

/* Moves time on until @future is settled. */
static void
hurry (DexFuture *future)
{
  while (dex_future_is_pending (future))
    {
      g_autoptr (GError) error = NULL;

      if (is_waiting (NULL))
        mtx_fake_clock_advance (mtx_fake_clock_next ());
      dex_await (dex_timeout_new_msec (2), &error);
    }
}

/* A sync catches the server in the middle of making the room, and the program is killed before the next sync. */
static DexFuture *
test_half_a_room (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *room_id = mtx_fake_homeserver_create_room (server, account->user_id, NULL, FALSE);
  g_autoptr (JsonObject)        megolm = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
  g_autoptr (GError)            error = NULL;
  g_autoptr (DexFuture)         again = NULL;
  g_autoptr (MtxRoom)           room = NULL;

  mtx_sync_loop_start (account->loop);
  dex_await (mtx_sync_loop_when_synced (account->loop), &error);
  g_assert_no_error (error);
  g_assert_nonnull (mtx_room_list_lookup (account->rooms, room_id));

  mtx_fake_homeserver_override (server, "POST", CREATE, answer_room, room_id, NULL);
  room = await_room (create (account));
  g_assert_cmpstr (mtx_room_get_id (room), ==, room_id);
  g_clear_object (&room);

  mtx_test_account_restart (account);
  g_free (mtx_fake_homeserver_send_event (server, room_id, account->user_id, "m.room.encryption", "", megolm));
  mtx_fake_homeserver_set_member (server, room_id, SUPPORT, "invite");
  mtx_fake_clock_install ();
  again = create (account);
  hurry (again);
  mtx_fake_clock_uninstall ();
  room = await_room (g_steal_pointer (&again));

  g_assert_cmpstr (mtx_room_get_id (room), ==, room_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "POST", CREATE), ==, 1);

  return NULL;
}

/* The server made the room and the answer was lost: it is looked for, later, and nothing is made. */
static DexFuture *
test_lost_answer (gpointer data)
{
  static const MtxFakeFault faults[] = {
    { .drop = MTX_FAKE_DROP_AFTER, .times = 1 },
    { .drop = MTX_FAKE_TRUNCATE, .times = 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
      g_autoptr (DexFuture)         creating = NULL;
      g_autoptr (MtxRoom)           room = NULL;

      mtx_fake_homeserver_fault (server, "POST", CREATE, &faults[i]);
      mtx_fake_clock_install ();
      creating = create (account);
      hurry (creating);
      mtx_fake_clock_uninstall ();
      room = await_room (g_steal_pointer (&creating));

      g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "POST", CREATE), ==, 1);
      g_assert_cmpuint (mtx_fake_homeserver_count_rooms (server), ==, 1);
      g_assert_cmpint (mtx_room_get_member_state (room, SUPPORT), ==, MTX_MEMBERSHIP_INVITE);
    }

  return NULL;
}

static gboolean
has_asked (gpointer data)
{
  return mtx_fake_homeserver_count_requests (data, "POST", CREATE) > 0;
}

/* Threat 95: killed between the request and its answer, with and without a room made. */
static DexFuture *
test_killed (gpointer data)
{
  static const MtxFakeDrop drops[] = { MTX_FAKE_DROP_BEFORE, MTX_FAKE_DROP_AFTER };

  for (guint i = 0; i < G_N_ELEMENTS (drops); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
      g_autoptr (DexFuture)         creating = NULL;
      g_autoptr (DexFuture)         again = NULL;
      g_autoptr (MtxRoom)           room = NULL;

      mtx_fake_homeserver_fault (server, "POST", CREATE, &(MtxFakeFault){ .drop = drops[i], .delay_ms = 50 });
      mtx_fake_clock_install ();
      creating = create (account);
      mtx_test_wait (has_asked, server);
      mtx_http_close (account->http);
      hurry (creating);
      mtx_test_account_restart (account);
      mtx_fake_homeserver_clear_faults (server);

      /* The server may still be at it: there is a wait, and then a look, before another request. */
      again = create (account);
      mtx_test_wait (is_waiting, NULL);
      g_assert_cmpint (mtx_fake_clock_next (), <=, 10000);
      g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "GET", "*/joined_rooms"), ==, 0);
      mtx_fake_clock_advance (10000);
      room = await_room (g_steal_pointer (&again));
      mtx_fake_clock_uninstall ();

      g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "GET", "*/joined_rooms"), ==, 1);
      g_assert_cmpuint (mtx_fake_homeserver_count_rooms (server), ==, 1);
      g_assert_nonnull (room);
    }

  return NULL;
}

/* Rooms of other people, or of another kind, are not the one. */
static DexFuture *
test_strangers (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (JsonObject)        megolm = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
  g_autofree char              *theirs = mtx_fake_homeserver_create_room (server, SUPPORT, NULL, FALSE);
  g_autofree char              *plain = mtx_fake_homeserver_create_room (server, account->user_id, NULL, FALSE);
  g_autofree char              *alone = mtx_fake_homeserver_create_room (server, account->user_id, NULL, FALSE);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxRoom)           room = NULL;

  g_free (mtx_fake_homeserver_send_event (server, theirs, SUPPORT, "m.room.encryption", "", megolm));
  mtx_fake_homeserver_set_member (server, theirs, account->user_id, "join");
  mtx_fake_homeserver_set_member (server, plain, SUPPORT, "join");
  g_free (mtx_fake_homeserver_send_event (server, alone, account->user_id, "m.room.encryption", "", megolm));

  mtx_sync_loop_start (account->loop);
  dex_await (mtx_sync_loop_when_synced (account->loop), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (account->rooms)), ==, 3);
  g_assert_null (mtx_room_list_find_support (account->rooms, SUPPORT));

  room = await_room (create (account));
  g_assert_true (mtx_room_list_find_support (account->rooms, SUPPORT) == room);
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (server), ==, 4);

  return NULL;
}

static DexFuture *
test_refused (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxRoom)           room = NULL;

  mtx_fake_homeserver_fault (server, "POST", CREATE, &(MtxFakeFault){ .status = 403, .errcode = "M_INVITE_BLOCKED", .times = 1 });
  dex_await (create (account), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);
  g_assert_cmpstr (mtx_error_get_errcode (error), ==, "M_INVITE_BLOCKED");

  /* A "no" is an answer: the next try needs no search. */
  room = await_room (create (account));
  g_assert_nonnull (room);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "GET", "*/joined_rooms"), ==, 0);

  return NULL;
}

static DexFuture *
test_rate_limit (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (DexFuture)         creating = NULL;
  g_autoptr (MtxRoom)           room = NULL;

  mtx_fake_homeserver_fault (server, "POST", CREATE,
                             &(MtxFakeFault){ .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after = "62", .times = 1 });
  mtx_fake_clock_install ();
  creating = create (account);
  mtx_test_wait (is_waiting, NULL);
  g_assert_cmpint (mtx_fake_clock_next (), >=, 62000);
  mtx_fake_clock_advance (mtx_fake_clock_next ());
  room = await_room (g_steal_pointer (&creating));
  mtx_fake_clock_uninstall ();
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (server), ==, 1);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/room-create/made", test_made);
  mtx_test_add_fiber ("/room-create/found-after-restart", test_found_after_restart);
  mtx_test_add_fiber ("/room-create/half-a-room", test_half_a_room);
  mtx_test_add_fiber ("/room-create/lost-answer", test_lost_answer);
  mtx_test_add_fiber ("/room-create/threat-095-killed", test_killed);
  mtx_test_add_fiber ("/room-create/strangers", test_strangers);
  mtx_test_add_fiber ("/room-create/refused", test_refused);
  mtx_test_add_fiber ("/room-create/rate-limit", test_rate_limit);

  return g_test_run ();
}
