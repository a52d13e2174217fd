/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we know of a person's keys, as a value to show.
 */
#include "mtx-identity-info.h"

struct _MtxIdentityInfo
{
  char *master_key;
  char *pinned_master_key;
  guint n_signed_devices;
  guint n_unsigned_devices;
};

G_DEFINE_BOXED_TYPE (MtxIdentityInfo, mtx_identity_info, mtx_identity_info_ref, mtx_identity_info_unref)

/**
 * mtx_identity_info_new:
 * @master_key: (nullable): the identity shown by the server now, as unpadded base64
 * @pinned_master_key: (nullable): the identity as first seen, or as last acknowledged
 * @n_signed_devices: devices that carry the owner's signature: they get room keys
 * @n_unsigned_devices: devices that do not: they get none
 *
 * Makes the value.
 *
 * Returns: (transfer full): the value
 */
MtxIdentityInfo *
mtx_identity_info_new (const char *master_key,
                       const char *pinned_master_key,
                       guint       n_signed_devices,
                       guint       n_unsigned_devices)
{
  MtxIdentityInfo *self;

  self = g_atomic_rc_box_new0 (MtxIdentityInfo);
  self->master_key = g_strdup (master_key);
  self->pinned_master_key = g_strdup (pinned_master_key);
  self->n_signed_devices = n_signed_devices;
  self->n_unsigned_devices = n_unsigned_devices;

  return self;
}

/**
 * mtx_identity_info_ref:
 * @self: a value
 *
 * Returns: (transfer full): @self
 */
MtxIdentityInfo *
mtx_identity_info_ref (MtxIdentityInfo *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_identity_info_clear (gpointer data)
{
  MtxIdentityInfo *self = data;

  g_clear_pointer (&self->master_key, g_free);
  g_clear_pointer (&self->pinned_master_key, g_free);
}

/**
 * mtx_identity_info_unref:
 * @self: (transfer full): a value
 *
 * Lets go of the value.
 */
void
mtx_identity_info_unref (MtxIdentityInfo *self)
{
  g_atomic_rc_box_release_full (self, mtx_identity_info_clear);
}

/**
 * mtx_identity_info_get_master_key:
 * @self: a value
 *
 * Returns: (nullable): the public master key, or %NULL if the person has no identity we accept
 */
const char *
mtx_identity_info_get_master_key (const MtxIdentityInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->master_key;
}

/**
 * mtx_identity_info_get_changed:
 * @self: a value
 *
 * Returns: %TRUE if the identity is another than the one first seen (M37)
 */
gboolean
mtx_identity_info_get_changed (const MtxIdentityInfo *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->pinned_master_key != NULL && g_strcmp0 (self->master_key, self->pinned_master_key) != 0;
}

/**
 * mtx_identity_info_get_signed_devices:
 * @self: a value
 *
 * How many devices get our room keys. With none, the person cannot read us yet: messages are encrypted
 * and sent all the same, and stay unreadable for devices that come later (M20, M25).
 *
 * Returns: a number of devices
 */
guint
mtx_identity_info_get_signed_devices (const MtxIdentityInfo *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_signed_devices;
}

/**
 * mtx_identity_info_get_unsigned_devices:
 * @self: a value
 *
 * Returns: how many devices lack their owner's signature and therefore get no room key
 */
guint
mtx_identity_info_get_unsigned_devices (const MtxIdentityInfo *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_unsigned_devices;
}
