/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The people whose messages one command reads: their devices and identities as stored, and what a room
 * key's origin says about the message it opens.
 */
#pragma once

#include "mtx-device-keys.h"
#include "mtx-device-store.h"
#include "mtx-room-key-store.h"
#include "mtx-room-types.h"

G_BEGIN_DECLS

/* The engine's rank in MtxInboundSessionRow.origin: what was known when the key arrived. */
typedef enum
{
  MTX_ROOM_KEY_IMPORTED,       /* proves no sender */
  MTX_ROOM_KEY_UNKNOWN_DEVICE, /* over Olm, from a device we had no keys of */
  MTX_ROOM_KEY_KNOWN_DEVICE,   /* over Olm, from a device whose self-signed keys we had */
  MTX_ROOM_KEY_OWNER_SIGNED,   /* over Olm, from a device its owner signed */
  MTX_ROOM_KEY_OWN,            /* made by this device */
} MtxRoomKeyOrigin;

typedef struct _MtxSenders MtxSenders;

MtxSenders         *mtx_senders_new          (GPtrArray                   *devices,
                                              GPtrArray                   *identities);
void                mtx_senders_free         (MtxSenders                  *self);
const MtxDeviceRow *mtx_senders_find         (MtxSenders                  *self,
                                              const char                  *user_id,
                                              const char                  *curve25519);
gboolean            mtx_senders_is_changed   (MtxSenders                  *self,
                                              const char                  *user_id);
gboolean            mtx_senders_vouches_for  (MtxSenders                  *self,
                                              const char                  *user_id,
                                              MtxDeviceKeys               *keys);
MtxShield           mtx_senders_judge        (MtxSenders                  *self,
                                              const MtxInboundSessionRow  *key);
MtxShield           mtx_senders_judge_at     (MtxSenders                  *self,
                                              const MtxInboundSessionRow  *key,
                                              guint32                      message_index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxSenders, mtx_senders_free)

G_END_DECLS
