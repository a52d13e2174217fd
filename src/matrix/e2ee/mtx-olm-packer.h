/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encrypts messages for devices over Olm and puts them into batches, in the change set that stores the ratchets
 * that were turned. Belongs to the crypto worker thread and to one command.
 */
#pragma once

#include "mtx-ratchets.h"
#include "mtx-to-device-batches.h"

G_BEGIN_DECLS

typedef struct _MtxOlmPacker MtxOlmPacker;

/* What became of a message. */
typedef enum
{
  MTX_OLM_PACKED,
  MTX_OLM_NO_SESSION, /* there is none with this device, or the message is too long for it */
  MTX_OLM_FAILED,     /* the command as a whole must be given up */
} MtxOlmPacking;

MtxOlmPacker  *mtx_olm_packer_new    (MtxRatchets         *ratchets,
                                      GPtrArray           *olm_sessions,
                                      const char          *room_id,
                                      const char          *session_id,
                                      MtxChangeSet        *changes);
void           mtx_olm_packer_free   (MtxOlmPacker        *self);
MtxOlmPacking  mtx_olm_packer_add    (MtxOlmPacker        *self,
                                      const MtxDeviceRow  *device,
                                      const char          *type,
                                      JsonObject          *content,
                                      const char         **txn_id,
                                      GError             **error);
void           mtx_olm_packer_finish (MtxOlmPacker        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxOlmPacker, mtx_olm_packer_free)

G_END_DECLS
