/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encryption between clients of one homeserver: from the first key to the message that is read.
 */
#include "encryption-fixture.h"

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
  mtx_crypto_client_bootstrap (scene.bob);

  question = say (&scene, "Can you help?");
  at_bob = mtx_crypto_client_sync (scene.bob);

  /* Bob has not asked for Alice's devices yet; her own keys, enclosed, are not signed by anybody he knows. */
  g_assert_cmpint (mtx_event_get_decryption (mtx_crypto_client_find (at_bob, question)), ==, MTX_DECRYPTION_DECRYPTED);

  answer = mtx_crypto_client_say (scene.bob, scene.info, "Yes", &error);
  g_assert_no_error (error);
  at_alice = mtx_crypto_client_sync (scene.alice);
  assert_reads (at_alice, answer, "Yes");
  assert_reads (at_alice, question, "Can you help?");
  g_assert_cmpint (mtx_event_get_shield (mtx_crypto_client_find (at_alice, answer)), ==, MTX_SHIELD_NONE);
  g_assert_cmpint (mtx_event_get_shield (mtx_crypto_client_find (at_alice, question)), ==, MTX_SHIELD_NONE);

  /* Nobody claimed anything for the way back. */
  g_assert_cmpuint (count (&scene, CLAIM), ==, 1);

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
