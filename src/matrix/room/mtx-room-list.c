/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Holds the account's rooms. A sync changes records and their rows together; what the screens see changes
 * after the commit.
 */
#include "mtx-room-list-private.h"

#include "mtx-room-list.h"
#include "mtx-room-private.h"

#include "mtx-db.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-session-store.h"

#define PUBLISH_SLICE_US 4000 /* then the screen gets its turn */

struct _MtxRoomList
{
  GObject parent_instance;

  /* owned */
  MtxDb      *db;
  MtxHttp    *http;
  char       *own_user_id;
  GPtrArray  *listed; /* of MtxRoom, most recent first */
  GHashTable *rooms;  /* id → MtxRoom: the listed ones, and those whose first commit is under way */
};

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxRoomList, mtx_room_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static GType
mtx_room_list_get_item_type (GListModel *model)
{
  return MTX_TYPE_ROOM;
}

static guint
mtx_room_list_get_n_items (GListModel *model)
{
  return MTX_ROOM_LIST (model)->listed->len;
}

static gpointer
mtx_room_list_get_item (GListModel *model,
                        guint       position)
{
  MtxRoomList *self = MTX_ROOM_LIST (model);

  return position < self->listed->len ? g_object_ref (g_ptr_array_index (self->listed, position)) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = mtx_room_list_get_item_type;
  iface->get_n_items = mtx_room_list_get_n_items;
  iface->get_item = mtx_room_list_get_item;
}

static void
mtx_room_list_finalize (GObject *object)
{
  MtxRoomList *self = MTX_ROOM_LIST (object);

  g_clear_object (&self->db);
  g_clear_object (&self->http);
  g_free (self->own_user_id);
  g_clear_pointer (&self->listed, g_ptr_array_unref);
  g_clear_pointer (&self->rooms, g_hash_table_unref);

  G_OBJECT_CLASS (mtx_room_list_parent_class)->finalize (object);
}

static void
mtx_room_list_class_init (MtxRoomListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_room_list_finalize;
}

