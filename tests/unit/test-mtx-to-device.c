/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To-device events from a device that breaks the rules: none of them does harm, none stops the next.
 */
#include "mtx-crypto-peer.h"
#include "mtx-json.h"
#include "mtx-megolm-outbound.h"
#include "mtx-olm-payload.h"
#include "mtx-olm-peer.h"
#include "mtx-test.h"

#define EVE "@eve:example.org"
#define BOB "@bob:example.org"

/* Eve has an account and no engine: she writes what she likes. */
typedef struct
{
  MtxCryptoPeer       *bob;
  MtxOlmAccount       *eve;
  MtxCrossSigningKeys *eve_keys;
  MtxOlmPeer          *bob_at_eve;
  MtxMegolmOutbound   *session;
  MtxOlmParties        parties;
  JsonObject          *device_keys; /* of Eve */
} Scene;

static JsonObject *
make_device_keys (Scene *scene)
{
  JsonObject        *object = json_object_new ();
  JsonObject        *keys = json_object_new ();
  JsonArray         *algorithms = json_array_new ();
  g_autoptr (GError) error = NULL;

  json_array_add_string_element (algorithms, MTX_ALGORITHM_OLM);
  json_object_set_array_member (object, "algorithms", algorithms);
  json_object_set_string_member (keys, "curve25519:EVEDEVICE", mtx_olm_account_get_curve25519 (scene->eve));
  json_object_set_string_member (keys, "ed25519:EVEDEVICE", mtx_olm_account_get_ed25519 (scene->eve));
  json_object_set_string_member (object, "user_id", EVE);
  json_object_set_string_member (object, "device_id", "EVEDEVICE");
  json_object_set_object_member (object, "keys", keys);
  mtx_olm_account_sign_json (scene->eve, object, EVE, "EVEDEVICE", &error);
  g_assert_no_error (error);
  mtx_cross_signing_keys_sign_json (scene->eve_keys, MTX_CROSS_SIGNING_SELF_SIGNING, object, EVE, &error);
  g_assert_no_error (error);

  return object;
}

static void
scene_init (Scene *scene)
{
  g_autoptr (JsonObject)    key = NULL;
  g_autofree char          *key_id = NULL;
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GError)        error = NULL;
  const char               *bob_curve = NULL;

  scene->bob = mtx_crypto_peer_new (BOB, "BOBDEVICE");
  scene->eve = mtx_olm_account_new (NULL);
  scene->eve_keys = mtx_cross_signing_keys_new (NULL);
  scene->session = mtx_megolm_outbound_new (1, NULL);
  scene->device_keys = make_device_keys (scene);
  scene->parties = (MtxOlmParties){
    .sender = EVE,
    .sender_key = mtx_olm_account_get_curve25519 (scene->eve),
    .sender_ed25519 = mtx_olm_account_get_ed25519 (scene->eve),
    .recipient = BOB,
    .recipient_ed25519 = mtx_crypto_engine_get_ed25519 (scene->bob->engine),
  };

  bob_curve = mtx_crypto_engine_get_curve25519 (scene->bob->engine);
  key = mtx_crypto_peer_take_key (scene->bob, &key_id);
  session = mtx_olm_account_create_outbound (scene->eve, bob_curve, mtx_json_get_string (key, "key"), &error);
  g_assert_no_error (error);
  scene->bob_at_eve = mtx_olm_peer_new (bob_curve);
  mtx_olm_peer_add_outbound (scene->bob_at_eve, session, 1);
}

static void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->bob, mtx_crypto_peer_free);
  g_clear_object (&scene->eve);
  g_clear_object (&scene->eve_keys);
  g_clear_pointer (&scene->bob_at_eve, mtx_olm_peer_free);
  g_clear_object (&scene->session);
  g_clear_pointer (&scene->device_keys, json_object_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static JsonObject *
make_room_key (Scene *scene)
{
  JsonObject *content = json_object_new ();
  char       *key = mtx_megolm_outbound_dup_session_key (scene->session, NULL);

  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "room_id", MTX_CRYPTO_PEER_ROOM);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (scene->session));
  json_object_set_string_member (content, "session_key", key);
  mtx_secret_string_free (key);

  return content;
}

