/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The engine as its family sees it: the command channel, and what the commands share.
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-device-message.h"
#include "mtx-device-store.h"
#include "mtx-keys-reply.h"
#include "mtx-own-keys.h"
#include "mtx-megolm-outbound.h"
#include "mtx-ratchets.h"
#include "mtx-room-crypto-info.h"
#include "mtx-room-key-store.h"
#include "mtx-tracked-users.h"
#include "mtx-worker.h"

G_BEGIN_DECLS

/* A command's body; runs in the owner fiber, alone. Returns a settled future; if that is a rejection, the
 * keys in memory are dropped and read again from the store. */
typedef DexFuture *(*MtxEngineFunc) (MtxCryptoEngine *self,
                                     gpointer         data);

DexFuture       *_mtx_crypto_engine_command         (MtxCryptoEngine *self,
                                                     MtxEngineFunc    func,
                                                     gpointer         data,
                                                     GDestroyNotify   destroy);
gboolean         _mtx_crypto_engine_work            (MtxCryptoEngine *self,
                                                     MtxThreadFunc    func,
                                                     gpointer         job,
                                                     GError         **error);
gboolean         _mtx_crypto_engine_commit          (MtxCryptoEngine *self,
                                                     MtxChangeSet    *changes,
                                                     GError         **error);
MtxRatchets     *_mtx_crypto_engine_get_ratchets    (MtxCryptoEngine *self);
MtxTrackedUsers *_mtx_crypto_engine_get_tracked     (MtxCryptoEngine *self);
void             _mtx_crypto_engine_get_own_ids     (MtxCryptoEngine *self,
                                                     MtxOwnIds       *own);
void             _mtx_crypto_engine_note_server_keys (MtxCryptoEngine *self,
                                                      gint64           one_time_keys,
                                                      gboolean         is_fallback_used);
gboolean         _mtx_crypto_engine_get_server_keys (MtxCryptoEngine *self,
                                                     gint64          *one_time_keys,
                                                     gboolean        *is_fallback_used);

/* Whose events are to be judged again with the next sync, because their devices changed. */
void             _mtx_crypto_engine_note_changed    (MtxCryptoEngine *self,
                                                     const char      *user_id);
GStrv            _mtx_crypto_engine_take_changed    (MtxCryptoEngine *self);
gboolean         _mtx_crypto_engine_is_first_look   (MtxCryptoEngine *self);
void             _mtx_crypto_engine_end_first_look  (MtxCryptoEngine *self);

/* Imported room keys whose events were not looked at since: name → MtxInboundSessionRow. */
GHashTable      *_mtx_crypto_engine_get_arrived     (MtxCryptoEngine *self);

/* -import: room keys that prove no sender. */
DexFuture       *_mtx_crypto_engine_import_room_keys (MtxCryptoEngine *self,
                                                      GPtrArray       *keys);

/* -backup: room keys on their way out. */

/* A portion of room keys, encrypted for the backup. */
typedef struct
{
  JsonObject *body; /* of PUT /room_keys/keys */
  GPtrArray  *rows; /* of MtxInboundSessionRow: those in it, and those that cannot be read any more */
} MtxBackupBatch;

#define MTX_TYPE_BACKUP_BATCH (mtx_backup_batch_get_type ())

/* A portion of all room keys, as texts. */
typedef struct
{
  GPtrArray *entries;    /* of JSON objects as text; secret */
  char      *room_id;    /* the last that was looked at; NULL: none followed */
  char      *session_id;
} MtxRoomKeyPage;

#define MTX_TYPE_ROOM_KEY_PAGE (mtx_room_key_page_get_type ())

GType            mtx_backup_batch_get_type          (void);
void             mtx_backup_batch_unref             (MtxBackupBatch  *self);
GType            mtx_room_key_page_get_type         (void);
void             mtx_room_key_page_unref            (MtxRoomKeyPage  *self);
DexFuture       *_mtx_crypto_engine_load_backup_key (MtxCryptoEngine *self);
DexFuture       *_mtx_crypto_engine_put_backup_key  (MtxCryptoEngine *self,
                                                     MtxSecretBytes  *key);
DexFuture       *_mtx_crypto_engine_sign_backup     (MtxCryptoEngine *self,
                                                     JsonObject      *auth_data);
DexFuture       *_mtx_crypto_engine_pack_backup     (MtxCryptoEngine *self,
                                                     guint            max_keys);
DexFuture       *_mtx_crypto_engine_export_page     (MtxCryptoEngine *self,
                                                     const char      *after_room_id,
                                                     const char      *after_session_id,
                                                     guint            max_keys);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxBackupBatch, mtx_backup_batch_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRoomKeyPage, mtx_room_key_page_unref)

