/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which backup on the server is ours, and which room keys it still lacks.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  gint64      one;       /* 1: there is one row */
  const char *version;   /* the server's name of the backup */
  gboolean    restoring; /* a restore of the whole backup was begun and has not ended */
} MtxKeyBackupRow;

MTX_DECLARE_ROW (MtxKeyBackupRow, mtx_key_backup_row)

DexFuture *mtx_key_backup_store_load           (MtxDb        *db);
void       mtx_key_backup_store_put_version    (MtxChangeSet *changes,
                                                const char   *version);
void       mtx_key_backup_store_put_restoring  (MtxChangeSet *changes,
                                                gboolean      restoring);
void       mtx_key_backup_store_forget_uploads (MtxChangeSet *changes);
void       mtx_key_backup_store_put_uploaded   (MtxChangeSet *changes,
                                                const char   *room_id,
                                                const char   *session_id,
                                                gint64        first_known_index);

G_END_DECLS
