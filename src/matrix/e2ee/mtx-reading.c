/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one command of the engine reads.
 */
#include "mtx-reading.h"

#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-event-row.h"
#include "mtx-room-decryption.h"

/* A place for an event, and the event as it was and as it is. */
typedef struct
{
  GPtrArray *timeline; /* borrowed from whoever waits for the command; NULL: a stored event */
  guint      index;
  MtxEvent  *before;
  MtxEvent  *after; /* NULL until read */
} Slot;

static void
slot_free (gpointer data)
{
  Slot *slot = data;

  g_clear_pointer (&slot->before, mtx_event_unref);
  g_clear_pointer (&slot->after, mtx_event_unref);
  g_free (slot);
}

/**
 * mtx_reading_init:
 * @self: (out caller-allocates): a reading
 * @engine: whose command it is
 *
 * Prepares an empty reading.
 */
void
mtx_reading_init (MtxReading      *self,
                  MtxCryptoEngine *engine)
{
  *self = (MtxReading){
    .engine = engine,
    .ratchets = _mtx_crypto_engine_get_ratchets (engine),
    .slots = g_ptr_array_new_with_free_func (slot_free),
    .changes = mtx_change_set_new (),
    .ids = g_array_new (FALSE, FALSE, sizeof (MtxRoomKeyId)),
  };
}

/* What grows with the number of events. */
typedef struct
{
  GPtrArray    *slots;
  MtxRoomKeys  *keys;
  MtxChangeSet *changes;
} Leftovers;

static void
leftovers_free (gpointer memory)
{
  Leftovers *left = memory;

  g_clear_pointer (&left->slots, g_ptr_array_unref);
  g_clear_pointer (&left->keys, mtx_room_keys_free);
  g_clear_pointer (&left->changes, mtx_change_set_unref);
  g_free (left);
}

static DexFuture *
let_go (gpointer data)
{
  return dex_future_new_true ();
}

/**
 * mtx_reading_clear:
 * @self: a reading
 *
 * Frees what the reading holds. Thousands of parsed events, their rows and their positions take a while, so a
 * thread lets go of them.
 */
void
mtx_reading_clear (MtxReading *self)
{
  Leftovers *left = NULL;

  g_clear_pointer (&self->to_device, mtx_to_device_free);
  g_clear_pointer (&self->senders, mtx_senders_free);
  g_clear_pointer (&self->ids, g_array_unref);
  if (self->slots == NULL)
    return;

  left = g_new0 (Leftovers, 1);
  left->slots = g_steal_pointer (&self->slots);
  left->keys = g_steal_pointer (&self->keys);
  left->changes = g_steal_pointer (&self->changes);
  if (left->slots->len > 0)
    mtx_fiber_fire (mtx_thread_run ("free-reading", let_go, left, leftovers_free), "Freeing a reading");
  else
    leftovers_free (left);
}

static void
add_slot (MtxReading *self,
          GPtrArray  *timeline,
          guint       index,
          MtxEvent   *event)
{
  Slot *slot = g_new0 (Slot, 1);

  slot->timeline = timeline;
  slot->index = index;
  slot->before = mtx_event_ref (event);
  g_ptr_array_add (self->slots, slot);
}

/**
 * mtx_reading_add_timeline:
 * @self: a reading
 * @timeline: (element-type MtxEvent): events; the encrypted ones will be replaced by mtx_reading_finish()
 *
 * Adds the events that may be decrypted.
 */
void
mtx_reading_add_timeline (MtxReading *self,
                          GPtrArray  *timeline)
{
  for (guint i = 0; i < timeline->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (timeline, i);

      if (mtx_room_decryption_can_try (event))
        add_slot (self, timeline, i, event);
    }
}

/**
 * mtx_reading_add_stored:
 * @self: a reading
 * @event: an event from the store, encrypted or shown with a warning
 *
 * Adds an event to be looked at again. If there is news of it mtx_reading_finish() says so.
 */
void
mtx_reading_add_stored (MtxReading *self,
                        MtxEvent   *event)
{
  add_slot (self, NULL, 0, event);
}

static void
add_name (GHashTable *names,
          const char *name)
{
  if (!g_hash_table_contains (names, name))
    g_hash_table_add (names, g_strdup (name));
}

/* Reading a stored session is the ratchets' work too (guard rule G15). */
static DexFuture *
prepare_job (gpointer data)
{
  MtxReading *self = data;

  self->to_device = mtx_to_device_new (self->ratchets, self->senders, self->sessions, g_get_real_time () / 1000);
  if (self->requests != NULL)
    mtx_to_device_set_requests (self->to_device, self->requests);

  return dex_future_new_true ();
}

