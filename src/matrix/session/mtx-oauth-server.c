/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads what an authorization server says of itself (RFC 8414), and keeps what it calls us.
 */
#include "mtx-oauth-server.h"

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"

#include <string.h>

#define METADATA_MAX_BYTES (64 * 1024)
#define CLIENT_MAX_BYTES   (16 * 1024)

G_DEFINE_BOXED_TYPE (MtxOAuthServer, mtx_oauth_server, mtx_oauth_server_copy, mtx_oauth_server_free)
G_DEFINE_BOXED_TYPE (MtxOAuthClient, mtx_oauth_client, mtx_oauth_client_copy, mtx_oauth_client_free)

/* An address we would connect to, with nothing in it that would mix with what we add. */
static char *
dup_endpoint (JsonObject *untrusted,
              const char *member)
{
  const char *url = mtx_json_get_string (untrusted, member);

  if (url == NULL || strpbrk (url, "?#{}") != NULL || !mtx_http_url_is_acceptable (url, NULL))
    return NULL;

  return g_strdup (url);
}

/* Is @word in the list @member? A list that is absent means @absent. */
static gboolean
lists (JsonObject *untrusted,
       const char *member,
       const char *word,
       gboolean    absent)
{
  JsonArray *array = mtx_json_get_array (untrusted, member);

  if (array == NULL)
    return absent;
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (g_strcmp0 (mtx_json_array_string (array, i), word) == 0)
      return TRUE;

  return FALSE;
}

/**
 * mtx_oauth_server_new_from_json:
 * @untrusted_metadata: what `GET /auth_metadata` answered
 * @error: %MTX_ERROR_UNSUPPORTED if it cannot let us in, %MTX_ERROR_BAD_REPLY if it is no such document
 *
 * Checks that the server can do what we need: authorization code, PKCE with S256, public clients that register
 * themselves, refresh tokens; all of it at addresses we go to.
 *
 * Returns: (transfer full) (nullable): the server
 */
MtxOAuthServer *
mtx_oauth_server_new_from_json (JsonObject *untrusted_metadata,
                                GError    **error)
{
  g_autoptr (MtxOAuthServer) self = g_new0 (MtxOAuthServer, 1);

  g_return_val_if_fail (untrusted_metadata != NULL, NULL);

  self->issuer = g_strdup (mtx_json_get_string (untrusted_metadata, "issuer"));
  self->authorization_endpoint = dup_endpoint (untrusted_metadata, "authorization_endpoint");
  self->token_endpoint = dup_endpoint (untrusted_metadata, "token_endpoint");
  self->registration_endpoint = dup_endpoint (untrusted_metadata, "registration_endpoint");
  self->revocation_endpoint = dup_endpoint (untrusted_metadata, "revocation_endpoint");
  self->can_register_people = lists (untrusted_metadata, "prompt_values_supported", "create", FALSE);
  if (self->issuer == NULL || self->authorization_endpoint == NULL || self->token_endpoint == NULL
      || self->revocation_endpoint == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The authorization server names no usable addresses");
      return NULL;
    }

  if (self->registration_endpoint == NULL
      || !lists (untrusted_metadata, "response_types_supported", "code", FALSE)
      || !lists (untrusted_metadata, "grant_types_supported", "authorization_code", TRUE)
      || !lists (untrusted_metadata, "grant_types_supported", "refresh_token", FALSE)
      || !lists (untrusted_metadata, "response_modes_supported", "query", TRUE)
      || !lists (untrusted_metadata, "code_challenge_methods_supported", "S256", FALSE))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED, "The authorization server cannot let an app like us in");
      return NULL;
    }

  return g_steal_pointer (&self);
}

static DexFuture *
mtx_oauth_server_discover_fiber (gpointer data)
{
  MtxHttp                   *http = data;
  g_autoptr (MtxRequest)     request = mtx_request_new (MTX_ENDPOINT_AUTH_METADATA, NULL);
  g_autoptr (MtxReply)       reply = NULL;
  g_autoptr (MtxOAuthServer) server = NULL;
  g_autoptr (GError)         error = NULL;

  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS);
  mtx_request_set_max_reply (request, METADATA_MAX_BYTES);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    error->code = MTX_ERROR_UNSUPPORTED;
  if (reply != NULL)
    server = mtx_oauth_server_new_from_json (mtx_reply_get_body (reply), &error);
  if (server == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_OAUTH_SERVER, g_steal_pointer (&server));
}

/**
 * mtx_oauth_server_discover:
 * @http: the connection to a homeserver
 *
 * Asks a homeserver where people log in (specification, § Server metadata discovery).
 *
 * Returns: (transfer full): a future that resolves to a #MtxOAuthServer, or rejects with %MTX_ERROR_UNSUPPORTED if
 *   there is no OAuth there, or none that we can use, else with another #MtxError
 */
