/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages that still have to be sent, in order.
 */
#include "mtx-outbox-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_outbox_row_columns[] = {
  MTX_COLUMN (MtxOutboxRow, SERIAL, id),
  MTX_COLUMN (MtxOutboxRow, TEXT, conversation),
  MTX_COLUMN (MtxOutboxRow, TEXT, room_id),
  MTX_COLUMN (MtxOutboxRow, TEXT, txn_id),
  MTX_COLUMN (MtxOutboxRow, TEXT, event_type),
  MTX_COLUMN (MtxOutboxRow, TEXT, content),
  MTX_COLUMN (MtxOutboxRow, TEXT, encrypted),
  MTX_COLUMN (MtxOutboxRow, TEXT, session_id),
  MTX_COLUMN (MtxOutboxRow, SMALL, state),
  MTX_COLUMN (MtxOutboxRow, INTEGER, error_code),
  MTX_COLUMN (MtxOutboxRow, INTEGER, created_at),
};

MTX_DEFINE_ROW (MtxOutboxRow, mtx_outbox_row, "outbox", "id")

/**
 * mtx_outbox_store_load:
 * @db: a database
 * @conversation: (nullable): one conversation, or %NULL for all
 *
 * Loads what still has to be sent, in the order it was put.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxOutboxRow
 */
DexFuture *
mtx_outbox_store_load (MtxDb      *db,
                       const char *conversation)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_outbox_row_type, "WHERE ?1 IS NULL OR conversation = ?1 ORDER BY id",
                            MTX_VALUES (MTX_TEXT (conversation)));
}

/**
 * mtx_outbox_store_put:
 * @changes: where the write is added
 * @row: a new message; its id is not looked at, its transaction id must be new
 *
 * Puts a message at the end of the queue. When that is committed the message is safely kept.
 */
void
mtx_outbox_store_put (MtxChangeSet       *changes,
                      const MtxOutboxRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_insert (changes, &mtx_outbox_row_type, row);
}

/**
 * mtx_outbox_store_put_room:
 * @changes: where the write is added
 * @conversation: a conversation
 * @room_id: the room it now has
 *
 * Gives all waiting messages of a conversation that have no room this one.
 */
void
mtx_outbox_store_put_room (MtxChangeSet *changes,
                           const char   *conversation,
                           const char   *room_id)
{
  g_return_if_fail (conversation != NULL && room_id != NULL);

  _mtx_change_set_add (changes, "UPDATE outbox SET room_id = ?2 WHERE conversation = ?1 AND room_id IS NULL",
                       MTX_VALUES (MTX_TEXT (conversation), MTX_TEXT (room_id)));
}

/**
 * mtx_outbox_store_put_encrypted:
 * @changes: the change set with the ratchet that made the ciphertext
 * @txn_id: a message
 * @encrypted: (nullable): the content to send, JSON; %NULL to encrypt anew
 * @session_id: (nullable): the Megolm session of @encrypted
 *
 * Puts a message's ciphertext. Every retry under this transaction id sends exactly these bytes (M21).
 */
void
mtx_outbox_store_put_encrypted (MtxChangeSet *changes,
                                const char   *txn_id,
                                const char   *encrypted,
                                const char   *session_id)
{
  g_return_if_fail (txn_id != NULL);

  _mtx_change_set_add (changes, "UPDATE outbox SET encrypted = ?2, session_id = ?3 WHERE txn_id = ?1",
                       MTX_VALUES (MTX_TEXT (txn_id), MTX_TEXT (encrypted), MTX_TEXT (session_id)));
}

/**
 * mtx_outbox_store_put_state:
 * @changes: where the write is added
 * @txn_id: a message
 * @state: its new state
 * @error_code: why it failed, an #MtxError; 0 otherwise
 *
 * Puts how far the sending of a message is.
 */
void
mtx_outbox_store_put_state (MtxChangeSet  *changes,
                            const char    *txn_id,
                            MtxOutboxState state,
                            gint64         error_code)
{
  g_return_if_fail (txn_id != NULL);

  _mtx_change_set_add (changes, "UPDATE outbox SET state = ?2, error_code = ?3 WHERE txn_id = ?1",
                       MTX_VALUES (MTX_TEXT (txn_id), MTX_INTEGER (state), MTX_INTEGER (error_code)));
}

/**
 * mtx_outbox_store_put_all_failed:
 * @changes: where the write is added
 * @error_code: why, an #MtxError
 *
 * Stops every waiting message, and forgets ciphertexts: the device that made them is gone, and some may have been
 * sent by it. Only the person can say which to send again.
 */
void
mtx_outbox_store_put_all_failed (MtxChangeSet *changes,
                                 gint64        error_code)
{
  _mtx_change_set_add (changes, "UPDATE outbox SET encrypted = NULL, session_id = NULL, state = ?1, error_code = ?2",
                       MTX_VALUES (MTX_INTEGER (MTX_OUTBOX_FAILED), MTX_INTEGER (error_code)));
}

/**
 * mtx_outbox_store_delete:
 * @changes: the change set that appends the event the message became; or the user's wish
 * @txn_id: a message
 *
 * Takes a message from the queue.
 */
void
mtx_outbox_store_delete (MtxChangeSet *changes,
                         const char   *txn_id)
{
  g_return_if_fail (txn_id != NULL);

  _mtx_change_set_add (changes, "DELETE FROM outbox WHERE txn_id = ?1", MTX_VALUES (MTX_TEXT (txn_id)));
}
