/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Payloads of the key backup: those of two other implementations, and what a server can do to them.
 */
#include "mtx-backup-cipher.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"

#define TEXT "It's a secret to everybody"

static const struct
{
  const char *private_key;
  const char *public_key;
  const char *ephemeral;
  const char *mac;
  const char *ciphertext;
} vectors[] = {
  /* matrix-rust-sdk, backups/keys/decryption.rs */
  {
      "Ha9cklU/9NqFo9WKdVfGzmqUL/9wlkdxfEitbSIPVXw",
      "6Q6b15s4YM2jCs38pHiN8wiRkiuCcvpsM9S3/qm31Co",
      "HlLi76oV6wxHz3PCqE/bxJi6yF1HnYz5Dq3T+d/KpRw",
      "GtMrurhDTwo",
      "MuM8E3Yc6TSAvhVGb77rQ++jE6p9dRepx63/3YPD2wACKAppkZHeFrnTH6wJ/HSyrmzo7HfwqVl6tKNpfooSTHqUf6x1LHz+"
      "h4B/Id5ITO1WYt16AaI40LOnZqTkJZCfSPuE2oxalwEHnCS3biWybutcnrBFPR3LMtaeHvvkb+k3ny9l5ZpsU9G7vCm3XoeY"
      "kWfLekWXvDhbqWrylXD0+CNUuaQJ/S527TzLd4XKctqVjjO/cCH7q+9utt9WJAfK8LGaWT/mZ3AeWjf5kiqOpKKf5Cn4n5SS"
      "il5p/pvGYmjnURvZSEeQIzHgvunIBEPtzK/MYEPOXe/P5achNGlCx+5N19Ftyp9TFaTFlTWCTi0mpD7ePfCNISrwpozAz9HZ"
      "c0OhA8+1aSc7rhYFIeAYXFU326NuFIFHI5pvpSxjzPQlOA+mavIKmiRAtjlLw11IVKTxgrdT4N8lXeMr4ndCSmvIkAzFMo1u"
      "ZA4fzjiAdQJE4/2WeXFNNpvdfoYmX8Zl9CAYjpSO5HvpwkAbk4/iLEH3hDfCVUwDfMh05PdGLnxeRpiEFWSMSsJNp+OWAA+5"
      "JsF41BoRGrxoXXT+VKqlUDONd+O296Psu8Q+d8/S618",
  },
  /* matrix-js-sdk, spec/test-utils/crypto-test-data, Alice */
  {
      "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo",
      "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo",
      "q+P1WdRtEiPIEtNuuGrRcueZxUbLnSKdsuTAkxewXgU",
      "OibmACbORhI",
      "r6HRk2/Im2yJe5cLP8R81aVjFWjYWPHpw7TVxphiSK1cdIDZTTK57r6MfU+0i/mTPn+/PosT74OvYwCnehy2dyqqks+Ev+uB"
      "Kw3TAo0HCv7W3Rmq9XtqxikG9ts7XtcjFEkx37+qRaXtikcu0+CmUf+I5X6KStwNXb+CPnN2CGgwpn8g5+xEgSjE904QFrte"
      "4s9ygfqymgszgF7kzNICYF5g2GTlss8pdu/GLnh52AKvtT6FcqE5LC74N07BDWUycMHMMMw43F7z5GhzEnoWOXlbz+M4eTGr"
      "CYuhvcmQGNbdgzYqEXPm1z4xFhVgs84kFCtNeUc+AHZWfC2zynZ++4tpmfCYYpYEfYwQNo9Ks7o+Mh2PtAo9/GIU4xAK/uG0"
      "vizEiNYt/1QAxwgrmDxjdRe5TH4pPUtLMktRDyZKeUHJmYZA7pcLtpVatXhXmVEQLFLDc/uusxaBxFXYkx7BQnNRoa1BE1yX"
      "Rxud94s6vMsI/auhn95TG58Z0Rz9psRT4HzgDKeHf/uVbdfKR9O3gqxlB4mzZAyTCqHhUQERmGiISC2FeuKkAwVk/ZxXiFqS"
      "TUCizwXcczGbzEbC+pBJTi6jX5Pa2yI9cT5C8xaGGUzEaKdNWukcs73uvXoFl/5y0Y29PkfE8UlPWpN4kZn7hrcOllcqqV9Z"
      "MH+rBbGViIw0yZ6yQUciEJzO8Gk3yz36lIT30VhCgKXMu+kELEPTRSVXqEQkCXBcfNOhgl3LIso",
  },
  /* matrix-js-sdk, spec/test-utils/crypto-test-data, Bob */
  {
      "DwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo",
      "ZRuVWcWlDuvOwZRygccUCD4Avtnt130800I+WQNwwRY",
      "oO0VX84OUIzm2i/12zAhTWOZT5IFRH5mXaKZ8fXkCgU",
      "lEfHlqfJQwU",
      "d7UVOK17WEVky/8hK0h3HsTQrFMEbKbfqMcl2KtyTWcI9S5gGFWK9Git5BzVRxRggvxQ0c8PDfqL+dr3zHytAA++ax1ey0Jp"
      "13HF6U35/DT5lPwB1ah4+uUwVKhq21xsdg/IFtiqYxYfNhzgJnkIeMVjZIX79+/B2VZ001SVzDWIkPorNu5DSyuCGCOrcvB/"
      "vXMRSsIYQr/Ns7apdpWbTpGm2KbNhJOZR9KBdlwY6mG++eWlsuv6wvlfjMRu+s2TJEXk60whigWluC0e/JuaAH+T2tKkz/Ri"
      "zPCbC/0EhDWpzCJHrZepDtDridQ/8+jbwGqQQoC6VS8PuqWGeXbc8q6a9swyG2OhyT95vRJfIj/BH2YoLn+5jbH4b19F8DRD"
      "Y210tBRkYApVGuLzR2aWJrD4Q9Re699kWaY2NFW7G5NpWU3I4okWNx5jh5/g4q1EIo93m7XlxZYpwqgAwniQ7UqHEsweE/lR"
      "Glg4HxUOsY1wIpkPnrPnCwcdzjvuGZUraFTUJW3JvbBHbxD22keRkNEhsKNEx66vngCrtUNxsSoQ2DoJ+FIJRvxx+SGdPZrv"
      "qs6qUw5aCv9sXzxsPYl+QFsQIJ4GPJkIPzRv3gu3uCgpBC7IYNeVz3fCfXeedoyX45FONCosDdere5Z23n1y+caKlSP/Ahmw"
      "4ckg0YCxpt0NI64lfUE61KLvA1ptxYBo4VXul3gR/uP9RWE8ZFzYNPVBcft/YS2FwHeVeHCTdhQ",
  },
};

