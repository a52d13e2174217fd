/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may announce, and what happens when a room has to be joined, is closed, or its alias moves.
 */
#include "public-room-fixture.h"

#include "mtx-endpoints.h"
#include "mtx-event-store.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-sync-response.h"
#include "mtx-tokens.h"

#include <string.h>

static DexFuture *
test_power_changes (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *one = say (fixture, PROVIDER, "one");
  g_autofree char *two = say (fixture, STRANGER, "two");
  g_autofree char *given = NULL;
  g_autofree char *taken = NULL;

  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "one");

  given = send_json (fixture, PROVIDER, "m.room.power_levels", "",
                     "{\"users\":{\"" PROVIDER "\":100,\"" STRANGER "\":50},\"redact\":50}");
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "two, one");

  taken = send_json (fixture, PROVIDER, "m.room.power_levels", "", "{\"users\":{\"" PROVIDER "\":100},\"redact\":50}");
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "one");
  fixture_reopen (fixture);
  assert_announcements (fixture, "one");

  fixture_free (fixture);

  return NULL;
}

/* Whatever the table says: a stranger never speaks for the provider, and nothing crashes. */
static DexFuture *
test_hostile_power (gpointer data)
{
  const struct
  {
    const char *content;
    const char *shown;
  } cases[] = {
    { "{\"users\":{\"" PROVIDER "\":100},\"users_default\":0,\"redact\":50}", "news" },
    { "{\"users\":{\"" PROVIDER "\":100,\"" STRANGER "\":\"100\"},\"redact\":50}", "news" },
    { "{\"users\":{\"" PROVIDER "\":100,\"" STRANGER "\":1e400},\"redact\":50}", "news" },
    { "{\"users\":{\"" PROVIDER "\":100,\"" STRANGER "\":99.9},\"redact\":50}", "news" },
    { "{\"users\":{\"" PROVIDER "\":100,\"" STRANGER "\":-9007199254740993},\"redact\":50}", "news" },
    { "{\"users\":{\"" PROVIDER "\":100},\"users_default\":50,\"redact\":50}", "news" },
    { "{\"users\":{\"" PROVIDER "\":100},\"redact\":\"0\",\"kick\":{},\"ban\":[]}", "" },
    { "{\"users\":[],\"users_default\":\"x\",\"redact\":-1}", "" },
    { "{\"users\":7}", "" },
    { "{}", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture         *fixture = fixture_new (TRUE);
      g_autofree char *news = say (fixture, PROVIDER, "news");
      g_autofree char *scam = say (fixture, STRANGER, "scam");
      g_autofree char *table = send_json (fixture, PROVIDER, "m.room.power_levels", "", cases[i].content);

      g_test_message ("%s", cases[i].content);
      refresh (fixture);
      assert_announcements (fixture, cases[i].shown);
      fixture_reopen (fixture);
      assert_announcements (fixture, cases[i].shown);
      fixture_free (fixture);
    }

  return NULL;
}

/* The makers of a room of version 12 are in no table (M31). */
static DexFuture *
test_creators (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *create = send_json (fixture, PROVIDER, "m.room.create", "",
                                       "{\"room_version\":\"12\",\"additional_creators\":[\"@second:b.example\",7]}");
  g_autofree char *table = send_json (fixture, PROVIDER, "m.room.power_levels", "", "{\"users\":{}}");
  g_autofree char *one = say (fixture, PROVIDER, "one");
  g_autofree char *two = say (fixture, "@second:b.example", "two");
  g_autofree char *three = say (fixture, STRANGER, "three");

  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "two, one");
  fixture_reopen (fixture);
  assert_announcements (fixture, "two, one");

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_join (gpointer data)
{
  Fixture              *fixture = fixture_new (FALSE);
  const MtxFakeRequest *request;
  g_autofree char      *rules = send_json (fixture, PROVIDER, "m.room.join_rules", "", "{\"join_rule\":\"public\"}");
  g_autofree char      *found = NULL;
  g_autofree char      *news = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  say_many (fixture, PROVIDER, "post", 30);
  g_assert_false (refresh (fixture));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/join/*"), ==, 1);
  request = mtx_fake_homeserver_get_request (fixture->server, "POST", "*/join/*", 0);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "via"), ==, MTX_FAKE_SERVER_NAME);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "server_name"), ==, MTX_FAKE_SERVER_NAME);

  /* Until sync brings it there is nothing to do, and nothing is asked twice. */
  g_assert_false (refresh (fixture));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*"), ==, 1);
  g_assert_false (mtx_public_room_get_member (fixture->room));

  sync_once (fixture);
  g_assert_true (refresh (fixture));
  g_assert_true (mtx_public_room_get_member (fixture->room));
  found = announcements (fixture);
  g_assert_true (g_str_has_prefix (found, "post 30, post 29, "));
  g_assert_cmpuint (count_announcements (fixture), ==, 30);

  /* Now sync brings what is new, and no other request is made. */
  news = say (fixture, PROVIDER, "news");
  sync_once (fixture);
  {
    guint n_requests = mtx_fake_homeserver_count_requests (fixture->server, NULL, "*");

    g_assert_true (refresh (fixture));
    g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, NULL, "*"), ==, n_requests);
  }
  g_assert_cmpuint (count_announcements (fixture), ==, 31);

  /* Nothing was said there. */
  messages = mtx_fake_homeserver_get_events (fixture->server, fixture->room_id, "m.room.message");
  g_assert_cmpuint (messages->len, ==, 31);

  fixture_reopen (fixture);
  g_assert_true (mtx_public_room_get_member (fixture->room));
  g_assert_cmpuint (count_announcements (fixture), ==, 31);

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_redacted_in_sync (gpointer data)
{
  Fixture         *fixture = fixture_new (FALSE);
  g_autofree char *rules = send_json (fixture, PROVIDER, "m.room.join_rules", "", "{\"join_rule\":\"public\"}");
  g_autofree char *stays = say (fixture, PROVIDER, "stays");
  g_autofree char *goes = say (fixture, PROVIDER, "goes");
  g_autofree char *redacts = g_strdup_printf ("{\"redacts\":\"%s\"}", goes);
  g_autofree char *redaction = NULL;

  g_assert_false (refresh (fixture));
  sync_once (fixture);
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "goes, stays");

  redaction = send_json (fixture, PROVIDER, "m.room.redaction", NULL, redacts);
  sync_once (fixture);
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "stays");

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_not_for_us (gpointer data)
{
  Fixture                  *fixture = fixture_new (FALSE);
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxPublicRoom) nowhere = NULL;

  refuse (fixture, MTX_ERROR_REFUSED);
  g_assert_cmpuint (mtx_public_room_get_n_posts (fixture->room), ==, 0);

  nowhere = mtx_public_room_new (fixture->db, fixture->rooms, "#nowhere:" MTX_FAKE_SERVER_NAME, NULL);
  g_assert_false (dex_await (mtx_public_room_refresh (nowhere, fixture->http), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (dex_await (mtx_public_room_load_older (nowhere, fixture->http), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);

  g_clear_object (&nowhere);
  fixture_free (fixture);

  return NULL;
}

static gboolean
answer_elsewhere (const MtxFakeRequest *request,
                  MtxFakeAnswer        *answer,
                  gpointer              data)
{
  mtx_fake_answer_json (answer, 200, data);

  return TRUE;
}

static DexFuture *
test_alias (gpointer data)
{
  const char *bad[] = {
    "{}",
    "{\"room_id\":7}",
    "{\"room_id\":\"#news:" MTX_FAKE_SERVER_NAME "\"}",
    "{\"room_id\":\"\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      Fixture *fixture = fixture_new (TRUE);

      mtx_fake_homeserver_override (fixture->server, "GET", "*/directory/*", answer_elsewhere, (gpointer)bad[i], NULL);
      refuse (fixture, MTX_ERROR_BAD_REPLY);
      g_assert_null (mtx_public_room_get_id (fixture->room));
      fixture_free (fixture);
    }

  return NULL;
}

/* A room that was remembered is not given up because its alias leads elsewhere by now. */
static DexFuture *
test_alias_moved (gpointer data)
{
  Fixture         *fixture = fixture_new (FALSE);
  g_autofree char *rules = send_json (fixture, PROVIDER, "m.room.join_rules", "", "{\"join_rule\":\"public\"}");

  fixture_reopen (fixture);
  mtx_fake_homeserver_override (fixture->server, "GET", "*/directory/*", answer_elsewhere,
                                (gpointer) "{\"room_id\":\"!trap:evil.example\",\"servers\":[\"evil.example\",\"not a server\"]}", NULL);
  g_assert_false (refresh (fixture));
  g_assert_cmpstr (mtx_public_room_get_id (fixture->room), ==, fixture->room_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/join/*trap*"), ==, 0);
  g_assert_cmpstr (g_hash_table_lookup (mtx_fake_homeserver_get_request (fixture->server, "POST", "*/join/*", 0)->query, "via"),
                   ==, MTX_FAKE_SERVER_NAME);

  fixture_free (fixture);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/public-room/redacted-in-sync", test_redacted_in_sync);
  mtx_test_add_fiber ("/public-room/power-changes", test_power_changes);
  mtx_test_add_fiber ("/public-room/threat-099-hostile-power", test_hostile_power);
  mtx_test_add_fiber ("/public-room/threat-099-creators", test_creators);
  mtx_test_add_fiber ("/public-room/join", test_join);
  mtx_test_add_fiber ("/public-room/not-for-us", test_not_for_us);
  mtx_test_add_fiber ("/public-room/alias", test_alias);
  mtx_test_add_fiber ("/public-room/alias-moved", test_alias_moved);

  return g_test_run ();
}
