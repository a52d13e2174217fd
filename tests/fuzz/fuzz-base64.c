/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Base64: what is accepted is the one text for its bytes, and all decoders agree.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-secret-bytes.h"

static void
check (const char      *text,
       MtxBase64Variant variant)
{
  g_autoptr (GBytes)         bytes = mtx_base64_decode (text, variant, NULL);
  g_autoptr (MtxSecretBytes) secret = mtx_base64_decode_secret (text, variant, NULL);
  g_autofree char           *again = NULL;
  guint8                     exact[32];
  const guint8              *data = NULL;
  gsize                      size = 0;
  gsize                      n_chars = strlen (text);

  g_assert_true ((bytes != NULL) == (secret != NULL));
  if (bytes == NULL)
    {
      g_assert_false (mtx_base64_decode_exact (text, variant, exact, sizeof exact, NULL));
      return;
    }

  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpmem (data, size, mtx_secret_bytes_get (secret, NULL), mtx_secret_bytes_get_size (secret));
  g_assert_cmpint (mtx_base64_decode_exact (text, variant, exact, sizeof exact, NULL), ==, size == sizeof exact);
  if (size == sizeof exact)
    g_assert_cmpmem (data, size, exact, sizeof exact);

  again = mtx_base64_encode (data, size, variant);
  if (variant == MTX_BASE64_LENIENT && g_str_has_suffix (text, "="))
    {
      g_assert_cmpuint (n_chars % 4, ==, 0);
      n_chars -= g_str_has_suffix (text, "==") ? 2 : 1;
    }
  g_assert_cmpuint (strlen (again), ==, n_chars);
  g_assert_true (strncmp (again, text, n_chars) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *encoded = NULL;

  for (guint variant = MTX_BASE64_UNPADDED; variant <= MTX_BASE64_URL; variant++)
    {
      g_autoptr (GBytes) bytes = NULL;

      check (text, variant);

      g_free (encoded);
      encoded = mtx_base64_encode (data, size, variant);
      bytes = mtx_base64_decode (encoded, variant, NULL);
      g_assert_nonnull (bytes);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), data, size);
    }

  return 0;
}