static MtxSecretBytes *
decode_secret (const char *text)
{
  g_autoptr (GError) error = NULL;
  MtxSecretBytes    *secret = mtx_base64_decode_secret (text, MTX_BASE64_UNPADDED, &error);

  g_assert_no_error (error);
  return secret;
}

static MtxSecretBytes *
new_private_key (void)
{
  g_autoptr (GError) error = NULL;
  MtxSecretBytes    *key = mtx_secret_bytes_random (MTX_BACKUP_KEY_BYTES, &error);

  g_assert_no_error (error);
  return key;
}

static MtxBackupPayload *
encrypt (MtxSecretBytes *private_key,
         gconstpointer   plaintext,
         gsize           length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *public_key = mtx_backup_public_key (private_key, &error);
  MtxBackupPayload  *payload;

  g_assert_no_error (error);
  payload = mtx_backup_encrypt (public_key, plaintext, length, &error);
  g_assert_no_error (error);

  return payload;
}

static void
assert_refused (MtxSecretBytes *private_key,
                const char     *ephemeral,
                const char     *ciphertext,
                const char     *mac,
                MtxError        code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_backup_decrypt (private_key, ephemeral, ciphertext, mac, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

/* The text with one byte of what it encodes changed. */
static char *
change (const char *text,
        gsize       position)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = mtx_base64_decode (text, MTX_BASE64_UNPADDED, &error);
  g_autofree guint8 *changed = NULL;
  gsize              length;

  g_assert_no_error (error);
  length = g_bytes_get_size (bytes);
  changed = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
  changed[position % length] ^= 0x10;

  return mtx_base64_encode (changed, length, MTX_BASE64_UNPADDED);
}

static char *
encode_zeroes (gsize length)
{
  g_autofree guint8 *zeroes = g_malloc0 (length);

  return mtx_base64_encode (zeroes, length, MTX_BASE64_UNPADDED);
}

static void
test_threat_106_g07_published (void)
{
  static const MtxJsonLimits limits = { .max_bytes = 4096, .max_depth = 4, .reject_duplicates = TRUE };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GError)         error = NULL;
      g_autoptr (MtxSecretBytes) private_key = decode_secret (vectors[i].private_key);
      g_autofree char           *public_key = mtx_backup_public_key (private_key, &error);
      g_autoptr (MtxSecretBytes) plaintext = NULL;
      g_autoptr (JsonObject)     room_key = NULL;
      const guint8              *bytes;
      gsize                      length;

      g_assert_no_error (error);
      g_assert_cmpstr (public_key, ==, vectors[i].public_key);

      plaintext = mtx_backup_decrypt (private_key, vectors[i].ephemeral, vectors[i].ciphertext, vectors[i].mac, &error);
      g_assert_no_error (error);
      bytes = mtx_secret_bytes_get (plaintext, &length);
      room_key = mtx_json_parse_object ((const char *)bytes, (gssize)length, &limits, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (mtx_json_get_string (room_key, "algorithm"), ==, "m.megolm.v1.aes-sha2");
      g_assert_cmpuint (strlen (mtx_json_get_string (room_key, "session_key")), ==, 220);
      g_assert_nonnull (mtx_json_get_object (room_key, "sender_claimed_keys"));
    }
}

