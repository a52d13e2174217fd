/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fibers that must not overlap: each begins when the one before has ended, however it ended.
 */
#pragma once

#include "mtx-fiber.h"

G_BEGIN_DECLS

typedef struct _MtxTurns MtxTurns;

/* State: starts and ends zeroed. */
struct _MtxTurns
{
  DexFuture *last;
};

DexFuture *mtx_turns_take  (MtxTurns       *self,
                            const char     *static_name,
                            DexFiberFunc    func,
                            gpointer        data,
                            GDestroyNotify  destroy);
void       mtx_turns_clear (MtxTurns       *self);

G_END_DECLS
