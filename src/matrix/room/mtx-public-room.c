/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads a public room from outside (protocol.md section 11). Nothing here can send into it.
 */
#include "mtx-public-room.h"

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-chunk.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-room-summary.h"

#define MAX_SERVERS     5 /* of those the directory names, to join through */
#define STATE_MAX_BYTES (32 * 1024 * 1024)
#define PAGE_MAX_BYTES  (8 * 1024 * 1024)
#define PAGE_MAX_EVENTS 100

struct _MtxPublicRoom
{
  GObject parent_instance;

  /* owned */
  MtxHttp        *http;
  char           *address; /* what the provider names: an alias or an id */
  MtxRoomSummary *summary; /* NULL until resolved */
  GStrv           servers; /* NULL until resolved */
};

typedef struct
{
  MtxPublicRoom *self;
  char          *older;
  guint          max_events;
} PageJob;

G_DEFINE_FINAL_TYPE (MtxPublicRoom, mtx_public_room, G_TYPE_OBJECT)
G_DEFINE_BOXED_TYPE (MtxPublicPage, mtx_public_page, mtx_public_page_ref, mtx_public_page_unref)

static void
mtx_public_page_clear (gpointer data)
{
  MtxPublicPage *self = data;

  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self->older);
}

static void
page_job_free (gpointer data)
{
  PageJob *job = data;

  g_clear_object (&job->self);
  g_free (job->older);
  g_free (job);
}

static void
mtx_public_room_finalize (GObject *object)
{
  MtxPublicRoom *self = MTX_PUBLIC_ROOM (object);

  g_clear_object (&self->http);
  g_free (self->address);
  g_clear_pointer (&self->summary, mtx_room_summary_free);
  g_strfreev (self->servers);

  G_OBJECT_CLASS (mtx_public_room_parent_class)->finalize (object);
}

static void
mtx_public_room_class_init (MtxPublicRoomClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_public_room_finalize;
}

static void
mtx_public_room_init (MtxPublicRoom *self)
{
}

/**
 * mtx_public_page_ref:
 * @self: a page
 *
 * Returns: (transfer full): @self
 */
