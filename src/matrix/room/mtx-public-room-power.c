/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who has power in a public room. In a room we are not in, its creation and its power levels are asked for and
 * kept; the rest of the state is of no use to us.
 */
#include "mtx-public-room-private.h"

#include "mtx-change-set.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-public-requests.h"
#include "mtx-room-store.h"

#define TYPE_CREATE            "m.room.create"
#define TYPE_POWER_LEVELS      "m.room.power_levels"
#define MAX_STORED_STATE_BYTES (1024 * 1024)

static JsonObject *
parse_stored (const char *json)
{
  MtxJsonLimits limits = { .max_bytes = MAX_STORED_STATE_BYTES, .max_depth = MTX_JSON_MAX_DEPTH };

  return json != NULL ? mtx_json_parse_object (json, -1, &limits, NULL) : NULL;
}

static gboolean
is_wanted (const char *type,
           const char *state_key)
{
  return state_key != NULL && *state_key == '\0' && (g_str_equal (type, TYPE_CREATE) || g_str_equal (type, TYPE_POWER_LEVELS));
}

static void
set_state (MtxPublicRoom *self,
           const char    *type,
           const char    *sender,
           JsonObject    *content)
{
  MtxEventFields       fields = { .room_id = self->room_id, .sender = sender, .type = type, .state_key = "" };
  g_autoptr (MtxEvent) event = mtx_event_new_stored (&fields, content);

  mtx_room_summary_apply_state (self->summary, event);
  g_clear_pointer (&self->levels, mtx_power_levels_unref);
}

static void
put_state (MtxPublicRoom *self,
           MtxChangeSet  *changes,
           const char    *type,
           const char    *sender,
           JsonObject    *content)
{
  g_autofree char *text = mtx_json_to_string (content);
  MtxStateRow      row = {
         .room_id = self->room_id,
         .type = type,
         .state_key = "",
         .content = text,
         .sender = sender,
  };

  mtx_room_store_put_state (changes, &row);
}

/* Reads what was kept of the state. */
gboolean
_mtx_public_room_load_power (MtxPublicRoom *self,
                             GError       **error)
{
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_room_store_load_state (self->db, self->room_id), error);

  if (rows == NULL)
    return FALSE;

  for (guint i = 0; i < rows->len; i++)
    {
      MtxStateRow           *row = g_ptr_array_index (rows, i);
      g_autoptr (JsonObject) content = parse_stored (row->content);

      if (content != NULL && is_wanted (row->type, row->state_key))
        set_state (self, row->type, row->sender, content);
    }

  return TRUE;
}

/* All of the state, once: who made a room is nowhere else to be had (M31), and it never changes. */
static gboolean
fetch_state (MtxPublicRoom *self,
             MtxHttp       *http,
             MtxChangeSet  *changes,
             GError       **error)
{
  g_autoptr (MtxEventChunk) chunk = dex_await_boxed (mtx_public_requests_fetch_state (http, self->room_id), error);

  if (chunk == NULL)
    return FALSE;

  for (guint i = 0; i < chunk->events->len; i++)
    {
      MtxEvent   *event = g_ptr_array_index (chunk->events, i);
      const char *type = mtx_event_get_type_name (event);

      if (!is_wanted (type, mtx_event_get_state_key (event)))
        continue;
      set_state (self, type, mtx_event_get_sender (event), mtx_event_get_content (event));
      put_state (self, changes, type, mtx_event_get_sender (event), mtx_event_get_content (event));
    }

  return TRUE;
}

static gboolean
fetch_levels (MtxPublicRoom *self,
              MtxHttp       *http,
              MtxChangeSet  *changes,
              GError       **error)
{
  g_autoptr (GError)   failure = NULL;
  g_autoptr (MtxReply) reply = dex_await_boxed (mtx_public_requests_fetch_levels (http, self->room_id), &failure);

  /* State cannot be taken back: a room without power levels never had any. */
  if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return TRUE;
  if (reply == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  /* The content comes without its sender, who is of no interest. */
  set_state (self, TYPE_POWER_LEVELS, "", mtx_reply_get_body (reply));
  put_state (self, changes, TYPE_POWER_LEVELS, "", mtx_reply_get_body (reply));

  return TRUE;
}

/* Asks who has power if that is not known to be current. Sync tells it of rooms we are in. */
gboolean
_mtx_public_room_fetch_power (MtxPublicRoom *self,
                              MtxHttp       *http,
                              GError       **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  gboolean                 fetched;

  if (self->power_current)
    return TRUE;

  if (self->summary->room_version == NULL)
    fetched = fetch_state (self, http, changes, error);
  else
    fetched = fetch_levels (self, http, changes, error);
  if (!fetched)
    return FALSE;

  if (!mtx_change_set_is_empty (changes) && !dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  self->power_current = TRUE;

  return TRUE;
}

/* How many of the posts in the window are by people with power. */
guint
_mtx_public_room_count_powerful (MtxPublicRoom *self)
{
  g_autoptr (MtxPowerLevels) levels = mtx_public_room_dup_power_levels (self);
  guint                      count = 0;

  for (guint i = 0; levels != NULL && i < mtx_public_window_get_n (self->window); i++)
    if (mtx_power_levels_can_moderate (levels, mtx_event_get_sender (mtx_public_window_get (self->window, i))))
      count++;

  return count;
}

/**
 * mtx_public_room_dup_power_levels:
 * @self: a room
 *
 * Gets who may do what: as sync says in a room we are in, else as it was last asked for.
 *
 * Returns: (transfer full) (nullable): power levels; %NULL while nothing is known, which means that nobody is
 *   known to have power
 */
MtxPowerLevels *
mtx_public_room_dup_power_levels (MtxPublicRoom *self)
{
  g_autoptr (JsonObject) content = NULL;

  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  if (mtx_public_room_get_member (self))
    return mtx_room_dup_power_levels (mtx_room_list_lookup (self->rooms, self->room_id));

  if (self->levels == NULL && self->summary != NULL && self->summary->room_version != NULL)
    {
      content = parse_stored (self->summary->power_levels);
      self->levels = mtx_power_levels_new (content, (const char *const *)self->summary->creators,
                                           self->summary->room_version);
    }

  return self->levels != NULL ? mtx_power_levels_ref (self->levels) : NULL;
}
