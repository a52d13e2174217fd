/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages for many devices, put into the store as requests of a size servers take (M21), each with the transaction
 * id under which it is sent as often as it takes.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-device-store.h"

G_BEGIN_DECLS

/* Devices in one request (M21). */
#define MTX_TO_DEVICE_BATCH_MAX_RECIPIENTS 250

typedef struct _MtxToDeviceBatches MtxToDeviceBatches;

MtxToDeviceBatches *mtx_to_device_batches_new   (const char          *event_type,
                                                 const char          *room_id,
                                                 const char          *session_id,
                                                 MtxChangeSet        *changes);
void                mtx_to_device_batches_free  (MtxToDeviceBatches  *self);
const char         *mtx_to_device_batches_add   (MtxToDeviceBatches  *self,
                                                 const MtxDeviceRow  *device,
                                                 JsonObject          *content,
                                                 GError             **error);
void                mtx_to_device_batches_close (MtxToDeviceBatches  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxToDeviceBatches, mtx_to_device_batches_free)

G_END_DECLS
