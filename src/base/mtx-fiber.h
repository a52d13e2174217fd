/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one door to libdex's scheduler (style.md, section 3): fibers with one stack size and a name,
 * work in a thread, and "do this, nobody waits, but tell when it fails".
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

/* Runs in a worker thread; touches nothing but its own data. Returns a future that is already settled. */
typedef DexFuture *(*MtxThreadFunc) (gpointer data);

DexFuture *mtx_fiber_spawn      (const char     *static_name,
                                 DexFiberFunc    func,
                                 gpointer        data,
                                 GDestroyNotify  destroy);
gboolean   mtx_fiber_is_running (void);
DexFuture *mtx_thread_run       (const char     *static_name,
                                 MtxThreadFunc   func,
                                 gpointer        data,
                                 GDestroyNotify  destroy);
void       mtx_fiber_fire       (DexFuture      *future,
                                 const char     *static_what);
DexFuture *mtx_future_after     (gint64          delay_ms);

G_END_DECLS
