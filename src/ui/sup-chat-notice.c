/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the banner of the chat says. One banner at a time: two would hide each other's meaning, and the conversation.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-chat-notice.h"
#include "sup-security-words.h"

static SupChatNotice
pick_for_identity (MtxIdentityState state)
{
  if (state == MTX_IDENTITY_VIOLATED)
    return SUP_CHAT_NOTICE_IDENTITY_VIOLATED;

  return state == MTX_IDENTITY_CHANGED ? SUP_CHAT_NOTICE_IDENTITY_CHANGED : SUP_CHAT_NOTICE_NO_IDENTITY;
}

static SupChatNotice
pick_for_state (const SupChatFacts *facts)
{
  switch (facts->state)
    {
    case SUP_CONVERSATION_LEFT:
      return SUP_CHAT_NOTICE_LEFT;

    case SUP_CONVERSATION_REFUSED:
      return SUP_CHAT_NOTICE_REFUSED;

    case SUP_CONVERSATION_WAITING:
      return facts->encryption == SUP_ENCRYPTION_UNREADABLE ? SUP_CHAT_NOTICE_UNREADABLE : SUP_CHAT_NOTICE_WAITING;

    case SUP_CONVERSATION_OPEN:
    case SUP_CONVERSATION_PREPARING:
    case SUP_CONVERSATION_NOT_SET_UP:
    default:
      return facts->encryption == SUP_ENCRYPTION_UNREADABLE ? SUP_CHAT_NOTICE_UNREADABLE : SUP_CHAT_NOTICE_NONE;
    }
}

/**
 * sup_chat_notice_pick:
 * @facts: what is known
 *
 * Finds what matters most: first whatever somebody could be robbed by, then what keeps messages from arriving, then what
 * could be lost one day.
 *
 * Returns: what the banner is about
 */
SupChatNotice
sup_chat_notice_pick (const SupChatFacts *facts)
{
  SupChatNotice notice;

  g_return_val_if_fail (facts != NULL, SUP_CHAT_NOTICE_NONE);

  if (facts->state == SUP_CONVERSATION_NOT_SET_UP)
    return SUP_CHAT_NOTICE_NONE;

  if (facts->own_identity >= SUP_OWN_IDENTITY_DEVICE_MISSING)
    return SUP_CHAT_NOTICE_OWN_IDENTITY;

  if (facts->is_blocked)
    return pick_for_identity (facts->blocking);

  if (facts->encryption == SUP_ENCRYPTION_UNKNOWN)
    return SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION;

  if (facts->n_others > 0)
    return SUP_CHAT_NOTICE_STRANGER;

  notice = pick_for_state (facts);
  if (notice > SUP_CHAT_NOTICE_WAITING)
    return notice;

  if (facts->is_asked)
    return facts->is_asked_by_own ? SUP_CHAT_NOTICE_OWN_VERIFICATION : SUP_CHAT_NOTICE_VERIFICATION;

  if (facts->state == SUP_CONVERSATION_OPEN && !facts->is_key_kept)
    return SUP_CHAT_NOTICE_KEY_NOT_KEPT;

  return notice;
}

/**
 * sup_chat_notice_get_title:
 * @notice: what the banner is about
 * @own_identity: how the server shows this account
 *
 * Says it.
 *
 * Returns: (transfer none): one or two sentences; empty for no notice
 */
