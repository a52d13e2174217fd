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
#include "mtx-json.h"
#include "mtx-random.h"
#include "mtx-to-device-store.h"

/* Devices in one request (M21). */
#define MAX_RECIPIENTS 250

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

static void
put_batch (const char   *txn_id,
           JsonObject   *messages,
           MtxChangeSet *changes)
{
  g_autofree char *text = mtx_json_to_string (messages);

  mtx_to_device_store_put_batch (changes,
                                 &(MtxToDeviceBatchRow){
                                     .txn_id = txn_id,
                                     .event_type = "m.room_key_request",
                                     .messages = text,
                                     .created_at = g_get_real_time () / 1000,
                                 });
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
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), FALSE);
  g_return_val_if_fail (session != NULL, FALSE);
  g_return_val_if_fail (devices != NULL, FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);

  for (guint start = 0; start < devices->len; start += MAX_RECIPIENTS)
    {
      g_autoptr (JsonObject) messages = json_object_new ();
      g_autoptr (JsonObject) content = NULL;
      g_autofree char       *txn_id = mtx_random_dup_token (error);

      if (txn_id == NULL)
        return FALSE;

      content = build_request (engine, session, txn_id);
      for (guint i = start; i < MIN (start + MAX_RECIPIENTS, devices->len); i++)
        {
          const MtxDeviceRow *device = g_ptr_array_index (devices, i);
          JsonObject         *of_user = mtx_json_get_object (messages, device->user_id);

          if (of_user == NULL)
            {
              of_user = json_object_new ();
              json_object_set_object_member (messages, device->user_id, of_user);
            }
          json_object_set_object_member (of_user, device->device_id, json_object_ref (content));
        }
      put_batch (txn_id, messages, changes);
    }

  return TRUE;
}
