/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads an answer: JSON by the caps, in a thread when it is big; refusals as decisions, with the time
 * the server asks to wait.
 */
#include "mtx-reply-parse.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json-salvage.h"
#include "mtx-reply.h"
#include "mtx-request.h"

/* Parsing more than this at once would be seen as a stutter. */
#define PARSE_INLINE_BYTES (64 * 1024)

typedef struct
{
  GBytes *bytes;
  guint   status;
} Parse;

static void
parse_free (gpointer data)
{
  Parse *parse = data;

  g_bytes_unref (parse->bytes);
  g_free (parse);
}

static JsonObject *
parse_object (GBytes  *untrusted,
              GError **error)
{
  gsize               length = 0;
  const char         *text = g_bytes_get_data (untrusted, &length);
  const MtxJsonLimits limits = { .max_bytes = length, .max_depth = MTX_JSON_MAX_DEPTH };

  return mtx_json_parse_salvaged (text != NULL ? text : "", (gssize)length, &limits, NULL, error);
}

static DexFuture *
parse_reply (gpointer data)
{
  Parse                 *parse = data;
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) body = parse_object (parse->bytes, &error);

  if (body == NULL)
    return dex_future_new_for_error (g_error_new (MTX_ERROR, MTX_ERROR_BAD_REPLY, "The answer is not JSON we accept: %s", error->message));

  return dex_future_new_take_boxed (MTX_TYPE_REPLY, mtx_reply_new (parse->status, body, NULL));
}

static DexFuture *
parse_success (guint   status,
               GBytes *untrusted_body)
{
  Parse     *parse = g_new0 (Parse, 1);
  DexFuture *reply = NULL;

  parse->bytes = g_bytes_ref (untrusted_body);
  parse->status = status;
  if (g_bytes_get_size (untrusted_body) > PARSE_INLINE_BYTES)
    return mtx_thread_run ("[http-parse]", parse_reply, parse, parse_free);

  reply = parse_reply (parse);
  parse_free (parse);

  return reply;
}

/* Retry-After as seconds or as a date (RFC 9110 § 10.2.3). A date is compared with the server's own clock
 * where it tells, ours may be wrong. */
static gint64
read_retry_after (SoupMessageHeaders *untrusted_headers)
{
  const char           *value = soup_message_headers_get_one (untrusted_headers, "Retry-After");
  const char           *server_date = soup_message_headers_get_one (untrusted_headers, "Date");
  g_autoptr (GDateTime) until = NULL;
  g_autoptr (GDateTime) now = NULL;
  guint64               seconds = 0;

  if (value == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT32, &seconds, NULL))
    return (gint64)seconds * 1000;

  until = soup_date_time_new_from_http_string (value);
  if (until == NULL)
    return 0;
  now = server_date != NULL ? soup_date_time_new_from_http_string (server_date) : NULL;
  if (now == NULL)
    now = g_date_time_new_now_utc ();

  return MAX (0, g_date_time_difference (until, now) / 1000);
}

static GError *
parse_refusal (guint               status,
               SoupMessageHeaders *untrusted_headers,
               JsonObject         *untrusted_body)
{
  gint64      retry_after_ms = read_retry_after (untrusted_headers);
  gboolean    soft_logout = FALSE;
  const char *errcode = NULL;

  if (untrusted_body != NULL)
    {
      errcode = mtx_json_get_string (untrusted_body, "errcode");
      mtx_json_get_boolean (untrusted_body, "soft_logout", &soft_logout);
      if (retry_after_ms == 0)
        mtx_json_get_int (untrusted_body, "retry_after_ms", &retry_after_ms);
    }

  return mtx_error_new_from_server (status, errcode, soft_logout, retry_after_ms);
}

/**
 * mtx_reply_parse:
 * @request: what was asked
 * @status: the HTTP status
 * @untrusted_headers: the headers of the answer
 * @untrusted_body: the body, at most as long as @request allows
 *
 * Makes of an answer what the caller of mtx_http_send () gets
 * (specification, § Standard error response, § Rate limiting, § User-Interactive Authentication API).
 *
 * Returns: (transfer full): a future that resolves to a #MtxReply or rejects with an #MtxError
 */
DexFuture *
mtx_reply_parse (MtxRequest         *request,
                 guint               status,
                 SoupMessageHeaders *untrusted_headers,
                 GBytes             *untrusted_body)
{
  MtxRequestFlags        flags = mtx_request_get_flags (request);
  g_autoptr (JsonObject) body = NULL;

  if (SOUP_STATUS_IS_SUCCESSFUL (status))
    {
      if (flags & MTX_REQUEST_RAW_REPLY)
        return dex_future_new_take_boxed (MTX_TYPE_REPLY, mtx_reply_new (status, NULL, untrusted_body));

      return parse_success (status, untrusted_body);
    }

  /* A refusal is short; one that is not is a proxy's page, and its status says enough. */
  if (g_bytes_get_size (untrusted_body) <= PARSE_INLINE_BYTES)
    body = parse_object (untrusted_body, NULL);

  if (status == SOUP_STATUS_UNAUTHORIZED && (flags & MTX_REQUEST_ACCEPT_UIA)
      && body != NULL && mtx_json_get_array (body, "flows") != NULL)
    return dex_future_new_take_boxed (MTX_TYPE_REPLY, mtx_reply_new (status, body, NULL));

  return dex_future_new_for_error (parse_refusal (status, untrusted_headers, body));
}
