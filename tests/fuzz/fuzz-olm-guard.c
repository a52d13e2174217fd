/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The guard: what it lets through is exactly what an honest sender would have written, and what it refuses
 * changes nothing. The first byte chooses which door the rest knocks at.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-backup-cipher.h"
#include "mtx-base64.h"
#include "mtx-megolm-inbound.h"
#include "mtx-olm-account.h"
#include "mtx-olm-wire.h"
#include "mtx-public-key.h"
#include "mtx-secret-bytes.h"

/* libolm's tests/test_group_session.cpp; the corpus holds its message. */
static const char room_key[] = "AgAAAAAwMTIzNDU2Nzg5QUJERUYwMTIzNDU2Nzg5QUJDREVGMDEyMzQ1Njc4OUFCREVGMDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkRF"
                               "RjAxMjM0NTY3ODlBQkNERUYwMTIzNDU2Nzg5QUJERUYwMTIzNDU2Nzg5QUJDREVGMDEyMw0bdg1BDq4Px/slBow06q8n/B9WBfwWYyNOB8Dl"
                               "UmXGGwrFmaSb9bR/eY8xgERrxmP07hFmD9uqA2p8PMHdnV5ysmgufE6oLZ5+8/mWQOW3VVTnDIlnwd8oHUYRuk8TCQ";
static const char room_key_id[] = "DRt2DUEOrg/H+yUGjDTqryf8H1YF/BZjI04HwOVSZcY";

static gsize
write_varint (guint8 *at,
              guint64 value)
{
  gsize length = 0;

  for (; value >= 0x80; value >>= 7)
    at[length++] = (guint8)(value | 0x80);
  at[length++] = (guint8)value;

  return length;
}

static guint64
read_varint (const guint8 *at,
             gsize        *length)
{
  guint64 value = 0;

  *length = 0;
  do
    value |= (guint64)(at[*length] & 0x7f) << (7 * *length);
  while (at[(*length)++] & 0x80);

  return value;
}

/* From @at on there is a number, then a counted string under @tag, then a tail; all written the shortest way,
 * and nothing else. Accepted input only, so it is read without care. */
static void
assert_number_and_ciphertext (const guint8 *bytes,
                              gsize         length,
                              gsize         at,
                              guint8        tag,
                              gsize         tail)
{
  guint8 again[10];
  gsize  read;

  for (guint i = 0; i < 2; i++)
    {
      guint64 value = read_varint (bytes + at, &read);

      g_assert_cmpuint (value, <=, G_MAXUINT32);
      g_assert_cmpuint (write_varint (again, value), ==, read);
      g_assert_cmpmem (again, read, bytes + at, read);
      at += read;
      if (i == 0)
        g_assert_cmpuint (bytes[at++], ==, tag);
      else
        {
          g_assert_cmpuint (value, >, 0);
          g_assert_cmpuint (value % 16, ==, 0);
          g_assert_cmpuint (at + value + tail, ==, length);
        }
    }
}

static void
assert_normal (const guint8 *bytes,
               gsize         length)
{
  static const guint8 start[] = { 3, 0x0A, 32 };

  g_assert_cmpmem (bytes, 3, start, 3);
  g_assert_false (mtx_curve25519_is_small_order (bytes + 3));
  g_assert_cmpuint (bytes[35], ==, 0x10);
  assert_number_and_ciphertext (bytes, length, 36, 0x22, 8);
}

static MtxOlmAccount *
get_account (void)
{
  static MtxOlmAccount *account;

  if (account == NULL)
    {
      account = mtx_olm_account_new (NULL);
      g_assert_true (mtx_olm_account_generate_one_time_keys (account, 1, NULL));
    }
  return account;
}

static void
fuzz_olm_message (const guint8     *bytes,
                  gsize             length,
                  MtxOlmMessageType type)
{
  static MtxOlmSession *session;
  g_autofree char      *body = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);
  guint8                sender_key[32] = { 9 };
  g_autofree char      *sender = NULL;
  g_autoptr (GBytes)    plaintext = NULL;

  if (type == MTX_OLM_MESSAGE_PRE_KEY && length >= 103)
    memcpy (sender_key, bytes + 71, sizeof sender_key);
  sender = mtx_base64_encode (sender_key, sizeof sender_key, MTX_BASE64_UNPADDED);

  if (type == MTX_OLM_MESSAGE_NORMAL)
    {
      if (mtx_olm_wire_check_normal (bytes, length, NULL))
        assert_normal (bytes, length);
      if (session == NULL)
        session = mtx_olm_account_create_outbound (get_account (), sender, sender, NULL);
      g_assert_null (mtx_olm_session_decrypt (session, type, body, NULL));
      return;
    }

  if (mtx_olm_wire_check_pre_key (bytes, length, sender_key, NULL))
    {
      gsize   read;
      guint64 inner = read_varint (bytes + 104, &read);

      g_assert_cmpuint (104 + read + inner, ==, length);
      assert_normal (bytes + 104 + read, inner);
    }
  g_assert_null (mtx_olm_account_create_inbound (get_account (), sender, body, &plaintext, NULL));
}

