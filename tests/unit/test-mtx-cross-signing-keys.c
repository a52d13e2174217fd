/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cross-signing keys: the objects and signatures that matrix-js-sdk's generator makes from the same seeds.
 */
#include "mtx-cross-signing-keys.h"

#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-canonical-json.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-olm-account.h"
#include "mtx-public-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-signed-json.h"

#define ALICE "@alice:localhost"

/* matrix-js-sdk, spec/test-utils/crypto-test-data. */
static const struct
{
  const char *seed;
  const char *public_key;
  const char *object;
} vectors[] = {
  [MTX_CROSS_SIGNING_MASTER] = {
      "doyouspeakwhaaaaaaaaaaaaaaaaaale",
      "J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY",
      "{\"keys\":{\"ed25519:J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY\":"
      "\"J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY\"},\"usage\":[\"master\"],\"user_id\":\"" ALICE "\"}",
  },
  [MTX_CROSS_SIGNING_SELF_SIGNING] = {
      "selfselfselfselfselfselfselfself",
      "aU2+2CyXQTCuDcmWW0EL2bhJ6PdjFW2LbAsbHqf02AY",
      "{\"keys\":{\"ed25519:aU2+2CyXQTCuDcmWW0EL2bhJ6PdjFW2LbAsbHqf02AY\":"
      "\"aU2+2CyXQTCuDcmWW0EL2bhJ6PdjFW2LbAsbHqf02AY\"},\"signatures\":{\"" ALICE "\":{"
      "\"ed25519:J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY\":"
      "\"XfhYEhZmOs8BJdb3viatILBZ/bElsHXEW28V4tIaY5CxrBR0YOym3yZHWmRmypXessHZAKOhZn3yBMXzdajyCw\"}},"
      "\"usage\":[\"self_signing\"],\"user_id\":\"" ALICE "\"}",
  },
  [MTX_CROSS_SIGNING_USER_SIGNING] = {
      "useruseruseruseruseruseruseruser",
      "g5TC/zjQXyZYuDLZv7a41z5fFVrXpYPypG//AFQj8hY",
      "{\"keys\":{\"ed25519:g5TC/zjQXyZYuDLZv7a41z5fFVrXpYPypG//AFQj8hY\":"
      "\"g5TC/zjQXyZYuDLZv7a41z5fFVrXpYPypG//AFQj8hY\"},\"signatures\":{\"" ALICE "\":{"
      "\"ed25519:J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY\":"
      "\"6AkD1XM2H0/ebgP9oBdMKNeft7uxsrb0XN1CsjjHgeZCvCTMmv3BHlLiT/Hzy4fe8H+S1tr484dcXN/PIdnfDA\"}},"
      "\"usage\":[\"user_signing\"],\"user_id\":\"" ALICE "\"}",
  },
};

static MtxSecretBytes *
seed_of (MtxCrossSigningRole role)
{
  return mtx_secret_bytes_new ((const guint8 *)vectors[role].seed, strlen (vectors[role].seed));
}

static MtxCrossSigningKeys *
new_from_vectors (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) master = seed_of (MTX_CROSS_SIGNING_MASTER);
  g_autoptr (MtxSecretBytes) self_signing = seed_of (MTX_CROSS_SIGNING_SELF_SIGNING);
  g_autoptr (MtxSecretBytes) user_signing = seed_of (MTX_CROSS_SIGNING_USER_SIGNING);
  MtxCrossSigningKeys       *keys = mtx_cross_signing_keys_new_from_seeds (master, self_signing, user_signing, &error);

  g_assert_no_error (error);
  return keys;
}

