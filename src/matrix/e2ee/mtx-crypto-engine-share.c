/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we send to devices: Olm sessions begun, and room keys packed for them. Each command commits the
 * ratchets it turned, and what was made with them, before it resolves.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-megolm-outbound.h"
#include "mtx-olm-payload.h"
#include "mtx-olm-peer.h"
#include "mtx-random.h"
#include "mtx-room-key-store.h"
#include "mtx-signed-json.h"
#include "mtx-to-device-store.h"

/* Devices in one sendToDevice request, and bytes in what one of them gets (M21, M22). */
#define BATCH_MAX_RECIPIENTS 250
#define TO_DEVICE_MAX_BYTES  65536

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

/* One sendToDevice request in the making. */
typedef struct
{
  char       *txn_id;
  JsonObject *messages; /* user → device → content */
  guint       n_recipients;
} Batch;

typedef struct
{
  MtxRatchets           *ratchets;
  MtxRoomCryptoInfo     *info;    /* borrowed from the command */
  GPtrArray             *devices; /* borrowed from the command */
  MtxOutboundSessionRow *stored;
  GPtrArray             *olm_sessions; /* of MtxOlmSessionRow */
  GPtrArray             *left_out;     /* of MtxDeviceRow: no Olm session */
  gint64                 now_ms;
  guint32                message_index;
  Batch                  batch;
  MtxChangeSet          *changes;
} ShareJob;

static void
share_job_clear (ShareJob *job)
{
  g_clear_pointer (&job->stored, mtx_outbound_session_row_unref);
  g_clear_pointer (&job->olm_sessions, g_ptr_array_unref);
  g_clear_pointer (&job->left_out, g_ptr_array_unref);
  g_clear_pointer (&job->batch.txn_id, g_free);
  g_clear_pointer (&job->batch.messages, json_object_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShareJob, share_job_clear)

static void
close_batch (ShareJob *job)
{
  g_autofree char *messages = NULL;

  if (job->batch.n_recipients == 0)
    return;

  messages = mtx_json_to_string (job->batch.messages);
  mtx_to_device_store_put_batch (job->changes,
                                 &(MtxToDeviceBatchRow){
                                     .txn_id = job->batch.txn_id,
                                     .event_type = "m.room.encrypted",
                                     .messages = messages,
                                     .room_id = job->stored->room_id,
                                     .session_id = job->stored->session_id,
                                     .created_at = job->now_ms,
                                 });
  g_clear_pointer (&job->batch.txn_id, g_free);
  g_clear_pointer (&job->batch.messages, json_object_unref);
  job->batch.n_recipients = 0;
}

static gboolean
open_batch (ShareJob *job,
            GError  **error)
{
  if (job->batch.n_recipients >= BATCH_MAX_RECIPIENTS)
    close_batch (job);

  if (job->batch.messages == NULL)
    {
      job->batch.txn_id = mtx_random_dup_token (error);
      if (job->batch.txn_id == NULL)
        return FALSE;
      job->batch.messages = json_object_new ();
    }

  return TRUE;
}

static void
add_to_batch (ShareJob           *job,
              const MtxDeviceRow *device,
              JsonObject         *content)
{
  JsonObject *devices = mtx_json_get_object (job->batch.messages, device->user_id);

  if (devices == NULL)
    {
      devices = json_object_new ();
      json_object_set_object_member (job->batch.messages, device->user_id, devices);
    }
  json_object_set_object_member (devices, device->device_id, json_object_ref (content));
  job->batch.n_recipients++;

  mtx_room_key_store_put_share (job->changes,
                                &(MtxKeyShareRow){
                                    .room_id = job->stored->room_id,
                                    .session_id = job->stored->session_id,
                                    .user_id = device->user_id,
                                    .device_id = device->device_id,
                                    .curve25519 = device->curve25519,
                                    .message_index = job->message_index,
                                    .state = MTX_KEY_SHARE_PENDING,
                                    .txn_id = job->batch.txn_id,
                                });
}

static MtxOlmPeer *
open_peer (ShareJob           *job,
           const MtxDeviceRow *device)
{
  MtxOlmPeer *peer = mtx_olm_peer_new (device->curve25519);

  for (guint i = 0; i < job->olm_sessions->len; i++)
    {
      const MtxOlmSessionRow *row = g_ptr_array_index (job->olm_sessions, i);

      if (g_str_equal (row->sender_key, device->curve25519))
        mtx_olm_peer_add_row (peer, row, job->ratchets->master_key);
    }

  return peer;
}

static JsonObject *
wrap_olm (MtxRatchets      *ratchets,
          const char       *their_curve25519,
          MtxOlmMessageType type,
          const char       *body)
{
  JsonObject *content = json_object_new ();
  JsonObject *ciphertexts = json_object_new ();
  JsonObject *ciphertext = json_object_new ();

  json_object_set_int_member (ciphertext, "type", type);
  json_object_set_string_member (ciphertext, "body", body);
  json_object_set_object_member (ciphertexts, their_curve25519, ciphertext);
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_OLM);
  json_object_set_string_member (content, "sender_key", mtx_olm_account_get_curve25519 (ratchets->account));
  json_object_set_object_member (content, "ciphertext", ciphertexts);

  return content;
}

