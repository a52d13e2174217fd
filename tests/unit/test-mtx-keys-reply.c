/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server may say about devices and identities, and what is believed of it.
 */
#include "mtx-cross-signing-keys.h"
#include "mtx-db.h"
#include "mtx-json.h"
#include "mtx-keys-reply.h"
#include "mtx-olm-account.h"
#include "mtx-test-json.h"
#include "mtx-test.h"

#define ALICE "@alice:example.org"
#define BOB   "@bob:example.org"

/* A person with private keys, so that a test can sign whatever it likes. */
typedef struct
{
  const char          *user_id;
  const char          *device_id;
  MtxOlmAccount       *account;
  MtxCrossSigningKeys *keys;
} Person;

/* One question and its answer. */
typedef struct
{
  Person        alice; /* us */
  Person        bob;
  JsonObject   *reply;
  GPtrArray    *devices;
  GPtrArray    *identities;
  MtxKeysReply *judged;
} Scene;

static void
person_init (Person     *person,
             const char *user_id,
             const char *device_id)
{
  g_autoptr (GError) error = NULL;

  person->user_id = user_id;
  person->device_id = device_id;
  person->account = mtx_olm_account_new (&error);
  g_assert_no_error (error);
  person->keys = mtx_cross_signing_keys_new (&error);
  g_assert_no_error (error);
}

static void
scene_init (Scene *scene)
{
  person_init (&scene->alice, ALICE, "ALICEDEVICE");
  person_init (&scene->bob, BOB, "BOBDEVICE");
  scene->reply = json_object_new ();
  scene->devices = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  scene->identities = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_identity_row_unref);
}

