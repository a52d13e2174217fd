/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AES, HMAC and authenticated encryption of whole buffers, each with its one parameter set.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_AES_KEY_BYTES     32
#define MTX_AES_CTR_IV_BYTES  16
#define MTX_HMAC_SHA256_BYTES 32

gboolean        mtx_aes256_ctr      (const guint8     key[MTX_AES_KEY_BYTES],
                                     const guint8     iv[MTX_AES_CTR_IV_BYTES],
                                     const guint8    *input,
                                     gsize            length,
                                     guint8          *output,
                                     GError         **error);
gboolean        mtx_hmac_sha256     (const guint8    *key,
                                     gsize            key_length,
                                     const guint8    *input,
                                     gsize            length,
                                     guint8           mac[MTX_HMAC_SHA256_BYTES],
                                     GError         **error);
GBytes         *mtx_aes256_gcm_seal (MtxSecretBytes  *key,
                                     const guint8    *associated,
                                     gsize            associated_length,
                                     const guint8    *plaintext,
                                     gsize            length,
                                     GError         **error);
MtxSecretBytes *mtx_aes256_gcm_open (MtxSecretBytes  *key,
                                     const guint8    *associated,
                                     gsize            associated_length,
                                     GBytes          *untrusted_sealed,
                                     GError         **error);

G_END_DECLS
