/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a benchmark found out, in the one form that `run` reads: a line of its own, "BENCH " and JSON.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BenchRule:
 * @BENCH_RATIO_AT_MOST: ours divided by the reference shall not exceed the target
 * @BENCH_RATIO_AT_LEAST: ours divided by the reference shall reach the target
 * @BENCH_VALUE_AT_MOST: ours shall not exceed the target; there is no reference
 */
typedef enum
{
  BENCH_RATIO_AT_MOST,
  BENCH_RATIO_AT_LEAST,
  BENCH_VALUE_AT_MOST,
} BenchRule;

typedef struct
{
  const char *measure;
  const char *unit;       /* "" if it is a count */
  double      ours;
  double      reference;  /* 0: none */
  BenchRule   rule;
  double      target;     /* 0: none, the value is only shown */
} BenchResult;

void bench_report (const BenchResult *result);
void bench_note   (const char        *format,
                   ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
