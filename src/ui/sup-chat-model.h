/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline as the chat page lists it: entries that know their group, in sections of one day each.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SUP_TYPE_CHAT_MODEL (sup_chat_model_get_type ())

G_DECLARE_FINAL_TYPE (SupChatModel, sup_chat_model, SUP, CHAT_MODEL, GObject)

SupChatModel *sup_chat_model_new (GListModel *timeline);

G_END_DECLS
