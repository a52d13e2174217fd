/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two devices of one account that share what only they should: room keys and secrets. And those that try to.
 */
#include <string.h>

#include "mtx-crypto-engine-private.h"
#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-json.h"
#include "mtx-key-backup.h"
#include "mtx-olm-claims.h"
#include "mtx-own-answers.h"
#include "mtx-own-request-store.h"
#include "mtx-sync-loop.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

#define SECRET_REQUESTS "*/sendToDevice/m.secret.request/*"
#define KEY_REQUESTS    "*/sendToDevice/m.room_key_request/*"
#define OLM_MESSAGES    "*/sendToDevice/m.room.encrypted/*"

/* One account on two devices, of which the second came later. */
typedef struct
{
  MtxFakeHomeserver *server;
  MtxTestAccount    *first;
  MtxTestAccount    *second;
  char              *room_id;
} Pair;

static void
strip_signature (MtxTestAccount *account)
{
  JsonObject       *keys = mtx_fake_homeserver_get_device_keys (account->server, account->user_id, account->client->device_id);
  JsonObject       *signatures = mtx_json_get_object (mtx_json_get_object (keys, "signatures"), account->user_id);
  g_autofree char  *own = g_strconcat ("ed25519:", account->client->device_id, NULL);
  g_autoptr (GList) members = json_object_get_members (signatures);
  g_autofree char  *other = NULL;

  for (const GList *iter = members; iter != NULL; iter = iter->next)
    if (!g_str_equal (iter->data, own))
      other = g_strdup (iter->data);
  g_assert_nonnull (other);
  json_object_remove_member (signatures, other);
}

static gboolean
can_send (gpointer data)
{
  Pair    *pair = data;
  MtxRoom *room = mtx_room_list_lookup (pair->first->rooms, pair->room_id);

  return room != NULL && mtx_room_get_can_send (room);
}

/* Says something on the first device while there is no second: it gets no room key. */
static void
say_alone (Pair       *pair,
           const char *text)
{
  MtxRoom                      *room = mtx_room_list_lookup (pair->first->rooms, pair->room_id);
  g_autoptr (MtxRoomCryptoInfo) info = NULL;
  g_autofree char              *event_id = NULL;
  g_autoptr (GError)            error = NULL;

  info = dex_await_boxed (mtx_room_dup_crypto_info (room), &error);
  g_assert_no_error (error);
  event_id = mtx_crypto_client_say (pair->first->client, info, text, &error);
  g_assert_no_error (error);
}

static Pair *
pair_new (gboolean is_verified)
{
  Pair                  *pair = g_new0 (Pair, 1);
  g_autoptr (JsonObject) encryption = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");
  g_autoptr (GError)     error = NULL;

  pair->server = mtx_fake_homeserver_new ();
  pair->first = mtx_test_account_new (pair->server, "me");
  pair->room_id = mtx_fake_homeserver_create_room (pair->server, pair->first->user_id, NULL, FALSE);
  g_free (mtx_fake_homeserver_send_event (pair->server, pair->room_id, pair->first->user_id, "m.room.encryption", "",
                                          encryption));
  mtx_sync_loop_start (pair->first->loop);
  mtx_test_wait (can_send, pair);
  say_alone (pair, "said before");

  /* Nobody looks while the second device is still signed. */
  dex_await (mtx_sync_loop_stop (pair->first->loop), &error);
  g_assert_no_error (error);
  pair->second = mtx_test_account_new_sibling (pair->first, "SECOND");
  if (!is_verified)
    strip_signature (pair->second);
  mtx_test_account_restart (pair->first);
  mtx_sync_loop_start (pair->first->loop);
  mtx_sync_loop_start (pair->second->loop);

  return pair;
}

static void
pair_free (Pair *pair)
{
  mtx_test_account_free (pair->first);
  mtx_test_account_free (pair->second);
  g_free (pair->room_id);
  g_object_unref (pair->server);
  g_free (pair);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static const char *
get_session (Pair *pair)
{
  g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (pair->server, pair->room_id, "m.room.encrypted");
  JsonObject           *event = g_ptr_array_index (events, 0);

  return mtx_json_get_string (mtx_json_get_object (event, "content"), "session_id");
}

/* The row of the only key of the room, as the second device has it; NULL: it has none. */
static MtxInboundSessionRow *
load_key (Pair *pair)
{
  MtxRoomKeyId          id = { .room_id = pair->room_id, .session_id = get_session (pair) };
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError)    error = NULL;

  rows = dex_await_boxed (mtx_room_key_store_load_inbound (pair->second->db, &id, 1), &error);
  g_assert_no_error (error);

  return rows->len > 0 ? mtx_inbound_session_row_ref (g_ptr_array_index (rows, 0)) : NULL;
}

typedef struct
{
  Pair       *pair;
  const char *pattern;
  guint       count;
} Requests;

