/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys, shares, withheld notes and the replay index come back as they were put.
 */
#include "mtx-error.h"
#include "mtx-room-key-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

static DexFuture *
test_inbound (gpointer data)
{
  static const MtxRoomKeyId wanted[] = { { "!1", "s" }, { "!2", "none" }, { "none", "s" }, { "!1", "t" } };

  g_autoptr (GBytes)    sealed = g_bytes_new_static ("sealed", 6);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) none = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxInboundSessionRow *loaded = NULL;
  MtxInboundSessionRow  row = {
     .room_id = "!1",
     .session_id = "s",
     .sealed = sealed,
     .sender_key = "sender-key",
     .claimed_ed25519 = "ed25519",
     .sender_user = "@user",
     .sender_device = "DEVICE",
     .origin = 4,
     .first_known_index = 17,
     .imported = FALSE,
     .shared_history = TRUE,
     .backed_up = TRUE,
     .authentic_index = 18,
  };

  mtx_room_key_store_put_inbound (changes, &row);
  row.room_id = "!2";
  mtx_room_key_store_put_inbound (changes, &row);
  row.room_id = "!1";
  row.session_id = "t";
  row.sender_user = row.sender_device = NULL;
  row.imported = TRUE;
  row.shared_history = FALSE;
  mtx_room_key_store_put_inbound (changes, &row);
  row.first_known_index = 3;
  mtx_room_key_store_put_inbound (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_room_key_store_load_inbound (db, wanted, G_N_ELEMENTS (wanted)));
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint i = 0; i < rows->len; i++)
    {
      gboolean is_s = FALSE;

      loaded = rows->pdata[i];
      is_s = g_str_equal (loaded->session_id, "s");
      g_assert_cmpstr (loaded->room_id, ==, "!1");
      g_assert_cmpmem (g_bytes_get_data (loaded->sealed, NULL), g_bytes_get_size (loaded->sealed), "sealed", 6);
      g_assert_cmpstr (loaded->sender_key, ==, "sender-key");
      g_assert_cmpstr (loaded->claimed_ed25519, ==, "ed25519");
      g_assert_cmpstr (loaded->sender_user, ==, is_s ? "@user" : NULL);
      g_assert_cmpstr (loaded->sender_device, ==, is_s ? "DEVICE" : NULL);
      g_assert_cmpint (loaded->origin, ==, 4);
      g_assert_cmpint (loaded->first_known_index, ==, is_s ? 17 : 3);
      g_assert_cmpint (loaded->imported, ==, !is_s);
      g_assert_cmpint (loaded->shared_history, ==, is_s);
      g_assert_true (loaded->backed_up);
      g_assert_cmpint (loaded->authentic_index, ==, 18);
    }

  none = store_fixture_rows (mtx_room_key_store_load_inbound (db, NULL, 0));
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpint (store_fixture_int64 (mtx_room_key_store_count_inbound (db, "@user")), ==, 2);
  g_assert_cmpint (store_fixture_int64 (mtx_room_key_store_count_inbound (db, "@other")), ==, 0);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_outbound (gpointer data)
{
  g_autoptr (GBytes)                sealed = g_bytes_new_static ("sealed", 6);
  g_autoptr (MtxOutboundSessionRow) loaded = NULL;
  MtxDb                            *db = store_fixture_open (NULL);
  MtxChangeSet                     *changes = mtx_change_set_new ();
  MtxOutboundSessionRow             row = { .room_id = "!1", .session_id = "old", .sealed = sealed, .created_at = 5 };

  store_fixture_reject (mtx_room_key_store_load_outbound (db, "!1"), MTX_ERROR_NOT_FOUND);
  mtx_room_key_store_put_outbound (changes, &row);
  row.session_id = "new";
  row.created_at = 6;
  row.message_count = 99;
  mtx_room_key_store_put_outbound (changes, &row);
  store_fixture_commit (db, changes);

  loaded = store_fixture_row (mtx_room_key_store_load_outbound (db, "!1"));
  g_assert_cmpstr (loaded->session_id, ==, "new");
  g_assert_cmpint (loaded->created_at, ==, 6);
  g_assert_cmpint (loaded->message_count, ==, 99);
  g_assert_cmpuint (g_bytes_get_size (loaded->sealed), ==, 6);

  changes = mtx_change_set_new ();
  mtx_room_key_store_delete_outbound (changes, "!1");
  store_fixture_commit (db, changes);
  store_fixture_reject (mtx_room_key_store_load_outbound (db, "!1"), MTX_ERROR_NOT_FOUND);
  store_fixture_close (db);

  return NULL;
}

