/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The door to the network: what it sends, what it accepts, and what it makes of every kind of failure.
 */
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define SECRET_TOKEN "syt_secret_of_the_test"

static MtxSecretBytes *
secret (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static MtxHttp *
connect_to (const char *url,
            const char *token)
{
  g_autoptr (GError) error = NULL;
  MtxHttp           *http = mtx_http_new (url, &error);

  g_assert_no_error (error);
  if (token != NULL)
    {
      g_autoptr (MtxSecretBytes) access = secret (token);
      g_autoptr (MtxTokens)      tokens = mtx_tokens_new (access, NULL);

      mtx_http_set_tokens (http, tokens);
    }

  return http;
}

/* Sends and returns the error, which must come. */
static GError *
fail (MtxHttp    *http,
      MtxRequest *request)
{
  GError              *error = NULL;
  g_autoptr (MtxReply) reply = dex_await_boxed (mtx_http_send (http, request), &error);

  g_assert_null (reply);
  g_assert_nonnull (error);

  return error;
}

static void
assert_fails (MtxHttp    *http,
              const char *endpoint,
              MtxError    code)
{
  g_autoptr (MtxRequest) request = mtx_request_new (endpoint, NULL);
  g_autoptr (GError)     error = fail (http, request);

  g_assert_error (error, MTX_ERROR, (int)code);
}

static DexFuture *
test_headers (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autofree char              *token = mtx_fake_homeserver_add_user (server, "alice", "A");
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), token);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_STATE_EVENT, "!a/b:c", "m.room.topic", "?x=y#z", NULL);
  g_autoptr (MtxReply)          reply = NULL;
  g_autoptr (GError)            error = NULL;
  const MtxFakeRequest         *seen = NULL;
  g_autofree char              *header = g_strconcat ("Bearer ", token, NULL);
  GHashTableIter                iter;
  gpointer                      value = NULL;

  mtx_request_add_query (request, "from", "a&b=c d");
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_REFUSED);

  seen = mtx_fake_homeserver_get_request (server, "GET", "*", 0);
  g_assert_cmpstr (seen->path, ==, "/_matrix/client/v3/rooms/%21a%2Fb%3Ac/state/m.room.topic/%3Fx%3Dy%23z");
  g_assert_cmpstr (g_hash_table_lookup (seen->query, "from"), ==, "a&b=c d");
  g_assert_cmpstr (mtx_fake_request_get_header (seen, "Authorization"), ==, header);
  g_assert_cmpstr (mtx_fake_request_get_header (seen, "User-Agent"), ==, "WalletSupport");
  g_assert_null (mtx_fake_request_get_header (seen, "Accept-Language"));
  g_assert_null (mtx_fake_request_get_header (seen, "Cookie"));
  g_hash_table_iter_init (&iter, seen->query);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_assert_null (strstr (value, token));

  return NULL;
}

static gboolean
set_cookie (const MtxFakeRequest *request,
            MtxFakeAnswer        *answer,
            gpointer              data)
{
  mtx_fake_answer_json (answer, 200, "{\"versions\":[]}");
  g_hash_table_replace (answer->headers, g_strdup ("Set-Cookie"), g_strdup ("follow=me; Path=/"));

  return TRUE;
}

static DexFuture *
test_no_cookies (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (GError)            error = NULL;

  mtx_fake_homeserver_override (server, NULL, "*/versions", set_cookie, NULL, NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
      g_autoptr (MtxReply)   reply = dex_await_boxed (mtx_http_send (http, request), &error);

      g_assert_no_error (error);
      g_assert_cmpuint (mtx_reply_get_status (reply), ==, 200);
      g_assert_null (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (server, NULL, "*", i), "Cookie"));
    }

  return NULL;
}

static void
test_urls (void)
{
  const struct
  {
    const char *url;
    gboolean    good;
  } cases[] = {
    { "https://matrix.example", TRUE },
    { "https://matrix.example:8448/path", TRUE },
    { "http://127.0.0.1:8008", TRUE },
    { "http://localhost:8008", TRUE },
    { "http://[::1]:8008", TRUE },
    { "http://matrix.example", FALSE },
    { "http://192.168.0.1", FALSE },
    { "http://localhost.evil.example", FALSE },
    { "http://127.0.0.1@evil.example", FALSE },
    { "https://user:pass@matrix.example", FALSE },
    { "ftp://matrix.example", FALSE },
    { "file:///etc/passwd", FALSE },
    { "matrix.example", FALSE },
    { "https://", FALSE },
    { "", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].url);
      g_assert_cmpint (mtx_http_url_is_acceptable (cases[i].url, &error), ==, cases[i].good);
      g_assert_true ((error == NULL) == cases[i].good);
    }
}

