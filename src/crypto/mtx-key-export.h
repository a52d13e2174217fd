/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file of room keys under a passphrase, to carry from one program to another (specification, § Key
 * exports). What the JSON inside says is untrusted: whoever knows the passphrase can have written it.
 *
 * Plain functions of values, for any thread; both take as long as their rounds, so never on the main loop.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_KEY_EXPORT_ROUNDS         500000
#define MTX_KEY_EXPORT_MAX_ROUNDS     5000000
#define MTX_KEY_EXPORT_MAX_FILE_BYTES (64 * 1024 * 1024)

char           *mtx_key_export_encrypt (const char    *passphrase,
                                        guint          rounds,
                                        const guint8  *plaintext,
                                        gsize          length,
                                        GError       **error);
MtxSecretBytes *mtx_key_export_decrypt (const char    *passphrase,
                                        guint          max_rounds,
                                        const char    *untrusted_file,
                                        gsize          length,
                                        GError       **error);

G_END_DECLS
