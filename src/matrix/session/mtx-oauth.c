/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One login: register ourselves, send the person to the server's page, wait until the browser comes back to
 * this machine, and change the code it brings for tokens. The code is worth nothing without the verifier, which
 * never leaves this process (RFC 7636), and a visit without our `state` is nobody's (RFC 6749 § 10.12).
 */
#include "mtx-oauth.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-form.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-json.h"
#include "mtx-loopback.h"
#include "mtx-random.h"
#include "mtx-secret-bytes.h"
#include "mtx-tokens.h"

#define CLIENT_NAME "Wallet Support"
#define CLIENT_URI  "https://github.com/wallet-support/wallet-support"

/* Registered without a port, any port may follow (RFC 8252 § 7.3). */
#define REDIRECT_URI "http://127.0.0.1/"

#define SCOPE_API    "urn:matrix:client:api:*"
#define SCOPE_DEVICE "urn:matrix:client:device:"

#define VERIFIER_BYTES    32
#define PERSON_TIMEOUT_MS (15 * 60 * 1000) /* to find a password, a phone, a mail */
#define MAX_REPLY_BYTES   (64 * 1024)
#define MAX_CLIENT_ID     1024

typedef struct
{
  /* owned */
  MtxHttp        *http;
  char           *device_id;
  char           *parting_words;
  gpointer        data;
  GDestroyNotify  destroy;
  MtxOAuthServer *server;
  MtxOAuthClient *client;
  MtxLoopback    *loopback;
  char           *state;
  MtxSecretBytes *verifier; /* as text */

  /* state */
  MtxOAuthPurpose     purpose;
  MtxOAuthBrowserFunc browser;
} Login;

static void
login_free (gpointer data)
{
  Login *login = data;

  g_clear_object (&login->http);
  g_free (login->device_id);
  g_free (login->parting_words);
  g_clear_pointer (&login->server, mtx_oauth_server_free);
  g_clear_pointer (&login->client, mtx_oauth_client_free);
  g_clear_object (&login->loopback);
  g_clear_pointer (&login->state, mtx_secret_string_free);
  g_clear_pointer (&login->verifier, mtx_secret_bytes_unref);
  if (login->destroy != NULL)
    login->destroy (login->data);
  g_free (login);
}

/* In a fiber. Posts to @endpoint, which may be on any origin; no token goes with it. */
static MtxReply *
post (const char     *endpoint,
      GBytes         *body,
      const char     *content_type,
      MtxRequestFlags flags,
      GError        **error)
{
  g_autoptr (GUri) uri = g_uri_parse (endpoint, G_URI_FLAGS_ENCODED, error);
  g_autofree char *origin = NULL;
  g_autofree char *template = NULL;
  g_autoptr (MtxHttp)    http = NULL;
  g_autoptr (MtxRequest) request = NULL;

  if (uri == NULL)
    return NULL;
  origin = g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), g_uri_get_port (uri), "", NULL, NULL);
  template = g_strconcat ("POST ", *g_uri_get_path (uri) != '\0' ? g_uri_get_path (uri) : "/", NULL);
  http = mtx_http_new (origin, error);
  if (http == NULL)
    return NULL;

  request = mtx_request_new (template, NULL);
  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS | flags);
  mtx_request_set_bytes (request, body, content_type);
  mtx_request_set_max_reply (request, MAX_REPLY_BYTES);

  return dex_await_boxed (mtx_http_send (http, request), error);
}

static void
add_strings (JsonObject *object,
             const char *member,
             const char *one,
             const char *other)
{
  JsonArray *array = json_array_new ();

  json_array_add_string_element (array, one);
  if (other != NULL)
    json_array_add_string_element (array, other);
  json_object_set_array_member (object, member, array);
}

/* In a fiber. Dynamic registration (RFC 7591): the server learns the name of the app, nothing of the person. */
static gboolean
register_client (Login   *login,
                 GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();
  g_autoptr (GBytes)     bytes = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  char                  *text = NULL;
  const char            *client_id = NULL;

  json_object_set_string_member (body, "application_type", "native");
  json_object_set_string_member (body, "client_name", CLIENT_NAME);
  json_object_set_string_member (body, "client_uri", CLIENT_URI);
  json_object_set_string_member (body, "token_endpoint_auth_method", "none");
  add_strings (body, "redirect_uris", REDIRECT_URI, NULL);
  add_strings (body, "response_types", "code", NULL);
  add_strings (body, "grant_types", "authorization_code", "refresh_token");
  text = mtx_json_to_string (body);
  bytes = g_bytes_new_take (text, strlen (text));

  reply = post (login->server->registration_endpoint, bytes, "application/json", MTX_REQUEST_DEFAULT, error);
  if (reply == NULL)
    return FALSE;
  client_id = mtx_json_get_string (mtx_reply_get_body (reply), "client_id");
  if (client_id == NULL || *client_id == '\0' || strlen (client_id) > MAX_CLIENT_ID)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The authorization server gave us no name");
      return FALSE;
    }

  login->client = mtx_oauth_client_new (client_id, login->server->token_endpoint, login->server->revocation_endpoint);

  return TRUE;
}

