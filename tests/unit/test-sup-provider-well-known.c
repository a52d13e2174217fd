/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whom a domain's support document makes us talk to.
 */
#include "mtx-id.h"
#include "mtx-test.h"
#include "sup-provider-contacts.h"
#include "sup-provider-error.h"
#include "sup-provider-well-known.h"

static SupProvider *
read_document (const char *json)
{
  g_autoptr (GError) error = NULL;
  SupProvider       *provider = sup_provider_well_known_read (json, -1, "example.org", &error);

  g_assert_no_error (error);
  g_assert_cmpint (sup_provider_get_origin (provider), ==, SUP_PROVIDER_ORIGIN_DOMAIN);
  g_assert_cmpstr (sup_provider_get_origin_name (provider), ==, "example.org");
  return provider;
}

static void
assert_contact (const char *contacts,
                const char *id,
                const char *email,
                gboolean    admin)
{
  g_autofree char        *json = g_strdup_printf ("{\"contacts\":[%s]}", contacts);
  g_autoptr (SupProvider) provider = read_document (json);
  MtxUserId              *support_id = sup_provider_get_support_id (provider);

  g_assert_cmpstr (support_id != NULL ? mtx_user_id_get (support_id) : NULL, ==, id);
  g_assert_cmpstr (sup_provider_get_email_address (provider), ==, email);
  g_assert_cmpint (g_strv_contains (sup_provider_get_warnings (provider), "admin-contact:contacts"), ==, admin);
}

#define ADMIN    "{\"role\":\"m.role.admin\",\"matrix_id\":\"@admin:example.org\",\"email_address\":\"admin@example.org\"}"
#define SECURITY "{\"role\":\"m.role.security\",\"matrix_id\":\"@security:example.org\"}"

static void
test_choice (void)
{
  assert_contact ("", NULL, NULL, FALSE);
  assert_contact (ADMIN, "@admin:example.org", "admin@example.org", TRUE);
  assert_contact (SECURITY, NULL, NULL, FALSE);
  assert_contact ("{\"role\":\"m.role.support\",\"matrix_id\":\"@a:example.org\"}", NULL, NULL, FALSE);
  assert_contact ("{\"role\":\"m.role.moderator\",\"matrix_id\":\"@a:example.org\"}", NULL, NULL, FALSE);
  assert_contact ("{\"role\":\"support\",\"matrix_id\":\"@a:example.org\"}", NULL, NULL, FALSE);
  assert_contact ("{\"matrix_id\":\"@a:example.org\"}", NULL, NULL, FALSE);
  assert_contact (ADMIN ",{\"role\":\"org.example.support\",\"matrix_id\":\"@help:example.org\"}",
                  "@help:example.org", NULL, FALSE);

  /* A help desk with a mailbox only is no reason to write to the administrators. */
  assert_contact (ADMIN ",{\"role\":\"org.example.support\",\"email_address\":\"help@example.org\"}",
                  NULL, "help@example.org", FALSE);

  /* An unusable help desk is as good as none. */
  assert_contact (ADMIN ",{\"role\":\"org.example.support\",\"matrix_id\":\"help\"}",
                  "@admin:example.org", "admin@example.org", TRUE);
  assert_contact ("{\"role\":\"org.example.support\",\"matrix_id\":\"#room:example.org\"},"
                  "{\"role\":\"org.example.support\",\"matrix_id\":\"@two:example.org\"}",
                  "@two:example.org", NULL, FALSE);
  assert_contact ("7,null,[]," ADMIN, "@admin:example.org", "admin@example.org", TRUE);
}

static void
test_first_sixteen (void)
{
  g_autoptr (GString) contacts = g_string_new (NULL);

  for (guint i = 0; i < SUP_PROVIDER_CONTACTS_MAX; i++)
    g_string_append (contacts, SECURITY ",");
  g_string_append (contacts, ADMIN);

  assert_contact (contacts->str, NULL, NULL, FALSE);
}

static void
test_extension_wins (void)
{
  g_autoptr (SupProvider) both = read_document ("{\"contacts\":[" ADMIN "],\"io.github.wallet_support\":{\"supportId\":\"@help:example.org\"}}");
  g_autoptr (SupProvider) invalid = read_document ("{\"contacts\":[" ADMIN "],\"io.github.wallet_support\":{\"supportId\":\"help\"}}");
  g_autoptr (SupProvider) name_only = read_document ("{\"contacts\":[" ADMIN "],\"io.github.wallet_support\":{\"name\":\"Example\"}}");

  g_assert_cmpstr (mtx_user_id_get (sup_provider_get_support_id (both)), ==, "@help:example.org");
  g_assert_null (sup_provider_get_email_address (both));
  g_assert_cmpint (sup_provider_get_chat_state (invalid), ==, SUP_PROVIDER_INVALID);
  g_assert_cmpstr (mtx_user_id_get (sup_provider_get_support_id (name_only)), ==, "@admin:example.org");
}

static void
test_limits (void)
{
  g_autoptr (GString)     text = g_string_new ("{\"contacts\":[]}");
  g_autoptr (SupProvider) fits = NULL;
  g_autoptr (GError)      error = NULL;

  while (text->len < SUP_PROVIDER_WELL_KNOWN_MAX_BYTES)
    g_string_append_c (text, ' ');
  fits = read_document (text->str);
  g_assert_nonnull (fits);

  g_string_append_c (text, ' ');
  g_assert_null (sup_provider_well_known_read (text->str, -1, "example.org", &error));
  g_assert_error (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_TOO_LARGE);
  g_clear_error (&error);

  /* A login has no place in a published document, so it is no pointer file. */
  g_assert_null (sup_provider_well_known_read ("{\"login\":\"a\",\"password\":\"b\",\"wallet-provider\":\"https://w.example\"}",
                                               -1, "example.org", &error));
  g_assert_error (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_NOTHING_USABLE);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/well-known/choice", test_choice);
  g_test_add_func ("/provider/well-known/first-sixteen", test_first_sixteen);
  g_test_add_func ("/provider/well-known/extension-wins", test_extension_wins);
  g_test_add_func ("/provider/well-known/limits", test_limits);

  return g_test_run ();
}
