/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Secrets of the account data: matrix-rust-sdk's published ones, and what a server can do to them.
 */
#include "mtx-secret-storage-cipher.h"

#include <string.h>

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-cross-signing-keys.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-recovery-key.h"

#define MASTER "m.cross_signing.master"
#define SECRET "It's a secret to everybody"

/* crates/matrix-sdk/tests/integration/encryption/secret_storage.rs: a key, its check, and the three seeds of
 * one account under it. */
static const char published_key[] = "EsTj 3yST y93F SLpB jJsz eAXc 2XzA ygD3 w69H fGaN TKBj jXEd";
static const char published_iv[] = "xv5b6/p3ExEw++wTyfSHEg==";
static const char published_mac[] = "ujBBbXahnTAMkmPUX2/0+VTfUh63pGyVRuBcDMgmJC8=";

static const struct
{
  const char *name;
  const char *iv;
  const char *ciphertext;
  const char *mac;
} published[] = {
  {
      "m.cross_signing.master",
      "bdfCwu+ECYgZ/jWTkGrQ/A==",
      "lCRSSA1lChONEXj/8RyogsgAa8ouQwYDnLr4XBCheRikrZykLRzPCx3doCE=",
      "NXeV1dZaOe2JLvQ6Hh6tFto7AgFFdaQnY0l9pruwdtE=",
  },
  {
      "m.cross_signing.self_signing",
      "3BCaKGCaSMkg1x9WnTqUmw==",
      "+B9WD02IvtQ8S4OaquhuYEZAx20xvz0oTN7r2VM9VOBxmlOyi+KkkWOvLAo=",
      "xQEDxQbPH0bYeZUFC3wYJh0lsLkP2amcFGdaZ3VdfQg=",
  },
  {
      "m.cross_signing.user_signing",
      "bjb1V2n9YmA8j31Z9muMqQ==",
      "atqNy5IDzYRkRC+lkKoflwsyHkd0dr4UeoViwJdUzexiq0M8h1i8JMkADNg=",
      "vusvNuV8Kkq50VxtC78oioofVBurnTTVEhiRyZkfu/4=",
  },
};

static MtxSecretBytes *
get_published_key (void)
{
  g_autoptr (GError) error = NULL;
  MtxSecretBytes    *key = mtx_recovery_key_decode (published_key, &error);

  g_assert_no_error (error);
  return key;
}

static MtxSecretBytes *
new_key (void)
{
  g_autoptr (GError) error = NULL;
  MtxSecretBytes    *key = mtx_secret_bytes_random (MTX_SECRET_STORAGE_KEY_BYTES, &error);

  g_assert_no_error (error);
  return key;
}

static MtxSealedSecret *
encrypt (MtxSecretBytes *key,
         const char     *name,
         const char     *secret)
{
  g_autoptr (GError) error = NULL;
  MtxSealedSecret   *sealed = mtx_secret_storage_encrypt (key, name, secret, &error);

  g_assert_no_error (error);
  return sealed;
}

