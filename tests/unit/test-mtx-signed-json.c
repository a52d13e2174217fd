/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signed JSON: the specification's vectors, objects other programs have signed, and what must not count as a
 * signature.
 */
#include "mtx-signed-json.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-cross-signing-keys.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-olm-account.h"

/* Specification, appendices § Cryptographic Test Vectors. */
#define SPEC_SEED   "6090c103d5e7af6b15a970fd563ed75549e6159719ae5c3c31dee4316fb75c0d"
#define SPEC_PUBLIC "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"
#define SPEC_USER   "domain"
#define SPEC_KEY_ID "ed25519:1"

#define ALICE        "@alice:localhost"
#define ALICE_DEVICE "YI/7vbGVLpGdYtuceQR8MSsKB/QjgfMXM1xqnn+0NWU"

static JsonObject *
parse (const char *text)
{
  static const MtxJsonLimits limits = { .max_bytes = 65536, .max_depth = 16, .reject_duplicates = TRUE };
  g_autoptr (GError)         error = NULL;
  JsonObject                *object = mtx_json_parse_object (text, -1, &limits, &error);

  g_assert_no_error (error);
  return object;
}

static void
assert_verifies (const char *text,
                 const char *user_id,
                 const char *key_id,
                 const char *key)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = parse (text);

  g_assert_true (mtx_signed_json_verify (object, user_id, key_id, key, &error));
  g_assert_no_error (error);
}

