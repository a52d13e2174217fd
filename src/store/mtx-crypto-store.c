/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own side of encryption: sealed objects, marks, and Olm sessions.
 */
#include "mtx-crypto-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_olm_session_row_columns[] = {
  MTX_COLUMN (MtxOlmSessionRow, TEXT, sender_key),
  MTX_COLUMN (MtxOlmSessionRow, TEXT, session_id),
  MTX_COLUMN (MtxOlmSessionRow, BLOB, sealed),
  MTX_COLUMN (MtxOlmSessionRow, INTEGER, created_at),
  MTX_COLUMN (MtxOlmSessionRow, INTEGER, last_received_at),
};

MTX_DEFINE_ROW (MtxOlmSessionRow, mtx_olm_session_row, "olm_session", "sender_key, session_id")

/**
 * mtx_crypto_store_load_sealed:
 * @db: a database
 * @kind: which object
 *
 * Returns: (transfer full): a future that resolves to a boxed #GBytes, or rejects with
 *   %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_crypto_store_load_sealed (MtxDb        *db,
                              MtxSealedKind kind)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_value (db, MTX_RESULT_BLOB, "SELECT sealed FROM sealed_object WHERE kind = ?1",
                             MTX_VALUES (MTX_INTEGER (kind)));
}

/**
 * mtx_crypto_store_put_sealed:
 * @changes: where the write is added
 * @kind: which object
 * @sealed: the object, sealed
 *
 * Puts one of our own keys, over the one that was there.
 */
void
mtx_crypto_store_put_sealed (MtxChangeSet *changes,
                             MtxSealedKind kind,
                             GBytes       *sealed)
{
  g_return_if_fail (sealed != NULL);

  _mtx_change_set_add (changes,
                       "INSERT INTO sealed_object (kind, sealed) VALUES (?1, ?2)"
                       " ON CONFLICT (kind) DO UPDATE SET sealed = ?2",
                       MTX_VALUES (MTX_INTEGER (kind), MTX_BLOB (sealed)));
}

/**
 * mtx_crypto_store_load_mark:
 * @db: a database
 * @mark: which mark
 *
 * Returns: (transfer full): a future that resolves to a gint64, 0 if it was never put
 */
DexFuture *
mtx_crypto_store_load_mark (MtxDb        *db,
                            MtxCryptoMark mark)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_value (db, MTX_RESULT_INTEGER,
                             "SELECT coalesce ((SELECT value FROM crypto_mark WHERE mark = ?1), 0)",
                             MTX_VALUES (MTX_INTEGER (mark)));
}

/**
 * mtx_crypto_store_put_mark:
 * @changes: where the write is added
 * @mark: which mark
 * @value: its new value
 *
 * Puts a mark.
 */
void
mtx_crypto_store_put_mark (MtxChangeSet *changes,
                           MtxCryptoMark mark,
                           gint64        value)
{
  _mtx_change_set_add (changes,
                       "INSERT INTO crypto_mark (mark, value) VALUES (?1, ?2)"
                       " ON CONFLICT (mark) DO UPDATE SET value = ?2",
                       MTX_VALUES (MTX_INTEGER (mark), MTX_INTEGER (value)));
}

/**
 * mtx_crypto_store_forget_device:
 * @changes: where the write is added
 *
 * Forgets our device with everything that moves: its account, its sessions with other devices, the room keys we
 * sent with, and what was about to be sent. Received room keys and our identity stay. All users are to be asked for
 * anew.
 */
void
mtx_crypto_store_forget_device (MtxChangeSet *changes)
{
  static const char *const deletions[] = {
    "DELETE FROM olm_session",
    "DELETE FROM outbound_session",
    "DELETE FROM key_share",
    "DELETE FROM to_device_batch",
    "DELETE FROM to_device_attempt",
    "DELETE FROM wedged_device",
    "DELETE FROM device_list_gap",
    "UPDATE tracked_user SET dirty = 1",
  };

  _mtx_change_set_add (changes, "DELETE FROM sealed_object WHERE kind = ?1", MTX_VALUES (MTX_INTEGER (MTX_SEALED_ACCOUNT)));
  for (guint i = 0; i < G_N_ELEMENTS (deletions); i++)
    _mtx_change_set_add (changes, deletions[i], NULL, 0);
}

/**
 * mtx_crypto_store_load_olm_sessions:
 * @db: a database
 * @sender_keys: (array zero-terminated=1): Curve25519 keys of devices
 *
 * Loads all sessions with these devices; those of one device stand together, the one that received last
 * comes first (M35), then the newest.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxOlmSessionRow
 */
DexFuture *
mtx_crypto_store_load_olm_sessions (MtxDb             *db,
                                    const char *const *sender_keys)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (sender_keys != NULL, NULL);

  list = _mtx_db_list (sender_keys);

  return _mtx_db_load_rows (db, &mtx_olm_session_row_type,
                            "WHERE sender_key IN (SELECT value FROM json_each (?1))"
                            " ORDER BY sender_key, last_received_at DESC, created_at DESC, session_id",
                            MTX_VALUES (MTX_TEXT (list)));
}

/**
 * mtx_crypto_store_put_olm_session:
 * @changes: where the write is added
 * @row: a session
 *
 * Puts a new session or the new state of one.
 */
void
mtx_crypto_store_put_olm_session (MtxChangeSet           *changes,
                                  const MtxOlmSessionRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_olm_session_row_type, row);
}

/**
 * mtx_crypto_store_delete_olm_session:
 * @changes: where the write is added
 * @sender_key: Curve25519 key of the device
 * @session_id: the session
 *
 * Forgets a session, for good.
 */
void
mtx_crypto_store_delete_olm_session (MtxChangeSet *changes,
                                     const char   *sender_key,
                                     const char   *session_id)
{
  g_return_if_fail (sender_key != NULL && session_id != NULL);

  _mtx_change_set_add (changes, "DELETE FROM olm_session WHERE sender_key = ?1 AND session_id = ?2",
                       MTX_VALUES (MTX_TEXT (sender_key), MTX_TEXT (session_id)));
}
