/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fake homeserver keeps the promises other tests build on.
 */
#include "mtx-endpoints.h"
#include "mtx-fake-homeserver.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

static MtxHttp *
log_in (MtxFakeHomeserver *server,
        const char        *localpart,
        const char        *device_id)
{
  g_autoptr (GError)         error = NULL;
  g_autofree char           *token = mtx_fake_homeserver_add_user (server, localpart, device_id);
  g_autoptr (MtxSecretBytes) access = mtx_secret_bytes_new ((const guint8 *)token, strlen (token));
  g_autoptr (MtxTokens)      tokens = mtx_tokens_new (access, NULL);
  MtxHttp                   *http = mtx_http_new (mtx_fake_homeserver_get_base_url (server), &error);

  g_assert_no_error (error);
  mtx_http_set_tokens (http, tokens);

  return http;
}

static JsonObject *
parse (const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  g_assert_nonnull (node);

  return json_object_ref (json_node_get_object (node));
}

/* Sends and returns the body; fails the test on an error. */
static JsonObject *
ask (MtxHttp    *http,
     MtxRequest *request,
     const char *json)
{
  g_autoptr (MtxRequest) owned = request;
  g_autoptr (JsonObject) body = json != NULL ? parse (json) : NULL;
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     error = NULL;

  if (body != NULL)
    mtx_request_set_body (owned, body);
  reply = dex_await_boxed (mtx_http_send (http, owned), &error);
  g_assert_no_error (error);

  return json_object_ref (mtx_reply_get_body (reply));
}

static MtxRequest *
sync_request (const char *since,
              const char *timeout)
{
  MtxRequest *request = mtx_request_new (MTX_ENDPOINT_SYNC, NULL);

  if (since != NULL)
    mtx_request_add_query (request, "since", since);
  mtx_request_add_query (request, "timeout", timeout);
  mtx_request_add_query (request, "use_state_after", "true");

  return request;
}

static DexFuture *
test_claim (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           alice = log_in (server, "alice", "A");
  g_autoptr (MtxHttp)           bob = log_in (server, "bob", "B");
  const char                   *claim = "{\"one_time_keys\":{\"@bob:fake.example\":{\"B\":\"signed_curve25519\"}}}";

  g_autoptr (JsonObject) uploaded = ask (bob, mtx_request_new (MTX_ENDPOINT_KEYS_UPLOAD, NULL),
                                         "{\"one_time_keys\":{\"signed_curve25519:AAAA\":{\"key\":\"one\"},\"signed_curve25519:AAAB\":{\"key\":\"two\"}},"
                                         "\"fallback_keys\":{\"signed_curve25519:F\":{\"key\":\"fallback\",\"fallback\":true}}}");
  g_autoptr (JsonObject) first = ask (alice, mtx_request_new (MTX_ENDPOINT_KEYS_CLAIM, NULL), claim);
  g_autoptr (JsonObject) second = ask (alice, mtx_request_new (MTX_ENDPOINT_KEYS_CLAIM, NULL), claim);
  g_autoptr (JsonObject) third = ask (alice, mtx_request_new (MTX_ENDPOINT_KEYS_CLAIM, NULL), claim);
  g_autoptr (JsonObject) sync = ask (bob, sync_request (NULL, "0"), NULL);
  const char            *path[] = { "AAAA", "AAAB", "F" };
  JsonObject            *answers[] = { first, second, third };

  g_assert_cmpint (json_object_get_int_member (mtx_json_get_object (uploaded, "one_time_key_counts"), "signed_curve25519"), ==, 2);
  for (guint i = 0; i < 3; i++)
    {
      JsonObject      *device = mtx_json_get_object (mtx_json_get_object (mtx_json_get_object (answers[i], "one_time_keys"), "@bob:fake.example"), "B");
      g_autofree char *id = g_strconcat ("signed_curve25519:", path[i], NULL);

      g_assert_true (json_object_has_member (device, id));
    }
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (server, "@bob:fake.example", "B"), ==, 0);
  g_assert_cmpuint (json_array_get_length (mtx_json_get_array (sync, "device_unused_fallback_key_types")), ==, 0);

  return NULL;
}

