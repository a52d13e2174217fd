/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timelines: events by position, and the gaps between them.
 */
#include "mtx-event-store.h"

#include "mtx-change-set-private.h"
#include "mtx-db-private.h"

static const MtxColumn mtx_event_row_columns[] = {
  MTX_COLUMN (MtxEventRow, TEXT, room_id),
  MTX_COLUMN (MtxEventRow, SERIAL, position),
  MTX_COLUMN (MtxEventRow, TEXT, event_id),
  MTX_COLUMN (MtxEventRow, TEXT, sender),
  MTX_COLUMN (MtxEventRow, INTEGER, origin_server_ts),
  MTX_COLUMN (MtxEventRow, TEXT, type),
  MTX_COLUMN (MtxEventRow, TEXT, state_key),
  MTX_COLUMN (MtxEventRow, TEXT, content),
  MTX_COLUMN (MtxEventRow, TEXT, relation_type),
  MTX_COLUMN (MtxEventRow, TEXT, relates_to),
  MTX_COLUMN (MtxEventRow, TEXT, transaction_id),
  MTX_COLUMN (MtxEventRow, SMALL, redacted),
  MTX_COLUMN (MtxEventRow, SMALL, echo),
  MTX_COLUMN (MtxEventRow, SMALL, decryption),
  MTX_COLUMN (MtxEventRow, INTEGER, decryption_reason),
  MTX_COLUMN (MtxEventRow, INTEGER, shield),
  MTX_COLUMN (MtxEventRow, TEXT, session_id),
  MTX_COLUMN (MtxEventRow, TEXT, encrypted),
  MTX_COLUMN (MtxEventRow, INTEGER, stored_at),
};

static const MtxColumn mtx_gap_row_columns[] = {
  MTX_COLUMN (MtxGapRow, TEXT, room_id),
  MTX_COLUMN (MtxGapRow, INTEGER, position),
  MTX_COLUMN (MtxGapRow, TEXT, token),
};

MTX_DEFINE_ROW (MtxEventRow, mtx_event_row, "event", "room_id, event_id")
MTX_DEFINE_ROW (MtxGapRow, mtx_gap_row, "gap", "room_id, token")

/* The parameters are the columns in the order above; ?2, the position, is made here instead. */
#define INSERT_EVENT_AT(position)                                                                             \
  "INSERT INTO event (room_id, position, event_id, sender, origin_server_ts, type, state_key, content,"       \
  " relation_type, relates_to, transaction_id, redacted, echo, decryption, decryption_reason, shield,"        \
  " session_id, encrypted, stored_at)"                                                                        \
  " VALUES (?1, " position ", ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"  \
  " ON CONFLICT (room_id, event_id) DO UPDATE SET"                                                            \
  " position = excluded.position, origin_server_ts = excluded.origin_server_ts, type = excluded.type,"        \
  " content = excluded.content, relation_type = excluded.relation_type, relates_to = excluded.relates_to,"    \
  " transaction_id = coalesce (excluded.transaction_id, event.transaction_id), redacted = excluded.redacted," \
  " echo = excluded.echo, decryption = excluded.decryption, decryption_reason = excluded.decryption_reason,"  \
  " shield = excluded.shield, session_id = excluded.session_id, encrypted = excluded.encrypted"               \
  " WHERE event.echo AND NOT excluded.echo"

/* What sync has not brought yet stands above this, 2⁶², behind everything else: which place it has among the
 * others only the server knows. So a message that sync has confirmed never comes to stand behind the echo of
 * the next one. */
#define ECHO_POSITION "4611686018427387904"

/* The last position of the room ?1 that is no echo's, of events and gaps alike. */
#define LAST_POSITION                                                                                          \
  "max (coalesce ((SELECT max (position) FROM event WHERE room_id = ?1 AND position < " ECHO_POSITION "), 0)," \
  " coalesce ((SELECT max (position) FROM gap WHERE room_id = ?1), 0))"

/* The last position of the room ?1 that is an echo's, or what comes before the first. */
#define LAST_ECHO_POSITION "max (" ECHO_POSITION ", coalesce ((SELECT max (position) FROM event WHERE room_id = ?1), 0))"

/* 2³² positions stay free below a gap. */
#define INSERT_GAP                                                                             \
  "INSERT INTO gap (room_id, position, token) VALUES (?1, 4294967296 + " LAST_POSITION ", ?2)" \
  " ON CONFLICT (room_id, token) DO UPDATE SET position = excluded.position"