static void
test_both_ways (void)
{
  g_autoptr (MtxSecretBytes) private_key = new_private_key ();
  g_autofree char           *longest = g_strnfill (MTX_BACKUP_MAX_PLAINTEXT_BYTES, 'x');
  const gsize                lengths[] = { 0, 1, 15, 16, 17, 1000, MTX_BACKUP_MAX_PLAINTEXT_BYTES };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GError)           error = NULL;
      g_autoptr (MtxBackupPayload) payload = encrypt (private_key, longest, lengths[i]);
      g_autoptr (MtxBackupPayload) again = encrypt (private_key, longest, lengths[i]);
      g_autoptr (MtxSecretBytes)   plaintext = NULL;
      const guint8                *bytes;
      gsize                        length;

      plaintext = mtx_backup_decrypt (private_key, payload->ephemeral, payload->ciphertext, payload->mac, &error);
      g_assert_no_error (error);
      bytes = mtx_secret_bytes_get (plaintext, &length);
      g_assert_cmpmem (bytes, length, longest, lengths[i]);

      /* Every payload has a key of its own. */
      g_assert_cmpstr (payload->ephemeral, !=, again->ephemeral);
      g_assert_cmpstr (payload->ciphertext, !=, again->ciphertext);
      g_assert_cmpuint (strlen (payload->ephemeral), ==, 43);
      g_assert_cmpuint (strlen (payload->mac), ==, 11);
    }
}

