/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging in with the browser, against an authorization server that checks what it is told: addresses, PKCE,
 * rotation of refresh tokens. The person's browser is played by the test.
 */
#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-fake-homeserver.h"
#include "mtx-form.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-oauth.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define DEVICE "WALLETDEVICE"
#define WORDS  "Back to <the app>"

/* What the browser brings back instead of what the server gave. */
typedef enum
{
  VISIT_HONEST,
  VISIT_WRONG_STATE_FIRST,
  VISIT_OTHER_ISSUER,
  VISIT_DENIED,
} Visit;

typedef struct
{
  MtxFakeHomeserver *server;
  MtxHttp           *http;
  GUri              *page;    /* as the browser was sent to it */
  GHashTable        *query;   /* of it */
  char              *refresh; /* the one that is valid now */
  char              *device;  /* that whoami tells */
  Visit              visit;
  guint              renewals;
  guint              strangers_refused;
  DexFuture         *browsing;
} Fixture;

static GHashTable *
form_of (const MtxFakeRequest *request)
{
  gsize            length = 0;
  const char      *data = g_bytes_get_data (request->bytes, &length);
  g_autofree char *text = g_strndup (data, length);
  GHashTable      *form = g_uri_parse_params (text, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);

  g_assert_nonnull (form);
  g_assert_cmpstr (mtx_fake_request_get_header (request, "content-type"), ==, MTX_FORM_CONTENT_TYPE);
  g_assert_null (mtx_fake_request_get_header (request, "authorization"));

  return form;
}

static gboolean
answer_metadata (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  Fixture         *self = data;
  const char      *base = mtx_fake_homeserver_get_base_url (self->server);
  g_autofree char *json = g_strdup_printf (
      "{\"issuer\":\"%s/\",\"authorization_endpoint\":\"%s/authorize\",\"token_endpoint\":\"%s/oauth2/token\","
      "\"registration_endpoint\":\"%s/oauth2/registration\",\"revocation_endpoint\":\"%s/oauth2/revoke\","
      "\"response_types_supported\":[\"code\"],\"grant_types_supported\":[\"authorization_code\",\"refresh_token\"],"
      "\"response_modes_supported\":[\"query\",\"fragment\"],\"code_challenge_methods_supported\":[\"S256\"],"
      "\"prompt_values_supported\":[\"create\"]}",
      base, base, base, base, base);

  mtx_fake_answer_json (answer, 200, json);

  return TRUE;
}

static gboolean
answer_registration (const MtxFakeRequest *request,
                     MtxFakeAnswer        *answer,
                     gpointer              data)
{
  g_assert_cmpstr (mtx_json_get_string (request->body, "application_type"), ==, "native");
  g_assert_cmpstr (mtx_json_get_string (request->body, "token_endpoint_auth_method"), ==, "none");
  g_assert_cmpstr (mtx_json_array_string (mtx_json_get_array (request->body, "redirect_uris"), 0), ==, "http://127.0.0.1/");
  mtx_fake_answer_json (answer, 201, "{\"client_id\":\"client 1\"}");

  return TRUE;
}

static void
answer_tokens (Fixture       *self,
               MtxFakeAnswer *answer)
{
  g_autofree char *json = NULL;

  self->renewals++;
  g_free (self->refresh);
  self->refresh = g_strdup_printf ("refresh-%u", self->renewals);
  json = g_strdup_printf ("{\"access_token\":\"access-%u\",\"token_type\":\"Bearer\",\"expires_in\":300,\"refresh_token\":\"%s\"}",
                          self->renewals, self->refresh);
  mtx_fake_answer_json (answer, 200, json);
}

static gboolean
answer_token (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  Fixture               *self = data;
  g_autoptr (GHashTable) form = form_of (request);
  const char            *grant = g_hash_table_lookup (form, "grant_type");

  g_assert_cmpstr (g_hash_table_lookup (form, "client_id"), ==, "client 1");
  if (g_str_equal (grant, "refresh_token") && g_strcmp0 (g_hash_table_lookup (form, "refresh_token"), self->refresh) == 0)
    answer_tokens (self, answer);
  else if (g_str_equal (grant, "authorization_code") && g_strcmp0 (g_hash_table_lookup (form, "code"), "c+o/d=e") == 0)
    {
      const char         *verifier = g_hash_table_lookup (form, "code_verifier");
      g_autofree char    *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, verifier, -1);
      g_autoptr (GBytes)  challenge = mtx_base64_decode (g_hash_table_lookup (self->query, "code_challenge"), MTX_BASE64_URL, NULL);
      g_autoptr (GString) hex = g_string_new (NULL);

      for (gsize i = 0; i < g_bytes_get_size (challenge); i++)
        g_string_append_printf (hex, "%02x", ((const guint8 *)g_bytes_get_data (challenge, NULL))[i]);
      g_assert_cmpuint (strlen (verifier), >=, 43);
      g_assert_cmpstr (hex->str, ==, digest);
      g_assert_cmpstr (g_hash_table_lookup (form, "redirect_uri"), ==, g_hash_table_lookup (self->query, "redirect_uri"));
      answer_tokens (self, answer);
    }
  else
    mtx_fake_answer_json (answer, 400, "{\"error\":\"invalid_grant\"}");

  return TRUE;
}

