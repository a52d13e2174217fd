/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All of a change set or nothing of it, in its order; and values are never read as SQL.
 */
#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-outbox-store.h"
#include "mtx-room-store.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "mtx-to-device-store.h"
#include "store-fixture.h"

#define SETTING "test-setting"

static void
put_message (MtxChangeSet *changes,
             const char   *txn_id)
{
  MtxOutboxRow row = {
    .conversation = "support",
    .txn_id = txn_id,
    .event_type = "m.room.message",
    .content = "{}",
  };

  mtx_outbox_store_put (changes, &row);
}

/* A sync as it comes: token, to-device effects, keys, state and messages, of which one cannot be stored. */
static DexFuture *
test_atomic (gpointer data)
{
  static const char *const keys[] = { "sender", NULL };

  g_autoptr (GPtrArray) outbox = NULL;
  g_autoptr (GPtrArray) sessions = NULL;
  g_autoptr (GPtrArray) rooms = NULL;
  g_autoptr (GBytes)    sealed = g_bytes_new_static ("sealed", 6);
  g_autofree char      *value = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxOlmSessionRow      session = { .sender_key = "sender", .session_id = "session", .sealed = sealed };
  MtxRoomRow            room = { .room_id = "!room", .membership = "join" };
  MtxEventRow           event = { .room_id = "!room", .event_id = "$event", .sender = "@a", .type = "t", .content = "{}" };

  mtx_session_store_put_setting (changes, SETTING, "before");
  put_message (changes, "txn");
  store_fixture_commit (db, changes);

  changes = mtx_change_set_new ();
  mtx_session_store_put_next_batch (changes, "next");
  mtx_session_store_put_setting (changes, SETTING, "after");
  mtx_crypto_store_put_olm_session (changes, &session);
  mtx_outbox_store_delete (changes, "txn");
  put_message (changes, "twice");
  put_message (changes, "twice");
  mtx_room_store_put_room (changes, &room);
  mtx_event_store_append (changes, &event);
  store_fixture_reject (mtx_db_commit (db, changes), MTX_ERROR_INVALID);
  mtx_change_set_unref (changes);

  value = store_fixture_string (mtx_session_store_load_setting (db, SETTING));
  g_assert_cmpstr (value, ==, "before");
  store_fixture_reject (mtx_session_store_load (db), MTX_ERROR_NOT_FOUND);
  sessions = store_fixture_rows (mtx_crypto_store_load_olm_sessions (db, keys));
  g_assert_cmpuint (sessions->len, ==, 0);
  rooms = store_fixture_rows (mtx_room_store_load_rooms (db));
  g_assert_cmpuint (rooms->len, ==, 0);
  g_assert_cmpint (store_fixture_int64 (mtx_event_store_count (db, "!room")), ==, 0);
  outbox = store_fixture_rows (mtx_outbox_store_load (db, NULL));
  g_assert_cmpuint (outbox->len, ==, 1);
  g_assert_cmpstr (((MtxOutboxRow *)outbox->pdata[0])->txn_id, ==, "txn");

  /* The next one is not held up by it. */
  changes = mtx_change_set_new ();
  mtx_outbox_store_delete (changes, "txn");
  store_fixture_commit (db, changes);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_order (gpointer data)
{
  g_autoptr (MtxChangeSet) more = mtx_change_set_new ();
  g_autofree char         *value = NULL;
  MtxDb                   *db = store_fixture_open (NULL);
  MtxChangeSet            *changes = mtx_change_set_new ();

  g_assert_true (mtx_change_set_is_empty (changes));
  mtx_session_store_put_setting (changes, SETTING, "first");
  mtx_session_store_put_setting (more, SETTING, "last");
  mtx_change_set_merge (changes, more);
  g_assert_true (mtx_change_set_is_empty (more));
  g_assert_false (mtx_change_set_is_empty (changes));
  mtx_change_set_merge (changes, more);

  /* The emptied one may be used again. */
  mtx_session_store_put_setting (more, "other", "kept");
  mtx_change_set_merge (changes, more);
  store_fixture_commit (db, changes);
  value = store_fixture_string (mtx_session_store_load_setting (db, SETTING));
  g_assert_cmpstr (value, ==, "last");
  g_clear_pointer (&value, g_free);
  value = store_fixture_string (mtx_session_store_load_setting (db, "other"));
  g_assert_cmpstr (value, ==, "kept");

  store_fixture_commit (db, mtx_change_set_new ());
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_committed_is_closed (gpointer data)
{
  MtxDb                   *db = store_fixture_open (NULL);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  mtx_session_store_put_setting (changes, SETTING, "value");
  dex_await (mtx_db_commit (db, changes), &error);
  g_assert_no_error (error);

  g_test_expect_message ("mtx-store", G_LOG_LEVEL_CRITICAL, "*frozen*");
  mtx_session_store_put_setting (changes, SETTING, "too late");
  g_test_assert_expected_messages ();
  store_fixture_close (db);

  return NULL;
}

/* A relation type that closes a quote was GHSA-275g-g844-73jh elsewhere. */
static DexFuture *
test_injection (gpointer data)
{
  static const char *const texts[] = {
    "'; DROP TABLE event; --",
    "\"; DELETE FROM event; --",
    "') OR 1 = 1 --",
    "?1",
    ":room_id",
    "%s%n",
    "\\",
    "\"]}, [\"",
    "NULL",
    "",
    "\xe2\x80\xae\xf0\x9f\x92\xa9",
  };

  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *text = texts[i];
      MtxEventRow event = {
        .room_id = text,
        .event_id = text,
        .sender = text,
        .type = text,
        .state_key = text,
        .content = text,
        .relation_type = text,
        .relates_to = text,
        .transaction_id = text,
        .session_id = text,
        .encrypted = text,
        .decryption = MTX_EVENT_UNDECRYPTABLE,
      };

      mtx_event_store_append_gap (changes, text, text);
      mtx_event_store_fill_gap (changes, text, &event);
      mtx_session_store_put_setting (changes, text, text);
      mtx_room_store_put_account_data (changes, text, text, text);
    }
  store_fixture_commit (db, changes);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *const     list[] = { texts[i], NULL };
      g_autoptr (GPtrArray) known = NULL;
      g_autoptr (GPtrArray) waiting = NULL;
      g_autofree char      *setting = NULL;
      MtxEventRow          *event = NULL;

      known = store_fixture_rows (mtx_event_store_load_known (db, texts[i], list));
      g_assert_cmpuint (known->len, ==, 1);
      event = known->pdata[0];
      g_assert_cmpstr (event->event_id, ==, texts[i]);
      g_assert_cmpstr (event->relation_type, ==, texts[i]);
      g_assert_cmpstr (event->encrypted, ==, texts[i]);

      waiting = store_fixture_rows (mtx_event_store_load_undecryptable (db, texts[i], texts[i]));
      g_assert_cmpuint (waiting->len, ==, 1);
      setting = store_fixture_string (mtx_session_store_load_setting (db, texts[i]));
      g_assert_cmpstr (setting, ==, texts[i]);
    }
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/change-set/atomic", test_atomic);
  mtx_test_add_fiber ("/store/change-set/order", test_order);
  mtx_test_add_fiber ("/store/change-set/committed-is-closed", test_committed_is_closed);
  mtx_test_add_fiber ("/store/change-set/threat-098-injection", test_injection);

  return g_test_run ();
}