MtxPublicPage *
mtx_public_page_ref (MtxPublicPage *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mtx_public_page_unref:
 * @self: (transfer full): a page
 *
 * Gives up one hold on @self.
 */
void
mtx_public_page_unref (MtxPublicPage *self)
{
  g_atomic_rc_box_release_full (self, mtx_public_page_clear);
}

/**
 * mtx_public_room_new:
 * @http: the account's server
 * @alias_or_id: the room's alias, or its id
 *
 * Returns: (transfer full): a room that is yet to be resolved
 */
MtxPublicRoom *
mtx_public_room_new (MtxHttp    *http,
                     const char *alias_or_id)
{
  MtxPublicRoom *self = NULL;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (alias_or_id != NULL, NULL);

  self = g_object_new (MTX_TYPE_PUBLIC_ROOM, NULL);
  self->http = g_object_ref (http);
  self->address = g_strdup (alias_or_id);

  return self;
}

/**
 * mtx_public_room_get_id:
 * @self: a public room
 *
 * Returns: (transfer none) (nullable): the room's id, once it is resolved
 */
const char *
mtx_public_room_get_id (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  return self->summary != NULL ? self->summary->room_id : NULL;
}

/**
 * mtx_public_room_get_name:
 * @self: a public room
 *
 * Returns: (transfer none) (nullable): what the room calls itself, once its state was read; a stranger's words
 */
const char *
mtx_public_room_get_name (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  return self->summary != NULL ? self->summary->name : NULL;
}

/**
 * mtx_public_room_get_power_levels:
 * @self: a public room whose state was read
 *
 * Returns: (transfer full) (nullable): who may do what in it; %NULL before mtx_public_room_peek() has succeeded
 */
MtxPowerLevels *
mtx_public_room_get_power_levels (MtxPublicRoom *self)
{
  MtxJsonLimits          limits = { .max_bytes = 1024 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (JsonObject) content = NULL;

  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  if (self->summary == NULL || self->summary->creators == NULL)
    return NULL;
  if (self->summary->power_levels != NULL)
    content = mtx_json_parse_object (self->summary->power_levels, -1, &limits, NULL);

  return mtx_power_levels_new (content, (const char *const *)self->summary->creators, self->summary->room_version);
}

static void
take_id (MtxPublicRoom *self,
         const char    *room_id,
         JsonArray     *servers)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint                    length = servers != NULL ? MIN (json_array_get_length (servers), (guint)MAX_SERVERS) : 0;

  for (guint i = 0; i < length; i++)
    {
      const char *server = mtx_json_array_string (servers, i);

      if (server != NULL && mtx_server_name_is_valid (server))
        g_strv_builder_add (builder, server);
    }

  if (g_strcmp0 (mtx_public_room_get_id (self), room_id) != 0)
    {
      g_clear_pointer (&self->summary, mtx_room_summary_free);
      self->summary = mtx_room_summary_new (room_id);
    }
  g_strfreev (self->servers);
  self->servers = g_strv_builder_end (builder);
}

static DexFuture *
mtx_public_room_resolve_fiber (gpointer data)
{
  MtxPublicRoom         *self = data;
  g_autoptr (MtxRoomId)  id = mtx_room_id_new (self->address, NULL);
  g_autoptr (MtxRequest) request = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     error = NULL;
  const char            *untrusted = self->address;

  if (id == NULL)
    {
      request = mtx_request_new (MTX_ENDPOINT_DIRECTORY_ROOM, self->address, NULL);
      reply = dex_await_boxed (mtx_http_send (self->http, request), &error);
      if (reply == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));

      untrusted = mtx_json_get_string (mtx_reply_get_body (reply), "room_id");
      id = untrusted != NULL ? mtx_room_id_new (untrusted, NULL) : NULL;
      if (id == NULL)
        return dex_future_new_reject (MTX_ERROR, MTX_ERROR_BAD_REPLY, "The directory names no room");
    }

  take_id (self, untrusted, reply != NULL ? mtx_json_get_array (mtx_reply_get_body (reply), "servers") : NULL);

  return dex_future_new_take_string (g_strdup (mtx_public_room_get_id (self)));
}

/**
 * mtx_public_room_resolve:
 * @self: a public room
 *
 * Asks the directory for the room behind the alias; an id needs no asking.
 *
 * Returns: (transfer full): a future that resolves to the room id, a string; rejects with %MTX_ERROR_NOT_FOUND if
 *   the alias leads nowhere, or as mtx_http_send() does
 */
DexFuture *
mtx_public_room_resolve (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  return mtx_fiber_spawn ("mtx-public-room-resolve", mtx_public_room_resolve_fiber, g_object_ref (self), g_object_unref);
}

static DexFuture *
mtx_public_room_peek_fiber (gpointer data)
{
  MtxPublicRoom             *self = data;
  g_autoptr (MtxRequest)     request = mtx_request_new (MTX_ENDPOINT_STATE, self->summary->room_id, NULL);
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (self->summary->room_id);
  g_autoptr (MtxEventChunk)  chunk = NULL;
  g_autoptr (GError)         error = NULL;

  mtx_request_set_max_reply (request, STATE_MAX_BYTES);
  chunk = dex_await_boxed (mtx_event_chunk_fetch (self->http, request, self->summary->room_id), &error);
  if (chunk == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < chunk->events->len; i++)
    mtx_room_summary_apply_state (summary, g_ptr_array_index (chunk->events, i));
  if (summary->creators == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_BAD_REPLY, "The state of the room has no beginning");

  g_clear_pointer (&self->summary, mtx_room_summary_free);
  self->summary = g_steal_pointer (&summary);

  return dex_future_new_true ();
}

