/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Canonical JSON: the specification's examples, and what cannot be signed.
 */
#include "mtx-canonical-json.h"

#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-json.h"

static const MtxJsonLimits limits = { .max_bytes = 1024 * 1024, .reject_duplicates = TRUE };

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_json_parse_object (text, -1, &limits, &error);

  g_test_message ("%s", text);
  g_assert_no_error (error);

  return object;
}

static void
assert_canonical (const char *text,
                  const char *expected)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = parse (text);
  g_autofree char       *canonical = mtx_canonical_json_write (object, &error);
  g_autoptr (JsonObject) again = NULL;
  g_autofree char       *twice = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (canonical, ==, expected);
  again = parse (canonical);
  twice = mtx_canonical_json_write (again, &error);
  g_assert_cmpstr (twice, ==, expected);
}

static void
assert_refused (const char *text)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = parse (text);

  g_assert_null (mtx_canonical_json_write (object, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
}

/* Specification, appendices § Canonical JSON, Examples. */
static void
test_spec_examples (void)
{
  assert_canonical ("{}", "{}");
  assert_canonical ("{\n \"one\": 1,\n \"two\": \"Two\"\n}", "{\"one\":1,\"two\":\"Two\"}");
  assert_canonical ("{\"b\": \"2\", \"a\": \"1\"}", "{\"a\":\"1\",\"b\":\"2\"}");
  assert_canonical ("{\"b\":\"2\",\"a\":\"1\"}", "{\"a\":\"1\",\"b\":\"2\"}");
  assert_canonical ("{\"auth\":{\"success\":true,\"mxid\":\"@john.doe:example.com\",\"profile\":{\"display_name\":"
                    "\"John Doe\",\"three_pids\":[{\"medium\":\"email\",\"address\":\"john.doe@example.org\"},"
                    "{\"medium\":\"msisdn\",\"address\":\"123456789\"}]}}}",
                    "{\"auth\":{\"mxid\":\"@john.doe:example.com\",\"profile\":{\"display_name\":\"John Doe\","
                    "\"three_pids\":[{\"address\":\"john.doe@example.org\",\"medium\":\"email\"},"
                    "{\"address\":\"123456789\",\"medium\":\"msisdn\"}]},\"success\":true}}");
  assert_canonical ("{\"a\":\"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\"}", "{\"a\":\"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\"}");
  assert_canonical ("{\"\xE6\x9C\xAC\":2,\"\xE6\x97\xA5\":1}", "{\"\xE6\x97\xA5\":1,\"\xE6\x9C\xAC\":2}");
  assert_canonical ("{\"a\":\"\\u65E5\"}", "{\"a\":\"\xE6\x97\xA5\"}");
  assert_canonical ("{\"a\":null}", "{\"a\":null}");
  assert_canonical ("{\"a\":-0,\"b\":1e10}", "{\"a\":0,\"b\":10000000000}");
}

static void
test_escapes (void)
{
  assert_canonical ("{\"a\":\"\\u0001\\u0008\\u0009\\u000A\\u000b\\u000c\\u000D\\u001F\"}",
                    "{\"a\":\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\"}");
  assert_canonical ("{\"a\":\"\\u0022\\u005c\\/\\u007f\\u0080\\u2028\"}",
                    "{\"a\":\"\\\"\\\\/\x7F\xC2\x80\xE2\x80\xA8\"}");
  assert_canonical ("{\"\\\"\\n\":1}", "{\"\\\"\\n\":1}");
  assert_canonical ("{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xF0\x9F\x98\x80\"}");
}

/* By code point: U+FFFD comes before U+10000, though UTF-16 sorts them the other way round. */
static void
test_order (void)
{
  assert_canonical ("{\"\\ud800\\udc00\":1,\"\\ufffd\":2,\"b\":3,\"a\":4,\"B\":5,\"\":6,\"aa\":7,\"\\u00e9\":8}",
                    "{\"\":6,\"B\":5,\"a\":4,\"aa\":7,\"b\":3,\"\xC3\xA9\":8,\"\xEF\xBF\xBD\":2,\"\xF0\x90\x80\x80\":1}");
  assert_canonical ("{\"c\":[3,1,2,{\"z\":1,\"y\":[]}]}", "{\"c\":[3,1,2,{\"y\":[],\"z\":1}]}");
}

static void
test_threat_011_numbers (void)
{
  assert_canonical ("{\"a\":9007199254740991,\"b\":-9007199254740991}",
                    "{\"a\":9007199254740991,\"b\":-9007199254740991}");
  assert_refused ("{\"a\":9007199254740992}");
  assert_refused ("{\"a\":-9007199254740992}");
  assert_refused ("{\"a\":9223372036854775807}");
  assert_refused ("{\"a\":99999999999999999999999}");
  assert_refused ("{\"a\":-99999999999999999999999}");
  assert_refused ("{\"a\":1.5}");
  assert_refused ("{\"a\":-0.1}");
  assert_refused ("{\"a\":1e-3}");
  assert_refused ("{\"a\":1e16}");
  assert_refused ("{\"a\":9007199254740992.0}");
  assert_refused ("{\"a\":1e400}");
  assert_refused ("{\"a\":{\"b\":[1,[2.5]]}}");
}

/* Objects made by our own code can hold what a parser never lets in. */
static void
test_own_mistakes (void)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject            *inner = json_object_ref (object);

  json_object_set_string_member (object, "a", "\xFF");
  g_assert_null (mtx_canonical_json_write (object, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_clear_error (&error);

  json_object_set_double_member (object, "a", __builtin_nan (""));
  g_assert_null (mtx_canonical_json_write (object, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_clear_error (&error);

  json_object_remove_member (object, "a");
  for (guint i = 1; i <= MTX_JSON_MAX_DEPTH; i++)
    {
      JsonObject      *outer = json_object_new ();
      g_autofree char *text = NULL;

      text = mtx_canonical_json_write (inner, &error);
      g_assert_no_error (error);
      json_object_set_object_member (outer, "a", inner);
      inner = outer;
    }
  g_assert_null (mtx_canonical_json_write (inner, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  json_object_unref (inner);
}

/* Specification, appendices § Signing JSON: the two members go, at the top only, and nothing changes. */
static void
test_threat_011_signed (void)
{
  static const char      text[] = "{\"unsigned\":{\"age_ts\":1.5},\"signing_keys\":{\"k\":1},\"signatures\":{\"d\":{}},"
                                  "\"inner\":{\"signatures\":1,\"unsigned\":2}}";
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = parse (text);
  g_autoptr (JsonObject) bare = parse ("{\"one\":1}");
  g_autofree char       *before = mtx_json_to_string (object);
  g_autofree char       *canonical = mtx_canonical_json_signed (object, &error);
  g_autofree char       *after = mtx_json_to_string (object);
  g_autofree char       *same = mtx_canonical_json_signed (bare, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (canonical, ==, "{\"inner\":{\"signatures\":1,\"unsigned\":2},\"signing_keys\":{\"k\":1}}");
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpstr (same, ==, "{\"one\":1}");

  /* What is left out of the signature is still refused where it would be signed. */
  g_assert_null (mtx_canonical_json_write (object, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/base/canonical-json/spec-examples", test_spec_examples);
  g_test_add_func ("/base/canonical-json/escapes", test_escapes);
  g_test_add_func ("/base/canonical-json/order", test_order);
  g_test_add_func ("/base/canonical-json/threat-011-numbers", test_threat_011_numbers);
  g_test_add_func ("/base/canonical-json/own-mistakes", test_own_mistakes);
  g_test_add_func ("/base/canonical-json/threat-011-signed", test_threat_011_signed);

  return g_test_run ();
}
