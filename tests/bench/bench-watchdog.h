/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Measures how long the main loop keeps a frame waiting.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BenchWatchdog BenchWatchdog;

BenchWatchdog *bench_watchdog_start  (void);
void           bench_watchdog_stop   (BenchWatchdog *self,
                                      double        *ours_ms,
                                      double        *p99_ms,
                                      double        *wall_ms);

G_END_DECLS
