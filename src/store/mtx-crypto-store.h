/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own side of encryption: sealed account and cross-signing keys, marks about what was published,
 * and the Olm sessions with other devices. Pickles arrive and leave sealed; this layer cannot open them.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef enum
{
  MTX_SEALED_ACCOUNT,
  MTX_SEALED_CROSS_SIGNING_KEYS,             /* all three in one, so that they never come apart */
  MTX_SEALED_BACKUP_KEY,
  MTX_SEALED_STORAGE_KEY,
} MtxSealedKind;

/* Numbers that describe the sealed objects and change in the same transaction; 0 when never put. */
typedef enum
{
  MTX_CRYPTO_MARK_DEVICE_KEYS_PUBLISHED,     /* boolean */
  MTX_CRYPTO_MARK_CROSS_SIGNING_PUBLISHED,   /* boolean */
  MTX_CRYPTO_MARK_UPLOAD_BEGUN,              /* boolean: something may have reached the server */
  MTX_CRYPTO_MARK_OWN_KEYS,                  /* how the server last showed us, MtxOwnKeys */
  MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING,     /* boolean: generated and stored, upload not confirmed */
  MTX_CRYPTO_MARK_FALLBACK_KEY_CREATED_AT,   /* time */
  MTX_CRYPTO_MARK_FALLBACK_KEY_PUBLISHED_AT, /* time */
  MTX_CRYPTO_MARK_FALLBACK_KEY_REPLACED_AT,  /* time: the old private key may go an hour later */
  MTX_CRYPTO_MARK_NO_IDENTITY_ALLOWED,       /* boolean: people without an identity get keys as well */
  MTX_CRYPTO_MARK_DEVICE_WANTED,             /* boolean: there is an identity, and its device is to be made */
  MTX_CRYPTO_N_MARKS,
} MtxCryptoMark;

typedef struct
{
  const char *sender_key;       /* Curve25519 identity key of the other device */
  const char *session_id;
  GBytes     *sealed;
  gint64      created_at;
  gint64      last_received_at; /* 0: never; else the time a message was last decrypted with it */
} MtxOlmSessionRow;

MTX_DECLARE_ROW (MtxOlmSessionRow, mtx_olm_session_row)

DexFuture *mtx_crypto_store_load_sealed        (MtxDb                  *db,
                                                MtxSealedKind           kind);
void       mtx_crypto_store_put_sealed         (MtxChangeSet           *changes,
                                                MtxSealedKind           kind,
                                                GBytes                 *sealed);
DexFuture *mtx_crypto_store_load_mark          (MtxDb                  *db,
                                                MtxCryptoMark           mark);
void       mtx_crypto_store_put_mark           (MtxChangeSet           *changes,
                                                MtxCryptoMark           mark,
                                                gint64                  value);

void       mtx_crypto_store_forget_device      (MtxChangeSet           *changes);

DexFuture *mtx_crypto_store_load_olm_sessions  (MtxDb                  *db,
                                                const char * const     *sender_keys);
void       mtx_crypto_store_put_olm_session    (MtxChangeSet           *changes,
                                                const MtxOlmSessionRow *row);
void       mtx_crypto_store_delete_olm_session (MtxChangeSet           *changes,
                                                const char             *sender_key,
                                                const char             *session_id);

G_END_DECLS
