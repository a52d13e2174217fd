/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms of the fake homeserver: what they are made of, and who is in them. No event is ever rejected for
 * lack of power: the clients under test must not rely on it.
 */
#include "mtx-fake-homeserver-private.h"

#include <string.h>

static void
event_free (gpointer data)
{
  FakeEvent *event = data;

  json_object_unref (event->event);
  g_free (event->device);
  g_free (event->transaction);
  g_free (event);
}

static void
receipt_free (gpointer data)
{
  FakeReceipt *receipt = data;

  g_free (receipt->event_id);
  g_free (receipt->user_id);
  g_free (receipt->thread);
  g_free (receipt);
}

/* Frees a room. */
void
_mtx_fake_room_free (gpointer data)
{
  FakeRoom *room = data;

  g_free (room->room_id);
  g_free (room->alias);
  g_ptr_array_unref (room->events);
  g_hash_table_unref (room->receipts);
  g_free (room);
}

/* Appends an event with a copy of @content; state if @state_key is not NULL. */
FakeEvent *
_mtx_fake_room_append (MtxFakeHomeserver *self,
                       FakeRoom          *room,
                       const char        *sender,
                       const char        *type,
                       const char        *state_key,
                       JsonObject        *content)
{
  g_autofree char *event_id = g_strdup_printf ("$%042u", ++self->counter);
  FakeEvent       *event = g_new0 (FakeEvent, 1);

  event->position = ++self->position;
  event->event = json_object_new ();
  json_object_set_string_member (event->event, "type", type);
  json_object_set_string_member (event->event, "room_id", room->room_id);
  json_object_set_string_member (event->event, "sender", sender);
  json_object_set_string_member (event->event, "event_id", event_id);
  json_object_set_int_member (event->event, "origin_server_ts", g_get_real_time () / 1000);
  json_object_set_object_member (event->event, "content", _mtx_fake_json_copy (content));
  if (state_key != NULL)
    json_object_set_string_member (event->event, "state_key", state_key);
  g_ptr_array_add (room->events, event);

  return event;
}

static void
append_json (MtxFakeHomeserver *self,
             FakeRoom          *room,
             const char        *sender,
             const char        *type,
             const char        *state_key,
             const char        *json)
{
  g_autoptr (JsonNode) content = json_from_string (json, NULL);

  _mtx_fake_room_append (self, room, sender, type, state_key, json_node_get_object (content));
}

static void
append_member (MtxFakeHomeserver *self,
               FakeRoom          *room,
               const char        *sender,
               const char        *user_id,
               const char        *membership,
               gboolean           is_direct)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "membership", membership);
  if (is_direct)
    json_object_set_boolean_member (content, "is_direct", TRUE);
  _mtx_fake_room_append (self, room, sender, "m.room.member", user_id, content);
}

/* The state at @position (inclusive): "type\x1fkey" → FakeEvent, borrowed. */
GHashTable *
_mtx_fake_room_state (FakeRoom *room,
                      guint64   position)
{
  GHashTable *state = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < room->events->len; i++)
    {
      FakeEvent  *event = g_ptr_array_index (room->events, i);
      const char *state_key = json_object_get_string_member_with_default (event->event, "state_key", NULL);

      if (event->position > position)
        break;
      if (state_key != NULL)
        g_hash_table_replace (state, g_strconcat (json_object_get_string_member (event->event, "type"), "\x1f", state_key, NULL), event);
    }

  return state;
}

/* One state event at @position (inclusive), or NULL. */
FakeEvent *
_mtx_fake_room_get_state (FakeRoom   *room,
                          const char *type,
                          const char *state_key,
                          guint64     position)
{
  for (guint i = room->events->len; i > 0; i--)
    {
      FakeEvent *event = g_ptr_array_index (room->events, i - 1);

      if (event->position <= position
          && g_strcmp0 (json_object_get_string_member_with_default (event->event, "state_key", NULL), state_key) == 0
          && g_str_equal (json_object_get_string_member (event->event, "type"), type))
        return event;
    }

  return NULL;
}