const char *
sup_chat_notice_get_title (SupChatNotice  notice,
                           SupOwnIdentity own_identity)
{
  switch (notice)
    {
    case SUP_CHAT_NOTICE_OWN_IDENTITY:
      return sup_security_words_own_title (own_identity);

    case SUP_CHAT_NOTICE_IDENTITY_VIOLATED:
      return _ ("Support’s verified identity has changed. Your messages wait here until you have checked it.");

    case SUP_CHAT_NOTICE_IDENTITY_CHANGED:
      return _ ("Support’s identity has changed. Your messages wait here until you have checked it.");

    case SUP_CHAT_NOTICE_NO_IDENTITY:
      return _ ("Support’s account has no identity, so nobody can tell whose devices these are. Your messages wait here.");

    case SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION:
      return _ ("This room uses an unknown encryption. Your messages are kept here and not sent.");

    case SUP_CHAT_NOTICE_STRANGER:
      return _ ("Somebody who is not support is in this conversation and can read along.");

    case SUP_CHAT_NOTICE_REFUSED:
      return _ ("The server does not let you invite support. Your messages are kept here. Ask your provider about the support address.");

    case SUP_CHAT_NOTICE_LEFT:
      return _ ("Support has left this conversation. Ask your provider how to go on.");

    case SUP_CHAT_NOTICE_UNREADABLE:
      return _ ("Support’s account is not ready for encrypted messages yet. Ask your provider to set it up.");

    case SUP_CHAT_NOTICE_OWN_VERIFICATION:
      return _ ("Another device of yours wants to be verified.");

    case SUP_CHAT_NOTICE_VERIFICATION:
      return _ ("Support wants to verify this conversation with you.");

    case SUP_CHAT_NOTICE_WAITING:
      return _ ("Waiting for support to join. You can already write.");

    case SUP_CHAT_NOTICE_KEY_NOT_KEPT:
      return _ ("Keep your security key: without it this conversation is lost with this computer.");

    case SUP_CHAT_NOTICE_NONE:
    default:
      return "";
    }
}

/**
 * sup_chat_notice_get_button:
 * @notice: what the banner is about
 *
 * Names what can be done about it.
 *
 * Returns: (transfer none) (nullable): a button's label with a mnemonic; %NULL if there is nothing to do
 */
const char *
sup_chat_notice_get_button (SupChatNotice notice)
{
  switch (notice)
    {
    case SUP_CHAT_NOTICE_OWN_IDENTITY:
    case SUP_CHAT_NOTICE_STRANGER:
      return _ ("_Details");

    case SUP_CHAT_NOTICE_IDENTITY_VIOLATED:
    case SUP_CHAT_NOTICE_IDENTITY_CHANGED:
    case SUP_CHAT_NOTICE_NO_IDENTITY:
      return _ ("C_heck");

    case SUP_CHAT_NOTICE_VERIFICATION:
    case SUP_CHAT_NOTICE_OWN_VERIFICATION:
      return _ ("_Verify");

    case SUP_CHAT_NOTICE_KEY_NOT_KEPT:
      return _ ("_Keep It");

    case SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION:
    case SUP_CHAT_NOTICE_REFUSED:
    case SUP_CHAT_NOTICE_LEFT:
    case SUP_CHAT_NOTICE_UNREADABLE:
    case SUP_CHAT_NOTICE_WAITING:
    case SUP_CHAT_NOTICE_NONE:
    default:
      return NULL;
    }
}

/**
 * sup_chat_notice_get_action:
 * @notice: what the banner is about
 *
 * Names the action behind the button.
 *
 * Returns: (transfer none) (nullable): an action's name
 */
const char *
sup_chat_notice_get_action (SupChatNotice notice)
{
  if (sup_chat_notice_get_button (notice) == NULL)
    return NULL;

  switch (notice)
    {
    case SUP_CHAT_NOTICE_OWN_IDENTITY:
      return "chat.own-identity";

    case SUP_CHAT_NOTICE_VERIFICATION:
    case SUP_CHAT_NOTICE_OWN_VERIFICATION:
      return "chat.verification";

    case SUP_CHAT_NOTICE_KEY_NOT_KEPT:
      return "win.security-key";

    case SUP_CHAT_NOTICE_STRANGER:
    case SUP_CHAT_NOTICE_IDENTITY_VIOLATED:
    case SUP_CHAT_NOTICE_IDENTITY_CHANGED:
    case SUP_CHAT_NOTICE_NO_IDENTITY:
    case SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION:
    case SUP_CHAT_NOTICE_REFUSED:
    case SUP_CHAT_NOTICE_LEFT:
    case SUP_CHAT_NOTICE_UNREADABLE:
    case SUP_CHAT_NOTICE_WAITING:
    case SUP_CHAT_NOTICE_NONE:
    default:
      return "chat.identity";
    }
}
