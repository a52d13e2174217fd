/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms: summary, members, state, and account data.
 */
#include "mtx-room-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

/* Once a room is encrypted no row put later can say otherwise, whoever asks for it (M28). The rotation
 * settings may change, but only with the algorithm that stays. */
#define STICKY_ALGORITHM "coalesce (room.encryption_algorithm, excluded.encryption_algorithm)"
#define STICKY_ROTATION(column) \
  "iif (excluded.encryption_algorithm = " STICKY_ALGORITHM ", excluded." column ", room." column ")"

static const MtxColumn mtx_room_row_columns[] = {
  MTX_COLUMN (MtxRoomRow, TEXT, room_id),
  MTX_COLUMN (MtxRoomRow, TEXT, membership),
  MTX_COLUMN (MtxRoomRow, TEXT, kind),
  MTX_COLUMN (MtxRoomRow, TEXT, name),
  MTX_COLUMN (MtxRoomRow, TEXT, topic),
  MTX_COLUMN (MtxRoomRow, TEXT, canonical_alias),
  MTX_COLUMN (MtxRoomRow, TEXT, avatar_url),
  MTX_COLUMN_KEEPS (MtxRoomRow, TEXT, encryption_algorithm, STICKY_ALGORITHM),
  MTX_COLUMN_KEEPS (MtxRoomRow, INTEGER, rotation_period_ms, STICKY_ROTATION ("rotation_period_ms")),
  MTX_COLUMN_KEEPS (MtxRoomRow, INTEGER, rotation_period_msgs, STICKY_ROTATION ("rotation_period_msgs")),
  MTX_COLUMN (MtxRoomRow, TEXT, history_visibility),
  MTX_COLUMN (MtxRoomRow, TEXT, join_rule),
  MTX_COLUMN (MtxRoomRow, TEXT, room_version),
  MTX_COLUMN (MtxRoomRow, TEXT, creators),
  MTX_COLUMN (MtxRoomRow, TEXT, power_levels),
  MTX_COLUMN (MtxRoomRow, TEXT, replaced_by),
  MTX_COLUMN (MtxRoomRow, TEXT, inviter),
  MTX_COLUMN (MtxRoomRow, INTEGER, notification_count),
  MTX_COLUMN (MtxRoomRow, INTEGER, highlight_count),
  MTX_COLUMN (MtxRoomRow, INTEGER, joined_count),
  MTX_COLUMN (MtxRoomRow, INTEGER, invited_count),
  MTX_COLUMN (MtxRoomRow, SMALL, members_complete),
  MTX_COLUMN (MtxRoomRow, SMALL, is_direct),
  MTX_COLUMN (MtxRoomRow, INTEGER, last_activity_at),
};

static const MtxColumn mtx_member_row_columns[] = {
  MTX_COLUMN (MtxMemberRow, TEXT, room_id),
  MTX_COLUMN (MtxMemberRow, TEXT, user_id),
  MTX_COLUMN (MtxMemberRow, TEXT, membership),
  MTX_COLUMN (MtxMemberRow, TEXT, display_name),
  MTX_COLUMN (MtxMemberRow, TEXT, avatar_url),
};

static const MtxColumn mtx_state_row_columns[] = {
  MTX_COLUMN (MtxStateRow, TEXT, room_id),
  MTX_COLUMN (MtxStateRow, TEXT, type),
  MTX_COLUMN (MtxStateRow, TEXT, state_key),
  MTX_COLUMN (MtxStateRow, TEXT, content),
  MTX_COLUMN (MtxStateRow, TEXT, sender),
  MTX_COLUMN (MtxStateRow, TEXT, event_id),
  MTX_COLUMN (MtxStateRow, INTEGER, origin_server_ts),
};

MTX_DEFINE_ROW (MtxRoomRow, mtx_room_row, "room", "room_id")
MTX_DEFINE_ROW (MtxMemberRow, mtx_member_row, "member", "room_id, user_id")
MTX_DEFINE_ROW (MtxStateRow, mtx_state_row, "state_event", "room_id, type, state_key")

/**
 * mtx_room_store_load_rooms:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of all #MtxRoomRow, the most
 *   recently active first
 */
