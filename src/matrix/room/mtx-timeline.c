/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a timeline shows. Its first part are rows of the event store, sorted by the position the store gave
 * them, so that it does not matter in which order they come; its second part is the outbox. A message of ours
 * crosses from the second to the first exactly once, as the same object.
 */
#include "mtx-timeline-private.h"

#include "mtx-db.h"
#include "mtx-encryption.h"
#include "mtx-event-edit.h"
#include "mtx-event-row.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-outbox-private.h"

#define WINDOW_MAX  400 /* more rows than this are cut down to the next number … */
#define WINDOW_KEEP 200 /* … unless somebody is reading back */

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxTimeline, mtx_timeline, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

enum
{
  PROP_0,
  PROP_ROOM,
  PROP_HAS_OLDER,
  PROP_LAST_INCOMING_EVENT_ID,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GType
mtx_timeline_get_item_type (GListModel *model)
{
  return MTX_TYPE_TIMELINE_ITEM;
}

static guint
mtx_timeline_get_n_items (GListModel *model)
{
  MtxTimeline *self = MTX_TIMELINE (model);

  return self->remote->len + g_list_model_get_n_items (G_LIST_MODEL (self->outbox));
}

static gpointer
mtx_timeline_get_item (GListModel *model,
                       guint       position)
{
  MtxTimeline *self = MTX_TIMELINE (model);

  if (position < self->remote->len)
    return g_object_ref (g_ptr_array_index (self->remote, position));

  return g_list_model_get_item (G_LIST_MODEL (self->outbox), position - self->remote->len);
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = mtx_timeline_get_item_type;
  iface->get_n_items = mtx_timeline_get_n_items;
  iface->get_item = mtx_timeline_get_item;
}

static void
on_outbox_changed (MtxTimeline *self,
                   guint        position,
                   guint        removed,
                   guint        added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), self->remote->len + position, removed, added);
}

