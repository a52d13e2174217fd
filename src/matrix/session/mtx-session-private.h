/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of the session share.
 */
#pragma once

#include "mtx-account.h"
#include "mtx-backoff.h"
#include "mtx-crypto-engine.h"
#include "mtx-db.h"
#include "mtx-encryption.h"
#include "mtx-http.h"
#include "mtx-keyring.h"
#include "mtx-room-list.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-storage.h"
#include "mtx-session-record.h"
#include "mtx-session.h"
#include "mtx-sync-loop.h"

G_BEGIN_DECLS

struct _MtxSession
{
  GObject parent_instance;

  /* owned: given */
  MtxKeyring      *keyring;
  char            *folder;
  char            *provider;
  char            *label;
  MtxAccountHints *hints; /* or NULL: only restore */
  gpointer         terms_data;
  GDestroyNotify   terms_destroy;
  char            *parting_words; /* that a browser shows at the end */
  gpointer         browser_data;
  GDestroyNotify   browser_destroy;
  gpointer         cached_data;
  GDestroyNotify   cached_destroy;

  /* owned: from CACHED on */
  MtxDb          *db;
  MtxSecretBytes *pickle_key;

  /* owned: once there is an account */
  char            *user_id;
  char            *device_id;
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  MtxEncryption   *encryption;
  MtxRoomList     *rooms;
  MtxSyncLoop     *sync_loop;
  MtxSecretStorage *storage;

  /* owned: what is under way */
  DexFuture  *operation; /* opening; dropped to cancel it */
  DexFuture  *cached;    /* what the layers above said to the store; NULL while it was not shown to them */
  DexFuture  *protection; /* putting secrets under the security key; once in a run */
  DexPromise *opened;    /* what those who opened wait for */
  DexPromise *closed;    /* while closing */

  /* state */
  MtxTermsFunc         terms;
  MtxOAuthBrowserFunc  browser; /* or NULL: people log in by password */
  MtxSessionCachedFunc cached_func;
  MtxSessionState      state;
  GError              *error;
  gint64               step;   /* as stored */
  MtxBackoff           logins; /* between one login and the next */
};

/* How far the account is set up, as stored. Never renumber. */
typedef enum
{
  MTX_SESSION_STEP_NONE = 0,
  MTX_SESSION_STEP_REGISTERED = 1,
  MTX_SESSION_STEP_PUBLISHED = 2,
  MTX_SESSION_STEP_PROTECTED = 3,
} MtxSessionStep;

DexFuture *_mtx_session_open_fiber    (gpointer          data);
void       _mtx_session_set_state     (MtxSession       *self,
                                       MtxSessionState   state);
void       _mtx_session_lose          (MtxSession       *self,
                                       const GError     *error);
void       _mtx_session_protect       (MtxSession       *self);
void       _mtx_session_adopt_tokens  (MtxSession       *self,
                                       MtxTokens        *tokens);
gboolean   _mtx_session_open_services (MtxSession       *self,
                                       MtxTokens        *tokens,
                                       const char       *homeserver_url,
                                       GError          **error);
gboolean   _mtx_session_find_homeserver (MtxSession     *self,
                                       MtxSessionRecord *record,
                                       GError          **error);
void       _mtx_session_put_account   (MtxChangeSet     *changes,
                                       MtxSessionRecord *record,
                                       MtxAccount       *account);
gboolean   _mtx_session_load_restore  (MtxSession       *self,
                                       MtxSessionRecord **record,
                                       GError          **error);
gboolean   _mtx_session_restore       (MtxSession       *self,
                                       MtxSessionRecord *record,
                                       GError          **error);
gboolean   _mtx_session_register      (MtxSession       *self,
                                       GError          **error);
gboolean   _mtx_session_log_in        (MtxSession       *self,
                                       GError          **error);

G_END_DECLS
