/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A session's whole life: made, killed at every point and found again, closed, reopened without a network,
 * logged out softly and for good, with a keyring in every state.
 */
#include "mtx-db.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-room-list.h"
#include "mtx-sync-loop.h"
#include "session-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

static DexFuture *
test_first_life (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture);
  open_session (&fixture);
  g_assert_cmpstr (fixture.states->str, ==, "opening cached registering bootstrapping ready ");
  assert_one_good_account (&fixture);
  g_assert_nonnull (mtx_session_get_rooms (fixture.session));
  g_assert_nonnull (mtx_session_get_encryption (fixture.session));

  /* The order of protocol.md M14, and no room before. */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/register"), ==, 1);
  g_assert_cmpstr (mtx_fake_homeserver_get_request (fixture.server, "POST", "*", 0)->path, ==, "/_matrix/client/v3/register");
  g_assert_cmpstr (mtx_fake_homeserver_get_request (fixture.server, "POST", "*", 1)->path, ==, "/_matrix/client/v3/keys/device_signing/upload");
  g_assert_cmpstr (mtx_fake_homeserver_get_request (fixture.server, "POST", "*", 2)->path, ==, "/_matrix/client/v3/keys/upload");
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_second_life (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autofree char   *user_id = NULL;
  g_autofree char   *store = NULL;
  g_autofree char   *bytes = NULL;
  gsize              length = 0;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  close_session (&fixture);

  /* Nobody can read in the file who has not the key. */
  store = g_build_filename (fixture.data_dir, PROVIDER, "store.db", NULL);
  g_file_get_contents (store, &bytes, &length, &error);
  g_assert_no_error (error);
  g_assert_null (memmem (bytes, length, user_id, strlen (user_id)));
  g_assert_null (memmem (bytes, length, "syt_access_", strlen ("syt_access_")));

  /* Without a network everything is there; the same session object or a new one. */
  for (guint i = 0; i < 2; i++)
    {
      const MtxFakeFault unreachable = { .drop = MTX_FAKE_DROP_BEFORE };

      mtx_fake_homeserver_fault (fixture.server, NULL, "*", &unreachable);
      if (i == 1)
        new_session (&fixture);
      g_string_truncate (fixture.states, 0);
      open_session (&fixture);
      g_assert_cmpstr (fixture.states->str, ==, "opening cached ready ");
      g_assert_cmpstr (mtx_session_get_user_id (fixture.session), ==, user_id);
      close_session (&fixture);
    }
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/register"), ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_restore_only (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture);
  g_clear_pointer (&fixture.hints, mtx_account_hints_free);
  open_fails (&fixture, MTX_ERROR_NOT_FOUND, MTX_SESSION_FAILED);
  g_assert_cmpuint (mtx_fake_homeserver_get_log (fixture.server)->len, ==, 0);
  fixture_clear (&fixture);

  return NULL;
}

typedef struct
{
  Fixture *fixture;
  guint    wanted;
} RequestCount;

static gboolean
has_requests (gpointer data)
{
  RequestCount *count = data;

  return mtx_fake_homeserver_count_requests (count->fixture->server, "POST", "*") >= count->wanted;
}

/* The connection breaks at one request after the other, before or after the server did its work; then the
 * process ends. The next life goes on, and there is one account with one set of keys in the end. */
static DexFuture *
test_threat_095_killed (gpointer data)
{
  const MtxFakeDrop drops[] = { MTX_FAKE_DROP_BEFORE, MTX_FAKE_DROP_AFTER };

  for (guint i = 0; i < 8; i++)
    {
      Fixture            fixture = { 0 };
      const MtxFakeFault broken = { .skip = i / 2, .drop = drops[i % 2] };
      g_autoptr (GError) error = NULL;

      g_test_message ("request %u, case %u", i / 2, i % 2);

      fixture_init (&fixture);
      mtx_fake_homeserver_fault (fixture.server, "POST", "*", &broken);
      dex_await (mtx_session_open (fixture.session, fixture.hints), &error);
      close_session (&fixture);

      mtx_fake_homeserver_clear_faults (fixture.server);
      new_session (&fixture);
      open_session (&fixture);
      assert_one_good_account (&fixture);
      fixture_clear (&fixture);
    }

  return NULL;
}

