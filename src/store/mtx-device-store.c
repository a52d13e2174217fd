/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Other people's devices and identities, and whose device lists are followed.
 */
#include "mtx-device-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_device_row_columns[] = {
  MTX_COLUMN (MtxDeviceRow, TEXT, user_id),
  MTX_COLUMN (MtxDeviceRow, TEXT, device_id),
  MTX_COLUMN (MtxDeviceRow, TEXT, curve25519),
  MTX_COLUMN_KEEPS (MtxDeviceRow, TEXT, ed25519, "device.ed25519"),
  MTX_COLUMN (MtxDeviceRow, TEXT, keys_json),
  MTX_COLUMN (MtxDeviceRow, INTEGER, trust),
  MTX_COLUMN (MtxDeviceRow, SMALL, deleted),
  MTX_COLUMN (MtxDeviceRow, SMALL, no_olm_sent),
  MTX_COLUMN_KEEPS (MtxDeviceRow, INTEGER, first_seen_at, "device.first_seen_at"),
};

static const MtxColumn mtx_identity_row_columns[] = {
  MTX_COLUMN (MtxIdentityRow, TEXT, user_id),
  MTX_COLUMN (MtxIdentityRow, TEXT, master_json),
  MTX_COLUMN (MtxIdentityRow, TEXT, self_signing_json),
  MTX_COLUMN (MtxIdentityRow, TEXT, user_signing_json),
  MTX_COLUMN (MtxIdentityRow, TEXT, pinned_master_key),
  MTX_COLUMN (MtxIdentityRow, SMALL, verified),
  MTX_COLUMN (MtxIdentityRow, SMALL, changed),
  MTX_COLUMN_KEEPS (MtxIdentityRow, INTEGER, first_seen_at, "identity.first_seen_at"),
};

static const MtxColumn mtx_tracked_user_row_columns[] = {
  MTX_COLUMN (MtxTrackedUserRow, TEXT, user_id),
  MTX_COLUMN (MtxTrackedUserRow, SMALL, dirty),
  MTX_COLUMN (MtxTrackedUserRow, INTEGER, generation),
};

MTX_DEFINE_ROW (MtxDeviceRow, mtx_device_row, "device", "user_id, device_id")
MTX_DEFINE_ROW (MtxIdentityRow, mtx_identity_row, "identity", "user_id")
MTX_DEFINE_ROW (MtxTrackedUserRow, mtx_tracked_user_row, "tracked_user", "user_id")

/**
 * mtx_device_store_load_devices:
 * @db: a database
 * @user_ids: (array zero-terminated=1): users
 *
 * Loads all devices of these users, also deleted ones; those of one user stand together.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxDeviceRow
 */
DexFuture *
mtx_device_store_load_devices (MtxDb             *db,
                               const char *const *user_ids)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (user_ids != NULL, NULL);

  list = _mtx_db_list (user_ids);

  return _mtx_db_load_rows (db, &mtx_device_row_type,
                            "WHERE user_id IN (SELECT value FROM json_each (?1)) ORDER BY user_id, device_id",
                            MTX_VALUES (MTX_TEXT (list)));
}

/**
 * mtx_device_store_load_devices_by_key:
 * @db: a database
 * @curve25519: an identity key
 *
 * Loads the devices that claim this key. More than one is possible: a key is not a secret, and nobody but
 * its owner can stop others from publishing it as theirs.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxDeviceRow
 */
DexFuture *
mtx_device_store_load_devices_by_key (MtxDb      *db,
                                      const char *curve25519)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (curve25519 != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_device_row_type, "WHERE curve25519 = ?1 ORDER BY user_id, device_id",
                            MTX_VALUES (MTX_TEXT (curve25519)));
}

/**
 * mtx_device_store_put_device:
 * @changes: where the write is added
 * @row: a device that was validated
 *
 * Puts a device. Its signing key and the time it was first seen never change once they were put (M18).
 */
void
mtx_device_store_put_device (MtxChangeSet       *changes,
                             const MtxDeviceRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_device_row_type, row);
}

/**
 * mtx_device_store_load_identities:
 * @db: a database
 * @user_ids: (array zero-terminated=1): users
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxIdentityRow, without those
 *   users that have none
 */
DexFuture *
mtx_device_store_load_identities (MtxDb             *db,
                                  const char *const *user_ids)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (user_ids != NULL, NULL);

  list = _mtx_db_list (user_ids);

  return _mtx_db_load_rows (db, &mtx_identity_row_type,
                            "WHERE user_id IN (SELECT value FROM json_each (?1)) ORDER BY user_id",
                            MTX_VALUES (MTX_TEXT (list)));
}

/**
 * mtx_device_store_load_verified:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of those #MtxIdentityRow somebody verified
 */
DexFuture *
mtx_device_store_load_verified (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_identity_row_type, "WHERE verified <> 0 ORDER BY user_id", NULL, 0);
}

/**
 * mtx_device_store_put_identity:
 * @changes: where the write is added
 * @row: an identity that was validated
 *
 * Puts a user's cross-signing identity and what we hold of it.
 */
void
mtx_device_store_put_identity (MtxChangeSet         *changes,
                               const MtxIdentityRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_identity_row_type, row);
}

/**
 * mtx_device_store_load_tracked_users:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of all #MtxTrackedUserRow
 */
DexFuture *
mtx_device_store_load_tracked_users (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_tracked_user_row_type, "ORDER BY user_id", NULL, 0);
}

/**
 * mtx_device_store_put_tracked_user:
 * @changes: where the write is added
 * @row: a user
 *
 * Puts that a user's device list is followed, and whether it has to be fetched.
 */
void
mtx_device_store_put_tracked_user (MtxChangeSet            *changes,
                                   const MtxTrackedUserRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_tracked_user_row_type, row);
}

/**
 * mtx_device_store_delete_tracked_user:
 * @changes: where the write is added
 * @user_id: a user we share no encrypted room with any more
 *
 * Stops following a user's device list. Devices and identity stay known.
 */
void
mtx_device_store_delete_tracked_user (MtxChangeSet *changes,
                                      const char   *user_id)
{
  g_return_if_fail (user_id != NULL);

  _mtx_change_set_add (changes, "DELETE FROM tracked_user WHERE user_id = ?1", MTX_VALUES (MTX_TEXT (user_id)));
}
