/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Published test vectors are written in hex.
 */
#pragma once

#include "mtx-secret-bytes.h"

G_BEGIN_DECLS

static inline GBytes *
mtx_test_hex (const char *hex)
{
  gsize   length = strlen (hex) / 2;
  guint8 *bytes = g_malloc (length + 1);

  g_assert_cmpuint (strlen (hex) % 2, ==, 0);
  for (gsize i = 0; i < length; i++)
    {
      g_assert_true (g_ascii_isxdigit (hex[2 * i]) && g_ascii_isxdigit (hex[2 * i + 1]));
      bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
    }

  return g_bytes_new_take (bytes, length);
}

static inline const guint8 *
mtx_test_bytes (GBytes *bytes)
{
  return g_bytes_get_data (bytes, NULL);
}

static inline MtxSecretBytes *
mtx_test_hex_secret (const char *hex)
{
  g_autoptr (GBytes) bytes = mtx_test_hex (hex);

  return mtx_secret_bytes_new (mtx_test_bytes (bytes), g_bytes_get_size (bytes));
}

static inline void
mtx_test_assert_hex (gconstpointer bytes,
                     gsize         length,
                     const char   *expected)
{
  g_autoptr (GBytes) expected_bytes = mtx_test_hex (expected);

  g_assert_cmpmem (bytes, length, mtx_test_bytes (expected_bytes), g_bytes_get_size (expected_bytes));
}

G_END_DECLS
