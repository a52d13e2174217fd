/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Product rule 5: of a whole session, from Start over a restart to the end, nothing on the wire tells who or where
 * the person is, or what was said.
 */
#include <string.h>

#include "sup-test-user.h"

#define ALIAS   "#news:" MTX_FAKE_SERVER_NAME
#define RECEIPT "*/receipt/m.read/*"
#define MESSAGE "The word is pomegranate"

/* What a computer knows of its person; each is unmistakable, so that it is found wherever it slips in. */
#define REAL_NAME "Philippa Example Quux"
#define USER_NAME "philippaquux"
#define HOST_NAME "quuxlaptop"
#define HOME      "/home/philippaquux"
#define LANGUAGE  "br_FR"
#define TIME_ZONE "Antarctica/Troll"

static gboolean
has_unread (gpointer data)
{
  return sup_conversation_get_unread_count (sup_client_get_conversation (((SupTestUser *)data)->client)) > 0;
}

static gboolean
has_announcements (gpointer data)
{
  return g_list_model_get_n_items (G_LIST_MODEL (sup_client_get_feed (((SupTestUser *)data)->client))) > 0;
}

static gboolean
is_receipt_sent (gpointer data)
{
  return mtx_fake_homeserver_count_requests (((SupTestUser *)data)->server, "POST", RECEIPT) > 0;
}

static void
announce (SupTestUser *user)
{
  const char            *provider = "@provider:" MTX_FAKE_SERVER_NAME;
  g_autofree char       *room_id = mtx_fake_homeserver_create_room (user->server, provider, "news", FALSE);
  g_autoptr (JsonObject) rules = json_object_new ();
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (rules, "join_rule", "public");
  g_free (mtx_fake_homeserver_send_event (user->server, room_id, provider, "m.room.join_rules", "", rules));
  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", "News");
  g_free (mtx_fake_homeserver_send_event (user->server, room_id, provider, "m.room.message", NULL, content));
}

/* Everything a person can do: start, write, read, get an answer, read news by joining their room, load what is older,
 * come back later, lose the token. Keeps the requests. */
