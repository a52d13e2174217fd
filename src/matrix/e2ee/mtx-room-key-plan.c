/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets a room key (specification, § Recommended client behaviour; M20, M24, M25).
 *
 * The rule is strict: a key goes to devices that carry their owner's signature, and to no others; but a person may
 * decide that people without an identity, who cannot sign, get it as well (threat 16).
 */
#include "mtx-room-key-plan.h"

#include "mtx-keys-reply.h"

G_DEFINE_BOXED_TYPE (MtxRoomKeyPlan, mtx_room_key_plan, mtx_room_key_plan_ref, mtx_room_key_plan_unref)

static gboolean
is_eligible (const MtxDeviceRow *device,
             const char *const  *exempt)
{
  return !device->deleted && (device->trust == MTX_DEVICE_SIGNED || g_strv_contains (exempt, device->user_id));
}

static gboolean
is_of_device (const MtxKeyShareRow *share,
              const MtxDeviceRow   *device)
{
  return g_str_equal (share->device_id, device->device_id) && g_str_equal (share->user_id, device->user_id)
         && g_str_equal (share->curve25519, device->curve25519);
}

static const MtxKeyShareRow *
find_share (GPtrArray          *shares,
            const MtxDeviceRow *device)
{
  for (guint i = 0; i < shares->len; i++)
    {
      const MtxKeyShareRow *share = g_ptr_array_index (shares, i);

      if (is_of_device (share, device))
        return share;
    }

  return NULL;
}

static gboolean
is_still_eligible (const MtxKeyShareRow *share,
                   GPtrArray            *devices,
                   const char *const    *exempt)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const MtxDeviceRow *device = g_ptr_array_index (devices, i);

      if (is_of_device (share, device))
        return is_eligible (device, exempt);
    }

  return FALSE;
}

/**
 * mtx_room_key_plan_must_rotate:
 * @devices: (element-type MtxDeviceRow): the devices of those who may read what is sent now, and of nobody else
 * @shares: (element-type MtxKeyShareRow): who was given or told what about the key in use
 * @exempt: (array zero-terminated=1): users whose devices need no signature
 *
 * Whether somebody has the key, or may have it, who is not to read what comes next: a person who is not in the
 * room any more, a device that was deleted or lost its owner's signature (M24). Who was only told why they get
 * none is no reason (threat 54), and neither is who is new.
 *
 * Returns: %TRUE if the next message needs another key
 */
gboolean
mtx_room_key_plan_must_rotate (GPtrArray         *devices,
                               GPtrArray         *shares,
                               const char *const *exempt)
{
  g_return_val_if_fail (devices != NULL, TRUE);
  g_return_val_if_fail (shares != NULL, TRUE);
  g_return_val_if_fail (exempt != NULL, TRUE);

  for (guint i = 0; i < shares->len; i++)
    {
      const MtxKeyShareRow *share = g_ptr_array_index (shares, i);

      if (share->state != MTX_KEY_SHARE_WITHHELD && !is_still_eligible (share, devices, exempt))
        return TRUE;
    }

  return FALSE;
}

/**
 * mtx_room_key_plan_new:
 * @session: the key to write with
 * @devices: (element-type MtxDeviceRow): the devices of all who may read
 * @shares: (element-type MtxKeyShareRow): who was given or told what about this key
 * @exempt: (array zero-terminated=1): users whose devices need no signature
 * @own_user: our user
 * @own_device: our device, which needs no key
 *
 * Sorts the devices.
 *
 * Returns: (transfer full): the plan
 */
MtxRoomKeyPlan *
mtx_room_key_plan_new (MtxOutboundSessionRow *session,
                       GPtrArray             *devices,
                       GPtrArray             *shares,
                       const char *const     *exempt,
                       const char            *own_user,
                       const char            *own_device)
{
  MtxRoomKeyPlan *self;

  g_return_val_if_fail (session != NULL, NULL);
  g_return_val_if_fail (devices != NULL, NULL);
  g_return_val_if_fail (shares != NULL, NULL);
  g_return_val_if_fail (exempt != NULL, NULL);
  g_return_val_if_fail (own_user != NULL, NULL);
  g_return_val_if_fail (own_device != NULL, NULL);

  self = g_atomic_rc_box_new0 (MtxRoomKeyPlan);
  self->session = mtx_outbound_session_row_ref (session);
  self->eligible = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  self->unverified = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);

  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow         *device = g_ptr_array_index (devices, i);
      const MtxKeyShareRow *share = find_share (shares, device);
      gboolean              has_key = share != NULL && (share->state == MTX_KEY_SHARE_PENDING || share->state == MTX_KEY_SHARE_SENT);

      if (device->deleted || has_key
          || (g_str_equal (device->user_id, own_user) && g_str_equal (device->device_id, own_device)))
        continue;

      if (is_eligible (device, exempt))
        g_ptr_array_add (self->eligible, mtx_device_row_ref (device));
      else if (share == NULL)
        g_ptr_array_add (self->unverified, mtx_device_row_ref (device));
    }

  return self;
}

/**
 * mtx_room_key_plan_ref:
 * @self: a plan
 *
 * Returns: (transfer full): @self
 */
MtxRoomKeyPlan *
mtx_room_key_plan_ref (MtxRoomKeyPlan *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mtx_room_key_plan_clear (gpointer data)
{
  MtxRoomKeyPlan *self = data;

  g_clear_pointer (&self->session, mtx_outbound_session_row_unref);
  g_clear_pointer (&self->eligible, g_ptr_array_unref);
  g_clear_pointer (&self->unverified, g_ptr_array_unref);
}

/**
 * mtx_room_key_plan_unref:
 * @self: (transfer full): a plan
 *
 * Lets go of the plan.
 */
void
mtx_room_key_plan_unref (MtxRoomKeyPlan *self)
{
  g_atomic_rc_box_release_full (self, mtx_room_key_plan_clear);
}