static void
test_js_sdk (void)
{
  g_autoptr (MtxCrossSigningKeys) keys = new_from_vectors ();

  for (MtxCrossSigningRole role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    {
      g_autoptr (GError)     error = NULL;
      g_autoptr (JsonObject) object = mtx_cross_signing_keys_build (keys, role, ALICE, &error);
      g_autofree char       *text = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (mtx_cross_signing_keys_get_public (keys, role), ==, vectors[role].public_key);
      text = mtx_canonical_json_write (object, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, vectors[role].object);
    }
}

static void
test_generated (void)
{
  g_autoptr (GError)              error = NULL;
  g_autoptr (MtxCrossSigningKeys) one = mtx_cross_signing_keys_new (&error);
  g_autoptr (MtxCrossSigningKeys) other = mtx_cross_signing_keys_new (&error);

  g_assert_no_error (error);
  for (MtxCrossSigningRole role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    {
      g_assert_true (mtx_ed25519_key_check (mtx_cross_signing_keys_get_public (one, role), &error));
      g_assert_no_error (error);
      g_assert_cmpuint (mtx_secret_bytes_get_size (mtx_cross_signing_keys_get_seed (one, role)), ==, 32);
      for (MtxCrossSigningRole role2 = 0; role2 < MTX_CROSS_SIGNING_N_ROLES; role2++)
        {
          g_assert_cmpstr (mtx_cross_signing_keys_get_public (one, role), !=,
                           mtx_cross_signing_keys_get_public (other, role2));
          if (role != role2)
            g_assert_cmpstr (mtx_cross_signing_keys_get_public (one, role), !=,
                             mtx_cross_signing_keys_get_public (one, role2));
        }
    }
}

/* One object, signed by the device and by the self-signing key, as device keys are. */
static void
test_signs_a_device (void)
{
  g_autoptr (GError)              error = NULL;
  g_autoptr (MtxCrossSigningKeys) keys = new_from_vectors ();
  g_autoptr (MtxOlmAccount)       account = mtx_olm_account_new (&error);
  g_autoptr (JsonObject)          object = json_object_new ();
  g_autofree char                *key_id = NULL;

  json_object_set_string_member (object, "device_id", "DEVICE");
  g_assert_true (mtx_olm_account_sign_json (account, object, ALICE, "DEVICE", &error));
  g_assert_true (mtx_cross_signing_keys_sign_json (keys, MTX_CROSS_SIGNING_SELF_SIGNING, object, ALICE, &error));
  g_assert_no_error (error);

  key_id = g_strconcat ("ed25519:", vectors[MTX_CROSS_SIGNING_SELF_SIGNING].public_key, NULL);
  g_assert_true (mtx_signed_json_verify (object, ALICE, "ed25519:DEVICE", mtx_olm_account_get_ed25519 (account), &error));
  g_assert_true (mtx_signed_json_verify (object, ALICE, key_id, vectors[MTX_CROSS_SIGNING_SELF_SIGNING].public_key, &error));
  g_assert_no_error (error);
}

/* The other half of this threat, what others publish, is checked where it is read. */
static void
test_threat_008_one_key_in_two_roles (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) one = seed_of (MTX_CROSS_SIGNING_MASTER);
  g_autoptr (MtxSecretBytes) same = seed_of (MTX_CROSS_SIGNING_MASTER);
  g_autoptr (MtxSecretBytes) other = seed_of (MTX_CROSS_SIGNING_SELF_SIGNING);
  g_autoptr (MtxSecretBytes) too_short = mtx_secret_bytes_new ((const guint8 *)"short", 5);
  g_autoptr (MtxSecretBytes) empty = mtx_secret_bytes_new (NULL, 0);
  MtxSecretBytes            *wrong[][3] = {
    { one, same, other },
    { one, other, same },
    { other, one, same },
    { one, other, too_short },
    { one, too_short, other },
    { empty, one, other },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_null (mtx_cross_signing_keys_new_from_seeds (wrong[i][0], wrong[i][1], wrong[i][2], &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
      g_clear_error (&error);
    }
}

/* test_importing_private_cross_signing_keys_verifies_the_public_identity of matrix-rust-sdk. */
static void
test_threat_074_import (void)
{
  static const char *const        published[] = {
    "J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY",
    "aU2+2CyXQTCuDcmWW0EL2bhJ6PdjFW2LbAsbHqf02AY",
    "g5TC/zjQXyZYuDLZv7a41z5fFVrXpYPypG//AFQj8hY",
  };
  g_autoptr (GError)              error = NULL;
  g_autoptr (MtxSecretBytes)      master = seed_of (MTX_CROSS_SIGNING_MASTER);
  g_autoptr (MtxSecretBytes)      self_signing = seed_of (MTX_CROSS_SIGNING_SELF_SIGNING);
  g_autoptr (MtxSecretBytes)      user_signing = seed_of (MTX_CROSS_SIGNING_USER_SIGNING);
  g_autoptr (MtxSecretBytes)      foreign = mtx_secret_bytes_random (MTX_ED25519_SEED_BYTES, &error);
  MtxSecretBytes                 *seeds[] = { master, self_signing, user_signing };
  g_autoptr (MtxCrossSigningKeys) keys = mtx_cross_signing_keys_new_published (seeds, published, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (mtx_cross_signing_keys_get_public (keys, MTX_CROSS_SIGNING_USER_SIGNING), ==, published[2]);

  for (MtxCrossSigningRole role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    {
      MtxSecretBytes *one_foreign[] = { master, self_signing, user_signing };
      const char     *one_missing[] = { published[0], published[1], published[2] };
      const char     *two_swapped[] = { published[0], published[1], published[2] };

      one_foreign[role] = foreign;
      g_assert_null (mtx_cross_signing_keys_new_published (one_foreign, published, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
      g_clear_error (&error);

      one_missing[role] = NULL;
      g_assert_null (mtx_cross_signing_keys_new_published (seeds, one_missing, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
      g_clear_error (&error);

      two_swapped[role] = published[(role + 1) % 3];
      two_swapped[(role + 1) % 3] = published[role];
      g_assert_null (mtx_cross_signing_keys_new_published (seeds, two_swapped, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
      g_clear_error (&error);
    }
}

static void
test_pickle (void)
{
  g_autoptr (GError)              error = NULL;
  g_autoptr (MtxSecretBytes)      master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxSecretBytes)      other_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxCrossSigningKeys) keys = new_from_vectors ();
  g_autoptr (MtxCrossSigningKeys) restored = NULL;
  g_autoptr (GBytes)              sealed = mtx_cross_signing_keys_to_pickle (keys, master_key, ALICE, &error);

  g_assert_no_error (error);
  g_assert_null (g_strstr_len (g_bytes_get_data (sealed, NULL), (gssize)g_bytes_get_size (sealed), "selfself"));
  restored = mtx_cross_signing_keys_new_from_pickle (sealed, master_key, ALICE, &error);
  g_assert_no_error (error);
  for (MtxCrossSigningRole role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    {
      g_assert_true (mtx_secret_bytes_equal (mtx_cross_signing_keys_get_seed (restored, role),
                                             mtx_cross_signing_keys_get_seed (keys, role)));
      g_assert_cmpstr (mtx_cross_signing_keys_get_public (restored, role), ==, vectors[role].public_key);
    }

  g_assert_null (mtx_cross_signing_keys_new_from_pickle (sealed, other_key, ALICE, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_cross_signing_keys_new_from_pickle (sealed, master_key, "@bob:localhost", &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/cross-signing-keys/js-sdk", test_js_sdk);
  g_test_add_func ("/cross-signing-keys/generated", test_generated);
  g_test_add_func ("/cross-signing-keys/signs-a-device", test_signs_a_device);
  g_test_add_func ("/cross-signing-keys/threat-008-one-key-in-two-roles", test_threat_008_one_key_in_two_roles);
  g_test_add_func ("/cross-signing-keys/threat-074-import", test_threat_074_import);
  g_test_add_func ("/cross-signing-keys/pickle", test_pickle);

  return g_test_run ();
}
