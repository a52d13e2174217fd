/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of the key backup share: the version (-version), what goes up (-upload), what comes back
 * as a whole (-restore) and one by one (-lookup).
 */
#pragma once

#include "mtx-backoff.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-http.h"
#include "mtx-key-backup.h"
#include "mtx-received-key.h"
#include "mtx-turns.h"

G_BEGIN_DECLS

/* The person's wish to have a backup or none: `enabled` (MSC4287), and before that `disabled`. */
#define MTX_KEY_PREFERENCE_TYPE          "m.key_backup"
#define MTX_KEY_PREFERENCE_UNSTABLE_TYPE "m.org.matrix.custom.backup_disabled"

/* Where the person's wish to have a backup or none was read. */
typedef enum
{
  PREFERENCE_UNKNOWN,
  PREFERENCE_NONE,
  PREFERENCE_UNSTABLE,
  PREFERENCE_STABLE,
} MtxKeyPreference;

struct _MtxKeyBackup
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  MtxTurns         turns;     /* of what asks for the version or changes it */
  char            *version;   /* the server's name of our backup; NULL: there is none that our key fits */
  DexFuture       *uploading; /* NULL: nothing is going up */
  DexFuture       *looking;   /* NULL: nothing is looked up */
  DexFuture       *restoring; /* NULL: nothing is restored */
  DexPromise      *interrupt; /* resolved to end all waits */
  GHashTable      *wanted;    /* name → Wanted: room keys to look up */

  /* state */
  MtxKeyBackupState state;
  MtxBackoff        asking; /* for the version, after failures */
  gint64            ask_at; /* monotonic, µs: not before */
  MtxKeyPreference  preference;
  gboolean          is_disabled;
  gboolean          is_upload_wanted;
  gboolean          is_closed;
  guint             restored;
  guint             total;
};

typedef struct
{
  MtxKeyBackup   *self;
  MtxSecretBytes *untrusted_private_key;
} MtxKeyBackupConnect;

void            _mtx_key_backup_set_state      (MtxKeyBackup     *self,
                                                MtxKeyBackupState state);
void            _mtx_key_backup_forget         (MtxKeyBackup    *self);
void            _mtx_key_backup_take_preference (MtxKeyBackup   *self,
                                                 JsonObject     *stable,
                                                 JsonObject     *unstable);
DexFuture      *_mtx_key_backup_set_up_fiber   (gpointer         data);
DexFuture      *_mtx_key_backup_replace_fiber  (gpointer         data);
DexFuture      *_mtx_key_backup_connect_fiber  (gpointer         data);
void            _mtx_key_backup_look_again     (MtxKeyBackup    *self);
gboolean        _mtx_key_backup_wait           (MtxKeyBackup    *self,
                                                gint64           delay_ms);
gboolean        _mtx_key_backup_is_other       (const GError    *error);
void            _mtx_key_backup_set_progress   (MtxKeyBackup    *self,
                                                guint            restored,
                                                guint            total);
MtxReceivedKey *_mtx_key_backup_open_item      (MtxSecretBytes  *private_key,
                                                JsonObject      *untrusted_item,
                                                const char      *room_id,
                                                const char      *session_id,
                                                GError         **error);
void            _mtx_key_backup_wake_upload    (MtxKeyBackup    *self);
void            _mtx_key_backup_wake_lookup    (MtxKeyBackup    *self);
void            _mtx_key_backup_want           (MtxKeyBackup    *self,
                                                const char      *room_id,
                                                const char      *session_id);
GHashTable     *_mtx_key_backup_new_wanted     (void);
void            _mtx_key_backup_load_wanted    (MtxKeyBackup    *self);

G_END_DECLS
