/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chat with support: how the room comes to be, who is in it, who could read it, and what was read.
 */
#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "sup-identity.h"
#include "sup-test-user.h"

#define CREATE  "*/createRoom"
#define RECEIPT "*/receipt/m.read/*"

static guint
count (SupTestUser *user,
       const char  *method,
       const char  *pattern)
{
  return mtx_fake_homeserver_count_requests (user->server, method, pattern);
}

static int
get_error_code (SupTestUser *user)
{
  int code = -1;

  g_object_get (sup_client_get_conversation (user->client), "error-code", &code, NULL);

  return code;
}

/* What was said to support who is not in the room yet, and what support does with the invitation. */
static SupTestUser *
user_new_waiting (void)
{
  SupTestUser *user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_WAITING);
  sup_test_user_wait_connection (user, TRUE);

  return user;
}

static void
set_support (SupTestUser *user,
             const char  *membership)
{
  mtx_fake_homeserver_set_member (user->server, sup_test_user_get_room_id (user), SUP_TEST_SUPPORT, membership);
}

/* The server says no; the messages stay, and go out once it says yes. */
static DexFuture *
test_refused (gpointer data)
{
  static const char *const errcodes[] = { "M_FORBIDDEN", "M_INVITE_BLOCKED" };

  for (guint i = 0; i < G_N_ELEMENTS (errcodes); i++)
    {
      g_autoptr (SupTestUser) user = sup_test_user_new ();
      g_autoptr (GError)      error = NULL;

      sup_test_user_add_agent (user);
      mtx_fake_homeserver_fault (user->server, "POST", CREATE, &(MtxFakeFault){ .status = 403, .errcode = errcodes[i] });
      sup_test_user_start (user);
      sup_test_user_say (user, "one");
      sup_test_user_wait_conversation (user, SUP_CONVERSATION_REFUSED);
      g_assert_cmpint (get_error_code (user), ==, MTX_ERROR_REFUSED);
      sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
      g_assert_false (dex_await (sup_client_open (user->client), &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);
      g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_RUNNING);

      /* Neither of the next two openings begins anything twice. */
      mtx_fake_homeserver_clear_faults (user->server);
      mtx_test_await (sup_client_open (user->client));
      mtx_test_await (sup_client_open (user->client));
      g_assert_cmpint (get_error_code (user), ==, 0);
      sup_test_user_wait_sent (user, "one");
      sup_test_user_wait_conversation (user, SUP_CONVERSATION_WAITING);
      g_assert_cmpuint (mtx_fake_homeserver_count_rooms (user->server), ==, 1);
    }

  return NULL;
}

/* The token dies between the account and the room: that is no refusal. */
static gboolean
answer_soft_logout (const MtxFakeRequest *request,
                    MtxFakeAnswer        *answer,
                    gpointer              data)
{
  guint *times = data;

  if (*times == 0)
    return FALSE;
  (*times)--;
  mtx_fake_answer_json (answer, 401, "{\"errcode\":\"M_UNKNOWN_TOKEN\",\"soft_logout\":true}");

  return TRUE;
}

static DexFuture *
test_soft_logout_before_room (gpointer data)
{
  guint                   once = 1;
  guint                   always = G_MAXUINT;
  g_autoptr (SupTestUser) user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  mtx_fake_homeserver_override (user->server, "POST", CREATE, answer_soft_logout, &once, NULL);
  mtx_fake_homeserver_override (user->server, "POST", "*/refresh", answer_soft_logout, &always, NULL);
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  g_assert_cmpuint (once, ==, 0);
  g_assert_cmpuint (count (user, "POST", "*/login"), ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (user->server), ==, 1);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_RUNNING);

  return NULL;
}