static JsonObject *
event_content (FakeEvent *event)
{
  return json_object_get_object_member (event->event, "content");
}

/* "join", "invite", "leave", "ban" or "knock", or NULL for somebody who never was there. */
const char *
_mtx_fake_room_membership (FakeRoom   *room,
                           const char *user_id,
                           guint64     position)
{
  FakeEvent *event = _mtx_fake_room_get_state (room, "m.room.member", user_id, position);

  return event != NULL ? json_object_get_string_member_with_default (event_content (event), "membership", NULL) : NULL;
}

/* How many people have this membership now. */
guint
_mtx_fake_room_count (FakeRoom   *room,
                      const char *membership)
{
  g_autoptr (GHashTable) state = _mtx_fake_room_state (room, G_MAXUINT64);
  GHashTableIter         iter;
  gpointer               value = NULL;
  guint                  count = 0;

  g_hash_table_iter_init (&iter, state);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeEvent *event = value;

      if (g_str_equal (json_object_get_string_member (event->event, "type"), "m.room.member")
          && g_strcmp0 (json_object_get_string_member_with_default (event_content (event), "membership", NULL), membership) == 0)
        count++;
    }

  return count;
}

/* The room with this id or alias, or NULL. */
FakeRoom *
_mtx_fake_room_find (MtxFakeHomeserver *self,
                     const char        *id_or_alias)
{
  GHashTableIter iter;
  gpointer       value = NULL;

  if (id_or_alias[0] != '#')
    return g_hash_table_lookup (self->rooms, id_or_alias);

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (g_strcmp0 (((FakeRoom *)value)->alias, id_or_alias) == 0)
        return value;
    }

  return NULL;
}

static void
append_initial_state (MtxFakeHomeserver *self,
                      FakeRoom          *room,
                      const char        *creator,
                      JsonObject        *request)
{
  JsonArray *events = json_object_has_member (request, "initial_state") ? json_object_get_array_member (request, "initial_state") : NULL;

  for (guint i = 0; events != NULL && i < json_array_get_length (events); i++)
    {
      JsonObject *event = json_array_get_object_element (events, i);
      const char *type = json_object_get_string_member (event, "type");
      JsonObject *content = json_object_get_object_member (event, "content");

      if (g_str_equal (type, "m.room.history_visibility")
          && g_strcmp0 (json_object_get_string_member_with_default (content, "history_visibility", NULL), "world_readable") == 0)
        room->world_readable = TRUE;
      _mtx_fake_room_append (self, room, creator, type,
                             json_object_get_string_member_with_default (event, "state_key", ""), content);
    }
}

/* Makes a room as POST /createRoom does, from the same @request. */
FakeRoom *
_mtx_fake_room_new (MtxFakeHomeserver *self,
                    const char        *creator,
                    JsonObject        *request)
{
  FakeRoom        *room = g_new0 (FakeRoom, 1);
  const char      *preset = json_object_get_string_member_with_default (request, "preset", "private_chat");
  const char      *alias = json_object_get_string_member_with_default (request, "room_alias_name", NULL);
  JsonArray       *invite = json_object_has_member (request, "invite") ? json_object_get_array_member (request, "invite") : NULL;
  gboolean         is_direct = json_object_get_boolean_member_with_default (request, "is_direct", FALSE);
  gboolean         is_public = g_str_equal (preset, "public_chat");
  g_autofree char *power = g_strdup_printf ("{\"users\":{\"%s\":100},\"users_default\":0,\"events_default\":0,\"state_default\":50,\"redact\":50}", creator);

  room->room_id = g_strdup_printf ("!room%u:%s", ++self->counter, MTX_FAKE_SERVER_NAME);
  room->events = g_ptr_array_new_with_free_func (event_free);
  room->receipts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, receipt_free);
  if (alias != NULL)
    room->alias = g_strdup_printf ("#%s:%s", alias, MTX_FAKE_SERVER_NAME);
  g_hash_table_insert (self->rooms, room->room_id, room);

  append_json (self, room, creator, "m.room.create", "", "{\"room_version\":\"11\"}");
  append_member (self, room, creator, creator, "join", FALSE);
  append_json (self, room, creator, "m.room.power_levels", "", power);
  append_json (self, room, creator, "m.room.join_rules", "", is_public ? "{\"join_rule\":\"public\"}" : "{\"join_rule\":\"invite\"}");
  append_json (self, room, creator, "m.room.history_visibility", "", "{\"history_visibility\":\"shared\"}");
  append_initial_state (self, room, creator, request);
  for (guint i = 0; invite != NULL && i < json_array_get_length (invite); i++)
    append_member (self, room, creator, json_array_get_string_element (invite, i), "invite", is_direct);

  return room;
}

