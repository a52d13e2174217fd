/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging in with the browser, against an authorization server that checks what it is told: addresses, PKCE,
 * rotation of refresh tokens. The person's browser is played by the test.
 */
#include "mtx-error.h"
#include "mtx-fake-oauth.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-oauth.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define DEVICE "WALLETDEVICE"
#define WORDS  "Back to <the app>"

typedef struct
{
  MtxFakeHomeserver *server;
  MtxHttp           *http;
  MtxFakeOAuth       oauth;
} Fixture;

static void
fixture_init (Fixture     *self,
              MtxFakeVisit visit)
{
  g_autoptr (GError) error = NULL;

  self->server = mtx_fake_homeserver_new ();
  self->http = mtx_http_new (mtx_fake_homeserver_get_base_url (self->server), &error);
  g_assert_no_error (error);
  mtx_fake_oauth_init (&self->oauth, self->server, "me");
  self->oauth.visit = visit;
}

static void
fixture_clear (Fixture *self)
{
  mtx_fake_oauth_clear (&self->oauth);
  g_clear_object (&self->http);
  g_clear_object (&self->server);
}

static MtxAccount *
log_in (Fixture        *self,
        MtxOAuthPurpose purpose,
        GError        **error)
{
  return dex_await_boxed (mtx_oauth_log_in (self->http, DEVICE, purpose, WORDS, mtx_fake_oauth_open_browser, &self->oauth, NULL), error);
}