static void
fuzz_megolm_message (const guint8 *bytes,
                     gsize         length)
{
  static MtxMegolmInbound *inbound;
  g_autofree char         *text = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);
  g_autoptr (GBytes)       plaintext = NULL;
  guint32                  index;

  if (inbound == NULL)
    inbound = mtx_megolm_inbound_new (room_key, room_key_id, NULL);
  if (mtx_megolm_wire_check_message (bytes, length, NULL))
    {
      g_assert_cmpuint (bytes[0], ==, 3);
      g_assert_cmpuint (bytes[1], ==, 0x08);
      assert_number_and_ciphertext (bytes, length, 2, 0x12, 72);
      g_assert_true (mtx_ed25519_is_strict_point (bytes + length - 64));
      g_assert_true (mtx_ed25519_is_strict_scalar (bytes + length - 32));
    }

  /* There is one signed message in the world for this key. */
  plaintext = mtx_megolm_inbound_decrypt (inbound, text, &index, NULL);
  if (plaintext != NULL)
    g_assert_cmpmem (g_bytes_get_data (plaintext, NULL), g_bytes_get_size (plaintext), "Message", 7);
}

static void
fuzz_room_key (const guint8 *bytes,
               gsize         length)
{
  g_autofree char             *text = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);
  g_autofree char             *id = mtx_base64_encode (bytes + MIN (length, 133), length >= 165 ? 32 : 0, MTX_BASE64_UNPADDED);
  g_autoptr (MtxMegolmInbound) shared = mtx_megolm_inbound_new (text, id, NULL);
  g_autoptr (MtxMegolmInbound) exported = mtx_megolm_inbound_new_from_export (text, id, NULL);
  char                        *again;

  g_assert_true (shared == NULL || exported == NULL);
  if (shared != NULL)
    {
      g_assert_cmpuint (length, ==, MTX_MEGOLM_SHARED_KEY_BYTES);
      g_assert_true (mtx_ed25519_verify_bytes (bytes + 133, bytes, 165, bytes + 165, NULL));
      g_assert_cmpstr (mtx_megolm_inbound_get_id (shared), ==, id);
    }
  if (exported != NULL)
    {
      g_assert_cmpstr (mtx_megolm_inbound_get_id (exported), ==, id);
      again = mtx_megolm_inbound_export_at (exported, mtx_megolm_inbound_get_first_known_index (exported), NULL);
      g_assert_cmpstr (again, ==, text);
      mtx_secret_string_free (again);
    }
}

static void
fuzz_signature (const guint8 *bytes,
                gsize         length)
{
  if (length < 96)
    return;
  if (mtx_ed25519_verify_bytes (bytes, bytes + 96, length - 96, bytes + 32, NULL))
    {
      g_autofree guint8 *other = g_memdup2 (bytes, length);

      g_assert_true (mtx_ed25519_is_strict_point (bytes));
      g_assert_true (mtx_ed25519_is_strict_point (bytes + 32));
      g_assert_true (mtx_ed25519_is_strict_scalar (bytes + 64));
      other[64] ^= 1;
      g_assert_false (mtx_ed25519_verify_bytes (other, other + 96, length - 96, other + 32, NULL));
    }
}

/* A point is refused by its name; whether the list of names is whole, the agreement itself tells: libcrypto
 * has no result for a point of small order. */
static void
fuzz_x25519 (const guint8 *bytes,
             gsize         length)
{
  g_autofree char             *key = NULL;
  g_autoptr (MtxBackupPayload) agreed = NULL;
  g_autoptr (GError)           error = NULL;

  if (length != MTX_CURVE25519_KEY_BYTES)
    return;
  key = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);
  agreed = mtx_backup_encrypt (key, (const guint8 *)"", 0, &error);
  g_assert_cmpint (agreed == NULL, ==, mtx_curve25519_is_small_order (bytes));
  g_assert_cmpint (agreed != NULL, ==, mtx_curve25519_key_check (key, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  if (size == 0)
    return 0;

  switch (data[0])
    {
    case '0':
      fuzz_olm_message (data + 1, size - 1, MTX_OLM_MESSAGE_PRE_KEY);
      break;
    case '1':
      fuzz_olm_message (data + 1, size - 1, MTX_OLM_MESSAGE_NORMAL);
      break;
    case 'm':
      fuzz_megolm_message (data + 1, size - 1);
      break;
    case 'k':
      fuzz_room_key (data + 1, size - 1);
      break;
    case 's':
      fuzz_signature (data + 1, size - 1);
      break;
    case 'x':
      fuzz_x25519 (data + 1, size - 1);
      break;
    default:
      break;
    }

  return 0;
}
