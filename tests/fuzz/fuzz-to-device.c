/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To-device events from people with whom there is no Olm session: nothing of them becomes a room key, and what
 * they say of keys withheld has its room and its code.
 */
#include "mtx-fuzz.h"

#include "mtx-json.h"
#include "mtx-ratchets.h"
#include "mtx-to-device.h"

static const MtxJsonLimits limits = { .max_bytes = 1 << 20 };

static MtxRatchets *
get_ratchets (void)
{
  static MtxRatchets *ratchets;

  if (ratchets == NULL)
    {
      g_autoptr (MtxSecretBytes) master_key = mtx_secret_bytes_random (MTX_MASTER_KEY_BYTES, NULL);
      g_autoptr (MtxChangeSet)   changes = mtx_change_set_new ();

      ratchets = mtx_ratchets_new ("@bob:xyz", "BOBDEVICE", master_key);
      g_assert_true (mtx_ratchets_create (ratchets, NULL, changes, NULL));
    }
  return ratchets;
}

/* The key a message has to be for is ours, which no corpus can know. */
static void
readdress (JsonObject *content)
{
  JsonObject *ciphertext = mtx_json_get_object (content, "ciphertext");
  JsonNode   *message = ciphertext != NULL ? json_object_get_member (ciphertext, "OURS") : NULL;

  if (message != NULL)
    json_object_set_member (ciphertext, mtx_olm_account_get_curve25519 (get_ratchets ()->account), json_node_copy (message));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (JsonObject)   object = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (GPtrArray)    nothing = g_ptr_array_new ();
  g_autoptr (MtxSenders)   senders = NULL;
  g_autoptr (MtxToDevice)  router = NULL;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autofree char         *hash = NULL;
  MtxToDeviceEvent         event;

  if (object == NULL)
    return 0;
  event.sender = (char *)mtx_json_get_string (object, "sender");
  event.type = (char *)mtx_json_get_string (object, "type");
  event.content = mtx_json_get_object (object, "content");
  if (event.sender == NULL || event.type == NULL || event.content == NULL)
    return 0;

  readdress (event.content);
  hash = mtx_to_device_hash (&event);
  senders = mtx_senders_new (nothing, nothing);
  router = mtx_to_device_new (get_ratchets (), senders, nothing, 1);
  mtx_to_device_process (router, &event);
  mtx_to_device_process (router, &event);

  g_assert_cmpuint (mtx_to_device_get_room_keys (router)->len, ==, 0);
  g_assert_cmpuint (mtx_to_device_get_withheld (router)->len, <=, 2);
  g_assert_true (mtx_to_device_save (router, changes, NULL));

  return 0;
}
