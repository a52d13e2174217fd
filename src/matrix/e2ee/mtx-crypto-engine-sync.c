/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What arrives: one sync as one command and one transaction, and older events on demand.
 *
 * A command goes back and forth between three threads, always waiting for the other: rows are loaded on the
 * database's, ratchets turn on the crypto worker, and the main thread puts the two together.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-event-row.h"
#include "mtx-room-decryption.h"
#include "mtx-to-device-store.h"
#include "mtx-to-device.h"

/* An event begun this often without an end is not begun again (guard rule G21). */
#define MAX_ATTEMPTS 2

/* A place in a timeline, and the event that stands or shall stand there. */
typedef struct
{
  GPtrArray *timeline; /* borrowed from the response; NULL: a stored event */
  guint      index;
  MtxEvent  *event;
} Slot;

/* What one command reads. Owned by the command's frame, lent to the worker while the command waits. */
typedef struct
{
  MtxCryptoEngine *engine;   /* borrowed: the command holds it */
  MtxRatchets     *ratchets; /* borrowed from the engine */
  MtxSenders      *senders;
  MtxRoomKeys     *keys;
  MtxToDevice     *to_device;
  GPtrArray       *slots; /* of Slot */
  MtxChangeSet    *changes;

  /* for the next job */
  GPtrArray *events; /* of MtxToDeviceEvent, borrowed */
  guint      n_imported;
} Reading;

static void
slot_free (gpointer data)
{
  Slot *slot = data;

  g_clear_pointer (&slot->event, mtx_event_unref);
  g_free (slot);
}

static void
reading_clear (Reading *reading)
{
  g_clear_pointer (&reading->to_device, mtx_to_device_free);
  g_clear_pointer (&reading->senders, mtx_senders_free);
  g_clear_pointer (&reading->keys, mtx_room_keys_free);
  g_clear_pointer (&reading->slots, g_ptr_array_unref);
  g_clear_pointer (&reading->changes, mtx_change_set_unref);
  g_clear_pointer (&reading->events, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static void
reading_init (Reading         *reading,
              MtxCryptoEngine *engine)
{
  *reading = (Reading){
    .engine = engine,
    .ratchets = _mtx_crypto_engine_get_ratchets (engine),
    .slots = g_ptr_array_new_with_free_func (slot_free),
    .changes = mtx_change_set_new (),
    .events = g_ptr_array_new (),
  };
}

static void
add_slot (Reading   *reading,
          GPtrArray *timeline,
          guint      index,
          MtxEvent  *event)
{
  Slot *slot = g_new0 (Slot, 1);

  slot->timeline = timeline;
  slot->index = index;
  slot->event = mtx_event_ref (event);
  g_ptr_array_add (reading->slots, slot);
}

static void
add_timeline (Reading   *reading,
              GPtrArray *timeline)
{
  for (guint i = 0; i < timeline->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (timeline, i);

      if (mtx_room_decryption_can_try (event))
        add_slot (reading, timeline, i, event);
    }
}

static void
add_name (GHashTable *names,
          const char *name)
{
  if (!g_hash_table_contains (names, name))
    g_hash_table_add (names, g_strdup (name));
}

/* The people and devices whose messages are read: one question to the store for each kind of row. */
static gboolean
load_senders (Reading         *reading,
              MtxSyncResponse *response,
              GError         **error)
{
  g_autoptr (GHashTable)  users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable)  keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray)   devices = NULL;
  g_autoptr (GPtrArray)   identities = NULL;
  g_autoptr (GPtrArray)   sessions = NULL;
  g_autofree const char **user_ids = NULL;
  g_autofree const char **sender_keys = NULL;
  MtxDb                  *db = mtx_crypto_engine_get_db (reading->engine);

  for (guint i = 0; response != NULL && i < response->to_device->len; i++)
    {
      const MtxToDeviceEvent *event = g_ptr_array_index (response->to_device, i);
      const char             *sender_key = mtx_to_device_peek_sender_key (event);

      if (sender_key == NULL)
        continue;
      add_name (users, event->sender);
      add_name (keys, sender_key);
    }
  for (guint i = 0; i < reading->slots->len; i++)
    add_name (users, mtx_event_get_sender (((Slot *)g_ptr_array_index (reading->slots, i))->event));

  user_ids = (const char **)g_hash_table_get_keys_as_array (users, NULL);
  sender_keys = (const char **)g_hash_table_get_keys_as_array (keys, NULL);

  devices = dex_await_boxed (mtx_device_store_load_devices (db, user_ids), error);
  if (devices == NULL)
    return FALSE;
  identities = dex_await_boxed (mtx_device_store_load_identities (db, user_ids), error);
  if (identities == NULL)
    return FALSE;
  sessions = dex_await_boxed (mtx_crypto_store_load_olm_sessions (db, sender_keys), error);
  if (sessions == NULL)
    return FALSE;

  reading->senders = mtx_senders_new (mtx_crypto_engine_get_user_id (reading->engine),
                                      mtx_crypto_engine_get_curve25519 (reading->engine),
                                      devices,
                                      identities);
  reading->keys = mtx_room_keys_new (reading->ratchets->master_key);
  reading->to_device = mtx_to_device_new (reading->ratchets,
                                          reading->senders,
                                          sessions,
                                          g_get_real_time () / 1000);

  return TRUE;
}

