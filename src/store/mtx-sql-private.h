/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The open connection with its prepared statements, as a job on the database's thread sees it. Counted,
 * because queued jobs may outlive the MtxDb; used by one thread at a time.
 */
#pragma once

#include "mtx-row-private.h"

G_BEGIN_DECLS

#define MTX_SQL_KEY_BYTES 32

typedef struct _MtxSql MtxSql;

MtxSql     *_mtx_sql_new           (void);
MtxSql     *_mtx_sql_ref           (MtxSql          *self);
void        _mtx_sql_unref         (MtxSql          *self);
gboolean    _mtx_sql_open          (MtxSql          *self,
                                    const char      *path,
                                    MtxSecretBytes  *key,
                                    GError         **error);
void        _mtx_sql_take_lock     (MtxSql          *self,
                                    int              lock_fd);
gboolean    _mtx_sql_close         (MtxSql          *self,
                                    GError         **error);
void        _mtx_sql_abandon       (MtxSql          *self);

gboolean    _mtx_sql_begin         (MtxSql          *self,
                                    GError         **error);
gboolean    _mtx_sql_commit        (MtxSql          *self,
                                    GError         **error);
void        _mtx_sql_rollback      (MtxSql          *self);

gboolean    _mtx_sql_run_script    (MtxSql          *self,
                                    const char      *script,
                                    GError         **error);
gboolean    _mtx_sql_run           (MtxSql          *self,
                                    const char      *static_sql,
                                    const MtxValue  *values,
                                    guint            n_values,
                                    GError         **error);
GPtrArray  *_mtx_sql_select_rows   (MtxSql          *self,
                                    MtxRowType      *type,
                                    const char      *static_sql,
                                    const MtxValue  *values,
                                    guint            n_values,
                                    GError         **error);
gboolean    _mtx_sql_select_value  (MtxSql          *self,
                                    const char      *static_sql,
                                    const MtxValue  *values,
                                    guint            n_values,
                                    MtxValue        *value,
                                    GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxSql, _mtx_sql_unref)

G_END_DECLS
