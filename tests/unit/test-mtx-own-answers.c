/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys and secrets that another device sends: wanted only from a verified device of ours that was asked for it.
 */
#include "mtx-own-answers.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-test.h"

#define USER    "@me:example.org"
#define ROOM    "!room:example.org"
#define SESSION "8sdNGgmLft8osylLK9ij3IotBLyQQufe/KngiW4Dpq0"
#define KEY     "Q/NmNFEUS1fS+YeEmiZkjjblKTitrKOAk7cPEumcMlg"
#define SIGNING "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"

/* We, and other devices as they are stored. */
typedef struct
{
  MtxRatchets  *us;
  MtxDeviceRow *verified;
  MtxDeviceRow *unverified; /* of ours, shown as signed by somebody's key */
  MtxDeviceRow *deleted;
  MtxDeviceRow *stranger; /* signed by its owner */
  GPtrArray    *requests;
} Scene;

static MtxRatchets *
make_device (const char *user_id,
             const char *device_id)
{
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (MtxChangeSet)   changes = mtx_change_set_new ();
  g_autoptr (GError)         error = NULL;
  MtxRatchets               *device;

  key = mtx_secret_bytes_random (32, &error);
  g_assert_no_error (error);
  device = mtx_ratchets_new (user_id, device_id, key);
  g_assert_true (mtx_ratchets_create (device, NULL, changes, &error));

  return device;
}

/* @identity signs; NULL: the device's own, which is nobody's. */
static MtxDeviceRow *
make_row (const char  *user_id,
          const char  *device_id,
          MtxRatchets *identity,
          gboolean     is_deleted)
{
  g_autoptr (MtxRatchets) device = make_device (user_id, device_id);
  g_autoptr (JsonObject)  keys = NULL;
  g_autofree char        *text = NULL;
  g_autoptr (GError)      error = NULL;

  if (identity != NULL)
    g_set_object (&device->keys, identity->keys);
  keys = mtx_ratchets_build_device_keys (device, &error);
  g_assert_no_error (error);
  text = mtx_json_to_string (keys);

  return mtx_device_row_new (&(MtxDeviceRow){
      .user_id = user_id,
      .device_id = device_id,
      .curve25519 = mtx_olm_account_get_curve25519 (device->account),
      .ed25519 = mtx_olm_account_get_ed25519 (device->account),
      .keys_json = text,
      .trust = MTX_DEVICE_SIGNED,
      .deleted = is_deleted,
  });
}

static void
ask (Scene      *scene,
     const char *request_id,
     const char *secret_name,
     const char *session_id,
     const char *devices)
{
  g_ptr_array_add (scene->requests, mtx_own_request_row_new (&(MtxOwnRequestRow){
                                        .request_id = request_id,
                                        .secret_name = secret_name,
                                        .room_id = session_id != NULL ? ROOM : NULL,
                                        .session_id = session_id,
                                        .devices = devices,
                                    }));
}

static void
scene_init (Scene *scene)
{
  g_autoptr (MtxRatchets) other = make_device ("@other:example.org", "OTHER");

  scene->us = make_device (USER, "US");
  scene->verified = make_row (USER, "VERIFIED", scene->us, FALSE);
  scene->unverified = make_row (USER, "UNVERIFIED", NULL, FALSE);
  scene->deleted = make_row (USER, "DELETED", scene->us, TRUE);
  scene->stranger = make_row ("@other:example.org", "OTHER", other, FALSE);
  scene->requests = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_own_request_row_unref);
}

