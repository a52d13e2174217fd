/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A conversation as a GListModel of MtxTimelineItem, newest last: a window on the stored events of a room,
 * followed by what the outbox still has to send. Exists before its room does.
 */
#pragma once

#include "mtx-timeline-item.h"

G_BEGIN_DECLS

#define MTX_TYPE_TIMELINE (mtx_timeline_get_type ())

G_DECLARE_FINAL_TYPE (MtxTimeline, mtx_timeline, MTX, TIMELINE, GObject)

/* Properties: "room" (nullable), "has-older" (boolean), "last-incoming-event-id" (string, nullable; what a read
 * receipt would name). */
MtxTimeline *mtx_timeline_new                        (MtxDb         *db,
                                                      MtxOutbox     *outbox);
DexFuture   *mtx_timeline_bind                       (MtxTimeline   *self,
                                                      MtxRoom       *room,
                                                      MtxHttp       *http,
                                                      MtxEncryption *encryption);
MtxRoom     *mtx_timeline_get_room                   (MtxTimeline   *self);
gboolean     mtx_timeline_get_has_older              (MtxTimeline   *self);
const char  *mtx_timeline_get_last_incoming_event_id (MtxTimeline   *self);
DexFuture   *mtx_timeline_load_older                 (MtxTimeline   *self);

G_END_DECLS
