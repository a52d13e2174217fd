/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `POST /createRoom` cannot be repeated: a second one makes a second room. So that it is wanted is on disk before
 * the request, and goes in the transaction that keeps the room. If it is still there, an answer was lost, and the
 * server is asked for the room before another is made.
 */
#include "mtx-room-create.h"

#include "mtx-backoff.h"
#include "mtx-change-set.h"
#include "mtx-crypto-engine.h"
#include "mtx-db.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-chunk.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-room-summary.h"
#include "mtx-session-store.h"

#define SETTLE_MS       10000 /* after a lost answer the server may still be making the room */
#define FIRST_WAIT_MS   1000
#define LONGEST_WAIT_MS 60000
#define STATE_MAX_BYTES (8 * 1024 * 1024)
#define MAX_JOINED      1000

typedef struct
{
  MtxHttp     *http;
  MtxDb       *db;
  MtxRoomList *rooms;
  char        *invitee;
} Creation;

static void
creation_free (gpointer data)
{
  Creation *self = data;

  g_clear_object (&self->http);
  g_clear_object (&self->db);
  g_clear_object (&self->rooms);
  g_free (self->invitee);
  g_free (self);
}

static void
add_state (JsonArray  *states,
           const char *type,
           const char *member,
           const char *value)
{
  JsonObject *state = json_object_new ();
  JsonObject *content = json_object_new ();

  json_object_set_string_member (content, member, value);
  json_object_set_string_member (state, "type", type);
  json_object_set_string_member (state, "state_key", "");
  json_object_set_object_member (state, "content", content);
  json_array_add_object_element (states, state);
}

/* What kind of room (M30):
 * - `private_chat`: support gets no power. With `trusted_private_chat` it could change the room's settings, take the
 *   user's power, and in room version 12 be a creator whom nobody can restrain. It needs none of that to answer.
 * - Only the user can invite: nobody slips a third person into the conversation.
 * - Encryption and visibility are there from the first event. `invited` lets support read, once it joins, what was
 *   written since it was invited, and gives nothing of it to anybody who is invited later (M26, S4).
 * - `is_direct` makes Element show a direct chat.
 * Neither a name nor a topic: the server could read them. */
static JsonObject *
make_body (const char *invitee)
{
  JsonObject *body = json_object_new ();
  JsonObject *levels = json_object_new ();
  JsonArray  *invite = json_array_new ();
  JsonArray  *states = json_array_new ();

  json_array_add_string_element (invite, invitee);
  json_object_set_int_member (levels, "invite", 50);
  add_state (states, "m.room.encryption", "algorithm", MTX_ALGORITHM_MEGOLM);
  add_state (states, "m.room.history_visibility", "history_visibility", "invited");
  add_state (states, "m.room.guest_access", "guest_access", "forbidden");

  json_object_set_string_member (body, "preset", "private_chat");
  json_object_set_string_member (body, "visibility", "private");
  json_object_set_boolean_member (body, "is_direct", TRUE);
  json_object_set_array_member (body, "invite", invite);
  json_object_set_object_member (body, "power_level_content_override", levels);
  json_object_set_array_member (body, "initial_state", states);

  return body;
}

/* Whether a create request is on disk whose answer we never saw; @at_ms is when it was made. */
static gboolean
load_intent (Creation *self,
             gint64   *at_ms,
             GError  **error)
{
  g_autoptr (GError) absent = NULL;
  g_autofree char   *text = dex_await_string (mtx_session_store_load_setting (self->db, MTX_SETTING_ROOM_CREATION), &absent);

  *at_ms = 0;
  if (text == NULL)
    {
      if (g_error_matches (absent, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&absent));
      return FALSE;
    }

  if (!g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, at_ms, NULL))
    *at_ms = 1;

  return TRUE;
}

static gboolean
put_intent (Creation *self,
            gboolean  wanted,
            GError  **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autofree char         *now_ms = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_real_time () / 1000);

  mtx_session_store_put_setting (changes, MTX_SETTING_ROOM_CREATION, wanted ? now_ms : NULL);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