static DexFuture *
test_to_device (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           alice = log_in (server, "alice", "A");
  g_autoptr (MtxHttp)           bob = log_in (server, "bob", "B");
  const char                   *message = "{\"messages\":{\"@bob:fake.example\":{\"B\":{\"n\":1}}}}";

  /* The same transaction twice is one message; it stays until the token after it is presented. */
  g_autoptr (JsonObject) sent = ask (alice, mtx_request_new (MTX_ENDPOINT_SEND_TO_DEVICE, "m.test", "t1", NULL), message);
  g_autoptr (JsonObject) again = ask (alice, mtx_request_new (MTX_ENDPOINT_SEND_TO_DEVICE, "m.test", "t1", NULL), message);
  g_autoptr (JsonObject) first = ask (bob, sync_request (NULL, "0"), NULL);
  g_autoptr (JsonObject) repeated = ask (bob, sync_request (NULL, "0"), NULL);
  const char            *next = mtx_json_get_string (first, "next_batch");
  g_autoptr (JsonObject) after = ask (bob, sync_request (next, "0"), NULL);

  g_assert_cmpuint (json_array_get_length (mtx_json_get_array (mtx_json_get_object (first, "to_device"), "events")), ==, 1);
  g_assert_cmpuint (json_array_get_length (mtx_json_get_array (mtx_json_get_object (repeated, "to_device"), "events")), ==, 1);
  g_assert_cmpuint (json_array_get_length (mtx_json_get_array (mtx_json_get_object (after, "to_device"), "events")), ==, 0);

  return NULL;
}

static DexFuture *
test_long_poll (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxHttp)           alice = log_in (server, "alice", "A");
  g_autoptr (MtxHttp)           bob = log_in (server, "bob", "B");
  g_autoptr (JsonObject)        start = ask (bob, sync_request (NULL, "0"), NULL);
  g_autoptr (MtxRequest)        poll = sync_request (mtx_json_get_string (start, "next_batch"), "30000");
  g_autoptr (DexFuture)         waiting = mtx_http_send (bob, poll);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxReply)          reply = NULL;
  g_autoptr (JsonObject)        created = NULL;
  g_autoptr (JsonObject)        joined = NULL;
  g_autoptr (JsonObject)        sent = NULL;
  g_autoptr (JsonObject)        sent_again = NULL;
  g_autoptr (JsonObject)        sync = NULL;
  JsonObject                   *room = NULL;
  JsonArray                    *timeline = NULL;
  const char                   *room_id = NULL;

  created = ask (alice, mtx_request_new (MTX_ENDPOINT_CREATE_ROOM, NULL),
                 "{\"invite\":[\"@bob:fake.example\"],\"is_direct\":true,\"initial_state\":[{\"type\":\"m.room.encryption\",\"state_key\":\"\","
                 "\"content\":{\"algorithm\":\"m.megolm.v1.aes-sha2\"}}]}");
  room_id = mtx_json_get_string (created, "room_id");
  reply = dex_await_boxed (g_steal_pointer (&waiting), &error);
  g_assert_no_error (error);
  g_assert_true (json_object_has_member (mtx_json_get_object (mtx_json_get_object (mtx_reply_get_body (reply), "rooms"), "invite"), room_id));

  joined = ask (bob, mtx_request_new (MTX_ENDPOINT_JOIN, room_id, NULL), "{}");
  sent = ask (alice, mtx_request_new (MTX_ENDPOINT_SEND, room_id, "m.test", "x", NULL), "{\"body\":\"hello\"}");
  sent_again = ask (alice, mtx_request_new (MTX_ENDPOINT_SEND, room_id, "m.test", "x", NULL), "{\"body\":\"hello\"}");
  g_assert_cmpstr (mtx_json_get_string (sent, "event_id"), ==, mtx_json_get_string (sent_again, "event_id"));

  sync = ask (alice, sync_request (mtx_json_get_string (start, "next_batch"), "0"), NULL);
  room = mtx_json_get_object (mtx_json_get_object (mtx_json_get_object (sync, "rooms"), "join"), room_id);
  timeline = mtx_json_get_array (mtx_json_get_object (room, "timeline"), "events");
  g_assert_nonnull (mtx_json_get_object (room, "state_after"));
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (mtx_json_array_object (timeline, json_array_get_length (timeline) - 1), "unsigned"), "transaction_id"), ==, "x");
  {
    g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (server, room_id, "m.test");

    g_assert_cmpuint (events->len, ==, 1);
  }

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/fake-homeserver/claim-gives-each-key-once", test_claim);
  mtx_test_add_fiber ("/fake-homeserver/to-device-until-presented", test_to_device);
  mtx_test_add_fiber ("/fake-homeserver/long-poll", test_long_poll);

  return g_test_run ();
}
