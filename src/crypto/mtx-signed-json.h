/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signatures on JSON objects (specification, appendices § Signing JSON). What is signed and verified is
 * always our own canonical writing of the parsed object, never a text that somebody sent.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

/* Signs the bytes and returns the signature as unpadded base64, or NULL with an error. */
typedef char *(*MtxSignFunc) (gpointer       signer,
                              const guint8  *message,
                              gsize          length,
                              GError       **error);

gboolean mtx_signed_json_verify (JsonObject   *untrusted_object,
                                 const char   *user_id,
                                 const char   *key_id,
                                 const char   *ed25519_key,
                                 GError      **error);
gboolean mtx_signed_json_sign   (JsonObject   *object,
                                 const char   *user_id,
                                 const char   *key_id,
                                 MtxSignFunc   sign,
                                 gpointer      signer,
                                 GError      **error);

G_END_DECLS
