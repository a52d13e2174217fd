/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys as JSON, out and in again, and what is refused of it.
 */
#include "mtx-crypto-engine.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-megolm-outbound.h"
#include "mtx-received-key.h"
#include "mtx-room-keys.h"
#include "mtx-senders.h"
#include "mtx-test.h"

#define ROOM  "!room:example.org"
#define CURVE "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"
#define ED    "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"

static MtxMegolmInbound *
make_session (void)
{
  g_autoptr (MtxMegolmOutbound) outbound = mtx_megolm_outbound_new (1, NULL);
  MtxMegolmInbound             *session = NULL;
  char                         *key = mtx_megolm_outbound_dup_session_key (outbound, NULL);

  session = mtx_megolm_inbound_new (key, mtx_megolm_outbound_get_id (outbound), NULL);
  mtx_secret_string_free (key);
  g_assert_nonnull (session);

  return session;
}

static JsonObject *
build (MtxMegolmInbound *session,
       MtxRoomKeyForm    form,
       gboolean          shared_history)
{
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_room_key_build_json (&(MtxInboundSessionRow){
                                                           .room_id = ROOM,
                                                           .session_id = mtx_megolm_inbound_get_id (session),
                                                           .sender_key = CURVE,
                                                           .claimed_ed25519 = ED,
                                                           .sender_user = "@bob:example.org",
                                                           .shared_history = shared_history,
                                                       },
                                                       session,
                                                       form,
                                                       &error);

  g_assert_no_error (error);

  return object;
}

static MtxReceivedKey *
read_back (JsonObject *object,
           const char *room_id,
           const char *session_id)
{
  g_autoptr (GError) error = NULL;
  MtxReceivedKey    *key = mtx_received_key_new_from_json (object, room_id, session_id, &error);

  if (key == NULL)
    g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);

  return key;
}

static void
test_round_trip (void)
{
  g_autoptr (MtxMegolmInbound) session = make_session ();
  g_autoptr (JsonObject)       object = build (session, MTX_ROOM_KEY_FOR_EXPORT, TRUE);
  g_autoptr (MtxReceivedKey)   key = read_back (object, NULL, NULL);

  g_assert_nonnull (key);
  g_assert_cmpstr (key->claim->room_id, ==, ROOM);
  g_assert_cmpstr (key->claim->session_id, ==, mtx_megolm_inbound_get_id (session));
  g_assert_cmpstr (key->claim->sender_key, ==, CURVE);
  g_assert_cmpstr (key->claim->claimed_ed25519, ==, ED);
  g_assert_true (key->claim->imported);
  g_assert_null (key->claim->sender_user);
  g_assert_cmpint (key->claim->origin, ==, MTX_ROOM_KEY_IMPORTED);
  g_assert_true (key->claim->shared_history);
  g_assert_cmpuint (json_array_get_length (mtx_json_get_array (object, "forwarding_curve25519_key_chain")), ==, 0);
}

/* What the place says already is not repeated. */
static void
test_forms (void)
{
  g_autoptr (MtxMegolmInbound) session = make_session ();
  g_autoptr (JsonObject)       in_backup = build (session, MTX_ROOM_KEY_FOR_BACKUP, FALSE);
  g_autoptr (MtxReceivedKey)   key = NULL;

  g_assert_false (json_object_has_member (in_backup, "room_id"));
  g_assert_false (json_object_has_member (in_backup, "session_id"));
  key = read_back (in_backup, ROOM, mtx_megolm_inbound_get_id (session));
  g_assert_nonnull (key);
  g_assert_cmpstr (key->claim->room_id, ==, ROOM);
}

static void
test_shared_history (void)
{
  static const struct
  {
    const char *json;
    gboolean    is_shared;
  } cases[] = {
    { "{}", FALSE },
    { "{\"shared_history\":true}", TRUE },
    { "{\"shared_history\":false}", FALSE },
    { "{\"shared_history\":\"true\"}", FALSE },
    { "{\"shared_history\":1}", FALSE },
    { "{\"shared_history\":null}", FALSE },
    { "{\"shared_history\":{\"x\":true}}", FALSE },
    { "{\"m.shared_history\":true}", TRUE },
    { "{\"m.shared_history\":1}", FALSE },
    { "{\"shared_history\":false,\"m.shared_history\":true}", FALSE },
    { "{\"org.matrix.msc3061.shared_history\":true}", TRUE },
    { "{\"shared_history\":false,\"org.matrix.msc3061.shared_history\":true}", FALSE },
  };
  static const MtxJsonLimits limits = { .max_bytes = 1024, .max_depth = 8 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) object = mtx_json_parse_object (cases[i].json, -1, &limits, NULL);

      g_assert_cmpint (mtx_room_key_read_shared (object), ==, cases[i].is_shared);
    }
}

