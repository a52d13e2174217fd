/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Olm sessions with other devices: begun, and begun anew where one broke. Each command commits the ratchets it
 * turned, and what was made with them, before it resolves.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"
#include "mtx-device-trouble-store.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-olm-packer.h"
#include "mtx-olm-peer.h"
#include "mtx-signed-json.h"

/**
 * _mtx_claimed_key_free:
 * @memory: (transfer full): a #MtxClaimedKey
 *
 * Frees it.
 */
void
_mtx_claimed_key_free (gpointer memory)
{
  MtxClaimedKey *key = memory;

  g_clear_pointer (&key->device, mtx_device_row_unref);
  g_clear_pointer (&key->key_id, g_free);
  g_clear_pointer (&key->untrusted_key, json_object_unref);
  g_free (key);
}

typedef struct
{
  MtxRatchets  *ratchets;
  gint64        now_ms;
  GPtrArray    *claimed_keys; /* borrowed from the command */
  GPtrArray    *begun;        /* of MtxDeviceRow */
  MtxChangeSet *changes;
} BeginJob;

static void
begin_job_clear (BeginJob *job)
{
  g_clear_pointer (&job->begun, g_ptr_array_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BeginJob, begin_job_clear)

/* The server hands the key out, so only the device's own signature says whose it is (threats 13, 23). */
static gboolean
begin_session (BeginJob            *job,
               const MtxClaimedKey *claimed,
               GError             **error)
{
  g_autoptr (MtxOlmPeer)    peer = mtx_olm_peer_new (claimed->device->curve25519);
  g_autoptr (MtxOlmSession) session = NULL;
  g_autofree char          *device_key_id = g_strconcat ("ed25519:", claimed->device->device_id, NULL);
  const char               *key = mtx_json_get_string (claimed->untrusted_key, "key");

  if (key == NULL || !g_str_has_prefix (claimed->key_id, "signed_curve25519:"))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Not a signed one-time key");
      return FALSE;
    }
  if (!mtx_signed_json_verify (claimed->untrusted_key,
                               claimed->device->user_id,
                               device_key_id,
                               claimed->device->ed25519,
                               error))
    return FALSE;

  session = mtx_olm_account_create_outbound (job->ratchets->account, claimed->device->curve25519, key, error);
  if (session == NULL)
    return FALSE;

  mtx_olm_peer_add_outbound (peer, session, job->now_ms);

  return mtx_olm_peer_save (peer, job->ratchets->master_key, job->changes, error);
}

static DexFuture *
begin_job (gpointer data)
{
  BeginJob *job = data;

  for (guint i = 0; i < job->claimed_keys->len; i++)
    {
      const MtxClaimedKey *claimed = g_ptr_array_index (job->claimed_keys, i);
      g_autoptr (GError)   error = NULL;

      if (begin_session (job, claimed, &error))
        g_ptr_array_add (job->begun, mtx_device_row_ref (claimed->device));
      else
        g_debug ("A one-time key was refused: %s", error->message);
    }

  return dex_future_new_true ();
}

static DexFuture *
begin_command (MtxCryptoEngine *self,
               gpointer         data)
{
  g_auto (BeginJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .now_ms = g_get_real_time () / 1000,
    .claimed_keys = data,
    .begun = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref),
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  if (!_mtx_crypto_engine_work (self, begin_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&job.begun));
}

/**
 * _mtx_crypto_engine_begin_sessions:
 * @self: an engine
 * @claimed_keys: (element-type MtxClaimedKey): one-time keys as the server gave them; not to be touched until
 *   the future settles
 *
 * Begins an Olm session with each device whose one-time key is really its own.
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of the #MtxDeviceRow with a session now
 */
DexFuture *
_mtx_crypto_engine_begin_sessions (MtxCryptoEngine *self,
                                   GPtrArray       *claimed_keys)
{
  return _mtx_crypto_engine_command (self, begin_command, g_ptr_array_ref (claimed_keys), (GDestroyNotify)g_ptr_array_unref);
}

/**
 * _mtx_crypto_engine_load_olm_sessions:
 * @self: an engine
 * @devices: (element-type MtxDeviceRow): devices
 * @error: return location for an error
 *
 * For commands: loads all sessions with these devices.
 *
 * Returns: (transfer full) (nullable) (element-type MtxOlmSessionRow): the sessions, or %NULL with an error
 */
GPtrArray *
_mtx_crypto_engine_load_olm_sessions (MtxCryptoEngine *self,
                                      GPtrArray       *devices,
                                      GError         **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();

  for (guint i = 0; i < devices->len; i++)
    g_ptr_array_add (keys, (gpointer)((MtxDeviceRow *)g_ptr_array_index (devices, i))->curve25519);
  g_ptr_array_add (keys, NULL);

  return dex_await_boxed (mtx_crypto_store_load_olm_sessions (mtx_crypto_engine_get_db (self), (const char *const *)keys->pdata),
                          error);
}

typedef struct
{
  MtxRatchets  *ratchets;
  GPtrArray    *devices; /* borrowed from the command */
  GPtrArray    *olm_sessions;
  MtxChangeSet *changes;
} DummyJob;

static void
dummy_job_clear (DummyJob *job)
{
  g_clear_pointer (&job->olm_sessions, g_ptr_array_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DummyJob, dummy_job_clear)

static DexFuture *
dummy_job (gpointer data)
{
  DummyJob                *job = data;
  g_autoptr (MtxOlmPacker) packer = mtx_olm_packer_new (job->ratchets, job->olm_sessions, NULL, NULL, job->changes);
  g_autoptr (JsonObject)   nothing = json_object_new ();
  gint64                   now_ms = g_get_real_time () / 1000;
  g_autoptr (GError)       error = NULL;

  for (guint i = 0; i < job->devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (job->devices, i);

      if (mtx_olm_packer_add (packer, device, "m.dummy", nothing, NULL, &error) == MTX_OLM_FAILED)
        return dex_future_new_for_error (g_steal_pointer (&error));

      mtx_device_trouble_store_put_wedged (job->changes,
                                           &(MtxWedgedDeviceRow){
                                               .user_id = device->user_id,
                                               .curve25519 = device->curve25519,
                                               .began_at = now_ms,
                                           });
      mtx_room_key_store_put_shares_again (job->changes, device->user_id, device->curve25519);
    }
  mtx_olm_packer_finish (packer);

  return dex_future_new_true ();
}

static DexFuture *
dummy_command (MtxCryptoEngine *self,
               gpointer         data)
{
  g_auto (DummyJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .devices = data,
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  job.olm_sessions = _mtx_crypto_engine_load_olm_sessions (self, job.devices, &error);
  if (job.olm_sessions == NULL || !_mtx_crypto_engine_work (self, dummy_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/**
 * _mtx_crypto_engine_send_dummies:
 * @self: an engine
 * @devices: (element-type MtxDeviceRow): devices with which a new session was just begun
 *
 * Packs an `m.dummy` for each, which makes them use the new session (specification, § Recovering from undecryptable
 * messages), notes that this was done, and that the room keys in use have to be sent to them once more (M34).
 *
 * Returns: (transfer full): a future that resolves to %TRUE after the commit
 */
DexFuture *
_mtx_crypto_engine_send_dummies (MtxCryptoEngine *self,
                                 GPtrArray       *devices)
{
  return _mtx_crypto_engine_command (self, dummy_command, g_ptr_array_ref (devices), (GDestroyNotify)g_ptr_array_unref);
}