static void
put_share (MtxChangeSet    *changes,
           const char      *device_id,
           MtxKeyShareState state,
           const char      *txn_id)
{
  MtxKeyShareRow row = {
    .room_id = "!1",
    .session_id = "s",
    .user_id = "@user",
    .device_id = device_id,
    .curve25519 = "key",
    .message_index = state == MTX_KEY_SHARE_WITHHELD ? -1 : 7,
    .state = state,
    .txn_id = txn_id,
  };

  mtx_room_key_store_put_share (changes, &row);
}

static DexFuture *
test_shares (gpointer data)
{
  static const MtxKeyShareState expected[] = { MTX_KEY_SHARE_SENT, MTX_KEY_SHARE_PENDING, MTX_KEY_SHARE_WITHHELD };

  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) none = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();

  put_share (changes, "A", MTX_KEY_SHARE_PENDING, "txn1");
  put_share (changes, "B", MTX_KEY_SHARE_PENDING, "txn2");
  put_share (changes, "C", MTX_KEY_SHARE_WITHHELD, "txn1");
  mtx_room_key_store_put_shares_sent (changes, "txn1");
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_room_key_store_load_shares (db, "!1", "s"));
  g_assert_cmpuint (rows->len, ==, 3);
  for (guint i = 0; i < rows->len; i++)
    {
      MtxKeyShareRow *row = rows->pdata[i];

      g_assert_cmpint (row->device_id[0], ==, 'A' + (int)i);
      g_assert_cmpstr (row->user_id, ==, "@user");
      g_assert_cmpstr (row->curve25519, ==, "key");
      g_assert_cmpint (row->state, ==, expected[i]);
      g_assert_cmpint (row->message_index, ==, expected[i] == MTX_KEY_SHARE_WITHHELD ? -1 : 7);
      g_assert_cmpstr (row->txn_id, ==, i == 1 ? "txn2" : "txn1");
    }

  none = store_fixture_rows (mtx_room_key_store_load_shares (db, "!1", "other"));
  g_assert_cmpuint (none->len, ==, 0);
  store_fixture_close (db);

  return NULL;
}

static void
put_outbound (MtxChangeSet *changes,
              const char   *session_id)
{
  g_autoptr (GBytes) sealed = g_bytes_new_static ("sealed", 6);

  mtx_room_key_store_put_outbound (changes,
                                   &(MtxOutboundSessionRow){ .room_id = "!1", .session_id = session_id, .sealed = sealed });
}

/* Who leaves takes the room's key along, unless they never had it. */
static DexFuture *
test_drop_outbound_of (gpointer data)
{
  g_autoptr (MtxOutboundSessionRow) kept = NULL;
  MtxDb                            *db = store_fixture_open (NULL);
  MtxChangeSet                     *changes = mtx_change_set_new ();

  put_outbound (changes, "s");
  put_share (changes, "A", MTX_KEY_SHARE_WITHHELD, NULL);
  mtx_room_key_store_drop_outbound_of (changes, "!1", "@user");
  mtx_room_key_store_drop_outbound_of (changes, "!1", "@nobody");
  store_fixture_commit (db, changes);
  kept = store_fixture_row (mtx_room_key_store_load_outbound (db, "!1"));

  changes = mtx_change_set_new ();
  put_share (changes, "B", MTX_KEY_SHARE_PENDING, "txn1");
  mtx_room_key_store_drop_outbound_of (changes, "!2", "@user");
  mtx_room_key_store_drop_outbound_of (changes, "!1", "@user");
  store_fixture_commit (db, changes);
  store_fixture_reject (mtx_room_key_store_load_outbound (db, "!1"), MTX_ERROR_NOT_FOUND);

  /* The next key was given to nobody yet. */
  changes = mtx_change_set_new ();
  put_outbound (changes, "s2");
  mtx_room_key_store_drop_outbound_of (changes, "!1", "@user");
  store_fixture_commit (db, changes);
  g_clear_pointer (&kept, mtx_outbound_session_row_unref);
  kept = store_fixture_row (mtx_room_key_store_load_outbound (db, "!1"));
  store_fixture_close (db);

  return NULL;
}