/**
 * mtx_reading_load_senders:
 * @self: a reading with its timelines added
 * @to_device: (nullable) (element-type MtxToDeviceEvent): the to-device events that will be taken
 * @error: return location for an error
 *
 * Loads the people and devices whose messages are read: one question to the store for each kind of row.
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_reading_load_senders (MtxReading *self,
                          GPtrArray  *to_device,
                          GError    **error)
{
  g_autoptr (GHashTable)  users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable)  keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray)   devices = NULL;
  g_autoptr (GPtrArray)   identities = NULL;
  g_autoptr (GPtrArray)   sessions = NULL;
  g_autoptr (GPtrArray)   requests = NULL;
  g_autofree const char **user_ids = NULL;
  g_autofree const char **sender_keys = NULL;
  MtxDb                  *db = mtx_crypto_engine_get_db (self->engine);

  for (guint i = 0; to_device != NULL && i < to_device->len; i++)
    {
      const MtxToDeviceEvent *event = g_ptr_array_index (to_device, i);
      const char             *sender_key = mtx_to_device_peek_sender_key (event);

      if (sender_key == NULL)
        continue;
      add_name (users, event->sender);
      add_name (keys, sender_key);
    }
  for (guint i = 0; i < self->slots->len; i++)
    add_name (users, mtx_event_get_sender (((Slot *)g_ptr_array_index (self->slots, i))->before));

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

  if (g_hash_table_size (keys) > 0)
    {
      requests = dex_await_boxed (mtx_own_request_store_load_open (db), error);
      if (requests == NULL)
        return FALSE;
    }

  self->senders = mtx_senders_new (devices, identities);
  self->keys = mtx_room_keys_new (self->ratchets->master_key);
  self->sessions = sessions;
  self->requests = requests;

  return _mtx_crypto_engine_work (self->engine, prepare_job, self, error);
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
load_keys (MtxReading *self,
           GArray     *ids,
           GError    **error)
{
  MtxDb                *db = mtx_crypto_engine_get_db (self->engine);
  const MtxRoomKeyId   *first = (const MtxRoomKeyId *)(gpointer)ids->data;
  g_autoptr (GPtrArray) inbound = NULL;
  g_autoptr (GPtrArray) replay = NULL;

  if (ids->len == 0)
    return TRUE;

  inbound = dex_await_boxed (mtx_room_key_store_load_inbound (db, first, ids->len), error);
  if (inbound == NULL)
    return FALSE;
  replay = dex_await_boxed (mtx_room_key_store_load_replay (db, first, ids->len), error);
  if (replay == NULL)
    return FALSE;

  mtx_room_keys_add_rows (self->keys, inbound, replay);

  return TRUE;
}

static DexFuture *
to_device_job (gpointer data)
{
  MtxReading        *self = data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->events->len; i++)
    mtx_to_device_process (self->to_device, g_ptr_array_index (self->events, i));

  if (!mtx_to_device_save (self->to_device, self->changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
import_job (gpointer data)
{
  MtxReading *self = data;
  GPtrArray  *received = mtx_to_device_get_room_keys (self->to_device);

  for (; self->n_imported < received->len; self->n_imported++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (received, self->n_imported);
      g_autoptr (GError)    error = NULL;

      if (!mtx_room_keys_receive (self->keys, key->claim, key->untrusted_session_key, self->changes, &error))
        g_debug ("A room key was refused: %s", error->message);
    }

  return dex_future_new_true ();
}

/* How many keys there are from each of the senders of those that just came. */
static gboolean
load_counts (MtxReading *self,
             GError    **error)
{
  MtxDb                 *db = mtx_crypto_engine_get_db (self->engine);
  GPtrArray             *received = mtx_to_device_get_room_keys (self->to_device);
  g_autoptr (GHashTable) counted = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < received->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (received, i);
      g_autoptr (GError)    failure = NULL;
      gint64                count;

      /* Copies count for nobody. */
      if (key->claim->sender_user == NULL || !g_hash_table_add (counted, (gpointer)key->claim->sender_user))
        continue;

      count = dex_await_int64 (mtx_room_key_store_count_inbound (db, key->claim->sender_user), &failure);
      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      mtx_room_keys_set_count (self->keys, key->claim->sender_user, count);
    }

  return TRUE;
}

/**
 * mtx_reading_take_to_device:
 * @self: a reading with its senders loaded
 * @events: (element-type MtxToDeviceEvent): the next to-device events, in order
 * @error: return location for an error
 *
 * Takes to-device events and the room keys among them (M8). It may be called again for those that follow.
 *
 * Returns: %TRUE on success, whatever the events are; %FALSE if the store or the ratchets fail
 */