static gboolean
is_ours (Creation  *self,
         GPtrArray *state)
{
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new ("");
  MtxMembership              theirs = MTX_MEMBERSHIP_NONE;

  for (guint i = 0; i < state->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (state, i);

      if (mtx_event_get_kind (event) == MTX_EVENT_KIND_MEMBER && g_str_equal (mtx_event_get_state_key (event), self->invitee))
        theirs = mtx_event_get_membership (event);
      mtx_room_summary_apply_state (summary, event);
    }

  return summary->creators != NULL && g_str_equal (summary->creators[0], mtx_room_list_get_own_user_id (self->rooms)) && summary->algorithm != NULL && (theirs == MTX_MEMBERSHIP_JOIN || theirs == MTX_MEMBERSHIP_INVITE);
}

/* Looks through the rooms the server says we are in. Resolves @room_id to %NULL if none is the one. */
static gboolean
find_on_server (Creation *self,
                char    **room_id,
                GError  **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_JOINED_ROOMS, NULL);
  g_autoptr (MtxReply)   reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  JsonArray             *joined = NULL;

  if (reply == NULL)
    return FALSE;
  joined = mtx_json_get_array (mtx_reply_get_body (reply), "joined_rooms");

  for (guint i = 0; joined != NULL && i < MIN (json_array_get_length (joined), (guint)MAX_JOINED); i++)
    {
      const char               *id = mtx_json_array_string (joined, i);
      g_autoptr (MtxRoomId)     checked = id != NULL ? mtx_room_id_new (id, NULL) : NULL;
      g_autoptr (MtxRequest)    ask = NULL;
      g_autoptr (MtxEventChunk) state = NULL;

      if (checked == NULL)
        continue;

      ask = mtx_request_new (MTX_ENDPOINT_STATE, id, NULL);
      mtx_request_set_max_reply (ask, STATE_MAX_BYTES);
      state = dex_await_boxed (mtx_event_chunk_fetch (self->http, ask, id), error);
      if (state == NULL)
        return FALSE;
      if (is_ours (self, state->events))
        {
          *room_id = g_strdup (id);
          return TRUE;
        }
    }

  return TRUE;
}

/* The server's answer says that no room was made. */
static gboolean
is_certain (const GError *error)
{
  return mtx_error_get_errcode (error) != NULL || g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN) || g_error_matches (error, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT);
}

static char *
post (Creation *self,
      GError  **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_CREATE_ROOM, NULL);
  g_autoptr (JsonObject) body = make_body (self->invitee);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (MtxRoomId)  id = NULL;
  const char            *untrusted = NULL;

  mtx_request_set_body (request, body);
  mtx_request_set_timeout_ms (request, 2 * MTX_REQUEST_TIMEOUT_MS);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return NULL;

  untrusted = mtx_json_get_string (mtx_reply_get_body (reply), "room_id");
  id = untrusted != NULL ? mtx_room_id_new (untrusted, NULL) : NULL;
  if (id == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_RETRY_LATER, "The server named no room");
      return NULL;
    }

  return g_strdup (untrusted);
}

/* `m.direct` tells our own other clients what the room is (specification, § Direct Messaging). */
static DexFuture *
put_direct_fiber (gpointer data)
{
  Creation              *self = data;
  const char            *own_user_id = mtx_room_list_get_own_user_id (self->rooms);
  g_autoptr (MtxRequest) get = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA, own_user_id, "m.direct", NULL);
  g_autoptr (MtxRequest) put = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA_PUT, own_user_id, "m.direct", NULL);
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxReply)   reply = dex_await_boxed (mtx_http_send (self->http, get), &error);
  MtxRoom               *room = mtx_room_list_find_support (self->rooms, self->invitee);
  g_autoptr (JsonObject) direct = NULL;
  g_autoptr (JsonArray)  ids = json_array_new ();
  JsonArray             *known = NULL;

  if (reply == NULL && !g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (room == NULL)
    return dex_future_new_true ();

  direct = reply != NULL ? json_object_ref (mtx_reply_get_body (reply)) : json_object_new ();
  known = mtx_json_get_array (direct, self->invitee);
  for (guint i = 0; known != NULL && i < json_array_get_length (known); i++)
    {
      const char *id = mtx_json_array_string (known, i);

      if (g_strcmp0 (id, mtx_room_get_id (room)) == 0)
        return dex_future_new_true ();
      if (id != NULL)
        json_array_add_string_element (ids, id);
    }
  json_array_add_string_element (ids, mtx_room_get_id (room));
  json_object_set_array_member (direct, self->invitee, g_steal_pointer (&ids));
  mtx_request_set_body (put, direct);

  return mtx_http_send (self->http, put);
}

