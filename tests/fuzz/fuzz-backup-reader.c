/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole backup, read entry by entry: of anything that is JSON it finds exactly the entries that are in it, and of
 * anything else it comes to an end.
 */
#include "mtx-fuzz.h"

#include "mtx-json.h"
#include "mtx-key-backup-reader.h"

static const MtxJsonLimits limits = { .max_bytes = 1 << 20, .reject_duplicates = TRUE };

static guint
count_entries (JsonObject *backup)
{
  JsonObject    *rooms = mtx_json_get_object (backup, "rooms");
  JsonObjectIter iter;
  const char    *room_id = NULL;
  JsonNode      *node = NULL;
  guint          n_entries = 0;

  if (rooms == NULL)
    return 0;

  json_object_iter_init (&iter, rooms);
  while (json_object_iter_next (&iter, &room_id, &node))
    {
      JsonObject *sessions = JSON_NODE_HOLDS_OBJECT (node) ? mtx_json_get_object (json_node_get_object (node), "sessions") : NULL;

      n_entries += sessions != NULL ? json_object_get_size (sessions) : 0;
    }

  return n_entries;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes)          bytes = g_bytes_new (data, size);
  g_autoptr (MtxBackupReader) reader = mtx_backup_reader_new (bytes);
  g_autoptr (JsonObject)      whole = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (GError)          error = NULL;
  guint                       n_entries = 0;
  gboolean                    more = TRUE;

  while (more)
    {
      g_autofree char       *room_id = NULL;
      g_autofree char       *session_id = NULL;
      g_autoptr (JsonObject) item = NULL;

      more = mtx_backup_reader_next (reader, &room_id, &session_id, &item, &error);
      if (more)
        {
          g_assert_no_error (error);
          g_assert_true (room_id != NULL && session_id != NULL);
          g_assert_cmpuint (++n_entries, <=, size);
        }
    }

  if (whole != NULL)
    {
      g_assert_no_error (error);
      g_assert_cmpuint (n_entries, ==, count_entries (whole));
    }

  return 0;
}