gboolean
mtx_reading_take_to_device (MtxReading *self,
                            GPtrArray  *events,
                            GError    **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray)     ids = g_array_new (FALSE, FALSE, sizeof (MtxRoomKeyId));
  GPtrArray             *received = NULL;

  self->events = events;
  if (!_mtx_crypto_engine_work (self->engine, to_device_job, self, error))
    return FALSE;

  received = mtx_to_device_get_room_keys (self->to_device);
  for (guint i = self->n_imported; i < received->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (received, i);

      add_key_id (ids, seen, key->claim->room_id, key->claim->session_id);
    }

  return ids->len == 0
         || (load_keys (self, ids, error)
             && load_counts (self, error)
             && _mtx_crypto_engine_work (self->engine, import_job, self, error));
}

/**
 * mtx_reading_add_undecryptable:
 * @self: a reading
 * @room_id: a room
 * @session_id: a session there is news of
 * @error: return location for an error
 *
 * Adds the stored events that wait for this session (M36).
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_reading_add_undecryptable (MtxReading *self,
                               const char *room_id,
                               const char *session_id,
                               GError    **error)
{
  MtxDb                *db = mtx_crypto_engine_get_db (self->engine);
  g_autoptr (GPtrArray) rows = NULL;

  rows = dex_await_boxed (mtx_event_store_load_undecryptable (db, room_id, session_id), error);
  if (rows == NULL)
    return FALSE;

  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (MtxEvent) event = mtx_event_new_from_row (g_ptr_array_index (rows, i));

      mtx_reading_add_stored (self, event);
    }

  return TRUE;
}

/**
 * mtx_reading_add_waiting:
 * @self: a reading with its to-device events taken
 * @error: return location for an error
 *
 * Adds the stored events that could not be read, of the sessions these to-device events brought news about
 * (M36).
 *
 * Returns: %TRUE on success
 */
gboolean
mtx_reading_add_waiting (MtxReading *self,
                         GError    **error)
{
  GPtrArray             *received = mtx_to_device_get_room_keys (self->to_device);
  GPtrArray             *withheld = mtx_to_device_get_withheld (self->to_device);
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
      const MtxRoomKeyId *id = &g_array_index (ids, MtxRoomKeyId, i);

      if (!mtx_reading_add_undecryptable (self, id->room_id, id->session_id, error))
        return FALSE;
    }

  /* Of sessions nothing came for, withheld notices count as well: is there a key after all? */
  return load_keys (self, ids, error);
}

static DexFuture *
collect_job (gpointer data)
{
  MtxReading            *self = data;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->slots->len; i++)
    {
      MtxEvent   *event = ((Slot *)g_ptr_array_index (self->slots, i))->before;
      const char *session_id = mtx_event_get_session_id (event);

      if (session_id != NULL)
        add_key_id (self->ids, seen, mtx_event_get_room_id (event), session_id);
    }

  return dex_future_new_true ();
}

/* An event that was read already is only judged again, by the device it came from as it is known now. */
static MtxEvent *
judge_again (MtxReading *self,
             MtxEvent   *event)
{
  const char                 *session_id = mtx_event_get_session_id (event);
  const char                 *room_id = mtx_event_get_room_id (event);
  const MtxInboundSessionRow *key = NULL;
  guint32                     message_index;

  if (session_id != NULL)
    key = mtx_room_keys_find (self->keys, room_id, session_id);
  if (key == NULL
      || !mtx_room_keys_find_index (self->keys, room_id, session_id, mtx_event_get_event_id (event), &message_index))
    return mtx_event_ref (event);

  return mtx_event_new_with_shield (event, mtx_senders_judge_at (self->senders, key, message_index));
}

static DexFuture *
decrypt_job (gpointer data)
{
  MtxReading *self = data;

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      if (mtx_event_get_decryption (slot->before) == MTX_DECRYPTION_DECRYPTED)
        slot->after = judge_again (self, slot->before);
      else
        slot->after = mtx_room_decryption_run (self->keys, self->senders, slot->before, self->changes);
    }

  return dex_future_new_true ();
}

