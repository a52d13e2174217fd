/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events of the fake homeserver: sending, state, history, members, receipts.
 */
#include "mtx-fake-homeserver-private.h"

#include <string.h>

/* The event as @device sees it: its own messages carry the transaction id. */
JsonObject *
_mtx_fake_event_for (FakeEvent  *event,
                     FakeDevice *device)
{
  g_autofree char *name = g_strconcat (device->user->user_id, " ", device->device_id, NULL);
  JsonObject      *copy = NULL;
  JsonObject      *sealed = NULL;

  if (event->transaction == NULL || g_strcmp0 (event->device, name) != 0)
    return json_object_ref (event->event);

  copy = _mtx_fake_json_copy (event->event);
  sealed = json_object_new ();
  json_object_set_string_member (sealed, "transaction_id", event->transaction);
  json_object_set_object_member (copy, "unsigned", sealed);

  return copy;
}

/* The room of the first argument if the caller may read it; otherwise answers and returns NULL. */
static FakeRoom *
find_readable (FakeCall *call)
{
  FakeRoom   *room = g_hash_table_lookup (call->server->rooms, call->args[0]);
  const char *membership = room != NULL ? _mtx_fake_room_membership (room, call->device->user->user_id, G_MAXUINT64) : NULL;

  if (room == NULL || (!room->world_readable && g_strcmp0 (membership, "join") != 0 && g_strcmp0 (membership, "leave") != 0))
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return NULL;
    }

  return room;
}

static FakeRoom *
find_writable (FakeCall *call)
{
  FakeRoom *room = g_hash_table_lookup (call->server->rooms, call->args[0]);

  if (room == NULL || call->request->body == NULL
      || g_strcmp0 (_mtx_fake_room_membership (room, call->device->user->user_id, G_MAXUINT64), "join") != 0)
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return NULL;
    }

  return room;
}

static JsonObject *
event_id_body (FakeEvent *event)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "event_id", json_object_get_string_member (event->event, "event_id"));

  return body;
}

static void
handle_send (FakeCall *call)
{
  FakeRoom  *room = NULL;
  FakeEvent *event = NULL;

  if (_mtx_fake_repeat (call))
    return;
  room = find_writable (call);
  if (room == NULL)
    return;

  event = _mtx_fake_room_append (call->server, room, call->device->user->user_id, call->args[1], NULL, call->request->body);
  event->device = g_strconcat (call->device->user->user_id, " ", call->device->device_id, NULL);
  event->transaction = g_strdup (call->args[2]);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_remember (call, event_id_body (event));
}

static void
handle_state_put (FakeCall *call)
{
  FakeRoom   *room = find_writable (call);
  const char *state_key = call->args[1] != NULL && call->args[2] != NULL ? call->args[2] : "";
  FakeEvent  *event = NULL;

  if (room == NULL)
    return;
  event = _mtx_fake_room_append (call->server, room, call->device->user->user_id, call->args[1], state_key, call->request->body);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, event_id_body (event));
}

static void
handle_state_get (FakeCall *call)
{
  FakeRoom   *room = find_readable (call);
  const char *state_key = call->args[1] != NULL && call->args[2] != NULL ? call->args[2] : "";
  FakeEvent  *event = room != NULL ? _mtx_fake_room_get_state (room, call->args[1], state_key, G_MAXUINT64) : NULL;

  if (room == NULL)
    return;
  if (event == NULL)
    _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
  else
    _mtx_fake_call_ok (call, json_object_ref (json_object_get_object_member (event->event, "content")));
}

/* This endpoint answers with an array, which is why the bytes are written here. */
static void
handle_state_all (FakeCall *call)
{
  FakeRoom              *room = find_readable (call);
  g_autoptr (GHashTable) state = room != NULL ? _mtx_fake_room_state (room, G_MAXUINT64) : NULL;
  g_autoptr (JsonNode)   node = json_node_new (JSON_NODE_ARRAY);
  JsonArray             *array = json_array_new ();
  GHashTableIter         iter;
  gpointer               value = NULL;

  json_node_take_array (node, array);
  if (room == NULL)
    return;
  g_hash_table_iter_init (&iter, state);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    json_array_add_object_element (array, json_object_ref (((FakeEvent *)value)->event));
  {
    g_autofree char *json = json_to_string (node, FALSE);

    mtx_fake_answer_json (call->answer, 200, json);
  }
}

static void
handle_members (FakeCall *call)
{
  FakeRoom              *room = find_readable (call);
  const char            *wanted = _mtx_fake_query (call, "membership");
  const char            *unwanted = _mtx_fake_query (call, "not_membership");
  g_autoptr (GHashTable) state = room != NULL ? _mtx_fake_room_state (room, G_MAXUINT64) : NULL;
  JsonObject            *body = NULL;
  JsonArray             *chunk = NULL;
  GHashTableIter         iter;
  gpointer               value = NULL;

  if (room == NULL)
    return;
  body = json_object_new ();
  chunk = json_array_new ();
  g_hash_table_iter_init (&iter, state);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      JsonObject *event = ((FakeEvent *)value)->event;
      const char *membership = json_object_get_string_member_with_default (json_object_get_object_member (event, "content"), "membership", "");

      if (g_str_equal (json_object_get_string_member (event, "type"), "m.room.member")
          && (wanted == NULL || g_str_equal (membership, wanted))
          && (unwanted == NULL || !g_str_equal (membership, unwanted)))
        json_array_add_object_element (chunk, json_object_ref (event));
    }
  json_object_set_array_member (body, "chunk", chunk);
  _mtx_fake_call_ok (call, body);
}

