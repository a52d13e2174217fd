/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files beside a database: the lock that one process holds for life, and the mark by which a key
 * is recognised without opening anything.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_DB_KEY_UNKNOWN, /* no mark, or an unreadable one */
  MTX_DB_KEY_MATCHES,
  MTX_DB_KEY_DIFFERS,
} MtxDbKeyMatch;

int           _mtx_db_lock_acquire (const char      *db_path,
                                    GError         **error);
MtxDbKeyMatch _mtx_db_key_compare  (const char      *db_path,
                                    MtxSecretBytes  *key);
gboolean      _mtx_db_key_mark     (const char      *db_path,
                                    MtxSecretBytes  *key,
                                    GError         **error);

G_END_DECLS
