/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys as they arrive, and room events read with them: which are taken, which are believed.
 */
#include "mtx-base64.h"
#include "mtx-crypto-engine.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-megolm-outbound.h"
#include "mtx-olm-account.h"
#include "mtx-room-decryption.h"
#include "mtx-test.h"

#define ROOM      "!room:example.org"
#define BOB       "@bob:example.org"
#define BOB_CURVE "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"
#define BOB_ED    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"

/* Bob writes; we have his keys or not. */
typedef struct
{
  MtxSecretBytes    *master_key;
  MtxMegolmOutbound *session;
  MtxRoomKeys       *keys;
  MtxSenders        *senders;
  MtxChangeSet      *changes;
  guint              n_events;
} Scene;

static MtxSenders *
make_senders (gboolean is_signed)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  g_autoptr (GPtrArray) identities = g_ptr_array_new ();

  g_ptr_array_add (devices,
                   mtx_device_row_new (&(MtxDeviceRow){
                       .user_id = BOB,
                       .device_id = "BOBDEVICE",
                       .curve25519 = BOB_CURVE,
                       .ed25519 = BOB_ED,
                       .keys_json = "{}",
                       .trust = is_signed,
                   }));

  return mtx_senders_new (devices, identities);
}

static void
scene_init (Scene *scene)
{
  static const guint8 zero[32] = { 0 };

  scene->master_key = mtx_secret_bytes_new (zero, sizeof zero);
  scene->session = mtx_megolm_outbound_new (1, NULL);
  scene->keys = mtx_room_keys_new (scene->master_key);
  scene->senders = make_senders (TRUE);
  scene->changes = mtx_change_set_new ();
}

static void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->master_key, mtx_secret_bytes_unref);
  g_clear_object (&scene->session);
  g_clear_pointer (&scene->keys, mtx_room_keys_free);
  g_clear_pointer (&scene->senders, mtx_senders_free);
  g_clear_pointer (&scene->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static MtxInboundSessionRow
make_claim (MtxMegolmOutbound *session)
{
  return (MtxInboundSessionRow){
    .room_id = ROOM,
    .session_id = mtx_megolm_outbound_get_id (session),
    .sender_key = BOB_CURVE,
    .claimed_ed25519 = BOB_ED,
    .sender_user = BOB,
    .sender_device = "BOBDEVICE",
    .origin = MTX_ROOM_KEY_OWNER_SIGNED,
  };
}

static gboolean
receive (Scene                      *scene,
         const MtxInboundSessionRow *claim,
         const char                 *session_key)
{
  g_autoptr (GError) error = NULL;
  gboolean           is_received = mtx_room_keys_receive (scene->keys, claim, session_key, scene->changes, &error);

  g_assert_cmpint (is_received, ==, error == NULL);

  return is_received;
}

/* We get Bob's key as it is now. */
static void
receive_now (Scene *scene)
{
  MtxInboundSessionRow claim = make_claim (scene->session);
  char                *key = mtx_megolm_outbound_dup_session_key (scene->session, NULL);

  g_assert_true (receive (scene, &claim, key));
  mtx_secret_string_free (key);
}

static MtxEvent *
make_event (Scene      *scene,
            const char *room_id,
            const char *sender,
            const char *event_id,
            JsonObject *content)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GError)     error = NULL;
  MtxEvent              *event = NULL;

  json_object_set_string_member (object, "type", "m.room.encrypted");
  json_object_set_string_member (object, "sender", sender);
  json_object_set_string_member (object, "event_id", event_id);
  json_object_set_int_member (object, "origin_server_ts", 1700000000000);
  json_object_set_object_member (object, "content", json_object_ref (content));
  event = mtx_event_new_from_json (object, room_id, &error);
  g_assert_no_error (error);

  return event;
}

