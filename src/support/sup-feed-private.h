/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a client makes and drives its announcements.
 */
#pragma once

#include "mtx-session.h"
#include "sup-feed.h"

G_BEGIN_DECLS

SupFeed   *_sup_feed_new   (MtxSession         *session,
                            const char         *room,
                            const char * const *via);
DexFuture *_sup_feed_load  (SupFeed            *self);
void       _sup_feed_start (SupFeed            *self);
DexFuture *_sup_feed_close (SupFeed            *self);

G_END_DECLS
