/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the engine only passes on: steps of verifications, other devices' wishes, and secrets that were asked for.
 */
#include "mtx-reading.h"

enum
{
  DEVICE_MESSAGE,
  VERIFICATION_EVENT,
  SECRET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/**
 * _mtx_crypto_engine_class_add_signals:
 * @klass: the class
 *
 * Adds the signals by which those above are told.
 */
void
_mtx_crypto_engine_class_add_signals (MtxCryptoEngineClass *klass)
{
  /**
   * MtxCryptoEngine::device-message:
   * @self: the engine
   * @message: (type MtxDeviceMessage): what came from a device
   *
   * A sync that was committed brought a to-device event for somebody above.
   */
  signals[DEVICE_MESSAGE] = g_signal_new ("device-message", MTX_TYPE_CRYPTO_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, MTX_TYPE_DEVICE_MESSAGE);

  /**
   * MtxCryptoEngine::verification-event:
   * @self: the engine
   * @event: (type MtxEvent): an event that can be read
   * @sender_device: (nullable): the device its room key came from; %NULL if that is not known, or it came in clear
   *
   * A sync that was committed brought a step of a verification in a room.
   */
  signals[VERIFICATION_EVENT] = g_signal_new ("verification-event", MTX_TYPE_CRYPTO_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                              NULL, G_TYPE_NONE, 2, MTX_TYPE_EVENT, G_TYPE_STRING);

  /**
   * MtxCryptoEngine::secret:
   * @self: the engine
   * @secret: (type MtxReceivedSecret): what a verified device of ours sent because we asked it
   *
   * A sync that was committed brought a secret. Whether it is the right one is for whoever asked.
   */
  signals[SECRET] = g_signal_new ("secret", MTX_TYPE_CRYPTO_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, MTX_TYPE_RECEIVED_SECRET);
}

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
  g_signal_emit (reading->engine, signals[VERIFICATION_EVENT], 0, event, key != NULL ? key->sender_device : NULL);
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
  GPtrArray *secrets = mtx_to_device_get_secrets (reading->to_device);

  for (guint i = 0; i < messages->len; i++)
    g_signal_emit (self, signals[DEVICE_MESSAGE], 0, g_ptr_array_index (messages, i));
  for (guint i = 0; i < secrets->len; i++)
    g_signal_emit (self, signals[SECRET], 0, g_ptr_array_index (secrets, i));
  for (guint i = 0; i < response->healed->len; i++)
    announce_event (reading, g_ptr_array_index (response->healed, i));
  for (guint i = 0; i < response->rooms->len; i++)
    {
      const MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);

      for (guint j = 0; room->section == MTX_SYNC_JOINED && j < room->timeline->len; j++)
        announce_event (reading, g_ptr_array_index (room->timeline, j));
    }
}
