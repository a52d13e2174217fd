/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a server's name to its homeserver, and where we do not let a server send us.
 */
#include "mtx-discovery-private.h"
#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-test.h"

#include <string.h>

static void
test_threat_104_addresses (void)
{
  const struct
  {
    const char *url;
    gboolean    from_outside;
    gboolean    from_here;
  } cases[] = {
    { "https://matrix.example", TRUE, TRUE },
    { "https://matrix.example:8448/base", TRUE, TRUE },
    { "http://matrix.example", FALSE, FALSE },
    { "https://localhost", FALSE, TRUE },
    { "https://hidden.localhost", FALSE, TRUE },
    { "http://localhost:8008", FALSE, TRUE },
    { "http://127.0.0.1:8008", FALSE, TRUE },
    { "https://127.0.0.1", FALSE, TRUE },
    { "https://10.0.0.1", FALSE, FALSE },
    { "https://192.0.2.7", FALSE, FALSE },
    { "https://[2001:db8::1]", FALSE, FALSE },
    { "https://[::1]", FALSE, TRUE },
    { "https://me@matrix.example", FALSE, FALSE },
    { "https://matrix.example/?a=b", FALSE, FALSE },
    { "https://matrix.example/#a", FALSE, FALSE },
    { "javascript:alert(1)", FALSE, FALSE },
    { "", FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].url);
      g_assert_cmpint (_mtx_discovery_accepts (cases[i].url, FALSE), ==, cases[i].from_outside);
      g_assert_cmpint (_mtx_discovery_accepts (cases[i].url, TRUE), ==, cases[i].from_here);
    }
}

static gboolean
answer_text (const MtxFakeRequest *request,
             MtxFakeAnswer        *answer,
             gpointer              data)
{
  mtx_fake_answer_json (answer, 200, data);

  return TRUE;
}

static const char *
name_of (MtxFakeHomeserver *server)
{
  return mtx_fake_homeserver_get_base_url (server) + strlen ("http://");
}

static DexFuture *
test_well_known (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) domain = mtx_fake_homeserver_new ();
  g_autoptr (MtxFakeHomeserver) homeserver = mtx_fake_homeserver_new ();
  g_autofree char              *document = g_strdup_printf ("{\"m.homeserver\":{\"base_url\":\"%s/\"}}", mtx_fake_homeserver_get_base_url (homeserver));
  g_autofree char              *found = NULL;
  g_autoptr (GError)            error = NULL;

  mtx_fake_homeserver_override (domain, "GET", "/.well-known/matrix/client", answer_text, document, NULL);
  found = dex_await_string (mtx_discovery_resolve (name_of (domain), NULL), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, mtx_fake_homeserver_get_base_url (homeserver));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (homeserver, "GET", "/_matrix/client/versions"), ==, 1);

  return NULL;
}

static DexFuture *
test_no_well_known (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autofree char              *found = NULL;
  g_autoptr (GError)            error = NULL;

  found = dex_await_string (mtx_discovery_resolve (name_of (server), NULL), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, mtx_fake_homeserver_get_base_url (server));

  return NULL;
}

static DexFuture *
test_refusals (gpointer data)
{
  const struct
  {
    const char *well_known;
    const char *versions;
    MtxError    code;
  } cases[] = {
    { "{}", NULL, MTX_ERROR_BAD_REPLY },
    { "[]", NULL, MTX_ERROR_BAD_REPLY },
    { "{\"m.homeserver\":\"x\"}", NULL, MTX_ERROR_BAD_REPLY },
    { "{\"m.homeserver\":{\"base_url\":7}}", NULL, MTX_ERROR_BAD_REPLY },
    { "{\"m.homeserver\":{\"base_url\":\"http://matrix.example\"}}", NULL, MTX_ERROR_UNTRUSTED },
    { NULL, "{}", MTX_ERROR_BAD_REPLY },
    { NULL, "<html>", MTX_ERROR_BAD_REPLY },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
      g_autofree char              *found = NULL;
      g_autoptr (GError)            error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      if (cases[i].well_known != NULL)
        mtx_fake_homeserver_override (server, "GET", "/.well-known/*", answer_text, (gpointer)cases[i].well_known, NULL);
      if (cases[i].versions != NULL)
        mtx_fake_homeserver_override (server, "GET", "*/versions", answer_text, (gpointer)cases[i].versions, NULL);
      found = dex_await_string (mtx_discovery_resolve (name_of (server), NULL), &error);
      g_assert_null (found);
      g_assert_error (error, MTX_ERROR, (int)cases[i].code);
    }

  return NULL;
}

static DexFuture *
test_names (gpointer data)
{
  const char *names[] = { "", "not a name", "user@example.org", "example.org/path", "https://example.org" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (dex_await (mtx_discovery_resolve (names[i], NULL), &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
    }

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/discovery/threat-104-addresses", test_threat_104_addresses);
  mtx_test_add_fiber ("/discovery/well-known", test_well_known);
  mtx_test_add_fiber ("/discovery/no-well-known", test_no_well_known);
  mtx_test_add_fiber ("/discovery/refusals", test_refusals);
  mtx_test_add_fiber ("/discovery/names", test_names);

  return g_test_run ();
}