static gboolean
answer_revoke (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  Fixture               *self = data;
  g_autoptr (GHashTable) form = form_of (request);

  g_assert_cmpstr (g_hash_table_lookup (form, "token"), ==, self->refresh);
  g_assert_cmpstr (g_hash_table_lookup (form, "token_type_hint"), ==, "refresh_token");
  answer->status = 200;
  answer->bytes = g_bytes_new_static ("", 0);
  answer->content_type = g_strdup ("text/plain");

  return TRUE;
}

static gboolean
answer_whoami (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  Fixture         *self = data;
  g_autofree char *expected = g_strdup_printf ("Bearer access-%u", self->renewals);
  g_autofree char *json = g_strdup_printf ("{\"user_id\":\"@me:fake.example\",\"device_id\":\"%s\"}", self->device);

  if (g_strcmp0 (mtx_fake_request_get_header (request, "authorization"), expected) == 0)
    mtx_fake_answer_json (answer, 200, json);
  else
    mtx_fake_answer_json (answer, 401, "{\"errcode\":\"M_UNKNOWN_TOKEN\",\"error\":\"\",\"soft_logout\":true}");

  return TRUE;
}

/* In a fiber: a browser goes to @query at our own door. Returns the status and what it says. */
static guint
visit (Fixture    *self,
       const char *name,
       const char *value,
       const char *state,
       char      **page)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxHttp)    http = mtx_http_new (g_hash_table_lookup (self->query, "redirect_uri"), &error);
  g_autoptr (MtxRequest) request = mtx_request_new ("GET /", NULL);
  g_autoptr (MtxReply)   reply = NULL;

  mtx_request_add_query (request, name, value);
  mtx_request_add_query (request, "state", state);
  if (self->visit == VISIT_OTHER_ISSUER)
    mtx_request_add_query (request, "iss", "https://evil.example/");
  mtx_request_set_flags (request, MTX_REQUEST_RAW_REPLY);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  if (reply == NULL)
    return 0;
  *page = g_strndup (g_bytes_get_data (mtx_reply_get_bytes (reply), NULL), g_bytes_get_size (mtx_reply_get_bytes (reply)));

  return mtx_reply_get_status (reply);
}

static DexFuture *
browse (gpointer data)
{
  Fixture         *self = data;
  const char      *state = g_hash_table_lookup (self->query, "state");
  g_autofree char *page = NULL;

  if (self->visit == VISIT_WRONG_STATE_FIRST)
    {
      self->strangers_refused += visit (self, "code", "stolen", "0123456789abcdef0123456789abcdef", &page) == 0;
      self->strangers_refused += visit (self, "code", "stolen", "", &page) == 0;
    }
  if (self->visit == VISIT_DENIED)
    visit (self, "error", "access_denied", state, &page);
  else
    g_assert_cmpuint (visit (self, "code", "c+o/d=e", state, &page), ==, 200);
  if (page != NULL)
    {
      g_assert_nonnull (strstr (page, "Back to &lt;the app&gt;"));
      g_assert_null (strstr (page, "<the app>"));
    }

  return dex_future_new_true ();
}

