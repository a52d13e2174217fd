/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of waits and a number that is the time.
 */
#include "mtx-fake-clock.h"

#include "mtx-fiber-private.h"

typedef struct
{
  gint64      due_ms;
  DexPromise *promise;
} Wait;

static GArray *waits; /* of Wait, in the order they were made; NULL while real time runs */
static gint64  now_ms;

static void
wait_clear (gpointer data)
{
  dex_clear (&((Wait *)data)->promise);
}

static DexFuture *
wait_for_hand (gint64 delay_ms)
{
  Wait wait = { now_ms + delay_ms, dex_promise_new_cancellable () };

  g_array_append_val (waits, wait);

  return DEX_FUTURE (dex_ref (wait.promise));
}

/* A wait whose future was dropped is no wait any more. */
static void
forget_dropped (void)
{
  for (guint i = waits->len; i > 0; i--)
    {
      Wait *wait = &g_array_index (waits, Wait, i - 1);

      if (g_cancellable_is_cancelled (dex_promise_get_cancellable (wait->promise)))
        g_array_remove_index (waits, i - 1);
    }
}

static int
find_earliest (void)
{
  int earliest = -1;

  forget_dropped ();
  for (guint i = 0; i < waits->len; i++)
    if (earliest < 0 || g_array_index (waits, Wait, i).due_ms < g_array_index (waits, Wait, earliest).due_ms)
      earliest = (int)i;

  return earliest;
}

/**
 * mtx_fake_clock_install:
 *
 * Stops time for mtx_future_after().
 */
void
mtx_fake_clock_install (void)
{
  g_assert (waits == NULL);

  waits = g_array_new (FALSE, FALSE, sizeof (Wait));
  g_array_set_clear_func (waits, wait_clear);
  now_ms = 0;
  _mtx_fiber_set_delay_func (wait_for_hand);
}

/**
 * mtx_fake_clock_uninstall:
 *
 * Lets time run again. Nothing may still be waiting.
 */
void
mtx_fake_clock_uninstall (void)
{
  g_assert (waits != NULL);

  forget_dropped ();
  g_assert_cmpuint (waits->len, ==, 0);
  g_clear_pointer (&waits, g_array_unref);
  _mtx_fiber_set_delay_func (NULL);
}

/**
 * mtx_fake_clock_advance:
 * @milliseconds: how far to go
 *
 * Moves time; waits end in the order they are due. What they set going runs when the caller next awaits,
 * so a wait that follows from another needs a second call.
 */
void
mtx_fake_clock_advance (gint64 milliseconds)
{
  int earliest;

  g_assert (waits != NULL && milliseconds >= 0);

  now_ms += milliseconds;
  while ((earliest = find_earliest ()) >= 0 && g_array_index (waits, Wait, earliest).due_ms <= now_ms)
    {
      g_autoptr (DexPromise) promise = dex_ref (g_array_index (waits, Wait, earliest).promise);

      g_array_remove_index (waits, (guint)earliest);
      dex_promise_resolve_boolean (promise, TRUE);
    }
}

/**
 * mtx_fake_clock_count:
 *
 * Gets how many waits there are. Await until there is one before moving time.
 *
 * Returns: the number of waits
 */
guint
mtx_fake_clock_count (void)
{
  g_assert (waits != NULL);

  forget_dropped ();

  return waits->len;
}

/**
 * mtx_fake_clock_next:
 *
 * Gets how far away the next wait's end is.
 *
 * Returns: milliseconds, or -1 if nothing waits
 */
gint64
mtx_fake_clock_next (void)
{
  int earliest;

  g_assert (waits != NULL);

  earliest = find_earliest ();

  return earliest < 0 ? -1 : g_array_index (waits, Wait, earliest).due_ms - now_ms;
}
