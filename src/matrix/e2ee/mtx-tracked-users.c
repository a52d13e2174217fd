/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose device lists we follow (specification, § Tracking the device list for a user; M15, M16). What is
 * in memory may be dirtier than the store, never fresher.
 */
#include "mtx-tracked-users.h"

typedef struct
{
  gboolean is_dirty;
  gint64   generation;
} Entry;

struct _MtxTrackedUsers
{
  GHashTable *entries; /* user id → Entry */
};

/**
 * mtx_tracked_users_new:
 *
 * Returns: (transfer full): an empty set
 */
MtxTrackedUsers *
mtx_tracked_users_new (void)
{
  MtxTrackedUsers *self = g_new0 (MtxTrackedUsers, 1);

  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  return self;
}

/**
 * mtx_tracked_users_free:
 * @self: (transfer full): a set
 *
 * Frees the set.
 */
void
mtx_tracked_users_free (MtxTrackedUsers *self)
{
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_free (self);
}

static void
put_entry (const char   *user_id,
           const Entry  *entry,
           MtxChangeSet *changes)
{
  mtx_device_store_put_tracked_user (changes,
                                     &(MtxTrackedUserRow){
                                         .user_id = user_id,
                                         .dirty = entry->is_dirty,
                                         .generation = entry->generation,
                                     });
}

/**
 * mtx_tracked_users_load:
 * @self: an empty set
 * @rows: (element-type MtxTrackedUserRow): what is stored
 *
 * Fills the set from the store.
 */
void
mtx_tracked_users_load (MtxTrackedUsers *self,
                        GPtrArray       *rows)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (rows != NULL);

  for (guint i = 0; i < rows->len; i++)
    {
      const MtxTrackedUserRow *row = g_ptr_array_index (rows, i);
      Entry                   *entry = g_new0 (Entry, 1);

      entry->is_dirty = row->dirty;
      entry->generation = row->generation;
      g_hash_table_replace (self->entries, g_strdup (row->user_id), entry);
    }
}

/**
 * mtx_tracked_users_track:
 * @self: a set
 * @user_ids: (array zero-terminated=1): users
 * @changes: where to write
 *
 * Follows these users from now on. A new one is dirty; one already followed stays as it is.
 */
void
mtx_tracked_users_track (MtxTrackedUsers   *self,
                         const char *const *user_ids,
                         MtxChangeSet      *changes)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (user_ids != NULL);

  for (guint i = 0; user_ids[i] != NULL; i++)
    {
      Entry *entry;

      if (g_hash_table_contains (self->entries, user_ids[i]))
        continue;

      entry = g_new0 (Entry, 1);
      entry->is_dirty = TRUE;
      entry->generation = 1;
      g_hash_table_insert (self->entries, g_strdup (user_ids[i]), entry);
      put_entry (user_ids[i], entry, changes);
    }
}

/**
 * mtx_tracked_users_mark_changed:
 * @self: a set
 * @user_ids: (array zero-terminated=1): the `changed` of a sync
 * @changes: where to write
 *
 * Makes the lists of those we follow dirty, and any question in flight about them stale.
 */
void
mtx_tracked_users_mark_changed (MtxTrackedUsers   *self,
                                const char *const *user_ids,
                                MtxChangeSet      *changes)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (user_ids != NULL);

  for (guint i = 0; user_ids[i] != NULL; i++)
    {
      Entry *entry = g_hash_table_lookup (self->entries, user_ids[i]);

      if (entry == NULL)
        continue;

      entry->is_dirty = TRUE;
      entry->generation++;
      put_entry (user_ids[i], entry, changes);
    }
}

/**
 * mtx_tracked_users_mark_all:
 * @self: a set
 * @changes: where to write
 *
 * Makes all lists dirty: a sync without a token does not say what changed before it.
 */
void
mtx_tracked_users_mark_all (MtxTrackedUsers *self,
                            MtxChangeSet    *changes)
{
  GHashTableIter iter;
  gpointer       user_id;
  gpointer       value;

  g_return_if_fail (self != NULL);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &user_id, &value))
    {
      Entry *entry = value;

      entry->is_dirty = TRUE;
      entry->generation++;
      put_entry (user_id, entry, changes);
    }
}

/**
 * mtx_tracked_users_mark_left:
 * @self: a set
 * @user_ids: (array zero-terminated=1): the `left` of a sync
 * @changes: where to write
 *
 * Stops following users who share no encrypted room with us any more.
 */
void
mtx_tracked_users_mark_left (MtxTrackedUsers   *self,
                             const char *const *user_ids,
                             MtxChangeSet      *changes)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (user_ids != NULL);

  for (guint i = 0; user_ids[i] != NULL; i++)
    {
      if (g_hash_table_remove (self->entries, user_ids[i]))
        mtx_device_store_delete_tracked_user (changes, user_ids[i]);
    }
}

/**
 * mtx_tracked_users_is_dirty:
 * @self: a set
 * @user_id: a user
 *
 * Returns: %TRUE if the user's device list must be fetched before it is used; also for a user who is not
 *   followed at all
 */
gboolean
mtx_tracked_users_is_dirty (MtxTrackedUsers *self,
                            const char      *user_id)
{
  const Entry *entry;

  g_return_val_if_fail (self != NULL, TRUE);
  g_return_val_if_fail (user_id != NULL, TRUE);

  entry = g_hash_table_lookup (self->entries, user_id);

  return entry == NULL || entry->is_dirty;
}

/**
 * mtx_tracked_users_get_generation:
 * @self: a set
 * @user_id: a user
 *
 * Returns: the list's generation, to be handed back with the answer; 0 for a user who is not followed
 */
gint64
mtx_tracked_users_get_generation (MtxTrackedUsers *self,
                                  const char      *user_id)
{
  const Entry *entry;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (user_id != NULL, 0);

  entry = g_hash_table_lookup (self->entries, user_id);

  return entry != NULL ? entry->generation : 0;
}

/**
 * mtx_tracked_users_dup_dirty:
 * @self: a set
 *
 * Returns: (transfer full) (array zero-terminated=1): all users whose list must be fetched
 */
GStrv
mtx_tracked_users_dup_dirty (MtxTrackedUsers *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter           iter;
  gpointer                 user_id;
  gpointer                 entry;

  g_return_val_if_fail (self != NULL, NULL);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &user_id, &entry))
    {
      if (((Entry *)entry)->is_dirty)
        g_strv_builder_add (builder, user_id);
    }

  return g_strv_builder_end (builder);
}

/**
 * mtx_tracked_users_mark_fresh:
 * @self: a set
 * @user_id: a user whose devices came in an answer
 * @asked_generation: mtx_tracked_users_get_generation() of when the question was asked
 * @changes: where to write: the same change set that stores the devices
 *
 * The list is known now, unless it changed again while the question was in flight (threat 20).
 */
void
mtx_tracked_users_mark_fresh (MtxTrackedUsers *self,
                              const char      *user_id,
                              gint64           asked_generation,
                              MtxChangeSet    *changes)
{
  Entry *entry;

  g_return_if_fail (self != NULL);
  g_return_if_fail (user_id != NULL);

  entry = g_hash_table_lookup (self->entries, user_id);
  if (entry == NULL || entry->generation != asked_generation)
    return;

  entry->is_dirty = FALSE;
  put_entry (user_id, entry, changes);
}
