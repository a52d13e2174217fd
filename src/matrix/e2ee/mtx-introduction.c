/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes somebody we invited look up who we are before they accept, so that their first look at our messages is
 * not one at messages from a stranger.
 *
 * A client follows the devices of people with whom it shares an encrypted room, which begins with the join. The
 * sync that shows the join also brings what was written before. Element's SDK decrypts that at once, before it has
 * asked for our identity; set to leave out unsigned devices, it takes the messages for those of an unsigned device
 * and does not look again until it is restarted. Nothing inside a message or a room key helps, for our master key
 * counts only when it comes by /keys/query.
 *
 * There is one harmless message on which it asks for an unknown sender's keys, whether it shares a room with the
 * sender or not: an `m.room_key_request` for a key it has. So one follows each room key that goes to somebody
 * invited. Nobody hands a key to another user's device because of it; clients ignore it, or at most look us up.
 */
#include "mtx-introduction.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-random.h"
#include "mtx-to-device-batches.h"

static JsonObject *
build_request (MtxCryptoEngine             *engine,
               const MtxOutboundSessionRow *session,
               const char                  *request_id)
{
  JsonObject *content = json_object_new ();
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (body, "room_id", session->room_id);
  json_object_set_string_member (body, "session_id", session->session_id);
  json_object_set_string_member (body, "sender_key", mtx_crypto_engine_get_curve25519 (engine));

  json_object_set_string_member (content, "action", "request");
  json_object_set_string_member (content, "request_id", request_id);
  json_object_set_string_member (content, "requesting_device_id", mtx_crypto_engine_get_device_id (engine));
  json_object_set_object_member (content, "body", body);

  return content;
}

/**
 * mtx_introduction_put:
 * @engine: the engine, for who we are
 * @session: the room key that was just packed for the devices
 * @devices: (element-type MtxDeviceRow): devices of people who are invited and have not joined
 * @changes: where the messages are added
 * @error: return location
 *
 * Adds to-device messages on which the devices look up our identity. No room waits for them. They are of use only
 * after the room key (specification, § m.room_key_request), so the key's batches must be in the store already.
 *
 * Returns: %FALSE if the system has no randomness
 */
gboolean
mtx_introduction_put (MtxCryptoEngine             *engine,
                      const MtxOutboundSessionRow *session,
                      GPtrArray                   *devices,
                      MtxChangeSet                *changes,
                      GError                     **error)
{
  g_autoptr (MtxToDeviceBatches) batches = mtx_to_device_batches_new ("m.room_key_request", NULL, NULL, changes);
  g_autoptr (JsonObject)         content = NULL;
  g_autofree char               *request_id = NULL;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), FALSE);
  g_return_val_if_fail (session != NULL, FALSE);
  g_return_val_if_fail (devices != NULL, FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);

  request_id = mtx_random_dup_token (error);
  if (request_id == NULL)
    return FALSE;
  content = build_request (engine, session, request_id);

  for (guint i = 0; i < devices->len; i++)
    if (mtx_to_device_batches_add (batches, g_ptr_array_index (devices, i), content, error) == NULL)
      return FALSE;
  mtx_to_device_batches_close (batches);

  return TRUE;
}
