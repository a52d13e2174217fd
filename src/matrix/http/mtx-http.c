/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sends requests to one homeserver: the token goes to its origin only, nothing but https leaves the
 * machine, reading stops at the cap, and every failure becomes a decision.
 */
#include "mtx-http.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-reply-parse.h"
#include "mtx-secret-bytes.h"
#include "mtx-soup-futures.h"
#include "mtx-tokens.h"

/* No version, no system, no language: many people shall look alike. */
#define USER_AGENT "WalletSupport"

#define CONNECT_TIMEOUT_MS (10 * 1000)
#define READ_CHUNK_BYTES   (64 * 1024)
#define MAX_REDIRECTS      5
#define MAX_CONNECTIONS    8 /* one is kept busy by sync */

struct _MtxHttp
{
  GObject parent_instance;

  /* owned */
  char        *base_url;
  GUri        *base;
  SoupSession *soup; /* NULL once closed */
  MtxTokens   *tokens;
};

G_DEFINE_FINAL_TYPE (MtxHttp, mtx_http, G_TYPE_OBJECT)

enum
{
  SIGNAL_SESSION_LOST,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* One attempt: the request with the token of that moment. */
typedef struct
{
  MtxHttp        *http;
  MtxRequest     *request;
  MtxSecretBytes *access; /* or NULL */
} Exchange;

static Exchange *
exchange_new (MtxHttp        *http,
              MtxRequest     *request,
              MtxSecretBytes *access)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->http = g_object_ref (http);
  exchange->request = mtx_request_ref (request);
  exchange->access = access != NULL ? mtx_secret_bytes_ref (access) : NULL;

  return exchange;
}

static void
exchange_free (gpointer data)
{
  Exchange *exchange = data;

  g_clear_object (&exchange->http);
  g_clear_pointer (&exchange->request, mtx_request_unref);
  g_clear_pointer (&exchange->access, mtx_secret_bytes_unref);
  g_free (exchange);
}

static gboolean
uri_is_https (GUri *uri)
{
  return g_str_equal (g_uri_get_scheme (uri), "https");
}

static gboolean
uri_is_loopback (GUri *uri)
{
  const char              *host = g_uri_get_host (uri);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 || (address != NULL && g_inet_address_get_is_loopback (address));
}

/* A URI we would connect to at all: https, or http that does not leave this machine. */
static GUri *
parse_acceptable (const char *untrusted_url,
                  GError    **error)
{
  g_autoptr (GUri) uri = g_uri_parse (untrusted_url, SOUP_HTTP_URI_FLAGS, NULL);
  const char      *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0' || g_uri_get_userinfo (uri) != NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "Not the address of a server");
      return NULL;
    }

  if (!uri_is_https (uri) && !(g_str_equal (g_uri_get_scheme (uri), "http") && uri_is_loopback (uri)))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Only https leaves this machine");
      return NULL;
    }

  return g_steal_pointer (&uri);
}

static gboolean
same_origin (GUri *one,
             GUri *other)
{
  return g_str_equal (g_uri_get_scheme (one), g_uri_get_scheme (other))
         && g_ascii_strcasecmp (g_uri_get_host (one), g_uri_get_host (other)) == 0
         && g_uri_get_port (one) == g_uri_get_port (other);
}

static void
authorize (SoupMessage    *message,
           MtxSecretBytes *access)
{
  gsize         length = 0;
  const guint8 *token = mtx_secret_bytes_get (access, &length);
  char         *header = g_malloc0 (strlen ("Bearer ") + length + 1);

  memcpy (g_stpcpy (header, "Bearer "), token, length);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", header);
  mtx_secret_string_free (header);
}

/* libsoup repeats a PUT by itself when the server closes a connection that was used before, but not its body,
 * which was read to the end. */
static void
on_restarted (SoupMessage *message,
              gpointer     body)
{
  g_autofree char *content_type = g_strdup (soup_message_headers_get_content_type (soup_message_get_request_headers (message), NULL));

  soup_message_set_request_body_from_bytes (message, content_type, body);
}

static void
release_body (gpointer  body,
              GClosure *closure)
{
  g_bytes_unref (body);
}

