/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Registration as one fiber: ask, do the stage the server wants, ask again, in bounded rounds; and logging in
 * again to what was registered before.
 */
#include "mtx-registration.h"

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"

/* The same for everybody. */
#define DEVICE_DISPLAY_NAME "Wallet Support"

#define MAX_ROUNDS   8
#define MAX_RESTARTS 1

typedef struct
{
  /* owned */
  MtxHttp        *http;
  MtxCredentials *credentials;
  char           *token; /* or NULL */
  gpointer        terms_data;
  GDestroyNotify  terms_destroy;
  char           *session; /* or NULL before the server gave one */

  /* state */
  MtxTermsFunc terms; /* or NULL */
  MtxUiaStage  stage; /* what the next request does */
  gboolean     guess; /* the stage was not asked for yet */
  guint        restarts;
} Registration;

static void
registration_free (gpointer data)
{
  Registration *self = data;

  g_clear_object (&self->http);
  g_clear_pointer (&self->credentials, mtx_credentials_free);
  g_free (self->token);
  if (self->terms_destroy != NULL)
    self->terms_destroy (self->terms_data);
  g_free (self->session);
  g_free (self);
}

static Registration *
registration_new (MtxHttp        *http,
                  MtxCredentials *credentials)
{
  Registration *self = g_new0 (Registration, 1);

  self->http = g_object_ref (http);
  self->credentials = mtx_credentials_copy (credentials);

  return self;
}

static JsonObject *
make_auth (Registration *self)
{
  JsonObject *auth = json_object_new ();

  json_object_set_string_member (auth, "type", mtx_uia_stage_name (self->stage));
  if (self->session != NULL)
    json_object_set_string_member (auth, "session", self->session);
  if (self->stage == MTX_UIA_TOKEN)
    json_object_set_string_member (auth, "token", self->token);

  return auth;
}

/* In a fiber. */
static MtxReply *
post_register (Registration *self,
               GError      **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_REGISTER, NULL);
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_string_member (body, "username", self->credentials->username);
  json_object_set_string_member (body, "device_id", self->credentials->device_id);
  json_object_set_string_member (body, "initial_device_display_name", DEVICE_DISPLAY_NAME);
  json_object_set_boolean_member (body, "inhibit_login", FALSE);
  json_object_set_boolean_member (body, "refresh_token", TRUE);
  if (self->stage != MTX_UIA_NONE)
    json_object_set_object_member (body, "auth", make_auth (self));

  mtx_request_set_body (request, body);
  mtx_request_add_secret (request, "password", self->credentials->password);
  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS | MTX_REQUEST_ACCEPT_UIA);

  return dex_await_boxed (mtx_http_send (self->http, request), error);
}

/* In a fiber. TRUE if the person accepted what the server wants accepted; never silently. */
static gboolean
ask_person (Registration *self,
            JsonObject   *untrusted_body,
            GError      **error)
{
  g_autoptr (GPtrArray) policies = mtx_uia_dup_policies (untrusted_body);
  gboolean              accepted = FALSE;
  g_autoptr (GError)    failure = NULL;

  if (policies == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED, "The server's terms cannot be shown");
      return FALSE;
    }

  accepted = dex_await_boolean (self->terms (policies, self->terms_data), &failure);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  else if (!accepted)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_REFUSED, "The server's terms were not accepted");

  return accepted;
}

/* In a fiber. Reads a 401 and prepares the next request; FALSE if there is none. */
static gboolean
prepare_next (Registration *self,
              JsonObject   *untrusted_body,
              GError      **error)
{
  const char *session = mtx_json_get_string (untrusted_body, "session");
  const char *errcode = mtx_json_get_string (untrusted_body, "errcode");

  if (self->session != NULL && g_strcmp0 (session, self->session) != 0)
    {
      /* The server forgot us: begin again, once. */
      if (self->restarts++ >= MAX_RESTARTS)
        {
          g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server forgets what was done");
          return FALSE;
        }
      errcode = NULL;
    }
  g_set_str (&self->session, session);

  /* A stage failed that the server asked for. As a plain refusal it would have come with 403. */
  if (errcode != NULL && !self->guess)
    {
      g_autoptr (GError) refusal = mtx_error_new_from_server (403, errcode, FALSE, 0);

      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }

  self->guess = FALSE;
  self->stage = mtx_uia_next_stage (untrusted_body, self->token != NULL, self->terms != NULL);
  if (self->stage == MTX_UIA_NONE)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED, "The server wants more than an anonymous account can give");
      return FALSE;
    }

  return self->stage != MTX_UIA_TERMS || ask_person (self, untrusted_body, error);
}

/* In a fiber. */
static MtxAccount *
log_in (Registration *self,
        GError      **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_LOGIN, NULL);
  g_autoptr (JsonObject) body = json_object_new ();
  g_autoptr (MtxReply)   reply = NULL;
  JsonObject            *identifier = json_object_new ();

  json_object_set_string_member (identifier, "type", "m.id.user");
  json_object_set_string_member (identifier, "user", self->credentials->username);
  json_object_set_string_member (body, "type", "m.login.password");
  json_object_set_object_member (body, "identifier", identifier);
  json_object_set_string_member (body, "device_id", self->credentials->device_id);
  json_object_set_string_member (body, "initial_device_display_name", DEVICE_DISPLAY_NAME);
  json_object_set_boolean_member (body, "refresh_token", TRUE);

  mtx_request_set_body (request, body);
  mtx_request_add_secret (request, "password", self->credentials->password);
  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return NULL;

  return mtx_account_new_from_reply (mtx_reply_get_body (reply), self->credentials, error);
}