static DexFuture *
test_decisions (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  const struct
  {
    MtxFakeFault fault;
    MtxError     code;
  } cases[] = {
    { { .status = 500, .times = 1 }, MTX_ERROR_RETRY_LATER },
    { { .status = 504, .times = 1 }, MTX_ERROR_RETRY_LATER },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .times = 1 }, MTX_ERROR_RETRY_LATER },
    { { .status = 404, .errcode = "M_UNRECOGNIZED", .times = 1 }, MTX_ERROR_UNSUPPORTED },
    { { .status = 404, .errcode = "M_NOT_FOUND", .times = 1 }, MTX_ERROR_NOT_FOUND },
    { { .status = 403, .errcode = "M_FORBIDDEN", .times = 1 }, MTX_ERROR_REFUSED },
    { { .drop = MTX_FAKE_DROP_BEFORE, .times = 1 }, MTX_ERROR_RETRY_LATER },
    { { .drop = MTX_FAKE_DROP_AFTER, .times = 1 }, MTX_ERROR_RETRY_LATER },
    { { .drop = MTX_FAKE_TRUNCATE, .times = 1 }, MTX_ERROR_RETRY_LATER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      mtx_fake_homeserver_clear_faults (server);
      mtx_fake_homeserver_fault (server, NULL, "*/register", &cases[i].fault);
      assert_fails (http, MTX_ENDPOINT_REGISTER, cases[i].code);
    }

  return NULL;
}

static DexFuture *
test_retry_after (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (GDateTime)         now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime)         later = g_date_time_add_seconds (now, 60);
  g_autofree char              *date = g_date_time_format (later, "%a, %d %b %Y %H:%M:%S GMT");
  const struct
  {
    MtxFakeFault fault;
    gint64       least;
    gint64       most;
  } cases[] = {
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = 1500 }, 1500, 1500 },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = 1500, .retry_after = "7" }, 7000, 7000 },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after = date }, 50000, 60000 },
    { { .status = 503, .retry_after = "3" }, 3000, 3000 },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = 900, .retry_after = "soon" }, 900, 900 },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after = "-5" }, 0, 0 },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = -900 }, 0, 0 },
    { { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = (G_GINT64_CONSTANT (1) << 53) - 1 }, 24 * 60 * 60 * 1000, 24 * 60 * 60 * 1000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
      g_autoptr (GError)     error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      mtx_fake_homeserver_clear_faults (server);
      mtx_fake_homeserver_fault (server, NULL, "*/versions", &cases[i].fault);
      error = fail (http, request);
      g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
      g_assert_cmpint (mtx_error_get_retry_after_ms (error), >=, cases[i].least);
      g_assert_cmpint (mtx_error_get_retry_after_ms (error), <=, cases[i].most);
    }

  return NULL;
}

static gboolean
answer_bytes (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  mtx_fake_answer_json (answer, 200, data);

  return TRUE;
}

static DexFuture *
test_caps (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autofree char              *filler = g_strnfill (200 * 1024, 'x');
  g_autofree char              *big = g_strdup_printf ("{\"versions\":\"%s\"}", filler);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
  g_autoptr (MtxReply)          reply = NULL;
  g_autoptr (GError)            error = NULL;

  mtx_fake_homeserver_override (server, NULL, "*/versions", answer_bytes, big, NULL);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (mtx_json_get_string (mtx_reply_get_body (reply), "versions")), ==, 200 * 1024);
  g_clear_pointer (&reply, mtx_reply_unref);

  /* One byte less than the answer has. */
  mtx_request_set_max_reply (request, strlen (big) - 1);
  error = fail (http, request);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);

  return NULL;
}

static DexFuture *
test_threat_097_bodies (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autofree char              *deep = g_strnfill (5000, '[');
  g_autofree char              *nested = g_strdup_printf ("{\"a\":%s", deep);
  const char                   *bodies[] = { "", "null", "[]", "\"text\"", "{\"a\":NaN}", "{\"a\":\"\xff\"}", "{", nested, "<html>" };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      mtx_fake_homeserver_override (server, NULL, "*/versions", answer_bytes, (gpointer)bodies[i], NULL);
      assert_fails (http, MTX_ENDPOINT_VERSIONS, MTX_ERROR_BAD_REPLY);
    }

  return NULL;
}