static gboolean
has_requests (gpointer data)
{
  const Requests *wanted = data;

  return mtx_fake_homeserver_count_requests (wanted->pair->server, "PUT", wanted->pattern) >= wanted->count;
}

static void
wait_requests (Pair       *pair,
               const char *pattern,
               guint       count)
{
  Requests wanted = { pair, pattern, count };

  mtx_test_wait (has_requests, &wanted);
}

/* The content that one request of @pattern had for one device. */
static JsonObject *
get_content (Pair       *pair,
             const char *pattern,
             guint       index,
             const char *device_id)
{
  const MtxFakeRequest *request = mtx_fake_homeserver_get_request (pair->server, "PUT", pattern, index);
  JsonObject           *messages = mtx_json_get_object (request->body, "messages");

  return mtx_json_get_object (mtx_json_get_object (messages, pair->first->user_id), device_id);
}

/* The second device asks for the room key of what it cannot read, gets it, and withdraws its question. The key proves
 * no sender, whoever forwarded it. */
static DexFuture *
test_room_key (gpointer data)
{
  g_autoptr (Pair)                 pair = pair_new (TRUE);
  g_autoptr (MtxInboundSessionRow) row = NULL;
  g_autoptr (GPtrArray)            open = NULL;
  g_autoptr (GPtrArray)            unreadable = NULL;
  g_autoptr (GError)               error = NULL;

  wait_requests (pair, KEY_REQUESTS, 2);
  row = load_key (pair);
  g_assert_nonnull (row);
  g_assert_true (row->imported);
  g_assert_cmpint (row->origin, ==, 0);
  g_assert_cmpstr (row->sender_user, ==, NULL);

  g_assert_cmpstr (mtx_json_get_string (get_content (pair, KEY_REQUESTS, 0, "DEVICE"), "action"), ==, "request");
  g_assert_cmpstr (mtx_json_get_string (get_content (pair, KEY_REQUESTS, 1, "DEVICE"), "action"), ==, "request_cancellation");
  open = dex_await_boxed (mtx_own_request_store_load_open (pair->second->db), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < open->len; i++)
    g_assert_cmpstr (((MtxOwnRequestRow *)g_ptr_array_index (open, i))->room_id, ==, NULL);
  unreadable = dex_await_boxed (mtx_event_store_load_undecryptable (pair->second->db, pair->room_id, row->session_id), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (unreadable->len, ==, 0);

  return NULL;
}

static gboolean
is_connected (gpointer data)
{
  Pair *pair = data;

  return mtx_key_backup_get_state (mtx_encryption_get_key_backup (pair->second->encryption)) == MTX_KEY_BACKUP_READY;
}

static gboolean
has_wrong_key (gpointer data)
{
  Pair *pair = data;

  return mtx_key_backup_get_state (mtx_encryption_get_key_backup (pair->second->encryption)) == MTX_KEY_BACKUP_WRONG_KEY;
}

/* The backup is ours, but the second device has another key for it: it asks the first, and gets it over Olm only
 * (RUST test_secret_share_cycle). */
static DexFuture *
test_secret (gpointer data)
{
  g_autoptr (Pair) pair = pair_new (TRUE);

  mtx_test_wait (is_connected, pair);
  wait_requests (pair, SECRET_REQUESTS, 2);
  g_assert_cmpstr (mtx_json_get_string (get_content (pair, SECRET_REQUESTS, 0, "DEVICE"), "name"), ==, "m.megolm_backup.v1");
  g_assert_cmpstr (mtx_json_get_string (get_content (pair, SECRET_REQUESTS, 1, "DEVICE"), "action"), ==, "request_cancellation");
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (pair->server, "PUT", "*/sendToDevice/m.secret.send/*"), ==, 0);

  return NULL;
}

