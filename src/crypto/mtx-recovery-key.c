/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key as a person writes it down (specification, appendices § Cryptographic key
 * representation), and the account password that follows from it.
 *
 * The text is base58 of two fixed bytes, the key, and a byte that makes the exclusive or of all of them zero.
 * Digits are looked up by comparing with all of them, so that no table access depends on the secret.
 */
#include "mtx-recovery-key.h"

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-secret-bytes.h"

#define PREFIX_0       0x8B
#define PREFIX_1       0x01
#define PREFIX_BYTES   2
#define TOTAL_BYTES    (PREFIX_BYTES + MTX_RECOVERY_KEY_BYTES + 1)
#define GROUP_CHARS    4
#define PASSWORD_BYTES 32

/* 35 bytes with this prefix always make 48 digits, and 48 digits never more than 36 bytes. */
#define N_DIGITS     48
#define NUMBER_BYTES (TOTAL_BYTES + 1)

/* Says what the password is derived for. Changing either locks every account out that was made with it. The
 * salt keeps the derivation apart from those of secret storage, which has a salt of zeroes. */
#define PASSWORD_SALT "io.github.wallet_support.account"
#define PASSWORD_INFO "account password v1"

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
#define BASE 58

/**
 * mtx_recovery_key_error_quark:
 *
 * Returns: the domain of #MtxRecoveryKeyError
 */
GQuark
mtx_recovery_key_error_quark (void)
{
  return g_quark_from_static_string ("mtx-recovery-key-error");
}

static guint8
get_parity (const guint8 *bytes,
            gsize         length)
{
  guint8 parity = 0;

  for (gsize i = 0; i < length; i++)
    parity ^= bytes[i];

  return parity;
}

/* The value of a digit, or BASE. */
static guint
value_of_digit (char digit)
{
  guint value = BASE;

  for (guint i = 0; i < BASE; i++)
    {
      /* All ones if the characters are the same. */
      guint same = ((guint)(digit ^ digits[i]) & 0xff) - 1;

      same = 0 - (same >> 31);
      value = (value & ~same) | (i & same);
    }

  return value;
}

static char
digit_of_value (guint value)
{
  guint digit = 0;

  for (guint i = 0; i < BASE; i++)
    {
      guint same = 0 - (((value ^ i) - 1) >> 31);

      digit |= (guint)(guchar)digits[i] & same;
    }

  return (char)digit;
}

/* number = number * BASE + value, big-endian. */
static void
append_digit (guint8 number[NUMBER_BYTES],
              guint  value)
{
  guint carry = value;

  for (guint i = NUMBER_BYTES; i-- > 0;)
    {
      carry += number[i] * BASE;
      number[i] = (guint8)carry;
      carry >>= 8;
    }
}

/* number = number / BASE, big-endian; returns the remainder. */
static guint
remove_digit (guint8 *number,
              gsize   length)
{
  guint remainder = 0;

  for (gsize i = 0; i < length; i++)
    {
      guint current = remainder << 8 | number[i];

      number[i] = (guint8)(current / BASE);
      remainder = current % BASE;
    }

  return remainder;
}

/**
 * mtx_recovery_key_encode:
 * @key: 32 bytes
 *
 * Writes a security key as a person can keep it: base58 in groups of four.
 *
 * Returns: (transfer full): the text, freed with mtx_secret_string_free()
 */
char *
mtx_recovery_key_encode (MtxSecretBytes *key)
{
  guint8 number[TOTAL_BYTES] = { PREFIX_0, PREFIX_1 };
  char   reversed[N_DIGITS];
  char  *text;
  char  *end;

  g_return_val_if_fail (key != NULL && mtx_secret_bytes_get_size (key) == MTX_RECOVERY_KEY_BYTES, NULL);

  memcpy (number + PREFIX_BYTES, mtx_secret_bytes_get (key, NULL), MTX_RECOVERY_KEY_BYTES);
  number[TOTAL_BYTES - 1] = get_parity (number, TOTAL_BYTES - 1);
  for (gsize i = 0; i < N_DIGITS; i++)
    reversed[i] = digit_of_value (remove_digit (number, TOTAL_BYTES));

  text = end = g_malloc (N_DIGITS + N_DIGITS / GROUP_CHARS);
  for (gsize i = 0; i < N_DIGITS; i++)
    {
      if (i > 0 && i % GROUP_CHARS == 0)
        *end++ = ' ';
      *end++ = reversed[N_DIGITS - 1 - i];
    }
  *end = '\0';

  mtx_secret_wipe (number, sizeof number);
  mtx_secret_wipe (reversed, sizeof reversed);
  return text;
}

