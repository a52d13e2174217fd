/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only caller of libdex's scheduler (style.md, section 3): one stack size, names, threads, and the
 * one place where a future may be let go.
 */
#include "mtx-fiber-private.h"

#include "mtx-error.h"
#include "mtx-outside-private.h"

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

/* One fiber, from spawning to its end. */
typedef struct
{
  DexFiberFunc   func;
  gpointer       data;
  GDestroyNotify destroy;
  const char    *name;
  DexPromise    *result; /* what the spawner got */
  DexPromise    *cancel; /* rejected once nobody wants the result */
} Fiber;

static MtxDelayFunc delay_func;

/* The fiber that runs; NULL while none does. Each sets it again when it comes back from an await. */
static Fiber *current;

/* How a fiber ended, on its way to whoever waits. */
typedef struct
{
  DexPromise *promise;
  GValue      value; /* or unset: an error */
  GError     *error;
} Result;

static void
fiber_free (gpointer data)
{
  Fiber *self = data;

  dex_unref (self->result);
  dex_unref (self->cancel);
  g_free (self);
}

/* Puts an end to the fiber's wait for @future (taken) when nobody waits for the fiber. */
static DexFuture *
until_cancelled (Fiber     *self,
                 DexFuture *future)
{
  if (self == NULL || !dex_future_is_pending (future))
    return future;

  return dex_future_first (future, dex_ref (DEX_FUTURE (self->cancel)), NULL);
}

/* Each is libdex's function of the same name, except that it ends with %DEX_ERROR_FIBER_CANCELLED, at once
 * and from then on, when the result of the fiber is no longer wanted. */
#define DEFINE_AWAIT(name, Type)                                        \
  Type mtx_##name (DexFuture *future, GError **error)                   \
  {                                                                     \
    Fiber     *self = current;                                          \
    DexFuture *awaited = until_cancelled (self, future);                \
    Type       value = (current = NULL, (dex_##name) (awaited, error)); \
                                                                        \
    current = self;                                                     \
                                                                        \
    return value;                                                       \
  }

DEFINE_AWAIT (await, gboolean)
DEFINE_AWAIT (await_boolean, gboolean)
DEFINE_AWAIT (await_boxed, gpointer)
DEFINE_AWAIT (await_int, int)
DEFINE_AWAIT (await_int64, gint64)
DEFINE_AWAIT (await_object, gpointer)
DEFINE_AWAIT (await_string, char *)
DEFINE_AWAIT (await_uint, guint)
DEFINE_AWAIT (await_variant, GVariant *)

static void
result_unwanted_cb (GCancellable *cancellable,
                    DexPromise   *cancel)
{
  if (dex_future_is_pending (DEX_FUTURE (cancel)))
    dex_promise_reject (cancel, g_error_new_literal (DEX_ERROR, DEX_ERROR_FIBER_CANCELLED, "The fiber was cancelled"));
}

static void
result_free (gpointer data)
{
  Result *result = data;

  dex_unref (result->promise);
  if (G_IS_VALUE (&result->value))
    g_value_unset (&result->value);
  g_clear_error (&result->error);
  g_free (result);
}

static void
result_tell (gpointer data)
{
  Result *result = data;

  if (G_IS_VALUE (&result->value))
    dex_promise_resolve (result->promise, &result->value);
  else
    dex_promise_reject (result->promise, g_steal_pointer (&result->error));
}

/* Gets what the body returned, waiting for it if need be. */
static Result *
fiber_finish (Fiber     *self,
              DexFuture *returned)
{
  Result       *result = g_new0 (Result, 1);
  const GValue *value = NULL;

  result->promise = dex_ref (self->result);
  if (returned == NULL)
    g_set_error (&result->error, DEX_ERROR, DEX_ERROR_FIBER_EXITED, "The fiber %s ended without a result", self->name);
  else if (dex_await (dex_ref (returned), &result->error))
    value = dex_future_get_value (returned, &result->error);

  if (value != NULL)
    {
      g_value_init (&result->value, G_VALUE_TYPE (value));
      g_value_copy (value, &result->value);
    }

  return result;
}

static DexFuture *
fiber_run (gpointer data)
{
  Fiber                *self = data;
  g_autoptr (DexFuture) returned = NULL;
  Result               *result = NULL;

  current = self;
  returned = self->func (self->data);
  result = fiber_finish (self, returned);
  if (self->destroy != NULL)
    self->destroy (self->data);
  current = NULL;

  /* Whoever hears of it is not on this stack, and has heard before what the fiber changed. */
  _mtx_outside_queue (result_tell, result, result_free);

  return dex_future_new_true ();
}

/**
 * mtx_fiber_spawn:
 * @static_name: a literal that names the fiber in debuggers
 * @func: the body; it returns a future, or %NULL which rejects
 * @data: (nullable): passed to @func
 * @destroy: (nullable): frees @data once @func is done
 *
 * Starts a fiber on the main scheduler. To cancel it, drop a future that depends on the one returned
 * (`dex_future_then ()`, `_finally ()`, `_all ()`, `_first ()`): dropping this one alone does not. What the
 * fiber awaits is dropped then, and this and every later await in it ends with %DEX_ERROR_FIBER_CANCELLED.
 *
 * Returns: (transfer full): a future that resolves or rejects with what the future returned by @func does
 */
DexFuture *
mtx_fiber_spawn (const char    *static_name,
                 DexFiberFunc   func,
                 gpointer       data,
                 GDestroyNotify destroy)
{
  Fiber     *self = NULL;
  DexFuture *result = NULL;
  DexFuture *fiber = NULL;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (Fiber, 1);
  self->func = func;
  self->data = data;
  self->destroy = destroy;
  self->name = static_name;
  self->result = dex_promise_new_cancellable ();
  self->cancel = dex_promise_new ();
  result = dex_ref (DEX_FUTURE (self->result));
  dex_future_set_static_name (result, static_name);
  g_cancellable_connect (dex_promise_get_cancellable (self->result), G_CALLBACK (result_unwanted_cb),
                         dex_ref (self->cancel), dex_unref);

  fiber = dex_scheduler_spawn (dex_scheduler_get_default (), FIBER_STACK_BYTES, fiber_run, self, fiber_free);
  dex_future_set_static_name (fiber, static_name);
  dex_unref (fiber);

  return result;
}

/**
 * mtx_fiber_is_running:
 *
 * Returns: whether the caller is called by a fiber
 */
gboolean
mtx_fiber_is_running (void)
{
  return current != NULL;
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

  /* No time at all is a turn of the main loop, which nobody moves by hand. */
  if (delay_func != NULL && wait_ms > 0)
    return delay_func (wait_ms);

  return dex_future_catch (dex_timeout_new_deadline (g_get_monotonic_time () + wait_ms * 1000),
                           resolve_when_elapsed, NULL, NULL);
}

/**
 * _mtx_fiber_set_delay_func:
 * @func: (nullable): answers every [func@Mtx.future_after] of more than no time from now on, or %NULL for real time
 *
 * Lets a test move time by hand. Main thread only.
 */
void
_mtx_fiber_set_delay_func (MtxDelayFunc func)
{
  delay_func = func;
}
