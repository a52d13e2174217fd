/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The provider record: its key, its name, the account server, and its stored form.
 */
#include "mtx-error.h"
#include "mtx-id.h"
#include "mtx-test.h"
#include "sup-provider-file.h"
#include "sup-provider-link.h"
#include "sup-provider-well-known.h"

#include <string.h>

static SupProvider *
read_from (const char       *json,
           SupProviderOrigin origin,
           const char       *name)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_file_read (json, -1, origin, name, &error);

  g_assert_no_error (error);
  return sup_provider_ref (sup_provider_input_get_provider (input));
}

static SupProvider *
read_file (const char *json)
{
  return read_from (json, SUP_PROVIDER_ORIGIN_FILE, NULL);
}

static SupProvider *
read_text (const char *text)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_input_parse_text (text, &error);

  g_assert_no_error (error);
  return sup_provider_ref (sup_provider_input_get_provider (input));
}

static void
assert_key (SupProvider *taken,
            const char  *key)
{
  g_autoptr (SupProvider) provider = taken;

  g_assert_cmpstr (sup_provider_get_key (provider), ==, key);
}

/* Provider.md, section 11: what makes it the same provider the next time. */
static void
test_key (void)
{
  assert_key (read_text ("@help:example.org #news:example.org"), "@help:example.org");
  assert_key (read_text ("#news:example.org"), "#news:example.org");
  assert_key (read_file ("{\"customChatSupportName\":\"@help:example.org\"}"), "@help:example.org");
  assert_key (read_from ("{\"customChatSupportName\":\"@help:example.org\"}",
                         SUP_PROVIDER_ORIGIN_DISTRIBUTOR, "acme.json"),
              "distributor:acme.json");
  assert_key (sup_provider_well_known_read ("{\"support_page\":\"https://example.org\"}", -1, "example.org", NULL),
              "domain:example.org");
  assert_key (read_file ("{\"customEmail\":\"help@example.org\"}"), "mailto:help@example.org");
  assert_key (read_file ("{\"generalOptions\":{\"companyName\":\"Example\"}}"), NULL);
}

/* A provider that switches its chat off is the same provider, or its conversation would be lost. */
static void
test_key_survives_off (void)
{
  assert_key (read_file ("{\"displayChatSupport\":false,\"customChatSupportName\":\"@help:example.org\","
                         "\"customNotificationRoom\":\"#news:example.org\"}"),
              "@help:example.org");
  assert_key (read_file ("{\"customChatSupport\":false,\"customChatSupportName\":\"@help:example.org\"}"),
              "@help:example.org");
  assert_key (read_file ("{\"displayNotification\":false,\"customNotificationRoom\":\"#news:example.org\"}"),
              "#news:example.org");
}

static void
assert_display_name (SupProvider *taken,
                     const char  *name)
{
  g_autoptr (SupProvider) provider = taken;

  g_assert_cmpstr (sup_provider_get_display_name (provider), ==, name);
}

static void
test_display_name (void)
{
  assert_display_name (read_file ("{\"generalOptions\":{\"companyName\":\"Example\"},"
                                  "\"helpCenterOptions\":{\"customChatSupportName\":\"@help:chat.example.org\"}}"),
                       "Example");
  assert_display_name (read_text ("@help:chat.example.org"), "chat.example.org");
  assert_display_name (read_text ("#news:rooms.example.org"), "rooms.example.org");
  assert_display_name (read_text ("!0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPFY"),
                       "!0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPFY");
  assert_display_name (read_file ("{\"customEmail\":\"help@mail.example.org\"}"), "mail.example.org");
  assert_display_name (sup_provider_well_known_read ("{\"contacts\":[]}", -1, "example.org", NULL), "example.org");
  assert_display_name (read_from ("{\"generalOptions\":{}}", SUP_PROVIDER_ORIGIN_DISTRIBUTOR, "acme.json"), "acme.json");
  assert_display_name (read_file ("{\"generalOptions\":{}}"), "");
}

static void
assert_account_server (const char *extension,
                       const char *server)
{
  g_autofree char        *json = g_strdup_printf ("{\"customChatSupportName\":\"@help:chat.example.org\","
                                                         "\"io.github.wallet_support\":{%s}}",
                                                  extension);
  g_autoptr (SupProvider) provider = read_file (json);
  g_autofree char        *actual = sup_provider_dup_account_server (provider);

  g_assert_cmpstr (actual, ==, server);
}

