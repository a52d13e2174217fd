/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The form of an item: attributes and content.
 */
#include "mtx-secret-schema.h"

#include <string.h>

#include "kit/mtx-test.h"
#include "mtx-error.h"
#include "mtx-secret-bytes.h"

static void
assert_kept_as (const char *bytes,
                gsize       length,
                const char *content)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) secret = mtx_secret_bytes_new ((const guint8 *)bytes, length);
  g_autoptr (MtxSecretBytes) again = NULL;
  SecretValue               *value = mtx_secret_schema_write (secret);

  if (content != NULL)
    g_assert_cmpstr (secret_value_get_text (value), ==, content);
  g_assert_nonnull (secret_value_get_text (value));
  again = mtx_secret_schema_read (value, &error);
  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (again, secret));
  secret_value_unref (value);
}

static void
test_content (void)
{
  char bytes[256];

  /* What a person may want to read stays readable. */
  assert_kept_as ("EsTc LW2K PGiF wKEA", 19, "EsTc LW2K PGiF wKEA");
  assert_kept_as ("\x00\xFF", 2, "base64:AP8");
  assert_kept_as ("a\0b", 3, "base64:YQBi");
  assert_kept_as ("base64:", 7, "base64:YmFzZTY0Og");
  assert_kept_as ("base64:AAAA", 11, "base64:YmFzZTY0OkFBQUE");
  assert_kept_as ("caf\xC3\xA9", 5, "base64:Y2Fmw6k");

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)i;
  for (gsize first = 0; first < sizeof bytes; first++)
    assert_kept_as (bytes + first, sizeof bytes - first, NULL);
}

static void
test_damaged (void)
{
  static const char *const damaged[] = {
    "", "base64:Y", "base64:YQ==", "base64:Y Q", "base64:YR", "caf\xC3\xA9", "line\n", "\x7F"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autoptr (GError) error = NULL;
      SecretValue       *value = secret_value_new (damaged[i], -1, "text/plain");

      g_assert_null (mtx_secret_schema_read (value, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
      secret_value_unref (value);
    }
}

static void
test_nul_in_base64 (void)
{
  g_autoptr (GError) error = NULL;
  SecretValue       *value = secret_value_new ("base64:YWJj\0YWJj", 16, "text/plain");

  g_assert_null (mtx_secret_schema_read (value, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
  secret_value_unref (value);
}

/* Every item is found by what all items share. */
static void
test_attributes (void)
{
  g_autoptr (GHashTable) all = mtx_secret_schema_find_all ();
  g_autoptr (GHashTable) one = mtx_secret_schema_find_item ("provider-1", "store-key");
  GHashTableIter         iter;
  gpointer               name;
  gpointer               value;

  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_assert_cmpstr (g_hash_table_lookup (one, name), ==, value);
  g_assert_cmpstr (g_hash_table_lookup (one, "version"), ==, "1");
  g_assert_cmpstr (g_hash_table_lookup (one, "provider"), ==, "provider-1");
  g_assert_cmpstr (g_hash_table_lookup (one, "item"), ==, "store-key");

  /* A service that is still cold finds nothing by the name of a schema. */
  g_assert_true ((mtx_secret_schema_get ()->flags & SECRET_SCHEMA_DONT_MATCH_NAME) != 0);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/secret/schema/content", test_content);
  g_test_add_func ("/secret/schema/damaged", test_damaged);
  g_test_add_func ("/secret/schema/nul-in-base64", test_nul_in_base64);
  g_test_add_func ("/secret/schema/attributes", test_attributes);

  return g_test_run ();
}
