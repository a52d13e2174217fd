/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room keys of the time before we came, taken from whoever invited us (specification, § Sharing history on
 * invite; protocol.md, S5).
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoEngine MtxCryptoEngine;
typedef struct _MtxHttp         MtxHttp;

#define MTX_TYPE_ROOM_KEY_BUNDLES (mtx_room_key_bundles_get_type ())

G_DECLARE_FINAL_TYPE (MtxRoomKeyBundles, mtx_room_key_bundles, MTX, ROOM_KEY_BUNDLES, GObject)

MtxRoomKeyBundles *mtx_room_key_bundles_new  (MtxHttp           *http,
                                              MtxCryptoEngine   *engine);
DexFuture         *mtx_room_key_bundles_take (MtxRoomKeyBundles *self);

G_END_DECLS
