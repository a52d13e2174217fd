/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Olm sessions that broke are begun anew, and not more often than once an hour for each device (M34).
 */
#include "encryption-fixture.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-crypto-store.h"
#include "mtx-device-trouble-store.h"
#include "mtx-olm-repair.h"

/* Both bootstrapped; Bob has read Alice's first word, and Alice knows Bob. */
static void
begin (Scene *scene)
{
  g_autofree char            *event_id = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;

  scene_init (scene);
  mtx_crypto_client_bootstrap (scene->bob);
  at_alice = mtx_crypto_client_sync (scene->alice);
  event_id = say (scene, "the first word");
  at_bob = mtx_crypto_client_sync (scene->bob);
  assert_reads (at_bob, event_id, "the first word");
}

static void
sync_and_repair (MtxCryptoClient *client)
{
  g_autoptr (MtxSyncResponse) sync = mtx_crypto_client_sync (client);
  g_autoptr (GError)          error = NULL;

  dex_await (mtx_encryption_after_sync (client->encryption), &error);
  g_assert_no_error (error);
}

/* What no session of Alice's reads, under the name of Bob's device. */
static void
send_rubbish (Scene *scene,
              guint  n)
{
  const char *ours = mtx_crypto_engine_get_curve25519 (scene->alice->engine);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (JsonObject) content = json_object_new ();
      JsonObject            *ciphertexts = json_object_new ();
      JsonObject            *ciphertext = json_object_new ();
      guint8                 message[1 + 2 + 32 + 2 + 2 + 16 + 8] = { 3, 0x0A, 32 };
      g_autofree char       *body = NULL;

      /* Well formed: a ratchet key, a chain index, a block of ciphertext, a MAC. */
      message[3] = (guint8)(9 + i);
      message[35] = 0x10;
      message[37] = 0x22;
      message[38] = 16;
      body = g_base64_encode (message, sizeof message);
      while (g_str_has_suffix (body, "="))
        body[strlen (body) - 1] = '\0';

      json_object_set_int_member (ciphertext, "type", 1);
      json_object_set_string_member (ciphertext, "body", body);
      json_object_set_object_member (ciphertexts, ours, ciphertext);
      json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_OLM);
      json_object_set_string_member (content, "sender_key", mtx_crypto_engine_get_curve25519 (scene->bob->engine));
      json_object_set_object_member (content, "ciphertext", ciphertexts);
      mtx_fake_homeserver_send_to_device (scene->server, scene->bob->user_id, scene->alice->user_id, "ALICEDEVICE",
                                          "m.room.encrypted", content);
    }
}

static void
let_an_hour_pass (Scene *scene)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  mtx_device_trouble_store_put_wedged (changes,
                                       &(MtxWedgedDeviceRow){
                                           .user_id = scene->bob->user_id,
                                           .curve25519 = mtx_crypto_engine_get_curve25519 (scene->bob->engine),
                                           .wanted = TRUE,
                                           .began_at = g_get_real_time () / 1000 - MTX_OLM_REPAIR_INTERVAL_MS,
                                       });
  dex_await (mtx_db_commit (scene->alice->db, changes), &error);
  g_assert_no_error (error);
}

static DexFuture *
test_once_an_hour (gpointer data)
{
  g_auto (Scene) scene = { 0 };
  guint          before;

  begin (&scene);
  before = count (&scene, CLAIM);
  send_rubbish (&scene, 90);
  sync_and_repair (scene.alice);
  g_assert_cmpuint (count (&scene, CLAIM), ==, before + 1);

  for (guint i = 0; i < 3; i++)
    {
      send_rubbish (&scene, 90);
      sync_and_repair (scene.alice);
    }
  mtx_crypto_client_restart (scene.alice);
  send_rubbish (&scene, 1);
  sync_and_repair (scene.alice);
  g_assert_cmpuint (count (&scene, CLAIM), ==, before + 1);

  let_an_hour_pass (&scene);
  sync_and_repair (scene.alice);
  g_assert_cmpuint (count (&scene, CLAIM), ==, before + 2);

  return NULL;
}

/* Whose device nobody knows is not written to. */
static DexFuture *
test_stranger (gpointer data)
{
  g_auto (Scene) scene = { 0 };
  guint          before;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  before = count (&scene, CLAIM);
  send_rubbish (&scene, 3);
  sync_and_repair (scene.alice);
  g_assert_cmpuint (count (&scene, CLAIM), ==, before);

  return NULL;
}

