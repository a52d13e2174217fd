/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A provider's account from Start to the end: with every keyring, store and network that may be met on the way.
 */
#include <glib/gstdio.h>

#include "mtx-error.h"
#include "mtx-session-folder.h"
#include "mtx-session-notes.h"
#include "mtx-session.h"
#include "mtx-sync-loop.h"
#include "sup-test-user.h"

#define REGISTER "*/register"
#define CREATE   "*/createRoom"

/* Less than a request is waited for, and enough for a slow machine. */
#define AT_ONCE_MS 20000

static const MtxFakeFault no_network = { .drop = MTX_FAKE_DROP_BEFORE };

static guint
count (SupTestUser *user,
       const char  *method,
       const char  *pattern)
{
  return mtx_fake_homeserver_count_requests (user->server, method, pattern);
}

/* One account with one device, one room with support, and nobody else. */
static void
assert_one_of_each (SupTestUser *user)
{
  g_assert_cmpuint (mtx_fake_homeserver_count_users (user->server), ==, 2); /* and support */
  g_assert_cmpuint (mtx_fake_homeserver_count_devices (user->server, sup_client_get_user_id (user->client)), ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (user->server), ==, 1);
}

/* Somebody who started and said something. */
static SupTestUser *
user_new_running (void)
{
  SupTestUser *user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");

  return user;
}

/* The client hands the connection on by number. */
static void
test_connections (void)
{
  g_autoptr (GEnumClass) ours = g_type_class_ref (SUP_TYPE_CONNECTION);
  g_autoptr (GEnumClass) theirs = g_type_class_ref (MTX_TYPE_CONNECTION);

  g_assert_cmpuint (ours->n_values, ==, theirs->n_values);
  g_assert_cmpint (SUP_CONNECTION_CONNECTING, ==, (int)MTX_CONNECTION_CONNECTING);
  g_assert_cmpint (SUP_CONNECTION_ONLINE, ==, (int)MTX_CONNECTION_ONLINE);
  g_assert_cmpint (SUP_CONNECTION_OFFLINE, ==, (int)MTX_CONNECTION_OFFLINE);
  g_assert_cmpint (SUP_CONNECTION_UNREACHABLE, ==, (int)MTX_CONNECTION_UNREACHABLE);
}

/* From Start to the first messages, which were written before there was an account. */
static DexFuture *
test_first_start (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  /* Nothing is asked of anybody before Start. */
  sup_test_user_launch (user);
  g_assert_null (user->client);
  g_assert_cmpuint (count (user, NULL, "*"), ==, 0);

  mtx_fake_homeserver_fault (user->server, "POST", REGISTER, &(MtxFakeFault){ .delay_ms = 1500 });
  sup_test_user_start (user);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_OPENING);
  g_assert_null (sup_client_get_conversation (user->client));

  sup_test_user_say (user, "one");
  sup_test_user_say (user, "two");
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_SETTING_UP);
  g_assert_null (sup_client_get_user_id (user->client));
  g_assert_cmpint (sup_conversation_get_state (sup_client_get_conversation (user->client)), ==, SUP_CONVERSATION_PREPARING);
  g_assert_cmpint (sup_conversation_get_encryption (sup_client_get_conversation (user->client)), ==, SUP_ENCRYPTION_PENDING);

  sup_test_user_wait_sent (user, "one two");
  sup_test_user_wait_connection (user, TRUE);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_RUNNING);
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_WAITING);
  sup_test_user_wait_encryption (user, SUP_ENCRYPTION_ON);
  assert_one_of_each (user);

  /* Starting again with the same provider is no second start. */
  sup_test_user_start (user);
  sup_test_user_say (user, "three");
  sup_test_user_wait_sent (user, "one two three");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (user->list)), ==, 1);
  g_assert_cmpuint (count (user, "POST", REGISTER), ==, 1);
  assert_one_of_each (user);

  return NULL;
}

