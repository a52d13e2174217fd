/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A long JSON text piece by piece: what is in it is found, and what is none is given up.
 */
#include <string.h>

#include "mtx-json-cursor.h"
#include "mtx-json.h"
#include "mtx-test.h"

static const MtxJsonLimits limits = { .max_bytes = 256, .max_depth = 4 };

static MtxJsonCursor
begin (const char *text)
{
  MtxJsonCursor cursor;

  mtx_json_cursor_init (&cursor, text, strlen (text));

  return cursor;
}

static void
test_object (void)
{
  MtxJsonCursor          cursor = begin (" { \"a\" : {\"n\":1} ,\"b\\u0021\\\"\":[1,{\"}\":\"]\"},\"\\\\\"] , \"c\" :-1.5e3,\"d\":{}} ");
  g_autofree char       *a = NULL;
  g_autofree char       *b = NULL;
  g_autofree char       *c = NULL;
  g_autofree char       *d = NULL;
  g_autofree char       *none = NULL;
  g_autoptr (JsonObject) first = NULL;
  g_autoptr (GError)     error = NULL;
  gint64                 n = 0;

  g_assert_true (mtx_json_cursor_enter_object (&cursor));
  g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &a, &error), ==, MTX_JSON_STEP_VALUE);
  g_assert_cmpstr (a, ==, "a");
  first = mtx_json_cursor_read_object (&cursor, &limits, &error);
  g_assert_true (mtx_json_get_int (first, "n", &n) && n == 1);
  g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &b, &error), ==, MTX_JSON_STEP_VALUE);
  g_assert_cmpstr (b, ==, "b!\"");
  g_assert_false (mtx_json_cursor_enter_object (&cursor));
  g_assert_true (mtx_json_cursor_skip (&cursor, &error));
  g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &c, &error), ==, MTX_JSON_STEP_VALUE);
  g_assert_cmpstr (c, ==, "c");
  g_assert_true (mtx_json_cursor_skip (&cursor, &error));
  g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &d, &error), ==, MTX_JSON_STEP_VALUE);
  g_assert_true (mtx_json_cursor_enter_object (&cursor));
  g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &none, &error), ==, MTX_JSON_STEP_END);
  g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &none, &error), ==, MTX_JSON_STEP_END);
  g_assert_no_error (error);
}

static void
test_array (void)
{
  MtxJsonCursor      cursor = begin ("[{\"n\":0},7,{\"n\":1},{\"n\":[[[[[0]]]]]},{\"n\":2}]");
  g_autoptr (GError) error = NULL;
  guint              n_read = 0;
  guint              n_bad = 0;

  g_assert_true (mtx_json_cursor_enter_array (&cursor));
  while (mtx_json_cursor_next_element (&cursor, &error) == MTX_JSON_STEP_VALUE)
    {
      g_autoptr (JsonObject) object = mtx_json_cursor_read_object (&cursor, &limits, NULL);

      if (object != NULL)
        n_read++;
      else
        n_bad++;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (n_read, ==, 3);
  g_assert_cmpuint (n_bad, ==, 2);
}

/* However it breaks off, the walk ends with an error. */
static void
test_broken (void)
{
  static const char whole[] = "{\"rooms\":{\"!r\":{\"sessions\":{\"s\":{\"a\":[1,\"x\\\"\"]}}}}}";

  for (gsize length = 0; length < sizeof whole - 1; length++)
    {
      MtxJsonCursor      cursor;
      g_autofree char   *text = g_strndup (whole, length);
      g_autoptr (GError) error = NULL;

      mtx_json_cursor_init (&cursor, text, length);
      g_assert_false (mtx_json_cursor_skip (&cursor, &error));
      g_assert_error (error, MTX_JSON_ERROR, MTX_JSON_ERROR_NOT_JSON);
    }

  {
    MtxJsonCursor      cursor = begin ("{\"a\":1 \"b\":2}");
    g_autofree char   *name = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (mtx_json_cursor_enter_object (&cursor));
    g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &name, &error), ==, MTX_JSON_STEP_VALUE);
    g_assert_true (mtx_json_cursor_skip (&cursor, &error));
    g_clear_pointer (&name, g_free);
    g_assert_cmpint (mtx_json_cursor_next_member (&cursor, &name, &error), ==, MTX_JSON_STEP_FAILED);
    g_assert_nonnull (error);
  }
}

static void
test_deep (void)
{
  g_autofree char   *deep = g_strnfill (1000, '[');
  MtxJsonCursor      cursor = begin (deep);
  g_autoptr (GError) error = NULL;

  g_assert_false (mtx_json_cursor_skip (&cursor, &error));
  g_assert_error (error, MTX_JSON_ERROR, MTX_JSON_ERROR_NOT_JSON);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/json-cursor/object", test_object);
  g_test_add_func ("/json-cursor/array", test_array);
  g_test_add_func ("/json-cursor/threat-097-broken", test_broken);
  g_test_add_func ("/json-cursor/threat-097-deep", test_deep);

  return g_test_run ();
}
