/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading from outside (specification, § Syncing, "Room Previews" and `/messages`): an address, pages of
 * messages, state; and joining where a room is not open to all eyes.
 */
#include "mtx-public-requests.h"

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-json.h"

/* A page of the largest events there may be (65 536 bytes each, specification § Size limits), and their frame. */
#define PAGE_EVENTS    "100"
#define MAX_PAGE_BYTES (8 * 1024 * 1024)

/* State holds every member; a public room may have many. */
#define MAX_STATE_BYTES MTX_REQUEST_SYNC_MAX_BYTES

/* More servers than this make no room easier to find. */
#define MAX_SERVERS 20

/* Who came and went is most of what happens in a public room and nothing of what we show. */
#define PAGE_FILTER "{\"types\":[\"m.room.message\",\"m.room.redaction\",\"m.room.power_levels\"]}"

G_DEFINE_BOXED_TYPE (MtxRoomAddress, mtx_room_address, mtx_room_address_copy, mtx_room_address_free)

/**
 * mtx_room_address_copy:
 * @self: an address
 *
 * Returns: (transfer full): an equal one
 */
MtxRoomAddress *
mtx_room_address_copy (MtxRoomAddress *self)
{
  MtxRoomAddress *copy = g_new0 (MtxRoomAddress, 1);

  copy->room_id = g_strdup (self->room_id);
  copy->servers = g_strdupv (self->servers);

  return copy;
}

/**
 * mtx_room_address_free:
 * @self: (transfer full): an address
 *
 * Frees it.
 */
void
mtx_room_address_free (MtxRoomAddress *self)
{
  g_free (self->room_id);
  g_strfreev (self->servers);
  g_free (self);
}

static GStrv
read_servers (JsonArray *untrusted)
{
  g_autoptr (GStrvBuilder) servers = g_strv_builder_new ();
  guint                    n_servers = 0;

  for (guint i = 0; untrusted != NULL && i < json_array_get_length (untrusted) && n_servers < MAX_SERVERS; i++)
    {
      const char *server = mtx_json_array_string (untrusted, i);

      if (server == NULL || !mtx_server_name_is_valid (server))
        continue;
      g_strv_builder_add (servers, server);
      n_servers++;
    }

  return g_strv_builder_end (servers);
}

static DexFuture *
read_address (DexFuture *future,
              gpointer   user_data)
{
  MtxReply             *reply = g_value_get_boxed (dex_future_get_value (future, NULL));
  JsonObject           *body = mtx_reply_get_body (reply);
  const char           *id = mtx_json_get_string (body, "room_id");
  g_autoptr (MtxRoomId) room_id = id != NULL ? mtx_room_id_new (id, NULL) : NULL;
  MtxRoomAddress       *address;

  if (room_id == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_BAD_REPLY, "Not where an alias leads");

  address = g_new0 (MtxRoomAddress, 1);
  address->room_id = g_strdup (id);
  address->servers = read_servers (mtx_json_get_array (body, "servers"));

  return dex_future_new_take_boxed (MTX_TYPE_ROOM_ADDRESS, address);
}

/**
 * mtx_public_requests_resolve:
 * @http: the server
 * @alias: a room alias
 *
 * Asks where an alias leads (specification, § Room aliases).
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxRoomAddress; rejects as mtx_http_send() does
 */
DexFuture *
mtx_public_requests_resolve (MtxHttp    *http,
                             const char *alias)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_DIRECTORY_ROOM, alias, NULL);

  return dex_future_then (mtx_http_send (http, request), read_address, NULL, NULL);
}

/**
 * mtx_public_requests_fetch_page:
 * @http: the server
 * @room_id: a room
 * @from: (nullable): the token of a page, or %NULL for the newest one
 *
 * Asks for messages, newest first.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxEventChunk; rejects as mtx_event_chunk_fetch() does
 */
DexFuture *
mtx_public_requests_fetch_page (MtxHttp    *http,
                                const char *room_id,
                                const char *from)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_MESSAGES, room_id, NULL);

  mtx_request_add_query (request, "dir", "b");
  mtx_request_add_query (request, "limit", PAGE_EVENTS);
  mtx_request_add_query (request, "filter", PAGE_FILTER);
  if (from != NULL)
    mtx_request_add_query (request, "from", from);
  mtx_request_set_max_reply (request, MAX_PAGE_BYTES);

  return mtx_event_chunk_fetch (http, request, room_id);
}

/**
 * mtx_public_requests_fetch_state:
 * @http: the server
 * @room_id: a room
 *
 * Asks for the whole state.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxEventChunk; rejects as mtx_event_chunk_fetch() does
 */
DexFuture *
mtx_public_requests_fetch_state (MtxHttp    *http,
                                 const char *room_id)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_STATE, room_id, NULL);

  mtx_request_set_max_reply (request, MAX_STATE_BYTES);

  return mtx_event_chunk_fetch (http, request, room_id);
}

/**
 * mtx_public_requests_fetch_levels:
 * @http: the server
 * @room_id: a room
 *
 * Asks for the content of `m.room.power_levels` alone.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxReply; rejects as mtx_http_send() does, with
 *   %MTX_ERROR_NOT_FOUND if the room has none
 */
DexFuture *
mtx_public_requests_fetch_levels (MtxHttp    *http,
                                  const char *room_id)
{
  return mtx_public_requests_fetch_state_event (http, room_id, "m.room.power_levels");
}

/**
 * mtx_public_requests_fetch_state_event:
 * @http: the server
 * @room_id: a room
 * @type: a type of state; the state key is empty
 *
 * Asks for one piece of a room's state.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxReply, the content; rejects as mtx_http_send()
 *   does, with %MTX_ERROR_NOT_FOUND if there is none
 */
DexFuture *
mtx_public_requests_fetch_state_event (MtxHttp    *http,
                                       const char *room_id,
                                       const char *type)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_STATE_EVENT, room_id, type, "", NULL);

  return mtx_http_send (http, request);
}

/**
 * mtx_public_requests_leave:
 * @http: the server
 * @room_id: a room
 *
 * Leaves a room that was joined by mistake.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxReply; rejects as mtx_http_send() does
 */
DexFuture *
mtx_public_requests_leave (MtxHttp    *http,
                           const char *room_id)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_LEAVE, room_id, NULL);
  g_autoptr (JsonObject) nothing = json_object_new ();

  mtx_request_set_body (request, nothing);

  return mtx_http_send (http, request);
}

/**
 * mtx_public_requests_join:
 * @http: the server
 * @room_id: a room
 * @servers: servers that may know it; a room id names none by itself (M31)
 *
 * Joins the room and says nothing in it.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxReply; rejects as mtx_http_send() does
 */
DexFuture *
mtx_public_requests_join (MtxHttp           *http,
                          const char        *room_id,
                          const char *const *servers)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_JOIN, room_id, NULL);

  /* Older servers know the parameter by its former name. */
  for (guint i = 0; servers[i] != NULL && i < MAX_SERVERS; i++)
    {
      mtx_request_add_query (request, "via", servers[i]);
      mtx_request_add_query (request, "server_name", servers[i]);
    }

  return mtx_http_send (http, request);
}
