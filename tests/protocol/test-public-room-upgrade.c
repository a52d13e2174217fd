/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Announcements go on where the room went, and nowhere else (S13).
 */
#include "public-room-fixture.h"

#include "mtx-json.h"

#include <string.h>

#define TOMBSTONE "*/state/m.room.tombstone/*"
#define CREATE    "*/state/m.room.create/*"

/* What the rooms of a test say of where they came from: room id → predecessor. */
static void
add_predecessors (const MtxFakeRequest *request,
                  MtxFakeAnswer        *answer,
                  gpointer              data)
{
  GHashTableIter iter;
  gpointer       room_id = NULL;
  gpointer       predecessor = NULL;

  g_hash_table_iter_init (&iter, data);
  while (g_hash_table_iter_next (&iter, &room_id, &predecessor))
    {
      g_autofree char *escaped = g_uri_escape_string (room_id, NULL, FALSE);
      JsonObject      *object = NULL;

      if (strstr (request->path, escaped) == NULL || answer->status != 200)
        continue;
      object = json_object_new ();
      json_object_set_string_member (object, "room_id", predecessor);
      json_object_set_object_member (answer->body, "predecessor", object);
    }
}

/* A fixture whose rooms name their predecessors as @claims says. */
static Fixture *
make (gboolean     world_readable,
      GHashTable **claims)
{
  Fixture *fixture = fixture_new (world_readable);

  *claims = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  mtx_fake_homeserver_rewrite (fixture->server, "GET", CREATE, add_predecessors, g_hash_table_ref (*claims),
                               (GDestroyNotify)g_hash_table_unref);

  return fixture;
}

static char *
make_room (Fixture    *fixture,
           const char *post)
{
  g_autoptr (JsonObject) content = json_object_new ();
  char                  *room_id = mtx_fake_homeserver_create_room (fixture->server, PROVIDER, NULL, TRUE);

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", post);
  g_free (mtx_fake_homeserver_send_event (fixture->server, room_id, PROVIDER, "m.room.message", NULL, content));

  return room_id;
}

static void
replace (Fixture    *fixture,
         const char *room_id,
         const char *replacement)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "replacement_room", replacement);
  g_free (mtx_fake_homeserver_send_event (fixture->server, room_id, PROVIDER, "m.room.tombstone", "", content));
}

static void
claim (GHashTable *claims,
       const char *room_id,
       const char *predecessor)
{
  g_hash_table_insert (claims, g_strdup (room_id), g_strdup (predecessor));
}

static DexFuture *
test_followed (gpointer data)
{
  g_autoptr (GHashTable) claims = NULL;
  Fixture               *fixture = make (TRUE, &claims);
  g_autofree char       *next = make_room (fixture, "in the next room");

  g_free (say (fixture, PROVIDER, "in the old room"));
  refresh (fixture);
  assert_announcements (fixture, "in the old room");

  /* Of another run: the same one looks again only after an hour. */
  replace (fixture, fixture->room_id, next);
  claim (claims, next, fixture->room_id);
  refresh (fixture);
  assert_announcements (fixture, "in the old room");
  fixture_reopen (fixture);
  refresh (fixture);
  assert_announcements (fixture, "in the next room");
  g_assert_cmpstr (mtx_public_room_get_id (fixture->room), ==, next);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*"), ==, 0);
  fixture_free (fixture);

  return NULL;
}

/* One side's word is not enough, whichever side it is. */
static DexFuture *
test_one_sided (gpointer data)
{
  g_autoptr (GHashTable) claims = NULL;
  Fixture               *fixture = make (TRUE, &claims);
  g_autofree char       *next = make_room (fixture, "hijacked");
  g_autofree char       *other = make_room (fixture, "unasked");

  g_free (say (fixture, PROVIDER, "genuine"));
  claim (claims, other, fixture->room_id);
  replace (fixture, fixture->room_id, next);
  claim (claims, next, other);
  refresh (fixture);
  assert_announcements (fixture, "genuine");
  g_assert_cmpstr (mtx_public_room_get_id (fixture->room), ==, fixture->room_id);
  fixture_free (fixture);

  return NULL;
}

