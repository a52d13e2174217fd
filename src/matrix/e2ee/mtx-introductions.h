/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes somebody we invited look up who we are before they accept, so that their first look at our messages is
 * not one at messages from a stranger.
 */
#pragma once

#include "mtx-room-key-store.h"
#include "mtx-to-device-sender.h"

G_BEGIN_DECLS

#define MTX_TYPE_INTRODUCTIONS (mtx_introductions_get_type ())

G_DECLARE_FINAL_TYPE (MtxIntroductions, mtx_introductions, MTX, INTRODUCTIONS, GObject)

MtxIntroductions *mtx_introductions_new   (MtxCryptoEngine             *engine,
                                           MtxToDeviceSender           *sender);
void              mtx_introductions_begin (MtxIntroductions            *self,
                                           const MtxOutboundSessionRow *session,
                                           GPtrArray                   *shares);
void              mtx_introductions_end   (MtxIntroductions            *self);

G_END_DECLS
