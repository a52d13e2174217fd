/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQLite's results as decisions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct sqlite3;

gboolean mtx_store_error_set (GError         **error,
                              struct sqlite3  *connection,
                              int              result);

G_END_DECLS
