/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ciphers: NIST SP 800-38A, RFC 4231, secret storage's published key check, and whatever can be done to a
 * sealed text.
 */
#include "mtx-cipher.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-recovery-key.h"

/* SP 800-38A, F.5.5 and F.5.6 */
static const char nist_key[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char nist_iv[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
static const char nist_plaintext[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                                     "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
static const char nist_ciphertext[] = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
                                      "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";

static void
assert_ctr (const char *input,
            const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = mtx_test_hex (nist_key);
  g_autoptr (GBytes) iv = mtx_test_hex (nist_iv);
  g_autoptr (GBytes) bytes = mtx_test_hex (input);
  guint8             output[64];

  g_assert_true (mtx_aes256_ctr (mtx_test_bytes (key), mtx_test_bytes (iv), mtx_test_bytes (bytes), sizeof output,
                                 output, &error));
  g_assert_no_error (error);
  mtx_test_assert_hex (output, sizeof output, expected);
}

static void
test_aes256_ctr_nist (void)
{
  assert_ctr (nist_plaintext, nist_ciphertext);
  assert_ctr (nist_ciphertext, nist_plaintext);
}

static void
test_hmac_rfc_4231 (void)
{
  /* RFC 4231, test cases 2 and 6 */
  static const struct
  {
    const char *key;
    const char *data;
    const char *mac;
  } vectors[] = {
    { "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b657920"
      "4669727374",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) key = mtx_test_hex (vectors[i].key);
      g_autoptr (GBytes) data = mtx_test_hex (vectors[i].data);
      guint8             mac[MTX_HMAC_SHA256_BYTES];

      g_assert_true (mtx_hmac_sha256 (mtx_test_bytes (key), g_bytes_get_size (key), mtx_test_bytes (data),
                                      g_bytes_get_size (data), mac, &error));
      g_assert_no_error (error);
      mtx_test_assert_hex (mac, sizeof mac, vectors[i].mac);
    }
}

/* Specification, § Secret storage: the key encrypts 32 zeroes, and the MAC of that is public. */
static void
test_secret_storage_key_check (void)
{
  static const guint8        zeroes[32];
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (MtxSecretBytes) derived = NULL;
  g_autofree char           *mac_text = NULL;
  const guint8              *keys;
  guint8                     iv[MTX_AES_CTR_IV_BYTES];
  guint8                     ciphertext[32];
  guint8                     mac[MTX_HMAC_SHA256_BYTES];

  key = mtx_recovery_key_decode ("EsTj 3yST y93F SLpB jJsz eAXc 2XzA ygD3 w69H fGaN TKBj jXEd", &error);
  g_assert_no_error (error);
  derived = mtx_hkdf_sha256 (key, zeroes, sizeof zeroes, NULL, 0, 64, &error);
  g_assert_no_error (error);
  keys = mtx_secret_bytes_get (derived, NULL);

  g_assert_true (mtx_base64_decode_exact ("xv5b6/p3ExEw++wTyfSHEg==", MTX_BASE64_LENIENT, iv, sizeof iv, &error));
  g_assert_true (mtx_aes256_ctr (keys, iv, zeroes, sizeof zeroes, ciphertext, &error));
  g_assert_true (mtx_hmac_sha256 (keys + 32, 32, ciphertext, sizeof ciphertext, mac, &error));
  g_assert_no_error (error);
  mac_text = mtx_base64_encode (mac, sizeof mac, MTX_BASE64_UNPADDED);
  g_assert_cmpstr (mac_text, ==, "ujBBbXahnTAMkmPUX2/0+VTfUh63pGyVRuBcDMgmJC8");
}

static void
assert_opens (MtxSecretBytes *key,
              const char     *associated,
              GBytes         *sealed,
              const char     *expected)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) opened = NULL;

  opened = mtx_aes256_gcm_open (key, (const guint8 *)associated, strlen (associated), sealed, &error);
  if (expected != NULL)
    {
      g_assert_no_error (error);
      g_assert_cmpmem (mtx_secret_bytes_get (opened, NULL), mtx_secret_bytes_get_size (opened), expected, strlen (expected));
    }
  else
    {
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
      g_assert_null (opened);
    }
}

static void
test_gcm (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = mtx_secret_bytes_random (MTX_AES_KEY_BYTES, &error);
  g_autoptr (MtxSecretBytes) other_key = mtx_secret_bytes_random (MTX_AES_KEY_BYTES, &error);
  static const char *const   texts[] = { "", "x", "It's a secret to everybody" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gsize              length = strlen (texts[i]);
      g_autoptr (GBytes) sealed = mtx_aes256_gcm_seal (key, (const guint8 *)"place", 5, (const guint8 *)texts[i], length, &error);
      g_autoptr (GBytes) again = mtx_aes256_gcm_seal (key, (const guint8 *)"place", 5, (const guint8 *)texts[i], length, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (sealed), ==, 12 + length + 16);
      g_assert_false (g_bytes_equal (sealed, again));
      assert_opens (key, "place", sealed, texts[i]);
      assert_opens (key, "places", sealed, NULL);
      assert_opens (key, "", sealed, NULL);
      assert_opens (other_key, "place", sealed, NULL);

      for (gsize shorter = 0; shorter < g_bytes_get_size (sealed); shorter++)
        {
          g_autoptr (GBytes) cut = g_bytes_new_from_bytes (sealed, 0, shorter);

          assert_opens (key, "place", cut, NULL);
        }
      for (gsize bit = 0; bit < g_bytes_get_size (sealed) * 8; bit++)
        {
          g_autofree guint8 *bytes = g_memdup2 (mtx_test_bytes (sealed), g_bytes_get_size (sealed));
          g_autoptr (GBytes) flipped = NULL;

          bytes[bit / 8] ^= (guint8)(1 << bit % 8);
          flipped = g_bytes_new (bytes, g_bytes_get_size (sealed));
          assert_opens (key, "place", flipped, NULL);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/cipher/aes256-ctr-nist", test_aes256_ctr_nist);
  g_test_add_func ("/cipher/hmac-rfc-4231", test_hmac_rfc_4231);
  g_test_add_func ("/cipher/secret-storage-key-check", test_secret_storage_key_check);
  g_test_add_func ("/cipher/gcm", test_gcm);

  return g_test_run ();
}
