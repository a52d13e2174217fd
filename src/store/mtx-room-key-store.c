/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Megolm: room keys received, the one we send with and who got it, what was withheld, and replays.
 */
#include "mtx-room-key-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

/* Each element of the list is [room id, session id]. The list leads, so every row is one look-up. */
#define WHERE_IN_PAIRS \
  "WHERE (room_id, session_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each (?1))"

static const MtxColumn mtx_inbound_session_row_columns[] = {
  MTX_COLUMN (MtxInboundSessionRow, TEXT, room_id),
  MTX_COLUMN (MtxInboundSessionRow, TEXT, session_id),
  MTX_COLUMN (MtxInboundSessionRow, BLOB, sealed),
  MTX_COLUMN (MtxInboundSessionRow, TEXT, sender_key),
  MTX_COLUMN (MtxInboundSessionRow, TEXT, claimed_ed25519),
  MTX_COLUMN (MtxInboundSessionRow, TEXT, sender_user),
  MTX_COLUMN (MtxInboundSessionRow, TEXT, sender_device),
  MTX_COLUMN (MtxInboundSessionRow, INTEGER, origin),
  MTX_COLUMN (MtxInboundSessionRow, INTEGER, first_known_index),
  MTX_COLUMN (MtxInboundSessionRow, SMALL, imported),
  MTX_COLUMN (MtxInboundSessionRow, SMALL, shared_history),
  MTX_COLUMN (MtxInboundSessionRow, SMALL, backed_up),
  MTX_COLUMN (MtxInboundSessionRow, INTEGER, authentic_index),
};

static const MtxColumn mtx_outbound_session_row_columns[] = {
  MTX_COLUMN (MtxOutboundSessionRow, TEXT, room_id),
  MTX_COLUMN (MtxOutboundSessionRow, TEXT, session_id),
  MTX_COLUMN (MtxOutboundSessionRow, BLOB, sealed),
  MTX_COLUMN (MtxOutboundSessionRow, INTEGER, created_at),
  MTX_COLUMN (MtxOutboundSessionRow, INTEGER, message_count),
  MTX_COLUMN (MtxOutboundSessionRow, SMALL, shared_history),
};

static const MtxColumn mtx_key_share_row_columns[] = {
  MTX_COLUMN (MtxKeyShareRow, TEXT, room_id),
  MTX_COLUMN (MtxKeyShareRow, TEXT, session_id),
  MTX_COLUMN (MtxKeyShareRow, TEXT, user_id),
  MTX_COLUMN (MtxKeyShareRow, TEXT, device_id),
  MTX_COLUMN (MtxKeyShareRow, TEXT, curve25519),
  MTX_COLUMN (MtxKeyShareRow, INTEGER, message_index),
  MTX_COLUMN (MtxKeyShareRow, SMALL, state),
  MTX_COLUMN (MtxKeyShareRow, TEXT, txn_id),
};

static const MtxColumn mtx_withheld_row_columns[] = {
  MTX_COLUMN (MtxWithheldRow, TEXT, room_id),
  MTX_COLUMN (MtxWithheldRow, TEXT, session_id),
  MTX_COLUMN (MtxWithheldRow, TEXT, sender_key),
  MTX_COLUMN (MtxWithheldRow, TEXT, code),
  MTX_COLUMN (MtxWithheldRow, TEXT, reason),
};

static const MtxColumn mtx_replay_row_columns[] = {
  MTX_COLUMN (MtxReplayRow, TEXT, room_id),
  MTX_COLUMN (MtxReplayRow, TEXT, session_id),
  MTX_COLUMN (MtxReplayRow, INTEGER, message_index),
  MTX_COLUMN (MtxReplayRow, TEXT, event_id),
  MTX_COLUMN (MtxReplayRow, INTEGER, origin_server_ts),
};

MTX_DEFINE_ROW (MtxInboundSessionRow, mtx_inbound_session_row, "inbound_session", "room_id, session_id")
MTX_DEFINE_ROW (MtxOutboundSessionRow, mtx_outbound_session_row, "outbound_session", "room_id")
MTX_DEFINE_ROW (MtxKeyShareRow, mtx_key_share_row, "key_share", "room_id, session_id, user_id, device_id")
MTX_DEFINE_ROW (MtxWithheldRow, mtx_withheld_row, "withheld_key", "room_id, session_id")
MTX_DEFINE_ROW (MtxReplayRow, mtx_replay_row, "message_index", "room_id, session_id, message_index")

static char *
list_pairs (const MtxRoomKeyId *ids,
            guint               n_ids)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray           *pairs = json_array_new ();

  for (guint i = 0; i < n_ids; i++)
    {
      JsonArray *pair = json_array_new ();

      json_array_add_string_element (pair, ids[i].room_id);
      json_array_add_string_element (pair, ids[i].session_id);
      json_array_add_array_element (pairs, pair);
    }
  json_node_take_array (node, pairs);

  return json_to_string (node, FALSE);
}

