/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The four states of a keyring, on GNOME Keyring and on libsecret's file, each on a session bus of its own
 * with nothing on it but what a test puts there.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"

#define PASSWORD     "correct horse"
#define ONE          "00ff10a5"
#define TWO          "747576"
#define BUS_NAME     "org.freedesktop.secrets"
#define WAIT_US      (30 * G_USEC_PER_SEC)
#define APPLICATION  "io.github.wallet_support.WalletSupport"
#define SCHEMA_LABEL "Test: store-key of p"

static const char *client_path;
static const char *portal_path;
static const char *prompting_path;

typedef struct
{
  GTestDBus           *bus;
  GDBusConnection     *connection;
  GSubprocess         *daemon;
  GSubprocess         *helper; /* plays the portal, or a service that asks */
  GDataInputStream    *helper_lines;
  GSubprocessLauncher *launcher;
  char                *folder;
} World;

typedef struct
{
  GSubprocess      *process;
  GDataInputStream *answers;
} Client;

static void
client_free (Client *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, &error));
  g_assert_true (g_subprocess_wait_check (self->process, NULL, &error));
  g_assert_no_error (error);
  g_object_unref (self->answers);
  g_object_unref (self->process);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

/* A fresh process: no session, nothing cached. */
static Client *
client_new (World *world)
{
  g_autoptr (GError) error = NULL;
  Client            *self = g_new0 (Client, 1);

  g_subprocess_launcher_setenv (world->launcher, "G_DEBUG", "fatal-warnings", TRUE);
  self->process = g_subprocess_launcher_spawn (world->launcher, &error, client_path, NULL);
  g_subprocess_launcher_unsetenv (world->launcher, "G_DEBUG"); /* other programs warn as they like */
  g_assert_no_error (error);
  self->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));

  return self;
}

static char *
ask (Client     *self,
     const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *line = g_strconcat (command, "\n", NULL);
  GOutputStream     *stdin_pipe = g_subprocess_get_stdin_pipe (self->process);
  char              *answer = NULL;

  g_assert_true (g_output_stream_write_all (stdin_pipe, line, strlen (line), NULL, NULL, &error));
  answer = g_data_input_stream_read_line_utf8 (self->answers, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);

  return answer;
}

static void
expect (Client     *self,
        const char *command,
        const char *expected)
{
  g_autofree char *answer = ask (self, command);

  g_test_message ("%.20s: %s", command, answer);
  g_assert_cmpstr (answer, ==, expected);
}

static void
expect_error (Client     *self,
              const char *command,
              MtxError    code)
{
  g_autofree char *expected = g_strdup_printf ("error %d", (int)code);

  expect (self, command, expected);
}

static void
expect_all_refuse (Client  *self,
                   MtxError code)
{
  expect_error (self, "load p store-key " ONE, code);
  expect_error (self, "load p nothing " ONE, code);
  expect_error (self, "create p new " TWO, code);
  expect_error (self, "replace p store-key " TWO, code);
  expect_error (self, "forget p store-key", code);
  expect_error (self, "list", code);
}

