/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All room keys in a file that a passphrase protects (specification, § Key exports): the way out when
 * everything else failed.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoEngine MtxCryptoEngine;

/**
 * MtxKeyFileProgress:
 * @done: room keys written or taken so far
 * @total: of how many
 * @data: closure
 *
 * Called on the main thread now and then.
 */
typedef void (*MtxKeyFileProgress) (guint    done,
                                    guint    total,
                                    gpointer data);

DexFuture *mtx_key_file_export (MtxCryptoEngine    *engine,
                                const char         *path,
                                MtxSecretBytes     *passphrase,
                                MtxKeyFileProgress  progress,
                                gpointer            data);
DexFuture *mtx_key_file_import (MtxCryptoEngine    *engine,
                                const char         *path,
                                MtxSecretBytes     *passphrase,
                                MtxKeyFileProgress  progress,
                                gpointer            data);

G_END_DECLS
