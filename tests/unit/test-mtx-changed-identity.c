/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What messages are worth that were signed for by an identity nobody accepted yet, and when that changes.
 */
#include "crypto-peer-fixture.h"

#include "mtx-identity-judge.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

typedef struct
{
  MtxCryptoPeer *alice;
  MtxCryptoPeer *bob;      /* as Alice first met him */
  MtxCryptoPeer *impostor; /* the same user, with an identity and a device of its own */
} Scene;

static void
learn (MtxCryptoPeer *peer,
       JsonObject    *answer)
{
  g_autoptr (MtxKeysReply) reply = mtx_crypto_peer_learn (peer, answer);
}

static void
scene_init (Scene *scene)
{
  g_autoptr (JsonObject) honest = NULL;
  g_autoptr (JsonObject) swapped = NULL;

  scene->alice = make_alice ();
  scene->bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  scene->impostor = mtx_crypto_peer_new (BOB, "OTHERDEVICE");
  honest = mtx_crypto_peer_query (scene->alice, scene->bob, NULL);
  swapped = mtx_crypto_peer_query (scene->alice, scene->impostor, NULL);
  learn (scene->alice, honest);
  learn (scene->bob, honest);
  learn (scene->impostor, swapped);
}

static void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->alice, mtx_crypto_peer_free);
  g_clear_pointer (&scene->bob, mtx_crypto_peer_free);
  g_clear_pointer (&scene->impostor, mtx_crypto_peer_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* The server shows the impostor as Bob; Alice's stored events are judged again with the next sync. */
static void
swap (Scene *scene)
{
  g_autoptr (JsonObject) swapped = mtx_crypto_peer_query (scene->alice, scene->impostor, NULL);

  learn (scene->alice, swapped);
  _mtx_crypto_engine_note_changed (scene->alice->engine, BOB);
}

static guint
judge_again (Scene     *scene,
             MtxShield *shield)
{
  g_autoptr (MtxSyncResponse) response = mtx_crypto_peer_sync_one (scene->alice, NULL, NULL);

  if (response->healed->len > 0)
    *shield = mtx_event_get_shield (g_ptr_array_index (response->healed, 0));

  return response->healed->len;
}

static void
acknowledge (Scene *scene)
{
  const char           *users[] = { BOB, NULL };
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char      *shown = NULL;
  g_autoptr (GError)    error = NULL;

  rows = dex_await_boxed (mtx_device_store_load_identities (scene->alice->db, users), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_identity_judge (g_ptr_array_index (rows, 0), MTX_OWN_KEYS_GOOD, &shown), ==, MTX_IDENTITY_CHANGED);
  dex_await (_mtx_crypto_engine_decide (scene->alice->engine, MTX_DECISION_ACKNOWLEDGE, BOB, shown), &error);
  g_assert_no_error (error);
}

/* A key that comes from a device of the new identity: the message carries a warning until somebody accepts it. */
static DexFuture *
test_new_session (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (JsonObject)      to_alice = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxSyncResponse) sync = NULL;
  MtxShield                   shield = MTX_SHIELD_NONE;

  scene_init (&scene);
  swap (&scene);
  to_alice = share (scene.impostor, scene.alice);
  event = mtx_crypto_peer_say (scene.impostor, "I am support", "$1");
  sync = mtx_crypto_peer_sync_one (scene.alice, to_alice, event);
  assert_event (mtx_crypto_peer_get_event (sync, 0), "I am support", MTX_SHIELD_CHANGED_IDENTITY);

  swap (&scene);
  g_assert_cmpuint (judge_again (&scene, &shield), ==, 0);

  acknowledge (&scene);
  g_assert_cmpuint (judge_again (&scene, &shield), ==, 1);
  g_assert_cmpint (shield, ==, MTX_SHIELD_NONE);

  return NULL;
}

/* A message from a device that was unknown: no list and no new identity makes an old friend of it. */
static DexFuture *
test_old_session (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (JsonObject)      to_alice = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxSyncResponse) sync = NULL;
  MtxShield                   shield = MTX_SHIELD_NONE;

  scene_init (&scene);
  to_alice = share (scene.impostor, scene.alice);
  event = mtx_crypto_peer_say (scene.impostor, "I am support", "$1");
  sync = mtx_crypto_peer_sync_one (scene.alice, to_alice, event);
  g_assert_cmpint (mtx_event_get_shield (mtx_crypto_peer_get_event (sync, 0)), !=, MTX_SHIELD_NONE);

  swap (&scene);
  judge_again (&scene, &shield);
  g_assert_cmpint (shield, ==, MTX_SHIELD_CHANGED_IDENTITY);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/changed-identity/threat-017-new-session", test_new_session);
  mtx_test_add_fiber ("/changed-identity/threat-017-threat-065-old-session", test_old_session);

  return g_test_run ();
}