/* Support joins, goes, comes back; or never wants to. No second room is made, and nobody is invited twice. */
static DexFuture *
test_support_comes_and_goes (gpointer data)
{
  static const char *const declines[] = { "leave", "ban" };
  g_autoptr (SupTestUser)  user = user_new_waiting ();

  set_support (user, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  set_support (user, "leave");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_LEFT);
  sup_test_user_relaunch (user);
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_LEFT);
  sup_test_user_wait_connection (user, TRUE);
  g_assert_cmpint (sup_conversation_get_state (sup_client_get_conversation (user->client)), ==, SUP_CONVERSATION_LEFT);
  set_support (user, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  g_assert_cmpuint (count (user, "POST", CREATE), ==, 1);
  g_assert_cmpuint (count (user, "POST", "*/invite"), ==, 0);

  for (guint i = 0; i < G_N_ELEMENTS (declines); i++)
    {
      g_autoptr (SupTestUser) hopeful = NULL;

      sup_test_user_free (g_steal_pointer (&user));
      hopeful = user_new_waiting ();
      set_support (hopeful, declines[i]);
      sup_test_user_wait_conversation (hopeful, SUP_CONVERSATION_LEFT);
      sup_test_user_relaunch (hopeful);
      sup_test_user_wait_connection (hopeful, TRUE);
      sup_test_user_wait_conversation (hopeful, SUP_CONVERSATION_LEFT);
      g_assert_cmpuint (mtx_fake_homeserver_count_rooms (hopeful->server), ==, 1);
      user = g_steal_pointer (&hopeful);
    }

  return NULL;
}

/* Somebody with the power put us out. */
static DexFuture *
test_put_out (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_waiting ();

  set_support (user, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  mtx_fake_homeserver_set_member (user->server, sup_test_user_get_room_id (user), sup_client_get_user_id (user->client), "leave");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_LEFT);

  return NULL;
}

static char *
dup_fingerprint (SupTestUser *user)
{
  char *fingerprint = NULL;

  g_object_get (sup_conversation_get_identity (sup_client_get_conversation (user->client)), "fingerprint", &fingerprint, NULL);

  return fingerprint;
}

/* Support without keys that we may use is told, and so is the day when it has some. */
static DexFuture *
test_unreadable (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *token = mtx_fake_homeserver_add_user (user->server, "support", "OLD");
  g_autofree char        *fingerprint = NULL;

  sup_test_user_start (user);
  sup_test_user_wait_encryption (user, SUP_ENCRYPTION_UNREADABLE);
  g_assert_null (dup_fingerprint (user));

  /* After a restart, from the server again. */
  sup_test_user_relaunch (user);
  sup_test_user_wait_encryption (user, SUP_ENCRYPTION_UNREADABLE);
  set_support (user, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  g_assert_cmpint (sup_conversation_get_encryption (sup_client_get_conversation (user->client)), ==, SUP_ENCRYPTION_UNREADABLE);

  sup_test_user_add_agent (user);
  sup_test_user_wait_encryption (user, SUP_ENCRYPTION_ON);
  fingerprint = dup_fingerprint (user);
  g_assert_true (g_regex_match_simple ("^(\\S{4} ){10}\\S{3}$", fingerprint, 0, 0));

  return NULL;
}

/* A server that lets another algorithm stand in the room, or another event than the one we asked for. */
static void
rewrite_encryption (const MtxFakeRequest *request,
                    MtxFakeAnswer        *answer,
                    gpointer              data)
{
  const char *const   *words = data;
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), answer->body);
  g_autofree char     *text = json_to_string (root, FALSE);
  g_autoptr (GString)  rewritten = g_string_new (text);

  g_string_replace (rewritten, words[0], words[1], 0);
  mtx_fake_answer_json (answer, answer->status, rewritten->str);
}

/* The lock follows the room's events, and nothing leaves without it. */
static DexFuture *
test_no_encryption (gpointer data)
{
  static const struct
  {
    const char *const words[2];
    SupEncryption     encryption;
  } cases[] = {
    { { "m.megolm.v1.aes-sha2", "org.example.v1" }, SUP_ENCRYPTION_UNKNOWN },
    { { "m.room.encryption", "org.example.encryption" }, SUP_ENCRYPTION_PENDING },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SupTestUser) user = sup_test_user_new ();
      g_autofree char        *bodies = NULL;

      sup_test_user_add_agent (user);
      mtx_fake_homeserver_rewrite (user->server, "GET", "*/sync", rewrite_encryption, (gpointer)cases[i].words, NULL);
      mtx_fake_homeserver_rewrite (user->server, "GET", "*/state*", rewrite_encryption, (gpointer)cases[i].words, NULL);
      if (cases[i].encryption == SUP_ENCRYPTION_PENDING)
        mtx_fake_homeserver_fault (user->server, "GET", "*/state/m.room.encryption*",
                                   &(MtxFakeFault){ .status = 404, .errcode = "M_NOT_FOUND" });
      sup_test_user_start (user);
      sup_test_user_say (user, "one");
      sup_test_user_wait_conversation (user, SUP_CONVERSATION_WAITING);
      set_support (user, "join");
      sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
      sup_test_user_wait_encryption (user, cases[i].encryption);
      bodies = sup_test_user_dup_bodies (user);
      g_assert_cmpstr (bodies, ==, "[one]");
      g_assert_cmpuint (count (user, "PUT", "*/send/*"), ==, 0);
    }

  return NULL;
}