static void
test_bad (void)
{
  static const char *const members[] = { "algorithm", "sender_key", "session_key" };

  g_autoptr (MtxMegolmInbound) session = make_session ();
  const char                  *id = mtx_megolm_inbound_get_id (session);

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autoptr (JsonObject) without = build (session, MTX_ROOM_KEY_FOR_EXPORT, FALSE);
      g_autoptr (JsonObject) wrong = build (session, MTX_ROOM_KEY_FOR_EXPORT, FALSE);

      json_object_remove_member (without, members[i]);
      g_assert_null (read_back (without, NULL, NULL));
      json_object_set_int_member (wrong, members[i], 1);
      g_assert_null (read_back (wrong, NULL, NULL));
    }

  {
    g_autoptr (JsonObject) object = build (session, MTX_ROOM_KEY_FOR_EXPORT, FALSE);

    g_assert_null (read_back (object, "!other:example.org", id));
    g_assert_null (read_back (object, ROOM, "other"));
    json_object_set_string_member (object, "room_id", "no room");
    g_assert_null (read_back (object, NULL, NULL));
    json_object_set_int_member (object, "room_id", 1);
    g_assert_null (read_back (object, ROOM, NULL));
    json_object_remove_member (object, "room_id");
    g_assert_null (read_back (object, NULL, NULL));
    json_object_set_string_member (object, "room_id", ROOM);
    json_object_set_string_member (object, "sender_key", "AAAA");
    g_assert_null (read_back (object, NULL, NULL));
  }
}

/* The place is right and the JSON is well formed, but the key is another's, or none (threat 80). */
static void
test_changed_key (void)
{
  static const guint8 zero[32] = { 0 };

  g_autoptr (MtxSecretBytes)   master_key = mtx_secret_bytes_new (zero, sizeof zero);
  g_autoptr (MtxRoomKeys)      keys = mtx_room_keys_new (master_key);
  g_autoptr (MtxChangeSet)     changes = mtx_change_set_new ();
  g_autoptr (MtxMegolmInbound) session = make_session ();
  g_autoptr (MtxMegolmInbound) other = make_session ();
  g_autoptr (JsonObject)       object = build (session, MTX_ROOM_KEY_FOR_BACKUP, FALSE);
  g_autoptr (MtxReceivedKey)   right = read_back (object, ROOM, mtx_megolm_inbound_get_id (session));
  g_autoptr (MtxReceivedKey)   elsewhere = read_back (object, ROOM, mtx_megolm_inbound_get_id (other));
  g_autoptr (MtxReceivedKey)   cut = NULL;
  g_autofree char             *text = g_strndup (right->untrusted_session_key, strlen (right->untrusted_session_key) - 4);

  g_assert_false (mtx_room_keys_receive (keys, elsewhere->claim, elsewhere->untrusted_session_key, changes, NULL));
  json_object_set_string_member (object, "session_key", text);
  cut = read_back (object, ROOM, mtx_megolm_inbound_get_id (session));
  g_assert_false (mtx_room_keys_receive (keys, cut->claim, cut->untrusted_session_key, changes, NULL));
  g_assert_true (mtx_change_set_is_empty (changes));
  g_assert_true (mtx_room_keys_receive (keys, right->claim, right->untrusted_session_key, changes, NULL));
  g_assert_false (mtx_change_set_is_empty (changes));
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/received-key/round-trip", test_round_trip);
  g_test_add_func ("/received-key/forms", test_forms);
  g_test_add_func ("/received-key/threat-084-shared-history", test_shared_history);
  g_test_add_func ("/received-key/threat-080-malformed", test_bad);
  g_test_add_func ("/received-key/threat-080-changed-key", test_changed_key);

  return g_test_run ();
}
