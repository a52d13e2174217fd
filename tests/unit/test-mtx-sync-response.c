/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Syncs by shape: one bad element is counted and spoils no other.
 */
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-sync-response.h"
#include "mtx-test.h"

#define MESSAGE(id, body)                                                                            \
  "{\"event_id\":\"" id "\",\"sender\":\"@a:x\",\"origin_server_ts\":1,\"type\":\"m.room.message\"," \
  "\"content\":{\"msgtype\":\"m.text\",\"body\":\"" body "\"}}"
#define STATE(id, type, content)                                                                                  \
  "{\"event_id\":\"" id "\",\"sender\":\"@a:x\",\"origin_server_ts\":1,\"type\":\"" type "\",\"state_key\":\"\"," \
  "\"content\":" content "}"

static JsonObject *
parse (const char *text)
{
  MtxJsonLimits      limits = { .max_bytes = 4 * 1024 * 1024 };
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_json_parse_object (text, -1, &limits, &error);

  g_assert_no_error (error);

  return object;
}

static MtxSyncResponse *
sync_of (const char *members)
{
  g_autofree char       *text = g_strdup_printf ("{\"next_batch\":\"s1\"%s%s}", *members != '\0' ? "," : "", members);
  g_autoptr (JsonObject) object = parse (text);
  g_autoptr (GError)     error = NULL;
  MtxSyncResponse       *response = mtx_sync_response_new_from_json (object, &error);

  g_test_message ("%s", text);
  g_assert_no_error (error);
  g_assert_nonnull (response);

  return response;
}

static MtxSyncRoom *
room_at (MtxSyncResponse *response,
         guint            index)
{
  g_assert_cmpuint (index, <, response->rooms->len);

  return g_ptr_array_index (response->rooms, index);
}

static const char *
body_at (GPtrArray *events,
         guint      index)
{
  g_assert_cmpuint (index, <, events->len);

  return mtx_event_get_body (g_ptr_array_index (events, index));
}

static void
test_empty (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("");

  g_assert_cmpstr (response->next_batch, ==, "s1");
  g_assert_cmpuint (response->to_device->len, ==, 0);
  g_assert_cmpuint (response->rooms->len, ==, 0);
  g_assert_cmpuint (response->healed->len, ==, 0);
  g_assert_cmpuint (g_strv_length (response->changed), ==, 0);
  g_assert_cmpuint (g_strv_length (response->left), ==, 0);
  g_assert_cmpint (response->one_time_key_count, ==, 0);
  g_assert_false (response->has_unused_fallback_types);
  g_assert_null (response->direct);
  g_assert_cmpuint (response->bad, ==, 0);
}

