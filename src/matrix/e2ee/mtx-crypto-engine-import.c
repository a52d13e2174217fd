/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys that prove no sender: from a backup, a file or a bundle. They are taken in portions, so that what
 * arrives meanwhile is not kept waiting, and events that waited for them are read at once (M36).
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-attempts.h"
#include "mtx-error.h"
#include "mtx-received-key.h"
#include "mtx-reading.h"
#include "mtx-room-keys.h"
#include "mtx-to-device-store.h"

typedef struct
{
  MtxRatchets  *ratchets;
  GPtrArray    *keys;   /* of MtxReceivedKey, borrowed from the command */
  GStrv         hashes; /* of them, in order; borrowed */
  MtxRoomKeys  *room_keys;
  guint         first; /* the keys of this job */
  guint         end;
  gint64        n_taken;
  MtxChangeSet *changes;
} ImportJob;

static void
import_job_clear (ImportJob *job)
{
  g_clear_pointer (&job->room_keys, mtx_room_keys_free);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ImportJob, import_job_clear)

static DexFuture *
import_job (gpointer data)
{
  ImportJob *job = data;

  for (guint i = job->first; i < job->end; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (job->keys, i);
      g_autoptr (GError)    error = NULL;

      if (mtx_room_keys_receive (job->room_keys, key->claim, key->untrusted_session_key, job->changes, &error))
        job->n_taken++;
      else
        g_debug ("A copy of a room key was refused: %s", error->message);
    }

  return dex_future_new_true ();
}

/* Names one copy of one key. */
static char *
hash_key (const MtxReceivedKey *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *)key->claim->room_id, strlen (key->claim->room_id) + 1);
  g_checksum_update (checksum, (const guchar *)key->claim->session_id, strlen (key->claim->session_id) + 1);
  g_checksum_update (checksum, (const guchar *)key->untrusted_session_key, strlen (key->untrusted_session_key));

  return g_strdup (g_checksum_get_string (checksum));
}

/* Marks as begun in a transaction of its own, then completes together with what came of it (guard rule G22). */
static gboolean
import_range (MtxCryptoEngine *self,
              ImportJob       *job,
              GError         **error)
{
  g_autoptr (MtxChangeSet) begin = mtx_change_set_new ();

  for (guint i = job->first; i < job->end; i++)
    mtx_to_device_store_begin_attempt (begin, job->hashes[i], g_get_real_time () / 1000);
  if (!_mtx_crypto_engine_commit (self, begin, error))
    return FALSE;

  g_clear_pointer (&job->changes, mtx_change_set_unref);
  job->changes = mtx_change_set_new ();
  if (!_mtx_crypto_engine_work (self, import_job, job, error))
    return FALSE;

  for (guint i = job->first; i < job->end; i++)
    mtx_to_device_store_complete_attempt (job->changes, job->hashes[i]);

  return _mtx_crypto_engine_commit (self, job->changes, error);
}

/* All at once; but if one of them was begun before and not completed, each for itself. */
static gboolean
import_all (MtxCryptoEngine *self,
            ImportJob       *job,
            GError         **error)
{
  g_autoptr (GHashTable) attempts = mtx_attempts_load (mtx_crypto_engine_get_db (self), job->hashes, error);

  if (attempts == NULL)
    return FALSE;

  if (g_hash_table_size (attempts) == 0)
    {
      job->first = 0;
      job->end = job->keys->len;
      return import_range (self, job, error);
    }

  for (guint i = 0; i < job->keys->len; i++)
    {
      if (GPOINTER_TO_INT (g_hash_table_lookup (attempts, job->hashes[i])) >= MTX_MAX_ATTEMPTS)
        {
          g_info ("A copy of a room key that twice ended the process is skipped");
          continue;
        }
      job->first = i;
      job->end = i + 1;
      if (!import_range (self, job, error))
        return FALSE;
    }

  return TRUE;
}

static MtxRoomKeys *
load_known (MtxCryptoEngine *self,
            GPtrArray       *keys,
            GError         **error)
{
  g_autoptr (MtxRoomKeys) known = mtx_room_keys_new (_mtx_crypto_engine_get_ratchets (self)->master_key);
  g_autoptr (GPtrArray)   no_uses = g_ptr_array_new ();
  g_autoptr (GArray)      ids = g_array_new (FALSE, FALSE, sizeof (MtxRoomKeyId));
  g_autoptr (GPtrArray)   rows = NULL;

  for (guint i = 0; i < keys->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (keys, i);
      MtxRoomKeyId          id = { .room_id = key->claim->room_id, .session_id = key->claim->session_id };

      g_array_append_val (ids, id);
    }

  rows = dex_await_boxed (mtx_room_key_store_load_inbound (mtx_crypto_engine_get_db (self),
                                                           (const MtxRoomKeyId *)(gpointer)ids->data,
                                                           ids->len),
                          error);
  if (rows == NULL)
    return NULL;
  mtx_room_keys_add_rows (known, rows, no_uses);

  return g_steal_pointer (&known);
}

static void
note_arrived (MtxCryptoEngine      *self,
              MtxInboundSessionRow *row)
{
  g_hash_table_replace (_mtx_crypto_engine_get_arrived (self),
                        g_strconcat (row->room_id, " ", row->session_id, NULL),
                        mtx_inbound_session_row_ref (row));
}

