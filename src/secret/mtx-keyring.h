/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the keys to everything stored lie: the system's keyring. Its four states are told apart by the
 * error: available (none, or MTX_ERROR_NOT_FOUND for an item that is not there), MTX_ERROR_LOCKED,
 * MTX_ERROR_ABSENT, MTX_ERROR_WRONG_SECRET; MTX_ERROR_DAMAGED is an item whose content is not ours.
 *
 * Nothing is created over, or deleted because of, a secret that cannot be read, and nothing but
 * mtx_keyring_unlock() ever asks the user.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_KEYRING (mtx_keyring_get_type ())

G_DECLARE_INTERFACE (MtxKeyring, mtx_keyring, MTX, KEYRING, GObject)

struct _MtxKeyringInterface
{
  GTypeInterface parent_iface;

  DexFuture *(*load)           (MtxKeyring     *self,
                                const char     *provider,
                                const char     *item);
  DexFuture *(*create)         (MtxKeyring     *self,
                                const char     *provider,
                                const char     *item,
                                const char     *label,
                                MtxSecretBytes *secret);
  DexFuture *(*replace)        (MtxKeyring     *self,
                                const char     *provider,
                                const char     *item,
                                const char     *label,
                                MtxSecretBytes *secret);
  DexFuture *(*forget)         (MtxKeyring     *self,
                                const char     *provider,
                                const char     *item);
  DexFuture *(*unlock)         (MtxKeyring     *self);
  DexFuture *(*list_providers) (MtxKeyring     *self);
};

DexFuture *mtx_keyring_load           (MtxKeyring     *self,
                                       const char     *provider,
                                       const char     *item);
DexFuture *mtx_keyring_create         (MtxKeyring     *self,
                                       const char     *provider,
                                       const char     *item,
                                       const char     *label,
                                       MtxSecretBytes *secret);
DexFuture *mtx_keyring_replace        (MtxKeyring     *self,
                                       const char     *provider,
                                       const char     *item,
                                       const char     *label,
                                       MtxSecretBytes *secret);
DexFuture *mtx_keyring_forget         (MtxKeyring     *self,
                                       const char     *provider,
                                       const char     *item);
DexFuture *mtx_keyring_unlock         (MtxKeyring     *self);
DexFuture *mtx_keyring_list_providers (MtxKeyring     *self);

G_END_DECLS
