/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the crypto types. Everything in this folder is synchronous and belongs to the one crypto
 * worker thread: no object is ever used from two threads, and nothing here knows of SQL or the network.
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
typedef struct _MtxCrossSigningKeys MtxCrossSigningKeys;
typedef struct _MtxMegolmInbound    MtxMegolmInbound;
typedef struct _MtxMegolmOutbound   MtxMegolmOutbound;
typedef struct _MtxMegolmRotation   MtxMegolmRotation;
typedef struct _MtxOlmAccount       MtxOlmAccount;
typedef struct _MtxOlmSession       MtxOlmSession;

G_END_DECLS
