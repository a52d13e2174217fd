/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One thread, one queue, one future per job.
 */
#include "mtx-worker.h"

#include "mtx-error.h"
#include "mtx-fiber-private.h"

typedef struct
{
  MtxThreadFunc  func; /* NULL: no more jobs will come */
  gpointer       data;
  GDestroyNotify destroy;
  DexPromise    *promise;
} Job;

struct _MtxWorker
{
  GObject parent_instance;

  /* owned */
  GAsyncQueue *jobs;
  GThread     *thread; /* NULL once closing */
  DexFuture   *closed; /* NULL until closing; resolves when the thread is gone */
};

G_DEFINE_FINAL_TYPE (MtxWorker, mtx_worker, G_TYPE_OBJECT)

/* The thread holds the queue, not the object: an object nobody closed can still go away, and its
 * thread ends after the jobs that were queued. */
static gpointer
worker_thread (gpointer data)
{
  g_autoptr (GAsyncQueue) jobs = data;

  for (;;)
    {
      g_autofree Job *job = g_async_queue_pop (jobs);

      if (job->func == NULL)
        return NULL;

      _mtx_thread_func_settle (job->func, job->data, job->destroy, job->promise);
    }
}

static DexFuture *
join_in_thread (gpointer data)
{
  g_thread_join (data);

  return dex_future_new_true ();
}

static void
mtx_worker_finalize (GObject *object)
{
  MtxWorker *self = MTX_WORKER (object);

  if (self->thread != NULL)
    {
      g_async_queue_push (self->jobs, g_new0 (Job, 1));
      g_clear_pointer (&self->thread, g_thread_unref);
    }
  g_clear_pointer (&self->jobs, g_async_queue_unref);
  dex_clear (&self->closed);

  G_OBJECT_CLASS (mtx_worker_parent_class)->finalize (object);
}

static void
mtx_worker_class_init (MtxWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_worker_finalize;
}

static void
mtx_worker_init (MtxWorker *self)
{
  self->jobs = g_async_queue_new ();
}

/**
 * mtx_worker_new:
 * @static_name: a literal of at most 15 bytes that names the thread
 *
 * Starts a thread that waits for jobs.
 *
 * Returns: (transfer full): a worker
 */
MtxWorker *
mtx_worker_new (const char *static_name)
{
  MtxWorker *self = NULL;

  g_return_val_if_fail (static_name != NULL, NULL);

  self = g_object_new (MTX_TYPE_WORKER, NULL);
  self->thread = g_thread_new (static_name, worker_thread, g_async_queue_ref (self->jobs));

  return self;
}

/**
 * mtx_worker_run:
 * @self: a worker
 * @func: what to do; called in the worker's thread, returns a future that is already settled
 * @data: (nullable): passed to @func, which is its only user until it returns
 * @destroy: (nullable): frees @data: in the worker's thread, after @func and before the future settles,
 *   or at once if the worker was closed
 *
 * Queues a job behind those already queued. Once queued it runs, even if nobody waits for the future.
 * Main thread only.
 *
 * Returns: (transfer full): a future that resolves or rejects with what the future returned by @func
 *   does; rejects with %MTX_ERROR_CLOSED if the worker was closed
 */
DexFuture *
mtx_worker_run (MtxWorker     *self,
                MtxThreadFunc  func,
                gpointer       data,
                GDestroyNotify destroy)
{
  DexPromise *promise = NULL;
  Job        *job = NULL;

  g_return_val_if_fail (MTX_IS_WORKER (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  if (self->closed != NULL)
    {
      if (destroy != NULL)
        destroy (data);
      return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The worker was closed");
    }

  promise = dex_promise_new ();
  job = g_new0 (Job, 1);
  job->func = func;
  job->data = data;
  job->destroy = destroy;
  job->promise = dex_ref (promise);
  g_async_queue_push (self->jobs, job);

  return DEX_FUTURE (promise);
}

/**
 * mtx_worker_close:
 * @self: a worker
 *
 * Takes no more jobs, lets those already queued run, and ends the thread. Closing twice is harmless.
 * Main thread only.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once the thread is gone
 */
DexFuture *
mtx_worker_close (MtxWorker *self)
{
  g_return_val_if_fail (MTX_IS_WORKER (self), NULL);

  if (self->closed == NULL)
    {
      g_async_queue_push (self->jobs, g_new0 (Job, 1));
      self->closed = mtx_thread_run ("worker-join", join_in_thread, g_steal_pointer (&self->thread), NULL);
    }

  return dex_ref (self->closed);
}