/* Provider.md, section 10: homeserverUrl, then serverName, then the server of the support id. */
static void
test_account_server (void)
{
  g_autoptr (SupProvider) feed_only = read_text ("#news:example.org");
  g_autofree char        *none = sup_provider_dup_account_server (feed_only);

  assert_account_server ("", "chat.example.org");
  assert_account_server ("\"serverName\":\"example.org\"", "example.org");
  assert_account_server ("\"serverName\":\"localhost:8448\"", "localhost:8448");
  assert_account_server ("\"serverName\":\"example.org\",\"homeserverUrl\":\"https://Matrix.example.org:443/a/\"",
                         "https://matrix.example.org/a");
  assert_account_server ("\"homeserverUrl\":\"http://matrix.example.org\"", "chat.example.org");
  g_assert_null (none);
}

static const char full[] = "{\"generalOptions\":{\"companyName\":\"Éxample\",\"tagLine\":\"Wallet\",\"companyWebsite\":\"https://example.org\","
                           "\"companyLogo\":\"https://example.org/d.png\",\"companyLogoLight\":\"https://example.org/l.png\","
                           "\"primaryColor\":\"#6600ff\",\"organizationStatus\":false,\"walletType\":7},"
                           "\"helpCenterOptions\":{\"customChatSupportName\":\"@help:example.org\",\"customNotificationRoom\":\"#news:example.org\","
                           "\"customEmail\":\"help@example.org\",\"displayEmailSupport\":\"true\"},"
                           "\"support_page\":\"https://example.org/help\","
                           "\"io.github.wallet_support\":{\"serverName\":\"example.org\",\"homeserverUrl\":\"http://127.0.0.1:8008/\","
                           "\"registrationToken\":\"abc\",\"supportIdentityKey\":\"Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwga2V5IQ0\","
                           "\"announcementsVia\":[\"example.net\"],\"privacyPolicyUrl\":\"https://example.org/privacy\"}}";

static void
test_getters (void)
{
  static const char *const via[] = { "example.net", NULL };
  static const char *const warnings[] = { "type:helpCenterOptions.displayEmailSupport", NULL };
  g_autoptr (SupProvider)  provider = read_file (full);

  g_assert_cmpstr (sup_provider_get_company_name (provider), ==, "Éxample");
  g_assert_cmpstr (sup_provider_get_tag_line (provider), ==, "Wallet");
  g_assert_cmpstr (sup_provider_get_website (provider), ==, "https://example.org");
  g_assert_cmpstr (sup_provider_get_logo (provider), ==, "https://example.org/d.png");
  g_assert_cmpstr (sup_provider_get_logo_light (provider), ==, "https://example.org/l.png");
  g_assert_cmpstr (sup_provider_get_color (provider), ==, "#6600ff");
  g_assert_true (sup_provider_is_suspended (provider));
  g_assert_cmpint (sup_provider_get_chat_state (provider), ==, SUP_PROVIDER_READY);
  g_assert_cmpstr (mtx_user_id_get (sup_provider_get_support_id (provider)), ==, "@help:example.org");
  g_assert_null (sup_provider_get_chat_rejected (provider));
  g_assert_cmpint (sup_provider_get_feed_state (provider), ==, SUP_PROVIDER_READY);
  g_assert_cmpstr (sup_provider_get_feed_room (provider), ==, "#news:example.org");
  g_assert_cmpstrv (sup_provider_get_feed_via (provider), via);
  g_assert_cmpint (sup_provider_get_email_state (provider), ==, SUP_PROVIDER_READY);
  g_assert_cmpstr (sup_provider_get_email_address (provider), ==, "help@example.org");
  g_assert_cmpstr (sup_provider_get_support_page (provider), ==, "https://example.org/help");
  g_assert_cmpstr (sup_provider_get_server_name (provider), ==, "example.org");
  g_assert_cmpstr (sup_provider_get_homeserver_url (provider), ==, "http://127.0.0.1:8008");
  g_assert_cmpstr (sup_provider_get_registration_token (provider), ==, "abc");
  g_assert_cmpstr (sup_provider_get_support_identity_key (provider), ==, "Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwga2V5IQ0");
  g_assert_cmpstr (sup_provider_get_privacy_policy_url (provider), ==, "https://example.org/privacy");
  g_assert_cmpstrv (sup_provider_get_warnings (provider), warnings);
  g_assert_cmpint (sup_provider_get_origin (provider), ==, SUP_PROVIDER_ORIGIN_FILE);
  g_assert_null (sup_provider_get_origin_name (provider));
}

