/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The announcements in a real session: what is shown when, what counts as new, and how trouble ends.
 */
#include "mtx-error.h"
#include "mtx-fake-clock.h"
#include "mtx-fake-homeserver.h"
#include "mtx-keyring-memory.h"
#include "mtx-session.h"
#include "mtx-sync-loop.h"
#include "mtx-test.h"
#include "sup-feed-private.h"

#include <string.h>

#define PROVIDER_KEY "0123456789abcdef0123456789abcdef"
#define PROVIDER     "@provider:" MTX_FAKE_SERVER_NAME
#define ALIAS        "#news:" MTX_FAKE_SERVER_NAME
#define PATIENCE_MS  20000
#define POLL_MS      (2 * 60 * 1000)

typedef struct
{
  MtxFakeHomeserver *server;
  MtxKeyring        *keyring;
  char              *data_dir;
  MtxAccountHints   *hints;
  MtxSession        *session;
  SupFeed           *feed;
  char              *room_id;
  SupFeedState       wanted;
  guint              wanted_items;
  GString           *changes; /* of the list: "position-removed+added " */
} Fixture;

static void
on_items_changed (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  Fixture    *self)
{
  g_string_append_printf (self->changes, "%u-%u+%u ", position, removed, added);
}

static gboolean
is_as_wanted (gpointer data)
{
  Fixture *self = data;

  return sup_feed_get_state (self->feed) == self->wanted && g_list_model_get_n_items (G_LIST_MODEL (self->feed)) == self->wanted_items;
}

static void
wait_for (Fixture     *self,
          SupFeedState state,
          guint        n_items)
{
  g_autoptr (GError) error = NULL;

  self->wanted = state;
  self->wanted_items = n_items;
  dex_await (mtx_test_wait_until (is_as_wanted, self, PATIENCE_MS), &error);
  if (error != NULL)
    g_test_message ("state %d, %u items", sup_feed_get_state (self->feed), g_list_model_get_n_items (G_LIST_MODEL (self->feed)));
  g_assert_no_error (error);
}

/* As a client does: the account, what is stored, then the network. */
static void
fixture_open (Fixture    *self,
              const char *room)
{
  g_autoptr (GError) error = NULL;

  self->session = mtx_session_new (self->keyring, self->data_dir, PROVIDER_KEY, "Example Wallet");
  dex_await (mtx_session_open (self->session, self->hints), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_session_get_state (self->session), ==, MTX_SESSION_READY);

  self->feed = _sup_feed_new (self->session, room, NULL);
  g_signal_connect (self->feed, "items-changed", G_CALLBACK (on_items_changed), self);
  if (room == NULL)
    return;

  g_assert_cmpint (sup_feed_get_state (self->feed), ==, SUP_FEED_LOADING);
  dex_await (_sup_feed_load (self->feed), &error);
  g_assert_no_error (error);
}

static void
fixture_close (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (_sup_feed_close (self->feed), &error);
  g_assert_no_error (error);
  g_assert_finalize_object (g_steal_pointer (&self->feed));
  dex_await (mtx_session_close (self->session), &error);
  g_assert_no_error (error);
  g_assert_finalize_object (g_steal_pointer (&self->session));
  g_string_truncate (self->changes, 0);
}

static void
fixture_init (Fixture *self,
              gboolean world_readable)
{
  self->server = mtx_fake_homeserver_new ();
  self->keyring = mtx_keyring_memory_new ();
  self->data_dir = mtx_test_tmp_dir ();
  self->hints = mtx_account_hints_new (NULL, mtx_fake_homeserver_get_base_url (self->server), NULL);
  self->changes = g_string_new (NULL);
  self->room_id = mtx_fake_homeserver_create_room (self->server, PROVIDER, "news", world_readable);
  mtx_fake_clock_install ();
}