static void
handle_create (FakeCall *call)
{
  FakeRoom   *room = NULL;
  JsonObject *body = NULL;

  if (call->request->body == NULL)
    {
      _mtx_fake_call_error (call, 400, "M_NOT_JSON");
      return;
    }

  room = _mtx_fake_room_new (call->server, call->device->user->user_id, call->request->body);
  body = json_object_new ();
  json_object_set_string_member (body, "room_id", room->room_id);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, body);
}

static void
handle_join (FakeCall *call)
{
  FakeRoom   *room = _mtx_fake_room_find (call->server, call->args[0]);
  const char *user_id = call->device->user->user_id;
  const char *membership = room != NULL ? _mtx_fake_room_membership (room, user_id, G_MAXUINT64) : NULL;
  FakeEvent  *rules = room != NULL ? _mtx_fake_room_get_state (room, "m.room.join_rules", "", G_MAXUINT64) : NULL;
  gboolean    is_public = rules != NULL && g_str_equal (json_object_get_string_member (event_content (rules), "join_rule"), "public");
  JsonObject *body = NULL;

  if (room == NULL)
    {
      _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
      return;
    }
  if (g_strcmp0 (membership, "ban") == 0
      || (!is_public && g_strcmp0 (membership, "invite") != 0 && g_strcmp0 (membership, "join") != 0))
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return;
    }

  if (g_strcmp0 (membership, "join") != 0)
    append_member (call->server, room, user_id, user_id, "join", FALSE);
  body = json_object_new ();
  json_object_set_string_member (body, "room_id", room->room_id);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, body);
}

/* The room of the first argument if the caller is in it; otherwise answers and returns NULL. */
static FakeRoom *
find_joined (FakeCall *call)
{
  FakeRoom *room = g_hash_table_lookup (call->server->rooms, call->args[0]);

  if (room == NULL || g_strcmp0 (_mtx_fake_room_membership (room, call->device->user->user_id, G_MAXUINT64), "join") != 0)
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return NULL;
    }

  return room;
}

static void
handle_invite (FakeCall *call)
{
  FakeRoom *room = find_joined (call);

  if (room == NULL)
    return;
  append_member (call->server, room, call->device->user->user_id,
                 json_object_get_string_member (call->request->body, "user_id"), "invite", FALSE);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, NULL);
}

static void
handle_leave (FakeCall *call)
{
  FakeRoom   *room = g_hash_table_lookup (call->server->rooms, call->args[0]);
  const char *user_id = call->device->user->user_id;

  if (room == NULL || _mtx_fake_room_membership (room, user_id, G_MAXUINT64) == NULL)
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return;
    }
  append_member (call->server, room, user_id, user_id, "leave", FALSE);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, NULL);
}