static Creation *
creation_new (MtxHttp     *http,
              MtxDb       *db,
              MtxRoomList *rooms,
              const char  *invitee)
{
  Creation *self = g_new0 (Creation, 1);

  self->http = g_object_ref (http);
  self->db = g_object_ref (db);
  self->rooms = g_object_ref (rooms);
  self->invitee = g_strdup (invitee);

  return self;
}

/* One try. Leaves @room unset, without an error, if an answer was lost and the room is to be looked for. */
static gboolean
try_once (Creation *self,
          gboolean  look_first,
          MtxRoom **room,
          GError  **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char   *room_id = NULL;

  if (look_first && !find_on_server (self, &room_id, error))
    return FALSE;

  if (room_id == NULL)
    {
      if (!put_intent (self, TRUE, error))
        return FALSE;
      room_id = post (self, &reason);
    }

  if (room_id == NULL)
    {
      if (is_certain (reason) && !put_intent (self, FALSE, error))
        return FALSE;
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  *room = dex_await_object (mtx_room_list_add_created (self->rooms, room_id, self->invitee), error);

  return *room != NULL;
}

static DexFuture *
mtx_room_create_direct_fiber (gpointer data)
{
  Creation  *self = data;
  MtxBackoff backoff;

  mtx_backoff_init (&backoff, FIRST_WAIT_MS, LONGEST_WAIT_MS);

  for (;;)
    {
      MtxRoom            *known = mtx_room_list_find_support (self->rooms, self->invitee);
      g_autoptr (MtxRoom) room = NULL;
      g_autoptr (GError)  error = NULL;
      gint64              intent_ms = 0;
      gint64              wait_ms = 0;

      if (known != NULL)
        return dex_future_new_take_object (g_object_ref (known));
      if (!load_intent (self, &intent_ms, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));

      if (intent_ms > 0)
        {
          wait_ms = CLAMP (intent_ms + SETTLE_MS - g_get_real_time () / 1000, 0, SETTLE_MS);
          if (!dex_await (mtx_future_after (wait_ms), &error))
            return dex_future_new_for_error (g_steal_pointer (&error));
          known = mtx_room_list_find_support (self->rooms, self->invitee);
          if (known != NULL)
            continue;
        }

      if (try_once (self, intent_ms > 0, &room, &error))
        {
          mtx_fiber_fire (mtx_fiber_spawn ("mtx-room-direct", put_direct_fiber,
                                           creation_new (self->http, self->db, self->rooms, self->invitee), creation_free),
                          "note that the room is a direct chat");
          return dex_future_new_take_object (g_steal_pointer (&room));
        }
      if (!mtx_error_is_temporary (error))
        return dex_future_new_for_error (g_steal_pointer (&error));

      g_debug ("no room yet: %s", error->message);
      wait_ms = mtx_backoff_next (&backoff, error);
      g_clear_error (&error);
      if (!dex_await (mtx_future_after (wait_ms), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
}

/**
 * mtx_room_create_direct:
 * @http: the account's server
 * @db: the account's database
 * @rooms: the account's rooms, loaded
 * @invitee: support's user id
 *
 * Gives the one encrypted direct room with @invitee: the one we have, else the one an earlier request may have made
 * before its answer was lost, else a new one. Network trouble and rate limits are waited out; drop the future to
 * stop. A request whose answer is lost is never repeated without asking the server for its room first, some time
 * later.
 *
 * Returns: (transfer full): a future that resolves to the #MtxRoom, which is stored; rejects with
 *   %MTX_ERROR_REFUSED if the server will not make the room or invite @invitee, or as mtx_db_commit() does
 */
DexFuture *
mtx_room_create_direct (MtxHttp     *http,
                        MtxDb       *db,
                        MtxRoomList *rooms,
                        const char  *invitee)
{
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (MTX_IS_ROOM_LIST (rooms), NULL);
  g_return_val_if_fail (invitee != NULL, NULL);

  return mtx_fiber_spawn ("mtx-room-create", mtx_room_create_direct_fiber, creation_new (http, db, rooms, invitee),
                          creation_free);
}
