/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One device's published keys as a value: only what passed every check on its own is one (M18). Whether
 * it may be believed to belong to its owner is a second question: mtx_device_keys_is_signed_by().
 */
#pragma once

#include "mtx-e2ee-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_DEVICE_KEYS (mtx_device_keys_get_type ())

typedef struct _MtxDeviceKeys MtxDeviceKeys;

GType          mtx_device_keys_get_type       (void);
MtxDeviceKeys *mtx_device_keys_new            (JsonObject          *untrusted,
                                               const char          *user_id,
                                               const char          *device_id,
                                               GError             **error);
MtxDeviceKeys *mtx_device_keys_new_from_text  (const char          *stored,
                                               const char          *user_id,
                                               const char          *device_id,
                                               GError             **error);
MtxDeviceKeys *mtx_device_keys_ref            (MtxDeviceKeys       *self);
void           mtx_device_keys_unref          (MtxDeviceKeys       *self);
const char    *mtx_device_keys_get_device_id  (const MtxDeviceKeys *self);
const char    *mtx_device_keys_get_curve25519 (const MtxDeviceKeys *self);
const char    *mtx_device_keys_get_ed25519    (const MtxDeviceKeys *self);
const char    *mtx_device_keys_get_text       (const MtxDeviceKeys *self);
gboolean       mtx_device_keys_is_dehydrated  (const MtxDeviceKeys *self);
gboolean       mtx_device_keys_is_signed_by   (const MtxDeviceKeys *self,
                                               const char          *self_signing_key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxDeviceKeys, mtx_device_keys_unref)

G_END_DECLS
