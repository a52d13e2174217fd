/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One device's published keys as a value: only what passed every check on its own is one (M18).
 */
#include "mtx-device-keys.h"

#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-public-key.h"
#include "mtx-signed-json.h"

/* A signed device object of other clients is below 2 kB; what is far bigger is not one. */
#define DEVICE_KEYS_MAX_BYTES (32 * 1024)

struct _MtxDeviceKeys
{
  char    *user_id;
  char    *device_id;
  char    *curve25519;
  char    *ed25519;
  char    *text;
  gboolean is_dehydrated;
};

G_DEFINE_BOXED_TYPE (MtxDeviceKeys, mtx_device_keys, mtx_device_keys_ref, mtx_device_keys_unref)

static const MtxJsonLimits stored_limits = {
  .max_bytes = DEVICE_KEYS_MAX_BYTES,
  .max_depth = MTX_JSON_MAX_DEPTH,
  .reject_duplicates = TRUE,
};

static gboolean
device_id_is_usable (const char *untrusted)
{
  g_autoptr (MtxDeviceId) id = mtx_device_id_new (untrusted, NULL);

  return id != NULL;
}

/* The key `<algorithm>:<device id>` of the object, whatever other keys stand beside it (threat 21). */
static const char *
lookup_key (JsonObject *untrusted,
            const char *algorithm,
            const char *device_id)
{
  JsonObject      *keys = mtx_json_get_object (untrusted, "keys");
  g_autofree char *name = g_strconcat (algorithm, ":", device_id, NULL);

  return keys != NULL ? mtx_json_get_string (keys, name) : NULL;
}

/**
 * mtx_device_keys_new:
 * @untrusted: a `device_keys` object from a server or from inside an Olm message
 * @user_id: whose device it must be: the key of the map it came from, or the sender of the message
 * @device_id: (nullable): which device it must be; %NULL if the object alone says so
 * @error: return location for an error
 *
 * Checks a device on its own: it names its user and its device as expected, has one Ed25519 and one
 * Curve25519 key in canonical form and of full strength, and is signed by its own Ed25519 key. Other
 * algorithms and members are tolerated and kept, because they are part of what was signed
 * (threats 1, 2, 11, 12, 21, 22, 23).
 *
 * Returns: (transfer full) (nullable): the keys, or %NULL with %MTX_ERROR_UNTRUSTED
 */
MtxDeviceKeys *
mtx_device_keys_new (JsonObject *untrusted,
                     const char *user_id,
                     const char *device_id,
                     GError    **error)
{
  g_autoptr (MtxDeviceKeys) self = NULL;
  g_autofree char          *key_id = NULL;
  const char               *claimed_user;
  const char               *claimed_device;
  const char               *curve25519;
  const char               *ed25519;

  g_return_val_if_fail (untrusted != NULL, NULL);
  g_return_val_if_fail (user_id != NULL, NULL);

  claimed_user = mtx_json_get_string (untrusted, "user_id");
  claimed_device = mtx_json_get_string (untrusted, "device_id");
  if (g_strcmp0 (claimed_user, user_id) != 0 || claimed_device == NULL
      || (device_id != NULL && !g_str_equal (claimed_device, device_id)) || !device_id_is_usable (claimed_device))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Device keys name another device");
      return NULL;
    }

  curve25519 = lookup_key (untrusted, "curve25519", claimed_device);
  ed25519 = lookup_key (untrusted, "ed25519", claimed_device);
  if (curve25519 == NULL || ed25519 == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Device keys lack an identity key");
      return NULL;
    }
  if (!mtx_curve25519_key_check (curve25519, error) || !mtx_ed25519_key_check (ed25519, error))
    return NULL;

  key_id = g_strconcat ("ed25519:", claimed_device, NULL);
  if (!mtx_signed_json_verify (untrusted, user_id, key_id, ed25519, error))
    return NULL;

  self = g_atomic_rc_box_new0 (MtxDeviceKeys);
  self->user_id = g_strdup (user_id);
  self->device_id = g_strdup (claimed_device);
  self->curve25519 = g_strdup (curve25519);
  self->ed25519 = g_strdup (ed25519);
  self->text = mtx_json_to_string (untrusted);
  mtx_json_get_boolean (untrusted, "dehydrated", &self->is_dehydrated);

  return g_steal_pointer (&self);
}

