/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms: the summary a list shows, members, state, and account data.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char *room_id;
  const char *membership;            /* ours: join, invite, leave, ban, knock */
  const char *kind;                  /* what the app uses it for, or NULL */
  const char *name;
  const char *topic;
  const char *canonical_alias;
  const char *avatar_url;
  const char *encryption_algorithm;  /* sticky: putting NULL, or another one, keeps the first (M28) */
  gint64      rotation_period_ms;    /* 0: not given; kept with the algorithm */
  gint64      rotation_period_msgs;  /* 0: not given */
  const char *history_visibility;
  const char *join_rule;
  const char *room_version;
  const char *creators;              /* JSON array of user ids */
  const char *power_levels;          /* JSON content of m.room.power_levels */
  const char *replaced_by;           /* room id in the tombstone, or NULL */
  const char *inviter;               /* who invited us, or NULL */
  gint64      notification_count;
  gint64      highlight_count;
  gint64      joined_count;
  gint64      invited_count;
  gboolean    members_complete;      /* the member list was fetched as a whole */
  gboolean    is_direct;
  gint64      last_activity_at;
} MtxRoomRow;

typedef struct
{
  const char *room_id;
  const char *user_id;
  const char *membership;
  const char *display_name;
  const char *avatar_url;
} MtxMemberRow;

typedef struct
{
  const char *room_id;
  const char *type;
  const char *state_key;
  const char *content;               /* JSON */
  const char *sender;
  const char *event_id;              /* or NULL (stripped state) */
  gint64      origin_server_ts;
} MtxStateRow;

MTX_DECLARE_ROW (MtxRoomRow, mtx_room_row)
MTX_DECLARE_ROW (MtxMemberRow, mtx_member_row)
MTX_DECLARE_ROW (MtxStateRow, mtx_state_row)

DexFuture *mtx_room_store_load_rooms        (MtxDb              *db);
DexFuture *mtx_room_store_load_room         (MtxDb              *db,
                                             const char         *room_id);
void       mtx_room_store_put_room          (MtxChangeSet       *changes,
                                             const MtxRoomRow   *row);

DexFuture *mtx_room_store_load_members      (MtxDb              *db,
                                             const char         *room_id);
DexFuture *mtx_room_store_count_gone        (MtxDb              *db,
                                             const char         *room_id,
                                             const char * const *user_ids);
void       mtx_room_store_put_member        (MtxChangeSet       *changes,
                                             const MtxMemberRow *row);

DexFuture *mtx_room_store_load_state        (MtxDb              *db,
                                             const char         *room_id);
void       mtx_room_store_put_state         (MtxChangeSet       *changes,
                                             const MtxStateRow  *row);

DexFuture *mtx_room_store_load_account_data (MtxDb              *db,
                                             const char         *room_id,
                                             const char         *type);
void       mtx_room_store_put_account_data  (MtxChangeSet       *changes,
                                             const char         *room_id,
                                             const char         *type,
                                             const char         *content);

G_END_DECLS