static void
test_no_token (void)
{
  static const char *const cases[] = {
    "{}",
    "{\"next_batch\":null}",
    "{\"next_batch\":7}",
    "{\"next_batch\":\"\"}",
    "{\"next_batch\":[\"s\"]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) object = parse (cases[i]);
      g_autoptr (GError)     error = NULL;

      g_assert_null (mtx_sync_response_new_from_json (object, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
    }
}

static void
test_to_device (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"to_device\":{\"events\":["
                                                  "{\"sender\":\"@a:x\",\"type\":\"t1\",\"content\":{\"n\":1}},"
                                                  "7,null,[],{},"
                                                  "{\"sender\":\"a\",\"type\":\"t\",\"content\":{}},"
                                                  "{\"sender\":[],\"type\":\"t\",\"content\":{}},"
                                                  "{\"sender\":\"@a:x\",\"type\":\"\",\"content\":{}},"
                                                  "{\"sender\":\"@a:x\",\"type\":7,\"content\":{}},"
                                                  "{\"sender\":\"@a:x\",\"content\":{}},"
                                                  "{\"sender\":\"@a:x\",\"type\":\"t\",\"content\":[]},"
                                                  "{\"sender\":\"@a:x\",\"type\":\"t\"},"
                                                  "{\"sender\":\"@b:x\",\"type\":\"t2\",\"content\":{\"n\":2}}]}");
  MtxToDeviceEvent           *first = NULL;
  MtxToDeviceEvent           *second = NULL;
  gint64                      n = 0;

  g_assert_cmpuint (response->to_device->len, ==, 2);
  g_assert_cmpuint (response->bad, ==, 11);
  first = g_ptr_array_index (response->to_device, 0);
  second = g_ptr_array_index (response->to_device, 1);
  g_assert_cmpstr (first->sender, ==, "@a:x");
  g_assert_cmpstr (first->type, ==, "t1");
  g_assert_cmpstr (second->type, ==, "t2");
  g_assert_true (mtx_json_get_int (second->content, "n", &n));
  g_assert_cmpint (n, ==, 2);
}

static void
test_keys (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"device_lists\":{\"changed\":[\"@a:x\",7,\"nobody\",\"@b:x\"],\"left\":[\"@c:x\",null]},"
                                                  "\"device_one_time_keys_count\":{\"signed_curve25519\":42,\"curve25519\":9},"
                                                  "\"device_unused_fallback_key_types\":[\"signed_curve25519\"]");
  g_autoptr (MtxSyncResponse) used = sync_of ("\"device_unused_fallback_key_types\":[]");
  g_autoptr (MtxSyncResponse) odd = sync_of ("\"device_lists\":[],\"device_one_time_keys_count\":{\"signed_curve25519\":\"42\"},"
                                             "\"device_unused_fallback_key_types\":{\"signed_curve25519\":1}");
  g_autoptr (MtxSyncResponse) negative = sync_of ("\"device_one_time_keys_count\":{\"signed_curve25519\":-5}");

  g_assert_cmpuint (g_strv_length (response->changed), ==, 2);
  g_assert_cmpstr (response->changed[1], ==, "@b:x");
  g_assert_cmpuint (g_strv_length (response->left), ==, 1);
  g_assert_cmpuint (response->bad, ==, 3);
  g_assert_cmpint (response->one_time_key_count, ==, 42);
  g_assert_true (response->has_unused_fallback_types);
  g_assert_true (response->fallback_key_unused);

  g_assert_true (used->has_unused_fallback_types);
  g_assert_false (used->fallback_key_unused);

  g_assert_cmpuint (g_strv_length (odd->changed), ==, 0);
  g_assert_cmpint (odd->one_time_key_count, ==, 0);
  g_assert_false (odd->has_unused_fallback_types);

  g_assert_cmpint (negative->one_time_key_count, ==, 0);
}

static void
test_joined (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{"
                                                  "\"timeline\":{\"limited\":true,\"prev_batch\":\"p\",\"events\":[" MESSAGE ("$1", "one") ",7,{\"event_id\":\"$2\"}," MESSAGE ("$3", "three") "]},"
                                                                                                                                                                                               "\"state\":{\"events\":[" STATE ("$4", "m.room.name", "{\"name\":\"n\"}") "," MESSAGE ("$5", "no state") "]},"
                                                                                                                                                                                                                                                                                                        "\"summary\":{\"m.joined_member_count\":2,\"m.invited_member_count\":1},"
                                                                                                                                                                                                                                                                                                        "\"ephemeral\":{\"events\":[{\"type\":\"m.typing\",\"content\":{}}]}}}}");
  MtxSyncRoom                *room = room_at (response, 0);

  g_assert_cmpstr (room->room_id, ==, "!r:x");
  g_assert_cmpint (room->section, ==, MTX_SYNC_JOINED);
  g_assert_true (room->limited);
  g_assert_cmpstr (room->prev_batch, ==, "p");
  g_assert_cmpuint (room->timeline->len, ==, 2);
  g_assert_cmpstr (body_at (room->timeline, 0), ==, "one");
  g_assert_cmpstr (body_at (room->timeline, 1), ==, "three");
  g_assert_cmpuint (room->state->len, ==, 1);
  g_assert_cmpint (room->joined_count, ==, 2);
  g_assert_cmpint (room->invited_count, ==, 1);
  g_assert_cmpuint (response->bad, ==, 2);
}

