/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Public keys of strangers: one text per key, no weak points, and signatures that only one signer can have
 * made. Keys travel as their canonical text (unpadded base64, 43 characters) and are compared as text.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

gboolean mtx_curve25519_key_check      (const char    *untrusted_key,
                                        GError       **error);
gboolean mtx_ed25519_key_check         (const char    *untrusted_key,
                                        GError       **error);
gboolean mtx_ed25519_verify            (const char    *untrusted_key,
                                        const guint8  *message,
                                        gsize          length,
                                        const char    *untrusted_signature,
                                        GError       **error);
gboolean mtx_ed25519_verify_bytes      (const guint8   untrusted_key[MTX_ED25519_KEY_BYTES],
                                        const guint8  *message,
                                        gsize          length,
                                        const guint8   untrusted_signature[MTX_ED25519_SIGNATURE_BYTES],
                                        GError       **error);
gboolean mtx_curve25519_is_small_order (const guint8   key[MTX_CURVE25519_KEY_BYTES]);
gboolean mtx_ed25519_is_strict_point   (const guint8   point[MTX_ED25519_KEY_BYTES]);
gboolean mtx_ed25519_is_strict_scalar  (const guint8   scalar[MTX_ED25519_KEY_BYTES]);

G_END_DECLS