/**
 * mtx_room_key_store_load_inbound:
 * @db: a database
 * @ids: (array length=n_ids): rooms and sessions
 * @n_ids: their number, also 0
 *
 * Loads those that are there, in no particular order.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxInboundSessionRow
 */
DexFuture *
mtx_room_key_store_load_inbound (MtxDb              *db,
                                 const MtxRoomKeyId *ids,
                                 guint               n_ids)
{
  g_autofree char *list = list_pairs (ids, n_ids);

  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_inbound_session_row_type, WHERE_IN_PAIRS, MTX_VALUES (MTX_TEXT (list)));
}

/**
 * mtx_room_key_store_count_inbound:
 * @db: a database
 * @sender_user: a user
 *
 * Returns: (transfer full): a future that resolves to the number of room keys that came from the user, a gint64
 */
DexFuture *
mtx_room_key_store_count_inbound (MtxDb      *db,
                                  const char *sender_user)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (sender_user != NULL, NULL);

  return _mtx_db_load_value (db, MTX_RESULT_INTEGER, "SELECT count (*) FROM inbound_session WHERE sender_user = ?1",
                             MTX_VALUES (MTX_TEXT (sender_user)));
}

/**
 * mtx_room_key_store_load_to_back_up:
 * @db: a database
 * @max_rows: the most to load
 *
 * Loads room keys the backup on the server lacks.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxInboundSessionRow
 */
DexFuture *
mtx_room_key_store_load_to_back_up (MtxDb *db,
                                    guint  max_rows)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_inbound_session_row_type,
                            "WHERE backed_up = 0 ORDER BY room_id, session_id LIMIT ?1",
                            MTX_VALUES (MTX_INTEGER (max_rows)));
}

/**
 * mtx_room_key_store_load_after:
 * @db: a database
 * @after: the last of those already loaded; its strings are empty at the beginning
 * @max_rows: the most to load
 *
 * Loads all room keys in portions.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxInboundSessionRow by room and session;
 *   an empty one ends them
 */
DexFuture *
mtx_room_key_store_load_after (MtxDb              *db,
                               const MtxRoomKeyId *after,
                               guint               max_rows)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (after != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_inbound_session_row_type,
                            "WHERE (room_id, session_id) > (?1, ?2) ORDER BY room_id, session_id LIMIT ?3",
                            MTX_VALUES (MTX_TEXT (after->room_id), MTX_TEXT (after->session_id),
                                        MTX_INTEGER (max_rows)));
}

/**
 * mtx_room_key_store_count_all:
 * @db: a database
 *
 * Returns: (transfer full): a future that resolves to the number of all room keys, a gint64
 */
DexFuture *
mtx_room_key_store_count_all (MtxDb *db)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_value (db, MTX_RESULT_INTEGER, "SELECT count (*) FROM inbound_session", NULL, 0);
}

/**
 * mtx_room_key_store_put_inbound:
 * @changes: where the write is added
 * @row: a room key
 *
 * Puts a room key over the one of that room and session; the caller has decided which of the two is better.
 */
void
mtx_room_key_store_put_inbound (MtxChangeSet               *changes,
                                const MtxInboundSessionRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_inbound_session_row_type, row);
}

/**
 * mtx_room_key_store_load_outbound:
 * @db: a database
 * @room_id: a room
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxOutboundSessionRow, or rejects with
 *   %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_room_key_store_load_outbound (MtxDb      *db,
                                  const char *room_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_row (db, &mtx_outbound_session_row_type, "WHERE room_id = ?1", MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_room_key_store_put_outbound:
 * @changes: where the write is added
 * @row: the session the room is sent with from now on, or its new state
 *
 * Puts a room's outbound session. It has to be committed before the ciphertext it made leaves us, so that
 * no ratchet position is used twice.
 */
void
mtx_room_key_store_put_outbound (MtxChangeSet                *changes,
                                 const MtxOutboundSessionRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_outbound_session_row_type, row);
}

/**
 * mtx_room_key_store_delete_outbound:
 * @changes: where the write is added
 * @room_id: a room
 *
 * Forgets a room's outbound session, so that the next message starts a new one. Who got it stays known.
 */
