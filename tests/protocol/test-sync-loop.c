/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sync loop against a server that fails in every way: nothing is lost, nothing comes twice, and the token
 * never runs ahead of what is stored.
 */
#include <string.h>

#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-fake-clock.h"
#include "mtx-json.h"
#include "mtx-session-store.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

static void
wait_synced (MtxTestAccount *account)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_sync_loop_when_synced (account->loop), &error);
  g_assert_no_error (error);
}

static char *
load_token (MtxTestAccount *account)
{
  g_autoptr (GError)        error = NULL;
  g_autoptr (MtxSessionRow) row = dex_await_boxed (mtx_session_store_load (account->db), &error);

  g_assert_no_error (error);

  return g_strdup (row->next_batch);
}

static gint64
count_events (MtxTestAccount *account,
              const char     *room_id)
{
  g_autoptr (GError) error = NULL;
  gint64             count = dex_await_int64 (mtx_event_store_count (account->db, room_id), &error);

  g_assert_no_error (error);

  return count;
}

static guint
count_syncs (MtxTestAccount *account)
{
  return mtx_fake_homeserver_count_requests (account->server, "GET", "*/sync");
}

/* A room with @account in it. */
static char *
make_room (MtxTestAccount *account)
{
  char *room_id = mtx_fake_homeserver_create_room (account->server, "@other:" MTX_FAKE_SERVER_NAME, NULL, FALSE);

  mtx_fake_homeserver_set_member (account->server, room_id, account->user_id, "join");

  return room_id;
}

static gboolean
is_online (gpointer data)
{
  return mtx_sync_loop_get_connection (((MtxTestAccount *)data)->loop) == MTX_CONNECTION_ONLINE;
}

static DexFuture *
test_first (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *room_id = make_room (account);
  g_autofree char              *token = NULL;
  const MtxFakeRequest         *request = NULL;
  MtxRoom                      *room = NULL;

  g_assert_cmpint (mtx_sync_loop_get_connection (account->loop), ==, MTX_CONNECTION_CONNECTING);
  mtx_sync_loop_start (account->loop);
  wait_synced (account);

  g_assert_cmpint (mtx_sync_loop_get_connection (account->loop), ==, MTX_CONNECTION_ONLINE);
  room = mtx_room_list_lookup (account->rooms, room_id);
  g_assert_nonnull (room);
  g_assert_cmpint (mtx_room_get_membership (room), ==, MTX_MEMBERSHIP_JOIN);
  g_assert_cmpuint (mtx_room_get_joined_count (room), ==, 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (account->rooms)), ==, 1);
  token = load_token (account);
  g_assert_nonnull (token);

  /* The first request asks for an answer at once and says nothing of presence (M6). */
  request = mtx_fake_homeserver_get_request (server, "GET", "*/sync", 0);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "timeout"), ==, "0");
  g_assert_cmpstr (g_hash_table_lookup (request->query, "set_presence"), ==, "offline");
  g_assert_cmpstr (g_hash_table_lookup (request->query, "use_state_after"), ==, "true");
  g_assert_nonnull (strstr (g_hash_table_lookup (request->query, "filter"), "lazy_load_members"));
  g_assert_null (g_hash_table_lookup (request->query, "since"));
  g_assert_null (g_hash_table_lookup (request->query, "access_token"));

  return NULL;
}

typedef struct
{
  MtxTestAccount *account;
  guint           n;
} Syncs;

static gboolean
has_syncs (gpointer data)
{
  Syncs *syncs = data;

  return count_syncs (syncs->account) >= syncs->n;
}

static DexFuture *
test_goes_on (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *token = NULL;
  g_autofree char              *room_id = NULL;
  guint                         n = 0;

  mtx_sync_loop_start (account->loop);
  wait_synced (account);
  mtx_test_wait (has_syncs, &(Syncs){ account, 2 });
  g_assert_cmpstr (g_hash_table_lookup (mtx_fake_homeserver_get_request (server, "GET", "*/sync", 1)->query, "timeout"), ==, "30000");

  room_id = make_room (account);
  g_assert_nonnull (mtx_test_account_wait_room (account, room_id));

  /* Another run starts where this one ended, and shows what is stored before any request. */
  mtx_test_account_restart (account);
  n = count_syncs (account);
  g_assert_nonnull (mtx_room_list_lookup (account->rooms, room_id));
  token = load_token (account);
  mtx_sync_loop_start (account->loop);
  mtx_test_wait (has_syncs, &(Syncs){ account, n + 1 });
  g_assert_cmpstr (g_hash_table_lookup (mtx_fake_homeserver_get_request (server, "GET", "*/sync", n)->query, "since"), ==, token);

  return NULL;
}