static SoupMessage *
message_new (Exchange *exchange,
             GUri     *uri)
{
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (mtx_request_get_method (exchange->request), uri);
  const char             *content_type = NULL;
  g_autoptr (GBytes)      body = mtx_request_dup_body (exchange->request, &content_type);

  /* Redirects are followed by us, where it can be seen who gets what. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (body != NULL)
    {
      soup_message_set_request_body_from_bytes (message, content_type, body);
      g_signal_connect_data (message, "restarted", G_CALLBACK (on_restarted), g_bytes_ref (body), release_body, G_CONNECT_DEFAULT);
    }
  if (exchange->access != NULL && same_origin (uri, exchange->http->base))
    authorize (message, exchange->access);

  return g_steal_pointer (&message);
}

static GError *
too_large_error (void)
{
  return g_error_new_literal (MTX_ERROR, MTX_ERROR_TOO_LARGE, "The answer is longer than allowed");
}

/* In a fiber. Reading stops at the cap: what lies behind it never enters this process. Between two pieces of a
 * long answer a frame may be drawn, so they are read at a lower priority than GTK's. */
static GBytes *
read_body (SoupMessage  *message,
           GInputStream *stream,
           gsize         max_bytes,
           GError      **error)
{
  SoupMessageHeaders    *headers = soup_message_get_response_headers (message);
  g_autoptr (GByteArray) body = g_byte_array_new ();

  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH
      && soup_message_headers_get_content_length (headers) > (goffset)max_bytes)
    {
      g_propagate_error (error, too_large_error ());
      return NULL;
    }

  for (;;)
    {
      g_autoptr (GBytes) chunk = dex_await_boxed (dex_input_stream_read_bytes (stream, READ_CHUNK_BYTES, G_PRIORITY_DEFAULT_IDLE), error);

      if (chunk == NULL)
        return NULL;
      if (g_bytes_get_size (chunk) == 0)
        break;
      if (g_bytes_get_size (chunk) > max_bytes - body->len)
        {
          g_propagate_error (error, too_large_error ());
          return NULL;
        }
      g_byte_array_append (body, g_bytes_get_data (chunk, NULL), (guint)g_bytes_get_size (chunk));
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&body));
}

/* The place a redirect points to, if we go there: never from https to http (threats.md 104). */
static GUri *
follow_redirect (Exchange    *exchange,
                 GUri        *from,
                 SoupMessage *message,
                 GError     **error)
{
  const char      *location = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  g_autofree char *url = NULL;
  g_autofree char *base = g_uri_to_string (from);
  g_autoptr (GUri) uri = NULL;

  if (!g_str_equal (mtx_request_get_method (exchange->request), "GET") || location == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "A redirect that cannot be followed");
      return NULL;
    }

  url = g_uri_resolve_relative (base, location, SOUP_HTTP_URI_FLAGS, NULL);
  uri = parse_acceptable (url != NULL ? url : "", error);
  if (uri == NULL)
    return NULL;
  if (uri_is_https (from) && !uri_is_https (uri))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "A redirect from https to http");
      return NULL;
    }

  return g_steal_pointer (&uri);
}

static gboolean
is_redirect (guint status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static DexFuture *
exchange_fiber (gpointer data)
{
  Exchange          *exchange = data;
  g_autofree char   *target = mtx_request_dup_target (exchange->request);
  g_autofree char   *url = g_strconcat (exchange->http->base_url, target, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri)   uri = parse_acceptable (url, &error);

  for (guint hops = 0; uri != NULL && hops <= MAX_REDIRECTS; hops++)
    {
      g_autoptr (SoupMessage)  message = message_new (exchange, uri);
      g_autoptr (GInputStream) stream = NULL;
      g_autoptr (GBytes)       body = NULL;
      GUri                    *next = NULL;

      if (exchange->http->soup == NULL)
        return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_CLOSED, "The connection was closed"));

      stream = dex_await_object (mtx_soup_send (exchange->http->soup, message, CONNECT_TIMEOUT_MS), &error);
      if (stream == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));

      if (is_redirect (soup_message_get_status (message)))
        {
          next = follow_redirect (exchange, uri, message, &error);
          g_clear_pointer (&uri, g_uri_unref);
          uri = next;
          continue;
        }

      body = read_body (message, stream, mtx_request_get_max_reply (exchange->request), &error);
      if (body == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));

      return mtx_reply_parse (exchange->request,
                              soup_message_get_status (message),
                              soup_message_get_response_headers (message),
                              body);
    }

  if (error == NULL)
    error = g_error_new_literal (MTX_ERROR, MTX_ERROR_BAD_REPLY, "Redirected in circles");

  return dex_future_new_for_error (g_steal_pointer (&error));
}

/* What stopped the exchange below HTTP, as a decision. */
static GError *
network_error (MtxHttp *self,
               GError  *error)
{
  MtxError decision = MTX_ERROR_RETRY_LATER;
  GError  *decided = NULL;

  if (error->domain == MTX_ERROR)
    return error;

  if (self->soup == NULL)
    decision = MTX_ERROR_CLOSED;
  else if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    decision = MTX_ERROR_UNTRUSTED;

  decided = g_error_new (MTX_ERROR, decision, "No answer: %s", error->message);
  g_error_free (error);

  return decided;
}