static JsonObject *
encrypt (Scene      *scene,
         const char *payload)
{
  JsonObject        *content = json_object_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char   *ciphertext = mtx_megolm_outbound_encrypt (scene->session,
                                                               (const guint8 *)payload,
                                                               strlen (payload),
                                                               &error);

  g_assert_no_error (error);
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (scene->session));
  json_object_set_string_member (content, "ciphertext", ciphertext);
  json_object_set_string_member (content, "sender_key", "somebody's");
  json_object_set_string_member (content, "device_id", "anybody's");

  return content;
}

static MtxDecryption
read_event (Scene      *scene,
            const char *room_id,
            const char *sender,
            const char *event_id,
            JsonObject *content,
            MtxShield  *shield)
{
  g_autoptr (MtxEvent) event = make_event (scene, room_id, sender, event_id, content);
  g_autoptr (MtxEvent) read = mtx_room_decryption_run (scene->keys, scene->senders, event, scene->changes);

  if (shield != NULL)
    *shield = mtx_event_get_shield (read);

  return mtx_event_get_decryption (read);
}

static JsonObject *
encrypt_text (Scene *scene)
{
  return encrypt (scene,
                  "{\"type\":\"m.room.message\",\"room_id\":\"" ROOM "\","
                  "\"content\":{\"msgtype\":\"m.text\",\"body\":\"hello\"}}");
}

static void
test_good (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (MtxEvent)   event = NULL;
  g_autoptr (MtxEvent)   read = NULL;

  scene_init (&scene);
  receive_now (&scene);
  content = encrypt_text (&scene);
  event = make_event (&scene, ROOM, BOB, "$1", content);
  read = mtx_room_decryption_run (scene.keys, scene.senders, event, scene.changes);
  g_assert_cmpint (mtx_event_get_decryption (read), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpstr (mtx_event_get_body (read), ==, "hello");
  g_assert_cmpint (mtx_event_get_shield (read), ==, MTX_SHIELD_NONE);
}

static void
test_bad_keys (void)
{
  g_auto (Scene)                scene = { 0 };
  g_autoptr (MtxMegolmOutbound) other = mtx_megolm_outbound_new (1, NULL);
  MtxInboundSessionRow          claim = { 0 };
  char                         *key = NULL;
  g_autofree char              *damaged = NULL;

  scene_init (&scene);
  key = mtx_megolm_outbound_dup_session_key (scene.session, NULL);

  claim = make_claim (other);
  g_assert_false (receive (&scene, &claim, key));

  claim = make_claim (scene.session);
  g_assert_false (receive (&scene, &claim, ""));
  g_assert_false (receive (&scene, &claim, "AAAA"));
  damaged = g_strdup (key);
  damaged[100] = damaged[100] == 'A' ? 'B' : 'A';
  g_assert_false (receive (&scene, &claim, damaged));

  g_assert_true (mtx_change_set_is_empty (scene.changes));
  g_assert_null (mtx_room_keys_find (scene.keys, ROOM, mtx_megolm_outbound_get_id (scene.session)));
  mtx_secret_string_free (key);
}

static gint64
first_index (Scene *scene)
{
  return mtx_room_keys_find (scene->keys, ROOM, mtx_megolm_outbound_get_id (scene->session))->first_known_index;
}

static void
test_merge (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) content = NULL;
  MtxInboundSessionRow   claim = { 0 };
  char                  *early = NULL;
  char                  *late = NULL;

  scene_init (&scene);
  claim = make_claim (scene.session);
  early = mtx_megolm_outbound_dup_session_key (scene.session, NULL);
  content = encrypt_text (&scene);
  late = mtx_megolm_outbound_dup_session_key (scene.session, NULL);

  /* The earlier key replaces the later one, and stays when the later one comes again. */
  g_assert_true (receive (&scene, &claim, late));
  g_assert_cmpint (first_index (&scene), ==, 1);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_MISSING_KEY);
  g_assert_true (receive (&scene, &claim, early));
  g_assert_cmpint (first_index (&scene), ==, 0);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_true (receive (&scene, &claim, late));
  g_assert_cmpint (first_index (&scene), ==, 0);

  /* Somebody else gives out the same key: that makes it nobody else's. */
  claim.sender_user = "@eve:example.org";
  g_assert_false (receive (&scene, &claim, early));
  claim = make_claim (scene.session);
  claim.sender_key = BOB_ED;
  g_assert_false (receive (&scene, &claim, early));
  g_assert_cmpstr (mtx_room_keys_find (scene.keys, ROOM, mtx_megolm_outbound_get_id (scene.session))->sender_user, ==, BOB);

  mtx_secret_string_free (early);
  mtx_secret_string_free (late);
}

