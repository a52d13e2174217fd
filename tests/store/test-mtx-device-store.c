/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices, identities and tracked users come back as they were put; a signing key stays what it was.
 */
#include "mtx-device-store.h"
#include "mtx-error.h"
#include "mtx-test.h"
#include "store-fixture.h"

static DexFuture *
test_devices (gpointer data)
{
  static const char *const wanted[] = { "@a", "@nobody", "@b", NULL };

  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) by_key = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxDeviceRow         *loaded = NULL;
  MtxDeviceRow          row = {
             .user_id = "@a",
             .device_id = "ONE",
             .curve25519 = "curve",
             .ed25519 = "ed",
             .keys_json = "{}",
             .trust = 5,
             .first_seen_at = 100,
  };

  mtx_device_store_put_device (changes, &row);
  row.user_id = "@b";
  mtx_device_store_put_device (changes, &row);
  row.user_id = "@c";
  row.curve25519 = "other curve";
  mtx_device_store_put_device (changes, &row);
  store_fixture_commit (db, changes);

  /* The server says the device has another key, and was first seen today. */
  changes = mtx_change_set_new ();
  row = (MtxDeviceRow){
    .user_id = "@a",
    .device_id = "ONE",
    .curve25519 = "curve",
    .ed25519 = "replaced",
    .keys_json = "{\"a\":1}",
    .trust = 6,
    .deleted = TRUE,
    .no_olm_sent = TRUE,
    .first_seen_at = 200,
  };
  mtx_device_store_put_device (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_device_store_load_devices (db, wanted));
  g_assert_cmpuint (rows->len, ==, 2);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->user_id, ==, "@a");
  g_assert_cmpstr (loaded->device_id, ==, "ONE");
  g_assert_cmpstr (loaded->curve25519, ==, "curve");
  g_assert_cmpstr (loaded->ed25519, ==, "ed");
  g_assert_cmpstr (loaded->keys_json, ==, "{\"a\":1}");
  g_assert_cmpint (loaded->trust, ==, 6);
  g_assert_true (loaded->deleted);
  g_assert_true (loaded->no_olm_sent);
  g_assert_cmpint (loaded->first_seen_at, ==, 100);
  loaded = rows->pdata[1];
  g_assert_cmpstr (loaded->user_id, ==, "@b");
  g_assert_false (loaded->deleted);
  g_assert_false (loaded->no_olm_sent);

  by_key = store_fixture_rows (mtx_device_store_load_devices_by_key (db, "curve"));
  g_assert_cmpuint (by_key->len, ==, 2);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_identities (gpointer data)
{
  static const char *const wanted[] = { "@a", "@nobody", NULL };

  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxIdentityRow       *loaded = NULL;
  MtxIdentityRow        row = {
           .user_id = "@a",
           .master_json = "{\"m\":1}",
           .self_signing_json = "{\"s\":1}",
           .pinned_master_key = "pinned",
           .first_seen_at = 100,
  };

  mtx_device_store_put_identity (changes, &row);
  row.user_signing_json = "{\"u\":1}";
  row.verified = TRUE;
  row.changed = TRUE;
  row.first_seen_at = 200;
  mtx_device_store_put_identity (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_device_store_load_identities (db, wanted));
  g_assert_cmpuint (rows->len, ==, 1);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->master_json, ==, "{\"m\":1}");
  g_assert_cmpstr (loaded->self_signing_json, ==, "{\"s\":1}");
  g_assert_cmpstr (loaded->user_signing_json, ==, "{\"u\":1}");
  g_assert_cmpstr (loaded->pinned_master_key, ==, "pinned");
  g_assert_true (loaded->verified);
  g_assert_true (loaded->changed);
  g_assert_cmpint (loaded->first_seen_at, ==, 100);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_tracked (gpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxTrackedUserRow    *loaded = NULL;
  MtxTrackedUserRow     row = { .user_id = "@a", .dirty = TRUE, .generation = 1 };

  mtx_device_store_put_tracked_user (changes, &row);
  row.user_id = "@b";
  mtx_device_store_put_tracked_user (changes, &row);
  row.dirty = FALSE;
  row.generation = 8;
  mtx_device_store_put_tracked_user (changes, &row);
  mtx_device_store_delete_tracked_user (changes, "@a");
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_device_store_load_tracked_users (db));
  g_assert_cmpuint (rows->len, ==, 1);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->user_id, ==, "@b");
  g_assert_false (loaded->dirty);
  g_assert_cmpint (loaded->generation, ==, 8);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/device/devices", test_devices);
  mtx_test_add_fiber ("/store/device/identities", test_identities);
  mtx_test_add_fiber ("/store/device/tracked", test_tracked);

  return g_test_run ();
}
