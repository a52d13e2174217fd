/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For the stores: how writes get into a change set and out of it.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-sql-private.h"

G_BEGIN_DECLS

void     _mtx_change_set_add     (MtxChangeSet    *self,
                                  const char      *static_sql,
                                  const MtxValue  *values,
                                  guint            n_values);
void     _mtx_change_set_add_row (MtxChangeSet    *self,
                                  const char      *static_sql,
                                  MtxRowType      *type,
                                  gconstpointer    row);
void     _mtx_change_set_put     (MtxChangeSet    *self,
                                  MtxRowType      *type,
                                  gconstpointer    row);
void     _mtx_change_set_insert  (MtxChangeSet    *self,
                                  MtxRowType      *type,
                                  gconstpointer    row);
void     _mtx_change_set_freeze  (MtxChangeSet    *self);
gboolean _mtx_change_set_apply   (MtxChangeSet    *self,
                                  MtxSql          *sql,
                                  GError         **error);

G_END_DECLS
