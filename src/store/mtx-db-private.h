/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For the stores: jobs on the database's thread, each one transaction, and the few shapes of reading.
 */
#pragma once

#include "mtx-db.h"
#include "mtx-sql-private.h"

G_BEGIN_DECLS

/* What a single value of the database becomes. */
typedef enum
{
  MTX_RESULT_INTEGER, /* gint64 */
  MTX_RESULT_TEXT,    /* string */
  MTX_RESULT_BLOB,    /* boxed GBytes */
} MtxResultKind;

/* Runs in the database's thread, inside a transaction that is committed if it returns a future (settled)
 * and undone if it returns NULL with an error. */
typedef DexFuture *(*MtxDbFunc) (MtxSql    *sql,
                                 gpointer   data,
                                 GError   **error);

DexFuture *_mtx_db_run        (MtxDb          *self,
                               MtxDbFunc       func,
                               gpointer        data,
                               GDestroyNotify  destroy);
DexFuture *_mtx_db_load_rows  (MtxDb          *self,
                               MtxRowType     *type,
                               const char     *where,
                               const MtxValue *values,
                               guint           n_values);
DexFuture *_mtx_db_load_row   (MtxDb          *self,
                               MtxRowType     *type,
                               const char     *where,
                               const MtxValue *values,
                               guint           n_values);
DexFuture *_mtx_db_load_value (MtxDb          *self,
                               MtxResultKind   kind,
                               const char     *static_sql,
                               const MtxValue *values,
                               guint           n_values);

char      *_mtx_db_list       (const char * const *texts);

G_END_DECLS
