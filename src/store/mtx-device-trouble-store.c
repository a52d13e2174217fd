/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Broken Olm sessions and gaps in what we know of device lists.
 */
#include "mtx-device-trouble-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_wedged_device_row_columns[] = {
  MTX_COLUMN (MtxWedgedDeviceRow, TEXT, user_id),
  MTX_COLUMN (MtxWedgedDeviceRow, TEXT, curve25519),
  MTX_COLUMN (MtxWedgedDeviceRow, SMALL, wanted),
  MTX_COLUMN (MtxWedgedDeviceRow, INTEGER, began_at),
};

static const MtxColumn mtx_device_list_gap_row_columns[] = {
  MTX_COLUMN (MtxDeviceListGapRow, TEXT, from_token),
  MTX_COLUMN (MtxDeviceListGapRow, TEXT, to_token),
};

MTX_DEFINE_ROW (MtxWedgedDeviceRow, mtx_wedged_device_row, "wedged_device", "user_id, curve25519")
MTX_DEFINE_ROW (MtxDeviceListGapRow, mtx_device_list_gap_row, "device_list_gap", "from_token")

/**
 * mtx_device_trouble_store_load_wedged:
 * @db: a database
 *
 * Loads the devices with which a new session is still to be begun.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxWedgedDeviceRow
 */
DexFuture *
mtx_device_trouble_store_load_wedged (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_wedged_device_row_type, "WHERE wanted ORDER BY user_id, curve25519", NULL, 0);
}

/**
 * mtx_device_trouble_store_note_wedged:
 * @changes: where the write is added
 * @user_id: whose device
 * @curve25519: its identity key
 *
 * Puts that a new session is wanted. When the last one was begun stays known.
 */
void
mtx_device_trouble_store_note_wedged (MtxChangeSet *changes,
                                      const char   *user_id,
                                      const char   *curve25519)
{
  g_return_if_fail (user_id != NULL && curve25519 != NULL);

  _mtx_change_set_add (changes,
                       "INSERT INTO wedged_device (user_id, curve25519, wanted, began_at) VALUES (?1, ?2, 1, 0)"
                       " ON CONFLICT (user_id, curve25519) DO UPDATE SET wanted = 1",
                       MTX_VALUES (MTX_TEXT (user_id), MTX_TEXT (curve25519)));
}

/**
 * mtx_device_trouble_store_put_wedged:
 * @changes: where the write is added
 * @row: what is known of a device now
 *
 * Puts that a new session was begun, or that none is wanted any more.
 */
void
mtx_device_trouble_store_put_wedged (MtxChangeSet             *changes,
                                     const MtxWedgedDeviceRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_wedged_device_row_type, row);
}

/**
 * mtx_device_trouble_store_load_gaps:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxDeviceListGapRow
 */
DexFuture *
mtx_device_trouble_store_load_gaps (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_device_list_gap_row_type, "ORDER BY from_token", NULL, 0);
}

/**
 * mtx_device_trouble_store_put_gap:
 * @changes: the change set with the sync after the gap
 * @row: the last token before the gap and the first one after it
 *
 * Puts a gap. It stays until somebody told what changed in it.
 */
void
mtx_device_trouble_store_put_gap (MtxChangeSet              *changes,
                                  const MtxDeviceListGapRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_device_list_gap_row_type, row);
}

/**
 * mtx_device_trouble_store_delete_gap:
 * @changes: the change set that says whose devices changed in the gap
 * @from_token: where it began
 *
 * Forgets a gap.
 */
void
mtx_device_trouble_store_delete_gap (MtxChangeSet *changes,
                                     const char   *from_token)
{
  g_return_if_fail (from_token != NULL);

  _mtx_change_set_add (changes, "DELETE FROM device_list_gap WHERE from_token = ?1", MTX_VALUES (MTX_TEXT (from_token)));
}
