/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sync of the fake homeserver. A token is "s<position>_<to-device position>": what was presented is
 * deleted from the queue, nothing earlier.
 */
#include "mtx-fake-homeserver-private.h"

#define TO_DEVICE_LIMIT 100
#define TIMELINE_LIMIT  10
#define MAX_TIMEOUT_MS  (60 * 1000)

/* One answer under construction. */
typedef struct
{
  FakeCall *call;
  guint64   since; /* 0: from the beginning */
  guint64   until;
  guint64   to_device; /* last delivered */
  guint     limit;
  gboolean  lazy;
  gboolean  state_after;
  gboolean  news; /* anything at all in it */
} Sync;

static guint64
first_number (const char *token)
{
  return token != NULL ? g_ascii_strtoull (token + 1, NULL, 10) : 0;
}

static guint64
second_number (const char *token)
{
  g_auto (GStrv) parts = g_strsplit (token != NULL ? token : "", "_", 2);

  return g_strv_length (parts) == 2 ? g_ascii_strtoull (parts[1], NULL, 10) : 0;
}

static JsonObject *
member (JsonObject *object,
        const char *name)
{
  JsonNode *node = object != NULL && json_object_has_member (object, name) ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
read_filter (Sync *sync)
{
  const char          *text = _mtx_fake_query (sync->call, "filter");
  g_autoptr (JsonNode) node = text != NULL && text[0] == '{' ? json_from_string (text, NULL) : NULL;
  JsonObject          *filter = NULL;
  JsonObject          *room = NULL;
  JsonObject          *timeline = NULL;
  JsonObject          *state = NULL;

  sync->limit = TIMELINE_LIMIT;
  if (text == NULL)
    return;
  filter = node != NULL ? json_node_get_object (node) : g_hash_table_lookup (sync->call->device->user->filter, text);
  room = member (filter, "room");
  timeline = member (room, "timeline");
  state = member (room, "state");
  if (timeline != NULL)
    sync->limit = (guint)json_object_get_int_member_with_default (timeline, "limit", TIMELINE_LIMIT);
  if (state != NULL)
    sync->lazy = json_object_get_boolean_member_with_default (state, "lazy_load_members", FALSE);
}

static void
add_to_device (Sync       *sync,
               JsonObject *body)
{
  FakeDevice *device = sync->call->device;
  JsonArray  *events = json_array_new ();
  JsonObject *holder = json_object_new ();

  for (GList *l = device->to_device.head; l != NULL && json_array_get_length (events) < TO_DEVICE_LIMIT; l = l->next)
    {
      FakeToDevice *message = l->data;

      json_array_add_object_element (events, json_object_ref (message->event));
      sync->to_device = message->position;
      sync->news = TRUE;
    }
  json_object_set_array_member (holder, "events", events);
  json_object_set_object_member (body, "to_device", holder);
}

static gboolean
shares_room (MtxFakeHomeserver *self,
             const char        *user_id,
             const char        *other,
             guint64            position)
{
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const char *mine = _mtx_fake_room_membership (value, user_id, position);
      const char *theirs = _mtx_fake_room_membership (value, other, position);

      if (g_strcmp0 (mine, "join") == 0 && (g_strcmp0 (theirs, "join") == 0 || g_strcmp0 (theirs, "invite") == 0))
        return TRUE;
    }

  return FALSE;
}

static void
add_device_lists (Sync       *sync,
                  JsonObject *body)
{
  const char    *me = sync->call->device->user->user_id;
  JsonObject    *lists = json_object_new ();
  JsonArray     *changed = json_array_new ();
  JsonArray     *left = json_array_new ();
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, sync->call->server->users);
  while (sync->since > 0 && g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeUser *user = value;
      gboolean  self = g_str_equal (user->user_id, me);
      gboolean  before = self || shares_room (sync->call->server, me, user->user_id, sync->since);
      gboolean  now = self || shares_room (sync->call->server, me, user->user_id, sync->until);

      if (now && (!before || user->keys_changed > sync->since))
        json_array_add_string_element (changed, user->user_id);
      else if (before && !now)
        json_array_add_string_element (left, user->user_id);
    }

  if (json_array_get_length (changed) > 0 || json_array_get_length (left) > 0)
    sync->news = TRUE;
  json_object_set_array_member (lists, "changed", changed);
  json_object_set_array_member (lists, "left", left);
  json_object_set_object_member (body, "device_lists", lists);
}

