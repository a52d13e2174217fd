/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All verifications of the account: those we ask for and those others do, in rooms and between our own devices. What
 * arrives is brought to the one it belongs to; what nobody wants is declined, for the other side would wait ten minutes.
 */
#pragma once

#include "mtx-room-types.h"
#include "mtx-verification.h"

G_BEGIN_DECLS

/* Described where they live; the layers above only hand them on. */
typedef struct _MtxCrossSigning   MtxCrossSigning;
typedef struct _MtxCryptoEngine   MtxCryptoEngine;
typedef struct _MtxDeviceList     MtxDeviceList;
typedef struct _MtxIdentities     MtxIdentities;
typedef struct _MtxRoomKeySharing MtxRoomKeySharing;

#define MTX_TYPE_VERIFICATIONS (mtx_verifications_get_type ())

/* Signals: "requested" (MtxVerification) → gboolean: somebody asks; a handler that shows it returns TRUE, and if none
 * does it is declined. "own-device-verified" (device id): we signed another device of ours. */
G_DECLARE_FINAL_TYPE (MtxVerifications, mtx_verifications, MTX, VERIFICATIONS, GObject)

MtxVerifications *mtx_verifications_new             (MtxHttp           *http,
                                                     MtxCryptoEngine   *engine,
                                                     MtxDeviceList     *devices,
                                                     MtxRoomKeySharing *sharing,
                                                     MtxCrossSigning   *cross_signing,
                                                     MtxIdentities     *identities);
void              mtx_verifications_set_rooms       (MtxVerifications  *self,
                                                     MtxRoomList       *rooms);
DexFuture        *mtx_verifications_ask_user        (MtxVerifications  *self,
                                                     MtxRoom           *room,
                                                     const char        *user_id);
DexFuture        *mtx_verifications_ask_own_devices (MtxVerifications  *self);
DexFuture        *mtx_verifications_close           (MtxVerifications  *self);

G_END_DECLS
