/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one fiber that asks the server what is new, again and again, and hands it over in the right order.
 */
#pragma once

#include "mtx-room-list.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoEngine MtxCryptoEngine;

#define MTX_TYPE_SYNC_LOOP (mtx_sync_loop_get_type ())

G_DECLARE_FINAL_TYPE (MtxSyncLoop, mtx_sync_loop, MTX, SYNC_LOOP, GObject)

/* Properties: "connection" (MtxConnection). Signals: "synced" (after each commit and publication), "stopped" (with
 * the GError for which nobody but the session knows a way out: log in again, soft logout, a store that fails). */
MtxSyncLoop   *mtx_sync_loop_new            (MtxHttp         *http,
                                             MtxDb           *db,
                                             MtxCryptoEngine *engine,
                                             MtxEncryption   *encryption,
                                             MtxRoomList     *rooms);
MtxConnection  mtx_sync_loop_get_connection (MtxSyncLoop     *self);
void           mtx_sync_loop_start          (MtxSyncLoop     *self);
void           mtx_sync_loop_kick           (MtxSyncLoop     *self);
DexFuture     *mtx_sync_loop_when_synced    (MtxSyncLoop     *self);
DexFuture     *mtx_sync_loop_stop           (MtxSyncLoop     *self);

G_END_DECLS