/* An Olm message with any payload. */
static JsonObject *
write_olm_payload (Scene      *scene,
                   const char *payload)
{
  g_autoptr (JsonObject) content = json_object_new ();
  JsonObject            *ciphertexts = json_object_new ();
  JsonObject            *ciphertext = json_object_new ();
  g_autofree char       *body = NULL;
  g_autoptr (GError)     error = NULL;
  MtxOlmMessageType      type;

  body = mtx_olm_peer_encrypt (scene->bob_at_eve, payload, &type, &error);
  g_assert_no_error (error);
  json_object_set_int_member (ciphertext, "type", type);
  json_object_set_string_member (ciphertext, "body", body);
  json_object_set_object_member (ciphertexts, mtx_crypto_engine_get_curve25519 (scene->bob->engine), ciphertext);
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_OLM);
  json_object_set_string_member (content, "sender_key", mtx_olm_account_get_curve25519 (scene->eve));
  json_object_set_object_member (content, "ciphertext", ciphertexts);

  return mtx_crypto_peer_wrap_to_device (EVE, "m.room.encrypted", content);
}

static JsonObject *
write_olm (Scene      *scene,
           const char *type,
           JsonObject *content)
{
  g_autofree char *payload = mtx_olm_payload_write (type, content, &scene->parties, scene->device_keys);

  return write_olm_payload (scene, payload);
}

static JsonObject *
say (Scene *scene)
{
  static const char  payload[] = "{\"type\":\"m.room.message\",\"room_id\":\"" MTX_CRYPTO_PEER_ROOM "\","
                                 "\"content\":{\"msgtype\":\"m.text\",\"body\":\"hello\"}}";
  static guint       n_events;
  JsonObject        *event = json_object_new ();
  JsonObject        *content = json_object_new ();
  g_autofree char   *event_id = g_strdup_printf ("$%u", n_events++);
  g_autofree char   *ciphertext = NULL;
  g_autoptr (GError) error = NULL;

  ciphertext = mtx_megolm_outbound_encrypt (scene->session, (const guint8 *)payload, strlen (payload), &error);
  g_assert_no_error (error);
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (scene->session));
  json_object_set_string_member (content, "ciphertext", ciphertext);
  json_object_set_string_member (event, "type", "m.room.encrypted");
  json_object_set_string_member (event, "event_id", event_id);
  json_object_set_string_member (event, "sender", EVE);
  json_object_set_int_member (event, "origin_server_ts", 1700000000000);
  json_object_set_object_member (event, "content", content);

  return event;
}

/* Bob gets @to_device (nullable) and then Eve's next message. */
static MtxDecryption
read_after (Scene      *scene,
            JsonObject *to_device,
            MtxShield  *shield)
{
  g_autoptr (JsonObject)      event = say (scene);
  g_autoptr (MtxSyncResponse) response = mtx_crypto_peer_sync_one (scene->bob, to_device, event);
  MtxEvent                   *read = mtx_crypto_peer_get_event (response, 0);

  if (shield != NULL)
    *shield = mtx_event_get_shield (read);

  return mtx_event_get_decryption (read);
}

static void
assert_no_key (Scene      *scene,
               JsonObject *to_device)
{
  g_assert_cmpint (read_after (scene, to_device, NULL), ==, MTX_DECRYPTION_MISSING_KEY);
}

