/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads /sync by shape (specification, § Syncing). Nothing a server puts into one element can spoil another.
 */
#include "mtx-sync-response.h"

#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"

#define KEY_ALGORITHM    "signed_curve25519"
#define MAX_NAME_BYTES   255
#define MAX_RECEIPTS     10000
#define MAX_DIRECT_USERS 10000
#define MAX_ACCOUNT_DATA 100
#define MAX_TOKEN_BYTES  65536

G_DEFINE_BOXED_TYPE (MtxSyncResponse, mtx_sync_response, mtx_sync_response_ref, mtx_sync_response_unref)

static void
to_device_event_free (gpointer data)
{
  MtxToDeviceEvent *self = data;

  g_free (self->sender);
  g_free (self->type);
  json_object_unref (self->content);
  g_free (self);
}

static void
receipt_free (gpointer data)
{
  MtxSyncReceipt *self = data;

  g_free (self->user_id);
  g_free (self->event_id);
  g_free (self->thread_id);
  g_free (self);
}

static void
room_free (gpointer data)
{
  MtxSyncRoom *self = data;

  g_free (self->room_id);
  g_free (self->prev_batch);
  g_clear_pointer (&self->state, g_ptr_array_unref);
  g_clear_pointer (&self->timeline, g_ptr_array_unref);
  g_clear_pointer (&self->receipts, g_ptr_array_unref);
  g_free (self);
}

static gboolean
is_token (const char *untrusted)
{
  return untrusted != NULL && *untrusted != '\0' && strlen (untrusted) <= MAX_TOKEN_BYTES;
}

static gboolean
is_user (const char *untrusted)
{
  g_autoptr (MtxUserId) user = untrusted != NULL ? mtx_user_id_new (untrusted, NULL) : NULL;

  return user != NULL;
}

static gboolean
is_room (const char *untrusted)
{
  g_autoptr (MtxRoomId) room = untrusted != NULL ? mtx_room_id_new (untrusted, NULL) : NULL;

  return room != NULL;
}

static gboolean
is_event (const char *untrusted)
{
  g_autoptr (MtxEventId) event = untrusted != NULL ? mtx_event_id_new (untrusted, NULL) : NULL;

  return event != NULL;
}

/* The length of @array, or @max; the rest counts as bad. */
static guint
capped_length (MtxSyncResponse *self,
               JsonArray       *array,
               guint            max)
{
  guint length = array != NULL ? json_array_get_length (array) : 0;

  if (length > max)
    {
      self->bad += length - max;
      return max;
    }

  return length;
}

static void
read_to_device (MtxSyncResponse *self,
                JsonObject      *sync)
{
  JsonArray *events = mtx_json_get_array (mtx_json_get_object (sync, "to_device"), "events");
  guint      length = capped_length (self, events, MTX_SYNC_MAX_TO_DEVICE);

  for (guint i = 0; i < length; i++)
    {
      JsonObject       *event = mtx_json_array_object (events, i);
      const char       *sender = mtx_json_get_string (event, "sender");
      const char       *type = mtx_json_get_string (event, "type");
      JsonObject       *content = mtx_json_get_object (event, "content");
      MtxToDeviceEvent *taken = NULL;

      if (!is_user (sender) || type == NULL || *type == '\0' || strlen (type) > MAX_NAME_BYTES || content == NULL)
        {
          self->bad++;
          continue;
        }

      taken = g_new0 (MtxToDeviceEvent, 1);
      taken->sender = g_strdup (sender);
      taken->type = g_strdup (type);
      taken->content = json_object_ref (content);
      g_ptr_array_add (self->to_device, taken);
    }
}

static GStrv
read_users (MtxSyncResponse *self,
            JsonObject      *lists,
            const char      *name)
{
  g_autoptr (GStrvBuilder) users = g_strv_builder_new ();
  JsonArray               *array = mtx_json_get_array (lists, name);
  guint                    length = capped_length (self, array, MTX_SYNC_MAX_DEVICE_USERS);

  for (guint i = 0; i < length; i++)
    {
      const char *user = mtx_json_array_string (array, i);

      if (is_user (user))
        g_strv_builder_add (users, user);
      else
        self->bad++;
    }

  return g_strv_builder_end (users);
}

