/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Provider files beyond the table: limits, the extension object, pointer files, choices among fields.
 */
#include "mtx-id.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "sup-provider-error.h"
#include "sup-provider-file.h"

#include <string.h>

static void
assert_code (const char      *bytes,
             gssize           length,
             SupProviderError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (sup_provider_file_read (bytes, length, SUP_PROVIDER_ORIGIN_FILE, NULL, &error));
  g_assert_error (error, SUP_PROVIDER_ERROR, (int)code);
}

static SupProvider *
read_file (const char *json)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_file_read (json, -1, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (sup_provider_input_get_kind (input), ==, SUP_PROVIDER_INPUT_PROVIDER);
  return sup_provider_ref (sup_provider_input_get_provider (input));
}

static gboolean
has_warning (SupProvider *provider,
             const char  *warning)
{
  return g_strv_contains (sup_provider_get_warnings (provider), warning);
}

/* A file of exactly the limit, padded behind the object, is read; one byte more is not. */
static void
test_size (void)
{
  g_autoptr (GString)     text = g_string_new ("{\"customChatSupportName\":\"@help:example.org\"}");
  g_autoptr (SupProvider) provider = NULL;

  while (text->len < SUP_PROVIDER_FILE_MAX_BYTES)
    g_string_append_c (text, ' ');
  provider = read_file (text->str);
  g_assert_cmpstr (sup_provider_get_key (provider), ==, "@help:example.org");

  g_string_append_c (text, ' ');
  assert_code (text->str, (gssize)text->len, SUP_PROVIDER_ERROR_TOO_LARGE);
  assert_code (text->str, -1, SUP_PROVIDER_ERROR_TOO_LARGE);
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new ("{\"helpCenterOptions\":{},\"x\":");

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, ']');
  g_string_append_c (text, '}');

  assert_code (text->str, (gssize)text->len, SUP_PROVIDER_ERROR_TOO_DEEP);
}

/* Looking for duplicates must not take the square of the members. */
static void
test_many_members (void)
{
  g_autoptr (GString)     text = g_string_new ("{");
  g_autoptr (SupProvider) provider = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "\"member%u\":%u,", i, i);
  g_string_append (text, "\"customChatSupportName\":\"@help:example.org\"}");

  provider = read_file (text->str);
  g_assert_cmpint (sup_provider_get_chat_state (provider), ==, SUP_PROVIDER_READY);
  g_assert_cmpstrv (sup_provider_get_warnings (provider), ((const char *[]){ NULL }));
}

static void
test_bytes (void)
{
  static const char nul_inside[] = "{\"customChatSupportName\":\"@help:example.org\"}\0{}";

  assert_code ("", 0, SUP_PROVIDER_ERROR_NOT_JSON);
  assert_code (NULL, 0, SUP_PROVIDER_ERROR_NOT_JSON);
  assert_code ("\"text\"", -1, SUP_PROVIDER_ERROR_NOT_AN_OBJECT);
  assert_code (nul_inside, sizeof nul_inside - 1, SUP_PROVIDER_ERROR_INVALID_UTF8);
  assert_code ("{\"helpCenterOptions\":{}", -1, SUP_PROVIDER_ERROR_NOT_JSON);
  assert_code ("{}", -1, SUP_PROVIDER_ERROR_NOTHING_USABLE);
  assert_code ("{\"isChat\":true}", -1, SUP_PROVIDER_ERROR_NOTHING_USABLE);
  assert_code ("{\"contacts\":{}}", -1, SUP_PROVIDER_ERROR_NOTHING_USABLE);
}

/* Each of the nine members alone makes a bare help section. */
static void
test_bare (void)
{
  static const char *const members[] = {
    "displayChatSupport",
    "customChatSupport",
    "customChatSupportName",
    "displayNotification",
    "customNotification",
    "customNotificationRoom",
    "displayEmailSupport",
    "customEmailSupport",
    "customEmail",
  };
  g_autoptr (SupProvider) wrapped_wins = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autofree char        *json = g_strdup_printf ("{\"%s\":null}", members[i]);
      g_autoptr (SupProvider) provider = read_file (json);

      g_assert_nonnull (provider);
    }

  wrapped_wins = read_file ("{\"customChatSupportName\":\"@bare:example.org\","
                            "\"helpCenterOptions\":{\"customChatSupportName\":\"@wrapped:example.org\"}}");
  g_assert_cmpstr (sup_provider_get_key (wrapped_wins), ==, "@wrapped:example.org");
}