void
mtx_room_key_store_delete_outbound (MtxChangeSet *changes,
                                    const char   *room_id)
{
  g_return_if_fail (room_id != NULL);

  _mtx_change_set_add (changes, "DELETE FROM outbound_session WHERE room_id = ?1", MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_room_key_store_drop_outbound_of:
 * @changes: where the write is added
 * @room_id: a room
 * @user_id: somebody who may not read what is sent there any more
 *
 * Forgets the room's outbound session if a device of this user has it or may have it. Who was only told why not
 * is no reason (threat 54).
 */
void
mtx_room_key_store_drop_outbound_of (MtxChangeSet *changes,
                                     const char   *room_id,
                                     const char   *user_id)
{
  g_return_if_fail (room_id != NULL && user_id != NULL);

  _mtx_change_set_add (changes,
                       "DELETE FROM outbound_session WHERE room_id = ?1 AND EXISTS (SELECT 1 FROM key_share"
                       " WHERE key_share.room_id = ?1 AND key_share.session_id = outbound_session.session_id"
                       " AND key_share.user_id = ?2 AND key_share.state <> ?3)",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (user_id), MTX_INTEGER (MTX_KEY_SHARE_WITHHELD)));
}

/**
 * mtx_room_key_store_load_shares:
 * @db: a database
 * @room_id: a room
 * @session_id: one of its outbound sessions
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxKeyShareRow
 */
DexFuture *
mtx_room_key_store_load_shares (MtxDb      *db,
                                const char *room_id,
                                const char *session_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL && session_id != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_key_share_row_type, "WHERE room_id = ?1 AND session_id = ?2",
                            MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (session_id)));
}

/**
 * mtx_room_key_store_put_share:
 * @changes: where the write is added
 * @row: what was decided about a device and a session
 *
 * Puts that a device gets, got, or does not get a room key.
 */
void
mtx_room_key_store_put_share (MtxChangeSet         *changes,
                              const MtxKeyShareRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_key_share_row_type, row);
}

/**
 * mtx_room_key_store_put_shares_sent:
 * @changes: the change set that deletes the batch
 * @txn_id: the transaction id of a batch the server has accepted
 *
 * Marks all pending shares of that batch as sent.
 */
void
mtx_room_key_store_put_shares_sent (MtxChangeSet *changes,
                                    const char   *txn_id)
{
  g_return_if_fail (txn_id != NULL);

  _mtx_change_set_add (changes, "UPDATE key_share SET state = ?2 WHERE txn_id = ?1 AND state = ?3",
                       MTX_VALUES (MTX_TEXT (txn_id), MTX_INTEGER (MTX_KEY_SHARE_SENT),
                                   MTX_INTEGER (MTX_KEY_SHARE_PENDING)));
}

/**
 * mtx_room_key_store_put_shares_again:
 * @changes: where the write is added
 * @user_id: a user
 * @curve25519: a device of theirs that may not have read what we sent
 *
 * Says that the room keys in use have to be sent to this device once more. It still counts as having them.
 */
void
mtx_room_key_store_put_shares_again (MtxChangeSet *changes,
                                     const char   *user_id,
                                     const char   *curve25519)
{
  g_return_if_fail (user_id != NULL && curve25519 != NULL);

  _mtx_change_set_add (changes,
                       "UPDATE key_share SET state = ?3 WHERE user_id = ?1 AND curve25519 = ?2 AND state <> ?4"
                       " AND session_id IN (SELECT session_id FROM outbound_session"
                       " WHERE outbound_session.room_id = key_share.room_id)",
                       MTX_VALUES (MTX_TEXT (user_id), MTX_TEXT (curve25519), MTX_INTEGER (MTX_KEY_SHARE_AGAIN),
                                   MTX_INTEGER (MTX_KEY_SHARE_WITHHELD)));
}

/**
 * mtx_room_key_store_load_withheld:
 * @db: a database
 * @room_id: a room
 * @session_id: a session we have no key for
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxWithheldRow, or rejects with
 *   %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_room_key_store_load_withheld (MtxDb      *db,
                                  const char *room_id,
                                  const char *session_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL && session_id != NULL, NULL);

  return _mtx_db_load_row (db, &mtx_withheld_row_type, "WHERE room_id = ?1 AND session_id = ?2",
                           MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (session_id)));
}

/**
 * mtx_room_key_store_put_withheld:
 * @changes: where the write is added
 * @row: what we were told
 *
 * Puts why a room key was not sent to us.
 */
void
mtx_room_key_store_put_withheld (MtxChangeSet         *changes,
                                 const MtxWithheldRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_put (changes, &mtx_withheld_row_type, row);
}

/**
 * mtx_room_key_store_load_replay:
 * @db: a database
 * @ids: (array length=n_ids): rooms and sessions
 * @n_ids: their number, also 0
 *
 * Loads what was seen at all known indexes of these sessions.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxReplayRow
 */
DexFuture *
mtx_room_key_store_load_replay (MtxDb              *db,
                                const MtxRoomKeyId *ids,
                                guint               n_ids)
{
  g_autofree char *list = list_pairs (ids, n_ids);

  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_replay_row_type, WHERE_IN_PAIRS, MTX_VALUES (MTX_TEXT (list)));
}

/**
 * mtx_room_key_store_put_replay:
 * @changes: where the write is added
 * @row: an event that was decrypted
 *
 * Notes the event seen at an index. The first one stays, so that a second one is known as a replay.
 */
void
mtx_room_key_store_put_replay (MtxChangeSet       *changes,
                               const MtxReplayRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_add_row (changes,
                           "INSERT INTO message_index (room_id, session_id, message_index, event_id, origin_server_ts)"
                           " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                           &mtx_replay_row_type, row);
}
