/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the server says about our own device and identity, as one state.
 */
#include "mtx-own-keys.h"

/* clang-format off */
G_DEFINE_ENUM_TYPE (MtxOwnKeys, mtx_own_keys,
                    G_DEFINE_ENUM_VALUE (MTX_OWN_KEYS_UNPUBLISHED, "unpublished"),
                    G_DEFINE_ENUM_VALUE (MTX_OWN_KEYS_GOOD, "good"),
                    G_DEFINE_ENUM_VALUE (MTX_OWN_KEYS_DEVICE_MISSING, "device-missing"),
                    G_DEFINE_ENUM_VALUE (MTX_OWN_KEYS_DEVICE_REPLACED, "device-replaced"),
                    G_DEFINE_ENUM_VALUE (MTX_OWN_KEYS_IDENTITY_REPLACED, "identity-replaced"))
/* clang-format on */
