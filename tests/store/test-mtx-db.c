/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The database as a file: keys, locks, damage, full disks, and whose SQLite answers.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-fiber.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

#define SETTING "test-setting"
#define ROOM    "!room:example.org"

static const char *own_program;

static void
put_setting (MtxDb      *db,
             const char *value)
{
  MtxChangeSet *changes = mtx_change_set_new ();

  mtx_session_store_put_setting (changes, SETTING, value);
  store_fixture_commit (db, changes);
}

static void
assert_setting (MtxDb      *db,
                const char *expected)
{
  g_autofree char *value = store_fixture_string (mtx_session_store_load_setting (db, SETTING));

  g_assert_cmpstr (value, ==, expected);
}

static void
add_events (MtxChangeSet *changes,
            guint         first,
            guint         n_events)
{
  for (guint i = first; i < first + n_events; i++)
    {
      g_autofree char *event_id = g_strdup_printf ("$event%u", i);
      g_autofree char *content = g_strdup_printf ("{\"body\":\"a message of some length, number %u\"}", i);
      MtxEventRow      row = {
             .room_id = ROOM,
             .event_id = event_id,
             .sender = "@a:example.org",
             .type = "m.room.message",
             .content = content,
      };

      mtx_event_store_append (changes, &row);
    }
}

static DexFuture *
test_reopen (gpointer data)
{
  g_autofree char *path = store_fixture_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  MtxDb           *db = store_fixture_open (path);
  GStatBuf         status = { 0 };

  put_setting (db, "kept");
  assert_setting (db, "kept");
  store_fixture_close (db);

  db = store_fixture_open (path);
  assert_setting (db, "kept");
  store_fixture_close (db);

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (folder, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);

  return NULL;
}

/* The write-ahead log, too, is in no one's way and readable by no one. */
static DexFuture *
test_encrypted (gpointer data)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal", ".lock", ".key-id" };
  static const char        plain[] = "Plain text that nobody may find";
  static const char *const needles[] = { "Plain text", "SQLite format", "CREATE TABLE",
                                         "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", "0101010101010101" };
  g_autofree char         *path = store_fixture_path ();
  MtxDb                   *db = store_fixture_open (path);
  gboolean                 wal_seen = FALSE;

  put_setting (db, plain);

  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
        {
          g_autofree char *file = g_strconcat (path, suffixes[i], NULL);
          GStatBuf         status = { 0 };

          if (g_stat (file, &status) == 0)
            {
              g_assert_cmpint (status.st_mode & 077, ==, 0);
              wal_seen |= g_str_equal (suffixes[i], "-wal") && status.st_size > 0;
            }
          for (guint j = 0; j < G_N_ELEMENTS (needles); j++)
            g_assert_false (store_fixture_holds (file, needles[j]));
        }
      if (pass == 0)
        store_fixture_close (db);
    }
  g_assert_true (wal_seen);

  return NULL;
}

static char *
get_checksum (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *bytes = NULL;
  gsize              length = 0;

  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);

  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, length);
}

static DexFuture *
test_wrong_key (gpointer data)
{
  g_autoptr (MtxSecretBytes) wrong = store_fixture_key (2);
  g_autoptr (MtxSecretBytes) too_short = mtx_secret_bytes_new ((const guint8 *)"short", 5);
  g_autofree char           *path = store_fixture_path ();
  g_autofree char           *mark = g_strconcat (path, ".key-id", NULL);
  g_autofree char           *before = NULL;
  g_autofree char           *after = NULL;
  MtxDb                     *db = store_fixture_open (path);

  put_setting (db, "kept");
  store_fixture_close (db);
  before = get_checksum (path);

  store_fixture_reject (mtx_db_open (path, wrong), MTX_ERROR_WRONG_SECRET);
  store_fixture_reject (mtx_db_open (path, too_short), MTX_ERROR_INVALID);

  /* Also without the mark beside it, which then appears again. */
  g_assert_cmpint (g_unlink (mark), ==, 0);
  store_fixture_reject (mtx_db_open (path, wrong), MTX_ERROR_WRONG_SECRET);
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  after = get_checksum (path);
  g_assert_cmpstr (before, ==, after);

  db = store_fixture_open (path);
  assert_setting (db, "kept");
  store_fixture_close (db);
  g_assert_true (g_file_test (mark, G_FILE_TEST_EXISTS));

  return NULL;
}

