/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The frame of the fake homeserver: takes requests, keeps the log, lets them fail as told, finds who
 * answers, and sends the answer when its time has come.
 */
#include "mtx-fake-homeserver-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (MtxFakeHomeserver, mtx_fake_homeserver, G_TYPE_OBJECT)

static void
request_free (gpointer data)
{
  MtxFakeRequest *request = data;

  g_free (request->method);
  g_free (request->path);
  g_hash_table_unref (request->query);
  g_hash_table_unref (request->headers);
  g_clear_pointer (&request->body, json_object_unref);
  g_bytes_unref (request->bytes);
  g_free (request->user_id);
  g_free (request->device_id);
  g_free (request);
}

static void
answer_free (MtxFakeAnswer *answer)
{
  g_clear_pointer (&answer->body, json_object_unref);
  g_clear_pointer (&answer->bytes, g_bytes_unref);
  g_free (answer->content_type);
  g_hash_table_unref (answer->headers);
  g_free (answer);
}

static void
call_free (gpointer data)
{
  FakeCall *call = data;

  if (call->timer != NULL)
    g_source_destroy (call->timer);
  g_clear_pointer (&call->timer, g_source_unref);
  g_clear_object (&call->message);
  answer_free (call->answer);
  g_strfreev (call->args);
  g_free (call);
}