static void
assert_key (Scene      *scene,
            JsonObject *to_device,
            MtxShield   expected)
{
  MtxShield shield;

  g_assert_cmpint (read_after (scene, to_device, &shield), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (shield, ==, expected);
}

static void
add_identity (Scene      *scene,
              JsonObject *reply)
{
  static const char *const members[] = { "master_keys", "self_signing_keys" };

  for (guint role = 0; role < G_N_ELEMENTS (members); role++)
    {
      JsonObject *keys = json_object_new ();

      json_object_set_object_member (keys, EVE, mtx_cross_signing_keys_build (scene->eve_keys, role, EVE, NULL));
      json_object_set_object_member (reply, members[role], keys);
    }
}

/* Bob learns which devices Eve has, and her identity as well or not. */
static void
learn_devices (Scene      *scene,
               JsonObject *of_eve,
               gboolean    with_identity)
{
  g_autoptr (JsonObject)   reply = json_object_new ();
  JsonObject              *devices = json_object_new ();
  g_autoptr (MtxKeysReply) judged = NULL;

  json_object_set_object_member (devices, EVE, of_eve);
  json_object_set_object_member (reply, "device_keys", devices);
  if (with_identity)
    add_identity (scene, reply);
  judged = mtx_crypto_peer_learn (scene->bob, reply);
  g_assert_cmpuint (judged->refused, ==, 0);
}

static void
learn (Scene   *scene,
       gboolean with_identity)
{
  JsonObject *of_eve = json_object_new ();

  json_object_set_object_member (of_eve, "EVEDEVICE", json_object_ref (scene->device_keys));
  learn_devices (scene, of_eve, with_identity);
}

/* A room key from a device of which nothing is known but what it encloses. */
static DexFuture *
test_unknown_device (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) key = NULL;
  g_autoptr (JsonObject) to_device = NULL;

  scene_init (&scene);
  key = make_room_key (&scene);
  to_device = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, to_device, MTX_SHIELD_UNKNOWN_DEVICE);

  /* The list comes later: first without the identity, then with it. */
  learn (&scene, FALSE);
  assert_key (&scene, NULL, MTX_SHIELD_UNSIGNED_DEVICE);
  learn (&scene, TRUE);
  assert_key (&scene, NULL, MTX_SHIELD_NONE);

  return NULL;
}

/* The device is in no list any more, but its owner is known and signed it. */
static DexFuture *
test_deleted_device (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) key = NULL;
  g_autoptr (JsonObject) to_device = NULL;

  scene_init (&scene);
  learn (&scene, TRUE);
  learn_devices (&scene, json_object_new (), FALSE);

  key = make_room_key (&scene);
  to_device = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, to_device, MTX_SHIELD_NONE);

  return NULL;
}

/* It is in no list and its owner, who is known, did not sign it: nobody vouches for it. */
static DexFuture *
test_unlisted_unsigned_device (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) key = NULL;
  g_autoptr (JsonObject) to_device = NULL;
  g_autofree char       *signer = NULL;
  JsonObject            *signatures = NULL;

  scene_init (&scene);
  learn_devices (&scene, json_object_new (), TRUE);

  signer = g_strconcat ("ed25519:", mtx_cross_signing_keys_get_public (scene.eve_keys, MTX_CROSS_SIGNING_SELF_SIGNING), NULL);
  signatures = mtx_json_get_object (mtx_json_get_object (scene.device_keys, "signatures"), EVE);
  g_assert_true (json_object_has_member (signatures, signer));
  json_object_remove_member (signatures, signer);
  key = make_room_key (&scene);
  to_device = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, to_device, MTX_SHIELD_UNKNOWN_DEVICE);

  return NULL;
}

/* Keys, secrets and forwarded keys are believed over Olm only; what is believed in clear is harmless. */
static DexFuture *
test_in_clear (gpointer data)
{
  static const char *const types[] = { "m.room_key", "m.forwarded_room_key", "m.secret.send", "m.dummy", "org.example" };
  g_auto (Scene)           scene = { 0 };
  g_autoptr (JsonObject)   key = NULL;
  g_autoptr (JsonObject)   good = NULL;

  scene_init (&scene);
  key = make_room_key (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (JsonObject) to_device = mtx_crypto_peer_wrap_to_device (EVE, types[i], key);

      assert_no_key (&scene, to_device);
    }

  good = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, good, MTX_SHIELD_UNKNOWN_DEVICE);

  return NULL;
}

