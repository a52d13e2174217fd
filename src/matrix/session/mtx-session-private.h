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
#include "mtx-turns.h"

G_BEGIN_DECLS

/* How it stands with the device. */
typedef enum
{
  MTX_SESSION_DEVICE_KEPT,
  MTX_SESSION_DEVICE_RENEWED,    /* a new one took its place */
  MTX_SESSION_DEVICE_LOGGED_OUT, /* the server ended it */
  MTX_SESSION_DEVICE_COPIED,     /* it was found to be used twice */
  MTX_SESSION_DEVICE_WANTED,     /* after a logout the person wants to go on */
} MtxSessionDevice;

/* What stands in the keyring while nobody has said whose account it is. */
#define MTX_SESSION_DEFAULT_LABEL "Wallet Support"

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
  DexFuture  *witness;   /* whether the server knows a later state of the device; NULL: not asked */
  MtxTurns    raising;   /* the generation of the store */
  DexPromise *opened;    /* what those who opened wait for */
  DexPromise *closed;    /* while closing */

  /* state */
  MtxTermsFunc         terms;
  MtxOAuthBrowserFunc  browser; /* or NULL: people log in by password */
  MtxSessionCachedFunc cached_func;
  MtxSessionState      state;
  GError              *error;
  gint64               step;   /* as stored */
  MtxSessionDevice     device;
  gboolean             is_device_new; /* made in this life, so that no copy is ahead of it */
  guint                n_renewals; /* of the device, since the program began */
  gint64               generation; /* of the store, as stored */
  gint64               raised_at;  /* monotonic, in microseconds; 0: not in this life */
  MtxBackoff           logins; /* between one login and the next */
};

/* Value of a setting: the backup of a restored account is to be read. */
#define MTX_HISTORY_WANTED "wanted"

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
gboolean   _mtx_session_check_device  (MtxSession       *self,
                                       GError          **error);
void       _mtx_session_lose_device   (MtxSession       *self,
                                       MtxSessionDevice  how);
DexFuture *_mtx_session_witness       (gpointer          data);
void       _mtx_session_raise_generation (MtxSession    *self);
DexFuture *_mtx_session_end_generation (MtxSession      *self);
void       _mtx_session_protect       (MtxSession       *self);
void       _mtx_session_protect_backup (MtxSession      *self);
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
