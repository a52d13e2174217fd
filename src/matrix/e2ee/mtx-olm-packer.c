/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages for devices, encrypted over Olm (specification, § m.olm.v1.curve25519-aes-sha2).
 */
#include "mtx-olm-packer.h"

#include "mtx-crypto-engine.h"
#include "mtx-crypto-store.h"
#include "mtx-json.h"
#include "mtx-olm-payload.h"
#include "mtx-olm-peer.h"

/* What one device gets in one event, on the wire (M22), and what is around the ciphertext of it. */
#define TO_DEVICE_MAX_BYTES 65536
#define ENVELOPE_MAX_BYTES  1024

struct _MtxOlmPacker
{
  /* borrowed: the engine waits for the command */
  MtxRatchets *ratchets;

  /* owned */
  GPtrArray          *olm_sessions; /* of MtxOlmSessionRow */
  MtxChangeSet       *changes;
  MtxToDeviceBatches *batches;
};

/**
 * mtx_olm_packer_new:
 * @ratchets: our keys
 * @olm_sessions: (element-type MtxOlmSessionRow): all sessions with the devices, as they are stored
 * @room_id: (nullable): the room whose messages wait for these
 * @session_id: (nullable): the room key in them
 * @changes: where ratchets and batches are put
 *
 * Each device may be added once: its ratchets are read from @olm_sessions.
 *
 * Returns: (transfer full): the packer
 */
MtxOlmPacker *
mtx_olm_packer_new (MtxRatchets  *ratchets,
                    GPtrArray    *olm_sessions,
                    const char   *room_id,
                    const char   *session_id,
                    MtxChangeSet *changes)
{
  MtxOlmPacker *self;

  g_return_val_if_fail (ratchets != NULL, NULL);
  g_return_val_if_fail (olm_sessions != NULL, NULL);

  self = g_new0 (MtxOlmPacker, 1);
  self->ratchets = ratchets;
  self->olm_sessions = g_ptr_array_ref (olm_sessions);
  self->changes = mtx_change_set_ref (changes);
  self->batches = mtx_to_device_batches_new ("m.room.encrypted", room_id, session_id, changes);

  return self;
}

/**
 * mtx_olm_packer_free:
 * @self: (transfer full): a packer
 *
 * Frees it.
 */
void
mtx_olm_packer_free (MtxOlmPacker *self)
{
  g_clear_pointer (&self->olm_sessions, g_ptr_array_unref);
  g_clear_pointer (&self->changes, mtx_change_set_unref);
  g_clear_pointer (&self->batches, mtx_to_device_batches_free);
  g_free (self);
}

static MtxOlmPeer *
open_peer (MtxOlmPacker       *self,
           const MtxDeviceRow *device)
{
  MtxOlmPeer *peer = mtx_olm_peer_new (device->curve25519);

  for (guint i = 0; i < self->olm_sessions->len; i++)
    {
      const MtxOlmSessionRow *row = g_ptr_array_index (self->olm_sessions, i);

      if (g_str_equal (row->sender_key, device->curve25519))
        mtx_olm_peer_add_row (peer, row, self->ratchets->master_key);
    }

  return peer;
}

static JsonObject *
wrap (MtxOlmPacker     *self,
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
  json_object_set_string_member (content, "sender_key", mtx_olm_account_get_curve25519 (self->ratchets->account));
  json_object_set_object_member (content, "ciphertext", ciphertexts);

  return content;
}

/**
 * mtx_olm_packer_add:
 * @self: a packer
 * @device: who gets it; no device twice
 * @type: type of the event inside
 * @content: its content
 * @txn_id: (out) (optional) (nullable): the transaction id of the batch it is in, until the next call
 * @error: return location for an error
 *
 * Encrypts a message with the session that received last, and adds it.
 *
 * Returns: what became of it; @error is set for %MTX_OLM_FAILED only
 */
MtxOlmPacking
mtx_olm_packer_add (MtxOlmPacker       *self,
                    const MtxDeviceRow *device,
                    const char         *type,
                    JsonObject         *content,
                    const char        **txn_id,
                    GError            **error)
{
  g_autoptr (MtxOlmPeer) peer = open_peer (self, device);
  g_autoptr (JsonObject) wrapped = NULL;
  g_autofree char       *body = NULL;
  char                  *payload = NULL;
  const char            *batch = NULL;
  MtxOlmMessageType      message_type;
  MtxOlmParties          parties = {
             .sender = self->ratchets->user_id,
             .sender_ed25519 = mtx_olm_account_get_ed25519 (self->ratchets->account),
             .recipient = device->user_id,
             .recipient_ed25519 = device->ed25519,
  };

  if (!mtx_olm_peer_has_session (peer))
    return MTX_OLM_NO_SESSION;

  payload = mtx_olm_payload_write (type, content, &parties, self->ratchets->device_keys);
  body = mtx_olm_peer_encrypt (peer, payload, &message_type, error);
  mtx_secret_string_free (payload);
  if (body == NULL || !mtx_olm_peer_save (peer, self->ratchets->master_key, self->changes, error))
    return MTX_OLM_FAILED;

  /* It would be lost on the way. */
  if (strlen (body) > TO_DEVICE_MAX_BYTES - ENVELOPE_MAX_BYTES)
    return MTX_OLM_NO_SESSION;

  wrapped = wrap (self, device->curve25519, message_type, body);
  batch = mtx_to_device_batches_add (self->batches, device, wrapped, error);
  if (batch == NULL)
    return MTX_OLM_FAILED;
  if (txn_id != NULL)
    *txn_id = batch;

  return MTX_OLM_PACKED;
}

/**
 * mtx_olm_packer_finish:
 * @self: a packer
 *
 * Puts the last batch.
 */
void
mtx_olm_packer_finish (MtxOlmPacker *self)
{
  g_return_if_fail (self != NULL);

  mtx_to_device_batches_close (self->batches);
}
