/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is read of a public room from outside: pages, gaps, what is hidden and what is removed.
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
  /* The alias, the posts, the state, and whether the room was replaced. */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, NULL, "*"), ==, 4);
  request = mtx_fake_homeserver_get_request (fixture->server, "GET", "*/messages", 0);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "dir"), ==, "b");
  g_assert_null (g_hash_table_lookup (request->query, "from"));

  /* Asked again, one request tells that nothing is new. */
  g_assert_true (refresh (fixture));
  g_assert_cmpuint (fixture->changes, ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, NULL, "*"), ==, 5);

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
    { "m.room.message", NULL, edit }, /* of the first */
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
  assert_announcements (fixture, "emote, notice, edited");
  fixture_reopen (fixture);
  assert_announcements (fixture, "emote, notice, edited");

  fixture_free (fixture);

  return NULL;
}

static char *
edit (Fixture    *fixture,
      const char *sender,
      const char *target,
      const char *body)
{
  g_autofree char *json = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"* %s\",\"m.new_content\":{\"msgtype\":\"m.text\","
                                           "\"body\":\"%s\"},\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"%s\"}}",
                                           body, body, target);

  return send_json (fixture, sender, "m.room.message", NULL, json);
}

/* A post that is corrected while it is shown; a stranger corrects nothing, and what is taken back counts no more. */
static DexFuture *
test_edited (gpointer data)
{
  Fixture         *fixture = fixture_new (TRUE);
  g_autofree char *post = say (fixture, PROVIDER, "misspelt");
  g_autofree char *forged = NULL;
  g_autofree char *corrected = NULL;
  g_autofree char *redacts = NULL;
  g_autofree char *redaction = NULL;

  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "misspelt");
  corrected = edit (fixture, PROVIDER, post, "correct");
  forged = edit (fixture, STRANGER, post, "forged");
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "correct");
  g_assert_cmpuint (fixture->changes, ==, 2);
  fixture_reopen (fixture);
  assert_announcements (fixture, "correct");

  redacts = g_strdup_printf ("{\"redacts\":\"%s\"}", corrected);
  redaction = send_json (fixture, PROVIDER, "m.room.redaction", NULL, redacts);
  g_assert_true (refresh (fixture));
  assert_announcements (fixture, "misspelt");
  fixture_reopen (fixture);
  assert_announcements (fixture, "misspelt");

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
  mtx_test_add_fiber ("/public-room/threat-062-edited", test_edited);
  mtx_test_add_fiber ("/public-room/redacted", test_redacted);
  mtx_test_add_fiber ("/public-room/endless", test_endless);
  mtx_test_add_fiber ("/public-room/repeated", test_repeated);

  return g_test_run ();
}
