/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which room keys the backup lacks, also after one was replaced while it went up.
 */
#include "mtx-error.h"
#include "mtx-key-backup-store.h"
#include "mtx-room-key-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static void
put_key (MtxChangeSet *changes,
         const char   *room_id,
         const char   *session_id,
         gint64        first_known_index)
{
  g_autoptr (GBytes) sealed = g_bytes_new_static ("sealed", 6);

  mtx_room_key_store_put_inbound (changes,
                                  &(MtxInboundSessionRow){
                                      .room_id = room_id,
                                      .session_id = session_id,
                                      .sealed = sealed,
                                      .sender_key = "key",
                                      .first_known_index = first_known_index,
                                  });
}

static guint
count_waiting (MtxDb *db)
{
  g_autoptr (GPtrArray) rows = store_fixture_rows (mtx_room_key_store_load_to_back_up (db, 100));

  return rows->len;
}

static DexFuture *
test_uploads (gpointer data)
{
  g_autoptr (GPtrArray) some = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();

  put_key (changes, "!1", "a", 5);
  put_key (changes, "!1", "b", 0);
  put_key (changes, "!2", "a", 0);
  store_fixture_commit (db, changes);
  g_assert_cmpuint (count_waiting (db), ==, 3);
  some = store_fixture_rows (mtx_room_key_store_load_to_back_up (db, 2));
  g_assert_cmpuint (some->len, ==, 2);

  /* While the one that begins at 5 went up, one that begins at 3 took its place. */
  changes = mtx_change_set_new ();
  put_key (changes, "!1", "a", 3);
  mtx_key_backup_store_put_uploaded (changes, "!1", "a", 5);
  mtx_key_backup_store_put_uploaded (changes, "!1", "b", 0);
  store_fixture_commit (db, changes);
  g_assert_cmpuint (count_waiting (db), ==, 2);

  changes = mtx_change_set_new ();
  mtx_key_backup_store_put_uploaded (changes, "!1", "a", 3);
  mtx_key_backup_store_put_uploaded (changes, "!2", "a", 0);
  store_fixture_commit (db, changes);
  g_assert_cmpuint (count_waiting (db), ==, 0);

  changes = mtx_change_set_new ();
  mtx_key_backup_store_forget_uploads (changes);
  store_fixture_commit (db, changes);
  g_assert_cmpuint (count_waiting (db), ==, 3);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_version (gpointer data)
{
  g_autoptr (MtxKeyBackupRow) first = NULL;
  g_autoptr (MtxKeyBackupRow) second = NULL;
  MtxDb                      *db = store_fixture_open (NULL);
  MtxChangeSet               *changes = mtx_change_set_new ();

  store_fixture_reject (mtx_key_backup_store_load (db), MTX_ERROR_NOT_FOUND);
  mtx_key_backup_store_put_version (changes, "1");
  mtx_key_backup_store_put_restoring (changes, TRUE);
  store_fixture_commit (db, changes);
  first = store_fixture_row (mtx_key_backup_store_load (db));
  g_assert_cmpstr (first->version, ==, "1");
  g_assert_true (first->restoring);

  changes = mtx_change_set_new ();
  mtx_key_backup_store_put_version (changes, "2");
  store_fixture_commit (db, changes);
  second = store_fixture_row (mtx_key_backup_store_load (db));
  g_assert_cmpstr (second->version, ==, "2");
  g_assert_true (second->restoring);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_portions (gpointer data)
{
  MtxDb           *db = store_fixture_open (NULL);
  MtxChangeSet    *changes = mtx_change_set_new ();
  MtxRoomKeyId     after = { "", "" };
  g_autofree char *room_id = NULL;
  g_autofree char *session_id = NULL;
  guint            n_keys = 0;

  for (guint i = 0; i < 7; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);

      put_key (changes, i % 2 == 0 ? "!even" : "!odd", name, 0);
    }
  store_fixture_commit (db, changes);
  g_assert_cmpint (store_fixture_int64 (mtx_room_key_store_count_all (db)), ==, 7);

  for (;;)
    {
      g_autoptr (GPtrArray)       rows = store_fixture_rows (mtx_room_key_store_load_after (db, &after, 2));
      const MtxInboundSessionRow *last = NULL;

      if (rows->len == 0)
        break;
      g_assert_cmpuint (rows->len, <=, 2);
      n_keys += rows->len;
      last = g_ptr_array_index (rows, rows->len - 1);
      g_set_str (&room_id, last->room_id);
      g_set_str (&session_id, last->session_id);
      after = (MtxRoomKeyId){ room_id, session_id };
    }
  g_assert_cmpuint (n_keys, ==, 7);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/key-backup/uploads", test_uploads);
  mtx_test_add_fiber ("/store/key-backup/version", test_version);
  mtx_test_add_fiber ("/store/key-backup/portions", test_portions);

  return g_test_run ();
}