/**
 * mtx_device_keys_new_from_text:
 * @stored: what mtx_device_keys_get_text() gave earlier
 * @user_id: whose device it must be
 * @device_id: which device it must be
 * @error: return location for an error
 *
 * Reads stored device keys, with all checks again.
 *
 * Returns: (transfer full) (nullable): the keys, or %NULL with an error
 */
MtxDeviceKeys *
mtx_device_keys_new_from_text (const char *stored,
                               const char *user_id,
                               const char *device_id,
                               GError    **error)
{
  g_autoptr (JsonObject) object = NULL;

  g_return_val_if_fail (stored != NULL, NULL);

  object = mtx_json_parse_object (stored, -1, &stored_limits, error);
  if (object == NULL)
    return NULL;

  return mtx_device_keys_new (object, user_id, device_id, error);
}

/**
 * mtx_device_keys_ref:
 * @self: a value
 *
 * Returns: (transfer full): @self
 */
MtxDeviceKeys *
mtx_device_keys_ref (MtxDeviceKeys *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_device_keys_clear (gpointer data)
{
  MtxDeviceKeys *self = data;

  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  g_clear_pointer (&self->curve25519, g_free);
  g_clear_pointer (&self->ed25519, g_free);
  g_clear_pointer (&self->text, g_free);
}

/**
 * mtx_device_keys_unref:
 * @self: (transfer full): a value
 *
 * Lets go of the value.
 */
void
mtx_device_keys_unref (MtxDeviceKeys *self)
{
  g_atomic_rc_box_release_full (self, mtx_device_keys_clear);
}

/**
 * mtx_device_keys_get_device_id:
 * @self: a value
 *
 * Returns: which device
 */
const char *
mtx_device_keys_get_device_id (const MtxDeviceKeys *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->device_id;
}

/**
 * mtx_device_keys_get_curve25519:
 * @self: a value
 *
 * Returns: the key Olm sessions begin with
 */
const char *
mtx_device_keys_get_curve25519 (const MtxDeviceKeys *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->curve25519;
}

/**
 * mtx_device_keys_get_ed25519:
 * @self: a value
 *
 * Returns: the key the device signs with
 */
const char *
mtx_device_keys_get_ed25519 (const MtxDeviceKeys *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ed25519;
}

/**
 * mtx_device_keys_get_text:
 * @self: a value
 *
 * Returns: the signed object with all its signatures, to be stored
 */
const char *
mtx_device_keys_get_text (const MtxDeviceKeys *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

/**
 * mtx_device_keys_is_dehydrated:
 * @self: a value
 *
 * Returns: %TRUE if the device waits on the server for its owner (MSC3814): it may receive, and sends nothing
 */
gboolean
mtx_device_keys_is_dehydrated (const MtxDeviceKeys *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_dehydrated;
}

/**
 * mtx_device_keys_is_signed_by:
 * @self: a value
 * @self_signing_key: the public self-signing key of the device's owner
 *
 * Whether the owner vouches for the device (cross-signing). Only a signature under the expected name
 * counts, however many others there are (threat 12).
 *
 * Returns: %TRUE if the signature is there and holds
 */
gboolean
mtx_device_keys_is_signed_by (const MtxDeviceKeys *self,
                              const char          *self_signing_key)
{
  g_autoptr (JsonObject) object = NULL;
  g_autofree char       *key_id = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (self_signing_key != NULL, FALSE);

  object = mtx_json_parse_object (self->text, -1, &stored_limits, NULL);
  if (object == NULL)
    return FALSE;

  key_id = g_strconcat ("ed25519:", self_signing_key, NULL);

  return mtx_signed_json_verify (object, self->user_id, key_id, self_signing_key, NULL);
}