/* Where an item at @position belongs: behind all that are not newer. */
static guint
find_place (MtxTimeline *self,
            gint64       position)
{
  guint low = 0;
  guint high = self->remote->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (_mtx_timeline_item_get_position (g_ptr_array_index (self->remote, middle)) <= position)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

static void
index_item (MtxTimeline     *self,
            MtxTimelineItem *item)
{
  g_hash_table_insert (self->by_id, g_strdup (mtx_timeline_item_get_event_id (item)), item);
}

/* Moves the message at @outbox_position of the outbox to @place of the first part. The oldest message waiting
 * comes to stand where it stands, so usually nobody has to be told. */
static void
adopt (MtxTimeline *self,
       guint        outbox_position,
       guint        place)
{
  g_autoptr (MtxTimelineItem) item = g_list_model_get_item (G_LIST_MODEL (self->outbox), outbox_position);
  guint                       n_remote = self->remote->len;

  g_signal_handlers_block_by_func (self->outbox, on_outbox_changed, self);
  _mtx_outbox_take (self->outbox, outbox_position);
  g_signal_handlers_unblock_by_func (self->outbox, on_outbox_changed, self);

  if (place == n_remote && outbox_position == 0)
    {
      g_ptr_array_add (self->remote, g_object_ref (item));
      return;
    }

  g_list_model_items_changed (G_LIST_MODEL (self), n_remote + outbox_position, 1, 0);
  g_ptr_array_insert (self->remote, (int)place, g_object_ref (item));
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

/* The item of a message of ours that the outbox still holds. */
static MtxTimelineItem *
take_echo (MtxTimeline *self,
           MtxEvent    *event,
           gint64       position)
{
  const char      *transaction_id = mtx_event_get_transaction_id (event);
  MtxTimelineItem *item = NULL;
  guint            outbox_position = 0;

  if (transaction_id == NULL || g_strcmp0 (mtx_event_get_sender (event), mtx_room_get_own_user_id (self->room)) != 0)
    return NULL;

  item = _mtx_outbox_find (self->outbox, transaction_id, &outbox_position);
  if (item == NULL)
    return NULL;

  _mtx_timeline_item_set_position (item, position);
  mtx_timeline_item_set_event (item, event, mtx_room_get_own_user_id (self->room));
  adopt (self, outbox_position, find_place (self, position));
  index_item (self, item);

  return item;
}

static void
remove_item (MtxTimeline     *self,
             MtxTimelineItem *item)
{
  guint place = 0;

  g_hash_table_remove (self->by_id, mtx_timeline_item_get_event_id (item));
  if (!g_ptr_array_find (self->remote, item, &place))
    return;

  g_ptr_array_remove_index (self->remote, place);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 1, 0);
}

/* Gives an item that is shown its place, which for one we sent may be another than where it was put. */
static void
reposition (MtxTimeline     *self,
            MtxTimelineItem *item,
            gint64           position)
{
  guint place = 0;

  if (_mtx_timeline_item_get_position (item) == position || !g_ptr_array_find (self->remote, item, &place))
    return;

  if ((place == 0 || _mtx_timeline_item_get_position (g_ptr_array_index (self->remote, place - 1)) < position) && (place + 1 == self->remote->len || _mtx_timeline_item_get_position (g_ptr_array_index (self->remote, place + 1)) > position))
    {
      _mtx_timeline_item_set_position (item, position);
      return;
    }

  g_object_ref (item);
  g_ptr_array_remove_index (self->remote, place);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 1, 0);
  _mtx_timeline_item_set_position (item, position);
  place = find_place (self, position);
  g_ptr_array_insert (self->remote, (int)place, item);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

/* Inserts items that follow one another, as runs that have nothing in between. */
static void
insert_items (MtxTimeline *self,
              GPtrArray   *fresh)
{
  guint done = 0;

  while (done < fresh->len)
    {
      guint  place = find_place (self, _mtx_timeline_item_get_position (g_ptr_array_index (fresh, done)));
      gint64 next = place < self->remote->len
                        ? _mtx_timeline_item_get_position (g_ptr_array_index (self->remote, place))
                        : G_MAXINT64;
      guint  run = 0;

      while (done + run < fresh->len && (run == 0 || _mtx_timeline_item_get_position (g_ptr_array_index (fresh, done + run)) < next))
        {
          MtxTimelineItem *item = g_ptr_array_index (fresh, done + run);

          g_ptr_array_insert (self->remote, (int)(place + run), g_object_ref (item));
          index_item (self, item);
          run++;
        }

      g_list_model_items_changed (G_LIST_MODEL (self), place, 0, run);
      done += run;
    }
}

static void
update_last_incoming (MtxTimeline *self)
{
  const char *event_id = NULL;

  for (guint i = self->remote->len; i > 0 && event_id == NULL; i--)
    {
      MtxTimelineItem *item = g_ptr_array_index (self->remote, i - 1);

      if (!mtx_timeline_item_get_outgoing (item) && mtx_timeline_item_get_kind (item) != MTX_ITEM_KIND_NOTICE)
        event_id = mtx_timeline_item_get_event_id (item);
    }

  if (g_set_str (&self->last_incoming, event_id))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LAST_INCOMING_EVENT_ID]);
}