/**
 * mtx_public_room_peek:
 * @self: a resolved public room
 *
 * Reads the room's current state: its name, and who may do what. Without joining where the room is world-readable.
 *
 * Returns: (transfer full): a future that resolves when it is read; rejects with %MTX_ERROR_REFUSED if one must
 *   join first, or as mtx_http_send() does
 */
DexFuture *
mtx_public_room_peek (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);
  g_return_val_if_fail (self->summary != NULL, NULL);

  return mtx_fiber_spawn ("mtx-public-room-peek", mtx_public_room_peek_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_public_room_join:
 * @self: a resolved public room
 *
 * Joins the room, for rooms that cannot be read from outside; through the servers the directory named, under both
 * names of that parameter (M31).
 *
 * Returns: (transfer full): a future that resolves when we are in; rejects with %MTX_ERROR_REFUSED if we may not
 *   join, or as mtx_http_send() does
 */
DexFuture *
mtx_public_room_join (MtxPublicRoom *self)
{
  g_autoptr (MtxRequest) request = NULL;
  g_autoptr (JsonObject) body = json_object_new ();

  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);
  g_return_val_if_fail (self->summary != NULL, NULL);

  request = mtx_request_new (MTX_ENDPOINT_JOIN, self->summary->room_id, NULL);
  for (guint i = 0; self->servers[i] != NULL; i++)
    {
      mtx_request_add_query (request, "via", self->servers[i]);
      mtx_request_add_query (request, "server_name", self->servers[i]);
    }
  mtx_request_set_body (request, body);

  return mtx_http_send (self->http, request);
}

static DexFuture *
mtx_public_room_load_page_fiber (gpointer data)
{
  PageJob                  *job = data;
  MtxPublicRoom            *self = job->self;
  g_autoptr (MtxRequest)    request = mtx_request_new (MTX_ENDPOINT_MESSAGES, self->summary->room_id, NULL);
  g_autofree char          *limit = g_strdup_printf ("%u", MIN (job->max_events, PAGE_MAX_EVENTS));
  g_autoptr (MtxEventChunk) chunk = NULL;
  g_autoptr (GError)        error = NULL;
  MtxPublicPage            *page = NULL;

  mtx_request_add_query (request, "dir", "b");
  mtx_request_add_query (request, "limit", limit);
  if (job->older != NULL)
    mtx_request_add_query (request, "from", job->older);
  mtx_request_set_max_reply (request, PAGE_MAX_BYTES);

  chunk = dex_await_boxed (mtx_event_chunk_fetch (self->http, request, self->summary->room_id), &error);
  if (chunk == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  page = g_atomic_rc_box_new0 (MtxPublicPage);
  page->events = g_ptr_array_ref (chunk->events);
  page->older = g_strcmp0 (chunk->end, job->older) != 0 ? g_strdup (chunk->end) : NULL;

  return dex_future_new_take_boxed (MTX_TYPE_PUBLIC_PAGE, page);
}

/**
 * mtx_public_room_load_page:
 * @self: a resolved public room
 * @older: (nullable): the token of an earlier page, or %NULL for the newest
 * @max_events: at most so many, up to 100
 *
 * Reads messages backwards. Encrypted ones stay so: announcements are plain.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxPublicPage, newest first; rejects with
 *   %MTX_ERROR_REFUSED if one must join first, or as mtx_http_send() does
 */
DexFuture *
mtx_public_room_load_page (MtxPublicRoom *self,
                           const char    *older,
                           guint          max_events)
{
  PageJob *job = NULL;

  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);
  g_return_val_if_fail (self->summary != NULL, NULL);
  g_return_val_if_fail (max_events > 0, NULL);

  job = g_new0 (PageJob, 1);
  job->self = g_object_ref (self);
  job->older = g_strdup (older);
  job->max_events = max_events;

  return mtx_fiber_spawn ("mtx-public-room-page", mtx_public_room_load_page_fiber, job, page_job_free);
}