/* A room key that was said in a room is a strange message and no key. */
static DexFuture *
test_over_megolm (gpointer data)
{
  g_auto (Scene)                scene = { 0 };
  g_autoptr (MtxMegolmOutbound) other = mtx_megolm_outbound_new (1, NULL);
  g_autoptr (JsonObject)        key = NULL;
  g_autoptr (JsonObject)        good = NULL;
  g_autoptr (JsonObject)        payload = json_object_new ();
  g_autoptr (JsonObject)        event = NULL;
  g_autoptr (MtxSyncResponse)   response = NULL;
  g_autofree char              *text = NULL;
  g_autofree char              *ciphertext = NULL;
  g_autoptr (MtxMegolmOutbound) first = NULL;

  scene_init (&scene);
  key = make_room_key (&scene);
  good = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, good, MTX_SHIELD_UNKNOWN_DEVICE);

  /* In the session Bob has, Eve says the key of another session. */
  event = say (&scene);
  first = g_steal_pointer (&scene.session);
  scene.session = g_steal_pointer (&other);
  json_object_set_string_member (payload, "type", "m.room_key");
  json_object_set_string_member (payload, "room_id", MTX_CRYPTO_PEER_ROOM);
  json_object_set_object_member (payload, "content", make_room_key (&scene));
  text = mtx_json_to_string (payload);
  ciphertext = mtx_megolm_outbound_encrypt (first, (const guint8 *)text, strlen (text), NULL);
  json_object_set_string_member (mtx_json_get_object (event, "content"), "ciphertext", ciphertext);
  response = mtx_crypto_peer_sync_one (scene.bob, NULL, event);
  assert_no_key (&scene, NULL);

  return NULL;
}

/* Nobody asked for it, whoever sends it and however good it is. */
static DexFuture *
test_forwarded (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) key = NULL;
  g_autoptr (JsonObject) to_device = NULL;

  scene_init (&scene);
  learn (&scene, TRUE);
  key = make_room_key (&scene);
  json_object_set_string_member (key, "sender_key", scene.parties.sender_key);
  json_object_set_string_member (key, "sender_claimed_ed25519_key", scene.parties.sender_ed25519);
  json_object_set_array_member (key, "forwarding_curve25519_key_chain", json_array_new ());
  to_device = write_olm (&scene, "m.forwarded_room_key", key);
  assert_no_key (&scene, to_device);

  return NULL;
}

/* The payload names somebody else, in each of its fields; the next message is read all the same. */
static DexFuture *
test_false_parties (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) key = NULL;
  g_autoptr (JsonObject) good = NULL;
  MtxOlmParties          honest = { 0 };

  scene_init (&scene);
  key = make_room_key (&scene);
  honest = scene.parties;
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (JsonObject) to_device = NULL;

      scene.parties = honest;
      if (i == 0)
        scene.parties.sender = "@alice:example.org";
      else if (i == 1)
        scene.parties.recipient = "@alice:example.org";
      else if (i == 2)
        scene.parties.recipient_ed25519 = honest.sender_ed25519;
      else
        scene.parties.sender_ed25519 = honest.recipient_ed25519;
      to_device = write_olm (&scene, "m.room_key", key);
      assert_no_key (&scene, to_device);
    }

  scene.parties = honest;
  good = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, good, MTX_SHIELD_UNKNOWN_DEVICE);

  return NULL;
}

static void
set_envelope (JsonObject *to_device,
              const char *sender,
              const char *sender_key)
{
  if (sender != NULL)
    json_object_set_string_member (to_device, "sender", sender);
  if (sender_key != NULL)
    json_object_set_string_member (mtx_json_get_object (to_device, "content"), "sender_key", sender_key);
}

