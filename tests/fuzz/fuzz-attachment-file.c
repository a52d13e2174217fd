/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The description of an encrypted file: what is accepted names one key, one counter and one hash, each in its
 * only writing.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-attachment-cipher.h"
#include "mtx-json.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const MtxJsonLimits      limits = { .max_bytes = 65536, .max_depth = 8 };
  g_autoptr (JsonObject)          file = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (MtxAttachmentCipher) cipher = NULL;
  guint8                          output[16];
  static const guint8             input[16] = "not that file...";

  if (file == NULL)
    return 0;
  cipher = mtx_attachment_cipher_new_decrypt (file, NULL);
  if (cipher == NULL)
    return 0;

  g_assert_cmpstr (mtx_json_get_string (file, "v"), ==, "v2");
  g_assert_cmpuint (strlen (mtx_json_get_string (mtx_json_get_object (file, "key"), "k")), ==, 43);
  g_assert_cmpuint (strlen (mtx_json_get_string (file, "iv")), ==, 22);
  g_assert_cmpuint (strlen (mtx_json_get_string (mtx_json_get_object (file, "hashes"), "sha256")), ==, 43);
  g_assert_true (mtx_attachment_cipher_update (cipher, input, sizeof input, output, NULL));
  g_assert_false (mtx_attachment_cipher_finish_decrypt (cipher, NULL));

  return 0;
}