/* What was said is shown without a network, what is said is sent with one, by the same account in the same room. */
static DexFuture *
test_restart (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_running ();
  g_autofree char        *user_id = g_strdup (sup_client_get_user_id (user->client));
  g_autofree char        *room_id = g_strdup (sup_test_user_get_room_id (user));
  g_autofree char        *shown = NULL;

  sup_test_user_quit (user);
  mtx_fake_homeserver_fault (user->server, NULL, "*", &no_network);
  sup_test_user_launch (user);
  sup_test_user_get_conversation (user);
  shown = sup_test_user_dup_bodies (user);
  g_assert_cmpstr (shown, ==, "one");
  g_assert_true (sup_provider_equal (sup_client_get_provider (user->client), user->provider));
  g_assert_cmpstr (sup_client_get_user_id (user->client), ==, user_id);
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_say (user, "two");
  sup_test_user_wait_connection (user, FALSE);

  mtx_fake_homeserver_clear_faults (user->server);
  sup_test_user_wait_sent (user, "one two");
  sup_test_user_wait_connection (user, TRUE);
  g_assert_cmpstr (sup_client_get_user_id (user->client), ==, user_id);
  g_assert_cmpstr (sup_test_user_get_room_id (user), ==, room_id);
  assert_one_of_each (user);

  return NULL;
}

/* Started where there is no network, even twice: everything is kept, and goes out by itself one day. */
static DexFuture *
test_start_offline (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  mtx_fake_homeserver_fault (user->server, NULL, "*", &no_network);
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_connection (user, FALSE);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_SETTING_UP);

  sup_test_user_relaunch (user);
  sup_test_user_say (user, "two");
  g_assert_true (sup_provider_equal (sup_client_get_provider (user->client), user->provider));
  sup_test_user_wait_connection (user, FALSE);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_SETTING_UP);
  g_assert_null (sup_client_get_user_id (user->client));
  g_assert_cmpuint (mtx_fake_homeserver_count_users (user->server), ==, 1);

  mtx_fake_homeserver_clear_faults (user->server);
  sup_test_user_wait_sent (user, "one two");
  sup_test_user_wait_connection (user, TRUE);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_RUNNING);
  assert_one_of_each (user);

  return NULL;
}

static gboolean
is_empty (gpointer data)
{
  return g_list_model_get_n_items (data) == 0;
}

static char *
dup_folder (SupTestUser *user)
{
  g_autoptr (SupClientList) list = sup_client_list_new (user->keyring, user->data_dir);
  g_autoptr (SupClient)     client = sup_client_list_add (list, user->provider);

  return g_build_filename (user->data_dir, sup_client_get_key (client), NULL);
}

/* The list forgets what was barely begun, and starting with its provider goes on there. */
static void
assert_barely_begun (SupTestUser *user)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir)   dir = NULL;

  sup_test_user_add_agent (user);
  sup_test_user_launch (user);
  g_assert_nonnull (user->client);
  sup_test_wait (is_empty, user->list);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_CLOSED);
  g_assert_null (sup_client_get_conversation (user->client));
  g_assert_cmpuint (count (user, NULL, "*"), ==, 0);

  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  assert_one_of_each (user);

  dir = g_dir_open (user->data_dir, 0, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_dir_read_name (dir));
  g_assert_null (g_dir_read_name (dir));
}

/* Ended between the mark and the store. */
static DexFuture *
test_begun_without_store (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *folder = dup_folder (user);

  mtx_test_await (mtx_session_folder_begin (folder));
  assert_barely_begun (user);

  return NULL;
}

