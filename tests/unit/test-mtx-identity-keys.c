/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys that play two parts, each with every signature it needs: only that they are the same gives them away.
 */
#include "mtx-identity-keys.h"

#include "mtx-json.h"
#include "mtx-keys-reply.h"
#include "mtx-olm-account.h"
#include "mtx-test.h"

#define ALICE  "@alice:example.org"
#define BOB    "@bob:example.org"
#define DEVICE "BOBDEVICE"

static MtxCrossSigningKeys *
new_keys (void)
{
  g_autoptr (GError)   error = NULL;
  MtxCrossSigningKeys *keys = mtx_cross_signing_keys_new (&error);

  g_assert_no_error (error);
  return keys;
}

static JsonObject *
build (MtxCrossSigningKeys *keys,
       MtxCrossSigningRole  role)
{
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_cross_signing_keys_build (keys, role, BOB, &error);

  g_assert_no_error (error);
  return object;
}

/* A key object for @role that holds the key of @actual, signed by the master key. */
static JsonObject *
build_with_key_of (MtxCrossSigningKeys *keys,
                   MtxCrossSigningRole  role,
                   MtxCrossSigningRole  actual)
{
  const char        *public_key = mtx_cross_signing_keys_get_public (keys, actual);
  g_autofree char   *key_id = g_strconcat ("ed25519:", public_key, NULL);
  JsonObject        *object = json_object_new ();
  JsonObject        *members = json_object_new ();
  JsonArray         *usage = json_array_new ();
  g_autoptr (GError) error = NULL;

  json_array_add_string_element (usage, mtx_cross_signing_role_get_usage (role));
  json_object_set_string_member (members, key_id, public_key);
  json_object_set_string_member (object, "user_id", BOB);
  json_object_set_array_member (object, "usage", usage);
  json_object_set_object_member (object, "keys", members);
  mtx_cross_signing_keys_sign_json (keys, MTX_CROSS_SIGNING_MASTER, object, BOB, &error);
  g_assert_no_error (error);

  return object;
}

static void
test_one_key_in_two_roles (void)
{
  g_autoptr (MtxCrossSigningKeys) keys = new_keys ();
  g_autoptr (JsonObject)          master = build (keys, MTX_CROSS_SIGNING_MASTER);
  g_autoptr (JsonObject)          self_signing = build (keys, MTX_CROSS_SIGNING_SELF_SIGNING);
  g_autoptr (JsonObject)          user_signing = build (keys, MTX_CROSS_SIGNING_USER_SIGNING);
  g_autoptr (JsonObject)          same_as_master = build_with_key_of (keys, MTX_CROSS_SIGNING_SELF_SIGNING, MTX_CROSS_SIGNING_MASTER);
  g_autoptr (JsonObject)          same_as_self = build_with_key_of (keys, MTX_CROSS_SIGNING_USER_SIGNING, MTX_CROSS_SIGNING_SELF_SIGNING);
  g_autoptr (JsonObject)          as_it_should = build_with_key_of (keys, MTX_CROSS_SIGNING_USER_SIGNING, MTX_CROSS_SIGNING_USER_SIGNING);
  g_autoptr (MtxIdentityKeys)     good = NULL;
  g_autoptr (GError)              error = NULL;

  good = mtx_identity_keys_new (BOB, master, self_signing, user_signing, &error);
  g_assert_no_error (error);
  g_clear_pointer (&good, mtx_identity_keys_unref);
  good = mtx_identity_keys_new (BOB, master, self_signing, as_it_should, &error);
  g_assert_no_error (error);

  g_assert_null (mtx_identity_keys_new (BOB, master, same_as_master, user_signing, NULL));
  g_assert_null (mtx_identity_keys_new (BOB, master, self_signing, same_as_self, NULL));
}

static JsonObject *
put (JsonObject *parent,
     const char *name,
     JsonObject *child)
{
  json_object_set_object_member (parent, name, child);
  return child;
}

/* Bob's device, whose Ed25519 key is @key; signed with the key of @signer in its own name. */
static JsonObject *
make_device (MtxCrossSigningKeys *keys,
             MtxCrossSigningRole  signer)
{
  const char               *ed25519 = mtx_cross_signing_keys_get_public (keys, signer);
  g_autofree char          *signed_as = g_strconcat ("ed25519:", ed25519, NULL);
  g_autoptr (MtxOlmAccount) account = mtx_olm_account_new (NULL);
  JsonObject               *object = json_object_new ();
  JsonObject               *members = put (object, "keys", json_object_new ());
  JsonObject               *signatures = NULL;
  g_autoptr (GError)        error = NULL;

  json_object_set_array_member (object, "algorithms", json_array_new ());
  json_object_set_string_member (object, "user_id", BOB);
  json_object_set_string_member (object, "device_id", DEVICE);
  json_object_set_string_member (members, "curve25519:" DEVICE, mtx_olm_account_get_curve25519 (account));
  json_object_set_string_member (members, "ed25519:" DEVICE, ed25519);
  mtx_cross_signing_keys_sign_json (keys, signer, object, BOB, &error);
  g_assert_no_error (error);

  signatures = mtx_json_get_object (mtx_json_get_object (object, "signatures"), BOB);
  json_object_set_string_member (signatures, "ed25519:" DEVICE, mtx_json_get_string (signatures, signed_as));

  return object;
}

/* How many of what a server shows of Bob are refused. */
static guint
count_refused (MtxCrossSigningKeys *identity,
               JsonObject          *device)
{
  static const char *const asked[] = { BOB, NULL };
  const MtxOwnIds          own = {
             .user_id = ALICE,
             .device_id = "ALICEDEVICE",
             .curve25519 = "a",
             .ed25519 = "b",
             .master_key = "c",
             .self_signing_key = "d",
  };
  g_autoptr (JsonObject)   reply = json_object_new ();
  g_autoptr (GPtrArray)    nothing = g_ptr_array_new ();
  g_autoptr (MtxKeysReply) judged = NULL;
  JsonObject              *devices = put (reply, "device_keys", json_object_new ());

  put (put (devices, BOB, json_object_new ()), DEVICE, device);
  put (put (reply, "master_keys", json_object_new ()), BOB, build (identity, MTX_CROSS_SIGNING_MASTER));
  put (put (reply, "self_signing_keys", json_object_new ()), BOB, build (identity, MTX_CROSS_SIGNING_SELF_SIGNING));
  judged = mtx_keys_reply_new (reply, asked, nothing, nothing, &own, 1);

  return judged->refused;
}

/* Whoever confirms such a device confirms the identity, or the other way round. */
static void
test_device_with_a_key_of_the_identity (void)
{
  g_autoptr (MtxCrossSigningKeys) identity = new_keys ();
  g_autoptr (MtxCrossSigningKeys) others = new_keys ();

  g_assert_cmpuint (count_refused (identity, make_device (others, MTX_CROSS_SIGNING_MASTER)), ==, 0);
  g_assert_cmpuint (count_refused (identity, make_device (identity, MTX_CROSS_SIGNING_MASTER)), ==, 1);
  g_assert_cmpuint (count_refused (identity, make_device (identity, MTX_CROSS_SIGNING_SELF_SIGNING)), ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/identity-keys/threat-008-one-key-in-two-roles", test_one_key_in_two_roles);
  g_test_add_func ("/identity-keys/threat-009-device-with-a-key-of-the-identity", test_device_with_a_key_of_the_identity);

  return g_test_run ();
}
