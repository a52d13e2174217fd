/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may stand inside an Olm message: every field tied to who sent it and who it is for.
 */
#include "mtx-json.h"
#include "mtx-olm-account.h"
#include "mtx-olm-payload.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

/* Alice writes to Bob. */
typedef struct
{
  MtxOlmAccount *alice;
  MtxOlmAccount *bob;
  JsonObject    *device_keys; /* of Alice */
  MtxOlmParties  parties;
} Scene;

static JsonObject *
make_device_keys (MtxOlmAccount *account,
                  const char    *user_id,
                  const char    *device_id)
{
  JsonObject        *object = json_object_new ();
  JsonObject        *keys = json_object_new ();
  g_autofree char   *curve25519_id = g_strconcat ("curve25519:", device_id, NULL);
  g_autofree char   *ed25519_id = g_strconcat ("ed25519:", device_id, NULL);
  g_autoptr (GError) error = NULL;

  json_object_set_string_member (keys, curve25519_id, mtx_olm_account_get_curve25519 (account));
  json_object_set_string_member (keys, ed25519_id, mtx_olm_account_get_ed25519 (account));
  json_object_set_string_member (object, "user_id", user_id);
  json_object_set_string_member (object, "device_id", device_id);
  json_object_set_array_member (object, "algorithms", json_array_new ());
  json_object_set_object_member (object, "keys", keys);
  mtx_olm_account_sign_json (account, object, user_id, device_id, &error);
  g_assert_no_error (error);

  return object;
}

static void
scene_init (Scene *scene)
{
  scene->alice = mtx_olm_account_new (NULL);
  scene->bob = mtx_olm_account_new (NULL);
  scene->device_keys = make_device_keys (scene->alice, ALICE, "ALICEDEVICE");
  scene->parties = (MtxOlmParties){
    .sender = ALICE,
    .sender_key = mtx_olm_account_get_curve25519 (scene->alice),
    .sender_ed25519 = mtx_olm_account_get_ed25519 (scene->alice),
    .recipient = BOB,
    .recipient_ed25519 = mtx_olm_account_get_ed25519 (scene->bob),
  };
}

static void
scene_clear (Scene *scene)
{
  g_clear_object (&scene->alice);
  g_clear_object (&scene->bob);
  g_clear_pointer (&scene->device_keys, json_object_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static JsonObject *
write_payload (Scene *scene)
{
  MtxJsonLimits          limits = { .max_bytes = 65536, .max_depth = 64 };
  g_autoptr (JsonObject) content = json_object_new ();
  g_autofree char       *text = NULL;
  JsonObject            *payload = NULL;

  json_object_set_string_member (content, "what", "ever");
  text = mtx_olm_payload_write ("m.dummy", content, &scene->parties, scene->device_keys);
  payload = mtx_json_parse_object (text, -1, &limits, NULL);
  g_assert_nonnull (payload);

  return payload;
}

static MtxOlmPayload *
read_payload (Scene      *scene,
              JsonObject *payload,
              GError    **error)
{
  char              *text = mtx_json_to_string (payload);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  return mtx_olm_payload_new (bytes, &scene->parties, error);
}

static void
assert_refused (Scene      *scene,
                JsonObject *payload)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmPayload) read = read_payload (scene, payload, &error);

  g_assert_null (read);
  g_assert_nonnull (error);
}

static void
test_good (void)
{
  g_auto (Scene)            scene = { 0 };
  g_autoptr (JsonObject)    payload = NULL;
  g_autoptr (MtxOlmPayload) read = NULL;
  g_autoptr (GError)        error = NULL;

  scene_init (&scene);
  payload = write_payload (&scene);
  read = read_payload (&scene, payload, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->type, ==, "m.dummy");
  g_assert_cmpstr (mtx_json_get_string (read->untrusted_content, "what"), ==, "ever");
  g_assert_cmpstr (read->claimed_ed25519, ==, mtx_olm_account_get_ed25519 (scene.alice));
  g_assert_cmpstr (mtx_device_keys_get_device_id (read->device_keys), ==, "ALICEDEVICE");

  /* Clients that do not enclose their keys, and devices we do not know, are possible. */
  g_clear_pointer (&read, mtx_olm_payload_free);
  json_object_remove_member (payload, "sender_device_keys");
  scene.parties.sender_ed25519 = NULL;
  read = read_payload (&scene, payload, &error);
  g_assert_no_error (error);
  g_assert_null (read->device_keys);
}

/* Each field is missing once, of the wrong type once, and somebody else's once. */
static void
test_fields (void)
{
  static const char *const names[] = { "type", "content", "sender", "recipient", "recipient_keys", "keys" };
  g_auto (Scene)           scene = { 0 };

  scene_init (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (JsonObject) without = write_payload (&scene);
      g_autoptr (JsonObject) number = write_payload (&scene);

      json_object_remove_member (without, names[i]);
      assert_refused (&scene, without);
      json_object_set_int_member (number, names[i], 5);
      assert_refused (&scene, number);
    }

  for (guint i = 2; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (JsonObject) other = write_payload (&scene);
      JsonObject            *keys = mtx_json_get_object (other, names[i]);

      if (keys != NULL)
        json_object_set_string_member (keys, "ed25519", "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI");
      else
        json_object_set_string_member (other, names[i], "@eve:example.org");
      assert_refused (&scene, other);
    }
}

