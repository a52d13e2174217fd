/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One thread, jobs in order, nothing lost when it closes.
 */
#include "mtx-worker.h"

#include "kit/mtx-test.h"
#include "mtx-error.h"

typedef struct
{
  GArray  *order; /* touched by the worker's thread only until it is closed */
  GThread *thread;
  guint    number;
} Step;

static DexFuture *
take_step (gpointer data)
{
  Step *step = data;

  step->thread = g_thread_self ();
  g_array_append_val (step->order, step->number);

  return dex_future_new_for_uint (step->number);
}

static DexFuture *
refuse_step (gpointer data)
{
  return dex_future_new_reject (MTX_ERROR, MTX_ERROR_FULL, "No space");
}

static void
count (gpointer data)
{
  g_atomic_int_inc ((int *)data);
}

static DexFuture *
test_order (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (MtxWorker) worker = mtx_worker_new ("test-worker");
  g_autoptr (GArray)    order = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GPtrArray) futures = g_ptr_array_new_with_free_func (dex_unref);
  Step                  steps[200];

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      steps[i] = (Step){ order, NULL, i };
      g_ptr_array_add (futures, mtx_worker_run (worker, take_step, &steps[i], NULL));
    }
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_assert_cmpuint (dex_await_uint (dex_ref (futures->pdata[i]), &error), ==, i);
      g_assert_no_error (error);
      g_assert_true (steps[i].thread != g_thread_self ());
      g_assert_true (steps[i].thread == steps[0].thread);
      g_assert_cmpuint (g_array_index (order, guint, i), ==, i);
    }
  g_assert_true (dex_await (mtx_worker_close (worker), &error));
  g_assert_no_error (error);
  g_assert_finalize_object (g_steal_pointer (&worker));

  return NULL;
}

static DexFuture *
test_errors (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (MtxWorker) worker = mtx_worker_new ("test-worker");
  int                   freed = 0;

  g_assert_false (dex_await (mtx_worker_run (worker, refuse_step, &freed, count), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FULL);
  g_assert_cmpint (g_atomic_int_get (&freed), ==, 1);
  g_clear_error (&error);
  g_assert_true (dex_await (mtx_worker_close (worker), &error));
  g_assert_no_error (error);

  return NULL;
}

static DexFuture *
test_close (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (MtxWorker) worker = mtx_worker_new ("test-worker");
  g_autoptr (GArray)    order = g_array_new (FALSE, FALSE, sizeof (guint));
  Step                  steps[50];
  int                   freed = 0;

  /* Nobody waits for these; they run all the same before the thread ends. */
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      steps[i] = (Step){ order, NULL, i };
      dex_unref (mtx_worker_run (worker, take_step, &steps[i], NULL));
    }
  g_assert_true (dex_await (mtx_worker_close (worker), &error));
  g_assert_no_error (error);
  g_assert_cmpuint (order->len, ==, G_N_ELEMENTS (steps));

  g_assert_false (dex_await (mtx_worker_run (worker, take_step, &freed, count), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);
  g_assert_cmpint (g_atomic_int_get (&freed), ==, 1);
  g_clear_error (&error);

  g_assert_true (dex_await (mtx_worker_close (worker), &error));
  g_assert_no_error (error);

  return NULL;
}

static gboolean
all_freed (gpointer data)
{
  return g_atomic_int_get ((int *)data) == 20;
}

/* An owner that only lets go loses nothing it had queued. */
static DexFuture *
test_drop (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (MtxWorker) worker = mtx_worker_new ("test-worker");
  int                   freed = 0;

  for (guint i = 0; i < 20; i++)
    dex_unref (mtx_worker_run (worker, refuse_step, &freed, count));
  g_assert_finalize_object (g_steal_pointer (&worker));
  g_assert_true (dex_await (mtx_test_wait_until (all_freed, &freed, 10000), &error));
  g_assert_no_error (error);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/base/worker/order", test_order);
  mtx_test_add_fiber ("/base/worker/errors", test_errors);
  mtx_test_add_fiber ("/base/worker/close", test_close);
  mtx_test_add_fiber ("/base/worker/drop", test_drop);

  return g_test_run ();
}
