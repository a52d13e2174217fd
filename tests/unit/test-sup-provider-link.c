/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Typed and pasted text beyond the table: the order of section 1 and the corners of configuration links.
 */
#include "mtx-id.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "sup-provider-error.h"
#include "sup-provider-file.h"
#include "sup-provider-link.h"

#include <string.h>

#define LINK "configuration://?login=a@b&password=c&wallet-provider="

static void
assert_code (const char      *text,
             SupProviderError code)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%.200s", text);
  g_assert_null (sup_provider_input_parse_text (text, &error));
  g_assert_error (error, SUP_PROVIDER_ERROR, (int)code);
}

static SupProviderInput *
parse (const char          *text,
       SupProviderInputKind kind)
{
  g_autoptr (GError) error = NULL;
  SupProviderInput  *input = sup_provider_input_parse_text (text, &error);

  g_test_message ("%s", text);
  g_assert_no_error (error);
  g_assert_cmpint (sup_provider_input_get_kind (input), ==, kind);
  return input;
}

static void
assert_provider (const char *text,
                 const char *user,
                 const char *room)
{
  g_autoptr (SupProviderInput) input = parse (text, SUP_PROVIDER_INPUT_PROVIDER);
  SupProvider                 *provider = sup_provider_input_get_provider (input);
  MtxUserId                   *id = sup_provider_get_support_id (provider);

  g_assert_cmpint (sup_provider_get_origin (provider), ==, SUP_PROVIDER_ORIGIN_TEXT);
  g_assert_cmpstr (id != NULL ? mtx_user_id_get (id) : NULL, ==, user);
  g_assert_cmpstr (sup_provider_get_feed_room (provider), ==, room);
}

static void
assert_domain (const char *text,
               const char *domain)
{
  g_autoptr (SupProviderInput) input = parse (text, SUP_PROVIDER_INPUT_LOOKUP);

  g_assert_cmpstr (sup_provider_input_get_domain (input), ==, domain);
}

static void
assert_fetch (const char *text,
              const char *base,
              const char *login,
              const char *password)
{
  g_autoptr (SupProviderInput) input = parse (text, SUP_PROVIDER_INPUT_FETCH);
  gsize                        length;
  const guint8                *bytes = mtx_secret_bytes_get (sup_provider_input_get_password (input), &length);

  g_assert_cmpstr (sup_provider_input_get_base (input), ==, base);
  g_assert_cmpstr (sup_provider_input_get_login (input), ==, login);
  g_assert_cmpmem (bytes, length, password, strlen (password));
}

