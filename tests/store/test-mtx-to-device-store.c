/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Batches keep their order and their bytes; attempts are counted until they are completed.
 */
#include "mtx-error.h"
#include "mtx-test.h"
#include "mtx-to-device-store.h"
#include "store-fixture.h"

static DexFuture *
test_batches (gpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char      *path = store_fixture_path ();
  MtxDb                *db = store_fixture_open (path);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxToDeviceBatchRow  *first = NULL;
  MtxToDeviceBatchRow  *second = NULL;
  MtxToDeviceBatchRow   row = {
      .txn_id = "z",
      .event_type = "m.room.encrypted",
      .messages = "{\"@a\":{\"D\":{\"ciphertext\":\"\\u00e9\"}}}",
      .room_id = "!1",
      .session_id = "s",
      .created_at = 9,
  };

  mtx_to_device_store_put_batch (changes, &row);
  row = (MtxToDeviceBatchRow){ .txn_id = "y", .event_type = "m.room_key.withheld", .messages = "{}" };
  mtx_to_device_store_put_batch (changes, &row);
  row.txn_id = "x";
  mtx_to_device_store_put_batch (changes, &row);
  mtx_to_device_store_delete_batch (changes, "y");
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  db = store_fixture_open (path);
  rows = store_fixture_rows (mtx_to_device_store_load_batches (db));
  g_assert_cmpuint (rows->len, ==, 2);
  first = rows->pdata[0];
  second = rows->pdata[1];
  g_assert_cmpstr (first->txn_id, ==, "z");
  g_assert_cmpstr (first->event_type, ==, "m.room.encrypted");
  g_assert_cmpstr (first->messages, ==, "{\"@a\":{\"D\":{\"ciphertext\":\"\\u00e9\"}}}");
  g_assert_cmpstr (first->room_id, ==, "!1");
  g_assert_cmpstr (first->session_id, ==, "s");
  g_assert_cmpint (first->created_at, ==, 9);
  g_assert_cmpstr (second->txn_id, ==, "x");
  g_assert_null (second->room_id);
  g_assert_cmpint (first->id, <, second->id);

  /* A transaction id is used once. */
  changes = mtx_change_set_new ();
  mtx_to_device_store_put_batch (changes, &row);
  store_fixture_reject (mtx_db_commit (db, changes), MTX_ERROR_INVALID);
  mtx_change_set_unref (changes);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_attempts (gpointer data)
{
  static const char *const hashes[] = { "poison", "fine", "new", NULL };

  g_autoptr (GPtrArray)  rows = NULL;
  MtxDb                 *db = store_fixture_open (NULL);
  MtxToDeviceAttemptRow *loaded = NULL;

  for (guint i = 0; i < 2; i++)
    {
      MtxChangeSet *changes = mtx_change_set_new ();

      mtx_to_device_store_begin_attempt (changes, "poison", 100 + i);
      mtx_to_device_store_begin_attempt (changes, "fine", 100 + i);
      store_fixture_commit (db, changes);
      changes = mtx_change_set_new ();
      mtx_to_device_store_complete_attempt (changes, "fine");
      store_fixture_commit (db, changes);
    }

  rows = store_fixture_rows (mtx_to_device_store_load_attempts (db, hashes));
  g_assert_cmpuint (rows->len, ==, 1);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->hash, ==, "poison");
  g_assert_cmpint (loaded->attempts, ==, 2);
  g_assert_cmpint (loaded->first_attempt_at, ==, 100);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/to-device/batches", test_batches);
  mtx_test_add_fiber ("/store/to-device/attempts", test_attempts);

  return g_test_run ();
}
