/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fibers, threads and waiting.
 */
#include "mtx-fiber.h"

#include <string.h>

#include "kit/mtx-fake-clock.h"
#include "kit/mtx-test.h"
#include "mtx-error.h"

static void
count (gpointer data)
{
  g_atomic_int_inc ((int *)data);
}

static DexFuture *
answer (gpointer data)
{
  return dex_future_new_for_int (42);
}

static DexFuture *
test_spawn (gpointer data)
{
  g_autoptr (GError) error = NULL;
  int                freed = 0;
  DexFuture         *fiber = mtx_fiber_spawn ("answer", answer, &freed, count);

  g_assert_cmpstr (dex_future_get_name (fiber), ==, "answer");
  g_assert_cmpint (dex_await_int (fiber, &error), ==, 42);
  g_assert_no_error (error);
  g_assert_cmpint (g_atomic_int_get (&freed), ==, 1);

  return NULL;
}

/* Half a mebibyte would end a fiber of libdex's own size. */
static G_GNUC_NO_INLINE guint8
use_stack (guint8 seed)
{
  volatile guint8 big[512 * 1024];

  for (gsize i = 0; i < sizeof big; i++)
    big[i] = (guint8)(seed + i);

  return big[sizeof big - 1];
}

static DexFuture *
test_stack (gpointer data)
{
  g_assert_cmpint (use_stack (1), ==, 0);

  return NULL;
}

typedef struct
{
  GThread *main_thread;
  int      freed;
} ThreadCheck;

static void
thread_check_done (gpointer data)
{
  ThreadCheck *check = data;

  g_assert_true (g_thread_self () != check->main_thread);
  g_atomic_int_inc (&check->freed);
}

static DexFuture *
greet_from_thread (gpointer data)
{
  ThreadCheck *check = data;

  g_assert_true (g_thread_self () != check->main_thread);

  return dex_future_new_for_string ("from far away");
}

static DexFuture *
fail_in_thread (gpointer data)
{
  return dex_future_new_for_error (mtx_error_new_from_server (429, "M_LIMIT_EXCEEDED", FALSE, 1234));
}

static DexFuture *
give_nothing (gpointer data)
{
  return NULL;
}

