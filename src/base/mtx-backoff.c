/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Back-off: doubling with jitter, so that many clients of a server that failed do not return at once.
 */
#include "mtx-backoff.h"

#include "mtx-error.h"

/* 2^40 times the shortest possible first delay is already far beyond every ceiling. */
#define MAX_DOUBLINGS 40

/**
 * mtx_backoff_init:
 * @self: the value to initialise
 * @first_ms: the shortest delay in milliseconds, at least 1
 * @ceiling_ms: the longest delay in milliseconds, at least @first_ms
 *
 * Starts counting with no failure.
 */
void
mtx_backoff_init (MtxBackoff *self,
                  gint64      first_ms,
                  gint64      ceiling_ms)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (first_ms >= 1 && ceiling_ms >= first_ms);

  self->first_ms = first_ms;
  self->ceiling_ms = ceiling_ms;
  self->failures = 0;
}

/**
 * mtx_backoff_get_failures:
 * @self: a back-off
 *
 * Gets how many delays were asked for since the last success.
 *
 * Returns: the number of failures in a row
 */
guint
mtx_backoff_get_failures (const MtxBackoff *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->failures;
}

/**
 * mtx_backoff_next:
 * @self: a back-off
 * @reason: (nullable): why the last try failed
 *
 * Counts one more failure and says how long to wait before the next try. The delay lies between the
 * bounds given to [func@Mtx.backoff_init], half of it drawn at random; if @reason carries the server's
 * wish to wait longer, that wish is the delay.
 *
 * Returns: milliseconds, at least 1
 */
gint64
mtx_backoff_next (MtxBackoff   *self,
                  const GError *reason)
{
  gint64 highest = self->first_ms;
  gint64 lowest;
  gint64 delay;

  g_return_val_if_fail (self != NULL && self->first_ms >= 1, 1);

  for (guint i = 0; i <= MIN (self->failures, MAX_DOUBLINGS) && highest < self->ceiling_ms; i++)
    highest = highest > self->ceiling_ms / 2 ? self->ceiling_ms : highest * 2;

  lowest = MAX (self->first_ms, highest / 2);
  delay = lowest + (gint64)g_random_double_range (0, (double)(highest - lowest) + 1);
  delay = MIN (delay, highest);

  if (self->failures < G_MAXUINT)
    self->failures++;

  return MAX (delay, mtx_error_get_retry_after_ms (reason));
}

/**
 * mtx_backoff_reset:
 * @self: a back-off
 *
 * Forgets the failures: something succeeded.
 */
void
mtx_backoff_reset (MtxBackoff *self)
{
  g_return_if_fail (self != NULL);

  self->failures = 0;
}
