/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One named thread that runs jobs strictly in order, each answered by a future. The database and the
 * ratchets live on one such thread each, so their objects are never used from two threads.
 */
#pragma once

#include "mtx-fiber.h"

G_BEGIN_DECLS

#define MTX_TYPE_WORKER (mtx_worker_get_type ())

G_DECLARE_FINAL_TYPE (MtxWorker, mtx_worker, MTX, WORKER, GObject)

MtxWorker *mtx_worker_new   (const char     *static_name);
DexFuture *mtx_worker_run   (MtxWorker      *self,
                             MtxThreadFunc   func,
                             gpointer        data,
                             GDestroyNotify  destroy);
DexFuture *mtx_worker_close (MtxWorker      *self);

G_END_DECLS
