/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys from keys (HKDF) and keys from passphrases (PBKDF2, slow on purpose: run it in a thread).
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

MtxSecretBytes *mtx_hkdf_sha256   (MtxSecretBytes  *key,
                                   const guint8    *salt,
                                   gsize            salt_length,
                                   const guint8    *info,
                                   gsize            info_length,
                                   gsize            length,
                                   GError         **error);
MtxSecretBytes *mtx_pbkdf2_sha512 (const char      *passphrase,
                                   const guint8    *salt,
                                   gsize            salt_length,
                                   guint            rounds,
                                   gsize            length,
                                   GError         **error);

G_END_DECLS
