/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The strict forms: every message is built part by part, then spoiled in each way there is (guard rules G3 to
 * G6).
 */
#include "mtx-olm-wire.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"

static guint8 alice_key[32] = "alice's identity key, 32 bytes..";
static guint8 base_key[32] = "base key, which is 32 bytes long";
static guint8 one_time_key[32] = "one-time key, which is 32 bytes.";
static guint8 ratchet_key[32] = "ratchet key, and also 32 bytes..";

static void
put (GByteArray   *array,
     gconstpointer bytes,
     gsize         length)
{
  g_byte_array_append (array, bytes, (guint)length);
}

static void
put_byte (GByteArray *array,
          guint8      byte)
{
  put (array, &byte, 1);
}

static void
put_varint (GByteArray *array,
            guint64     value)
{
  for (; value >= 0x80; value >>= 7)
    put_byte (array, (guint8)(value | 0x80));
  put_byte (array, (guint8)value);
}

static void
put_string (GByteArray   *array,
            guint8        tag,
            gconstpointer bytes,
            gsize         length)
{
  put_byte (array, tag);
  put_varint (array, length);
  put (array, bytes, length);
}

static void
put_filler (GByteArray *array,
            gsize       length)
{
  for (gsize i = 0; i < length; i++)
    put_byte (array, 0x11);
}

static void
put_ciphertext (GByteArray *array,
                guint8      tag,
                gsize       length)
{
  put_byte (array, tag);
  put_varint (array, length);
  put_filler (array, length);
}

static GByteArray *
new_normal (guint64 chain_index,
            gsize   ciphertext_length,
            gsize   mac_length)
{
  GByteArray *array = g_byte_array_new ();

  put_byte (array, 3);
  put_string (array, 0x0A, ratchet_key, sizeof ratchet_key);
  put_byte (array, 0x10);
  put_varint (array, chain_index);
  put_ciphertext (array, 0x22, ciphertext_length);
  put_filler (array, mac_length);

  return array;
}

static GByteArray *
new_pre_key (GByteArray *inner)
{
  GByteArray *array = g_byte_array_new ();

  put_byte (array, 3);
  put_string (array, 0x0A, one_time_key, sizeof one_time_key);
  put_string (array, 0x12, base_key, sizeof base_key);
  put_string (array, 0x1A, alice_key, sizeof alice_key);
  put_string (array, 0x22, inner->data, inner->len);

  return array;
}

static GByteArray *
new_megolm (guint64 index,
            gsize   ciphertext_length,
            gsize   tail_length)
{
  GByteArray *array = g_byte_array_new ();

  put_byte (array, 3);
  put_byte (array, 0x08);
  put_varint (array, index);
  put_ciphertext (array, 0x12, ciphertext_length);
  /* 0x11… is below the field's prime and, at the end, below twice the order; the last byte matters. */
  put_filler (array, tail_length);
  array->data[array->len - 1] = 0x01;

  return array;
}

typedef gboolean (*CheckFunc) (const GByteArray *array,
                               GError          **error);

static gboolean
check_normal (const GByteArray *array,
              GError          **error)
{
  return mtx_olm_wire_check_normal (array->data, array->len, error);
}

static gboolean
check_pre_key (const GByteArray *array,
               GError          **error)
{
  return mtx_olm_wire_check_pre_key (array->data, array->len, alice_key, error);
}

static gboolean
check_megolm (const GByteArray *array,
              GError          **error)
{
  return mtx_megolm_wire_check_message (array->data, array->len, error);
}

/* Takes @array. */
static void
assert_accepts (CheckFunc   check,
                GByteArray *array)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (GByteArray) owned = array;

  g_assert_true (check (owned, &error));
  g_assert_no_error (error);
}

/* Takes @array. */
static void
assert_refuses (CheckFunc   check,
                GByteArray *array,
                MtxError    code)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (GByteArray) owned = array;

  g_assert_false (check (owned, &error));
  g_assert_error (error, MTX_ERROR, (int)code);
}

static GByteArray *
copy (const GByteArray *array,
      gsize             length)
{
  GByteArray *copied = g_byte_array_new ();

  put (copied, array->data, length);
  return copied;
}

static GByteArray *
replace (const GByteArray *array,
         gsize             position,
         guint8            byte)
{
  GByteArray *copied = copy (array, array->len);

  copied->data[position] = byte;
  return copied;
}

/* Whatever the message: no shorter, no longer, no other version; and every tag and length is looked at. */
static void
assert_frame (CheckFunc         check,
              const GByteArray *good,
              const gsize      *marks,
              gsize             n_marks)
{
  GByteArray *longer = copy (good, good->len);

  for (gsize length = 0; length < good->len; length++)
    assert_refuses (check, copy (good, length), MTX_ERROR_BAD_REPLY);
  put_byte (longer, 0);
  assert_refuses (check, longer, MTX_ERROR_BAD_REPLY);

  for (guint version = 0; version < 256; version++)
    if (version != 3)
      assert_refuses (check, replace (good, 0, (guint8)version), MTX_ERROR_BAD_REPLY);
  for (gsize i = 0; i < n_marks; i++)
    for (guint value = 0; value < 256; value++)
      if (value != good->data[marks[i]])
        assert_refuses (check, replace (good, marks[i], (guint8)value), MTX_ERROR_BAD_REPLY);
}

