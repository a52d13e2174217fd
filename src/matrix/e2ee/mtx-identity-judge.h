/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a stored identity means: one pure function, so that the screen and the engine never disagree.
 */
#pragma once

#include "mtx-device-store.h"
#include "mtx-identity-info.h"
#include "mtx-own-keys.h"

G_BEGIN_DECLS

MtxIdentityState mtx_identity_judge (const MtxIdentityRow  *row,
                                     MtxOwnKeys             own_keys,
                                     char                 **master_key);

G_END_DECLS