/**
 * mtx_event_store_load_before:
 * @db: a database
 * @room_id: a room
 * @before_position: a position, or %G_MAXINT64 for the newest events
 * @max_rows: at most so many, at least 1
 *
 * Loads the last events before a position. Gaps are not looked at: see mtx_event_store_load_gaps().
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, oldest first
 */
DexFuture *
mtx_event_store_load_before (MtxDb      *db,
                             const char *room_id,
                             gint64      before_position,
                             guint       max_rows)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);
  g_return_val_if_fail (max_rows > 0, NULL);

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE room_id = ?1 AND position IN"
                            " (SELECT position FROM event WHERE room_id = ?1 AND position < ?2"
                            " ORDER BY position DESC LIMIT ?3) ORDER BY position",
                            MTX_VALUES (MTX_TEXT (room_id), MTX_INTEGER (before_position), MTX_INTEGER (max_rows)));
}

/**
 * mtx_event_store_load_after:
 * @db: a database
 * @room_id: a room
 * @after_position: a position
 *
 * Loads all events behind a position: after a commit, what is new.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, oldest first
 */
DexFuture *
mtx_event_store_load_after (MtxDb      *db,
                            const char *room_id,
                            gint64      after_position)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_event_row_type, "WHERE room_id = ?1 AND position > ?2 ORDER BY position",
                            MTX_VALUES (MTX_TEXT (room_id), MTX_INTEGER (after_position)));
}

/**
 * mtx_event_store_load_event:
 * @db: a database
 * @room_id: a room
 * @event_id: an event
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxEventRow, or rejects with
 *   %MTX_ERROR_NOT_FOUND
 */
DexFuture *
mtx_event_store_load_event (MtxDb      *db,
                            const char *room_id,
                            const char *event_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL && event_id != NULL, NULL);

  return _mtx_db_load_row (db, &mtx_event_row_type, "WHERE room_id = ?1 AND event_id = ?2",
                           MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (event_id)));
}

/**
 * mtx_event_store_load_known:
 * @db: a database
 * @room_id: a room
 * @event_ids: (array zero-terminated=1): events
 *
 * Loads those of the events that are stored: a page that reaches one of them has closed its gap.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, oldest first
 */
DexFuture *
mtx_event_store_load_known (MtxDb             *db,
                            const char        *room_id,
                            const char *const *event_ids)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL && event_ids != NULL, NULL);

  list = _mtx_db_list (event_ids);

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE room_id = ?1 AND event_id IN (SELECT value FROM json_each (?2)) ORDER BY position",
                            MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (list)));
}

/**
 * mtx_event_store_load_edits:
 * @db: a database
 * @room_id: a room
 * @event_ids: (array zero-terminated=1): events
 *
 * Loads whatever claims to replace one of these events (`m.replace`), of anybody.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, oldest first
 */
DexFuture *
mtx_event_store_load_edits (MtxDb             *db,
                            const char        *room_id,
                            const char *const *event_ids)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL && event_ids != NULL, NULL);

  list = _mtx_db_list (event_ids);

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE room_id = ?1 AND relation_type = 'm.replace' AND NOT redacted"
                            " AND relates_to IN (SELECT value FROM json_each (?2)) ORDER BY position",
                            MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (list)));
}

/**
 * mtx_event_store_load_undecryptable:
 * @db: a database
 * @room_id: a room
 * @session_id: a Megolm session whose key has just arrived
 *
 * Loads the events that wait for this key (M36).
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, oldest first
 */
DexFuture *
mtx_event_store_load_undecryptable (MtxDb      *db,
                                    const char *room_id,
                                    const char *session_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL && session_id != NULL, NULL);

  G_STATIC_ASSERT (MTX_EVENT_UNDECRYPTABLE == 2);

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE room_id = ?1 AND session_id = ?2 AND decryption = 2 ORDER BY position",
                            MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (session_id)));
}

/**
 * mtx_event_store_load_readable:
 * @db: a database
 * @max_rows: the most to load
 *
 * Loads events that could not be read although their key is here: it came while nobody looked (M36). There
 * is rarely one.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, newest first
 */