static void
scene_clear (Scene *scene)
{
  mtx_ratchets_free (scene->us);
  mtx_device_row_unref (scene->verified);
  mtx_device_row_unref (scene->unverified);
  mtx_device_row_unref (scene->deleted);
  mtx_device_row_unref (scene->stranger);
  g_ptr_array_unref (scene->requests);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static MtxReceivedKey *
forward (Scene              *scene,
         const MtxDeviceRow *device,
         const char         *session_id,
         const char         *room_id)
{
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (GError)     error = NULL;
  MtxReceivedKey        *key;

  json_object_set_string_member (content, "algorithm", "m.megolm.v1.aes-sha2");
  json_object_set_string_member (content, "room_id", room_id);
  json_object_set_string_member (content, "session_id", session_id);
  json_object_set_string_member (content, "session_key", "a key");
  json_object_set_string_member (content, "sender_key", KEY);
  json_object_set_string_member (content, "sender_claimed_ed25519_key", SIGNING);
  json_object_set_boolean_member (content, "shared_history", TRUE);
  key = mtx_own_answers_read_room_key (scene->requests, scene->us, device, content, &error);
  if (key == NULL)
    g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);

  return key;
}

static void
assert_refused (Scene              *scene,
                const MtxDeviceRow *device,
                const char         *session_id,
                const char         *room_id)
{
  g_autoptr (MtxReceivedKey) key = forward (scene, device, session_id, room_id);

  g_assert_null (key);
}

static void
test_threat_037 (void)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  assert_refused (&scene, scene.verified, SESSION, ROOM);

  /* Another key was asked for, another room's, or another device. */
  ask (&scene, "1", NULL, "another", "VERIFIED");
  assert_refused (&scene, scene.verified, SESSION, ROOM);
  ask (&scene, "2", NULL, SESSION, "ELSE\nANOTHER");
  assert_refused (&scene, scene.verified, SESSION, ROOM);
  ask (&scene, "3", "m.megolm_backup.v1", NULL, "VERIFIED");
  assert_refused (&scene, scene.verified, SESSION, ROOM);
  ask (&scene, "4", NULL, SESSION, "VERIFIED");
  assert_refused (&scene, scene.verified, SESSION, "!another:example.org");
}

static void
test_threat_038 (void)
{
  g_auto (Scene)           scene = { 0 };
  g_autoptr (MtxDeviceRow) borrowed = NULL;

  scene_init (&scene);
  ask (&scene, "1", NULL, SESSION, "VERIFIED\nOTHER");
  assert_refused (&scene, scene.stranger, SESSION, ROOM);
  assert_refused (&scene, NULL, SESSION, ROOM);

  /* Not even with our signature: that is worth nothing under another name. */
  borrowed = make_row ("@other:example.org", "OTHER", scene.us, FALSE);
  assert_refused (&scene, borrowed, SESSION, ROOM);
}

static void
test_threat_039 (void)
{
  g_auto (Scene)             scene = { 0 };
  g_autoptr (MtxReceivedKey) key = NULL;

  scene_init (&scene);
  ask (&scene, "1", NULL, SESSION, "UNVERIFIED\nVERIFIED\nDELETED");
  assert_refused (&scene, scene.unverified, SESSION, ROOM);
  assert_refused (&scene, scene.deleted, SESSION, ROOM);

  key = forward (&scene, scene.verified, SESSION, ROOM);
  g_assert_nonnull (key);
  g_assert_true (key->claim->imported);
  g_assert_cmpint (key->claim->origin, ==, 0);
  g_assert_cmpstr (key->claim->sender_user, ==, NULL);
  g_assert_cmpstr (key->claim->sender_device, ==, NULL);
  g_assert_cmpstr (key->claim->sender_key, ==, KEY);
  g_assert_true (key->claim->shared_history);
}