static void
read_keys (MtxSyncResponse *self,
           JsonObject      *sync)
{
  JsonObject *lists = mtx_json_get_object (sync, "device_lists");
  JsonObject *counts = mtx_json_get_object (sync, "device_one_time_keys_count");
  JsonArray  *unused = mtx_json_get_array (sync, "device_unused_fallback_key_types");
  gint64      count = 0;

  self->changed = read_users (self, lists, "changed");
  self->left = read_users (self, lists, "left");

  if (mtx_json_get_int (counts, KEY_ALGORITHM, &count))
    self->one_time_key_count = MAX (count, 0);

  self->has_unused_fallback_types = unused != NULL;
  for (guint i = 0; unused != NULL && i < json_array_get_length (unused); i++)
    if (g_strcmp0 (mtx_json_array_string (unused, i), KEY_ALGORITHM) == 0)
      self->fallback_key_unused = TRUE;
}

static void
read_events (MtxSyncResponse *self,
             MtxSyncRoom     *room,
             JsonArray       *array,
             gboolean         stripped,
             GPtrArray       *events)
{
  guint length = capped_length (self, array, MTX_SYNC_MAX_ROOM_EVENTS);

  for (guint i = 0; i < length; i++)
    {
      JsonObject *untrusted = mtx_json_array_object (array, i);
      MtxEvent   *event = NULL;

      if (untrusted != NULL)
        event = stripped ? mtx_event_new_stripped (untrusted, room->room_id, NULL)
                         : mtx_event_new_from_json (untrusted, room->room_id, NULL);

      if (event != NULL)
        g_ptr_array_add (events, event);
      else
        self->bad++;
    }
}

static void
drop_messages (GPtrArray *state)
{
  for (guint i = state->len; i > 0; i--)
    if (mtx_event_get_state_key (g_ptr_array_index (state, i - 1)) == NULL)
      g_ptr_array_remove_index (state, i - 1);
}

/* The state events of the timeline, oldest first; all of them, or the members only. */
static void
add_timeline_state (MtxSyncRoom *room,
                    gboolean     members_only)
{
  for (guint i = 0; i < room->timeline->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (room->timeline, i);

      if (mtx_event_get_state_key (event) != NULL && (!members_only || mtx_event_get_kind (event) == MTX_EVENT_KIND_MEMBER))
        g_ptr_array_add (room->state, mtx_event_ref (event));
    }
}

/* State after the timeline: given as such (MSC4222, M6), or what was before it plus what it changes. Lazy loading
 * may leave somebody who was removed or invited out of the former, because that person said nothing; so who comes
 * and goes in the timeline counts as well, unless the state says otherwise. */
static void
read_state (MtxSyncResponse *self,
            MtxSyncRoom     *room,
            JsonObject      *object)
{
  JsonObject *after = mtx_json_get_object (object, "state_after");

  if (after == NULL)
    after = mtx_json_get_object (object, "org.matrix.msc4222.state_after");

  if (after != NULL)
    {
      add_timeline_state (room, TRUE);
      read_events (self, room, mtx_json_get_array (after, "events"), FALSE, room->state);
    }
  else
    {
      read_events (self, room, mtx_json_get_array (mtx_json_get_object (object, "state"), "events"), FALSE, room->state);
      add_timeline_state (room, FALSE);
    }
  drop_messages (room->state);
}

static void
read_receipt (MtxSyncResponse *self,
              MtxSyncRoom     *room,
              const char      *event_id,
              JsonObject      *readers)
{
  JsonObjectIter iter;
  const char    *user_id = NULL;

  if (readers == NULL)
    return;

  json_object_iter_init (&iter, readers);
  while (json_object_iter_next (&iter, &user_id, NULL))
    {
      JsonObject     *details = mtx_json_get_object (readers, user_id);
      MtxSyncReceipt *receipt = NULL;

      if (!is_user (user_id) || details == NULL || room->receipts->len >= MAX_RECEIPTS)
        {
          self->bad++;
          continue;
        }

      receipt = g_new0 (MtxSyncReceipt, 1);
      receipt->user_id = g_strdup (user_id);
      receipt->event_id = g_strdup (event_id);
      receipt->thread_id = g_strdup (mtx_json_get_string (details, "thread_id"));
      mtx_json_get_int (details, "ts", &receipt->timestamp_ms);
      g_ptr_array_add (room->receipts, receipt);
    }
}

