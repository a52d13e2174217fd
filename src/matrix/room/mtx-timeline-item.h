/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of a conversation. Holds no words for the user: the screens turn kinds and codes into them.
 */
#pragma once

#include "mtx-event.h"

G_BEGIN_DECLS

#define MTX_TYPE_TIMELINE_ITEM (mtx_timeline_item_get_type ())

G_DECLARE_FINAL_TYPE (MtxTimelineItem, mtx_timeline_item, MTX, TIMELINE_ITEM, GObject)

/* Properties, all read-only and notified: "event-id" (nullable while not sent), "transaction-id" (nullable; names
 * an own message for retry and delete), "sender" (nullable for a message whose account does not exist yet), "body"
 * (nullable), "timestamp" (GDateTime, local time), "kind", "outgoing" (boolean), "send-state", "shield",
 * "undecryptable-reason" (MtxDecryption), "withheld-code" (nullable), "error" (int, an MtxError, in FAILED),
 * "notice-type", "subject" (nullable), "edited" (boolean: the body is that of an edit). */
const char    *mtx_timeline_item_get_event_id             (MtxTimelineItem *self);
const char    *mtx_timeline_item_get_transaction_id       (MtxTimelineItem *self);
const char    *mtx_timeline_item_get_sender               (MtxTimelineItem *self);
const char    *mtx_timeline_item_get_body                 (MtxTimelineItem *self);
GDateTime     *mtx_timeline_item_get_timestamp            (MtxTimelineItem *self);
gint64         mtx_timeline_item_get_timestamp_ms         (MtxTimelineItem *self);
MtxItemKind    mtx_timeline_item_get_kind                 (MtxTimelineItem *self);
gboolean       mtx_timeline_item_get_outgoing             (MtxTimelineItem *self);
MtxSendState   mtx_timeline_item_get_send_state           (MtxTimelineItem *self);
MtxShield      mtx_timeline_item_get_shield               (MtxTimelineItem *self);
MtxDecryption  mtx_timeline_item_get_undecryptable_reason (MtxTimelineItem *self);
const char    *mtx_timeline_item_get_withheld_code        (MtxTimelineItem *self);
int            mtx_timeline_item_get_error                (MtxTimelineItem *self);
MtxNoticeType  mtx_timeline_item_get_notice_type          (MtxTimelineItem *self);
const char    *mtx_timeline_item_get_subject              (MtxTimelineItem *self);

/* For the family, and for tests of rows. */
MtxTimelineItem *mtx_timeline_item_new_for_event (MtxEvent        *event,
                                                  const char      *own_user_id);
MtxTimelineItem *mtx_timeline_item_new_for_text  (const char      *transaction_id,
                                                  const char      *sender,
                                                  const char      *body,
                                                  gint64           timestamp_ms);
gboolean         mtx_timeline_item_can_show      (MtxEvent        *event);
void             mtx_timeline_item_set_event     (MtxTimelineItem *self,
                                                  MtxEvent        *event,
                                                  const char      *own_user_id);
void             mtx_timeline_item_set_send_state (MtxTimelineItem *self,
                                                  MtxSendState     state,
                                                  int              error);

G_END_DECLS
