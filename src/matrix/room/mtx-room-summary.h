/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is known of a room beside its members and messages: a plain record that syncs change, and its row.
 */
#pragma once

#include "mtx-event-private.h"
#include "mtx-room-store.h"

G_BEGIN_DECLS

typedef struct _MtxRoomSummary MtxRoomSummary;

struct _MtxRoomSummary
{
  char          *room_id;
  char          *name;
  char          *canonical_alias;
  char          *algorithm;            /* NULL: not encrypted; once set it stays (M28) */
  char          *history_visibility;
  char          *room_version;
  char          *power_levels;         /* JSON */
  char          *inviter;
  GStrv          creators;
  MtxMembership  membership;
  gint64         rotation_period_ms;   /* within bounds when there is an algorithm (threat 52) */
  gint64         rotation_period_msgs;
  gint64         joined_count;
  gint64         invited_count;
  gint64         last_activity_at;
  gboolean       members_complete;
  gboolean       is_direct;
};

MtxRoomSummary *mtx_room_summary_new             (const char     *room_id);
MtxRoomSummary *mtx_room_summary_new_from_row    (MtxRoomRow     *row);
void            mtx_room_summary_free            (MtxRoomSummary *self);
void            mtx_room_summary_put             (MtxRoomSummary *self,
                                                  MtxChangeSet   *changes);
void            mtx_room_summary_apply_state     (MtxRoomSummary *self,
                                                  MtxEvent       *event);
void            mtx_room_summary_apply_encryption (MtxRoomSummary *self,
                                                   JsonObject     *untrusted_content);
void            mtx_room_summary_apply_invitation (MtxRoomSummary *self,
                                                   GPtrArray      *stripped,
                                                   const char     *own_user_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRoomSummary, mtx_room_summary_free)

G_END_DECLS
