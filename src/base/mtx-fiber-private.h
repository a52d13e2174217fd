/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the worker shares with the thread pool, and, for tests, time that is moved by hand.
 */
#pragma once

#include "mtx-fiber.h"

G_BEGIN_DECLS

typedef DexFuture *(*MtxDelayFunc) (gint64 delay_ms);

void _mtx_fiber_set_delay_func (MtxDelayFunc    func);
void _mtx_thread_func_settle   (MtxThreadFunc   func,
                                gpointer        data,
                                GDestroyNotify  destroy,
                                DexPromise     *promise);

G_END_DECLS
