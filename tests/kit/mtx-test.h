/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every test program starts with: fatal warnings, bodies that run in a fiber, conditions instead of
 * sleeps, folders that vanish.
 */
#pragma once

#include <gio/gio.h>
#include "mtx-await.h"

G_BEGIN_DECLS

typedef gboolean (*MtxTestCondition) (gpointer data);

void       mtx_test_init       (int              *argc,
                                char           ***argv);
void       mtx_test_add_fiber  (const char       *path,
                                DexFiberFunc      func);
void       mtx_test_await      (DexFuture        *future);
void       mtx_test_wait       (MtxTestCondition  condition,
                                gpointer          data);
DexFuture *mtx_test_wait_until (MtxTestCondition  condition,
                                gpointer          data,
                                guint             timeout_ms);
char      *mtx_test_tmp_dir    (void);

G_END_DECLS
