/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kill -9 at every step from Start to the first messages: just before the server learns of a request, or just after
 * it has done what was asked and before the answer is known. The next start makes it come out as if nothing had
 * happened: one account with one device, one room, each message once, in order (product rule 3).
 *
 * The app runs in a child; the homeserver, which kills it, here.
 */
#include <stdlib.h>

#include "mtx-fiber.h"
#include "mtx-keyring-file.h"
#include "sup-test-user.h"

static const char *own_program;

/* In the child. */

static gboolean
is_found_or_gone (gpointer data)
{
  SupTestUser *user = data;

  return sup_client_get_conversation (user->client) != NULL || g_list_model_get_n_items (G_LIST_MODEL (user->list)) == 0;
}

/* What the person remembers having written and sees nowhere is written again. */
static void
say_unless_said (SupTestUser *user,
                 const char  *body)
{
  g_autofree char *bodies = NULL;

  sup_test_user_get_conversation (user);
  bodies = sup_test_user_dup_bodies (user);
  if (strstr (bodies, body) == NULL)
    sup_test_user_say (user, body);
}

static void
print_event_ids (SupTestUser *user)
{
  GListModel *items = sup_conversation_get_timeline (sup_test_user_get_conversation (user));

  for (guint i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (items, i);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_MESSAGE)
        g_print ("%s ", mtx_timeline_item_get_event_id (item));
    }
}

static DexFuture *
app_fiber (gpointer data)
{
  const char *const      *args = data;
  g_autoptr (SupTestUser) user = sup_test_user_new_with (mtx_keyring_file_new (), args[0], args[1]);

  sup_test_user_launch (user);
  if (user->client != NULL)
    sup_test_wait (is_found_or_gone, user);
  if (user->client == NULL || sup_client_get_conversation (user->client) == NULL)
    sup_test_user_start (user);

  say_unless_said (user, "one");
  say_unless_said (user, "two");
  sup_test_user_wait_sent (user, "one two");
  print_event_ids (user);

  return NULL;
}

static int
run_app (const char *data_dir,
         const char *server_url)
{
  const char *const     args[] = { data_dir, server_url };
  g_autoptr (DexFuture) done = NULL;

  dex_init ();
  g_log_set_always_fatal (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  done = mtx_fiber_spawn ("app", app_fiber, (gpointer)args, NULL);
  while (dex_future_is_pending (done))
    g_main_context_iteration (NULL, TRUE);

  return EXIT_SUCCESS;
}

/* In the parent. */

/* When to kill. */
typedef struct
{
  const char *method;
  const char *pattern;
  guint       skip; /* so many of them first */
} Moment;

typedef struct
{
  MtxFakeHomeserver *server;
  char              *data_dir;
  GSubprocess       *app;
  char              *output; /* once it has ended */
  gboolean           has_ended;
  guint              skip;
  gboolean           after; /* the server has done it */
  gboolean           is_killed;
} Round;

static void
kill_app (Round *round)
{
  if (round->is_killed || round->skip-- > 0)
    return;

  round->is_killed = TRUE;
  g_subprocess_force_exit (round->app);
}

static gboolean
kill_before (const MtxFakeRequest *request,
             MtxFakeAnswer        *answer,
             gpointer              data)
{
  Round *round = data;

  if (round->after || round->is_killed)
    return FALSE;

  kill_app (round);
  if (round->is_killed)
    mtx_fake_answer_error (answer, 500, "M_UNKNOWN");

  return round->is_killed;
}

static void
kill_after (const MtxFakeRequest *request,
            MtxFakeAnswer        *answer,
            gpointer              data)
{
  Round *round = data;

  if (round->after)
    kill_app (round);
}

static void
on_ended (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Round             *round = data;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (object), result, &round->output, NULL, &error);
  g_assert_no_error (error);
  round->has_ended = TRUE;
}

static gboolean
has_ended (gpointer data)
{
  return ((Round *)data)->has_ended;
}