static JsonObject *
events_holder (JsonArray *events)
{
  JsonObject *holder = json_object_new ();

  json_object_set_array_member (holder, "events", events);

  return holder;
}

static void
add_account_data (Sync       *sync,
                  JsonObject *body)
{
  JsonArray     *events = json_array_new ();
  GHashTableIter iter;
  gpointer       type = NULL;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, sync->call->device->user->account_data);
  while (g_hash_table_iter_next (&iter, &type, &value))
    {
      FakeData   *data = value;
      JsonObject *event = NULL;

      if (data->position <= sync->since)
        continue;
      event = json_object_new ();
      json_object_set_string_member (event, "type", type);
      json_object_set_object_member (event, "content", json_object_ref (data->content));
      json_array_add_object_element (events, event);
      sync->news = TRUE;
    }
  json_object_set_object_member (body, "account_data", events_holder (events));
}

/* The newest events of the room after @from, at most the limit; returns the position of the first. */
static guint64
add_timeline (Sync       *sync,
              FakeRoom   *room,
              guint64     from,
              JsonObject *joined,
              GHashTable *senders)
{
  JsonObject *timeline = json_object_new ();
  JsonArray  *events = json_array_new ();
  guint       last = room->events->len;
  guint       first = last;
  guint64     start = sync->until + 1;

  while (first > 0 && ((FakeEvent *)g_ptr_array_index (room->events, first - 1))->position > from && last - first < sync->limit)
    first--;
  for (guint i = first; i < last; i++)
    {
      FakeEvent *event = g_ptr_array_index (room->events, i);

      if (i == first)
        start = event->position;
      g_hash_table_add (senders, (gpointer)json_object_get_string_member (event->event, "sender"));
      json_array_add_object_element (events, _mtx_fake_event_for (event, sync->call->device));
    }

  json_object_set_array_member (timeline, "events", events);
  json_object_set_boolean_member (timeline, "limited",
                                  first > 0 && ((FakeEvent *)g_ptr_array_index (room->events, first - 1))->position > from);
  {
    g_autofree char *place = g_strdup_printf ("t%" G_GUINT64_FORMAT, start);

    json_object_set_string_member (timeline, "prev_batch", place);
  }
  json_object_set_object_member (joined, "timeline", timeline);

  return start;
}

/* What state changed after @from: up to the end (state_after) or up to the start of the timeline (state). */
static void
add_state (Sync       *sync,
           FakeRoom   *room,
           guint64     from,
           guint64     timeline_start,
           JsonObject *joined,
           GHashTable *senders)
{
  guint64                until = sync->state_after ? sync->until : timeline_start - 1;
  g_autoptr (GHashTable) state = _mtx_fake_room_state (room, until);
  JsonArray             *events = json_array_new ();
  GHashTableIter         iter;
  gpointer               value = NULL;

  g_hash_table_iter_init (&iter, state);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeEvent  *event = value;
      const char *state_key = json_object_get_string_member (event->event, "state_key");
      gboolean    is_member = g_str_equal (json_object_get_string_member (event->event, "type"), "m.room.member");
      gboolean    wanted = event->position > from;

      if (sync->lazy && is_member)
        wanted = g_hash_table_contains (senders, state_key) || g_str_equal (state_key, sync->call->device->user->user_id)
                 || (from > 0 && event->position > from);
      if (wanted)
        json_array_add_object_element (events, json_object_ref (event->event));
    }
  json_object_set_object_member (joined, sync->state_after ? "state_after" : "state", events_holder (events));
}

