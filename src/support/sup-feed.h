/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The provider's announcements: a read-only GListModel of SupFeedItem, newest first. Only posts by people with
 * the power to moderate the room are items; the rest are counted.
 */
#pragma once

#include "sup-feed-item.h"

G_BEGIN_DECLS

/**
 * SupFeedState:
 * @SUP_FEED_NOT_SET_UP: the provider has no announcements room (off, not set up, or unusable)
 * @SUP_FEED_LOADING: nothing is cached and the first answer is awaited
 * @SUP_FEED_READY: items (or none) are shown and current
 * @SUP_FEED_CACHED: items from the cache are shown; the server could not be asked
 * @SUP_FEED_NOT_PUBLIC: the room exists but may not be read, or the address leads nowhere
 * @SUP_FEED_UNREACHABLE: nothing is cached and the server could not be asked
 */
typedef enum
{
  SUP_FEED_NOT_SET_UP,
  SUP_FEED_LOADING,
  SUP_FEED_READY,
  SUP_FEED_CACHED,
  SUP_FEED_NOT_PUBLIC,
  SUP_FEED_UNREACHABLE,
} SupFeedState;

#define SUP_TYPE_FEED_STATE (sup_feed_state_get_type ())
#define SUP_TYPE_FEED       (sup_feed_get_type ())

GType sup_feed_state_get_type (void);

G_DECLARE_FINAL_TYPE (SupFeed, sup_feed, SUP, FEED, GObject)

/* Properties: "state", "unread-count" (uint), "hidden-count" (uint), "has-older" (boolean). */
SupFeedState  sup_feed_get_state        (SupFeed *self);
guint         sup_feed_get_unread_count (SupFeed *self);
guint         sup_feed_get_hidden_count (SupFeed *self);
gboolean      sup_feed_get_has_older    (SupFeed *self);
DexFuture    *sup_feed_refresh          (SupFeed *self);
DexFuture    *sup_feed_load_older       (SupFeed *self);
void          sup_feed_mark_read        (SupFeed *self);

G_END_DECLS
