/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every reason why an input is no provider has a sentence with a next step, and no sentence repeats the input.
 */
#include <glib.h>

#include "sup-provider-file.h"
#include "sup-provider-link.h"
#include "sup-provider-words.h"

static void
test_every_code (void)
{
  for (int code = SUP_PROVIDER_ERROR_EMPTY; code <= SUP_PROVIDER_ERROR_INVALID_ID; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (SUP_PROVIDER_ERROR, code, "a message for the log");
      g_autofree char   *words = sup_provider_words_for_error (error);

      g_assert_true (g_str_has_suffix (words, "."));
      g_assert_null (strstr (words, "message for the log"));
    }
}

static void
test_file_errors (void)
{
  g_autoptr (GError) gone = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "");
  g_autoptr (GError) denied = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "");
  g_autofree char   *gone_words = sup_provider_words_for_error (gone);
  g_autofree char   *denied_words = sup_provider_words_for_error (denied);

  g_assert_cmpstr (gone_words, !=, denied_words);
  g_assert_nonnull (strstr (denied_words, "permissions"));
}

static void
test_understood (void)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) domain = sup_provider_input_parse_text ("example.org", &error);
  g_autofree char             *words = NULL;

  g_assert_no_error (error);
  words = sup_provider_words_for_input (domain);
  g_assert_nonnull (strstr (words, "example.org"));
}

static void
test_warnings (void)
{
  const char                  *file = "{\"helpCenterOptions\":{\"customChatSupport\":true,\"customChatSupportName\":\"Support\","
                                      "\"customNotification\":true,\"customNotificationRoom\":\"#news:example.org\"}}";
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_file_read (file, -1, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
  g_autoptr (GPtrArray)        words = NULL;

  g_assert_no_error (error);
  words = sup_provider_words_for_warnings (sup_provider_input_get_provider (input));
  g_assert_cmpuint (words->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (words, 0), "starts with @"));
}

static void
test_no_chat (void)
{
  const struct
  {
    const char *file;
    const char *words;
  } table[] = {
    { "{\"helpCenterOptions\":{\"displayChatSupport\":false}}", "switched off" },
    { "{\"helpCenterOptions\":{\"customChatSupport\":false}}", "has not set up" },
    { "{\"helpCenterOptions\":{\"customChatSupportName\":\"Help desk\"}}", "“Help desk”" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError)           error = NULL;
      g_autoptr (SupProviderInput) input = sup_provider_file_read (table[i].file, -1, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
      g_autofree char             *words = NULL;

      g_assert_no_error (error);
      words = sup_provider_words_for_no_chat (sup_provider_input_get_provider (input));
      g_assert_nonnull (strstr (words, table[i].words));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ui/provider-words/every-code", test_every_code);
  g_test_add_func ("/ui/provider-words/file-errors", test_file_errors);
  g_test_add_func ("/ui/provider-words/understood", test_understood);
  g_test_add_func ("/ui/provider-words/warnings", test_warnings);
  g_test_add_func ("/ui/provider-words/no-chat", test_no_chat);

  return g_test_run ();
}
