/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two secrets of an account in the keyring: the key of its store, and the security key from which the
 * person can restore everything.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

DexFuture      *mtx_session_secrets_open            (MtxKeyring      *keyring,
                                                     const char      *provider,
                                                     const char      *label,
                                                     const char      *folder,
                                                     gboolean         may_create);
DexFuture      *mtx_session_secrets_load_password   (MtxKeyring      *keyring,
                                                     const char      *provider);
MtxSecretBytes *mtx_session_secrets_derive_database (MtxSecretBytes  *store_key,
                                                     GError         **error);
MtxSecretBytes *mtx_session_secrets_derive_pickles  (MtxSecretBytes  *store_key,
                                                     GError         **error);

G_END_DECLS