/* A log that was never moved into the database belongs to it; a wrong key must not cost it. */
static DexFuture *
test_wrong_key_keeps_log (gpointer data)
{
  g_autoptr (MtxSecretBytes) wrong = store_fixture_key (2);
  g_autofree char           *path = store_fixture_path ();
  g_autofree char           *copy = store_fixture_path ();
  g_autofree char           *copy_log = g_strconcat (copy, "-wal", NULL);
  g_autofree char           *copy_folder = g_path_get_dirname (copy);
  g_autofree char           *before = NULL;
  g_autofree char           *after = NULL;
  g_autofree char           *log_before = NULL;
  g_autofree char           *log_after = NULL;
  MtxDb                     *db = store_fixture_open (path);

  put_setting (db, "only in the log");

  /* What kill -9 would leave behind. */
  g_assert_cmpint (g_mkdir (copy_folder, 0700), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      const char      *suffix = ((const char *[]){ "", "-wal", ".key-id" })[i];
      g_autofree char *from = g_strconcat (path, suffix, NULL);
      g_autofree char *to = g_strconcat (copy, suffix, NULL);
      g_autofree char *bytes = NULL;
      gsize            length = 0;

      g_assert_true (g_file_get_contents (from, &bytes, &length, NULL));
      g_assert_true (g_file_set_contents (to, bytes, length, NULL));
    }
  store_fixture_close (db);

  before = get_checksum (copy);
  log_before = get_checksum (copy_log);
  store_fixture_reject (mtx_db_open (copy, wrong), MTX_ERROR_WRONG_SECRET);
  after = get_checksum (copy);
  log_after = get_checksum (copy_log);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpstr (log_before, ==, log_after);
  db = store_fixture_open (copy);
  assert_setting (db, "only in the log");
  store_fixture_close (db);

  return NULL;
}

static void
flip_byte (const char *path,
           gsize       offset)
{
  g_autofree char *bytes = NULL;
  gsize            length = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpuint (offset, <, length);
  bytes[offset] ^= 0x55;
  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
}

static DexFuture *
test_damaged_start (gpointer data)
{
  /* The salt of all keys, the start and the end of the first page. */
  static const gsize offsets[] = { 3, 100, 4095 };

  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autofree char           *path = store_fixture_path ();
  MtxDb                     *db = store_fixture_open (path);

  put_setting (db, "kept");
  store_fixture_close (db);

  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    {
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      flip_byte (path, offsets[i]);
      before = get_checksum (path);
      store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_DAMAGED);
      after = get_checksum (path);
      g_assert_cmpstr (before, ==, after);
      flip_byte (path, offsets[i]);
    }

  db = store_fixture_open (path);
  assert_setting (db, "kept");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_damaged_middle (gpointer data)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autofree char           *path = store_fixture_path ();
  MtxDb                     *db = store_fixture_open (path);
  MtxChangeSet              *changes = mtx_change_set_new ();
  GStatBuf                   status = { 0 };

  /* So many that the schema, however it grows, is in the first half. */
  add_events (changes, 0, 2000);
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  for (goffset offset = status.st_size / 2; offset < status.st_size; offset += 4096)
    flip_byte (path, offset);

  db = store_fixture_open (path);
  store_fixture_reject (mtx_event_store_load_after (db, ROOM, 0), MTX_ERROR_DAMAGED);
  store_fixture_close (db);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));

  return NULL;
}

/* A database that was there and is gone, or is empty, must not begin anew without anybody noticing. */
static DexFuture *
test_gone (gpointer data)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autofree char           *path = store_fixture_path ();
  MtxDb                     *db = store_fixture_open (path);

  store_fixture_close (db);

  g_assert_cmpint (truncate (path, 5000), ==, 0);
  store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_DAMAGED);
  g_assert_cmpint (truncate (path, 0), ==, 0);
  store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_DAMAGED);
  g_assert_cmpint (g_unlink (path), ==, 0);
  store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_DAMAGED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  return NULL;
}