static void
read_receipts (MtxSyncResponse *self,
               MtxSyncRoom     *room,
               JsonObject      *object)
{
  JsonArray *events = mtx_json_get_array (mtx_json_get_object (object, "ephemeral"), "events");
  guint      length = capped_length (self, events, MAX_RECEIPTS);

  for (guint i = 0; i < length; i++)
    {
      JsonObject    *event = mtx_json_array_object (events, i);
      JsonObject    *content = mtx_json_get_object (event, "content");
      JsonObjectIter iter;
      const char    *event_id = NULL;

      if (g_strcmp0 (mtx_json_get_string (event, "type"), "m.receipt") != 0)
        continue;
      if (content == NULL)
        {
          self->bad++;
          continue;
        }

      json_object_iter_init (&iter, content);
      while (json_object_iter_next (&iter, &event_id, NULL))
        {
          JsonObject *kinds = mtx_json_get_object (content, event_id);

          if (is_event (event_id) && kinds != NULL)
            read_receipt (self, room, event_id, mtx_json_get_object (kinds, "m.read"));
          else
            self->bad++;
        }
    }
}

static void
read_live_room (MtxSyncResponse *self,
                MtxSyncRoom     *room,
                JsonObject      *object)
{
  JsonObject *timeline = mtx_json_get_object (object, "timeline");
  JsonObject *summary = mtx_json_get_object (object, "summary");
  const char *prev_batch = mtx_json_get_string (timeline, "prev_batch");
  gint64      count = 0;

  mtx_json_get_boolean (timeline, "limited", &room->limited);
  room->prev_batch = is_token (prev_batch) ? g_strdup (prev_batch) : NULL;
  read_events (self, room, mtx_json_get_array (timeline, "events"), FALSE, room->timeline);
  read_state (self, room, object);
  read_receipts (self, room, object);

  if (mtx_json_get_int (summary, "m.joined_member_count", &count) && count >= 0)
    room->joined_count = count;
  if (mtx_json_get_int (summary, "m.invited_member_count", &count) && count >= 0)
    room->invited_count = count;
}

static void
read_section (MtxSyncResponse *self,
              JsonObject      *rooms,
              const char      *name,
              MtxSyncSection   section,
              const char      *stripped_name)
{
  JsonObject    *table = mtx_json_get_object (rooms, name);
  JsonObjectIter iter;
  const char    *room_id = NULL;

  if (table == NULL)
    return;

  json_object_iter_init (&iter, table);
  while (json_object_iter_next (&iter, &room_id, NULL))
    {
      JsonObject  *object = mtx_json_get_object (table, room_id);
      MtxSyncRoom *room = NULL;

      if (!is_room (room_id) || object == NULL || self->rooms->len >= MTX_SYNC_MAX_ROOMS)
        {
          self->bad++;
          continue;
        }

      room = g_new0 (MtxSyncRoom, 1);
      room->room_id = g_strdup (room_id);
      room->section = section;
      room->joined_count = -1;
      room->invited_count = -1;
      room->state = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);
      room->timeline = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);
      room->receipts = g_ptr_array_new_with_free_func (receipt_free);
      g_ptr_array_add (self->rooms, room);

      if (stripped_name != NULL)
        read_events (self, room, mtx_json_get_array (mtx_json_get_object (object, stripped_name), "events"), TRUE, room->state);
      else
        read_live_room (self, room, object);
    }
}

static void
read_direct (MtxSyncResponse *self,
             JsonObject      *content)
{
  JsonObjectIter iter;
  const char    *user_id = NULL;

  self->direct = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);

  json_object_iter_init (&iter, content);
  while (json_object_iter_next (&iter, &user_id, NULL))
    {
      g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
      JsonArray               *array = mtx_json_get_array (content, user_id);
      guint                    length = capped_length (self, array, MTX_SYNC_MAX_ROOMS);

      if (!is_user (user_id) || array == NULL || g_hash_table_size (self->direct) >= MAX_DIRECT_USERS)
        {
          self->bad++;
          continue;
        }

      for (guint i = 0; i < length; i++)
        {
          const char *room_id = mtx_json_array_string (array, i);

          if (is_room (room_id))
            g_strv_builder_add (ids, room_id);
          else
            self->bad++;
        }
      g_hash_table_insert (self->direct, g_strdup (user_id), g_strv_builder_end (ids));
    }
}