/* The process ends while the server is thinking: nobody hears the answer. */
static DexFuture *
test_threat_095_killed_waiting (gpointer data)
{
  for (guint i = 1; i <= 3; i++)
    {
      Fixture               fixture = { 0 };
      const MtxFakeFault    slow = { .skip = i - 1, .delay_ms = 60 * 1000 };
      RequestCount          count = { &fixture, i };
      g_autoptr (GError)    error = NULL;
      g_autoptr (DexFuture) opening = NULL;

      g_test_message ("request %u", i);
      fixture_init (&fixture);
      mtx_fake_homeserver_fault (fixture.server, "POST", "*", &slow);
      opening = mtx_session_open (fixture.session, fixture.hints);
      mtx_test_wait (has_requests, &count);
      close_session (&fixture);
      g_assert_false (dex_await (g_steal_pointer (&opening), &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);
      g_clear_error (&error);

      mtx_fake_homeserver_clear_faults (fixture.server);
      new_session (&fixture);
      open_session (&fixture);
      assert_one_good_account (&fixture);
      fixture_clear (&fixture);
    }

  return NULL;
}

/* Killed before the store exists: the secrets that were made are used. */
static DexFuture *
test_threat_095_killed_before_store (gpointer data)
{
  Fixture          fixture = { 0 };
  g_autofree char *folder = NULL;
  g_autofree char *blocker = NULL;

  fixture_init (&fixture);
  folder = g_build_filename (fixture.data_dir, PROVIDER, NULL);
  blocker = g_build_filename (folder, "store.db", NULL);
  g_mkdir_with_parents (blocker, 0700); /* no database can be made here */
  g_assert_false (dex_await (mtx_session_open (fixture.session, fixture.hints), NULL));
  close_session (&fixture);
  g_rmdir (blocker);

  open_session (&fixture);
  assert_one_good_account (&fixture);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_threat_103_keyring (gpointer data)
{
  const struct
  {
    MtxKeyringMemoryState keyring;
    MtxError              code;
    MtxSessionState       state;
  } cases[] = {
    { MTX_KEYRING_MEMORY_LOCKED, MTX_ERROR_LOCKED, MTX_SESSION_KEYRING_LOCKED },
    { MTX_KEYRING_MEMORY_ABSENT, MTX_ERROR_ABSENT, MTX_SESSION_KEYRING_ABSENT },
    { MTX_KEYRING_MEMORY_WRONG_SECRET, MTX_ERROR_WRONG_SECRET, MTX_SESSION_WRONG_SECRET },
  };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      Fixture  fixture = { 0 };
      gboolean existed = i % 2 == 1;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      fixture_init (&fixture);
      if (existed)
        {
          open_session (&fixture);
          close_session (&fixture);
        }
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (fixture.keyring), cases[i / 2].keyring);
      open_fails (&fixture, cases[i / 2].code, cases[i / 2].state);
      g_assert_cmpuint (mtx_fake_homeserver_count_users (fixture.server), ==, existed ? 1 : 0);

      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (fixture.keyring), MTX_KEYRING_MEMORY_AVAILABLE);
      open_session (&fixture);
      assert_one_good_account (&fixture);
      fixture_clear (&fixture);
    }

  return NULL;
}

static DexFuture *
test_unlock (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (fixture.keyring), MTX_KEYRING_MEMORY_LOCKED);
  open_fails (&fixture, MTX_ERROR_LOCKED, MTX_SESSION_KEYRING_LOCKED);
  dex_await (mtx_session_unlock_keyring (fixture.session), &error);
  g_assert_no_error (error);
  open_session (&fixture);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_threat_103_lost_parts (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autofree char   *folder = NULL;
  g_autofree char   *aside = NULL;
  g_autoptr (GError) error = NULL;
  MtxKeyring        *other = mtx_keyring_memory_new ();
  MtxKeyring        *own = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  close_session (&fixture);

  /* Another keyring: there is a store, and no key for it. */
  own = fixture.keyring;
  fixture.keyring = other;
  new_session (&fixture);
  open_fails (&fixture, MTX_ERROR_WRONG_SECRET, MTX_SESSION_WRONG_SECRET);
  g_assert_false (dex_await (mtx_keyring_load (other, PROVIDER, "store-key"), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* Another folder: there are keys, and no store for them. */
  fixture.keyring = own;
  folder = g_build_filename (fixture.data_dir, PROVIDER, NULL);
  aside = g_build_filename (fixture.data_dir, "aside", NULL);
  g_assert_cmpint (g_rename (folder, aside), ==, 0);
  new_session (&fixture);
  open_fails (&fixture, MTX_ERROR_DAMAGED, MTX_SESSION_DAMAGED);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));

  /* Both are back. */
  g_assert_cmpint (g_rename (aside, folder), ==, 0);
  new_session (&fixture);
  open_session (&fixture);
  assert_one_good_account (&fixture);
  fixture_clear (&fixture);
  g_object_unref (other);

  return NULL;
}