/* Returns FALSE with an error only if the command as a whole must be given up. */
static gboolean
share_with (ShareJob     *job,
            MtxDeviceRow *device,
            JsonObject   *room_key,
            GError      **error)
{
  g_autoptr (MtxOlmPeer) peer = open_peer (job, device);
  g_autoptr (JsonObject) content = NULL;
  char                  *payload = NULL;
  g_autofree char       *body = NULL;
  MtxOlmMessageType      type;
  MtxOlmParties          parties = {
             .sender = job->ratchets->user_id,
             .sender_ed25519 = mtx_olm_account_get_ed25519 (job->ratchets->account),
             .recipient = device->user_id,
             .recipient_ed25519 = device->ed25519,
  };

  if (!mtx_olm_peer_has_session (peer))
    {
      g_ptr_array_add (job->left_out, mtx_device_row_ref (device));
      return TRUE;
    }

  payload = mtx_olm_payload_write ("m.room_key", room_key, &parties, job->ratchets->device_keys);
  body = mtx_olm_peer_encrypt (peer, payload, &type, error);
  mtx_secret_string_free (payload);
  if (body == NULL || !mtx_olm_peer_save (peer, job->ratchets->master_key, job->changes, error))
    return FALSE;

  /* With our own payload this cannot happen; if it did, the message would be lost on the way (M22). */
  if (strlen (body) > TO_DEVICE_MAX_BYTES - 1024)
    {
      g_ptr_array_add (job->left_out, mtx_device_row_ref (device));
      return TRUE;
    }

  content = wrap_olm (job->ratchets, device->curve25519, type, body);
  if (!open_batch (job, error))
    return FALSE;
  add_to_batch (job, device, content);

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
  mtx_secret_string_free (session_key);

  return content;
}

static DexFuture *
share_job (gpointer data)
{
  ShareJob              *job = data;
  g_autoptr (JsonObject) room_key = NULL;
  g_autoptr (GError)     error = NULL;

  room_key = build_room_key (job, &error);
  if (room_key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < job->devices->len; i++)
    {
      if (!share_with (job, g_ptr_array_index (job->devices, i), room_key, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
  close_batch (job);

  return dex_future_new_true ();
}

static DexFuture *
share_command (MtxCryptoEngine *self,
               gpointer         data)
{
  ShareCommand     *command = data;
  g_auto (ShareJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .info = command->info,
    .devices = command->devices,
    .left_out = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref),
    .now_ms = g_get_real_time () / 1000,
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (GError)    error = NULL;

  /* No key for the devices of an identity nobody accepted yet (threat 17). */
  if (!_mtx_crypto_engine_check_members (self, mtx_room_crypto_info_get_members (command->info), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < command->devices->len; i++)
    g_ptr_array_add (keys, (gpointer)((MtxDeviceRow *)g_ptr_array_index (command->devices, i))->curve25519);
  g_ptr_array_add (keys, NULL);

  if (!_mtx_crypto_engine_load_outbound (self, mtx_room_crypto_info_get_room_id (command->info), &job.stored, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (job.stored == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_RETRY_LATER, "The room needs another key");
  job.olm_sessions = dex_await_boxed (mtx_crypto_store_load_olm_sessions (mtx_crypto_engine_get_db (self),
                                                                          (const char *const *)keys->pdata),
                                      &error);
  if (job.olm_sessions == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (!_mtx_crypto_engine_work (self, share_job, &job, &error)
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