/* What came is another key than the one the backup shows: nothing is taken, and the question stays open. */
static DexFuture *
test_threat_073 (gpointer data)
{
  g_autoptr (Pair)              pair = pair_new (TRUE);
  g_autoptr (MtxReceivedSecret) secret = g_atomic_rc_box_new0 (MtxReceivedSecret);
  g_autoptr (GPtrArray)         open = NULL;
  g_autoptr (GError)            error = NULL;
  MtxCryptoEngine              *engine = pair->second->client->engine;

  dex_await (mtx_sync_loop_stop (pair->first->loop), &error);
  g_assert_no_error (error);
  mtx_test_wait (has_wrong_key, pair);
  wait_requests (pair, SECRET_REQUESTS, 1);

  secret->request_id = g_strdup ("request");
  secret->name = g_strdup ("m.megolm_backup.v1");
  secret->untrusted_secret = mtx_secret_bytes_new ((const guint8 *)"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 43);
  g_signal_emit_by_name (engine, "secret", secret);
  dex_await (mtx_encryption_after_sync (pair->second->encryption), &error);
  g_assert_no_error (error);
  g_assert_true (has_wrong_key (pair));
  open = dex_await_boxed (mtx_own_request_store_load_open (pair->second->db), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (open->len, >=, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (pair->server, "PUT", SECRET_REQUESTS), ==, 1);

  return NULL;
}

static void
send_to_first (Pair       *pair,
               const char *sender,
               const char *type,
               const char *content)
{
  g_autoptr (JsonObject) object = mtx_test_json (content);

  mtx_fake_homeserver_send_to_device (pair->server, sender, pair->first->user_id, "DEVICE", type, object);
}

/* Everything that was sent to the first device is read and answered: what is sent last is a request that it answers. */
static void
settle_first (Pair *pair,
              guint turn)
{
  g_autofree char   *ready = g_strdup_printf ("{\"transaction_id\":\"t%u\",\"from_device\":\"SECOND\",\"methods\":[\"m.sas.v1\"]}", turn);
  g_autoptr (GError) error = NULL;

  send_to_first (pair, pair->first->user_id, "m.key.verification.ready", ready);
  wait_requests (pair, "*/sendToDevice/m.key.verification.cancel/*", turn);
  dex_await (mtx_encryption_after_sync (pair->first->encryption), &error);
  g_assert_no_error (error);
}

/* A session is no reason to answer. */
static void
begin_session (Pair *pair)
{
  const char              *users[] = { pair->first->user_id, NULL };
  g_autoptr (MtxOlmClaims) claims = mtx_olm_claims_new (pair->first->http, pair->first->client->engine);
  g_autoptr (GPtrArray)    devices = NULL;
  g_autoptr (GPtrArray)    second = g_ptr_array_new ();
  g_autoptr (GError)       error = NULL;

  settle_first (pair, 1);
  devices = dex_await_boxed (mtx_device_store_load_devices (pair->first->db, users), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < devices->len; i++)
    if (g_str_equal (((MtxDeviceRow *)g_ptr_array_index (devices, i))->device_id, "SECOND"))
      g_ptr_array_add (second, g_ptr_array_index (devices, i));
  g_assert_cmpuint (second->len, ==, 1);
  dex_await (mtx_olm_claims_ensure (claims, second), &error);
  g_assert_no_error (error);
}

/* Own but unverified, somebody else in our name, and somebody else: none of them gets anything, however often. */
static DexFuture *
test_threat_033 (gpointer data)
{
  static const char *const names[] = {
    "m.cross_signing.master",
    "m.cross_signing.self_signing",
    "m.cross_signing.user_signing",
    "m.megolm_backup.v1",
  };
  g_autoptr (Pair) pair = pair_new (FALSE);
  g_autofree char *token = mtx_fake_homeserver_add_user (pair->server, "eve", "SECOND");
  g_autofree char *key_request = NULL;

  begin_session (pair);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *request = g_strdup_printf ("{\"action\":\"request\",\"name\":\"%s\",\"requesting_device_id\":\"SECOND\","
                                                  "\"request_id\":\"%s\"}",
                                                  names[i], names[i]);

      send_to_first (pair, pair->first->user_id, "m.secret.request", request);
      send_to_first (pair, "@eve:" MTX_FAKE_SERVER_NAME, "m.secret.request", request);
    }
  key_request = g_strdup_printf ("{\"action\":\"request\",\"requesting_device_id\":\"SECOND\",\"request_id\":\"k\",\"body\":{"
                                 "\"algorithm\":\"m.megolm.v1.aes-sha2\",\"room_id\":\"%s\",\"session_id\":\"%s\"}}",
                                 pair->room_id, get_session (pair));
  send_to_first (pair, pair->first->user_id, "m.room_key_request", key_request);
  send_to_first (pair, "@eve:" MTX_FAKE_SERVER_NAME, "m.room_key_request", key_request);
  settle_first (pair, 2);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (pair->server, "PUT", OLM_MESSAGES), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (pair->server, "PUT", "*/sendToDevice/m.secret.send/*"), ==, 0);

  return NULL;
}

/* Whoever is verified gets what it wants, once for each question; and what was withdrawn nobody gets. */
static DexFuture *
test_answer (gpointer data)
{
  g_autoptr (Pair) pair = pair_new (TRUE);

  mtx_test_wait (is_connected, pair);
  wait_requests (pair, KEY_REQUESTS, 2);
  settle_first (pair, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (pair->server, "PUT", OLM_MESSAGES), ==, 2);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/protocol/own-requests/room-key", test_room_key);
  mtx_test_add_fiber ("/protocol/own-requests/secret", test_secret);
  mtx_test_add_fiber ("/protocol/own-requests/answer", test_answer);
  mtx_test_add_fiber ("/protocol/own-requests/threat-033-unverified-device", test_threat_033);
  mtx_test_add_fiber ("/protocol/own-requests/threat-073-wrong-secret", test_threat_073);

  return g_test_run ();
}
