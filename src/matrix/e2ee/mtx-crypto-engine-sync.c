/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What arrives: one sync as one command and one transaction, and older events on demand.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-attempts.h"
#include "mtx-error.h"
#include "mtx-event-row.h"
#include "mtx-reading.h"
#include "mtx-room-key-bundle-store.h"
#include "mtx-session-store.h"
#include "mtx-to-device-store.h"

/* Stored events that are looked at again in one sync; the rest stays as it is shown. */
#define MAX_LOOKED_AT 500

/* One event whose processing once ended the process: begun in a transaction of its own, completed with its
 * effects in another, so that the events around it are not lost with it (guard rule G21). */
static gboolean
take_singly (MtxReading       *reading,
             MtxToDeviceEvent *event,
             const char       *hash,
             GError          **error)
{
  g_autoptr (MtxChangeSet) begin = mtx_change_set_new ();
  g_autoptr (GPtrArray)    events = g_ptr_array_new ();

  mtx_to_device_store_begin_attempt (begin, hash, g_get_real_time () / 1000);
  if (!_mtx_crypto_engine_commit (reading->engine, begin, error))
    return FALSE;

  g_ptr_array_add (events, event);
  if (!mtx_reading_take_to_device (reading, events, error))
    return FALSE;

  mtx_to_device_store_complete_attempt (reading->changes, hash);
  if (!_mtx_crypto_engine_commit (reading->engine, reading->changes, error))
    return FALSE;
  g_clear_pointer (&reading->changes, mtx_change_set_unref);
  reading->changes = mtx_change_set_new ();

  return TRUE;
}

static gboolean
take_together (MtxReading      *reading,
               MtxSyncResponse *response,
               GStrv            hashes,
               GError         **error)
{
  g_autoptr (MtxChangeSet) begin = mtx_change_set_new ();

  for (guint i = 0; i < response->to_device->len; i++)
    {
      mtx_to_device_store_begin_attempt (begin, hashes[i], g_get_real_time () / 1000);
      mtx_to_device_store_complete_attempt (reading->changes, hashes[i]);
    }

  return _mtx_crypto_engine_commit (reading->engine, begin, error)
         && mtx_reading_take_to_device (reading, response->to_device, error);
}

/* All to-device events, in order (M8). Marked as begun in a transaction of their own first; if one of them
 * was begun before and not completed, each gets its own. */
