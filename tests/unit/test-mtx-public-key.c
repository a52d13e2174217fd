/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Public keys and signatures: RFC 8032 and Wycheproof accept, and everything with a second text, a second
 * name or a second signer is refused.
 */
#include "mtx-public-key.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-error.h"

static char *
to_text (const char *hex)
{
  g_autoptr (GBytes) bytes = mtx_test_hex (hex);

  return mtx_base64_encode (mtx_test_bytes (bytes), g_bytes_get_size (bytes), MTX_BASE64_UNPADDED);
}

/* All public keys of Wycheproof's X25519 tests whose agreement is zero: the seven, with either top bit. */
static void
test_threat_023_small_order_curve25519 (void)
{
  static const char *const weak[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  };
  static const char *const strong[] = {
    /* the base point, and points just beside the weak ones */
    "0900000000000000000000000000000000000000000000000000000000000000",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "0200000000000000000000000000000000000000000000000000000000000080",
    "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1156",
    /* RFC 7748, section 6.1 */
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *text = to_text (weak[i]);

      g_assert_false (mtx_curve25519_key_check (text, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (strong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *text = to_text (strong[i]);

      g_assert_true (mtx_curve25519_key_check (text, &error));
      g_assert_no_error (error);
    }
}

static void
test_threat_023_weak_ed25519 (void)
{
  static const char *const weak[] = {
    /* the eight points of small order */
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    /* their other names */
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    /* numbers beyond the field */
    "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *text = to_text (weak[i]);

      g_assert_false (mtx_ed25519_key_check (text, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
    }
  g_assert_true (mtx_ed25519_key_check ("XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI", NULL));
}

static void
test_threat_022_one_text_for_each_key (void)
{
  static const char *const wrong[] = {
    NULL,
    "",
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI=",  /* padding */
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNJ",   /* trailing bits */
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJN",    /* 42 characters */
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNIA",  /* 44 characters */
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI\n", /* white space */
    " XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJN",
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8-cJNI", /* the other alphabet */
    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8\xe1kcJN",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (mtx_ed25519_key_check (wrong[i], &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
      g_clear_error (&error);
      g_assert_false (mtx_curve25519_key_check (wrong[i], &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
    }
  g_assert_true (mtx_curve25519_key_check ("XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI", NULL));
}

/* RFC 8032, section 7.1, tests 1 to 3 and SHA(abc). */
static const struct
{
  const char *key;
  const char *message;
  const char *signature;
} rfc_8032[] = {
  { "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
  { "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
  { "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
  { "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
};

static void
test_rfc_8032 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rfc_8032); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) message = mtx_test_hex (rfc_8032[i].message);
      g_autoptr (GBytes) longer = mtx_test_hex ("00");
      g_autofree char   *key = to_text (rfc_8032[i].key);
      g_autofree char   *signature = to_text (rfc_8032[i].signature);

      g_assert_true (mtx_ed25519_verify (key, mtx_test_bytes (message), g_bytes_get_size (message), signature, &error));
      g_assert_no_error (error);
      g_assert_false (mtx_ed25519_verify (key, mtx_test_bytes (longer), 1, signature, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
    }
}

/* A second signature for the first test of RFC 8032: the order of the group added to its scalar. Any verifier
 * that only looks at the equation accepts it. */
static void
test_threat_106_g09_scalar (void)
{
  static const guint8 order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) key = mtx_test_hex (rfc_8032[0].key);
  g_autoptr (GBytes) valid = mtx_test_hex (rfc_8032[0].signature);
  guint8             signature[MTX_ED25519_SIGNATURE_BYTES];
  guint8             below[32];
  guint              carry = 0;

  memcpy (signature, mtx_test_bytes (valid), sizeof signature);
  g_assert_true (mtx_ed25519_verify_bytes (mtx_test_bytes (key), NULL, 0, signature, &error));
  g_assert_no_error (error);

  for (gsize i = 0; i < sizeof order; i++)
    {
      carry += signature[32 + i] + order[i];
      signature[32 + i] = (guint8)carry;
      carry >>= 8;
    }
  g_assert_cmpuint (carry, ==, 0);
  g_assert_false (mtx_ed25519_verify_bytes (mtx_test_bytes (key), NULL, 0, signature, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);

  memcpy (below, order, sizeof below);
  g_assert_false (mtx_ed25519_is_strict_scalar (below));
  below[0]--;
  g_assert_true (mtx_ed25519_is_strict_scalar (below));
}

/* With a key of small order anybody signs: this signature holds for every message unless key or first half
 * are looked at. */
static void
test_threat_106_g09_small_order (void)
{
  g_autoptr (GError) error = NULL;
  guint8             key[MTX_ED25519_KEY_BYTES] = { 1 };
  guint8             signature[MTX_ED25519_SIGNATURE_BYTES] = { 1 };

  g_assert_false (mtx_ed25519_verify_bytes (key, (const guint8 *)"anything", 8, signature, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_assert_false (mtx_ed25519_is_strict_point (key));
}

static void
test_wycheproof (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *path = g_test_build_filename (G_TEST_DIST, "fixtures", "crypto", "ed25519-wycheproof.txt", NULL);
  g_autofree char   *text = NULL;
  g_auto (GStrv)     lines = NULL;
  guint              n_valid = 0;
  guint              n_invalid = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv)     fields = g_strsplit (lines[i], " ", -1);
      g_autoptr (GBytes) message = NULL;
      g_autofree char   *key = NULL;
      g_autofree char   *signature = NULL;
      gboolean           valid;

      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      g_assert_cmpuint (g_strv_length (fields), ==, 5);
      g_test_message ("vector %s", fields[0]);
      key = to_text (fields[2]);
      message = mtx_test_hex (g_str_equal (fields[3], "-") ? "" : fields[3]);
      signature = to_text (g_str_equal (fields[4], "-") ? "" : fields[4]);
      valid = g_str_equal (fields[1], "valid");

      g_assert_cmpint (mtx_ed25519_verify (key, mtx_test_bytes (message), g_bytes_get_size (message), signature, NULL),
                       ==, valid);
      n_valid += valid ? 1 : 0;
      n_invalid += valid ? 0 : 1;
    }
  g_assert_cmpuint (n_valid, ==, 88);
  g_assert_cmpuint (n_invalid, ==, 63);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/public-key/threat-022-threat-106-g02-one-text-for-each-key", test_threat_022_one_text_for_each_key);
  g_test_add_func ("/public-key/threat-023-small-order-curve25519", test_threat_023_small_order_curve25519);
  g_test_add_func ("/public-key/threat-023-weak-ed25519", test_threat_023_weak_ed25519);
  g_test_add_func ("/public-key/rfc-8032", test_rfc_8032);
  g_test_add_func ("/public-key/threat-106-g09-scalar", test_threat_106_g09_scalar);
  g_test_add_func ("/public-key/threat-106-g09-small-order", test_threat_106_g09_small_order);
  g_test_add_func ("/public-key/wycheproof", test_wycheproof);

  return g_test_run ();
}