static gboolean
draw_secrets (Login   *login,
              GError **error)
{
  g_autoptr (MtxSecretBytes) random = mtx_secret_bytes_random (VERIFIER_BYTES, error);
  char                      *text = NULL;

  if (random == NULL)
    return FALSE;

  text = mtx_base64_encode_secret (random, MTX_BASE64_URL);
  login->verifier = mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
  mtx_secret_string_free (text);
  login->state = mtx_random_dup_token (error);

  return login->state != NULL;
}

/* `S256`: BASE64URL (SHA256 (verifier)) (RFC 7636 § 4.2). */
static char *
dup_challenge (MtxSecretBytes *verifier)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize                 length = 0;
  const guint8         *text = mtx_secret_bytes_get (verifier, &length);
  guint8                digest[32];
  gsize                 size = sizeof digest;

  g_checksum_update (checksum, text, (gssize)length);
  g_checksum_get_digest (checksum, digest, &size);

  return mtx_base64_encode (digest, size, MTX_BASE64_URL);
}

static char *
dup_page_url (Login *login)
{
  g_autoptr (MtxForm) form = mtx_form_new ();
  g_autofree char    *challenge = dup_challenge (login->verifier);
  g_autofree char    *scope = g_strconcat (SCOPE_API " " SCOPE_DEVICE, login->device_id, NULL);
  g_autoptr (GBytes)  query = NULL;
  gsize               length = 0;
  const char         *text = NULL;

  mtx_form_add (form, "response_type", "code");
  mtx_form_add (form, "response_mode", "query");
  mtx_form_add (form, "client_id", login->client->client_id);
  mtx_form_add (form, "redirect_uri", mtx_loopback_get_uri (login->loopback));
  mtx_form_add (form, "scope", scope);
  mtx_form_add (form, "state", login->state);
  mtx_form_add (form, "code_challenge_method", "S256");
  mtx_form_add (form, "code_challenge", challenge);
  if (login->purpose == MTX_OAUTH_REGISTER && login->server->can_register_people)
    mtx_form_add (form, "prompt", "create");
  query = mtx_form_dup_bytes (form);
  text = g_bytes_get_data (query, &length);

  return g_strdup_printf ("%s?%.*s", login->server->authorization_endpoint, (int)length, text);
}

/* In a fiber. The code that the browser brings. */
static MtxSecretBytes *
wait_for_code (Login   *login,
               GError **error)
{
  g_autoptr (GHashTable) query = NULL;
  const char            *code = NULL;
  const char            *issuer = NULL;
  DexFuture             *deadline = dex_timeout_new_msec (PERSON_TIMEOUT_MS);

  query = dex_await_boxed (dex_future_first (mtx_loopback_wait (login->loopback), deadline, NULL), error);
  if (query == NULL)
    return NULL;

  /* Another server's answer at our door (RFC 9207). */
  issuer = g_hash_table_lookup (query, "iss");
  if (issuer != NULL && !g_str_equal (issuer, login->server->issuer))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Another server answered");
      return NULL;
    }
  code = g_hash_table_lookup (query, "code");
  if (g_hash_table_contains (query, "error") || code == NULL || *code == '\0')
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_REFUSED, "The person or the server said no");
      return NULL;
    }

  return mtx_secret_bytes_new ((const guint8 *)code, strlen (code));
}

/* In a fiber. */
static MtxTokens *
exchange_code (Login          *login,
               MtxSecretBytes *code,
               GError        **error)
{
  g_autoptr (MtxForm)  form = mtx_form_new ();
  g_autoptr (GBytes)   body = NULL;
  g_autoptr (MtxReply) reply = NULL;

  mtx_form_add (form, "grant_type", "authorization_code");
  mtx_form_add_secret (form, "code", code);
  mtx_form_add (form, "redirect_uri", mtx_loopback_get_uri (login->loopback));
  mtx_form_add (form, "client_id", login->client->client_id);
  mtx_form_add_secret (form, "code_verifier", login->verifier);
  body = mtx_form_dup_bytes (form);
  reply = post (login->client->token_endpoint, body, MTX_FORM_CONTENT_TYPE, MTX_REQUEST_DEFAULT, error);

  return reply != NULL ? mtx_tokens_new_from_reply (mtx_reply_get_body (reply), error) : NULL;
}

