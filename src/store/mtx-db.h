/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One encrypted database: one connection on one thread, held by one process. Reads are the load
 * functions of the stores, each a future; writes are collected in a change set and committed here.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

#define MTX_DB_KEY_BYTES 32

#define MTX_TYPE_DB (mtx_db_get_type ())

G_DECLARE_FINAL_TYPE (MtxDb, mtx_db, MTX, DB, GObject)

DexFuture *mtx_db_open   (const char     *path,
                          MtxSecretBytes *key);
DexFuture *mtx_db_commit (MtxDb          *self,
                          MtxChangeSet   *changes);
DexFuture *mtx_db_close  (MtxDb          *self);

G_END_DECLS