/* Whatever happened: nothing was written into any room. */
static void
fixture_clear (Fixture *self)
{
  fixture_close (self);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (self->server, NULL, "*/send/*"), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (self->server, "PUT", "*/rooms/*"), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (self->server, "POST", "*/rooms/*"), ==, 0);

  mtx_fake_clock_uninstall ();
  g_clear_object (&self->server);
  g_clear_object (&self->keyring);
  g_clear_pointer (&self->hints, mtx_account_hints_free);
  g_free (self->data_dir);
  g_free (self->room_id);
  g_string_free (self->changes, TRUE);
}

static void
send_json (Fixture    *self,
           const char *sender,
           const char *type,
           const char *state_key,
           const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  g_autofree char     *id = NULL;

  g_assert_nonnull (node);
  id = mtx_fake_homeserver_send_event (self->server, self->room_id, sender, type, state_key, json_node_get_object (node));
}

static void
say (Fixture    *self,
     const char *sender,
     const char *body)
{
  g_autofree char *json = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"%s\"}", body);

  send_json (self, sender, "m.room.message", NULL, json);
}

static void
assert_texts (Fixture    *self,
              const char *expected)
{
  g_autoptr (GString) found = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->feed)); i++)
    {
      g_autoptr (SupFeedItem) item = g_list_model_get_item (G_LIST_MODEL (self->feed), i);

      g_string_append_printf (found, "%s%s", i > 0 ? ", " : "", sup_feed_item_get_text (item));
    }

  g_assert_cmpstr (found->str, ==, expected);
}

static guint
count_feed_requests (Fixture *self)
{
  return mtx_fake_homeserver_count_requests (self->server, NULL, "*/directory/*") + mtx_fake_homeserver_count_requests (self->server, NULL, "*/rooms/*") + mtx_fake_homeserver_count_requests (self->server, NULL, "*/join/*");
}

static void
refresh (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (sup_feed_refresh (self->feed), &error);
  g_assert_no_error (error);
}