static void
mtx_room_list_init (MtxRoomList *self)
{
  self->listed = g_ptr_array_new_with_free_func (g_object_unref);
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

static gint64
activity (MtxRoom *room)
{
  return _mtx_room_get_summary (room)->last_activity_at;
}

/* Puts @room where its last activity belongs. */
static void
list_room (MtxRoomList *self,
           MtxRoom     *room)
{
  guint old = 0;
  guint position = 0;

  if (g_ptr_array_find (self->listed, room, &old))
    {
      gboolean before = old == 0 || activity (g_ptr_array_index (self->listed, old - 1)) >= activity (room);
      gboolean after = old + 1 == self->listed->len || activity (g_ptr_array_index (self->listed, old + 1)) <= activity (room);

      if (before && after)
        return;
      g_ptr_array_remove_index (self->listed, old);
      g_list_model_items_changed (G_LIST_MODEL (self), old, 1, 0);
    }

  while (position < self->listed->len && activity (g_ptr_array_index (self->listed, position)) > activity (room))
    position++;
  g_ptr_array_insert (self->listed, (int)position, g_object_ref (room));
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
}

/* Also one whose first commit is still under way. */
static MtxRoom *
find_room (MtxRoomList *self,
           const char  *room_id)
{
  return g_hash_table_lookup (self->rooms, room_id);
}

static MtxRoom *
add_room (MtxRoomList    *self,
          MtxRoomSummary *summary)
{
  MtxRoom *room = _mtx_room_new (self->db, self->http, self->own_user_id, summary);

  g_hash_table_insert (self->rooms, g_strdup (summary->room_id), room);

  return room;
}

static MtxMembership
membership_after (MtxSyncRoom *sync,
                  const char  *own_user_id)
{
  switch (sync->section)
    {
    case MTX_SYNC_JOINED:
      return MTX_MEMBERSHIP_JOIN;

    case MTX_SYNC_INVITED:
      return MTX_MEMBERSHIP_INVITE;

    case MTX_SYNC_KNOCKED:
      return MTX_MEMBERSHIP_KNOCK;

    case MTX_SYNC_LEFT:
    default:
      for (guint i = sync->state->len; i > 0; i--)
        {
          MtxEvent *event = g_ptr_array_index (sync->state, i - 1);

          if (mtx_event_get_membership (event) == MTX_MEMBERSHIP_BAN && g_str_equal (mtx_event_get_state_key (event), own_user_id))
            return MTX_MEMBERSHIP_BAN;
        }
      return MTX_MEMBERSHIP_LEAVE;
    }
}

static void
apply_live (MtxRoomSummary *summary,
            MtxSyncRoom    *sync)
{
  gint64 now_ms = g_get_real_time () / 1000;

  for (guint i = 0; i < sync->state->len; i++)
    mtx_room_summary_apply_state (summary, g_ptr_array_index (sync->state, i));

  /* Lazy loading may have told us nothing of who came and went in between (M27). */
  if (sync->limited)
    summary->members_complete = FALSE;
  if (sync->joined_count >= 0)
    summary->joined_count = sync->joined_count;
  if (sync->invited_count >= 0)
    summary->invited_count = sync->invited_count;

  for (guint i = 0; i < sync->timeline->len; i++)
    {
      gint64 sent_ms = mtx_event_get_timestamp_ms (g_ptr_array_index (sync->timeline, i));

      summary->last_activity_at = MAX (summary->last_activity_at, MIN (sent_ms, now_ms));
    }
}

static void
apply_sync (MtxRoomList  *self,
            MtxSyncRoom  *sync,
            MtxChangeSet *changes)
{
  MtxRoom        *room = find_room (self, sync->room_id);
  MtxRoomSummary *summary = NULL;

  if (room == NULL)
    room = add_room (self, mtx_room_summary_new (sync->room_id));

  summary = _mtx_room_get_summary (room);
  summary->membership = membership_after (sync, self->own_user_id);
  if (sync->section == MTX_SYNC_JOINED || sync->section == MTX_SYNC_LEFT)
    apply_live (summary, sync);
  else
    mtx_room_summary_apply_invitation (summary, sync->state, self->own_user_id);
  mtx_room_summary_put (summary, changes);
}

/* `m.direct` comes whole: what it does not name is not direct. */
static void
apply_direct (MtxRoomList  *self,
              GHashTable   *direct,
              MtxChangeSet *changes)
{
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter         iter;
  gpointer               value = NULL;

  g_hash_table_iter_init (&iter, direct);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (GStrv id = value; *id != NULL; id++)
      g_hash_table_add (named, *id);

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MtxRoomSummary *summary = _mtx_room_get_summary (value);
      gboolean        is_direct = g_hash_table_contains (named, summary->room_id);

      if (summary->is_direct == is_direct)
        continue;
      summary->is_direct = is_direct;
      mtx_room_summary_put (summary, changes);
    }
}

/**
 * mtx_room_list_new:
 * @db: the account's database
 * @http: the account's server
 * @own_user_id: the account
 *
 * Returns: (transfer full): an empty list
 */
MtxRoomList *
mtx_room_list_new (MtxDb      *db,
                   MtxHttp    *http,
                   const char *own_user_id)
{
  MtxRoomList *self = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (own_user_id != NULL, NULL);

  self = g_object_new (MTX_TYPE_ROOM_LIST, NULL);
  self->db = g_object_ref (db);
  self->http = g_object_ref (http);
  self->own_user_id = g_strdup (own_user_id);

  return self;
}

static DexFuture *
mtx_room_list_load_fiber (gpointer data)
{
  MtxRoomList          *self = data;
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_room_store_load_rooms (self->db), &error);

  if (rows == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < rows->len; i++)
    {
      MtxRoomRow           *row = g_ptr_array_index (rows, i);
      g_autoptr (GPtrArray) members = NULL;
      MtxRoom              *room = NULL;

      if (find_room (self, row->room_id) != NULL)
        continue;

      members = dex_await_boxed (mtx_room_store_load_members (self->db, row->room_id), &error);
      if (members == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));

      room = add_room (self, mtx_room_summary_new_from_row (row));
      for (guint j = 0; j < members->len; j++)
        {
          MtxMemberRow *member = g_ptr_array_index (members, j);

          _mtx_room_set_member (room, member->user_id, mtx_membership_from_string (member->membership));
        }
      _mtx_room_publish (room, NULL);
      list_room (self, room);
    }

  return dex_future_new_true ();
}

