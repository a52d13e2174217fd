/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys packed for devices. The command commits the ratchets it turned, and what was made with them, before it
 * resolves.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-error.h"
#include "mtx-olm-packer.h"

typedef struct
{
  MtxRoomCryptoInfo *info;
  GPtrArray         *devices; /* of MtxDeviceRow */
} ShareCommand;

static void
share_command_free (gpointer memory)
{
  ShareCommand *command = memory;

  g_clear_pointer (&command->info, mtx_room_crypto_info_unref);
  g_clear_pointer (&command->devices, g_ptr_array_unref);
  g_free (command);
}

typedef struct
{
  MtxRatchets           *ratchets;
  GPtrArray             *devices; /* borrowed from the command */
  MtxOutboundSessionRow *stored;
  GPtrArray             *olm_sessions; /* of MtxOlmSessionRow */
  GPtrArray             *left_out;     /* of MtxDeviceRow: no Olm session */
  guint32                message_index;
  MtxChangeSet          *changes;
} ShareJob;

static void
share_job_clear (ShareJob *job)
{
  g_clear_pointer (&job->stored, mtx_outbound_session_row_unref);
  g_clear_pointer (&job->olm_sessions, g_ptr_array_unref);
  g_clear_pointer (&job->left_out, g_ptr_array_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShareJob, share_job_clear)

/* Returns FALSE with an error only if the command as a whole must be given up. */
static gboolean
share_with (ShareJob     *job,
            MtxOlmPacker *packer,
            MtxDeviceRow *device,
            JsonObject   *room_key,
            GError      **error)
{
  const char *txn_id = NULL;

  switch (mtx_olm_packer_add (packer, device, "m.room_key", room_key, &txn_id, error))
    {
    case MTX_OLM_PACKED:
      break;

    case MTX_OLM_NO_SESSION:
      g_ptr_array_add (job->left_out, mtx_device_row_ref (device));
      return TRUE;

    case MTX_OLM_FAILED:
    default:
      return FALSE;
    }

  mtx_room_key_store_put_share (job->changes,
                                &(MtxKeyShareRow){
                                    .room_id = job->stored->room_id,
                                    .session_id = job->stored->session_id,
                                    .user_id = device->user_id,
                                    .device_id = device->device_id,
                                    .curve25519 = device->curve25519,
                                    .message_index = job->message_index,
                                    .state = MTX_KEY_SHARE_PENDING,
                                    .txn_id = txn_id,
                                });

  return TRUE;
}

/* The key as it is now: whoever gets it cannot read what was sent before (M25). */
static JsonObject *
build_room_key (ShareJob *job,
                GError  **error)
{
  g_autoptr (MtxMegolmOutbound) session = NULL;
  JsonObject                   *content;
  char                         *session_key;

  session = mtx_megolm_outbound_new_from_pickle (job->stored->sealed,
                                                 job->ratchets->master_key,
                                                 job->stored->room_id,
                                                 job->stored->session_id,
                                                 error);
  if (session == NULL)
    return NULL;
  session_key = mtx_megolm_outbound_dup_session_key (session, error);
  if (session_key == NULL)
    return NULL;

  job->message_index = mtx_megolm_outbound_get_message_index (session);
  content = json_object_new ();
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "room_id", job->stored->room_id);
  json_object_set_string_member (content, "session_id", job->stored->session_id);
  json_object_set_string_member (content, "session_key", session_key);
  json_object_set_boolean_member (content, "shared_history", job->stored->shared_history);
  json_object_set_boolean_member (content, "org.matrix.msc3061.shared_history", job->stored->shared_history); /* Element's SDK */
  mtx_secret_string_free (session_key);

  return content;
}

static DexFuture *
share_job (gpointer data)
{
  ShareJob                *job = data;
  g_autoptr (JsonObject)   room_key = NULL;
  g_autoptr (MtxOlmPacker) packer = NULL;
  g_autoptr (GError)       error = NULL;

  room_key = build_room_key (job, &error);
  if (room_key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  packer = mtx_olm_packer_new (job->ratchets, job->olm_sessions, job->stored->room_id, job->stored->session_id, job->changes);
  for (guint i = 0; i < job->devices->len; i++)
    {
      if (!share_with (job, packer, g_ptr_array_index (job->devices, i), room_key, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
  mtx_olm_packer_finish (packer);

  return dex_future_new_true ();
}

static DexFuture *
share_command (MtxCryptoEngine *self,
               gpointer         data)
{
  ShareCommand     *command = data;
  g_auto (ShareJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .devices = command->devices,
    .left_out = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref),
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  /* No key for the devices of an identity nobody accepted yet (threat 17). */
  if (!_mtx_crypto_engine_check_members (self, command->info, NULL, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (!_mtx_crypto_engine_load_outbound (self, mtx_room_crypto_info_get_room_id (command->info), &job.stored, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (job.stored == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_RETRY_LATER, "The room needs another key");
  job.olm_sessions = _mtx_crypto_engine_load_olm_sessions (self, job.devices, &error);
  if (job.olm_sessions == NULL || !_mtx_crypto_engine_work (self, share_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&job.left_out));
}

/**
 * _mtx_crypto_engine_share_room_key:
 * @self: an engine
 * @info: a room that _mtx_crypto_engine_prepare_room() made a key for
 * @devices: (element-type MtxDeviceRow): who gets it
 *
 * Packs the room key, at its current index, for these devices. The batches are stored with their transaction
 * ids in the transaction that turned the Olm ratchets; sending them is the caller's (M21).
 *
 * Returns: (transfer full): a future that resolves to a boxed #GPtrArray of the #MtxDeviceRow that were left out for
 *   want of an Olm session
 */
DexFuture *
_mtx_crypto_engine_share_room_key (MtxCryptoEngine   *self,
                                   MtxRoomCryptoInfo *info,
                                   GPtrArray         *devices)
{
  ShareCommand *command = g_new0 (ShareCommand, 1);

  command->info = mtx_room_crypto_info_ref (info);
  command->devices = g_ptr_array_ref (devices);

  return _mtx_crypto_engine_command (self, share_command, command, share_command_free);
}
