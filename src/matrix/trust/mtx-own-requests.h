/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the verified devices of our account: what this one asks the others for, and what they get from it (S7, S9).
 * Secrets and room keys travel between verified devices of one account only, and only over Olm.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoEngine   MtxCryptoEngine;
typedef struct _MtxDeviceList     MtxDeviceList;
typedef struct _MtxKeyBackup      MtxKeyBackup;
typedef struct _MtxRoomKeySharing MtxRoomKeySharing;
typedef struct _MtxVerifications  MtxVerifications;

#define MTX_TYPE_OWN_REQUESTS (mtx_own_requests_get_type ())

G_DECLARE_FINAL_TYPE (MtxOwnRequests, mtx_own_requests, MTX, OWN_REQUESTS, GObject)

MtxOwnRequests *mtx_own_requests_new        (MtxCryptoEngine   *engine,
                                             MtxDeviceList     *devices,
                                             MtxRoomKeySharing *sharing,
                                             MtxKeyBackup      *backup,
                                             MtxVerifications  *verifications);
DexFuture      *mtx_own_requests_after_sync (MtxOwnRequests    *self);
DexFuture      *mtx_own_requests_close      (MtxOwnRequests    *self);

G_END_DECLS
