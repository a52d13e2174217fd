/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Key derivation: RFC 5869 for HKDF, and secret storage's published passphrase for PBKDF2.
 */
#include "mtx-kdf.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"

static const struct
{
  const char *key;
  const char *salt;
  const char *info;
  const char *derived;
} hkdf_vectors[] = {
  /* RFC 5869, A.1 */
  { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
  /* RFC 5869, A.2 */
  { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
    "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
    "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
    "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
    "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
  /* RFC 5869, A.3 */
  { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

static void
test_hkdf_rfc_5869 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hkdf_vectors); i++)
    {
      g_autoptr (GError)         error = NULL;
      g_autoptr (MtxSecretBytes) key = mtx_test_hex_secret (hkdf_vectors[i].key);
      g_autoptr (GBytes)         salt = mtx_test_hex (hkdf_vectors[i].salt);
      g_autoptr (GBytes)         info = mtx_test_hex (hkdf_vectors[i].info);
      g_autoptr (MtxSecretBytes) derived = NULL;
      gsize                      length = strlen (hkdf_vectors[i].derived) / 2;

      derived = mtx_hkdf_sha256 (key, mtx_test_bytes (salt), g_bytes_get_size (salt),
                                 mtx_test_bytes (info), g_bytes_get_size (info), length, &error);
      g_assert_no_error (error);
      mtx_test_assert_hex (mtx_secret_bytes_get (derived, NULL), mtx_secret_bytes_get_size (derived),
                           hkdf_vectors[i].derived);
    }
}

/* No salt is a salt of zeroes, as secret storage writes it. */
static void
test_hkdf_no_salt (void)
{
  static const guint8        zeroes[32];
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = mtx_test_hex_secret ("00112233");
  g_autoptr (MtxSecretBytes) without = mtx_hkdf_sha256 (key, NULL, 0, NULL, 0, 64, &error);
  g_autoptr (MtxSecretBytes) with_zeroes = mtx_hkdf_sha256 (key, zeroes, sizeof zeroes, NULL, 0, 64, &error);

  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (without, with_zeroes));
}

static void
test_pbkdf2 (void)
{
  static const char          salt[] = "IuLnH7S85YtZmkkBJKwNUKxWF42g9O1H";
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;

  key = mtx_pbkdf2_sha512 ("It's a secret to everybody", (const guint8 *)salt, strlen (salt), 10, 32, &error);
  g_assert_no_error (error);
  mtx_test_assert_hex (mtx_secret_bytes_get (key, NULL), mtx_secret_bytes_get_size (key),
                       "397aff44a04238741cff9b76b38126073c34bf25599fa9969287f01ccf77559f");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/kdf/hkdf-rfc-5869", test_hkdf_rfc_5869);
  g_test_add_func ("/kdf/hkdf-no-salt", test_hkdf_no_salt);
  g_test_add_func ("/kdf/pbkdf2", test_pbkdf2);

  return g_test_run ();
}