/* Reads the digits into @number. A character that is none is told before a wrong count: a person who typed an
 * O for an o is shown that, not that something is wrong somewhere. */
static gboolean
read_digits (const char *untrusted,
             guint8      number[NUMBER_BYTES],
             GError    **error)
{
  gsize    n_digits = 0;
  gboolean wrong = FALSE;

  for (const char *c = untrusted; *c != '\0'; c++)
    {
      guint value;

      if (g_ascii_isspace (*c))
        continue;
      value = value_of_digit (*c);
      wrong |= value == BASE;
      if (n_digits < N_DIGITS)
        append_digit (number, value % BASE);
      n_digits++;
    }

  if (wrong)
    g_set_error_literal (error, MTX_RECOVERY_KEY_ERROR, MTX_RECOVERY_KEY_ERROR_ALPHABET,
                         "A security key has no such character");
  else if (n_digits != N_DIGITS)
    g_set_error_literal (error, MTX_RECOVERY_KEY_ERROR, MTX_RECOVERY_KEY_ERROR_LENGTH,
                         "The security key is too short or too long");

  return !wrong && n_digits == N_DIGITS;
}

/**
 * mtx_recovery_key_decode:
 * @untrusted: what the person typed; white space does not matter
 * @error: (out) (optional): where to put an error
 *
 * Reads a security key.
 *
 * Returns: (transfer full) (nullable): 32 bytes, or %NULL with one of #MtxRecoveryKeyError
 */
MtxSecretBytes *
mtx_recovery_key_decode (const char *untrusted,
                         GError    **error)
{
  guint8          number[NUMBER_BYTES] = { 0 };
  const guint8   *bytes = number + NUMBER_BYTES - TOTAL_BYTES;
  MtxSecretBytes *key = NULL;

  g_return_val_if_fail (untrusted != NULL, NULL);

  if (!read_digits (untrusted, number, error))
    ; /* The error is set. */
  else if (number[0] != 0 || bytes[0] != PREFIX_0 || bytes[1] != PREFIX_1)
    g_set_error_literal (error, MTX_RECOVERY_KEY_ERROR, MTX_RECOVERY_KEY_ERROR_PREFIX,
                         "This is not a security key");
  else if (get_parity (bytes, TOTAL_BYTES) != 0)
    g_set_error_literal (error, MTX_RECOVERY_KEY_ERROR, MTX_RECOVERY_KEY_ERROR_PARITY,
                         "The security key is mistyped");
  else
    key = mtx_secret_bytes_new (bytes + PREFIX_BYTES, MTX_RECOVERY_KEY_BYTES);

  mtx_secret_wipe (number, sizeof number);
  return key;
}

/**
 * mtx_recovery_key_derive_password:
 * @key: 32 bytes
 * @error: (out) (optional): where to put an error
 *
 * Derives the account's password from the security key, so that address and key restore the account. One way,
 * with HKDF-SHA-256, salt `io.github.wallet_support.account` and info `account password v1`: the server sees
 * the password and learns nothing about the key. 256 bits as URL-safe unpadded base64.
 *
 * Returns: (transfer full) (nullable): the password, freed with mtx_secret_string_free(), or %NULL with
 *   %MTX_ERROR_FAILED
 */
char *
mtx_recovery_key_derive_password (MtxSecretBytes *key,
                                  GError        **error)
{
  g_autoptr (MtxSecretBytes) password = NULL;

  g_return_val_if_fail (key != NULL && mtx_secret_bytes_get_size (key) == MTX_RECOVERY_KEY_BYTES, NULL);

  password = mtx_hkdf_sha256 (key, (const guint8 *)PASSWORD_SALT, strlen (PASSWORD_SALT),
                              (const guint8 *)PASSWORD_INFO, strlen (PASSWORD_INFO), PASSWORD_BYTES, error);

  return password != NULL ? mtx_base64_encode_secret (password, MTX_BASE64_URL) : NULL;
}