/* An event that cannot be read, of a room member or for our device, hides nothing else, and no sync comes for ever. */
static DexFuture *
test_unreadable_event (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *room_id = make_room (account);
  g_autofree char              *opened = g_strnfill (MTX_JSON_MAX_DEPTH, '[');
  g_autofree char              *closed = g_strnfill (MTX_JSON_MAX_DEPTH, ']');
  g_autofree char              *text = g_strdup_printf ("{\"body\":%s%s}", opened, closed);
  g_autoptr (JsonNode)          deep = json_from_string (text, NULL);
  gint64                        n_events = 0;

  mtx_sync_loop_start (account->loop);
  wait_synced (account);
  n_events = count_events (account, room_id);
  g_free (mtx_fake_homeserver_send_event (server, room_id, account->user_id, "org.example.deep", NULL, json_node_get_object (deep)));
  mtx_fake_homeserver_send_to_device (server, account->user_id, account->user_id, account->client->device_id, "org.example.deep",
                                      json_node_get_object (deep));
  mtx_test_say (server, room_id, account->user_id, "Still here");
  mtx_test_wait (has_syncs, &(Syncs){ account, count_syncs (account) + 2 });
  g_assert_true (is_online (account));
  g_assert_cmpint (count_events (account, room_id), ==, n_events + 1);

  return NULL;
}

static gboolean
is_waiting (gpointer data)
{
  return mtx_fake_clock_count () > 0;
}

/* Waits between tries are 1, 5, 10, 20, 30, 30 … seconds, and the first success resets them. */
static DexFuture *
test_waits (gpointer data)
{
  static const gint64           waits[] = { 1000, 5000, 10000, 20000, 30000, 30000 };
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  MtxFakeFault                  fault = { .status = 500 };

  mtx_fake_homeserver_fault (server, "GET", "*/sync", &fault);
  mtx_fake_clock_install ();
  mtx_sync_loop_start (account->loop);

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      mtx_test_wait (is_waiting, NULL);
      g_assert_cmpint (mtx_fake_clock_next (), ==, waits[i]);
      g_assert_cmpuint (count_syncs (account), ==, i + 1);
      if (i > 0)
        g_assert_cmpint (mtx_sync_loop_get_connection (account->loop), !=, MTX_CONNECTION_ONLINE);
      if (i == G_N_ELEMENTS (waits) - 1)
        mtx_fake_homeserver_clear_faults (server);
      mtx_fake_clock_advance (waits[i]);
    }
  mtx_test_wait (is_online, account);
  mtx_fake_clock_uninstall ();

  return NULL;
}

static DexFuture *
test_rate_limit (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  MtxFakeFault                  fault = { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after = "42", .times = 1 };

  mtx_fake_homeserver_fault (server, "GET", "*/sync", &fault);
  mtx_fake_clock_install ();
  mtx_sync_loop_start (account->loop);
  mtx_test_wait (is_waiting, NULL);
  g_assert_cmpint (mtx_fake_clock_next (), ==, 42000);
  mtx_fake_clock_advance (42000);
  mtx_test_wait (is_online, account);
  mtx_fake_clock_uninstall ();

  return NULL;
}

