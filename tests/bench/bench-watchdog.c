/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timer of one millisecond at the priority at which GTK draws: how late it is, is how late a frame would
 * have been. So a callback that takes long counts, and so do many short ones that leave no gap.
 */
#include "bench-watchdog.h"

#include <stdlib.h>
#include <time.h>

#define TICK_US       1000
#define DRAW_PRIORITY 120 /* GDK_PRIORITY_REDRAW */

struct _BenchWatchdog
{
  GSource *source;
  GArray  *late_us; /* gint64, one for each tick */
  gint64   due;
  gint64   cpu; /* of this thread at the last tick */
  gint64   worst;
  gint64   worst_cpu; /* how much of the worst wait was our own work */
};

/* Processor time of the calling thread: what others took from us on a busy machine is not in it. */
static gint64
read_thread_cpu (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);

  return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean
tick_cb (gpointer data)
{
  BenchWatchdog *self = data;
  gint64         now = g_get_monotonic_time ();
  gint64         cpu = read_thread_cpu ();
  gint64         late = MAX (now - self->due, 0);

  g_array_append_val (self->late_us, late);
  if (late > self->worst)
    {
      self->worst = late;
      self->worst_cpu = cpu - self->cpu;
    }
  self->cpu = cpu;
  self->due = now + TICK_US;
  g_source_set_ready_time (self->source, self->due);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource    *source,
          GSourceFunc callback,
          gpointer    data)
{
  return callback (data);
}

static int
compare_late (gconstpointer a,
              gconstpointer b)
{
  gint64 one = *(const gint64 *)a;
  gint64 other = *(const gint64 *)b;

  return (one > other) - (one < other);
}

/**
 * bench_watchdog_start:
 *
 * Starts measuring on the main context, from the main thread.
 *
 * Returns: (transfer full): a watchdog to be stopped
 */
BenchWatchdog *
bench_watchdog_start (void)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  BenchWatchdog      *self = g_new0 (BenchWatchdog, 1);

  self->late_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->due = g_get_monotonic_time () + TICK_US;
  self->cpu = read_thread_cpu ();
  self->source = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->source, tick_cb, self, NULL);
  g_source_set_priority (self->source, DRAW_PRIORITY);
  g_source_set_ready_time (self->source, self->due);
  g_source_attach (self->source, NULL);

  return self;
}

/**
 * bench_watchdog_stop:
 * @self: (transfer full): a watchdog
 * @worst_ms: (out): the longest wait
 * @worst_cpu_ms: (out): how much of it the main thread was computing
 * @p99_ms: (out): the wait that 99 % of the ticks did not exceed
 *
 * Stops measuring.
 */
void
bench_watchdog_stop (BenchWatchdog *self,
                     double        *worst_ms,
                     double        *worst_cpu_ms,
                     double        *p99_ms)
{
  /* The wait that still lasts is one as well. */
  tick_cb (self);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_array_sort (self->late_us, compare_late);
  *worst_ms = (double)self->worst / 1000.0;
  *worst_cpu_ms = (double)self->worst_cpu / 1000.0;
  *p99_ms = (double)g_array_index (self->late_us, gint64, self->late_us->len * 99 / 100) / 1000.0;

  g_array_unref (self->late_us);
  g_free (self);
}