/* A key in sharing format with any ratchet: whoever has the signing key can make as many as he likes. */
static char *
forge_key (MtxOlmAccount *signer,
           guint8         fill)
{
  guint8           bytes[5 + 128 + 32 + 64] = { 2, 0, 0, 0, 0 };
  g_autofree char *signature = NULL;

  memset (bytes + 5, fill, 128);
  g_assert_true (mtx_base64_decode_exact (mtx_olm_account_get_ed25519 (signer), MTX_BASE64_UNPADDED, bytes + 133, 32, NULL));
  signature = mtx_olm_account_sign (signer, bytes, 165, NULL);
  g_assert_true (mtx_base64_decode_exact (signature, MTX_BASE64_UNPADDED, bytes + 165, 64, NULL));

  return mtx_base64_encode (bytes, sizeof bytes, MTX_BASE64_UNPADDED);
}

/* Two ratchets under one id: the first that came stays. */
static void
test_unconnected (void)
{
  g_auto (Scene)            scene = { 0 };
  g_autoptr (MtxOlmAccount) signer = mtx_olm_account_new (NULL);
  g_autofree char          *one = forge_key (signer, 1);
  g_autofree char          *two = forge_key (signer, 2);
  MtxInboundSessionRow      claim = { 0 };

  scene_init (&scene);
  claim = make_claim (scene.session);
  claim.session_id = mtx_olm_account_get_ed25519 (signer);
  g_assert_true (receive (&scene, &claim, one));
  g_assert_false (receive (&scene, &claim, two));
  g_assert_true (receive (&scene, &claim, one));
}

/* Nobody fills the store; keys that are known already are no new ones. */
static void
test_too_many (void)
{
  g_auto (Scene)                scene = { 0 };
  g_autoptr (MtxMegolmOutbound) other = mtx_megolm_outbound_new (1, NULL);
  MtxInboundSessionRow          claim = { 0 };
  char                         *key = NULL;

  scene_init (&scene);
  mtx_room_keys_set_count (scene.keys, BOB, MTX_ROOM_KEYS_MAX_PER_SENDER - 1);
  receive_now (&scene);
  receive_now (&scene);

  key = mtx_megolm_outbound_dup_session_key (other, NULL);
  claim = make_claim (other);
  g_assert_false (receive (&scene, &claim, key));
  claim.sender_user = "@carol:example.org";
  g_assert_true (receive (&scene, &claim, key));
  mtx_secret_string_free (key);
}

/* The key in export format, as a backup has it. */
static char *
dup_export (Scene *scene)
{
  g_autoptr (MtxMegolmInbound) session = NULL;
  char                        *key = mtx_megolm_outbound_dup_session_key (scene->session, NULL);
  char                        *export = NULL;

  session = mtx_megolm_inbound_new (key, mtx_megolm_outbound_get_id (scene->session), NULL);
  export = mtx_megolm_inbound_export_at (session, mtx_megolm_inbound_get_first_known_index (session), NULL);
  mtx_secret_string_free (key);

  return export;
}