static void
assert_refused (const char *text,
                const char *user_id,
                const char *key_id,
                const char *key,
                MtxError    code)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = parse (text);

  g_assert_false (mtx_signed_json_verify (object, user_id, key_id, key, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

/* A MtxSignFunc that gives away a signature made elsewhere. */
static char *
return_signature (gpointer      signer,
                  const guint8 *message,
                  gsize         length,
                  GError      **error)
{
  return g_strdup (signer);
}

static char *
refuse_to_sign (gpointer      signer,
                const guint8 *message,
                gsize         length,
                GError      **error)
{
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_FAILED, "No");
  return NULL;
}

static void
test_specification_signs (void)
{
  static const struct
  {
    const char *text;
    const char *signature;
  } vectors[] = {
    { "{}", "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ" },
    { "{\"one\":1,\"two\":\"Two\"}",
      "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw" },
  };
  g_autoptr (GError)              error = NULL;
  g_autoptr (MtxSecretBytes)      seed = mtx_test_hex_secret (SPEC_SEED);
  g_autoptr (MtxSecretBytes)      second = mtx_secret_bytes_random (MTX_ED25519_SEED_BYTES, &error);
  g_autoptr (MtxSecretBytes)      third = mtx_secret_bytes_random (MTX_ED25519_SEED_BYTES, &error);
  g_autoptr (MtxCrossSigningKeys) keys = mtx_cross_signing_keys_new_from_seeds (seed, second, third, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (mtx_cross_signing_keys_get_public (keys, MTX_CROSS_SIGNING_MASTER), ==, SPEC_PUBLIC);
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (JsonObject) object = parse (vectors[i].text);
      JsonObject            *signatures;

      g_assert_true (mtx_cross_signing_keys_sign_json (keys, MTX_CROSS_SIGNING_MASTER, object, SPEC_USER, &error));
      g_assert_no_error (error);
      signatures = mtx_json_get_object (mtx_json_get_object (object, "signatures"), SPEC_USER);
      g_assert_cmpstr (mtx_json_get_string (signatures, "ed25519:" SPEC_PUBLIC), ==, vectors[i].signature);
      g_assert_true (mtx_signed_json_verify (object, SPEC_USER, "ed25519:" SPEC_PUBLIC, SPEC_PUBLIC, &error));
      g_assert_no_error (error);
    }
}

static void
test_specification_verifies (void)
{
  /* Order, white space, `unsigned` and other signatures do not matter. */
  assert_verifies ("{\"signatures\":{\"domain\":{\"ed25519:1\":"
                   "\"KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw\"}},"
                   " \"two\": \"Two\", \"one\": 1, \"unsigned\": {\"age\": 1.5}}",
                   SPEC_USER, SPEC_KEY_ID, SPEC_PUBLIC);
  assert_refused ("{\"signatures\":{\"domain\":{\"ed25519:1\":"
                  "\"KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw\"}},"
                  "\"two\":\"Two\",\"one\":2}",
                  SPEC_USER, SPEC_KEY_ID, SPEC_PUBLIC, MTX_ERROR_UNTRUSTED);
}

/* Device keys that matrix-js-sdk's generator has signed. */
#define DEVICE_KEYS(algorithm, signature_user, signature_id)                                                  \
  "{\"algorithms\":[\"m.olm.v1.curve25519-aes-sha2\",\"" algorithm "\"],\"device_id\":\"test_device\","       \
  "\"keys\":{\"curve25519:test_device\":\"F4uCNNlcbRvc7CfBz95ZGWBvY1ALniG1J8+6rhVoKS0\","                     \
  "\"ed25519:test_device\":\"" ALICE_DEVICE "\"},\"user_id\":\"" ALICE "\",\"signatures\":{\"" signature_user \
  "\":{\"" signature_id "\":"                                                                                 \
  "\"LmQC/yAUZJmkxZ+3L0nEwvtVWOzjqQqADWBhk+C47SPaFYHeV+E291mgXaSCJVeGltX+HC49Aw7nb6ga7sw0Aw\"}}}"

static void
test_signed_elsewhere (void)
{
  assert_verifies (DEVICE_KEYS ("m.megolm.v1.aes-sha2", ALICE, "ed25519:test_device"),
                   ALICE, "ed25519:test_device", ALICE_DEVICE);
  assert_refused (DEVICE_KEYS ("m.megolm.v2.aes-sha2", ALICE, "ed25519:test_device"),
                  ALICE, "ed25519:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);
}

static void
test_threat_012_only_the_expected_key (void)
{
  const char *genuine = DEVICE_KEYS ("m.megolm.v1.aes-sha2", ALICE, "ed25519:test_device");

  /* Absent: under another user, another id, another algorithm. */
  assert_refused (DEVICE_KEYS ("m.megolm.v1.aes-sha2", "@bob:xyz", "ed25519:test_device"),
                  ALICE, "ed25519:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);
  assert_refused (DEVICE_KEYS ("m.megolm.v1.aes-sha2", ALICE, "ed25519:other_device"),
                  ALICE, "ed25519:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);
  assert_refused (DEVICE_KEYS ("m.megolm.v1.aes-sha2", ALICE, "rsa:test_device"),
                  ALICE, "rsa:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);
  assert_refused ("{}", ALICE, "ed25519:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);
  assert_refused ("{\"signatures\":[]}", ALICE, "ed25519:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);
  assert_refused ("{\"signatures\":{\"" ALICE "\":{\"ed25519:test_device\":1}}}",
                  ALICE, "ed25519:test_device", ALICE_DEVICE, MTX_ERROR_UNTRUSTED);

  /* There, but of another key, or of none. */
  assert_refused (genuine, ALICE, "ed25519:test_device", SPEC_PUBLIC, MTX_ERROR_UNTRUSTED);
  assert_refused (genuine, ALICE, "ed25519:test_device", NULL, MTX_ERROR_BAD_REPLY);
  assert_refused (genuine, ALICE, "ed25519:test_device", ALICE_DEVICE "=", MTX_ERROR_BAD_REPLY);

  /* Another text for the same signature. */
  assert_refused ("{\"signatures\":{\"domain\":{\"ed25519:1\":"
                  "\"K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ==\"}}}",
                  SPEC_USER, SPEC_KEY_ID, SPEC_PUBLIC, MTX_ERROR_BAD_REPLY);
  assert_refused ("{\"signatures\":{\"domain\":{\"ed25519:1\":"
                  "\"K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAR\"}}}",
                  SPEC_USER, SPEC_KEY_ID, SPEC_PUBLIC, MTX_ERROR_BAD_REPLY);
}

/* What has no canonical form is neither signed nor verified. */
static void
test_threat_011_no_canonical_form (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = mtx_olm_account_new (&error);
  static const char *const  texts[] = { "{\"n\":1.5}", "{\"n\":9007199254740992}", "{\"a\":{\"n\":-9007199254740992}}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (JsonObject) object = parse (texts[i]);

      g_assert_false (mtx_olm_account_sign_json (account, object, ALICE, "DEVICE", &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
      g_clear_error (&error);
      g_assert_false (json_object_has_member (object, "signatures"));
    }
  assert_refused ("{\"n\":1.5,\"signatures\":{\"domain\":{\"ed25519:1\":"
                  "\"K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ\"}}}",
                  SPEC_USER, SPEC_KEY_ID, SPEC_PUBLIC, MTX_ERROR_INVALID);
}

static void
test_signing_keeps_what_is_there (void)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = parse ("{\"a\":1,\"unsigned\":{\"b\":2},\"signatures\":{"
                                         "\"@bob:xyz\":{\"ed25519:X\":\"s\"},\"" ALICE "\":{\"ed25519:Y\":\"t\"}}}");
  JsonObject            *signatures = mtx_json_get_object (object, "signatures");
  JsonObject            *by_alice = mtx_json_get_object (signatures, ALICE);

  g_assert_false (mtx_signed_json_sign (object, ALICE, "ed25519:Z", refuse_to_sign, NULL, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (json_object_get_size (by_alice), ==, 1);

  g_assert_true (mtx_signed_json_sign (object, ALICE, "ed25519:Z", return_signature, (gpointer) "new", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_json_get_string (by_alice, "ed25519:Y"), ==, "t");
  g_assert_cmpstr (mtx_json_get_string (by_alice, "ed25519:Z"), ==, "new");
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (signatures, "@bob:xyz"), "ed25519:X"), ==, "s");
  g_assert_true (json_object_has_member (object, "unsigned"));
}

static void
test_account_signs (void)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxOlmAccount) account = mtx_olm_account_new (&error);
  g_autoptr (JsonObject)    object = parse ("{\"text\":\"\xc3\xa4\xe2\x82\xac\"}");

  g_assert_true (mtx_olm_account_sign_json (account, object, ALICE, "DEVICE", &error));
  g_assert_no_error (error);
  g_assert_true (mtx_signed_json_verify (object, ALICE, "ed25519:DEVICE", mtx_olm_account_get_ed25519 (account), &error));
  g_assert_no_error (error);
  json_object_set_string_member (object, "text", "a");
  g_assert_false (mtx_signed_json_verify (object, ALICE, "ed25519:DEVICE", mtx_olm_account_get_ed25519 (account), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/signed-json/specification-signs", test_specification_signs);
  g_test_add_func ("/signed-json/threat-106-g10-specification-verifies", test_specification_verifies);
  g_test_add_func ("/signed-json/signed-elsewhere", test_signed_elsewhere);
  g_test_add_func ("/signed-json/threat-011-no-canonical-form", test_threat_011_no_canonical_form);
  g_test_add_func ("/signed-json/threat-012-only-the-expected-key", test_threat_012_only_the_expected_key);
  g_test_add_func ("/signed-json/signing-keeps-what-is-there", test_signing_keeps_what_is_there);
  g_test_add_func ("/signed-json/account-signs", test_account_signs);

  return g_test_run ();
}
