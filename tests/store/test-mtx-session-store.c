/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The account and the settings come back as they were put, each part by itself.
 */
#include "mtx-error.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static MtxSecretBytes *
secret (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static DexFuture *
test_account (gpointer data)
{
  g_autoptr (MtxSecretBytes) access = secret ("access");
  g_autoptr (MtxSecretBytes) refresh = secret ("refresh");
  g_autoptr (MtxSecretBytes) new_access = secret ("new access");
  g_autofree char           *path = store_fixture_path ();
  g_autofree char           *wal = g_strconcat (path, "-wal", NULL);
  g_autoptr (MtxSessionRow)  loaded = NULL;
  MtxDb                     *db = store_fixture_open (path);
  MtxChangeSet              *changes = mtx_change_set_new ();
  MtxSessionRow              row = {
                 .user_id = "@me:example.org",
                 .device_id = "DEVICE",
                 .homeserver_url = "https://example.org",
                 .access_token = access,
                 .refresh_token = refresh,
                 .token_expires_at = 1234567890123,
                 .next_batch = "s1",
                 .filter_id = "f1",
                 .step = 3,
  };

  store_fixture_reject (mtx_session_store_load (db), MTX_ERROR_NOT_FOUND);
  mtx_session_store_put (changes, &row);
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  db = store_fixture_open (path);
  loaded = store_fixture_row (mtx_session_store_load (db));
  g_assert_cmpstr (loaded->user_id, ==, "@me:example.org");
  g_assert_cmpstr (loaded->device_id, ==, "DEVICE");
  g_assert_cmpstr (loaded->homeserver_url, ==, "https://example.org");
  g_assert_true (mtx_secret_bytes_equal (loaded->access_token, access));
  g_assert_true (mtx_secret_bytes_equal (loaded->refresh_token, refresh));
  g_assert_cmpint (loaded->token_expires_at, ==, 1234567890123);
  g_assert_cmpstr (loaded->next_batch, ==, "s1");
  g_assert_cmpstr (loaded->filter_id, ==, "f1");
  g_assert_cmpint (loaded->step, ==, 3);

  /* Parts change by themselves. */
  changes = mtx_change_set_new ();
  mtx_session_store_put_tokens (changes, new_access, NULL, 7);
  mtx_session_store_put_next_batch (changes, "s2");
  store_fixture_commit (db, changes);
  g_clear_pointer (&loaded, mtx_session_row_unref);
  loaded = store_fixture_row (mtx_session_store_load (db));
  g_assert_true (mtx_secret_bytes_equal (loaded->access_token, new_access));
  g_assert_null (loaded->refresh_token);
  g_assert_cmpint (loaded->token_expires_at, ==, 7);
  g_assert_cmpstr (loaded->next_batch, ==, "s2");
  g_assert_cmpstr (loaded->filter_id, ==, "f1");
  g_assert_cmpstr (loaded->user_id, ==, "@me:example.org");
  g_assert_cmpint (loaded->step, ==, 3);
  g_assert_false (store_fixture_holds (path, "new access"));
  g_assert_false (store_fixture_holds (wal, "new access"));
  store_fixture_close (db);

  return NULL;
}

/* The steps of setting up are noted before there is an account. */
static DexFuture *
test_parts_first (gpointer data)
{
  g_autoptr (MtxSessionRow) loaded = NULL;
  MtxDb                    *db = store_fixture_open (NULL);
  MtxChangeSet             *changes = mtx_change_set_new ();

  mtx_session_store_put_step (changes, 1);
  mtx_session_store_put_filter_id (changes, "f");
  store_fixture_commit (db, changes);
  loaded = store_fixture_row (mtx_session_store_load (db));
  g_assert_cmpint (loaded->step, ==, 1);
  g_assert_cmpstr (loaded->filter_id, ==, "f");
  g_assert_null (loaded->user_id);
  g_assert_null (loaded->access_token);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_settings (gpointer data)
{
  g_autofree char *value = NULL;
  MtxDb           *db = store_fixture_open (NULL);
  MtxChangeSet    *changes = mtx_change_set_new ();

  store_fixture_reject (mtx_session_store_load_setting (db, MTX_SETTING_PROVIDER), MTX_ERROR_NOT_FOUND);
  mtx_session_store_put_setting (changes, MTX_SETTING_PROVIDER, "{}");
  mtx_session_store_put_setting (changes, MTX_SETTING_FEED_ROOM, "!feed");
  mtx_session_store_put_setting (changes, MTX_SETTING_PROVIDER, "{\"a\":1}");
  store_fixture_commit (db, changes);
  value = store_fixture_string (mtx_session_store_load_setting (db, MTX_SETTING_PROVIDER));
  g_assert_cmpstr (value, ==, "{\"a\":1}");

  changes = mtx_change_set_new ();
  mtx_session_store_put_setting (changes, MTX_SETTING_FEED_ROOM, NULL);
  store_fixture_commit (db, changes);
  store_fixture_reject (mtx_session_store_load_setting (db, MTX_SETTING_FEED_ROOM), MTX_ERROR_NOT_FOUND);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/session/account", test_account);
  mtx_test_add_fiber ("/store/session/parts-first", test_parts_first);
  mtx_test_add_fiber ("/store/session/settings", test_settings);

  return g_test_run ();
}