static void
assert_refused (MtxSecretBytes *key,
                const char     *name,
                const char     *iv,
                const char     *ciphertext,
                const char     *mac,
                MtxError        code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_secret_storage_decrypt (key, name, iv, ciphertext, mac, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static MtxSecretStorageCheck
check (MtxSecretBytes *key,
       const char     *iv,
       const char     *mac)
{
  g_autoptr (GError)    error = NULL;
  MtxSecretStorageCheck result = MTX_SECRET_STORAGE_WRONG;

  g_assert_true (mtx_secret_storage_check_key (key, iv, mac, &result, &error));
  g_assert_no_error (error);
  return result;
}

static void
assert_check_refused (MtxSecretBytes *key,
                      const char     *iv,
                      const char     *mac,
                      MtxError        code)
{
  g_autoptr (GError)    error = NULL;
  MtxSecretStorageCheck result = MTX_SECRET_STORAGE_WRONG;

  g_assert_false (mtx_secret_storage_check_key (key, iv, mac, &result, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
  g_assert_cmpint (result, ==, MTX_SECRET_STORAGE_WRONG);
}

static char *
encode_zeroes (gsize length)
{
  g_autofree guint8 *zeroes = g_malloc0 (length);

  return mtx_base64_encode (zeroes, length, MTX_BASE64_UNPADDED);
}

static char *
change (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = mtx_base64_decode (text, MTX_BASE64_UNPADDED, &error);
  gsize              length = g_bytes_get_size (bytes);
  g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (bytes, NULL), length);

  g_assert_no_error (error);
  changed[length / 2] ^= 1;
  return mtx_base64_encode (changed, length, MTX_BASE64_UNPADDED);
}

/* The three secrets are seeds, and they are those of the account that test has. */
static void
test_published (void)
{
  g_autoptr (MtxSecretBytes) key = get_published_key ();
  MtxSecretBytes            *seeds[MTX_CROSS_SIGNING_N_ROLES] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (published); i++)
    {
      g_autoptr (GError) error = NULL;
      char              *secret;

      secret = mtx_secret_storage_decrypt (key, published[i].name, published[i].iv, published[i].ciphertext,
                                           published[i].mac, &error);
      g_assert_no_error (error);
      seeds[i] = mtx_base64_decode_secret (secret, MTX_BASE64_LENIENT, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (mtx_secret_bytes_get_size (seeds[i]), ==, 32);
      mtx_secret_string_free (secret);
    }

  {
    g_autoptr (GError)              error = NULL;
    const char *const               public_keys[] = { "fKJdf5b3ga1hshUT5obkBteMNTtLkfy8qh4h5/XLNew", "vsEoa0HHxc8hmlWgoohTQBGWcCRh1BFoTzI8HNIxg5Q", "IGfFj6KhzqBWxiMm6/e+Pu/x/5NV6a7iEe8AKhuRiq0" };
    g_autoptr (MtxCrossSigningKeys) keys = mtx_cross_signing_keys_new_published (seeds, public_keys, &error);

    g_assert_no_error (error);
    g_assert_nonnull (keys);
  }

  for (gsize i = 0; i < G_N_ELEMENTS (seeds); i++)
    mtx_secret_bytes_unref (seeds[i]);
}

static void
test_both_ways (void)
{
  g_autoptr (GError)          error = NULL;
  g_autoptr (MtxSecretBytes)  key = new_key ();
  g_autofree char            *longest = g_strnfill (MTX_SECRET_STORAGE_MAX_SECRET_BYTES, 'x');
  g_autofree char            *too_long = g_strnfill (MTX_SECRET_STORAGE_MAX_SECRET_BYTES + 1, 'x');
  const char *const           secrets[] = { SECRET, "x", "öffentlich", longest };
  g_autoptr (MtxSealedSecret) one = encrypt (key, MASTER, SECRET);
  g_autoptr (MtxSealedSecret) other = encrypt (key, MASTER, SECRET);

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autoptr (MtxSealedSecret) sealed = encrypt (key, MASTER, secrets[i]);
      char                       *secret;

      g_assert_null (strchr (sealed->iv, '='));
      g_assert_null (strchr (sealed->ciphertext, '='));
      g_assert_null (strchr (sealed->mac, '='));
      secret = mtx_secret_storage_decrypt (key, MASTER, sealed->iv, sealed->ciphertext, sealed->mac, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (secret, ==, secrets[i]);
      mtx_secret_string_free (secret);
    }

  g_assert_cmpstr (one->iv, !=, other->iv);
  g_assert_cmpstr (one->ciphertext, !=, other->ciphertext);

  g_assert_null (mtx_secret_storage_encrypt (key, MASTER, too_long, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (mtx_secret_storage_encrypt (key, MASTER, "", &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
}

static void
test_threat_076_key_check (void)
{
  static const char          salt[] = "IuLnH7S85YtZmkkBJKwNUKxWF42g9O1H";
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = get_published_key ();
  g_autoptr (MtxSecretBytes) other = new_key ();
  g_autoptr (MtxSecretBytes) too_short = mtx_secret_bytes_new ((const guint8 *)SECRET, 16);
  g_autoptr (MtxSecretBytes) derived = NULL;
  g_autofree char           *iv = NULL;
  g_autofree char           *mac = NULL;

  /* from_account_data_and_base58 and from_account_data_and_passphrase of matrix-rust-sdk. */
  g_assert_cmpint (check (key, published_iv, published_mac), ==, MTX_SECRET_STORAGE_CHECKED);
  g_assert_cmpint (check (other, published_iv, published_mac), ==, MTX_SECRET_STORAGE_WRONG);
  derived = mtx_pbkdf2_sha512 (SECRET, (const guint8 *)salt, strlen (salt), 10, 32, &error);
  g_assert_no_error (error);
  g_assert_cmpint (check (derived, "gH2iNpiETFhApvW6/FFEJQ", "9Lw12m5SKDipNghdQXKjgpfdj1/K7HFI2brO+UWAGoM"), ==,
                   MTX_SECRET_STORAGE_CHECKED);
  g_assert_cmpint (check (key, "gH2iNpiETFhApvW6/FFEJQ", "9Lw12m5SKDipNghdQXKjgpfdj1/K7HFI2brO+UWAGoM"), ==,
                   MTX_SECRET_STORAGE_WRONG);

  g_assert_true (mtx_secret_storage_make_check (other, &iv, &mac, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (iv), ==, 22);
  g_assert_cmpuint (strlen (mac), ==, 43);
  g_assert_cmpint (check (other, iv, mac), ==, MTX_SECRET_STORAGE_CHECKED);
  g_assert_cmpint (check (key, iv, mac), ==, MTX_SECRET_STORAGE_WRONG);

  assert_check_refused (too_short, iv, mac, MTX_ERROR_INVALID);
}

/* Nothing to check is no error, and not a yes either. */
static void
test_threat_076_nothing_to_check (void)
{
  g_autoptr (MtxSecretBytes) key = new_key ();

  g_assert_cmpint (check (key, NULL, NULL), ==, MTX_SECRET_STORAGE_UNCHECKED);
  g_assert_cmpint (check (key, published_iv, NULL), ==, MTX_SECRET_STORAGE_UNCHECKED);
  g_assert_cmpint (check (key, NULL, published_mac), ==, MTX_SECRET_STORAGE_UNCHECKED);
}

static void
test_threat_076_wrong_lengths (void)
{
  g_autoptr (MtxSecretBytes)  key = get_published_key ();
  g_autoptr (MtxSealedSecret) sealed = encrypt (key, MASTER, SECRET);
  g_autofree char            *bytes_14 = encode_zeroes (14);
  g_autofree char            *bytes_10 = encode_zeroes (10);
  g_autofree char            *bytes_17 = encode_zeroes (17);
  g_autofree char            *bytes_33 = encode_zeroes (33);
  g_autofree char            *huge = g_strnfill (1024 * 1024, 'A');

  assert_check_refused (key, bytes_14, published_mac, MTX_ERROR_BAD_REPLY);
  assert_check_refused (key, bytes_17, published_mac, MTX_ERROR_BAD_REPLY);
  assert_check_refused (key, bytes_14, NULL, MTX_ERROR_BAD_REPLY);
  assert_check_refused (key, published_iv, bytes_10, MTX_ERROR_BAD_REPLY);
  assert_check_refused (key, published_iv, bytes_33, MTX_ERROR_BAD_REPLY);
  assert_check_refused (key, NULL, "", MTX_ERROR_BAD_REPLY);
  assert_check_refused (key, "=", published_mac, MTX_ERROR_BAD_REPLY);

  /* encrypted_data_decoding of matrix-rust-sdk. */
  assert_refused (key, MASTER, published[0].iv, published[0].ciphertext, "NXeV1dZaOe2JLvQ6Hh6tFtgFFdaQnY0l9pruwdtE",
                  MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, "bdfCwu+gZ/jWTkGrQ/A", published[0].ciphertext, published[0].mac, MTX_ERROR_BAD_REPLY);

  assert_refused (key, MASTER, bytes_17, sealed->ciphertext, sealed->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, NULL, sealed->ciphertext, sealed->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, sealed->iv, NULL, sealed->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, sealed->iv, sealed->ciphertext, NULL, MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, sealed->iv, "", sealed->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, sealed->iv, "not base64!", sealed->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, MASTER, sealed->iv, huge, sealed->mac, MTX_ERROR_TOO_LARGE);
}

static void
test_threat_076_cleared_bit (void)
{
  g_autoptr (MtxSecretBytes) key = new_key ();

  /* A drawn bit is clear in every second IV; sixty-four in a row are no accident. */
  for (guint i = 0; i < 64; i++)
    {
      g_autoptr (GError)          error = NULL;
      g_autoptr (MtxSealedSecret) sealed = encrypt (key, MASTER, SECRET);
      g_autofree char            *iv = NULL;
      g_autofree char            *mac = NULL;
      guint8                      bytes[16];

      g_assert_true (mtx_base64_decode_exact (sealed->iv, MTX_BASE64_UNPADDED, bytes, sizeof bytes, &error));
      g_assert_cmpuint (bytes[8] & 0x80, ==, 0);
      g_assert_true (mtx_secret_storage_make_check (key, &iv, &mac, &error));
      g_assert_true (mtx_base64_decode_exact (iv, MTX_BASE64_UNPADDED, bytes, sizeof bytes, &error));
      g_assert_cmpuint (bytes[8] & 0x80, ==, 0);
    }
}

static void
test_threat_077_tampered (void)
{
  g_autoptr (GError)          error = NULL;
  g_autoptr (MtxSecretBytes)  key = new_key ();
  g_autoptr (MtxSecretBytes)  other_key = new_key ();
  g_autoptr (MtxSealedSecret) sealed = encrypt (key, MASTER, SECRET);
  g_autofree char            *ciphertext = change (sealed->ciphertext);
  g_autofree char            *mac = change (sealed->mac);

  assert_refused (key, MASTER, sealed->iv, ciphertext, sealed->mac, MTX_ERROR_UNTRUSTED);
  assert_refused (key, MASTER, sealed->iv, sealed->ciphertext, mac, MTX_ERROR_UNTRUSTED);
  assert_refused (other_key, MASTER, sealed->iv, sealed->ciphertext, sealed->mac, MTX_ERROR_UNTRUSTED);
}

/* A server cannot pass one secret off as another: not the user-signing key as the backup's, nor the check of a
 * key as a secret. */
static void
test_threat_077_other_name (void)
{
  g_autoptr (MtxSecretBytes)  key = get_published_key ();
  g_autoptr (MtxSealedSecret) sealed = encrypt (key, MASTER, SECRET);

  assert_refused (key, "m.megolm_backup.v1", sealed->iv, sealed->ciphertext, sealed->mac, MTX_ERROR_UNTRUSTED);
  assert_refused (key, "m.cross_signing.maste", sealed->iv, sealed->ciphertext, sealed->mac, MTX_ERROR_UNTRUSTED);
  for (gsize i = 0; i < G_N_ELEMENTS (published); i++)
    assert_refused (key, published[(i + 1) % 3].name, published[i].iv, published[i].ciphertext, published[i].mac,
                    MTX_ERROR_UNTRUSTED);
}

/* The IV is outside the MAC: another one gives another text. If it is no text it is refused here, and a
 * private key never fits its public one. */
static void
test_threat_077_changed_iv (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = get_published_key ();
  g_autofree char           *zero_iv = encode_zeroes (16);
  g_autofree char           *near_iv = change ("bdfCwu+ECYgZ/jWTkGrQ/A");

  assert_refused (key, MASTER, zero_iv, published[0].ciphertext, published[0].mac, MTX_ERROR_UNTRUSTED);
  assert_refused (key, MASTER, near_iv, published[0].ciphertext, published[0].mac, MTX_ERROR_UNTRUSTED);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/secret-storage-cipher/published", test_published);
  g_test_add_func ("/secret-storage-cipher/both-ways", test_both_ways);
  g_test_add_func ("/secret-storage-cipher/threat-076-key-check", test_threat_076_key_check);
  g_test_add_func ("/secret-storage-cipher/threat-076-nothing-to-check", test_threat_076_nothing_to_check);
  g_test_add_func ("/secret-storage-cipher/threat-076-wrong-lengths", test_threat_076_wrong_lengths);
  g_test_add_func ("/secret-storage-cipher/threat-076-cleared-bit", test_threat_076_cleared_bit);
  g_test_add_func ("/secret-storage-cipher/threat-077-tampered", test_threat_077_tampered);
  g_test_add_func ("/secret-storage-cipher/threat-077-other-name", test_threat_077_other_name);
  g_test_add_func ("/secret-storage-cipher/threat-077-changed-iv", test_threat_077_changed_iv);

  return g_test_run ();
}
