/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Delays between tries.
 */
#include "mtx-backoff.h"

#include "kit/mtx-test.h"
#include "mtx-error.h"

static void
test_bounds (void)
{
  MtxBackoff backoff;

  for (guint round = 0; round < 200; round++)
    {
      gint64 floor_ms = 1000;

      mtx_backoff_init (&backoff, 1000, 60000);
      for (guint i = 0; i < 100; i++)
        {
          gint64 delay = mtx_backoff_next (&backoff, NULL);

          g_assert_cmpint (delay, >=, MIN (floor_ms, 30000));
          g_assert_cmpint (delay, <=, MIN (floor_ms * 2, 60000));
          g_assert_cmpuint (mtx_backoff_get_failures (&backoff), ==, i + 1);
          floor_ms = MIN (floor_ms * 2, 60000);
        }
    }
}

static void
test_jitter (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < 50; i++)
    {
      MtxBackoff backoff;

      mtx_backoff_init (&backoff, 100000, 10000000);
      g_hash_table_add (seen, GSIZE_TO_POINTER (mtx_backoff_next (&backoff, NULL)));
    }

  g_assert_cmpuint (g_hash_table_size (seen), >, 25);
}

static void
test_server_hint (void)
{
  g_autoptr (GError) longer = mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, 3600000);
  g_autoptr (GError) shorter = mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, 1);
  g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "No answer");
  MtxBackoff         backoff;

  mtx_backoff_init (&backoff, 1000, 60000);
  g_assert_cmpint (mtx_backoff_next (&backoff, longer), ==, 3600000);
  g_assert_cmpint (mtx_backoff_next (&backoff, shorter), >=, 2000);
  g_assert_cmpint (mtx_backoff_next (&backoff, foreign), <=, 8000);
}

static void
test_reset (void)
{
  MtxBackoff backoff;
  MtxBackoff copy;

  mtx_backoff_init (&backoff, 1000, 60000);
  for (guint i = 0; i < 10; i++)
    mtx_backoff_next (&backoff, NULL);
  copy = backoff;
  mtx_backoff_reset (&backoff);
  g_assert_cmpuint (mtx_backoff_get_failures (&backoff), ==, 0);
  g_assert_cmpuint (mtx_backoff_get_failures (&copy), ==, 10);
  g_assert_cmpint (mtx_backoff_next (&backoff, NULL), <=, 2000);
}

static void
test_edges (void)
{
  MtxBackoff backoff;

  mtx_backoff_init (&backoff, 5, 5);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (mtx_backoff_next (&backoff, NULL), ==, 5);

  mtx_backoff_init (&backoff, 1, G_MAXINT64 / 4);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (mtx_backoff_next (&backoff, NULL), >=, 1);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/backoff/bounds", test_bounds);
  g_test_add_func ("/base/backoff/jitter", test_jitter);
  g_test_add_func ("/base/backoff/server-hint", test_server_hint);
  g_test_add_func ("/base/backoff/reset", test_reset);
  g_test_add_func ("/base/backoff/edges", test_edges);

  return g_test_run ();
}
