/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room seen from outside (protocol.md § 11). While we are in it, sync brings what is new and this only looks at
 * the store; otherwise this asks for the newest page and stores it the same way. One operation runs at a time.
 */
#include "mtx-public-room-private.h"

#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-public-requests.h"

/* The first paint reads at most so many hundred rows; a person who scrolls, or the network, goes on from there. */
#define FIRST_STEPS 5
#define OLDER_STEPS 10

/* How long sync may take to bring a room we have joined before we look for ourselves. */
#define JOIN_PATIENCE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  MtxPublicRoom *self;
  MtxHttp       *http;
  char          *remembered_id;
} Operation;

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

G_DEFINE_FINAL_TYPE (MtxPublicRoom, mtx_public_room, G_TYPE_OBJECT)

static guint signals[N_SIGNALS];

static void
operation_free (gpointer data)
{
  Operation *operation = data;

  g_clear_object (&operation->self);
  g_clear_object (&operation->http);
  g_free (operation->remembered_id);
  g_free (operation);
}

static Operation *
operation_new (MtxPublicRoom *self,
               MtxHttp       *http)
{
  Operation *operation = g_new0 (Operation, 1);

  operation->self = g_object_ref (self);
  g_set_object (&operation->http, http);

  return operation;
}

static void
add_server (MtxPublicRoom *self,
            const char    *server)
{
  if (mtx_server_name_is_valid (server) && !g_ptr_array_find_with_equal_func (self->servers, server, g_str_equal, NULL))
    g_ptr_array_add (self->servers, g_strdup (server));
}

static gboolean
is_alias (MtxPublicRoom *self)
{
  return self->address[0] == '#';
}

