/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON from strangers: what is refused, and that readers survive every shape.
 */
#include "mtx-json.h"

#include <string.h>

#include "kit/mtx-test.h"

static const MtxJsonLimits strict = { .max_bytes = 256 * 1024, .reject_duplicates = TRUE };

static void
assert_parses (const char *text)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = mtx_json_parse_object (text, -1, &strict, &error);

  g_test_message ("%s", text);
  g_assert_no_error (error);
  g_assert_nonnull (object);
}

static void
assert_refused (const char  *text,
                gssize       length,
                MtxJsonError code)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = mtx_json_parse_object (text, length, &strict, &error);

  g_test_message ("%s", text);
  g_assert_null (object);
  g_assert_error (error, MTX_JSON_ERROR, (int)code);
}

static void
test_grammar (void)
{
  static const char *const good[] = {
    "{}", " \t\r\n{ } \n", "{\"a\":[]}",
    "{\"a\":[1,-2,3.5,1e5,1E+5,0,-0,true,false,null,\"x\",{},[]]}", "{\"\":\"\"}",
    "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uFFFF\\ud83d\\ude00\"}",
    "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}", "{\"a\":\"\x7F\"}",
    "{\"a\":\"{[,:]}\"}", "{\"a\":\"b\",\"b\":\"a\"}", NULL
  };
  static const char *const bad[] = {
    "", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":[1,]}", "{\"a\":[,1]}",
    "{\"a\":[1 2]}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{\"a\":'x'}",
    "{\"a\":1}{}", "{\"a\":1}x", "{\"a\":1}]", "{\"a\":1}}", "{\"a\":[1}", "{\"a\":{]}", "[{]}",
    "/*x*/{}", "{}//x", "{\"a\":1/**/}", "{}#x", "var x = {}", "{\"a\":01}", "{\"a\":+1}",
    "{\"a\":.5}", "{\"a\":1.}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":0x10}", "{\"a\":NaN}",
    "{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":nul}", "{\"a\":True}", "{\"a\":1_000}",
    "{\"a\":\"\t\"}", "{\"a\":\"\n\"}", "{\"a\":\"x", "{\"a\":\"x\\", "{\"a\":\"\\x41\"}",
    "{\"a\":\"\\'\"}", "{\"a\":\"\\0\"}", "{\"a\":\"\\u00g0\"}", "{\"a\":\"\\u00\"}",
    "{\"a\":\"\\u", "{\"a\":\"\\u123", "{\"\\q\":1}", "{\"a\":1}\f", "\v{}", "{\"a\":1;}", NULL
  };

  for (guint i = 0; good[i] != NULL; i++)
    assert_parses (good[i]);
  for (guint i = 0; bad[i] != NULL; i++)
    assert_refused (bad[i], -1, MTX_JSON_ERROR_NOT_JSON);

  assert_refused ("[]", -1, MTX_JSON_ERROR_NOT_AN_OBJECT);
  assert_refused ("\"x\"", -1, MTX_JSON_ERROR_NOT_AN_OBJECT);
  assert_refused ("1", -1, MTX_JSON_ERROR_NOT_AN_OBJECT);
  assert_refused ("null", -1, MTX_JSON_ERROR_NOT_AN_OBJECT);

  /* The length counts, not a terminator that may be missing. */
  assert_refused ("{}", 1, MTX_JSON_ERROR_NOT_JSON);
  assert_refused (NULL, 0, MTX_JSON_ERROR_NOT_JSON);
}

static void
test_threat_011_lone_surrogates (void)
{
  static const char *const bad[] = {
    "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udfff\"}", "{\"a\":\"\\ud800x\"}",
    "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\ud800\\ud800\"}", "{\"a\":\"\\ude00\\ud83d\"}",
    "{\"\\ud800\":1}", "{\"a\":\"\\ud83d\\n\"}", "{\"a\":\"\\ud83d\\ude0\"}", NULL
  };

  for (guint i = 0; bad[i] != NULL; i++)
    assert_refused (bad[i], -1, MTX_JSON_ERROR_NOT_JSON);
}

