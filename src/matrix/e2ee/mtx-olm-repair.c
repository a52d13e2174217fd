/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Begins Olm sessions anew where they broke (specification, § Recovering from undecryptable messages). Anybody who
 * can put rubbish under a device's name could make us claim keys for ever, so it is done once an hour for each
 * device at most, over restarts (threat 34).
 */
#include "mtx-olm-repair.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-device-trouble-store.h"
#include "mtx-http.h"
#include "mtx-olm-claims.h"
#include "mtx-turns.h"

struct _MtxOlmRepair
{
  GObject parent_instance;

  /* owned */
  MtxCryptoEngine *engine;
  MtxOlmClaims    *claims;
  MtxTurns         turns;
};

G_DEFINE_FINAL_TYPE (MtxOlmRepair, mtx_olm_repair, G_TYPE_OBJECT)

/* A clock that was set back says nothing; a small correction does not count as such. */
static gboolean
is_due (const MtxWedgedDeviceRow *row,
        gint64                    now_ms)
{
  return ABS (now_ms - row->began_at) >= MTX_OLM_REPAIR_INTERVAL_MS;
}

static GPtrArray *
load_devices (MtxOlmRepair *self,
              GPtrArray    *wedged,
              GError      **error)
{
  g_autoptr (GPtrArray) users = g_ptr_array_new ();

  for (guint i = 0; i < wedged->len; i++)
    g_ptr_array_add (users, (gpointer)((MtxWedgedDeviceRow *)g_ptr_array_index (wedged, i))->user_id);
  g_ptr_array_add (users, NULL);

  return dex_await_boxed (mtx_device_store_load_devices (mtx_crypto_engine_get_db (self->engine), (const char *const *)users->pdata),
                          error);
}

static MtxDeviceRow *
find_device (GPtrArray                *devices,
             const MtxWedgedDeviceRow *row)
{
  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (!device->deleted && g_str_equal (device->user_id, row->user_id) && g_str_equal (device->curve25519, row->curve25519))
        return device;
    }

  return NULL;
}

/* The devices it is time for. Those that are gone are forgotten. */
static GPtrArray *
pick_due (GPtrArray    *wedged,
          GPtrArray    *devices,
          gint64        now_ms,
          MtxChangeSet *changes)
{
  GPtrArray *due = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);

  for (guint i = 0; i < wedged->len; i++)
    {
      const MtxWedgedDeviceRow *row = g_ptr_array_index (wedged, i);
      MtxDeviceRow             *device = find_device (devices, row);

      if (device != NULL && is_due (row, now_ms))
        {
          g_ptr_array_add (due, mtx_device_row_ref (device));
        }
      else if (device == NULL)
        {
          MtxWedgedDeviceRow gone = *row;

          gone.wanted = FALSE;
          mtx_device_trouble_store_put_wedged (changes, &gone);
        }
    }

  return due;
}

/* Who offers no key to begin with is asked again in an hour, not with every sync. */
static void
put_off (GPtrArray    *due,
         GPtrArray    *begun,
         gint64        now_ms,
         MtxChangeSet *changes)
{
  for (guint i = 0; i < due->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (due, i);

      if (!g_ptr_array_find (begun, device, NULL))
        mtx_device_trouble_store_put_wedged (changes,
                                             &(MtxWedgedDeviceRow){
                                                 .user_id = device->user_id,
                                                 .curve25519 = device->curve25519,
                                                 .wanted = TRUE,
                                                 .began_at = now_ms,
                                             });
    }
}

static gboolean
commit (MtxOlmRepair *self,
        MtxChangeSet *changes,
        GError      **error)
{
  return mtx_change_set_is_empty (changes) || dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error);
}

static DexFuture *
run_fiber (gpointer data)
{
  MtxOlmRepair            *self = data;
  gint64                   now_ms = g_get_real_time () / 1000;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GPtrArray)    wedged = NULL;
  g_autoptr (GPtrArray)    devices = NULL;
  g_autoptr (GPtrArray)    due = NULL;
  g_autoptr (GPtrArray)    begun = NULL;
  g_autoptr (GError)       error = NULL;

  wedged = dex_await_boxed (mtx_device_trouble_store_load_wedged (mtx_crypto_engine_get_db (self->engine)), &error);
  if (wedged == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (wedged->len == 0)
    return dex_future_new_true ();
  devices = load_devices (self, wedged, &error);
  if (devices == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  due = pick_due (wedged, devices, now_ms, changes);
  if (due->len > 0)
    {
      begun = dex_await_boxed (mtx_olm_claims_renew (self->claims, due), &error);
      if (begun == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
      put_off (due, begun, now_ms, changes);
      if (begun->len > 0 && !dex_await (_mtx_crypto_engine_send_dummies (self->engine, begun), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return commit (self, changes, &error) ? dex_future_new_true () : dex_future_new_for_error (g_steal_pointer (&error));
}

static void
mtx_olm_repair_finalize (GObject *object)
{
  MtxOlmRepair *self = MTX_OLM_REPAIR (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->engine);
  g_clear_object (&self->claims);

  G_OBJECT_CLASS (mtx_olm_repair_parent_class)->finalize (object);
}

static void
mtx_olm_repair_class_init (MtxOlmRepairClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_olm_repair_finalize;
}

static void
mtx_olm_repair_init (MtxOlmRepair *self)
{
}

/**
 * mtx_olm_repair_new:
 * @http: the connection
 * @engine: the engine
 *
 * Returns: (transfer full): a repair
 */
MtxOlmRepair *
mtx_olm_repair_new (MtxHttp         *http,
                    MtxCryptoEngine *engine)
{
  MtxOlmRepair *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);

  self = g_object_new (MTX_TYPE_OLM_REPAIR, NULL);
  self->engine = g_object_ref (engine);
  self->claims = mtx_olm_claims_new (http, engine);

  return self;
}

/**
 * mtx_olm_repair_run:
 * @self: a repair
 *
 * Begins a new session with every device of which something came that could not be read, unless that was done
 * within the last hour, and packs an `m.dummy` for it. Sending what was packed is the caller's.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with the request's error
 */
DexFuture *
mtx_olm_repair_run (MtxOlmRepair *self)
{
  g_return_val_if_fail (MTX_IS_OLM_REPAIR (self), NULL);

  return mtx_turns_take (&self->turns, "olm-repair", run_fiber, g_object_ref (self), g_object_unref);
}