DexFuture *
mtx_room_store_load_rooms (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_room_row_type, "ORDER BY last_activity_at DESC, room_id", NULL, 0);
}

/**
 * mtx_room_store_load_room:
 * @db: a database
 * @room_id: a room
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxRoomRow, or rejects with
 *   %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_room_store_load_room (MtxDb      *db,
                          const char *room_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_row (db, &mtx_room_row_type, "WHERE room_id = ?1", MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_room_store_put_room:
 * @changes: where the write is added
 * @row: a room
 *
 * Puts a room. Encryption is sticky (M28): the first algorithm put stays whatever is put later, and the
 * rotation settings change only if that algorithm is put again.
 */
void
mtx_room_store_put_room (MtxChangeSet     *changes,
                         const MtxRoomRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_room_row_type, row);
}

/**
 * mtx_room_store_load_members:
 * @db: a database
 * @room_id: a room
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxMemberRow, also of those
 *   who left
 */
DexFuture *
mtx_room_store_load_members (MtxDb      *db,
                             const char *room_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_member_row_type, "WHERE room_id = ?1", MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_room_store_count_gone:
 * @db: a database
 * @room_id: a room
 * @user_ids: (array zero-terminated=1): users
 *
 * Returns: (transfer full): a future that resolves to the number of those that are known not to be in the room and
 *   not to be invited, a gint64
 */
DexFuture *
mtx_room_store_count_gone (MtxDb             *db,
                           const char        *room_id,
                           const char *const *user_ids)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);
  g_return_val_if_fail (user_ids != NULL, NULL);

  list = _mtx_db_list (user_ids);

  return _mtx_db_load_value (db, MTX_RESULT_INTEGER,
                             "SELECT count (*) FROM member WHERE room_id = ?1 AND membership NOT IN ('join', 'invite')"
                             " AND user_id IN (SELECT value FROM json_each (?2))",
                             MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (list)));
}

/**
 * mtx_room_store_put_member:
 * @changes: where the write is added
 * @row: a member
 *
 * Puts a member of a room.
 */
void
mtx_room_store_put_member (MtxChangeSet       *changes,
                           const MtxMemberRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_member_row_type, row);
}

/**
 * mtx_room_store_load_state:
 * @db: a database
 * @room_id: a room
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxStateRow, ordered by type
 *   and state key
 */
DexFuture *
mtx_room_store_load_state (MtxDb      *db,
                           const char *room_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_state_row_type, "WHERE room_id = ?1 ORDER BY type, state_key",
                            MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_room_store_put_state:
 * @changes: where the write is added
 * @row: a state event
 *
 * Puts the current state event of a type and key.
 */
void
mtx_room_store_put_state (MtxChangeSet      *changes,
                          const MtxStateRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_state_row_type, row);
}

/**
 * mtx_room_store_load_account_data:
 * @db: a database
 * @room_id: (nullable): a room, or %NULL for the account's own
 * @type: the type of account data
 *
 * Returns: (transfer full): a future that resolves to a string (JSON), or rejects with
 *   %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_room_store_load_account_data (MtxDb      *db,
                                  const char *room_id,
                                  const char *type)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (type != NULL, NULL);

  return _mtx_db_load_value (db, MTX_RESULT_TEXT,
                             "SELECT content FROM account_data WHERE room_id = coalesce (?1, '') AND type = ?2",
                             MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (type)));
}

/**
 * mtx_room_store_put_account_data:
 * @changes: where the write is added
 * @room_id: (nullable): a room, or %NULL for the account's own
 * @type: the type of account data
 * @content: JSON
 *
 * Puts account data.
 */
void
mtx_room_store_put_account_data (MtxChangeSet *changes,
                                 const char   *room_id,
                                 const char   *type,
                                 const char   *content)
{
  g_return_if_fail (type != NULL && content != NULL);

  _mtx_change_set_add (changes,
                       "INSERT INTO account_data (room_id, type, content) VALUES (coalesce (?1, ''), ?2, ?3)"
                       " ON CONFLICT (room_id, type) DO UPDATE SET content = ?3",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (type), MTX_TEXT (content)));
}
