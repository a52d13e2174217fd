/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Web addresses from strangers.
 */
#include "mtx-test.h"
#include "sup-provider-error.h"
#include "sup-url.h"

#include <string.h>

static void
test_https (void)
{
  static const char *const good[] = {
    "https://example.org",
    "HTTPS://Example.ORG:8443/a/b?c=d&e#f",
    "https://192.0.2.1/",
    "https://[2001:db8::1]:443/a",
    "https://xn--exmple-cua.org/%20@:",
  };
  static const char *const bad[] = {
    "",
    "https:",
    "https://",
    "https:///path",
    "https:example.org",
    "http://example.org",
    "//example.org",
    "ftp://example.org",
    "javascript:alert(1)//https://example.org",
    "https://user@example.org",
    "https://user:pass@example.org",
    "https://example.org:0",
    "https://example.org:",
    "https://example..org",
    "https://-example.org",
    "https://example.org/a b",
    "https://example.org/a\\b",
    "https://example.org\\@evil.example",
    "https://example.org/a\tb",
    "https://example.org/\x7f",
    "https://ex\xc3\xa4mple.org",
    "https://example.org/\xe2\x80\xae",
    " https://example.org",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_test_message ("%s", good[i]);
      g_assert_true (sup_url_is_https (good[i]));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (sup_url_is_https (bad[i]));
    }
}

static void
test_length (void)
{
  g_autofree char *path = g_strnfill (SUP_URL_MAX_BYTES - 20, 'p');
  g_autofree char *fits = g_strconcat ("https://example.org/", path, NULL);
  g_autofree char *long_one = g_strconcat (fits, "p", NULL);

  g_assert_true (sup_url_is_https (fits));
  g_assert_false (sup_url_is_https (long_one));
}

static void
assert_base (const char *url,
             SupUrlFlags flags,
             const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *base = sup_url_dup_base (url, flags, &error);

  g_test_message ("%s", url);
  g_assert_no_error (error);
  g_assert_cmpstr (base, ==, expected);
}

static void
assert_code (const char      *url,
             SupUrlFlags      flags,
             SupProviderError code)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", url);
  g_assert_null (sup_url_dup_base (url, flags, &error));
  g_assert_error (error, SUP_PROVIDER_ERROR, (int)code);
}

static void
test_base (void)
{
  assert_base ("https://Example.ORG:443/A/b//", SUP_URL_DEFAULT, "https://example.org/A/b");
  assert_base ("https://example.org:8443", SUP_URL_DEFAULT, "https://example.org:8443");
  assert_base ("https://[2001:DB8::1]:443/", SUP_URL_DEFAULT, "https://[2001:db8::1]");
  assert_base ("https://example.org/a?b/#c/", SUP_URL_DROP_QUERY, "https://example.org/a");
  assert_base ("http://[::1]/", SUP_URL_ALLOW_LOOPBACK, "http://[::1]");
  assert_base ("http://localhost:80", SUP_URL_ALLOW_LOOPBACK, "http://localhost");
  assert_base ("http://127.0.0.1:443", SUP_URL_ALLOW_LOOPBACK, "http://127.0.0.1:443");

  assert_code ("https://example.org/?a", SUP_URL_DEFAULT, SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code ("https://example.org#a", SUP_URL_DEFAULT, SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code ("https://a@example.org", SUP_URL_DROP_QUERY, SUP_PROVIDER_ERROR_UNSAFE_URL);
  assert_code ("http://127.0.0.1", SUP_URL_DEFAULT, SUP_PROVIDER_ERROR_INSECURE_URL);
  assert_code ("http://example.org", SUP_URL_ALLOW_LOOPBACK, SUP_PROVIDER_ERROR_INSECURE_URL);
  assert_code ("http://[::2]", SUP_URL_ALLOW_LOOPBACK, SUP_PROVIDER_ERROR_INSECURE_URL);
  assert_code ("file:///etc/passwd", SUP_URL_ALLOW_LOOPBACK, SUP_PROVIDER_ERROR_UNSAFE_URL);
}

static void
assert_decoded (const char *text,
                const char *expected)
{
  g_autofree char *decoded = sup_url_dup_decoded (text, strlen (text));

  g_assert_cmpstr (decoded, ==, expected);
}

static void
test_decoded (void)
{
  g_autofree char *part = sup_url_dup_decoded ("%41%42", 4);

  assert_decoded ("", "");
  assert_decoded ("a+b%20c%2Bd", "a+b c+d");
  assert_decoded ("%", "%");
  assert_decoded ("%4", "%4");
  assert_decoded ("%4g%zz%%41", "%4g%zz%A");
  assert_decoded ("%2541", "%41");
  assert_decoded ("%C3%A9", "é");
  assert_decoded ("%C3", NULL);
  assert_decoded ("a%00b", NULL);
  g_assert_cmpstr (part, ==, "A%");
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/provider/url/https", test_https);
  g_test_add_func ("/provider/url/length", test_length);
  g_test_add_func ("/provider/url/base", test_base);
  g_test_add_func ("/provider/url/decoded", test_decoded);

  return g_test_run ();
}