static void
on_news (MtxTimeline *self,
         MtxRoomNews *news)
{
  const char *own_user_id = mtx_room_get_own_user_id (self->room);

  for (guint i = 0; news->healed != NULL && i < news->healed->len; i++)
    {
      MtxEvent        *event = g_ptr_array_index (news->healed, i);
      MtxTimelineItem *item = g_hash_table_lookup (self->by_id, mtx_event_get_event_id (event));

      g_hash_table_add (self->stale, g_strdup (mtx_event_is_edit (event) ? mtx_event_get_relates_to (event) : mtx_event_get_event_id (event)));
      if (item == NULL || mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_DELETED)
        continue;
      if (mtx_timeline_item_can_show (event))
        mtx_timeline_item_set_event (item, event, own_user_id);
      else
        remove_item (self, item);
    }

  if (news->sync == NULL)
    {
      if (g_hash_table_size (self->stale) > 0)
        mtx_fiber_fire (_mtx_timeline_refresh (self), "show what was edited");
      return;
    }

  for (guint i = 0; i < news->sync->timeline->len; i++)
    {
      const char      *redacts = mtx_event_get_redacts (g_ptr_array_index (news->sync->timeline, i));
      MtxTimelineItem *item = redacts != NULL ? g_hash_table_lookup (self->by_id, redacts) : NULL;

      if (item != NULL && mtx_timeline_item_get_kind (item) != MTX_ITEM_KIND_NOTICE)
        _mtx_timeline_item_set_deleted (item);
      if (redacts != NULL && g_hash_table_contains (self->edits, redacts))
        g_hash_table_add (self->stale, g_strdup (g_hash_table_lookup (self->edits, redacts)));
    }

  if (news->sync->timeline->len > 0 || news->sync->receipts->len > 0 || news->sync->limited || g_hash_table_size (self->stale) > 0)
    mtx_fiber_fire (_mtx_timeline_refresh (self), "show what a sync brought");
}

/* The server has taken the message and its event is stored: it is a remote event from here on. */
static void
on_sent (MtxTimeline *self,
         const char  *transaction_id,
         MtxEvent    *event)
{
  MtxTimelineItem *shown = g_hash_table_lookup (self->by_id, mtx_event_get_event_id (event));
  guint            outbox_position = 0;

  if (self->room == NULL)
    return;

  /* A sync that did not say whose it is was faster; what waits goes, what is shown stays. */
  if (shown != NULL)
    {
      if (_mtx_outbox_find (self->outbox, transaction_id, &outbox_position) != NULL)
        _mtx_outbox_take (self->outbox, outbox_position);
      return;
    }

  take_echo (self, event, G_MAXINT64);
}

static void
mtx_timeline_finalize (GObject *object)
{
  MtxTimeline *self = MTX_TIMELINE (object);

  g_clear_object (&self->db);
  g_clear_object (&self->outbox);
  g_clear_object (&self->room);
  g_clear_object (&self->http);
  g_clear_object (&self->encryption);
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->edits, g_hash_table_unref);
  g_clear_pointer (&self->stale, g_hash_table_unref);
  g_clear_pointer (&self->remote, g_ptr_array_unref);
  g_free (self->last_incoming);
  dex_clear (&self->refreshing);

  G_OBJECT_CLASS (mtx_timeline_parent_class)->finalize (object);
}