static void
test_size (void)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":\"");

  while (text->len < strict.max_bytes - 2)
    g_string_append_c (text, 'x');
  g_string_append (text, "\"}");
  g_assert_cmpuint (text->len, ==, strict.max_bytes);
  assert_parses (text->str);
  g_string_append_c (text, ' ');
  assert_refused (text->str, (gssize)text->len, MTX_JSON_ERROR_TOO_LARGE);
}

static void
test_utf8 (void)
{
  static const char nul[] = "{\"a\":\"x\0y\"}";

  assert_parses ("{\"a\":\"\xF0\x9F\x98\x80\"}");
  assert_refused ("{\"a\":\"\xFF\"}", -1, MTX_JSON_ERROR_INVALID_UTF8);
  assert_refused ("{\"a\":\"\xC3\"}", -1, MTX_JSON_ERROR_INVALID_UTF8);
  assert_refused ("{\"a\":\"\xC0\x80\"}", -1, MTX_JSON_ERROR_INVALID_UTF8);
  assert_refused ("{\"a\":\"\xED\xA0\x80\"}", -1, MTX_JSON_ERROR_INVALID_UTF8);
  assert_refused ("{\"a\":\"\xF4\x90\x80\x80\"}", -1, MTX_JSON_ERROR_INVALID_UTF8);
  assert_refused (nul, sizeof nul - 1, MTX_JSON_ERROR_INVALID_UTF8);
  assert_refused ("{}\0", 3, MTX_JSON_ERROR_INVALID_UTF8);
}

static void
test_byte_order_mark (void)
{
  MtxJsonLimits          lenient = strict;
  g_autoptr (JsonObject) object = NULL;

  lenient.allow_bom = TRUE;
  object = mtx_json_parse_object ("\xEF\xBB\xBF{}", -1, &lenient, NULL);
  g_assert_nonnull (object);
  g_assert_null (mtx_json_parse_object ("\xEF\xBB\xBF\xEF\xBB\xBF{}", -1, &lenient, NULL));
  g_assert_null (mtx_json_parse_object ("\xEF\xBB\xBF", -1, &lenient, NULL));
  g_assert_null (mtx_json_parse_object ("{}\xEF\xBB\xBF", -1, &lenient, NULL));
  assert_refused ("\xEF\xBB\xBF{}", -1, MTX_JSON_ERROR_NOT_JSON);
}

static char *
nest (guint depth)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":");

  for (guint i = 1; i < depth; i++)
    g_string_append (text, i % 2 != 0 ? "[" : "{\"a\":");
  g_string_append_c (text, '1');
  for (guint i = depth; i > 0; i--)
    g_string_append (text, i == 1 || (i - 1) % 2 == 0 ? "}" : "]");

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_threat_097_depth (void)
{
  g_autofree char       *deepest = nest (MTX_JSON_MAX_DEPTH);
  g_autofree char       *too_deep = nest (MTX_JSON_MAX_DEPTH + 1);
  g_autofree char       *abyss = g_strnfill (100000, '[');
  g_autofree char       *shallow = nest (3);
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = NULL;
  MtxJsonLimits          flat = strict;

  assert_parses (deepest);
  assert_refused (too_deep, -1, MTX_JSON_ERROR_TOO_DEEP);
  assert_refused (abyss, -1, MTX_JSON_ERROR_TOO_DEEP);

  flat.max_depth = 3;
  object = mtx_json_parse_object (shallow, -1, &flat, &error);
  g_assert_no_error (error);
  flat.max_depth = 2;
  g_assert_null (mtx_json_parse_object (shallow, -1, &flat, &error));
  g_assert_error (error, MTX_JSON_ERROR, MTX_JSON_ERROR_TOO_DEEP);
  g_clear_error (&error);
  flat.max_depth = 100000;
  g_assert_null (mtx_json_parse_object (abyss, -1, &flat, &error));
  g_assert_error (error, MTX_JSON_ERROR, MTX_JSON_ERROR_TOO_DEEP);
}

