/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages that still have to be sent, in order. An entry exists before its room does, keeps its
 * transaction id for life, and keeps the ciphertext once there is one, so that every retry sends the
 * same bytes (M21). It goes in the transaction that stores the event it became.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_OUTBOX_QUEUED,
  MTX_OUTBOX_SENDING,
  MTX_OUTBOX_FAILED,
} MtxOutboxState;

typedef struct
{
  gint64          id;           /* set by the store; the order of sending */
  const char     *conversation; /* what the message belongs to before there is a room */
  const char     *room_id;      /* NULL until the room exists */
  const char     *txn_id;
  const char     *event_type;
  const char     *content;      /* JSON as typed by the user */
  const char     *encrypted;    /* JSON content of m.room.encrypted, or NULL */
  const char     *session_id;   /* the Megolm session of @encrypted, or NULL */
  MtxOutboxState  state;
  gint64          error_code;   /* MtxError when failed */
  gint64          created_at;
} MtxOutboxRow;

MTX_DECLARE_ROW (MtxOutboxRow, mtx_outbox_row)

DexFuture *mtx_outbox_store_load          (MtxDb              *db,
                                           const char         *conversation);
void       mtx_outbox_store_put           (MtxChangeSet       *changes,
                                           const MtxOutboxRow *row);
void       mtx_outbox_store_put_room      (MtxChangeSet       *changes,
                                           const char         *conversation,
                                           const char         *room_id);
void       mtx_outbox_store_put_encrypted (MtxChangeSet       *changes,
                                           const char         *txn_id,
                                           const char         *encrypted,
                                           const char         *session_id);
void       mtx_outbox_store_put_state     (MtxChangeSet       *changes,
                                           const char         *txn_id,
                                           MtxOutboxState      state,
                                           gint64              error_code);
void       mtx_outbox_store_put_all_failed (MtxChangeSet      *changes,
                                           gint64              error_code);
void       mtx_outbox_store_delete        (MtxChangeSet       *changes,
                                           const char         *txn_id);

G_END_DECLS
