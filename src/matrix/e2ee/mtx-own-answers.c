/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What other devices of our account send because we asked (specification, § Secret sharing and § Key requests).
 */
#include "mtx-own-answers.h"

#include "mtx-crypto-engine.h"
#include "mtx-device-keys.h"
#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-public-key.h"
#include "mtx-senders.h"

/* Seeds and keys have 32 bytes; nothing that is longer than this is a secret of ours. */
#define SECRET_MAX_BYTES 256

G_DEFINE_BOXED_TYPE (MtxReceivedSecret, mtx_received_secret, mtx_received_secret_ref, mtx_received_secret_unref)

/**
 * mtx_received_secret_ref:
 * @self: a secret
 *
 * Returns: (transfer full): @self
 */
MtxReceivedSecret *
mtx_received_secret_ref (MtxReceivedSecret *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
received_secret_clear (gpointer data)
{
  MtxReceivedSecret *self = data;

  g_clear_pointer (&self->request_id, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->untrusted_secret, mtx_secret_bytes_unref);
}

/**
 * mtx_received_secret_unref:
 * @self: (transfer full): a secret
 *
 * Lets go; the last one overwrites it.
 */
void
mtx_received_secret_unref (MtxReceivedSecret *self)
{
  g_atomic_rc_box_release_full (self, received_secret_clear);
}

/**
 * mtx_own_device_is_verified:
 * @device: (nullable): a device, as it is stored
 * @user_id: our user
 * @self_signing_key: our own self-signing key, the one we hold
 *
 * Whether a device is another one of our account that our identity signed. What the server shows as our identity does
 * not count, only the key we hold (threat 18).
 *
 * Returns: %TRUE if it may share what is ours
 */
gboolean
mtx_own_device_is_verified (const MtxDeviceRow *device,
                            const char         *user_id,
                            const char         *self_signing_key)
{
  g_autoptr (MtxDeviceKeys) keys = NULL;

  if (device == NULL || device->deleted || !g_str_equal (device->user_id, user_id))
    return FALSE;

  keys = mtx_device_keys_new_from_text (device->keys_json, device->user_id, device->device_id, NULL);

  return keys != NULL && mtx_device_keys_is_signed_by (keys, self_signing_key);
}

static gboolean
was_asked (const MtxOwnRequestRow *request,
           const char             *device_id)
{
  g_auto (GStrv) devices = g_strsplit (request->devices, "\n", -1);

  return g_strv_contains ((const char *const *)devices, device_id);
}

static gboolean
check_device (MtxRatchets        *ratchets,
              const MtxDeviceRow *device,
              GError            **error)
{
  if (mtx_own_device_is_verified (device,
                                  ratchets->user_id,
                                  mtx_cross_signing_keys_get_public (ratchets->keys, MTX_CROSS_SIGNING_SELF_SIGNING)))
    return TRUE;

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "It came from no verified device of ours");

  return FALSE;
}

static const MtxOwnRequestRow *
find_key_request (GPtrArray  *requests,
                  const char *device_id,
                  const char *room_id,
                  const char *session_id)
{
  for (guint i = 0; i < requests->len; i++)
    {
      const MtxOwnRequestRow *request = g_ptr_array_index (requests, i);

      if (g_strcmp0 (request->room_id, room_id) == 0 && g_strcmp0 (request->session_id, session_id) == 0
          && was_asked (request, device_id))
        return request;
    }

  return NULL;
}

/**
 * mtx_own_answers_read_room_key:
 * @requests: (element-type MtxOwnRequestRow): what was asked for
 * @ratchets: who we are
 * @device: (nullable): the device it came from, if it is known
 * @untrusted: content of an `m.forwarded_room_key` that came over Olm
 * @error: return location for an error
 *
 * Reads a room key that another device of ours had. Only what we asked just this device for is wanted; and it proves
 * no sender, whatever it says (threats 37, 38, 39).
 *
 * Returns: (transfer full) (nullable): the key, or %NULL with %MTX_ERROR_UNTRUSTED
 */
MtxReceivedKey *
mtx_own_answers_read_room_key (GPtrArray          *requests,
                               MtxRatchets        *ratchets,
                               const MtxDeviceRow *device,
                               JsonObject         *untrusted,
                               GError            **error)
{
  const char           *room_id = mtx_json_get_string (untrusted, "room_id");
  const char           *session_id = mtx_json_get_string (untrusted, "session_id");
  const char           *session_key = mtx_json_get_string (untrusted, "session_key");
  const char           *sender_key = mtx_json_get_string (untrusted, "sender_key");
  const char           *claimed = mtx_json_get_string (untrusted, "sender_claimed_ed25519_key");
  g_autoptr (MtxRoomId) checked = room_id != NULL ? mtx_room_id_new (room_id, NULL) : NULL;

  if (!check_device (ratchets, device, error))
    return NULL;
  if (checked == NULL || session_id == NULL || session_key == NULL || sender_key == NULL
      || !mtx_curve25519_key_check (sender_key, NULL) || claimed == NULL || !mtx_ed25519_key_check (claimed, NULL)
      || g_strcmp0 (mtx_json_get_string (untrusted, "algorithm"), MTX_ALGORITHM_MEGOLM) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A forwarded room key is malformed");
      return NULL;
    }
  if (find_key_request (requests, device->device_id, room_id, session_id) == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Nobody asked this device for the room key");
      return NULL;
    }

  return mtx_received_key_new (&(MtxInboundSessionRow){
                                   .room_id = room_id,
                                   .session_id = session_id,
                                   .sender_key = sender_key,
                                   .claimed_ed25519 = claimed,
                                   .origin = MTX_ROOM_KEY_IMPORTED,
                                   .imported = TRUE,
                                   .shared_history = mtx_room_key_read_shared (untrusted),
                               },
                               session_key);
}

/**
 * mtx_own_answers_read_secret:
 * @requests: (element-type MtxOwnRequestRow): what was asked for
 * @ratchets: who we are
 * @device: (nullable): the device it came from, if it is known
 * @untrusted: content of an `m.secret.send` that came over Olm
 * @error: return location for an error
 *
 * Reads a secret (threat 73, CVE-2022-39264): by the id of a request of ours, from a device that got it. Whether it
 * fits what is published is for whoever asked.
 *
 * Returns: (transfer full) (nullable): the secret, or %NULL with %MTX_ERROR_UNTRUSTED
 */
MtxReceivedSecret *
mtx_own_answers_read_secret (GPtrArray          *requests,
                             MtxRatchets        *ratchets,
                             const MtxDeviceRow *device,
                             JsonObject         *untrusted,
                             GError            **error)
{
  const char *request_id = mtx_json_get_string (untrusted, "request_id");
  const char *secret = mtx_json_get_string (untrusted, "secret");

  if (!check_device (ratchets, device, error))
    return NULL;

  for (guint i = 0; secret != NULL && strlen (secret) <= SECRET_MAX_BYTES && i < requests->len; i++)
    {
      const MtxOwnRequestRow *request = g_ptr_array_index (requests, i);
      MtxReceivedSecret      *received;

      if (request->secret_name == NULL || g_strcmp0 (request->request_id, request_id) != 0
          || !was_asked (request, device->device_id))
        continue;

      received = g_atomic_rc_box_new0 (MtxReceivedSecret);
      received->request_id = g_strdup (request->request_id);
      received->name = g_strdup (request->secret_name);
      received->untrusted_secret = mtx_secret_bytes_new ((const guint8 *)secret, strlen (secret));

      return received;
    }

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Nobody asked this device for the secret");

  return NULL;
}