/* Tells once what an operation changed; a sync may have changed who has power. */
static void
tell_changes (MtxPublicRoom *self)
{
  g_autoptr (MtxPowerLevels) levels = mtx_public_room_dup_power_levels (self);
  gboolean                   has_older = mtx_public_room_get_has_older (self);

  if (!self->changed && self->told_levels == levels && self->told_has_older == has_older)
    return;

  self->changed = FALSE;
  self->told_has_older = has_older;
  g_clear_pointer (&self->told_levels, mtx_power_levels_unref);
  self->told_levels = g_steal_pointer (&levels);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* Shows what is stored of the room with this id. */
static gboolean
adopt_room (MtxPublicRoom *self,
            const char    *room_id,
            GError       **error)
{
  g_assert (self->room_id == NULL);

  self->room_id = g_strdup (room_id);
  self->summary = mtx_room_summary_new (room_id);

  return _mtx_public_room_load_power (self, error) && _mtx_public_room_page_back (self, NULL, FIRST_STEPS, error);
}

/* Where an alias leads is asked when it must be known: at first, and for servers to join by. */
static gboolean
resolve (MtxPublicRoom *self,
         MtxHttp       *http,
         GError       **error)
{
  g_autoptr (MtxRoomAddress) address = NULL;

  address = dex_await_boxed (mtx_public_requests_resolve (http, self->address), error);
  if (address == NULL)
    return FALSE;

  self->resolved = TRUE;

  /* A room that was remembered stays, wherever the alias leads by now: nobody has agreed to read another one. */
  if (self->room_id != NULL && !g_str_equal (self->room_id, address->room_id))
    return TRUE;

  for (guint i = 0; address->servers[i] != NULL; i++)
    add_server (self, address->servers[i]);

  return self->room_id != NULL || adopt_room (self, address->room_id, error);
}

/* A room that our server is not in looks to some servers as if it did not exist. */
static gboolean
is_closed_to_us (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
}

static gboolean
join (MtxPublicRoom *self,
      MtxHttp       *http,
      GError       **error)
{
  g_autoptr (GPtrArray) servers = NULL;
  g_autoptr (MtxReply)  reply = NULL;
  g_autoptr (GError)    failure = NULL;

  /* Without the directory there may still be a server that knows the room. */
  if (is_alias (self) && !self->resolved && !resolve (self, http, &failure) && mtx_error_is_temporary (failure))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  servers = g_ptr_array_new ();
  for (guint i = 0; i < self->servers->len; i++)
    g_ptr_array_add (servers, self->servers->pdata[i]);
  g_ptr_array_add (servers, NULL);

  reply = dex_await_boxed (mtx_public_requests_join (http, self->room_id, (const char *const *)servers->pdata), error);
  if (reply == NULL)
    return FALSE;

  self->joined_at = g_get_monotonic_time ();

  return TRUE;
}

static gboolean
awaits_sync (MtxPublicRoom *self)
{
  return self->joined_at != 0 && !mtx_public_room_get_member (self) && g_get_monotonic_time () - self->joined_at < JOIN_PATIENCE_US;
}

/* Brings what is new into the store, if sync does not do that. */
static gboolean
look (MtxPublicRoom *self,
      MtxHttp       *http,
      GError       **error)
{
  g_autoptr (GError) failure = NULL;

  if (mtx_public_room_get_member (self))
    return _mtx_public_room_load_newer (self, error);

  if (awaits_sync (self) || (_mtx_public_room_fetch_newest (self, http, &failure) && _mtx_public_room_fetch_power (self, http, &failure)))
    return TRUE;

  if (is_closed_to_us (failure))
    return join (self, http, error);

  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

/* From here on another room is read: the one that took this one's place. */
static gboolean
move (MtxPublicRoom *self,
      const char    *successor,
      gboolean       is_joined,
      GError       **error)
{
  g_clear_pointer (&self->room_id, g_free);
  g_clear_pointer (&self->summary, mtx_room_summary_free);
  g_clear_pointer (&self->levels, mtx_power_levels_unref);
  g_clear_pointer (&self->window, mtx_public_window_free);
  self->window = mtx_public_window_new ();
  self->newest_position = 0;
  self->oldest_position = G_MAXINT64;
  self->auto_pages = 0;
  self->n_gaps = 0;
  self->store_exhausted = FALSE;
  self->power_current = FALSE;
  self->changed = TRUE;
  self->joined_at = is_joined ? g_get_monotonic_time () : 0;

  return adopt_room (self, successor, error);
}

/* If the room was replaced, what replaced it is read instead. */
static gboolean
follow (MtxPublicRoom *self,
        MtxHttp       *http,
        GError       **error)
{
  gboolean           is_joined;
  g_autoptr (GError) failure = NULL;
  g_autofree char   *successor = _mtx_public_room_find_successor (self, http, &is_joined, &failure);

  /* What the room itself says stays readable, whatever the server says of others. */
  if (failure != NULL)
    g_debug ("it is not known whether a room was replaced: %s", failure->message);

  return successor == NULL || (move (self, successor, is_joined, error) && look (self, http, error));
}

static DexFuture *
mtx_public_room_load_fiber (gpointer data)
{
  Operation         *operation = data;
  MtxPublicRoom     *self = operation->self;
  g_autoptr (GError) error = NULL;

  if (self->room_id == NULL && operation->remembered_id != NULL && !adopt_room (self, operation->remembered_id, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  tell_changes (self);

  return dex_future_new_true ();
}

static DexFuture *
mtx_public_room_refresh_fiber (gpointer data)
{
  Operation         *operation = data;
  MtxPublicRoom     *self = operation->self;
  MtxHttp           *http = operation->http;
  gboolean           done;
  g_autoptr (GError) error = NULL;

  done = (self->room_id != NULL || resolve (self, http, &error)) && look (self, http, &error) && follow (self, http, &error) && (awaits_sync (self) || _mtx_public_room_catch_up (self, http, &error));

  tell_changes (self);
  if (!done)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_for_boolean (!awaits_sync (self));
}

static DexFuture *
mtx_public_room_load_older_fiber (gpointer data)
{
  Operation         *operation = data;
  MtxPublicRoom     *self = operation->self;
  gboolean           done;
  g_autoptr (GError) error = NULL;

  if (self->room_id == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "It is not known which room to read");

  done = _mtx_public_room_page_back (self, operation->http, OLDER_STEPS, &error);
  tell_changes (self);

  return done ? dex_future_new_true () : dex_future_new_for_error (g_steal_pointer (&error));
}

static void
mtx_public_room_finalize (GObject *object)
{
  MtxPublicRoom *self = MTX_PUBLIC_ROOM (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->db);
  g_clear_object (&self->rooms);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->room_id, g_free);
  g_clear_pointer (&self->servers, g_ptr_array_unref);
  g_clear_pointer (&self->summary, mtx_room_summary_free);
  g_clear_pointer (&self->levels, mtx_power_levels_unref);
  g_clear_pointer (&self->told_levels, mtx_power_levels_unref);
  g_clear_pointer (&self->window, mtx_public_window_free);

  G_OBJECT_CLASS (mtx_public_room_parent_class)->finalize (object);
}

static void
mtx_public_room_class_init (MtxPublicRoomClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_public_room_finalize;

  /**
   * MtxPublicRoom::changed:
   * @self: a room
   *
   * Other posts, other power, or another answer to whether there are older ones.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mtx_public_room_init (MtxPublicRoom *self)
{
  self->servers = g_ptr_array_new_with_free_func (g_free);
  self->window = mtx_public_window_new ();
  self->oldest_position = G_MAXINT64;
}

/**
 * mtx_public_room_new:
 * @db: where its events are kept
 * @rooms: the rooms that sync brings
 * @address: a valid room alias or room id
 * @via: (nullable) (array zero-terminated=1): servers that may know the room
 *
 * Creates a room of which nothing is loaded.
 *
 * Returns: (transfer full): the room
 */
MtxPublicRoom *
mtx_public_room_new (MtxDb             *db,
                     MtxRoomList       *rooms,
                     const char        *address,
                     const char *const *via)
{
  MtxPublicRoom *self;
  const char    *server;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (MTX_IS_ROOM_LIST (rooms), NULL);
  g_return_val_if_fail (address != NULL, NULL);

  self = g_object_new (MTX_TYPE_PUBLIC_ROOM, NULL);
  self->db = g_object_ref (db);
  self->rooms = g_object_ref (rooms);
  self->address = g_strdup (address);

  for (guint i = 0; via != NULL && via[i] != NULL; i++)
    add_server (self, via[i]);

  /* An alias names the server whose directory has it. A room id is opaque (M31). */
  server = is_alias (self) ? strchr (address, ':') : NULL;
  if (server != NULL)
    add_server (self, server + 1);

  return self;
}

/**
 * mtx_public_room_get_id:
 * @self: a room
 *
 * Returns: (transfer none) (nullable): the room id, once it is known
 */
const char *
mtx_public_room_get_id (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  return self->room_id;
}

/**
 * mtx_public_room_get_member:
 * @self: a room
 *
 * Returns: whether we are in the room, so that sync brings what is new
 */
gboolean
mtx_public_room_get_member (MtxPublicRoom *self)
{
  MtxRoom *room;

  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), FALSE);

  room = self->room_id != NULL ? mtx_room_list_lookup (self->rooms, self->room_id) : NULL;

  return room != NULL && mtx_room_get_membership (room) == MTX_MEMBERSHIP_JOIN;
}

/**
 * mtx_public_room_get_has_older:
 * @self: a room
 *
 * Returns: whether mtx_public_room_load_older() may find more
 */
gboolean
mtx_public_room_get_has_older (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), FALSE);

  return self->room_id != NULL && (self->n_gaps > 0 || !self->store_exhausted);
}

