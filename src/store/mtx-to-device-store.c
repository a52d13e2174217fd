/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To-device messages: batches to be sent, and received events that were begun but not completed.
 */
#include "mtx-to-device-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_to_device_batch_row_columns[] = {
  MTX_COLUMN (MtxToDeviceBatchRow, SERIAL, id),
  MTX_COLUMN (MtxToDeviceBatchRow, TEXT, txn_id),
  MTX_COLUMN (MtxToDeviceBatchRow, TEXT, event_type),
  MTX_COLUMN (MtxToDeviceBatchRow, TEXT, messages),
  MTX_COLUMN (MtxToDeviceBatchRow, TEXT, room_id),
  MTX_COLUMN (MtxToDeviceBatchRow, TEXT, session_id),
  MTX_COLUMN (MtxToDeviceBatchRow, INTEGER, created_at),
};

static const MtxColumn mtx_to_device_attempt_row_columns[] = {
  MTX_COLUMN (MtxToDeviceAttemptRow, TEXT, hash),
  MTX_COLUMN (MtxToDeviceAttemptRow, INTEGER, attempts),
  MTX_COLUMN (MtxToDeviceAttemptRow, INTEGER, first_attempt_at),
};

MTX_DEFINE_ROW (MtxToDeviceBatchRow, mtx_to_device_batch_row, "to_device_batch", "id")
MTX_DEFINE_ROW (MtxToDeviceAttemptRow, mtx_to_device_attempt_row, "to_device_attempt", "hash")

/**
 * mtx_to_device_store_load_batches:
 * @db: a database
 *
 * Loads all batches that were not yet accepted by the server, in the order they were put.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxToDeviceBatchRow
 */
DexFuture *
mtx_to_device_store_load_batches (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_to_device_batch_row_type, "ORDER BY id", NULL, 0);
}

/**
 * mtx_to_device_store_put_batch:
 * @changes: the change set with the ratchets that made the batch
 * @row: a new batch; its transaction id must be new as well
 *
 * Queues a batch for sending.
 */
void
mtx_to_device_store_put_batch (MtxChangeSet              *changes,
                               const MtxToDeviceBatchRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_insert (changes, &mtx_to_device_batch_row_type, row);
}

/**
 * mtx_to_device_store_delete_batch:
 * @changes: where the write is added
 * @txn_id: the transaction id of a batch the server has accepted
 *
 * Takes a batch from the queue.
 */
void
mtx_to_device_store_delete_batch (MtxChangeSet *changes,
                                  const char   *txn_id)
{
  g_return_if_fail (txn_id != NULL);

  _mtx_change_set_add (changes, "DELETE FROM to_device_batch WHERE txn_id = ?1", MTX_VALUES (MTX_TEXT (txn_id)));
}

/**
 * mtx_to_device_store_load_attempts:
 * @db: a database
 * @hashes: (array zero-terminated=1): received events
 *
 * Loads which of these events were begun before without being completed.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxToDeviceAttemptRow
 */
DexFuture *
mtx_to_device_store_load_attempts (MtxDb             *db,
                                   const char *const *hashes)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (hashes != NULL, NULL);

  list = _mtx_db_list (hashes);

  return _mtx_db_load_rows (db, &mtx_to_device_attempt_row_type,
                            "WHERE hash IN (SELECT value FROM json_each (?1))",
                            MTX_VALUES (MTX_TEXT (list)));
}

/**
 * mtx_to_device_store_begin_attempt:
 * @changes: a change set that is committed before the event is touched (guard rule G21)
 * @hash: a received event
 * @now: the time
 *
 * Counts one more attempt at an event.
 */
void
mtx_to_device_store_begin_attempt (MtxChangeSet *changes,
                                   const char   *hash,
                                   gint64        now)
{
  g_return_if_fail (hash != NULL);

  _mtx_change_set_add (changes,
                       "INSERT INTO to_device_attempt (hash, attempts, first_attempt_at) VALUES (?1, 1, ?2)"
                       " ON CONFLICT (hash) DO UPDATE SET attempts = attempts + 1",
                       MTX_VALUES (MTX_TEXT (hash), MTX_INTEGER (now)));
}

/**
 * mtx_to_device_store_complete_attempt:
 * @changes: the change set with the event's effects and the sync token
 * @hash: a received event
 *
 * Forgets the attempts at an event: whatever came out of it, it does not stop us.
 */
void
mtx_to_device_store_complete_attempt (MtxChangeSet *changes,
                                      const char   *hash)
{
  g_return_if_fail (hash != NULL);

  _mtx_change_set_add (changes, "DELETE FROM to_device_attempt WHERE hash = ?1", MTX_VALUES (MTX_TEXT (hash)));
}