static void
scene_clear (Scene *scene)
{
  g_clear_object (&scene->alice.account);
  g_clear_object (&scene->alice.keys);
  g_clear_object (&scene->bob.account);
  g_clear_object (&scene->bob.keys);
  g_clear_pointer (&scene->reply, json_object_unref);
  g_clear_pointer (&scene->devices, g_ptr_array_unref);
  g_clear_pointer (&scene->identities, g_ptr_array_unref);
  g_clear_pointer (&scene->judged, mtx_keys_reply_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static JsonObject *
make_unsigned_device (const Person *person,
                      const char   *device_id)
{
  JsonObject      *object = json_object_new ();
  JsonObject      *keys = mtx_test_ensure_object (object, "keys");
  JsonArray       *algorithms = json_array_new ();
  g_autofree char *curve25519_id = g_strconcat ("curve25519:", device_id, NULL);
  g_autofree char *ed25519_id = g_strconcat ("ed25519:", device_id, NULL);

  json_array_add_string_element (algorithms, "m.olm.v1.curve25519-aes-sha2");
  json_array_add_string_element (algorithms, "m.megolm.v1.aes-sha2");
  json_object_set_array_member (object, "algorithms", algorithms);
  json_object_set_string_member (object, "user_id", person->user_id);
  json_object_set_string_member (object, "device_id", device_id);
  json_object_set_string_member (keys, curve25519_id, mtx_olm_account_get_curve25519 (person->account));
  json_object_set_string_member (keys, ed25519_id, mtx_olm_account_get_ed25519 (person->account));

  return object;
}

static void
sign_by_device (JsonObject   *object,
                const Person *person,
                const char   *device_id)
{
  g_autoptr (GError) error = NULL;

  mtx_olm_account_sign_json (person->account, object, person->user_id, device_id, &error);
  g_assert_no_error (error);
}

static void
sign_by_owner (JsonObject          *object,
               MtxCrossSigningKeys *keys,
               const char          *user_id)
{
  g_autoptr (GError) error = NULL;

  mtx_cross_signing_keys_sign_json (keys, MTX_CROSS_SIGNING_SELF_SIGNING, object, user_id, &error);
  g_assert_no_error (error);
}

static JsonObject *
make_device (const Person *person)
{
  JsonObject *object = make_unsigned_device (person, person->device_id);

  sign_by_device (object, person, person->device_id);
  sign_by_owner (object, person->keys, person->user_id);

  return object;
}

static void
show_device (Scene      *scene,
             const char *user_id,
             const char *device_id,
             JsonObject *object)
{
  JsonObject *devices = mtx_test_ensure_object (mtx_test_ensure_object (scene->reply, "device_keys"), user_id);

  json_object_set_object_member (devices, device_id, object);
}

static JsonObject *
make_key (MtxCrossSigningKeys *keys,
          MtxCrossSigningRole  role,
          const char          *user_id)
{
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_cross_signing_keys_build (keys, role, user_id, &error);

  g_assert_no_error (error);

  return object;
}

static void
show_identity (Scene               *scene,
               const char          *user_id,
               MtxCrossSigningKeys *keys)
{
  json_object_set_object_member (mtx_test_ensure_object (scene->reply, "master_keys"),
                                 user_id,
                                 make_key (keys, MTX_CROSS_SIGNING_MASTER, user_id));
  json_object_set_object_member (mtx_test_ensure_object (scene->reply, "self_signing_keys"),
                                 user_id,
                                 make_key (keys, MTX_CROSS_SIGNING_SELF_SIGNING, user_id));
}

/* Bob as he is. */
static void
show_bob (Scene *scene)
{
  show_device (scene, BOB, "BOBDEVICE", make_device (&scene->bob));
  show_identity (scene, BOB, scene->bob.keys);
}

/* Bob's device was stored when it had these keys. */
static void
know_device (Scene      *scene,
             const char *curve25519,
             const char *ed25519)
{
  g_ptr_array_add (scene->devices,
                   mtx_device_row_new (&(MtxDeviceRow){
                       .user_id = BOB,
                       .device_id = "BOBDEVICE",
                       .curve25519 = curve25519,
                       .ed25519 = ed25519,
                       .keys_json = "{}",
                       .first_seen_at = 1,
                   }));
}

static void
know_identity (Scene               *scene,
               MtxCrossSigningKeys *keys)
{
  g_autoptr (JsonObject) master = make_key (keys, MTX_CROSS_SIGNING_MASTER, BOB);
  g_autoptr (JsonObject) self_signing = make_key (keys, MTX_CROSS_SIGNING_SELF_SIGNING, BOB);
  g_autofree char       *master_text = mtx_json_to_string (master);
  g_autofree char       *self_signing_text = mtx_json_to_string (self_signing);

  g_ptr_array_add (scene->identities,
                   mtx_identity_row_new (&(MtxIdentityRow){
                       .user_id = BOB,
                       .master_json = master_text,
                       .self_signing_json = self_signing_text,
                       .pinned_master_key = mtx_cross_signing_keys_get_public (keys, MTX_CROSS_SIGNING_MASTER),
                       .first_seen_at = 1,
                   }));
}

static void
judge (Scene *scene)
{
  static const char *const asked[] = { ALICE, BOB, NULL };
  MtxOwnIds                own = {
                   .user_id = ALICE,
                   .device_id = "ALICEDEVICE",
                   .curve25519 = mtx_olm_account_get_curve25519 (scene->alice.account),
                   .ed25519 = mtx_olm_account_get_ed25519 (scene->alice.account),
                   .master_key = mtx_cross_signing_keys_get_public (scene->alice.keys, MTX_CROSS_SIGNING_MASTER),
                   .self_signing_key = mtx_cross_signing_keys_get_public (scene->alice.keys, MTX_CROSS_SIGNING_SELF_SIGNING),
  };

  g_clear_pointer (&scene->judged, mtx_keys_reply_unref);
  scene->judged = mtx_keys_reply_new (scene->reply, asked, scene->devices, scene->identities, &own, 1000);
}

/* Commits what follows from the answer to an empty store and reads Bob's devices back. */
static GPtrArray *
store_devices (Scene *scene)
{
  static const char *const   users[] = { BOB, NULL };
  g_autofree char           *folder = mtx_test_tmp_dir ();
  g_autofree char           *path = g_build_filename (folder, "store.db", NULL);
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (MtxDb)          db = NULL;
  g_autoptr (GError)         error = NULL;
  GPtrArray                 *devices = NULL;

  key = mtx_secret_bytes_random (32, &error);
  g_assert_no_error (error);
  db = dex_await_object (mtx_db_open (path, key), &error);
  g_assert_no_error (error);
  dex_await (mtx_db_commit (db, scene->judged->changes), &error);
  g_assert_no_error (error);
  devices = dex_await_boxed (mtx_device_store_load_devices (db, users), &error);
  g_assert_no_error (error);
  g_clear_pointer (&scene->identities, g_ptr_array_unref);
  scene->identities = dex_await_boxed (mtx_device_store_load_identities (db, users), &error);
  g_assert_no_error (error);
  dex_await (mtx_db_close (db), &error);
  g_assert_no_error (error);

  return devices;
}

static void
assert_refused (Scene *scene)
{
  judge (scene);
  g_assert_cmpuint (scene->judged->refused, ==, 1);
}

static DexFuture *
test_good (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  const MtxDeviceRow   *device = NULL;
  const MtxIdentityRow *identity = NULL;

  scene_init (&scene);
  show_bob (&scene);
  judge (&scene);
  g_assert_cmpuint (scene.judged->refused, ==, 0);
  g_assert_cmpuint (scene.judged->answered->len, ==, 2);
  devices = store_devices (&scene);
  g_assert_cmpuint (devices->len, ==, 1);
  device = g_ptr_array_index (devices, 0);
  g_assert_cmpint (device->trust, ==, MTX_DEVICE_SIGNED);
  g_assert_cmpstr (device->ed25519, ==, mtx_olm_account_get_ed25519 (scene.bob.account));

  /* First contact: the identity is pinned. */
  g_assert_cmpuint (scene.identities->len, ==, 1);
  identity = g_ptr_array_index (scene.identities, 0);
  g_assert_cmpstr (identity->pinned_master_key, ==, mtx_cross_signing_keys_get_public (scene.bob.keys, MTX_CROSS_SIGNING_MASTER));
  g_assert_false (identity->changed);

  /* The same again is no news. */
  g_ptr_array_add (scene.devices, mtx_device_row_ref (g_ptr_array_index (devices, 0)));
  judge (&scene);
  g_assert_true (mtx_change_set_is_empty (scene.judged->changes));
  g_assert_cmpuint (scene.judged->changed->len, ==, 0);

  return NULL;
}

static DexFuture *
test_self_signature (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  JsonObject           *unsigned_device = NULL;
  JsonObject           *changed = NULL;
  Person                second = { 0 };

  scene_init (&scene);
  show_bob (&scene);

  /* One without a signature, one changed afterwards; the good one beside them is accepted. */
  person_init (&second, BOB, "SECOND");
  unsigned_device = make_unsigned_device (&second, "SECOND");
  show_device (&scene, BOB, "SECOND", unsigned_device);
  changed = make_unsigned_device (&second, "THIRD");
  sign_by_device (changed, &second, "THIRD");
  json_object_set_string_member (changed, "added", "later");
  show_device (&scene, BOB, "THIRD", changed);

  judge (&scene);
  g_assert_cmpuint (scene.judged->refused, ==, 2);
  devices = store_devices (&scene);
  g_assert_cmpuint (devices->len, ==, 1);
  g_clear_object (&second.account);
  g_clear_object (&second.keys);

  return NULL;
}

static void
test_map_keys (void)
{
  g_auto (Scene) scene = { 0 };
  JsonObject    *as_alice = NULL;

  scene_init (&scene);
  show_device (&scene, BOB, "OTHERNAME", make_device (&scene.bob));
  assert_refused (&scene);

  g_clear_pointer (&scene.reply, json_object_unref);
  scene.reply = json_object_new ();
  show_device (&scene, ALICE, "BOBDEVICE", make_device (&scene.bob));
  assert_refused (&scene);

  g_clear_pointer (&scene.reply, json_object_unref);
  scene.reply = json_object_new ();
  as_alice = make_unsigned_device (&scene.bob, "BOBDEVICE");
  json_object_set_string_member (as_alice, "user_id", ALICE);
  sign_by_device (as_alice, &scene.bob, "BOBDEVICE");
  show_device (&scene, BOB, "BOBDEVICE", as_alice);
  assert_refused (&scene);
}

static void
test_changed_ed25519 (void)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  know_device (&scene,
               mtx_olm_account_get_curve25519 (scene.bob.account),
               mtx_olm_account_get_ed25519 (scene.alice.account));
  show_bob (&scene);
  assert_refused (&scene);
}

static void
test_changed_curve25519 (void)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  know_device (&scene,
               mtx_olm_account_get_curve25519 (scene.alice.account),
               mtx_olm_account_get_ed25519 (scene.bob.account));
  show_bob (&scene);
  assert_refused (&scene);
}

