/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fibers that must not overlap: each begins when the one before has ended, however it ended.
 */
#include "mtx-turns.h"

typedef struct
{
  DexFuture     *previous; /* or NULL */
  DexFiberFunc   func;
  gpointer       data;
  GDestroyNotify destroy;
} Turn;

static void
turn_free (gpointer memory)
{
  Turn *turn = memory;

  dex_clear (&turn->previous);
  if (turn->destroy != NULL)
    g_clear_pointer (&turn->data, turn->destroy);
  g_free (turn);
}

static DexFuture *
turn_fiber (gpointer data)
{
  Turn *turn = data;

  if (turn->previous != NULL)
    {
      g_autoptr (GError) error = NULL;

      /* How it ended is for whoever started it. */
      if (!dex_await (g_steal_pointer (&turn->previous), &error))
        g_debug ("The turn before failed: %s", error->message);
    }

  return turn->func (turn->data);
}

/**
 * mtx_turns_take:
 * @self: a sequence
 * @static_name: a literal that names the fiber
 * @func: the fiber's body
 * @data: (nullable) (transfer full): passed to @func; it holds whatever owns @self
 * @destroy: (nullable): frees @data
 *
 * Starts a fiber behind all those started before.
 *
 * Returns: (transfer full): a future that resolves or rejects with what the future returned by @func does
 */
DexFuture *
mtx_turns_take (MtxTurns      *self,
                const char    *static_name,
                DexFiberFunc   func,
                gpointer       data,
                GDestroyNotify destroy)
{
  Turn *turn;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  turn = g_new0 (Turn, 1);
  turn->previous = g_steal_pointer (&self->last);
  turn->func = func;
  turn->data = data;
  turn->destroy = destroy;
  self->last = mtx_fiber_spawn (static_name, turn_fiber, turn, turn_free);

  return dex_ref (self->last);
}

/**
 * mtx_turns_clear:
 * @self: a sequence
 *
 * Lets go of the last fiber. Those that were started run to their end.
 */
void
mtx_turns_clear (MtxTurns *self)
{
  g_return_if_fail (self != NULL);

  dex_clear (&self->last);
}
