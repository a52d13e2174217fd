/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the server says about our own device and identity, as one state.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * MtxOwnKeys:
 * @MTX_OWN_KEYS_UNPUBLISHED: the bootstrap has not been completed
 * @MTX_OWN_KEYS_GOOD: the server shows our device and our identity as we made them
 * @MTX_OWN_KEYS_DEVICE_MISSING: the server no longer shows this device
 * @MTX_OWN_KEYS_DEVICE_REPLACED: the server shows other keys under this device's id
 * @MTX_OWN_KEYS_IDENTITY_REPLACED: the server shows another identity for this account
 *
 * Nothing is uploaded again silently in the last three (threats 7, 18).
 */
typedef enum
{
  MTX_OWN_KEYS_UNPUBLISHED,
  MTX_OWN_KEYS_GOOD,
  MTX_OWN_KEYS_DEVICE_MISSING,
  MTX_OWN_KEYS_DEVICE_REPLACED,
  MTX_OWN_KEYS_IDENTITY_REPLACED,
} MtxOwnKeys;

#define MTX_TYPE_OWN_KEYS (mtx_own_keys_get_type ())

GType mtx_own_keys_get_type (void);

G_END_DECLS
