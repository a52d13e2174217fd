/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we know of a person's keys, as a value to show.
 */
#include "mtx-identity-info.h"

struct _MtxIdentityInfo
{
  MtxIdentityState state;

  char *master_key;
  char *pinned_master_key;
  guint n_signed_devices;
  guint n_unsigned_devices;
};

/* clang-format off */
G_DEFINE_ENUM_TYPE (MtxIdentityState, mtx_identity_state,
                    G_DEFINE_ENUM_VALUE (MTX_IDENTITY_UNKNOWN, "unknown"),
                    G_DEFINE_ENUM_VALUE (MTX_IDENTITY_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (MTX_IDENTITY_PINNED, "pinned"),
                    G_DEFINE_ENUM_VALUE (MTX_IDENTITY_VERIFIED, "verified"),
                    G_DEFINE_ENUM_VALUE (MTX_IDENTITY_CHANGED, "changed"),
                    G_DEFINE_ENUM_VALUE (MTX_IDENTITY_VIOLATED, "violated"))
/* clang-format on */

G_DEFINE_BOXED_TYPE (MtxIdentityInfo, mtx_identity_info, mtx_identity_info_ref, mtx_identity_info_unref)

/**
 * mtx_identity_state_blocks:
 * @state: a state
 *
 * Whether nothing may be sent to the person before somebody has decided (M37).
 *
 * Returns: %TRUE if the identity changed and the change was not accepted
 */
gboolean
mtx_identity_state_blocks (MtxIdentityState state)
{
  return state == MTX_IDENTITY_CHANGED || state == MTX_IDENTITY_VIOLATED;
}

/**
 * mtx_identity_info_new:
 * @state: what is known
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
mtx_identity_info_new (MtxIdentityState state,
                       const char      *master_key,
                       const char      *pinned_master_key,
                       guint            n_signed_devices,
                       guint            n_unsigned_devices)
{
  MtxIdentityInfo *self;

  self = g_atomic_rc_box_new0 (MtxIdentityInfo);
  self->state = state;
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
 * mtx_identity_info_get_state:
 * @self: a value
 *
 * Returns: what is known of the identity
 */
MtxIdentityState
mtx_identity_info_get_state (const MtxIdentityInfo *self)
{
  g_return_val_if_fail (self != NULL, MTX_IDENTITY_UNKNOWN);

  return self->state;
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
 * mtx_identity_info_get_pinned_master_key:
 * @self: a value
 *
 * Returns: (nullable): the public master key as first seen, or as last acknowledged
 */
const char *
mtx_identity_info_get_pinned_master_key (const MtxIdentityInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->pinned_master_key;
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
