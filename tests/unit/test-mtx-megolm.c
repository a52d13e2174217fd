/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Megolm, out and in: messages of three independent implementations, and what a sender, a server or a wrong
 * key can try.
 */
#include "mtx-megolm-inbound.h"
#include "mtx-megolm-outbound.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-base64.h"
#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"

#define ROOM "!room:id"

/* libolm's tests/test_group_session.cpp. */
static const char libolm_key[] = "AgAAAAAwMTIzNDU2Nzg5QUJERUYwMTIzNDU2Nzg5QUJDREVGMDEyMzQ1Njc4OUFCREVGMDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkRF"
                                 "RjAxMjM0NTY3ODlBQkNERUYwMTIzNDU2Nzg5QUJERUYwMTIzNDU2Nzg5QUJDREVGMDEyMw0bdg1BDq4Px/slBow06q8n/B9WBfwWYyNOB8Dl"
                                 "UmXGGwrFmaSb9bR/eY8xgERrxmP07hFmD9uqA2p8PMHdnV5ysmgufE6oLZ5+8/mWQOW3VVTnDIlnwd8oHUYRuk8TCQ";
static const char libolm_id[] = "DRt2DUEOrg/H+yUGjDTqryf8H1YF/BZjI04HwOVSZcY";
static const char libolm_message[] = "AwgAEhAcbh6UpbByoyZxufQ+h2B+8XHMjhR69G8F4+qjMaFlnIXusJZX3r8LnRORG9T3DXFdbVuvIWrLyRfm4i8QRbe8VPwGRFG57B1Ctmxa"
                                     "nuP8bHtnnYqlwPsD";

/* matrix-js-sdk's generator, spec/test-utils/crypto-test-data (Python). */
static const char js_key[] = "AQAAAABXGO+Z9jlQJhIL6ByhXrv2BwCIxkhh7MXpKLsYmXkJcWrQlirmXmD79ga1zo+I4DCtEZzyGSpDWXBC6G7ez3H4gDMBam1RE3Jm5tc+"
                             "oTlIri32UkYgSL0kBkcEnttqmIXBlK8tAfJo3cJnlh7F4ltEOAqrdME6dU0zXTkqXmURqYqXSOmbP+w8xUxIYgNohmjA3x5CGApXql0+i/uX"
                             "tf3K";
static const char js_id[] = "ipdI6Zs/7DzFTEhiA2iGaMDfHkIYCleqXT6L+5e1/co";
static const char js_message[] = "AwgAEnAkBmciEAyhh1j6DCk29UXJ7kv/kvayUNfuNT0iAioLxcXjFXOZ5ho3jF1/wrytlt0Lb298uMM67OxdVMi+/mMfYpwlvi07P9cIH6CM"
                                 "Sj8tyhYoWl0SrKY6tkPf5GWOlRSRRKbziXa96FHXvnA3V2FCAIGtAe3G4ei5RPbhkmKAFBLAen33/D6MjJVqU8Ojr5vTkgls5eyirarlVpsm"
                                 "nH06alDaxO8avrU0NL+Vsw26xvlUQgEMOnUJ";

