/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose a room key is: that of the device the Olm session is with, whatever the content says, and also if that device
 * is another one of our own.
 */
#include "mtx-crypto-peer.h"
#include "mtx-json.h"
#include "mtx-megolm-outbound.h"
#include "mtx-olm-payload.h"
#include "mtx-olm-peer.h"
#include "mtx-room-key-store.h"
#include "mtx-test.h"

#define BOB   "@bob:example.org"
#define OTHER "OTHERDEVICE"

/* Bob's second device, which has no engine and writes what it likes. */
typedef struct
{
  MtxCryptoPeer     *bob;
  MtxOlmAccount     *other;
  MtxOlmPeer        *bob_at_other;
  MtxMegolmOutbound *session;
} Scene;

static void
scene_init (Scene *scene)
{
  g_autoptr (JsonObject)    key = NULL;
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GError)        error = NULL;
  g_autofree char          *key_id = NULL;
  const char               *curve25519 = NULL;

  scene->bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  scene->other = mtx_olm_account_new (&error);
  g_assert_no_error (error);
  scene->session = mtx_megolm_outbound_new (1, &error);
  g_assert_no_error (error);

  curve25519 = mtx_crypto_engine_get_curve25519 (scene->bob->engine);
  key = mtx_crypto_peer_take_key (scene->bob, &key_id);
  session = mtx_olm_account_create_outbound (scene->other, curve25519, mtx_json_get_string (key, "key"), &error);
  g_assert_no_error (error);
  scene->bob_at_other = mtx_olm_peer_new (curve25519);
  mtx_olm_peer_add_outbound (scene->bob_at_other, session, 1);
}

static void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->bob, mtx_crypto_peer_free);
  g_clear_object (&scene->other);
  g_clear_pointer (&scene->bob_at_other, mtx_olm_peer_free);
  g_clear_object (&scene->session);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static JsonObject *
make_device_keys (Scene *scene)
{
  JsonObject        *object = json_object_new ();
  JsonObject        *keys = json_object_new ();
  JsonArray         *algorithms = json_array_new ();
  g_autoptr (GError) error = NULL;

  json_array_add_string_element (algorithms, MTX_ALGORITHM_OLM);
  json_object_set_array_member (object, "algorithms", algorithms);
  json_object_set_string_member (keys, "curve25519:" OTHER, mtx_olm_account_get_curve25519 (scene->other));
  json_object_set_string_member (keys, "ed25519:" OTHER, mtx_olm_account_get_ed25519 (scene->other));
  json_object_set_string_member (object, "user_id", BOB);
  json_object_set_string_member (object, "device_id", OTHER);
  json_object_set_object_member (object, "keys", keys);
  mtx_olm_account_sign_json (scene->other, object, BOB, OTHER, &error);
  g_assert_no_error (error);

  return object;
}

/* A room key with everything in it that would make it somebody else's, if it were read. */
static JsonObject *
make_room_key (Scene *scene)
{
  JsonObject *content = json_object_new ();
  JsonObject *claimed = json_object_new ();
  char       *key = mtx_megolm_outbound_dup_session_key (scene->session, NULL);

  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "room_id", MTX_CRYPTO_PEER_ROOM);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (scene->session));
  json_object_set_string_member (content, "session_key", key);
  mtx_secret_string_free (key);

  json_object_set_string_member (content, "sender_key", mtx_crypto_engine_get_curve25519 (scene->bob->engine));
  json_object_set_string_member (claimed, "ed25519", mtx_crypto_engine_get_ed25519 (scene->bob->engine));
  json_object_set_object_member (content, "sender_claimed_keys", claimed);
  json_object_set_string_member (content, "sender_claimed_ed25519_key", mtx_crypto_engine_get_ed25519 (scene->bob->engine));
  json_object_set_string_member (content, "sender", "@support:example.org");
  json_object_set_string_member (content, "sender_user", "@support:example.org");
  json_object_set_string_member (content, "user_id", "@support:example.org");
  json_object_set_string_member (content, "device_id", "BOBDEVICE");
  json_object_set_string_member (content, "sender_device", "BOBDEVICE");

  return content;
}

static JsonObject *
write_olm (Scene      *scene,
           JsonObject *content)
{
  g_autoptr (JsonObject) device_keys = make_device_keys (scene);
  g_autoptr (JsonObject) envelope = json_object_new ();
  JsonObject            *ciphertexts = json_object_new ();
  JsonObject            *ciphertext = json_object_new ();
  g_autoptr (GError)     error = NULL;
  g_autofree char       *payload = NULL;
  g_autofree char       *body = NULL;
  MtxOlmMessageType      type;
  MtxOlmParties          parties = {
             .sender = BOB,
             .sender_key = mtx_olm_account_get_curve25519 (scene->other),
             .sender_ed25519 = mtx_olm_account_get_ed25519 (scene->other),
             .recipient = BOB,
             .recipient_ed25519 = mtx_crypto_engine_get_ed25519 (scene->bob->engine),
  };

  payload = mtx_olm_payload_write ("m.room_key", content, &parties, device_keys);
  body = mtx_olm_peer_encrypt (scene->bob_at_other, payload, &type, &error);
  g_assert_no_error (error);
  json_object_set_int_member (ciphertext, "type", type);
  json_object_set_string_member (ciphertext, "body", body);
  json_object_set_object_member (ciphertexts, mtx_crypto_engine_get_curve25519 (scene->bob->engine), ciphertext);
  json_object_set_string_member (envelope, "algorithm", MTX_ALGORITHM_OLM);
  json_object_set_string_member (envelope, "sender_key", parties.sender_key);
  json_object_set_object_member (envelope, "ciphertext", ciphertexts);

  return mtx_crypto_peer_wrap_to_device (BOB, "m.room.encrypted", envelope);
}

static DexFuture *
test_own_other_device (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (JsonObject)      content = NULL;
  g_autoptr (JsonObject)      to_device = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (GPtrArray)       rows = NULL;
  g_autoptr (GError)          error = NULL;
  const MtxInboundSessionRow *row = NULL;
  MtxRoomKeyId                id = { .room_id = MTX_CRYPTO_PEER_ROOM };

  scene_init (&scene);
  content = make_room_key (&scene);
  to_device = write_olm (&scene, content);
  response = mtx_crypto_peer_sync_one (scene.bob, to_device, NULL);

  id.session_id = mtx_megolm_outbound_get_id (scene.session);
  rows = dex_await_boxed (mtx_room_key_store_load_inbound (scene.bob->db, &id, 1), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  row = g_ptr_array_index (rows, 0);
  g_assert_cmpstr (row->sender_user, ==, BOB);
  g_assert_cmpstr (row->sender_device, ==, OTHER);
  g_assert_cmpstr (row->sender_key, ==, mtx_olm_account_get_curve25519 (scene.other));
  g_assert_cmpstr (row->claimed_ed25519, ==, mtx_olm_account_get_ed25519 (scene.other));
  g_assert_false (row->imported);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/room-key-sender/threat-044-own-other-device", test_own_other_device);

  return g_test_run ();
}