static void
test_kinds (void)
{
  assert_code ("", SUP_PROVIDER_ERROR_EMPTY);
  assert_code (" \t\r\n ", SUP_PROVIDER_ERROR_EMPTY);
  assert_provider ("  {\"customChatSupportName\":\"@help:example.org\"}\n", "@help:example.org", NULL);
  assert_code ("{\"customChatSupportName\":\"@help:example.org\"", SUP_PROVIDER_ERROR_NOT_JSON);
  assert_code ("eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("mailto:help@example.org", SUP_PROVIDER_ERROR_UNSUPPORTED_LINK);
  assert_code ("https://matrix.to/", SUP_PROVIDER_ERROR_UNSUPPORTED_LINK);
  assert_code ("https://example.org/?password=x", SUP_PROVIDER_ERROR_UNSUPPORTED_LINK);
  assert_code ("https://example.org/?logins=x", SUP_PROVIDER_ERROR_UNSUPPORTED_LINK);
  assert_code ("https://example.org/?login=a@b", SUP_PROVIDER_ERROR_MISSING_PARAMETER);
  assert_code (".,;", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("localhost:8448", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("@help:example.org and more", SUP_PROVIDER_ERROR_UNRECOGNISED);
}

static void
test_hostile_text (void)
{
  g_autofree char *large = g_strnfill (SUP_PROVIDER_FILE_MAX_BYTES + 1, 'a');
  g_autofree char *dots = g_strnfill (SUP_PROVIDER_FILE_MAX_BYTES, '.');

  assert_code (large, SUP_PROVIDER_ERROR_TOO_LARGE);
  assert_code (dots, SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("\xff\xfe", SUP_PROVIDER_ERROR_INVALID_UTF8);
  assert_code ("@s\xd1\x83pport:example.org", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("#ne\xe2\x80\x8bws:example.org", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("#ne\xcc\x81ws:example.org", SUP_PROVIDER_ERROR_INVALID_ID);
}

static void
test_identifiers (void)
{
  assert_provider ("\"@help:example.org\"", "@help:example.org", NULL);
  assert_provider ("<https://matrix.to/#/@help:example.org>.", "@help:example.org", NULL);
  assert_provider ("#news:example.org; @help:example.org", "@help:example.org", "#news:example.org");
  assert_provider ("@help:example.org @help:example.org", "@help:example.org", NULL);
  assert_provider ("https://matrix.to/#/@help:example.org\nhttps://matrix.to/#/#news:example.org",
                   "@help:example.org", "#news:example.org");
  assert_provider ("http://app.example.org/develop#/user/@help:example.org", "@help:example.org", NULL);
  assert_provider ("MATRIX:u/help:example.org", "@help:example.org", NULL);
  assert_provider ("matrix://authority/r/news:example.org", NULL, "#news:example.org");
  assert_provider ("https://matrix.to/#/@a%2Fb:example.org/$event", "@a/b:example.org", NULL);
  assert_code ("#a:example.org #b:example.org", SUP_PROVIDER_ERROR_AMBIGUOUS);
  assert_code ("matrix:u/@help:example.org", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("https://app.example.org/#/user/#news:example.org", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("https://app.example.org/#/room/@help:example.org", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("https://matrix.to/#/%ff", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("https://matrix.to/#/@help:example.org%00.evil", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("https://matrix.to/#", SUP_PROVIDER_ERROR_INVALID_ID);
  assert_code ("https://matrix.to/#/", SUP_PROVIDER_ERROR_INVALID_ID);
}

static void
test_via (void)
{
  g_autoptr (SupProviderInput) many = parse ("https://matrix.to/#/!r:a.example?via=b.example&x=y&via=b.example&via=c.example&via=d.example&via=e.example"
                                             "&via=f%2Eexample&via=g.example",
                                             SUP_PROVIDER_INPUT_PROVIDER);
  g_autoptr (SupProviderInput) own = parse ("!r:a.example", SUP_PROVIDER_INPUT_PROVIDER);
  g_autoptr (SupProviderInput) none = parse ("!0dFkSmlPNSmIcMB0qkXDWcG1ZrVmSn9mSfaBiDIkPFY", SUP_PROVIDER_INPUT_PROVIDER);

  g_assert_cmpstrv (sup_provider_get_feed_via (sup_provider_input_get_provider (many)),
                    ((const char *[]){ "b.example", "c.example", "d.example", "e.example", "f.example", NULL }));
  g_assert_cmpstrv (sup_provider_get_feed_via (sup_provider_input_get_provider (own)),
                    ((const char *[]){ "a.example", NULL }));
  g_assert_cmpstrv (sup_provider_get_feed_via (sup_provider_input_get_provider (none)), ((const char *[]){ NULL }));
  g_assert_cmpstrv (sup_provider_get_warnings (sup_provider_input_get_provider (none)),
                    ((const char *[]){ "room-without-server:feed", NULL }));
}

static void
test_domains (void)
{
  assert_domain ("example.org", "example.org");
  assert_domain ("Example.ORG.", "example.org");
  assert_domain ("xn--exmple-cua.org/", "xn--exmple-cua.org");
  assert_domain ("'example.org'", "example.org");
  assert_code ("example", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("[2001:db8::1]", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("192.0.2.1:80", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("ex\xc3\xa4mple.org", SUP_PROVIDER_ERROR_UNRECOGNISED);
  assert_code ("example.org/path", SUP_PROVIDER_ERROR_UNRECOGNISED);
}

static void
test_fetch (void)
{
  assert_fetch (LINK "https://W.example:8443/p/?q#f", "https://w.example:8443/p", "a@b", "c");
  assert_fetch (LINK "https://[2001:DB8::1]:443", "https://[2001:db8::1]", "a@b", "c");
  assert_fetch ("configuration:?wallet-provider=https://w.example&password=%25%zz%4&login=%C3%A9",
                "https://w.example", "é", "%%zz%4");
  assert_fetch ("configuration://?login=a&password=two words&wallet-provider=https://w.example",
                "https://w.example", "a", "two words");
  assert_fetch ("configuration://?login=guest@x&password=&wallet-provider=https://w.example",
                "https://w.example", "guest@x", "guest");
}

static void
test_bad_links (void)
{
  g_autofree char *long_login = g_strnfill (255, 'l');
  g_autofree char *long_password = g_strnfill (257, 'p');
  g_autofree char *long_path = g_strnfill (2048, 'u');
  g_autofree char *login = g_strdup_printf ("configuration://?login=%s&password=c&wallet-provider=https://w.example", long_login);
  g_autofree char *password = g_strdup_printf ("configuration://?login=a&password=%s&wallet-provider=https://w.example", long_password);
  g_autofree char *base = g_strconcat (LINK "https://w.example/", long_path, NULL);

  assert_code (login, SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code (password, SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code (base, SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code ("configuration://?login=a%20b&password=c&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code ("configuration://?login=a%E2%80%AEb&password=c&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code ("configuration://?login=a%ff&password=c&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code ("configuration://?login=a&password=c%00d&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_BAD_LOGIN);
  assert_code ("configuration://?login=a%ff&login=b&password=c&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_AMBIGUOUS);
  assert_code ("configuration://?login=&password=c&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_MISSING_PARAMETER);
  assert_code ("configuration://?login&password=c&wallet-provider=https://w.example", SUP_PROVIDER_ERROR_MISSING_PARAMETER);
  assert_code ("configuration://login=a", SUP_PROVIDER_ERROR_MISSING_PARAMETER);
  assert_code (LINK "https://", SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code (LINK "https://w..example", SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code (LINK "https://w.example:99999", SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code (LINK "https://w.example\\@evil.example", SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code (LINK "https://w.example/%20", SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code (LINK "//w.example", SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code (LINK "http://localhost:8008", SUP_PROVIDER_ERROR_INSECURE_URL);
  assert_code (LINK "%ff", SUP_PROVIDER_ERROR_UNSAFE_URL);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/link/kinds", test_kinds);
  g_test_add_func ("/provider/link/hostile-text", test_hostile_text);
  g_test_add_func ("/provider/link/identifiers", test_identifiers);
  g_test_add_func ("/provider/link/via", test_via);
  g_test_add_func ("/provider/link/domains", test_domains);
  g_test_add_func ("/provider/link/fetch", test_fetch);
  g_test_add_func ("/provider/link/bad-links", test_bad_links);

  return g_test_run ();
}
