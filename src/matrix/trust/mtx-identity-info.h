/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we know of a person's keys, as a value to show: the identity, whether it changed since we first
 * saw it, and how many of the person's devices can read us.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct _MtxIdentityInfo MtxIdentityInfo;

/**
 * MtxIdentityState:
 * @MTX_IDENTITY_UNKNOWN: nobody was asked yet
 * @MTX_IDENTITY_NONE: the person has no cross-signing identity: no device of theirs can be told from an intruder's
 * @MTX_IDENTITY_PINNED: the identity is the one first seen, or the one last acknowledged
 * @MTX_IDENTITY_VERIFIED: and the two people compared it; only while our own identity is good (threat 19)
 * @MTX_IDENTITY_CHANGED: another identity than the pinned one is shown; nothing is sent until it is acknowledged
 * @MTX_IDENTITY_VIOLATED: another identity than the verified one is shown; nothing is sent until it is verified
 *   again or the verification withdrawn
 *
 * What is known of a person's identity, as stored (M37).
 */
typedef enum
{
  MTX_IDENTITY_UNKNOWN,
  MTX_IDENTITY_NONE,
  MTX_IDENTITY_PINNED,
  MTX_IDENTITY_VERIFIED,
  MTX_IDENTITY_CHANGED,
  MTX_IDENTITY_VIOLATED,
} MtxIdentityState;

#define MTX_TYPE_IDENTITY_STATE (mtx_identity_state_get_type ())
#define MTX_TYPE_IDENTITY_INFO  (mtx_identity_info_get_type ())

GType            mtx_identity_state_get_type          (void);
gboolean         mtx_identity_state_blocks            (MtxIdentityState       state);

GType            mtx_identity_info_get_type           (void);
MtxIdentityInfo *mtx_identity_info_new                (MtxIdentityState       state,
                                                       const char            *master_key,
                                                       const char            *pinned_master_key,
                                                       guint                  n_signed_devices,
                                                       guint                  n_unsigned_devices);
MtxIdentityInfo *mtx_identity_info_ref                (MtxIdentityInfo       *self);
void             mtx_identity_info_unref              (MtxIdentityInfo       *self);
MtxIdentityState mtx_identity_info_get_state          (const MtxIdentityInfo *self);
const char      *mtx_identity_info_get_master_key     (const MtxIdentityInfo *self);
const char      *mtx_identity_info_get_pinned_master_key (const MtxIdentityInfo *self);
guint            mtx_identity_info_get_signed_devices (const MtxIdentityInfo *self);
guint            mtx_identity_info_get_unsigned_devices (const MtxIdentityInfo *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxIdentityInfo, mtx_identity_info_unref)

G_END_DECLS