/* Whatever breaks, the room comes, its events come once, and nobody waits longer than a kick. */
static DexFuture *
test_faults (gpointer data)
{
  static const MtxFakeFault faults[] = {
    { .status = 500, .times = 2 },
    { .status = 502, .times = 2 },
    { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = 1, .times = 2 },
    { .drop = MTX_FAKE_DROP_BEFORE, .times = 2 },
    { .drop = MTX_FAKE_DROP_AFTER, .times = 2 },
    { .drop = MTX_FAKE_TRUNCATE, .times = 2 },
  };
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *room_id = NULL;
      g_autofree char *before = load_token (account);
      guint            n = count_syncs (account);

      room_id = make_room (account);
      mtx_test_say (server, room_id, "@other:" MTX_FAKE_SERVER_NAME, "hello");
      mtx_fake_homeserver_clear_faults (server);
      mtx_fake_homeserver_fault (server, "GET", "*/sync", &faults[i]);

      mtx_sync_loop_start (account->loop);
      mtx_test_wait (has_syncs, &(Syncs){ account, n + 1 });
      g_assert_cmpstr (g_hash_table_lookup (mtx_fake_homeserver_get_request (server, "GET", "*/sync", n)->query, "since"), ==, before);
      while (mtx_room_list_lookup (account->rooms, room_id) == NULL)
        {
          g_autoptr (GError) error = NULL;

          mtx_sync_loop_kick (account->loop);
          dex_await (dex_timeout_new_msec (5), &error);
        }

      /* All tries but the last began at the same token. */
      g_assert_cmpstr (g_hash_table_lookup (mtx_fake_homeserver_get_request (server, "GET", "*/sync", n + 2)->query, "since"), ==, before);
      {
        g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (server, room_id, NULL);

        g_assert_cmpint (count_events (account, room_id), ==, events->len);
      }
      dex_await (mtx_sync_loop_stop (account->loop), NULL);
    }

  return NULL;
}

static gboolean
answer_garbage (const MtxFakeRequest *request,
                MtxFakeAnswer        *answer,
                gpointer              data)
{
  static const char *const garbage[] = {
    "{}", "[]", "{\"next_batch\":7}", "{\"next_batch\":\"evil\",\"rooms\":{", "{\"rooms\":{},\"device_lists\":{}}"
  };
  guint *n = data;

  if (*n >= G_N_ELEMENTS (garbage))
    return FALSE;
  g_clear_pointer (&answer->bytes, g_bytes_unref);
  answer->status = 200;
  answer->bytes = g_bytes_new_static (garbage[*n], strlen (garbage[*n]));
  g_set_str (&answer->content_type, "application/json");
  (*n)++;

  return TRUE;
}

static DexFuture *
test_garbage (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *room_id = make_room (account);
  guint                         n = 0;

  mtx_fake_homeserver_override (server, "GET", "*/sync", answer_garbage, &n, NULL);
  mtx_sync_loop_start (account->loop);
  while (mtx_room_list_lookup (account->rooms, room_id) == NULL)
    {
      g_autoptr (GError) error = NULL;

      mtx_sync_loop_kick (account->loop);
      dex_await (dex_timeout_new_msec (5), &error);
    }

  g_assert_cmpuint (n, ==, 5);
  for (guint i = 0; i < 6; i++)
    g_assert_null (g_hash_table_lookup (mtx_fake_homeserver_get_request (server, "GET", "*/sync", i)->query, "since"));

  return NULL;
}

static gboolean
answer_nothing (const MtxFakeRequest *request,
                MtxFakeAnswer        *answer,
                gpointer              data)
{
  mtx_fake_answer_json (answer, 200, "{\"next_batch\":\"same\"}");

  return TRUE;
}

/* A server that does not wait as asked is not asked without end. */
static DexFuture *
test_hasty (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");

  mtx_fake_homeserver_override (server, "GET", "*/sync", answer_nothing, NULL, NULL);
  mtx_fake_clock_install ();
  mtx_sync_loop_start (account->loop);
  mtx_test_wait (is_waiting, NULL);
  g_assert_cmpint (mtx_fake_clock_next (), ==, 1000);
  g_assert_cmpuint (count_syncs (account), ==, 5);
  g_assert_cmpint (mtx_sync_loop_get_connection (account->loop), ==, MTX_CONNECTION_ONLINE);
  mtx_fake_clock_advance (1000);
  mtx_test_wait (has_syncs, &(Syncs){ account, 6 });
  dex_await (mtx_sync_loop_stop (account->loop), NULL);
  mtx_fake_clock_uninstall ();

  return NULL;
}

/* The server was set back and does not know our token: everything is asked for anew, and whose devices changed
 * meanwhile by itself. Killed in between, the same happens again. */
static gboolean
refuse_old_tokens (const MtxFakeRequest *request,
                   MtxFakeAnswer        *answer,
                   gpointer              data)
{
  if (g_strcmp0 (g_hash_table_lookup (request->query, "since"), data) != 0)
    return FALSE;

  mtx_fake_answer_error (answer, 400, "M_UNKNOWN");

  return TRUE;
}