/* The server, or Eve, writes another name or key on the envelope. */
static DexFuture *
test_false_envelope (gpointer data)
{
  g_auto (Scene)            scene = { 0 };
  g_autoptr (MtxOlmAccount) other = mtx_olm_account_new (NULL);
  g_autoptr (JsonObject)    key = NULL;
  g_autoptr (JsonObject)    other_key = NULL;
  g_autoptr (JsonObject)    other_sender = NULL;
  g_autoptr (JsonObject)    good = NULL;

  scene_init (&scene);
  key = make_room_key (&scene);
  other_key = write_olm (&scene, "m.room_key", key);
  set_envelope (other_key, NULL, mtx_olm_account_get_curve25519 (other));
  assert_no_key (&scene, other_key);
  set_envelope (other_key, NULL, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  assert_no_key (&scene, other_key);

  other_sender = write_olm (&scene, "m.room_key", key);
  set_envelope (other_sender, "@alice:example.org", NULL);
  assert_no_key (&scene, other_sender);

  good = write_olm (&scene, "m.room_key", key);
  assert_key (&scene, good, MTX_SHIELD_UNKNOWN_DEVICE);

  return NULL;
}

/* One sync full of nonsense, and a good key at its end. */
static DexFuture *
test_nonsense (gpointer data)
{
  static const char *const contents[] = {
    "{}",
    "{\"algorithm\":7}",
    "{\"algorithm\":\"m.olm.v1.curve25519-aes-sha2\"}",
    "{\"algorithm\":\"m.olm.v1.curve25519-aes-sha2\",\"sender_key\":[],\"ciphertext\":{}}",
    "{\"algorithm\":\"m.olm.v1.curve25519-aes-sha2\",\"sender_key\":\"x\",\"ciphertext\":[]}",
    "{\"algorithm\":\"m.megolm.v1.aes-sha2\",\"sender_key\":\"x\",\"ciphertext\":\"y\"}",
  };
  static const char *const    bodies[] = { "", "A", "AAAA", "not base64!" };
  g_auto (Scene)              scene = { 0 };
  g_autoptr (GPtrArray)       to_device = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref);
  g_autoptr (GPtrArray)       events = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref);
  g_autoptr (JsonObject)      key = NULL;
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autofree char            *huge = g_strnfill (60 * 1024, 'A');
  MtxJsonLimits               limits = { .max_bytes = 65536, .max_depth = 64 };

  scene_init (&scene);
  key = make_room_key (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (JsonObject) content = mtx_json_parse_object (contents[i], -1, &limits, NULL);

      g_ptr_array_add (to_device, mtx_crypto_peer_wrap_to_device (EVE, "m.room.encrypted", content));
      g_ptr_array_add (to_device, mtx_crypto_peer_wrap_to_device (EVE, "m.room_key.withheld", content));
    }
  for (guint i = 0; i <= G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (JsonObject) event = write_olm (&scene, "m.dummy", key);
      JsonObject            *ciphertext = mtx_json_get_object (mtx_json_get_object (event, "content"), "ciphertext");

      ciphertext = mtx_json_get_object (ciphertext, mtx_crypto_engine_get_curve25519 (scene.bob->engine));
      json_object_set_string_member (ciphertext, "body", i < G_N_ELEMENTS (bodies) ? bodies[i] : huge);
      g_ptr_array_add (to_device, json_object_ref (event));
    }
  g_ptr_array_add (to_device, write_olm_payload (&scene, "no JSON"));
  g_ptr_array_add (to_device, write_olm (&scene, "m.room_key", key));
  g_ptr_array_add (events, say (&scene));

  response = mtx_crypto_peer_sync (scene.bob, to_device, events);
  g_assert_cmpint (mtx_event_get_decryption (mtx_crypto_peer_get_event (response, 0)), ==, MTX_DECRYPTION_DECRYPTED);

  return NULL;
}

static JsonObject *
make_withheld (Scene      *scene,
               const char *code)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "room_id", MTX_CRYPTO_PEER_ROOM);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (scene->session));
  json_object_set_string_member (content, "sender_key", mtx_olm_account_get_curve25519 (scene->eve));
  json_object_set_string_member (content, "code", code);
  json_object_set_string_member (content, "reason", "because");

  return mtx_crypto_peer_wrap_to_device (EVE, "m.room_key.withheld", content);
}