static void
add_receipts (Sync       *sync,
              FakeRoom   *room,
              guint64     from,
              JsonObject *joined)
{
  JsonArray     *events = json_array_new ();
  JsonObject    *content = json_object_new ();
  JsonObject    *event = json_object_new ();
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, room->receipts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeReceipt *receipt = value;
      JsonObject  *on_event = member (content, receipt->event_id);
      JsonObject  *details = NULL;

      if (receipt->position <= from)
        continue;
      if (on_event == NULL)
        {
          on_event = json_object_new ();
          json_object_set_object_member (on_event, "m.read", json_object_new ());
          json_object_set_object_member (content, receipt->event_id, on_event);
        }
      details = json_object_new ();
      json_object_set_int_member (details, "ts", receipt->ts);
      if (receipt->thread != NULL)
        json_object_set_string_member (details, "thread_id", receipt->thread);
      json_object_set_object_member (json_object_get_object_member (on_event, "m.read"), receipt->user_id, details);
    }

  json_object_set_string_member (event, "type", "m.receipt");
  json_object_set_object_member (event, "content", content);
  if (json_object_get_size (content) > 0)
    json_array_add_object_element (events, json_object_ref (event));
  json_object_unref (event);
  json_object_set_object_member (joined, "ephemeral", events_holder (events));
}

static gboolean
has_news (Sync     *sync,
          FakeRoom *room)
{
  FakeEvent     *last = g_ptr_array_index (room->events, room->events->len - 1);
  GHashTableIter iter;
  gpointer       value = NULL;

  if (last->position > sync->since)
    return TRUE;
  g_hash_table_iter_init (&iter, room->receipts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (((FakeReceipt *)value)->position > sync->since)
        return TRUE;
    }

  return FALSE;
}

static JsonObject *
make_joined (Sync     *sync,
             FakeRoom *room,
             gboolean  with_summary)
{
  const char            *me = sync->call->device->user->user_id;
  gboolean               was_joined = g_strcmp0 (_mtx_fake_room_membership (room, me, sync->since), "join") == 0;
  guint64                from = was_joined ? sync->since : 0;
  g_autoptr (GHashTable) senders = g_hash_table_new (g_str_hash, g_str_equal);
  JsonObject            *joined = json_object_new ();
  guint64                start = add_timeline (sync, room, from, joined, senders);

  add_state (sync, room, from, start, joined, senders);
  add_receipts (sync, room, from, joined);
  if (with_summary)
    {
      JsonObject *summary = json_object_new ();

      json_object_set_int_member (summary, "m.joined_member_count", _mtx_fake_room_count (room, "join"));
      json_object_set_int_member (summary, "m.invited_member_count", _mtx_fake_room_count (room, "invite"));
      json_object_set_object_member (joined, "summary", summary);
    }

  return joined;
}

static JsonObject *
make_invited (Sync     *sync,
              FakeRoom *room)
{
  static const char *const shown[] = { "m.room.create", "m.room.join_rules", "m.room.encryption", "m.room.name", "m.room.canonical_alias" };
  JsonArray               *events = json_array_new ();
  JsonObject              *invited = json_object_new ();
  const char              *me = sync->call->device->user->user_id;
  FakeEvent               *invite = _mtx_fake_room_get_state (room, "m.room.member", me, sync->until);

  for (gsize i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      FakeEvent *event = _mtx_fake_room_get_state (room, shown[i], "", sync->until);

      if (event != NULL)
        json_array_add_object_element (events, json_object_ref (event->event));
    }
  json_array_add_object_element (events, json_object_ref (invite->event));
  json_object_set_object_member (invited, "invite_state", events_holder (events));

  return invited;
}

static void
add_rooms (Sync       *sync,
           JsonObject *body)
{
  const char    *me = sync->call->device->user->user_id;
  JsonObject    *rooms = json_object_new ();
  JsonObject    *join = json_object_new ();
  JsonObject    *invite = json_object_new ();
  JsonObject    *leave = json_object_new ();
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, sync->call->server->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeRoom   *room = value;
      FakeEvent  *mine = _mtx_fake_room_get_state (room, "m.room.member", me, sync->until);
      const char *membership = _mtx_fake_room_membership (room, me, sync->until);

      if (mine == NULL)
        continue;
      if (g_str_equal (membership, "join") && has_news (sync, room))
        json_object_set_object_member (join, room->room_id, make_joined (sync, room, TRUE));
      else if (g_str_equal (membership, "invite") && mine->position > sync->since)
        json_object_set_object_member (invite, room->room_id, make_invited (sync, room));
      else if (sync->since > 0 && (g_str_equal (membership, "leave") || g_str_equal (membership, "ban")) && mine->position > sync->since)
        json_object_set_object_member (leave, room->room_id, make_joined (sync, room, FALSE));
    }

  if (json_object_get_size (join) + json_object_get_size (invite) + json_object_get_size (leave) > 0)
    sync->news = TRUE;
  json_object_set_object_member (rooms, "join", join);
  json_object_set_object_member (rooms, "invite", invite);
  json_object_set_object_member (rooms, "leave", leave);
  json_object_set_object_member (body, "rooms", rooms);
}

