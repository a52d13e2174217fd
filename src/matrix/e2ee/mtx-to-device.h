/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes to-device events in order and routes what is inside them. One bad event never stops the rest.
 * Belongs to the crypto worker thread and to one command.
 */
#pragma once

#include "mtx-device-message.h"
#include "mtx-own-answers.h"
#include "mtx-ratchets.h"
#include "mtx-received-key.h"
#include "mtx-room-keys.h"
#include "mtx-senders.h"
#include "mtx-sync-response.h"

G_BEGIN_DECLS

typedef struct _MtxToDevice MtxToDevice;

MtxToDevice *mtx_to_device_new              (MtxRatchets            *ratchets,
                                             MtxSenders             *senders,
                                             GPtrArray              *olm_session_rows,
                                             gint64                  now_ms);
void         mtx_to_device_free             (MtxToDevice            *self);
void         mtx_to_device_set_requests     (MtxToDevice            *self,
                                             GPtrArray              *requests);
char        *mtx_to_device_hash             (const MtxToDeviceEvent *event);
const char  *mtx_to_device_peek_sender_key  (const MtxToDeviceEvent *event);
void         mtx_to_device_process          (MtxToDevice            *self,
                                             const MtxToDeviceEvent *event);
gboolean     mtx_to_device_save             (MtxToDevice            *self,
                                             MtxChangeSet           *changes,
                                             GError                **error);
GPtrArray   *mtx_to_device_get_room_keys    (MtxToDevice            *self);
GPtrArray   *mtx_to_device_get_withheld     (MtxToDevice            *self);
GPtrArray   *mtx_to_device_get_messages     (MtxToDevice            *self);
GPtrArray   *mtx_to_device_get_secrets      (MtxToDevice            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxToDevice, mtx_to_device_free)

G_END_DECLS
