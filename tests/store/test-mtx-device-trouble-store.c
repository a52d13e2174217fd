/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is to be made good comes back after a restart until it was.
 */
#include "mtx-device-trouble-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static DexFuture *
test_wedged (gpointer data)
{
  g_autofree char               *path = store_fixture_path ();
  g_autoptr (MtxWedgedDeviceRow) row = NULL;
  g_autoptr (GPtrArray)          before = NULL;
  g_autoptr (GPtrArray)          begun = NULL;
  g_autoptr (GPtrArray)          again = NULL;
  MtxDb                         *db = store_fixture_open (path);
  MtxChangeSet                  *changes = mtx_change_set_new ();

  mtx_device_trouble_store_note_wedged (changes, "@a", "key");
  mtx_device_trouble_store_note_wedged (changes, "@a", "key");
  mtx_device_trouble_store_note_wedged (changes, "@b", "key");
  store_fixture_commit (db, changes);
  store_fixture_close (db);
  db = store_fixture_open (path);
  before = store_fixture_rows (mtx_device_trouble_store_load_wedged (db));
  g_assert_cmpuint (before->len, ==, 2);
  row = mtx_wedged_device_row_ref (before->pdata[0]);
  g_assert_cmpstr (row->user_id, ==, "@a");
  g_assert_cmpstr (row->curve25519, ==, "key");
  g_assert_cmpint (row->began_at, ==, 0);

  changes = mtx_change_set_new ();
  mtx_device_trouble_store_put_wedged (changes, &(MtxWedgedDeviceRow){ .user_id = "@a", .curve25519 = "key", .began_at = 7 });
  store_fixture_commit (db, changes);
  begun = store_fixture_rows (mtx_device_trouble_store_load_wedged (db));
  g_assert_cmpuint (begun->len, ==, 1);

  /* It breaks again: when the last one was begun is still known. */
  changes = mtx_change_set_new ();
  mtx_device_trouble_store_note_wedged (changes, "@a", "key");
  store_fixture_commit (db, changes);
  again = store_fixture_rows (mtx_device_trouble_store_load_wedged (db));
  g_assert_cmpuint (again->len, ==, 2);
  g_assert_cmpint (((MtxWedgedDeviceRow *)again->pdata[0])->began_at, ==, 7);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_gaps (gpointer data)
{
  g_autofree char      *path = store_fixture_path ();
  g_autoptr (GPtrArray) gaps = NULL;
  g_autoptr (GPtrArray) left = NULL;
  MtxDb                *db = store_fixture_open (path);
  MtxChangeSet         *changes = mtx_change_set_new ();

  mtx_device_trouble_store_put_gap (changes, &(MtxDeviceListGapRow){ .from_token = "s1", .to_token = "s5" });
  mtx_device_trouble_store_put_gap (changes, &(MtxDeviceListGapRow){ .from_token = "s7", .to_token = "s9" });
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  db = store_fixture_open (path);
  gaps = store_fixture_rows (mtx_device_trouble_store_load_gaps (db));
  g_assert_cmpuint (gaps->len, ==, 2);
  g_assert_cmpstr (((MtxDeviceListGapRow *)gaps->pdata[0])->from_token, ==, "s1");
  g_assert_cmpstr (((MtxDeviceListGapRow *)gaps->pdata[0])->to_token, ==, "s5");

  changes = mtx_change_set_new ();
  mtx_device_trouble_store_delete_gap (changes, "s1");
  store_fixture_commit (db, changes);
  left = store_fixture_rows (mtx_device_trouble_store_load_gaps (db));
  g_assert_cmpuint (left->len, ==, 1);
  g_assert_cmpstr (((MtxDeviceListGapRow *)left->pdata[0])->from_token, ==, "s7");
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/device-trouble/wedged", test_wedged);
  mtx_test_add_fiber ("/store/device-trouble/gaps", test_gaps);

  return g_test_run ();
}
