/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files of exported keys: matrix-rust-sdk's, our own, and broken ones.
 */
#include "mtx-key-export.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-secret-bytes.h"

#define HEADER     "-----BEGIN MEGOLM SESSION DATA-----\n"
#define FOOTER     "-----END MEGOLM SESSION DATA-----\n"
#define PASSPHRASE "correct horse battery staple"
#define TEXT       "[{\"algorithm\":\"m.megolm.v1.aes-sha2\"}]"
#define ROUNDS     10

#define ROUNDS_OFFSET 33
#define FRAME_BYTES   69

/* crates/matrix-sdk-crypto/src/file_encryption/key_export.rs, passphrase 1234. */
static const char published[] = HEADER
    "Af7mGhlzQ+eGvHu93u0YXd3D/+vYMs3E7gQqOhuCtkvGAAAAASH7pEdWvFyAP1JUisAcpEo\n"
    "Xke2Q7Kr9hVl/SCc6jXBNeJCZcrUbUV4D/tRQIl3E9L4fOk928YI1J+3z96qiH0uE7hpsCI\n"
    "CkHKwjPU+0XTzFdIk1X8H7sZ+MD/2Sg/q3y8rtUjz7uEj4GUTnb+9SCOTVmJsRfqgUpM1CU\n"
    "bDLytHf1JkohY4tWEgpsCc67xdzgodjr12qYrfg/zNm3LGpxlrffJknw4rk5QFTj4kMbqbD\n"
    "ZZgDTni+HxRTDGge2J620lMOiznvXX+H09Rwruqx5aJvvaaKd86jWRpiO2oSFqHn4u5ONl9\n"
    "41uzm62Sj0eIm6ZbA9NQs87jQw4LxsejhZVL+NdjIg80zVSBTWhTdo0DTnbFSNP4ReOiz0U\n"
    "XosOF8A5T8Vdx2nvA0GXltfcHKVKQYh/LJAkNQ7P9UYL4ae/5TtQZkhB1KxCLTRWqADCl53\n"
    "uBMGpG53EMgY6G6K2DEIOkcv7sdXQF5WpemiSWZqJRWj+cjfs9BpCTbkp/rszWFl2TniWpR\n"
    "RqIbT2jORlN4rTvdtF0F4z1pqP4qWyR3sLNTkXm9CFRzWADNG0RDZKxbCoo6RPvtaCTfaHo\n"
    "SwfvzBS6CjfAG+FOugpV48o7+XetaUUPZ6/tZSPhCdeV8eP9q5r0QwWeXFogzoNzWt4HYx9\n"
    "MdXxzD+f0mtg5gzehrrEEARwI2bCvPpHxlt/Na9oW/GBpkjwR1LSKgg4CtpRyWngPjdEKpZ\n"
    "GYW19pdjg0qdXNk/eqZsQTsNWVo6A\n" FOOTER;

static char *
encrypt (const char *plaintext,
         gsize       length)
{
  g_autoptr (GError) error = NULL;
  char              *file = mtx_key_export_encrypt (PASSPHRASE, ROUNDS, (const guint8 *)plaintext, length, &error);

  g_assert_no_error (error);
  return file;
}

static void
assert_opens (const char *passphrase,
              const char *file,
              gsize       length,
              const char *expected,
              gsize       expected_length)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) plaintext = NULL;
  const guint8              *bytes;
  gsize                      n_bytes;

  plaintext = mtx_key_export_decrypt (passphrase, ROUNDS, file, length, &error);
  g_assert_no_error (error);
  bytes = mtx_secret_bytes_get (plaintext, &n_bytes);
  g_assert_cmpmem (bytes, n_bytes, expected, expected_length);
}