/**
 * mtx_room_list_load:
 * @self: an empty list
 *
 * Fills the list from the store; needs no network.
 *
 * Returns: (transfer full): a future that resolves when the rooms are listed; rejects as the store does
 */
DexFuture *
mtx_room_list_load (MtxRoomList *self)
{
  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);

  return mtx_fiber_spawn ("mtx-room-list-load", mtx_room_list_load_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_room_list_get_own_user_id:
 * @self: a list
 *
 * Returns: (transfer none): the account
 */
const char *
mtx_room_list_get_own_user_id (MtxRoomList *self)
{
  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);

  return self->own_user_id;
}

/**
 * mtx_room_list_lookup:
 * @self: a list
 * @room_id: a room
 *
 * Returns: (transfer none) (nullable): the room, if it is listed
 */
MtxRoom *
mtx_room_list_lookup (MtxRoomList *self,
                      const char  *room_id)
{
  MtxRoom *room = NULL;

  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  room = find_room (self, room_id);

  return room != NULL && g_ptr_array_find (self->listed, room, NULL) ? room : NULL;
}

/* How well @room fits as the chat with @user_id: 0 not at all. Where support still is comes before where it was, and
 * what `m.direct` names before what it does not. */
static guint
rate_support (MtxRoomList *self,
              MtxRoom     *room,
              const char  *user_id)
{
  MtxRoomSummary *summary = _mtx_room_get_summary (room);

  if (summary->membership != MTX_MEMBERSHIP_JOIN || !mtx_room_is_created_by (room, self->own_user_id) || (summary->algorithm == NULL && summary->room_version != NULL))
    return 0;

  switch (mtx_room_get_member_state (room, user_id))
    {
    case MTX_MEMBERSHIP_JOIN:
    case MTX_MEMBERSHIP_INVITE:
      return summary->is_direct ? 4 : 3;

    case MTX_MEMBERSHIP_LEAVE:
    case MTX_MEMBERSHIP_BAN:
      return summary->is_direct ? 2 : 1;

    case MTX_MEMBERSHIP_NONE:
    case MTX_MEMBERSHIP_KNOCK:
    default:
      return 0;
    }
}

/**
 * mtx_room_list_find_support:
 * @self: a list
 * @user_id: support's user id
 *
 * Finds the room that is the chat with @user_id: we are in it and made it, it is encrypted or was made by this
 * device just now, and @user_id is in it or invited, or once was. Rooms that others made never qualify, whatever
 * they are called. Among several, one that @user_id has not left comes first, then one that `m.direct` names, then
 * the most recent.
 *
 * Returns: (transfer none) (nullable): the room
 */
MtxRoom *
mtx_room_list_find_support (MtxRoomList *self,
                            const char  *user_id)
{
  MtxRoom *found = NULL;
  guint    best = 0;

  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  for (guint i = 0; i < self->listed->len; i++)
    {
      MtxRoom *room = g_ptr_array_index (self->listed, i);
      guint    rating = rate_support (self, room, user_id);

      if (rating > best)
        {
          found = room;
          best = rating;
        }
    }

  return found;
}

typedef struct
{
  MtxRoomList *self;
  char        *room_id;
  char        *invitee;
} Created;

static void
created_free (gpointer data)
{
  Created *created = data;

  g_clear_object (&created->self);
  g_free (created->room_id);
  g_free (created->invitee);
  g_free (created);
}

