/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What has to happen before a room can be written to: with which key, who gets it, and who is told why not.
 * The rules are pure; the engine gathers what they need.
 */
#pragma once

#include "mtx-device-store.h"
#include "mtx-room-key-store.h"

G_BEGIN_DECLS

typedef struct _MtxRoomKeyPlan MtxRoomKeyPlan;

struct _MtxRoomKeyPlan
{
  MtxOutboundSessionRow *session;    /* the key to write with */
  GPtrArray             *eligible;   /* of MtxDeviceRow: to be sent the key */
  GPtrArray             *unverified; /* of MtxDeviceRow: to be told that they get none */
};

#define MTX_TYPE_ROOM_KEY_PLAN (mtx_room_key_plan_get_type ())

GType           mtx_room_key_plan_get_type  (void);
MtxRoomKeyPlan *mtx_room_key_plan_new       (MtxOutboundSessionRow *session,
                                             GPtrArray             *devices,
                                             GPtrArray             *shares,
                                             const char * const    *exempt,
                                             const char            *own_user,
                                             const char            *own_device);
MtxRoomKeyPlan *mtx_room_key_plan_ref       (MtxRoomKeyPlan        *self);
void            mtx_room_key_plan_unref     (MtxRoomKeyPlan        *self);
gboolean        mtx_room_key_plan_must_rotate (GPtrArray           *devices,
                                               GPtrArray           *shares,
                                               const char * const  *exempt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRoomKeyPlan, mtx_room_key_plan_unref)

G_END_DECLS
