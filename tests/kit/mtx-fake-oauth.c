/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plays the authorization server and the person's browser.
 */
#include "mtx-fake-oauth.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-fiber.h"
#include "mtx-form.h"
#include "mtx-http.h"
#include "mtx-json.h"

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
  MtxFakeOAuth    *self = data;
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
answer_tokens (MtxFakeOAuth  *self,
               MtxFakeAnswer *answer)
{
  const char      *scope = g_hash_table_lookup (self->query, "scope");
  const char      *device_id = self->device_id != NULL ? self->device_id : strrchr (scope, ':') + 1;
  g_autofree char *json = NULL;

  self->grants++;
  g_free (self->access);
  g_free (self->refresh);
  self->access = mtx_fake_homeserver_add_user (self->server, self->localpart, device_id);
  self->refresh = g_strdup_printf ("refresh-%u", self->grants);
  json = g_strdup_printf ("{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":300,\"refresh_token\":\"%s\"}",
                          self->access, self->refresh);
  mtx_fake_answer_json (answer, 200, json);
}

static gboolean
answer_token (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  MtxFakeOAuth          *self = data;
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
  MtxFakeOAuth          *self = data;
  g_autoptr (GHashTable) form = form_of (request);

  g_assert_cmpstr (g_hash_table_lookup (form, "token"), ==, self->refresh);
  g_assert_cmpstr (g_hash_table_lookup (form, "token_type_hint"), ==, "refresh_token");
  answer->status = 200;
  answer->bytes = g_bytes_new_static ("", 0);
  answer->content_type = g_strdup ("text/plain");

  return TRUE;
}

/* In a fiber: a browser goes to @query at our own door. Returns the status and what it says. */
static guint
visit (MtxFakeOAuth *self,
       const char   *name,
       const char   *value,
       const char   *state,
       char        **page)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxHttp)    http = mtx_http_new (g_hash_table_lookup (self->query, "redirect_uri"), &error);
  g_autoptr (MtxRequest) request = mtx_request_new ("GET /", NULL);
  g_autoptr (MtxReply)   reply = NULL;

  mtx_request_add_query (request, name, value);
  mtx_request_add_query (request, "state", state);
  if (self->visit == MTX_FAKE_VISIT_OTHER_ISSUER)
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
  MtxFakeOAuth    *self = data;
  const char      *state = g_hash_table_lookup (self->query, "state");
  g_autofree char *page = NULL;

  if (self->visit == MTX_FAKE_VISIT_WRONG_STATE_FIRST)
    {
      self->strangers_refused += visit (self, "code", "stolen", "0123456789abcdef0123456789abcdef", &page) == 0;
      self->strangers_refused += visit (self, "code", "stolen", "", &page) == 0;
    }
  if (self->visit == MTX_FAKE_VISIT_DENIED)
    visit (self, "error", "access_denied", state, &page);
  else
    g_assert_cmpuint (visit (self, "code", "c+o/d=e", state, &page), ==, 200);
  g_free (self->parting);
  self->parting = g_steal_pointer (&page);

  return dex_future_new_true ();
}

/**
 * mtx_fake_oauth_open_browser:
 * @url: the page
 * @data: the #MtxFakeOAuth
 *
 * The person goes there, logs in and follows back: a #MtxOAuthBrowserFunc.
 */
void
mtx_fake_oauth_open_browser (const char *url,
                             gpointer    data)
{
  MtxFakeOAuth *self = data;

  self->page = g_uri_parse (url, G_URI_FLAGS_ENCODED_QUERY, NULL);
  self->query = g_uri_parse_params (g_uri_get_query (self->page), -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  self->browsing = mtx_fiber_spawn ("[browser]", browse, self, NULL);
}

/**
 * mtx_fake_oauth_init:
 * @self: where to make it; stays until the homeserver is gone
 * @server: the homeserver that leaves logins to it
 * @localpart: who logs in
 *
 * Adds an authorization server to a homeserver.
 */
void
mtx_fake_oauth_init (MtxFakeOAuth      *self,
                     MtxFakeHomeserver *server,
                     const char        *localpart)
{
  *self = (MtxFakeOAuth){ .server = server, .localpart = localpart };
  mtx_fake_homeserver_override (server, "GET", "*/auth_metadata", answer_metadata, self, NULL);
  mtx_fake_homeserver_override (server, "POST", "/oauth2/registration", answer_registration, self, NULL);
  mtx_fake_homeserver_override (server, "POST", "/oauth2/token", answer_token, self, NULL);
  mtx_fake_homeserver_override (server, "POST", "/oauth2/revoke", answer_revoke, self, NULL);
}

/**
 * mtx_fake_oauth_clear:
 * @self: an authorization server; in a fiber
 *
 * Waits until the browser is closed, and frees what it remembers.
 */
void
mtx_fake_oauth_clear (MtxFakeOAuth *self)
{
  if (self->browsing != NULL)
    dex_await (g_steal_pointer (&self->browsing), NULL);
  g_clear_pointer (&self->page, g_uri_unref);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_clear_pointer (&self->access, g_free);
  g_clear_pointer (&self->refresh, g_free);
  g_clear_pointer (&self->parting, g_free);
}
