/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One anonymous account with one provider, and the owner of everything that lives with it: secrets,
 * store, network, keys, sync and rooms. Opened once, closed once, drained before it goes.
 */
#pragma once

#include "mtx-account-hints.h"
#include "mtx-oauth.h"
#include "mtx-registration.h"
#include "mtx-session-state.h"

G_BEGIN_DECLS

/* The models and services below are described where they live. */
typedef struct _MtxKeyring    MtxKeyring;
typedef struct _MtxDb         MtxDb;
typedef struct _MtxEncryption MtxEncryption;
typedef struct _MtxRoomList   MtxRoomList;
typedef struct _MtxSyncLoop   MtxSyncLoop;
typedef struct _MtxSecretStorage MtxSecretStorage;

/* Fills the layers above from the store. The network is not asked before it is done. */
typedef DexFuture *(*MtxSessionCachedFunc) (gpointer data);

#define MTX_TYPE_SESSION (mtx_session_get_type ())

G_DECLARE_FINAL_TYPE (MtxSession, mtx_session, MTX, SESSION, GObject)

/* Without a keyring the session uses that of the desktop. */
MtxSession      *mtx_session_new            (MtxKeyring      *keyring,
                                             const char      *data_dir,
                                             const char      *provider_key,
                                             const char      *provider_label);
void             mtx_session_set_terms_func (MtxSession      *self,
                                             MtxTermsFunc     func,
                                             gpointer         data,
                                             GDestroyNotify   destroy);
void             mtx_session_set_browser_func (MtxSession   *self,
                                             const char      *parting_words,
                                             MtxOAuthBrowserFunc func,
                                             gpointer         data,
                                             GDestroyNotify   destroy);
void             mtx_session_set_cached_func (MtxSession     *self,
                                             MtxSessionCachedFunc func,
                                             gpointer         data,
                                             GDestroyNotify   destroy);
DexFuture       *mtx_session_open           (MtxSession      *self,
                                             const MtxAccountHints *hints);
DexFuture       *mtx_session_unlock_keyring (MtxSession      *self);
DexFuture       *mtx_session_close          (MtxSession      *self);
void             mtx_session_want_device    (MtxSession      *self);
gboolean         mtx_session_is_copied      (MtxSession      *self);
MtxSessionState  mtx_session_get_state      (MtxSession      *self);
const GError    *mtx_session_get_error      (MtxSession      *self);
const char      *mtx_session_get_user_id    (MtxSession      *self);
MtxHttp         *mtx_session_get_http       (MtxSession      *self);
MtxDb           *mtx_session_get_db         (MtxSession      *self);
MtxEncryption   *mtx_session_get_encryption (MtxSession      *self);
MtxRoomList     *mtx_session_get_rooms      (MtxSession      *self);
MtxSecretStorage *mtx_session_get_secret_storage (MtxSession *self);
DexFuture       *mtx_session_load_key_text  (MtxSession      *self);
MtxSyncLoop     *mtx_session_get_sync_loop  (MtxSession      *self);

G_END_DECLS