static DexFuture *
to_device_job (gpointer data)
{
  Reading           *reading = data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < reading->events->len; i++)
    mtx_to_device_process (reading->to_device, g_ptr_array_index (reading->events, i));

  if (!mtx_to_device_save (reading->to_device, reading->changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
import_job (gpointer data)
{
  Reading   *reading = data;
  GPtrArray *received = mtx_to_device_get_room_keys (reading->to_device);

  for (; reading->n_imported < received->len; reading->n_imported++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (received, reading->n_imported);
      g_autoptr (GError)    error = NULL;

      if (!mtx_room_keys_receive (reading->keys, key->claim, key->untrusted_session_key, reading->changes, &error))
        g_debug ("A room key was refused: %s", error->message);
    }

  return dex_future_new_true ();
}

static void
add_key_id (GArray     *ids,
            GHashTable *seen,
            const char *room_id,
            const char *session_id)
{
  g_autofree char *key = g_strconcat (room_id, " ", session_id, NULL);
  MtxRoomKeyId     id = { .room_id = room_id, .session_id = session_id };

  if (g_hash_table_add (seen, g_steal_pointer (&key)))
    g_array_append_val (ids, id);
}

static gboolean
load_keys (Reading *reading,
           GArray  *ids,
           GError **error)
{
  MtxDb                *db = mtx_crypto_engine_get_db (reading->engine);
  g_autoptr (GPtrArray) inbound = NULL;
  g_autoptr (GPtrArray) replay = NULL;

  if (ids->len == 0)
    return TRUE;

  inbound = dex_await_boxed (mtx_room_key_store_load_inbound (db, (MtxRoomKeyId *)ids->data, ids->len), error);
  if (inbound == NULL)
    return FALSE;
  replay = dex_await_boxed (mtx_room_key_store_load_replay (db, (MtxRoomKeyId *)ids->data, ids->len), error);
  if (replay == NULL)
    return FALSE;

  mtx_room_keys_add_rows (reading->keys, inbound, replay);

  return TRUE;
}

/* Takes the room keys that came since the last call. */
static gboolean
import_room_keys (Reading *reading,
                  GError **error)
{
  GPtrArray             *received = mtx_to_device_get_room_keys (reading->to_device);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray)     ids = g_array_new (FALSE, FALSE, sizeof (MtxRoomKeyId));

  for (guint i = reading->n_imported; i < received->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (received, i);

      add_key_id (ids, seen, key->claim->room_id, key->claim->session_id);
    }
  if (ids->len == 0)
    return TRUE;

  return load_keys (reading, ids, error) && _mtx_crypto_engine_work (reading->engine, import_job, reading, error);
}

/* One event whose processing once ended the process: begun in a transaction of its own, completed with its
 * effects in another, so that the events around it are not lost with it (guard rule G21). */
static gboolean
take_singly (Reading          *reading,
             MtxToDeviceEvent *event,
             const char       *hash,
             GError          **error)
{
  g_autoptr (MtxChangeSet) begin = mtx_change_set_new ();

  mtx_to_device_store_begin_attempt (begin, hash, g_get_real_time () / 1000);
  if (!_mtx_crypto_engine_commit (reading->engine, begin, error))
    return FALSE;

  g_ptr_array_set_size (reading->events, 0);
  g_ptr_array_add (reading->events, event);
  if (!_mtx_crypto_engine_work (reading->engine, to_device_job, reading, error) || !import_room_keys (reading, error))
    return FALSE;

  mtx_to_device_store_complete_attempt (reading->changes, hash);
  if (!_mtx_crypto_engine_commit (reading->engine, reading->changes, error))
    return FALSE;
  g_clear_pointer (&reading->changes, mtx_change_set_unref);
  reading->changes = mtx_change_set_new ();

  return TRUE;
}

/* Returns: hash → attempts, or NULL with an error. */
static GHashTable *
load_attempts (Reading *reading,
               GStrv    hashes,
               GError **error)
{
  g_autoptr (GHashTable) attempts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray)  rows = NULL;

  rows = dex_await_boxed (mtx_to_device_store_load_attempts (mtx_crypto_engine_get_db (reading->engine),
                                                             (const char *const *)hashes),
                          error);
  if (rows == NULL)
    return NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      const MtxToDeviceAttemptRow *row = g_ptr_array_index (rows, i);

      g_hash_table_insert (attempts, g_strdup (row->hash), GINT_TO_POINTER ((int)MIN (row->attempts, MAX_ATTEMPTS)));
    }

  return g_steal_pointer (&attempts);
}

