/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands inside an Olm message, written and checked (specification, § m.olm.v1.curve25519-aes-sha2).
 */
#include "mtx-olm-payload.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-public-key.h"

static const MtxJsonLimits payload_limits = {
  .max_bytes = 64 * 1024,
  .max_depth = MTX_JSON_MAX_DEPTH,
  .reject_duplicates = TRUE,
};

/* The member's earlier name is still sent by clients of 2025 (MSC4147). */
static JsonObject *
find_device_keys (JsonObject *untrusted,
                  gboolean   *is_present)
{
  static const char *const names[] = { "sender_device_keys", "org.matrix.msc4147.device_keys" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      *is_present = json_object_has_member (untrusted, names[i]);
      if (*is_present)
        return mtx_json_get_object (untrusted, names[i]);
    }

  return NULL;
}

static gboolean
check_parties (JsonObject          *untrusted,
               const MtxOlmParties *parties,
               const char          *claimed_ed25519,
               GError             **error)
{
  JsonObject *recipient_keys = mtx_json_get_object (untrusted, "recipient_keys");
  const char *what = NULL;

  if (g_strcmp0 (mtx_json_get_string (untrusted, "sender"), parties->sender) != 0)
    what = "The Olm payload names another sender";
  else if (g_strcmp0 (mtx_json_get_string (untrusted, "recipient"), parties->recipient) != 0)
    what = "The Olm payload is for somebody else";
  else if (recipient_keys == NULL
           || g_strcmp0 (mtx_json_get_string (recipient_keys, "ed25519"), parties->recipient_ed25519) != 0)
    what = "The Olm payload is for another device";
  else if (parties->sender_ed25519 != NULL && !g_str_equal (parties->sender_ed25519, claimed_ed25519))
    what = "The Olm payload names another device";

  if (what != NULL)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, what);

  return what == NULL;
}

/* Enclosed device keys must be the sender's own, self-signed, with the very keys the message came with
 * (threat 25). If they are there and wrong, the whole message is refused. */
static gboolean
check_device_keys (MtxOlmPayload       *self,
                   JsonObject          *untrusted,
                   const MtxOlmParties *parties,
                   GError             **error)
{
  gboolean    is_present;
  JsonObject *keys = find_device_keys (untrusted, &is_present);

  if (!is_present)
    return TRUE;

  if (keys == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The enclosed device keys are no object");
      return FALSE;
    }

  self->device_keys = mtx_device_keys_new (keys, parties->sender, NULL, error);
  if (self->device_keys == NULL)
    return FALSE;

  if (!g_str_equal (mtx_device_keys_get_curve25519 (self->device_keys), parties->sender_key)
      || !g_str_equal (mtx_device_keys_get_ed25519 (self->device_keys), self->claimed_ed25519))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The enclosed device keys are of another device");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_olm_payload_new:
 * @untrusted_plaintext: what an Olm session decrypted
 * @parties: who it must be from and for
 * @error: return location for an error
 *
 * Checks a decrypted Olm message; any missing or wrong field refuses it (threats 24, 25, 45).
 *
 * Returns: (transfer full) (nullable): the payload, or %NULL with an error
 */
MtxOlmPayload *
mtx_olm_payload_new (GBytes              *untrusted_plaintext,
                     const MtxOlmParties *parties,
                     GError             **error)
{
  g_autoptr (MtxOlmPayload) self = NULL;
  g_autoptr (JsonObject)    untrusted = NULL;
  JsonObject               *keys;
  const char               *type;
  const char               *claimed;
  gsize                     length;
  const char               *text;

  g_return_val_if_fail (untrusted_plaintext != NULL, NULL);
  g_return_val_if_fail (parties != NULL, NULL);

  text = g_bytes_get_data (untrusted_plaintext, &length);
  untrusted = mtx_json_parse_object (text, length, &payload_limits, error);
  if (untrusted == NULL)
    return NULL;

  type = mtx_json_get_string (untrusted, "type");
  keys = mtx_json_get_object (untrusted, "keys");
  claimed = keys != NULL ? mtx_json_get_string (keys, "ed25519") : NULL;
  if (type == NULL || claimed == NULL || mtx_json_get_object (untrusted, "content") == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The Olm payload lacks a field");
      return NULL;
    }
  if (!mtx_ed25519_key_check (claimed, error) || !check_parties (untrusted, parties, claimed, error))
    return NULL;

  self = g_new0 (MtxOlmPayload, 1);
  self->type = g_strdup (type);
  self->claimed_ed25519 = g_strdup (claimed);
  self->untrusted_content = json_object_ref (mtx_json_get_object (untrusted, "content"));
  if (!check_device_keys (self, untrusted, parties, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_olm_payload_free:
 * @self: (transfer full): a payload
 *
 * Frees the payload.
 */
void
mtx_olm_payload_free (MtxOlmPayload *self)
{
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->untrusted_content, json_object_unref);
  g_clear_pointer (&self->claimed_ed25519, g_free);
  g_clear_pointer (&self->device_keys, mtx_device_keys_unref);
  g_free (self);
}

/**
 * mtx_olm_payload_write:
 * @type: type of the event inside
 * @content: (transfer none): content of the event inside
 * @parties: us as the sender, the other device as the recipient
 * @sender_device_keys: (transfer none): our signed device keys, so that the message can be believed even
 *   after this device is gone (MSC4147)
 *
 * Writes what an Olm session encrypts.
 *
 * Returns: (transfer full): JSON
 */
char *
mtx_olm_payload_write (const char          *type,
                       JsonObject          *content,
                       const MtxOlmParties *parties,
                       JsonObject          *sender_device_keys)
{
  g_autoptr (JsonObject) payload = json_object_new ();
  JsonObject            *keys = json_object_new ();
  JsonObject            *recipient_keys = json_object_new ();

  g_return_val_if_fail (type != NULL, NULL);
  g_return_val_if_fail (content != NULL, NULL);
  g_return_val_if_fail (parties != NULL, NULL);

  json_object_set_string_member (keys, "ed25519", parties->sender_ed25519);
  json_object_set_string_member (recipient_keys, "ed25519", parties->recipient_ed25519);

  json_object_set_string_member (payload, "type", type);
  json_object_set_object_member (payload, "content", json_object_ref (content));
  json_object_set_string_member (payload, "sender", parties->sender);
  json_object_set_object_member (payload, "keys", keys);
  json_object_set_string_member (payload, "recipient", parties->recipient);
  json_object_set_object_member (payload, "recipient_keys", recipient_keys);
  json_object_set_object_member (payload, "sender_device_keys", json_object_ref (sender_device_keys));

  return mtx_json_to_string (payload);
}
