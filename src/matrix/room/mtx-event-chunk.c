/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fetches events and reads them in a thread, as bytes: the JSON they come from never leaves it.
 */
#include "mtx-event-chunk.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json-salvage.h"

#define MAX_TOKEN_BYTES 65536

typedef struct
{
  char   *room_id;
  GBytes *bytes;
} ParseJob;

typedef struct
{
  MtxHttp    *http;
  MtxRequest *request;
  char       *room_id;
} FetchJob;

G_DEFINE_BOXED_TYPE (MtxEventChunk, mtx_event_chunk, mtx_event_chunk_ref, mtx_event_chunk_unref)

static void
mtx_event_chunk_clear (gpointer data)
{
  MtxEventChunk *self = data;

  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self->end);
}

static void
parse_job_free (gpointer data)
{
  ParseJob *job = data;

  g_free (job->room_id);
  g_clear_pointer (&job->bytes, g_bytes_unref);
  g_free (job);
}

static void
fetch_job_free (gpointer data)
{
  FetchJob *job = data;

  g_clear_object (&job->http);
  g_clear_pointer (&job->request, mtx_request_unref);
  g_free (job->room_id);
  g_free (job);
}

/* /state answers with an array; our parser takes objects. */
static JsonObject *
parse_bytes (GBytes  *untrusted,
             GError **error)
{
  gsize         length = 0;
  const char   *text = g_bytes_get_data (untrusted, &length);
  MtxJsonLimits limits = { .max_bytes = length + 16, .max_depth = MTX_JSON_MAX_DEPTH };
  gsize         start = 0;

  while (start < length && g_ascii_isspace (text[start]))
    start++;

  if (start < length && text[start] == '[')
    {
      g_autoptr (GString) wrapped = g_string_sized_new (length + 16);

      g_string_append (wrapped, "{\"chunk\":");
      g_string_append_len (wrapped, text, (gssize)length);
      g_string_append_c (wrapped, '}');

      return mtx_json_parse_salvaged (wrapped->str, (gssize)wrapped->len, &limits, NULL, error);
    }

  return mtx_json_parse_salvaged (text, (gssize)length, &limits, NULL, error);
}

static DexFuture *
parse_thread (gpointer data)
{
  ParseJob                 *job = data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (JsonObject)    object = parse_bytes (job->bytes, &error);
  JsonArray                *array = mtx_json_get_array (object, "chunk");
  const char               *end = mtx_json_get_string (object, "end");
  g_autoptr (MtxEventChunk) chunk = NULL;

  if (array == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_BAD_REPLY, "Not a list of events");

  chunk = g_atomic_rc_box_new0 (MtxEventChunk);
  chunk->events = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);
  chunk->end = end != NULL && *end != '\0' && strlen (end) <= MAX_TOKEN_BYTES ? g_strdup (end) : NULL;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *untrusted = mtx_json_array_object (array, i);
      MtxEvent   *event = untrusted != NULL ? mtx_event_new_from_json (untrusted, job->room_id, NULL) : NULL;

      if (event != NULL)
        g_ptr_array_add (chunk->events, event);
      else
        chunk->bad++;
    }

  return dex_future_new_take_boxed (MTX_TYPE_EVENT_CHUNK, g_steal_pointer (&chunk));
}

static DexFuture *
fetch_fiber (gpointer data)
{
  FetchJob            *job = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (MtxReply) reply = dex_await_boxed (mtx_http_send (job->http, job->request), &error);
  ParseJob            *parse = NULL;

  if (reply == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  parse = g_new0 (ParseJob, 1);
  parse->room_id = g_strdup (job->room_id);
  parse->bytes = g_bytes_ref (mtx_reply_get_bytes (reply));

  return mtx_thread_run ("mtx-event-chunk", parse_thread, parse, parse_job_free);
}

/**
 * mtx_event_chunk_ref:
 * @self: a list of events
 *
 * Returns: (transfer full): @self
 */
MtxEventChunk *
mtx_event_chunk_ref (MtxEventChunk *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mtx_event_chunk_unref:
 * @self: (transfer full): a list of events
 *
 * Gives up one hold on @self.
 */
void
mtx_event_chunk_unref (MtxEventChunk *self)
{
  g_atomic_rc_box_release_full (self, mtx_event_chunk_clear);
}

/**
 * mtx_event_chunk_fetch:
 * @http: the server
 * @request: a request that is answered with an array of events, or an object with a `chunk` of them
 * @room_id: the room they belong to
 *
 * Asks for events and reads them by shape. What is no event of this room is skipped and counted.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxEventChunk; rejects as mtx_http_send() does,
 *   or with %MTX_ERROR_BAD_REPLY
 */
DexFuture *
mtx_event_chunk_fetch (MtxHttp    *http,
                       MtxRequest *request,
                       const char *room_id)
{
  FetchJob *job = NULL;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (request != NULL, NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  mtx_request_set_flags (request, mtx_request_get_flags (request) | MTX_REQUEST_RAW_REPLY);

  job = g_new0 (FetchJob, 1);
  job->http = g_object_ref (http);
  job->request = mtx_request_ref (request);
  job->room_id = g_strdup (room_id);

  return mtx_fiber_spawn ("mtx-event-chunk", fetch_fiber, job, fetch_job_free);
}