static gboolean
take_together (Reading         *reading,
               MtxSyncResponse *response,
               GStrv            hashes,
               GError         **error)
{
  g_autoptr (MtxChangeSet) begin = mtx_change_set_new ();

  for (guint i = 0; i < response->to_device->len; i++)
    {
      mtx_to_device_store_begin_attempt (begin, hashes[i], g_get_real_time () / 1000);
      mtx_to_device_store_complete_attempt (reading->changes, hashes[i]);
      g_ptr_array_add (reading->events, g_ptr_array_index (response->to_device, i));
    }

  return _mtx_crypto_engine_commit (reading->engine, begin, error)
         && _mtx_crypto_engine_work (reading->engine, to_device_job, reading, error)
         && import_room_keys (reading, error);
}

/* All to-device events, in order (M8). Marked as begun in a transaction of their own first; if one of them
 * was begun before and not completed, each gets its own. */
static gboolean
take_to_device (Reading         *reading,
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

  attempts = load_attempts (reading, hashes, error);
  if (attempts == NULL)
    return FALSE;
  if (g_hash_table_size (attempts) == 0)
    return take_together (reading, response, hashes, error);

  for (guint i = 0; i < response->to_device->len; i++)
    {
      if (GPOINTER_TO_INT (g_hash_table_lookup (attempts, hashes[i])) >= MAX_ATTEMPTS)
        g_info ("A to-device event that twice ended the process is skipped");
      else if (!take_singly (reading, g_ptr_array_index (response->to_device, i), hashes[i], error))
        return FALSE;
    }

  return TRUE;
}