/* Ended between the store and the note of whom it is for. */
static DexFuture *
test_begun_without_provider (gpointer data)
{
  /* Without a server there is only a store; with one, a name was drawn and perhaps even used. */
  for (guint with_server = 0; with_server < 2; with_server++)
    {
      g_autoptr (SupTestUser)     user = sup_test_user_new ();
      g_autofree char            *folder = dup_folder (user);
      g_autofree char            *key = g_path_get_basename (folder);
      const char                 *url = with_server ? mtx_fake_homeserver_get_base_url (user->server) : NULL;
      g_autoptr (MtxAccountHints) hints = mtx_account_hints_new (NULL, url, NULL);
      g_autoptr (MtxSession)      session = mtx_session_new (user->keyring, user->data_dir, key, NULL);
      g_autoptr (GError)          error = NULL;

      mtx_fake_homeserver_fault (user->server, NULL, "*", &no_network);
      dex_await (mtx_session_open (session, hints), &error);
      g_assert_error (error, MTX_ERROR, (url != NULL ? MTX_ERROR_RETRY_LATER : MTX_ERROR_NOT_FOUND));
      mtx_test_await (mtx_session_close (session));

      mtx_fake_homeserver_clear_faults (user->server);
      g_ptr_array_set_size (mtx_fake_homeserver_get_log (user->server), 0);
      assert_barely_begun (user);
    }

  return NULL;
}

/* The person is faster than the look into the folder. */
static DexFuture *
test_begun_and_started (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *folder = dup_folder (user);

  sup_test_user_add_agent (user);
  mtx_test_await (mtx_session_folder_begin (folder));
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (user->list)), ==, 1);
  assert_one_of_each (user);

  return NULL;
}

/* threats.md 103: locked is not gone. */
static DexFuture *
test_locked (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_running ();
  g_autofree char        *user_id = g_strdup (sup_client_get_user_id (user->client));
  g_autoptr (GError)      error = NULL;

  sup_test_user_quit (user);
  mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (user->keyring), MTX_KEYRING_MEMORY_LOCKED);
  sup_test_user_launch (user);
  sup_test_user_wait_state (user, SUP_CLIENT_KEYRING_LOCKED);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (user->list)), ==, 1);

  /* The person declines. */
  mtx_keyring_memory_dismiss_prompt (MTX_KEYRING_MEMORY (user->keyring));
  g_assert_false (dex_await (sup_client_unlock (user->client), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_LOCKED);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_KEYRING_LOCKED);

  mtx_test_await (sup_client_unlock (user->client));
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_RUNNING);
  g_assert_cmpstr (sup_client_get_user_id (user->client), ==, user_id);
  sup_test_user_say (user, "two");
  sup_test_user_wait_sent (user, "one two");
  g_assert_cmpuint (count (user, "POST", REGISTER), ==, 1);
  assert_one_of_each (user);

  return NULL;
}

static guint
count_providers (MtxKeyring *keyring)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv)     providers = dex_await_boxed (mtx_keyring_list_providers (keyring), &error);

  g_assert_no_error (error);

  return g_strv_length (providers);
}

/* Whatever cannot be read is told apart, nothing is made in its place, and all goes on once it can be read. */
static DexFuture *
test_keyring_troubles (gpointer data)
{
  static const struct
  {
    MtxKeyringMemoryState keyring;
    SupClientState        state;
  } cases[] = {
    { MTX_KEYRING_MEMORY_ABSENT, SUP_CLIENT_KEYRING_ABSENT },
    { MTX_KEYRING_MEMORY_WRONG_SECRET, SUP_CLIENT_WRONG_SECRET },
  };
  g_autoptr (SupTestUser) user = user_new_running ();
  g_autoptr (MtxKeyring)  own = g_object_ref (user->keyring);
  guint                   n_requests;

  sup_test_user_quit (user);
  n_requests = count (user, NULL, "*");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (own), cases[i].keyring);
      sup_test_user_launch (user);
      sup_test_user_wait_state (user, cases[i].state);
      sup_test_user_quit (user);
    }

  /* The keyring of another desktop. */
  g_clear_object (&user->keyring);
  user->keyring = mtx_keyring_memory_new ();
  sup_test_user_launch (user);
  sup_test_user_wait_state (user, SUP_CLIENT_WRONG_SECRET);
  g_assert_cmpuint (count_providers (user->keyring), ==, 0);
  sup_test_user_start (user);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_OPENING);
  sup_test_user_wait_state (user, SUP_CLIENT_WRONG_SECRET);
  g_assert_cmpuint (count_providers (user->keyring), ==, 0);
  sup_test_user_quit (user);
  g_assert_cmpuint (count (user, NULL, "*"), ==, n_requests);

  g_set_object (&user->keyring, own);
  g_clear_object (&own);
  mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (user->keyring), MTX_KEYRING_MEMORY_AVAILABLE);
  sup_test_user_launch (user);
  sup_test_user_wait_sent (user, "one");
  assert_one_of_each (user);

  return NULL;
}

