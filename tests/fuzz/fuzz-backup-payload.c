/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `session_data` of the key backup: what opens has the strict form, and since its MAC covers nothing, any text
 * can come out, which is a room key of the place asked for or none.
 */
#include "mtx-fuzz.h"

#include <string.h>

#include "mtx-backup-cipher.h"
#include "mtx-base64.h"
#include "mtx-json.h"
#include "mtx-received-key.h"
#include "mtx-secret-bytes.h"

#define ROOM    "!room:id"
#define SESSION "ipdI6Zs/7DzFTEhiA2iGaMDfHkIYCleqXT6L+5e1/co"

static const MtxJsonLimits limits = { .max_bytes = 65536, .max_depth = 8, .reject_duplicates = TRUE };

static void
check_form (JsonObject     *payload,
            MtxSecretBytes *plaintext)
{
  g_autoptr (GBytes) ciphertext = NULL;
  gsize              size = mtx_secret_bytes_get_size (plaintext);

  g_assert_true (mtx_base64_decode_exact (mtx_json_get_string (payload, "ephemeral"), MTX_BASE64_UNPADDED,
                                          (guint8[32]){ 0 }, 32, NULL));
  g_assert_true (mtx_base64_decode_exact (mtx_json_get_string (payload, "mac"), MTX_BASE64_UNPADDED,
                                          (guint8[8]){ 0 }, 8, NULL));
  ciphertext = mtx_base64_decode (mtx_json_get_string (payload, "ciphertext"), MTX_BASE64_UNPADDED, NULL);
  g_assert_nonnull (ciphertext);
  g_assert_cmpuint (g_bytes_get_size (ciphertext) % 16, ==, 0);
  g_assert_cmpuint (size, <, g_bytes_get_size (ciphertext));
  g_assert_cmpuint (size + 16, >=, g_bytes_get_size (ciphertext));
}

static void
check_content (MtxSecretBytes *plaintext)
{
  g_autoptr (JsonObject)     object = NULL;
  g_autoptr (MtxReceivedKey) key = NULL;
  const guint8              *bytes;
  gsize                      length;

  bytes = mtx_secret_bytes_get (plaintext, &length);
  object = mtx_json_parse_object ((const char *)bytes, (gssize)length, &limits, NULL);
  if (object != NULL)
    key = mtx_received_key_new_from_json (object, ROOM, SESSION, NULL);
  if (key == NULL)
    return;

  g_assert_true (key->claim->imported);
  g_assert_cmpstr (key->claim->room_id, ==, ROOM);
  g_assert_cmpstr (key->claim->session_id, ==, SESSION);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static MtxSecretBytes     *private_key;
  g_autoptr (JsonObject)     payload = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (MtxSecretBytes) plaintext = NULL;
  g_autoptr (GError)         error = NULL;

  if (payload == NULL)
    return 0;
  /* matrix-js-sdk, spec/test-utils/crypto-test-data; the corpus holds its payload. */
  if (private_key == NULL)
    private_key = mtx_base64_decode_secret ("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo", MTX_BASE64_UNPADDED, NULL);

  plaintext = mtx_backup_decrypt (private_key, mtx_json_get_string (payload, "ephemeral"),
                                  mtx_json_get_string (payload, "ciphertext"), mtx_json_get_string (payload, "mac"),
                                  &error);
  g_assert_true ((plaintext != NULL) == (error == NULL));
  if (plaintext != NULL)
    {
      check_form (payload, plaintext);
      check_content (plaintext);
    }

  return 0;
}