static DexFuture *
test_first_visit (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture, TRUE);
  say (&fixture, PROVIDER, "one");
  send_json (&fixture, "@provider:evil.example", "m.room.member", "@provider:evil.example",
             "{\"membership\":\"join\",\"displayname\":\"provider\"}");
  for (guint i = 0; i < 200; i++)
    say (&fixture, i % 2 == 0 ? "@provider:evil.example" : "@someone:evil.example", "Send me your recovery phrase");
  say (&fixture, PROVIDER, "two");

  fixture_open (&fixture, ALIAS);
  g_assert_cmpint (sup_feed_get_state (fixture.feed), ==, SUP_FEED_LOADING);
  g_assert_cmpuint (count_feed_requests (&fixture), ==, 0);

  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 2);
  assert_texts (&fixture, "two, one");
  g_assert_cmpuint (sup_feed_get_hidden_count (fixture.feed), ==, 200);
  g_assert_false (sup_feed_get_has_older (fixture.feed));

  /* What was there before us is not news. */
  g_assert_cmpuint (sup_feed_get_unread_count (fixture.feed), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/join/*"), ==, 0);

  fixture_clear (&fixture);

  return NULL;
}

/* The feed waits for its next turn, and nobody else for anything sooner. */
static gboolean
is_at_rest (gpointer data)
{
  return mtx_fake_clock_next () == POLL_MS;
}

static DexFuture *
test_news (gpointer data)
{
  Fixture fixture = { 0 };
  guint   n_requests;

  fixture_init (&fixture, TRUE);
  say (&fixture, PROVIDER, "one");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 1);

  /* Times are in milliseconds: the next post is a later one. */
  while (g_get_real_time () / 1000 == sup_feed_item_get_timestamp_ms (g_ptr_array_index (fixture.feed->items, 0)))
    g_thread_yield ();
  /* The connection that comes up may still have it ask once more. */
  mtx_test_wait (is_at_rest, &fixture);
  n_requests = count_feed_requests (&fixture);
  say (&fixture, PROVIDER, "two");
  mtx_fake_clock_advance (POLL_MS - 1000);
  g_assert_cmpuint (count_feed_requests (&fixture), ==, n_requests);
  mtx_fake_clock_advance (1000);
  wait_for (&fixture, SUP_FEED_READY, 2);
  assert_texts (&fixture, "two, one");
  g_assert_cmpstr (fixture.changes->str, ==, "0-0+1 0-0+1 ");
  g_assert_cmpuint (sup_feed_get_unread_count (fixture.feed), ==, 1);

  /* Not read is still not read after a restart. */
  fixture_close (&fixture);
  fixture_open (&fixture, ALIAS);
  g_assert_cmpint (sup_feed_get_state (fixture.feed), ==, SUP_FEED_CACHED);
  g_assert_cmpuint (sup_feed_get_unread_count (fixture.feed), ==, 1);
  sup_feed_mark_read (fixture.feed);
  g_assert_cmpuint (sup_feed_get_unread_count (fixture.feed), ==, 0);

  fixture_close (&fixture);
  fixture_open (&fixture, ALIAS);
  g_assert_cmpuint (sup_feed_get_unread_count (fixture.feed), ==, 0);

  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_offline (gpointer data)
{
  Fixture            fixture = { 0 };
  MtxFakeFault       fault = { .status = 500 };
  guint              n_requests;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, TRUE);
  say (&fixture, PROVIDER, "one");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 1);
  fixture_close (&fixture);

  mtx_fake_homeserver_fault (fixture.server, NULL, "*", &fault);
  say (&fixture, PROVIDER, "two");
  n_requests = count_feed_requests (&fixture);
  fixture_open (&fixture, ALIAS);
  g_assert_cmpint (sup_feed_get_state (fixture.feed), ==, SUP_FEED_CACHED);
  assert_texts (&fixture, "one");
  g_assert_cmpuint (count_feed_requests (&fixture), ==, n_requests);

  _sup_feed_start (fixture.feed);
  g_assert_false (dex_await (sup_feed_refresh (fixture.feed), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  wait_for (&fixture, SUP_FEED_CACHED, 1);

  mtx_fake_homeserver_clear_faults (fixture.server);
  refresh (&fixture);
  wait_for (&fixture, SUP_FEED_READY, 2);
  assert_texts (&fixture, "two, one");

  fixture_clear (&fixture);

  return NULL;
}

static gboolean
advance_until_ready (gpointer data)
{
  Fixture *self = data;

  mtx_fake_clock_advance (1000);

  return sup_feed_get_state (self->feed) == SUP_FEED_READY;
}

static DexFuture *
test_unreachable (gpointer data)
{
  Fixture      fixture = { 0 };
  MtxFakeFault fault = { .status = 502 };

  fixture_init (&fixture, TRUE);
  say (&fixture, PROVIDER, "one");
  fixture_open (&fixture, ALIAS);
  mtx_fake_homeserver_fault (fixture.server, NULL, "*/directory/*", &fault);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_UNREACHABLE, 0);

  /* It comes back by itself. */
  mtx_fake_homeserver_clear_faults (fixture.server);
  mtx_test_wait (advance_until_ready, &fixture);
  wait_for (&fixture, SUP_FEED_READY, 1);

  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_not_public (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, FALSE);
  say (&fixture, PROVIDER, "one");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_NOT_PUBLIC, 0);

  g_assert_false (dex_await (sup_feed_refresh (fixture.feed), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);
  g_assert_cmpint (sup_feed_get_state (fixture.feed), ==, SUP_FEED_NOT_PUBLIC);

  /* The provider opens the room, the person tries again. */
  send_json (&fixture, PROVIDER, "m.room.join_rules", "", "{\"join_rule\":\"public\"}");
  refresh (&fixture);
  wait_for (&fixture, SUP_FEED_READY, 1);

  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_nowhere (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture, TRUE);
  fixture_open (&fixture, "#nowhere:" MTX_FAKE_SERVER_NAME);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_NOT_PUBLIC, 0);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_joined (gpointer data)
{
  Fixture fixture = { 0 };
  guint   n_requests;

  fixture_init (&fixture, FALSE);
  send_json (&fixture, PROVIDER, "m.room.join_rules", "", "{\"join_rule\":\"public\"}");
  say (&fixture, PROVIDER, "one");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/join/*"), ==, 1);

  /* From now on sync tells, without a poll. */
  n_requests = count_feed_requests (&fixture);
  say (&fixture, PROVIDER, "two");
  wait_for (&fixture, SUP_FEED_READY, 2);
  assert_texts (&fixture, "two, one");
  g_assert_cmpuint (count_feed_requests (&fixture), ==, n_requests);

  fixture_close (&fixture);
  fixture_open (&fixture, ALIAS);
  assert_texts (&fixture, "two, one");

  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_not_set_up (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, TRUE);
  fixture_open (&fixture, NULL);
  g_assert_cmpint (sup_feed_get_state (fixture.feed), ==, SUP_FEED_NOT_SET_UP);
  g_assert_false (dex_await (sup_feed_refresh (fixture.feed), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (dex_await (sup_feed_load_older (fixture.feed), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);
  sup_feed_mark_read (fixture.feed);
  fixture_clear (&fixture);

  return NULL;
}

/* A provider that names another room was consented to anew; its posts and not the old ones are shown. */
static DexFuture *
test_other_alias (gpointer data)
{
  Fixture          fixture = { 0 };
  g_autofree char *other = NULL;

  fixture_init (&fixture, TRUE);
  say (&fixture, PROVIDER, "one");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 1);
  fixture_close (&fixture);

  other = mtx_fake_homeserver_create_room (fixture.server, PROVIDER, "other", TRUE);
  fixture_open (&fixture, "#other:" MTX_FAKE_SERVER_NAME);
  g_assert_cmpint (sup_feed_get_state (fixture.feed), ==, SUP_FEED_LOADING);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 0);

  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_older (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, TRUE);
  for (guint i = 0; i < 130; i++)
    say (&fixture, PROVIDER, "post");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 100);
  g_assert_true (sup_feed_get_has_older (fixture.feed));

  dex_await (sup_feed_load_older (fixture.feed), &error);
  g_assert_no_error (error);
  wait_for (&fixture, SUP_FEED_READY, 130);
  g_assert_false (sup_feed_get_has_older (fixture.feed));
  g_assert_cmpuint (sup_feed_get_unread_count (fixture.feed), ==, 0);
  g_assert_cmpstr (fixture.changes->str, ==, "0-0+100 100-0+30 ");

  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_power_lost (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture, TRUE);
  send_json (&fixture, PROVIDER, "m.room.power_levels", "",
             "{\"users\":{\"" PROVIDER "\":100,\"@helper:b.example\":50},\"redact\":50}");
  say (&fixture, PROVIDER, "one");
  say (&fixture, "@helper:b.example", "two");
  say (&fixture, PROVIDER, "three");
  fixture_open (&fixture, ALIAS);
  _sup_feed_start (fixture.feed);
  wait_for (&fixture, SUP_FEED_READY, 3);

  /* Only what goes leaves the list. */
  send_json (&fixture, PROVIDER, "m.room.power_levels", "", "{\"users\":{\"" PROVIDER "\":100},\"redact\":50}");
  refresh (&fixture);
  assert_texts (&fixture, "three, one");
  g_assert_cmpstr (fixture.changes->str, ==, "0-0+3 1-1+0 ");
  g_assert_cmpuint (sup_feed_get_hidden_count (fixture.feed), ==, 1);

  fixture_clear (&fixture);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/sup-feed/first-visit", test_first_visit);
  mtx_test_add_fiber ("/sup-feed/news", test_news);
  mtx_test_add_fiber ("/sup-feed/offline", test_offline);
  mtx_test_add_fiber ("/sup-feed/unreachable", test_unreachable);
  mtx_test_add_fiber ("/sup-feed/not-public", test_not_public);
  mtx_test_add_fiber ("/sup-feed/nowhere", test_nowhere);
  mtx_test_add_fiber ("/sup-feed/joined", test_joined);
  mtx_test_add_fiber ("/sup-feed/not-set-up", test_not_set_up);
  mtx_test_add_fiber ("/sup-feed/other-alias", test_other_alias);
  mtx_test_add_fiber ("/sup-feed/older", test_older);
  mtx_test_add_fiber ("/sup-feed/power-lost", test_power_lost);

  return g_test_run ();
}
