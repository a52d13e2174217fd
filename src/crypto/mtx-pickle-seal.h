/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Seals a pickle with a key of its own and ties it to its place, so that none can be read, changed, or put
 * where another belongs. A pickle that does not open is never shown to the ratchet library.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_PICKLE_OLM_ACCOUNT = 1,
  MTX_PICKLE_OLM_SESSION,
  MTX_PICKLE_MEGOLM_INBOUND,
  MTX_PICKLE_MEGOLM_OUTBOUND,
  MTX_PICKLE_CROSS_SIGNING,
  MTX_PICKLE_BACKUP_KEY,
} MtxPickleType;

GBytes         *mtx_pickle_seal (MtxPickleType    type,
                                 const char      *place,
                                 const char      *id,
                                 MtxSecretBytes  *master_key,
                                 const guint8    *pickle,
                                 gsize            length,
                                 GError         **error);
MtxSecretBytes *mtx_pickle_open (MtxPickleType    type,
                                 const char      *place,
                                 const char      *id,
                                 MtxSecretBytes  *master_key,
                                 GBytes          *untrusted_sealed,
                                 GError         **error);

G_END_DECLS