/* Stored events that could not be read, of the sessions this sync brought news about (M36). */
static gboolean
add_stored (Reading *reading,
            GError **error)
{
  GPtrArray             *received = mtx_to_device_get_room_keys (reading->to_device);
  GPtrArray             *withheld = mtx_to_device_get_withheld (reading->to_device);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray)     ids = g_array_new (FALSE, FALSE, sizeof (MtxRoomKeyId));

  for (guint i = 0; i < received->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (received, i);

      add_key_id (ids, seen, key->claim->room_id, key->claim->session_id);
    }
  for (guint i = 0; i < withheld->len; i++)
    {
      const MtxWithheldRow *row = g_ptr_array_index (withheld, i);

      add_key_id (ids, seen, row->room_id, row->session_id);
    }

  for (guint i = 0; i < ids->len; i++)
    {
      const MtxRoomKeyId   *id = &g_array_index (ids, MtxRoomKeyId, i);
      g_autoptr (GPtrArray) rows = NULL;

      rows = dex_await_boxed (mtx_event_store_load_undecryptable (mtx_crypto_engine_get_db (reading->engine),
                                                                  id->room_id,
                                                                  id->session_id),
                              error);
      if (rows == NULL)
        return FALSE;

      for (guint j = 0; j < rows->len; j++)
        {
          g_autoptr (MtxEvent) event = mtx_event_new_from_row (g_ptr_array_index (rows, j));

          add_slot (reading, NULL, 0, event);
        }
    }

  return TRUE;
}

static DexFuture *
decrypt_job (gpointer data)
{
  Reading *reading = data;

  for (guint i = 0; i < reading->slots->len; i++)
    {
      Slot                *slot = g_ptr_array_index (reading->slots, i);
      g_autoptr (MtxEvent) encrypted = g_steal_pointer (&slot->event);

      slot->event = mtx_room_decryption_run (reading->keys, reading->senders, encrypted, reading->changes);
    }

  return dex_future_new_true ();
}

/* Why the keys of these sessions did not come: from this sync, else from the store. */
static gboolean
explain_missing (Reading *reading,
                 GError **error)
{
  g_autoptr (GHashTable) codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GPtrArray             *withheld = mtx_to_device_get_withheld (reading->to_device);

  for (guint i = 0; i < withheld->len; i++)
    {
      const MtxWithheldRow *row = g_ptr_array_index (withheld, i);

      g_hash_table_insert (codes, g_strconcat (row->room_id, " ", row->session_id, NULL), g_strdup (row->code));
    }

  for (guint i = 0; i < reading->slots->len; i++)
    {
      Slot            *slot = g_ptr_array_index (reading->slots, i);
      const char      *room_id = mtx_event_get_room_id (slot->event);
      const char      *session_id = mtx_event_get_session_id (slot->event);
      g_autofree char *key = NULL;
      const char      *code;
      MtxEvent        *explained;

      if (mtx_event_get_decryption (slot->event) != MTX_DECRYPTION_MISSING_KEY || session_id == NULL)
        continue;

      key = g_strconcat (room_id, " ", session_id, NULL);
      if (!g_hash_table_contains (codes, key))
        {
          g_autoptr (MtxWithheldRow) row = NULL;
          g_autoptr (GError)         failure = NULL;

          row = dex_await_boxed (mtx_room_key_store_load_withheld (mtx_crypto_engine_get_db (reading->engine),
                                                                   room_id,
                                                                   session_id),
                                 &failure);
          if (row == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
            {
              g_propagate_error (error, g_steal_pointer (&failure));
              return FALSE;
            }
          g_hash_table_insert (codes, g_strdup (key), row != NULL ? g_strdup (row->code) : NULL);
        }

      code = g_hash_table_lookup (codes, key);
      if (code == NULL)
        continue;
      explained = mtx_event_new_undecryptable (slot->event, MTX_DECRYPTION_WITHHELD, code);
      mtx_event_unref (slot->event);
      slot->event = explained;
    }

  return TRUE;
}

/* Decrypts what stands in the slots, with all the keys at hand. */
static gboolean
decrypt_slots (Reading *reading,
               GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray)     ids = g_array_new (FALSE, FALSE, sizeof (MtxRoomKeyId));

  if (reading->slots->len == 0)
    return TRUE;

  for (guint i = 0; i < reading->slots->len; i++)
    {
      MtxEvent   *event = ((Slot *)g_ptr_array_index (reading->slots, i))->event;
      const char *session_id = mtx_room_decryption_peek_session_id (event);

      if (session_id != NULL)
        add_key_id (ids, seen, mtx_event_get_room_id (event), session_id);
    }

  return load_keys (reading, ids, error)
         && _mtx_crypto_engine_work (reading->engine, decrypt_job, reading, error)
         && explain_missing (reading, error);
}

