/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages wait in order, keep their transaction id and their ciphertext, and get their room later.
 */
#include "mtx-error.h"
#include "mtx-outbox-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static void
put (MtxChangeSet *changes,
     const char   *conversation,
     const char   *room_id,
     const char   *txn_id)
{
  MtxOutboxRow row = {
    .conversation = conversation,
    .room_id = room_id,
    .txn_id = txn_id,
    .event_type = "m.room.message",
    .content = "{\"body\":\"hello\"}",
    .created_at = 9,
  };

  mtx_outbox_store_put (changes, &row);
}

static DexFuture *
test_queue (gpointer data)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) one = NULL;
  g_autofree char      *path = store_fixture_path ();
  MtxDb                *db = store_fixture_open (path);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxOutboxRow         *first = NULL;
  MtxOutboxRow         *second = NULL;

  /* The order is that of putting, whatever the ids are. */
  put (changes, "support", NULL, "z");
  put (changes, "other", NULL, "m");
  put (changes, "support", "!old", "a");
  store_fixture_commit (db, changes);

  changes = mtx_change_set_new ();
  mtx_outbox_store_put_room (changes, "support", "!new");
  mtx_outbox_store_put_encrypted (changes, "z", "{\"ciphertext\":\"c\"}", "session");
  mtx_outbox_store_put_state (changes, "z", MTX_OUTBOX_FAILED, MTX_ERROR_REFUSED);
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  db = store_fixture_open (path);
  all = store_fixture_rows (mtx_outbox_store_load (db, NULL));
  g_assert_cmpuint (all->len, ==, 3);
  one = store_fixture_rows (mtx_outbox_store_load (db, "support"));
  g_assert_cmpuint (one->len, ==, 2);
  first = one->pdata[0];
  second = one->pdata[1];
  g_assert_cmpint (first->id, <, second->id);
  g_assert_cmpstr (first->conversation, ==, "support");
  g_assert_cmpstr (first->txn_id, ==, "z");
  g_assert_cmpstr (first->room_id, ==, "!new");
  g_assert_cmpstr (first->event_type, ==, "m.room.message");
  g_assert_cmpstr (first->content, ==, "{\"body\":\"hello\"}");
  g_assert_cmpstr (first->encrypted, ==, "{\"ciphertext\":\"c\"}");
  g_assert_cmpstr (first->session_id, ==, "session");
  g_assert_cmpint (first->state, ==, MTX_OUTBOX_FAILED);
  g_assert_cmpint (first->error_code, ==, MTX_ERROR_REFUSED);
  g_assert_cmpint (first->created_at, ==, 9);
  g_assert_cmpstr (second->txn_id, ==, "a");
  g_assert_cmpstr (second->room_id, ==, "!old");
  g_assert_null (second->encrypted);
  g_assert_cmpint (second->state, ==, MTX_OUTBOX_QUEUED);

  g_clear_pointer (&all, g_ptr_array_unref);
  changes = mtx_change_set_new ();
  mtx_outbox_store_delete (changes, "z");
  put (changes, "support", NULL, "b");
  store_fixture_commit (db, changes);
  all = store_fixture_rows (mtx_outbox_store_load (db, "support"));
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_cmpstr (((MtxOutboxRow *)all->pdata[0])->txn_id, ==, "a");
  g_assert_cmpstr (((MtxOutboxRow *)all->pdata[1])->txn_id, ==, "b");
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/outbox/queue", test_queue);

  return g_test_run ();
}