/* Only the keys in use are sent again, and only to who had them. */
static DexFuture *
test_shares_again (gpointer data)
{
  static const MtxKeyShareState expected[] = { MTX_KEY_SHARE_AGAIN, MTX_KEY_SHARE_WITHHELD };

  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();

  put_outbound (changes, "old");
  put_share (changes, "A", MTX_KEY_SHARE_PENDING, "txn1");
  put_share (changes, "B", MTX_KEY_SHARE_WITHHELD, NULL);
  mtx_room_key_store_put_shares_sent (changes, "txn1");
  mtx_room_key_store_put_shares_again (changes, "@user", "key");
  store_fixture_commit (db, changes);
  rows = store_fixture_rows (mtx_room_key_store_load_shares (db, "!1", "s"));
  g_assert_cmpint (((MtxKeyShareRow *)rows->pdata[0])->state, ==, MTX_KEY_SHARE_SENT);

  changes = mtx_change_set_new ();
  put_outbound (changes, "s");
  mtx_room_key_store_put_shares_again (changes, "@user", "other key");
  mtx_room_key_store_put_shares_again (changes, "@other", "key");
  mtx_room_key_store_put_shares_again (changes, "@user", "key");
  store_fixture_commit (db, changes);
  g_clear_pointer (&rows, g_ptr_array_unref);
  rows = store_fixture_rows (mtx_room_key_store_load_shares (db, "!1", "s"));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (((MtxKeyShareRow *)rows->pdata[i])->state, ==, expected[i]);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_withheld (gpointer data)
{
  g_autoptr (MtxWithheldRow) loaded = NULL;
  MtxDb                     *db = store_fixture_open (NULL);
  MtxChangeSet              *changes = mtx_change_set_new ();
  MtxWithheldRow             row = { .room_id = "!1", .session_id = "s", .sender_key = "k", .code = "m.unavailable" };

  store_fixture_reject (mtx_room_key_store_load_withheld (db, "!1", "s"), MTX_ERROR_NOT_FOUND);
  mtx_room_key_store_put_withheld (changes, &row);
  row.code = "m.unverified";
  row.reason = "words";
  mtx_room_key_store_put_withheld (changes, &row);
  store_fixture_commit (db, changes);

  loaded = store_fixture_row (mtx_room_key_store_load_withheld (db, "!1", "s"));
  g_assert_cmpstr (loaded->sender_key, ==, "k");
  g_assert_cmpstr (loaded->code, ==, "m.unverified");
  g_assert_cmpstr (loaded->reason, ==, "words");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_replay (gpointer data)
{
  static const MtxRoomKeyId wanted[] = { { "!1", "s" } };

  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxReplayRow          row = { .room_id = "!1", .session_id = "s", .event_id = "$first", .origin_server_ts = 1 };
  MtxReplayRow         *loaded = NULL;

  mtx_room_key_store_put_replay (changes, &row);
  row.event_id = "$second";
  row.origin_server_ts = 2;
  mtx_room_key_store_put_replay (changes, &row);
  row.room_id = "!2";
  mtx_room_key_store_put_replay (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_room_key_store_load_replay (db, wanted, 1));
  g_assert_cmpuint (rows->len, ==, 1);
  loaded = rows->pdata[0];
  g_assert_cmpstr (loaded->event_id, ==, "$first");
  g_assert_cmpint (loaded->origin_server_ts, ==, 1);
  g_assert_cmpint (loaded->message_index, ==, 0);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/room-key/inbound", test_inbound);
  mtx_test_add_fiber ("/store/room-key/outbound", test_outbound);
  mtx_test_add_fiber ("/store/room-key/shares", test_shares);
  mtx_test_add_fiber ("/store/room-key/drop-outbound-of", test_drop_outbound_of);
  mtx_test_add_fiber ("/store/room-key/shares-again", test_shares_again);
  mtx_test_add_fiber ("/store/room-key/withheld", test_withheld);
  mtx_test_add_fiber ("/store/room-key/threat-059-replay", test_replay);

  return g_test_run ();
}