/* Without a place for secrets nothing is begun, and nothing is left. */
static DexFuture *
test_start_without_keyring (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *folder = dup_folder (user);

  sup_test_user_add_agent (user);
  mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (user->keyring), MTX_KEYRING_MEMORY_ABSENT);
  sup_test_user_start (user);
  sup_test_user_wait_state (user, SUP_CLIENT_KEYRING_ABSENT);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count (user, NULL, "*"), ==, 0);

  mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (user->keyring), MTX_KEYRING_MEMORY_AVAILABLE);
  mtx_test_await (sup_client_open (user->client));
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_RUNNING);
  assert_one_of_each (user);

  return NULL;
}

/* Keys without their store, and a store that does not say whom it is for. */
static DexFuture *
test_damaged (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_running ();
  g_autofree char        *folder = dup_folder (user);
  g_autofree char        *elsewhere = g_strconcat (user->data_dir, "/elsewhere", NULL);
  g_autofree char        *key = g_path_get_basename (folder);
  g_autoptr (MtxSession)  session = NULL;
  guint                   n_accounts;

  sup_test_user_quit (user);
  n_accounts = mtx_fake_homeserver_count_users (user->server);
  g_assert_cmpint (g_rename (folder, elsewhere), ==, 0);
  sup_test_user_start (user);
  sup_test_user_wait_state (user, SUP_CLIENT_DAMAGED);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (user->list)), ==, 1);
  sup_test_user_quit (user);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rename (elsewhere, folder), ==, 0);

  session = mtx_session_new (user->keyring, user->data_dir, key, NULL);
  mtx_test_await (mtx_session_open (session, NULL));
  mtx_test_await (mtx_session_save_note (session, MTX_SESSION_NOTE_PROVIDER, "{\"half"));
  mtx_test_await (mtx_session_close (session));
  sup_test_user_launch (user);
  sup_test_user_wait_state (user, SUP_CLIENT_DAMAGED);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (user->list)), ==, 1);
  g_assert_null (sup_client_get_conversation (user->client));

  /* The provider's file says it again. */
  sup_test_user_start (user);
  sup_test_user_wait_sent (user, "one");
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  g_assert_cmpuint (mtx_fake_homeserver_count_users (user->server), ==, n_accounts);

  return NULL;
}