static gboolean
is_receipt_sent (gpointer data)
{
  return count (data, "POST", RECEIPT) > 0;
}

/* What is new stays new until it was seen, and what was seen stays seen. */
static DexFuture *
test_unread (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_waiting ();
  const MtxFakeRequest   *receipt = NULL;

  set_support (user, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  g_assert_cmpuint (sup_conversation_get_unread_count (sup_client_get_conversation (user->client)), ==, 0);
  sup_test_user_reply (user, "two");
  sup_test_user_reply (user, "three");
  sup_test_user_wait_unread (user, 2);
  sup_test_user_wait_sent (user, "one two three");

  sup_test_user_relaunch (user);
  sup_test_user_wait_unread (user, 2);
  g_assert_false (is_receipt_sent (user));
  sup_conversation_mark_read (sup_client_get_conversation (user->client));
  g_assert_cmpuint (sup_conversation_get_unread_count (sup_client_get_conversation (user->client)), ==, 0);
  sup_test_wait (is_receipt_sent, user);
  receipt = mtx_fake_homeserver_get_request (user->server, "POST", RECEIPT, 0);
  g_assert_cmpstr (json_object_get_string_member (receipt->body, "thread_id"), ==, "main");

  /* Seen is seen; once. */
  sup_conversation_mark_read (sup_client_get_conversation (user->client));
  sup_test_user_relaunch (user);
  sup_test_user_wait_sent (user, "one two three");
  g_assert_cmpuint (sup_conversation_get_unread_count (sup_client_get_conversation (user->client)), ==, 0);
  /* A receipt whose answer came too late for the kill goes out again, for the same message. */
  g_assert_cmpuint (count (user, "POST", RECEIPT), <=, 2);
  for (guint i = 0; i < count (user, "POST", RECEIPT); i++)
    g_assert_cmpstr (mtx_fake_homeserver_get_request (user->server, "POST", RECEIPT, i)->path, ==, receipt->path);

  sup_test_user_reply (user, "four");
  sup_test_user_wait_unread (user, 1);

  return NULL;
}

typedef struct
{
  SupTestUser *user;
  guint        wanted;
} Receipts;

static gboolean
has_receipts (gpointer data)
{
  Receipts *receipts = data;

  return count (receipts->user, "POST", RECEIPT) >= receipts->wanted;
}

/* The server was told of the newest message, by the receipt number @n, and that was the last. */
static void
assert_told (SupTestUser *user,
             guint        n)
{
  GListModel                 *items = sup_conversation_get_timeline (sup_client_get_conversation (user->client));
  g_autoptr (MtxTimelineItem) newest = NULL;
  g_autofree char            *path = NULL;

  sup_test_wait (has_receipts, &(Receipts){ user, n });
  g_assert_cmpuint (count (user, "POST", RECEIPT), ==, n);
  newest = g_list_model_get_item (items, g_list_model_get_n_items (items) - 1);
  path = g_uri_unescape_string (mtx_fake_homeserver_get_request (user->server, "POST", RECEIPT, n - 1)->path, NULL);
  g_assert_true (g_str_has_suffix (path, mtx_timeline_item_get_event_id (newest)));
}

/* What was read while support could not be told is told later, by the next run if need be; the newest only. */
static DexFuture *
test_read_offline (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_waiting ();
  guint                   n_failed = 0;

  set_support (user, "join");
  mtx_fake_homeserver_fault (user->server, "POST", RECEIPT, &(MtxFakeFault){ .status = 502 });
  sup_test_user_reply (user, "two");
  sup_test_user_wait_unread (user, 1);
  sup_conversation_mark_read (sup_client_get_conversation (user->client));
  sup_test_wait (is_receipt_sent, user);
  sup_test_user_reply (user, "three");
  sup_test_user_wait_unread (user, 1);
  sup_conversation_mark_read (sup_client_get_conversation (user->client));

  sup_test_user_quit (user);
  mtx_fake_homeserver_clear_faults (user->server);
  n_failed = count (user, "POST", RECEIPT);
  sup_test_user_launch (user);
  sup_test_user_wait_sent (user, "one two three");
  assert_told (user, n_failed + 1);

  /* The same without a restart. */
  mtx_fake_homeserver_fault (user->server, "POST", RECEIPT, &(MtxFakeFault){ .status = 502, .times = 1 });
  sup_test_user_reply (user, "four");
  sup_test_user_wait_unread (user, 1);
  sup_conversation_mark_read (sup_client_get_conversation (user->client));
  assert_told (user, n_failed + 3);

  return NULL;
}

/* A provider that only announces. */
static DexFuture *
test_no_chat (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  SupConversation        *conversation = NULL;
  g_autoptr (GError)      error = NULL;

  sup_provider_unref (user->provider);
  user->provider = sup_test_provider_new (mtx_fake_homeserver_get_base_url (user->server), NULL, "#news:" MTX_FAKE_SERVER_NAME);
  sup_test_user_start (user);
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_wait_connection (user, TRUE);
  conversation = sup_test_user_get_conversation (user);
  g_assert_cmpint (sup_conversation_get_state (conversation), ==, SUP_CONVERSATION_NOT_SET_UP);
  g_assert_null (sup_conversation_get_support_id (conversation));
  g_assert_null (sup_conversation_get_timeline (conversation));
  g_assert_false (dex_await (sup_conversation_send_text (conversation, "anybody?"), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  mtx_test_await (sup_conversation_load_older (conversation));
  sup_conversation_mark_read (conversation);
  g_assert_cmpuint (count (user, "POST", CREATE), ==, 0);

  return NULL;
}

/* A refused message can be tried again, or given up. */
static DexFuture *
test_retry_and_delete (gpointer data)
{
  g_autoptr (SupTestUser)     user = user_new_waiting ();
  SupConversation            *conversation = sup_test_user_get_conversation (user);
  GListModel                 *items = sup_conversation_get_timeline (conversation);
  g_autoptr (MtxTimelineItem) item = NULL;
  g_autofree char            *id = NULL;
  g_autofree char            *other = NULL;
  g_autoptr (GError)          error = NULL;
  guint                       n_refused = 0;

  mtx_fake_homeserver_fault (user->server, "PUT", "*/send/*", &(MtxFakeFault){ .status = 413, .errcode = "M_TOO_LARGE" });
  id = dex_await_string (sup_conversation_send_text (conversation, "two"), &error);
  g_assert_no_error (error);
  other = dex_await_string (sup_conversation_send_text (conversation, "three"), &error);
  g_assert_no_error (error);
  while (n_refused < 2)
    {
      sup_test_user_wait_connection (user, TRUE);
      dex_await (dex_timeout_new_msec (5), NULL);
      n_refused = 0;
      for (guint i = 0; i < g_list_model_get_n_items (items); i++)
        {
          g_clear_object (&item);
          item = g_list_model_get_item (items, i);
          n_refused += mtx_timeline_item_get_send_state (item) == MTX_SEND_STATE_FAILED;
        }
    }

  mtx_fake_homeserver_clear_faults (user->server);
  mtx_test_await (sup_conversation_delete (conversation, id));
  mtx_test_await (sup_conversation_retry (conversation, other));
  sup_test_user_wait_sent (user, "one three");
  g_assert_false (dex_await (sup_conversation_retry (conversation, id), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/sup-conversation/refused", test_refused);
  mtx_test_add_fiber ("/sup-conversation/soft-logout-before-room", test_soft_logout_before_room);
  mtx_test_add_fiber ("/sup-conversation/support-comes-and-goes", test_support_comes_and_goes);
  mtx_test_add_fiber ("/sup-conversation/put-out", test_put_out);
  mtx_test_add_fiber ("/sup-conversation/unreadable", test_unreadable);
  mtx_test_add_fiber ("/sup-conversation/no-encryption", test_no_encryption);
  mtx_test_add_fiber ("/sup-conversation/unread", test_unread);
  mtx_test_add_fiber ("/sup-conversation/read-offline", test_read_offline);
  mtx_test_add_fiber ("/sup-conversation/no-chat", test_no_chat);
  mtx_test_add_fiber ("/sup-conversation/retry-and-delete", test_retry_and_delete);

  return g_test_run ();
}
