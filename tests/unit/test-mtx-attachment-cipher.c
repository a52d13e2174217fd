/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encrypted files: the published vector, streams cut anywhere, and descriptions that are refused.
 */
#include "mtx-attachment-cipher.h"

#include "kit/mtx-test-hex.h"
#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-json.h"

/* matrix-rust-sdk, file_encryption/attachments.rs. */
static const char plaintext[] = "It's a secret to everybody";
static const char ciphertext_hex[] = "b39a767fba7f6e21cb2121864364ad2eeb1bd7ac241a4b2f21a0";

#define KEY  "Voq2nkPme_x8no5-Tjq_laDAdxE6iDbxnlQXxwFPgE4"
#define IV   "i0DovxYdJEcAAAAAAAAAAA"
#define HASH "ANdt819a8bZl4jKy3Z+jcqtiNICa2y0AW4BBJ/iQRAU"

#define FILE_TEXT(v, kty, alg, ext, key_ops, k, iv, hashes)                                                     \
  "{\"v\":" v ",\"key\":{\"kty\":" kty ",\"alg\":" alg ",\"ext\":" ext ",\"key_ops\":" key_ops ",\"k\":" k "}," \
  "\"iv\":" iv ",\"hashes\":" hashes ",\"url\":\"mxc://example.org/x\"}"
#define OPS       "[\"encrypt\",\"decrypt\"]"
#define HASHES(h) "{\"sha256\":" h "}"
#define QUOTED(x) "\"" x "\""
#define GOOD_FILE FILE_TEXT ("\"v2\"", "\"oct\"", "\"A256CTR\"", "true", OPS, QUOTED (KEY), QUOTED (IV), HASHES (QUOTED (HASH)))

static JsonObject *
parse (const char *text)
{
  static const MtxJsonLimits limits = { .max_bytes = 65536, .max_depth = 8 };
  g_autoptr (GError)         error = NULL;
  JsonObject                *object = mtx_json_parse_object (text, -1, &limits, &error);

  g_assert_no_error (error);
  return object;
}

static MtxAttachmentCipher *
new_decrypt (const char *text)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) file = parse (text);
  MtxAttachmentCipher   *cipher = mtx_attachment_cipher_new_decrypt (file, &error);

  g_assert_no_error (error);
  return cipher;
}

static void
test_published (void)
{
  g_autoptr (GBytes) ciphertext = mtx_test_hex (ciphertext_hex);

  for (gsize first = 0; first <= strlen (plaintext); first++)
    {
      g_autoptr (GError)              error = NULL;
      g_autoptr (MtxAttachmentCipher) cipher = new_decrypt (GOOD_FILE);
      guint8                          output[26];

      g_assert_true (mtx_attachment_cipher_update (cipher, mtx_test_bytes (ciphertext), first, output, &error));
      g_assert_true (mtx_attachment_cipher_update (cipher, mtx_test_bytes (ciphertext) + first, sizeof output - first,
                                                   output + first, &error));
      g_assert_no_error (error);
      g_assert_true (mtx_attachment_cipher_finish_decrypt (cipher, &error));
      g_assert_no_error (error);
      g_assert_cmpmem (output, sizeof output, plaintext, strlen (plaintext));
    }
}