static SupTestUser *
live (void)
{
  SupTestUser *user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  sup_provider_unref (user->provider);
  user->provider = sup_test_provider_new (mtx_fake_homeserver_get_base_url (user->server), SUP_TEST_SUPPORT, ALIAS);
  announce (user);

  sup_test_user_start (user);
  sup_test_user_say (user, MESSAGE);
  sup_test_user_wait_sent (user, MESSAGE);
  mtx_fake_homeserver_set_member (user->server, sup_test_user_get_room_id (user), SUP_TEST_SUPPORT, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  sup_test_user_reply (user, "heard");
  sup_test_wait (has_unread, user);
  sup_conversation_mark_read (sup_client_get_conversation (user->client));
  sup_test_wait (is_receipt_sent, user);
  sup_test_wait (has_announcements, user);

  sup_test_user_relaunch (user);
  sup_test_user_wait_connection (user, TRUE);
  sup_test_user_say (user, MESSAGE);
  sup_test_user_wait_sent (user, MESSAGE " heard " MESSAGE);
  sup_test_user_quit (user);

  return user;
}

static void
append_entry (gpointer name,
              gpointer value,
              gpointer text)
{
  g_string_append_printf (text, "%s: %s\n", (char *)name, (char *)value);
}

/* All of a request that crosses the wire, in lower case. */
static char *
dup_wire (const MtxFakeRequest *request)
{
  g_autoptr (GString) text = g_string_new (request->method);
  gsize               length = 0;
  const char         *bytes = g_bytes_get_data (request->bytes, &length);

  g_string_append_printf (text, " %s\n", request->path);
  g_hash_table_foreach (request->query, append_entry, text);
  g_hash_table_foreach (request->headers, append_entry, text);
  g_string_append_len (text, bytes, (gssize)length);

  return g_ascii_strdown (text->str, -1);
}

static void
assert_nowhere (const char *wire,
                const char *trace)
{
  g_autofree char *lower = g_ascii_strdown (trace, -1);

  if (strstr (wire, lower) != NULL)
    g_error ("“%s” is on the wire: %s", trace, wire);
}

/* Shorter words than this may be in any ciphertext. */
#define UNMISTAKABLE 8

/* The person's traces, planted and as this process would find them, and what was said. */
static void
assert_no_traces (SupTestUser          *user,
                  const MtxFakeRequest *request)
{
  const char *const traces[] = { REAL_NAME, USER_NAME, HOST_NAME, LANGUAGE, "br-FR", TIME_ZONE, "pomegranate",
                                 user->data_dir, g_get_user_name (), g_get_real_name (), g_get_host_name (),
                                 g_get_home_dir (), g_get_user_data_dir () };
  g_autofree char  *wire = dup_wire (request);

  for (guint i = 0; i < G_N_ELEMENTS (traces); i++)
    if (strlen (traces[i]) >= UNMISTAKABLE || strpbrk (traces[i], "_-") != NULL)
      assert_nowhere (wire, traces[i]);
}

/* What is not needed is not sent: no language, no referrer, no cookie, no tracing; and the name of the program
 * without its version. */
static void
assert_plain_headers (const MtxFakeRequest *request)
{
  static const char *const allowed[] = {
    "host",
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "user-agent",
  };
  static const char *const systems[] = { "linux", "x11", "wayland", "gnome", "debian", "soup", "glib", "gtk", "64" };
  GHashTableIter           iter;
  gpointer                 name = NULL;
  gpointer                 value = NULL;

  g_hash_table_iter_init (&iter, request->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      gboolean is_allowed = FALSE;

      for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
        is_allowed = is_allowed || g_str_equal (name, allowed[i]);
      if (!is_allowed)
        g_error ("A header nobody needs: %s: %s", (char *)name, (char *)value);
      if (g_str_equal (name, "user-agent"))
        {
          g_autofree char *lower = g_ascii_strdown (value, -1);

          g_assert_false (g_regex_match_simple ("[0-9(;]", value, 0, 0));
          for (guint i = 0; i < G_N_ELEMENTS (systems); i++)
            assert_nowhere (lower, systems[i]);
        }
    }
}

/* A token in an address ends up in the logs of proxies. */
static void
assert_token_in_header (const MtxFakeRequest *request)
{
  const char      *header = mtx_fake_request_get_header (request, "Authorization");
  g_autofree char *wire = NULL;
  const char      *first = NULL;
  g_autofree char *token = NULL;

  g_assert_false (g_hash_table_contains (request->query, "access_token"));
  if (header == NULL)
    return;

  g_assert_true (g_str_has_prefix (header, "Bearer "));
  token = g_ascii_strdown (header + strlen ("Bearer "), -1);
  wire = dup_wire (request);
  first = strstr (wire, token);
  g_assert_nonnull (first);
  g_assert_null (strstr (first + 1, token));
}

static void
assert_quiet (SupTestUser          *user,
              const MtxFakeRequest *request)
{
  static const char *const paths[] = { "/typing", "/presence", "/displayname", "/avatar_url", "/profile", "/search", "/pushers" };
  const char              *presence = g_hash_table_lookup (request->query, "set_presence");

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    g_assert_null (strstr (request->path, paths[i]));
  if (g_str_has_suffix (request->path, "/sync"))
    g_assert_cmpstr (presence, ==, "offline");
}

/* Names that are chosen for the person say nothing. */
static void
assert_anonymous_account (SupTestUser *user)
{
  const MtxFakeRequest *request = mtx_fake_homeserver_get_request (user->server, "POST", "*/register", 0);
  const MtxFakeRequest *create = mtx_fake_homeserver_get_request (user->server, "POST", "*/createRoom", 0);
  const char           *username = json_object_get_string_member (request->body, "username");

  g_assert_cmpstr (json_object_get_string_member (request->body, "initial_device_display_name"), ==, "Wallet Support");
  g_assert_true (g_regex_match_simple ("^[a-p]{32}$", username, 0, 0));
  g_assert_false (json_object_has_member (create->body, "name"));
  g_assert_false (json_object_has_member (create->body, "topic"));
}

/* Product rule 5. */
static DexFuture *
test_session (gpointer data)
{
  g_autoptr (SupTestUser) user = live ();
  GPtrArray              *log = mtx_fake_homeserver_get_log (user->server);

  g_assert_cmpuint (log->len, >, 20);
  for (guint i = 0; i < log->len; i++)
    {
      const MtxFakeRequest *request = g_ptr_array_index (log, i);

      assert_no_traces (user, request);
      assert_plain_headers (request);
      assert_token_in_header (request);
      assert_quiet (user, request);
    }
  assert_anonymous_account (user);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  /* Before anything reads them. */
  g_setenv ("USER", USER_NAME, TRUE);
  g_setenv ("LOGNAME", USER_NAME, TRUE);
  g_setenv ("NAME", REAL_NAME, TRUE);
  g_setenv ("HOSTNAME", HOST_NAME, TRUE);
  g_setenv ("HOME", HOME, TRUE);
  g_setenv ("LANG", LANGUAGE ".UTF-8", TRUE);
  g_setenv ("LANGUAGE", LANGUAGE, TRUE);
  g_setenv ("LC_ALL", LANGUAGE ".UTF-8", TRUE);
  g_setenv ("TZ", TIME_ZONE, TRUE);

  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/traffic/session", test_session);

  return g_test_run ();
}
