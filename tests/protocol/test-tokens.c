/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens that die are renewed once, kept before they are used, and given up when nothing helps.
 */
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-registration.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define REFRESH "*/refresh"

/* A logged-in connection whose access token has died. */
typedef struct
{
  MtxFakeHomeserver *server;
  MtxHttp           *http;
  MtxTokens         *tokens;
  guint              saved;
  guint              lost;
  GError            *save_error;
} Fixture;

static void
count_lost (MtxHttp *http,
            int      code,
            Fixture *self)
{
  self->lost++;
}

static DexFuture *
save (MtxSecretBytes *access,
      MtxSecretBytes *refresh,
      gpointer        data)
{
  Fixture *self = data;

  self->saved++;
  if (self->save_error != NULL)
    return dex_future_new_for_error (g_error_copy (self->save_error));

  /* The new token is not in use before it is kept. */
  {
    g_autoptr (MtxSecretBytes) current = mtx_tokens_dup_access (self->tokens);

    g_assert_false (mtx_secret_bytes_equal (current, access));
  }

  return dex_future_new_true ();
}

static void
fixture_init (Fixture *self)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) password = mtx_secret_bytes_new ((const guint8 *)"pass", 4);
  g_autoptr (MtxCredentials) credentials = mtx_credentials_new ("alice", "DEVICE", password, FALSE);
  g_autoptr (MtxAccount)     account = NULL;

  self->server = mtx_fake_homeserver_new ();
  self->http = mtx_http_new (mtx_fake_homeserver_get_base_url (self->server), &error);
  g_assert_no_error (error);
  account = dex_await_boxed (mtx_registration_run (self->http, credentials, NULL, NULL, NULL, NULL), &error);
  g_assert_no_error (error);
  self->tokens = g_object_ref (account->tokens);
  mtx_tokens_set_saver (self->tokens, save, self, NULL);
  mtx_http_set_tokens (self->http, self->tokens);
  g_signal_connect (self->http, "session-lost", G_CALLBACK (count_lost), self);
  mtx_fake_homeserver_expire_token (self->server, NULL, TRUE);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_error (&self->save_error);
  g_clear_object (&self->http);
  g_assert_finalize_object (self->tokens);
  g_clear_object (&self->server);
}

static DexFuture *
whoami (Fixture *self)
{
  g_autoptr (MtxRequest) request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);

  return mtx_http_send (self->http, request);
}

static DexFuture *
test_renewed_once (gpointer data)
{
  Fixture              fixture = { 0 };
  g_autoptr (GError)   error = NULL;
  g_autoptr (MtxReply) reply = NULL;

  fixture_init (&fixture);
  dex_await (dex_future_all (whoami (&fixture), whoami (&fixture), whoami (&fixture), NULL), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", REFRESH), ==, 1);
  g_assert_cmpuint (fixture.saved, ==, 1);
  g_assert_cmpuint (fixture.lost, ==, 0);
  g_assert_null (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (fixture.server, "POST", REFRESH, 0), "Authorization"));

  /* And again with the rotated refresh token. */
  mtx_fake_homeserver_expire_token (fixture.server, NULL, TRUE);
  reply = dex_await_boxed (whoami (&fixture), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_json_get_string (mtx_reply_get_body (reply), "device_id"), ==, "DEVICE");
  g_assert_cmpuint (fixture.saved, ==, 2);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_not_kept (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  fixture.save_error = g_error_new_literal (MTX_ERROR, MTX_ERROR_FULL, "No space");
  g_assert_false (dex_await (whoami (&fixture), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_FULL);
  g_assert_cmpuint (fixture.lost, ==, 0);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_temporary_failure (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;
  const MtxFakeFault fault = { .status = 500, .times = 1 };

  fixture_init (&fixture);
  mtx_fake_homeserver_fault (fixture.server, "POST", REFRESH, &fault);
  g_assert_false (dex_await (whoami (&fixture), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_assert_cmpuint (fixture.lost, ==, 0);
  g_clear_error (&error);

  dex_await (whoami (&fixture), &error);
  g_assert_no_error (error);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_refused (gpointer data)
{
  Fixture                    fixture = { 0 };
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) refresh = NULL;
  g_autofree char           *text = NULL;
  gsize                      length = 0;
  const guint8              *bytes = NULL;

  fixture_init (&fixture);
  refresh = mtx_tokens_dup_refresh (fixture.tokens);
  bytes = mtx_secret_bytes_get (refresh, &length);
  text = g_strndup ((const char *)bytes, length);
  mtx_fake_homeserver_expire_token (fixture.server, text, TRUE);
  g_assert_false (dex_await (whoami (&fixture), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT);
  g_assert_cmpuint (fixture.lost, ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static gboolean
refresh_asked (gpointer data)
{
  return mtx_fake_homeserver_count_requests (data, "POST", REFRESH) > 0;
}

static gboolean
is_saved (gpointer data)
{
  return ((Fixture *)data)->saved > 0;
}

static DexFuture *
pass (DexFuture *future,
      gpointer   data)
{
  return dex_ref (future);
}

/* Who waits for a renewal may leave; the renewal goes on, because the old refresh token is spent. */
static DexFuture *
test_waiting_cancelled (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;
  const MtxFakeFault slow = { .delay_ms = 20 };
  DexFuture         *dependent = NULL;

  fixture_init (&fixture);
  mtx_fake_homeserver_fault (fixture.server, "POST", REFRESH, &slow);
  dependent = dex_future_finally (whoami (&fixture), pass, NULL, NULL);
  mtx_test_wait (refresh_asked, fixture.server);
  dex_clear (&dependent);
  mtx_test_wait (is_saved, &fixture);
  dex_await (whoami (&fixture), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", REFRESH), ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/tokens/renewed-once", test_renewed_once);
  mtx_test_add_fiber ("/tokens/not-kept", test_not_kept);
  mtx_test_add_fiber ("/tokens/temporary-failure", test_temporary_failure);
  mtx_test_add_fiber ("/tokens/refused", test_refused);
  mtx_test_add_fiber ("/tokens/waiting-cancelled", test_waiting_cancelled);

  return g_test_run ();
}
