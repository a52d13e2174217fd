/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes somebody we invited look up who we are before they accept, so that their first look at our messages is
 * not one at messages from a stranger.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-e2ee-types.h"
#include "mtx-room-key-store.h"

G_BEGIN_DECLS

gboolean mtx_introduction_put (MtxCryptoEngine             *engine,
                               const MtxOutboundSessionRow *session,
                               GPtrArray                   *devices,
                               MtxChangeSet                *changes,
                               GError                     **error);

G_END_DECLS