static void
mtx_timeline_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  MtxTimeline *self = MTX_TIMELINE (object);

  switch (prop_id)
    {
    case PROP_ROOM:
      g_value_set_object (value, self->room);
      break;
    case PROP_HAS_OLDER:
      g_value_set_boolean (value, self->has_older);
      break;
    case PROP_LAST_INCOMING_EVENT_ID:
      g_value_set_string (value, self->last_incoming);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
mtx_timeline_class_init (MtxTimelineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = mtx_timeline_finalize;
  object_class->get_property = mtx_timeline_get_property;

  properties[PROP_ROOM] = g_param_spec_object ("room", NULL, NULL, MTX_TYPE_ROOM, flags);
  properties[PROP_HAS_OLDER] = g_param_spec_boolean ("has-older", NULL, NULL, FALSE, flags);
  properties[PROP_LAST_INCOMING_EVENT_ID] = g_param_spec_string ("last-incoming-event-id", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mtx_timeline_init (MtxTimeline *self)
{
  self->remote = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->edits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->stale = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->oldest_position = G_MAXINT64;
}

/**
 * mtx_timeline_new:
 * @db: the account's database
 * @outbox: what still has to be sent in this conversation
 *
 * Makes a timeline that shows the outbox only, until it is bound to a room.
 *
 * Returns: (transfer full): a timeline
 */
MtxTimeline *
mtx_timeline_new (MtxDb     *db,
                  MtxOutbox *outbox)
{
  MtxTimeline *self = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (MTX_IS_OUTBOX (outbox), NULL);

  self = g_object_new (MTX_TYPE_TIMELINE, NULL);
  self->db = g_object_ref (db);
  self->outbox = g_object_ref (outbox);
  g_signal_connect_object (outbox, "items-changed", G_CALLBACK (on_outbox_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (outbox, "sent", G_CALLBACK (on_sent), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mtx_timeline_bind:
 * @self: a timeline without a room
 * @room: the conversation's room
 * @http: the account's server, where older messages come from
 * @encryption: (nullable): what decrypts them
 *
 * Shows the room's messages: the newest of the store at once, however many there are, and what syncs bring.
 *
 * Returns: (transfer full): a future that resolves when stored messages are shown; rejects as the store does
 */
DexFuture *
mtx_timeline_bind (MtxTimeline   *self,
                   MtxRoom       *room,
                   MtxHttp       *http,
                   MtxEncryption *encryption)
{
  g_return_val_if_fail (MTX_IS_TIMELINE (self), NULL);
  g_return_val_if_fail (MTX_IS_ROOM (room), NULL);
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (self->room == NULL, NULL);

  self->room = g_object_ref (room);
  self->http = g_object_ref (http);
  self->encryption = encryption != NULL ? g_object_ref (encryption) : NULL;
  g_signal_connect_object (room, "news", G_CALLBACK (on_news), self, G_CONNECT_SWAPPED);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ROOM]);

  return _mtx_timeline_refresh (self);
}

/**
 * mtx_timeline_get_room:
 * @self: a timeline
 *
 * Returns: (transfer none) (nullable): its room
 */
MtxRoom *
mtx_timeline_get_room (MtxTimeline *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE (self), NULL);

  return self->room;
}

/**
 * mtx_timeline_get_has_older:
 * @self: a timeline
 *
 * Returns: whether mtx_timeline_load_older() may find something
 */
gboolean
mtx_timeline_get_has_older (MtxTimeline *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE (self), FALSE);

  return self->has_older;
}

/**
 * mtx_timeline_get_last_incoming_event_id:
 * @self: a timeline
 *
 * Returns: (transfer none) (nullable): the newest message of anybody else: what a read marker would name
 */
const char *
mtx_timeline_get_last_incoming_event_id (MtxTimeline *self)
{
  g_return_val_if_fail (MTX_IS_TIMELINE (self), NULL);

  return self->last_incoming;
}

/* What a stored event says: its own words, or those of the last edit that may replace them. */
static MtxEvent *
read_row (MtxTimeline *self,
          MtxEventRow *row,
          GPtrArray   *edits)
{
  g_autoptr (MtxEvent) original = mtx_event_new_from_row (row);
  g_autoptr (MtxEvent) shown = mtx_event_ref (original);

  for (guint i = 0; i < edits->len; i++)
    {
      MtxEventRow         *edit_row = g_ptr_array_index (edits, i);
      g_autoptr (MtxEvent) edit = NULL;
      g_autoptr (MtxEvent) edited = NULL;

      if (g_strcmp0 (edit_row->relates_to, row->event_id) != 0)
        continue;

      edit = mtx_event_new_from_row (edit_row);
      edited = mtx_event_new_edited (original, edit);
      if (edited == NULL)
        continue;

      g_hash_table_replace (self->edits, g_strdup (edit_row->event_id), g_strdup (row->event_id));
      mtx_event_unref (shown);
      shown = g_steal_pointer (&edited);
    }

  return g_steal_pointer (&shown);
}

/**
 * _mtx_timeline_merge:
 * @self: a bound timeline
 * @rows: (element-type MtxEventRow): stored events, oldest first
 * @edits: (element-type MtxEventRow): what claims to replace them, oldest first
 *
 * Shows rows at their places, whether they are new, known or ours; and remembers how far the window reaches.
 */
void
_mtx_timeline_merge (MtxTimeline *self,
                     GPtrArray   *rows,
                     GPtrArray   *edits)
{
  g_autoptr (GPtrArray) fresh = g_ptr_array_new_with_free_func (g_object_unref);
  const char           *own_user_id = mtx_room_get_own_user_id (self->room);

  for (guint i = 0; i < rows->len; i++)
    {
      MtxEventRow         *row = g_ptr_array_index (rows, i);
      g_autoptr (MtxEvent) event = read_row (self, row, edits);
      MtxTimelineItem     *item = g_hash_table_lookup (self->by_id, row->event_id);

      self->oldest_position = MIN (self->oldest_position, row->position);
      if (!row->echo)
        self->newest_position = MAX (self->newest_position, row->position);

      if (!mtx_timeline_item_can_show (event))
        continue;

      if (item != NULL)
        {
          mtx_timeline_item_set_event (item, event, own_user_id);
          reposition (self, item, row->position);
        }
      else if (take_echo (self, event, row->position) == NULL)
        {
          item = mtx_timeline_item_new_for_event (event, own_user_id);
          _mtx_timeline_item_set_position (item, row->position);
          g_ptr_array_add (fresh, item);
        }
    }

  insert_items (self, fresh);
  _mtx_timeline_mark_read (self);
  update_last_incoming (self);
}

/**
 * _mtx_timeline_reset:
 * @self: a timeline
 *
 * Empties the window: so much is new that it is read from the store again.
 */
void
_mtx_timeline_reset (MtxTimeline *self)
{
  guint n_items = self->remote->len;

  g_hash_table_remove_all (self->by_id);
  g_ptr_array_set_size (self->remote, 0);
  self->oldest_position = G_MAXINT64;
  self->newest_position = 0;
  self->reading_back = FALSE;
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_items, 0);
}

/**
 * _mtx_timeline_trim:
 * @self: a timeline
 *
 * Lets go of the oldest rows of a window that has grown long while nobody read back.
 */
void
_mtx_timeline_trim (MtxTimeline *self)
{
  guint n_cut = 0;

  if (self->reading_back || self->remote->len <= WINDOW_MAX)
    return;

  n_cut = self->remote->len - WINDOW_KEEP;
  for (guint i = 0; i < n_cut; i++)
    g_hash_table_remove (self->by_id, mtx_timeline_item_get_event_id (g_ptr_array_index (self->remote, i)));
  g_ptr_array_remove_range (self->remote, 0, n_cut);
  self->oldest_position = _mtx_timeline_item_get_position (g_ptr_array_index (self->remote, 0));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_cut, 0);
  _mtx_timeline_set_has_older (self, TRUE);
}

/**
 * _mtx_timeline_set_has_older:
 * @self: a timeline
 * @has_older: whether there may be more
 *
 * Notes whether there is something before the window.
 */
void
_mtx_timeline_set_has_older (MtxTimeline *self,
                             gboolean     has_older)
{
  if (self->has_older == has_older)
    return;

  self->has_older = has_older;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_OLDER]);
}

/**
 * _mtx_timeline_mark_read:
 * @self: a timeline
 *
 * Marks our messages up to the read marker as read. Nothing becomes unread again.
 */
void
_mtx_timeline_mark_read (MtxTimeline *self)
{
  for (guint i = self->remote->len; i > 0; i--)
    {
      MtxTimelineItem *item = g_ptr_array_index (self->remote, i - 1);

      if (_mtx_timeline_item_get_position (item) <= self->read_position && mtx_timeline_item_get_send_state (item) == MTX_SEND_STATE_SENT)
        mtx_timeline_item_set_send_state (item, MTX_SEND_STATE_READ, 0);
    }
}
