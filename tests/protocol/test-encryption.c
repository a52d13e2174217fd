/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encryption between clients of one homeserver: from the first key to the message that is read.
 */
#include "mtx-crypto-client.h"
#include "mtx-test.h"

typedef struct
{
  MtxFakeHomeserver *server;
  MtxCryptoClient   *alice;
  MtxCryptoClient   *bob;
  char              *room_id;
  MtxRoomCryptoInfo *info;
} Scene;

static void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->info, mtx_room_crypto_info_unref);
  g_clear_pointer (&scene->room_id, g_free);
  g_clear_pointer (&scene->alice, mtx_crypto_client_free);
  g_clear_pointer (&scene->bob, mtx_crypto_client_free);
  g_clear_object (&scene->server);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* Alice and Bob, both bootstrapped, in one room. */
static void
scene_init (Scene *scene)
{
  const char *members[3] = { NULL };

  scene->server = mtx_fake_homeserver_new ();
  scene->alice = mtx_crypto_client_new (scene->server, "alice", "ALICEDEVICE");
  scene->bob = mtx_crypto_client_new (scene->server, "bob", "BOBDEVICE");
  mtx_crypto_client_bootstrap (scene->alice);
  mtx_crypto_client_bootstrap (scene->bob);

  scene->room_id = mtx_fake_homeserver_create_room (scene->server, scene->alice->user_id, NULL, FALSE);
  mtx_fake_homeserver_set_member (scene->server, scene->room_id, scene->bob->user_id, "join");
  members[0] = scene->alice->user_id;
  members[1] = scene->bob->user_id;
  scene->info = mtx_crypto_client_make_info (scene->room_id, members);
}

static void
assert_reads (MtxSyncResponse *response,
              const char      *event_id,
              const char      *body)
{
  MtxEvent *event = mtx_crypto_client_find (response, event_id);

  g_assert_nonnull (event);
  g_assert_cmpint (mtx_event_get_decryption (event), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpstr (mtx_event_get_body (event), ==, body);
  g_assert_cmpint (mtx_event_get_shield (event), ==, MTX_SHIELD_NONE);
}

static DexFuture *
test_both_directions (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (GError)          error = NULL;
  g_autofree char            *question = NULL;
  g_autofree char            *answer = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;

  scene_init (&scene);

  question = mtx_crypto_client_say (scene.alice, scene.info, "Can you help?", &error);
  g_assert_no_error (error);
  at_bob = mtx_crypto_client_sync (scene.bob);

  /* Bob has not asked for Alice's devices yet; her own keys, enclosed, are not signed by anybody he knows. */
  g_assert_cmpint (mtx_event_get_decryption (mtx_crypto_client_find (at_bob, question)), ==, MTX_DECRYPTION_DECRYPTED);

  answer = mtx_crypto_client_say (scene.bob, scene.info, "Yes", &error);
  g_assert_no_error (error);
  at_alice = mtx_crypto_client_sync (scene.alice);
  assert_reads (at_alice, answer, "Yes");
  assert_reads (at_alice, question, "Can you help?");

  /* Nobody claimed anything for the way back. */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (scene.server, "POST", "*/keys/claim"), ==, 1);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/encryption/both-directions", test_both_directions);

  return g_test_run ();
}