static DexFuture *
test_unasked (gpointer data)
{
  g_auto (Scene) scene = { 0 };
  Person         carol = { 0 };

  scene_init (&scene);
  show_bob (&scene);
  person_init (&carol, "@carol:example.org", "CAROLDEVICE");
  show_device (&scene, carol.user_id, carol.device_id, make_device (&carol));
  show_identity (&scene, carol.user_id, carol.keys);
  judge (&scene);
  g_assert_cmpuint (scene.judged->refused, ==, 0);
  g_assert_false (g_ptr_array_find_with_equal_func (scene.judged->changed, carol.user_id, g_str_equal, NULL));
  g_clear_object (&carol.account);
  g_clear_object (&carol.keys);

  return NULL;
}

static void
test_own (void)
{
  g_auto (Scene) scene = { 0 };
  JsonObject    *signed_master = NULL;

  scene_init (&scene);
  judge (&scene);
  g_assert_cmpint (scene.judged->own_device, ==, MTX_SHOWN_NOT);
  g_assert_cmpint (scene.judged->own_identity, ==, MTX_SHOWN_NOT);

  show_device (&scene, ALICE, "ALICEDEVICE", make_device (&scene.alice));
  show_identity (&scene, ALICE, scene.alice.keys);
  judge (&scene);
  g_assert_cmpint (scene.judged->own_device, ==, MTX_SHOWN_AS_OURS);
  g_assert_true (scene.judged->own_device_signed);
  g_assert_cmpint (scene.judged->own_identity, ==, MTX_SHOWN_AS_OURS);
  g_assert_false (scene.judged->own_identity_signed);

  signed_master = make_key (scene.alice.keys, MTX_CROSS_SIGNING_MASTER, ALICE);
  sign_by_device (signed_master, &scene.alice, "ALICEDEVICE");
  json_object_set_object_member (mtx_json_get_object (scene.reply, "master_keys"), ALICE, signed_master);
  judge (&scene);
  g_assert_true (scene.judged->own_identity_signed);

  /* Another device under our id, another identity for our account. */
  g_clear_object (&scene.alice.account);
  scene.alice.account = mtx_olm_account_new (NULL);
  judge (&scene);
  g_assert_cmpint (scene.judged->own_device, ==, MTX_SHOWN_AS_OTHER);
  g_assert_cmpuint (scene.judged->refused, ==, 1);

  g_clear_object (&scene.alice.keys);
  scene.alice.keys = mtx_cross_signing_keys_new (NULL);
  judge (&scene);
  g_assert_cmpint (scene.judged->own_identity, ==, MTX_SHOWN_AS_OTHER);
}