/* A tombstone that names itself, no room, or a room that is not there. */
static DexFuture *
test_nonsense (gpointer data)
{
  const char *targets[] = { NULL, "", "no room", "!gone:" MTX_FAKE_SERVER_NAME, "#alias:" MTX_FAKE_SERVER_NAME };

  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autoptr (GHashTable) claims = NULL;
      Fixture               *fixture = make (TRUE, &claims);

      g_free (say (fixture, PROVIDER, "still here"));
      replace (fixture, fixture->room_id, targets[i] != NULL ? targets[i] : fixture->room_id);
      claim (claims, fixture->room_id, fixture->room_id);
      refresh (fixture);
      assert_announcements (fixture, "still here");
      fixture_free (fixture);
    }

  return NULL;
}

static DexFuture *
test_circle (gpointer data)
{
  g_autoptr (GHashTable) claims = NULL;
  Fixture               *fixture = make (TRUE, &claims);
  g_autofree char       *next = make_room (fixture, "there");

  g_free (say (fixture, PROVIDER, "here"));
  replace (fixture, fixture->room_id, next);
  replace (fixture, next, fixture->room_id);
  claim (claims, next, fixture->room_id);
  claim (claims, fixture->room_id, next);
  refresh (fixture);
  assert_announcements (fixture, "there");
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "GET", TOMBSTONE), ==, 2);
  fixture_free (fixture);

  return NULL;
}

#define CHAIN 1000

/* Chains without end end for us. */
static DexFuture *
test_chain (gpointer data)
{
  g_autoptr (GHashTable) claims = NULL;
  Fixture               *fixture = make (TRUE, &claims);
  g_autofree char       *last = g_strdup (fixture->room_id);

  for (guint i = 0; i < CHAIN; i++)
    {
      g_autofree char *next = mtx_fake_homeserver_create_room (fixture->server, PROVIDER, NULL, TRUE);

      replace (fixture, last, next);
      claim (claims, next, last);
      g_set_str (&last, next);
    }
  refresh (fixture);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "GET", TOMBSTONE), <=, 10);
  g_assert_cmpstr (mtx_public_room_get_id (fixture->room), !=, fixture->room_id);
  fixture_free (fixture);

  return NULL;
}

/* The next room shows itself to members only: it is joined, and left if it is another. */
static gboolean
refuse_strangers (const MtxFakeRequest *request,
                  MtxFakeAnswer        *answer,
                  gpointer              data)
{
  Fixture *fixture = data;

  if (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/join/*") > 0)
    return FALSE;

  mtx_fake_answer_error (answer, 403, "M_FORBIDDEN");

  return TRUE;
}

static gboolean
has_left (gpointer data)
{
  return mtx_fake_homeserver_count_requests (((Fixture *)data)->server, "POST", "*/leave") > 0;
}

static DexFuture *
test_closed (gpointer data)
{
  for (guint genuine = 0; genuine < 2; genuine++)
    {
      g_autoptr (GHashTable) claims = NULL;
      Fixture               *fixture = make (TRUE, &claims);
      g_autofree char       *next = make_room (fixture, "members only");

      g_free (say (fixture, PROVIDER, "old"));
      replace (fixture, fixture->room_id, next);
      claim (claims, next, genuine ? fixture->room_id : "!elsewhere:example.org");
      mtx_fake_homeserver_override (fixture->server, "GET", CREATE, refuse_strangers, fixture, NULL);
      refresh (fixture);
      g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture->server, "POST", "*/join/*"), ==, 1);
      g_assert_cmpstr (mtx_public_room_get_id (fixture->room), ==, genuine ? next : fixture->room_id);
      if (!genuine)
        mtx_test_wait (has_left, fixture);
      g_assert_cmpint (has_left (fixture), ==, !genuine);
      fixture_free (fixture);
    }

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/public-room-upgrade/followed", test_followed);
  mtx_test_add_fiber ("/public-room-upgrade/threat-100-one-sided", test_one_sided);
  mtx_test_add_fiber ("/public-room-upgrade/threat-100-nonsense", test_nonsense);
  mtx_test_add_fiber ("/public-room-upgrade/threat-100-circle", test_circle);
  mtx_test_add_fiber ("/public-room-upgrade/threat-100-chain", test_chain);
  mtx_test_add_fiber ("/public-room-upgrade/threat-100-closed", test_closed);

  return g_test_run ();
}
