/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The conversation with support: what was said, what is on its way, and where the next message is written.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_CHAT_PAGE (sup_chat_page_get_type ())

G_DECLARE_FINAL_TYPE (SupChatPage, sup_chat_page, SUP, CHAT_PAGE, AdwBin)

G_END_DECLS
