/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The provider table: every file of tests/fixtures/provider is read and compared, as a whole record with
 * its warnings, with what expected.json says.
 */
#include "mtx-canonical-json.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "sup-provider-error.h"
#include "sup-provider-file.h"
#include "sup-provider-link.h"
#include "sup-provider-well-known.h"

#include <string.h>

/* What other readers than these take: signed settings, and files that belong to other entries. */
static const char *const other_inputs[] = { "jwt", "aux", NULL };

/* expected.json, read once */
static JsonObject *table;

static char *
fixture_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fixtures", "provider", name, NULL);
}

static char *
read_fixture (const char *name,
              gsize      *length)
{
  g_autofree char   *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  char              *content = NULL;

  g_file_get_contents (path, &content, length, &error);
  g_assert_no_error (error);
  return content;
}

static JsonObject *
parse_json (const char *text,
            gssize      length)
{
  g_autoptr (GError) error = NULL;
  MtxJsonLimits      limits = { .max_bytes = 1024 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  JsonObject        *object = mtx_json_parse_object (text, length, &limits, &error);

  g_assert_no_error (error);
  return object;
}

static JsonObject *
load_table (void)
{
  gsize            length;
  g_autofree char *text = read_fixture ("expected.json", &length);

  return parse_json (text, (gssize)length);
}

/* The members that make a record, in one order. */
static char *
dup_record (JsonObject *object)
{
  static const char *const members[] = { "chat", "feed", "email", "company", "account", "supportPage", "warnings" };
  g_autoptr (JsonObject)   record = json_object_new ();
  g_autoptr (GError)       error = NULL;
  char                    *text;

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (json_object_has_member (object, members[i]))
      json_object_set_member (record, members[i], json_object_dup_member (object, members[i]));

  text = mtx_canonical_json_write (record, &error);
  g_assert_no_error (error);
  return text;
}

static void
assert_provider (SupProvider *provider,
                 JsonObject  *expected)
{
  g_autofree char        *json = sup_provider_to_json (provider);
  g_autoptr (JsonObject)  actual = parse_json (json, -1);
  g_autoptr (SupProvider) again = NULL;
  g_autoptr (GError)      error = NULL;
  g_autofree char        *actual_record = NULL;
  g_autofree char        *expected_record = NULL;

  /* Not in the table: the words an unusable address is quoted with. */
  json_object_remove_member (json_object_get_object_member (actual, "chat"), "rejected");
  actual_record = dup_record (actual);
  expected_record = dup_record (expected);
  g_assert_cmpstr (actual_record, ==, expected_record);

  again = sup_provider_from_json (json, &error);
  g_assert_no_error (error);
  g_assert_true (sup_provider_equal (provider, again));
}

static void
assert_fetch (SupProviderInput *input,
              JsonObject       *expected)
{
  JsonObject   *fetch = json_object_get_object_member (expected, "fetch");
  const char   *password = json_object_get_string_member (fetch, "password");
  gsize         length;
  const guint8 *bytes;

  g_assert_cmpint (sup_provider_input_get_kind (input), ==, SUP_PROVIDER_INPUT_FETCH);
  g_assert_cmpstr (sup_provider_input_get_base (input), ==, json_object_get_string_member (fetch, "base"));
  g_assert_cmpstr (sup_provider_input_get_login (input), ==, json_object_get_string_member (fetch, "login"));
  bytes = mtx_secret_bytes_get (sup_provider_input_get_password (input), &length);
  g_assert_cmpmem (bytes, length, password, strlen (password));
  g_assert_cmpint (sup_provider_input_is_guest (input), ==, json_object_get_boolean_member (fetch, "guest"));
}

static void
assert_outcome (SupProviderInput *input,
                const GError     *error,
                JsonObject       *expected)
{
  const char *outcome = json_object_get_string_member (expected, "outcome");

  if (g_str_equal (outcome, "error"))
    {
      g_assert_null (input);
      g_assert_nonnull (error);
      g_assert_true (error->domain == SUP_PROVIDER_ERROR);
      g_assert_cmpstr (sup_provider_error_get_name ((SupProviderError)error->code), ==,
                       json_object_get_string_member (expected, "error"));
      return;
    }

  g_assert_no_error (error);
  g_assert_nonnull (input);
  if (g_str_equal (outcome, "fetch"))
    assert_fetch (input, expected);
  else if (g_str_equal (outcome, "lookup"))
    {
      g_assert_cmpint (sup_provider_input_get_kind (input), ==, SUP_PROVIDER_INPUT_LOOKUP);
      g_assert_cmpstr (sup_provider_input_get_domain (input), ==, json_object_get_string_member (expected, "domain"));
    }
  else
    {
      g_assert_cmpstr (outcome, ==, "provider");
      g_assert_cmpint (sup_provider_input_get_kind (input), ==, SUP_PROVIDER_INPUT_PROVIDER);
      assert_provider (sup_provider_input_get_provider (input), expected);
    }
}

static void
check_file (const char *bytes,
            gsize       length,
            JsonObject *expected)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = NULL;

  input = sup_provider_file_read (bytes, (gssize)length, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
  assert_outcome (input, error, expected);
}

static void
check_text (const char *text,
            JsonObject *expected)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_input_parse_text (text, &error);

  assert_outcome (input, error, expected);
}

