/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timer of one millisecond at the priority at which GTK draws: how late it is, is how late a frame would
 * have been. So a callback that takes long counts, and so do many short ones that leave no gap, and waiting
 * for a lock. On a machine that does other things as well, a thread also waits for a processor; the kernel
 * tells how long, and that is told apart.
 */
#include "bench-watchdog.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_US       1000
#define DRAW_PRIORITY 120 /* GDK_PRIORITY_REDRAW */

struct _BenchWatchdog
{
  GSource *source;
  GArray  *late_us; /* gint64, one for each tick, without the wait for a processor */
  int      schedstat;
  gint64   due;
  gint64   queued; /* how long this thread has waited for a processor so far, at the last tick */
  gint64   worst;  /* with that wait */
};

/* The second number of schedstat: nanoseconds that the thread could have run but did not. */
static gint64
read_queued_us (BenchWatchdog *self)
{
  char    text[128] = { 0 };
  ssize_t length = pread (self->schedstat, text, sizeof text - 1, 0);
  char   *second = NULL;

  if (length <= 0)
    return 0;
  g_ascii_strtoull (text, &second, 10);

  return (gint64)(g_ascii_strtoull (second, NULL, 10) / 1000);
}

static gboolean
tick_cb (gpointer data)
{
  BenchWatchdog *self = data;
  gint64         now = g_get_monotonic_time ();
  gint64         queued = read_queued_us (self);
  gint64         late = MAX (now - self->due, 0);
  gint64         ours = MAX (late - (queued - self->queued), 0);

  g_array_append_val (self->late_us, ours);
  self->worst = MAX (self->worst, late);
  self->queued = queued;
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
  self->schedstat = open ("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  self->due = g_get_monotonic_time () + TICK_US;
  self->queued = read_queued_us (self);
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
 * @ours_ms: (out): the longest wait for which this process is the cause
 * @p99_ms: (out): that of 99 % of the ticks was not longer
 * @wall_ms: (out): the longest wait, the other programs' part included
 *
 * Stops measuring.
 */
void
bench_watchdog_stop (BenchWatchdog *self,
                     double        *ours_ms,
                     double        *p99_ms,
                     double        *wall_ms)
{
  /* The wait that still lasts is one as well. */
  tick_cb (self);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  if (self->schedstat >= 0)
    close (self->schedstat);

  g_array_sort (self->late_us, compare_late);
  *ours_ms = (double)g_array_index (self->late_us, gint64, self->late_us->len - 1) / 1000.0;
  *p99_ms = (double)g_array_index (self->late_us, gint64, self->late_us->len * 99 / 100) / 1000.0;
  *wall_ms = (double)self->worst / 1000.0;

  g_array_unref (self->late_us);
  g_free (self);
}
