/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we know of a person's keys, as a value to show: the identity, whether it changed since we first
 * saw it, and how many of the person's devices can read us.
 */
#pragma once

#include "mtx-e2ee-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_IDENTITY_INFO (mtx_identity_info_get_type ())

GType            mtx_identity_info_get_type           (void);
MtxIdentityInfo *mtx_identity_info_new                (const char            *master_key,
                                                       const char            *pinned_master_key,
                                                       guint                  n_signed_devices,
                                                       guint                  n_unsigned_devices);
MtxIdentityInfo *mtx_identity_info_ref                (MtxIdentityInfo       *self);
void             mtx_identity_info_unref              (MtxIdentityInfo       *self);
const char      *mtx_identity_info_get_master_key     (const MtxIdentityInfo *self);
gboolean         mtx_identity_info_get_changed        (const MtxIdentityInfo *self);
guint            mtx_identity_info_get_signed_devices (const MtxIdentityInfo *self);
guint            mtx_identity_info_get_unsigned_devices (const MtxIdentityInfo *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxIdentityInfo, mtx_identity_info_unref)

G_END_DECLS