static void
test_threat_106_g03_normal (void)
{
  static const gsize     marks[] = { 1, 2, 35, 37, 38 };
  g_autoptr (GByteArray) good = new_normal (5, 16, 8);

  assert_accepts (check_normal, copy (good, good->len));
  assert_accepts (check_normal, new_normal (0, 32, 8));
  assert_accepts (check_normal, new_normal (G_MAXUINT32, 4096, 8));
  assert_frame (check_normal, good, marks, G_N_ELEMENTS (marks));

  assert_refuses (check_normal, new_normal (5, 0, 8), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_normal, new_normal (5, 15, 8), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_normal, new_normal (5, 17, 8), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_normal, new_normal (5, 16, 7), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_normal, new_normal (5, 16, 9), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_normal, new_normal (5, 16, 32), MTX_ERROR_BAD_REPLY);
}

/* One number has one writing: minimal, within 32 bits. */
static void
test_threat_106_g03_numbers (void)
{
  static const struct
  {
    guint8   bytes[12];
    gsize    length;
    gboolean accepted;
  } numbers[] = {
    { { 0x00 }, 1, TRUE },
    { { 0x7f }, 1, TRUE },
    { { 0x80, 0x01 }, 2, TRUE },
    { { 0xff, 0xff, 0xff, 0xff, 0x0f }, 5, TRUE },
    { { 0x80, 0x00 }, 2, FALSE },
    { { 0x85, 0x80, 0x00 }, 3, FALSE },
    { { 0xff, 0xff, 0xff, 0xff, 0x1f }, 5, FALSE },
    { { 0x80, 0x80, 0x80, 0x80, 0x10 }, 5, FALSE },
    { { 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 }, 6, FALSE },
    { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, 10, FALSE },
    { { 0x80 }, 1, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      GByteArray *array = g_byte_array_new ();

      put_byte (array, 3);
      put_string (array, 0x0A, ratchet_key, sizeof ratchet_key);
      put_byte (array, 0x10);
      put (array, numbers[i].bytes, numbers[i].length);
      put_ciphertext (array, 0x22, 16);
      put_filler (array, 8);
      if (numbers[i].accepted)
        assert_accepts (check_normal, array);
      else
        assert_refuses (check_normal, array, MTX_ERROR_BAD_REPLY);
    }
}

/* Twice, in another order, or one more than there should be. */
static void
test_threat_106_g03_parts (void)
{
  GByteArray *twice = g_byte_array_new ();
  GByteArray *swapped = g_byte_array_new ();
  GByteArray *unknown = g_byte_array_new ();
  GByteArray *overflow = g_byte_array_new ();

  put_byte (twice, 3);
  put_string (twice, 0x0A, ratchet_key, sizeof ratchet_key);
  put_string (twice, 0x0A, ratchet_key, sizeof ratchet_key);
  put (twice, "\x10\x01", 2);
  put_ciphertext (twice, 0x22, 16);
  put_filler (twice, 8);
  assert_refuses (check_normal, twice, MTX_ERROR_BAD_REPLY);

  put_byte (swapped, 3);
  put (swapped, "\x10\x01", 2);
  put_string (swapped, 0x0A, ratchet_key, sizeof ratchet_key);
  put_ciphertext (swapped, 0x22, 16);
  put_filler (swapped, 8);
  assert_refuses (check_normal, swapped, MTX_ERROR_BAD_REPLY);

  put_byte (unknown, 3);
  put_string (unknown, 0x0A, ratchet_key, sizeof ratchet_key);
  put (unknown, "\x10\x01\x18\x01", 4);
  put_ciphertext (unknown, 0x22, 16);
  put_filler (unknown, 8);
  assert_refuses (check_normal, unknown, MTX_ERROR_BAD_REPLY);

  /* A length that would wrap around on the way to the end. */
  put_byte (overflow, 3);
  put_string (overflow, 0x0A, ratchet_key, sizeof ratchet_key);
  put (overflow, "\x10\x01\x22\xf0\xff\xff\xff\x0f", 8);
  put_filler (overflow, 24);
  assert_refuses (check_normal, overflow, MTX_ERROR_BAD_REPLY);
}

static void
test_threat_106_g04_pre_key (void)
{
  static const gsize     marks[] = { 1, 2, 35, 36, 69, 70, 103, 104 };
  g_autoptr (GByteArray) inner = new_normal (0, 16, 8);
  g_autoptr (GByteArray) short_inner = new_normal (0, 16, 7);
  g_autoptr (GByteArray) good = new_pre_key (inner);
  g_autoptr (GByteArray) nothing = g_byte_array_new ();

  assert_accepts (check_pre_key, copy (good, good->len));
  assert_frame (check_pre_key, good, marks, G_N_ELEMENTS (marks));
  assert_refuses (check_pre_key, new_pre_key (short_inner), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_pre_key, new_pre_key (nothing), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_pre_key, new_pre_key (good), MTX_ERROR_BAD_REPLY);

  /* Not the sender the envelope names. */
  assert_refuses (check_pre_key, replace (good, 80, 'x'), MTX_ERROR_UNTRUSTED);
}

static void
test_threat_106_g08_small_order (void)
{
  static const guint8 p[32] = {
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
  };
  g_autoptr (GByteArray) inner = new_normal (0, 16, 8);
  g_autoptr (GByteArray) good = new_pre_key (inner);
  static const gsize     keys[] = { 3, 37, 71, 108 };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      GByteArray *zero = copy (good, good->len);
      GByteArray *other_zero = copy (good, good->len);

      memset (zero->data + keys[i], 0, 32);
      assert_refuses (check_pre_key, zero, MTX_ERROR_UNTRUSTED);
      memcpy (other_zero->data + keys[i], p, 32);
      assert_refuses (check_pre_key, other_zero, MTX_ERROR_UNTRUSTED);
    }
}