static DexFuture *
test_thread (gpointer data)
{
  g_autoptr (GError) error = NULL;
  ThreadCheck        check = { g_thread_self (), 0 };
  g_autofree char   *greeting = NULL;

  greeting = dex_await_string (mtx_thread_run ("greet", greet_from_thread, &check, thread_check_done),
                               &error);
  g_assert_no_error (error);
  g_assert_cmpstr (greeting, ==, "from far away");
  g_assert_true (g_thread_self () == check.main_thread);
  g_assert_cmpint (g_atomic_int_get (&check.freed), ==, 1);

  /* The error arrives with all it carries. */
  g_assert_false (dex_await (mtx_thread_run ("fail", fail_in_thread, NULL, NULL), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_assert_cmpstr (mtx_error_get_errcode (error), ==, "M_LIMIT_EXCEEDED");
  g_assert_cmpint (mtx_error_get_retry_after_ms (error), ==, 1234);
  g_clear_error (&error);

  g_assert_false (dex_await (mtx_thread_run ("nothing", give_nothing, NULL, NULL), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);

  return NULL;
}

static DexFuture *
test_many_threads (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) futures = g_ptr_array_new_with_free_func (dex_unref);
  int                   freed = 0;

  for (guint i = 0; i < 500; i++)
    g_ptr_array_add (futures, mtx_thread_run ("answer", answer, &freed, count));
  g_assert_true (dex_await (dex_future_allv ((DexFuture *const *)futures->pdata, futures->len), &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_atomic_int_get (&freed), ==, 500);

  return NULL;
}

/* Nobody holds the future; the thread still runs to its end and frees what it was given. */
static gboolean
is_one (gpointer data)
{
  return g_atomic_int_get ((int *)data) == 1;
}

static DexFuture *
test_dropped_thread (gpointer data)
{
  g_autoptr (GError) error = NULL;
  int                freed = 0;

  dex_unref (mtx_thread_run ("answer", answer, &freed, count));
  g_assert_true (dex_await (mtx_test_wait_until (is_one, &freed, 10000), &error));
  g_assert_no_error (error);

  return NULL;
}

static int fire_log_lines;

static void
watch_log (const char    *domain,
           GLogLevelFlags level,
           const char    *message,
           gpointer       user_data)
{
  g_assert_null (strstr (message, "very secret"));
  if (strstr (message, "Polishing") != NULL)
    fire_log_lines++;
}

static DexFuture *
cut_corners (gpointer data)
{
  return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "very secret");
}

static DexFuture *
test_fire (gpointer data)
{
  g_autoptr (GError) error = NULL;
  int                freed = 0;
  GLogFunc           handler = NULL;

  /* Runs to its end though nobody holds it. */
  mtx_fiber_fire (mtx_fiber_spawn ("answer", answer, &freed, count), "Answering");
  g_assert_true (dex_await (mtx_test_wait_until (is_one, &freed, 10000), &error));

  handler = g_log_set_default_handler (watch_log, NULL);
  mtx_fiber_fire (mtx_fiber_spawn ("cut", cut_corners, NULL, NULL), "Polishing");
  g_assert_true (dex_await (mtx_test_wait_until (is_one, &fire_log_lines, 10000), &error));

  mtx_fiber_fire (dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_CANCELLED, "x"), "Polishing");
  mtx_fiber_fire (dex_future_new_reject (DEX_ERROR, DEX_ERROR_FIBER_CANCELLED, "x"), "Polishing");
  mtx_fiber_fire (dex_future_new_true (), "Polishing");
  g_assert_true (dex_await (mtx_future_after (0), &error));
  g_assert_cmpint (fire_log_lines, ==, 1);
  g_log_set_default_handler (handler, NULL);

  return NULL;
}

static DexFuture *
test_after (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (DexFuture) forever = dex_future_first (mtx_future_after (G_MAXINT64), NULL);
  gint64                start = g_get_monotonic_time ();

  g_assert_true (dex_await_boolean (mtx_future_after (20), &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 20000);

  g_assert_true (dex_await_boolean (mtx_future_after (-5), &error));
  g_assert_no_error (error);

  /* A wait that would overflow does not come true at once. */
  g_assert_true (dex_await_boolean (mtx_future_after (1), &error));
  g_assert_no_error (error);
  g_assert_true (dex_future_is_pending (forever));

  return NULL;
}

static DexFuture *
test_fake_clock (gpointer data)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (DexFuture) late = NULL;
  g_autoptr (DexFuture) early = NULL;
  g_autoptr (DexFuture) dropped = NULL;

  mtx_fake_clock_install ();
  late = mtx_future_after (60 * 60 * 1000);
  early = mtx_future_after (1000);
  dropped = dex_future_first (mtx_future_after (10), NULL);
  g_assert_cmpuint (mtx_fake_clock_count (), ==, 3);
  g_assert_cmpint (mtx_fake_clock_next (), ==, 10);
  dex_clear (&dropped);
  g_assert_cmpuint (mtx_fake_clock_count (), ==, 2);
  g_assert_cmpint (mtx_fake_clock_next (), ==, 1000);

  mtx_fake_clock_advance (999);
  g_assert_true (dex_future_is_pending (early));
  mtx_fake_clock_advance (1);
  g_assert_true (dex_await_boolean (dex_ref (early), &error));
  g_assert_true (dex_future_is_pending (late));
  mtx_fake_clock_advance (60 * 60 * 1000 - 1000);
  g_assert_true (dex_await_boolean (dex_ref (late), &error));
  g_assert_no_error (error);
  g_assert_cmpint (mtx_fake_clock_next (), ==, -1);
  mtx_fake_clock_uninstall ();

  return NULL;
}

typedef struct
{
  DexPromise *awaited;
  GError     *first;
  GError     *second;
  gboolean    ended;
} Cancelled;

static DexFuture *
await_twice (gpointer data)
{
  Cancelled *self = data;

  dex_await (dex_ref (DEX_FUTURE (self->awaited)), &self->first);
  dex_await (mtx_future_after (G_MAXINT64), &self->second);
  self->ended = TRUE;

  return dex_future_new_true ();
}

static DexFuture *
nest (gpointer data)
{
  return mtx_fiber_spawn ("inner", await_twice, data, NULL);
}

static DexFuture *
pass_on (DexFuture *future,
         gpointer   data)
{
  return dex_ref (future);
}

static gboolean
has_ended (gpointer data)
{
  return ((Cancelled *)data)->ended;
}

/* Nobody wants the result any more, and in the same moment what the fiber waits for comes true. It ends, every
 * await of it fails, and other fibers go on: libdex 0.10 alone loses its queues here. */
static DexFuture *
test_cancel (gpointer data)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GError) error = NULL;
      Cancelled          cancelled = { .awaited = dex_promise_new () };
      DexFuture         *dependent = NULL;
      int                freed = 0;

      dependent = dex_future_finally (mtx_fiber_spawn ("outer", i % 2 ? nest : await_twice, &cancelled, NULL), pass_on, NULL, NULL);
      g_assert_true (dex_await (mtx_future_after (0), &error));
      dex_clear (&dependent);
      if (i % 4 < 2)
        dex_promise_resolve_boolean (cancelled.awaited, TRUE);
      g_assert_cmpint (dex_await_int (mtx_fiber_spawn ("answer", answer, &freed, count), &error), ==, 42);
      g_assert_true (dex_await (mtx_test_wait_until (has_ended, &cancelled, 10000), &error));
      g_assert_no_error (error);
      g_assert_error (cancelled.first, DEX_ERROR, DEX_ERROR_FIBER_CANCELLED);
      g_assert_error (cancelled.second, DEX_ERROR, DEX_ERROR_FIBER_CANCELLED);
      g_clear_error (&cancelled.first);
      g_clear_error (&cancelled.second);
      dex_unref (cancelled.awaited);
    }

  return NULL;
}

static gboolean
never (gpointer data)
{
  return FALSE;
}

static DexFuture *
test_wait_until (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (mtx_test_wait_until (never, NULL, 5), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FAILED);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/base/fiber/spawn", test_spawn);
  mtx_test_add_fiber ("/base/fiber/stack", test_stack);
  mtx_test_add_fiber ("/base/fiber/cancel", test_cancel);
  mtx_test_add_fiber ("/base/fiber/thread", test_thread);
  mtx_test_add_fiber ("/base/fiber/many-threads", test_many_threads);
  mtx_test_add_fiber ("/base/fiber/dropped-thread", test_dropped_thread);
  mtx_test_add_fiber ("/base/fiber/after", test_after);
  mtx_test_add_fiber ("/base/fiber/fake-clock", test_fake_clock);
  mtx_test_add_fiber ("/base/fiber/wait-until", test_wait_until);
  mtx_test_add_fiber ("/base/fiber/fire", test_fire);

  return g_test_run ();
}
