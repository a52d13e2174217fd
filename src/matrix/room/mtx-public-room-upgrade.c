/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Follows a public room that was replaced by another (specification, § Room Upgrades; S13). A tombstone is one
 * room's word about another; it is believed only if the other says the same of the one. Where rooms point at each
 * other in circles, or in chains without end, the way is short (threat 100).
 */
#include "mtx-public-room-private.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-public-requests.h"

/* Rooms are upgraded every few years. */
#define MAX_UPGRADES 8

/* Between two looks; a room that was replaced says nothing any more. */
#define LOOK_AGAIN_US (G_GINT64_CONSTANT (60) * 60 * G_USEC_PER_SEC)

/* Whether a state event is not there, or not for us to see. */
static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND) || g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED);
}

/* The state event's content, or NULL; with an error only if the server did not say. */
static JsonObject *
fetch_state (MtxHttp    *http,
             const char *room_id,
             const char *type,
             gboolean   *is_closed,
             GError    **error)
{
  g_autoptr (GError)   failure = NULL;
  g_autoptr (MtxReply) reply = dex_await_boxed (mtx_public_requests_fetch_state_event (http, room_id, type), &failure);

  *is_closed = FALSE;
  if (reply != NULL)
    return json_object_ref (mtx_reply_get_body (reply));

  if (is_absent (failure))
    *is_closed = TRUE;
  else
    g_propagate_error (error, g_steal_pointer (&failure));

  return NULL;
}

/* What the tombstone names, if there is one and it names a room. */
static char *
find_replacement (MtxHttp    *http,
                  const char *room_id,
                  GError    **error)
{
  gboolean               is_closed;
  g_autoptr (JsonObject) tombstone = fetch_state (http, room_id, "m.room.tombstone", &is_closed, error);
  const char            *untrusted = tombstone != NULL ? mtx_json_get_string (tombstone, "replacement_room") : NULL;
  g_autoptr (MtxRoomId)  replacement = untrusted != NULL ? mtx_room_id_new (untrusted, NULL) : NULL;

  return replacement != NULL ? g_strdup (untrusted) : NULL;
}

static gboolean
names_predecessor (JsonObject *create,
                   const char *room_id)
{
  JsonObject *predecessor = create != NULL ? mtx_json_get_object (create, "predecessor") : NULL;

  return predecessor != NULL && g_strcmp0 (mtx_json_get_string (predecessor, "room_id"), room_id) == 0;
}

static gboolean
join (MtxPublicRoom *self,
      MtxHttp       *http,
      const char    *room_id,
      GError       **error)
{
  g_autoptr (GPtrArray) servers = g_ptr_array_new ();
  g_autoptr (MtxReply)  reply = NULL;

  for (guint i = 0; i < self->servers->len; i++)
    g_ptr_array_add (servers, self->servers->pdata[i]);
  g_ptr_array_add (servers, NULL);

  reply = dex_await_boxed (mtx_public_requests_join (http, room_id, (const char *const *)servers->pdata), error);

  return reply != NULL;
}

/* Whether @successor says that it came after @room_id. A room that shows itself to members only is joined for it,
 * and left again if it is another. */
static gboolean
confirm (MtxPublicRoom *self,
         MtxHttp       *http,
         const char    *room_id,
         const char    *successor,
         gboolean      *is_joined,
         GError       **error)
{
  gboolean               is_closed;
  g_autoptr (JsonObject) create = fetch_state (http, successor, "m.room.create", &is_closed, error);
  g_autoptr (GError)     failure = NULL;

  *is_joined = FALSE;
  if (!is_closed)
    return names_predecessor (create, room_id);

  if (!join (self, http, successor, &failure))
    {
      if (mtx_error_is_temporary (failure))
        g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  create = fetch_state (http, successor, "m.room.create", &is_closed, &failure);
  if (names_predecessor (create, room_id))
    {
      *is_joined = TRUE;
      return TRUE;
    }

  mtx_fiber_fire (mtx_public_requests_leave (http, successor), "leave a room that is not what it was said to be");
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/**
 * _mtx_public_room_find_successor:
 * @self: a room whose id is known
 * @http: the server
 * @is_joined: (out): whether the last one had to be joined to be known
 * @error: return location for an error
 *
 * Looks, once in an hour, whether the room was replaced, and by what the replacement was replaced. To be awaited in
 * a turn.
 *
 * Returns: (transfer full) (nullable): the last room that both sides confirm; %NULL if there is none, or with an
 *   error if the server did not say
 */
char *
_mtx_public_room_find_successor (MtxPublicRoom *self,
                                 MtxHttp       *http,
                                 gboolean      *is_joined,
                                 GError       **error)
{
  g_autoptr (GPtrArray) way = g_ptr_array_new_with_free_func (g_free);
  gint64                now = g_get_monotonic_time ();
  g_autoptr (GError)    failure = NULL;

  *is_joined = FALSE;
  if (self->looked_for_successor_at != 0 && now - self->looked_for_successor_at < LOOK_AGAIN_US)
    return NULL;

  g_ptr_array_add (way, g_strdup (self->room_id));
  while (way->len <= MAX_UPGRADES && failure == NULL)
    {
      const char      *room_id = way->pdata[way->len - 1];
      g_autofree char *successor = find_replacement (http, room_id, &failure);

      if (successor == NULL || g_ptr_array_find_with_equal_func (way, successor, g_str_equal, NULL)
          || !confirm (self, http, room_id, successor, is_joined, &failure))
        break;
      g_ptr_array_add (way, g_steal_pointer (&successor));
    }

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  self->looked_for_successor_at = now;

  return way->len > 1 ? g_strdup (way->pdata[way->len - 1]) : NULL;
}
