/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timelines keep the server's order through live events, echoes, gaps and pages.
 */
#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-room-key-store.h"
#include "mtx-outbox-store.h"
#include "mtx-test.h"
#include "store-fixture.h"

#define ROOM "!1"

static MtxEventRow
make_event (const char *event_id)
{
  return (MtxEventRow){
    .room_id = ROOM,
    .event_id = event_id,
    .sender = "@a",
    .type = "m.room.message",
    .content = "{}",
  };
}

static void
append (MtxChangeSet *changes,
        const char   *event_ids)
{
  g_auto (GStrv) ids = g_strsplit (event_ids, " ", -1);

  for (guint i = 0; ids[i] != NULL; i++)
    {
      MtxEventRow row = make_event (ids[i]);

      mtx_event_store_append (changes, &row);
    }
}

static void
fill (MtxChangeSet *changes,
      const char   *token,
      const char   *event_ids)
{
  g_auto (GStrv) ids = g_strsplit (event_ids, " ", -1);

  for (guint i = 0; ids[i] != NULL; i++)
    {
      MtxEventRow row = make_event (ids[i]);

      mtx_event_store_fill_gap (changes, token, &row);
    }
}

static char *
list_ids (GPtrArray *rows)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? " " : "", ((MtxEventRow *)rows->pdata[i])->event_id);

  return g_string_free_and_steal (list);
}

static void
assert_timeline (MtxDb      *db,
                 const char *expected)
{
  g_autoptr (GPtrArray) rows = store_fixture_rows (mtx_event_store_load_before (db, ROOM, G_MAXINT64, 1000));
  g_autofree char      *ids = list_ids (rows);

  g_assert_cmpstr (ids, ==, expected);
}

