/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The banner above a conversation: the one thing that matters most, and what can be done about it.
 */
#pragma once

#include <adwaita.h>

#include "sup-conversation.h"
#include "sup-security.h"

G_BEGIN_DECLS

#define SUP_TYPE_CHAT_BANNER (sup_chat_banner_get_type ())

G_DECLARE_FINAL_TYPE (SupChatBanner, sup_chat_banner, SUP, CHAT_BANNER, AdwBin)

/* Properties: "conversation" (SupConversation), "security" (SupSecurity), both nullable. */

G_END_DECLS
