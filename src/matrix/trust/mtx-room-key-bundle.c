/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands in the file of a room-key bundle: `{"room_keys": [entry…], "withheld": […]}`.
 */
#include "mtx-room-key-bundle.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-json-cursor.h"
#include "mtx-received-key.h"

static const MtxJsonLimits entry_limits = { .max_bytes = 64 * 1024, .max_depth = 8, .reject_duplicates = TRUE };

/* Only keys of the room that was shared; others are nothing the sender has to give. */
static void
read_keys (MtxJsonCursor *cursor,
           const char    *room_id,
           GPtrArray     *keys,
           GError       **error)
{
  if (!mtx_json_cursor_enter_array (cursor))
    {
      mtx_json_cursor_skip (cursor, error);
      return;
    }

  while (*error == NULL && mtx_json_cursor_next_element (cursor, error) == MTX_JSON_STEP_VALUE)
    {
      g_autoptr (JsonObject) entry = mtx_json_cursor_read_object (cursor, &entry_limits, NULL);
      g_autoptr (GError)     refusal = NULL;
      MtxReceivedKey        *key = NULL;

      if (entry != NULL && keys->len < MTX_ROOM_KEY_BUNDLE_MAX_KEYS)
        key = mtx_received_key_new_from_json (entry, room_id, NULL, &refusal);
      if (key != NULL)
        g_ptr_array_add (keys, key);
    }
}

/**
 * mtx_room_key_bundle_read:
 * @untrusted: (array length=length): the decrypted file
 * @length: its bytes
 * @room_id: the room that was shared
 * @error: return location for an error
 *
 * Reads the room keys of a bundle, at most %MTX_ROOM_KEY_BUNDLE_MAX_KEYS. What is not a key of @room_id is left out;
 * the keys themselves are not looked at yet.
 *
 * Returns: (transfer full) (nullable) (element-type MtxReceivedKey): the keys, or %NULL with %MTX_ERROR_BAD_REPLY
 */
GPtrArray *
mtx_room_key_bundle_read (const char *untrusted,
                          gsize       length,
                          const char *room_id,
                          GError    **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_key_free);
  g_autoptr (GError)    failure = NULL;
  MtxJsonCursor         cursor;

  g_return_val_if_fail (untrusted != NULL && room_id != NULL, NULL);

  mtx_json_cursor_init (&cursor, untrusted, length);
  if (!mtx_json_cursor_enter_object (&cursor))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The bundle of room keys is none");
      return NULL;
    }

  while (failure == NULL)
    {
      g_autofree char *name = NULL;

      if (mtx_json_cursor_next_member (&cursor, &name, &failure) != MTX_JSON_STEP_VALUE)
        break;
      if (g_str_equal (name, "room_keys"))
        read_keys (&cursor, room_id, keys, &failure);
      else
        mtx_json_cursor_skip (&cursor, &failure);
    }
  if (failure != NULL)
    {
      g_set_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The bundle of room keys is none: %s", failure->message);
      return NULL;
    }

  return g_steal_pointer (&keys);
}
