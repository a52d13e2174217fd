/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A keyring behind the Secret Service on the session bus: GNOME Keyring, KWallet, KeePassXC and others.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

#define MTX_TYPE_KEYRING_SERVICE (mtx_keyring_service_get_type ())

G_DECLARE_FINAL_TYPE (MtxKeyringService, mtx_keyring_service, MTX, KEYRING_SERVICE, GObject)

MtxKeyring *mtx_keyring_service_new (void);

G_END_DECLS
