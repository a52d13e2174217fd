/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The frame of a test program.
 */
#include "mtx-test.h"

#include <stdlib.h>

#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-fiber.h"

/* Long enough for a sanitizer on a busy machine; a test that takes so long hangs. */
#define BODY_TIMEOUT_SECONDS 120
#define POLL_INTERVAL_MS     2
#define PATIENCE_MS          60000

static GPtrArray *tmp_dirs;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char      *name = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }

  g_remove (path);
}

static void
remove_tmp_dirs (void)
{
  for (guint i = 0; i < tmp_dirs->len; i++)
    remove_tree (tmp_dirs->pdata[i]);
  g_ptr_array_unref (tmp_dirs);
}

/**
 * mtx_test_init:
 * @argc: (inout): the argument count of main()
 * @argv: (inout): the arguments of main()
 *
 * Replaces g_test_init(): starts libdex as well and makes every warning fatal.
 */
void
mtx_test_init (int    *argc,
               char ***argv)
{
  dex_init ();
  g_test_init (argc, argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
}

typedef struct
{
  const char  *path;
  DexFiberFunc func;
} Body;

static gboolean
fail_body (gpointer data)
{
  g_error ("%s did not end within %d seconds", ((const Body *)data)->path, BODY_TIMEOUT_SECONDS);

  return G_SOURCE_REMOVE;
}

static void
run_body (gconstpointer data)
{
  const Body           *body = data;
  g_autoptr (GError)    error = NULL;
  g_autoptr (DexFuture) future = NULL;
  guint                 timeout;

  timeout = g_timeout_add_seconds (BODY_TIMEOUT_SECONDS, fail_body, (gpointer)body);
  future = mtx_fiber_spawn ("test", body->func, NULL, NULL);
  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);

  /* What the body let go of may still have something to say. */
  while (g_main_context_iteration (NULL, FALSE))
    ;

  /* NULL is how a body says that all is well. */
  if (dex_future_get_value (future, &error) == NULL
      && !g_error_matches (error, DEX_ERROR, DEX_ERROR_FIBER_EXITED))
    g_error ("%s: %s", body->path, error->message);
}

/**
 * mtx_test_add_fiber:
 * @path: the test's name
 * @func: the body; may await; gets %NULL
 *
 * Adds a test whose body runs in a fiber on the main loop. It passes if the body returns %NULL or a
 * future that resolves; it fails if that future rejects, or if it takes longer than two minutes.
 */
void
mtx_test_add_fiber (const char  *path,
                    DexFiberFunc func)
{
  Body *body = g_new0 (Body, 1);

  body->path = g_intern_string (path);
  body->func = func;
  g_test_add_data_func_full (path, body, run_body, g_free);
}

/**
 * mtx_test_await:
 * @future: (transfer full): what resolves if all is well
 *
 * Awaits @future and fails the test if it rejects. Only in a test's body.
 */
void
mtx_test_await (DexFuture *future)
{
  g_autoptr (GError) error = NULL;

  dex_await (future, &error);
  g_assert_no_error (error);
}

typedef struct
{
  MtxTestCondition condition;
  gpointer         data;
  gint64           deadline;
  DexPromise      *promise;
} Wait;

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  dex_unref (wait->promise);
  g_free (wait);
}

static gboolean
check_condition (gpointer data)
{
  Wait *wait = data;

  if (wait->condition (wait->data))
    dex_promise_resolve_boolean (wait->promise, TRUE);
  else if (g_get_monotonic_time () > wait->deadline)
    dex_promise_reject (wait->promise,
                        g_error_new (MTX_ERROR, MTX_ERROR_FAILED, "A condition did not come true"));
  else
    return G_SOURCE_CONTINUE;

  return G_SOURCE_REMOVE;
}

/**
 * mtx_test_wait_until:
 * @condition: what has to become true; called from the main loop
 * @data: (nullable): passed to @condition; has to live until the future settles
 * @timeout_ms: how long to wait, in real milliseconds
 *
 * Waits for something that no future tells.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once @condition is true, and rejects with
 *   %MTX_ERROR_FAILED after @timeout_ms
 */
DexFuture *
mtx_test_wait_until (MtxTestCondition condition,
                     gpointer         data,
                     guint            timeout_ms)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->condition = condition;
  wait->data = data;
  wait->deadline = g_get_monotonic_time () + (gint64)timeout_ms * 1000;
  wait->promise = dex_promise_new ();
  g_timeout_add_full (G_PRIORITY_DEFAULT, POLL_INTERVAL_MS, check_condition, wait, wait_free);

  return DEX_FUTURE (dex_ref (wait->promise));
}

/**
 * mtx_test_wait:
 * @condition: what has to become true; called from the main loop
 * @data: (nullable): passed to @condition
 *
 * Awaits a condition that comes true if all is well. Only in a test's body.
 */
void
mtx_test_wait (MtxTestCondition condition,
               gpointer         data)
{
  mtx_test_await (mtx_test_wait_until (condition, data, PATIENCE_MS));
}

/**
 * mtx_test_tmp_dir:
 *
 * Makes an empty folder only we can enter. It is removed with all it contains when the program ends.
 *
 * Returns: (transfer full): the path
 */
char *
mtx_test_tmp_dir (void)
{
  g_autoptr (GError) error = NULL;
  char              *path = g_dir_make_tmp ("wallet-support-test-XXXXXX", &error);

  g_assert_no_error (error);
  if (tmp_dirs == NULL)
    {
      tmp_dirs = g_ptr_array_new_with_free_func (g_free);
      atexit (remove_tmp_dirs);
    }
  g_ptr_array_add (tmp_dirs, g_strdup (path));

  return path;
}
