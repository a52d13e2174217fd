/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings a database to the current schema by numbered scripts. The database's user_version counts the
 * scripts it has seen.
 */
#pragma once

#include "mtx-sql-private.h"

G_BEGIN_DECLS

gboolean mtx_db_migrate             (MtxSql              *sql,
                                     const char * const  *scripts,
                                     GError             **error);
gboolean mtx_db_migrate_to_current  (MtxSql              *sql,
                                     GError             **error);

G_END_DECLS
