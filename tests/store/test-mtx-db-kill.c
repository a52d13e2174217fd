/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kill -9 between any two writes: what was committed is there, what was not is gone as a whole.
 *
 * A child commits in a loop and says so after each commit. We read a random number of its words, wait a
 * random moment, so that the kill falls before, within and after commits alike, and kill it. Each commit
 * writes its number to several tables; after the kill all of them have to agree.
 */
#include <stdlib.h>
#include <unistd.h>

#include "mtx-event-store.h"
#include "mtx-fiber.h"
#include "mtx-outbox-store.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "mtx-to-device-store.h"
#include "store-fixture.h"

#define ROUNDS        30
#define MAX_COMMITS   12
#define MAX_MOMENT_US 3000
#define ROOM          "!room:example.org"

static const char *own_program;

static void
add_commit (MtxChangeSet *changes,
            gint64        number)
{
  g_autofree char    *token = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  g_autofree char    *before = g_strdup_printf ("%" G_GINT64_FORMAT, number - 1);
  MtxToDeviceBatchRow batch = { .txn_id = token, .event_type = "t", .messages = "{}" };
  MtxOutboxRow        message = { .conversation = "c", .txn_id = token, .event_type = "t", .content = "{}" };

  mtx_session_store_put_next_batch (changes, token);
  mtx_to_device_store_delete_batch (changes, before);
  mtx_to_device_store_put_batch (changes, &batch);

  /* Enough that one commit is many pages. */
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *event_id = g_strdup_printf ("$%s-%u", token, i);
      MtxEventRow      event = { .room_id = ROOM, .event_id = event_id, .sender = "@a", .type = "t", .content = "{}" };

      mtx_event_store_append (changes, &event);
    }
  mtx_outbox_store_delete (changes, before);
  mtx_outbox_store_put (changes, &message);
  mtx_session_store_put_step (changes, number);
}

/* In the child. */
static DexFuture *
commit_fiber (gpointer data)
{
  g_autoptr (MtxDb)         db = store_fixture_open (data);
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxSessionRow) session = dex_await_boxed (mtx_session_store_load (db), &error);
  gint64                    number = session != NULL ? session->step : 0;

  for (;;)
    {
      MtxChangeSet *changes = mtx_change_set_new ();

      add_commit (changes, ++number);
      store_fixture_commit (db, changes);
      if (write (STDOUT_FILENO, &number, sizeof number) != sizeof number)
        return NULL;
    }
}

static int
run_child (const char *path)
{
  g_autoptr (DexFuture) done = NULL;

  dex_init ();
  done = mtx_fiber_spawn ("commit", commit_fiber, (gpointer)path, NULL);
  while (dex_future_is_pending (done))
    g_main_context_iteration (NULL, TRUE);

  return EXIT_SUCCESS;
}

static gint64
run_until_killed (const char *path,
                  guint       n_commits,
                  gulong      moment_us)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (GSubprocess) child = NULL;
  GInputStream           *output = NULL;
  gint64                  number = 0;
  gsize                   n_read = 0;

  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, own_program, "--commit", path, NULL);
  g_assert_no_error (error);
  output = g_subprocess_get_stdout_pipe (child);

  for (guint i = 0; i < n_commits; i++)
    {
      g_assert_true (g_input_stream_read_all (output, &number, sizeof number, &n_read, NULL, &error));
      g_assert_cmpuint (n_read, ==, sizeof number);
    }

  g_usleep (moment_us);
  g_subprocess_force_exit (child);
  g_assert_true (g_subprocess_wait (child, NULL, &error));
  g_assert_true (g_subprocess_get_if_signaled (child));

  /* What it still managed to say counts as well. */
  while (g_input_stream_read_all (output, &number, sizeof number, &n_read, NULL, NULL) && n_read == sizeof number)
    ;

  return number;
}

static gint64
check_agreement (const char *path)
{
  MtxDb                    *db = store_fixture_open (path);
  g_autoptr (MtxSessionRow) session = store_fixture_row (mtx_session_store_load (db));
  g_autoptr (GPtrArray)     batches = store_fixture_rows (mtx_to_device_store_load_batches (db));
  g_autoptr (GPtrArray)     outbox = store_fixture_rows (mtx_outbox_store_load (db, NULL));
  g_autofree char          *token = g_strdup_printf ("%" G_GINT64_FORMAT, session->step);
  gint64                    step = session->step;

  g_assert_cmpstr (session->next_batch, ==, token);
  g_assert_cmpuint (batches->len, ==, 1);
  g_assert_cmpstr (((MtxToDeviceBatchRow *)batches->pdata[0])->txn_id, ==, token);
  g_assert_cmpuint (outbox->len, ==, 1);
  g_assert_cmpstr (((MtxOutboxRow *)outbox->pdata[0])->txn_id, ==, token);
  g_assert_cmpint (store_fixture_int64 (mtx_event_store_count (db, ROOM)), ==, 10 * step);
  store_fixture_close (db);

  return step;
}

static DexFuture *
test_kill (gpointer data)
{
  g_autofree char *path = store_fixture_path ();
  gint64           last = 0;

  for (guint i = 0; i < ROUNDS; i++)
    {
      guint  n_commits = g_test_rand_int_range (1, MAX_COMMITS);
      gulong moment_us = g_test_rand_int_range (0, MAX_MOMENT_US);
      gint64 said = run_until_killed (path, n_commits, moment_us);
      gint64 kept = check_agreement (path);

      /* One commit may have been done that could not be told any more. */
      g_assert_cmpint (kept, >=, said);
      g_assert_cmpint (kept, <=, said + 1);
      g_assert_cmpint (said, >, last);
      last = kept;
    }

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  own_program = g_file_read_link ("/proc/self/exe", NULL);

  if (argc == 3 && g_str_equal (argv[1], "--commit"))
    return run_child (argv[2]);

  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/store/db/kill", test_kill);

  return g_test_run ();
}
