/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A backup as the server sends it, and what its entries hold: refused or wholly readable, and never without end.
 */
#include "mtx-fuzz.h"

#include "mtx-id.h"
#include "mtx-key-backup-reader.h"
#include "mtx-received-key.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes)          bytes = g_bytes_new (data, size);
  g_autoptr (MtxBackupReader) reader = mtx_backup_reader_new (bytes);
  gsize                       n_items = 0;

  for (;;)
    {
      g_autofree char       *room_id = NULL;
      g_autofree char       *session_id = NULL;
      g_autoptr (JsonObject) item = NULL;

      if (!mtx_backup_reader_next (reader, &room_id, &session_id, &item, NULL))
        break;

      g_assert_nonnull (room_id);
      g_assert_nonnull (session_id);
      g_assert_cmpuint (++n_items, <=, size);
      if (item != NULL)
        {
          g_autoptr (MtxReceivedKey) key = mtx_received_key_new_from_json (item, room_id, session_id, NULL);

          if (key != NULL)
            {
              g_assert_true (key->claim->imported);
              g_assert_null (key->claim->sender_user);
              g_assert_cmpstr (key->claim->room_id, ==, room_id);
              g_assert_cmpstr (key->claim->session_id, ==, session_id);
            }
        }
    }

  return 0;
}
