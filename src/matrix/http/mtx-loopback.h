/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The place on this machine to which a browser comes back from a login page (RFC 8252 § 7.3).
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_LOOPBACK (mtx_loopback_get_type ())

G_DECLARE_FINAL_TYPE (MtxLoopback, mtx_loopback, MTX, LOOPBACK, GObject)

MtxLoopback *mtx_loopback_new     (const char   *state,
                                   const char   *parting_words,
                                   GError      **error);
const char  *mtx_loopback_get_uri (MtxLoopback  *self);
DexFuture   *mtx_loopback_wait    (MtxLoopback  *self);

G_END_DECLS