static void
assert_withheld (MtxEvent *event)
{
  g_assert_cmpint (mtx_event_get_decryption (event), ==, MTX_DECRYPTION_WITHHELD);
  g_assert_cmpstr (mtx_event_get_withheld_code (event), ==, "m.unverified");
}

/* Why no key comes is shown on messages that are there and on those that come, until it comes after all. */
static DexFuture *
test_withheld (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (JsonObject)      withheld = NULL;
  g_autoptr (JsonObject)      key = NULL;
  g_autoptr (JsonObject)      to_device = NULL;
  g_autoptr (JsonObject)      event = NULL;
  g_autoptr (MtxSyncResponse) told = NULL;
  g_autoptr (MtxSyncResponse) next = NULL;
  g_autoptr (MtxSyncResponse) late = NULL;

  scene_init (&scene);
  key = make_room_key (&scene);
  assert_no_key (&scene, NULL);
  withheld = make_withheld (&scene, "m.unverified");
  told = mtx_crypto_peer_sync_one (scene.bob, withheld, NULL);
  g_assert_cmpuint (told->healed->len, ==, 1);
  assert_withheld (g_ptr_array_index (told->healed, 0));

  mtx_crypto_peer_restart (scene.bob);
  scene.parties.recipient_ed25519 = mtx_crypto_engine_get_ed25519 (scene.bob->engine);
  event = say (&scene);
  next = mtx_crypto_peer_sync_one (scene.bob, NULL, event);
  assert_withheld (mtx_crypto_peer_get_event (next, 0));

  to_device = write_olm (&scene, "m.room_key", key);
  late = mtx_crypto_peer_sync_one (scene.bob, to_device, NULL);
  g_assert_cmpuint (late->healed->len, ==, 2);

  /* A notice after the key says nothing. */
  g_clear_pointer (&late, mtx_sync_response_unref);
  late = mtx_crypto_peer_sync_one (scene.bob, withheld, NULL);
  g_assert_cmpuint (late->healed->len, ==, 0);
  assert_key (&scene, NULL, MTX_SHIELD_UNKNOWN_DEVICE);

  return NULL;
}

/* A device that waits on the server for its owner sends nothing itself (MSC3814). */
static DexFuture *
test_dehydrated (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) key = NULL;
  g_autoptr (JsonObject) to_device = NULL;
  g_autoptr (GError)     error = NULL;

  scene_init (&scene);
  json_object_set_boolean_member (scene.device_keys, "dehydrated", TRUE);
  json_object_remove_member (scene.device_keys, "signatures");
  mtx_olm_account_sign_json (scene.eve, scene.device_keys, EVE, "EVEDEVICE", &error);
  g_assert_no_error (error);
  key = make_room_key (&scene);
  to_device = write_olm (&scene, "m.room_key", key);
  assert_no_key (&scene, to_device);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/to-device/unknown-device", test_unknown_device);
  mtx_test_add_fiber ("/to-device/threat-035-deleted-device", test_deleted_device);
  mtx_test_add_fiber ("/to-device/threat-035-unlisted-unsigned-device", test_unlisted_unsigned_device);
  mtx_test_add_fiber ("/to-device/threat-032-in-clear", test_in_clear);
  mtx_test_add_fiber ("/to-device/threat-032-over-megolm", test_over_megolm);
  mtx_test_add_fiber ("/to-device/threat-036-dehydrated", test_dehydrated);
  mtx_test_add_fiber ("/to-device/threat-037-threat-038-threat-039-forwarded", test_forwarded);
  mtx_test_add_fiber ("/to-device/threat-024-false-parties", test_false_parties);
  mtx_test_add_fiber ("/to-device/threat-026-false-envelope", test_false_envelope);
  mtx_test_add_fiber ("/to-device/threat-030-nonsense", test_nonsense);
  mtx_test_add_fiber ("/to-device/withheld", test_withheld);

  return g_test_run ();
}