static gboolean
has_asked_changes (gpointer data)
{
  return mtx_fake_homeserver_count_requests (data, "GET", "*/keys/changes") > 0;
}

static DexFuture *
test_lost_token (gpointer data)
{
  const MtxFakeFault            fault = { .status = 502, .times = 1, .skip = 1 };
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *old = NULL;
  g_autofree char              *room_id = NULL;
  const MtxFakeRequest         *request = NULL;
  guint                         n;

  mtx_sync_loop_start (account->loop);
  wait_synced (account);
  dex_await (mtx_sync_loop_stop (account->loop), NULL);
  old = load_token (account);
  n = count_syncs (account);
  room_id = make_room (account);
  mtx_fake_homeserver_override (server, "GET", "*/sync", refuse_old_tokens, g_strdup (old), g_free);
  mtx_fake_homeserver_fault (server, "GET", "*/sync", &fault);

  mtx_test_account_restart (account);
  mtx_sync_loop_start (account->loop);
  mtx_test_wait (has_syncs, &(Syncs){ account, n + 1 });
  mtx_test_account_restart (account);
  mtx_sync_loop_start (account->loop);
  while (mtx_room_list_lookup (account->rooms, room_id) == NULL)
    {
      g_autoptr (GError) error = NULL;

      mtx_sync_loop_kick (account->loop);
      dex_await (dex_timeout_new_msec (5), &error);
    }
  mtx_test_wait (has_asked_changes, server);
  request = mtx_fake_homeserver_get_request (server, "GET", "*/keys/changes", 0);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "from"), ==, old);
  g_assert_cmpstr (g_hash_table_lookup (request->query, "to"), !=, old);
  g_assert_nonnull (g_hash_table_lookup (request->query, "to"));
  dex_await (mtx_sync_loop_stop (account->loop), NULL);

  return NULL;
}

static void
keep_error (MtxSyncLoop *loop,
            GError      *error,
            GError     **kept)
{
  *kept = g_error_copy (error);
}

static gboolean
has_error (gpointer data)
{
  return *(GError **)data != NULL;
}

static DexFuture *
test_logged_out (gpointer data)
{
  static const struct
  {
    gboolean soft;
    int      code;
  } cases[] = { { FALSE, MTX_ERROR_LOG_IN_AGAIN }, { TRUE, MTX_ERROR_SOFT_LOGOUT } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
      g_autoptr (GError)            error = NULL;

      g_signal_connect (account->loop, "stopped", G_CALLBACK (keep_error), &error);
      mtx_sync_loop_start (account->loop);
      wait_synced (account);
      mtx_fake_homeserver_expire_token (server, account->client->token, cases[i].soft);
      mtx_fake_homeserver_clear_faults (server);
      g_free (make_room (account)); /* ends the long poll */
      mtx_test_wait (has_error, &error);
      g_assert_error (error, MTX_ERROR, cases[i].code);
    }

  return NULL;
}

static DexFuture *
test_stop (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (GError)            error = NULL;
  gint64                        start = 0;

  /* In the middle of a long poll. */
  mtx_sync_loop_start (account->loop);
  mtx_test_wait (has_syncs, &(Syncs){ account, 2 });
  start = g_get_monotonic_time ();
  dex_await (mtx_sync_loop_stop (account->loop), &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);

  /* In the middle of a wait. */
  mtx_fake_homeserver_fault (server, "GET", "*/sync", &(MtxFakeFault){ .status = 500 });
  mtx_fake_clock_install ();
  mtx_sync_loop_start (account->loop);
  mtx_test_wait (is_waiting, NULL);
  dex_await (mtx_sync_loop_stop (account->loop), &error);
  g_assert_no_error (error);
  mtx_fake_clock_uninstall ();

  return NULL;
}