static void
handle_directory (FakeCall *call)
{
  FakeRoom   *room = _mtx_fake_room_find (call->server, call->args[0]);
  JsonObject *body = NULL;
  JsonArray  *servers = NULL;

  if (room == NULL || call->args[0][0] != '#')
    {
      _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
      return;
    }

  body = json_object_new ();
  servers = json_array_new ();
  json_array_add_string_element (servers, MTX_FAKE_SERVER_NAME);
  json_object_set_string_member (body, "room_id", room->room_id);
  json_object_set_array_member (body, "servers", servers);
  _mtx_fake_call_ok (call, body);
}

static void
handle_account_data_put (FakeCall *call)
{
  FakeData *data = NULL;

  if (!g_str_equal (call->args[0], call->device->user->user_id) || call->request->body == NULL)
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return;
    }

  data = g_new0 (FakeData, 1);
  data->position = ++call->server->position;
  data->content = json_object_ref (call->request->body);
  g_hash_table_replace (call->device->user->account_data, g_strdup (call->args[1]), data);
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, NULL);
}

static void
handle_account_data_get (FakeCall *call)
{
  FakeData *data = g_hash_table_lookup (call->device->user->account_data, call->args[1]);

  if (data == NULL)
    _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
  else
    _mtx_fake_call_ok (call, json_object_ref (data->content));
}

static void
handle_joined_rooms (FakeCall *call)
{
  JsonObject    *body = json_object_new ();
  JsonArray     *ids = json_array_new ();
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, call->server->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeRoom *room = value;

      if (g_strcmp0 (_mtx_fake_room_membership (room, call->device->user->user_id, G_MAXUINT64), "join") == 0)
        json_array_add_string_element (ids, room->room_id);
    }
  json_object_set_array_member (body, "joined_rooms", ids);
  _mtx_fake_call_ok (call, body);
}

const FakeRoute _mtx_fake_room_routes[] = {
  { "POST", "/_matrix/client/v3/createRoom", FALSE, handle_create },
  { "POST", "/_matrix/client/v3/join/*", FALSE, handle_join },
  { "POST", "/_matrix/client/v3/rooms/*/join", FALSE, handle_join },
  { "POST", "/_matrix/client/v3/rooms/*/invite", FALSE, handle_invite },
  { "POST", "/_matrix/client/v3/rooms/*/leave", FALSE, handle_leave },
  { "GET", "/_matrix/client/v3/directory/room/*", TRUE, handle_directory },
  { "GET", "/_matrix/client/v3/joined_rooms", FALSE, handle_joined_rooms },
  { "PUT", "/_matrix/client/v3/user/*/account_data/*", FALSE, handle_account_data_put },
  { "GET", "/_matrix/client/v3/user/*/account_data/*", FALSE, handle_account_data_get },
  { NULL, NULL, FALSE, NULL },
};

/**
 * mtx_fake_homeserver_create_room:
 * @self: a homeserver
 * @creator: the user id of an account that exists, or of somebody on another server
 * @alias: (nullable): the local part of an alias
 * @world_readable: whether anybody may read it; such a room is also open to all
 *
 * Makes an unencrypted room that is already there, such as an announcements room.
 *
 * Returns: (transfer full): its id
 */
char *
mtx_fake_homeserver_create_room (MtxFakeHomeserver *self,
                                 const char        *creator,
                                 const char        *alias,
                                 gboolean           world_readable)
{
  g_autoptr (JsonObject) request = json_object_new ();
  FakeRoom              *room = NULL;

  json_object_set_string_member (request, "preset", world_readable ? "public_chat" : "private_chat");
  if (alias != NULL)
    json_object_set_string_member (request, "room_alias_name", alias);
  room = _mtx_fake_room_new (self, creator, request);
  if (world_readable)
    {
      room->world_readable = TRUE;
      append_json (self, room, creator, "m.room.history_visibility", "", "{\"history_visibility\":\"world_readable\"}");
    }
  _mtx_fake_sync_wake (self);

  return g_strdup (room->room_id);
}

