/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the store's tests share: a database in a folder of its own, and awaits that must succeed. All of it
 * is for test bodies, which run in a fiber.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-db.h"

G_BEGIN_DECLS

MtxSecretBytes *store_fixture_key    (guint8         fill);
char           *store_fixture_path   (void);
MtxDb          *store_fixture_open   (const char    *path);
void            store_fixture_close  (MtxDb         *db);
void            store_fixture_commit (MtxDb         *db,
                                      MtxChangeSet  *changes);
GPtrArray      *store_fixture_rows   (DexFuture     *future);
gpointer        store_fixture_row    (DexFuture     *future);
char           *store_fixture_string (DexFuture     *future);
gint64          store_fixture_int64  (DexFuture     *future);
void            store_fixture_reject (DexFuture     *future,
                                      int            code);
gboolean        store_fixture_holds  (const char    *path,
                                      const char    *text);

G_END_DECLS