DexFuture *
mtx_oauth_server_discover (MtxHttp *http)
{
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);

  return mtx_fiber_spawn ("[oauth-discover]", mtx_oauth_server_discover_fiber, g_object_ref (http), g_object_unref);
}

/**
 * mtx_oauth_server_copy:
 * @self: a server
 *
 * Returns: (transfer full): the same again
 */
MtxOAuthServer *
mtx_oauth_server_copy (const MtxOAuthServer *self)
{
  MtxOAuthServer *copy = g_new0 (MtxOAuthServer, 1);

  copy->issuer = g_strdup (self->issuer);
  copy->authorization_endpoint = g_strdup (self->authorization_endpoint);
  copy->token_endpoint = g_strdup (self->token_endpoint);
  copy->registration_endpoint = g_strdup (self->registration_endpoint);
  copy->revocation_endpoint = g_strdup (self->revocation_endpoint);
  copy->can_register_people = self->can_register_people;

  return copy;
}

/**
 * mtx_oauth_server_free:
 * @self: (transfer full): a server
 *
 * Frees it.
 */
void
mtx_oauth_server_free (MtxOAuthServer *self)
{
  g_free (self->issuer);
  g_free (self->authorization_endpoint);
  g_free (self->token_endpoint);
  g_free (self->registration_endpoint);
  g_free (self->revocation_endpoint);
  g_free (self);
}

/**
 * mtx_oauth_client_new:
 * @client_id: what the server calls us
 * @token_endpoint: where tokens are renewed
 * @revocation_endpoint: where they are given back
 *
 * Returns: (transfer full): who we are at an authorization server
 */
MtxOAuthClient *
mtx_oauth_client_new (const char *client_id,
                      const char *token_endpoint,
                      const char *revocation_endpoint)
{
  MtxOAuthClient *self = NULL;

  g_return_val_if_fail (client_id != NULL && token_endpoint != NULL && revocation_endpoint != NULL, NULL);

  self = g_new0 (MtxOAuthClient, 1);
  self->client_id = g_strdup (client_id);
  self->token_endpoint = g_strdup (token_endpoint);
  self->revocation_endpoint = g_strdup (revocation_endpoint);

  return self;
}

/**
 * mtx_oauth_client_new_from_text:
 * @untrusted_text: what mtx_oauth_client_to_text () wrote, as it was stored
 *
 * Returns: (transfer full) (nullable): the client, or %NULL if the text is none
 */
MtxOAuthClient *
mtx_oauth_client_new_from_text (const char *untrusted_text)
{
  const MtxJsonLimits    limits = { .max_bytes = CLIENT_MAX_BYTES, .max_depth = 2, .reject_duplicates = TRUE };
  g_autoptr (JsonObject) object = mtx_json_parse_object (untrusted_text, -1, &limits, NULL);
  g_autofree char       *token_endpoint = NULL;
  g_autofree char       *revocation_endpoint = NULL;
  const char            *client_id = NULL;

  if (object == NULL)
    return NULL;

  client_id = mtx_json_get_string (object, "client_id");
  token_endpoint = dup_endpoint (object, "token_endpoint");
  revocation_endpoint = dup_endpoint (object, "revocation_endpoint");
  if (client_id == NULL || token_endpoint == NULL || revocation_endpoint == NULL)
    return NULL;

  return mtx_oauth_client_new (client_id, token_endpoint, revocation_endpoint);
}

/**
 * mtx_oauth_client_to_text:
 * @self: a client
 *
 * Returns: (transfer full): the same as text, to be stored; there is no secret in it
 */
char *
mtx_oauth_client_to_text (const MtxOAuthClient *self)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "client_id", self->client_id);
  json_object_set_string_member (object, "token_endpoint", self->token_endpoint);
  json_object_set_string_member (object, "revocation_endpoint", self->revocation_endpoint);

  return mtx_json_to_string (object);
}

/**
 * mtx_oauth_client_copy:
 * @self: a client
 *
 * Returns: (transfer full): the same again
 */
MtxOAuthClient *
mtx_oauth_client_copy (const MtxOAuthClient *self)
{
  return mtx_oauth_client_new (self->client_id, self->token_endpoint, self->revocation_endpoint);
}

/**
 * mtx_oauth_client_free:
 * @self: (transfer full): a client
 *
 * Frees it.
 */
void
mtx_oauth_client_free (MtxOAuthClient *self)
{
  g_free (self->client_id);
  g_free (self->token_endpoint);
  g_free (self->revocation_endpoint);
  g_free (self);
}
