/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Engines that talk to one another by hand-made JSON: what is exchanged, and what is believed of it.
 */
#include "mtx-crypto-peer.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

static MtxCryptoPeer *
make_bob (MtxCryptoPeer *alice)
{
  MtxCryptoPeer *bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");

  mtx_crypto_peer_meet (alice, bob);

  return bob;
}

static void
assert_reads (MtxEvent   *event,
              const char *body,
              MtxShield   shield)
{
  g_assert_cmpint (mtx_event_get_decryption (event), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (mtx_event_get_kind (event), ==, MTX_EVENT_KIND_TEXT);
  g_assert_cmpstr (mtx_event_get_body (event), ==, body);
  g_assert_cmpint (mtx_event_get_shield (event), ==, shield);
}

static DexFuture *
test_exchange (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = mtx_crypto_peer_new (ALICE, "ALICEDEVICE");
  g_autoptr (MtxCryptoPeer)   bob = make_bob (alice);
  g_autoptr (JsonObject)      room_key = NULL;
  g_autoptr (JsonObject)      hello = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;

  g_assert_cmpuint (mtx_crypto_peer_begin (alice, bob), ==, 1);
  g_assert_cmpuint (mtx_crypto_peer_share (alice, bob), ==, 0);
  room_key = mtx_crypto_peer_take_to_device (alice, bob);
  hello = mtx_crypto_peer_say (alice, "Hello Bob", "$1");

  at_bob = mtx_crypto_peer_sync_one (bob, room_key, hello);
  assert_reads (mtx_crypto_peer_get_event (at_bob, 0), "Hello Bob", MTX_SHIELD_NONE);

  /* And the sender reads it as well. */
  at_alice = mtx_crypto_peer_sync_one (alice, NULL, hello);
  assert_reads (mtx_crypto_peer_get_event (at_alice, 0), "Hello Bob", MTX_SHIELD_NONE);

  return NULL;
}

static DexFuture *
test_both_directions (gpointer data)
{
  g_autoptr (MtxCryptoPeer)   alice = mtx_crypto_peer_new (ALICE, "ALICEDEVICE");
  g_autoptr (MtxCryptoPeer)   bob = make_bob (alice);
  g_autoptr (JsonObject)      to_bob = NULL;
  g_autoptr (JsonObject)      to_alice = NULL;
  g_autoptr (JsonObject)      question = NULL;
  g_autoptr (JsonObject)      answer = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;

  g_assert_cmpuint (mtx_crypto_peer_begin (alice, bob), ==, 1);
  g_assert_cmpuint (mtx_crypto_peer_share (alice, bob), ==, 0);
  to_bob = mtx_crypto_peer_take_to_device (alice, bob);
  question = mtx_crypto_peer_say (alice, "How are you?", "$1");
  at_bob = mtx_crypto_peer_sync_one (bob, to_bob, question);
  assert_reads (mtx_crypto_peer_get_event (at_bob, 0), "How are you?", MTX_SHIELD_NONE);

  /* Bob answers over the session Alice began: nothing is claimed. */
  g_assert_cmpuint (mtx_crypto_peer_share (bob, alice), ==, 0);
  to_alice = mtx_crypto_peer_take_to_device (bob, alice);
  answer = mtx_crypto_peer_say (bob, "Fine", "$2");
  at_alice = mtx_crypto_peer_sync_one (alice, to_alice, answer);
  assert_reads (mtx_crypto_peer_get_event (at_alice, 0), "Fine", MTX_SHIELD_NONE);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/crypto-engine/exchange", test_exchange);
  mtx_test_add_fiber ("/crypto-engine/both-directions", test_both_directions);

  return g_test_run ();
}
