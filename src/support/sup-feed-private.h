/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a client makes and drives its announcements, and what the facets of a feed share.
 */
#pragma once

#include "mtx-public-room.h"
#include "mtx-session.h"
#include "sup-feed.h"

G_BEGIN_DECLS

#define SUP_FEED_NEVER_READ (-1)

struct _SupFeed
{
  GObject parent_instance;

  /* Owned References */
  MtxSession    *session;
  char          *address; /* NULL: not set up */
  GStrv          via;
  MtxPublicRoom *room;  /* NULL until loaded */
  GPtrArray     *items; /* of SupFeedItem, newest first */
  DexFuture     *watch; /* drop it to stop the fiber */
  DexFuture     *watch_fiber;
  DexPromise    *wake;

  /* State */
  SupFeedState state;
  guint        unread;
  guint        hidden;
  guint        asking; /* how many questions are on their way */
  gboolean     has_older;
  gint64       read_ms; /* of the newest post the person has seen, or SUP_FEED_NEVER_READ */
};

SupFeed   *_sup_feed_new            (MtxSession         *session,
                                     const char         *room,
                                     const char * const *via);
DexFuture *_sup_feed_load           (SupFeed            *self);
void       _sup_feed_start          (SupFeed            *self);
DexFuture *_sup_feed_close          (SupFeed            *self);

void       _sup_feed_set_state      (SupFeed            *self,
                                     SupFeedState        state);
void       _sup_feed_set_read       (SupFeed            *self,
                                     gint64              read_ms);
gint64     _sup_feed_find_newest_ms (SupFeed            *self);

G_END_DECLS
