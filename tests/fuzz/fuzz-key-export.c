/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file of exported keys: it opens with what was put in, or not at all.
 */
#include "mtx-fuzz.h"

#include "mtx-error.h"
#include "mtx-key-export.h"
#include "mtx-secret-bytes.h"

/* Under this passphrase the corpus holds files with one text. */
#define PASSPHRASE "1234"
#define TEXT       "[{\"algorithm\":\"m.megolm.v1.aes-sha2\"}]"
#define ROUNDS     2

static void
check_file (const char *file,
            gsize       length)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) plaintext = mtx_key_export_decrypt (PASSPHRASE, ROUNDS, file, length, &error);

  if (plaintext != NULL)
    g_assert_cmpmem (mtx_secret_bytes_get (plaintext, NULL), mtx_secret_bytes_get_size (plaintext), TEXT, strlen (TEXT));
  else
    g_assert_true (g_error_matches (error, MTX_ERROR, MTX_ERROR_INVALID)
                   || g_error_matches (error, MTX_ERROR, MTX_ERROR_TOO_LARGE)
                   || g_error_matches (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET));
}

static void
check_both_ways (const guint8 *plaintext,
                 gsize         length)
{
  g_autofree char           *file = mtx_key_export_encrypt (PASSPHRASE, 1, plaintext, length, NULL);
  g_autoptr (MtxSecretBytes) back = mtx_key_export_decrypt (PASSPHRASE, 1, file, strlen (file), NULL);

  g_assert_nonnull (back);
  g_assert_cmpmem (mtx_secret_bytes_get (back, NULL), mtx_secret_bytes_get_size (back), plaintext, length);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  /* libFuzzer's first input is no memory at all. */
  const guint8 *bytes = size > 0 ? data : (const guint8 *)"";

  check_file ((const char *)bytes, size);
  check_both_ways (bytes, size);

  return 0;
}