/* M6: state_after is the state after the timeline; without it the timeline changes what "state" says. */
static void
test_state_after (void)
{
  g_autoptr (MtxSyncResponse) plain = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{\"state\":{\"events\":[" STATE ("$1", "m.room.name", "{\"name\":\"old\"}") "]},"
                                                                                                                                                          "\"timeline\":{\"events\":[" STATE ("$2", "m.room.name", "{\"name\":\"new\"}") "]}}}}");
  g_autoptr (MtxSyncResponse) after = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{\"state\":{\"events\":[" STATE ("$1", "m.room.name", "{\"name\":\"old\"}") "]},"
                                                                                                                                                          "\"state_after\":{\"events\":[" STATE ("$3", "m.room.topic", "{}") "]},"
                                                                                                                                                                                                                             "\"timeline\":{\"events\":[" STATE ("$2", "m.room.name", "{\"name\":\"new\"}") "]}}}}");
  g_autoptr (MtxSyncResponse) unstable = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{"
                                                  "\"org.matrix.msc4222.state_after\":{\"events\":[" STATE ("$3", "m.room.topic", "{}") "]},"
                                                                                                                                        "\"timeline\":{\"events\":[" STATE ("$2", "m.room.name", "{\"name\":\"new\"}") "]}}}}");

  g_assert_cmpuint (room_at (plain, 0)->state->len, ==, 2);
  g_assert_cmpstr (mtx_event_get_event_id (g_ptr_array_index (room_at (plain, 0)->state, 1)), ==, "$2");
  g_assert_cmpuint (room_at (after, 0)->state->len, ==, 1);
  g_assert_cmpstr (mtx_event_get_event_id (g_ptr_array_index (room_at (after, 0)->state, 0)), ==, "$3");
  g_assert_cmpuint (room_at (unstable, 0)->state->len, ==, 1);
}

#define MEMBER(id, membership)                                                                      \
  "{\"event_id\":\"" id "\",\"sender\":\"@a:x\",\"origin_server_ts\":1,\"type\":\"m.room.member\"," \
  "\"state_key\":\"@b:x\",\"content\":{\"membership\":\"" membership "\"}}"

/* Somebody was removed and said nothing: lazy loading may leave that out of the state. */
static void
test_lazy_members (void)
{
  g_autoptr (MtxSyncResponse) left_out = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{\"state_after\":{\"events\":[]},"
                                                  "\"timeline\":{\"events\":[" MEMBER ("$1", "join") "," MEMBER ("$2", "leave") "]}}}}");
  g_autoptr (MtxSyncResponse) overruled = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{\"state_after\":{\"events\":[" MEMBER ("$3", "ban") "]},"
                                                                                                                                       "\"timeline\":{\"events\":[" MEMBER ("$2", "leave") "]}}}}");
  GPtrArray                  *state = room_at (left_out, 0)->state;

  g_assert_cmpuint (state->len, ==, 2);
  g_assert_cmpint (mtx_event_get_membership (g_ptr_array_index (state, 1)), ==, MTX_MEMBERSHIP_LEAVE);
  state = room_at (overruled, 0)->state;
  g_assert_cmpint (mtx_event_get_membership (g_ptr_array_index (state, state->len - 1)), ==, MTX_MEMBERSHIP_BAN);
}

