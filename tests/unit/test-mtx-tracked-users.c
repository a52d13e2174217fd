/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose device lists are out of date, whatever happens while one is fetched.
 */
#include "mtx-test.h"
#include "mtx-db.h"
#include "mtx-tracked-users.h"

static const char *const bob[] = { "@bob:example.org", NULL };
static const char *const carol[] = { "@carol:example.org", NULL };

static void
test_fresh (void)
{
  g_autoptr (MtxTrackedUsers) users = mtx_tracked_users_new ();
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  gint64                      generation;

  g_assert_true (mtx_tracked_users_is_dirty (users, bob[0]));
  mtx_tracked_users_track (users, bob, changes);
  g_assert_true (mtx_tracked_users_is_dirty (users, bob[0]));
  g_assert_false (mtx_change_set_is_empty (changes));

  generation = mtx_tracked_users_get_generation (users, bob[0]);
  mtx_tracked_users_mark_fresh (users, bob[0], generation, changes);
  g_assert_false (mtx_tracked_users_is_dirty (users, bob[0]));

  /* Following again changes nothing. */
  mtx_tracked_users_track (users, bob, changes);
  g_assert_false (mtx_tracked_users_is_dirty (users, bob[0]));
}

static void
test_race (void)
{
  g_autoptr (MtxTrackedUsers) users = mtx_tracked_users_new ();
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  gint64                      asked;

  mtx_tracked_users_track (users, bob, changes);
  asked = mtx_tracked_users_get_generation (users, bob[0]);
  mtx_tracked_users_mark_changed (users, bob, changes);

  /* The answer is older than the change. */
  mtx_tracked_users_mark_fresh (users, bob[0], asked, changes);
  g_assert_true (mtx_tracked_users_is_dirty (users, bob[0]));

  mtx_tracked_users_mark_fresh (users, bob[0], mtx_tracked_users_get_generation (users, bob[0]), changes);
  g_assert_false (mtx_tracked_users_is_dirty (users, bob[0]));
}

static void
test_left (void)
{
  g_autoptr (MtxTrackedUsers) users = mtx_tracked_users_new ();
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_auto (GStrv)              dirty = NULL;
  gint64                      asked;

  mtx_tracked_users_track (users, bob, changes);
  mtx_tracked_users_track (users, carol, changes);
  asked = mtx_tracked_users_get_generation (users, bob[0]);
  mtx_tracked_users_mark_left (users, bob, changes);

  /* A late answer, or a change, does not bring somebody back. */
  mtx_tracked_users_mark_fresh (users, bob[0], asked, changes);
  mtx_tracked_users_mark_changed (users, bob, changes);
  dirty = mtx_tracked_users_dup_dirty (users);
  g_assert_cmpuint (g_strv_length (dirty), ==, 1);
  g_assert_cmpstr (dirty[0], ==, carol[0]);
}

static DexFuture *
test_stored (gpointer data)
{
  g_autoptr (MtxTrackedUsers) users = mtx_tracked_users_new ();
  g_autoptr (MtxTrackedUsers) later = mtx_tracked_users_new ();
  g_autoptr (MtxChangeSet)    changes = mtx_change_set_new ();
  g_autofree char            *folder = mtx_test_tmp_dir ();
  g_autofree char            *path = g_build_filename (folder, "store.db", NULL);
  g_autoptr (MtxSecretBytes)  key = NULL;
  g_autoptr (MtxDb)           db = NULL;
  g_autoptr (GPtrArray)       rows = NULL;
  g_autoptr (GError)          error = NULL;

  key = mtx_secret_bytes_random (32, &error);
  g_assert_no_error (error);
  db = dex_await_object (mtx_db_open (path, key), &error);
  g_assert_no_error (error);

  mtx_tracked_users_track (users, bob, changes);
  mtx_tracked_users_mark_changed (users, bob, changes);
  mtx_tracked_users_track (users, carol, changes);
  mtx_tracked_users_mark_fresh (users, carol[0], mtx_tracked_users_get_generation (users, carol[0]), changes);
  dex_await (mtx_db_commit (db, changes), &error);
  g_assert_no_error (error);

  rows = dex_await_boxed (mtx_device_store_load_tracked_users (db), &error);
  g_assert_no_error (error);
  mtx_tracked_users_load (later, rows);
  g_assert_true (mtx_tracked_users_is_dirty (later, bob[0]));
  g_assert_false (mtx_tracked_users_is_dirty (later, carol[0]));
  g_assert_cmpint (mtx_tracked_users_get_generation (later, bob[0]),
                   ==,
                   mtx_tracked_users_get_generation (users, bob[0]));
  dex_await (mtx_db_close (db), &error);
  g_assert_no_error (error);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/tracked-users/fresh", test_fresh);
  g_test_add_func ("/tracked-users/threat-020-race", test_race);
  g_test_add_func ("/tracked-users/left", test_left);
  mtx_test_add_fiber ("/tracked-users/stored", test_stored);

  return g_test_run ();
}