static void
read_account_data (MtxSyncResponse *self,
                   JsonObject      *sync)
{
  JsonArray *events = mtx_json_get_array (mtx_json_get_object (sync, "account_data"), "events");

  for (guint i = 0; events != NULL && i < json_array_get_length (events); i++)
    {
      JsonObject *event = mtx_json_array_object (events, i);
      JsonObject *content = mtx_json_get_object (event, "content");
      const char *type = mtx_json_get_string (event, "type");

      if (g_strcmp0 (type, "m.direct") == 0)
        g_clear_pointer (&self->direct, g_hash_table_unref);

      if (type == NULL || content == NULL || g_hash_table_size (self->account_data) >= MAX_ACCOUNT_DATA)
        self->bad++;
      else if (g_str_equal (type, "m.direct"))
        read_direct (self, content);
      else
        g_hash_table_replace (self->account_data, g_strdup (type), json_object_ref (content));
    }
}

/**
 * mtx_sync_response_new_empty:
 *
 * Returns: (transfer full): values that say nothing, without a token: for what is shown like a sync and is none
 */
MtxSyncResponse *
mtx_sync_response_new_empty (void)
{
  MtxSyncResponse *self = g_new0 (MtxSyncResponse, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->to_device = g_ptr_array_new_with_free_func (to_device_event_free);
  self->rooms = g_ptr_array_new_with_free_func (room_free);
  self->account_data = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_object_unref);
  self->healed = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);

  return self;
}

/**
 * mtx_sync_response_new_from_json:
 * @untrusted: the answer to `GET /v3/sync`
 * @error: return location for an error
 *
 * Reads an answer by shape. Bad elements are skipped and counted in `bad`. Takes time in proportion to the
 * answer; belongs in a thread, together with the parse that made @untrusted: the values hold parts of it, and
 * its last holder must let go in that thread.
 *
 * Returns: (transfer full) (nullable): the values, or %NULL with %MTX_ERROR_BAD_REPLY if there is no `next_batch`
 */
MtxSyncResponse *
mtx_sync_response_new_from_json (JsonObject *untrusted,
                                 GError    **error)
{
  const char      *next_batch = mtx_json_get_string (untrusted, "next_batch");
  JsonObject      *rooms = mtx_json_get_object (untrusted, "rooms");
  MtxSyncResponse *self = NULL;

  g_return_val_if_fail (untrusted != NULL, NULL);

  if (!is_token (next_batch))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The sync has no usable next_batch");
      return NULL;
    }

  self = mtx_sync_response_new_empty ();
  self->next_batch = g_strdup (next_batch);

  read_to_device (self, untrusted);
  read_keys (self, untrusted);
  read_account_data (self, untrusted);
  read_section (self, rooms, "join", MTX_SYNC_JOINED, NULL);
  read_section (self, rooms, "leave", MTX_SYNC_LEFT, NULL);
  read_section (self, rooms, "invite", MTX_SYNC_INVITED, "invite_state");
  read_section (self, rooms, "knock", MTX_SYNC_KNOCKED, "knock_state");

  if (self->bad > 0)
    g_debug ("skipped %u elements of a sync", self->bad);

  return self;
}

/**
 * mtx_sync_response_ref:
 * @self: a sync response
 *
 * Returns: (transfer full): @self
 */
MtxSyncResponse *
mtx_sync_response_ref (MtxSyncResponse *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * mtx_sync_response_unref:
 * @self: (transfer full): a sync response
 *
 * Gives up one hold on @self.
 */
void
mtx_sync_response_unref (MtxSyncResponse *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->next_batch);
  g_ptr_array_unref (self->to_device);
  g_strfreev (self->changed);
  g_strfreev (self->left);
  g_ptr_array_unref (self->rooms);
  g_clear_pointer (&self->direct, g_hash_table_unref);
  g_hash_table_unref (self->account_data);
  g_ptr_array_unref (self->healed);
  g_free (self);
}