/* In a fiber. Whose tokens these are, and that they are for the device whose keys we are about to make. */
static MtxAccount *
identify (Login     *login,
          MtxTokens *tokens,
          GError   **error)
{
  g_autoptr (MtxHttp)    http = mtx_http_new (mtx_http_get_base_url (login->http), error);
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_WHOAMI, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  const char            *user_text = NULL;
  g_autoptr (MtxUserId)  user_id = NULL;
  MtxAccount            *account = NULL;

  if (http == NULL)
    return NULL;
  mtx_http_set_tokens (http, tokens);
  reply = dex_await_boxed (mtx_http_send (http, request), error);
  if (reply == NULL)
    return NULL;

  user_text = mtx_json_get_string (mtx_reply_get_body (reply), "user_id");
  user_id = user_text != NULL ? mtx_user_id_new (user_text, NULL) : NULL;
  if (user_id == NULL
      || g_strcmp0 (mtx_json_get_string (mtx_reply_get_body (reply), "device_id"), login->device_id) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server gave another device than asked for");
      return NULL;
    }

  account = g_new0 (MtxAccount, 1);
  account->user_id = g_strdup (mtx_user_id_get (user_id));
  account->device_id = g_strdup (login->device_id);
  account->tokens = g_object_ref (tokens);

  return account;
}

