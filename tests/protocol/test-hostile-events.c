/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ten thousand events for our device in one sync that nobody honest would send, with the good ones among them. That
 * is as many as we take from one sync.
 */
#include "encryption-fixture.h"
#include "mtx-hostile-events.h"

/* Every byte of them is looked at by the sanitizers as well. */
#ifdef __SANITIZE_ADDRESS__
#define N_EVENTS 1600
#else
#define N_EVENTS 10000
#endif

/* What the next sync brings before and behind what is really there; NULL once it was brought. */
static JsonArray *hostile;

static void
surround (const MtxFakeRequest *request,
          MtxFakeAnswer        *answer,
          gpointer              data)
{
  Scene     *scene = data;
  JsonArray *good = mtx_json_get_array (mtx_json_get_object (answer->body, "to_device"), "events");
  JsonArray *all = NULL;
  guint      n_good = good != NULL ? json_array_get_length (good) : 0;

  if (hostile == NULL || n_good == 0 || g_strcmp0 (request->user_id, scene->bob->user_id) != 0)
    return;

  all = json_array_sized_new (N_EVENTS);
  for (guint i = 0; i + n_good < N_EVENTS; i++)
    {
      if (i == N_EVENTS / 2)
        for (guint j = 0; j < n_good; j++)
          json_array_add_element (all, json_array_dup_element (good, j));
      json_array_add_element (all, json_array_dup_element (hostile, i));
    }
  g_assert_cmpuint (json_array_get_length (all), ==, N_EVENTS);
  json_object_set_array_member (mtx_json_get_object (answer->body, "to_device"), "events", all);
  g_clear_pointer (&hostile, json_array_unref);
}

/* Every message has a key of its own from now on. */
static void
rotate (Scene *scene)
{
  MtxMegolmRotation rotation = { .period_ms = MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS, .messages = 1 };
  const char       *members[] = { scene->alice->user_id, scene->bob->user_id, NULL };

  g_clear_pointer (&scene->info, mtx_room_crypto_info_unref);
  scene->info = mtx_room_crypto_info_new (scene->room_id, MTX_ALGORITHM_MEGOLM, &rotation, members, NULL, NULL);
}

static DexFuture *
test_among_thousands (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autofree char            *first = NULL;
  g_autofree char            *second = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (MtxSyncResponse) later = NULL;
  guint                       n_claims = 0;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  rotate (&scene);
  first = say (&scene, "Among thousands");
  response = mtx_crypto_client_sync (scene.bob);
  assert_reads (response, first, "Among thousands");
  g_clear_pointer (&response, mtx_sync_response_unref);

  mtx_crypto_client_restart (scene.bob);
  hostile = mtx_hostile_events_new (&(MtxHostileScene){
                                        .user_id = scene.alice->user_id,
                                        .device_id = scene.alice->device_id,
                                        .sender_key = mtx_crypto_engine_get_curve25519 (scene.alice->engine),
                                        .victim_key = mtx_crypto_engine_get_curve25519 (scene.bob->engine),
                                        .room_id = scene.room_id,
                                    },
                                    N_EVENTS);
  mtx_fake_homeserver_rewrite (scene.server, "GET", "*/sync", surround, &scene, NULL);
  n_claims = count (&scene, CLAIM);
  second = say (&scene, "And once more");
  response = mtx_crypto_client_sync (scene.bob);
  g_assert_null (hostile);
  assert_reads (response, second, "And once more");
  mtx_test_await (mtx_encryption_after_sync (scene.bob->encryption));

  /* Rubbish in the name of a device we know is answered once, if at all (threat 34). */
  g_assert_cmpuint (count (&scene, CLAIM) - n_claims, <=, 1);

  /* Nobody needs to be told twice, and nothing is left half done. */
  mtx_crypto_client_restart (scene.bob);
  g_free (second);
  second = say (&scene, "Still here");
  later = mtx_crypto_client_sync (scene.bob);
  assert_reads (later, second, "Still here");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/hostile-events/threat-034-among-thousands", test_among_thousands);

  return g_test_run ();
}
