/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A keyring in a file of our own, inside a sandbox: libsecret encrypts it with a secret that the desktop
 * gives through the Secret portal.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

#define MTX_TYPE_KEYRING_FILE (mtx_keyring_file_get_type ())

G_DECLARE_FINAL_TYPE (MtxKeyringFile, mtx_keyring_file, MTX, KEYRING_FILE, GObject)

MtxKeyring *mtx_keyring_file_new          (void);
gboolean    mtx_keyring_file_is_sandboxed (void);

G_END_DECLS