DexFuture *
mtx_event_store_load_readable (MtxDb *db,
                               guint  max_rows)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE decryption = 2 AND EXISTS (SELECT 1 FROM inbound_session WHERE"
                            " inbound_session.room_id = event.room_id AND inbound_session.session_id = event.session_id)"
                            " ORDER BY stored_at DESC LIMIT ?1",
                            MTX_VALUES (MTX_INTEGER (max_rows)));
}

/**
 * mtx_event_store_load_waiting:
 * @db: a database
 * @last_reason: the greatest of the engine's codes that mean that a key is wanted
 * @max_rows: the most to load
 *
 * Loads one event of each session whose key is wanted, those stored last first.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow
 */
DexFuture *
mtx_event_store_load_waiting (MtxDb *db,
                              gint64 last_reason,
                              guint  max_rows)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE decryption = 2 AND session_id IS NOT NULL AND decryption_reason <= ?1"
                            " GROUP BY room_id, session_id ORDER BY max (stored_at) DESC LIMIT ?2",
                            MTX_VALUES (MTX_INTEGER (last_reason), MTX_INTEGER (max_rows)));
}

/**
 * mtx_event_store_load_shielded:
 * @db: a database
 * @senders: (nullable) (array zero-terminated=1): whose events; %NULL for everybody's
 * @max_rows: the most to load
 *
 * Loads decrypted events that are shown with a warning about their sender, to be judged again.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxEventRow, newest first
 */
DexFuture *
mtx_event_store_load_shielded (MtxDb             *db,
                               const char *const *senders,
                               guint              max_rows)
{
  g_autofree char *list = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  G_STATIC_ASSERT (MTX_EVENT_DECRYPTED == 1);

  list = senders != NULL ? _mtx_db_list (senders) : NULL;

  return _mtx_db_load_rows (db, &mtx_event_row_type,
                            "WHERE decryption = 1 AND shield <> 0"
                            " AND (?1 IS NULL OR sender IN (SELECT value FROM json_each (?1)))"
                            " ORDER BY stored_at DESC LIMIT ?2",
                            MTX_VALUES (MTX_TEXT (list), MTX_INTEGER (max_rows)));
}

/**
 * mtx_event_store_count:
 * @db: a database
 * @room_id: a room
 *
 * Returns: (transfer full): a future that resolves to the number of stored events, a gint64
 */
DexFuture *
mtx_event_store_count (MtxDb      *db,
                       const char *room_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_value (db, MTX_RESULT_INTEGER, "SELECT count (*) FROM event WHERE room_id = ?1",
                             MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_event_store_load_gaps:
 * @db: a database
 * @room_id: a room
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of #MtxGapRow, oldest first
 */
DexFuture *
mtx_event_store_load_gaps (MtxDb      *db,
                           const char *room_id)
{
  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return _mtx_db_load_rows (db, &mtx_gap_row_type, "WHERE room_id = ?1 ORDER BY position",
                            MTX_VALUES (MTX_TEXT (room_id)));
}

/**
 * mtx_event_store_append:
 * @changes: where the write is added
 * @row: an event; its position is not looked at
 *
 * Adds an event behind all others of its room, except echoes: these stay last, in the order in which they were
 * sent. An event that is stored stays as it is, so the same sync may be read twice; but an echo gives way to the
 * real event, which takes the place the server gave it.
 */
void
mtx_event_store_append (MtxChangeSet      *changes,
                        const MtxEventRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_add_row (changes,
                           row->echo ? INSERT_EVENT_AT ("1 + " LAST_ECHO_POSITION) : INSERT_EVENT_AT ("1 + " LAST_POSITION),
                           &mtx_event_row_type,
                           row);
}

/**
 * mtx_event_store_append_gap:
 * @changes: where the write is added
 * @room_id: a room
 * @token: where to fetch backwards from (`prev_batch`)
 *
 * Adds a gap behind all events of a room, before those of a sync that skipped some are appended.
 */
void
mtx_event_store_append_gap (MtxChangeSet *changes,
                            const char   *room_id,
                            const char   *token)
{
  g_return_if_fail (room_id != NULL && token != NULL);

  _mtx_change_set_add (changes,
                       INSERT_GAP,
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (token)));
}

/**
 * mtx_event_store_fill_gap:
 * @changes: where the write is added
 * @token: the token of a gap of the event's room; the commit fails if there is none
 * @row: the newest event that is missing there; its position is not looked at
 *
 * Adds an event at the end of a gap. A page fetched backwards is added event by event in the order it came,
 * then mtx_event_store_move_gap() says how to go on.
 */
void
mtx_event_store_fill_gap (MtxChangeSet      *changes,
                          const char        *token,
                          const MtxEventRow *row)
{
  MtxValue values[G_N_ELEMENTS (mtx_event_row_columns) + 1];

  g_return_if_fail (token != NULL);
  g_return_if_fail (row != NULL);

  _mtx_row_to_values (&mtx_event_row_type, row, values);
  values[G_N_ELEMENTS (mtx_event_row_columns)] = MTX_TEXT (token);

  _mtx_change_set_add (changes, INSERT_EVENT_AT ("(SELECT position FROM gap WHERE room_id = ?1 AND token = ?20)"),
                       values, G_N_ELEMENTS (values));
  _mtx_change_set_add (changes, "UPDATE gap SET position = position - 1 WHERE room_id = ?1 AND token = ?2",
                       MTX_VALUES (MTX_TEXT (row->room_id), MTX_TEXT (token)));
}

/**
 * mtx_event_store_move_gap:
 * @changes: where the write is added
 * @room_id: a room
 * @token: the token of the gap that was filled
 * @next_token: (nullable): where to fetch from next, or %NULL if the gap is closed
 *
 * Gives what remains of a gap its new token, or takes the gap away.
 */
void
mtx_event_store_move_gap (MtxChangeSet *changes,
                          const char   *room_id,
                          const char   *token,
                          const char   *next_token)
{
  g_return_if_fail (room_id != NULL && token != NULL);

  if (next_token == NULL)
    _mtx_change_set_add (changes, "DELETE FROM gap WHERE room_id = ?1 AND token = ?2",
                         MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (token)));
  else
    _mtx_change_set_add (changes, "UPDATE OR REPLACE gap SET token = ?3 WHERE room_id = ?1 AND token = ?2",
                         MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (token), MTX_TEXT (next_token)));
}

