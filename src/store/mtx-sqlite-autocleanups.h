/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ownership for SQLite's objects. The only header that includes SQLCipher's, which must be the one with
 * the keying calls; nothing outside this folder's .c files includes it.
 */
#pragma once

#include <glib.h>
#include <sqlcipher/sqlite3.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close_v2)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

G_END_DECLS