static void
set_device_keys (JsonObject *payload,
                 const char *name,
                 JsonObject *keys)
{
  json_object_remove_member (payload, "sender_device_keys");
  json_object_set_object_member (payload, name, keys);
}

static void
test_device_keys (void)
{
  static const char *const names[] = { "sender_device_keys", "org.matrix.msc4147.device_keys" };
  g_auto (Scene)           scene = { 0 };

  scene_init (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (JsonObject)    good = write_payload (&scene);
      g_autoptr (JsonObject)    other_user = write_payload (&scene);
      g_autoptr (JsonObject)    other_device = write_payload (&scene);
      g_autoptr (JsonObject)    unsigned_keys = write_payload (&scene);
      g_autoptr (JsonObject)    no_object = write_payload (&scene);
      g_autoptr (MtxOlmPayload) read = NULL;
      g_autoptr (GError)        error = NULL;
      JsonObject               *keys = NULL;

      set_device_keys (good, names[i], make_device_keys (scene.alice, ALICE, "ALICEDEVICE"));
      read = read_payload (&scene, good, &error);
      g_assert_no_error (error);
      g_assert_nonnull (read->device_keys);

      set_device_keys (other_user, names[i], make_device_keys (scene.alice, "@eve:example.org", "ALICEDEVICE"));
      assert_refused (&scene, other_user);

      set_device_keys (other_device, names[i], make_device_keys (scene.bob, ALICE, "ALICEDEVICE"));
      assert_refused (&scene, other_device);

      keys = make_device_keys (scene.alice, ALICE, "ALICEDEVICE");
      json_object_remove_member (keys, "signatures");
      set_device_keys (unsigned_keys, names[i], keys);
      assert_refused (&scene, unsigned_keys);

      json_object_remove_member (no_object, "sender_device_keys");
      json_object_set_string_member (no_object, names[i], "keys");
      assert_refused (&scene, no_object);
    }
}

/* One of the two keys is that of the message, the other is not, and the device signed both: each is looked at. */
static void
test_mixed_device_keys (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) other_curve25519 = NULL;
  g_autoptr (JsonObject) other_ed25519 = NULL;
  JsonObject            *keys = NULL;
  g_autoptr (GError)     error = NULL;

  scene_init (&scene);
  other_curve25519 = write_payload (&scene);
  keys = make_device_keys (scene.alice, ALICE, "ALICEDEVICE");
  json_object_set_string_member (mtx_json_get_object (keys, "keys"), "curve25519:ALICEDEVICE",
                                 mtx_olm_account_get_curve25519 (scene.bob));
  mtx_olm_account_sign_json (scene.alice, keys, ALICE, "ALICEDEVICE", &error);
  g_assert_no_error (error);
  set_device_keys (other_curve25519, "sender_device_keys", keys);
  assert_refused (&scene, other_curve25519);

  other_ed25519 = write_payload (&scene);
  keys = make_device_keys (scene.bob, ALICE, "ALICEDEVICE");
  json_object_set_string_member (mtx_json_get_object (keys, "keys"), "curve25519:ALICEDEVICE",
                                 mtx_olm_account_get_curve25519 (scene.alice));
  mtx_olm_account_sign_json (scene.bob, keys, ALICE, "ALICEDEVICE", &error);
  g_assert_no_error (error);
  set_device_keys (other_ed25519, "sender_device_keys", keys);
  assert_refused (&scene, other_ed25519);
}

/* A known device says it is another one of the same person. */
static void
test_fake_identity_keys (void)
{
  g_auto (Scene)         scene = { 0 };
  g_autoptr (JsonObject) payload = NULL;

  scene_init (&scene);
  payload = write_payload (&scene);
  json_object_remove_member (payload, "sender_device_keys");
  scene.parties.sender_ed25519 = mtx_olm_account_get_ed25519 (scene.bob);
  assert_refused (&scene, payload);
}

static void
test_no_json (void)
{
  static const char *const texts[] = { "", "null", "[]", "{", "{\"a\":1,\"a\":2}", "\xff" };
  g_auto (Scene)           scene = { 0 };

  scene_init (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes)        bytes = g_bytes_new_static (texts[i], strlen (texts[i]));
      g_autoptr (GError)        error = NULL;
      g_autoptr (MtxOlmPayload) read = mtx_olm_payload_new (bytes, &scene.parties, &error);

      g_assert_null (read);
      g_assert_nonnull (error);
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/olm-payload/good", test_good);
  g_test_add_func ("/olm-payload/threat-024-fields", test_fields);
  g_test_add_func ("/olm-payload/threat-025-device-keys", test_device_keys);
  g_test_add_func ("/olm-payload/threat-025-mixed-device-keys", test_mixed_device_keys);
  g_test_add_func ("/olm-payload/threat-045-fake-identity-keys", test_fake_identity_keys);
  g_test_add_func ("/olm-payload/threat-097-no-json", test_no_json);

  return g_test_run ();
}
