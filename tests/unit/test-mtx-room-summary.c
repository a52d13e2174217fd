/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The record of a room: encryption that is never lost again, rotation within bounds, and what state may change.
 */
#include "mtx-json.h"
#include "mtx-megolm-rotation.h"
#include "mtx-room-summary.h"
#include "mtx-test.h"

#define ROOM   "!r:x"
#define MEGOLM "m.megolm.v1.aes-sha2"

static JsonObject *
parse (const char *text)
{
  MtxJsonLimits limits = { .max_bytes = 1024 * 1024 };

  return mtx_json_parse_object (text, -1, &limits, NULL);
}

static void
apply_as (MtxRoomSummary *summary,
          const char     *sender,
          const char     *type,
          const char     *key,
          const char     *content)
{
  g_autofree char       *text = g_strdup_printf ("{\"event_id\":\"$1\",\"sender\":\"%s\",\"origin_server_ts\":1,\"type\":\"%s\","
                                                       "\"state_key\":\"%s\",\"content\":%s}",
                                                 sender, type, key, content);
  g_autoptr (JsonObject) object = parse (text);
  g_autoptr (MtxEvent)   event = mtx_event_new_from_json (object, ROOM, NULL);

  g_test_message ("%s", text);
  g_assert_nonnull (event);
  mtx_room_summary_apply_state (summary, event);
}

static void
apply (MtxRoomSummary *summary,
       const char     *type,
       const char     *content)
{
  apply_as (summary, "@a:x", type, "", content);
}

static void
test_threat_050 (void)
{
  static const char *const later[] = {
    "{}", "{\"algorithm\":null}", "{\"algorithm\":\"m.none\"}", "{\"algorithm\":\"\"}",
    "{\"algorithm\":\"" MEGOLM "\",\"rotation_period_ms\":999999999999,\"rotation_period_msgs\":10000}"
  };
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (ROOM);

  g_assert_null (summary->algorithm);
  apply (summary, "m.room.encryption",
         "{\"algorithm\":\"" MEGOLM "\",\"rotation_period_ms\":7200000,\"rotation_period_msgs\":50}");

  for (guint i = 0; i < G_N_ELEMENTS (later); i++)
    {
      apply (summary, "m.room.encryption", later[i]);
      g_assert_cmpstr (summary->algorithm, ==, MEGOLM);
      g_assert_cmpint (summary->rotation_period_ms, ==, 7200000);
      g_assert_cmpint (summary->rotation_period_msgs, ==, 50);
    }
}

static void
test_unreadable (void)
{
  static const char *const cases[] = { "{}", "{\"algorithm\":7}", "{\"algorithm\":\"\"}", "{\"algorithm\":[\"" MEGOLM "\"]}" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (ROOM);

      apply (summary, "m.room.encryption", cases[i]);
      g_assert_nonnull (summary->algorithm);
      g_assert_cmpstr (summary->algorithm, !=, MEGOLM);
    }
}