static void
assert_identity_refused (Scene *scene)
{
  static const char *const users[] = { "master_keys", "self_signing_keys" };

  judge (scene);
  g_assert_cmpuint (scene->judged->refused, >=, 1);
  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    json_object_remove_member (scene->reply, users[i]);
}

static JsonObject *
get_shown_key (Scene      *scene,
               const char *section)
{
  return mtx_json_get_object (mtx_json_get_object (scene->reply, section), BOB);
}

static void
test_roles (void)
{
  g_auto (Scene) scene = { 0 };
  JsonArray     *usage = NULL;

  scene_init (&scene);

  /* The wrong role. */
  show_identity (&scene, BOB, scene.bob.keys);
  json_object_set_object_member (mtx_json_get_object (scene.reply, "master_keys"),
                                 BOB,
                                 make_key (scene.bob.keys, MTX_CROSS_SIGNING_SELF_SIGNING, BOB));
  assert_identity_refused (&scene);

  /* One key in two roles. */
  show_identity (&scene, BOB, scene.bob.keys);
  usage = mtx_json_get_array (get_shown_key (&scene, "master_keys"), "usage");
  json_array_add_string_element (usage, "self_signing");
  assert_identity_refused (&scene);

  /* Two keys in one object. */
  show_identity (&scene, BOB, scene.bob.keys);
  json_object_set_string_member (mtx_json_get_object (get_shown_key (&scene, "master_keys"), "keys"),
                                 "ed25519:other",
                                 mtx_olm_account_get_ed25519 (scene.alice.account));
  assert_identity_refused (&scene);
}