static JsonObject *
parse_object (const char *json,
              gssize      length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode              *root = NULL;

  if (length == 0 || !json_parser_load_from_data (parser, json, length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;

  return json_object_ref (json_node_get_object (root));
}

static char *
write_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  return json_to_string (node, FALSE);
}

/* A copy that may be changed without changing the server's memory. */
JsonObject *
_mtx_fake_json_copy (JsonObject *object)
{
  g_autofree char *json = write_object (object);

  return parse_object (json, (gssize)strlen (json));
}

/* "prefix" and a number nobody had. */
char *
_mtx_fake_next_id (MtxFakeHomeserver *self,
                   const char        *prefix)
{
  return g_strdup_printf ("%s%u", prefix, ++self->counter);
}

/* A query parameter, or NULL. */
const char *
_mtx_fake_query (FakeCall   *call,
                 const char *name)
{
  return g_hash_table_lookup (call->request->query, name);
}

/* Answers 200 with @body, which is taken. */
void
_mtx_fake_call_ok (FakeCall   *call,
                   JsonObject *body)
{
  call->answer->status = 200;
  g_clear_pointer (&call->answer->body, json_object_unref);
  call->answer->body = body != NULL ? body : json_object_new ();
}

/* Answers with the standard error response. */
void
_mtx_fake_call_error (FakeCall   *call,
                      guint       status,
                      const char *errcode)
{
  mtx_fake_answer_error (call->answer, status, errcode);
}

static char *
transaction_of (FakeCall *call)
{
  return g_strdup_printf ("%s %s", call->request->method, call->request->path);
}

/* If this device sent this transaction before, gives the same answer again and returns TRUE. */
gboolean
_mtx_fake_repeat (FakeCall *call)
{
  g_autofree char *transaction = transaction_of (call);
  JsonObject      *body = g_hash_table_lookup (call->device->transactions, transaction);

  if (body != NULL)
    _mtx_fake_call_ok (call, json_object_ref (body));

  return body != NULL;
}

/* Answers 200 with @body, which is taken, and will do so again for the same transaction. */
void
_mtx_fake_remember (FakeCall   *call,
                    JsonObject *body)
{
  g_hash_table_replace (call->device->transactions, transaction_of (call), json_object_ref (body));
  _mtx_fake_call_ok (call, body);
}

static void
drop_connection (FakeCall   *call,
                 const char *bytes)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (call->message);

  if (stream == NULL)
    return;
  if (bytes != NULL)
    g_output_stream_write_all (g_io_stream_get_output_stream (stream), bytes, strlen (bytes), NULL, NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

static void
send_answer (FakeCall *call)
{
  MtxFakeAnswer   *answer = call->answer;
  g_autofree char *json = answer->body != NULL ? write_object (answer->body) : NULL;
  const char      *type = json != NULL ? "application/json" : answer->content_type;
  gsize            length = json != NULL ? strlen (json) : g_bytes_get_size (answer->bytes);
  const char      *text = json != NULL ? json : g_bytes_get_data (answer->bytes, NULL);
  GHashTableIter   iter;
  gpointer         name = NULL;
  gpointer         value = NULL;

  if (call->fault.drop == MTX_FAKE_DROP_AFTER)
    {
      drop_connection (call, NULL);
      return;
    }
  if (call->fault.drop == MTX_FAKE_TRUNCATE)
    {
      g_autofree char *half = g_strdup_printf ("HTTP/1.1 %u Cut\r\nContent-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%.*s",
                                               answer->status, type, length, (int)length / 2, text);

      drop_connection (call, half);
      return;
    }

  g_hash_table_iter_init (&iter, answer->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    soup_message_headers_replace (soup_server_message_get_response_headers (call->message), name, value);
  soup_server_message_set_status (call->message, answer->status, NULL);
  soup_server_message_set_response (call->message, type, SOUP_MEMORY_COPY, text, length);
  soup_server_message_unpause (call->message);
}

static gboolean
send_later_cb (gpointer data)
{
  FakeCall *call = data;

  send_answer (call);
  g_ptr_array_remove_fast (call->server->delayed, call);

  return G_SOURCE_REMOVE;
}

/* Sends the answer of @call, which is taken, after the delays asked for. */
void
_mtx_fake_call_finish (FakeCall *call)
{
  guint delay_ms = call->server->latency_ms + call->fault.delay_ms;

  _mtx_fake_rules_rewrite (call);
  if (delay_ms == 0)
    {
      send_answer (call);
      call_free (call);
      return;
    }

  g_ptr_array_add (call->server->delayed, call);
  call->timer = g_timeout_source_new (delay_ms);
  g_source_set_callback (call->timer, send_later_cb, call, NULL);
  g_source_attach (call->timer, g_main_context_get_thread_default ());
}

static void
add_header (const char *name,
            const char *value,
            gpointer    data)
{
  g_hash_table_replace (data, g_ascii_strdown (name, -1), g_strdup (value));
}

static MtxFakeRequest *
request_new (SoupServerMessage *message)
{
  MtxFakeRequest  *request = g_new0 (MtxFakeRequest, 1);
  GUri            *uri = soup_server_message_get_uri (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  request->method = g_strdup (soup_server_message_get_method (message));
  request->path = g_strdup (g_uri_get_path (uri));
  if (g_uri_get_query (uri) != NULL)
    request->query = soup_form_decode (g_uri_get_query (uri));
  else
    request->query = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  request->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  soup_message_headers_foreach (soup_server_message_get_request_headers (message), add_header, request->headers);
  request->bytes = soup_message_body_flatten (body);
  request->body = parse_object (g_bytes_get_data (request->bytes, NULL), (gssize)g_bytes_get_size (request->bytes));

  return request;
}

static FakeToken *
find_token (FakeCall *call)
{
  const char *header = mtx_fake_request_get_header (call->request, "Authorization");

  if (header == NULL || !g_str_has_prefix (header, "Bearer "))
    return NULL;

  return g_hash_table_lookup (call->server->access_tokens, header + strlen ("Bearer "));
}

static void
identify (FakeCall *call)
{
  FakeToken *token = find_token (call);

  if (token == NULL || token->dead)
    return;

  call->device = token->device;
  call->request->user_id = g_strdup (token->device->user->user_id);
  call->request->device_id = g_strdup (token->device->device_id);
}

static void
refuse_token (FakeCall *call)
{
  FakeToken *token = find_token (call);
  gboolean   missing = mtx_fake_request_get_header (call->request, "Authorization") == NULL;

  _mtx_fake_call_error (call, 401, missing ? "M_MISSING_TOKEN" : "M_UNKNOWN_TOKEN");
  if (token != NULL && token->soft_logout)
    json_object_set_boolean_member (call->answer->body, "soft_logout", TRUE);
}

static gboolean
match_route (FakeCall        *call,
             const FakeRoute *route)
{
  g_auto (GStrv)        expected = g_strsplit (route->path, "/", -1);
  g_auto (GStrv)        found = g_strsplit (call->request->path, "/", -1);
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);

  if (!g_str_equal (route->method, call->request->method) || g_strv_length (expected) != g_strv_length (found))
    return FALSE;
  for (guint i = 0; expected[i] != NULL; i++)
    {
      if (g_str_equal (expected[i], "*"))
        g_ptr_array_add (args, g_uri_unescape_string (found[i], NULL));
      else if (!g_str_equal (expected[i], found[i]))
        return FALSE;
    }

  g_ptr_array_add (args, NULL);
  call->args = (char **)g_ptr_array_free (g_steal_pointer (&args), FALSE);

  return TRUE;
}

static const FakeRoute *
find_route (FakeCall *call)
{
  const FakeRoute *tables[] = { _mtx_fake_account_routes, _mtx_fake_key_routes, _mtx_fake_room_routes,
                                _mtx_fake_event_routes, _mtx_fake_sync_routes, _mtx_fake_media_routes,
                                _mtx_fake_backup_routes };

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      for (const FakeRoute *route = tables[i]; route->method != NULL; route++)
        {
          if (match_route (call, route))
            return route;
        }
    }

  return NULL;
}

static void
handle_request (SoupServer        *soup,
                SoupServerMessage *message,
                const char        *path,
                GHashTable        *query,
                gpointer           data)
{
  MtxFakeHomeserver *self = MTX_FAKE_HOMESERVER (data);
  FakeCall          *call = g_new0 (FakeCall, 1);
  const FakeRoute   *route = NULL;

  call->server = self;
  call->message = g_object_ref (message);
  call->request = request_new (message);
  call->answer = g_new0 (MtxFakeAnswer, 1);
  call->answer->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (self->log, call->request);
  soup_server_message_pause (message);

  identify (call);
  route = find_route (call);
  if (_mtx_fake_rules_fail (call))
    {
      if (call->fault.drop == MTX_FAKE_DROP_BEFORE)
        {
          drop_connection (call, NULL);
          call_free (call);
          return;
        }
    }
  else if (_mtx_fake_rules_override (call))
    g_assert ((call->answer->body == NULL) != (call->answer->bytes == NULL));
  else if (route == NULL)
    _mtx_fake_call_error (call, 404, "M_UNRECOGNIZED");
  else if (!route->anonymous && call->device == NULL)
    refuse_token (call);
  else
    {
      route->handler (call);
      /* A sync that waits has no answer yet. */
      if (call->answer->status == 0)
        return;
    }

  _mtx_fake_call_finish (call);
}

static void
mtx_fake_homeserver_finalize (GObject *object)
{
  MtxFakeHomeserver *self = MTX_FAKE_HOMESERVER (object);

  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_free (self->base_url);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->delayed);
  g_hash_table_unref (self->access_tokens);
  g_hash_table_unref (self->refresh_tokens);
  g_hash_table_unref (self->users);
  g_ptr_array_unref (self->graves);
  g_hash_table_unref (self->rooms);
  g_hash_table_unref (self->uia);
  g_hash_table_unref (self->media);
  g_ptr_array_unref (self->overrides);
  g_ptr_array_unref (self->rewrites);
  g_ptr_array_unref (self->faults);
  g_ptr_array_unref (self->log);
  g_free (self->flows);
  g_free (self->registration_token);

  G_OBJECT_CLASS (mtx_fake_homeserver_parent_class)->finalize (object);
}

static void
mtx_fake_homeserver_class_init (MtxFakeHomeserverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_fake_homeserver_finalize;
}

static void
mtx_fake_homeserver_init (MtxFakeHomeserver *self)
{
  g_autoptr (GError) error = NULL;
  GSList            *uris = NULL;

  self->users = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, _mtx_fake_user_free);
  self->graves = g_ptr_array_new_with_free_func (_mtx_fake_device_free);
  self->access_tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->refresh_tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, _mtx_fake_room_free);
  self->uia = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  self->media = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  self->overrides = g_ptr_array_new_with_free_func (_mtx_fake_rule_free);
  self->rewrites = g_ptr_array_new_with_free_func (_mtx_fake_rule_free);
  self->faults = g_ptr_array_new_with_free_func (_mtx_fake_rule_free);
  self->log = g_ptr_array_new_with_free_func (request_free);
  self->waiting = g_ptr_array_new_with_free_func (call_free);
  self->delayed = g_ptr_array_new_with_free_func (call_free);
  self->flows = g_strdup ("m.login.dummy");
  self->state_after = TRUE;

  self->server = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_add_handler (self->server, NULL, handle_request, self, NULL);
  if (!soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    g_error ("The fake homeserver cannot listen: %s", error->message);
  uris = soup_server_get_uris (self->server);
  self->base_url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
}

