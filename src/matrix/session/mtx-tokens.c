/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Holds the tokens and renews them. However many requests find the token dead, the server is asked once,
 * because a refresh token may be used only once.
 */
#include "mtx-tokens.h"

#include <string.h>

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-oauth.h"
#include "mtx-secret-bytes.h"

/* Longer ones would not fit the header limits of common servers. */
#define MAX_TOKEN_BYTES 8192

struct _MtxTokens
{
  GObject parent_instance;

  /* owned */
  MtxSecretBytes *access;
  MtxSecretBytes *refresh; /* or NULL */
  MtxOAuthClient *client;  /* or NULL: the homeserver itself renews them */
  DexPromise     *renewal; /* while one is under way */
  gpointer        saver_data;
  GDestroyNotify  saver_destroy;

  /* state */
  MtxTokensSaver saver;
};

G_DEFINE_FINAL_TYPE (MtxTokens, mtx_tokens, G_TYPE_OBJECT)

typedef struct
{
  MtxTokens *tokens;
  MtxHttp   *http;
} Renewal;

static void
renewal_free (gpointer data)
{
  Renewal *renewal = data;

  g_clear_object (&renewal->tokens);
  g_clear_object (&renewal->http);
  g_free (renewal);
}

/* Takes a token out of a reply. It becomes part of a header, so nothing but visible ASCII passes. The copy
 * that json-glib made is overwritten: it is ours alone, and lives until the reply goes. */
static MtxSecretBytes *
take_token (JsonObject *untrusted_body,
            const char *member)
{
  const char     *text = mtx_json_get_string (untrusted_body, member);
  gsize           length = text != NULL ? strlen (text) : 0;
  MtxSecretBytes *token = NULL;

  if (length == 0 || length > MAX_TOKEN_BYTES)
    return NULL;
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] < 0x21 || text[i] > 0x7e || text[i] == '"' || text[i] == '\\')
        return NULL;
    }

  token = mtx_secret_bytes_new ((const guint8 *)text, length);
  mtx_secret_wipe ((gpointer)text, length);

  return token;
}

static void
set_secret (MtxSecretBytes **place,
            MtxSecretBytes  *secret)
{
  if (secret != NULL)
    mtx_secret_bytes_ref (secret);
  g_clear_pointer (place, mtx_secret_bytes_unref);
  *place = secret;
}

static DexFuture *
ask (Renewal *renewal)
{
  MtxTokens             *self = renewal->tokens;
  g_autoptr (MtxRequest) request = NULL;

  if (self->client != NULL)
    return mtx_oauth_renew (self->client, self->refresh);

  request = mtx_request_new (MTX_ENDPOINT_REFRESH, NULL);
  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS);
  mtx_request_add_secret (request, "refresh_token", self->refresh);

  return mtx_http_send (renewal->http, request);
}

/* In a fiber. */
static gboolean
renew (Renewal *renewal,
       GError **error)
{
  MtxTokens                 *self = renewal->tokens;
  g_autoptr (MtxReply)       reply = dex_await_boxed (ask (renewal), error);
  g_autoptr (MtxSecretBytes) access = NULL;
  g_autoptr (MtxSecretBytes) refresh = NULL;

  if (reply == NULL)
    return FALSE;

  access = take_token (mtx_reply_get_body (reply), "access_token");
  if (access == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The renewal has no token");
      return FALSE;
    }

  /* Without a new refresh token the old one goes on (specification, § POST refresh). */
  refresh = take_token (mtx_reply_get_body (reply), "refresh_token");
  if (refresh == NULL)
    refresh = mtx_secret_bytes_ref (self->refresh);

  if (self->saver != NULL && !dex_await (self->saver (access, refresh, self->saver_data), error))
    return FALSE;

  set_secret (&self->access, access);
  set_secret (&self->refresh, refresh);

  return TRUE;
}

/* Nobody's waiting keeps this alive and nobody's leaving ends it: the server has used up the old refresh
 * token, so what it answers must be kept. */
static DexFuture *
mtx_tokens_renew_fiber (gpointer data)
{
  Renewal               *renewal = data;
  g_autoptr (GError)     error = NULL;
  gboolean               renewed = renew (renewal, &error);
  g_autoptr (DexPromise) promise = g_steal_pointer (&renewal->tokens->renewal);

  if (renewed)
    dex_promise_resolve_boolean (promise, TRUE);
  else
    dex_promise_reject (promise, g_steal_pointer (&error));

  return dex_future_new_true ();
}

static void
mtx_tokens_finalize (GObject *object)
{
  MtxTokens *self = MTX_TOKENS (object);

  g_clear_pointer (&self->access, mtx_secret_bytes_unref);
  g_clear_pointer (&self->refresh, mtx_secret_bytes_unref);
  g_clear_pointer (&self->client, mtx_oauth_client_free);
  dex_clear (&self->renewal);
  if (self->saver_destroy != NULL)
    self->saver_destroy (self->saver_data);

  G_OBJECT_CLASS (mtx_tokens_parent_class)->finalize (object);
}

static void
mtx_tokens_class_init (MtxTokensClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_tokens_finalize;
}

static void
mtx_tokens_init (MtxTokens *self)
{
}

/**
 * mtx_tokens_new:
 * @access: the access token
 * @refresh: (nullable): the refresh token
 *
 * Makes tokens that were stored before.
 *
 * Returns: (transfer full): tokens
 */
