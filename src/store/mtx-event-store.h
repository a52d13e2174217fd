/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timelines: events in the order we show them, and the gaps between them.
 *
 * Each event and each gap has a position, unique in its room and given by the store. Live events are
 * appended; what we sent stays behind them until sync brings it. Where a sync skipped events it leaves a gap, which keeps the token to fetch them with and
 * room for 2³² of them; filling a gap works backwards from its end. The start of a room's history that
 * was never fetched is such a gap as well.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_EVENT_CLEAR,
  MTX_EVENT_DECRYPTED,
  MTX_EVENT_UNDECRYPTABLE,
} MtxEventDecryption;

typedef struct
{
  gint64              position;          /* set by the store */
  const char         *room_id;
  const char         *event_id;
  const char         *sender;
  gint64              origin_server_ts;
  const char         *type;              /* after decryption, if that worked */
  const char         *state_key;         /* or NULL: a message */
  const char         *content;           /* JSON; what is to be shown */
  const char         *relation_type;     /* or NULL */
  const char         *relates_to;        /* event id, or NULL */
  const char         *transaction_id;    /* ours, or NULL */
  gboolean            redacted;
  gboolean            echo;              /* we sent it and sync has not brought it yet */
  MtxEventDecryption  decryption;
  gint64              decryption_reason; /* the engine's code when undecryptable */
  gint64              shield;            /* the engine's judgement of the sender */
  const char         *session_id;        /* Megolm session, or NULL */
  const char         *encrypted;         /* JSON of the encrypted event, kept to try again, or NULL */
  gint64              stored_at;
} MtxEventRow;

typedef struct
{
  const char *room_id;
  gint64      position;                  /* of the gap's end: newer events have greater positions */
  const char *token;                     /* fetch backwards from here */
} MtxGapRow;

MTX_DECLARE_ROW (MtxEventRow, mtx_event_row)
MTX_DECLARE_ROW (MtxGapRow, mtx_gap_row)

DexFuture *mtx_event_store_load_before        (MtxDb              *db,
                                               const char         *room_id,
                                               gint64              before_position,
                                               guint               max_rows);
DexFuture *mtx_event_store_load_after         (MtxDb              *db,
                                               const char         *room_id,
                                               gint64              after_position);
DexFuture *mtx_event_store_load_event         (MtxDb              *db,
                                               const char         *room_id,
                                               const char         *event_id);
DexFuture *mtx_event_store_load_known         (MtxDb              *db,
                                               const char         *room_id,
                                               const char * const *event_ids);
DexFuture *mtx_event_store_load_edits         (MtxDb              *db,
                                               const char         *room_id,
                                               const char * const *event_ids);
DexFuture *mtx_event_store_load_undecryptable (MtxDb              *db,
                                               const char         *room_id,
                                               const char         *session_id);
DexFuture *mtx_event_store_load_readable      (MtxDb              *db,
                                               guint               max_rows);
DexFuture *mtx_event_store_load_waiting       (MtxDb              *db,
                                               gint64              last_reason,
                                               guint               max_rows);
DexFuture *mtx_event_store_load_shielded      (MtxDb              *db,
                                               const char * const *senders,
                                               guint               max_rows);
DexFuture *mtx_event_store_count              (MtxDb              *db,
                                               const char         *room_id);
DexFuture *mtx_event_store_load_gaps          (MtxDb              *db,
                                               const char         *room_id);

void       mtx_event_store_append             (MtxChangeSet       *changes,
                                               const MtxEventRow  *row);
void       mtx_event_store_append_gap         (MtxChangeSet       *changes,
                                               const char         *room_id,
                                               const char         *token);
void       mtx_event_store_fill_gap           (MtxChangeSet       *changes,
                                               const char         *token,
                                               const MtxEventRow  *row);
void       mtx_event_store_move_gap           (MtxChangeSet       *changes,
                                               const char         *room_id,
                                               const char         *token,
                                               const char         *next_token);
void       mtx_event_store_update             (MtxChangeSet       *changes,
                                               const MtxEventRow  *row);
void       mtx_event_store_redact             (MtxChangeSet       *changes,
                                               const char         *room_id,
                                               const char         *event_id);

G_END_DECLS
