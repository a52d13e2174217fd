/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The system's keyring: the Secret Service, or inside a sandbox a file opened through the Secret portal.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

MtxKeyring *mtx_keyring_libsecret_new (void);

G_END_DECLS