static void
test_key_confusion (void)
{
  g_auto (Scene) scene = { 0 };
  const char    *master = NULL;
  JsonObject    *named_like_a_key = NULL;

  scene_init (&scene);
  show_identity (&scene, BOB, scene.bob.keys);
  master = mtx_cross_signing_keys_get_public (scene.bob.keys, MTX_CROSS_SIGNING_MASTER);

  named_like_a_key = make_unsigned_device (&scene.bob, master);
  sign_by_device (named_like_a_key, &scene.bob, master);
  show_device (&scene, BOB, master, named_like_a_key);
  assert_refused (&scene);
}

static void
test_unsigned_identity (void)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);

  /* A self-signing key that the master key did not sign. */
  show_identity (&scene, BOB, scene.bob.keys);
  json_object_remove_member (get_shown_key (&scene, "self_signing_keys"), "signatures");
  assert_identity_refused (&scene);

  /* One that another master key signed. */
  show_identity (&scene, BOB, scene.bob.keys);
  json_object_set_object_member (mtx_json_get_object (scene.reply, "self_signing_keys"),
                                 BOB,
                                 make_key (scene.alice.keys, MTX_CROSS_SIGNING_SELF_SIGNING, BOB));
  assert_identity_refused (&scene);

  /* None at all. */
  show_identity (&scene, BOB, scene.bob.keys);
  json_object_remove_member (mtx_json_get_object (scene.reply, "self_signing_keys"), BOB);
  assert_identity_refused (&scene);
}

/* The device is stored, but nobody vouches for it. */
static DexFuture *
test_unsigned_device (gpointer data)
{
  g_auto (Scene)                  scene = { 0 };
  g_autoptr (GPtrArray)           devices = NULL;
  g_autoptr (MtxCrossSigningKeys) old_keys = mtx_cross_signing_keys_new (NULL);
  JsonObject                     *device = NULL;

  scene_init (&scene);
  show_identity (&scene, BOB, scene.bob.keys);
  device = make_unsigned_device (&scene.bob, "BOBDEVICE");
  sign_by_device (device, &scene.bob, "BOBDEVICE");
  sign_by_owner (device, old_keys, BOB);
  show_device (&scene, BOB, "BOBDEVICE", device);

  judge (&scene);
  devices = store_devices (&scene);
  g_assert_cmpuint (devices->len, ==, 1);
  g_assert_cmpint (((MtxDeviceRow *)g_ptr_array_index (devices, 0))->trust, ==, MTX_DEVICE_UNSIGNED);

  return NULL;
}

/* A signature under the expected name that is not by the expected key, among many others. */
static DexFuture *
test_many_signatures (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  JsonObject           *device = NULL;
  JsonObject           *signatures = NULL;
  g_autofree char      *key_id = NULL;
  const char           *self_signing = NULL;
  g_autofree char      *own_signature = NULL;

  scene_init (&scene);
  show_identity (&scene, BOB, scene.bob.keys);
  device = make_unsigned_device (&scene.bob, "BOBDEVICE");
  sign_by_device (device, &scene.bob, "BOBDEVICE");
  signatures = mtx_json_get_object (mtx_json_get_object (device, "signatures"), BOB);
  own_signature = g_strdup (mtx_json_get_string (signatures, "ed25519:BOBDEVICE"));
  self_signing = mtx_cross_signing_keys_get_public (scene.bob.keys, MTX_CROSS_SIGNING_SELF_SIGNING);
  key_id = g_strconcat ("ed25519:", self_signing, NULL);
  json_object_set_string_member (signatures, key_id, own_signature);
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("ed448:%u", i);

      json_object_set_string_member (signatures, name, own_signature);
    }
  show_device (&scene, BOB, "BOBDEVICE", device);

  judge (&scene);
  devices = store_devices (&scene);
  g_assert_cmpuint (devices->len, ==, 1);
  g_assert_cmpint (((MtxDeviceRow *)g_ptr_array_index (devices, 0))->trust, ==, MTX_DEVICE_UNSIGNED);

  return NULL;
}

