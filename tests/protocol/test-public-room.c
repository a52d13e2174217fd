/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A public room read from outside and from within: what is asked, what is shown, what is kept, and that nothing
 * is ever sent.
 */
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-fake-homeserver.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-public-room.h"
#include "mtx-room-list.h"
#include "mtx-secret-bytes.h"
#include "mtx-sync-response.h"
#include "mtx-test.h"
#include "mtx-tokens.h"
#include "store-fixture.h"

#include <string.h>

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

static void
on_changed (Fixture *fixture)
{
  fixture->changes++;
}

static void
fixture_open (Fixture    *fixture,
              const char *remembered_id)
{
  g_autoptr (GError) error = NULL;

  fixture->db = store_fixture_open (fixture->path);
  fixture->rooms = mtx_room_list_new (fixture->db, fixture->http, READER);
  fixture->room = mtx_public_room_new (fixture->db, fixture->rooms, ALIAS, NULL);
  g_signal_connect_swapped (fixture->room, "changed", G_CALLBACK (on_changed), fixture);

  dex_await (mtx_room_list_load (fixture->rooms), &error);
  g_assert_no_error (error);
  dex_await (mtx_public_room_load (fixture->room, remembered_id), &error);
  g_assert_no_error (error);
}

static Fixture *
fixture_new (gboolean world_readable)
{
  Fixture                   *fixture = g_new0 (Fixture, 1);
  g_autofree char           *token = NULL;
  g_autoptr (MtxSecretBytes) access = NULL;
  g_autoptr (MtxTokens)      tokens = NULL;
  g_autoptr (GError)         error = NULL;

  fixture->server = mtx_fake_homeserver_new ();
  token = mtx_fake_homeserver_add_user (fixture->server, "reader", "R");
  access = mtx_secret_bytes_new ((const guint8 *)token, strlen (token));
  tokens = mtx_tokens_new (access, NULL);
  fixture->http = mtx_http_new (mtx_fake_homeserver_get_base_url (fixture->server), &error);
  g_assert_no_error (error);
  mtx_http_set_tokens (fixture->http, tokens);
  fixture->room_id = mtx_fake_homeserver_create_room (fixture->server, PROVIDER, "news", world_readable);
  fixture->path = store_fixture_path ();
  fixture_open (fixture, NULL);

  return fixture;
}

static void
fixture_close (Fixture *fixture)
{
  g_assert_finalize_object (g_steal_pointer (&fixture->room));
  g_clear_object (&fixture->rooms);
  store_fixture_close (g_steal_pointer (&fixture->db));
}

/* As after a restart. */
static void
fixture_reopen (Fixture *fixture)
{
  fixture_close (fixture);
  fixture_open (fixture, fixture->room_id);
}

/* Whatever happened: we only read. */
static void
fixture_free (Fixture *fixture)
{
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "PUT", "*"), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*"), ==,
                    mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/join/*"));

  fixture_close (fixture);
  g_clear_object (&fixture->http);
  g_clear_object (&fixture->server);
  g_free (fixture->path);
  g_free (fixture->room_id);
  g_free (fixture->since);
  g_free (fixture);
}

static char *
send_json (Fixture    *fixture,
           const char *sender,
           const char *type,
           const char *state_key,
           const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  g_assert_nonnull (node);

  return mtx_fake_homeserver_send_event (fixture->server, fixture->room_id, sender, type, state_key, json_node_get_object (node));
}

static char *
say (Fixture    *fixture,
     const char *sender,
     const char *body)
{
  g_autofree char *json = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"%s\"}", body);

  return send_json (fixture, sender, "m.room.message", NULL, json);
}

static void
say_many (Fixture    *fixture,
          const char *sender,
          const char *word,
          guint       n)
{
  for (guint i = 1; i <= n; i++)
    {
      g_autofree char *body = g_strdup_printf ("%s %u", word, i);
      g_autofree char *id = say (fixture, sender, body);
    }
}

static gboolean
refresh (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  gboolean           current = dex_await_boolean (mtx_public_room_refresh (fixture->room, fixture->http), &error);

  g_assert_no_error (error);

  return current;
}

static void
refuse (Fixture *fixture,
        MtxError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (mtx_public_room_refresh (fixture->room, fixture->http), &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static void
load_older (Fixture *fixture,
            MtxHttp *http)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_public_room_load_older (fixture->room, http), &error);
  g_assert_no_error (error);
}

/* The bodies of the posts by people with power, newest first. */
static char *
announcements (Fixture *fixture)
{
  g_autoptr (MtxPowerLevels) levels = mtx_public_room_dup_power_levels (fixture->room);
  GString                   *text = g_string_new (NULL);

  for (guint i = 0; levels != NULL && i < mtx_public_room_get_n_posts (fixture->room); i++)
    {
      MtxEvent *post = mtx_public_room_get_post (fixture->room, i);

      if (mtx_power_levels_can_moderate (levels, mtx_event_get_sender (post)))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", mtx_event_get_body (post));
    }

  return g_string_free_and_steal (text);
}