static DexFuture *
test_busy (gpointer data)
{
  g_autoptr (SupTestUser)   user = user_new_running ();
  g_autoptr (SupClientList) second = sup_client_list_new (user->keyring, user->data_dir);
  g_autoptr (SupClient)     client = NULL;
  g_autoptr (GError)        error = NULL;

  mtx_test_await (sup_client_list_load (second));
  client = g_list_model_get_item (G_LIST_MODEL (second), 0);
  g_assert_false (dex_await (sup_client_open (client), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BUSY);
  g_assert_cmpint (sup_client_get_state (client), ==, SUP_CLIENT_BUSY);

  sup_test_user_quit (user);
  mtx_test_await (sup_client_open (client));
  g_assert_cmpint (sup_client_get_state (client), ==, SUP_CLIENT_RUNNING);
  mtx_test_await (sup_client_list_close (second));
  g_assert_cmpuint (count (user, "POST", REGISTER), ==, 1);

  return NULL;
}

typedef struct
{
  SupTestUser *user;
  const char  *method;
  const char  *pattern;
} Asked;

static gboolean
was_asked (gpointer data)
{
  Asked *asked = data;

  return count (asked->user, asked->method, asked->pattern) > 0;
}

/* Quitting waits for no server, wherever it hangs; and everything comes out right the next time. */
static DexFuture *
test_quit_while_hanging (gpointer data)
{
  static const char *const patterns[][2] = {
    { "POST", REGISTER },
    { "POST", "*/keys/device_signing/upload" },
    { "POST", "*/keys/upload" },
    { "POST", "*/keys/query" },
    { "POST", CREATE },
    { "GET", "*/sync" },
    { "GET", "*/members" },
    { "POST", "*/keys/claim" },
    { "PUT", "*/sendToDevice/*" },
    { "PUT", "*/send/m.room.encrypted/*" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr (SupTestUser) user = sup_test_user_new ();
      Asked                   asked = { user, patterns[i][0], patterns[i][1] };

      sup_test_user_add_agent (user);
      g_test_message ("%s %s", patterns[i][0], patterns[i][1]);
      mtx_fake_homeserver_fault (user->server, patterns[i][0], patterns[i][1], &(MtxFakeFault){ .delay_ms = 600000 });
      sup_test_user_start (user);
      sup_test_user_say (user, "one");
      sup_test_wait (was_asked, &asked);
      sup_test_user_quit (user);

      mtx_fake_homeserver_clear_faults (user->server);
      sup_test_user_launch (user);
      sup_test_user_wait_sent (user, "one");
      assert_one_of_each (user);
    }

  return NULL;
}

/* Nor does it wait for the end of a pause, and nothing begins again after it. */
static DexFuture *
test_quit_while_waiting (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  guint                   n_requests;

  mtx_fake_homeserver_fault (user->server, NULL, "*", &no_network);
  sup_test_user_start (user);
  sup_test_user_wait_connection (user, FALSE);
  n_requests = count (user, NULL, "*");
  mtx_test_await (sup_client_close (user->client));
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_CLOSED);
  sup_test_user_quit (user);
  g_assert_cmpuint (count (user, NULL, "*"), ==, n_requests);

  return NULL;
}

static gboolean
is_over (gpointer data)
{
  return !dex_future_is_pending (data);
}

/* At once after Start, before anything had time to happen. */
static DexFuture *
test_quit_at_once (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autoptr (DexFuture)   opening = NULL;
  g_autoptr (GError)      error = NULL;

  sup_test_user_add_agent (user);
  sup_test_user_start (user);
  opening = sup_client_open (user->client);
  mtx_test_await (sup_client_close (user->client));
  sup_test_wait (is_over, opening);
  g_assert_null (dex_future_get_value (opening, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);

  /* Closing is no end for good. */
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  mtx_test_await (sup_client_close (user->client));
  g_assert_null (sup_client_get_conversation (user->client));
  sup_test_user_start (user);
  sup_test_user_wait_sent (user, "one");
  assert_one_of_each (user);

  return NULL;
}

static char *
dup_error_name (SupClient *client)
{
  char *name = NULL;

  g_object_get (client, "error-name", &name, NULL);

  return name;
}

static DexFuture *
test_registration_refused (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *name = NULL;
  int                     code = 0;

  sup_test_user_add_agent (user);
  mtx_fake_homeserver_set_flows (user->server, "");
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  sup_test_user_wait_state (user, SUP_CLIENT_FAILED);
  g_object_get (user->client, "error-code", &code, NULL);
  name = dup_error_name (user->client);
  g_assert_cmpint (code, ==, MTX_ERROR_REFUSED);
  g_assert_cmpstr (name, ==, "M_FORBIDDEN");

  /* After a restart as well; and once the server is friendlier, with what was written. */
  sup_test_user_relaunch (user);
  sup_test_user_wait_state (user, SUP_CLIENT_FAILED);
  mtx_fake_homeserver_set_flows (user->server, "m.login.dummy");
  mtx_test_await (sup_client_open (user->client));
  sup_test_user_wait_sent (user, "one");
  assert_one_of_each (user);

  return NULL;
}

/* A newer file of the same provider is what counts while there is no account, however far the older one came. */
static DexFuture *
test_newer_provider (gpointer data)
{
  for (guint is_refused = 0; is_refused < 2; is_refused++)
    {
      g_autoptr (SupTestUser) user = sup_test_user_new ();

      sup_test_user_add_agent (user);
      if (is_refused)
        mtx_fake_homeserver_set_flows (user->server, "");
      else
        mtx_fake_homeserver_fault (user->server, NULL, "*", &no_network);
      sup_test_user_start (user);
      sup_test_user_say (user, "one");
      if (is_refused)
        sup_test_user_wait_state (user, SUP_CLIENT_FAILED);
      else
        sup_test_user_wait_connection (user, FALSE);
      g_assert_cmpint (sup_feed_get_state (sup_client_get_feed (user->client)), ==, SUP_FEED_NOT_SET_UP);

      mtx_fake_homeserver_set_flows (user->server, "m.login.dummy");
      mtx_fake_homeserver_clear_faults (user->server);
      sup_provider_unref (user->provider);
      user->provider = sup_test_provider_new (mtx_fake_homeserver_get_base_url (user->server), SUP_TEST_SUPPORT,
                                              "#news:" MTX_FAKE_SERVER_NAME);
      sup_test_user_start (user);
      sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
      sup_test_user_wait_sent (user, "one");
      g_assert_cmpint (sup_feed_get_state (sup_client_get_feed (user->client)), !=, SUP_FEED_NOT_SET_UP);
      assert_one_of_each (user);

      sup_test_user_relaunch (user);
      sup_test_user_wait_sent (user, "one");
      g_assert_true (sup_provider_equal (sup_client_get_provider (user->client), user->provider));
    }

  return NULL;
}

static gboolean
is_registering (gpointer data)
{
  return count (data, "POST", REGISTER) > 0;
}

static gboolean
is_running (gpointer data)
{
  return sup_client_get_state (((SupTestUser *)data)->client) == SUP_CLIENT_RUNNING;
}

/* The old file's server does not answer: nobody waits for that once there is a newer one. */
static DexFuture *
test_newer_provider_at_once (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  mtx_fake_homeserver_fault (user->server, "POST", REGISTER, &(MtxFakeFault){ .delay_ms = 600 * 1000, .times = 1 });
  sup_test_user_start (user);
  sup_test_user_say (user, "one");
  mtx_test_wait (is_registering, user);

  sup_provider_unref (user->provider);
  user->provider = sup_test_provider_new (mtx_fake_homeserver_get_base_url (user->server), SUP_TEST_SUPPORT,
                                          "#news:" MTX_FAKE_SERVER_NAME);
  sup_test_user_start (user);
  mtx_test_await (mtx_test_wait_until (is_running, user, AT_ONCE_MS));
  sup_test_user_wait_sent (user, "one");
  assert_one_of_each (user);

  return NULL;
}

static gboolean
has_terms (gpointer data)
{
  return sup_client_get_terms (data) != NULL;
}

static DexFuture *
test_terms (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();

  sup_test_user_add_agent (user);
  mtx_fake_homeserver_set_flows (user->server, "m.login.terms");
  sup_test_user_start (user);
  sup_test_wait (has_terms, user->client);
  g_assert_cmpint (sup_client_get_state (user->client), ==, SUP_CLIENT_SETTING_UP);
  g_assert_cmpstr (sup_client_get_terms (user->client)[1], ==, "https://fake.example/privacy");
  sup_client_answer_terms (user->client, FALSE);
  g_assert_null (sup_client_get_terms (user->client));
  sup_test_user_wait_state (user, SUP_CLIENT_FAILED);
  g_assert_cmpuint (mtx_fake_homeserver_count_users (user->server), ==, 1);

  /* Asked again, the app is quit under the question; then the answer is yes. */
  sup_test_user_start (user);
  sup_test_wait (has_terms, user->client);
  sup_test_user_relaunch (user);
  sup_test_wait (has_terms, user->client);
  sup_client_answer_terms (user->client, TRUE);
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_wait_connection (user, TRUE);
  assert_one_of_each (user);

  return NULL;
}

static char *
dup_token (SupTestUser *user)
{
  GPtrArray            *log = mtx_fake_homeserver_get_log (user->server);
  const MtxFakeRequest *last = NULL;

  for (guint i = 0; i < log->len; i++)
    {
      const MtxFakeRequest *request = g_ptr_array_index (log, i);

      if (request->user_id != NULL)
        last = request;
    }

  return g_strdup (mtx_fake_request_get_header (last, "Authorization") + strlen ("Bearer "));
}

static gboolean
answer_soft_logout (const MtxFakeRequest *request,
                    MtxFakeAnswer        *answer,
                    gpointer              data)
{
  mtx_fake_answer_json (answer, 401, "{\"errcode\":\"M_UNKNOWN_TOKEN\",\"soft_logout\":true}");

  return TRUE;
}

/* M3: the token dies, the device lives; and the server is away just when it is needed for that. */
static DexFuture *
test_soft_logout (gpointer data)
{
  static const MtxFakeFault away = { .status = 502, .times = 2 };
  g_autoptr (SupTestUser)   user = user_new_running ();
  g_autofree char          *token = dup_token (user);

  sup_test_user_wait_connection (user, TRUE);
  mtx_fake_homeserver_fault (user->server, "POST", "*/login", &away);
  mtx_fake_homeserver_override (user->server, "POST", "*/refresh", answer_soft_logout, NULL, NULL);
  mtx_fake_homeserver_expire_token (user->server, token, TRUE);
  sup_test_user_say (user, "two");
  sup_test_user_wait_sent (user, "one two");
  g_assert_cmpuint (count (user, "POST", "*/login"), ==, 3);
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_wait_connection (user, TRUE);
  assert_one_of_each (user);

  return NULL;
}

/* The end that nothing undoes: what is there can be read. */
static DexFuture *
test_signed_out (gpointer data)
{
  g_autoptr (SupTestUser) user = user_new_running ();
  const char             *user_id = sup_client_get_user_id (user->client);
  g_autofree char        *device_id = g_strdup (mtx_fake_homeserver_get_request (user->server, "POST", "*/keys/upload", 0)->device_id);
  g_autofree char        *shown = NULL;

  sup_test_user_wait_connection (user, TRUE);
  mtx_fake_homeserver_remove_device (user->server, user_id, device_id);
  sup_test_user_say (user, "two");
  sup_test_user_wait_state (user, SUP_CLIENT_SIGNED_OUT);
  shown = sup_test_user_dup_bodies (user);
  g_assert_cmpstr (shown, ==, "one [two]");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/sup-client/connections", test_connections);
  mtx_test_add_fiber ("/sup-client/first-start", test_first_start);
  mtx_test_add_fiber ("/sup-client/restart", test_restart);
  mtx_test_add_fiber ("/sup-client/start-offline", test_start_offline);
  mtx_test_add_fiber ("/sup-client/begun-without-store", test_begun_without_store);
  mtx_test_add_fiber ("/sup-client/begun-without-provider", test_begun_without_provider);
  mtx_test_add_fiber ("/sup-client/begun-and-started", test_begun_and_started);
  mtx_test_add_fiber ("/sup-client/threat-103-locked", test_locked);
  mtx_test_add_fiber ("/sup-client/threat-103-keyring-troubles", test_keyring_troubles);
  mtx_test_add_fiber ("/sup-client/start-without-keyring", test_start_without_keyring);
  mtx_test_add_fiber ("/sup-client/damaged", test_damaged);
  mtx_test_add_fiber ("/sup-client/busy", test_busy);
  mtx_test_add_fiber ("/sup-client/quit-while-hanging", test_quit_while_hanging);
  mtx_test_add_fiber ("/sup-client/quit-while-waiting", test_quit_while_waiting);
  mtx_test_add_fiber ("/sup-client/quit-at-once", test_quit_at_once);
  mtx_test_add_fiber ("/sup-client/registration-refused", test_registration_refused);
  mtx_test_add_fiber ("/sup-client/newer-provider", test_newer_provider);
  mtx_test_add_fiber ("/sup-client/newer-provider-at-once", test_newer_provider_at_once);
  mtx_test_add_fiber ("/sup-client/terms", test_terms);
  mtx_test_add_fiber ("/sup-client/soft-logout", test_soft_logout);
  mtx_test_add_fiber ("/sup-client/signed-out", test_signed_out);

  return g_test_run ();
}