/**
 * mtx_fake_homeserver_send_event:
 * @self: a homeserver
 * @room_id: a room that exists
 * @sender: who it claims to be from
 * @type: the event's type
 * @state_key: (nullable): its state key, or %NULL for a message
 * @content: (transfer none): its content
 *
 * Puts any event into a room, without a check.
 *
 * Returns: (transfer full): its id
 */
char *
mtx_fake_homeserver_send_event (MtxFakeHomeserver *self,
                                const char        *room_id,
                                const char        *sender,
                                const char        *type,
                                const char        *state_key,
                                JsonObject        *content)
{
  FakeRoom  *room = _mtx_fake_room_find (self, room_id);
  FakeEvent *event = NULL;

  g_assert_nonnull (room);
  event = _mtx_fake_room_append (self, room, sender, type, state_key, content);
  _mtx_fake_sync_wake (self);

  return g_strdup (json_object_get_string_member (event->event, "event_id"));
}

/**
 * mtx_fake_homeserver_set_member:
 * @self: a homeserver
 * @room_id: a room that exists
 * @user_id: whose membership changes
 * @membership: "join", "invite", "leave" or "ban"
 *
 * Lets somebody join or leave.
 */
void
mtx_fake_homeserver_set_member (MtxFakeHomeserver *self,
                                const char        *room_id,
                                const char        *user_id,
                                const char        *membership)
{
  FakeRoom *room = _mtx_fake_room_find (self, room_id);

  g_assert_nonnull (room);
  append_member (self, room, user_id, user_id, membership, FALSE);
  _mtx_fake_sync_wake (self);
}

/**
 * mtx_fake_homeserver_get_state:
 * @self: a homeserver
 * @room_id: a room that exists
 * @type: the event's type
 * @state_key: its state key
 *
 * Returns: (transfer none) (nullable): the content of a state event
 */
JsonObject *
mtx_fake_homeserver_get_state (MtxFakeHomeserver *self,
                               const char        *room_id,
                               const char        *type,
                               const char        *state_key)
{
  FakeRoom  *room = _mtx_fake_room_find (self, room_id);
  FakeEvent *event = NULL;

  g_assert_nonnull (room);
  event = _mtx_fake_room_get_state (room, type, state_key, G_MAXUINT64);

  return event != NULL ? event_content (event) : NULL;
}

/**
 * mtx_fake_homeserver_get_events:
 * @self: a homeserver
 * @room_id: a room that exists
 * @type: (nullable): the events' type, or %NULL for all
 *
 * Returns: (transfer container) (element-type JsonObject): what is in the room, oldest first
 */
GPtrArray *
mtx_fake_homeserver_get_events (MtxFakeHomeserver *self,
                                const char        *room_id,
                                const char        *type)
{
  FakeRoom  *room = _mtx_fake_room_find (self, room_id);
  GPtrArray *events = g_ptr_array_new ();

  g_assert_nonnull (room);
  for (guint i = 0; i < room->events->len; i++)
    {
      FakeEvent *event = g_ptr_array_index (room->events, i);

      if (type == NULL || g_str_equal (json_object_get_string_member (event->event, "type"), type))
        g_ptr_array_add (events, event->event);
    }

  return events;
}

/**
 * mtx_fake_homeserver_count_rooms:
 * @self: a homeserver
 *
 * Returns: how many rooms there are, whoever made them
 */
guint
mtx_fake_homeserver_count_rooms (MtxFakeHomeserver *self)
{
  return g_hash_table_size (self->rooms);
}

/**
 * mtx_fake_homeserver_get_account_data:
 * @self: a homeserver
 * @user_id: an account that exists
 * @type: the type of the account data
 *
 * Returns: (transfer none) (nullable): its content
 */
JsonObject *
mtx_fake_homeserver_get_account_data (MtxFakeHomeserver *self,
                                      const char        *user_id,
                                      const char        *type)
{
  FakeUser *user = g_hash_table_lookup (self->users, user_id);
  FakeData *data = user != NULL ? g_hash_table_lookup (user->account_data, type) : NULL;

  return data != NULL ? data->content : NULL;
}
