/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The announcements: of all posts in the provider's room those by people with power, as a list, and how far the
 * person has read them. Nothing here, or below, can write into the room.
 */
#include "sup-feed-private.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-outside.h"
#include "mtx-public-room.h"
#include "mtx-room-list.h"
#include "mtx-session-notes.h"

/* A post dated further ahead would be new for ever, so it never is. */
#define MAX_AHEAD_MS (G_GINT64_CONSTANT (24) * 60 * 60 * 1000)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_UNREAD_COUNT,
  PROP_HIDDEN_COUNT,
  PROP_HAS_OLDER,
  PROP_N_ITEMS,
  N_PROPS
};

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_ENUM_TYPE (SupFeedState, sup_feed_state, G_DEFINE_ENUM_VALUE (SUP_FEED_NOT_SET_UP, "not-set-up"), G_DEFINE_ENUM_VALUE (SUP_FEED_LOADING, "loading"), G_DEFINE_ENUM_VALUE (SUP_FEED_READY, "ready"), G_DEFINE_ENUM_VALUE (SUP_FEED_CACHED, "cached"), G_DEFINE_ENUM_VALUE (SUP_FEED_NOT_PUBLIC, "not-public"), G_DEFINE_ENUM_VALUE (SUP_FEED_UNREACHABLE, "unreachable"))

G_DEFINE_FINAL_TYPE_WITH_CODE (SupFeed, sup_feed, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static GParamSpec *properties[N_PROPS];

/* Changes the state. */
void
_sup_feed_set_state (SupFeed     *self,
                     SupFeedState state)
{
  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
sup_feed_set_count (SupFeed    *self,
                    guint      *field,
                    guint       count,
                    GParamSpec *pspec)
{
  if (*field == count)
    return;

  *field = count;
  g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

/* List */

static GPtrArray *
sup_feed_collect (SupFeed *self,
                  guint   *hidden)
{
  g_autoptr (MtxPowerLevels) levels = mtx_public_room_dup_power_levels (self->room);
  GPtrArray                 *events = g_ptr_array_new ();
  guint                      n_posts = mtx_public_room_get_n_posts (self->room);

  *hidden = 0;
  for (guint i = 0; levels != NULL && i < n_posts; i++)
    {
      MtxEvent *event = mtx_public_room_get_post (self->room, i);

      /* Who it says it is counts for nothing: a stranger may have the provider's name. */
      if (mtx_power_levels_can_moderate (levels, mtx_event_get_sender (event)))
        g_ptr_array_add (events, event);
      else
        (*hidden)++;
    }

  return events;
}

static gboolean
is_item_of (gpointer  item,
            MtxEvent *event)
{
  return g_str_equal (sup_feed_item_get_event_id (item), mtx_event_get_event_id (event))
         && g_str_equal (sup_feed_item_get_body (item), mtx_event_get_body (event));
}

/* Changes only what is different, so that a list on the screen keeps its place. */
static void
sup_feed_set_events (SupFeed   *self,
                     GPtrArray *events)
{
  GPtrArray *items = self->items;
  guint      n_before = items->len;
  guint      head = 0;
  guint      tail = 0;
  guint      removed;
  guint      added;

  while (head < MIN (items->len, events->len) && is_item_of (g_ptr_array_index (items, head), g_ptr_array_index (events, head)))
    head++;
  while (tail < MIN (items->len, events->len) - head && is_item_of (g_ptr_array_index (items, items->len - 1 - tail), g_ptr_array_index (events, events->len - 1 - tail)))
    tail++;

  removed = items->len - head - tail;
  added = events->len - head - tail;
  if (removed == 0 && added == 0)
    return;

  if (removed > 0)
    g_ptr_array_remove_range (items, head, removed);
  for (guint i = 0; i < added; i++)
    {
      MtxEvent *event = g_ptr_array_index (events, head + i);

      g_ptr_array_insert (items, (int)(head + i),
                          sup_feed_item_new (mtx_event_get_event_id (event), mtx_event_get_body (event),
                                             mtx_event_get_timestamp_ms (event)));
    }

  g_list_model_items_changed (G_LIST_MODEL (self), head, removed, added);
  if (items->len != n_before)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

/* The time of the newest post that is not dated into the future; 0 if there is none. */
gint64
_sup_feed_find_newest_ms (SupFeed *self)
{
  gint64 limit_ms = g_get_real_time () / 1000 + MAX_AHEAD_MS;
  gint64 newest_ms = 0;

  for (guint i = 0; i < self->items->len; i++)
    {
      gint64 time_ms = sup_feed_item_get_timestamp_ms (g_ptr_array_index (self->items, i));

      if (time_ms <= limit_ms)
        newest_ms = MAX (newest_ms, time_ms);
    }

  return newest_ms;
}

static void
sup_feed_update_unread (SupFeed *self)
{
  gint64 limit_ms = g_get_real_time () / 1000 + MAX_AHEAD_MS;
  guint  unread = 0;

  for (guint i = 0; self->read_ms != SUP_FEED_NEVER_READ && i < self->items->len; i++)
    {
      gint64 time_ms = sup_feed_item_get_timestamp_ms (g_ptr_array_index (self->items, i));

      if (time_ms > self->read_ms && time_ms <= limit_ms)
        unread++;
    }

  sup_feed_set_count (self, &self->unread, unread, properties[PROP_UNREAD_COUNT]);
}

static void
sup_feed_update (gpointer data)
{
  SupFeed              *self = data;
  guint                 hidden = 0;
  g_autoptr (GPtrArray) events = sup_feed_collect (self, &hidden);
  gboolean              has_older = mtx_public_room_get_has_older (self->room);

  sup_feed_set_events (self, events);
  sup_feed_set_count (self, &self->hidden, hidden, properties[PROP_HIDDEN_COUNT]);
  sup_feed_update_unread (self);

  if (self->has_older != has_older)
    {
      self->has_older = has_older;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_OLDER]);
    }
}

static void
on_room_changed (SupFeed *self)
{
  mtx_outside_call (sup_feed_update, g_object_ref (self), g_object_unref);
}

/* Notes */

/* The room an alias led to is remembered together with the alias: another alias was consented to anew. */
static char *
sup_feed_read_room_note (SupFeed    *self,
                         const char *note)
{
  const char *end = note != NULL ? strchr (note, '\n') : NULL;

  return end != NULL && g_str_equal (end + 1, self->address) ? g_strndup (note, (gsize)(end - note)) : NULL;
}

/* Remembers how far the person has read. */
void
_sup_feed_set_read (SupFeed *self,
                    gint64   read_ms)
{
  g_autofree char *note = g_strdup_printf ("%" G_GINT64_FORMAT, read_ms);

  self->read_ms = read_ms;
  mtx_fiber_fire (mtx_session_save_note (self->session, MTX_SESSION_NOTE_FEED_READ, note), "Remembering what was read");
  sup_feed_update_unread (self);
}

/* Object */

static GType
sup_feed_get_item_type (GListModel *model)
{
  return SUP_TYPE_FEED_ITEM;
}

static guint
sup_feed_get_n_items (GListModel *model)
{
  return SUP_FEED (model)->items->len;
}

static gpointer
sup_feed_get_item (GListModel *model,
                   guint       position)
{
  SupFeed *self = SUP_FEED (model);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position)) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = sup_feed_get_item_type;
  iface->get_n_items = sup_feed_get_n_items;
  iface->get_item = sup_feed_get_item;
}