static void
assert_refused (const char *file,
                gsize       length,
                MtxError    code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_key_export_decrypt (PASSPHRASE, ROUNDS, file, length, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

/* What stands between header and footer, decoded. */
static GByteArray *
get_frame (const char *file)
{
  g_auto (GStrv)     lines = g_strsplit (file, "\n", -1);
  g_autoptr (GError) error = NULL;
  g_autofree char   *body = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint              n_lines = g_strv_length (lines);

  g_assert_cmpuint (n_lines, >, 3);
  g_clear_pointer (&lines[n_lines - 2], g_free);
  body = g_strjoinv ("", lines + 1);
  bytes = mtx_base64_decode (body, MTX_BASE64_LENIENT, &error);
  g_assert_no_error (error);
  g_free (lines[n_lines - 1]);
  lines[n_lines - 1] = NULL;

  return g_bytes_unref_to_array (g_steal_pointer (&bytes));
}

static char *
put_frame (const guint8 *bytes,
           gsize         length)
{
  g_autofree char *text = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);

  return g_strconcat (HEADER, text, "\n", FOOTER, NULL);
}

static void
test_published (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) plaintext = NULL;
  g_autoptr (JsonParser)     parser = json_parser_new_immutable ();
  JsonObject                *first;
  const guint8              *bytes;
  gsize                      length;

  plaintext = mtx_key_export_decrypt ("1234", 1, published, strlen (published), &error);
  g_assert_no_error (error);
  bytes = mtx_secret_bytes_get (plaintext, &length);
  g_assert_true (json_parser_load_from_data (parser, (const char *)bytes, (gssize)length, &error));
  g_assert_no_error (error);
  first = json_array_get_object_element (json_node_get_array (json_parser_get_root (parser)), 0);
  g_assert_cmpstr (json_object_get_string_member (first, "room_id"), ==, "!test:localhost");
  g_assert_cmpstr (json_object_get_string_member (first, "session_id"), ==,
                   "8sdNGgmLft8osylLK9ij3IotBLyQQufe/KngiW4Dpq0");
}

static void
test_both_ways (void)
{
  g_autofree char *bulk = g_strnfill (100000, 'k');
  const gsize      lengths[] = { 0, 1, 2, 3, 69, 71, 72, 73, 100000 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *file = encrypt (bulk, lengths[i]);
      g_autofree char *again = encrypt (bulk, lengths[i]);
      g_auto (GStrv)   lines = g_strsplit (file, "\n", -1);

      assert_opens (PASSPHRASE, file, strlen (file), bulk, lengths[i]);
      g_assert_cmpstr (file, !=, again);
      for (guint j = 0; lines[j] != NULL; j++)
        g_assert_cmpuint (strlen (lines[j]), <=, 98);
    }
}

/* What a mail program or another system makes of a text file. */
static void
test_line_ends (void)
{
  g_autofree char *file = encrypt (TEXT, strlen (TEXT));
  g_auto (GStrv)   lines = g_strsplit (file, "\n", -1);
  g_autofree char *windows = g_strjoinv ("\r\n", lines);
  g_autofree char *framed = g_strconcat ("\n\n", file, " \n", NULL);
  g_autofree char *unended = g_strchomp (g_strdup (file));

  assert_opens (PASSPHRASE, windows, strlen (windows), TEXT, strlen (TEXT));
  assert_opens (PASSPHRASE, framed, strlen (framed), TEXT, strlen (TEXT));
  assert_opens (PASSPHRASE, unended, strlen (unended), TEXT, strlen (TEXT));
}

static void
test_cleared_bit (void)
{
  for (guint i = 0; i < 64; i++)
    {
      g_autofree char       *file = encrypt (TEXT, strlen (TEXT));
      g_autoptr (GByteArray) frame = get_frame (file);

      g_assert_cmpuint (frame->data[17 + 8] & 0x80, ==, 0);
    }
}