static DexFuture *
test_not_a_folder (gpointer data)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autofree char           *folder = mtx_test_tmp_dir ();
  g_autofree char           *file = g_build_filename (folder, "file", NULL);
  g_autofree char           *below_file = g_build_filename (file, "store.db", NULL);

  g_assert_true (g_file_set_contents (file, "text", -1, NULL));
  store_fixture_reject (mtx_db_open (below_file, key), MTX_ERROR_FAILED);
  store_fixture_reject (mtx_db_open (folder, key), MTX_ERROR_FAILED);
  store_fixture_reject (mtx_db_open (file, key), MTX_ERROR_WRONG_SECRET);

  return NULL;
}

/* In the other process: holds the database until its standard input ends, or says why it cannot. */
static DexFuture *
hold_fiber (gpointer data)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxDb)          db = dex_await_object (mtx_db_open (data, key), &error);
  char                       byte = 0;

  if (db == NULL)
    {
      g_print ("error %d\n", error->code);
      return NULL;
    }

  g_print ("open\n");
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;

  return NULL;
}

static int
hold (const char *path)
{
  g_autoptr (DexFuture) done = NULL;

  dex_init ();
  done = mtx_fiber_spawn ("hold", hold_fiber, (gpointer)path, NULL);
  while (dex_future_is_pending (done))
    g_main_context_iteration (NULL, TRUE);

  return 0;
}

static GSubprocess *
start_holder (const char *path,
              char      **answer)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  GSubprocess                 *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                                           &error, own_program, "--hold", path, NULL);

  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output), FALSE);
  *answer = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);

  return process;
}

/* SQLite holds locks of its own; ours is the one that is there before it looks at anything. */
static gboolean
is_locked (const char *path)
{
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  g_autofd int     fd = open (lock, O_RDWR | O_CLOEXEC);
  struct flock     whole_file = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_OFD_GETLK, &whole_file), ==, 0);

  return whole_file.l_type != F_UNLCK;
}

static DexFuture *
test_second_process (gpointer data)
{
  g_autoptr (MtxSecretBytes) key = store_fixture_key (1);
  g_autoptr (GSubprocess)    holder = NULL;
  g_autoptr (GSubprocess)    refused = NULL;
  g_autofree char           *busy = g_strdup_printf ("error %d", MTX_ERROR_BUSY);
  g_autofree char           *path = store_fixture_path ();
  g_autofree char           *answer = NULL;
  g_autofree char           *other_answer = NULL;
  MtxDb                     *db = store_fixture_open (path);

  /* We hold it: nobody else gets it, in this process or another. */
  g_assert_true (is_locked (path));
  store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_BUSY);
  refused = start_holder (path, &other_answer);
  g_assert_cmpstr (other_answer, ==, busy);
  g_assert_true (g_subprocess_wait (refused, NULL, NULL));
  put_setting (db, "still ours");
  store_fixture_close (db);
  g_assert_false (is_locked (path));

  /* Another process holds it, and then dies without a word. */
  holder = start_holder (path, &answer);
  g_assert_cmpstr (answer, ==, "open");
  store_fixture_reject (mtx_db_open (path, key), MTX_ERROR_BUSY);
  g_subprocess_force_exit (holder);
  g_assert_true (g_subprocess_wait (holder, NULL, NULL));

  db = store_fixture_open (path);
  assert_setting (db, "still ours");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_close (gpointer data)
{
  g_autoptr (MtxChangeSet) late = mtx_change_set_new ();
  g_autofree char         *path = store_fixture_path ();
  g_autofree char         *wal = g_strconcat (path, "-wal", NULL);
  g_autoptr (GError)       error = NULL;
  MtxChangeSet            *changes = mtx_change_set_new ();
  MtxDb                   *db = store_fixture_open (path);
  DexFuture               *committed = NULL;
  DexFuture               *closed = NULL;
  GStatBuf                 status = { 0 };

  /* What was queued before is done first. */
  mtx_session_store_put_setting (changes, SETTING, "queued");
  committed = mtx_db_commit (db, changes);
  mtx_change_set_unref (changes);
  closed = mtx_db_close (db);
  dex_await (closed, &error);
  g_assert_no_error (error);
  g_assert_true (dex_future_is_resolved (committed));
  dex_unref (committed);

  store_fixture_reject (mtx_db_commit (db, late), MTX_ERROR_CLOSED);
  store_fixture_reject (mtx_session_store_load (db), MTX_ERROR_CLOSED);
  store_fixture_close (db);
  g_assert_true (g_stat (wal, &status) != 0 || status.st_size == 0);

  /* One that is only let go closes as well, after its jobs. */
  db = store_fixture_open (path);
  assert_setting (db, "queued");
  changes = mtx_change_set_new ();
  mtx_session_store_put_setting (changes, SETTING, "let go");
  committed = mtx_db_commit (db, changes);
  mtx_change_set_unref (changes);
  g_object_unref (db);
  dex_await (committed, &error);
  g_assert_no_error (error);

  for (db = NULL; db == NULL;)
    {
      g_autoptr (MtxSecretBytes) key = store_fixture_key (1);

      g_clear_error (&error);
      db = dex_await_object (mtx_db_open (path, key), &error);
      if (db == NULL)
        g_assert_error (error, MTX_ERROR, MTX_ERROR_BUSY);
    }
  assert_setting (db, "let go");
  store_fixture_close (db);

  return NULL;
}

