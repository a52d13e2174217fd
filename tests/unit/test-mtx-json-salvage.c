/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One bad element does not take the others with it.
 */
#include "mtx-json-salvage.h"
#include "mtx-test.h"

static const MtxJsonLimits limits = { .max_bytes = 64 * 1024, .max_depth = 8 };

/* @expected NULL: nothing can be saved. */
static void
assert_salvaged (const char *text,
                 guint       n_lost,
                 const char *expected)
{
  g_autoptr (GError)     error = NULL;
  guint                  lost = G_MAXUINT;
  g_autoptr (JsonObject) object = mtx_json_parse_salvaged (text, -1, &limits, &lost, &error);
  g_autofree char       *kept = object != NULL ? mtx_json_to_string (object) : NULL;

  g_test_message ("%s", text);
  g_assert_cmpstr (kept, ==, expected);
  g_assert_cmpint (object == NULL, ==, error != NULL);
  if (object != NULL)
    g_assert_cmpuint (lost, ==, n_lost);
}

static void
test_whole (void)
{
  assert_salvaged ("{\"a\":[1,\"]\",{\"b\":[2]}]}", 0, "{\"a\":[1,\"]\",{\"b\":[2]}]}");
  assert_salvaged ("{}", 0, "{}");
}

static void
test_threat_034_bad_elements (void)
{
  /* Too deep, where it stands. */
  assert_salvaged ("{\"to_device\":{\"events\":[{\"a\":1},{\"b\":[[[[[1]]]]]},{\"c\":3}]},\"next\":\"s\"}", 1,
                   "{\"to_device\":{\"events\":[{\"a\":1},null,{\"c\":3}]},\"next\":\"s\"}");
  assert_salvaged ("{\"a\":[[[[[[[1]]]]]]]}", 0, "{\"a\":[[[[[[[1]]]]]]]}");
  assert_salvaged ("{\"a\":[[[[[[[[1]]]]]]]]}", 1, "{\"a\":[null]}");

  /* Not a character; half of one. */
  assert_salvaged ("{\"a\":[\"x\\u0000y\",\"z\"]}", 1, "{\"a\":[null,\"z\"]}");
  assert_salvaged ("{\"a\":[{\"b\":\"\\ud800\"},{\"b\":\"\\\\\\\"],\"}],\"c\":[{\"d\":\"\\udc00\"}]}", 2,
                   "{\"a\":[null,{\"b\":\"\\\\\\\"],\"}],\"c\":[null]}");
  assert_salvaged ("{\"a\":[\"\xff\",2]}", 1, "{\"a\":[null,2]}");

  /* Nothing at all; something that tries to be two. */
  assert_salvaged ("{\"a\":[1,,2]}", 1, "{\"a\":[1,null,2]}");
  assert_salvaged ("{\"a\":[\"\\u0000\",1:2,3]}", 2, "{\"a\":[null,null,3]}");
}

static void
test_beyond_help (void)
{
  assert_salvaged ("{\"a\":\"\\u0000\"}", 0, NULL);
  assert_salvaged ("{\"a\":\"\\u0000\",\"b\":[\"\\u0000\"]}", 0, NULL);
  assert_salvaged ("{\"a\":[\"\\u0000\"", 0, NULL);
  assert_salvaged ("{\"a\":[\"\\u0000", 0, NULL);
  assert_salvaged ("{\"a\":[\"\\u0000\"}]}", 0, NULL);
  assert_salvaged ("[\"\\u0000\"]", 0, NULL);
  assert_salvaged ("[", 0, NULL);
  assert_salvaged ("{\"a\":[\"\\", 0, NULL);
  assert_salvaged ("", 0, NULL);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/json-salvage/whole", test_whole);
  g_test_add_func ("/json-salvage/threat-034-bad-elements", test_threat_034_bad_elements);
  g_test_add_func ("/json-salvage/beyond-help", test_beyond_help);

  return g_test_run ();
}
