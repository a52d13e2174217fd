/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who has power, in rooms whose numbers are not numbers (threat 99).
 */
#include "mtx-json.h"
#include "mtx-power-levels.h"
#include "mtx-test.h"

static MtxPowerLevels *
levels (const char *text,
        const char *version)
{
  static const char *const creators[] = { "@maker:x", "@second:x", NULL };
  MtxJsonLimits            limits = { .max_bytes = 1024 * 1024 };
  g_autoptr (JsonObject)   content = text != NULL ? mtx_json_parse_object (text, -1, &limits, NULL) : NULL;

  g_assert_true ((text == NULL) == (content == NULL));

  return mtx_power_levels_new (content, creators, version);
}

typedef struct
{
  const char *text;
  const char *version;
  const char *user;
  gint64      level;
  gboolean    moderator;
} Case;

static const Case cases[] = {
  /* Ordinary rooms. */
  { "{\"users\":{\"@maker:x\":100,\"@mod:x\":50},\"users_default\":0}", "11", "@maker:x", 100, TRUE },
  { "{\"users\":{\"@maker:x\":100,\"@mod:x\":50}}", "11", "@mod:x", 50, TRUE },
  { "{\"users\":{\"@maker:x\":100,\"@mod:x\":50}}", "11", "@any:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":25},\"redact\":25}", "11", "@mod:x", 25, TRUE },
  { "{\"users\":{\"@mod:x\":50},\"redact\":60,\"kick\":60,\"ban\":60}", "11", "@mod:x", 50, FALSE },
  { "{\"users\":{\"@mod:x\":50},\"redact\":100,\"kick\":50,\"ban\":100}", "11", "@mod:x", 50, TRUE },
  /* A power that everybody has distinguishes nobody. */
  { "{\"redact\":0}", "11", "@any:x", 0, FALSE },
  { "{\"users_default\":100}", "11", "@any:x", 100, FALSE },
  { "{\"users_default\":50,\"users\":{\"@mod:x\":51}}", "11", "@mod:x", 51, TRUE },
  { "{\"users_default\":-10,\"redact\":-5,\"users\":{\"@mod:x\":-5}}", "11", "@mod:x", -5, TRUE },
  /* No event at all. */
  { NULL, "11", "@maker:x", 100, TRUE },
  { NULL, "11", "@any:x", 0, FALSE },
  { NULL, NULL, "@maker:x", 100, TRUE },
  { "{}", "11", "@maker:x", 0, FALSE },
  /* Creators of version 12, whatever the levels say (M31). */
  { "{}", "12", "@maker:x", G_MAXINT64, TRUE },
  { "{}", "12", "@second:x", G_MAXINT64, TRUE },
  { "{\"users\":{\"@maker:x\":-1}}", "12", "@maker:x", G_MAXINT64, TRUE },
  { "{\"ban\":\"x\",\"kick\":[],\"redact\":{}}", "12", "@maker:x", G_MAXINT64, TRUE },
  { "{}", "12", "@any:x", 0, FALSE },
  { NULL, "12", "@any:x", 0, FALSE },
  { "{}", "13", "@maker:x", G_MAXINT64, TRUE },
  { "{}", "org.example.odd", "@maker:x", G_MAXINT64, TRUE },
  { "{}", "11", "@maker:x", 0, FALSE },
  /* Numbers that are none: nobody gets power by them. */
  { "{\"users\":{\"@mod:x\":\"100\"}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":\"100\"}}", "9", "@mod:x", 100, TRUE },
  { "{\"users\":{\"@mod:x\":\" 100 \"}}", "9", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":\"99999999999999999999\"}}", "9", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":1e300}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":9223372036854775807}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":99999999999999999999999}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":-9223372036854775808}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":null}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":true}}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":[[\"@mod:x\",100]]}", "11", "@mod:x", 0, FALSE },
  { "{\"users\":\"@mod:x\"}", "11", "@mod:x", 0, FALSE },
  { "{\"users_default\":\"100\"}", "11", "@any:x", 0, FALSE },
  { "{\"users\":{\"@mod:x\":50},\"redact\":\"0\",\"kick\":null,\"ban\":[]}", "11", "@mod:x", 50, FALSE },
  { "{\"users\":{\"@mod:x\":9007199254740991},\"redact\":1e300,\"kick\":1e300,\"ban\":1e300}", "11", "@mod:x",
    9007199254740991, FALSE },
};

static void
test_threat_099 (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxPowerLevels) made = levels (cases[i].text, cases[i].version);

      g_test_message ("%s in version %s: %s", cases[i].text, cases[i].version, cases[i].user);
      g_assert_cmpint (mtx_power_levels_get_level (made, cases[i].user), ==, cases[i].level);
      g_assert_cmpint (mtx_power_levels_can_moderate (made, cases[i].user), ==, cases[i].moderator);
    }
}

static void
test_can_send (void)
{
  g_autoptr (MtxPowerLevels) open = levels ("{}", "11");
  g_autoptr (MtxPowerLevels) closed = levels ("{\"events_default\":50,\"users\":{\"@mod:x\":50}}", "11");
  g_autoptr (MtxPowerLevels) odd = levels ("{\"events\":{\"m.room.encrypted\":\"x\"},\"users\":{\"@mod:x\":50}}", "11");
  g_autoptr (MtxPowerLevels) special = levels ("{\"events\":{\"m.room.encrypted\":0},\"events_default\":50}", "11");
  g_autoptr (MtxPowerLevels) creator = levels ("{\"events_default\":\"x\"}", "12");

  g_assert_true (mtx_power_levels_can_send (open, "@any:x", "m.room.encrypted"));
  g_assert_false (mtx_power_levels_can_send (closed, "@any:x", "m.room.encrypted"));
  g_assert_true (mtx_power_levels_can_send (closed, "@mod:x", "m.room.encrypted"));
  g_assert_false (mtx_power_levels_can_send (odd, "@mod:x", "m.room.encrypted"));
  g_assert_true (mtx_power_levels_can_send (special, "@any:x", "m.room.encrypted"));
  g_assert_false (mtx_power_levels_can_send (special, "@any:x", "m.room.message"));
  g_assert_true (mtx_power_levels_can_send (creator, "@maker:x", "m.room.encrypted"));
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/power-levels/threat-099-table", test_threat_099);
  g_test_add_func ("/power-levels/can-send", test_can_send);

  return g_test_run ();
}
