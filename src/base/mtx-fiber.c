/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only caller of libdex's scheduler (style.md, section 3): one stack size, names, threads, and the
 * one place where a future may be let go.
 */
#include "mtx-fiber-private.h"

#include "mtx-error.h"

/* json-glib and the resolver need more than libdex's 128 KiB; a bigger stack costs address space only. */
#define FIBER_STACK_BYTES (1024 * 1024)
#define MAX_DELAY_MS      (G_GINT64_CONSTANT (365) * 24 * 60 * 60 * 1000)

typedef struct
{
  MtxThreadFunc  func;
  gpointer       data;
  GDestroyNotify destroy;
  DexPromise    *promise;
} ThreadJob;

static MtxDelayFunc delay_func;

/**
 * mtx_fiber_spawn:
 * @static_name: a literal that names the fiber in debuggers
 * @func: the body; it returns a future, or %NULL which rejects
 * @data: (nullable): passed to @func
 * @destroy: (nullable): frees @data once @func is done
 *
 * Starts a fiber on the main scheduler. To cancel it, drop a future that depends on the one returned
 * (`dex_future_then ()`, `_finally ()`, `_all ()`, `_first ()`): dropping this one alone does not.
 *
 * Returns: (transfer full): a future that resolves or rejects with what the future returned by @func does
 */
DexFuture *
mtx_fiber_spawn (const char    *static_name,
                 DexFiberFunc   func,
                 gpointer       data,
                 GDestroyNotify destroy)
{
  DexFuture *fiber;

  g_return_val_if_fail (func != NULL, NULL);

  fiber = dex_scheduler_spawn (dex_scheduler_get_default (), FIBER_STACK_BYTES, func, data, destroy);
  dex_future_set_static_name (fiber, static_name);

  return fiber;
}

/**
 * _mtx_thread_func_settle:
 * @func: a thread's work
 * @data: (nullable): passed to @func
 * @destroy: (nullable): frees @data
 * @promise: (transfer full): what to settle
 *
 * Does the work in the calling thread and passes its result on. Data is freed before the promise
 * settles, so that whoever awaits it finds the thread's things gone.
 */
void
_mtx_thread_func_settle (MtxThreadFunc  func,
                         gpointer       data,
                         GDestroyNotify destroy,
                         DexPromise    *promise)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (DexFuture) settled = func (data);
  const GValue         *value = NULL;

  if (settled != NULL)
    value = dex_future_get_value (settled, &error);
  else
    error = g_error_new_literal (MTX_ERROR, MTX_ERROR_FAILED, "The thread's work had no result");

  if (destroy != NULL)
    destroy (data);

  if (value != NULL)
    dex_promise_resolve (promise, value);
  else
    dex_promise_reject (promise, g_steal_pointer (&error));

  dex_unref (promise);
}

static void
run_thread_job (gpointer item,
                gpointer user_data)
{
  g_autofree ThreadJob *job = item;

  _mtx_thread_func_settle (job->func, job->data, job->destroy, job->promise);
}

static GThreadPool *
get_thread_pool (void)
{
  static GThreadPool *pool;

  if (g_once_init_enter_pointer (&pool))
    {
      int          n_threads = (int)MAX (2, g_get_num_processors ());
      GThreadPool *created = g_thread_pool_new (run_thread_job, NULL, n_threads, FALSE, NULL);

      g_once_init_leave_pointer (&pool, created);
    }

  return pool;
}

/**
 * mtx_thread_run:
 * @static_name: a literal that names the work in debuggers
 * @func: what to do; called in a worker thread, returns a future that is already settled
 * @data: (nullable): passed to @func, which is its only user until it returns
 * @destroy: (nullable): frees @data in the worker thread, after @func and before the future settles
 *
 * Runs work that would keep the main loop busy. Once started it runs to its end; dropping the future
 * only means that nobody hears of the result.
 *
 * Returns: (transfer full): a future that resolves or rejects with what the future returned by @func does
 */
DexFuture *
mtx_thread_run (const char    *static_name,
                MtxThreadFunc  func,
                gpointer       data,
                GDestroyNotify destroy)
{
  DexPromise *promise = NULL;
  ThreadJob  *job = NULL;

  g_return_val_if_fail (func != NULL, NULL);

  promise = dex_promise_new ();
  dex_future_set_static_name (DEX_FUTURE (promise), static_name);

  job = g_new0 (ThreadJob, 1);
  job->func = func;
  job->data = data;
  job->destroy = destroy;
  job->promise = dex_ref (promise);
  g_thread_pool_push (get_thread_pool (), job, NULL);

  return DEX_FUTURE (promise);
}

static DexFuture *
report_failure (DexFuture *future,
                gpointer   user_data)
{
  const char        *what = user_data;
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);

  /* Domain and code only: a message may quote what it failed on. */
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && !g_error_matches (error, DEX_ERROR, DEX_ERROR_FIBER_CANCELLED))
    g_info ("%s failed: %s %d", what, g_quark_to_string (error->domain), error->code);

  return dex_future_new_true ();
}

/**
 * mtx_fiber_fire:
 * @future: (transfer full): what nobody waits for
 * @static_what: a literal for the log, such as "Trimming the cache"
 *
 * Lets @future run to its end. If it rejects with anything but cancellation, the log says so.
 */
void
mtx_fiber_fire (DexFuture  *future,
                const char *static_what)
{
  g_return_if_fail (DEX_IS_FUTURE (future));
  g_return_if_fail (static_what != NULL);

  dex_future_disown (dex_future_catch (future, report_failure, (gpointer)static_what, NULL));
}

static DexFuture *
resolve_when_elapsed (DexFuture *timeout,
                      gpointer   user_data)
{
  g_autoptr (GError) error = NULL;

  dex_future_get_value (timeout, &error);
  if (g_error_matches (error, DEX_ERROR, DEX_ERROR_TIMED_OUT))
    return dex_future_new_true ();

  return NULL;
}

/**
 * mtx_future_after:
 * @delay_ms: milliseconds; less than 0 counts as 0
 *
 * Waits.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once @delay_ms have passed
 */
DexFuture *
mtx_future_after (gint64 delay_ms)
{
  gint64 wait_ms = CLAMP (delay_ms, 0, MAX_DELAY_MS);

  if (delay_func != NULL)
    return delay_func (wait_ms);

  return dex_future_catch (dex_timeout_new_deadline (g_get_monotonic_time () + wait_ms * 1000),
                           resolve_when_elapsed, NULL, NULL);
}

/**
 * _mtx_fiber_set_delay_func:
 * @func: (nullable): answers every [func@Mtx.future_after] from now on, or %NULL for real time
 *
 * Lets a test move time by hand. Main thread only.
 */
void
_mtx_fiber_set_delay_func (MtxDelayFunc func)
{
  delay_func = func;
}