/* "t12" is the place before position 12; "s12_…" the place after it. */
static guint64
read_place (const char *token,
            guint64     otherwise)
{
  if (token == NULL)
    return otherwise;

  return g_ascii_strtoull (token + 1, NULL, 10) + (token[0] == 's' ? 1 : 0);
}

static guint64
collect_backwards (FakeCall  *call,
                   FakeRoom  *room,
                   guint64    place,
                   guint      limit,
                   JsonArray *chunk)
{
  guint64 oldest = 0;

  for (guint i = room->events->len; i > 0; i--)
    {
      FakeEvent *event = g_ptr_array_index (room->events, i - 1);

      if (event->position >= place)
        continue;
      if (json_array_get_length (chunk) == limit)
        return oldest;
      json_array_add_object_element (chunk, _mtx_fake_event_for (event, call->device));
      oldest = event->position;
    }

  return 0;
}

static guint64
collect_forwards (FakeCall  *call,
                  FakeRoom  *room,
                  guint64    place,
                  guint      limit,
                  JsonArray *chunk)
{
  for (guint i = 0; i < room->events->len; i++)
    {
      FakeEvent *event = g_ptr_array_index (room->events, i);

      if (event->position < place)
        continue;
      if (json_array_get_length (chunk) == limit)
        return event->position;
      json_array_add_object_element (chunk, _mtx_fake_event_for (event, call->device));
    }

  return 0;
}

static void
handle_messages (FakeCall *call)
{
  FakeRoom   *room = find_readable (call);
  const char *limit_text = _mtx_fake_query (call, "limit");
  guint       limit = limit_text != NULL ? (guint)g_ascii_strtoull (limit_text, NULL, 10) : 10;
  gboolean    forwards = g_strcmp0 (_mtx_fake_query (call, "dir"), "f") == 0;
  guint64     place = read_place (_mtx_fake_query (call, "from"), forwards ? 0 : G_MAXUINT64);
  guint64     end = 0;
  JsonObject *body = NULL;
  JsonArray  *chunk = NULL;

  if (room == NULL)
    return;
  body = json_object_new ();
  chunk = json_array_new ();
  end = forwards ? collect_forwards (call, room, place, limit, chunk) : collect_backwards (call, room, place, limit, chunk);
  json_object_set_array_member (body, "chunk", chunk);
  json_object_set_string_member (body, "start", _mtx_fake_query (call, "from") != NULL ? _mtx_fake_query (call, "from") : "t0");
  if (end != 0)
    {
      g_autofree char *token = g_strdup_printf ("t%" G_GUINT64_FORMAT, end);

      json_object_set_string_member (body, "end", token);
    }
  _mtx_fake_call_ok (call, body);
}

static void
handle_receipt (FakeCall *call)
{
  FakeRoom    *room = find_writable (call);
  FakeReceipt *receipt = NULL;

  if (room == NULL)
    return;
  _mtx_fake_call_ok (call, NULL);
  if (!g_str_equal (call->args[1], "m.read")) /* a private one is nobody's business */
    return;

  receipt = g_new0 (FakeReceipt, 1);
  receipt->position = ++call->server->position;
  receipt->event_id = g_strdup (call->args[2]);
  receipt->user_id = g_strdup (call->device->user->user_id);
  receipt->thread = g_strdup (json_object_get_string_member_with_default (call->request->body, "thread_id", NULL));
  receipt->ts = g_get_real_time () / 1000;
  g_hash_table_replace (room->receipts, receipt->user_id, receipt);
  _mtx_fake_sync_wake (call->server);
}

const FakeRoute _mtx_fake_event_routes[] = {
  { "PUT", "/_matrix/client/v3/rooms/*/send/*/*", FALSE, handle_send },
  { "GET", "/_matrix/client/v3/rooms/*/state", FALSE, handle_state_all },
  { "GET", "/_matrix/client/v3/rooms/*/state/*/*", FALSE, handle_state_get },
  { "GET", "/_matrix/client/v3/rooms/*/state/*", FALSE, handle_state_get },
  { "PUT", "/_matrix/client/v3/rooms/*/state/*/*", FALSE, handle_state_put },
  { "PUT", "/_matrix/client/v3/rooms/*/state/*", FALSE, handle_state_put },
  { "GET", "/_matrix/client/v3/rooms/*/members", FALSE, handle_members },
  { "GET", "/_matrix/client/v3/rooms/*/messages", FALSE, handle_messages },
  { "POST", "/_matrix/client/v3/rooms/*/receipt/*/*", FALSE, handle_receipt },
  { NULL, NULL, FALSE, NULL },
};
