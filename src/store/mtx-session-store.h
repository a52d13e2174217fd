/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one account of this database: who we are, our tokens, how far sync came, how far the bootstrap
 * came; and small named settings that must change together with the rest.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char     *user_id;          /* NULL until registered */
  const char     *device_id;
  const char     *homeserver_url;
  MtxSecretBytes *access_token;     /* NULL when logged out */
  MtxSecretBytes *refresh_token;    /* or NULL */
  gint64          token_expires_at; /* 0: unknown or never */
  const char     *next_batch;       /* NULL before the first sync */
  const char     *filter_id;
  gint64          step;             /* the session's own mark of how far it is set up */
} MtxSessionRow;

MTX_DECLARE_ROW (MtxSessionRow, mtx_session_row)

/* Names of settings. Callers may add their own line here, never a computed name. */
#define MTX_SETTING_KEYRING_LABEL    "keyring-label"
#define MTX_SETTING_OAUTH_CLIENT     "oauth-client"
#define MTX_SETTING_PROVIDER         "provider"
#define MTX_SETTING_PROVIDER_KEPT    "provider-kept"
#define MTX_SETTING_REGISTRATION     "registration"
#define MTX_SETTING_HISTORY          "history"
#define MTX_SETTING_GENERATION       "generation"
#define MTX_SETTING_DEVICE           "device"
#define MTX_SETTING_WITNESS          "witness"
#define MTX_SETTING_WITNESS_BEFORE   "witness-before"
#define MTX_SETTING_SUPPORT_ROOM     "support-room"
#define MTX_SETTING_FEED_ROOM        "feed-room"
#define MTX_SETTING_FEED_READ_MARKER "feed-read-marker"
#define MTX_SETTING_ROOM_CREATION    "room-creation"
#define MTX_SETTING_KEY_SAVED        "key-saved"
#define MTX_SETTING_CHAT_READ_MARKER "chat-read-marker"
#define MTX_SETTING_CHAT_TOLD_MARKER "chat-told-marker"

DexFuture *mtx_session_store_load           (MtxDb               *db);
void       mtx_session_store_put            (MtxChangeSet        *changes,
                                             const MtxSessionRow *row);
void       mtx_session_store_put_new_device (MtxChangeSet        *changes,
                                             const char          *device_id,
                                             gint64               step);
void       mtx_session_store_put_tokens     (MtxChangeSet        *changes,
                                             MtxSecretBytes      *access_token,
                                             MtxSecretBytes      *refresh_token,
                                             gint64               expires_at);
void       mtx_session_store_put_next_batch (MtxChangeSet        *changes,
                                             const char          *next_batch);
void       mtx_session_store_put_filter_id  (MtxChangeSet        *changes,
                                             const char          *filter_id);
void       mtx_session_store_put_step       (MtxChangeSet        *changes,
                                             gint64               step);

DexFuture *mtx_session_store_load_setting   (MtxDb               *db,
                                             const char          *static_name);
void       mtx_session_store_put_setting    (MtxChangeSet        *changes,
                                             const char          *static_name,
                                             const char          *value);

G_END_DECLS
