/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A to-device event that is for somebody above the engine: a step of a verification, or another device's wish.
 * A value that may pass from thread to thread.
 */
#pragma once

#include "mtx-sync-response.h"

G_BEGIN_DECLS

typedef struct _MtxDeviceMessage MtxDeviceMessage;

struct _MtxDeviceMessage
{
  char *sender;
  char *type;
  char *content; /* JSON; what stands in it proves nothing, not even the device */
};

#define MTX_TYPE_DEVICE_MESSAGE (mtx_device_message_get_type ())

GType             mtx_device_message_get_type    (void);
gboolean          mtx_device_message_is_for_us   (const char             *type);
MtxDeviceMessage *mtx_device_message_new         (const char             *sender,
                                                  const char             *type,
                                                  JsonObject             *untrusted_content);
MtxDeviceMessage *mtx_device_message_ref         (MtxDeviceMessage       *self);
void              mtx_device_message_unref       (MtxDeviceMessage       *self);
JsonObject       *mtx_device_message_dup_content (const MtxDeviceMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxDeviceMessage, mtx_device_message_unref)

G_END_DECLS
