/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The strict forms of what the ratchets put on the wire, checked on the decoded bytes before any library
 * sees them (threats.md, guard rules G3 to G6). Part of the guard: callers outside it have no use for this.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_MEGOLM_SHARED_KEY_BYTES   229
#define MTX_MEGOLM_EXPORTED_KEY_BYTES 165

/* No honest sender comes near two thousand million messages, and below this bound libolm can tell an earlier
 * position of the ratchet from a later one whatever it has decrypted before. */
#define MTX_MEGOLM_MAX_INDEX (G_MAXUINT32 / 2)

gboolean mtx_olm_wire_check_normal      (const guint8  *untrusted,
                                         gsize          length,
                                         GError       **error);
gboolean mtx_olm_wire_check_pre_key     (const guint8  *untrusted,
                                         gsize          length,
                                         const guint8   sender_key[MTX_CURVE25519_KEY_BYTES],
                                         GError       **error);
gboolean mtx_megolm_wire_check_message  (const guint8  *untrusted,
                                         gsize          length,
                                         GError       **error);
gboolean mtx_megolm_wire_check_shared   (const guint8   untrusted[MTX_MEGOLM_SHARED_KEY_BYTES],
                                         const guint8   session_id[MTX_ED25519_KEY_BYTES],
                                         GError       **error);
gboolean mtx_megolm_wire_check_exported (const guint8   untrusted[MTX_MEGOLM_EXPORTED_KEY_BYTES],
                                         const guint8   session_id[MTX_ED25519_KEY_BYTES],
                                         GError       **error);

G_END_DECLS
