/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which of many things the banner of the chat says. Needs no display.
 */
#include "sup-chat-notice.h"

static const struct
{
  const char   *name;
  SupChatFacts  facts;
  SupChatNotice notice;
} cases[] = {
  { "nothing", { .state = SUP_CONVERSATION_OPEN, .encryption = SUP_ENCRYPTION_ON, .is_key_kept = TRUE }, SUP_CHAT_NOTICE_NONE },
  { "no chat", { .state = SUP_CONVERSATION_NOT_SET_UP, .own_identity = SUP_OWN_IDENTITY_REPLACED }, SUP_CHAT_NOTICE_NONE },
  { "keep the key", { .state = SUP_CONVERSATION_OPEN, .encryption = SUP_ENCRYPTION_ON }, SUP_CHAT_NOTICE_KEY_NOT_KEPT },
  { "not before there is a conversation", { .state = SUP_CONVERSATION_PREPARING }, SUP_CHAT_NOTICE_NONE },
  { "waiting", { .state = SUP_CONVERSATION_WAITING, .encryption = SUP_ENCRYPTION_ON }, SUP_CHAT_NOTICE_WAITING },
  { "waiting for keys", { .state = SUP_CONVERSATION_WAITING, .encryption = SUP_ENCRYPTION_UNREADABLE }, SUP_CHAT_NOTICE_UNREADABLE },
  { "asked", { .state = SUP_CONVERSATION_OPEN, .is_asked = TRUE }, SUP_CHAT_NOTICE_VERIFICATION },
  { "asked by a device of ours", { .state = SUP_CONVERSATION_OPEN, .is_asked = TRUE, .is_asked_by_own = TRUE }, SUP_CHAT_NOTICE_OWN_VERIFICATION },
  { "left", { .state = SUP_CONVERSATION_LEFT, .is_asked = TRUE }, SUP_CHAT_NOTICE_LEFT },
  { "refused", { .state = SUP_CONVERSATION_REFUSED }, SUP_CHAT_NOTICE_REFUSED },
  { "threat 47", { .state = SUP_CONVERSATION_OPEN, .n_others = 1, .is_asked = TRUE }, SUP_CHAT_NOTICE_STRANGER },
  { "threat 47 while waiting", { .state = SUP_CONVERSATION_WAITING, .n_others = 1 }, SUP_CHAT_NOTICE_STRANGER },
  { "unknown encryption", { .state = SUP_CONVERSATION_OPEN, .encryption = SUP_ENCRYPTION_UNKNOWN, .n_others = 1 }, SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION },
  { "threat 16", { .state = SUP_CONVERSATION_OPEN, .is_blocked = TRUE, .blocking = MTX_IDENTITY_NONE }, SUP_CHAT_NOTICE_NO_IDENTITY },
  { "threat 17", { .state = SUP_CONVERSATION_OPEN, .n_others = 1, .is_blocked = TRUE, .blocking = MTX_IDENTITY_CHANGED }, SUP_CHAT_NOTICE_IDENTITY_CHANGED },
  { "threat 17 verified", { .state = SUP_CONVERSATION_WAITING, .is_blocked = TRUE, .blocking = MTX_IDENTITY_VIOLATED }, SUP_CHAT_NOTICE_IDENTITY_VIOLATED },
  { "threat 18", { .state = SUP_CONVERSATION_OPEN, .is_blocked = TRUE, .blocking = MTX_IDENTITY_CHANGED, .own_identity = SUP_OWN_IDENTITY_REPLACED }, SUP_CHAT_NOTICE_OWN_IDENTITY },
  { "threat 7", { .state = SUP_CONVERSATION_OPEN, .own_identity = SUP_OWN_IDENTITY_DEVICE_MISSING }, SUP_CHAT_NOTICE_OWN_IDENTITY },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (sup_chat_notice_pick (&cases[i].facts), ==, cases[i].notice);
    }
}

/* What can be robbed has a way out, and every banner has words. */
static void
test_words (void)
{
  for (int notice = SUP_CHAT_NOTICE_NONE + 1; notice <= SUP_CHAT_NOTICE_OWN_IDENTITY; notice++)
    {
      const char *button = sup_chat_notice_get_button ((SupChatNotice)notice);

      g_assert_cmpuint (strlen (sup_chat_notice_get_title ((SupChatNotice)notice, SUP_OWN_IDENTITY_REPLACED)), >, 20);
      g_assert_cmpint (button != NULL, ==, sup_chat_notice_get_action ((SupChatNotice)notice) != NULL);
      if (notice >= SUP_CHAT_NOTICE_STRANGER && notice != SUP_CHAT_NOTICE_UNKNOWN_ENCRYPTION)
        g_assert_nonnull (button);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/chat-notice/table", test_table);
  g_test_add_func ("/ui/chat-notice/words", test_words);

  return g_test_run ();
}