/* Fills in why a key did not come: from this sync, else from the store. */
static gboolean
find_code (MtxReading  *self,
           GHashTable  *codes,
           const char  *room_id,
           const char  *session_id,
           const char **code,
           GError     **error)
{
  g_autofree char *key = g_strconcat (room_id, " ", session_id, NULL);

  if (!g_hash_table_contains (codes, key))
    {
      g_autoptr (MtxWithheldRow) row = NULL;
      g_autoptr (GError)         failure = NULL;

      row = dex_await_boxed (mtx_room_key_store_load_withheld (mtx_crypto_engine_get_db (self->engine),
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

  *code = g_hash_table_lookup (codes, key);

  return TRUE;
}

/* Thousands of messages may want one key: those that follow one another say it once. */
static void
tell_missing (MtxReading *self,
              MtxEvent   *event,
              MtxEvent   *told)
{
  const char *room_id = mtx_event_get_room_id (event);
  const char *session_id = mtx_event_get_session_id (event);

  if (told == NULL || !g_str_equal (mtx_event_get_session_id (told), session_id)
      || !g_str_equal (mtx_event_get_room_id (told), room_id))
    g_signal_emit_by_name (self->engine, "room-key-missing", room_id, session_id);
}

static gboolean
explain_missing (MtxReading *self,
                 GError    **error)
{
  g_autoptr (GHashTable) codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GPtrArray             *withheld = mtx_to_device_get_withheld (self->to_device);
  MtxEvent              *told = NULL; /* borrowed: the last whose key is missing */

  for (guint i = 0; i < withheld->len; i++)
    {
      const MtxWithheldRow *row = g_ptr_array_index (withheld, i);

      g_hash_table_insert (codes, g_strconcat (row->room_id, " ", row->session_id, NULL), g_strdup (row->code));
    }

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot       *slot = g_ptr_array_index (self->slots, i);
      const char *session_id = mtx_event_get_session_id (slot->after);
      const char *code = NULL;
      MtxEvent   *explained = NULL;

      if (mtx_event_get_decryption (slot->after) != MTX_DECRYPTION_MISSING_KEY || session_id == NULL)
        continue;
      tell_missing (self, slot->after, told);
      told = slot->after;
      if (!find_code (self, codes, mtx_event_get_room_id (slot->after), session_id, &code, error))
        return FALSE;
      if (code == NULL)
        continue;

      explained = mtx_event_new_undecryptable (slot->after, MTX_DECRYPTION_WITHHELD, code);
      mtx_event_unref (slot->after);
      slot->after = explained;
      told = explained;
    }

  return TRUE;
}

/**
 * mtx_reading_decrypt:
 * @self: a reading with everything added
 * @error: return location for an error
 *
 * Decrypts the events with all the keys at hand.
 *
 * Returns: %TRUE on success, whatever the events are; %FALSE if the store fails
 */
gboolean
mtx_reading_decrypt (MtxReading *self,
                     GError    **error)
{
  if (self->slots->len == 0)
    return TRUE;

  return _mtx_crypto_engine_work (self->engine, collect_job, self, error)
         && load_keys (self, self->ids, error)
         && _mtx_crypto_engine_work (self->engine, decrypt_job, self, error)
         && explain_missing (self, error);
}

/**
 * mtx_reading_store_withheld:
 * @self: a reading with its waiting events added
 *
 * Writes the notices that a key will not come. They count only as long as it did not come after all.
 */
void
mtx_reading_store_withheld (MtxReading *self)
{
  GPtrArray *withheld = mtx_to_device_get_withheld (self->to_device);

  for (guint i = 0; i < withheld->len; i++)
    {
      const MtxWithheldRow *row = g_ptr_array_index (withheld, i);

      if (mtx_room_keys_find (self->keys, row->room_id, row->session_id) == NULL)
        mtx_room_key_store_put_withheld (self->changes, row);
    }
}

static gboolean
is_news (const Slot *slot)
{
  return mtx_event_get_decryption (slot->before) != mtx_event_get_decryption (slot->after)
         || mtx_event_get_shield (slot->before) != mtx_event_get_shield (slot->after)
         || g_strcmp0 (mtx_event_get_withheld_code (slot->before), mtx_event_get_withheld_code (slot->after)) != 0;
}

/**
 * mtx_reading_finish:
 * @self: a reading that was decrypted
 * @healed: (nullable) (element-type MtxEvent): where to add the stored events there is news of
 *
 * Puts the events into the places they came from.
 */
void
mtx_reading_finish (MtxReading *self,
                    GPtrArray  *healed)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      if (slot->timeline != NULL)
        {
          /* The timeline's hold on the old event is dropped here, the slot's in a thread. */
          mtx_event_unref (g_ptr_array_index (slot->timeline, slot->index));
          g_ptr_array_index (slot->timeline, slot->index) = g_steal_pointer (&slot->after);
        }
      else if (is_news (slot))
        {
          g_ptr_array_add (healed, mtx_event_ref (slot->after));
        }
    }
}