static void
test_threat_106_g05_megolm (void)
{
  static const gsize     marks[] = { 1, 3, 4 };
  g_autoptr (GByteArray) good = new_megolm (5, 16, 72);

  assert_accepts (check_megolm, copy (good, good->len));
  assert_accepts (check_megolm, new_megolm (0, 4096, 72));
  assert_accepts (check_megolm, new_megolm (G_MAXINT32, 16, 72));
  assert_frame (check_megolm, good, marks, G_N_ELEMENTS (marks));

  assert_refuses (check_megolm, new_megolm (0x80000000, 16, 72), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_megolm, new_megolm (5, 0, 72), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_megolm, new_megolm (5, 24, 72), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_megolm, new_megolm (5, 16, 71), MTX_ERROR_BAD_REPLY);
  assert_refuses (check_megolm, new_megolm (5, 16, 96), MTX_ERROR_BAD_REPLY);
}

static void
test_threat_106_g09_megolm_signature (void)
{
  g_autoptr (GByteArray) good = new_megolm (5, 16, 72);
  GByteArray            *weak = copy (good, good->len);
  GByteArray            *beyond = copy (good, good->len);

  /* The scalar, the neutral element as first half, a first half beyond the field. */
  assert_refuses (check_megolm, replace (good, good->len - 1, 0x11), MTX_ERROR_UNTRUSTED);
  assert_refuses (check_megolm, replace (good, good->len - 1, 0x80), MTX_ERROR_UNTRUSTED);
  memset (weak->data + weak->len - 64, 0, 32);
  weak->data[weak->len - 64] = 1;
  assert_refuses (check_megolm, weak, MTX_ERROR_UNTRUSTED);
  memset (beyond->data + beyond->len - 64, 0xff, 32);
  assert_refuses (check_megolm, beyond, MTX_ERROR_UNTRUSTED);
}

static void
test_threat_106_g06_exported (void)
{
  g_autoptr (GError) error = NULL;
  guint8             id[32] = "a session's public key, 32 bytes";
  guint8             key[MTX_MEGOLM_EXPORTED_KEY_BYTES] = { 1, 0x7f, 0xff, 0xff, 0xff };

  memcpy (key + 133, id, sizeof id);
  g_assert_true (mtx_megolm_wire_check_exported (key, id, &error));
  g_assert_no_error (error);

  key[1] = 0x80;
  g_assert_false (mtx_megolm_wire_check_exported (key, id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);
  key[1] = 0;
  key[0] = 2;
  g_assert_false (mtx_megolm_wire_check_exported (key, id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  g_clear_error (&error);
  key[0] = 1;
  id[31] ^= 1;
  g_assert_false (mtx_megolm_wire_check_exported (key, id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);

  /* A weak session key, even if both sides name it. */
  memset (id, 0, sizeof id);
  memset (key + 133, 0, sizeof id);
  g_assert_false (mtx_megolm_wire_check_exported (key, id, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/olm-wire/threat-106-g03-normal", test_threat_106_g03_normal);
  g_test_add_func ("/olm-wire/threat-106-g03-numbers", test_threat_106_g03_numbers);
  g_test_add_func ("/olm-wire/threat-106-g03-parts", test_threat_106_g03_parts);
  g_test_add_func ("/olm-wire/threat-106-g04-pre-key", test_threat_106_g04_pre_key);
  g_test_add_func ("/olm-wire/threat-106-g05-megolm", test_threat_106_g05_megolm);
  g_test_add_func ("/olm-wire/threat-106-g06-exported", test_threat_106_g06_exported);
  g_test_add_func ("/olm-wire/threat-106-g08-small-order", test_threat_106_g08_small_order);
  g_test_add_func ("/olm-wire/threat-106-g09-megolm-signature", test_threat_106_g09_megolm_signature);

  return g_test_run ();
}