static DexFuture *
test_raw (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
  g_autoptr (MtxReply)          reply = NULL;
  g_autoptr (GError)            error = NULL;

  mtx_fake_homeserver_override (server, NULL, "*/versions", answer_bytes, (gpointer) "not json", NULL);
  mtx_request_set_flags (request, MTX_REQUEST_RAW_REPLY);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (mtx_reply_get_bytes (reply), NULL), g_bytes_get_size (mtx_reply_get_bytes (reply)), "not json", 8);
  g_assert_null (mtx_reply_get_body (reply));

  return NULL;
}

typedef struct
{
  const char *target;
  guint       status;
} Redirect;

static gboolean
redirect (const MtxFakeRequest *request,
          MtxFakeAnswer        *answer,
          gpointer              data)
{
  Redirect *to = data;

  mtx_fake_answer_json (answer, to->status, "{}");
  g_hash_table_replace (answer->headers, g_strdup ("Location"), g_strdup (to->target));

  return TRUE;
}

/* The token goes to its own origin only, however a redirect is spelled; a POST is not followed. */
static DexFuture *
test_threat_093_redirects (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxFakeHomeserver) other = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), SECRET_TOKEN);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_STATE, "!a:b", NULL);
  g_autoptr (MtxReply)          reply = NULL;
  g_autoptr (GError)            error = NULL;
  g_autofree char              *there = g_strconcat (mtx_fake_homeserver_get_base_url (other), "/_matrix/client/versions", NULL);
  Redirect                      away = { there, 302 };
  Redirect                      insecure = { "http://matrix.example/", 302 };
  Redirect                      circle = { "/_matrix/client/v3/rooms/%21a%3Ab/state", 307 };

  mtx_fake_homeserver_override (server, NULL, "*/state", redirect, &away, NULL);
  mtx_fake_homeserver_override (server, NULL, "*/register", redirect, &away, NULL);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  g_assert_no_error (error);
  g_assert_nonnull (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (server, "GET", "*", 0), "Authorization"));
  g_assert_null (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (other, "GET", "*", 0), "Authorization"));

  assert_fails (http, MTX_ENDPOINT_REGISTER, MTX_ERROR_BAD_REPLY);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (other, "POST", "*"), ==, 0);

  mtx_fake_homeserver_override (server, NULL, "*/state", redirect, &insecure, NULL);
  error = fail (http, request);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_clear_error (&error);

  mtx_fake_homeserver_override (server, NULL, "*/state", redirect, &circle, NULL);
  error = fail (http, request);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);

  return NULL;
}

static DexFuture *
test_timeout (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
  const MtxFakeFault            slow = { .delay_ms = 60 * 1000 };
  g_autoptr (GError)            error = NULL;

  mtx_fake_homeserver_fault (server, NULL, "*", &slow);
  mtx_request_set_timeout_ms (request, 50);
  error = fail (http, request);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);

  return NULL;
}

static gboolean
has_request (gpointer data)
{
  return mtx_fake_homeserver_count_requests (data, NULL, "*") > 0;
}

static DexFuture *
test_close (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
  const MtxFakeFault            slow = { .delay_ms = 60 * 1000 };
  g_autoptr (DexFuture)         pending = NULL;
  g_autoptr (GError)            error = NULL;

  mtx_fake_homeserver_fault (server, NULL, "*", &slow);
  pending = mtx_http_send (http, request);
  mtx_test_wait (has_request, server);
  mtx_http_close (http);
  g_assert_false (dex_await (g_steal_pointer (&pending), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);
  g_clear_error (&error);

  error = fail (http, request);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_CLOSED);

  return NULL;
}

static DexFuture *
keep_error (DexFuture *future,
            gpointer   data)
{
  return dex_ref (future);
}

/* Dropping a future that depends on the request takes the request from the wire. */
static DexFuture *
test_cancel (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
  const MtxFakeFault            slow = { .delay_ms = 60 * 1000 };
  DexFuture                    *dependent = NULL;
  gpointer                      weak = http;

  mtx_fake_homeserver_fault (server, NULL, "*", &slow);
  dependent = dex_future_finally (mtx_http_send (http, request), keep_error, NULL, NULL);
  mtx_test_wait (has_request, server);
  dex_clear (&dependent);

  /* Everything the request held is let go. */
  g_object_add_weak_pointer (G_OBJECT (http), &weak);
  g_clear_object (&http);
  while (weak != NULL)
    dex_await (mtx_future_after (1), NULL);

  return NULL;
}

static void
count_lost (MtxHttp *http,
            int      code,
            int     *last)
{
  *last = code;
}