static void
test_nul_escape (void)
{
  assert_refused ("{\"a\":\"@support:example.org\\u0000.evil\"}", -1, MTX_JSON_ERROR_NUL_IN_STRING);
  assert_refused ("{\"a\\u0000b\":1}", -1, MTX_JSON_ERROR_NUL_IN_STRING);
  assert_refused ("{\"a\":[\"\\u0000\"]}", -1, MTX_JSON_ERROR_NUL_IN_STRING);
  assert_parses ("{\"a\":\"\\\\u0000\"}");
}

static void
test_threat_011_duplicates (void)
{
  static const char *const twice[] = {
    "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":3}", "{\"x\":{\"a\":1,\"a\":2}}",
    "{\"x\":[1,{\"a\":1,\"b\":[],\"a\":2}]}", "{\"a\":1,\"\\u0061\":2}",
    "{\"\\u0061\":1,\"\\u0061\":2}", "{\"\xF0\x9F\x98\x80\":1,\"\\ud83d\\ude00\":2}",
    "{\"\":1,\"\":2}", "{\"\\/\":1,\"/\":2}", "{\"a\":{\"b\":1},\"a\":{\"c\":1}}",
    "{\"\\n\":1,\"\\u000a\":2}", NULL
  };
  static const char *const once[] = {
    "{\"a\":1,\"A\":2}", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "{\"a\":\"a\",\"b\":\"a\"}",
    "{\"a\":[\"a\",\"a\",\"a\"],\"b\":1}", "{\"a\":1,\"\\\\u0061\":2}", "{\"a\":1,\"ab\":2,\"\":3}",
    NULL
  };
  MtxJsonLimits lenient = { .max_bytes = 1000 };

  for (guint i = 0; twice[i] != NULL; i++)
    {
      g_autoptr (JsonObject) object = mtx_json_parse_object (twice[i], -1, &lenient, NULL);

      assert_refused (twice[i], -1, MTX_JSON_ERROR_DUPLICATE_KEY);
      g_assert_nonnull (object);
    }
  for (guint i = 0; once[i] != NULL; i++)
    assert_parses (once[i]);
}

/* Big objects, and names chosen to collide in a hash table, cost no more than others. */
static void
test_threat_097_big (void)
{
  g_autoptr (GError)     error = NULL;
  g_autofree char       *ten_kilobytes = g_strnfill (10 * 1024, 'x');
  g_autoptr (GString)    text = g_string_new ("{\"s\":\"");
  g_autoptr (JsonObject) object = NULL;
  MtxJsonLimits          limits = { .max_bytes = 64 * 1024 * 1024, .reject_duplicates = TRUE };

  for (guint i = 0; i < 1024; i++)
    g_string_append (text, ten_kilobytes);
  g_string_append_c (text, '"');
  for (guint i = 0; i < 30000; i++)
    g_string_append_printf (text, ",\"name %u\":%u", i, i);
  g_string_append_c (text, '}');

  object = mtx_json_parse_object (text->str, (gssize)text->len, &limits, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_object_get_size (object), ==, 30001);

  text->str[text->len - 1] = ',';
  g_string_append (text, "\"name 77\":0}");
  g_assert_null (mtx_json_parse_object (text->str, (gssize)text->len, &limits, &error));
  g_assert_error (error, MTX_JSON_ERROR, MTX_JSON_ERROR_DUPLICATE_KEY);
}