/* Whatever happens to the test, its daemons end with it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
world_set_up (World        *world,
              gconstpointer data)
{
  static const char *const folders[] = {
    "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "HOME"
  };
  g_autoptr (GError) error = NULL;

  world->folder = mtx_test_tmp_dir ();
  world->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  world->launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_set_child_setup (world->launcher, die_with_parent, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (world->folder, folders[i], NULL);

      g_assert_no_errno (g_mkdir (path, 0700));
      g_subprocess_launcher_setenv (world->launcher, folders[i], path, TRUE);
    }
  g_test_dbus_up (world->bus);
  g_subprocess_launcher_setenv (world->launcher, "DBUS_SESSION_BUS_ADDRESS",
                                g_test_dbus_get_bus_address (world->bus), TRUE);
  g_subprocess_launcher_unsetenv (world->launcher, "DISPLAY");
  g_subprocess_launcher_unsetenv (world->launcher, "G_DEBUG");
  g_subprocess_launcher_unsetenv (world->launcher, "SECRET_BACKEND");
  world->connection = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (world->bus),
                                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                              NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
kill_process (GSubprocess **process)
{
  if (*process == NULL)
    return;
  g_subprocess_force_exit (*process);
  g_assert_true (g_subprocess_wait (*process, NULL, NULL));
  g_clear_object (process);
}

static void
stop_helper (World *world)
{
  kill_process (&world->helper);
  g_clear_object (&world->helper_lines);
}

static void
expect_helper_says (World      *world,
                    const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *line = g_data_input_stream_read_line (world->helper_lines, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (line, ==, expected);
}

static void
start_helper (World      *world,
              const char *path,
              const char *first,
              const char *second)
{
  g_autoptr (GError) error = NULL;

  stop_helper (world);
  world->helper = g_subprocess_launcher_spawn (world->launcher, &error, path, first, second, NULL);
  g_assert_no_error (error);
  world->helper_lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (world->helper));
  expect_helper_says (world, "ready");
}

static void
world_tear_down (World        *world,
                 gconstpointer data)
{
  stop_helper (world);
  kill_process (&world->daemon);
  g_clear_object (&world->launcher);
  g_clear_object (&world->connection);
  g_test_dbus_stop (world->bus);
  g_clear_object (&world->bus);
  g_clear_pointer (&world->folder, g_free);
}

static gboolean
is_owned (World *world)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (GVariant) reply = NULL;
  gboolean             owned = FALSE;

  reply = g_dbus_connection_call_sync (world->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "NameHasOwner", g_variant_new ("(s)", BUS_NAME),
                                       G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(b)", &owned);

  return owned;
}

static void
wait_until_owned (World   *world,
                  gboolean owned)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_US;

  while (is_owned (world) != owned)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (5000); /* between two looks */
    }
}

/* With a password the daemon opens its keyring, or makes it; without, it leaves it as it is. */
static void
start_daemon (World      *world,
              const char *password)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *control = g_build_filename (world->folder, "XDG_RUNTIME_DIR", "keyring", NULL);
  g_autofree char   *control_option = g_strconcat ("--control-directory=", control, NULL);

  g_mkdir (control, 0700);
  world->daemon = g_subprocess_launcher_spawn (world->launcher, &error, "gnome-keyring-daemon", "--foreground",
                                               "--components=secrets", control_option,
                                               password != NULL ? "--unlock" : NULL, NULL);
  g_assert_no_error (error);
  if (password != NULL)
    g_output_stream_write_all (g_subprocess_get_stdin_pipe (world->daemon), password, strlen (password),
                               NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (g_subprocess_get_stdin_pipe (world->daemon), NULL, NULL);
  wait_until_owned (world, TRUE);
}

static void
stop_daemon (World *world)
{
  kill_process (&world->daemon);
  wait_until_owned (world, FALSE);
}

/* Runs a program to its end and gives what it wrote. */
static char *
run_tool (World      *world,
          const char *input,
          const char *first,
          ...)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (GPtrArray)   arguments = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  char                   *output = NULL;
  va_list                 list;

  va_start (list, first);
  for (const char *argument = first; argument != NULL; argument = va_arg (list, const char *))
    g_ptr_array_add (arguments, (gpointer)argument);
  va_end (list);
  g_ptr_array_add (arguments, NULL);

  process = g_subprocess_launcher_spawnv (world->launcher, (const char *const *)arguments->pdata, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, input, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);

  return output;
}

