/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one account of this database, in a table of one row, and named settings.
 */
#include "mtx-session-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

#define UPDATE_SESSION(columns, values, assignments)      \
  "INSERT INTO session (" columns ") VALUES (" values ")" \
  " ON CONFLICT (id) DO UPDATE SET " assignments

static const MtxColumn mtx_session_row_columns[] = {
  MTX_COLUMN (MtxSessionRow, TEXT, user_id),
  MTX_COLUMN (MtxSessionRow, TEXT, device_id),
  MTX_COLUMN (MtxSessionRow, TEXT, homeserver_url),
  MTX_COLUMN (MtxSessionRow, SECRET, access_token),
  MTX_COLUMN (MtxSessionRow, SECRET, refresh_token),
  MTX_COLUMN (MtxSessionRow, INTEGER, token_expires_at),
  MTX_COLUMN (MtxSessionRow, TEXT, next_batch),
  MTX_COLUMN (MtxSessionRow, TEXT, filter_id),
  MTX_COLUMN (MtxSessionRow, INTEGER, step),
};

/* The key is a column of its own that can only be 1. */
MTX_DEFINE_ROW (MtxSessionRow, mtx_session_row, "session", "id")

/**
 * mtx_session_store_load:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to a #MtxSessionRow, or rejects with
 *   %MTX_ERROR_NOT_FOUND if nothing was ever put
 */
DexFuture *
mtx_session_store_load (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_row (db, &mtx_session_row_type, "", NULL, 0);
}

/**
 * mtx_session_store_put:
 * @changes: where the write is added
 * @row: all of the account's values
 *
 * Puts all values, also those that are %NULL.
 */
void
mtx_session_store_put (MtxChangeSet        *changes,
                       const MtxSessionRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_session_row_type, row);
}

/**
 * mtx_session_store_put_new_device:
 * @changes: where the write is added
 * @device_id: a device that nobody has heard of
 * @step: how far it is set up
 *
 * Gives the account another device, without tokens, which syncs from the beginning.
 */
void
mtx_session_store_put_new_device (MtxChangeSet *changes,
                                  const char   *device_id,
                                  gint64        step)
{
  g_return_if_fail (device_id != NULL);

  _mtx_change_set_add (changes,
                       "UPDATE session SET device_id = ?1, step = ?2, access_token = NULL, refresh_token = NULL,"
                       " token_expires_at = 0, next_batch = NULL, filter_id = NULL",
                       MTX_VALUES (MTX_TEXT (device_id), MTX_INTEGER (step)));
}

/**
 * mtx_session_store_put_tokens:
 * @changes: where the write is added
 * @access_token: (nullable): the new access token, %NULL when logged out
 * @refresh_token: (nullable): the new refresh token
 * @expires_at: when the access token ends, or 0
 *
 * Puts new tokens and leaves the rest of the account. Refresh tokens rotate: this has to be committed
 * before a new token is used for the first time.
 */
void
mtx_session_store_put_tokens (MtxChangeSet   *changes,
                              MtxSecretBytes *access_token,
                              MtxSecretBytes *refresh_token,
                              gint64          expires_at)
{
  _mtx_change_set_add (changes,
                       UPDATE_SESSION ("access_token, refresh_token, token_expires_at", "?1, ?2, ?3",
                                       "access_token = ?1, refresh_token = ?2, token_expires_at = ?3"),
                       MTX_VALUES (MTX_SECRET (access_token), MTX_SECRET (refresh_token), MTX_INTEGER (expires_at)));
}

/**
 * mtx_session_store_put_next_batch:
 * @changes: the change set with everything the sync brought (M7)
 * @next_batch: (nullable): the token to sync from next
 *
 * Puts how far sync came.
 */
void
mtx_session_store_put_next_batch (MtxChangeSet *changes,
                                  const char   *next_batch)
{
  _mtx_change_set_add (changes, UPDATE_SESSION ("next_batch", "?1", "next_batch = ?1"),
                       MTX_VALUES (MTX_TEXT (next_batch)));
}

/**
 * mtx_session_store_put_filter_id:
 * @changes: where the write is added
 * @filter_id: (nullable): the server's name of our filter
 *
 * Puts the filter's id.
 */
void
mtx_session_store_put_filter_id (MtxChangeSet *changes,
                                 const char   *filter_id)
{
  _mtx_change_set_add (changes, UPDATE_SESSION ("filter_id", "?1", "filter_id = ?1"),
                       MTX_VALUES (MTX_TEXT (filter_id)));
}

/**
 * mtx_session_store_put_step:
 * @changes: where the write is added
 * @step: the session's own mark of how far it is set up
 *
 * Puts how far the account is set up.
 */
void
mtx_session_store_put_step (MtxChangeSet *changes,
                            gint64        step)
{
  _mtx_change_set_add (changes, UPDATE_SESSION ("step", "?1", "step = ?1"),
                       MTX_VALUES (MTX_INTEGER (step)));
}

/**
 * mtx_session_store_load_setting:
 * @db: a database
 * @static_name: one of the `MTX_SETTING_` constants
 *
 * Returns: (transfer full): a future that resolves to a string, or rejects with %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_session_store_load_setting (MtxDb      *db,
                                const char *static_name)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (static_name != NULL, NULL);

  return _mtx_db_load_value (db, MTX_RESULT_TEXT, "SELECT value FROM setting WHERE name = ?1",
                             MTX_VALUES (MTX_TEXT (static_name)));
}

/**
 * mtx_session_store_put_setting:
 * @changes: where the write is added
 * @static_name: one of the `MTX_SETTING_` constants
 * @value: (nullable): its new value, %NULL to have none
 *
 * Puts a setting.
 */
void
mtx_session_store_put_setting (MtxChangeSet *changes,
                               const char   *static_name,
                               const char   *value)
{
  g_return_if_fail (static_name != NULL);

  if (value == NULL)
    _mtx_change_set_add (changes, "DELETE FROM setting WHERE name = ?1", MTX_VALUES (MTX_TEXT (static_name)));
  else
    _mtx_change_set_add (changes,
                         "INSERT INTO setting (name, value) VALUES (?1, ?2)"
                         " ON CONFLICT (name) DO UPDATE SET value = ?2",
                         MTX_VALUES (MTX_TEXT (static_name), MTX_TEXT (value)));
}