static void
assert_decrypts (MtxMegolmInbound *inbound,
                 const char       *message,
                 guint32           expected_index,
                 const char       *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plaintext = NULL;
  guint32            index = G_MAXUINT32;

  plaintext = mtx_megolm_inbound_decrypt (inbound, message, &index, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (index, ==, expected_index);
  g_assert_cmpmem (g_bytes_get_data (plaintext, NULL), g_bytes_get_size (plaintext), expected, strlen (expected));
}

static void
assert_refuses (MtxMegolmInbound *inbound,
                const char       *message,
                MtxError          code)
{
  g_autoptr (GError) error = NULL;
  guint32            index = 4711;

  g_assert_null (mtx_megolm_inbound_decrypt (inbound, message, &index, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
  g_assert_cmpuint (index, ==, 4711);
}

static void
assert_key_refused (const char *key,
                    const char *id,
                    MtxError    code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_megolm_inbound_new (key, id, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static void
assert_export_refused (const char *key,
                       const char *id,
                       MtxError    code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mtx_megolm_inbound_new_from_export (key, id, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static char *
encrypt (MtxMegolmOutbound *outbound,
         const char        *text)
{
  g_autoptr (GError) error = NULL;
  char              *message = mtx_megolm_outbound_encrypt (outbound, (const guint8 *)text, strlen (text), &error);

  g_assert_no_error (error);
  return message;
}

static MtxMegolmOutbound *
new_outbound (void)
{
  g_autoptr (GError) error = NULL;
  MtxMegolmOutbound *outbound = mtx_megolm_outbound_new (1700000000000, &error);

  g_assert_no_error (error);
  return outbound;
}

/* What somebody gets who is given the key now. */
static MtxMegolmInbound *
share (MtxMegolmOutbound *outbound)
{
  g_autoptr (GError) error = NULL;
  char              *key = mtx_megolm_outbound_dup_session_key (outbound, &error);
  MtxMegolmInbound  *inbound;

  g_assert_no_error (error);
  inbound = mtx_megolm_inbound_new (key, mtx_megolm_outbound_get_id (outbound), &error);
  g_assert_no_error (error);
  mtx_secret_string_free (key);

  return inbound;
}

/* The text with one byte of what it encodes changed. */
static char *
change (const char *text,
        gssize      position,
        guint8      mask)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = mtx_base64_decode (text, MTX_BASE64_UNPADDED, &error);
  g_autofree guint8 *changed = NULL;
  gsize              length;

  g_assert_no_error (error);
  length = g_bytes_get_size (bytes);
  changed = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
  changed[position >= 0 ? (gsize)position : length - (gsize)-position] ^= mask;

  return mtx_base64_encode (changed, length, MTX_BASE64_UNPADDED);
}

static void
test_libolm (void)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (MtxMegolmInbound) inbound = mtx_megolm_inbound_new (libolm_key, libolm_id, &error);
  g_autoptr (MtxMegolmInbound) imported = NULL;
  char                        *exported;

  g_assert_no_error (error);
  g_assert_cmpstr (mtx_megolm_inbound_get_id (inbound), ==, libolm_id);
  g_assert_cmpuint (mtx_megolm_inbound_get_first_known_index (inbound), ==, 0);
  assert_decrypts (inbound, libolm_message, 0, "Message");

  exported = mtx_megolm_inbound_export_at (inbound, 0, &error);
  g_assert_no_error (error);
  imported = mtx_megolm_inbound_new_from_export (exported, libolm_id, &error);
  g_assert_no_error (error);
  assert_decrypts (imported, libolm_message, 0, "Message");
  mtx_secret_string_free (exported);
}

static void
test_js_sdk (void)
{
  static const MtxJsonLimits   limits = { .max_bytes = 1000, .max_depth = 4, .reject_duplicates = TRUE };
  g_autoptr (GError)           error = NULL;
  g_autoptr (MtxMegolmInbound) inbound = mtx_megolm_inbound_new_from_export (js_key, js_id, &error);
  g_autoptr (MtxMegolmInbound) later = NULL;
  g_autoptr (GBytes)           plaintext = NULL;
  g_autoptr (JsonObject)       event = NULL;
  const guint8                 step = 3;
  guint8                       before[165];
  guint8                       after[165];
  char                        *exported;
  guint32                      index;

  g_assert_no_error (error);
  plaintext = mtx_megolm_inbound_decrypt (inbound, js_message, &index, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (index, ==, 0);
  event = mtx_json_parse_object (g_bytes_get_data (plaintext, NULL), (gssize)g_bytes_get_size (plaintext), &limits, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (event, "content"), "body"), ==, "Hello world");

  /* One step is one HMAC of the last quarter (specification, Megolm § Advancing the ratchet). */
  exported = mtx_megolm_inbound_export_at (inbound, 1, &error);
  g_assert_no_error (error);
  g_assert_true (mtx_base64_decode_exact (js_key, MTX_BASE64_UNPADDED, before, sizeof before, &error));
  g_assert_true (mtx_base64_decode_exact (exported, MTX_BASE64_UNPADDED, after, sizeof after, &error));
  g_assert_true (mtx_hmac_sha256 (before + 101, 32, &step, 1, before + 101, &error));
  before[4] = 1;
  g_assert_cmpmem (after, sizeof after, before, sizeof before);

  later = mtx_megolm_inbound_new_from_export (exported, js_id, &error);
  g_assert_no_error (error);
  mtx_secret_string_free (exported);
  g_assert_cmpuint (mtx_megolm_inbound_get_first_known_index (later), ==, 1);
  assert_refuses (later, js_message, MTX_ERROR_MISSING_KEY);
  g_assert_null (mtx_megolm_inbound_export_at (later, 0, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_MISSING_KEY);
}

static void
test_both_ways (void)
{
  g_autoptr (MtxMegolmOutbound) outbound = new_outbound ();
  g_autoptr (MtxMegolmInbound)  early = share (outbound);
  g_autoptr (MtxMegolmInbound)  late = NULL;
  g_autofree char              *first = NULL;
  g_autofree char              *second = NULL;
  g_autofree char              *third = NULL;

  g_assert_cmpint (mtx_megolm_outbound_get_created_ms (outbound), ==, 1700000000000);
  g_assert_cmpuint (mtx_megolm_outbound_get_message_index (outbound), ==, 0);
  first = encrypt (outbound, "first");
  second = encrypt (outbound, "");
  g_assert_cmpuint (mtx_megolm_outbound_get_message_index (outbound), ==, 2);
  late = share (outbound);
  third = encrypt (outbound, "third");

  /* In any order and more than once: replays are noticed elsewhere. */
  g_assert_cmpstr (mtx_megolm_inbound_get_id (early), ==, mtx_megolm_outbound_get_id (outbound));
  assert_decrypts (early, third, 2, "third");
  assert_decrypts (early, first, 0, "first");
  assert_decrypts (early, second, 1, "");
  assert_decrypts (early, third, 2, "third");

  /* Who got the key later reads nothing from before. */
  g_assert_cmpuint (mtx_megolm_inbound_get_first_known_index (late), ==, 2);
  assert_refuses (late, first, MTX_ERROR_MISSING_KEY);
  assert_decrypts (late, third, 2, "third");
}

static void
test_pickles (void)
{
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxSecretBytes)    master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, &error);
  g_autoptr (MtxMegolmOutbound) outbound = new_outbound ();
  g_autoptr (MtxMegolmInbound)  inbound = share (outbound);
  g_autoptr (MtxMegolmOutbound) outbound_again = NULL;
  g_autoptr (MtxMegolmInbound)  inbound_again = NULL;
  g_autoptr (GBytes)            sealed_out = NULL;
  g_autoptr (GBytes)            sealed_in = NULL;
  g_autofree char              *first = encrypt (outbound, "first");
  g_autofree char              *second = NULL;
  const char                   *id = mtx_megolm_outbound_get_id (outbound);

  sealed_out = mtx_megolm_outbound_to_pickle (outbound, master_key, ROOM, &error);
  g_assert_no_error (error);
  sealed_in = mtx_megolm_inbound_to_pickle (inbound, master_key, ROOM, &error);
  g_assert_no_error (error);

  outbound_again = mtx_megolm_outbound_new_from_pickle (sealed_out, master_key, ROOM, id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_megolm_outbound_get_created_ms (outbound_again), ==, 1700000000000);
  g_assert_cmpuint (mtx_megolm_outbound_get_message_index (outbound_again), ==, 1);
  g_assert_cmpstr (mtx_megolm_outbound_get_id (outbound_again), ==, id);
  inbound_again = mtx_megolm_inbound_new_from_pickle (sealed_in, master_key, ROOM, id, &error);
  g_assert_no_error (error);
  second = encrypt (outbound_again, "second");
  assert_decrypts (inbound_again, second, 1, "second");
  assert_decrypts (inbound_again, first, 0, "first");

  /* Another room, another session, the other direction. */
  g_assert_null (mtx_megolm_inbound_new_from_pickle (sealed_in, master_key, "!other", id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_megolm_inbound_new_from_pickle (sealed_in, master_key, ROOM, libolm_id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_megolm_inbound_new_from_pickle (sealed_out, master_key, ROOM, id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (mtx_megolm_outbound_new_from_pickle (sealed_out, master_key, "!other", id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
}

static void
test_threat_040_id_and_signature (void)
{
  g_autofree char *other_ratchet = change (libolm_key, 40, 1);
  g_autofree char *other_index = change (libolm_key, 4, 1);
  g_autofree char *other_key = change (libolm_key, 150, 1);
  g_autofree char *other_signature = change (libolm_key, 170, 1);
  g_autofree char *other_scalar = change (libolm_key, -1, 0x20);
  g_autofree char *padded = g_strconcat (libolm_key, "=", NULL);
  g_autofree char *shorter = g_strndup (libolm_key, strlen (libolm_key) - 4);

  assert_key_refused (libolm_key, js_id, MTX_ERROR_UNTRUSTED);
  assert_key_refused (libolm_key, "DRt2DUEOrg/H+yUGjDTqryf8H1YF/BZjI04HwOVSZcZ", MTX_ERROR_BAD_REPLY);
  assert_key_refused (libolm_key, NULL, MTX_ERROR_BAD_REPLY);
  assert_key_refused (NULL, libolm_id, MTX_ERROR_BAD_REPLY);
  assert_key_refused ("", libolm_id, MTX_ERROR_BAD_REPLY);
  assert_key_refused (padded, libolm_id, MTX_ERROR_BAD_REPLY);
  assert_key_refused (shorter, libolm_id, MTX_ERROR_BAD_REPLY);
  assert_key_refused (other_ratchet, libolm_id, MTX_ERROR_UNTRUSTED);
  assert_key_refused (other_index, libolm_id, MTX_ERROR_UNTRUSTED);
  assert_key_refused (other_key, libolm_id, MTX_ERROR_UNTRUSTED);
  assert_key_refused (other_signature, libolm_id, MTX_ERROR_UNTRUSTED);
  assert_key_refused (other_scalar, libolm_id, MTX_ERROR_UNTRUSTED);

  /* One format is not the other. */
  assert_key_refused (js_key, js_id, MTX_ERROR_BAD_REPLY);
  assert_export_refused (libolm_key, libolm_id, MTX_ERROR_BAD_REPLY);
}

/* An export is not signed, but its form and its id are still checked. */
static void
test_threat_080_export (void)
{
  g_autofree char *version = change (js_key, 0, 3);
  g_autofree char *huge_index = change (js_key, 1, 0x80);
  g_autofree char *other_key = change (js_key, -1, 1);

  assert_export_refused (js_key, libolm_id, MTX_ERROR_UNTRUSTED);
  assert_export_refused (version, js_id, MTX_ERROR_BAD_REPLY);
  assert_export_refused (huge_index, js_id, MTX_ERROR_BAD_REPLY);
  assert_export_refused (other_key, js_id, MTX_ERROR_UNTRUSTED);
  assert_export_refused ("", js_id, MTX_ERROR_BAD_REPLY);
}

static void
test_threat_060_rubbish (void)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (MtxMegolmInbound) inbound = mtx_megolm_inbound_new (libolm_key, libolm_id, &error);
  g_autofree char             *huge = g_strnfill (65537, 'A');
  g_autofree char             *long_rubbish = g_strnfill (65536, 'A');
  g_autofree char             *version = change (libolm_message, 0, 1);
  g_autofree char             *padded = g_strconcat (libolm_message, "==", NULL);
  g_autofree char             *longer = g_strconcat (libolm_message, "AAAA", NULL);

  assert_refuses (inbound, NULL, MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, "", MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, "A", MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, "not base64!", MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, padded, MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, longer, MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, version, MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, huge, MTX_ERROR_TOO_LARGE);
  assert_refuses (inbound, long_rubbish, MTX_ERROR_BAD_REPLY);
  assert_refuses (inbound, js_message, MTX_ERROR_UNTRUSTED);

  /* Each single byte matters: the form, or what is signed, or the signature. */
  for (gssize i = 0; i < 92; i++)
    {
      g_autofree char   *changed = change (libolm_message, i, 0x01);
      g_autoptr (GError) local_error = NULL;
      guint32            index;

      g_assert_null (mtx_megolm_inbound_decrypt (inbound, changed, &index, &local_error));
      g_assert_nonnull (local_error);
    }
  assert_decrypts (inbound, libolm_message, 0, "Message");
}

/* A failed step leaves the room key where it was, a refused text uses up no index. */
static void
test_threat_106_g13_unchanged (void)
{
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxMegolmOutbound) outbound = new_outbound ();
  g_autoptr (MtxMegolmInbound)  inbound = share (outbound);
  g_autofree char              *too_long = g_strnfill (48001, 'x');
  g_autofree char              *longest = g_strnfill (48000, 'x');
  g_autofree char              *message = NULL;
  g_autofree char              *changed = NULL;
  char                         *before = mtx_megolm_inbound_export_at (inbound, 0, &error);
  char                         *after;

  g_assert_null (mtx_megolm_outbound_encrypt (outbound, (const guint8 *)too_long, 48001, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_cmpuint (mtx_megolm_outbound_get_message_index (outbound), ==, 0);

  message = encrypt (outbound, longest);
  changed = change (message, -1, 1);
  assert_refuses (inbound, changed, MTX_ERROR_UNTRUSTED);
  g_assert_cmpuint (mtx_megolm_inbound_get_first_known_index (inbound), ==, 0);
  after = mtx_megolm_inbound_export_at (inbound, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (before, ==, after);
  assert_decrypts (inbound, message, 0, longest);

  mtx_secret_string_free (before);
  mtx_secret_string_free (after);
}

/* Adding the order of the group to the second half of a signature makes another one that libolm takes (CVE-2024-45193). */
static void
test_threat_106_g09_room_key (void)
{
  static const guint8 order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = mtx_base64_decode (libolm_key, MTX_BASE64_UNPADDED, &error);
  g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autofree char   *text = NULL;
  guint8            *scalar = changed + g_bytes_get_size (bytes) - sizeof order;
  guint              carry = 0;

  g_assert_no_error (error);
  for (gsize i = 0; i < sizeof order; i++)
    {
      carry += (guint)scalar[i] + order[i];
      scalar[i] = (guint8)carry;
      carry >>= 8;
    }
  text = mtx_base64_encode (changed, g_bytes_get_size (bytes), MTX_BASE64_UNPADDED);
  assert_key_refused (text, libolm_id, MTX_ERROR_UNTRUSTED);
}

static MtxMegolmOrder
compare (MtxMegolmInbound *one,
         MtxMegolmInbound *other)
{
  g_autoptr (GError) error = NULL;
  MtxMegolmOrder     order = MTX_MEGOLM_UNCONNECTED;

  g_assert_true (mtx_megolm_inbound_compare (one, other, &order, &error));
  g_assert_no_error (error);
  return order;
}

static MtxMegolmInbound *
export_from (MtxMegolmInbound *inbound,
             guint32           message_index)
{
  g_autoptr (GError) error = NULL;
  char              *key = mtx_megolm_inbound_export_at (inbound, message_index, &error);
  MtxMegolmInbound  *imported;

  g_assert_no_error (error);
  imported = mtx_megolm_inbound_new_from_export (key, mtx_megolm_inbound_get_id (inbound), &error);
  g_assert_no_error (error);
  mtx_secret_string_free (key);

  return imported;
}

/* test_session_comparison of matrix-rust-sdk. */
static void
test_threat_041_comparison (void)
{
  g_autoptr (MtxMegolmOutbound) outbound = new_outbound ();
  g_autoptr (MtxMegolmOutbound) other_outbound = new_outbound ();
  g_autoptr (MtxMegolmInbound)  inbound = share (outbound);
  g_autoptr (MtxMegolmInbound)  copy = export_from (inbound, 0);
  g_autoptr (MtxMegolmInbound)  worse = export_from (inbound, 10);
  g_autoptr (MtxMegolmInbound)  far = export_from (inbound, 0x01000000);
  g_autoptr (MtxMegolmInbound)  other = share (other_outbound);

  g_assert_cmpint (compare (inbound, inbound), ==, MTX_MEGOLM_EQUAL);
  g_assert_cmpint (compare (inbound, copy), ==, MTX_MEGOLM_EQUAL);
  g_assert_cmpint (compare (inbound, worse), ==, MTX_MEGOLM_BETTER);
  g_assert_cmpint (compare (worse, inbound), ==, MTX_MEGOLM_WORSE);
  g_assert_cmpint (compare (far, worse), ==, MTX_MEGOLM_WORSE);
  g_assert_cmpint (compare (worse, far), ==, MTX_MEGOLM_BETTER);
  g_assert_cmpint (compare (inbound, other), ==, MTX_MEGOLM_UNCONNECTED);
}

/* In export format nothing is signed: anybody can write another ratchet before the session's public key. */
static void
test_threat_041_unconnected (void)
{
  const gsize ratchet_bytes[] = { 5, 5 + 31, 5 + 32, 5 + 127 };

  for (gsize i = 0; i < G_N_ELEMENTS (ratchet_bytes); i++)
    {
      g_autoptr (GError)           error = NULL;
      g_autoptr (MtxMegolmInbound) inbound = mtx_megolm_inbound_new_from_export (js_key, js_id, &error);
      g_autoptr (MtxMegolmInbound) later = export_from (inbound, 7);
      g_autofree char             *forged_key = change (js_key, (gssize)ratchet_bytes[i], 1);
      g_autoptr (MtxMegolmInbound) forged = mtx_megolm_inbound_new_from_export (forged_key, js_id, &error);

      g_assert_no_error (error);
      g_assert_cmpint (compare (inbound, forged), ==, MTX_MEGOLM_UNCONNECTED);
      g_assert_cmpint (compare (forged, later), ==, MTX_MEGOLM_UNCONNECTED);
      g_assert_cmpint (compare (later, forged), ==, MTX_MEGOLM_UNCONNECTED);
    }
}

/* The same key with another number in front: what it says of itself is no proof either. */
static void
test_threat_041_false_index (void)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (MtxMegolmInbound) inbound = mtx_megolm_inbound_new_from_export (js_key, js_id, &error);
  g_autoptr (MtxMegolmInbound) later = export_from (inbound, 3);
  char                        *key = mtx_megolm_inbound_export_at (inbound, 3, &error);
  g_autofree char             *false_key = change (key, 4, 3);
  g_autoptr (MtxMegolmInbound) forged = mtx_megolm_inbound_new_from_export (false_key, js_id, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (mtx_megolm_inbound_get_first_known_index (forged), ==, 0);
  g_assert_cmpint (compare (forged, later), ==, MTX_MEGOLM_UNCONNECTED);
  g_assert_cmpint (compare (forged, inbound), ==, MTX_MEGOLM_UNCONNECTED);
  mtx_secret_string_free (key);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/megolm/threat-106-g23-libolm", test_libolm);
  g_test_add_func ("/megolm/threat-106-g23-js-sdk", test_js_sdk);
  g_test_add_func ("/megolm/both-ways", test_both_ways);
  g_test_add_func ("/megolm/pickles", test_pickles);
  g_test_add_func ("/megolm/threat-040-id-and-signature", test_threat_040_id_and_signature);
  g_test_add_func ("/megolm/threat-041-comparison", test_threat_041_comparison);
  g_test_add_func ("/megolm/threat-041-false-index", test_threat_041_false_index);
  g_test_add_func ("/megolm/threat-041-unconnected", test_threat_041_unconnected);
  g_test_add_func ("/megolm/threat-060-rubbish", test_threat_060_rubbish);
  g_test_add_func ("/megolm/threat-080-export", test_threat_080_export);
  g_test_add_func ("/megolm/threat-106-g09-room-key", test_threat_106_g09_room_key);
  g_test_add_func ("/megolm/threat-106-g13-unchanged", test_threat_106_g13_unchanged);

  return g_test_run ();
}