static void
test_threat_086_other_ciphertext (void)
{
  g_autoptr (GBytes) ciphertext = mtx_test_hex (ciphertext_hex);
  gsize              length = g_bytes_get_size (ciphertext);

  for (gsize i = 0; i <= length; i++)
    {
      g_autoptr (GError)              error = NULL;
      g_autoptr (MtxAttachmentCipher) cipher = new_decrypt (GOOD_FILE);
      g_autofree guint8              *changed = g_memdup2 (mtx_test_bytes (ciphertext), length);
      guint8                          output[26];

      /* One bit, and at last one byte fewer. */
      if (i < length)
        changed[i] ^= 1;
      g_assert_true (mtx_attachment_cipher_update (cipher, changed, i < length ? length : length - 1, output, &error));
      g_assert_false (mtx_attachment_cipher_finish_decrypt (cipher, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
    }
}

static void
assert_refused (const char *text)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) file = parse (text);

  g_test_message ("%s", text);
  g_assert_null (mtx_attachment_cipher_new_decrypt (file, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
}

#define CHANGED_V(x)      FILE_TEXT (x, "\"oct\"", "\"A256CTR\"", "true", OPS, QUOTED (KEY), QUOTED (IV), HASHES (QUOTED (HASH)))
#define CHANGED_KTY(x)    FILE_TEXT ("\"v2\"", x, "\"A256CTR\"", "true", OPS, QUOTED (KEY), QUOTED (IV), HASHES (QUOTED (HASH)))
#define CHANGED_ALG(x)    FILE_TEXT ("\"v2\"", "\"oct\"", x, "true", OPS, QUOTED (KEY), QUOTED (IV), HASHES (QUOTED (HASH)))
#define CHANGED_EXT(x)    FILE_TEXT ("\"v2\"", "\"oct\"", "\"A256CTR\"", x, OPS, QUOTED (KEY), QUOTED (IV), HASHES (QUOTED (HASH)))
#define CHANGED_OPS(x)    FILE_TEXT ("\"v2\"", "\"oct\"", "\"A256CTR\"", "true", x, QUOTED (KEY), QUOTED (IV), HASHES (QUOTED (HASH)))
#define CHANGED_K(x)      FILE_TEXT ("\"v2\"", "\"oct\"", "\"A256CTR\"", "true", OPS, x, QUOTED (IV), HASHES (QUOTED (HASH)))
#define CHANGED_IV(x)     FILE_TEXT ("\"v2\"", "\"oct\"", "\"A256CTR\"", "true", OPS, QUOTED (KEY), x, HASHES (QUOTED (HASH)))
#define CHANGED_HASHES(x) FILE_TEXT ("\"v2\"", "\"oct\"", "\"A256CTR\"", "true", OPS, QUOTED (KEY), QUOTED (IV), x)

static void
test_threat_087_descriptions (void)
{
  static const char *const wrong[] = {
    "{}",
    "{\"v\":\"v2\"}",
    "{\"v\":\"v2\",\"key\":\"x\"}",
    CHANGED_V ("\"v1\""),
    CHANGED_V ("2"),
    CHANGED_V ("null"),
    CHANGED_KTY ("\"RSA\""),
    CHANGED_ALG ("\"A128CTR\""),
    CHANGED_ALG ("\"a256ctr\""),
    CHANGED_EXT ("false"),
    CHANGED_EXT ("\"true\""),
    CHANGED_OPS ("[]"),
    CHANGED_OPS ("[\"encrypt\"]"),
    CHANGED_OPS ("[\"decrypt\"]"),
    CHANGED_OPS ("[1,2]"),
    CHANGED_OPS ("\"encrypt decrypt\""),
    CHANGED_OPS ("[\"encrypt\",\"decrypt\",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"),
    CHANGED_K ("\"\""),
    CHANGED_K ("1"),
    CHANGED_K (QUOTED (KEY "=")),
    CHANGED_K ("\"Voq2nkPme/x8no5+Tjq/laDAdxE6iDbxnlQXxwFPgE4\""),
    CHANGED_K ("\"Voq2nkPme_x8no5-Tjq_laDAdxE6iDbxnlQXxwFPgE5\""),
    CHANGED_K ("\"Voq2nkPme_x8no5-Tjq_laDAdxE6iDbxnlQXxwFP\""),
    CHANGED_K ("\"Voq2nkPme_x8no5-Tjq_laDAdxE6iDbxnlQXxwFPgE4AA\""),
    CHANGED_IV ("\"\""),
    CHANGED_IV ("\"i0DovxYdJEcAAAAAAAAA\""),
    CHANGED_IV ("\"i0DovxYdJEcAAAAAAAAAAB\""),
    CHANGED_IV ("\"i0DovxYdJEcAAAAAAAAAAAAA\""),
    CHANGED_HASHES ("{}"),
    CHANGED_HASHES ("[]"),
    CHANGED_HASHES (HASHES ("\"\"")),
    CHANGED_HASHES (HASHES (QUOTED (HASH "="))),
    CHANGED_HASHES (HASHES ("\"ANdt819a8bZl4jKy3Z\"")),
    CHANGED_HASHES ("{\"sha512\":\"" HASH "\"}"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (wrong[i]);

  /* More uses than needed, in any order, do no harm. */
  g_object_unref (new_decrypt (CHANGED_OPS ("[\"wrapKey\",\"decrypt\",\"encrypt\"]")));
}

static void
test_there_and_back (void)
{
  static const gsize chunk = 1000;
  g_autofree char   *key = NULL;
  g_autofree char   *iv = NULL;

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GError)              error = NULL;
      g_autoptr (MtxAttachmentCipher) encryptor = mtx_attachment_cipher_new_encrypt (&error);
      g_autoptr (MtxAttachmentCipher) decryptor = NULL;
      g_autoptr (JsonObject)          file = NULL;
      g_autofree guint8              *text = g_malloc (10 * chunk);
      g_autofree guint8              *encrypted = g_malloc (10 * chunk);
      g_autofree guint8              *decrypted = g_malloc (10 * chunk);
      const char                     *new_key;
      const char                     *new_iv;

      memset (text, 'x', 10 * chunk);
      for (gsize at = 0; at < 10 * chunk; at += chunk)
        g_assert_true (mtx_attachment_cipher_update (encryptor, text + at, chunk, encrypted + at, &error));
      file = mtx_attachment_cipher_finish_encrypt (encryptor, &error);
      g_assert_no_error (error);

      decryptor = mtx_attachment_cipher_new_decrypt (file, &error);
      g_assert_no_error (error);
      g_assert_true (mtx_attachment_cipher_update (decryptor, encrypted, 10 * chunk, decrypted, &error));
      g_assert_true (mtx_attachment_cipher_finish_decrypt (decryptor, &error));
      g_assert_no_error (error);
      g_assert_cmpmem (decrypted, 10 * chunk, text, 10 * chunk);
      g_assert_cmpint (memcmp (encrypted, text, 10 * chunk), !=, 0);

      /* Key and counter are new each time; the block counter starts at zero. */
      new_key = mtx_json_get_string (mtx_json_get_object (file, "key"), "k");
      new_iv = mtx_json_get_string (file, "iv");
      g_assert_cmpstr (new_key, !=, key);
      g_assert_cmpstr (new_iv, !=, iv);
      g_assert_true (g_str_has_suffix (new_iv, "AAAAAAAAAA"));
      g_set_str (&key, new_key);
      g_set_str (&iv, new_iv);
    }
}

static void
test_empty_file (void)
{
  g_autoptr (GError)              error = NULL;
  g_autoptr (MtxAttachmentCipher) encryptor = mtx_attachment_cipher_new_encrypt (&error);
  g_autoptr (JsonObject)          file = mtx_attachment_cipher_finish_encrypt (encryptor, &error);
  g_autoptr (MtxAttachmentCipher) decryptor = NULL;

  g_assert_no_error (error);
  decryptor = mtx_attachment_cipher_new_decrypt (file, &error);
  g_assert_true (mtx_attachment_cipher_finish_decrypt (decryptor, &error));
  g_assert_no_error (error);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/attachment-cipher/published", test_published);
  g_test_add_func ("/attachment-cipher/there-and-back", test_there_and_back);
  g_test_add_func ("/attachment-cipher/empty-file", test_empty_file);
  g_test_add_func ("/attachment-cipher/threat-086-other-ciphertext", test_threat_086_other_ciphertext);
  g_test_add_func ("/attachment-cipher/threat-087-descriptions", test_threat_087_descriptions);

  return g_test_run ();
}