static DexFuture *
test_threat_102_second_process (gpointer data)
{
  Fixture                fixture = { 0 };
  g_autoptr (MtxSession) second = NULL;
  g_autoptr (GError)     error = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  second = mtx_session_new (fixture.keyring, fixture.data_dir, PROVIDER, NULL);
  g_assert_false (dex_await (mtx_session_open (second, fixture.hints), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BUSY);
  g_assert_cmpint (mtx_session_get_state (second), ==, MTX_SESSION_BUSY);
  g_clear_error (&error);
  dex_await (mtx_session_close (second), &error);
  g_assert_no_error (error);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_refused (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture);
  mtx_fake_homeserver_set_flows (fixture.server, "");
  open_fails (&fixture, MTX_ERROR_REFUSED, MTX_SESSION_FAILED);
  g_assert_nonnull (mtx_session_get_db (fixture.session));

  /* The operator opens the door; nothing else has to be done anew. */
  mtx_fake_homeserver_set_flows (fixture.server, "m.login.dummy");
  open_session (&fixture);
  assert_one_good_account (&fixture);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_rate_limited (gpointer data)
{
  Fixture            fixture = { 0 };
  const MtxFakeFault limit = { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after = "3", .times = 1 };

  fixture_init (&fixture);
  mtx_fake_homeserver_fault (fixture.server, "POST", "*/register", &limit);
  open_fails (&fixture, MTX_ERROR_RETRY_LATER, MTX_SESSION_FAILED);
  g_assert_cmpint (mtx_error_get_retry_after_ms (mtx_session_get_error (fixture.session)), ==, 3000);
  open_session (&fixture);
  g_assert_null (mtx_session_get_error (fixture.session));
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
accept_terms (GPtrArray *policies,
              gpointer   data)
{
  guint *asked = data;

  (*asked)++;

  return dex_future_new_for_boolean (policies->len == 1);
}

/* What the provider gave us, and what only the person can give; after a kill neither is asked for twice. */
static DexFuture *
test_token_and_terms (gpointer data)
{
  Fixture            fixture = { 0 };
  const MtxFakeFault lost = { .skip = 2, .drop = MTX_FAKE_DROP_AFTER, .times = 1 };
  guint              asked = 0;

  fixture_init (&fixture);
  mtx_fake_homeserver_set_flows (fixture.server, "m.login.registration_token m.login.terms");
  mtx_fake_homeserver_set_registration_token (fixture.server, "let-me-in");
  g_clear_pointer (&fixture.hints, mtx_account_hints_free);
  fixture.hints = mtx_account_hints_new (NULL, mtx_fake_homeserver_get_base_url (fixture.server), "let-me-in");
  mtx_session_set_terms_func (fixture.session, accept_terms, &asked, NULL);
  mtx_fake_homeserver_fault (fixture.server, "POST", "*/register", &lost);
  open_fails (&fixture, MTX_ERROR_RETRY_LATER, MTX_SESSION_FAILED);
  g_assert_cmpuint (asked, ==, 1);
  close_session (&fixture);

  /* Opened again by the name of its folder alone. */
  g_clear_pointer (&fixture.hints, mtx_account_hints_free);
  new_session (&fixture);
  open_session (&fixture);
  g_assert_cmpuint (asked, ==, 1);
  assert_one_good_account (&fixture);
  fixture_clear (&fixture);

  return NULL;
}

static gboolean
is_ready (gpointer data)
{
  return mtx_session_get_state (data) == MTX_SESSION_READY;
}

static gboolean
is_logged_out (gpointer data)
{
  return mtx_session_get_state (data) == MTX_SESSION_LOGGED_OUT;
}

static gboolean
is_ready_again (gpointer data)
{
  Fixture *self = data;

  return self->states->len > 0 && is_ready (self->session);
}

/* All tokens die, those to refresh with as well. */
static void
expire_all (Fixture *self,
            gboolean soft)
{
  mtx_fake_homeserver_expire_token (self->server, NULL, soft);
  for (guint i = 1; i < 100; i++)
    {
      g_autofree char *refresh = g_strdup_printf ("syr_refresh_%u", i);

      mtx_fake_homeserver_expire_token (self->server, refresh, soft);
    }
}

static DexFuture *
test_soft_logout (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char   *user_id = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  dex_await (mtx_sync_loop_when_synced (mtx_session_get_sync_loop (fixture.session)), &error);
  g_assert_no_error (error);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  g_string_truncate (fixture.states, 0);

  expire_all (&fixture, TRUE);
  {
    g_autoptr (MtxRequest) request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);

    g_assert_false (dex_await (mtx_http_send (mtx_session_get_http (fixture.session), request), &error));
    g_assert_error (error, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT);
    g_clear_error (&error);
  }
  mtx_test_wait (is_ready_again, &fixture);
  g_assert_cmpstr (fixture.states->str, ==, "soft-logged-out ready ");
  g_assert_cmpstr (mtx_session_get_user_id (fixture.session), ==, user_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/login"), ==, 1);
  assert_one_good_account (&fixture);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_hard_logout (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  expire_all (&fixture, FALSE);
  {
    g_autoptr (MtxRequest) request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);

    g_assert_false (dex_await (mtx_http_send (mtx_session_get_http (fixture.session), request), &error));
    g_clear_error (&error);
  }
  mtx_test_wait (is_logged_out, fixture.session);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/login"), ==, 0);
  g_assert_nonnull (mtx_session_get_rooms (fixture.session));
  fixture_clear (&fixture);

  return NULL;
}

/* Sequential requests until a room may be made, without what runs beside (plan: at most three). */
static DexFuture *
test_round_trips (gpointer data)
{
  Fixture fixture = { 0 };
  gint64  start = 0;
  gint64  latency_ms = 100;

  fixture_init (&fixture);
  mtx_fake_homeserver_set_latency (fixture.server, (guint)latency_ms);
  start = g_get_monotonic_time ();
  open_session (&fixture);
  g_test_message ("%.1f round trips", (double)(g_get_monotonic_time () - start) / 1000.0 / (double)latency_ms);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/register")
                        + mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/keys/device_signing/upload")
                        + mtx_fake_homeserver_count_requests (fixture.server, "POST", "*/keys/upload"),
                    ==, 3);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "GET", "*/versions"), ==, 0);
  mtx_fake_homeserver_set_latency (fixture.server, 0);
  fixture_clear (&fixture);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/session/first-life", test_first_life);
  mtx_test_add_fiber ("/session/second-life", test_second_life);
  mtx_test_add_fiber ("/session/restore-only", test_restore_only);
  mtx_test_add_fiber ("/session/threat-095-killed", test_threat_095_killed);
  mtx_test_add_fiber ("/session/threat-095-killed-waiting", test_threat_095_killed_waiting);
  mtx_test_add_fiber ("/session/threat-095-killed-before-store", test_threat_095_killed_before_store);
  mtx_test_add_fiber ("/session/threat-103-keyring", test_threat_103_keyring);
  mtx_test_add_fiber ("/session/unlock", test_unlock);
  mtx_test_add_fiber ("/session/threat-103-lost-parts", test_threat_103_lost_parts);
  mtx_test_add_fiber ("/session/threat-102-second-process", test_threat_102_second_process);
  mtx_test_add_fiber ("/session/refused", test_refused);
  mtx_test_add_fiber ("/session/rate-limited", test_rate_limited);
  mtx_test_add_fiber ("/session/token-and-terms", test_token_and_terms);
  mtx_test_add_fiber ("/session/soft-logout", test_soft_logout);
  mtx_test_add_fiber ("/session/hard-logout", test_hard_logout);
  mtx_test_add_fiber ("/session/round-trips", test_round_trips);

  return g_test_run ();
}