MtxTokens *
mtx_tokens_new (MtxSecretBytes *access,
                MtxSecretBytes *refresh)
{
  MtxTokens *self = NULL;

  g_return_val_if_fail (access != NULL, NULL);

  self = g_object_new (MTX_TYPE_TOKENS, NULL);
  set_secret (&self->access, access);
  set_secret (&self->refresh, refresh);

  return self;
}

/**
 * mtx_tokens_new_from_reply:
 * @untrusted_body: the answer to a registration or login; its tokens are overwritten
 * @error: %MTX_ERROR_BAD_REPLY if there is no token in it
 *
 * Takes the tokens out of an answer.
 *
 * Returns: (transfer full) (nullable): tokens
 */
MtxTokens *
mtx_tokens_new_from_reply (JsonObject *untrusted_body,
                           GError    **error)
{
  g_autoptr (MtxSecretBytes) access = NULL;
  g_autoptr (MtxSecretBytes) refresh = NULL;

  g_return_val_if_fail (untrusted_body != NULL, NULL);

  access = take_token (untrusted_body, "access_token");
  refresh = take_token (untrusted_body, "refresh_token");
  if (access == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The answer has no token");
      return NULL;
    }

  return mtx_tokens_new (access, refresh);
}

/**
 * mtx_tokens_set_saver:
 * @self: tokens
 * @saver: keeps renewed tokens
 * @data: passed to @saver
 * @destroy: (nullable): frees @data
 *
 * Sets who stores renewed tokens. They are not used before that succeeded: the server may have
 * forgotten the old ones, and a crash in between would lock us out.
 */
void
mtx_tokens_set_saver (MtxTokens     *self,
                      MtxTokensSaver saver,
                      gpointer       data,
                      GDestroyNotify destroy)
{
  g_return_if_fail (MTX_IS_TOKENS (self));

  if (self->saver_destroy != NULL)
    self->saver_destroy (self->saver_data);
  self->saver = saver;
  self->saver_data = data;
  self->saver_destroy = destroy;
}

/**
 * mtx_tokens_set_client:
 * @self: tokens
 * @client: (nullable): who we are at the authorization server that gave them
 *
 * Says that an authorization server renews them, not the homeserver (specification, § OAuth 2.0 API).
 */
void
mtx_tokens_set_client (MtxTokens            *self,
                       const MtxOAuthClient *client)
{
  MtxOAuthClient *copy = NULL;

  g_return_if_fail (MTX_IS_TOKENS (self));

  copy = client != NULL ? mtx_oauth_client_copy (client) : NULL;
  g_clear_pointer (&self->client, mtx_oauth_client_free);
  self->client = copy;
}

/**
 * mtx_tokens_get_client:
 * @self: tokens
 *
 * Returns: (transfer none) (nullable): who we are at the authorization server, if there is one
 */
const MtxOAuthClient *
mtx_tokens_get_client (MtxTokens *self)
{
  g_return_val_if_fail (MTX_IS_TOKENS (self), NULL);

  return self->client;
}

/**
 * mtx_tokens_dup_access:
 * @self: tokens
 *
 * Returns: (transfer full): the access token to use now
 */
MtxSecretBytes *
mtx_tokens_dup_access (MtxTokens *self)
{
  g_return_val_if_fail (MTX_IS_TOKENS (self), NULL);

  return mtx_secret_bytes_ref (self->access);
}

/**
 * mtx_tokens_dup_refresh:
 * @self: tokens
 *
 * Returns: (transfer full) (nullable): the refresh token, if the server gave one
 */
MtxSecretBytes *
mtx_tokens_dup_refresh (MtxTokens *self)
{
  g_return_val_if_fail (MTX_IS_TOKENS (self), NULL);

  return self->refresh != NULL ? mtx_secret_bytes_ref (self->refresh) : NULL;
}

/**
 * mtx_tokens_renew:
 * @self: tokens
 * @http: the connection to the server that gave them
 * @refused_access: the access token the server refused
 *
 * Gets a token the server has not refused: at once if somebody renewed it meanwhile, with the others if
 * a renewal is under way, else by asking the server (specification, § Refreshing access tokens).
 *
 * Returns: (transfer full): a future that resolves to %TRUE when there is another token, or rejects with
 *   %MTX_ERROR_UNSUPPORTED if there is no refresh token, with what the saver or the server says otherwise
 */
DexFuture *
mtx_tokens_renew (MtxTokens      *self,
                  MtxHttp        *http,
                  MtxSecretBytes *refused_access)
{
  Renewal   *renewal = NULL;
  DexFuture *waiting = NULL;

  g_return_val_if_fail (MTX_IS_TOKENS (self), NULL);
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (refused_access != NULL, NULL);

  if (!mtx_secret_bytes_equal (self->access, refused_access))
    return dex_future_new_true ();
  if (self->refresh == NULL)
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_UNSUPPORTED, "There is no refresh token"));

  if (self->renewal != NULL)
    return dex_ref (DEX_FUTURE (self->renewal));

  self->renewal = dex_promise_new ();
  waiting = dex_ref (DEX_FUTURE (self->renewal));
  renewal = g_new0 (Renewal, 1);
  renewal->tokens = g_object_ref (self);
  renewal->http = g_object_ref (http);
  mtx_fiber_fire (mtx_fiber_spawn ("[tokens-renew]", mtx_tokens_renew_fiber, renewal, renewal_free), "Renewing the token");

  return waiting;
}