static void
test_threat_052 (void)
{
  static const struct
  {
    const char *content;
    gint64      period_ms;
    gint64      messages;
  } cases[] = {
    { "", MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS, 100 },
    { ",\"rotation_period_ms\":0,\"rotation_period_msgs\":0", 3600000, 1 },
    { ",\"rotation_period_ms\":-1,\"rotation_period_msgs\":-1", 3600000, 1 },
    { ",\"rotation_period_ms\":\"1\",\"rotation_period_msgs\":\"1\"", MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS, 100 },
    { ",\"rotation_period_msgs\":1000000000", MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS, 10000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char           *content = g_strdup_printf ("{\"algorithm\":\"" MEGOLM "\"%s}", cases[i].content);
      g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (ROOM);

      apply (summary, "m.room.encryption", content);
      g_assert_cmpint (summary->rotation_period_ms, ==, cases[i].period_ms);
      g_assert_cmpint (summary->rotation_period_msgs, ==, cases[i].messages);
    }
}

static void
test_creators (void)
{
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (ROOM);

  apply_as (summary, "@maker:x", "m.room.create", "", "{\"room_version\":\"12\",\"additional_creators\":[\"@b:x\",7]}");
  g_assert_cmpuint (g_strv_length (summary->creators), ==, 2);
  g_assert_cmpstr (summary->creators[0], ==, "@maker:x");
  g_assert_cmpstr (summary->creators[1], ==, "@b:x");
  g_assert_cmpstr (summary->room_version, ==, "12");

  /* A room begins once. */
  apply_as (summary, "@evil:x", "m.room.create", "", "{\"room_version\":\"11\"}");
  g_assert_cmpstr (summary->creators[0], ==, "@maker:x");
  g_assert_cmpstr (summary->room_version, ==, "12");
}

static void
test_others (void)
{
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (ROOM);

  apply (summary, "m.room.name", "{\"name\":\"Help\\u0007 desk\"}");
  g_assert_cmpstr (summary->name, ==, "Help  desk");
  apply (summary, "m.room.name", "{\"name\":7}");
  g_assert_null (summary->name);
  apply (summary, "m.room.canonical_alias", "{\"alias\":\"#a:x\"}");
  g_assert_cmpstr (summary->canonical_alias, ==, "#a:x");
  apply (summary, "m.room.history_visibility", "{\"history_visibility\":\"joined\"}");
  g_assert_cmpstr (summary->history_visibility, ==, "joined");
  apply (summary, "m.room.power_levels", "{\"ban\":7}");
  g_assert_cmpstr (summary->power_levels, ==, "{\"ban\":7}");

  /* Another key is another state, and encrypted state is not applied (O3). */
  apply_as (summary, "@a:x", "m.room.name", "other", "{\"name\":\"x\"}");
  apply_as (summary, "@a:x", "m.room.encryption", "other", "{\"algorithm\":\"" MEGOLM "\"}");
  apply (summary, "m.room.encrypted", "{\"algorithm\":\"" MEGOLM "\"}");
  g_assert_null (summary->name);
  g_assert_null (summary->algorithm);
}

static void
test_invitation (void)
{
  static const char *const events[] = {
    "{\"type\":\"m.room.name\",\"state_key\":\"\",\"sender\":\"@evil:x\",\"content\":{\"name\":\"Support\"}}",
    "{\"type\":\"m.room.encryption\",\"state_key\":\"\",\"sender\":\"@evil:x\",\"content\":{\"algorithm\":\"m.none\"}}",
    "{\"type\":\"m.room.create\",\"state_key\":\"\",\"sender\":\"@me:x\",\"content\":{}}",
    "{\"type\":\"m.room.member\",\"state_key\":\"@me:x\",\"sender\":\"@evil:x\",\"content\":{\"membership\":\"invite\"}}",
    "{\"type\":\"m.room.member\",\"state_key\":\"@you:x\",\"sender\":\"@b:x\",\"content\":{\"membership\":\"invite\"}}",
  };
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (ROOM);
  g_autoptr (GPtrArray)      state = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (JsonObject) object = parse (events[i]);

      g_ptr_array_add (state, mtx_event_new_stripped (object, ROOM, NULL));
    }
  mtx_room_summary_apply_invitation (summary, state, "@me:x");

  g_assert_cmpstr (summary->name, ==, "Support");
  g_assert_cmpstr (summary->inviter, ==, "@evil:x");
  g_assert_null (summary->algorithm);
  g_assert_null (summary->creators);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/room-summary/threat-050-sticky", test_threat_050);
  g_test_add_func ("/room-summary/unreadable-algorithm", test_unreadable);
  g_test_add_func ("/room-summary/threat-052-rotation", test_threat_052);
  g_test_add_func ("/room-summary/creators", test_creators);
  g_test_add_func ("/room-summary/others", test_others);
  g_test_add_func ("/room-summary/invitation", test_invitation);

  return g_test_run ();
}
