/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each kind of field read by its rule.
 */
#include "mtx-json.h"
#include "mtx-test.h"
#include "sup-provider-error.h"
#include "sup-provider-fields.h"

#include <string.h>

typedef struct
{
  JsonObject *object;
  GPtrArray  *warnings;
} Section;

static void
section_clear (Section *self)
{
  json_object_unref (self->object);
  g_ptr_array_unref (self->warnings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Section, section_clear)

/* A section whose member "x" has the given value. */
static void
section_init (Section    *self,
              const char *value)
{
  g_autofree char   *json = g_strdup_printf ("{\"x\":%s}", value);
  g_autoptr (GError) error = NULL;
  MtxJsonLimits      limits = { 65536, MTX_JSON_MAX_DEPTH, FALSE, FALSE };

  self->object = mtx_json_parse_object (json, -1, &limits, &error);
  g_assert_no_error (error);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
}

static void
assert_warning (const Section *self,
                const char    *warning)
{
  g_assert_cmpuint (self->warnings->len, ==, warning != NULL ? 1 : 0);
  if (warning != NULL)
    g_assert_cmpstr (self->warnings->pdata[0], ==, warning);
}

static void
assert_flag (const char     *value,
             SupProviderFlag expected,
             const char     *warning)
{
  g_auto (Section)  section = { NULL };
  SupProviderFields fields;

  g_test_message ("%s", value);
  section_init (&section, value);
  fields = (SupProviderFields){ section.object, "path", section.warnings };
  g_assert_cmpint (sup_provider_fields_get_flag (&fields, "x"), ==, expected);
  assert_warning (&section, warning);
}

static void
test_flag (void)
{
  assert_flag ("true", SUP_PROVIDER_FLAG_TRUE, NULL);
  assert_flag ("false", SUP_PROVIDER_FLAG_FALSE, NULL);
  assert_flag ("null", SUP_PROVIDER_FLAG_UNSET, NULL);
  assert_flag ("\"\"", SUP_PROVIDER_FLAG_UNSET, NULL);
  assert_flag ("\" None \"", SUP_PROVIDER_FLAG_UNSET, NULL);
  assert_flag ("\"TRUE\"", SUP_PROVIDER_FLAG_TRUE, "type:path.x");
  assert_flag ("\"False\"", SUP_PROVIDER_FLAG_FALSE, "type:path.x");
  assert_flag ("1", SUP_PROVIDER_FLAG_TRUE, "type:path.x");
  assert_flag ("0", SUP_PROVIDER_FLAG_FALSE, "type:path.x");
  assert_flag ("-1", SUP_PROVIDER_FLAG_UNSET, "type:path.x");
  assert_flag ("1.0", SUP_PROVIDER_FLAG_UNSET, "type:path.x");
  assert_flag ("\"yes\"", SUP_PROVIDER_FLAG_UNSET, "type:path.x");
  assert_flag ("[]", SUP_PROVIDER_FLAG_UNSET, "type:path.x");
  assert_flag ("{}", SUP_PROVIDER_FLAG_UNSET, "type:path.x");
}

typedef char *(*TextReader) (const SupProviderFields *self, const char *name);

static void
assert_text (TextReader  reader,
             const char *value,
             const char *expected,
             const char *warning)
{
  g_auto (Section)  section = { NULL };
  g_autofree char  *text = NULL;
  SupProviderFields fields;

  g_test_message ("%s", value);
  section_init (&section, value);
  fields = (SupProviderFields){ section.object, NULL, section.warnings };
  text = reader (&fields, "x");
  g_assert_cmpstr (text, ==, expected);
  assert_warning (&section, warning);
}

static void
test_text (void)
{
  assert_text (sup_provider_fields_dup_text, "\" \\t\\r\\na b\\n\"", "a b", NULL);
  assert_text (sup_provider_fields_dup_text, "null", NULL, NULL);
  assert_text (sup_provider_fields_dup_text, "\" \\n\"", NULL, NULL);
  assert_text (sup_provider_fields_dup_text, "\"NONE\"", NULL, NULL);
  assert_text (sup_provider_fields_dup_text, "\"Null\"", NULL, NULL);
  assert_text (sup_provider_fields_dup_text, "\"undefined\"", NULL, NULL);
  assert_text (sup_provider_fields_dup_text, "\"None of them\"", "None of them", NULL);
  assert_text (sup_provider_fields_dup_text, "7", NULL, "type:x");
  assert_text (sup_provider_fields_dup_text, "true", NULL, "type:x");
  assert_text (sup_provider_fields_dup_text, "[\"a\"]", NULL, "type:x");
}

static void
test_url_and_color (void)
{
  assert_text (sup_provider_fields_dup_url, "\" https://example.org \"", "https://example.org", NULL);
  assert_text (sup_provider_fields_dup_url, "\"None\"", NULL, NULL);
  assert_text (sup_provider_fields_dup_url, "\"http://example.org\"", NULL, "url:x");
  assert_text (sup_provider_fields_dup_color, "\"#09aFAf\"", "#09aFAf", NULL);
  assert_text (sup_provider_fields_dup_color, "\"\"", NULL, NULL);
  assert_text (sup_provider_fields_dup_color, "\"#09aFA\"", NULL, "color:x");
  assert_text (sup_provider_fields_dup_color, "\"#09aFAf0\"", NULL, "color:x");
  assert_text (sup_provider_fields_dup_color, "\"#09aFAg\"", NULL, "color:x");
  assert_text (sup_provider_fields_dup_color, "\"009aFAf\"", NULL, "color:x");
}

static void
test_sections (void)
{
  g_auto (Section)  object = { NULL };
  g_auto (Section)  array = { NULL };
  SupProviderFields in_object;
  SupProviderFields in_array;

  section_init (&object, "{}");
  section_init (&array, "[]");
  in_object = (SupProviderFields){ object.object, NULL, object.warnings };
  in_array = (SupProviderFields){ array.object, NULL, array.warnings };

  g_assert_nonnull (sup_provider_fields_get_section (&in_object, "x"));
  g_assert_null (sup_provider_fields_get_section (&in_object, "absent"));
  assert_warning (&object, NULL);
  g_assert_null (sup_provider_fields_get_array (&in_object, "x"));
  assert_warning (&object, "type:x");

  g_assert_nonnull (sup_provider_fields_get_array (&in_array, "x"));
  g_assert_null (sup_provider_fields_get_array (&in_array, "absent"));
  assert_warning (&array, NULL);
  g_assert_null (sup_provider_fields_get_section (&in_array, "x"));
  assert_warning (&array, "type:x");
}

static void
test_email (void)
{
  static const char *const good[] = { "a@b.example", "Help.Desk+wallet@mail.example.org", "o'neil_1-2@xn--exmple-cua.org" };
  static const char *const bad[] = {
    "",
    "test",
    "@example.org",
    "help@",
    "help@example",
    "help@example.org:25",
    "help@[192.0.2.1]",
    "help@192.0.2.1",
    "help@1.2",
    "help@example.org.",
    "a@b@example.org",
    "a b@example.org",
    "a@exam ple.org",
    "help@example.org?bcc=x@example.org",
    "help?x@example.org",
    "a&b@example.org",
    "a%0a@example.org",
    "a\n@example.org",
    "a,b@example.org",
    "\"a\"@example.org",
    "<a@example.org>",
    "\xc3\xa9@example.org",
    "help@ex\xc3\xa4mple.org",
  };
  g_autofree char *local = g_strnfill (254 - strlen ("@example.org"), 'l');
  g_autofree char *fits = g_strconcat (local, "@example.org", NULL);
  g_autofree char *long_one = g_strconcat ("l", fits, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_test_message ("%s", good[i]);
      g_assert_true (sup_provider_email_is_valid (good[i]));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (sup_provider_email_is_valid (bad[i]));
    }
  g_assert_true (sup_provider_email_is_valid (fits));
  g_assert_false (sup_provider_email_is_valid (long_one));
}

/* The names are what people report; each code has its own. */
static void
test_error_names (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (SupProviderError code = SUP_PROVIDER_ERROR_EMPTY; code <= SUP_PROVIDER_ERROR_INVALID_ID; code++)
    g_assert_true (g_hash_table_add (names, (gpointer)sup_provider_error_get_name (code)));

  g_assert_cmpstr (sup_provider_error_get_name (SUP_PROVIDER_ERROR_NUL_IN_STRING), ==, "nul-in-string");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/fields/flag", test_flag);
  g_test_add_func ("/provider/fields/text", test_text);
  g_test_add_func ("/provider/fields/url-and-color", test_url_and_color);
  g_test_add_func ("/provider/fields/sections", test_sections);
  g_test_add_func ("/provider/fields/email", test_email);
  g_test_add_func ("/provider/fields/error-names", test_error_names);

  return g_test_run ();
}
