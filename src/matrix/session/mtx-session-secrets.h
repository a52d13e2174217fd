/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two secrets of an account in the keyring: the key of its store, and the security key from which the
 * person can restore everything.
 */
#pragma once

#include "mtx-keyring.h"

G_BEGIN_DECLS

/**
 * MtxSecretsPurpose:
 * @MTX_SECRETS_OPEN: what is not there is not made
 * @MTX_SECRETS_CREATE: an account may be begun, with a security key of its own
 * @MTX_SECRETS_RESTORE: an account comes back; its security key comes with it
 */
typedef enum
{
  MTX_SECRETS_OPEN,
  MTX_SECRETS_CREATE,
  MTX_SECRETS_RESTORE,
} MtxSecretsPurpose;

DexFuture      *mtx_session_secrets_open            (MtxKeyring      *keyring,
                                                     const char      *provider,
                                                     const char      *label,
                                                     const char      *folder,
                                                     MtxSecretsPurpose purpose);
DexFuture      *mtx_session_secrets_keep            (MtxKeyring      *keyring,
                                                     const char      *provider,
                                                     const char      *label,
                                                     MtxSecretBytes  *security_key,
                                                     MtxSecretBytes  *password);
DexFuture      *mtx_session_secrets_forget          (MtxKeyring      *keyring,
                                                     const char      *provider);
DexFuture      *mtx_session_secrets_load_generation (MtxKeyring      *keyring,
                                                     const char      *provider);
DexFuture      *mtx_session_secrets_save_generation (MtxKeyring      *keyring,
                                                     const char      *provider,
                                                     const char      *label,
                                                     gint64           generation);
DexFuture      *mtx_session_secrets_load_key        (MtxKeyring      *keyring,
                                                     const char      *provider);
DexFuture      *mtx_session_secrets_load_key_text   (MtxKeyring      *keyring,
                                                     const char      *provider);
DexFuture      *mtx_session_secrets_load_password   (MtxKeyring      *keyring,
                                                     const char      *provider);
MtxSecretBytes *mtx_session_secrets_derive_database (MtxSecretBytes  *store_key,
                                                     GError         **error);
MtxSecretBytes *mtx_session_secrets_derive_pickles  (MtxSecretBytes  *store_key,
                                                     GError         **error);

G_END_DECLS
