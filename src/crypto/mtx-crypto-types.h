/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the crypto types. Everything in this folder is synchronous, and nothing here knows of SQL or
 * the network. Objects belong to one thread, that of the crypto worker for all that is stored; functions of
 * plain values may run in any.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_ED25519_SEED_BYTES      32
#define MTX_ED25519_KEY_BYTES       32
#define MTX_ED25519_SIGNATURE_BYTES 64
#define MTX_CURVE25519_KEY_BYTES    32
#define MTX_MASTER_KEY_BYTES        32

typedef struct _MtxAttachmentCipher MtxAttachmentCipher;
typedef struct _MtxBackupPayload    MtxBackupPayload;
typedef struct _MtxCrossSigningKeys MtxCrossSigningKeys;
typedef struct _MtxMegolmInbound    MtxMegolmInbound;
typedef struct _MtxMegolmOutbound   MtxMegolmOutbound;
typedef struct _MtxMegolmRotation   MtxMegolmRotation;
typedef struct _MtxOlmAccount       MtxOlmAccount;
typedef struct _MtxOlmSession       MtxOlmSession;
typedef struct _MtxSas              MtxSas;
typedef struct _MtxSealedSecret     MtxSealedSecret;

G_END_DECLS