static DexFuture *
import_command (MtxCryptoEngine *self,
                gpointer         data)
{
  GPtrArray               *keys = data;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv)           hashes = NULL;
  g_auto (ImportJob)       job = { .ratchets = _mtx_crypto_engine_get_ratchets (self), .keys = keys };
  g_autoptr (GError)       error = NULL;

  for (guint i = 0; i < keys->len; i++)
    g_strv_builder_take (builder, hash_key (g_ptr_array_index (keys, i)));
  hashes = g_strv_builder_end (builder);
  job.hashes = hashes;

  job.room_keys = load_known (self, keys, &error);
  if (job.room_keys == NULL || !import_all (self, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < keys->len; i++)
    {
      const MtxReceivedKey *key = g_ptr_array_index (keys, i);

      if (mtx_room_keys_find (job.room_keys, key->claim->room_id, key->claim->session_id) != NULL)
        note_arrived (self, key->claim);
    }
  g_signal_emit_by_name (self, "room-keys-imported");

  return dex_future_new_for_int64 (job.n_taken);
}

/**
 * _mtx_crypto_engine_import_room_keys:
 * @self: an engine
 * @keys: (element-type MtxReceivedKey): a portion of room keys, each imported; not to be touched until the future
 *   settles
 *
 * Takes copies of room keys. What is here already stays, if it is better (threats 41, 42). An item that ends the
 * process is skipped when it is met the third time. Emits #MtxCryptoEngine::room-keys-imported.
 *
 * Returns: (transfer full): a future that resolves to the number of keys that are here now, a gint64
 */
DexFuture *
_mtx_crypto_engine_import_room_keys (MtxCryptoEngine *self,
                                     GPtrArray       *keys)
{
  return _mtx_crypto_engine_command (self, import_command, g_ptr_array_ref (keys), (GDestroyNotify)g_ptr_array_unref);
}

typedef struct
{
  MtxSyncResponse *response;
  MtxSyncWriter    writer;
  gpointer         data;
  GDestroyNotify   destroy;
} HealCommand;

static void
heal_command_free (gpointer memory)
{
  HealCommand *command = memory;

  if (command->destroy != NULL)
    g_clear_pointer (&command->data, command->destroy);
  g_clear_pointer (&command->response, mtx_sync_response_unref);
  g_free (command);
}

static gboolean
heal (MtxCryptoEngine *self,
      HealCommand     *command,
      GPtrArray       *arrived,
      GError         **error)
{
  g_auto (MtxReading) reading = { 0 };
  DexFuture          *written;

  mtx_reading_init (&reading, self);
  for (guint i = 0; i < arrived->len; i++)
    {
      const MtxInboundSessionRow *key = g_ptr_array_index (arrived, i);

      if (!mtx_reading_add_undecryptable (&reading, key->room_id, key->session_id, error))
        return FALSE;
    }
  if (!mtx_reading_load_senders (&reading, NULL, error) || !mtx_reading_decrypt (&reading, error))
    return FALSE;
  mtx_reading_finish (&reading, command->response->healed);

  written = command->writer (command->response, reading.changes, command->data);
  if (written != NULL && !dex_await (written, error))
    return FALSE;

  return _mtx_crypto_engine_commit (self, reading.changes, error);
}

static GPtrArray *
take_arrived (MtxCryptoEngine *self)
{
  GHashTable    *noted = _mtx_crypto_engine_get_arrived (self);
  GPtrArray     *arrived = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_inbound_session_row_unref);
  GHashTableIter iter;
  gpointer       row;

  g_hash_table_iter_init (&iter, noted);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_ptr_array_add (arrived, mtx_inbound_session_row_ref (row));
  g_hash_table_remove_all (noted);

  return arrived;
}

static DexFuture *
heal_command (MtxCryptoEngine *self,
              gpointer         data)
{
  g_autoptr (GPtrArray) arrived = take_arrived (self);
  g_autoptr (GError)    error = NULL;

  if (!heal (self, data, arrived, &error))
    {
      for (guint i = 0; i < arrived->len; i++)
        note_arrived (self, g_ptr_array_index (arrived, i));
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_true ();
}

/**
 * mtx_crypto_engine_heal:
 * @self: an engine
 * @response: an empty one; stored events that can be read now are added to its `healed`
 * @writer: adds their writes
 * @data: (nullable): passed to @writer
 * @destroy: (nullable): frees @data
 *
 * Reads the stored events that waited for imported room keys, and commits what came of it.
 *
 * Returns: (transfer full): a future that resolves to %TRUE after the commit, or rejects with the store's error
 */
DexFuture *
mtx_crypto_engine_heal (MtxCryptoEngine *self,
                        MtxSyncResponse *response,
                        MtxSyncWriter    writer,
                        gpointer         data,
                        GDestroyNotify   destroy)
{
  HealCommand *command;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (self), NULL);
  g_return_val_if_fail (response != NULL && writer != NULL, NULL);

  command = g_new0 (HealCommand, 1);
  command->response = mtx_sync_response_ref (response);
  command->writer = writer;
  command->data = data;
  command->destroy = destroy;

  return _mtx_crypto_engine_command (self, heal_command, command, heal_command_free);
}