/**
 * mtx_fake_homeserver_new:
 *
 * Starts an empty homeserver on a free port of the loopback interface, in the calling thread's main loop.
 * Registration is open, by `m.login.dummy`.
 *
 * Returns: (transfer full): a homeserver that is already listening
 */
MtxFakeHomeserver *
mtx_fake_homeserver_new (void)
{
  return g_object_new (MTX_TYPE_FAKE_HOMESERVER, NULL);
}

/**
 * mtx_fake_homeserver_get_base_url:
 * @self: a homeserver
 *
 * Returns: (transfer none): its address, without a slash at the end
 */
const char *
mtx_fake_homeserver_get_base_url (MtxFakeHomeserver *self)
{
  return self->base_url;
}

/**
 * mtx_fake_homeserver_set_latency:
 * @self: a homeserver
 * @latency_ms: milliseconds added before every answer
 *
 * Simulates a distant server: one round trip takes at least so long.
 */
void
mtx_fake_homeserver_set_latency (MtxFakeHomeserver *self,
                                 guint              latency_ms)
{
  self->latency_ms = latency_ms;
}

/**
 * mtx_fake_homeserver_set_flows:
 * @self: a homeserver
 * @flows: ways to register, separated by semicolons: stages separated by blanks; empty: registration is closed
 *
 * Says how accounts are made, for example "m.login.registration_token m.login.terms;m.login.dummy".
 */