static DexFuture *
test_round_trip (gpointer data)
{
  g_autoptr (MtxEventRow) loaded = NULL;
  MtxDb                  *db = store_fixture_open (NULL);
  MtxChangeSet           *changes = mtx_change_set_new ();
  MtxEventRow             row = {
                .position = 12345,
                .room_id = ROOM,
                .event_id = "$1",
                .sender = "@a",
                .origin_server_ts = 1,
                .type = "m.room.encrypted",
                .state_key = "",
                .content = "{\"body\":\"b\"}",
                .relation_type = "m.thread",
                .relates_to = "$0",
                .transaction_id = "txn",
                .decryption = MTX_EVENT_UNDECRYPTABLE,
                .decryption_reason = 2,
                .shield = 3,
                .session_id = "s",
                .encrypted = "{\"ciphertext\":\"c\"}",
                .stored_at = 4,
  };

  store_fixture_reject (mtx_event_store_load_event (db, ROOM, "$1"), MTX_ERROR_NOT_FOUND);
  mtx_event_store_append (changes, &row);
  store_fixture_commit (db, changes);

  loaded = store_fixture_row (mtx_event_store_load_event (db, ROOM, "$1"));
  g_assert_cmpint (loaded->position, ==, 1);
  g_assert_cmpstr (loaded->room_id, ==, ROOM);
  g_assert_cmpstr (loaded->sender, ==, "@a");
  g_assert_cmpint (loaded->origin_server_ts, ==, 1);
  g_assert_cmpstr (loaded->type, ==, "m.room.encrypted");
  g_assert_cmpstr (loaded->state_key, ==, "");
  g_assert_cmpstr (loaded->content, ==, "{\"body\":\"b\"}");
  g_assert_cmpstr (loaded->relation_type, ==, "m.thread");
  g_assert_cmpstr (loaded->relates_to, ==, "$0");
  g_assert_cmpstr (loaded->transaction_id, ==, "txn");
  g_assert_false (loaded->redacted);
  g_assert_false (loaded->echo);
  g_assert_cmpint (loaded->decryption, ==, MTX_EVENT_UNDECRYPTABLE);
  g_assert_cmpint (loaded->decryption_reason, ==, 2);
  g_assert_cmpint (loaded->shield, ==, 3);
  g_assert_cmpstr (loaded->session_id, ==, "s");
  g_assert_cmpstr (loaded->encrypted, ==, "{\"ciphertext\":\"c\"}");
  g_assert_cmpint (loaded->stored_at, ==, 4);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_pages (gpointer data)
{
  g_autoptr (GPtrArray) newest = NULL;
  g_autoptr (GPtrArray) older = NULL;
  g_autoptr (GPtrArray) oldest = NULL;
  g_autoptr (GPtrArray) after = NULL;
  g_autofree char      *newest_ids = NULL;
  g_autofree char      *older_ids = NULL;
  g_autofree char      *after_ids = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxEventRow           elsewhere = make_event ("x");
  MtxEventRow          *edge = NULL;

  append (changes, "a b c");
  elsewhere.room_id = "!2";
  mtx_event_store_append (changes, &elsewhere);
  append (changes, "d e");
  store_fixture_commit (db, changes);

  newest = store_fixture_rows (mtx_event_store_load_before (db, ROOM, G_MAXINT64, 2));
  newest_ids = list_ids (newest);
  g_assert_cmpstr (newest_ids, ==, "d e");
  edge = newest->pdata[0];
  older = store_fixture_rows (mtx_event_store_load_before (db, ROOM, edge->position, 3));
  older_ids = list_ids (older);
  g_assert_cmpstr (older_ids, ==, "a b c");
  oldest = store_fixture_rows (mtx_event_store_load_before (db, ROOM, ((MtxEventRow *)older->pdata[0])->position, 3));
  g_assert_cmpuint (oldest->len, ==, 0);
  after = store_fixture_rows (mtx_event_store_load_after (db, ROOM, ((MtxEventRow *)older->pdata[2])->position));
  after_ids = list_ids (after);
  g_assert_cmpstr (after_ids, ==, "d e");
  g_assert_cmpint (store_fixture_int64 (mtx_event_store_count (db, ROOM)), ==, 5);
  store_fixture_close (db);

  return NULL;
}

/* The same sync, read again after a crash, changes nothing. */
static DexFuture *
test_twice (gpointer data)
{
  g_autoptr (MtxEventRow) loaded = NULL;
  MtxDb                  *db = store_fixture_open (NULL);
  MtxChangeSet           *changes = mtx_change_set_new ();
  MtxEventRow             again = make_event ("b");

  append (changes, "a b c");
  store_fixture_commit (db, changes);

  again.content = "{\"body\":\"another\"}";
  changes = mtx_change_set_new ();
  append (changes, "a");
  mtx_event_store_append (changes, &again);
  append (changes, "c d");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a b c d");
  loaded = store_fixture_row (mtx_event_store_load_event (db, ROOM, "b"));
  g_assert_cmpstr (loaded->content, ==, "{}");
  store_fixture_close (db);

  return NULL;
}

/* Our message is stored when the server accepts it, and takes its place when sync brings it. */
static DexFuture *
test_echo (gpointer data)
{
  g_autoptr (MtxEventRow) loaded = NULL;
  g_autoptr (GPtrArray)   outbox = NULL;
  MtxDb                  *db = store_fixture_open (NULL);
  MtxChangeSet           *changes = mtx_change_set_new ();
  MtxOutboxRow            message = { .conversation = "c", .txn_id = "txn", .event_type = "t", .content = "{}" };
  MtxEventRow             echo = make_event ("mine");
  MtxEventRow             real = make_event ("mine");

  append (changes, "a");
  mtx_outbox_store_put (changes, &message);
  store_fixture_commit (db, changes);

  echo.echo = TRUE;
  echo.transaction_id = "txn";
  changes = mtx_change_set_new ();
  mtx_event_store_append (changes, &echo);
  mtx_outbox_store_delete (changes, "txn");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a mine");
  outbox = store_fixture_rows (mtx_outbox_store_load (db, NULL));
  g_assert_cmpuint (outbox->len, ==, 0);

  real.origin_server_ts = 77;
  real.shield = 1;
  changes = mtx_change_set_new ();
  append (changes, "earlier");
  mtx_event_store_append (changes, &real);
  append (changes, "later");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a earlier mine later");
  loaded = store_fixture_row (mtx_event_store_load_event (db, ROOM, "mine"));
  g_assert_false (loaded->echo);
  g_assert_cmpint (loaded->origin_server_ts, ==, 77);
  g_assert_cmpint (loaded->shield, ==, 1);
  g_assert_cmpstr (loaded->transaction_id, ==, "txn");

  /* The answer to the request that comes after the sync does not make it an echo again. */
  changes = mtx_change_set_new ();
  mtx_event_store_append (changes, &echo);
  store_fixture_commit (db, changes);
  assert_timeline (db, "a earlier mine later");
  store_fixture_close (db);

  return NULL;
}

/* Echoes stay last until sync brings them, so one that it has brought is never behind one that it has not. */
static DexFuture *
test_echo_order (gpointer data)
{
  MtxDb        *db = store_fixture_open (NULL);
  MtxChangeSet *changes = mtx_change_set_new ();
  MtxEventRow   one = make_event ("one");
  MtxEventRow   two = make_event ("two");
  MtxEventRow   three = make_event ("three");

  one.echo = two.echo = three.echo = TRUE;
  append (changes, "a");
  mtx_event_store_append (changes, &one);
  mtx_event_store_append (changes, &two);
  store_fixture_commit (db, changes);
  assert_timeline (db, "a one two");

  changes = mtx_change_set_new ();
  append (changes, "b one");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a b one two");

  changes = mtx_change_set_new ();
  mtx_event_store_append (changes, &three);
  append (changes, "c");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a b one c two three");

  /* A sync skipped something, the second message among it: who asks for what is missing finds its place. */
  changes = mtx_change_set_new ();
  mtx_event_store_append_gap (changes, ROOM, "t");
  append (changes, "e");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a b one c e two three");
  changes = mtx_change_set_new ();
  fill (changes, "t", "d two");
  mtx_event_store_move_gap (changes, ROOM, "t", NULL);
  append (changes, "three");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a b one c two d e three");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_gaps (gpointer data)
{
  g_autoptr (GPtrArray)   gaps = NULL;
  g_autoptr (GPtrArray)   moved = NULL;
  g_autoptr (GPtrArray)   closed = NULL;
  g_autoptr (MtxEventRow) behind = NULL;
  MtxDb                  *db = store_fixture_open (NULL);
  MtxChangeSet           *changes = mtx_change_set_new ();
  MtxGapRow              *gap = NULL;
  MtxEventRow             nowhere = make_event ("nowhere");

  /* First sync, some live events, then a sync that skipped some. */
  mtx_event_store_append_gap (changes, ROOM, "t1");
  append (changes, "d e");
  append (changes, "f");
  mtx_event_store_append_gap (changes, ROOM, "t2");
  append (changes, "j k");
  store_fixture_commit (db, changes);

  gaps = store_fixture_rows (mtx_event_store_load_gaps (db, ROOM));
  g_assert_cmpuint (gaps->len, ==, 2);
  gap = gaps->pdata[1];
  g_assert_cmpstr (gap->token, ==, "t2");
  g_assert_cmpstr (gap->room_id, ==, ROOM);
  behind = store_fixture_row (mtx_event_store_load_event (db, ROOM, "j"));
  g_assert_cmpint (behind->position, ==, gap->position + 1);

  /* A page into the later gap, newest first; it does not reach the known events. */
  changes = mtx_change_set_new ();
  fill (changes, "t2", "i h");
  mtx_event_store_move_gap (changes, ROOM, "t2", "t3");
  store_fixture_commit (db, changes);
  assert_timeline (db, "d e f h i j k");

  /* Meanwhile something new; then the page that closes the gap, and one at the start of the room. */
  changes = mtx_change_set_new ();
  append (changes, "l");
  fill (changes, "t3", "g f e");
  mtx_event_store_move_gap (changes, ROOM, "t3", NULL);
  fill (changes, "t1", "c b");
  mtx_event_store_move_gap (changes, ROOM, "t1", "t0");
  store_fixture_commit (db, changes);
  assert_timeline (db, "b c d e f g h i j k l");

  moved = store_fixture_rows (mtx_event_store_load_gaps (db, ROOM));
  g_assert_cmpuint (moved->len, ==, 1);
  g_assert_cmpstr (((MtxGapRow *)moved->pdata[0])->token, ==, "t0");

  changes = mtx_change_set_new ();
  fill (changes, "t0", "a");
  mtx_event_store_move_gap (changes, ROOM, "t0", NULL);
  append (changes, "m");
  store_fixture_commit (db, changes);
  assert_timeline (db, "a b c d e f g h i j k l m");
  closed = store_fixture_rows (mtx_event_store_load_gaps (db, ROOM));
  g_assert_cmpuint (closed->len, ==, 0);

  /* Events for a gap that is not there are not lost in silence. */
  changes = mtx_change_set_new ();
  mtx_event_store_fill_gap (changes, "t0", &nowhere);
  store_fixture_reject (mtx_db_commit (db, changes), MTX_ERROR_INVALID);
  mtx_change_set_unref (changes);
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_late_key (gpointer data)
{
  g_autoptr (GPtrArray)   waiting = NULL;
  g_autoptr (GPtrArray)   none = NULL;
  g_autoptr (MtxEventRow) loaded = NULL;
  g_autofree char        *ids = NULL;
  MtxDb                  *db = store_fixture_open (NULL);
  MtxChangeSet           *changes = mtx_change_set_new ();
  MtxEventRow             row = make_event ("b");

  append (changes, "a");
  row.decryption = MTX_EVENT_UNDECRYPTABLE;
  row.session_id = "s";
  row.encrypted = "{}";
  mtx_event_store_append (changes, &row);
  row.event_id = "c";
  mtx_event_store_append (changes, &row);
  row.event_id = "redacted";
  mtx_event_store_append (changes, &row);
  mtx_event_store_redact (changes, ROOM, "redacted");
  row.event_id = "other";
  row.session_id = "t";
  mtx_event_store_append (changes, &row);
  store_fixture_commit (db, changes);

  waiting = store_fixture_rows (mtx_event_store_load_undecryptable (db, ROOM, "s"));
  ids = list_ids (waiting);
  g_assert_cmpstr (ids, ==, "b c");

  changes = mtx_change_set_new ();
  for (guint i = 0; i < waiting->len; i++)
    {
      row = *(MtxEventRow *)waiting->pdata[i];
      row.type = "m.room.message";
      row.content = "{\"body\":\"clear\"}";
      row.decryption = MTX_EVENT_DECRYPTED;
      row.shield = 1;
      mtx_event_store_update (changes, &row);
    }
  row.event_id = "redacted";
  mtx_event_store_update (changes, &row);
  store_fixture_commit (db, changes);

  none = store_fixture_rows (mtx_event_store_load_undecryptable (db, ROOM, "s"));
  g_assert_cmpuint (none->len, ==, 0);
  loaded = store_fixture_row (mtx_event_store_load_event (db, ROOM, "b"));
  g_assert_cmpstr (loaded->content, ==, "{\"body\":\"clear\"}");
  g_assert_cmpint (loaded->decryption, ==, MTX_EVENT_DECRYPTED);
  g_assert_cmpint (loaded->shield, ==, 1);
  assert_timeline (db, "a b c redacted other");

  g_clear_pointer (&loaded, mtx_event_row_unref);
  loaded = store_fixture_row (mtx_event_store_load_event (db, ROOM, "redacted"));
  g_assert_true (loaded->redacted);
  g_assert_cmpstr (loaded->content, ==, "{}");
  g_assert_null (loaded->encrypted);
  store_fixture_close (db);

  return NULL;
}

/* The key came while nobody looked: the events of that session, and no others. */
static DexFuture *
test_overlooked_key (gpointer data)
{
  g_autoptr (GPtrArray) readable = NULL;
  g_autoptr (GBytes)    sealed = g_bytes_new_static ("sealed", 6);
  g_autofree char      *ids = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxEventRow           row = make_event ("waiting");

  row.decryption = MTX_EVENT_UNDECRYPTABLE;
  row.session_id = "s";
  row.encrypted = "{}";
  mtx_event_store_append (changes, &row);
  row.event_id = "other-session";
  row.session_id = "t";
  mtx_event_store_append (changes, &row);
  row.event_id = "other-room";
  row.session_id = "s";
  row.room_id = "!other:example.org";
  mtx_event_store_append (changes, &row);
  mtx_room_key_store_put_inbound (changes,
                                  &(MtxInboundSessionRow){
                                      .room_id = ROOM,
                                      .session_id = "s",
                                      .sealed = sealed,
                                      .sender_key = "k",
                                      .claimed_ed25519 = "e",
                                  });
  store_fixture_commit (db, changes);

  readable = store_fixture_rows (mtx_event_store_load_readable (db, 10));
  ids = list_ids (readable);
  g_assert_cmpstr (ids, ==, "waiting");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_waiting (gpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  MtxDb                *db = store_fixture_open (NULL);
  MtxChangeSet         *changes = mtx_change_set_new ();
  MtxEventRow           row = make_event ("withheld");

  row.decryption = MTX_EVENT_UNDECRYPTABLE;
  row.session_id = "s";
  row.decryption_reason = 3;
  row.stored_at = 1;
  mtx_event_store_append (changes, &row);
  row.event_id = "refused";
  row.session_id = "t";
  row.decryption_reason = 4;
  mtx_event_store_append (changes, &row);
  row.event_id = "missing";
  row.session_id = "u";
  row.decryption_reason = 2;
  row.stored_at = 2;
  mtx_event_store_append (changes, &row);
  row.event_id = "same session";
  mtx_event_store_append (changes, &row);
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_event_store_load_waiting (db, 3, 10));
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpstr (((MtxEventRow *)g_ptr_array_index (rows, 0))->session_id, ==, "u");
  g_assert_cmpstr (((MtxEventRow *)g_ptr_array_index (rows, 1))->session_id, ==, "s");
  store_fixture_close (db);

  return NULL;
}

static DexFuture *
test_shielded (gpointer data)
{
  static const char *const alice[] = { "@alice:example.org", NULL };
  g_autoptr (GPtrArray)    all = NULL;
  g_autoptr (GPtrArray)    of_alice = NULL;
  g_autofree char         *ids = NULL;
  MtxDb                   *db = store_fixture_open (NULL);
  MtxChangeSet            *changes = mtx_change_set_new ();
  MtxEventRow              row = make_event ("shielded");

  row.sender = alice[0];
  row.decryption = MTX_EVENT_DECRYPTED;
  row.shield = 2;
  mtx_event_store_append (changes, &row);
  row.event_id = "bobs";
  row.sender = "@bob:example.org";
  mtx_event_store_append (changes, &row);
  row.event_id = "without";
  row.shield = 0;
  mtx_event_store_append (changes, &row);
  row.event_id = "plain";
  row.shield = 4;
  row.decryption = MTX_EVENT_CLEAR;
  mtx_event_store_append (changes, &row);
  store_fixture_commit (db, changes);

  of_alice = store_fixture_rows (mtx_event_store_load_shielded (db, alice, 10));
  ids = list_ids (of_alice);
  g_assert_cmpstr (ids, ==, "shielded");
  all = store_fixture_rows (mtx_event_store_load_shielded (db, NULL, 10));
  g_assert_cmpuint (all->len, ==, 2);
  store_fixture_close (db);

  return NULL;
}

/* A big sync is one transaction, and a page of a big room is read by index. */
static DexFuture *
test_many (gpointer data)
{
  g_autoptr (GPtrArray) page = NULL;
  g_autofree char      *path = store_fixture_path ();
  MtxDb                *db = store_fixture_open (path);
  MtxChangeSet         *changes = mtx_change_set_new ();
  gint64                start = 0;

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *event_id = g_strdup_printf ("$%u", i);
      MtxEventRow      row = make_event (event_id);

      row.content = "{\"msgtype\":\"m.text\",\"body\":\"A message as long as people write them.\"}";
      mtx_event_store_append (changes, &row);
    }
  start = g_get_monotonic_time ();
  store_fixture_commit (db, changes);
  g_test_message ("10 000 events committed in %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - start) / 1000);
  store_fixture_close (db);

  start = g_get_monotonic_time ();
  db = store_fixture_open (path);
  page = store_fixture_rows (mtx_event_store_load_before (db, ROOM, G_MAXINT64, 50));
  g_test_message ("Opened and read a page in %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - start) / 1000);
  g_assert_cmpuint (page->len, ==, 50);
  g_assert_cmpstr (((MtxEventRow *)page->pdata[49])->event_id, ==, "$9999");
  g_assert_cmpint (store_fixture_int64 (mtx_event_store_count (db, ROOM)), ==, 10000);
  store_fixture_close (db);

  return NULL;
}

/* What claims to replace an event is found wherever it stands; what was redacted claims nothing, but is known. */
static DexFuture *
test_edits (gpointer data)
{
  static const char *const wanted[] = { "a", "b", "none", NULL };
  static const char *const found[] = { "edit 1", "edit 2" };
  g_autoptr (GPtrArray)    rows = NULL;
  g_autoptr (MtxEventRow)  redacted = NULL;
  g_autoptr (MtxEventRow)  reply = NULL;
  MtxDb                   *db = store_fixture_open (NULL);
  MtxChangeSet            *changes = mtx_change_set_new ();
  MtxEventRow              row = make_event ("a");

  mtx_event_store_append (changes, &row);
  row = make_event ("edit 1");
  row.relation_type = "m.replace";
  row.relates_to = "a";
  mtx_event_store_append (changes, &row);
  row.event_id = "redacted edit";
  mtx_event_store_append (changes, &row);
  row.event_id = "edit 2";
  row.relates_to = "b";
  mtx_event_store_append (changes, &row);
  row.event_id = "edit of another";
  row.relates_to = "c";
  mtx_event_store_append (changes, &row);
  row.event_id = "reply";
  row.relation_type = "m.thread";
  row.relates_to = "a";
  mtx_event_store_append (changes, &row);
  mtx_event_store_redact (changes, ROOM, "redacted edit");
  mtx_event_store_redact (changes, ROOM, "reply");
  store_fixture_commit (db, changes);

  rows = store_fixture_rows (mtx_event_store_load_edits (db, ROOM, wanted));
  g_assert_cmpuint (rows->len, ==, G_N_ELEMENTS (found));
  for (guint i = 0; i < rows->len; i++)
    g_assert_cmpstr (((MtxEventRow *)rows->pdata[i])->event_id, ==, found[i]);

  redacted = store_fixture_row (mtx_event_store_load_event (db, ROOM, "redacted edit"));
  g_assert_cmpstr (redacted->relation_type, ==, "m.replace");
  reply = store_fixture_row (mtx_event_store_load_event (db, ROOM, "reply"));
  g_assert_null (reply->relation_type);
  g_assert_null (reply->relates_to);
  store_fixture_close (db);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/store/event/round-trip", test_round_trip);
  mtx_test_add_fiber ("/store/event/pages", test_pages);
  mtx_test_add_fiber ("/store/event/twice", test_twice);
  mtx_test_add_fiber ("/store/event/echo", test_echo);
  mtx_test_add_fiber ("/store/event/gaps", test_gaps);
  mtx_test_add_fiber ("/store/event/late-key", test_late_key);
  mtx_test_add_fiber ("/event-store/overlooked-key", test_overlooked_key);
  mtx_test_add_fiber ("/event-store/echo-order", test_echo_order);
  mtx_test_add_fiber ("/store/event/waiting", test_waiting);
  mtx_test_add_fiber ("/event-store/shielded", test_shielded);
  mtx_test_add_fiber ("/store/event/many", test_many);
  mtx_test_add_fiber ("/store/event/edits", test_edits);

  return g_test_run ();
}
