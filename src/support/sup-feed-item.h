/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One announcement: plain text with an optional title, and when it was posted.
 */
#pragma once

#include "sup-types.h"

G_BEGIN_DECLS

#define SUP_TYPE_FEED_ITEM (sup_feed_item_get_type ())

G_DECLARE_FINAL_TYPE (SupFeedItem, sup_feed_item, SUP, FEED_ITEM, GObject)

/* Properties: "event-id", "title" (nullable: the first line, when there are more), "text", "date" (GDateTime, nullable). */
SupFeedItem *sup_feed_item_new          (const char  *event_id,
                                         const char  *body,
                                         gint64       timestamp_ms);
const char  *sup_feed_item_get_event_id (SupFeedItem *self);
const char  *sup_feed_item_get_body     (SupFeedItem *self);
const char  *sup_feed_item_get_title    (SupFeedItem *self);
const char  *sup_feed_item_get_text     (SupFeedItem *self);
GDateTime   *sup_feed_item_get_date     (SupFeedItem *self);
gint64       sup_feed_item_get_timestamp_ms (SupFeedItem *self);

G_END_DECLS
