/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this device asked other devices of the same account for.
 */
#include "mtx-own-request-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_own_request_row_columns[] = {
  MTX_COLUMN (MtxOwnRequestRow, TEXT, request_id),
  MTX_COLUMN (MtxOwnRequestRow, TEXT, secret_name),
  MTX_COLUMN (MtxOwnRequestRow, TEXT, room_id),
  MTX_COLUMN (MtxOwnRequestRow, TEXT, session_id),
  MTX_COLUMN (MtxOwnRequestRow, TEXT, devices),
  MTX_COLUMN (MtxOwnRequestRow, INTEGER, created_at),
  MTX_COLUMN (MtxOwnRequestRow, SMALL, closed),
};

static const MtxColumn mtx_missing_key_row_columns[] = {
  MTX_COLUMN (MtxMissingKeyRow, TEXT, room_id),
  MTX_COLUMN (MtxMissingKeyRow, TEXT, session_id),
};

MTX_DEFINE_ROW (MtxOwnRequestRow, mtx_own_request_row, "own_request", "request_id")
MTX_DEFINE_ROW (MtxMissingKeyRow, mtx_missing_key_row, "missing_room_key", "room_id, session_id")

/**
 * mtx_own_request_store_load_open:
 * @db: a database
 *
 * Loads what was asked for and neither came nor was given up.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxOwnRequestRow, oldest first
 */
DexFuture *
mtx_own_request_store_load_open (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_own_request_row_type, "WHERE closed = 0 ORDER BY created_at", NULL, 0);
}

/**
 * mtx_own_request_store_load_answered:
 * @db: a database
 *
 * Loads the open requests for room keys that are here by now, whatever way they came.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxOwnRequestRow
 */
DexFuture *
mtx_own_request_store_load_answered (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db,
                            &mtx_own_request_row_type,
                            "WHERE closed = 0 AND room_id IS NOT NULL AND EXISTS"
                            " (SELECT 1 FROM inbound_session"
                            "  WHERE inbound_session.room_id = own_request.room_id"
                            "    AND inbound_session.session_id = own_request.session_id)",
                            NULL,
                            0);
}

/**
 * mtx_own_request_store_load_missing:
 * @db: a database
 * @max_rows: at most so many
 *
 * Loads the room keys of messages that cannot be read and were never asked for.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxMissingKeyRow
 */
DexFuture *
mtx_own_request_store_load_missing (MtxDb *db,
                                    guint  max_rows)
{
  const MtxValue values[] = { MTX_INTEGER (max_rows) };

  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_missing_key_row_type, "LIMIT ?1", values, G_N_ELEMENTS (values));
}

/**
 * mtx_own_request_store_put:
 * @changes: where the write is added
 * @row: a request as it is now
 *
 * Puts a request; over the one with its id, if there is one.
 */
void
mtx_own_request_store_put (MtxChangeSet           *changes,
                           const MtxOwnRequestRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_own_request_row_type, row);
}
