/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Public keys of strangers: one text per key, no weak points, and signatures that only one signer can have
 * made (guard rules G2, G8 and G9).
 *
 * Nothing here is secret, so comparisons may stop early.
 */
#include "mtx-public-key.h"

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-openssl-autocleanups.h"
#include "mtx-openssl-error.h"

/* The points of small order on Curve25519 and its twist, as u coordinates with the top bit masked, and the
 * second names that 0, 1 and −1 have because 255 bits hold a little more than the field. */
static const guint8 x25519_small_order[][MTX_CURVE25519_KEY_BYTES] = {
  /* 0 */
  { 0 },
  /* 1 */
  { 1 },
  /* order 8 */
  { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
    0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
  /* order 8 */
  { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
    0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
  /* p − 1 */
  { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
  /* p, another 0 */
  { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
  /* p + 1, another 1 */
  { 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

/* The y coordinates of the eight points of small order on edwards25519; x and −x share one. */
static const guint8 ed25519_small_order[][MTX_ED25519_KEY_BYTES] = {
  /* y = 0, order 4 */
  { 0 },
  /* y = 1, the neutral element */
  { 1 },
  /* order 8 */
  { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
    0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
  /* order 8 */
  { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
    0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
  /* y = p − 1, order 2 */
  { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

/* p = 2^255 − 19 and L, the order of the base point, both little-endian. */
static const guint8 field_prime[32] = {
  0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f
};
static const guint8 group_order[32] = {
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10
};

static gboolean
is_less_than (const guint8 number[32],
              const guint8 bound[32])
{
  for (int i = 31; i >= 0; i--)
    if (number[i] != bound[i])
      return number[i] < bound[i];

  return FALSE;
}

static gboolean
is_listed (const guint8 masked[32],
           const guint8 (*list)[32],
           gsize n_listed)
{
  for (gsize i = 0; i < n_listed; i++)
    if (memcmp (masked, list[i], 32) == 0)
      return TRUE;

  return FALSE;
}

/**
 * mtx_curve25519_is_small_order:
 * @key: 32 bytes
 *
 * Whether an agreement with @key has a result anybody can guess (guard rule G8). The top bit, which
 * X25519 ignores, is ignored here too.
 *
 * Returns: %TRUE if @key has to be refused
 */
gboolean
mtx_curve25519_is_small_order (const guint8 key[MTX_CURVE25519_KEY_BYTES])
{
  guint8 masked[MTX_CURVE25519_KEY_BYTES];

  memcpy (masked, key, sizeof masked);
  masked[31] &= 0x7f;

  return is_listed (masked, x25519_small_order, G_N_ELEMENTS (x25519_small_order));
}

/**
 * mtx_ed25519_is_strict_point:
 * @point: 32 bytes, a public key or the first half of a signature
 *
 * Whether an Ed25519 point is written in its one canonical form and not of small order (guard rule G9).
 * Whether it is a point at all shows when something is verified with it.
 *
 * Returns: %TRUE if @point may be used
 */
gboolean
mtx_ed25519_is_strict_point (const guint8 point[MTX_ED25519_KEY_BYTES])
{
  guint8 masked[MTX_ED25519_KEY_BYTES];

  memcpy (masked, point, sizeof masked);
  masked[31] &= 0x7f;

  return is_less_than (masked, field_prime)
         && !is_listed (masked, ed25519_small_order, G_N_ELEMENTS (ed25519_small_order));
}

/**
 * mtx_ed25519_is_strict_scalar:
 * @scalar: 32 bytes, the second half of a signature
 *
 * Whether the scalar is smaller than the order of the group; else adding the order would make a second
 * valid signature out of every first (guard rule G9, CVE-2024-45193).
 *
 * Returns: %TRUE if @scalar may be used
 */
gboolean
mtx_ed25519_is_strict_scalar (const guint8 scalar[MTX_ED25519_KEY_BYTES])
{
  return is_less_than (scalar, group_order);
}

/**
 * mtx_curve25519_key_check:
 * @untrusted_key: (nullable): a key as text
 * @error: (out) (optional): where to put an error
 *
 * Checks that a text is a Curve25519 public key: canonical unpadded base64 of 32 bytes, not of small order.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for the point
 */
gboolean
mtx_curve25519_key_check (const char *untrusted_key,
                          GError    **error)
{
  guint8 key[MTX_CURVE25519_KEY_BYTES];

  if (!mtx_base64_decode_exact (untrusted_key, MTX_BASE64_UNPADDED, key, sizeof key, error))
    return FALSE;

  if (mtx_curve25519_is_small_order (key))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Curve25519 key of small order");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_ed25519_key_check:
 * @untrusted_key: (nullable): a key as text
 * @error: (out) (optional): where to put an error
 *
 * Checks that a text is an Ed25519 public key: canonical unpadded base64 of 32 bytes, which are canonical
 * and not of small order.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for the point
 */
gboolean
mtx_ed25519_key_check (const char *untrusted_key,
                       GError    **error)
{
  guint8 key[MTX_ED25519_KEY_BYTES];

  if (!mtx_base64_decode_exact (untrusted_key, MTX_BASE64_UNPADDED, key, sizeof key, error))
    return FALSE;

  if (!mtx_ed25519_is_strict_point (key))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Ed25519 key is weak or not canonical");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_ed25519_verify_bytes:
 * @untrusted_key: 32 bytes
 * @message: (array length=length): what was signed
 * @length: bytes in @message
 * @untrusted_signature: 64 bytes
 * @error: (out) (optional): where to put an error
 *
 * Verifies an Ed25519 signature strictly (guard rule G9): key and first half canonical and not of small
 * order, second half below the order of the group, and only then the equation of RFC 8032.
 *
 * Returns: %TRUE if the signature holds, else %FALSE with %MTX_ERROR_UNTRUSTED
 */
gboolean
mtx_ed25519_verify_bytes (const guint8  untrusted_key[MTX_ED25519_KEY_BYTES],
                          const guint8 *message,
                          gsize         length,
                          const guint8  untrusted_signature[MTX_ED25519_SIGNATURE_BYTES],
                          GError      **error)
{
  g_autoptr (EVP_PKEY)   key = NULL;
  g_autoptr (EVP_MD_CTX) context = NULL;

  if (!mtx_ed25519_is_strict_point (untrusted_key)
      || !mtx_ed25519_is_strict_point (untrusted_signature)
      || !mtx_ed25519_is_strict_scalar (untrusted_signature + MTX_ED25519_KEY_BYTES))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Ed25519 signature or key is not strict");
      return FALSE;
    }

  key = EVP_PKEY_new_raw_public_key (EVP_PKEY_ED25519, NULL, untrusted_key, MTX_ED25519_KEY_BYTES);
  context = EVP_MD_CTX_new ();
  if (key == NULL || context == NULL
      || EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) != 1
      || EVP_DigestVerify (context, untrusted_signature, MTX_ED25519_SIGNATURE_BYTES, message, length) != 1)
    {
      mtx_openssl_clear ();
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Ed25519 signature does not hold");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_ed25519_verify:
 * @untrusted_key: (nullable): the signer's key as text
 * @message: (array length=length): what was signed
 * @length: bytes in @message
 * @untrusted_signature: (nullable): the signature as text
 * @error: (out) (optional): where to put an error
 *
 * Like mtx_ed25519_verify_bytes(), with key and signature in canonical unpadded base64.
 *
 * Returns: %TRUE if the signature holds, else %FALSE with %MTX_ERROR_BAD_REPLY if a text is malformed, or
 *   %MTX_ERROR_UNTRUSTED
 */
gboolean
mtx_ed25519_verify (const char   *untrusted_key,
                    const guint8 *message,
                    gsize         length,
                    const char   *untrusted_signature,
                    GError      **error)
{
  guint8 key[MTX_ED25519_KEY_BYTES];
  guint8 signature[MTX_ED25519_SIGNATURE_BYTES];

  if (!mtx_base64_decode_exact (untrusted_key, MTX_BASE64_UNPADDED, key, sizeof key, error)
      || !mtx_base64_decode_exact (untrusted_signature, MTX_BASE64_UNPADDED, signature, sizeof signature, error))
    return FALSE;

  return mtx_ed25519_verify_bytes (key, message, length, signature, error);
}