/* In a fiber. */
static MtxReply *
attempt (MtxHttp        *self,
         MtxRequest     *request,
         MtxSecretBytes *access,
         GError        **error)
{
  g_autoptr (GError) failure = NULL;
  DexFuture         *deadline = dex_timeout_new_msec ((int)mtx_request_get_timeout_ms (request));
  DexFuture         *exchange = mtx_fiber_spawn ("[http-exchange]", exchange_fiber,
                                                 exchange_new (self, request, access), exchange_free);
  MtxReply          *reply = dex_await_boxed (dex_future_first (exchange, deadline, NULL), &failure);

  if (reply == NULL)
    g_propagate_error (error, network_error (self, g_steal_pointer (&failure)));

  return reply;
}

static gboolean
is_token_refused (const GError *error)
{
  return g_error_matches (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN)
         || g_error_matches (error, MTX_ERROR, MTX_ERROR_SOFT_LOGOUT);
}

/* In a fiber. TRUE when there is a token the server has not refused yet; otherwise *error is the better reason. */
static gboolean
renew (MtxHttp        *self,
       MtxSecretBytes *refused,
       GError        **error)
{
  g_autoptr (GError) renewal_error = NULL;

  if (dex_await (mtx_tokens_renew (self->tokens, self, refused), &renewal_error))
    return TRUE;

  /* UNSUPPORTED: there is no refresh token, so the server's first word stands. */
  if (!g_error_matches (renewal_error, MTX_ERROR, MTX_ERROR_UNSUPPORTED))
    {
      g_clear_error (error);
      g_propagate_error (error, g_steal_pointer (&renewal_error));
    }

  return FALSE;
}

static DexFuture *
mtx_http_send_fiber (gpointer data)
{
  Exchange          *send = data;
  MtxHttp           *self = send->http;
  gboolean           anonymous = (mtx_request_get_flags (send->request) & MTX_REQUEST_ANONYMOUS) != 0;
  gboolean           had_token = FALSE;
  g_autoptr (GError) error = NULL;

  for (guint renewals = 0; renewals <= 1; renewals++)
    {
      g_autoptr (MtxSecretBytes) access = !anonymous && self->tokens != NULL ? mtx_tokens_dup_access (self->tokens) : NULL;
      g_autoptr (MtxReply)       reply = NULL;

      g_clear_error (&error);
      reply = attempt (self, send->request, access, &error);
      if (reply != NULL)
        return dex_future_new_take_boxed (MTX_TYPE_REPLY, g_steal_pointer (&reply));
      had_token = access != NULL;
      if (!had_token || self->tokens == NULL || !is_token_refused (error) || !renew (self, access, &error))
        break;
    }

  if (had_token && is_token_refused (error))
    g_signal_emit (self, signals[SIGNAL_SESSION_LOST], 0, error->code);
  else if (!anonymous && is_token_refused (error))
    /* There is no token just now; whoever owns the session is getting one. */
    error->code = MTX_ERROR_SOFT_LOGOUT;

  return dex_future_new_for_error (g_steal_pointer (&error));
}

static void
mtx_http_finalize (GObject *object)
{
  MtxHttp *self = MTX_HTTP (object);

  g_clear_pointer (&self->base_url, g_free);
  g_clear_pointer (&self->base, g_uri_unref);
  g_clear_object (&self->soup);
  g_clear_object (&self->tokens);

  G_OBJECT_CLASS (mtx_http_parent_class)->finalize (object);
}

