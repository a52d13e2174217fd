/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A queue from fibers to the main loop.
 */
#include "mtx-outside-private.h"

#include "mtx-fiber.h"

typedef struct
{
  MtxOutsideFunc func;
  gpointer       data;
  GDestroyNotify destroy;
} Call;

typedef struct
{
  GWeakRef    object;
  guint       n_pspecs;
  GParamSpec *pspecs[];
} Notification;

/* Main thread only, as fibers are. */
static GQueue calls = G_QUEUE_INIT;

static gboolean
run_calls (gpointer data)
{
  /* What is added meanwhile has its turn after what waits already. */
  for (guint n = calls.length; n > 0; n--)
    {
      g_autofree Call *call = g_queue_pop_head (&calls);

      call->func (call->data);
      if (call->destroy != NULL)
        call->destroy (call->data);
    }

  return calls.length > 0;
}

/**
 * _mtx_outside_queue:
 * @func: what to do
 * @data: (nullable): passed to @func
 * @destroy: (nullable): frees @data
 *
 * Calls @func in the next turn of the main loop, before anything else, and after what was queued before.
 */
void
_mtx_outside_queue (MtxOutsideFunc func,
                    gpointer       data,
                    GDestroyNotify destroy)
{
  Call *call = g_new0 (Call, 1);

  call->func = func;
  call->data = data;
  call->destroy = destroy;
  g_queue_push_tail (&calls, call);
  if (calls.length == 1)
    g_idle_add_full (G_PRIORITY_HIGH, run_calls, NULL, NULL);
}

/**
 * mtx_outside_call:
 * @func: what to do
 * @data: (nullable): passed to @func
 * @destroy: (nullable): frees @data
 *
 * Calls @func at once, or, from a fiber, as soon as the main loop runs again, in the order of the calls. What the
 * fiber waits for then, and whoever waits for the fiber, comes later.
 */
void
mtx_outside_call (MtxOutsideFunc func,
                  gpointer       data,
                  GDestroyNotify destroy)
{
  g_return_if_fail (func != NULL);

  if (mtx_fiber_is_running ())
    {
      _mtx_outside_queue (func, data, destroy);
      return;
    }

  func (data);
  if (destroy != NULL)
    destroy (data);
}

static void
notification_free (gpointer data)
{
  Notification *self = data;

  g_weak_ref_clear (&self->object);
  for (guint i = 0; i < self->n_pspecs; i++)
    g_param_spec_unref (self->pspecs[i]);
  g_free (self);
}

static void
notify (gpointer data)
{
  Notification          *self = data;
  g_autoptr (GObject)    object = g_weak_ref_get (&self->object);
  g_autoptr (GTypeClass) klass = g_type_class_ref (G_TYPE_OBJECT);

  if (object != NULL)
    G_OBJECT_CLASS (klass)->dispatch_properties_changed (object, self->n_pspecs, self->pspecs);
}

static gboolean
is_heard (GObject     *object,
          guint        n_pspecs,
          GParamSpec **pspecs)
{
  static guint notify_id;
  gboolean     heard = FALSE;

  if (notify_id == 0)
    notify_id = g_signal_lookup ("notify", G_TYPE_OBJECT);

  heard = g_signal_has_handler_pending (object, notify_id, 0, TRUE);
  for (guint i = 0; i < n_pspecs && !heard; i++)
    heard = g_signal_has_handler_pending (object, notify_id, g_param_spec_get_name_quark (pspecs[i]), TRUE);

  return heard;
}

static void
dispatch_properties_changed (GObject     *object,
                             guint        n_pspecs,
                             GParamSpec **pspecs)
{
  Notification *self = NULL;

  if (!is_heard (object, n_pspecs, pspecs))
    return;

  self = g_malloc0 (sizeof *self + n_pspecs * sizeof *pspecs);
  g_weak_ref_init (&self->object, object);
  self->n_pspecs = n_pspecs;
  for (guint i = 0; i < n_pspecs; i++)
    self->pspecs[i] = g_param_spec_ref (pspecs[i]);
  mtx_outside_call (notify, self, notification_free);
}

/**
 * mtx_outside_notify:
 * @klass: a class derived from #GObject itself
 *
 * Makes the class's objects tell changes of their properties outside of fibers. The new values are there at once;
 * #GObject::notify comes when the fiber has gone back to the main loop. For every class that the screens look at,
 * from its class_init.
 */
void
mtx_outside_notify (GObjectClass *klass)
{
  klass->dispatch_properties_changed = dispatch_properties_changed;
}