static DexFuture *
test_log_in (gpointer data)
{
  Fixture                fixture = { 0 };
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxAccount) account = NULL;
  g_autoptr (MtxRequest) request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);
  g_autoptr (MtxReply)   reply = NULL;

  fixture_init (&fixture, MTX_FAKE_VISIT_HONEST);
  account = log_in (&fixture, MTX_OAUTH_REGISTER, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (account->user_id, ==, "@me:fake.example");
  g_assert_cmpstr (account->device_id, ==, DEVICE);
  dex_await (g_steal_pointer (&fixture.oauth.browsing), &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (fixture.oauth.parting, "Back to &lt;the app&gt;"));
  g_assert_null (strstr (fixture.oauth.parting, "<the app>"));
  g_assert_cmpstr (g_uri_get_path (fixture.oauth.page), ==, "/authorize");
  g_assert_cmpstr (g_hash_table_lookup (fixture.oauth.query, "prompt"), ==, "create");
  g_assert_cmpstr (g_hash_table_lookup (fixture.oauth.query, "scope"), ==, "urn:matrix:client:api:* urn:matrix:client:device:" DEVICE);
  g_assert_cmpstr (g_hash_table_lookup (fixture.oauth.query, "code_challenge_method"), ==, "S256");
  g_assert_null (g_hash_table_lookup (fixture.oauth.query, "code_verifier"));

  /* The access token dies after minutes; the authorization server renews it, and each refresh token works once. */
  mtx_http_set_tokens (fixture.http, account->tokens);
  for (guint grants = 2; grants <= 3; grants++)
    {
      mtx_fake_homeserver_expire_token (fixture.server, NULL, TRUE);
      g_clear_pointer (&reply, mtx_reply_unref);
      reply = dex_await_boxed (mtx_http_send (fixture.http, request), &error);
      g_assert_no_error (error);
      g_assert_cmpuint (fixture.oauth.grants, ==, grants);
    }

  dex_await (mtx_oauth_revoke (mtx_tokens_get_client (account->tokens), account->tokens), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "/oauth2/revoke"), ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static void
count_lost (MtxHttp *http,
            int      code,
            guint   *lost)
{
  g_assert_cmpint (code, ==, MTX_ERROR_LOG_IN_AGAIN);
  (*lost)++;
}

static DexFuture *
test_session_ended_there (gpointer data)
{
  Fixture                fixture = { 0 };
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxAccount) account = NULL;
  g_autoptr (MtxRequest) request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);
  guint                  lost = 0;

  fixture_init (&fixture, MTX_FAKE_VISIT_HONEST);
  account = log_in (&fixture, MTX_OAUTH_LOG_IN, &error);
  g_assert_no_error (error);
  g_assert_null (g_hash_table_lookup (fixture.oauth.query, "prompt"));
  mtx_http_set_tokens (fixture.http, account->tokens);
  g_signal_connect (fixture.http, "session-lost", G_CALLBACK (count_lost), &lost);

  g_free (fixture.oauth.refresh);
  fixture.oauth.refresh = g_strdup ("revoked on the account page");
  mtx_fake_homeserver_expire_token (fixture.server, NULL, TRUE);
  g_assert_null (dex_await_boxed (mtx_http_send (fixture.http, request), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN);
  g_assert_cmpuint (lost, ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_foreign_visits (gpointer data)
{
  Fixture                fixture = { 0 };
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxAccount) account = NULL;

  fixture_init (&fixture, MTX_FAKE_VISIT_WRONG_STATE_FIRST);
  account = log_in (&fixture, MTX_OAUTH_LOG_IN, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture.oauth.strangers_refused, ==, 2);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "/oauth2/token"), ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_other_issuer (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, MTX_FAKE_VISIT_OTHER_ISSUER);
  g_assert_null (log_in (&fixture, MTX_OAUTH_LOG_IN, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "/oauth2/token"), ==, 0);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_denied (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, MTX_FAKE_VISIT_DENIED);
  g_assert_null (log_in (&fixture, MTX_OAUTH_LOG_IN, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);
  fixture_clear (&fixture);

  return NULL;
}

static gboolean
is_revoked (gpointer data)
{
  Fixture *self = data;

  return mtx_fake_homeserver_count_requests (self->server, "POST", "/oauth2/revoke") > 0;
}

/* Keys would be bound to a device that is not ours; the tokens are given back. */
static DexFuture *
test_other_device (gpointer data)
{
  Fixture            fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture, MTX_FAKE_VISIT_HONEST);
  fixture.oauth.device_id = "SOMETHINGELSE";
  g_assert_null (log_in (&fixture, MTX_OAUTH_LOG_IN, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
  mtx_test_wait (is_revoked, &fixture);
  fixture_clear (&fixture);

  return NULL;
}

static gboolean
answer_weak_metadata (const MtxFakeRequest *request,
                      MtxFakeAnswer        *answer,
                      gpointer              json)
{
  mtx_fake_answer_json (answer, 200, json);

  return TRUE;
}

#define ADDRESSES "\"issuer\":\"https://a.example/\",\"authorization_endpoint\":\"https://a.example/a\","         \
                  "\"token_endpoint\":\"https://a.example/t\",\"registration_endpoint\":\"https://a.example/r\"," \
                  "\"revocation_endpoint\":\"https://a.example/v\",\"response_types_supported\":[\"code\"]"

static DexFuture *
test_unusable_servers (gpointer data)
{
  static const struct
  {
    const char *json;
    MtxError    code;
  } rows[] = {
    { "{}", MTX_ERROR_BAD_REPLY },
    { "{" ADDRESSES "}", MTX_ERROR_UNSUPPORTED },
    { "{" ADDRESSES ",\"grant_types_supported\":[\"refresh_token\"],\"code_challenge_methods_supported\":[\"S256\"]}", MTX_ERROR_UNSUPPORTED },
    { "{" ADDRESSES ",\"grant_types_supported\":[\"authorization_code\",\"refresh_token\"],"
      "\"code_challenge_methods_supported\":[\"plain\"]}",
      MTX_ERROR_UNSUPPORTED },
    { "{\"issuer\":\"https://a.example/\",\"authorization_endpoint\":\"http://a.example/a\","
      "\"token_endpoint\":\"https://a.example/t\",\"revocation_endpoint\":\"https://a.example/v\"}",
      MTX_ERROR_BAD_REPLY },
    { "{\"issuer\":\"https://a.example/\",\"authorization_endpoint\":\"https://a.example/a?client_id=evil\","
      "\"token_endpoint\":\"https://a.example/t\",\"revocation_endpoint\":\"https://a.example/v\"}",
      MTX_ERROR_BAD_REPLY },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture            fixture = { 0 };
      g_autoptr (GError) error = NULL;

      fixture_init (&fixture, MTX_FAKE_VISIT_HONEST);
      mtx_fake_homeserver_override (fixture.server, "GET", "*/auth_metadata", answer_weak_metadata, (gpointer)rows[i].json, NULL);
      g_assert_null (log_in (&fixture, MTX_OAUTH_LOG_IN, &error));
      g_assert_error (error, MTX_ERROR, (int)rows[i].code);
      g_assert_null (fixture.oauth.page);
      fixture_clear (&fixture);
    }

  return NULL;
}

static DexFuture *
test_no_oauth (gpointer data)
{
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = mtx_http_new (mtx_fake_homeserver_get_base_url (server), &error);

  g_assert_null (dex_await_boxed (mtx_oauth_server_discover (http), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED);

  return NULL;
}

static DexFuture *
test_client_text (gpointer data)
{
  g_autoptr (MtxOAuthClient) client = mtx_oauth_client_new ("id \"1\"", "https://a.example/t", "https://a.example/v");
  g_autofree char           *text = mtx_oauth_client_to_text (client);
  g_autoptr (MtxOAuthClient) again = mtx_oauth_client_new_from_text (text);

  g_assert_cmpstr (again->client_id, ==, client->client_id);
  g_assert_cmpstr (again->token_endpoint, ==, client->token_endpoint);
  g_assert_cmpstr (again->revocation_endpoint, ==, client->revocation_endpoint);
  g_assert_null (mtx_oauth_client_new_from_text ("{\"client_id\":\"1\",\"token_endpoint\":\"http://a.example/t\","
                                                 "\"revocation_endpoint\":\"https://a.example/v\"}"));
  g_assert_null (mtx_oauth_client_new_from_text ("[]"));

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/oauth/log-in", test_log_in);
  mtx_test_add_fiber ("/oauth/session-ended-there", test_session_ended_there);
  mtx_test_add_fiber ("/oauth/foreign-visits", test_foreign_visits);
  mtx_test_add_fiber ("/oauth/other-issuer", test_other_issuer);
  mtx_test_add_fiber ("/oauth/denied", test_denied);
  mtx_test_add_fiber ("/oauth/other-device", test_other_device);
  mtx_test_add_fiber ("/oauth/unusable-servers", test_unusable_servers);
  mtx_test_add_fiber ("/oauth/no-oauth", test_no_oauth);
  mtx_test_add_fiber ("/oauth/client-text", test_client_text);

  return g_test_run ();
}
