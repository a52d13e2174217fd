/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a room key is used up, whatever the room says.
 */
#include "mtx-megolm-rotation.h"

#include "kit/mtx-test.h"
#include "mtx-json.h"

#define HOUR (G_GINT64_CONSTANT (3600) * 1000)
#define WEEK (7 * 24 * HOUR)

static MtxMegolmRotation
read_content (const char *text)
{
  static const MtxJsonLimits limits = { .max_bytes = 1000, .max_depth = 4 };
  g_autoptr (GError)         error = NULL;
  g_autoptr (JsonObject)     content = NULL;
  MtxMegolmRotation          rotation;

  content = mtx_json_parse_object (text, -1, &limits, &error);
  g_assert_no_error (error);
  mtx_megolm_rotation_init (&rotation, content);

  return rotation;
}

static void
test_threat_052_clamps (void)
{
  static const struct
  {
    const char *value;
    gint64      period_ms;
    guint32     messages;
  } cases[] = {
    { "0", HOUR, 1 },
    { "1", HOUR, 1 },
    { "-5", HOUR, 1 },
    { "-9007199254740991", HOUR, 1 },
    { "9999", HOUR, 9999 },
    { "10000", HOUR, 10000 },
    { "10001", HOUR, 10000 },
    { "3600001", HOUR + 1, 10000 },
    { "1000000000", WEEK, 10000 },
    { "604800000", WEEK, 10000 },
    { "9007199254740991", WEEK, 10000 },
    { "9223372036854775807", WEEK, 100 },
    { "\"50\"", WEEK, 100 },
    { "1e30", WEEK, 100 },
    { "true", WEEK, 100 },
    { "null", WEEK, 100 },
    { "[5]", WEEK, 100 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char  *text = g_strdup_printf ("{\"rotation_period_ms\":%s,\"rotation_period_msgs\":%s}",
                                                cases[i].value, cases[i].value);
      MtxMegolmRotation rotation = read_content (text);

      g_test_message ("%s", cases[i].value);
      g_assert_cmpint (rotation.period_ms, ==, cases[i].period_ms);
      g_assert_cmpuint (rotation.messages, ==, cases[i].messages);
    }
}

static void
test_defaults (void)
{
  MtxMegolmRotation rotation = read_content ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");

  g_assert_cmpint (rotation.period_ms, ==, WEEK);
  g_assert_cmpuint (rotation.messages, ==, 100);

  rotation.messages = 5;
  mtx_megolm_rotation_init (&rotation, NULL);
  g_assert_cmpint (rotation.period_ms, ==, WEEK);
  g_assert_cmpuint (rotation.messages, ==, 100);
}

static void
test_is_due (void)
{
  const MtxMegolmRotation rotation = { .period_ms = 2 * HOUR, .messages = 3 };
  const gint64            created = 1700000000000;

  g_assert_false (mtx_megolm_rotation_is_due (&rotation, created, 0, created));
  g_assert_false (mtx_megolm_rotation_is_due (&rotation, created, 2, created));
  g_assert_true (mtx_megolm_rotation_is_due (&rotation, created, 3, created));
  g_assert_true (mtx_megolm_rotation_is_due (&rotation, created, 4, created));

  g_assert_false (mtx_megolm_rotation_is_due (&rotation, created, 0, created + 2 * HOUR - 1));
  g_assert_true (mtx_megolm_rotation_is_due (&rotation, created, 0, created + 2 * HOUR));

  /* A corrected clock is no reason, a clock set back is. */
  g_assert_false (mtx_megolm_rotation_is_due (&rotation, created, 0, created - 1000));
  g_assert_true (mtx_megolm_rotation_is_due (&rotation, created, 0, created - HOUR));
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/megolm-rotation/threat-052-clamps", test_threat_052_clamps);
  g_test_add_func ("/megolm-rotation/defaults", test_defaults);
  g_test_add_func ("/megolm-rotation/is-due", test_is_due);

  return g_test_run ();
}
