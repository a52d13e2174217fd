/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which backup on the server is ours, and which room keys it still lacks.
 */
#include "mtx-key-backup-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_key_backup_row_columns[] = {
  MTX_COLUMN (MtxKeyBackupRow, INTEGER, one),
  MTX_COLUMN (MtxKeyBackupRow, TEXT, version),
  MTX_COLUMN (MtxKeyBackupRow, SMALL, restoring),
};

MTX_DEFINE_ROW (MtxKeyBackupRow, mtx_key_backup_row, "key_backup", "one")

/**
 * mtx_key_backup_store_load:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxKeyBackupRow, or rejects with
 *   %MTX_ERROR_NOT_FOUND if we never had a backup
 */
DexFuture *
mtx_key_backup_store_load (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_row (db, &mtx_key_backup_row_type, "WHERE one = 1", NULL, 0);
}

/**
 * mtx_key_backup_store_put_version:
 * @changes: where the write is added
 * @version: the server's name of the backup that is ours from now on
 *
 * Puts which backup the marks of the room keys are about. If it is another than before, the marks are to be
 * forgotten in the same change set.
 */
void
mtx_key_backup_store_put_version (MtxChangeSet *changes,
                                  const char   *version)
{
  g_return_if_fail (version != NULL);

  _mtx_change_set_add (changes,
                       "INSERT INTO key_backup (one, version, restoring) VALUES (1, ?1, 0)"
                       " ON CONFLICT (one) DO UPDATE SET version = ?1",
                       MTX_VALUES (MTX_TEXT (version)));
}

/**
 * mtx_key_backup_store_put_restoring:
 * @changes: where the write is added
 * @restoring: whether a restore is under way
 *
 * Puts whether a restore of the whole backup is to be continued after a restart. There must be a version.
 */
void
mtx_key_backup_store_put_restoring (MtxChangeSet *changes,
                                    gboolean      restoring)
{
  _mtx_change_set_add (changes, "UPDATE key_backup SET restoring = ?1", MTX_VALUES (MTX_INTEGER (restoring)));
}

/**
 * mtx_key_backup_store_forget_uploads:
 * @changes: where the write is added
 *
 * Marks all room keys as still to be uploaded: the backup is another one now.
 */
void
mtx_key_backup_store_forget_uploads (MtxChangeSet *changes)
{
  _mtx_change_set_add (changes, "UPDATE inbound_session SET backed_up = 0 WHERE backed_up <> 0", NULL, 0);
}

/**
 * mtx_key_backup_store_put_uploaded:
 * @changes: where the write is added
 * @room_id: a room
 * @session_id: a Megolm session
 * @first_known_index: the index the uploaded key begins at
 *
 * Marks a room key as uploaded, unless one that begins elsewhere took its place meanwhile.
 */
void
mtx_key_backup_store_put_uploaded (MtxChangeSet *changes,
                                   const char   *room_id,
                                   const char   *session_id,
                                   gint64        first_known_index)
{
  g_return_if_fail (room_id != NULL && session_id != NULL);

  _mtx_change_set_add (changes,
                       "UPDATE inbound_session SET backed_up = 1"
                       " WHERE room_id = ?1 AND session_id = ?2 AND first_known_index = ?3",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (session_id), MTX_INTEGER (first_known_index)));
}