/* Each reader on each shape: the right one answers, the others say "not there". */
static void
test_threat_097_readers (void)
{
  static const char *const values[] = {
    "\"text\"", "7", "true", "{\"in\":1}", "[\"in\"]", "null", "1.5", "9007199254740992",
    "-9007199254740992", "99999999999999999999", "1e400"
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char       *text = g_strdup_printf ("{\"a\":%s,\"l\":[%s]}", values[i], values[i]);
      g_autoptr (JsonObject) object = mtx_json_parse_object (text, -1, &strict, &error);
      JsonArray             *list = mtx_json_get_array (object, "l");
      gint64                 number = 1234;
      gboolean               truth = 5;

      g_test_message ("%s", text);
      g_assert_no_error (error);
      g_assert_cmpstr (mtx_json_get_string (object, "a"), ==, i == 0 ? "text" : NULL);
      g_assert_cmpint (mtx_json_get_int (object, "a", &number), ==, i == 1);
      g_assert_cmpint (number, ==, i == 1 ? 7 : 1234);
      g_assert_cmpint (mtx_json_get_boolean (object, "a", &truth), ==, i == 2);
      g_assert_cmpint (truth, ==, i == 2 ? TRUE : 5);
      g_assert_true ((mtx_json_get_object (object, "a") != NULL) == (i == 3));
      g_assert_true ((mtx_json_get_array (object, "a") != NULL) == (i == 4));
      g_assert_cmpstr (mtx_json_array_string (list, 0), ==, i == 0 ? "text" : NULL);
      g_assert_true ((mtx_json_array_object (list, 0) != NULL) == (i == 3));
      g_assert_null (mtx_json_array_string (list, 1));
      g_assert_null (mtx_json_array_object (list, 1));
      g_assert_null (mtx_json_get_string (object, "b"));
    }
}

static void
test_readers_chain (void)
{
  gint64   number = 0;
  gboolean truth = FALSE;

  g_assert_null (mtx_json_get_string (mtx_json_get_object (NULL, "a"), "b"));
  g_assert_null (mtx_json_array_object (mtx_json_get_array (NULL, "a"), 0));
  g_assert_null (mtx_json_array_string (NULL, G_MAXUINT));
  g_assert_false (mtx_json_get_int (NULL, "a", &number));
  g_assert_false (mtx_json_get_boolean (NULL, "a", &truth));
}

static void
test_integers (void)
{
  g_autoptr (JsonObject) object = mtx_json_parse_object ("{\"a\":9007199254740991,\"b\":-9007199254740991,\"c\":-0}",
                                                         -1, &strict, NULL);
  gint64                 number = 1;

  g_assert_true (mtx_json_get_int (object, "a", &number));
  g_assert_cmpint (number, ==, MTX_JSON_MAX_INT);
  g_assert_true (mtx_json_get_int (object, "b", &number));
  g_assert_cmpint (number, ==, -MTX_JSON_MAX_INT);
  g_assert_true (mtx_json_get_int (object, "c", &number));
  g_assert_cmpint (number, ==, 0);
}

static void
test_to_string (void)
{
  static const char      text[] = "{\"b\":[1,true,null],\"a\":\"\\\"\\n\xC3\xA9\"}";
  g_autoptr (JsonObject) object = mtx_json_parse_object (text, -1, &strict, NULL);
  g_autofree char       *again = mtx_json_to_string (object);

  g_assert_cmpstr (again, ==, text);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/json/grammar", test_grammar);
  g_test_add_func ("/base/json/threat-011-lone-surrogates", test_threat_011_lone_surrogates);
  g_test_add_func ("/base/json/size", test_size);
  g_test_add_func ("/base/json/utf8", test_utf8);
  g_test_add_func ("/base/json/byte-order-mark", test_byte_order_mark);
  g_test_add_func ("/base/json/threat-097-depth", test_threat_097_depth);
  g_test_add_func ("/base/json/nul-escape", test_nul_escape);
  g_test_add_func ("/base/json/threat-011-duplicates", test_threat_011_duplicates);
  g_test_add_func ("/base/json/threat-097-big", test_threat_097_big);
  g_test_add_func ("/base/json/threat-097-readers", test_threat_097_readers);
  g_test_add_func ("/base/json/readers-chain", test_readers_chain);
  g_test_add_func ("/base/json/integers", test_integers);
  g_test_add_func ("/base/json/to-string", test_to_string);

  return g_test_run ();
}