static void
assert_round_trip (SupProvider *taken)
{
  g_autoptr (SupProvider) provider = taken;
  g_autofree char        *json = sup_provider_to_json (provider);
  g_autoptr (GError)      error = NULL;
  g_autoptr (SupProvider) again = sup_provider_from_json (json, &error);

  g_assert_no_error (error);
  g_assert_true (sup_provider_equal (provider, again));
  g_assert_cmpstr (sup_provider_get_key (again), ==, sup_provider_get_key (provider));
  g_assert_cmpstr (sup_provider_get_display_name (again), ==, sup_provider_get_display_name (provider));
  g_assert_cmpint (sup_provider_get_origin (again), ==, sup_provider_get_origin (provider));
  g_assert_cmpstr (sup_provider_get_origin_name (again), ==, sup_provider_get_origin_name (provider));
  g_assert_cmpstr (sup_provider_get_chat_rejected (again), ==, sup_provider_get_chat_rejected (provider));
}

static void
test_round_trip (void)
{
  assert_round_trip (read_file (full));
  assert_round_trip (read_text ("@Help:example.org"));
  assert_round_trip (read_file ("{\"generalOptions\":{}}"));
  assert_round_trip (read_file ("{\"customChatSupportName\":\"Support\",\"displayNotification\":false,"
                                "\"customNotificationRoom\":\"#news:example.org\"}"));
  assert_round_trip (read_from (full, SUP_PROVIDER_ORIGIN_DISTRIBUTOR, "a/b.json"));
}

static void
test_equal (void)
{
  g_autoptr (SupProvider) a = read_text ("@help:example.org");
  g_autoptr (SupProvider) b = read_text ("https://matrix.to/#/@help:example.org");
  g_autoptr (SupProvider) c = read_text ("@help:example.net");
  g_autoptr (SupProvider) d = read_file ("{\"customChatSupportName\":\"@help:example.org\"}");

  g_assert_true (sup_provider_equal (a, a));
  g_assert_true (sup_provider_equal (a, b));
  g_assert_false (sup_provider_equal (a, c));
  g_assert_false (sup_provider_equal (a, d));
}

/* Whatever the disk returns: an error, never half a record. */
static void
test_damaged (void)
{
  static const char *const others[] = {
    "",
    "null",
    "{}",
    "{\"format\":1}",
    "{\"format\":2,\"origin\":{\"kind\":\"file\"},\"chat\":{\"state\":\"off\"},\"feed\":{\"state\":\"off\"},"
    "\"email\":{\"state\":\"off\"}}",
    "{\"format\":1,\"origin\":{\"kind\":\"moon\"},\"chat\":{\"state\":\"off\"},\"feed\":{\"state\":\"off\"},"
    "\"email\":{\"state\":\"off\"}}",
    "{\"format\":1,\"origin\":{\"kind\":\"file\"},\"chat\":{\"state\":\"ready\",\"id\":\"help\"},"
    "\"feed\":{\"state\":\"off\"},\"email\":{\"state\":\"off\"}}",
    "{\"format\":1,\"origin\":{\"kind\":\"file\"},\"chat\":{\"state\":\"off\"},\"feed\":{\"state\":\"ready\"},"
    "\"email\":{\"state\":\"off\"}}",
    "{\"format\":1,\"origin\":{\"kind\":\"file\"},\"chat\":{\"state\":\"off\"},\"feed\":{\"state\":\"off\"},"
    "\"email\":{\"state\":\"off\",\"address\":\"a@b.c\"}}",
    "{\"format\":1,\"origin\":{\"kind\":\"file\"},\"chat\":7,\"feed\":{\"state\":\"off\"},\"email\":{\"state\":\"off\"}}",
  };
  g_autoptr (SupProvider) smallest = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (sup_provider_from_json (others[i], &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_DAMAGED);
    }

  smallest = sup_provider_from_json ("{\"format\":1,\"origin\":{\"kind\":\"file\"},\"chat\":{\"state\":\"off\"},"
                                     "\"feed\":{\"state\":\"off\"},\"email\":{\"state\":\"off\"}}",
                                     NULL);
  g_assert_nonnull (smallest);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/record/key", test_key);
  g_test_add_func ("/provider/record/key-survives-off", test_key_survives_off);
  g_test_add_func ("/provider/record/display-name", test_display_name);
  g_test_add_func ("/provider/record/account-server", test_account_server);
  g_test_add_func ("/provider/record/getters", test_getters);
  g_test_add_func ("/provider/record/round-trip", test_round_trip);
  g_test_add_func ("/provider/record/equal", test_equal);
  g_test_add_func ("/provider/record/damaged", test_damaged);

  return g_test_run ();
}
