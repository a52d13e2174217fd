/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an item stands among the stored events, for the timeline.
 */
#pragma once

#include "mtx-timeline-item.h"

G_BEGIN_DECLS

gint64 _mtx_timeline_item_get_position (MtxTimelineItem *self);
void   _mtx_timeline_item_set_position (MtxTimelineItem *self,
                                        gint64           position);
void   _mtx_timeline_item_set_deleted  (MtxTimelineItem *self);

G_END_DECLS
