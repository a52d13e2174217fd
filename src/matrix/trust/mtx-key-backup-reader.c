/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All of a backup as the server sends it, read one entry at a time:
 * `{"rooms": {room: {"sessions": {session: entry}}}}`.
 */
#include "mtx-key-backup-reader.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-json-cursor.h"

typedef enum
{
  LEVEL_START,
  LEVEL_ANSWER,
  LEVEL_ROOMS,
  LEVEL_ROOM,
  LEVEL_SESSIONS,
  LEVEL_END,
} Level;

struct _MtxBackupReader
{
  GBytes       *bytes;
  MtxJsonCursor cursor;
  Level         level;
  char         *room_id;
};

/* A room key takes about a thousand bytes here. */
static const MtxJsonLimits item_limits = {
  .max_bytes = 64 * 1024,
  .max_depth = 8,
  .reject_duplicates = TRUE,
};

/**
 * mtx_backup_reader_new:
 * @untrusted: the answer to `GET /room_keys/keys`
 *
 * Returns: (transfer full): a reader; for one thread at a time
 */
MtxBackupReader *
mtx_backup_reader_new (GBytes *untrusted)
{
  MtxBackupReader *self;
  const char      *text;
  gsize            length;

  g_return_val_if_fail (untrusted != NULL, NULL);

  text = g_bytes_get_data (untrusted, &length);
  self = g_new0 (MtxBackupReader, 1);
  self->bytes = g_bytes_ref (untrusted);
  mtx_json_cursor_init (&self->cursor, text, length);

  return self;
}

/**
 * mtx_backup_reader_free:
 * @self: (transfer full): a reader
 *
 * Frees it.
 */
void
mtx_backup_reader_free (MtxBackupReader *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->room_id, g_free);
  g_free (self);
}

/* Goes into what may lead to entries, and past everything else. */
static gboolean
step_into (MtxBackupReader *self,
           const char      *name,
           GError         **error)
{
  gboolean is_wanted = (self->level == LEVEL_ANSWER && g_str_equal (name, "rooms")) || self->level == LEVEL_ROOMS
                       || (self->level == LEVEL_ROOM && g_str_equal (name, "sessions"));

  if (!is_wanted || !mtx_json_cursor_enter_object (&self->cursor))
    return mtx_json_cursor_skip (&self->cursor, error);

  if (self->level == LEVEL_ROOMS)
    g_set_str (&self->room_id, name);
  self->level++;

  return TRUE;
}

/**
 * mtx_backup_reader_next:
 * @self: a reader
 * @room_id: (out) (transfer full): the room of the next entry
 * @session_id: (out) (transfer full): its session
 * @untrusted_item: (out) (transfer full) (nullable): the entry, or %NULL if it is none
 * @error: return location for an error
 *
 * Reads the next entry.
 *
 * Returns: %FALSE without an error at the end, with %MTX_ERROR_BAD_REPLY if the rest is no backup
 */
gboolean
mtx_backup_reader_next (MtxBackupReader *self,
                        char           **room_id,
                        char           **session_id,
                        JsonObject     **untrusted_item,
                        GError         **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->level == LEVEL_START)
    {
      if (!mtx_json_cursor_enter_object (&self->cursor))
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server's answer is no backup");
          return FALSE;
        }
      self->level = LEVEL_ANSWER;
    }

  while (self->level != LEVEL_END && failure == NULL)
    {
      g_autofree char *name = NULL;
      MtxJsonStep      step = mtx_json_cursor_next_member (&self->cursor, &name, &failure);

      if (step == MTX_JSON_STEP_END)
        self->level = self->level == LEVEL_ANSWER ? LEVEL_END : self->level - 1;
      else if (step == MTX_JSON_STEP_VALUE && self->level != LEVEL_SESSIONS)
        step_into (self, name, &failure);
      else if (step == MTX_JSON_STEP_VALUE)
        {
          *room_id = g_strdup (self->room_id);
          *session_id = g_steal_pointer (&name);
          *untrusted_item = mtx_json_cursor_read_object (&self->cursor, &item_limits, NULL);
          return TRUE;
        }
    }

  if (failure != NULL)
    g_set_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server's answer is no backup: %s", failure->message);

  return FALSE;
}