static void
assert_announcements (Fixture    *fixture,
                      const char *expected)
{
  g_autofree char *found = announcements (fixture);

  g_assert_cmpstr (found, ==, expected);
}

static guint
count_announcements (Fixture *fixture)
{
  g_autofree char *found = announcements (fixture);
  g_auto (GStrv)   parts = *found != '\0' ? g_strsplit (found, ", ", -1) : NULL;

  return parts != NULL ? g_strv_length (parts) : 0;
}

/* One sync, as the sync loop handles it. */
static void
sync_once (Fixture *fixture)
{
  g_autoptr (MtxRequest)      request = mtx_request_new (MTX_ENDPOINT_SYNC, NULL);
  g_autoptr (MtxReply)        reply = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_autoptr (GError)          error = NULL;

  mtx_request_add_query (request, "timeout", "0");
  mtx_request_add_query (request, "filter", "{\"room\":{\"timeline\":{\"limit\":5}}}");
  if (fixture->since != NULL)
    mtx_request_add_query (request, "since", fixture->since);
  reply = dex_await_boxed (mtx_http_send (fixture->http, request), &error);
  g_assert_no_error (error);
  response = mtx_sync_response_new_from_json (mtx_reply_get_body (reply), &error);
  g_assert_no_error (error);
  dex_await (mtx_room_list_write (fixture->rooms, response, changes), &error);
  g_assert_no_error (error);
  store_fixture_commit (fixture->db, g_steal_pointer (&changes));
  dex_await (mtx_room_list_publish (fixture->rooms, response), &error);
  g_assert_no_error (error);
  g_set_str (&fixture->since, response->next_batch);
}