/* A key that proves its sender replaces one that does not; what was read before is judged anew. */
static void
test_imported (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) first = NULL;
  g_autoptr (JsonObject) second = NULL;
  MtxInboundSessionRow   claim = { 0 };
  char                  *key = NULL;
  char                  *export = NULL;
  MtxShield              shield;
  guint32                index;

  scene_init (&scene);
  export = dup_export (&scene);
  claim = make_claim (scene.session);
  claim.imported = TRUE;
  claim.sender_user = NULL;
  claim.origin = MTX_ROOM_KEY_IMPORTED;
  g_assert_true (receive (&scene, &claim, export));
  first = encrypt_text (&scene);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", first, &shield), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (shield, ==, MTX_SHIELD_NOT_AUTHENTIC);

  /* Bob sends it from here on: what he wrote before is still read, and still proves nothing. */
  key = mtx_megolm_outbound_dup_session_key (scene.session, NULL);
  claim = make_claim (scene.session);
  g_assert_true (receive (&scene, &claim, key));
  g_assert_cmpint (first_index (&scene), ==, 0);
  second = encrypt_text (&scene);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$2", second, &shield), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (shield, ==, MTX_SHIELD_NONE);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", first, &shield), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (shield, ==, MTX_SHIELD_NOT_AUTHENTIC);

  /* The positions outlive the replacement: no other event takes them (threat 59). */
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$3", first, NULL), ==, MTX_DECRYPTION_REFUSED);
  g_assert_true (mtx_room_keys_find_index (scene.keys, ROOM, mtx_megolm_outbound_get_id (scene.session), "$2", &index));
  g_assert_cmpuint (index, ==, 1);
  mtx_secret_string_free (key);
  mtx_secret_string_free (export);
}

static void
test_other_room (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (JsonObject) elsewhere = NULL;

  scene_init (&scene);
  receive_now (&scene);

  /* The key is of one room, and so is what it encrypts. */
  content = encrypt_text (&scene);
  g_assert_cmpint (read_event (&scene, "!other:example.org", BOB, "$1", content, NULL), ==, MTX_DECRYPTION_MISSING_KEY);

  elsewhere = encrypt (&scene,
                       "{\"type\":\"m.room.message\",\"room_id\":\"!other:example.org\","
                       "\"content\":{\"msgtype\":\"m.text\",\"body\":\"hello\"}}");
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$2", elsewhere, NULL), ==, MTX_DECRYPTION_REFUSED);
}

static void
test_spoofed_sender (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) content = NULL;

  scene_init (&scene);
  receive_now (&scene);
  content = encrypt_text (&scene);
  g_assert_cmpint (read_event (&scene, ROOM, "@eve:example.org", "$1", content, NULL), ==, MTX_DECRYPTION_REFUSED);

  /* The forgery did not use the position up. */
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_DECRYPTED);
}

static void
test_replay (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) content = NULL;

  scene_init (&scene);
  receive_now (&scene);
  content = encrypt_text (&scene);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$2", content, NULL), ==, MTX_DECRYPTION_REFUSED);
}

static void
test_bad_ciphertexts (void)
{
  static const char *const bad[] = { "", "=", "AwgAEg", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  g_auto (Scene)           scene = { 0 };
  g_autoptr (JsonObject)   content = NULL;
  g_autofree char         *huge = g_strnfill (60000, 'A');

  scene_init (&scene);
  receive_now (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonObject) wrong = encrypt_text (&scene);

      json_object_set_string_member (wrong, "ciphertext", bad[i]);
      g_assert_cmpint (read_event (&scene, ROOM, BOB, "$b", wrong, NULL), ==, MTX_DECRYPTION_FAILED);
      json_object_set_int_member (wrong, "ciphertext", 1);
      g_assert_cmpint (read_event (&scene, ROOM, BOB, "$b", wrong, NULL), ==, MTX_DECRYPTION_FAILED);
      json_object_set_string_member (wrong, "ciphertext", huge);
      g_assert_cmpint (read_event (&scene, ROOM, BOB, "$b", wrong, NULL), ==, MTX_DECRYPTION_FAILED);
      json_object_set_string_member (wrong, "algorithm", "m.olm.v1.curve25519-aes-sha2");
      g_assert_cmpint (read_event (&scene, ROOM, BOB, "$b", wrong, NULL), ==, MTX_DECRYPTION_FAILED);
    }

  content = encrypt_text (&scene);
  g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_DECRYPTED);
}