static gboolean
take_to_device (MtxReading      *reading,
                MtxSyncResponse *response,
                GError         **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable)   attempts = NULL;
  g_auto (GStrv)           hashes = NULL;

  if (response->to_device->len == 0)
    return TRUE;

  for (guint i = 0; i < response->to_device->len; i++)
    g_strv_builder_take (builder, mtx_to_device_hash (g_ptr_array_index (response->to_device, i)));
  hashes = g_strv_builder_end (builder);

  attempts = mtx_attempts_load (mtx_crypto_engine_get_db (reading->engine), hashes, error);
  if (attempts == NULL)
    return FALSE;
  if (g_hash_table_size (attempts) == 0)
    return take_together (reading, response, hashes, error);

  for (guint i = 0; i < response->to_device->len; i++)
    {
      if (GPOINTER_TO_INT (g_hash_table_lookup (attempts, hashes[i])) >= MTX_MAX_ATTEMPTS)
        g_info ("A to-device event that twice ended the process is skipped");
      else if (!take_singly (reading, g_ptr_array_index (response->to_device, i), hashes[i], error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
add_rows (MtxReading *reading,
          DexFuture  *load,
          GError    **error)
{
  g_autoptr (GPtrArray) rows = dex_await_boxed (load, error);

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      g_autoptr (MtxEvent) event = mtx_event_new_from_row (g_ptr_array_index (rows, i));

      mtx_reading_add_stored (reading, event);
    }

  return rows != NULL;
}

/* Stored events to look at again: those of people whose devices changed (threat 65); and once after a start
 * all that carry a warning, and those whose key came while nobody looked (M36). */
static gboolean
add_stored (MtxReading *reading,
            GStrv       changed,
            GError    **error)
{
  MtxDb *db = mtx_crypto_engine_get_db (reading->engine);

  if (_mtx_crypto_engine_is_first_look (reading->engine))
    return add_rows (reading, mtx_event_store_load_readable (db, MAX_LOOKED_AT), error)
           && add_rows (reading, mtx_event_store_load_shielded (db, NULL, MAX_LOOKED_AT), error);

  if (changed[0] == NULL)
    return TRUE;

  return add_rows (reading, mtx_event_store_load_shielded (db, (const char *const *)changed, MAX_LOOKED_AT), error);
}

typedef struct
{
  MtxSyncResponse *response;
  MtxSyncWriter    writer;
  gpointer         data;
  GDestroyNotify   destroy;
} SyncCommand;

static void
sync_command_free (gpointer memory)
{
  SyncCommand *command = memory;

  if (command->destroy != NULL)
    g_clear_pointer (&command->data, command->destroy);
  g_clear_pointer (&command->response, mtx_sync_response_unref);
  g_free (command);
}

/* Whether this sync is the first of all: the store has no token yet. */
static gboolean
is_initial (MtxCryptoEngine *self,
            gboolean        *initial,
            GError         **error)
{
  g_autoptr (MtxSessionRow) session = NULL;
  g_autoptr (GError)        failure = NULL;

  *initial = FALSE;
  if (!_mtx_crypto_engine_is_first_look (self))
    return TRUE;

  session = dex_await_boxed (mtx_session_store_load (mtx_crypto_engine_get_db (self)), &failure);
  if (session == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  *initial = session == NULL || session->next_batch == NULL;

  return TRUE;
}

/* The device lists go with the same transaction: a change that is not stored with the token is lost (M15). The
 * first sync of all says nothing about what changed since somebody was asked for before it. */
static void
note_device_lists (MtxCryptoEngine *self,
                   MtxSyncResponse *response,
                   gboolean         initial,
                   MtxChangeSet    *changes)
{
  MtxTrackedUsers *tracked = _mtx_crypto_engine_get_tracked (self);

  if (initial)
    mtx_tracked_users_mark_all (tracked, changes);
  if (response->changed != NULL)
    mtx_tracked_users_mark_changed (tracked, (const char *const *)response->changed, changes);
  if (response->left != NULL)
    mtx_tracked_users_mark_left (tracked, (const char *const *)response->left, changes);
}

static void
follow_senders (MtxTrackedUsers *tracked,
                GPtrArray       *events,
                MtxChangeSet    *changes)
{
  for (guint i = 0; i < events->len; i++)
    {
      MtxEvent         *event = g_ptr_array_index (events, i);
      const char *const sender[] = { mtx_event_get_sender (event), NULL };

      if (mtx_event_get_shield (event) == MTX_SHIELD_UNKNOWN_DEVICE)
        mtx_tracked_users_track (tracked, sender, changes);
    }
}

/* Who wrote to us from a device we know nothing of is followed from now on, as everybody is to whom we write (M15). */
static void
follow_strangers (MtxCryptoEngine *self,
                  MtxSyncResponse *response,
                  MtxChangeSet    *changes)
{
  MtxTrackedUsers *tracked = _mtx_crypto_engine_get_tracked (self);

  for (guint i = 0; i < response->rooms->len; i++)
    follow_senders (tracked, ((MtxSyncRoom *)g_ptr_array_index (response->rooms, i))->timeline, changes);
  follow_senders (tracked, response->healed, changes);
}

static void
drop_keys_of_leavers (MtxSyncRoom  *room,
                      MtxChangeSet *changes)
{
  for (guint i = 0; i < room->state->len; i++)
    {
      MtxEvent     *event = g_ptr_array_index (room->state, i);
      MtxMembership membership;

      if (mtx_event_get_kind (event) != MTX_EVENT_KIND_MEMBER)
        continue;

      membership = mtx_event_get_membership (event);
      if (membership == MTX_MEMBERSHIP_LEAVE || membership == MTX_MEMBERSHIP_BAN
          || (room->limited && membership != MTX_MEMBERSHIP_JOIN))
        mtx_room_key_store_drop_outbound_of (changes, room->room_id, mtx_event_get_state_key (event));
    }
}

/* Who leaves takes the room's key along, also who is back within the same sync; and where a sync left something out,
 * whoever is anything but joined may have been (M24). It goes with the transaction that tells it. */
static void
drop_room_keys (MtxSyncResponse *response,
                MtxChangeSet    *changes)
{
  for (guint i = 0; i < response->rooms->len; i++)
    {
      MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);

      if (room->section == MTX_SYNC_LEFT)
        mtx_room_key_store_delete_outbound (changes, room->room_id);
      else if (room->section == MTX_SYNC_JOINED)
        drop_keys_of_leavers (room, changes);
    }
}

static const char *
find_inviter (MtxCryptoEngine   *self,
              const MtxSyncRoom *room)
{
  for (guint i = 0; i < room->state->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (room->state, i);

      if (mtx_event_get_kind (event) == MTX_EVENT_KIND_MEMBER
          && mtx_event_get_membership (event) == MTX_MEMBERSHIP_INVITE
          && g_strcmp0 (mtx_event_get_state_key (event), mtx_crypto_engine_get_user_id (self)) == 0)
        return mtx_event_get_sender (event);
    }

  return NULL;
}

/* Who invited us, and that we went: what they offer of the time before is wanted then, and of nobody else (S5). */
static void
note_invitations (MtxCryptoEngine *self,
                  MtxSyncResponse *response,
                  MtxChangeSet    *changes)
{
  for (guint i = 0; i < response->rooms->len; i++)
    {
      const MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);
      const char        *inviter = room->section == MTX_SYNC_INVITED ? find_inviter (self, room) : NULL;

      if (inviter != NULL)
        {
          const char *const users[] = { inviter, NULL };

          /* What they offer counts only if their devices are known. */
          mtx_tracked_users_track (_mtx_crypto_engine_get_tracked (self), users, changes);
          mtx_room_key_bundle_store_put_invited (changes, room->room_id, inviter);
        }
      else if (room->section == MTX_SYNC_JOINED)
        mtx_room_key_bundle_store_put_accepted (changes, room->room_id, g_get_real_time () / 1000);
      else if (room->section == MTX_SYNC_LEFT)
        mtx_room_key_bundle_store_forget_room (changes, room->room_id);
    }
}

static gboolean
read_sync (MtxCryptoEngine *self,
           SyncCommand     *command,
           GStrv            changed,
           GError         **error)
{
  MtxSyncResponse    *response = command->response;
  g_auto (MtxReading) reading = { 0 };
  gboolean            initial;

  mtx_reading_init (&reading, self);
  for (guint i = 0; i < response->rooms->len; i++)
    mtx_reading_add_timeline (&reading, ((MtxSyncRoom *)g_ptr_array_index (response->rooms, i))->timeline);

  if (!is_initial (self, &initial, error)
      || !add_stored (&reading, changed, error)
      || !mtx_reading_load_senders (&reading, response->to_device, error)
      || !take_to_device (&reading, response, error)
      || !mtx_reading_add_waiting (&reading, error)
      || !mtx_reading_decrypt (&reading, error))
    return FALSE;

  mtx_reading_store_withheld (&reading);
  mtx_reading_finish (&reading, response->healed);
  note_device_lists (self, response, initial, reading.changes);
  follow_strangers (self, response, reading.changes);
  drop_room_keys (response, reading.changes);
  note_invitations (self, response, reading.changes);

  if (command->writer != NULL)
    {
      DexFuture *written = command->writer (response, reading.changes, command->data);

      if (written != NULL && !dex_await (written, error))
        return FALSE;
    }

  if (!_mtx_crypto_engine_commit (self, reading.changes, error))
    return FALSE;
  _mtx_crypto_engine_announce (self, &reading, response);

  return TRUE;
}

static DexFuture *
sync_command (MtxCryptoEngine *self,
              gpointer         data)
{
  SyncCommand           *command = data;
  const MtxSyncResponse *response = command->response;
  g_auto (GStrv)         changed = _mtx_crypto_engine_take_changed (self);
  g_autoptr (GError)     error = NULL;

  if (!read_sync (self, command, changed, &error))
    {
      for (guint i = 0; changed[i] != NULL; i++)
        _mtx_crypto_engine_note_changed (self, changed[i]);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  _mtx_crypto_engine_end_first_look (self);
  _mtx_crypto_engine_note_server_keys (self,
                                       response->one_time_key_count,
                                       response->has_unused_fallback_types && !response->fallback_key_unused);

  return dex_future_new_true ();
}

/**
 * mtx_crypto_engine_process_sync:
 * @self: an engine
 * @response: what the sync brought; its encrypted events are replaced by readable ones where possible, and
 *   stored events there is news of (their key came, their sender's devices changed) are added to its `healed`
 * @writer: (nullable): adds the writes of the rooms and the sync token
 * @data: (nullable): passed to @writer
 * @destroy: (nullable): frees @data
 *
 * Takes one sync: first the to-device events in order (M8), then the changes of device lists, then the
 * timelines; then everything is committed in one transaction with the token (M7). If that fails, nothing
 * happened, and the same sync can be read again. The response belongs to the engine until the future
 * settles.
 *
 * Returns: (transfer full): a future that resolves to %TRUE after the commit, or rejects with the store's
 *   error
 */
DexFuture *
mtx_crypto_engine_process_sync (MtxCryptoEngine *self,
                                MtxSyncResponse *response,
                                MtxSyncWriter    writer,
                                gpointer         data,
                                GDestroyNotify   destroy)
{
  SyncCommand *command;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);
  g_return_val_if_fail (response != NULL, NULL);

  command = g_new0 (SyncCommand, 1);
  command->response = mtx_sync_response_ref (response);
  command->writer = writer;
  command->data = data;
  command->destroy = destroy;

  return _mtx_crypto_engine_command (self, sync_command, command, sync_command_free);
}

static DexFuture *
decrypt_command (MtxCryptoEngine *self,
                 gpointer         data)
{
  GPtrArray            *events = data;
  g_autoptr (GPtrArray) result = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);
  g_auto (MtxReading)   reading = { 0 };
  g_autoptr (GError)    error = NULL;

  for (guint i = 0; i < events->len; i++)
    g_ptr_array_add (result, mtx_event_ref (g_ptr_array_index (events, i)));

  mtx_reading_init (&reading, self);
  mtx_reading_add_timeline (&reading, result);
  if (!mtx_reading_load_senders (&reading, NULL, &error) || !mtx_reading_decrypt (&reading, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  mtx_reading_finish (&reading, NULL);

  if (!_mtx_crypto_engine_commit (self, reading.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&result));
}

/**
 * mtx_crypto_engine_decrypt_events:
 * @self: an engine
 * @events: (element-type MtxEvent): older events, as `/messages` brings them; not changed
 *
 * Decrypts with the keys at hand. The positions they use are committed before this resolves.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEvent: the same events in the
 *   same order, the encrypted ones readable or marked with the reason why not
 */
DexFuture *
mtx_crypto_engine_decrypt_events (MtxCryptoEngine *self,
                                  GPtrArray       *events)
{
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);
  g_return_val_if_fail (events != NULL, NULL);

  return _mtx_crypto_engine_command (self, decrypt_command, g_ptr_array_ref (events), (GDestroyNotify)g_ptr_array_unref);
}
