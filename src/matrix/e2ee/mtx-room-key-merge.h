/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What becomes of a second key for a session that is known.
 */
#pragma once

#include "mtx-megolm-inbound.h"
#include "mtx-room-key-store.h"

G_BEGIN_DECLS

/* All of it is borrowed from what was merged. */
typedef struct
{
  MtxInboundSessionRow  row;     /* without its seal and first index, which are the session's */
  MtxMegolmInbound     *session; /* whichever reads further back */
  gboolean              is_news; /* whether anything is not as it was */
} MtxRoomKeyMerge;

gboolean mtx_room_key_merge (const MtxInboundSessionRow  *known_row,
                             MtxMegolmInbound            *known,
                             const MtxInboundSessionRow  *claim,
                             MtxMegolmInbound            *session,
                             MtxRoomKeyMerge             *merge,
                             GError                     **error);

G_END_DECLS