/* In a fiber. Servers whose accounts are made in a browser refuse like closed ones; tell them apart (M2). */
static GError *
explain_refusal (Registration *self,
                 GError       *refusal)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_AUTH_METADATA, NULL);
  g_autoptr (MtxReply)   reply = NULL;

  mtx_request_set_flags (request, MTX_REQUEST_ANONYMOUS);
  /* Without an error: whatever keeps us from knowing, the refusal stands. */
  reply = dex_await_boxed (mtx_http_send (self->http, request), NULL);
  if (reply == NULL || mtx_json_get_string (mtx_reply_get_body (reply), "issuer") == NULL)
    return refusal;

  g_error_free (refusal);

  return g_error_new_literal (MTX_ERROR, MTX_ERROR_UNSUPPORTED, "This server makes accounts in a browser only");
}

static gboolean
is_final_refusal (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_REFUSED)
         || g_error_matches (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED);
}

/* In a fiber. What to do when the server did not make an account: it may have made it before. */
static DexFuture *
recover (Registration *self,
         GError       *error)
{
  gboolean               exists = g_error_matches (error, MTX_ERROR, MTX_ERROR_USER_IN_USE);
  g_autoptr (GError)     login_error = NULL;
  g_autoptr (MtxAccount) account = NULL;

  if (exists || (self->credentials->resumed && is_final_refusal (error)))
    {
      account = log_in (self, &login_error);
      if (account != NULL)
        {
          g_error_free (error);
          return dex_future_new_take_boxed (MTX_TYPE_ACCOUNT, g_steal_pointer (&account));
        }
      if (exists || mtx_error_is_temporary (login_error))
        {
          g_error_free (error);
          return dex_future_new_for_error (g_steal_pointer (&login_error));
        }
    }

  if (self->session == NULL && is_final_refusal (error))
    error = explain_refusal (self, error);

  return dex_future_new_for_error (error);
}

/* The guess saves a round trip where it is right. Servers answer a wrong one with their stages, or, if they
 * dislike it, as invalid: then the question is put properly. */
static gboolean
drop_guess (Registration *self,
            GError      **error)
{
  if (!self->guess || self->stage == MTX_UIA_NONE || !g_error_matches (*error, MTX_ERROR, MTX_ERROR_INVALID))
    return FALSE;

  g_clear_error (error);
  self->stage = MTX_UIA_NONE;

  return TRUE;
}

static DexFuture *
mtx_registration_run_fiber (gpointer data)
{
  Registration *self = data;
  GError       *error = NULL;

  self->guess = TRUE;
  self->stage = self->token != NULL ? MTX_UIA_TOKEN : MTX_UIA_DUMMY;
  for (guint round = 0; round < MAX_ROUNDS; round++)
    {
      g_autoptr (MtxReply)   reply = post_register (self, &error);
      g_autoptr (MtxAccount) account = NULL;

      if (reply == NULL && drop_guess (self, &error))
        continue;
      if (reply == NULL)
        return recover (self, g_steal_pointer (&error));

      if (mtx_reply_get_status (reply) == 401)
        {
          if (!prepare_next (self, mtx_reply_get_body (reply), &error))
            return recover (self, g_steal_pointer (&error));
          continue;
        }

      account = mtx_account_new_from_reply (mtx_reply_get_body (reply), self->credentials, &error);
      if (account == NULL)
        return dex_future_new_for_error (error);
      return dex_future_new_take_boxed (MTX_TYPE_ACCOUNT, g_steal_pointer (&account));
    }

  return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server never is satisfied"));
}

static DexFuture *
mtx_registration_log_in_fiber (gpointer data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (MtxAccount) account = log_in (data, &error);

  if (account == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_ACCOUNT, g_steal_pointer (&account));
}

/**
 * mtx_registration_run:
 * @http: the connection; needs no token
 * @credentials: what was drawn and is kept already
 * @registration_token: (nullable): what lets people in
 * @terms: (nullable): asks the person to accept the server's terms; without it such servers are refused
 * @data: passed to @terms
 * @destroy: (nullable): frees @data
 *
 * Makes the account, or finds the one that was made with the same credentials before (protocol.md § 10.1).
 *
 * Returns: (transfer full): a future that resolves to a #MtxAccount, or rejects with %MTX_ERROR_RETRY_LATER,
 *   %MTX_ERROR_REFUSED (closed, a token that is not accepted, terms declined; see mtx_error_get_errcode ()),
 *   %MTX_ERROR_UNSUPPORTED (the server wants what an anonymous account cannot give) or %MTX_ERROR_BAD_REPLY
 */
DexFuture *
mtx_registration_run (MtxHttp        *http,
                      MtxCredentials *credentials,
                      const char     *registration_token,
                      MtxTermsFunc    terms,
                      gpointer        data,
                      GDestroyNotify  destroy)
{
  Registration *self = NULL;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (credentials != NULL, NULL);

  self = registration_new (http, credentials);
  self->token = g_strdup (registration_token);
  self->terms = terms;
  self->terms_data = data;
  self->terms_destroy = destroy;

  return mtx_fiber_spawn ("[registration]", mtx_registration_run_fiber, self, registration_free);
}

/**
 * mtx_registration_log_in:
 * @http: the connection; needs no token
 * @credentials: those of an account that exists
 *
 * Logs in again with the same device, for example after a soft logout (protocol.md M3).
 *
 * Returns: (transfer full): a future that resolves to a #MtxAccount, or rejects with an #MtxError;
 *   %MTX_ERROR_REFUSED means that the password or account is not accepted
 */
DexFuture *
mtx_registration_log_in (MtxHttp        *http,
                         MtxCredentials *credentials)
{
  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (credentials != NULL, NULL);

  return mtx_fiber_spawn ("[log-in]", mtx_registration_log_in_fiber, registration_new (http, credentials), registration_free);
}
