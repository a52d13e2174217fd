/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The people whose messages one command reads. Devices are found by user and key together, so that one
 * key published by two people gives neither the other's trust (threat 5).
 */
#include "mtx-senders.h"

#include "mtx-identity-keys.h"
#include "mtx-keys-reply.h"

struct _MtxSenders
{
  GPtrArray  *identities;
  GPtrArray  *devices; /* keeps the rows of by_key alive */
  GHashTable *by_key;  /* "user key" → MtxDeviceRow */
};

static char *
make_key (const char *user_id,
          const char *curve25519)
{
  return g_strconcat (user_id, " ", curve25519, NULL);
}

/**
 * mtx_senders_new:
 * @devices: (element-type MtxDeviceRow): stored devices of the people concerned
 * @identities: (element-type MtxIdentityRow): their stored identities
 *
 * Gathers what is known. It may be made on one thread and used on another.
 *
 * Returns: (transfer full): the value
 */
MtxSenders *
mtx_senders_new (GPtrArray *devices,
                 GPtrArray *identities)
{
  MtxSenders *self;

  g_return_val_if_fail (devices != NULL, NULL);
  g_return_val_if_fail (identities != NULL, NULL);

  self = g_new0 (MtxSenders, 1);
  self->devices = g_ptr_array_ref (devices);
  self->identities = g_ptr_array_ref (identities);
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow       *row = g_ptr_array_index (devices, i);
      g_autofree char    *key = make_key (row->user_id, row->curve25519);
      const MtxDeviceRow *other = g_hash_table_lookup (self->by_key, key);

      /* Two devices of one person with one key: the living one counts. */
      if (other == NULL || other->deleted)
        g_hash_table_replace (self->by_key, g_steal_pointer (&key), row);
    }

  return self;
}

/**
 * mtx_senders_free:
 * @self: (transfer full): the value
 *
 * Frees it.
 */
void
mtx_senders_free (MtxSenders *self)
{
  g_clear_pointer (&self->by_key, g_hash_table_unref);
  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_clear_pointer (&self->identities, g_ptr_array_unref);
  g_free (self);
}

/**
 * mtx_senders_find:
 * @self: the value
 * @user_id: a user
 * @curve25519: an identity key
 *
 * Returns: (nullable): the stored device of that user with that key, perhaps deleted since
 */
const MtxDeviceRow *
mtx_senders_find (MtxSenders *self,
                  const char *user_id,
                  const char *curve25519)
{
  g_autofree char *key = make_key (user_id, curve25519);

  g_return_val_if_fail (self != NULL, NULL);

  return g_hash_table_lookup (self->by_key, key);
}

/**
 * mtx_senders_is_changed:
 * @self: the value
 * @user_id: a user
 *
 * Whether the identity that vouches for the user's devices now is one that nobody accepted yet (M37). Whatever it
 * signs proves nothing, or a server could make its own devices look like old friends (threat 17).
 *
 * Returns: %TRUE if a change was not acknowledged
 */
gboolean
mtx_senders_is_changed (MtxSenders *self,
                        const char *user_id)
{
  g_return_val_if_fail (self != NULL, TRUE);

  for (guint i = 0; i < self->identities->len; i++)
    {
      const MtxIdentityRow *row = g_ptr_array_index (self->identities, i);

      if (g_str_equal (row->user_id, user_id))
        return row->changed;
    }

  return FALSE;
}

/**
 * mtx_senders_vouches_for:
 * @self: the value
 * @user_id: the sender
 * @keys: device keys the sender enclosed
 *
 * Whether the sender's stored identity signed a device that is perhaps in no list any more (threat 35).
 *
 * Returns: %TRUE if the owner's signature holds
 */
gboolean
mtx_senders_vouches_for (MtxSenders    *self,
                         const char    *user_id,
                         MtxDeviceKeys *keys)
{
  g_return_val_if_fail (self != NULL, FALSE);

  for (guint i = 0; i < self->identities->len; i++)
    {
      const MtxIdentityRow       *row = g_ptr_array_index (self->identities, i);
      g_autoptr (MtxIdentityKeys) identity = NULL;

      if (!g_str_equal (row->user_id, user_id))
        continue;

      identity = mtx_identity_keys_new_from_row (row, NULL);

      return identity != NULL && !row->changed
             && !mtx_identity_keys_has_key (identity, mtx_device_keys_get_device_id (keys))
             && !mtx_identity_keys_has_key (identity, mtx_device_keys_get_ed25519 (keys))
             && mtx_device_keys_is_signed_by (keys, mtx_identity_keys_get_key (identity, MTX_CROSS_SIGNING_SELF_SIGNING));
    }

  return FALSE;
}

/**
 * mtx_senders_judge:
 * @self: the value
 * @key: a room key as stored
 *
 * What has to be said about messages read with this key (threats 5, 35, 44, 65). The device is judged as it
 * is known now, unless its owner vouched for it when the key arrived.
 *
 * Returns: the warning, or %MTX_SHIELD_NONE
 */
MtxShield
mtx_senders_judge (MtxSenders                 *self,
                   const MtxInboundSessionRow *key)
{
  const MtxDeviceRow *device;

  g_return_val_if_fail (self != NULL, MTX_SHIELD_NOT_AUTHENTIC);
  g_return_val_if_fail (key != NULL, MTX_SHIELD_NOT_AUTHENTIC);

  if (key->imported || key->sender_user == NULL || key->origin == MTX_ROOM_KEY_IMPORTED)
    return MTX_SHIELD_NOT_AUTHENTIC;

  if (key->origin == MTX_ROOM_KEY_OWN)
    return MTX_SHIELD_NONE;

  device = mtx_senders_find (self, key->sender_user, key->sender_key);
  if (device != NULL)
    {
      if (!g_str_equal (device->ed25519, key->claimed_ed25519))
        return MTX_SHIELD_NOT_AUTHENTIC;
      if (key->origin == MTX_ROOM_KEY_OWNER_SIGNED)
        return MTX_SHIELD_NONE;
      if (device->trust == MTX_DEVICE_SIGNED)
        return mtx_senders_is_changed (self, key->sender_user) ? MTX_SHIELD_CHANGED_IDENTITY : MTX_SHIELD_NONE;
      return device->deleted ? MTX_SHIELD_UNKNOWN_DEVICE : MTX_SHIELD_UNSIGNED_DEVICE;
    }

  return key->origin == MTX_ROOM_KEY_OWNER_SIGNED ? MTX_SHIELD_NONE : MTX_SHIELD_UNKNOWN_DEVICE;
}

/**
 * mtx_senders_judge_at:
 * @self: the value
 * @key: a room key as stored
 * @message_index: the position of a message read with it
 *
 * As mtx_senders_judge(), for one message: those that only an unproven copy of the key opens prove no sender
 * (threat 42).
 *
 * Returns: the warning, or %MTX_SHIELD_NONE
 */
MtxShield
mtx_senders_judge_at (MtxSenders                 *self,
                      const MtxInboundSessionRow *key,
                      guint32                     message_index)
{
  g_return_val_if_fail (key != NULL, MTX_SHIELD_NOT_AUTHENTIC);

  return message_index < key->authentic_index ? MTX_SHIELD_NOT_AUTHENTIC : mtx_senders_judge (self, key);
}