static DexFuture *
test_session_lost (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autofree char              *token = mtx_fake_homeserver_add_user (server, "alice", "A");
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), token);
  int                           lost = -1;

  g_signal_connect (http, "session-lost", G_CALLBACK (count_lost), &lost);
  mtx_fake_homeserver_expire_token (server, token, TRUE);
  assert_fails (http, MTX_ENDPOINT_SYNC, MTX_ERROR_SOFT_LOGOUT);
  g_assert_cmpint (lost, ==, MTX_ERROR_SOFT_LOGOUT);
  mtx_fake_homeserver_expire_token (server, token, FALSE);
  assert_fails (http, MTX_ENDPOINT_SYNC, MTX_ERROR_LOG_IN_AGAIN);
  g_assert_cmpint (lost, ==, MTX_ERROR_LOG_IN_AGAIN);

  return NULL;
}

static DexFuture *
test_secret_body (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           http = connect_to (mtx_fake_homeserver_get_base_url (server), NULL);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_REGISTER, NULL);
  g_autoptr (MtxRequest)        alone = mtx_request_new (MTX_ENDPOINT_REGISTER, NULL);
  g_autoptr (JsonObject)        body = json_object_new ();
  g_autoptr (MtxSecretBytes)    password = secret ("correct \"horse\"\\\n\tb\303\244ttery \360\237\220\264");
  g_autoptr (GError)            error = NULL;
  g_autoptr (GError)            other = NULL;
  const MtxFakeRequest         *seen = NULL;

  json_object_set_string_member (body, "username", "alice");
  mtx_request_set_body (request, body);
  mtx_request_add_secret (request, "password", password);
  error = fail (http, request);
  seen = mtx_fake_homeserver_get_request (server, "POST", "*", 0);
  g_assert_cmpstr (mtx_json_get_string (seen->body, "username"), ==, "alice");
  g_assert_cmpstr (mtx_json_get_string (seen->body, "password"), ==, "correct \"horse\"\\\n\tb\303\244ttery \360\237\220\264");
  g_assert_false (json_object_has_member (body, "password"));

  mtx_request_add_secret (alone, "password", password);
  other = fail (http, alone);
  seen = mtx_fake_homeserver_get_request (server, "POST", "*", 1);
  g_assert_cmpstr (mtx_json_get_string (seen->body, "password"), ==, "correct \"horse\"\\\n\tb\303\244ttery \360\237\220\264");

  return NULL;
}

/* A path argument of dots alone must not climb. */
static void
test_path_arguments (void)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_MEDIA_DOWNLOAD, "..", ".", NULL);
  g_autofree char       *target = mtx_request_dup_target (request);

  g_assert_cmpstr (target, ==, "/_matrix/client/v1/media/download/%2E%2E/%2E");
}

/* The proxy is the fake server itself, which sees the whole address of a server that does not exist. */
static DexFuture *
test_proxy (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) proxy = mtx_fake_homeserver_new ();
  g_autoptr (GProxyResolver)    resolver = g_simple_proxy_resolver_new (mtx_fake_homeserver_get_base_url (proxy), NULL);
  g_autoptr (MtxHttp)           http = connect_to ("http://127.0.0.1:9", NULL);
  g_autoptr (MtxRequest)        request = mtx_request_new (MTX_ENDPOINT_VERSIONS, NULL);
  g_autoptr (MtxReply)          reply = NULL;
  g_autoptr (GError)            error = NULL;

  mtx_http_set_proxy_resolver (http, resolver);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (proxy, NULL, "*", 0), "Host"), ==, "127.0.0.1:9");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/http/acceptable-urls", test_urls);
  g_test_add_func ("/http/path-arguments", test_path_arguments);
  mtx_test_add_fiber ("/http/headers", test_headers);
  mtx_test_add_fiber ("/http/no-cookies", test_no_cookies);
  mtx_test_add_fiber ("/http/threat-096-decisions", test_decisions);
  mtx_test_add_fiber ("/http/retry-after", test_retry_after);
  mtx_test_add_fiber ("/http/caps", test_caps);
  mtx_test_add_fiber ("/http/threat-097-bodies", test_threat_097_bodies);
  mtx_test_add_fiber ("/http/raw", test_raw);
  mtx_test_add_fiber ("/http/threat-093-redirects", test_threat_093_redirects);
  mtx_test_add_fiber ("/http/timeout", test_timeout);
  mtx_test_add_fiber ("/http/close", test_close);
  mtx_test_add_fiber ("/http/cancel", test_cancel);
  mtx_test_add_fiber ("/http/session-lost", test_session_lost);
  mtx_test_add_fiber ("/http/secret-body", test_secret_body);
  mtx_test_add_fiber ("/http/proxy", test_proxy);

  return g_test_run ();
}