static void
sup_feed_finalize (GObject *object)
{
  SupFeed *self = SUP_FEED (object);

  dex_clear (&self->watch);
  dex_clear (&self->watch_fiber);
  dex_clear (&self->wake);
  g_clear_object (&self->room);
  g_clear_object (&self->session);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->via, g_strfreev);

  G_OBJECT_CLASS (sup_feed_parent_class)->finalize (object);
}

static void
sup_feed_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  SupFeed *self = SUP_FEED (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;

    case PROP_UNREAD_COUNT:
      g_value_set_uint (value, self->unread);
      break;

    case PROP_HIDDEN_COUNT:
      g_value_set_uint (value, self->hidden);
      break;

    case PROP_HAS_OLDER:
      g_value_set_boolean (value, self->has_older);
      break;

    case PROP_N_ITEMS:
      g_value_set_uint (value, self->items->len);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_feed_class_init (SupFeedClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_feed_finalize;
  object_class->get_property = sup_feed_get_property;
  mtx_outside_notify (object_class);

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SUP_TYPE_FEED_STATE, SUP_FEED_NOT_SET_UP, flags);
  properties[PROP_UNREAD_COUNT] = g_param_spec_uint ("unread-count", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_HIDDEN_COUNT] = g_param_spec_uint ("hidden-count", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_HAS_OLDER] = g_param_spec_boolean ("has-older", NULL, NULL, FALSE, flags);
  properties[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_feed_init (SupFeed *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->read_ms = SUP_FEED_NEVER_READ;
}

/* @room NULL means that the provider has no announcements. Closed before it is let go of. */
SupFeed *
_sup_feed_new (MtxSession        *session,
               const char        *room,
               const char *const *via)
{
  SupFeed *self = g_object_new (SUP_TYPE_FEED, NULL);

  self->session = g_object_ref (session);
  self->address = g_strdup (room);
  self->via = g_strdupv ((GStrv)via);
  self->state = room != NULL ? SUP_FEED_LOADING : SUP_FEED_NOT_SET_UP;

  return self;
}

static DexFuture *
sup_feed_load_fiber (gpointer data)
{
  SupFeed                  *self = data;
  g_autoptr (MtxPublicRoom) room = NULL;
  g_autofree char          *room_note = NULL;
  g_autofree char          *read_note = NULL;
  g_autofree char          *room_id = NULL;
  g_autoptr (GError)        error = NULL;

  room_note = dex_await_string (mtx_session_load_note (self->session, MTX_SESSION_NOTE_FEED_ROOM), &error);
  if (error == NULL)
    read_note = dex_await_string (mtx_session_load_note (self->session, MTX_SESSION_NOTE_FEED_READ), &error);
  if (error != NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (read_note != NULL && !g_ascii_string_to_signed (read_note, 10, 0, G_MAXINT64, &self->read_ms, NULL))
    self->read_ms = SUP_FEED_NEVER_READ;

  self->room = mtx_public_room_new (mtx_session_get_db (self->session), mtx_session_get_rooms (self->session),
                                    self->address, (const char *const *)self->via);
  g_signal_connect_object (self->room, "changed", G_CALLBACK (on_room_changed), self, G_CONNECT_SWAPPED);

  room_id = sup_feed_read_room_note (self, room_note);
  if (!dex_await (mtx_public_room_load (self->room, room_id), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (self->items->len > 0)
    _sup_feed_set_state (self, SUP_FEED_CACHED);

  return dex_future_new_true ();
}

/* Shows what is stored. Needs no network. */
DexFuture *
_sup_feed_load (SupFeed *self)
{
  g_return_val_if_fail (self->address != NULL, NULL);
  g_return_val_if_fail (self->room == NULL, NULL);

  return mtx_fiber_spawn ("feed-load", sup_feed_load_fiber, g_object_ref (self), g_object_unref);
}

/**
 * sup_feed_get_state:
 * @self: a feed
 *
 * Gets what can be shown.
 *
 * Returns: the state
 */
SupFeedState
sup_feed_get_state (SupFeed *self)
{
  g_return_val_if_fail (SUP_IS_FEED (self), SUP_FEED_NOT_SET_UP);

  return self->state;
}

/**
 * sup_feed_get_unread_count:
 * @self: a feed
 *
 * Gets how many announcements are newer than what the person has seen. What was there at the very first time
 * counts as seen.
 *
 * Returns: a number of items
 */
guint
sup_feed_get_unread_count (SupFeed *self)
{
  g_return_val_if_fail (SUP_IS_FEED (self), 0);

  return self->unread;
}

/**
 * sup_feed_get_hidden_count:
 * @self: a feed
 *
 * Gets how many text posts in the loaded part of the room are by people without power and therefore not shown.
 *
 * Returns: a number of posts
 */
guint
sup_feed_get_hidden_count (SupFeed *self)
{
  g_return_val_if_fail (SUP_IS_FEED (self), 0);

  return self->hidden;
}

/**
 * sup_feed_get_has_older:
 * @self: a feed
 *
 * Gets whether sup_feed_load_older() may find more.
 *
 * Returns: %TRUE if so
 */
gboolean
sup_feed_get_has_older (SupFeed *self)
{
  g_return_val_if_fail (SUP_IS_FEED (self), FALSE);

  return self->has_older;
}

/**
 * sup_feed_load_older:
 * @self: a feed
 *
 * Adds a page of older announcements, from the store and, where it ends, from the server.
 *
 * Returns: (transfer full): a future that resolves when they are in the list; rejects when the server did not
 *   answer, and with %MTX_ERROR_CLOSED while there is no room
 */
DexFuture *
sup_feed_load_older (SupFeed *self)
{
  g_return_val_if_fail (SUP_IS_FEED (self), NULL);

  if (self->room == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "There is no room yet");

  return mtx_public_room_load_older (self->room, mtx_session_get_http (self->session));
}

/**
 * sup_feed_mark_read:
 * @self: a feed
 *
 * Remembers that the person has seen what is in the list.
 */
void
sup_feed_mark_read (SupFeed *self)
{
  gint64 newest_ms;

  g_return_if_fail (SUP_IS_FEED (self));

  newest_ms = _sup_feed_find_newest_ms (self);
  if (self->room != NULL && self->items->len > 0 && newest_ms > self->read_ms)
    _sup_feed_set_read (self, newest_ms);
}