static void
test_limits (void)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) private_key = new_private_key ();
  g_autoptr (MtxSecretBytes) too_short = mtx_secret_bytes_new ((const guint8 *)TEXT, 16);
  g_autofree char           *public_key = mtx_backup_public_key (private_key, &error);
  g_autofree char           *too_long = g_strnfill (MTX_BACKUP_MAX_PLAINTEXT_BYTES + 1, 'x');
  g_autofree char           *zero_key = encode_zeroes (32);

  g_assert_null (mtx_backup_encrypt (public_key, (const guint8 *)too_long, strlen (too_long), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (mtx_backup_encrypt ("not a key", (const guint8 *)TEXT, strlen (TEXT), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);
  g_assert_null (mtx_backup_encrypt (zero_key, (const guint8 *)TEXT, strlen (TEXT), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);

  g_assert_null (mtx_backup_public_key (too_short, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  assert_refused (too_short, vectors[0].ephemeral, vectors[0].ciphertext, vectors[0].mac, MTX_ERROR_INVALID);
}

static void
test_threat_106_g07_form (void)
{
  g_autoptr (MtxSecretBytes)   key = new_private_key ();
  g_autoptr (MtxBackupPayload) payload = encrypt (key, TEXT, strlen (TEXT));
  g_autofree char             *padded_mac = g_strconcat (payload->mac, "=", NULL);
  g_autofree char             *whole_mac = encode_zeroes (32);
  g_autofree char             *half_block = encode_zeroes (24);
  g_autofree char             *too_long = encode_zeroes (MTX_BACKUP_MAX_PLAINTEXT_BYTES + 32);
  g_autofree char             *huge = g_strnfill (10 * 1024 * 1024, 'A');
  g_autofree char             *blank = g_strconcat (payload->ciphertext, "\n", NULL);
  g_autofree char             *short_key = encode_zeroes (31);
  g_autofree char             *long_key = encode_zeroes (33);

  assert_refused (key, NULL, payload->ciphertext, payload->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, NULL, payload->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, payload->ciphertext, NULL, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, "", payload->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, half_block, payload->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, blank, payload->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, too_long, payload->mac, MTX_ERROR_TOO_LARGE);
  assert_refused (key, payload->ephemeral, huge, payload->mac, MTX_ERROR_TOO_LARGE);
  assert_refused (key, payload->ephemeral, payload->ciphertext, padded_mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, payload->ephemeral, payload->ciphertext, whole_mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, short_key, payload->ciphertext, payload->mac, MTX_ERROR_BAD_REPLY);
  assert_refused (key, long_key, payload->ciphertext, payload->mac, MTX_ERROR_BAD_REPLY);
}

/* An agreement with such a key has a result anybody can guess. */
static void
test_threat_023_small_order_ephemeral (void)
{
  static const guint8 weak[][32] = {
    { 0 },
    { 1 },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
      0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x80 },
    { 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
  };
  g_autoptr (MtxSecretBytes) key = new_private_key ();

  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++)
    {
      g_autofree char *ephemeral = mtx_base64_encode (weak[i], sizeof weak[i], MTX_BASE64_UNPADDED);

      assert_refused (key, ephemeral, vectors[0].ciphertext, vectors[0].mac, MTX_ERROR_UNTRUSTED);
    }
}

static void
test_threat_081_another_key (void)
{
  g_autoptr (MtxSecretBytes)   key = new_private_key ();
  g_autoptr (MtxSecretBytes)   other = new_private_key ();
  g_autoptr (MtxBackupPayload) payload = encrypt (key, TEXT, strlen (TEXT));

  assert_refused (other, payload->ephemeral, payload->ciphertext, payload->mac, MTX_ERROR_UNTRUSTED);
  assert_refused (other, vectors[0].ephemeral, vectors[0].ciphertext, vectors[0].mac, MTX_ERROR_UNTRUSTED);
}

/* The MAC does not cover the ciphertext. What a change does not destroy comes through, and that is why what
 * comes out is as untrusted as what went in. */
static void
test_threat_080_changed_bytes (void)
{
  static const char            block[] = "sixteen letters.";
  g_autoptr (GError)           error = NULL;
  g_autoptr (MtxSecretBytes)   key = new_private_key ();
  g_autoptr (MtxBackupPayload) payload = encrypt (key, block, strlen (block));
  g_autofree char             *first_block = change (payload->ciphertext, 0);
  g_autofree char             *last_block = change (payload->ciphertext, 31);
  g_autofree char             *mac = change (payload->mac, 0);
  g_autofree char             *ephemeral = change (payload->ephemeral, 3);
  g_autoptr (MtxSecretBytes)   changed = NULL;

  assert_refused (key, ephemeral, payload->ciphertext, payload->mac, MTX_ERROR_UNTRUSTED);
  assert_refused (key, payload->ephemeral, payload->ciphertext, mac, MTX_ERROR_UNTRUSTED);
  assert_refused (key, payload->ephemeral, first_block, payload->mac, MTX_ERROR_UNTRUSTED);

  changed = mtx_backup_decrypt (key, payload->ephemeral, last_block, payload->mac, &error);
  if (changed == NULL)
    g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  else
    g_assert_cmpuint (mtx_secret_bytes_get_size (changed), <=, 31);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/backup-cipher/both-ways", test_both_ways);
  g_test_add_func ("/backup-cipher/limits", test_limits);
  g_test_add_func ("/backup-cipher/threat-023-small-order-ephemeral", test_threat_023_small_order_ephemeral);
  g_test_add_func ("/backup-cipher/threat-080-changed-bytes", test_threat_080_changed_bytes);
  g_test_add_func ("/backup-cipher/threat-081-another-key", test_threat_081_another_key);
  g_test_add_func ("/backup-cipher/threat-106-g07-form", test_threat_106_g07_form);
  g_test_add_func ("/backup-cipher/threat-106-g07-published", test_threat_106_g07_published);

  return g_test_run ();
}
