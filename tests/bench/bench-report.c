/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints results for the table. A benchmark never fails because of a figure.
 */
#include "bench-report.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

/**
 * bench_report:
 * @result: one row of the table
 *
 * Prints a row.
 */
void
bench_report (const BenchResult *result)
{
  static const char *const rules[] = { "ratio-at-most", "ratio-at-least", "value-at-most" };
  g_autoptr (JsonObject)   object = json_object_new ();
  g_autoptr (JsonNode)     node = json_node_init_object (json_node_alloc (), object);
  g_autofree char         *json = NULL;

  json_object_set_string_member (object, "measure", result->measure);
  json_object_set_string_member (object, "unit", result->unit);
  json_object_set_double_member (object, "ours", result->ours);
  json_object_set_double_member (object, "reference", result->reference);
  json_object_set_string_member (object, "rule", rules[result->rule]);
  json_object_set_double_member (object, "target", result->target);
  json = json_to_string (node, FALSE);
  printf ("BENCH %s\n", json);
  fflush (stdout);
}

/**
 * bench_note:
 * @format: a sentence, as for printf()
 * @...: its values
 *
 * Prints a detail that stands below the table, not in it.
 */
void
bench_note (const char *format,
            ...)
{
  va_list args;

  printf ("NOTE ");
  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
  fflush (stdout);
}