/* -publish: our own public keys. */

/* What the server lacks of us. */
typedef struct
{
  gboolean device_keys;       /* it has no device keys of ours, or others */
  gint64   one_time_keys;     /* how many one-time keys it has */
  gboolean is_fallback_used;  /* its fallback key was used */
} MtxUploadNeed;

DexFuture       *_mtx_crypto_engine_prepare_upload  (MtxCryptoEngine     *self,
                                                     const MtxUploadNeed *need);
DexFuture       *_mtx_crypto_engine_confirm_upload  (MtxCryptoEngine     *self,
                                                     JsonObject          *body);
DexFuture       *_mtx_crypto_engine_build_cross_signing (MtxCryptoEngine *self);

/* -olm, -prepare, -share and -send: what we send to devices and to rooms. */

/* A one-time key somebody's device offers, as the server gave it. */
typedef struct
{
  MtxDeviceRow *device;
  char         *key_id;        /* `signed_curve25519:…` */
  JsonObject   *untrusted_key;
} MtxClaimedKey;

gboolean         _mtx_crypto_engine_check_present   (MtxCryptoEngine   *self,
                                                     MtxRoomCryptoInfo *info,
                                                     GError           **error);
gboolean         _mtx_crypto_engine_load_outbound   (MtxCryptoEngine   *self,
                                                     const char        *room_id,
                                                     MtxOutboundSessionRow **row,
                                                     GError           **error);
MtxOutboundSessionRow *_mtx_outbound_session_put    (MtxRatchets       *ratchets,
                                                     const char        *room_id,
                                                     MtxMegolmOutbound *session,
                                                     gboolean           shared_history,
                                                     MtxChangeSet      *changes,
                                                     GError           **error);
void             _mtx_claimed_key_free              (gpointer          memory);
DexFuture       *_mtx_crypto_engine_begin_sessions  (MtxCryptoEngine   *self,
                                                     GPtrArray         *claimed_keys);
GPtrArray       *_mtx_crypto_engine_load_olm_sessions (MtxCryptoEngine *self,
                                                       GPtrArray       *devices,
                                                       GError         **error);
DexFuture       *_mtx_crypto_engine_send_dummies    (MtxCryptoEngine   *self,
                                                     GPtrArray         *devices);
DexFuture       *_mtx_crypto_engine_prepare_room    (MtxCryptoEngine   *self,
                                                     MtxRoomCryptoInfo *info);
DexFuture       *_mtx_crypto_engine_share_room_key  (MtxCryptoEngine   *self,
                                                     MtxRoomCryptoInfo *info,
                                                     GPtrArray         *devices);
DexFuture       *_mtx_crypto_engine_encrypt_event   (MtxCryptoEngine   *self,
                                                     MtxRoomCryptoInfo *info,
                                                     const char        *type,
                                                     JsonObject        *content);

/* -trust: other people's identities. */

/* What a person decided about an identity. */
typedef enum
{
  MTX_DECISION_ACKNOWLEDGE, /* the new identity is theirs */
  MTX_DECISION_WITHDRAW,    /* and need not be verified as the old one was */
  MTX_DECISION_VERIFY,      /* both compared it */
} MtxDecision;

gboolean         _mtx_crypto_engine_check_members   (MtxCryptoEngine   *self,
                                                     MtxRoomCryptoInfo *info,
                                                     GStrv             *exempt,
                                                     GError           **error);
DexFuture       *_mtx_crypto_engine_decide          (MtxCryptoEngine   *self,
                                                     MtxDecision        decision,
                                                     const char        *user_id,
                                                     const char        *master_key);
DexFuture       *_mtx_crypto_engine_sign_identity   (MtxCryptoEngine   *self,
                                                     const char        *user_id);
MtxOwnKeys       _mtx_crypto_engine_load_own_keys   (MtxCryptoEngine   *self,
                                                     GError           **error);

/* -devices: our own other devices. */
DexFuture       *_mtx_crypto_engine_sign_device     (MtxCryptoEngine   *self,
                                                     const char        *device_id,
                                                     const char        *ed25519);

/* -announce: what those above are told after the commit, in the owner fiber: handlers may not await a command. */
void             _mtx_crypto_engine_class_add_signals (MtxCryptoEngineClass *klass);

/* -answer: what other devices of ours ask for. */
DexFuture       *_mtx_crypto_engine_answer_secret   (MtxCryptoEngine   *self,
                                                     const char        *device_id,
                                                     const char        *name,
                                                     const char        *request_id);
DexFuture       *_mtx_crypto_engine_answer_room_key (MtxCryptoEngine   *self,
                                                     const char        *device_id,
                                                     const char        *room_id,
                                                     const char        *session_id);

G_END_DECLS
