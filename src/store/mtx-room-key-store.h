/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Megolm: room keys we received, the one we send with and who got it, what was withheld from us, and
 * the index that betrays a replayed message.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char *room_id;
  const char *session_id;
} MtxRoomKeyId;

typedef struct
{
  const char *room_id;
  const char *session_id;
  GBytes     *sealed;
  const char *sender_key;        /* Curve25519 key the room key came from */
  const char *claimed_ed25519;   /* as claimed by the Olm message */
  const char *sender_user;       /* or NULL when unknown (imported) */
  const char *sender_device;     /* or NULL when unknown */
  gint64      origin;            /* the engine's rank of how much the source is trusted */
  gint64      first_known_index;
  gboolean    imported;          /* from a backup, an export or a bundle: proves no sender */
  gboolean    shared_history;
  gboolean    backed_up;         /* the backup on the server has it, or a better one */
  gint64      authentic_index;   /* of a key with a sender: what it opens before this index proves none */
} MtxInboundSessionRow;

typedef struct
{
  const char *room_id;
  const char *session_id;
  GBytes     *sealed;
  gint64      created_at;
  gint64      message_count;     /* messages encrypted with it so far */
  gboolean    shared_history;    /* as it was said to those who got it */
} MtxOutboundSessionRow;

typedef enum
{
  MTX_KEY_SHARE_PENDING,         /* in a stored to-device batch, not yet accepted by the server */
  MTX_KEY_SHARE_SENT,
  MTX_KEY_SHARE_WITHHELD,        /* told why not */
  MTX_KEY_SHARE_AGAIN,           /* has it or not, nobody knows: to be sent once more (M34) */
} MtxKeyShareState;

typedef struct
{
  const char       *room_id;
  const char       *session_id;
  const char       *user_id;
  const char       *device_id;
  const char       *curve25519;    /* of the device when it was decided */
  gint64            message_index; /* first index the device can read; -1 when withheld */
  MtxKeyShareState  state;
  const char       *txn_id;        /* the to-device batch that carries it, or NULL */
} MtxKeyShareRow;

typedef struct
{
  const char *room_id;
  const char *session_id;
  const char *sender_key;
  const char *code;
  const char *reason;            /* or NULL; a stranger's words */
} MtxWithheldRow;

typedef struct
{
  const char *room_id;
  const char *session_id;
  gint64      message_index;
  const char *event_id;
  gint64      origin_server_ts;
} MtxReplayRow;

MTX_DECLARE_ROW (MtxInboundSessionRow, mtx_inbound_session_row)
MTX_DECLARE_ROW (MtxOutboundSessionRow, mtx_outbound_session_row)
MTX_DECLARE_ROW (MtxKeyShareRow, mtx_key_share_row)
MTX_DECLARE_ROW (MtxWithheldRow, mtx_withheld_row)
MTX_DECLARE_ROW (MtxReplayRow, mtx_replay_row)

DexFuture *mtx_room_key_store_load_inbound    (MtxDb                       *db,
                                               const MtxRoomKeyId          *ids,
                                               guint                        n_ids);
DexFuture *mtx_room_key_store_count_inbound   (MtxDb                       *db,
                                               const char                  *sender_user);
DexFuture *mtx_room_key_store_load_to_back_up (MtxDb                       *db,
                                               guint                        max_rows);
DexFuture *mtx_room_key_store_load_after      (MtxDb                       *db,
                                               const MtxRoomKeyId          *after,
                                               guint                        max_rows);
DexFuture *mtx_room_key_store_count_all       (MtxDb                       *db);
void       mtx_room_key_store_put_inbound     (MtxChangeSet                *changes,
                                               const MtxInboundSessionRow  *row);

DexFuture *mtx_room_key_store_load_outbound   (MtxDb                       *db,
                                               const char                  *room_id);
void       mtx_room_key_store_put_outbound    (MtxChangeSet                *changes,
                                               const MtxOutboundSessionRow *row);
void       mtx_room_key_store_delete_outbound (MtxChangeSet                *changes,
                                               const char                  *room_id);
void       mtx_room_key_store_drop_outbound_of (MtxChangeSet               *changes,
                                                const char                 *room_id,
                                                const char                 *user_id);

DexFuture *mtx_room_key_store_load_shares     (MtxDb                       *db,
                                               const char                  *room_id,
                                               const char                  *session_id);
void       mtx_room_key_store_put_share       (MtxChangeSet                *changes,
                                               const MtxKeyShareRow        *row);
void       mtx_room_key_store_put_shares_sent (MtxChangeSet                *changes,
                                               const char                  *txn_id);
void       mtx_room_key_store_put_shares_again (MtxChangeSet               *changes,
                                                const char                 *user_id,
                                                const char                 *curve25519);

DexFuture *mtx_room_key_store_load_withheld   (MtxDb                       *db,
                                               const char                  *room_id,
                                               const char                  *session_id);
void       mtx_room_key_store_put_withheld    (MtxChangeSet                *changes,
                                               const MtxWithheldRow        *row);

DexFuture *mtx_room_key_store_load_replay     (MtxDb                       *db,
                                               const MtxRoomKeyId          *ids,
                                               guint                        n_ids);
void       mtx_room_key_store_put_replay      (MtxChangeSet                *changes,
                                               const MtxReplayRow          *row);

G_END_DECLS