/* Threats 50 and 51: a room that was encrypted once stays so, in memory and on disk. */
static DexFuture *
test_sticky (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autofree char              *room_id = make_room (account);
  g_autoptr (JsonObject)        megolm = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
  g_autoptr (JsonObject)        none = mtx_test_json ("{}");
  g_autofree char              *first = NULL;
  g_autofree char              *second = NULL;
  Syncs                         syncs = { account, 0 };
  MtxRoom                      *room = NULL;

  first = mtx_fake_homeserver_send_event (server, room_id, "@other:" MTX_FAKE_SERVER_NAME, "m.room.encryption", "", megolm);
  mtx_sync_loop_start (account->loop);
  room = mtx_test_account_wait_room (account, room_id);
  wait_synced (account);
  g_assert_true (mtx_room_get_encrypted (room));
  g_assert_true (mtx_room_get_can_send (room));

  syncs.n = count_syncs (account) + 1;
  second = mtx_fake_homeserver_send_event (server, room_id, "@other:" MTX_FAKE_SERVER_NAME, "m.room.encryption", "", none);
  mtx_test_wait (has_syncs, &syncs);
  g_assert_true (mtx_room_get_can_send (room));

  mtx_test_account_restart (account);
  room = mtx_room_list_lookup (account->rooms, room_id);
  g_assert_true (mtx_room_get_encrypted (room));
  g_assert_cmpstr (mtx_room_get_algorithm (room), ==, "m.megolm.v1.aes-sha2");

  return NULL;
}

static void
send_upgrade (MtxFakeHomeserver *server,
              const char        *from,
              const char        *to)
{
  g_autofree char       *json = g_strdup_printf ("{\"body\":\"moved\",\"replacement_room\":\"%s\"}", to);
  g_autoptr (JsonObject) content = mtx_test_json (json);

  g_free (mtx_fake_homeserver_send_event (server, from, "@other:" MTX_FAKE_SERVER_NAME, "m.room.tombstone", "", content));
}

#define N_UPGRADES 200

/* Rooms that say they were replaced by each other, by themselves, or one by one in a long chain: none is followed,
 * none is joined, and all are still there. */
static DexFuture *
test_upgrades (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxTestAccount)    account = mtx_test_account_new (server, "me");
  g_autoptr (GPtrArray)         rooms = g_ptr_array_new_with_free_func (g_free);
  g_autofree char              *foreign = mtx_fake_homeserver_create_room (server, "@other:" MTX_FAKE_SERVER_NAME, NULL, FALSE);

  for (guint i = 0; i < N_UPGRADES; i++)
    g_ptr_array_add (rooms, make_room (account));
  send_upgrade (server, rooms->pdata[0], rooms->pdata[0]);
  send_upgrade (server, rooms->pdata[1], rooms->pdata[2]);
  send_upgrade (server, rooms->pdata[2], rooms->pdata[1]);
  send_upgrade (server, rooms->pdata[3], foreign);
  for (guint i = 4; i + 1 < N_UPGRADES; i++)
    send_upgrade (server, rooms->pdata[i], rooms->pdata[i + 1]);

  mtx_sync_loop_start (account->loop);
  wait_synced (account);
  for (guint i = 0; i < N_UPGRADES; i++)
    {
      MtxRoom *room = mtx_room_list_lookup (account->rooms, rooms->pdata[i]);

      g_assert_nonnull (room);
      g_assert_cmpstr (mtx_room_get_id (room), ==, rooms->pdata[i]);
    }
  g_assert_null (mtx_room_list_lookup (account->rooms, foreign));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, NULL, "*/join*"), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/sync-loop/first", test_first);
  mtx_test_add_fiber ("/sync-loop/goes-on-after-restart", test_goes_on);
  mtx_test_add_fiber ("/sync-loop/unreadable-event", test_unreadable_event);
  mtx_test_add_fiber ("/sync-loop/waits", test_waits);
  mtx_test_add_fiber ("/sync-loop/rate-limit", test_rate_limit);
  mtx_test_add_fiber ("/sync-loop/threat-096-faults", test_faults);
  mtx_test_add_fiber ("/sync-loop/garbage", test_garbage);
  mtx_test_add_fiber ("/sync-loop/hasty-server", test_hasty);
  mtx_test_add_fiber ("/sync-loop/lost-token", test_lost_token);
  mtx_test_add_fiber ("/sync-loop/logged-out", test_logged_out);
  mtx_test_add_fiber ("/sync-loop/stop", test_stop);
  mtx_test_add_fiber ("/sync-loop/threat-100-upgrades", test_upgrades);
  mtx_test_add_fiber ("/sync-loop/threat-051-sticky-encryption", test_sticky);

  return g_test_run ();
}