static void
test_available (World        *world,
                gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autoptr (Client) fresh = NULL;

  start_daemon (world, PASSWORD);
  client = client_new (world);
  expect (client, "list", "ok ");
  expect_error (client, "load p store-key " ONE, MTX_ERROR_NOT_FOUND);
  expect (client, "create p store-key " ONE, "ok");
  expect (client, "load p store-key " ONE, "ok");
  expect (client, "load p store-key " TWO, "different");
  expect_error (client, "load q store-key " ONE, MTX_ERROR_NOT_FOUND);
  expect_error (client, "load p account " ONE, MTX_ERROR_NOT_FOUND);

  expect_error (client, "create p store-key " TWO, MTX_ERROR_REFUSED);
  expect (client, "load p store-key " ONE, "ok");
  expect (client, "replace p store-key " TWO, "ok");
  expect (client, "load p store-key " TWO, "ok");
  expect (client, "replace q account " ONE, "ok");

  fresh = client_new (world);
  expect (fresh, "load p store-key " TWO, "ok");
  expect (fresh, "load q account " ONE, "ok");
  expect (fresh, "list", "ok p q");
  expect (fresh, "unlock", "ok");

  expect (fresh, "forget p store-key", "ok");
  expect (fresh, "forget p store-key", "ok");
  expect_error (client, "load p store-key " TWO, MTX_ERROR_NOT_FOUND);
  expect (client, "list", "ok q");
}

/* What a person sees with the tool that comes with libsecret. */
static void
test_labels (World        *world,
             gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char   *seen = NULL;

  start_daemon (world, PASSWORD);
  client = client_new (world);
  expect (client, "create p store-key " ONE, "ok");
  expect (client, "create p security-key " TWO, "ok");

  seen = run_tool (world, NULL, "secret-tool", "search", "--all", "application", APPLICATION, NULL);
  g_assert_nonnull (strstr (seen, "label = Test: store-key of p\n"));
  g_assert_nonnull (strstr (seen, "label = Test: security-key of p\n"));
  g_assert_nonnull (strstr (seen, "schema = io.github.wallet_support.WalletSupport.Secret\n"));
  g_assert_nonnull (strstr (seen, "secret = base64:AP8QpQ\n"));
  g_assert_nonnull (strstr (seen, "secret = tuv\n"));

  expect (client, "replace p store-key " TWO, "ok");
  g_free (seen);
  seen = run_tool (world, NULL, "secret-tool", "search", "--all", "application", APPLICATION, NULL);
  g_assert_nonnull (strstr (seen, "label = Test: new store-key of p\n"));
  g_assert_null (strstr (seen, "label = Test: store-key of p\n"));
}

static void
test_absent (World        *world,
             gconstpointer data)
{
  g_autoptr (Client) client = client_new (world);

  expect_all_refuse (client, MTX_ERROR_ABSENT);
  expect_error (client, "unlock", MTX_ERROR_ABSENT);

  /* A keyring that appears later is used. */
  start_daemon (world, PASSWORD);
  expect (client, "create p store-key " ONE, "ok");
  expect (client, "load p store-key " ONE, "ok");
}