static void
mtx_http_class_init (MtxHttpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_http_finalize;

  /**
   * MtxHttp::session-lost:
   * @self: the connection
   * @code: %MTX_ERROR_LOG_IN_AGAIN or %MTX_ERROR_SOFT_LOGOUT
   *
   * The server refused our token and it could not be renewed.
   */
  signals[SIGNAL_SESSION_LOST] = g_signal_new ("session-lost", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                               0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
mtx_http_init (MtxHttp *self)
{
  /* Deadlines are per request, so the sockets have none of their own. There is no cookie jar, no cache,
   * and no Accept-Language header unless one asks libsoup for it. */
  self->soup = soup_session_new_with_options ("user-agent", USER_AGENT,
                                              "timeout", 0,
                                              "max-conns", MAX_CONNECTIONS * 2,
                                              "max-conns-per-host", MAX_CONNECTIONS,
                                              NULL);
}

/**
 * mtx_http_url_is_acceptable:
 * @untrusted_url: the address of a server
 * @error: why not
 *
 * Says whether we would connect there: https, or http that does not leave this machine; no user name in it.
 *
 * Returns: %TRUE if so
 */
gboolean
mtx_http_url_is_acceptable (const char *untrusted_url,
                            GError    **error)
{
  g_autoptr (GUri) uri = NULL;

  g_return_val_if_fail (untrusted_url != NULL, FALSE);

  uri = parse_acceptable (untrusted_url, error);

  return uri != NULL;
}

/**
 * mtx_http_new:
 * @base_url: the homeserver's address, with or without a path
 * @error: %MTX_ERROR_INVALID or %MTX_ERROR_UNTRUSTED if we do not connect there
 *
 * Makes the connection to a homeserver. Nothing is sent yet.
 *
 * Returns: (transfer full) (nullable): a connection without a token
 */
MtxHttp *
mtx_http_new (const char *base_url,
              GError    **error)
{
  MtxHttp         *self = NULL;
  g_autoptr (GUri) base = NULL;

  g_return_val_if_fail (base_url != NULL, NULL);

  base = parse_acceptable (base_url, error);
  if (base == NULL)
    return NULL;
  if (g_uri_get_query (base) != NULL || g_uri_get_fragment (base) != NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "Not the address of a homeserver");
      return NULL;
    }

  self = g_object_new (MTX_TYPE_HTTP, NULL);
  self->base_url = g_strdup (base_url);
  while (g_str_has_suffix (self->base_url, "/"))
    self->base_url[strlen (self->base_url) - 1] = '\0';
  self->base = g_steal_pointer (&base);

  return self;
}

/**
 * mtx_http_get_base_url:
 * @self: a connection
 *
 * Returns: (transfer none): the homeserver's address, without a slash at its end
 */
const char *
mtx_http_get_base_url (MtxHttp *self)
{
  g_return_val_if_fail (MTX_IS_HTTP (self), NULL);

  return self->base_url;
}

/**
 * mtx_http_get_tokens:
 * @self: a connection
 *
 * Returns: (transfer none) (nullable): the session's tokens
 */
MtxTokens *
mtx_http_get_tokens (MtxHttp *self)
{
  g_return_val_if_fail (MTX_IS_HTTP (self), NULL);

  return self->tokens;
}

/**
 * mtx_http_set_tokens:
 * @self: a connection
 * @tokens: (nullable): what authorizes requests from now on
 *
 * Logs the connection in, or out.
 */
void
mtx_http_set_tokens (MtxHttp   *self,
                     MtxTokens *tokens)
{
  g_return_if_fail (MTX_IS_HTTP (self));

  g_set_object (&self->tokens, tokens);
}

/**
 * mtx_http_set_proxy_resolver:
 * @self: a connection
 * @resolver: (nullable): who says which proxy to use
 *
 * Replaces the desktop's proxy settings, which are used otherwise.
 */
void
mtx_http_set_proxy_resolver (MtxHttp        *self,
                             GProxyResolver *resolver)
{
  g_return_if_fail (MTX_IS_HTTP (self));
  g_return_if_fail (self->soup != NULL);

  soup_session_set_proxy_resolver (self->soup, resolver);
}

/**
 * mtx_http_send:
 * @self: a connection
 * @request: what to send; may be sent again later
 *
 * Sends one request. A token that is refused is renewed once, if it can be, and the request repeated;
 * other repetition is up to the caller (see mtx_error_is_temporary () and mtx_error_get_retry_after_ms ()).
 * Dropping a future that depends on the one returned cancels the exchange.
 *
 * Returns: (transfer full): a future that resolves to a #MtxReply with a success (or, where the request accepts
 *   it, with the stages of user-interactive authentication), or rejects with an #MtxError
 */
DexFuture *
mtx_http_send (MtxHttp    *self,
               MtxRequest *request)
{
  g_return_val_if_fail (MTX_IS_HTTP (self), NULL);
  g_return_val_if_fail (request != NULL, NULL);

  return mtx_fiber_spawn ("[http-send]", mtx_http_send_fiber, exchange_new (self, request, NULL), exchange_free);
}

/**
 * mtx_http_close:
 * @self: a connection
 *
 * Aborts what is under way and refuses what comes later, both with %MTX_ERROR_CLOSED.
 */
void
mtx_http_close (MtxHttp *self)
{
  g_autoptr (SoupSession) soup = NULL;

  g_return_if_fail (MTX_IS_HTTP (self));

  soup = g_steal_pointer (&self->soup);
  if (soup != NULL)
    soup_session_abort (soup);
}
