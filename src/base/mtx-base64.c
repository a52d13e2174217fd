/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Strict base64 without tables and without branches on the content: neither the cache nor the time
 * taken tells what a key looks like (threats.md, G1 and G2).
 */
#include "mtx-base64.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-secret-bytes.h"

/* All ones if first <= c <= last, else zero. The arguments are characters or six-bit values, so both
 * differences stay far from the limits of an int and are negative exactly inside the range. */
static inline guint
mask_in_range (int c,
               int first,
               int last)
{
  return (guint)(((first - 1 - c) & (c - last - 1)) >> 31);
}

/* The value of one character, or a number with its high bits set if it is none of the alphabet. */
static inline guint
value_of_char (guint8 c,
               char   char_62,
               char   char_63)
{
  guint upper = mask_in_range (c, 'A', 'Z');
  guint lower = mask_in_range (c, 'a', 'z');
  guint digit = mask_in_range (c, '0', '9');
  guint is_62 = mask_in_range (c, char_62, char_62);
  guint is_63 = mask_in_range (c, char_63, char_63);

  return (upper & (guint)(c - 'A'))
         | (lower & (guint)(c - 'a' + 26))
         | (digit & (guint)(c - '0' + 52))
         | (is_62 & 62)
         | (is_63 & 63)
         | ~(upper | lower | digit | is_62 | is_63);
}

static inline char
char_of_value (guint value,
               char  char_62,
               char  char_63)
{
  int   v = (int)value;
  guint c = 0;

  c |= mask_in_range (v, 0, 25) & (value + 'A');
  c |= mask_in_range (v, 26, 51) & (value - 26 + 'a');
  c |= mask_in_range (v, 52, 61) & (value - 52 + '0');
  c |= mask_in_range (v, 62, 62) & (guint)char_62;
  c |= mask_in_range (v, 63, 63) & (guint)char_63;

  return (char)c;
}

static inline char
get_char_62 (MtxBase64Variant variant)
{
  return variant == MTX_BASE64_URL ? '-' : '+';
}

static inline char
get_char_63 (MtxBase64Variant variant)
{
  return variant == MTX_BASE64_URL ? '_' : '/';
}

/* The number of characters before the padding, or -1 if length or padding cannot be right. */
static gssize
measure (const char      *untrusted,
         MtxBase64Variant variant)
{
  gsize length = strlen (untrusted);
  gsize padding = 0;

  if (variant == MTX_BASE64_LENIENT && length % 4 == 0)
    while (padding < 2 && padding < length && untrusted[length - 1 - padding] == '=')
      padding++;

  length -= padding;
  if (length % 4 == 1 || length > G_MAXSSIZE)
    return -1;

  return (gssize)length;
}

/* Writes n_chars * 3 / 4 bytes. Goes through the whole text whatever it finds. */
static gboolean
decode_chars (const char      *untrusted,
              gsize            n_chars,
              MtxBase64Variant variant,
              guint8          *bytes)
{
  char  char_62 = get_char_62 (variant);
  char  char_63 = get_char_63 (variant);
  guint wrong = 0;
  guint bits = 0;
  guint n_bits = 0;

  for (gsize i = 0; i < n_chars; i++)
    {
      guint value = value_of_char ((guint8)untrusted[i], char_62, char_63);

      wrong |= value & ~63u;
      bits = (bits << 6 | (value & 63)) & 0xffff;
      n_bits += 6;
      if (n_bits >= 8)
        {
          n_bits -= 8;
          *bytes++ = (guint8)(bits >> n_bits);
        }
    }

  /* What is left over belongs to no byte. If it is not zero, this is a second text for the same bytes. */
  wrong |= bits & ((1u << n_bits) - 1);
  mtx_secret_wipe (&bits, sizeof bits);

  return wrong == 0;
}

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "Not canonical base64");

  return FALSE;
}

static void
encode_chars (const guint8    *bytes,
              gsize            length,
              MtxBase64Variant variant,
              char            *text)
{
  char  char_62 = get_char_62 (variant);
  char  char_63 = get_char_63 (variant);
  guint bits = 0;
  guint n_bits = 0;

  for (gsize i = 0; i < length; i++)
    {
      bits = (bits << 8 | bytes[i]) & 0xffff;
      n_bits += 8;
      while (n_bits >= 6)
        {
          n_bits -= 6;
          *text++ = char_of_value (bits >> n_bits & 63, char_62, char_63);
        }
    }
  if (n_bits > 0)
    *text++ = char_of_value (bits << (6 - n_bits) & 63, char_62, char_63);
  *text = '\0';

  mtx_secret_wipe (&bits, sizeof bits);
}

/**
 * mtx_base64_encode:
 * @bytes: (array length=length) (nullable): what to encode; %NULL if @length is 0
 * @length: number of bytes
 * @variant: the alphabet; padding is never written
 *
 * Encodes as unpadded base64 (specification, appendices § Unpadded Base64).
 *
 * Returns: (transfer full): the text
 */