/* The server is away at the first try; the second one, after a restart, succeeds. */
static DexFuture *
test_trouble (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  const MtxFakeFault          fault = { .times = 1, .status = 502 };
  g_autoptr (MtxSyncResponse) sync = NULL;
  g_autoptr (GError)          error = NULL;
  guint                       before;

  begin (&scene);
  before = count (&scene, CLAIM);
  send_rubbish (&scene, 1);
  mtx_fake_homeserver_fault (scene.server, "POST", CLAIM, &fault);
  sync = mtx_crypto_client_sync (scene.alice);
  g_assert_false (dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_assert_cmpuint (count (&scene, CLAIM), ==, before + 1);

  mtx_crypto_client_restart (scene.alice);
  sync_and_repair (scene.alice);
  g_assert_cmpuint (count (&scene, CLAIM), ==, before + 2);

  return NULL;
}

/* The server brings Alice's pre-key message once more: Bob's session is not broken for that. */
static DexFuture *
test_replay (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  const MtxFakeRequest *request = NULL;
  JsonObject           *content = NULL;
  guint                 before;

  begin (&scene);
  before = count (&scene, CLAIM);
  request = mtx_fake_homeserver_get_request (scene.server, "PUT", KEYS, 0);
  content = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), scene.bob->user_id);
  content = mtx_json_get_object (content, "BOBDEVICE");
  g_assert_nonnull (content);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char   *event_id = NULL;
      g_autoptr (GError) error = NULL;

      mtx_fake_homeserver_send_to_device (scene.server, scene.alice->user_id, scene.bob->user_id, "BOBDEVICE",
                                          "m.room.encrypted", content);
      /* So that Bob knows Alice's device. */
      event_id = mtx_crypto_client_say (scene.bob, scene.info, "an answer", &error);
      g_assert_no_error (error);
      sync_and_repair (scene.bob);
    }
  g_assert_cmpuint (count (&scene, CLAIM), ==, before);

  return NULL;
}

static void
forget_olm_sessions (MtxCryptoClient *client,
                     const char      *their_key)
{
  const char *const        keys[] = { their_key, NULL };
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GPtrArray)    sessions = NULL;
  g_autoptr (GError)       error = NULL;

  sessions = dex_await_boxed (mtx_crypto_store_load_olm_sessions (client->db, keys), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sessions->len, >, 0);
  for (guint i = 0; i < sessions->len; i++)
    mtx_crypto_store_delete_olm_session (changes, their_key, ((MtxOlmSessionRow *)sessions->pdata[i])->session_id);
  dex_await (mtx_db_commit (client->db, changes), &error);
  g_assert_no_error (error);
}

/* Bob has lost his sessions and with them the next room key. He notices and begins anew, which tells Alice: what she
 * says next comes with her key once more. */
static DexFuture *
test_resend_after_repair (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  const char                 *members[3] = { NULL };
  MtxMegolmRotation           rotation;
  g_autofree char            *answer = NULL;
  g_autofree char            *lost = NULL;
  g_autofree char            *found = NULL;
  g_autoptr (MtxSyncResponse) heard = NULL;
  g_autoptr (MtxSyncResponse) wedged = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  g_autoptr (GError)          error = NULL;

  begin (&scene);
  /* Bob answers, so that Alice's messages to him are no pre-key messages any more. */
  answer = mtx_crypto_client_say (scene.bob, scene.info, "an answer", &error);
  g_assert_no_error (error);
  heard = mtx_crypto_client_sync (scene.alice);
  assert_reads (heard, answer, "an answer");
  forget_olm_sessions (scene.bob, mtx_crypto_engine_get_curve25519 (scene.alice->engine));

  /* Another room key, which Bob cannot take. */
  mtx_megolm_rotation_init (&rotation, NULL);
  members[0] = scene.alice->user_id;
  members[1] = scene.bob->user_id;
  g_clear_pointer (&scene.info, mtx_room_crypto_info_unref);
  scene.info = mtx_room_crypto_info_new (scene.room_id, MTX_ALGORITHM_MEGOLM, &rotation, members, NULL, "joined");
  lost = say (&scene, "lost");
  wedged = mtx_crypto_client_sync (scene.bob);
  assert_cannot_read (wedged, lost, MTX_DECRYPTION_MISSING_KEY);
  dex_await (mtx_encryption_after_sync (scene.bob->encryption), &error);
  g_assert_no_error (error);

  at_alice = mtx_crypto_client_sync (scene.alice);
  g_assert_cmpuint (at_alice->to_device->len, ==, 1);
  found = say (&scene, "found again");
  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_reads (at_bob, found, "found again");

  return NULL;
}

/* After the new session the key is sent once more, once, and it is no reason for another key. */
static DexFuture *
test_key_again (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char      *second = NULL;
  g_autofree char      *third = NULL;
  guint                 before;

  begin (&scene);
  send_rubbish (&scene, 1);
  sync_and_repair (scene.alice);
  before = count (&scene, KEYS);
  second = say (&scene, "second");
  g_assert_cmpuint (count (&scene, KEYS), ==, before + 1);
  third = say (&scene, "third");
  g_assert_cmpuint (count (&scene, KEYS), ==, before + 1);

  events = mtx_fake_homeserver_get_events (scene.server, scene.room_id, "m.room.encrypted");
  g_assert_cmpuint (events->len, ==, 3);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (events->pdata[0], "content"), "session_id"), ==,
                   mtx_json_get_string (mtx_json_get_object (events->pdata[2], "content"), "session_id"));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/olm-repair/threat-034-once-an-hour", test_once_an_hour);
  mtx_test_add_fiber ("/olm-repair/stranger", test_stranger);
  mtx_test_add_fiber ("/olm-repair/trouble", test_trouble);
  mtx_test_add_fiber ("/olm-repair/threat-028-replay", test_replay);
  mtx_test_add_fiber ("/olm-repair/resend-after-repair", test_resend_after_repair);
  mtx_test_add_fiber ("/olm-repair/key-again", test_key_again);

  return g_test_run ();
}
