/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own private keys in memory: the account and the cross-signing keys. They live on the crypto worker
 * thread, and are dropped and read again from the store whenever a commit fails.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-cross-signing-keys.h"
#include "mtx-olm-account.h"

G_BEGIN_DECLS

typedef struct _MtxRatchets MtxRatchets;

struct _MtxRatchets
{
  char                *user_id;
  char                *device_id;
  MtxSecretBytes      *master_key;
  MtxOlmAccount       *account;     /* NULL until loaded, and after mtx_ratchets_drop () */
  MtxCrossSigningKeys *keys;
  JsonObject          *device_keys; /* signed by the device and by the self-signing key (M14) */
};

MtxRatchets *mtx_ratchets_new               (const char      *user_id,
                                             const char      *device_id,
                                             MtxSecretBytes  *master_key);
void         mtx_ratchets_free              (MtxRatchets     *self);
gboolean     mtx_ratchets_create            (MtxRatchets     *self,
                                             GBytes          *sealed_keys,
                                             MtxChangeSet    *changes,
                                             GError         **error);
gboolean     mtx_ratchets_load              (MtxRatchets     *self,
                                             GBytes          *sealed_account,
                                             GBytes          *sealed_keys,
                                             GError         **error);
void         mtx_ratchets_drop              (MtxRatchets     *self);
gboolean     mtx_ratchets_put_backup_key    (MtxRatchets     *self,
                                             MtxSecretBytes  *key,
                                             MtxChangeSet    *changes,
                                             GError         **error);
MtxSecretBytes *mtx_ratchets_open_backup_key (MtxRatchets    *self,
                                              GBytes         *sealed,
                                              GError        **error);
gboolean     mtx_ratchets_save_account      (MtxRatchets     *self,
                                             MtxChangeSet    *changes,
                                             GError         **error);
JsonObject  *mtx_ratchets_build_device_keys (MtxRatchets     *self,
                                             GError         **error);
JsonObject  *mtx_ratchets_build_cross_signing (MtxRatchets   *self,
                                               GError       **error);
JsonObject  *mtx_ratchets_build_one_time_keys (MtxRatchets   *self,
                                               GError       **error);
JsonObject  *mtx_ratchets_build_fallback_keys (MtxRatchets   *self,
                                               GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRatchets, mtx_ratchets_free)

G_END_DECLS
