/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose devices changed while no sync could tell (M15).
 */
#include "encryption-fixture.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-device-trouble-store.h"

#define CHANGES "*/keys/changes"

/* Both bootstrapped; Alice has written to Bob, and then a stretch of syncing was lost in which Bob may have changed. */
static void
begin (Scene *scene)
{
  g_autoptr (MtxSyncResponse) sync = NULL;
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_autofree char            *event_id = NULL;
  g_autoptr (GError)          error = NULL;

  scene_init (scene);
  mtx_crypto_client_bootstrap (scene->bob);
  sync = mtx_crypto_client_sync (scene->alice);
  event_id = say (scene, "the first word");
  mtx_device_trouble_store_put_gap (changes, &(MtxDeviceListGapRow){ .from_token = scene->alice->since, .to_token = "s999_0" });
  dex_await (mtx_db_commit (scene->alice->db, changes), &error);
  g_assert_no_error (error);
}

static gboolean
is_dirty (Scene *scene)
{
  return mtx_tracked_users_is_dirty (_mtx_crypto_engine_get_tracked (scene->alice->engine), scene->bob->user_id);
}

/* Bob's device went in the gap: the key is not used any more. Asked once, and not again. */
static DexFuture *
test_changed (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autofree char      *second = NULL;
  g_autofree char      *third = NULL;
  g_autofree char      *since = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const MtxFakeRequest *request = NULL;
  guint                 before;

  begin (&scene);
  since = g_strdup (scene.alice->since);
  before = count (&scene, QUERY);
  mtx_fake_homeserver_remove_device (scene.server, scene.bob->user_id, "BOBDEVICE");
  second = say (&scene, "second");
  third = say (&scene, "third");

  g_assert_cmpuint (count (&scene, CHANGES), ==, 1);
  request = mtx_fake_homeserver_get_request (scene.server, "GET", CHANGES, 0);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "from"), ==, since);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "to"), ==, "s999_0");
  g_assert_cmpuint (count (&scene, QUERY), ==, before + 1);

  events = mtx_fake_homeserver_get_events (scene.server, scene.room_id, "m.room.encrypted");
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (events->pdata[0], "content"), "session_id"), !=,
                   mtx_json_get_string (mtx_json_get_object (events->pdata[1], "content"), "session_id"));

  return NULL;
}

/* Who did not change is not asked for. */
static DexFuture *
test_unchanged (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;
  guint            before;

  begin (&scene);
  before = count (&scene, QUERY);
  event_id = say (&scene, "second");
  g_assert_cmpuint (count (&scene, CHANGES), ==, 1);
  g_assert_cmpuint (count (&scene, QUERY), ==, before);

  return NULL;
}

/* Killed while the question is under way: nothing is encrypted before it was answered (H9). */
static DexFuture *
test_killed (gpointer data)
{
  static const MtxFakeFault faults[] = { { .times = 1, .drop = MTX_FAKE_TRUNCATE }, { .times = 1, .status = 502 } };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_auto (Scene)     scene = { 0 };
      g_autoptr (GError) error = NULL;
      guint              before;

      begin (&scene);
      before = count (&scene, QUERY);
      mtx_fake_homeserver_remove_device (scene.server, scene.bob->user_id, "BOBDEVICE");
      mtx_fake_homeserver_fault (scene.server, "GET", CHANGES, &faults[i]);
      say_fails (&scene, MTX_ERROR_RETRY_LATER);
      g_assert_cmpuint (count (&scene, QUERY), ==, before);
      mtx_crypto_client_restart (scene.alice);

      /* At the next start the chores ask, whether or not somebody writes. */
      dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
      g_assert_no_error (error);
      g_assert_cmpuint (count (&scene, CHANGES), ==, 2);
      g_assert_cmpuint (count (&scene, QUERY), ==, before + 1);
      g_assert_false (is_dirty (&scene));
    }

  return NULL;
}

/* The server cannot say: everybody may have changed. */
static DexFuture *
test_unanswerable (gpointer data)
{
  static const MtxFakeFault faults[] = {
    { .status = 404, .errcode = "M_UNRECOGNIZED" },
    { .status = 400, .errcode = "M_UNKNOWN" },
    { .status = 400, .errcode = "M_INVALID_PARAM" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_auto (Scene)   scene = { 0 };
      g_autofree char *event_id = NULL;
      guint            before;

      begin (&scene);
      before = count (&scene, QUERY);
      mtx_fake_homeserver_fault (scene.server, "GET", CHANGES, &faults[i]);
      event_id = say (&scene, "second");
      g_free (event_id);
      event_id = say (&scene, "third");
      g_assert_cmpuint (count (&scene, CHANGES), ==, 1);
      g_assert_cmpuint (count (&scene, QUERY), ==, before + 1);
    }

  return NULL;
}

static void
answer_nonsense (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  mtx_fake_answer_json (answer, 200, "{\"changed\":[1,null,\"no user\",{\"a\":[]},\"@stranger:example.org\"],\"left\":7}");
}

/* Rubbish in the answer changes nothing. */
static DexFuture *
test_nonsense (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;

  begin (&scene);
  mtx_fake_homeserver_rewrite (scene.server, "GET", CHANGES, answer_nonsense, NULL, NULL);
  event_id = say (&scene, "second");
  g_assert_cmpuint (count (&scene, CHANGES), ==, 1);
  g_assert_false (is_dirty (&scene));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/device-list-gaps/changed", test_changed);
  mtx_test_add_fiber ("/device-list-gaps/unchanged", test_unchanged);
  mtx_test_add_fiber ("/device-list-gaps/threat-095-killed", test_killed);
  mtx_test_add_fiber ("/device-list-gaps/unanswerable", test_unanswerable);
  mtx_test_add_fiber ("/device-list-gaps/threat-097-nonsense", test_nonsense);

  return g_test_run ();
}