static DexFuture *
test_peek (gpointer data)
{
  Fixture              *fixture = fixture_new (TRUE);
  const MtxFakeRequest *request;
  g_autofree char      *one = say (fixture, PROVIDER, "one");
  g_autofree char      *two = say (fixture, PROVIDER, "two");

  g_assert_null (mtx_public_room_get_id (fixture->room));
  g_assert_true (refresh (fixture));
  g_assert_cmpstr (mtx_public_room_get_id (fixture->room), ==, fixture->room_id);
  g_assert_false (mtx_public_room_get_member (fixture->room));
  g_assert_false (mtx_public_room_get_has_older (fixture->room));
  g_assert_cmpuint (fixture->changes, ==, 1);
  assert_announcements (fixture, "two, one");

  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*"), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, NULL, "*"), ==, 3);
  request = mtx_fake_homeserver_get_request (fixture->server, "GET", "*/messages", 0);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "dir"), ==, "b");
  g_assert_null (g_hash_table_lookup (request->query, "from"));

  /* Asked again, one request tells that nothing is new. */
  g_assert_true (refresh (fixture));
  g_assert_cmpuint (fixture->changes, ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, NULL, "*"), ==, 4);

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_new_posts (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *one = say (fixture, PROVIDER, "one");
  g_autofree char *two = NULL;

  g_assert_true (refresh (fixture));
  two = say (fixture, PROVIDER, "two");
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "two, one");
  g_assert_cmpuint (fixture->changes, ==, 2);

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_offline (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  MtxFakeFault     fault = { .status = 500 };
  guint            n_requests;
  g_autofree char *one = say (fixture, PROVIDER, "one");
  g_autofree char *other = say (fixture, STRANGER, "other");
  g_autofree char *two = say (fixture, PROVIDER, "two");
  g_autofree char *three = NULL;

  g_assert_true (refresh (fixture));
  n_requests = mtx_fake_homeserver_count_requests (fixture->server, NULL, "*");
  fixture_reopen (fixture);

  /* From the store alone: posts, and who has power. */
  assert_announcements (fixture, "two, one");
  g_assert_cmpuint (mtx_public_room_get_n_posts (fixture->room), ==, 3);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, NULL, "*"), ==, n_requests);

  mtx_fake_homeserver_fault (fixture->server, NULL, "*", &fault);
  three = say (fixture, PROVIDER, "three");
  refuse (fixture, MTX_ERROR_RETRY_LATER);
  assert_announcements (fixture, "two, one");
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*"), ==, 0);

  mtx_fake_homeserver_clear_faults (fixture->server);
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "three, two, one");

  /* The alias was not asked again, nor the whole state. */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "GET", "*/directory/*"), ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "GET", "*/state"), ==, 1);

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_strangers (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *first = say (fixture, PROVIDER, "first");
  g_autofree char *member = NULL;
  g_autofree char *last = NULL;

  member = send_json (fixture, "@a:evil.example", "m.room.member", "@a:evil.example",
                      "{\"membership\":\"join\",\"displayname\":\"provider\"}");
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *sender = g_strdup_printf ("@%s:evil.example", i % 2 == 0 ? "a" : "provider");
      g_autofree char *id = say (fixture, sender, "Send me your recovery phrase");
    }
  last = say (fixture, PROVIDER, "last");

  /* The first page holds one post; what is behind the strangers is looked for. */
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "last, first");
  g_assert_cmpuint (mtx_public_room_get_n_posts (fixture->room), ==, 202);
  g_assert_false (mtx_public_room_get_has_older (fixture->room));

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_pages (gpointer data)
{
  Fixture *fixture = fixture_new (TRUE);
  guint    before;

  say_many (fixture, PROVIDER, "post", 450);
  g_assert_true (refresh (fixture));
  g_assert_cmpuint (count_announcements (fixture), ==, 100);
  g_assert_true (mtx_public_room_get_has_older (fixture->room));

  do
    {
      before = count_announcements (fixture);
      load_older (fixture, fixture->http);
      g_assert_cmpuint (count_announcements (fixture), >, before);
    }
  while (mtx_public_room_get_has_older (fixture->room));
  g_assert_cmpuint (count_announcements (fixture), ==, 450);

  {
    g_autofree char *shown = announcements (fixture);

    fixture_reopen (fixture);
    g_assert_cmpuint (count_announcements (fixture), ==, 100);
    while (mtx_public_room_get_has_older (fixture->room))
      load_older (fixture, NULL);
    assert_announcements (fixture, shown);
  }

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_gap (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  MtxFakeFault     fault = { .status = 500, .skip = 1 };
  g_autofree char *old = say (fixture, PROVIDER, "old");
  g_autofree char *found = NULL;

  g_assert_true (refresh (fixture));
  fixture_reopen (fixture);
  say_many (fixture, PROVIDER, "new", 250);

  /* The newest page arrives, the next one does not. */
  mtx_fake_homeserver_fault (fixture->server, "GET", "*/messages", &fault);
  refuse (fixture, MTX_ERROR_RETRY_LATER);
  g_assert_cmpuint (count_announcements (fixture), ==, 101);
  mtx_fake_homeserver_clear_faults (fixture->server);

  /* The hole is still known after a restart, and closed in the right place. */
  fixture_reopen (fixture);
  g_assert_true (refresh (fixture));
  g_assert_cmpuint (count_announcements (fixture), ==, 250);
  load_older (fixture, NULL);
  found = announcements (fixture);
  g_assert_true (g_str_has_prefix (found, "new 250, new 249, "));
  g_assert_true (g_str_has_suffix (found, "new 2, new 1, old"));
  g_assert_cmpuint (count_announcements (fixture), ==, 251);
  g_assert_false (mtx_public_room_get_has_older (fixture->room));

  fixture_free (fixture);

  return NULL;
}

/* What lies behind a hole is not shown before the hole is closed, if there is a network. */
static DexFuture *
test_gap_paged (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  MtxFakeFault     fault = { .status = 500, .skip = 1 };
  g_autofree char *old = say (fixture, PROVIDER, "old");
  g_autofree char *found = NULL;

  g_assert_true (refresh (fixture));
  say_many (fixture, PROVIDER, "new", 250);
  mtx_fake_homeserver_fault (fixture->server, "GET", "*/messages", &fault);
  refuse (fixture, MTX_ERROR_RETRY_LATER);
  mtx_fake_homeserver_clear_faults (fixture->server);

  fixture_reopen (fixture);
  load_older (fixture, fixture->http);
  found = announcements (fixture);
  g_assert_true (g_str_has_suffix (found, "new 52, new 51"));
  load_older (fixture, fixture->http);
  g_assert_cmpuint (count_announcements (fixture), ==, 250);
  load_older (fixture, fixture->http);
  g_assert_cmpuint (count_announcements (fixture), ==, 251);
  g_assert_false (mtx_public_room_get_has_older (fixture->room));

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_hidden_kinds (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *shown = say (fixture, PROVIDER, "shown");
  g_autofree char *edit = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"* edited\",\"m.new_content\":{\"msgtype\":\"m.text\","
                                           "\"body\":\"edited\"},\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"%s\"}}",
                                           shown);
  const struct
  {
    const char *type;
    const char *state_key;
    const char *content;
  } events[] = {
    { "m.room.message", NULL, edit },
    { "m.room.message", NULL, "{\"msgtype\":\"m.image\",\"body\":\"picture\",\"url\":\"mxc://a/b\"}" },
    { "m.room.message", NULL, "{\"msgtype\":\"m.text\",\"body\":7}" },
    { "m.room.message", NULL, "{\"body\":\"no type\"}" },
    { "m.room.message", "", "{\"msgtype\":\"m.text\",\"body\":\"state\"}" },
    { "m.room.message", NULL, "{}" },
    { "m.reaction", NULL, "{\"m.relates_to\":{\"rel_type\":\"m.annotation\",\"event_id\":\"$x\",\"key\":\"+\"}}" },
    { "m.room.topic", "", "{\"topic\":\"a topic\"}" },
    { "m.room.message", NULL, "{\"msgtype\":\"m.notice\",\"body\":\"notice\"}" },
    { "m.room.message", NULL, "{\"msgtype\":\"m.emote\",\"body\":\"emote\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autofree char *id = send_json (fixture, PROVIDER, events[i].type, events[i].state_key, events[i].content);
    }

  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "emote, notice, shown");
  fixture_reopen (fixture);
  assert_announcements (fixture, "emote, notice, shown");

  fixture_free (fixture);

  return NULL;
}

static DexFuture *
test_redacted (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *stays = say (fixture, PROVIDER, "stays");
  g_autofree char *goes = say (fixture, PROVIDER, "goes");
  g_autofree char *redacts = g_strdup_printf ("{\"redacts\":\"%s\"}", goes);
  g_autofree char *redaction = NULL;
  g_autofree char *early = NULL;
  g_autofree char *early_redacts = NULL;
  g_autofree char *early_redaction = NULL;

  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "goes, stays");

  redaction = send_json (fixture, PROVIDER, "m.room.redaction", NULL, redacts);
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "stays");
  g_assert_false (store_fixture_holds (fixture->path, "goes"));

  /* A post and its removal in one page, from a server that does not take the words away itself. */
  early = say (fixture, PROVIDER, "early");
  early_redacts = g_strdup_printf ("{\"redacts\":\"%s\"}", early);
  early_redaction = send_json (fixture, PROVIDER, "m.room.redaction", NULL, early_redacts);
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "stays");

  fixture_reopen (fixture);
  assert_announcements (fixture, "stays");

  fixture_free (fixture);

  return NULL;
}

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

