/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window of a timeline, shared by its two halves: what is shown, and where more comes from.
 */
#pragma once

#include "mtx-event-store.h"
#include "mtx-room-private.h"
#include "mtx-timeline.h"
#include "mtx-timeline-item-private.h"

G_BEGIN_DECLS

struct _MtxTimeline
{
  GObject        parent_instance;

  /* owned */
  MtxDb         *db;
  MtxOutbox     *outbox;
  MtxRoom       *room;            /* NULL until bound, like the next two */
  MtxHttp       *http;
  MtxEncryption *encryption;      /* NULL also where nothing is encrypted */
  GPtrArray     *remote;          /* of MtxTimelineItem, by position */
  GHashTable    *by_id;           /* event id → item in @remote */
  GHashTable    *edits;           /* id of an edit → id of the event in @remote that says what it says */
  GHashTable    *stale;           /* ids of events that may say something else than is shown */
  char          *last_incoming;
  DexFuture     *refreshing;      /* one at a time; NULL: none */
  DexPromise    *walking;         /* one walk at a time; NULL: none */

  /* state */
  gint64         oldest_position; /* of all rows looked at, shown or not; G_MAXINT64: none yet */
  gint64         newest_position; /* of those that are no echoes: what comes next stands behind it */
  gint64         read_position;   /* somebody else has read up to here */
  guint          news;            /* counts what a refresh has to look at */
  gboolean       has_older;
  gboolean       reading_back;    /* older pages were asked for; the window keeps them */
};

void       _mtx_timeline_merge         (MtxTimeline *self,
                                        GPtrArray   *rows,
                                        GPtrArray   *edits);
void       _mtx_timeline_reset         (MtxTimeline *self);
void       _mtx_timeline_trim          (MtxTimeline *self);
void       _mtx_timeline_set_has_older (MtxTimeline *self,
                                        gboolean     has_older);
void       _mtx_timeline_mark_read     (MtxTimeline *self);
DexFuture *_mtx_timeline_refresh       (MtxTimeline *self);
void       _mtx_timeline_fill_gaps     (MtxTimeline *self);

G_END_DECLS
