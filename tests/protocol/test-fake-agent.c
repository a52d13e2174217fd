/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The agent on the fake homeserver speaks Olm and Megolm as the specification says, step by step here.
 */
#include "mtx-cross-signing-keys.h"
#include "mtx-endpoints.h"
#include "mtx-fake-agent.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-megolm-inbound.h"
#include "mtx-olm-account.h"
#include "mtx-secret-bytes.h"
#include "mtx-signed-json.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define READER_ID "@reader:" MTX_FAKE_SERVER_NAME
#define ROOM_ID   "!room:" MTX_FAKE_SERVER_NAME

static JsonObject *
ask (MtxHttp    *http,
     const char *endpoint,
     JsonObject *body)
{
  g_autoptr (MtxRequest) request = mtx_request_new (endpoint, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     error = NULL;

  if (body != NULL)
    mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (http, request), &error);
  g_assert_no_error (error);

  return json_object_ref (mtx_reply_get_body (reply));
}

/* The keys of a device that signs nothing, with one one-time key. */
static JsonObject *
build_upload (MtxOlmAccount *account)
{
  g_autoptr (GHashTable) keys = NULL;
  g_autoptr (GError)     error = NULL;
  GHashTableIter         iter;
  gpointer               key = NULL;
  g_autofree char       *json = NULL;
  g_autoptr (JsonNode)   node = NULL;

  g_assert_true (mtx_olm_account_generate_one_time_keys (account, 1, &error));
  keys = mtx_olm_account_dup_one_time_keys (account, &error);
  g_assert_no_error (error);
  g_hash_table_iter_init (&iter, keys);
  g_assert_true (g_hash_table_iter_next (&iter, NULL, &key));
  json = g_strdup_printf ("{\"device_keys\":{\"user_id\":\"" READER_ID "\",\"device_id\":\"R\",\"keys\":{\"curve25519:R\":\"%s\",\"ed25519:R\":\"%s\"}},"
                          "\"one_time_keys\":{\"signed_curve25519:AAAA\":{\"key\":\"%s\"}}}",
                          mtx_olm_account_get_curve25519 (account), mtx_olm_account_get_ed25519 (account), (char *)key);

  node = json_from_string (json, NULL);

  return json_object_ref (json_node_get_object (node));
}

static MtxHttp *
log_in (MtxFakeHomeserver *server)
{
  g_autofree char           *token = mtx_fake_homeserver_add_user (server, "reader", "R");
  g_autoptr (MtxSecretBytes) access = mtx_secret_bytes_new ((const guint8 *)token, strlen (token));
  g_autoptr (MtxTokens)      tokens = mtx_tokens_new (access, NULL);
  g_autoptr (GError)         error = NULL;
  MtxHttp                   *http = mtx_http_new (mtx_fake_homeserver_get_base_url (server), &error);

  g_assert_no_error (error);
  mtx_http_set_tokens (http, tokens);

  return http;
}

static JsonObject *
parse_bytes (GBytes *bytes)
{
  MtxJsonLimits      limits = { .max_bytes = 65536, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_json_parse_object (g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes), &limits, &error);

  g_assert_no_error (error);

  return object;
}

static void
assert_signed (MtxFakeHomeserver *server,
               const char        *user_id)
{
  JsonObject        *keys = mtx_fake_homeserver_get_device_keys (server, user_id, "AGENT");
  JsonObject        *self_signing = mtx_fake_homeserver_get_cross_signing_key (server, user_id, "self_signing");
  JsonObjectIter     iter;
  const char        *key_id = NULL;
  JsonNode          *key = NULL;
  g_autoptr (GError) error = NULL;

  json_object_iter_init (&iter, mtx_json_get_object (self_signing, "keys"));
  g_assert_true (json_object_iter_next (&iter, &key_id, &key));
  mtx_signed_json_verify (keys, user_id, key_id, json_node_get_string (key), &error);
  g_assert_no_error (error);
}

/* What the room key event of the only to-device message holds, decrypted. */
static JsonObject *
read_room_key (MtxHttp       *http,
               MtxOlmAccount *account)
{
  g_autoptr (JsonObject)    sync = ask (http, MTX_ENDPOINT_SYNC, NULL);
  JsonArray                *events = mtx_json_get_array (mtx_json_get_object (sync, "to_device"), "events");
  JsonObject               *content = mtx_json_get_object (mtx_json_array_object (events, 0), "content");
  JsonObject               *message = mtx_json_get_object (mtx_json_get_object (content, "ciphertext"), mtx_olm_account_get_curve25519 (account));
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GBytes)        plaintext = NULL;
  g_autoptr (GError)        error = NULL;

  g_assert_cmpuint (json_array_get_length (events), ==, 1);
  g_assert_cmpint (json_object_get_int_member (message, "type"), ==, MTX_OLM_MESSAGE_PRE_KEY);
  session = mtx_olm_account_create_inbound (account, mtx_json_get_string (content, "sender_key"),
                                            mtx_json_get_string (message, "body"), &plaintext, &error);
  g_assert_no_error (error);

  return parse_bytes (plaintext);
}

static DexFuture *
test_conversation (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxFakeAgent)      agent = mtx_fake_agent_new (server, "support", "AGENT");
  g_autoptr (MtxHttp)           http = log_in (server);
  g_autoptr (GError)            error = NULL;
  g_autoptr (MtxOlmAccount)     account = mtx_olm_account_new (&error);
  g_autoptr (JsonObject)        upload = build_upload (account);
  g_autoptr (JsonObject)        uploaded = ask (http, MTX_ENDPOINT_KEYS_UPLOAD, upload);
  g_autoptr (JsonObject)        payload = NULL;
  g_autoptr (JsonObject)        event = NULL;
  g_autoptr (JsonObject)        clear = NULL;
  g_autoptr (MtxMegolmInbound)  room_key = NULL;
  g_autoptr (GBytes)            plaintext = NULL;
  JsonObject                   *content = NULL;
  guint32                       index = 1;

  assert_signed (server, mtx_fake_agent_get_user_id (agent));
  mtx_fake_agent_share_room_key (agent, ROOM_ID, READER_ID, "R");
  event = mtx_fake_agent_encrypt_text (agent, ROOM_ID, "Good day");

  payload = read_room_key (http, account);
  g_assert_cmpstr (mtx_json_get_string (payload, "recipient"), ==, READER_ID);
  content = mtx_json_get_object (payload, "content");
  room_key = mtx_megolm_inbound_new (mtx_json_get_string (content, "session_key"), mtx_json_get_string (event, "session_id"), &error);
  g_assert_no_error (error);
  plaintext = mtx_megolm_inbound_decrypt (room_key, mtx_json_get_string (event, "ciphertext"), &index, &error);
  g_assert_no_error (error);
  clear = parse_bytes (plaintext);

  g_assert_cmpuint (index, ==, 0);
  g_assert_cmpstr (mtx_json_get_string (clear, "room_id"), ==, ROOM_ID);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (clear, "content"), "body"), ==, "Good day");
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (server, READER_ID, "R"), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/fake-agent/conversation", test_conversation);

  return g_test_run ();
}
