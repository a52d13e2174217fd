/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the banner of the chat says: the one thing that matters most now.
 */
#pragma once

#include "mtx-identity-info.h"
#include "sup-conversation.h"
#include "sup-security.h"
#include "sup-verification.h"

G_BEGIN_DECLS

/**
 * SupChatNotice:
 * What the banner is about; the order is that of importance, the last matters most.
 */
typedef enum
{
  SUP_CHAT_NOTICE_NONE,
  SUP_CHAT_NOTICE_KEY_NOT_KEPT,
  SUP_CHAT_NOTICE_WAITING,
  SUP_CHAT_NOTICE_VERIFICATION,
  SUP_CHAT_NOTICE_OWN_VERIFICATION,
  SUP_CHAT_NOTICE_UNREADABLE,
  SUP_CHAT_NOTICE_LEFT,
  SUP_CHAT_NOTICE_REFUSED,
  SUP_CHAT_NOTICE_STRANGER,
  SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION,
  SUP_CHAT_NOTICE_NO_IDENTITY,
  SUP_CHAT_NOTICE_IDENTITY_CHANGED,
  SUP_CHAT_NOTICE_IDENTITY_VIOLATED,
  SUP_CHAT_NOTICE_OWN_IDENTITY,
} SupChatNotice;

/* What is known when the banner is drawn. */
typedef struct
{
  SupConversationState state;
  SupEncryption        encryption;
  MtxIdentityState     blocking;        /* of whoever keeps messages from being sent */
  gboolean             is_blocked;
  guint                n_others;        /* people who should not be here */
  gboolean             is_asked;        /* somebody wants to verify */
  gboolean             is_asked_by_own; /* another device of ours does */
  SupOwnIdentity       own_identity;
  gboolean             is_key_kept;
} SupChatFacts;

SupChatNotice  sup_chat_notice_pick       (const SupChatFacts *facts);
const char    *sup_chat_notice_get_title  (SupChatNotice       notice,
                                           SupOwnIdentity      own_identity);
const char    *sup_chat_notice_get_button (SupChatNotice       notice);
const char    *sup_chat_notice_get_action (SupChatNotice       notice);

G_END_DECLS