char *
mtx_base64_encode (const guint8    *bytes,
                   gsize            length,
                   MtxBase64Variant variant)
{
  char *text = NULL;

  g_return_val_if_fail (bytes != NULL || length == 0, NULL);
  g_return_val_if_fail (length < G_MAXSSIZE / 2, NULL);

  text = g_malloc ((length * 4 + 2) / 3 + 1);
  encode_chars (bytes, length, variant, text);

  return text;
}

/**
 * mtx_base64_decode:
 * @untrusted: (nullable): the text; %NULL is refused like any other wrong text
 * @variant: the alphabet, and whether right padding is accepted
 * @error: return location for an error
 *
 * Decodes a text if it is the only one for its bytes. Not for keys: see [func@Mtx.base64_decode_secret].
 *
 * Returns: (transfer full) (nullable): the bytes, or %NULL with %MTX_ERROR_BAD_REPLY
 */
GBytes *
mtx_base64_decode (const char      *untrusted,
                   MtxBase64Variant variant,
                   GError         **error)
{
  gssize             n_chars = untrusted != NULL ? measure (untrusted, variant) : -1;
  g_autofree guint8 *bytes = NULL;
  gsize              length = 0;

  if (n_chars >= 0)
    {
      length = (gsize)n_chars / 4 * 3 + (gsize)n_chars % 4 * 3 / 4;
      bytes = g_malloc (length + 1);
    }
  if (n_chars < 0 || !decode_chars (untrusted, (gsize)n_chars, variant, bytes))
    {
      refuse (error);
      return NULL;
    }

  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}

/**
 * mtx_base64_decode_exact:
 * @untrusted: (nullable): the text; %NULL is refused like any other wrong text
 * @variant: the alphabet, and whether right padding is accepted
 * @bytes: (out caller-allocates) (array length=length): where to write; all zero after an error
 * @length: the one number of bytes that is accepted
 * @error: return location for an error
 *
 * Decodes into memory of the caller, for values whose length is known: keys, signatures, hashes.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY
 */
gboolean
mtx_base64_decode_exact (const char      *untrusted,
                         MtxBase64Variant variant,
                         guint8          *bytes,
                         gsize            length,
                         GError         **error)
{
  gssize n_chars = -1;

  g_return_val_if_fail (bytes != NULL || length == 0, FALSE);

  if (untrusted != NULL)
    n_chars = measure (untrusted, variant);
  if (n_chars < 0 || (gsize)n_chars != (length * 4 + 2) / 3)
    {
      if (length > 0)
        memset (bytes, 0, length);
      return refuse (error);
    }

  if (!decode_chars (untrusted, (gsize)n_chars, variant, bytes))
    {
      mtx_secret_wipe (bytes, length);
      return refuse (error);
    }

  return TRUE;
}

/**
 * mtx_base64_decode_secret:
 * @untrusted: (nullable): the text; %NULL is refused like any other wrong text
 * @variant: the alphabet, and whether right padding is accepted
 * @error: return location for an error
 *
 * Like [func@Mtx.base64_decode], for key material: no copy stays behind.
 *
 * Returns: (transfer full) (nullable): the secret, or %NULL with %MTX_ERROR_BAD_REPLY
 */
MtxSecretBytes *
mtx_base64_decode_secret (const char      *untrusted,
                          MtxBase64Variant variant,
                          GError         **error)
{
  gssize  n_chars = untrusted != NULL ? measure (untrusted, variant) : -1;
  guint8 *bytes = NULL;
  gsize   length = 0;

  if (n_chars < 0)
    {
      refuse (error);
      return NULL;
    }

  length = (gsize)n_chars / 4 * 3 + (gsize)n_chars % 4 * 3 / 4;
  bytes = g_malloc (length + 1);
  if (!decode_chars (untrusted, (gsize)n_chars, variant, bytes))
    {
      mtx_secret_wipe (bytes, length);
      g_free (bytes);
      refuse (error);
      return NULL;
    }

  return mtx_secret_bytes_new_take (bytes, length);
}

/**
 * mtx_base64_encode_secret:
 * @secret: key material
 * @variant: the alphabet; padding is never written
 *
 * Encodes key material, for the few places where it has to travel as text.
 *
 * Returns: (transfer full): the text; free with [func@Mtx.secret_string_free]
 */
char *
mtx_base64_encode_secret (MtxSecretBytes  *secret,
                          MtxBase64Variant variant)
{
  const guint8 *bytes = NULL;
  gsize         length = 0;

  g_return_val_if_fail (secret != NULL, NULL);

  bytes = mtx_secret_bytes_get (secret, &length);

  return mtx_base64_encode (bytes, length, variant);
}