/* A notice counts only as long as the key did not come after all. */
static void
store_withheld (Reading *reading)
{
  GPtrArray *withheld = mtx_to_device_get_withheld (reading->to_device);

  for (guint i = 0; i < withheld->len; i++)
    {
      const MtxWithheldRow *row = g_ptr_array_index (withheld, i);

      if (mtx_room_keys_find (reading->keys, row->room_id, row->session_id) == NULL)
        mtx_room_key_store_put_withheld (reading->changes, row);
    }
}

static void
fill_response (Reading         *reading,
               MtxSyncResponse *response)
{
  for (guint i = 0; i < reading->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (reading->slots, i);

      if (slot->timeline != NULL)
        {
          mtx_event_unref (g_ptr_array_index (slot->timeline, slot->index));
          g_ptr_array_index (slot->timeline, slot->index) = mtx_event_ref (slot->event);
        }
      else if (mtx_event_get_decryption (slot->event) != MTX_DECRYPTION_MISSING_KEY)
        {
          g_ptr_array_add (response->healed, mtx_event_ref (slot->event));
        }
    }
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

/* The device lists go with the same transaction: a change that is not stored with the token is lost (M15). */
static void
note_device_lists (MtxCryptoEngine *self,
                   MtxSyncResponse *response,
                   MtxChangeSet    *changes)
{
  MtxTrackedUsers *tracked = _mtx_crypto_engine_get_tracked (self);

  if (response->changed != NULL)
    mtx_tracked_users_mark_changed (tracked, (const char *const *)response->changed, changes);
  if (response->left != NULL)
    mtx_tracked_users_mark_left (tracked, (const char *const *)response->left, changes);
}

static DexFuture *
sync_command (MtxCryptoEngine *self,
              gpointer         data)
{
  SyncCommand       *command = data;
  MtxSyncResponse   *response = command->response;
  g_auto (Reading)   reading = { 0 };
  g_autoptr (GError) error = NULL;

  reading_init (&reading, self);
  for (guint i = 0; i < response->rooms->len; i++)
    add_timeline (&reading, ((MtxSyncRoom *)g_ptr_array_index (response->rooms, i))->timeline);

  if (!load_senders (&reading, response, &error) || !take_to_device (&reading, response, &error)
      || !add_stored (&reading, &error) || !decrypt_slots (&reading, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  store_withheld (&reading);
  fill_response (&reading, response);
  note_device_lists (self, response, reading.changes);

  if (command->writer != NULL)
    {
      DexFuture *written = command->writer (response, reading.changes, command->data);

      if (written != NULL && !dex_await (written, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }

  if (!_mtx_crypto_engine_commit (self, reading.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  _mtx_crypto_engine_note_server_keys (self,
                                       response->one_time_key_count,
                                       response->has_unused_fallback_types && !response->fallback_key_unused);

  return dex_future_new_true ();
}

/**
 * mtx_crypto_engine_process_sync:
 * @self: an engine
 * @response: what the sync brought; its encrypted events are replaced by readable ones where possible, and
 *   stored events that can be read now are added to its `healed`
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
  g_auto (Reading)      reading = { 0 };
  g_autoptr (GError)    error = NULL;

  for (guint i = 0; i < events->len; i++)
    g_ptr_array_add (result, mtx_event_ref (g_ptr_array_index (events, i)));

  reading_init (&reading, self);
  add_timeline (&reading, result);

  if (!load_senders (&reading, NULL, &error) || !decrypt_slots (&reading, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < reading.slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (reading.slots, i);

      mtx_event_unref (g_ptr_array_index (result, slot->index));
      g_ptr_array_index (result, slot->index) = mtx_event_ref (slot->event);
    }

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