/**
 * mtx_event_store_update:
 * @changes: where the write is added
 * @row: a stored event with new values; its position is not looked at
 *
 * Gives a stored event new values where it stands: after it could be decrypted. One that was redacted
 * meanwhile, or is not stored, is left alone.
 */
void
mtx_event_store_update (MtxChangeSet      *changes,
                        const MtxEventRow *row)
{
  g_return_if_fail (row != NULL);

  _mtx_change_set_add (changes,
                       "UPDATE event SET type = ?3, content = ?4, relation_type = ?5, relates_to = ?6,"
                       " decryption = ?7, decryption_reason = ?8, shield = ?9, session_id = ?10, encrypted = ?11"
                       " WHERE room_id = ?1 AND event_id = ?2 AND NOT redacted",
                       MTX_VALUES (MTX_TEXT (row->room_id), MTX_TEXT (row->event_id), MTX_TEXT (row->type),
                                   MTX_TEXT (row->content), MTX_TEXT (row->relation_type), MTX_TEXT (row->relates_to),
                                   MTX_INTEGER (row->decryption), MTX_INTEGER (row->decryption_reason),
                                   MTX_INTEGER (row->shield), MTX_TEXT (row->session_id), MTX_TEXT (row->encrypted)));
}

/**
 * mtx_event_store_redact:
 * @changes: where the write is added
 * @room_id: a room
 * @event_id: the event that was redacted
 *
 * Empties an event: content, ciphertext and relation go, the row stays. Nothing waits for its key any more. That it
 * was an edit stays known: it was no message of its own, so none is missing.
 */
void
mtx_event_store_redact (MtxChangeSet *changes,
                        const char   *room_id,
                        const char   *event_id)
{
  g_return_if_fail (room_id != NULL && event_id != NULL);

  _mtx_change_set_add (changes,
                       "UPDATE event SET redacted = 1, content = '{}', encrypted = NULL,"
                       " relates_to = iif (relation_type = 'm.replace', relates_to, NULL),"
                       " relation_type = iif (relation_type = 'm.replace', relation_type, NULL), decryption = ?3, decryption_reason = 0"
                       " WHERE room_id = ?1 AND event_id = ?2",
                       MTX_VALUES (MTX_TEXT (room_id), MTX_TEXT (event_id), MTX_INTEGER (MTX_EVENT_CLEAR)));
}
