/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server answered, as a value: the status and a body that passed the caps. Its content is untrusted.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_REPLY (mtx_reply_get_type ())

GType       mtx_reply_get_type   (void);
MtxReply   *mtx_reply_new        (guint       status,
                                  JsonObject *untrusted_body,
                                  GBytes     *untrusted_bytes);
MtxReply   *mtx_reply_ref        (MtxReply   *self);
void        mtx_reply_unref      (MtxReply   *self);
guint       mtx_reply_get_status (MtxReply   *self);
JsonObject *mtx_reply_get_body   (MtxReply   *self);
GBytes     *mtx_reply_get_bytes  (MtxReply   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxReply, mtx_reply_unref)

G_END_DECLS