static DexFuture *
test_unknown_members (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) devices = NULL;
  JsonObject           *device = NULL;

  scene_init (&scene);
  show_identity (&scene, BOB, scene.bob.keys);
  device = make_unsigned_device (&scene.bob, "BOBDEVICE");
  json_array_add_string_element (mtx_json_get_array (device, "algorithms"), "m.olm.v9.future");
  json_object_set_string_member (mtx_json_get_object (device, "keys"), "x448:BOBDEVICE", "whatever");
  json_object_set_int_member (mtx_test_ensure_object (device, "org.example.more"), "number", 7);
  sign_by_device (device, &scene.bob, "BOBDEVICE");
  sign_by_owner (device, scene.bob.keys, BOB);
  show_device (&scene, BOB, "BOBDEVICE", device);

  judge (&scene);
  g_assert_cmpuint (scene.judged->refused, ==, 0);
  devices = store_devices (&scene);
  g_assert_cmpint (((MtxDeviceRow *)g_ptr_array_index (devices, 0))->trust, ==, MTX_DEVICE_SIGNED);

  return NULL;
}

static void
test_key_text (void)
{
  static const char *const bad[] = {
    "",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",  /* all zero: no strength */
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp",  /* stray trailing bits */
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=", /* padded */
    "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo",  /* another alphabet */
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066Spjqqb",
  };
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      JsonObject *device = make_unsigned_device (&scene.bob, "BOBDEVICE");

      json_object_set_string_member (mtx_json_get_object (device, "keys"), "curve25519:BOBDEVICE", bad[i]);
      sign_by_device (device, &scene.bob, "BOBDEVICE");
      show_device (&scene, BOB, "BOBDEVICE", device);
      assert_refused (&scene);
    }
}

/* A device that goes is marked; it must not come back with other keys. */
static DexFuture *
test_deleted (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) devices = NULL;

  scene_init (&scene);
  know_device (&scene,
               mtx_olm_account_get_curve25519 (scene.bob.account),
               mtx_olm_account_get_ed25519 (scene.bob.account));
  json_object_set_object_member (mtx_test_ensure_object (scene.reply, "device_keys"), BOB, json_object_new ());
  judge (&scene);
  devices = store_devices (&scene);
  g_assert_cmpuint (devices->len, ==, 1);
  g_assert_true (((MtxDeviceRow *)g_ptr_array_index (devices, 0))->deleted);

  g_ptr_array_set_size (scene.devices, 0);
  g_ptr_array_add (scene.devices, mtx_device_row_ref (g_ptr_array_index (devices, 0)));
  g_clear_object (&scene.bob.account);
  scene.bob.account = mtx_olm_account_new (NULL);
  show_bob (&scene);
  assert_refused (&scene);

  return NULL;
}

/* Another identity is stored beside the pin, and its devices are judged by it. */
static DexFuture *
test_changed_identity (gpointer data)
{
  g_auto (Scene)                  scene = { 0 };
  g_autoptr (MtxCrossSigningKeys) first = mtx_cross_signing_keys_new (NULL);
  g_autoptr (GPtrArray)           devices = NULL;
  const MtxIdentityRow           *identity = NULL;

  scene_init (&scene);
  know_identity (&scene, first);
  show_bob (&scene);
  judge (&scene);
  devices = store_devices (&scene);

  identity = g_ptr_array_index (scene.identities, 0);
  g_assert_true (identity->changed);
  g_assert_cmpstr (identity->pinned_master_key, ==, mtx_cross_signing_keys_get_public (first, MTX_CROSS_SIGNING_MASTER));

  return NULL;
}