static void
repeat_end (const MtxFakeRequest *request,
            MtxFakeAnswer        *answer,
            gpointer              data)
{
  guint           *counter = data;
  g_autofree char *end = g_strdup_printf ("t%u", ++*counter);

  json_object_set_array_member (answer->body, "chunk", json_array_new ());
  json_object_set_string_member (answer->body, "end", end);
}

/* A server that always has one more empty page is not followed for ever. */
static DexFuture *
test_endless (gpointer data)
{
  Fixture *fixture = fixture_new (TRUE);
  guint    counter = 1000000;

  mtx_fake_homeserver_rewrite (fixture->server, "GET", "*/messages", repeat_end, &counter, NULL);
  for (guint i = 0; i < 10; i++)
    g_assert_true (refresh (fixture));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "GET", "*/messages"), <=, 60);
  load_older (fixture, fixture->http);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "GET", "*/messages"), <=, 80);

  fixture_free (fixture);

  return NULL;
}

static void
repeat_events (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  JsonArray *chunk = json_object_get_array_member (answer->body, "chunk");
  guint      n_events = json_array_get_length (chunk);

  for (guint i = 0; i < n_events; i++)
    json_array_add_object_element (chunk, json_object_ref (json_array_get_object_element (chunk, i)));
}

static DexFuture *
test_repeated (gpointer data)
{
  Fixture *fixture = fixture_new (TRUE);

  mtx_fake_homeserver_rewrite (fixture->server, "GET", "*/messages", repeat_events, NULL, NULL);
  say_many (fixture, PROVIDER, "post", 150);
  g_assert_true (refresh (fixture));
  load_older (fixture, fixture->http);
  g_assert_cmpuint (count_announcements (fixture), ==, 150);
  fixture_reopen (fixture);
  load_older (fixture, NULL);
  g_assert_cmpuint (count_announcements (fixture), ==, 150);

  fixture_free (fixture);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/public-room/peek", test_peek);
  mtx_test_add_fiber ("/public-room/new-posts", test_new_posts);
  mtx_test_add_fiber ("/public-room/offline", test_offline);
  mtx_test_add_fiber ("/public-room/strangers", test_strangers);
  mtx_test_add_fiber ("/public-room/pages", test_pages);
  mtx_test_add_fiber ("/public-room/gap", test_gap);
  mtx_test_add_fiber ("/public-room/gap-paged", test_gap_paged);
  mtx_test_add_fiber ("/public-room/hidden-kinds", test_hidden_kinds);
  mtx_test_add_fiber ("/public-room/redacted", test_redacted);
  mtx_test_add_fiber ("/public-room/redacted-in-sync", test_redacted_in_sync);
  mtx_test_add_fiber ("/public-room/power-changes", test_power_changes);
  mtx_test_add_fiber ("/public-room/threat-099-hostile-power", test_hostile_power);
  mtx_test_add_fiber ("/public-room/threat-099-creators", test_creators);
  mtx_test_add_fiber ("/public-room/join", test_join);
  mtx_test_add_fiber ("/public-room/not-for-us", test_not_for_us);
  mtx_test_add_fiber ("/public-room/alias", test_alias);
  mtx_test_add_fiber ("/public-room/alias-moved", test_alias_moved);
  mtx_test_add_fiber ("/public-room/endless", test_endless);
  mtx_test_add_fiber ("/public-room/repeated", test_repeated);

  return g_test_run ();
}
