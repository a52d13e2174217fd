/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key: what is accepted is, but for white space, the one text of its key.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"

static char *
without_spaces (const char *text)
{
  GString *packed = g_string_new (NULL);

  for (; *text != '\0'; text++)
    if (!g_ascii_isspace (*text))
      g_string_append_c (packed, *text);

  return g_string_free_and_steal (packed);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GError)         error = NULL;
  g_autofree char           *text = g_strndup ((const char *)data, size);
  g_autofree char           *packed = without_spaces (text);
  g_autoptr (MtxSecretBytes) key = mtx_recovery_key_decode (text, &error);

  if (key != NULL)
    {
      char            *again = mtx_recovery_key_encode (key);
      g_autofree char *packed_again = without_spaces (again);

      g_assert_cmpstr (packed_again, ==, packed);
      mtx_secret_string_free (again);
    }
  else
    g_assert_true (error->domain == MTX_RECOVERY_KEY_ERROR);

  /* Whatever it is, it can be a key. */
  if (size == MTX_RECOVERY_KEY_BYTES)
    {
      g_autoptr (MtxSecretBytes) drawn = mtx_secret_bytes_new (data, size);
      g_autoptr (MtxSecretBytes) decoded = NULL;
      char                      *encoded = mtx_recovery_key_encode (drawn);

      decoded = mtx_recovery_key_decode (encoded, NULL);
      g_assert_nonnull (decoded);
      g_assert_true (mtx_secret_bytes_equal (drawn, decoded));
      mtx_secret_string_free (encoded);
    }

  return 0;
}