/* Provider.md, section 10: the extension object alone is a whole provider file. */
static void
test_minimal_extension (void)
{
  g_autoptr (SupProvider) provider = read_file ("{\"io.github.wallet_support\":{\"name\":\"Example Wallets\",\"supportId\":\"@support:example.org\","
                                                "\"announcementsRoom\":\"#news:example.org\",\"serverName\":\"wallet.test\","
                                                "\"supportEmail\":\"help@example.org\"}}");

  g_assert_cmpstr (sup_provider_get_display_name (provider), ==, "Example Wallets");
  g_assert_cmpstr (mtx_user_id_get (sup_provider_get_support_id (provider)), ==, "@support:example.org");
  g_assert_cmpstr (sup_provider_get_feed_room (provider), ==, "#news:example.org");
  g_assert_cmpstr (sup_provider_get_email_address (provider), ==, "help@example.org");
  g_assert_cmpstr (sup_provider_get_server_name (provider), ==, "wallet.test");
  g_assert_cmpstrv (sup_provider_get_warnings (provider), ((const char *[]){ NULL }));
}

static void
assert_homeserver_url (const char *url,
                       const char *expected)
{
  g_autofree char        *json = g_strdup_printf ("{\"io.github.wallet_support\":{\"homeserverUrl\":\"%s\"}}", url);
  g_autoptr (SupProvider) provider = read_file (json);

  g_assert_cmpstr (sup_provider_get_homeserver_url (provider), ==, expected);
  g_assert_cmpint (has_warning (provider, "url:io.github.wallet_support.homeserverUrl"), ==, expected == NULL);
}

/* Clear text only to this machine itself. */
static void
test_homeserver_url (void)
{
  assert_homeserver_url ("https://matrix.example.org///", "https://matrix.example.org");
  assert_homeserver_url ("http://127.0.0.1:8008", "http://127.0.0.1:8008");
  assert_homeserver_url ("http://127.8.9.10:8008/", "http://127.8.9.10:8008");
  assert_homeserver_url ("http://LOCALHOST:8008", "http://localhost:8008");
  assert_homeserver_url ("http://[::1]:8008", "http://[::1]:8008");
  assert_homeserver_url ("http://128.0.0.1:8008", NULL);
  assert_homeserver_url ("http://127.0.0.1.example.org", NULL);
  assert_homeserver_url ("http://localhost.example.org", NULL);
  assert_homeserver_url ("http://127.0.0.1@example.org", NULL);
  assert_homeserver_url ("http://[::ffff:127.0.0.1]:8008", NULL);
  assert_homeserver_url ("https://matrix.example.org/?a=b", NULL);
  assert_homeserver_url ("https://matrix.example.org/#a", NULL);
  assert_homeserver_url ("https://user@matrix.example.org", NULL);
  assert_homeserver_url ("ftp://matrix.example.org", NULL);
}

static void
test_extension_limits (void)
{
  g_autofree char        *token = g_strnfill (64, 'a');
  g_autofree char        *ok = g_strdup_printf ("{\"io.github.wallet_support\":{\"registrationToken\":\"%s\"}}", token);
  g_autofree char        *long_token = g_strdup_printf ("{\"io.github.wallet_support\":{\"registrationToken\":\"%sa\"}}", token);
  g_autoptr (SupProvider) accepted = read_file (ok);
  g_autoptr (SupProvider) refused = read_file (long_token);
  g_autoptr (SupProvider) via = read_file ("{\"customNotificationRoom\":\"https://matrix.to/#/!r:a.example?via=b.example\","
                                           "\"io.github.wallet_support\":{\"announcementsVia\":"
                                           "[\"b.example\",\"c.example\",\"d.example\",\"e.example\",\"f.example\",\"g.example\"]}}");

  g_assert_cmpstr (sup_provider_get_registration_token (accepted), ==, token);
  g_assert_null (sup_provider_get_registration_token (refused));
  g_assert_true (has_warning (refused, "token:io.github.wallet_support.registrationToken"));
  g_assert_cmpstrv (sup_provider_get_feed_via (via),
                    ((const char *[]){ "b.example", "c.example", "d.example", "e.example", "f.example", NULL }));
}

