/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Base64 that accepts exactly one text for each sequence of bytes, and takes the same time for each:
 * no padding unless asked for, no white space, no foreign characters, no stray trailing bits.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_BASE64_UNPADDED, /* Matrix: standard alphabet, padding refused */
  MTX_BASE64_LENIENT,  /* secret storage and key export: padding accepted, if it is the right padding */
  MTX_BASE64_URL,      /* attachment keys and JWTs: URL-safe alphabet, padding refused */
} MtxBase64Variant;

char     *mtx_base64_encode        (const guint8     *bytes,
                                    gsize             length,
                                    MtxBase64Variant  variant);
GBytes   *mtx_base64_decode        (const char       *untrusted,
                                    MtxBase64Variant  variant,
                                    GError          **error);
gboolean  mtx_base64_decode_exact  (const char       *untrusted,
                                    MtxBase64Variant  variant,
                                    guint8           *bytes,
                                    gsize             length,
                                    GError          **error);
MtxSecretBytes *mtx_base64_decode_secret (const char       *untrusted,
                                          MtxBase64Variant  variant,
                                          GError          **error);
char           *mtx_base64_encode_secret (MtxSecretBytes   *secret,
                                          MtxBase64Variant  variant);

G_END_DECLS
