/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Strict base64: the specification's vectors, and every way to write the same bytes differently.
 */
#include "mtx-base64.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-secret-bytes.h"

/* Specification, appendices § Unpadded Base64. */
static const char *const vectors[][2] = {
  { "", "" },
  { "f", "Zg" },
  { "fo", "Zm8" },
  { "foo", "Zm9v" },
  { "foob", "Zm9vYg" },
  { "fooba", "Zm9vYmE" },
  { "foobar", "Zm9vYmFy" },
};

static void
assert_decodes (const char      *text,
                MtxBase64Variant variant,
                const char      *bytes,
                gsize            length)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (GBytes)         decoded = mtx_base64_decode (text, variant, &error);
  g_autoptr (MtxSecretBytes) secret = mtx_base64_decode_secret (text, variant, &error);
  g_autofree guint8         *exact = g_malloc0 (length + 1);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (decoded, NULL), g_bytes_get_size (decoded), bytes, length);
  g_assert_cmpmem (mtx_secret_bytes_get (secret, NULL), mtx_secret_bytes_get_size (secret), bytes, length);
  g_assert_true (mtx_base64_decode_exact (text, variant, exact, length, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (exact, length, bytes, length);
}

static void
assert_refused (const char      *text,
                MtxBase64Variant variant)
{
  g_autoptr (GError) error = NULL;
  guint8             exact[8];

  g_test_message ("%s", text);
  g_assert_null (mtx_base64_decode (text, variant, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);
  g_assert_null (mtx_base64_decode_secret (text, variant, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  for (gsize length = 0; length <= sizeof exact; length++)
    {
      g_clear_error (&error);
      memset (exact, 7, sizeof exact);
      g_assert_false (mtx_base64_decode_exact (text, variant, exact, length, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
      for (gsize i = 0; i < sizeof exact; i++)
        g_assert_cmpuint (exact[i], ==, i < length ? 0 : 7);
    }
}

static void
test_spec_vectors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      const char      *bytes = vectors[i][0];
      g_autofree char *text = mtx_base64_encode ((const guint8 *)bytes, strlen (bytes), MTX_BASE64_UNPADDED);

      g_assert_cmpstr (text, ==, vectors[i][1]);
      assert_decodes (text, MTX_BASE64_UNPADDED, bytes, strlen (bytes));
      assert_decodes (text, MTX_BASE64_LENIENT, bytes, strlen (bytes));
      assert_decodes (text, MTX_BASE64_URL, bytes, strlen (bytes));
    }
}

static void
test_alphabets (void)
{
  const guint8     all[] = { 0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8B, 0x30, 0xD3, 0x8F,
                             0x41, 0x14, 0x93, 0x51, 0x55, 0x97, 0x61, 0x96, 0x9B, 0x71, 0xD7, 0x9F,
                             0x82, 0x18, 0xA3, 0x92, 0x59, 0xA7, 0xA2, 0x9A, 0xAB, 0xB2, 0xDB, 0xAF,
                             0xC3, 0x1C, 0xB3, 0xD3, 0x5D, 0xB7, 0xE3, 0x9E, 0xBB, 0xF3, 0xDF, 0xBF };
  g_autofree char *standard = mtx_base64_encode (all, sizeof all, MTX_BASE64_UNPADDED);
  g_autofree char *url = mtx_base64_encode (all, sizeof all, MTX_BASE64_URL);

  g_assert_cmpstr (standard, ==, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  g_assert_cmpstr (url, ==, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  assert_decodes (standard, MTX_BASE64_UNPADDED, (const char *)all, sizeof all);
  assert_decodes (url, MTX_BASE64_URL, (const char *)all, sizeof all);
  assert_refused (standard, MTX_BASE64_URL);
  assert_refused (url, MTX_BASE64_UNPADDED);
  assert_refused (url, MTX_BASE64_LENIENT);
}

/* For each length every text of that length over a small but nasty alphabet is either refused or the
 * very text that encoding gives back. */
static void
test_threat_022_one_text_for_each_value (void)
{
  static const char nasty[] = "AQgw/+-_= \n\x80\xFF";
  guint             accepted = 0;

  for (gsize length = 0; length <= 4; length++)
    for (gsize n = 0, total = (gsize[]){ 1, 13, 169, 2197, 28561 }[length]; n < total; n++)
      for (guint variant = MTX_BASE64_UNPADDED; variant <= MTX_BASE64_URL; variant++)
        {
          char               text[5] = { 0 };
          g_autoptr (GBytes) bytes = NULL;
          g_autofree char   *again = NULL;

          for (gsize i = 0, rest = n; i < length; i++, rest /= 13)
            text[i] = nasty[rest % 13];
          bytes = mtx_base64_decode (text, variant, NULL);
          if (bytes == NULL)
            continue;
          accepted++;
          again = mtx_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), variant);
          if (variant == MTX_BASE64_LENIENT && strchr (text, '=') != NULL)
            {
              g_autofree char *padded = g_strconcat (again, "==", NULL);

              padded[4] = '\0';
              g_assert_cmpstr (padded, ==, text);
            }
          else
            g_assert_cmpstr (again, ==, text);
        }
  g_assert_cmpuint (accepted, >, 1000);
}

static void
test_threat_022_foreign_characters (void)
{
  /* Whatever the position, exactly the 64 characters of the alphabet are accepted. */
  for (guint variant = MTX_BASE64_UNPADDED; variant <= MTX_BASE64_URL; variant++)
    for (guint position = 0; position < 4; position++)
      {
        guint accepted = 0;

        for (guint c = 1; c < 256; c++)
          {
            char               text[] = "AAAA";
            g_autoptr (GBytes) bytes = NULL;

            text[position] = (char)c;
            bytes = mtx_base64_decode (text, variant, NULL);
            accepted += bytes != NULL && c != '=';
          }
        g_assert_cmpuint (accepted, ==, 64);
      }
}

static void
test_threat_022_refused (void)
{
  const char *const everywhere[] = { "A", "AAAAA", "Zh", "Zm9", "Zg =", " Zg", "Zg ", "Zg\n", "Z\ng", "Zg\r\n",
                                     "Zg=", "Zg===", "=", "==", "====", "=Zg=", "Z=g=", "Zg==Zg==",
                                     "Zm8==", "Zm9v=", "Zm9v==", "Zm9v====", "\xC5\xBAg", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (everywhere); i++)
    for (guint variant = MTX_BASE64_UNPADDED; variant <= MTX_BASE64_URL; variant++)
      assert_refused (everywhere[i], variant);

  assert_refused ("Zg==", MTX_BASE64_UNPADDED);
  assert_refused ("Zm8=", MTX_BASE64_UNPADDED);
  assert_refused ("Zg==", MTX_BASE64_URL);
  assert_refused ("Zm8=", MTX_BASE64_URL);
  assert_refused ("Zh==", MTX_BASE64_LENIENT);
  assert_refused ("Zm9=", MTX_BASE64_LENIENT);
  assert_decodes ("Zg==", MTX_BASE64_LENIENT, "f", 1);
  assert_decodes ("Zm8=", MTX_BASE64_LENIENT, "fo", 2);
  assert_decodes ("Zm9vYg==", MTX_BASE64_LENIENT, "foob", 4);
}

/* The seed printed in the specification ends in stray bits; its canonical text is the other one. */
static void
test_threat_022_published_seed (void)
{
  g_autoptr (GError) error = NULL;
  guint8             seed[32];

  g_assert_false (mtx_base64_decode_exact ("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1",
                                           MTX_BASE64_UNPADDED, seed, sizeof seed, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);
  g_assert_true (mtx_base64_decode_exact ("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA0",
                                          MTX_BASE64_UNPADDED, seed, sizeof seed, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (seed[0], ==, 0x60);
  g_assert_cmpuint (seed[31], ==, 0x0D);
}

static void
test_exact_length (void)
{
  guint8 bytes[4];

  g_assert_true (mtx_base64_decode_exact ("Zm9v", MTX_BASE64_UNPADDED, bytes, 3, NULL));
  g_assert_false (mtx_base64_decode_exact ("Zm9v", MTX_BASE64_UNPADDED, bytes, 2, NULL));
  g_assert_false (mtx_base64_decode_exact ("Zm9v", MTX_BASE64_UNPADDED, bytes, 4, NULL));
  g_assert_false (mtx_base64_decode_exact ("Zm9v", MTX_BASE64_UNPADDED, bytes, 0, NULL));
  g_assert_true (mtx_base64_decode_exact ("", MTX_BASE64_UNPADDED, NULL, 0, NULL));
}

static void
test_round_trip (void)
{
  for (gsize length = 0; length < 300; length++)
    {
      g_autofree guint8 *bytes = g_malloc (length + 1);

      for (gsize i = 0; i < length; i++)
        bytes[i] = (guint8)g_test_rand_int ();
      for (guint variant = MTX_BASE64_UNPADDED; variant <= MTX_BASE64_URL; variant++)
        {
          g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new (bytes, length);
          g_autofree char           *text = mtx_base64_encode (bytes, length, variant);
          char                      *same = mtx_base64_encode_secret (secret, variant);
          g_autofree char           *glib = g_base64_encode (bytes, length);

          g_assert_cmpuint (strlen (text), ==, (length * 8 + 5) / 6);
          if (variant != MTX_BASE64_URL)
            g_assert_true (g_str_has_prefix (glib, text));
          g_assert_cmpstr (text, ==, same);
          assert_decodes (text, variant, (const char *)bytes, length);
          mtx_secret_string_free (same);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/base64/spec-vectors", test_spec_vectors);
  g_test_add_func ("/base/base64/alphabets", test_alphabets);
  g_test_add_func ("/base/base64/threat-022-one-text-for-each-value", test_threat_022_one_text_for_each_value);
  g_test_add_func ("/base/base64/threat-022-foreign-characters", test_threat_022_foreign_characters);
  g_test_add_func ("/base/base64/threat-022-refused", test_threat_022_refused);
  g_test_add_func ("/base/base64/threat-022-published-seed", test_threat_022_published_seed);
  g_test_add_func ("/base/base64/exact-length", test_exact_length);
  g_test_add_func ("/base/base64/round-trip", test_round_trip);

  return g_test_run ();
}
