/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the engine only passes on: steps of verifications, and other devices' wishes.
 */
#include "mtx-reading.h"

/* Steps of a verification count in clear as well: a client may send them so, Element Web does, and what is compared at
 * the end does not rest on how it came. Those that cannot be read yet come again when they can. */
static void
announce_event (MtxReading *reading,
                MtxEvent   *event)
{
  const char                 *session_id = mtx_event_get_session_id (event);
  const MtxInboundSessionRow *key = NULL;

  if (mtx_event_get_kind (event) != MTX_EVENT_KIND_VERIFICATION)
    return;

  if (mtx_event_get_decryption (event) == MTX_DECRYPTION_DECRYPTED && session_id != NULL)
    key = mtx_room_keys_find (reading->keys, mtx_event_get_room_id (event), session_id);
  _mtx_crypto_engine_emit_event (reading->engine, event, key != NULL ? key->sender_device : NULL);
}

/**
 * _mtx_crypto_engine_announce:
 * @self: an engine
 * @reading: what a command read
 * @response: the sync it was read from
 *
 * Tells those above of what a sync brought for them, in the order it came; to be called once it is committed.
 */
void
_mtx_crypto_engine_announce (MtxCryptoEngine *self,
                             MtxReading      *reading,
                             MtxSyncResponse *response)
{
  GPtrArray *messages = mtx_to_device_get_messages (reading->to_device);

  for (guint i = 0; i < messages->len; i++)
    _mtx_crypto_engine_emit_message (reading->engine, g_ptr_array_index (messages, i));
  for (guint i = 0; i < response->healed->len; i++)
    announce_event (reading, g_ptr_array_index (response->healed, i));
  for (guint i = 0; i < response->rooms->len; i++)
    {
      const MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);

      for (guint j = 0; room->section == MTX_SYNC_JOINED && j < room->timeline->len; j++)
        announce_event (reading, g_ptr_array_index (room->timeline, j));
    }
}

/**
 * _mtx_crypto_engine_emit_message:
 * @self: an engine
 * @message: what came from a device
 *
 * Tells those above.
 */
void
_mtx_crypto_engine_emit_message (MtxCryptoEngine  *self,
                                 MtxDeviceMessage *message)
{
  g_signal_emit_by_name (self, "device-message", message);
}

/**
 * _mtx_crypto_engine_emit_event:
 * @self: an engine
 * @event: a step of a verification
 * @sender_device: (nullable): where its room key came from
 *
 * Tells those above.
 */
void
_mtx_crypto_engine_emit_event (MtxCryptoEngine *self,
                               MtxEvent        *event,
                               const char      *sender_device)
{
  g_signal_emit_by_name (self, "verification-event", event, sender_device);
}