/* Fills the answer; FALSE if there is nothing to tell. */
static gboolean
answer_sync (FakeCall *call)
{
  const char      *token = _mtx_fake_query (call, "since");
  JsonObject      *body = json_object_new ();
  g_autofree char *next = NULL;
  Sync             sync = { 0 };

  sync.call = call;
  sync.since = first_number (token);
  sync.to_device = second_number (token);
  sync.until = call->server->position;
  sync.news = token == NULL;
  sync.state_after = call->server->state_after && g_strcmp0 (_mtx_fake_query (call, "use_state_after"), "true") == 0;
  read_filter (&sync);

  add_to_device (&sync, body);
  add_device_lists (&sync, body);
  add_account_data (&sync, body);
  add_rooms (&sync, body);
  json_object_set_object_member (body, "device_one_time_keys_count", _mtx_fake_key_counts (call->device));
  json_object_set_array_member (body, "device_unused_fallback_key_types", _mtx_fake_unused_fallback (call->device));
  next = g_strdup_printf ("s%" G_GUINT64_FORMAT "_%" G_GUINT64_FORMAT, sync.until, sync.to_device);
  json_object_set_string_member (body, "next_batch", next);
  _mtx_fake_call_ok (call, body);

  return sync.news;
}

static void
forget_delivered (FakeCall *call)
{
  guint64 seen = second_number (_mtx_fake_query (call, "since"));
  GQueue *queue = &call->device->to_device;

  while (!g_queue_is_empty (queue) && ((FakeToDevice *)g_queue_peek_head (queue))->position <= seen)
    _mtx_fake_to_device_free (g_queue_pop_head (queue));
}

static void
stop_waiting (FakeCall *call)
{
  guint index = 0;

  g_source_destroy (call->timer);
  g_clear_pointer (&call->timer, g_source_unref);
  if (g_ptr_array_find (call->server->waiting, call, &index))
    g_ptr_array_steal_index (call->server->waiting, index);
}

static gboolean
waited_enough_cb (gpointer data)
{
  FakeCall *call = data;

  answer_sync (call);
  stop_waiting (call);
  _mtx_fake_call_finish (call);

  return G_SOURCE_REMOVE;
}

/* Something happened: answers every sync that has news now. */
void
_mtx_fake_sync_wake (MtxFakeHomeserver *self)
{
  for (guint i = self->waiting->len; i > 0; i--)
    {
      FakeCall *call = g_ptr_array_index (self->waiting, i - 1);

      if (!answer_sync (call))
        continue;
      stop_waiting (call);
      _mtx_fake_call_finish (call);
    }
}

static void
handle_sync (FakeCall *call)
{
  const char *text = _mtx_fake_query (call, "timeout");
  guint       timeout_ms = text != NULL ? (guint)MIN (g_ascii_strtoull (text, NULL, 10), MAX_TIMEOUT_MS) : 0;

  forget_delivered (call);
  if (answer_sync (call) || timeout_ms == 0)
    return;

  call->answer->status = 0;
  call->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (call->timer, waited_enough_cb, call, NULL);
  g_source_attach (call->timer, g_main_context_get_thread_default ());
  g_ptr_array_add (call->server->waiting, call);
}

static void
handle_filter (FakeCall *call)
{
  FakeUser        *user = call->device->user;
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, ++user->filters);
  JsonObject      *body = json_object_new ();

  g_hash_table_insert (user->filter, g_strdup (id), json_object_ref (call->request->body));
  json_object_set_string_member (body, "filter_id", id);
  _mtx_fake_call_ok (call, body);
}

const FakeRoute _mtx_fake_sync_routes[] = {
  { "GET", "/_matrix/client/v3/sync", FALSE, handle_sync },
  { "POST", "/_matrix/client/v3/user/*/filter", FALSE, handle_filter },
  { NULL, NULL, FALSE, NULL },
};