static void
test_threat_082_wrong_passphrase (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *file = encrypt (TEXT, strlen (TEXT));

  g_assert_null (mtx_key_export_decrypt ("", ROUNDS, file, strlen (file), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET);
  g_clear_error (&error);
  g_assert_null (mtx_key_export_decrypt (PASSPHRASE " ", ROUNDS, file, strlen (file), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET);
  g_clear_error (&error);
  g_assert_null (mtx_key_export_encrypt ("", ROUNDS, (const guint8 *)TEXT, strlen (TEXT), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
}

static void
test_threat_082_truncated (void)
{
  g_autofree char       *file = encrypt (TEXT, strlen (TEXT));
  g_autoptr (GByteArray) frame = get_frame (file);

  /* The text, cut anywhere but in its last white space. */
  for (gsize length = 0; length < strlen (file) - 1; length++)
    assert_refused (file, length, MTX_ERROR_INVALID);

  /* The bytes, in whole armour. */
  for (guint length = 0; length < frame->len; length++)
    {
      g_autofree char *cut = put_frame (frame->data, length);

      assert_refused (cut, strlen (cut), length < FRAME_BYTES ? MTX_ERROR_INVALID : MTX_ERROR_WRONG_SECRET);
    }
}

static void
test_threat_082_wrong_form (void)
{
  static const char      nul[] = HEADER "AAAA\0AAAA" FOOTER;
  g_autofree char       *file = encrypt (TEXT, strlen (TEXT));
  g_autoptr (GByteArray) frame = get_frame (file);
  g_autofree char       *preamble = g_strconcat ("Keys:\n", file, NULL);
  g_autofree char       *after = g_strconcat (file, "Bye\n", NULL);
  g_autofree char       *twice = g_strconcat (file, file, NULL);
  g_autofree char       *version = NULL;
  const char            *wrong[] = {
    "",
    "\n",
    HEADER,
    FOOTER,
    HEADER FOOTER,
    "-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n",
    HEADER "not base64!\n" FOOTER,
    "[{\"algorithm\":\"m.megolm.v1.aes-sha2\"}]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (wrong[i], strlen (wrong[i]), MTX_ERROR_INVALID);
  assert_refused (nul, sizeof nul - 1, MTX_ERROR_INVALID);
  assert_refused (preamble, strlen (preamble), MTX_ERROR_INVALID);
  assert_refused (after, strlen (after), MTX_ERROR_INVALID);
  assert_refused (twice, strlen (twice), MTX_ERROR_INVALID);

  frame->data[0] = 2;
  version = put_frame (frame->data, frame->len);
  assert_refused (version, strlen (version), MTX_ERROR_INVALID);
}

/* Each single byte is under the MAC: salt, IV and rounds as well. */
static void
test_threat_082_changed (void)
{
  g_autofree char       *file = encrypt (TEXT, strlen (TEXT));
  g_autoptr (GByteArray) frame = get_frame (file);

  for (guint i = 1; i < frame->len; i++)
    {
      g_autofree char *changed = NULL;

      if (i >= ROUNDS_OFFSET && i < ROUNDS_OFFSET + 3)
        continue; /* more rounds than allowed, see below */
      frame->data[i] ^= 1;
      changed = put_frame (frame->data, frame->len);
      frame->data[i] ^= 1;
      /* Ten rounds with the last bit changed are eleven. */
      assert_refused (changed, strlen (changed), i == ROUNDS_OFFSET + 3 ? MTX_ERROR_TOO_LARGE : MTX_ERROR_WRONG_SECRET);
    }
}

/* Four thousand million rounds would take an hour; the answer has to come before the first. */
static void
test_threat_082_rounds (void)
{
  static const struct
  {
    guint8   rounds[4];
    MtxError code;
  } wrong[] = {
    { { 0, 0, 0, 0 }, MTX_ERROR_INVALID },
    { { 0, 0, 0, ROUNDS + 1 }, MTX_ERROR_TOO_LARGE },
    { { 0x80, 0, 0, 0 }, MTX_ERROR_TOO_LARGE },
    { { 0xff, 0xff, 0xff, 0xff }, MTX_ERROR_TOO_LARGE },
  };
  g_autofree char       *file = encrypt (TEXT, strlen (TEXT));
  g_autoptr (GByteArray) frame = get_frame (file);

  g_assert_cmpuint (frame->data[ROUNDS_OFFSET + 3], ==, ROUNDS);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *changed = NULL;

      memcpy (frame->data + ROUNDS_OFFSET, wrong[i].rounds, 4);
      changed = put_frame (frame->data, frame->len);
      assert_refused (changed, strlen (changed), wrong[i].code);
    }
}

static void
test_threat_082_too_large (void)
{
  g_autofree char *file = g_strnfill (MTX_KEY_EXPORT_MAX_FILE_BYTES + 1, ' ');

  assert_refused (file, MTX_KEY_EXPORT_MAX_FILE_BYTES + 1, MTX_ERROR_TOO_LARGE);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/key-export/published", test_published);
  g_test_add_func ("/key-export/both-ways", test_both_ways);
  g_test_add_func ("/key-export/line-ends", test_line_ends);
  g_test_add_func ("/key-export/cleared-bit", test_cleared_bit);
  g_test_add_func ("/key-export/threat-082-wrong-passphrase", test_threat_082_wrong_passphrase);
  g_test_add_func ("/key-export/threat-082-truncated", test_threat_082_truncated);
  g_test_add_func ("/key-export/threat-082-wrong-form", test_threat_082_wrong_form);
  g_test_add_func ("/key-export/threat-082-changed", test_threat_082_changed);
  g_test_add_func ("/key-export/threat-082-rounds", test_threat_082_rounds);
  g_test_add_func ("/key-export/threat-082-too-large", test_threat_082_too_large);

  return g_test_run ();
}