static void
check_lines (const char *text,
             JsonObject *expected)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  JsonArray     *results = json_object_get_array_member (expected, "lines");
  guint          n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      JsonObject *result;

      if (lines[i][0] == '\0' || g_str_has_prefix (lines[i], "//"))
        continue;

      result = json_array_get_object_element (results, n++);
      g_assert_cmpstr (lines[i], ==, json_object_get_string_member (result, "in"));
      g_test_message ("%s", lines[i]);
      check_text (lines[i], result);
    }

  g_assert_cmpuint (n, ==, json_array_get_length (results));
}

static void
check_well_known (const char *bytes,
                  gsize       length,
                  JsonObject *expected)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (SupProvider) provider = NULL;

  provider = sup_provider_well_known_read (bytes, (gssize)length, "example.org", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (sup_provider_get_key (provider), ==, "domain:example.org");
  assert_provider (provider, expected);
}

static void
test_fixture (gconstpointer data)
{
  const char      *name = data;
  JsonObject      *fixtures = json_object_get_object_member (table, "fixtures");
  JsonObject      *expected = json_object_get_object_member (fixtures, name);
  const char      *kind = json_object_get_string_member (expected, "input");
  gsize            length;
  g_autofree char *bytes = read_fixture (name, &length);

  if (g_str_equal (kind, "file"))
    check_file (bytes, length, expected);
  else if (g_str_equal (kind, "text"))
    check_text (bytes, expected);
  else if (g_str_equal (kind, "lines"))
    check_lines (bytes, expected);
  else
    {
      g_assert_cmpstr (kind, ==, "wellknown");
      check_well_known (bytes, length, expected);
    }
}

/* Every file of the folder has its entry, so that none is forgotten. */
static void
test_complete (void)
{
  g_autofree char   *folder = fixture_path (".");
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir)   dir = g_dir_open (folder, 0, &error);
  JsonObject        *fixtures = json_object_get_object_member (table, "fixtures");
  const char        *name;
  guint              n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_equal (name, "expected.json") || g_str_equal (name, "README.md"))
        continue;
      g_test_message ("%s", name);
      g_assert_true (json_object_has_member (fixtures, name));
      n++;
    }
  g_assert_cmpuint (n, ==, json_object_get_size (fixtures));
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GList) names = NULL;
  JsonObject       *fixtures;
  int               result;

  mtx_test_init (&argc, &argv);

  table = load_table ();
  fixtures = json_object_get_object_member (table, "fixtures");
  names = json_object_get_members (fixtures);
  g_test_add_func ("/provider/fixtures/complete", test_complete);
  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonObject      *entry = json_object_get_object_member (fixtures, l->data);
      g_autofree char *path = g_strconcat ("/provider/fixtures/", l->data, NULL);

      if (!g_strv_contains (other_inputs, json_object_get_string_member (entry, "input")))
        g_test_add_data_func_full (path, g_strdup (l->data), test_fixture, g_free);
    }

  result = g_test_run ();
  json_object_unref (table);
  return result;
}