/* Runs the app to its end, whichever that is. */
static void
run_child (Round *round)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char                *keyring = g_build_filename (round->data_dir, "keyring", NULL);
  g_autoptr (GError)              error = NULL;

  g_clear_object (&round->app);
  g_clear_pointer (&round->output, g_free);
  round->has_ended = FALSE;

  g_subprocess_launcher_setenv (launcher, "SECRET_BACKEND", "file", TRUE);
  g_subprocess_launcher_setenv (launcher, "SECRET_FILE_TEST_PATH", keyring, TRUE);
  g_subprocess_launcher_setenv (launcher, "SECRET_FILE_TEST_PASSWORD", "a test's password", TRUE);
  round->app = g_subprocess_launcher_spawn (launcher, &error, own_program, "--app", round->data_dir,
                                            mtx_fake_homeserver_get_base_url (round->server), NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (round->app, NULL, NULL, on_ended, round);
  mtx_test_wait (has_ended, round);
}

static void
assert_as_if_nothing_happened (Round *round)
{
  GPtrArray            *log = mtx_fake_homeserver_get_log (round->server);
  const MtxFakeRequest *send = mtx_fake_homeserver_get_request (round->server, "PUT", "*/send/*", 0);
  const MtxFakeRequest *last = g_ptr_array_index (log, log->len - 1);
  g_auto (GStrv)        parts = g_strsplit (send->path, "/", -1);
  g_autofree char      *room_id = g_uri_unescape_string (parts[5], NULL);
  g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (round->server, room_id, "m.room.encrypted");
  g_autoptr (GString)   event_ids = g_string_new (NULL);

  g_assert_cmpuint (mtx_fake_homeserver_count_users (round->server), ==, 2); /* and support */
  g_assert_cmpuint (mtx_fake_homeserver_count_devices (round->server, last->user_id), ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (round->server), ==, 1);

  for (guint i = 0; i < events->len; i++)
    g_string_append_printf (event_ids, "%s ", json_object_get_string_member (g_ptr_array_index (events, i), "event_id"));
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpstr (round->output, ==, event_ids->str);
}

static void
kill_at (const Moment *moment,
         gboolean      after)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxFakeAgent)      agent = mtx_fake_agent_new (server, "support", "AGENT");
  g_autofree char              *data_dir = mtx_test_tmp_dir ();
  Round                         round = { .server = server, .data_dir = data_dir, .skip = moment->skip, .after = after };

  g_test_message ("%s %s %u, %s", moment->method, moment->pattern, moment->skip, after ? "after" : "before");
  mtx_fake_homeserver_override (server, moment->method, moment->pattern, kill_before, &round, NULL);
  mtx_fake_homeserver_rewrite (server, moment->method, moment->pattern, kill_after, &round, NULL);

  run_child (&round);
  g_assert_true (round.is_killed);
  g_assert_true (g_subprocess_get_if_signaled (round.app));

  run_child (&round);
  g_assert_true (g_subprocess_get_successful (round.app));
  assert_as_if_nothing_happened (&round);

  g_clear_object (&round.app);
  g_free (round.output);
}

static void
kill_at_all (const Moment *moments,
             guint         n_moments)
{
  for (guint i = 0; i < n_moments; i++)
    {
      kill_at (&moments[i], FALSE);
      kill_at (&moments[i], TRUE);
    }
}

static DexFuture *
test_account (gpointer data)
{
  static const Moment moments[] = {
    { "POST", "*/register", 0 },
    { "POST", "*/keys/device_signing/upload", 0 },
    { "POST", "*/keys/upload", 0 },
  };

  kill_at_all (moments, G_N_ELEMENTS (moments));

  return NULL;
}

static DexFuture *
test_room (gpointer data)
{
  static const Moment moments[] = {
    { "POST", "*/createRoom", 0 },
    { "GET", "*/sync", 0 },
  };

  kill_at_all (moments, G_N_ELEMENTS (moments));

  return NULL;
}

static DexFuture *
test_message (gpointer data)
{
  static const Moment moments[] = {
    { "POST", "*/keys/claim", 0 },
    { "PUT", "*/sendToDevice/*", 0 },
    { "PUT", "*/send/m.room.encrypted/*", 0 },
    { "PUT", "*/send/m.room.encrypted/*", 1 },
  };

  kill_at_all (moments, G_N_ELEMENTS (moments));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  own_program = g_file_read_link ("/proc/self/exe", NULL);

  if (argc == 4 && g_str_equal (argv[1], "--app"))
    return run_app (argv[2], argv[3]);

  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/sup-client-kill/account", test_account);
  mtx_test_add_fiber ("/sup-client-kill/room", test_room);
  mtx_test_add_fiber ("/sup-client-kill/message", test_message);

  return g_test_run ();
}
