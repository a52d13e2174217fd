/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To-device messages in both directions: batches that still have to be sent, under the transaction id
 * they keep on every retry (M21), and which received events were begun but not completed (guard rule G21).
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  gint64      id;          /* set by the store; the order of sending */
  const char *txn_id;
  const char *event_type;  /* m.room.encrypted, m.room_key.withheld, … */
  const char *messages;    /* JSON: user → device → content, exactly what is sent */
  const char *room_id;     /* or NULL: the room whose messages wait for this batch */
  const char *session_id;  /* or NULL: the room key it carries */
  gint64      created_at;
} MtxToDeviceBatchRow;

typedef struct
{
  const char *hash;        /* of sender, type and content: to-device events have no id */
  gint64      attempts;    /* times it was begun without being completed */
  gint64      first_attempt_at;
} MtxToDeviceAttemptRow;

MTX_DECLARE_ROW (MtxToDeviceBatchRow, mtx_to_device_batch_row)
MTX_DECLARE_ROW (MtxToDeviceAttemptRow, mtx_to_device_attempt_row)

DexFuture *mtx_to_device_store_load_batches     (MtxDb                     *db);
void       mtx_to_device_store_put_batch        (MtxChangeSet              *changes,
                                                 const MtxToDeviceBatchRow *row);
void       mtx_to_device_store_delete_batch     (MtxChangeSet              *changes,
                                                 const char                *txn_id);

DexFuture *mtx_to_device_store_load_attempts    (MtxDb                     *db,
                                                 const char * const        *hashes);
void       mtx_to_device_store_begin_attempt    (MtxChangeSet              *changes,
                                                 const char                *hash,
                                                 gint64                     now);
void       mtx_to_device_store_complete_attempt (MtxChangeSet              *changes,
                                                 const char                *hash);

G_END_DECLS
