/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline item and its place among its neighbours: whether it opens or closes a group of bubbles.
 */
#pragma once

#include "mtx-timeline-item.h"

G_BEGIN_DECLS

#define SUP_TYPE_CHAT_ENTRY (sup_chat_entry_get_type ())

G_DECLARE_FINAL_TYPE (SupChatEntry, sup_chat_entry, SUP, CHAT_ENTRY, GObject)

SupChatEntry    *sup_chat_entry_new       (MtxTimelineItem *item);
MtxTimelineItem *sup_chat_entry_get_item  (SupChatEntry    *self);
void             sup_chat_entry_set_place (SupChatEntry    *self,
                                           gboolean         starts_group,
                                           gboolean         ends_group);
gboolean         sup_chat_entry_same_day   (SupChatEntry    *self,
                                            SupChatEntry    *other);
gboolean         sup_chat_entry_same_group (SupChatEntry    *self,
                                            SupChatEntry    *other);

G_END_DECLS