/* Fills @room with what is sure of a room that we made with @invitee in it. */
static void
put_created (MtxRoomList  *self,
             MtxRoom      *room,
             const char   *invitee,
             MtxChangeSet *changes)
{
  struct
  {
    const char   *user_id;
    MtxMembership membership;
  } members[] = {
    { self->own_user_id, MTX_MEMBERSHIP_JOIN },
    { invitee, MTX_MEMBERSHIP_INVITE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      MtxMemberRow row = {
        .room_id = mtx_room_get_id (room),
        .user_id = members[i].user_id,
        .membership = mtx_membership_to_string (members[i].membership),
      };

      _mtx_room_set_member (room, members[i].user_id, members[i].membership);
      mtx_room_store_put_member (changes, &row);
    }
  mtx_room_summary_put (_mtx_room_get_summary (room), changes);
}

static MtxRoomSummary *
make_created_summary (MtxRoomList *self,
                      const char  *room_id)
{
  const char     *creators[] = { self->own_user_id, NULL };
  MtxRoomSummary *summary = mtx_room_summary_new (room_id);

  summary->membership = MTX_MEMBERSHIP_JOIN;
  summary->creators = g_strdupv ((GStrv)creators);
  summary->is_direct = TRUE;
  summary->joined_count = 1;
  summary->invited_count = 1;
  summary->last_activity_at = g_get_real_time () / 1000;

  return summary;
}

static DexFuture *
mtx_room_list_add_created_fiber (gpointer data)
{
  Created                 *created = data;
  MtxRoomList             *self = created->self;
  MtxRoom                 *room = find_room (self, created->room_id);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  /* A sync that was faster knows better. One that is not stored yet may still be lost, and one that caught the server
   * in the middle brought half a room, which nobody would know again. The wish for a room has to outlive both: nothing
   * is written then, and whom it names as a member is not known before. */
  if (room != NULL && (!g_ptr_array_find (self->listed, room, NULL) || rate_support (self, room, created->invitee) == 0))
    {
      if (mtx_room_get_member_state (room, created->invitee) == MTX_MEMBERSHIP_NONE)
        _mtx_room_set_member (room, created->invitee, MTX_MEMBERSHIP_INVITE);
    }
  else
    {
      if (room == NULL)
        {
          room = add_room (self, make_created_summary (self, created->room_id));
          put_created (self, room, created->invitee, changes);
        }
      mtx_session_store_put_setting (changes, MTX_SETTING_ROOM_CREATION, NULL);
    }

  if (!dex_await (mtx_db_commit (self->db, changes), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  _mtx_room_publish (room, NULL);
  list_room (self, room);

  return dex_future_new_take_object (g_object_ref (room));
}

/**
 * mtx_room_list_add_created:
 * @self: a list
 * @room_id: the id the server gave a room we asked it to make
 * @invitee: who was invited
 *
 * Keeps a room that was just made, before any sync brings it, and forgets that one was wanted: in one
 * transaction, so that no second one is made (product.md rule 3). While a sync that brings it is being stored, the
 * wish stays on disk, where it does no harm. Nothing is assumed of its encryption: that is
 * confirmed by mtx_room_dup_crypto_info() or a sync.
 *
 * Returns: (transfer full): a future that resolves to the #MtxRoom; rejects as mtx_db_commit() does
 */
DexFuture *
mtx_room_list_add_created (MtxRoomList *self,
                           const char  *room_id,
                           const char  *invitee)
{
  Created *created = NULL;

  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);
  g_return_val_if_fail (room_id != NULL && invitee != NULL, NULL);

  created = g_new0 (Created, 1);
  created->self = g_object_ref (self);
  created->room_id = g_strdup (room_id);
  created->invitee = g_strdup (invitee);

  return mtx_fiber_spawn ("mtx-room-list-add", mtx_room_list_add_created_fiber, created, created_free);
}

/**
 * mtx_room_list_write:
 * @self: a list
 * @response: a sync, its timelines decrypted
 * @changes: where the writes are added
 *
 * Changes the records of the rooms and adds all writes of the sync's rooms. Reading the same sync again does no
 * harm. Called inside the engine's command, see #MtxSyncWriter.
 *
 * Returns: (transfer full): a future that resolves when everything is in @changes
 */
DexFuture *
mtx_room_list_write (MtxRoomList     *self,
                     MtxSyncResponse *response,
                     MtxChangeSet    *changes)
{
  g_autoptr (GHashTable) encrypted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);
  g_return_val_if_fail (response != NULL && changes != NULL, NULL);

  for (guint i = 0; i < response->rooms->len; i++)
    {
      MtxSyncRoom *sync = g_ptr_array_index (response->rooms, i);

      apply_sync (self, sync, changes);
      if (mtx_room_get_encrypted (find_room (self, sync->room_id)))
        g_hash_table_add (encrypted, g_strdup (sync->room_id));
    }
  if (response->direct != NULL)
    apply_direct (self, response->direct, changes);

  return _mtx_room_list_write_events (response, encrypted, self->own_user_id, changes);
}

typedef struct
{
  MtxRoomList     *self;
  MtxSyncResponse *response;
} Publication;

static void
publication_free (gpointer data)
{
  Publication *publication = data;

  g_clear_object (&publication->self);
  g_clear_pointer (&publication->response, mtx_sync_response_unref);
  g_free (publication);
}

static GHashTable *
collect_healed (GPtrArray *healed)
{
  GHashTable *by_room = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

  for (guint i = 0; i < healed->len; i++)
    {
      MtxEvent  *event = g_ptr_array_index (healed, i);
      GPtrArray *events = g_hash_table_lookup (by_room, mtx_event_get_room_id (event));

      if (events == NULL)
        {
          events = g_ptr_array_new ();
          g_hash_table_insert (by_room, (gpointer)mtx_event_get_room_id (event), events);
        }
      g_ptr_array_add (events, event);
    }

  return by_room;
}

static DexFuture *
mtx_room_list_publish_fiber (gpointer data)
{
  Publication           *publication = data;
  MtxRoomList           *self = publication->self;
  MtxSyncResponse       *response = publication->response;
  g_autoptr (GHashTable) healed = collect_healed (response->healed);
  gint64                 slice_start = g_get_monotonic_time ();
  GHashTableIter         iter;
  gpointer               room_id = NULL;
  gpointer               events = NULL;

  for (guint i = 0; i < response->rooms->len; i++)
    {
      MtxSyncRoom        *sync = g_ptr_array_index (response->rooms, i);
      g_autoptr (MtxRoom) room = g_object_ref (find_room (self, sync->room_id));
      MtxRoomNews         news = { sync, g_hash_table_lookup (healed, sync->room_id) };

      _mtx_room_publish (room, &news);
      list_room (self, room);
      g_hash_table_remove (healed, sync->room_id);

      if (g_get_monotonic_time () - slice_start > PUBLISH_SLICE_US)
        {
          g_autoptr (GError) error = NULL;

          if (!dex_await (mtx_future_after (0), &error))
            return dex_future_new_for_error (g_steal_pointer (&error));
          slice_start = g_get_monotonic_time ();
        }
    }

  g_hash_table_iter_init (&iter, healed);
  while (g_hash_table_iter_next (&iter, &room_id, &events))
    {
      MtxRoom    *room = find_room (self, room_id);
      MtxRoomNews news = { NULL, events };

      if (room != NULL)
        _mtx_room_publish (room, &news);
    }

  return dex_future_new_true ();
}

/**
 * mtx_room_list_publish:
 * @self: a list
 * @response: a sync that mtx_room_list_write() has written and that is committed
 *
 * Shows what the sync changed: rooms, members, and to the timelines their news.
 *
 * Returns: (transfer full): a future that resolves when all is shown
 */
DexFuture *
mtx_room_list_publish (MtxRoomList     *self,
                       MtxSyncResponse *response)
{
  Publication *publication = NULL;

  g_return_val_if_fail (MTX_IS_ROOM_LIST (self), NULL);
  g_return_val_if_fail (response != NULL, NULL);

  publication = g_new0 (Publication, 1);
  publication->self = g_object_ref (self);
  publication->response = mtx_sync_response_ref (response);

  return mtx_fiber_spawn ("mtx-room-list-publish", mtx_room_list_publish_fiber, publication, publication_free);
}