static void
open_browser (const char *url,
              gpointer    data)
{
  Fixture *self = data;

  self->page = g_uri_parse (url, G_URI_FLAGS_ENCODED_QUERY, NULL);
  self->query = g_uri_parse_params (g_uri_get_query (self->page), -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  self->browsing = mtx_fiber_spawn ("[browser]", browse, self, NULL);
}

static void
fixture_init (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->server = mtx_fake_homeserver_new ();
  self->device = g_strdup (DEVICE);
  self->http = mtx_http_new (mtx_fake_homeserver_get_base_url (self->server), &error);
  g_assert_no_error (error);
  mtx_fake_homeserver_override (self->server, "GET", "*/auth_metadata", answer_metadata, self, NULL);
  mtx_fake_homeserver_override (self->server, "POST", "/oauth2/registration", answer_registration, self, NULL);
  mtx_fake_homeserver_override (self->server, "POST", "/oauth2/token", answer_token, self, NULL);
  mtx_fake_homeserver_override (self->server, "POST", "/oauth2/revoke", answer_revoke, self, NULL);
  mtx_fake_homeserver_override (self->server, "GET", "*/account/whoami", answer_whoami, self, NULL);
}

static void
fixture_clear (Fixture *self)
{
  if (self->browsing != NULL)
    dex_await (self->browsing, NULL);
  g_clear_pointer (&self->page, g_uri_unref);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_clear_pointer (&self->refresh, g_free);
  g_clear_pointer (&self->device, g_free);
  g_clear_object (&self->http);
  g_clear_object (&self->server);
}

static MtxAccount *
log_in (Fixture        *self,
        MtxOAuthPurpose purpose,
        GError        **error)
{
  return dex_await_boxed (mtx_oauth_log_in (self->http, DEVICE, purpose, WORDS, open_browser, self, NULL), error);
}

static DexFuture *
test_log_in (gpointer data)
{
  Fixture                    fixture = { 0 };
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxAccount)     account = NULL;
  g_autoptr (MtxRequest)     request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);
  g_autoptr (MtxReply)       reply = NULL;
  g_autoptr (MtxSecretBytes) access = NULL;
  gsize                      length = 0;

  fixture_init (&fixture);
  account = log_in (&fixture, MTX_OAUTH_REGISTER, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (account->user_id, ==, "@me:fake.example");
  g_assert_cmpstr (account->device_id, ==, DEVICE);
  g_assert_cmpstr (g_uri_get_path (fixture.page), ==, "/authorize");
  g_assert_cmpstr (g_hash_table_lookup (fixture.query, "prompt"), ==, "create");
  g_assert_cmpstr (g_hash_table_lookup (fixture.query, "scope"), ==, "urn:matrix:client:api:* urn:matrix:client:device:" DEVICE);
  g_assert_cmpstr (g_hash_table_lookup (fixture.query, "code_challenge_method"), ==, "S256");
  g_assert_null (g_hash_table_lookup (fixture.query, "code_verifier"));

  /* The access token dies after minutes; the authorization server renews it, and each refresh token works once. */
  mtx_http_set_tokens (fixture.http, account->tokens);
  for (guint i = 2; i <= 3; i++)
    {
      fixture.renewals += 10;
      g_clear_pointer (&reply, mtx_reply_unref);
      reply = dex_await_boxed (mtx_http_send (fixture.http, request), &error);
      g_assert_no_error (error);
    }
  access = mtx_tokens_dup_access (account->tokens);
  g_assert_cmpmem (mtx_secret_bytes_get (access, &length), strlen ("access-23"), "access-23", strlen ("access-23"));

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

  fixture_init (&fixture);
  account = log_in (&fixture, MTX_OAUTH_LOG_IN, &error);
  g_assert_no_error (error);
  g_assert_null (g_hash_table_lookup (fixture.query, "prompt"));
  mtx_http_set_tokens (fixture.http, account->tokens);
  g_signal_connect (fixture.http, "session-lost", G_CALLBACK (count_lost), &lost);

  g_free (fixture.refresh);
  fixture.refresh = g_strdup ("revoked on the account page");
  fixture.renewals++;
  g_assert_null (dex_await_boxed (mtx_http_send (fixture.http, request), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN);
  g_assert_cmpuint (lost, ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_foreign_visits (gpointer data)
{
  Fixture                fixture = { .visit = VISIT_WRONG_STATE_FIRST };
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxAccount) account = NULL;

  fixture_init (&fixture);
  account = log_in (&fixture, MTX_OAUTH_LOG_IN, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture.strangers_refused, ==, 2);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "/oauth2/token"), ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_other_issuer (gpointer data)
{
  Fixture            fixture = { .visit = VISIT_OTHER_ISSUER };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  g_assert_null (log_in (&fixture, MTX_OAUTH_LOG_IN, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (fixture.server, "POST", "/oauth2/token"), ==, 0);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_denied (gpointer data)
{
  Fixture            fixture = { .visit = VISIT_DENIED };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
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

  fixture_init (&fixture);
  g_set_str (&fixture.device, "SOMETHINGELSE");
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

      fixture_init (&fixture);
      mtx_fake_homeserver_override (fixture.server, "GET", "*/auth_metadata", answer_weak_metadata, (gpointer)rows[i].json, NULL);
      g_assert_null (log_in (&fixture, MTX_OAUTH_LOG_IN, &error));
      g_assert_error (error, MTX_ERROR, (int)rows[i].code);
      g_assert_null (fixture.page);
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
