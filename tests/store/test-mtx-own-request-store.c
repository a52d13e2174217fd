/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was asked for is asked for once, over any restart, and until it came.
 */
#include "mtx-event-store.h"
#include "mtx-own-request-store.h"
#include "mtx-room-key-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static void
put_event (MtxChangeSet      *changes,
           const char        *event_id,
           const char        *session_id,
           MtxEventDecryption decryption,
           gint64             reason)
{
  mtx_event_store_append (changes,
                          &(MtxEventRow){
                              .room_id = "!r",
                              .event_id = event_id,
                              .sender = "@a",
                              .type = "m.room.encrypted",
                              .content = "{}",
                              .decryption = decryption,
                              .decryption_reason = reason,
                              .session_id = session_id,
                          });
}

static DexFuture *
test_missing (gpointer data)
{
  g_autofree char      *path = store_fixture_path ();
  g_autoptr (GPtrArray) missing = NULL;
  g_autoptr (GPtrArray) left = NULL;
  MtxDb                *db = store_fixture_open (path);
  MtxChangeSet         *changes = mtx_change_set_new ();

  put_event (changes, "$1", "lost", MTX_EVENT_UNDECRYPTABLE, 2);
  put_event (changes, "$2", "lost", MTX_EVENT_UNDECRYPTABLE, 2);
  put_event (changes, "$3", "withheld", MTX_EVENT_UNDECRYPTABLE, 3);
  put_event (changes, "$4", "refused", MTX_EVENT_UNDECRYPTABLE, 4);
  put_event (changes, "$5", "read", MTX_EVENT_DECRYPTED, 0);
  store_fixture_commit (db, changes);
  missing = store_fixture_rows (mtx_own_request_store_load_missing (db, 10));
  g_assert_cmpuint (missing->len, ==, 2);

  changes = mtx_change_set_new ();
  mtx_own_request_store_put (changes, &(MtxOwnRequestRow){ .request_id = "1", .room_id = "!r", .session_id = "lost", .devices = "D", .closed = TRUE });
  store_fixture_commit (db, changes);
  left = store_fixture_rows (mtx_own_request_store_load_missing (db, 10));
  g_assert_cmpuint (left->len, ==, 1);
  g_assert_cmpstr (((MtxMissingKeyRow *)left->pdata[0])->session_id, ==, "withheld");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_open (gpointer data)
{
  g_autofree char      *path = store_fixture_path ();
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) answered = NULL;
  g_autoptr (GBytes)    sealed = g_bytes_new_static ("x", 1);
  MtxDb                *db = store_fixture_open (path);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxOwnRequestRow      key = { .request_id = "1", .room_id = "!r", .session_id = "s", .devices = "D\nE", .created_at = 2 };
  MtxOwnRequestRow      secret = { .request_id = "2", .secret_name = "m.megolm_backup.v1", .devices = "D", .created_at = 1 };

  mtx_own_request_store_put (changes, &key);
  mtx_own_request_store_put (changes, &secret);
  store_fixture_commit (db, changes);
  store_fixture_close (db);
  db = store_fixture_open (path);
  open = store_fixture_rows (mtx_own_request_store_load_open (db));
  g_assert_cmpuint (open->len, ==, 2);
  g_assert_cmpstr (((MtxOwnRequestRow *)open->pdata[0])->secret_name, ==, "m.megolm_backup.v1");
  g_assert_cmpstr (((MtxOwnRequestRow *)open->pdata[1])->devices, ==, "D\nE");
  none = store_fixture_rows (mtx_own_request_store_load_answered (db));
  g_assert_cmpuint (none->len, ==, 0);

  changes = mtx_change_set_new ();
  mtx_room_key_store_put_inbound (changes, &(MtxInboundSessionRow){ .room_id = "!r", .session_id = "s", .sealed = sealed, .sender_key = "k" });
  store_fixture_commit (db, changes);
  answered = store_fixture_rows (mtx_own_request_store_load_answered (db));
  g_assert_cmpuint (answered->len, ==, 1);
  g_assert_cmpstr (((MtxOwnRequestRow *)answered->pdata[0])->request_id, ==, "1");
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/own-request/missing", test_missing);
  mtx_test_add_fiber ("/store/own-request/open", test_open);

  return g_test_run ();
}