static void
test_bad_payloads (void)
{
  static const char *const bad[] = {
    "",
    "[]",
    "{}",
    "{\"type\":\"m.room.message\",\"room_id\":\"" ROOM "\"}",
    "{\"content\":{},\"room_id\":\"" ROOM "\"}",
    "{\"type\":\"m.room.message\",\"content\":{}}",
    "{\"type\":\"m.room.name\",\"state_key\":\"\",\"content\":{\"name\":\"x\"},\"room_id\":\"" ROOM "\"}",
    "{\"type\":\"m.room.encrypted\",\"content\":{},\"room_id\":\"" ROOM "\"}",
    "{\"type\":\"m.room.redaction\",\"content\":{\"redacts\":\"$x\"},\"room_id\":\"" ROOM "\"}",
  };
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  receive_now (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonObject) content = encrypt (&scene, bad[i]);

      g_assert_cmpint (read_event (&scene, ROOM, BOB, "$1", content, NULL), ==, MTX_DECRYPTION_REFUSED);
    }
}

static void
test_shields (void)
{
  g_autoptr (MtxSenders) with_signature = make_senders (TRUE);
  g_autoptr (MtxSenders) without = make_senders (FALSE);
  g_autoptr (GPtrArray)  empty = g_ptr_array_new ();
  g_autoptr (MtxSenders) nobody = mtx_senders_new (empty, empty);
  MtxInboundSessionRow   key = {
      .sender_key = BOB_CURVE,
      .claimed_ed25519 = BOB_ED,
      .sender_user = BOB,
      .origin = MTX_ROOM_KEY_KNOWN_DEVICE,
  };

  g_assert_cmpint (mtx_senders_judge (with_signature, &key), ==, MTX_SHIELD_NONE);
  g_assert_cmpint (mtx_senders_judge (without, &key), ==, MTX_SHIELD_UNSIGNED_DEVICE);
  g_assert_cmpint (mtx_senders_judge (nobody, &key), ==, MTX_SHIELD_UNKNOWN_DEVICE);

  /* Signed when the key came, and gone since. */
  key.origin = MTX_ROOM_KEY_OWNER_SIGNED;
  g_assert_cmpint (mtx_senders_judge (nobody, &key), ==, MTX_SHIELD_NONE);

  /* The message claimed another signing key than the device turned out to have. */
  key.claimed_ed25519 = BOB_CURVE;
  g_assert_cmpint (mtx_senders_judge (with_signature, &key), ==, MTX_SHIELD_NOT_AUTHENTIC);

  /* The same key published by somebody else says nothing about Bob. */
  key.claimed_ed25519 = BOB_ED;
  key.sender_user = "@eve:example.org";
  key.origin = MTX_ROOM_KEY_UNKNOWN_DEVICE;
  g_assert_cmpint (mtx_senders_judge (with_signature, &key), ==, MTX_SHIELD_UNKNOWN_DEVICE);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/room-decryption/good", test_good);
  g_test_add_func ("/room-decryption/threat-040-bad-keys", test_bad_keys);
  g_test_add_func ("/room-decryption/threat-041-merge", test_merge);
  g_test_add_func ("/room-decryption/threat-041-unconnected", test_unconnected);
  g_test_add_func ("/room-decryption/threat-042-imported", test_imported);
  g_test_add_func ("/room-decryption/threat-046-too-many", test_too_many);
  g_test_add_func ("/room-decryption/threat-043-threat-058-other-room", test_other_room);
  g_test_add_func ("/room-decryption/threat-057-spoofed-sender", test_spoofed_sender);
  g_test_add_func ("/room-decryption/threat-059-replay", test_replay);
  g_test_add_func ("/room-decryption/threat-060-bad-ciphertexts", test_bad_ciphertexts);
  g_test_add_func ("/room-decryption/threat-061-bad-payloads", test_bad_payloads);
  g_test_add_func ("/room-decryption/threat-005-threat-065-shields", test_shields);

  return g_test_run ();
}
