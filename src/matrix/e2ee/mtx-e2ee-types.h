/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the encryption types and of the few neighbours their headers mention.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxCryptoEngine   MtxCryptoEngine;
typedef struct _MtxDeviceList     MtxDeviceList;
typedef struct _MtxEncryption     MtxEncryption;
typedef struct _MtxHttp           MtxHttp;
typedef struct _MtxKeyPublisher   MtxKeyPublisher;
typedef struct _MtxRoomCryptoInfo MtxRoomCryptoInfo;
typedef struct _MtxRoomKeySharing MtxRoomKeySharing;
typedef struct _MtxSyncResponse   MtxSyncResponse;

G_END_DECLS
