/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Applies state to the record of a room. Two things never change once they are known, whatever a server says
 * later: that a room is encrypted, and who created it.
 */
#include "mtx-room-summary.h"

#include "mtx-json.h"
#include "mtx-megolm-rotation.h"

#define MAX_NAME_BYTES       1024
#define MAX_CREATORS         100
#define ALGORITHM_UNREADABLE "unknown" /* encrypted, but nobody can say how: nothing may be sent */

static char *
creators_to_json (GStrv creators)
{
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (JsonNode)  node = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; creators[i] != NULL; i++)
    json_array_add_string_element (array, creators[i]);
  json_node_set_array (node, array);

  return json_to_string (node, FALSE);
}

static GStrv
creators_from_json (const char *text)
{
  g_autoptr (JsonNode)     node = text != NULL ? json_from_string (text, NULL) : NULL;
  g_autoptr (GStrvBuilder) creators = g_strv_builder_new ();
  JsonArray               *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL)
    return NULL;

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (mtx_json_array_string (array, i) != NULL)
      g_strv_builder_add (creators, mtx_json_array_string (array, i));

  return g_strv_builder_end (creators);
}

/* Names are for a person's eye: without control characters, and not endless. */
static void
set_words (char      **field,
           const char *untrusted)
{
  g_autofree char *words = NULL;

  if (untrusted == NULL || *untrusted == '\0')
    {
      g_clear_pointer (field, g_free);
      return;
    }

  words = g_utf8_make_valid (untrusted, (gssize)MIN (strlen (untrusted), (gsize)MAX_NAME_BYTES));
  for (char *c = words; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  g_set_str (field, g_strstrip (words));
}

static void
apply_create (MtxRoomSummary *self,
              MtxEvent       *event,
              JsonObject     *content)
{
  g_autoptr (GStrvBuilder) creators = g_strv_builder_new ();
  JsonArray               *others = mtx_json_get_array (content, "additional_creators");
  const char              *version = mtx_json_get_string (content, "room_version");

  if (self->room_version != NULL)
    return;

  g_strv_builder_add (creators, mtx_event_get_sender (event));
  for (guint i = 0; others != NULL && i < MIN (json_array_get_length (others), (guint)MAX_CREATORS); i++)
    if (mtx_json_array_string (others, i) != NULL)
      g_strv_builder_add (creators, mtx_json_array_string (others, i));

  g_strfreev (self->creators);
  self->creators = g_strv_builder_end (creators);
  self->room_version = g_strdup (version != NULL ? version : "1");
}

/**
 * mtx_room_summary_new:
 * @room_id: a room
 *
 * Returns: (transfer full): the record of a room of which nothing is known
 */
MtxRoomSummary *
mtx_room_summary_new (const char *room_id)
{
  MtxRoomSummary *self = g_new0 (MtxRoomSummary, 1);

  self->room_id = g_strdup (room_id);

  return self;
}

/**
 * mtx_room_summary_new_from_row:
 * @row: a stored room
 *
 * Returns: (transfer full): its record
 */
MtxRoomSummary *
mtx_room_summary_new_from_row (MtxRoomRow *row)
{
  MtxRoomSummary *self = mtx_room_summary_new (row->room_id);

  self->name = g_strdup (row->name);
  self->canonical_alias = g_strdup (row->canonical_alias);
  self->algorithm = g_strdup (row->encryption_algorithm);
  self->history_visibility = g_strdup (row->history_visibility);
  self->room_version = g_strdup (row->room_version);
  self->power_levels = g_strdup (row->power_levels);
  self->inviter = g_strdup (row->inviter);
  self->creators = creators_from_json (row->creators);
  self->membership = mtx_membership_from_string (row->membership);
  self->rotation_period_ms = row->rotation_period_ms;
  self->rotation_period_msgs = row->rotation_period_msgs;
  self->joined_count = row->joined_count;
  self->invited_count = row->invited_count;
  self->last_activity_at = row->last_activity_at;
  self->members_complete = row->members_complete;
  self->is_direct = row->is_direct;

  return self;
}

/**
 * mtx_room_summary_free:
 * @self: (transfer full): a record
 *
 * Frees it.
 */
void
mtx_room_summary_free (MtxRoomSummary *self)
{
  g_free (self->room_id);
  g_free (self->name);
  g_free (self->canonical_alias);
  g_free (self->algorithm);
  g_free (self->history_visibility);
  g_free (self->room_version);
  g_free (self->power_levels);
  g_free (self->inviter);
  g_strfreev (self->creators);
  g_free (self);
}

/**
 * mtx_room_summary_put:
 * @self: a record
 * @changes: where the write is added
 *
 * Writes the record's row.
 */
void
mtx_room_summary_put (MtxRoomSummary *self,
                      MtxChangeSet   *changes)
{
  g_autofree char *creators = self->creators != NULL ? creators_to_json (self->creators) : NULL;
  MtxRoomRow       row = {
          .room_id = self->room_id,
          .membership = mtx_membership_to_string (self->membership),
          .name = self->name,
          .canonical_alias = self->canonical_alias,
          .encryption_algorithm = self->algorithm,
          .rotation_period_ms = self->rotation_period_ms,
          .rotation_period_msgs = self->rotation_period_msgs,
          .history_visibility = self->history_visibility,
          .room_version = self->room_version,
          .creators = creators,
          .power_levels = self->power_levels,
          .inviter = self->inviter,
          .joined_count = self->joined_count,
          .invited_count = self->invited_count,
          .members_complete = self->members_complete,
          .is_direct = self->is_direct,
          .last_activity_at = self->last_activity_at,
  };

  mtx_room_store_put_room (changes, &row);
}

/**
 * mtx_room_summary_apply_encryption:
 * @self: a record
 * @untrusted_content: content of `m.room.encryption`, which may be empty
 *
 * The room is encrypted from now on. The first algorithm seen stays: a later event, empty, redacted or naming
 * another one, changes nothing (M28, threats 50–51). One that cannot be read counts as an algorithm nobody
 * knows, so that nothing is sent. The rotation is kept within its bounds (threat 52).
 */
void
mtx_room_summary_apply_encryption (MtxRoomSummary *self,
                                   JsonObject     *untrusted_content)
{
  const char       *algorithm = mtx_json_get_string (untrusted_content, "algorithm");
  MtxMegolmRotation rotation;

  if (self->algorithm != NULL)
    return;

  mtx_megolm_rotation_init (&rotation, untrusted_content);
  self->algorithm = g_strdup (algorithm != NULL && *algorithm != '\0' ? algorithm : ALGORITHM_UNREADABLE);
  self->rotation_period_ms = rotation.period_ms;
  self->rotation_period_msgs = rotation.messages;
}

/**
 * mtx_room_summary_apply_state:
 * @self: a record
 * @event: a state event of the room
 *
 * Takes over what the event says. Encrypted state (MSC4362) and unknown types change nothing.
 */
void
mtx_room_summary_apply_state (MtxRoomSummary *self,
                              MtxEvent       *event)
{
  const char *type = mtx_event_get_type_name (event);
  JsonObject *content = mtx_event_get_content (event);

  if (mtx_event_get_kind (event) != MTX_EVENT_KIND_STATE || *mtx_event_get_state_key (event) != '\0')
    return;

  if (g_str_equal (type, "m.room.encryption"))
    mtx_room_summary_apply_encryption (self, content);
  else if (g_str_equal (type, "m.room.create"))
    apply_create (self, event, content);
  else if (g_str_equal (type, "m.room.name"))
    set_words (&self->name, mtx_json_get_string (content, "name"));
  else if (g_str_equal (type, "m.room.canonical_alias"))
    set_words (&self->canonical_alias, mtx_json_get_string (content, "alias"));
  else if (g_str_equal (type, "m.room.history_visibility"))
    g_set_str (&self->history_visibility, mtx_json_get_string (content, "history_visibility"));
  else if (g_str_equal (type, "m.room.power_levels"))
    {
      g_free (self->power_levels);
      self->power_levels = mtx_json_to_string (content);
    }
}

/**
 * mtx_room_summary_apply_invitation:
 * @self: a record
 * @stripped: (element-type MtxEvent): the invitation's state
 * @own_user_id: our user id
 *
 * Takes over what an invitation shows: a name, and who invites. The rest of stripped state proves nothing and
 * waits until we are in the room.
 */
void
mtx_room_summary_apply_invitation (MtxRoomSummary *self,
                                   GPtrArray      *stripped,
                                   const char     *own_user_id)
{
  for (guint i = 0; i < stripped->len; i++)
    {
      MtxEvent   *event = g_ptr_array_index (stripped, i);
      const char *type = mtx_event_get_type_name (event);

      if (g_str_equal (type, "m.room.name") || g_str_equal (type, "m.room.canonical_alias"))
        mtx_room_summary_apply_state (self, event);
      else if (mtx_event_get_membership (event) == MTX_MEMBERSHIP_INVITE && g_str_equal (mtx_event_get_state_key (event), own_user_id))
        g_set_str (&self->inviter, mtx_event_get_sender (event));
    }
}