void
mtx_fake_homeserver_set_flows (MtxFakeHomeserver *self,
                               const char        *flows)
{
  g_set_str (&self->flows, flows);
}

/**
 * mtx_fake_homeserver_set_registration_token:
 * @self: a homeserver
 * @token: the only token that `m.login.registration_token` accepts
 *
 * Sets the registration token. It does not change the flows.
 */
void
mtx_fake_homeserver_set_registration_token (MtxFakeHomeserver *self,
                                            const char        *token)
{
  g_set_str (&self->registration_token, token);
}

/**
 * mtx_fake_homeserver_set_state_after:
 * @self: a homeserver
 * @supported: whether `use_state_after` is understood (specification v1.16); it is, unless told otherwise
 *
 * Chooses between servers with and without `state_after`.
 */
void
mtx_fake_homeserver_set_state_after (MtxFakeHomeserver *self,
                                     gboolean           supported)
{
  self->state_after = supported;
}

/**
 * mtx_fake_answer_json:
 * @answer: an answer
 * @status: the HTTP status
 * @json: an object, or any other text, which then is sent as it is
 *
 * Fills an answer.
 */
void
mtx_fake_answer_json (MtxFakeAnswer *answer,
                      guint          status,
                      const char    *json)
{
  g_clear_pointer (&answer->body, json_object_unref);
  g_clear_pointer (&answer->bytes, g_bytes_unref);
  answer->status = status;
  answer->body = parse_object (json, (gssize)strlen (json));
  if (answer->body == NULL)
    {
      answer->bytes = g_bytes_new (json, strlen (json));
      g_set_str (&answer->content_type, "application/json");
    }
}

/**
 * mtx_fake_answer_error:
 * @answer: an answer
 * @status: the HTTP status
 * @errcode: (nullable): the error code, or %NULL for an empty object
 *
 * Fills an answer with the standard error response.
 */
void
mtx_fake_answer_error (MtxFakeAnswer *answer,
                       guint          status,
                       const char    *errcode)
{
  mtx_fake_answer_json (answer, status, "{}");
  if (errcode == NULL)
    return;
  json_object_set_string_member (answer->body, "errcode", errcode);
  json_object_set_string_member (answer->body, "error", "The fake homeserver says no");
}

/**
 * mtx_fake_homeserver_get_log:
 * @self: a homeserver
 *
 * Returns: (transfer none) (element-type MtxFakeRequest): every request, oldest first; grows as they come
 */
GPtrArray *
mtx_fake_homeserver_get_log (MtxFakeHomeserver *self)
{
  return self->log;
}

/**
 * mtx_fake_request_get_header:
 * @request: a request
 * @name: the name of a header, in any case
 *
 * Returns: (transfer none) (nullable): its value
 */
const char *
mtx_fake_request_get_header (const MtxFakeRequest *request,
                             const char           *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return g_hash_table_lookup (request->headers, lower);
}