static void
test_bad_rooms (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"rooms\":{\"join\":{\"r\":{},\"#a:x\":{},\"\":{},\"!bad:x\":7,\"!odd:x\":{\"timeline\":[],\"state\":{\"events\":{}},"
                                                  "\"summary\":\"x\",\"ephemeral\":{\"events\":[3]}},"
                                                  "\"!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM\":{\"timeline\":{\"events\":[" MESSAGE ("$1", "v12") "]}}},"
                                                                                                                                                       "\"invite\":[],\"leave\":{\"!gone:x\":{\"timeline\":{\"events\":[" MESSAGE ("$2", "bye") "]}}}}");

  g_assert_cmpuint (response->rooms->len, ==, 3);
  g_assert_cmpuint (response->bad, ==, 4);
  g_assert_cmpuint (room_at (response, 0)->timeline->len, ==, 0);
  g_assert_cmpint (room_at (response, 0)->joined_count, ==, -1);
  g_assert_false (room_at (response, 0)->limited);
  g_assert_cmpstr (body_at (room_at (response, 1)->timeline, 0), ==, "v12");
  g_assert_cmpint (room_at (response, 2)->section, ==, MTX_SYNC_LEFT);
  g_assert_cmpstr (body_at (room_at (response, 2)->timeline, 0), ==, "bye");
}

static void
test_invitations (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"rooms\":{\"invite\":{\"!i:x\":{\"invite_state\":{\"events\":["
                                                  "{\"type\":\"m.room.member\",\"state_key\":\"@me:x\",\"sender\":\"@a:x\",\"content\":{\"membership\":\"invite\"}},"
                                                  "{\"type\":\"m.room.message\",\"sender\":\"@a:x\",\"content\":{}},7]}}},"
                                                  "\"knock\":{\"!k:x\":{\"knock_state\":{\"events\":[]}}}}");

  g_assert_cmpuint (response->rooms->len, ==, 2);
  g_assert_cmpint (room_at (response, 0)->section, ==, MTX_SYNC_INVITED);
  g_assert_cmpuint (room_at (response, 0)->state->len, ==, 1);
  g_assert_cmpuint (room_at (response, 0)->timeline->len, ==, 0);
  g_assert_cmpint (room_at (response, 1)->section, ==, MTX_SYNC_KNOCKED);
  g_assert_cmpuint (response->bad, ==, 2);
}

static void
test_receipts (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"rooms\":{\"join\":{\"!r:x\":{\"ephemeral\":{\"events\":[{\"type\":\"m.receipt\",\"content\":{"
                                                  "\"$1\":{\"m.read\":{\"@a:x\":{\"ts\":5,\"thread_id\":\"main\"},\"nobody\":{},\"@b:x\":7},\"m.read.private\":{\"@c:x\":{}}},"
                                                  "\"x\":{},\"$2\":[]}},{\"type\":\"m.receipt\",\"content\":3}]}}}}");
  MtxSyncRoom                *room = room_at (response, 0);
  MtxSyncReceipt             *receipt = NULL;

  g_assert_cmpuint (room->receipts->len, ==, 1);
  receipt = g_ptr_array_index (room->receipts, 0);
  g_assert_cmpstr (receipt->user_id, ==, "@a:x");
  g_assert_cmpstr (receipt->event_id, ==, "$1");
  g_assert_cmpstr (receipt->thread_id, ==, "main");
  g_assert_cmpint (receipt->timestamp_ms, ==, 5);
  g_assert_cmpuint (response->bad, ==, 5);
}

static void
test_direct (void)
{
  g_autoptr (MtxSyncResponse) response = sync_of ("\"account_data\":{\"events\":[7,{\"type\":\"m.push_rules\",\"content\":{}},"
                                                  "{\"type\":\"m.direct\",\"content\":{\"@a:x\":[\"!r:x\",7,\"x\"],\"nobody\":[\"!r:x\"],\"@b:x\":\"!r:x\"}}]}");
  GStrv                       ids = g_hash_table_lookup (response->direct, "@a:x");

  g_assert_cmpuint (g_hash_table_size (response->direct), ==, 1);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  g_assert_cmpstr (ids[0], ==, "!r:x");
}