/* An answer without the identity, or with a broken one, does not take the known one away. */
static DexFuture *
test_kept_identity (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GPtrArray) devices = NULL;

  scene_init (&scene);
  know_identity (&scene, scene.bob.keys);
  show_device (&scene, BOB, "BOBDEVICE", make_device (&scene.bob));
  judge (&scene);
  devices = store_devices (&scene);
  g_assert_cmpint (((MtxDeviceRow *)g_ptr_array_index (devices, 0))->trust, ==, MTX_DEVICE_SIGNED);

  return NULL;
}

static void
test_failures (void)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene);
  json_object_set_object_member (mtx_test_ensure_object (scene.reply, "failures"), "example.org", json_object_new ());
  know_device (&scene,
               mtx_olm_account_get_curve25519 (scene.bob.account),
               mtx_olm_account_get_ed25519 (scene.bob.account));
  judge (&scene);
  g_assert_cmpuint (scene.judged->answered->len, ==, 0);
  g_assert_cmpuint (scene.judged->failed->len, ==, 2);
  g_assert_true (mtx_change_set_is_empty (scene.judged->changes));
}

/* Wrong types everywhere are answers without content. */
static void
test_shapes (void)
{
  static const char *const texts[] = {
    "{}",
    "{\"device_keys\":[]}",
    "{\"device_keys\":{\"@bob:example.org\":7}}",
    "{\"device_keys\":{\"@bob:example.org\":{\"BOBDEVICE\":[]}}}",
    "{\"device_keys\":{\"@bob:example.org\":{\"BOBDEVICE\":{\"keys\":3,\"user_id\":[],\"device_id\":{}}}}}",
    "{\"master_keys\":{\"@bob:example.org\":{\"keys\":{}}},\"self_signing_keys\":5,\"failures\":[]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (Scene) scene = { 0 };
      MtxJsonLimits  limits = { .max_bytes = 10000, .max_depth = 64 };

      scene_init (&scene);
      g_clear_pointer (&scene.reply, json_object_unref);
      scene.reply = mtx_json_parse_object (texts[i], -1, &limits, NULL);
      judge (&scene);
      g_assert_true (mtx_change_set_is_empty (scene.judged->changes));
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/keys-reply/good", test_good);
  mtx_test_add_fiber ("/keys-reply/threat-001-self-signature", test_self_signature);
  g_test_add_func ("/keys-reply/threat-002-map-keys", test_map_keys);
  g_test_add_func ("/keys-reply/threat-003-changed-ed25519", test_changed_ed25519);
  g_test_add_func ("/keys-reply/threat-004-changed-curve25519", test_changed_curve25519);
  mtx_test_add_fiber ("/keys-reply/threat-006-unasked", test_unasked);
  g_test_add_func ("/keys-reply/threat-007-own", test_own);
  g_test_add_func ("/keys-reply/threat-008-roles", test_roles);
  g_test_add_func ("/keys-reply/threat-009-key-confusion", test_key_confusion);
  g_test_add_func ("/keys-reply/threat-010-unsigned-identity", test_unsigned_identity);
  mtx_test_add_fiber ("/keys-reply/threat-012-many-signatures", test_many_signatures);
  mtx_test_add_fiber ("/keys-reply/threat-015-old-signature", test_unsigned_device);
  mtx_test_add_fiber ("/keys-reply/threat-017-changed-identity", test_changed_identity);
  mtx_test_add_fiber ("/keys-reply/threat-021-unknown-members", test_unknown_members);
  g_test_add_func ("/keys-reply/threat-022-key-text", test_key_text);
  mtx_test_add_fiber ("/keys-reply/deleted", test_deleted);
  mtx_test_add_fiber ("/keys-reply/kept-identity", test_kept_identity);
  g_test_add_func ("/keys-reply/failures", test_failures);
  g_test_add_func ("/keys-reply/threat-097-shapes", test_shapes);

  return g_test_run ();
}