/* With addresses that the wallet reads too, ours are ignored, and so is a name. */
static void
test_extension_beside_help_center (void)
{
  g_autoptr (SupProvider) provider = read_file ("{\"helpCenterOptions\":{},\"io.github.wallet_support\":{\"name\":\"Other\",\"supportId\":"
                                                "\"@other:example.net\",\"announcementsRoom\":\"#other:example.net\",\"supportEmail\":\"other@example.net\"}}");

  g_assert_null (sup_provider_get_company_name (provider));
  g_assert_cmpint (sup_provider_get_chat_state (provider), ==, SUP_PROVIDER_NOT_SET_UP);
  g_assert_cmpint (sup_provider_get_feed_state (provider), ==, SUP_PROVIDER_NOT_SET_UP);
  g_assert_cmpint (sup_provider_get_email_state (provider), ==, SUP_PROVIDER_NOT_SET_UP);
  g_assert_cmpstrv (sup_provider_get_warnings (provider),
                    ((const char *[]){ "ignored:io.github.wallet_support.announcementsRoom",
                                       "ignored:io.github.wallet_support.name",
                                       "ignored:io.github.wallet_support.supportEmail",
                                       "ignored:io.github.wallet_support.supportId", NULL }));
}

/* The page quotes what stood there, made harmless. */
static void
test_rejected (void)
{
  g_autoptr (SupProvider) provider = read_file ("{\"customChatSupportName\":\"Sup\\u202eport\\n desk\"}");

  g_assert_cmpint (sup_provider_get_chat_state (provider), ==, SUP_PROVIDER_INVALID);
  g_assert_cmpstr (sup_provider_get_chat_rejected (provider), ==, "Support desk");
}

static void
assert_pointer (const char *json,
                const char *password,
                gboolean    guest)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_file_read (json, -1, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
  gsize                        length;
  const guint8                *bytes;

  g_assert_no_error (error);
  g_assert_cmpint (sup_provider_input_get_kind (input), ==, SUP_PROVIDER_INPUT_FETCH);
  g_assert_null (sup_provider_input_get_provider (input));
  bytes = mtx_secret_bytes_get (sup_provider_input_get_password (input), &length);
  g_assert_cmpmem (bytes, length, password, strlen (password));
  g_assert_cmpint (sup_provider_input_is_guest (input), ==, guest);
}

static void
test_pointer (void)
{
  assert_pointer ("{\"login\":\"a@b\",\"password\":\" p%41 \",\"wallet-provider\":\"https://w.example\"}", " p%41 ", FALSE);
  assert_pointer ("{\"login\":\"guest@b\",\"password\":\"None\",\"wallet-provider\":\"https://w.example\"}", "guest", TRUE);
  assert_code ("{\"login\":\"a@b\",\"wallet-provider\":\"https://w.example\"}", -1, SUP_PROVIDER_ERROR_MISSING_PARAMETER);
  assert_code ("{\"login\":7,\"password\":\"x\",\"wallet-provider\":\"https://w.example\"}", -1,
               SUP_PROVIDER_ERROR_MISSING_PARAMETER);
  assert_code ("{\"login\":\"a:b\",\"password\":\"x\",\"wallet-provider\":\"https://w.example\"}", -1,
               SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code ("{\"login\":\"a\",\"password\":\"x\",\"wallet-provider\":\"http://127.0.0.1\"}", -1,
               SUP_PROVIDER_ERROR_INSECURE_URL);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/file/size", test_size);
  g_test_add_func ("/provider/file/depth", test_depth);
  g_test_add_func ("/provider/file/many-members", test_many_members);
  g_test_add_func ("/provider/file/bytes", test_bytes);
  g_test_add_func ("/provider/file/bare", test_bare);
  g_test_add_func ("/provider/file/minimal-extension", test_minimal_extension);
  g_test_add_func ("/provider/file/homeserver-url", test_homeserver_url);
  g_test_add_func ("/provider/file/extension-limits", test_extension_limits);
  g_test_add_func ("/provider/file/extension-beside-help-center", test_extension_beside_help_center);
  g_test_add_func ("/provider/file/rejected", test_rejected);
  g_test_add_func ("/provider/file/pointer", test_pointer);

  return g_test_run ();
}