/* A limit on the size of files looks like a full disk, and needs none. */
static DexFuture *
test_full (gpointer data)
{
  struct rlimit    unlimited = { 0 };
  struct rlimit    small = { 0 };
  g_autofree char *path = store_fixture_path ();
  MtxDb           *db = store_fixture_open (path);
  MtxChangeSet    *changes = mtx_change_set_new ();

  put_setting (db, "kept");
  add_events (changes, 0, 5000);

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
  small = unlimited;
  small.rlim_cur = 256 * 1024;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  store_fixture_reject (mtx_db_commit (db, changes), MTX_ERROR_FULL);
  mtx_change_set_unref (changes);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);

  /* The same connection goes on, with nothing of what failed. */
  g_assert_cmpint (store_fixture_int64 (mtx_event_store_count (db, ROOM)), ==, 0);
  assert_setting (db, "kept");
  changes = mtx_change_set_new ();
  add_events (changes, 0, 5000);
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  db = store_fixture_open (path);
  g_assert_cmpint (store_fixture_int64 (mtx_event_store_count (db, ROOM)), ==, 5000);
  store_fixture_close (db);

  return NULL;
}

/* libsoup brings plain SQLite into the process. Ours must be the one linked in, and seen by nobody else. */
static void
test_symbols (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *maps = NULL;
  g_autofree char   *symbols = NULL;
  g_autofree char   *nm = g_find_program_in_path ("nm");
  const char        *argv[] = { nm, "--dynamic", "--defined-only", own_program, NULL };
  int                wait_status = 0;

  g_assert_cmpuint (soup_get_major_version (), ==, 3);
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  g_assert_nonnull (strstr (maps, "libsqlite3.so"));
  g_assert_null (strstr (maps, "libsqlcipher.so"));

  if (nm == NULL)
    {
      g_test_skip ("There is no nm");
      return;
    }

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &symbols, NULL, &wait_status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wait_status, ==, 0);
  g_assert_null (strstr (symbols, "sqlite3"));
}

int
main (int   argc,
      char *argv[])
{
  own_program = g_file_read_link ("/proc/self/exe", NULL);

  if (argc == 3 && g_str_equal (argv[1], "--hold"))
    return hold (argv[2]);

  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/db/reopen", test_reopen);
  mtx_test_add_fiber ("/store/db/encrypted", test_encrypted);
  mtx_test_add_fiber ("/store/db/threat-103-wrong-key", test_wrong_key);
  mtx_test_add_fiber ("/store/db/threat-103-wrong-key-keeps-log", test_wrong_key_keeps_log);
  mtx_test_add_fiber ("/store/db/damaged-start", test_damaged_start);
  mtx_test_add_fiber ("/store/db/damaged-middle", test_damaged_middle);
  mtx_test_add_fiber ("/store/db/gone", test_gone);
  mtx_test_add_fiber ("/store/db/not-a-folder", test_not_a_folder);
  mtx_test_add_fiber ("/store/db/threat-102-second-process", test_second_process);
  mtx_test_add_fiber ("/store/db/close", test_close);
  mtx_test_add_fiber ("/store/db/full", test_full);
  g_test_add_func ("/store/db/symbols", test_symbols);

  return g_test_run ();
}
