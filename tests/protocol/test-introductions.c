/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is invited learns who we are together with the room key; nobody else is bothered.
 */
#include "encryption-fixture.h"
#include "mtx-crypto-engine.h"
#include "mtx-fake-clock.h"

#define INTRODUCTION "*/sendToDevice/m.room_key_request/*"

/* Bob has a device with signed keys, and is invited or has joined. */
static void
scene_init_member (Scene      *scene,
                   const char *membership)
{
  MtxMegolmRotation rotation;
  const char       *members[] = { NULL, NULL, NULL };
  const char       *invited[] = { NULL, NULL };

  scene_init (scene);
  mtx_crypto_client_bootstrap (scene->bob);
  mtx_fake_homeserver_set_member (scene->server, scene->room_id, scene->bob->user_id, membership);
  members[0] = scene->alice->user_id;
  members[1] = scene->bob->user_id;
  if (g_str_equal (membership, "invite"))
    invited[0] = scene->bob->user_id;
  mtx_megolm_rotation_init (&rotation, NULL);
  g_clear_pointer (&scene->info, mtx_room_crypto_info_unref);
  scene->info = mtx_room_crypto_info_new (scene->room_id, MTX_ALGORITHM_MEGOLM, &rotation, members, invited, NULL);
}

typedef struct
{
  Scene *scene;
  guint  n_wanted;
} Requests;

static gboolean
has_requests (gpointer data)
{
  Requests *requests = data;

  return count (requests->scene, INTRODUCTION) >= requests->n_wanted;
}

static void
wait_introductions (Scene *scene,
                    guint  n_wanted)
{
  Requests requests = { scene, n_wanted };

  mtx_test_wait (has_requests, &requests);
  g_assert_cmpuint (count (scene, INTRODUCTION), ==, n_wanted);
}

static void
send_pending (Scene *scene)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_encryption_after_sync (scene->alice->encryption), &error);
  g_assert_no_error (error);
}

/* The order in which Bob gets them matters: a request for a key he has not is one he does not look at. */
static DexFuture *
test_after_the_key (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autofree char            *first = NULL;
  g_autofree char            *second = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  const MtxToDeviceEvent     *event = NULL;
  JsonObject                 *content = NULL;
  JsonObject                 *body = NULL;
  g_autoptr (GPtrArray)       events = NULL;

  scene_init_member (&scene, "invite");
  first = say (&scene, "Is anybody there?");
  second = say (&scene, "Hello?");
  wait_introductions (&scene, 1);

  at_bob = mtx_crypto_client_sync (scene.bob);
  g_assert_cmpuint (at_bob->to_device->len, ==, 2);
  event = g_ptr_array_index (at_bob->to_device, 0);
  g_assert_cmpstr (event->type, ==, "m.room.encrypted");
  event = g_ptr_array_index (at_bob->to_device, 1);
  g_assert_cmpstr (event->type, ==, "m.room_key_request");

  content = mtx_json_get_object (mtx_fake_homeserver_get_request (scene.server, "PUT", INTRODUCTION, 0)->body, "messages");
  content = mtx_json_get_object (mtx_json_get_object (content, scene.bob->user_id), "BOBDEVICE");
  g_assert_cmpstr (mtx_json_get_string (content, "action"), ==, "request");
  g_assert_cmpstr (mtx_json_get_string (content, "requesting_device_id"), ==, "ALICEDEVICE");
  g_assert_nonnull (mtx_json_get_string (content, "request_id"));
  body = mtx_json_get_object (content, "body");
  g_assert_cmpstr (mtx_json_get_string (body, "algorithm"), ==, MTX_ALGORITHM_MEGOLM);
  g_assert_cmpstr (mtx_json_get_string (body, "room_id"), ==, scene.room_id);
  events = mtx_fake_homeserver_get_events (scene.server, scene.room_id, "m.room.encrypted");
  g_assert_cmpstr (mtx_json_get_string (body, "session_id"),
                   ==,
                   mtx_json_get_string (mtx_json_get_object (g_ptr_array_index (events, 0), "content"), "session_id"));

  return NULL;
}

/* Who was busy gets both in one sync, and does not look. So there is another one, and one more; then there is an end. */
static DexFuture *
test_again (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;

  mtx_fake_clock_install ();
  scene_init_member (&scene, "invite");
  event_id = say (&scene, "Is anybody there?");
  for (guint n_sent = 1; n_sent <= 3; n_sent++)
    {
      wait_introductions (&scene, n_sent);
      send_pending (&scene);
      g_assert_cmpuint (mtx_fake_clock_count (), ==, n_sent < 3 ? 1 : 0);
      if (n_sent < 3)
        mtx_fake_clock_advance (mtx_fake_clock_next ());
    }
  mtx_fake_clock_uninstall ();

  return NULL;
}

/* Who has joined follows our devices anyway. */
static DexFuture *
test_not_to_members (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;

  scene_init_member (&scene, "join");
  event_id = say (&scene, "Hello");
  send_pending (&scene);
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);
  g_assert_cmpuint (count (&scene, INTRODUCTION), ==, 0);

  return NULL;
}

/* No message waits for it, and a server that was out of order gets it later. */
static DexFuture *
test_trouble (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  const MtxFakeFault          fault = { .times = 1, .status = 503 };
  g_autofree char            *event_id = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;

  scene_init_member (&scene, "invite");
  mtx_fake_homeserver_fault (scene.server, "PUT", INTRODUCTION, &fault);
  event_id = say (&scene, "Is anybody there?");
  wait_introductions (&scene, 1);
  mtx_crypto_client_restart (scene.alice);
  send_pending (&scene);

  at_bob = mtx_crypto_client_sync (scene.bob);
  g_assert_cmpuint (at_bob->to_device->len, ==, 2);

  return NULL;
}

/* The key went out in a later try, or by a later run: who got it is told then. */
static DexFuture *
test_late_key (gpointer data)
{
  for (guint is_restarted = 0; is_restarted < 2; is_restarted++)
    {
      g_auto (Scene)     scene = { 0 };
      const MtxFakeFault fault = { .times = 1, .status = 503 };
      g_autofree char   *event_id = NULL;

      scene_init_member (&scene, "invite");
      mtx_fake_homeserver_fault (scene.server, "PUT", KEYS, &fault);
      say_fails (&scene, MTX_ERROR_RETRY_LATER);
      if (is_restarted)
        mtx_crypto_client_restart (scene.alice);
      event_id = say (&scene, "Is anybody there?");
      wait_introductions (&scene, 1);
    }

  return NULL;
}

static void
claim_nothing (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  json_object_set_object_member (answer->body, "one_time_keys", json_object_new ());
}

/* Who did not get the key would not look. */
static DexFuture *
test_not_without_a_key (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;

  scene_init_member (&scene, "invite");
  mtx_fake_homeserver_rewrite (scene.server, "POST", CLAIM, claim_nothing, NULL, NULL);
  event_id = say (&scene, "Is anybody there?");
  send_pending (&scene);
  g_assert_cmpuint (count (&scene, WITHHELD), ==, 1);
  g_assert_cmpuint (count (&scene, INTRODUCTION), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/introductions/after-the-key", test_after_the_key);
  mtx_test_add_fiber ("/introductions/again", test_again);
  mtx_test_add_fiber ("/introductions/not-to-members", test_not_to_members);
  mtx_test_add_fiber ("/introductions/trouble", test_trouble);
  mtx_test_add_fiber ("/introductions/late-key", test_late_key);
  mtx_test_add_fiber ("/introductions/not-without-a-key", test_not_without_a_key);

  return g_test_run ();
}
