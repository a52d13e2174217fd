/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this device asked other devices of the same account for: a secret or a room key. An answer counts only if it
 * was asked for, so what was asked has to outlive the run.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char *request_id;
  const char *secret_name; /* or NULL: a room key */
  const char *room_id;
  const char *session_id;
  const char *devices;     /* ids of those asked, one per line */
  gint64      created_at;
  gboolean    closed;      /* answered, or given up */
} MtxOwnRequestRow;

typedef struct
{
  const char *room_id;
  const char *session_id;
} MtxMissingKeyRow;

MTX_DECLARE_ROW (MtxOwnRequestRow, mtx_own_request_row)
MTX_DECLARE_ROW (MtxMissingKeyRow, mtx_missing_key_row)

DexFuture *mtx_own_request_store_load_open     (MtxDb                  *db);
DexFuture *mtx_own_request_store_load_answered (MtxDb                  *db);
DexFuture *mtx_own_request_store_load_missing  (MtxDb                  *db,
                                                guint                   max_rows);
void       mtx_own_request_store_put           (MtxChangeSet           *changes,
                                                const MtxOwnRequestRow *row);

G_END_DECLS
