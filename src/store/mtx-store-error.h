/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The results of SQLite and of the file system as decisions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct sqlite3;

gboolean mtx_store_error_set       (GError         **error,
                                    struct sqlite3  *connection,
                                    int              result);
gboolean mtx_store_error_set_errno (GError         **error,
                                    const char      *what,
                                    int              system_errno);

G_END_DECLS