/* What is missing or of another type makes it no answer. */
static void
test_malformed (void)
{
  static const char *const contents[] = {
    "{}",
    "{\"algorithm\":\"m.olm.v1\",\"room_id\":\"" ROOM "\",\"session_id\":\"" SESSION "\",\"session_key\":\"k\",\"sender_key\":\"" KEY "\",\"sender_claimed_ed25519_key\":\"" SIGNING "\"}",
    "{\"algorithm\":\"m.megolm.v1.aes-sha2\",\"room_id\":\"" ROOM "\",\"session_id\":\"" SESSION "\",\"session_key\":7,\"sender_key\":\"" KEY "\",\"sender_claimed_ed25519_key\":\"" SIGNING "\"}",
    "{\"algorithm\":\"m.megolm.v1.aes-sha2\",\"room_id\":\"" ROOM "\",\"session_id\":\"" SESSION "\",\"session_key\":\"k\",\"sender_key\":\"short\",\"sender_claimed_ed25519_key\":\"" SIGNING "\"}",
    "{\"algorithm\":\"m.megolm.v1.aes-sha2\",\"room_id\":\"" ROOM "\",\"session_id\":\"" SESSION "\",\"session_key\":\"k\",\"sender_key\":\"" KEY "\"}",
  };
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  ask (&scene, "1", NULL, SESSION, "VERIFIED");
  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      MtxJsonLimits              limits = { .max_bytes = 65536 };
      g_autoptr (JsonObject)     content = mtx_json_parse_object (contents[i], -1, &limits, NULL);
      g_autoptr (GError)         error = NULL;
      g_autoptr (MtxReceivedKey) key = mtx_own_answers_read_room_key (scene.requests, scene.us, scene.verified, content, &error);

      g_assert_null (key);
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
    }
}

static MtxReceivedSecret *
send_secret (Scene              *scene,
             const MtxDeviceRow *device,
             const char         *request_id,
             const char         *text)
{
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (GError)     error = NULL;
  MtxReceivedSecret     *secret;

  json_object_set_string_member (content, "request_id", request_id);
  json_object_set_string_member (content, "secret", text);
  secret = mtx_own_answers_read_secret (scene->requests, scene->us, device, content, &error);
  if (secret == NULL)
    g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);

  return secret;
}

/* RUST test_secret_push_receive_untrusted. */
static void
test_threat_073 (void)
{
  g_auto (Scene)                scene = { 0 };
  g_autoptr (MtxReceivedSecret) good = NULL;
  g_autofree char              *long_text = g_strnfill (1000, 'A');

  scene_init (&scene);
  g_assert_null (send_secret (&scene, scene.verified, "request", "secret"));
  ask (&scene, "key", NULL, SESSION, "VERIFIED");
  ask (&scene, "request", "m.megolm_backup.v1", NULL, "VERIFIED\nUNVERIFIED\nDELETED\nOTHER");
  ask (&scene, "elsewhere", "m.megolm_backup.v1", NULL, "ELSE");
  g_assert_null (send_secret (&scene, scene.verified, "guessed", "secret"));
  g_assert_null (send_secret (&scene, scene.verified, "key", "secret"));
  g_assert_null (send_secret (&scene, scene.verified, "elsewhere", "secret"));
  g_assert_null (send_secret (&scene, scene.verified, "request", long_text));
  g_assert_null (send_secret (&scene, scene.unverified, "request", "secret"));
  g_assert_null (send_secret (&scene, scene.deleted, "request", "secret"));
  g_assert_null (send_secret (&scene, scene.stranger, "request", "secret"));
  g_assert_null (send_secret (&scene, NULL, "request", "secret"));

  good = send_secret (&scene, scene.verified, "request", "secret");
  g_assert_nonnull (good);
  g_assert_cmpstr (good->name, ==, "m.megolm_backup.v1");
  g_assert_cmpuint (mtx_secret_bytes_get_size (good->untrusted_secret), ==, strlen ("secret"));
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/matrix/own-answers/threat-037-unasked-room-key", test_threat_037);
  g_test_add_func ("/matrix/own-answers/threat-038-room-key-of-another-user", test_threat_038);
  g_test_add_func ("/matrix/own-answers/threat-039-room-key-of-unverified-device", test_threat_039);
  g_test_add_func ("/matrix/own-answers/threat-073-secret", test_threat_073);
  g_test_add_func ("/matrix/own-answers/malformed", test_malformed);

  return g_test_run ();
}
