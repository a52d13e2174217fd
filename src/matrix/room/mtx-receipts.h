/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Read markers we send.
 */
#pragma once

#include "mtx-room.h"

G_BEGIN_DECLS

DexFuture *mtx_receipts_send_read (MtxHttp    *http,
                                   MtxRoom    *room,
                                   const char *event_id);

G_END_DECLS