static DexFuture *
mtx_oauth_log_in_fiber (gpointer data)
{
  Login                     *login = data;
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) code = NULL;
  g_autoptr (MtxTokens)      tokens = NULL;
  g_autoptr (MtxAccount)     account = NULL;

  login->server = dex_await_boxed (mtx_oauth_server_discover (login->http), &error);
  if (login->server == NULL || !register_client (login, &error) || !draw_secrets (login, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  login->loopback = mtx_loopback_new (login->state, login->parting_words, &error);
  if (login->loopback == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  {
    g_autofree char *url = dup_page_url (login);

    login->browser (url, login->data);
  }

  code = wait_for_code (login, &error);
  if (code != NULL)
    tokens = exchange_code (login, code, &error);
  if (tokens == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  mtx_tokens_set_client (tokens, login->client);
  account = identify (login, tokens, &error);
  if (account == NULL)
    {
      /* What we do not use shall not stay open. */
      mtx_fiber_fire (mtx_oauth_revoke (login->client, tokens), "Giving unused tokens back");
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_take_boxed (MTX_TYPE_ACCOUNT, g_steal_pointer (&account));
}

/**
 * mtx_oauth_log_in:
 * @http: the connection to the homeserver; needs no token
 * @device_id: the device to log in, at least ten characters
 * @purpose: whether the account exists
 * @parting_words: what the browser says at the end, in the person's language
 * @browser: shows the server's page
 * @data: passed to @browser
 * @destroy: (nullable): frees @data
 *
 * Lets the person log in on the server's own page (specification, § Login flow of the OAuth 2.0 API). Dropping the
 * future ends it; the page then leads nowhere.
 *
 * Returns: (transfer full): a future that resolves to a #MtxAccount whose tokens renew themselves at the
 *   authorization server, or rejects with %MTX_ERROR_UNSUPPORTED (no OAuth there that we can use),
 *   %MTX_ERROR_REFUSED (cancelled or denied on the page), %MTX_ERROR_UNTRUSTED (another server's answer),
 *   %MTX_ERROR_BAD_REPLY or %MTX_ERROR_RETRY_LATER
 */
DexFuture *
mtx_oauth_log_in (MtxHttp            *http,
                  const char         *device_id,
                  MtxOAuthPurpose     purpose,
                  const char         *parting_words,
                  MtxOAuthBrowserFunc browser,
                  gpointer            data,
                  GDestroyNotify      destroy)
{
  Login *login = NULL;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (device_id != NULL && strlen (device_id) >= 10, NULL);
  g_return_val_if_fail (parting_words != NULL && browser != NULL, NULL);

  login = g_new0 (Login, 1);
  login->http = g_object_ref (http);
  login->device_id = g_strdup (device_id);
  login->purpose = purpose;
  login->parting_words = g_strdup (parting_words);
  login->browser = browser;
  login->data = data;
  login->destroy = destroy;

  return mtx_fiber_spawn ("[oauth-log-in]", mtx_oauth_log_in_fiber, login, login_free);
}

typedef struct
{
  MtxOAuthClient *client;
  MtxSecretBytes *refresh; /* or NULL */
  MtxSecretBytes *access;  /* or NULL */
} Errand;

static void
errand_free (gpointer data)
{
  Errand *errand = data;

  mtx_oauth_client_free (errand->client);
  g_clear_pointer (&errand->refresh, mtx_secret_bytes_unref);
  g_clear_pointer (&errand->access, mtx_secret_bytes_unref);
  g_free (errand);
}

static DexFuture *
mtx_oauth_renew_fiber (gpointer data)
{
  Errand              *errand = data;
  g_autoptr (MtxForm)  form = mtx_form_new ();
  g_autoptr (GBytes)   body = NULL;
  g_autoptr (MtxReply) reply = NULL;
  g_autoptr (GError)   error = NULL;

  mtx_form_add (form, "grant_type", "refresh_token");
  mtx_form_add_secret (form, "refresh_token", errand->refresh);
  mtx_form_add (form, "client_id", errand->client->client_id);
  body = mtx_form_dup_bytes (form);
  reply = post (errand->client->token_endpoint, body, MTX_FORM_CONTENT_TYPE, MTX_REQUEST_DEFAULT, &error);
  if (reply != NULL)
    return dex_future_new_take_boxed (MTX_TYPE_REPLY, g_steal_pointer (&reply));

  /* `invalid_grant` and its kin (RFC 6749 § 5.2): the session was ended there. */
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_INVALID) || g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED)
      || g_error_matches (error, MTX_ERROR, MTX_ERROR_NEED_AUTH))
    error->code = MTX_ERROR_LOG_IN_AGAIN;

  return dex_future_new_for_error (g_steal_pointer (&error));
}

/**
 * mtx_oauth_renew:
 * @client: who we are at the authorization server
 * @refresh: the refresh token; used up by this
 *
 * Gets new tokens (RFC 6749 § 6).
 *
 * Returns: (transfer full): a future that resolves to a #MtxReply with the tokens, or rejects with
 *   %MTX_ERROR_LOG_IN_AGAIN when the session is over, else with another #MtxError
 */
DexFuture *
mtx_oauth_renew (const MtxOAuthClient *client,
                 MtxSecretBytes       *refresh)
{
  Errand *errand = NULL;

  g_return_val_if_fail (client != NULL && refresh != NULL, NULL);

  errand = g_new0 (Errand, 1);
  errand->client = mtx_oauth_client_copy (client);
  errand->refresh = mtx_secret_bytes_ref (refresh);

  return mtx_fiber_spawn ("[oauth-renew]", mtx_oauth_renew_fiber, errand, errand_free);
}

static DexFuture *
mtx_oauth_revoke_fiber (gpointer data)
{
  Errand              *errand = data;
  g_autoptr (MtxForm)  form = mtx_form_new ();
  g_autoptr (GBytes)   body = NULL;
  g_autoptr (MtxReply) reply = NULL;
  g_autoptr (GError)   error = NULL;

  /* The refresh token takes the whole session with it (RFC 7009 § 2.1). */
  mtx_form_add_secret (form, "token", errand->refresh != NULL ? errand->refresh : errand->access);
  mtx_form_add (form, "token_type_hint", errand->refresh != NULL ? "refresh_token" : "access_token");
  mtx_form_add (form, "client_id", errand->client->client_id);
  body = mtx_form_dup_bytes (form);
  reply = post (errand->client->revocation_endpoint, body, MTX_FORM_CONTENT_TYPE, MTX_REQUEST_RAW_REPLY, &error);
  if (reply == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/**
 * mtx_oauth_revoke:
 * @client: who we are at the authorization server
 * @tokens: what it gave us
 *
 * Ends the session (RFC 7009): this is how one logs out where there is OAuth.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, or rejects with an #MtxError
 */
DexFuture *
mtx_oauth_revoke (const MtxOAuthClient *client,
                  MtxTokens            *tokens)
{
  Errand *errand = NULL;

  g_return_val_if_fail (client != NULL, NULL);
  g_return_val_if_fail (MTX_IS_TOKENS (tokens), NULL);

  errand = g_new0 (Errand, 1);
  errand->client = mtx_oauth_client_copy (client);
  errand->refresh = mtx_tokens_dup_refresh (tokens);
  errand->access = mtx_tokens_dup_access (tokens);

  return mtx_fiber_spawn ("[oauth-revoke]", mtx_oauth_revoke_fiber, errand, errand_free);
}
