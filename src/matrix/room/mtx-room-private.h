/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the room list fills rooms, and how a timeline hears of news.
 */
#pragma once

#include "mtx-room.h"
#include "mtx-room-summary.h"
#include "mtx-sync-response.h"

G_BEGIN_DECLS

/* What one committed sync brought for one room; lives for the signal "news" only. */
typedef struct
{
  MtxSyncRoom *sync;    /* or NULL */
  GPtrArray   *healed;  /* of MtxEvent: stored ones that read otherwise now; or NULL */
} MtxRoomNews;

MtxRoom        *_mtx_room_new             (MtxDb          *db,
                                           MtxHttp        *http,
                                           const char     *own_user_id,
                                           MtxRoomSummary *summary);
MtxRoomSummary *_mtx_room_get_summary     (MtxRoom        *self);
void            _mtx_room_set_member      (MtxRoom        *self,
                                           const char     *user_id,
                                           MtxMembership   membership);
void            _mtx_room_publish         (MtxRoom        *self,
                                           MtxRoomNews    *news);
void            _mtx_room_put_member      (MtxChangeSet   *changes,
                                           MtxEvent       *event);

G_END_DECLS