static void
test_no_bus (World        *world,
             gconstpointer data)
{
  g_autoptr (Client) client = NULL;

  g_subprocess_launcher_setenv (world->launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  client = client_new (world);
  expect_all_refuse (client, MTX_ERROR_ABSENT);
  expect_error (client, "unlock", MTX_ERROR_ABSENT);
}

/* A daemon that was never unlocked since it started: searches must not say "there is no such item". */
static void
test_locked_cold (World        *world,
                  gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autoptr (Client) fresh = NULL;

  start_daemon (world, PASSWORD);
  client = client_new (world);
  expect (client, "create p store-key " ONE, "ok");
  stop_daemon (world);

  start_daemon (world, NULL);
  fresh = client_new (world);
  expect_all_refuse (fresh, MTX_ERROR_LOCKED);
  /* Nobody is there to answer the prompt. */
  expect_error (fresh, "unlock", MTX_ERROR_LOCKED);
  stop_daemon (world);

  /* Unlocked: everything is as it was, for both. */
  start_daemon (world, PASSWORD);
  expect (fresh, "load p store-key " ONE, "ok");
  expect (fresh, "list", "ok p");
  expect (fresh, "forget p store-key", "ok");
}

static void
lock_all (World *world)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_sync (world->connection, BUS_NAME, "/org/freedesktop/secrets",
                                       "org.freedesktop.Secret.Service", "Lock",
                                       g_variant_new_parsed ("([objectpath '/org/freedesktop/secrets/aliases/default'],)"),
                                       NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

/* Locked while we run, with a session that is good. */
static void
test_locked_warm (World        *world,
                  gconstpointer data)
{
  g_autoptr (Client) client = NULL;

  start_daemon (world, PASSWORD);
  client = client_new (world);
  expect (client, "create p store-key " ONE, "ok");
  lock_all (world);
  expect_all_refuse (client, MTX_ERROR_LOCKED);
}

/* A session from before the daemon was restarted is no reason to fail twice. */
static void
test_restart (World        *world,
              gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char   *first = NULL;

  start_daemon (world, PASSWORD);
  client = client_new (world);
  expect (client, "create p store-key " ONE, "ok");
  stop_daemon (world);
  expect_all_refuse (client, MTX_ERROR_ABSENT);
  start_daemon (world, PASSWORD);
  expect (client, "load p store-key " ONE, "ok");

  stop_daemon (world);
  start_daemon (world, PASSWORD);
  first = ask (client, "load p store-key " ONE);
  g_assert_cmpstr (first, !=, "error 6"); /* never "not found" */
  expect (client, "load p store-key " ONE, "ok");
}

/* A system without any keyring: reading says so, writing needs the user. */
static void
test_no_collection (World        *world,
                    gconstpointer data)
{
  g_autoptr (Client) client = NULL;

  start_daemon (world, NULL);
  client = client_new (world);
  expect_error (client, "load p store-key " ONE, MTX_ERROR_NOT_FOUND);
  expect (client, "list", "ok ");
  expect (client, "forget p store-key", "ok");
  expect_error (client, "create p store-key " ONE, MTX_ERROR_LOCKED);
  expect_error (client, "replace p store-key " ONE, MTX_ERROR_LOCKED);
  expect_error (client, "unlock", MTX_ERROR_LOCKED);
}

static void
test_damaged (World        *world,
              gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char   *nothing = NULL;

  start_daemon (world, PASSWORD);
  client = client_new (world);
  nothing = run_tool (world, "base64:not base64", "secret-tool", "store", "--label=Somebody else's",
                      "application", APPLICATION, "version", "1", "provider", "p", "item", "store-key", NULL);
  expect_error (client, "load p store-key " ONE, MTX_ERROR_DAMAGED);
  expect_error (client, "create p store-key " ONE, MTX_ERROR_REFUSED);
  expect_error (client, "replace p store-key " ONE, MTX_ERROR_DAMAGED);
  expect_error (client, "load p store-key " ONE, MTX_ERROR_DAMAGED);
  expect (client, "list", "ok p");
  expect (client, "forget p store-key", "ok");
  expect (client, "create p store-key " ONE, "ok");
}

static char *
use_file (World      *world,
          const char *password)
{
  char *path = g_build_filename (world->folder, "test.keyring", NULL);

  g_subprocess_launcher_setenv (world->launcher, "SECRET_BACKEND", "file", TRUE);
  g_subprocess_launcher_setenv (world->launcher, "SECRET_FILE_TEST_PATH", path, TRUE);
  g_subprocess_launcher_setenv (world->launcher, "SECRET_FILE_TEST_PASSWORD", password, TRUE);

  return path;
}

static GBytes *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char              *contents = NULL;
  gsize              length;

  g_assert_true (g_file_get_contents (path, &contents, &length, &error));
  g_assert_no_error (error);

  return g_bytes_new_take (contents, length);
}

static void
test_file (World        *world,
           gconstpointer data)
{
  g_autofree char   *path = use_file (world, PASSWORD);
  g_autoptr (Client) client = client_new (world);
  g_autoptr (Client) fresh = NULL;

  expect (client, "list", "ok ");
  expect_error (client, "load p store-key " ONE, MTX_ERROR_NOT_FOUND);
  expect (client, "forget p store-key", "ok");
  expect (client, "unlock", "ok");
  expect (client, "create p store-key " ONE, "ok");
  expect_error (client, "create p store-key " TWO, MTX_ERROR_REFUSED);
  expect (client, "load p store-key " ONE, "ok");
  expect (client, "replace p store-key " TWO, "ok");
  expect (client, "replace q account " ONE, "ok");

  fresh = client_new (world);
  expect (fresh, "load p store-key " TWO, "ok");
  expect (fresh, "list", "ok p q");
  expect (fresh, "forget p store-key", "ok");
  expect_error (fresh, "load p store-key " TWO, MTX_ERROR_NOT_FOUND);
  expect (fresh, "load q account " ONE, "ok");
}

/* The desktop's secret is another one, as after a move from one desktop to another: libsecret alone would
 * find nothing and write beside what is there. */
static void
test_file_wrong_secret (World        *world,
                        gconstpointer data)
{
  g_autofree char   *path = use_file (world, PASSWORD);
  g_autofree char   *same_path = NULL;
  g_autofree char   *still_same_path = NULL;
  g_autoptr (Client) client = client_new (world);
  g_autoptr (Client) stranger = NULL;
  g_autoptr (Client) back = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;

  expect (client, "create p store-key " ONE, "ok");
  before = read_file (path);

  same_path = use_file (world, "battery staple");
  stranger = client_new (world);
  expect_all_refuse (stranger, MTX_ERROR_WRONG_SECRET);
  expect_error (stranger, "unlock", MTX_ERROR_WRONG_SECRET);
  after = read_file (path);
  g_assert_true (g_bytes_equal (before, after));

  still_same_path = use_file (world, PASSWORD);
  back = client_new (world);
  expect (back, "load p store-key " ONE, "ok");
}

static void
test_file_damaged (World        *world,
                   gconstpointer data)
{
  g_autofree char   *path = use_file (world, PASSWORD);
  g_autoptr (Client) client = client_new (world);
  g_autoptr (Client) fresh = NULL;
  g_autoptr (Client) blind = NULL;
  g_autofree char   *contents = NULL;
  gsize              length;

  expect (client, "create p store-key " ONE, "ok");

  /* One bit in the item, which stands at the end of the file, before a few bytes of framing. */
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  contents[length - 24] ^= 1;
  g_assert_true (g_file_set_contents (path, contents, (gssize)length, NULL));
  fresh = client_new (world);
  expect_error (fresh, "load p store-key " ONE, MTX_ERROR_DAMAGED);
  expect_error (fresh, "create p store-key " TWO, MTX_ERROR_DAMAGED);
  expect_error (fresh, "replace p store-key " TWO, MTX_ERROR_DAMAGED);
  expect (fresh, "forget p store-key", "ok");
  expect (fresh, "create p store-key " TWO, "ok");

  g_assert_true (g_file_set_contents (path, "no keyring at all", -1, NULL));
  g_subprocess_launcher_setenv (world->launcher, "LSAN_OPTIONS", "detect_leaks=0", TRUE); /* libsecret's */
  blind = client_new (world);
  expect_all_refuse (blind, MTX_ERROR_DAMAGED);
}

/* A person at the keyring's dialog. */
static void
test_prompt (World        *world,
             gconstpointer data)
{
  g_autoptr (Client) client = client_new (world);

  start_helper (world, prompting_path, "locked", "agree");
  expect_error (client, "load p store-key " ONE, MTX_ERROR_LOCKED);
  expect (client, "unlock", "ok");
  expect_error (client, "load p store-key " ONE, MTX_ERROR_NOT_FOUND);

  start_helper (world, prompting_path, "locked", "decline");
  wait_until_owned (world, TRUE);
  expect_error (client, "unlock", MTX_ERROR_LOCKED);
  expect_error (client, "load p store-key " ONE, MTX_ERROR_LOCKED);

  start_helper (world, prompting_path, "locked", "vanish");
  expect_error (client, "unlock", MTX_ERROR_ABSENT);
}

static void
test_prompt_for_new (World        *world,
                     gconstpointer data)
{
  g_autoptr (Client) client = client_new (world);
  g_autoptr (Client) fresh = NULL;

  start_helper (world, prompting_path, "missing", "agree");
  expect_error (client, "create p store-key " ONE, MTX_ERROR_LOCKED);
  expect (client, "unlock", "ok");
  expect_error (client, "load p store-key " ONE, MTX_ERROR_NOT_FOUND);

  start_helper (world, prompting_path, "missing", "decline");
  fresh = client_new (world);
  expect_error (fresh, "unlock", MTX_ERROR_LOCKED);
}

/* Whoever no longer waits leaves no dialog behind. */
static void
test_prompt_dropped (World        *world,
                     gconstpointer data)
{
  g_autoptr (Client) client = client_new (world);

  start_helper (world, prompting_path, "locked", "wait");
  expect (client, "ask", "ok");
  expect_helper_says (world, "prompted");
  expect (client, "drop", "ok");
  expect_helper_says (world, "dismissed");
}

/* Inside a sandbox; Snap's sign of one can be set, Flatpak's is a file at the root. */
static void
test_portal (World        *world,
             gconstpointer data)
{
  g_autofree char   *file = g_build_filename (world->folder, "XDG_DATA_HOME", "keyrings", "default.keyring", NULL);
  g_autoptr (Client) without = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (Client) declined = NULL;
  g_autoptr (Client) moved = NULL;
  g_autoptr (Client) back = NULL;

  g_subprocess_launcher_setenv (world->launcher, "SNAP_NAME", "wallet-support", TRUE);
  without = client_new (world);
  expect_all_refuse (without, MTX_ERROR_ABSENT);
  expect_error (without, "unlock", MTX_ERROR_ABSENT);

  start_helper (world, portal_path, "gnome", NULL);
  client = client_new (world);
  expect (client, "create p store-key " ONE, "ok");
  expect (client, "load p store-key " ONE, "ok");
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  /* The portal came up after the first client had found none. */
  expect (without, "load p store-key " ONE, "ok");

  start_helper (world, portal_path, "gnome", "1");
  declined = client_new (world);
  expect_all_refuse (declined, MTX_ERROR_LOCKED);

  start_helper (world, portal_path, "kde", NULL);
  moved = client_new (world);
  expect_all_refuse (moved, MTX_ERROR_WRONG_SECRET);

  start_helper (world, portal_path, "gnome", NULL);
  back = client_new (world);
  expect (back, "load p store-key " ONE, "ok");
  expect (declined, "load p store-key " ONE, "ok");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 4);
  client_path = argv[1];
  portal_path = argv[2];
  prompting_path = argv[3];

#define ADD(path, func) g_test_add (path, World, NULL, world_set_up, func, world_tear_down)
  ADD ("/real/mtx-keyring/available", test_available);
  ADD ("/real/mtx-keyring/labels", test_labels);
  ADD ("/real/mtx-keyring/threat-103-absent", test_absent);
  ADD ("/real/mtx-keyring/threat-103-no-bus", test_no_bus);
  ADD ("/real/mtx-keyring/threat-103-locked-cold", test_locked_cold);
  ADD ("/real/mtx-keyring/threat-103-locked-warm", test_locked_warm);
  ADD ("/real/mtx-keyring/restart", test_restart);
  ADD ("/real/mtx-keyring/no-collection", test_no_collection);
  ADD ("/real/mtx-keyring/threat-103-damaged", test_damaged);
  ADD ("/real/mtx-keyring/prompt", test_prompt);
  ADD ("/real/mtx-keyring/prompt-for-new", test_prompt_for_new);
  ADD ("/real/mtx-keyring/prompt-dropped", test_prompt_dropped);
  ADD ("/real/mtx-keyring/file", test_file);
  ADD ("/real/mtx-keyring/threat-103-file-wrong-secret", test_file_wrong_secret);
  ADD ("/real/mtx-keyring/threat-103-file-damaged", test_file_damaged);
  ADD ("/real/mtx-keyring/threat-103-portal", test_portal);
#undef ADD

  return g_test_run ();
}
