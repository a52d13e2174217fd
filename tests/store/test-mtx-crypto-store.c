/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed objects, marks and Olm sessions come back as they were put.
 */
#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-test.h"
#include "store-fixture.h"

static GBytes *
sealed (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static DexFuture *
test_sealed (gpointer data)
{
  g_autoptr (GBytes) first = sealed ("first");
  g_autoptr (GBytes) second = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) account = NULL;
  g_autoptr (GBytes) backup = NULL;
  MtxDb             *db = store_fixture_open (NULL);
  MtxChangeSet      *changes = mtx_change_set_new ();

  store_fixture_reject (mtx_crypto_store_load_sealed (db, MTX_SEALED_ACCOUNT), MTX_ERROR_NOT_FOUND);
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_ACCOUNT, first);
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_BACKUP_KEY, empty);
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_ACCOUNT, second);
  store_fixture_commit (db, changes);

  account = store_fixture_row (mtx_crypto_store_load_sealed (db, MTX_SEALED_ACCOUNT));
  g_assert_cmpmem (g_bytes_get_data (account, NULL), g_bytes_get_size (account), "a\0b", 3);
  backup = store_fixture_row (mtx_crypto_store_load_sealed (db, MTX_SEALED_BACKUP_KEY));
  g_assert_cmpuint (g_bytes_get_size (backup), ==, 0);
  store_fixture_reject (mtx_crypto_store_load_sealed (db, MTX_SEALED_STORAGE_KEY), MTX_ERROR_NOT_FOUND);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_marks (gpointer data)
{
  MtxDb        *db = store_fixture_open (NULL);
  MtxChangeSet *changes = mtx_change_set_new ();

  for (int i = 0; i < MTX_CRYPTO_N_MARKS; i++)
    g_assert_cmpint (store_fixture_int64 (mtx_crypto_store_load_mark (db, i)), ==, 0);

  for (int i = 0; i < MTX_CRYPTO_N_MARKS; i++)
    mtx_crypto_store_put_mark (changes, i, G_MAXINT64 - i);
  mtx_crypto_store_put_mark (changes, MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING, 0);
  store_fixture_commit (db, changes);

  for (int i = 0; i < MTX_CRYPTO_N_MARKS; i++)
    g_assert_cmpint (store_fixture_int64 (mtx_crypto_store_load_mark (db, i)), ==,
                     i == MTX_CRYPTO_MARK_ONE_TIME_KEYS_PENDING ? 0 : G_MAXINT64 - i);
  store_fixture_close (db);

  return NULL;
}

static void
put_session (MtxChangeSet *changes,
             const char   *sender_key,
             const char   *session_id,
             gint64        created_at,
             gint64        last_received_at)
{
  g_autoptr (GBytes) pickle = sealed (session_id);
  MtxOlmSessionRow   row = {
      .sender_key = sender_key,
      .session_id = session_id,
      .sealed = pickle,
      .created_at = created_at,
      .last_received_at = last_received_at,
  };

  mtx_crypto_store_put_olm_session (changes, &row);
}

static DexFuture *
test_olm_sessions (gpointer data)
{
  static const char *const wanted[] = { "b", "nobody", "a", NULL };
  static const char *const nobody[] = { NULL };
  static const char *const expected[] = { "a2", "a1", "a3", "b1" };

  g_autoptr (GPtrArray) sessions = NULL;
  g_autoptr (GPtrArray) none = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxOlmSessionRow     *first = NULL;

  put_session (changes, "a", "a1", 30, 0);
  put_session (changes, "a", "a2", 10, 5);
  put_session (changes, "a", "a3", 20, 0);
  put_session (changes, "a", "a4", 1, 1);
  put_session (changes, "b", "b1", 1, 1);
  put_session (changes, "c", "c1", 1, 1);
  put_session (changes, "a", "a2", 10, 6);
  mtx_crypto_store_delete_olm_session (changes, "a", "a4");
  store_fixture_commit (db, changes);

  sessions = store_fixture_rows (mtx_crypto_store_load_olm_sessions (db, wanted));
  g_assert_cmpuint (sessions->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < sessions->len; i++)
    {
      MtxOlmSessionRow *row = sessions->pdata[i];

      g_assert_cmpstr (row->session_id, ==, expected[i]);
      g_assert_cmpmem (g_bytes_get_data (row->sealed, NULL), g_bytes_get_size (row->sealed), expected[i], 2);
    }
  first = sessions->pdata[0];
  g_assert_cmpstr (first->sender_key, ==, "a");
  g_assert_cmpint (first->created_at, ==, 10);
  g_assert_cmpint (first->last_received_at, ==, 6);

  none = store_fixture_rows (mtx_crypto_store_load_olm_sessions (db, nobody));
  g_assert_cmpuint (none->len, ==, 0);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/crypto/sealed", test_sealed);
  mtx_test_add_fiber ("/store/crypto/marks", test_marks);
  mtx_test_add_fiber ("/store/crypto/olm-sessions", test_olm_sessions);

  return g_test_run ();
}