/**
 * mtx_public_room_get_n_posts:
 * @self: a room
 *
 * Returns: how many text posts are loaded, whoever wrote them
 */
guint
mtx_public_room_get_n_posts (MtxPublicRoom *self)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), 0);

  return mtx_public_window_get_n (self->window);
}

/**
 * mtx_public_room_get_post:
 * @self: a room
 * @position: 0 is the newest; less than mtx_public_room_get_n_posts()
 *
 * Returns: (transfer none): a text post that is neither redacted nor an edit of another one
 */
MtxEvent *
mtx_public_room_get_post (MtxPublicRoom *self,
                          guint          position)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  return mtx_public_window_get (self->window, position);
}

/**
 * mtx_public_room_load:
 * @self: a room
 * @remembered_id: (nullable): the room id its alias led to in an earlier run
 *
 * Shows what is stored. If @remembered_id is given the alias is not asked again, and if it leads elsewhere by
 * now, it is not followed. Needs no network.
 *
 * Returns: (transfer full): a future that resolves when that is done; rejects as the store does
 */
DexFuture *
mtx_public_room_load (MtxPublicRoom *self,
                      const char    *remembered_id)
{
  Operation *operation;

  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);

  operation = operation_new (self, NULL);
  operation->remembered_id = g_strdup (is_alias (self) ? remembered_id : self->address);

  return mtx_turns_take (&self->turns, "mtx-public-room-load", mtx_public_room_load_fiber, operation, operation_free);
}

/**
 * mtx_public_room_refresh:
 * @self: a room
 * @http: the server
 *
 * Looks for what is new: what sync has stored if we are in the room, else the newest page of a room that may be
 * read by anybody. A room that may not is joined, and nothing is said there.
 *
 * Returns: (transfer full): a future that resolves to whether the posts are current; %FALSE means that the room was
 *   joined and the next sync brings it. Rejects with %MTX_ERROR_REFUSED or %MTX_ERROR_NOT_FOUND if the room is not
 *   for us, otherwise as mtx_http_send() and the store do
 */
DexFuture *
mtx_public_room_refresh (MtxPublicRoom *self,
                         MtxHttp       *http)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);

  return mtx_turns_take (&self->turns, "mtx-public-room-refresh", mtx_public_room_refresh_fiber,
                         operation_new (self, http), operation_free);
}

/**
 * mtx_public_room_load_older:
 * @self: a room
 * @http: (nullable): the server, or %NULL to show only what is stored
 *
 * Adds a page of older posts by people with power, and what others wrote in between.
 *
 * Returns: (transfer full): a future that resolves when that is done; rejects with %MTX_ERROR_NOT_FOUND while the
 *   room id is not known, otherwise as mtx_http_send() and the store do. What was found before stays
 */
DexFuture *
mtx_public_room_load_older (MtxPublicRoom *self,
                            MtxHttp       *http)
{
  g_return_val_if_fail (MTX_IS_PUBLIC_ROOM (self), NULL);
  g_return_val_if_fail (http == NULL || MTX_IS_HTTP (http), NULL);

  return mtx_turns_take (&self->turns, "mtx-public-room-load-older", mtx_public_room_load_older_fiber,
                         operation_new (self, http), operation_free);
}