/* Threat 97: whatever stands where an object or array should be, the process keeps running. */
static void
test_threat_097 (void)
{
  static const char *const wrong[] = { "null", "7", "-1.5", "\"x\"", "true", "[]", "{}", "[[]]", "[{}]", "{\"events\":7}", "{\"events\":{}}" };
  static const char *const places[] = {
    "\"to_device\":%s",
    "\"device_lists\":%s",
    "\"device_one_time_keys_count\":%s",
    "\"device_unused_fallback_key_types\":%s",
    "\"account_data\":%s",
    "\"account_data\":{\"events\":[{\"type\":\"m.direct\",\"content\":%s}]}",
    "\"rooms\":%s",
    "\"rooms\":{\"join\":%s}",
    "\"rooms\":{\"invite\":%s}",
    "\"rooms\":{\"join\":{\"!r:x\":%s}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"timeline\":%s}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"timeline\":{\"events\":[%s]}}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"timeline\":{\"limited\":%s}}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"timeline\":{\"prev_batch\":%s}}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"state\":%s}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"state_after\":%s}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"summary\":%s}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"summary\":{\"m.joined_member_count\":%s}}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"ephemeral\":%s}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"ephemeral\":{\"events\":[{\"type\":\"m.receipt\",\"content\":{\"$1\":%s}}]}}}}",
    "\"rooms\":{\"join\":{\"!r:x\":{\"ephemeral\":{\"events\":[{\"type\":\"m.receipt\",\"content\":{\"$1\":{\"m.read\":%s}}}]}}}}",
    "\"rooms\":{\"invite\":{\"!r:x\":{\"invite_state\":%s}}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < G_N_ELEMENTS (wrong); j++)
      {
        g_autofree char            *spoilt = NULL;
        g_autofree char            *members = NULL;
        g_autoptr (MtxSyncResponse) response = NULL;
        GString                    *text = g_string_new (places[i]);

        g_string_replace (text, "%s", wrong[j], 1);
        spoilt = g_string_free_and_steal (text);
        members = g_strconcat (spoilt, ",\"device_lists \":0", NULL);
        response = sync_of (members);
        g_assert_cmpstr (response->next_batch, ==, "s1");
      }
}

static void
test_caps (void)
{
  g_autoptr (GString)         text = g_string_new ("\"to_device\":{\"events\":[");
  g_autoptr (MtxSyncResponse) response = NULL;

  for (guint i = 0; i < MTX_SYNC_MAX_TO_DEVICE + 5; i++)
    g_string_append (text, i == 0 ? "{\"sender\":\"@a:x\",\"type\":\"t\",\"content\":{}}"
                                  : ",{\"sender\":\"@a:x\",\"type\":\"t\",\"content\":{}}");
  g_string_append (text, "]}");
  response = sync_of (text->str);

  g_assert_cmpuint (response->to_device->len, ==, MTX_SYNC_MAX_TO_DEVICE);
  g_assert_cmpuint (response->bad, ==, 5);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/sync-response/empty", test_empty);
  g_test_add_func ("/sync-response/no-token", test_no_token);
  g_test_add_func ("/sync-response/to-device", test_to_device);
  g_test_add_func ("/sync-response/keys", test_keys);
  g_test_add_func ("/sync-response/joined", test_joined);
  g_test_add_func ("/sync-response/state-after", test_state_after);
  g_test_add_func ("/sync-response/lazy-members", test_lazy_members);
  g_test_add_func ("/sync-response/bad-rooms", test_bad_rooms);
  g_test_add_func ("/sync-response/invitations", test_invitations);
  g_test_add_func ("/sync-response/receipts", test_receipts);
  g_test_add_func ("/sync-response/direct", test_direct);
  g_test_add_func ("/sync-response/threat-097-wrong-shapes", test_threat_097);
  g_test_add_func ("/sync-response/caps", test_caps);

  return g_test_run ();
}
