/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files go up and come down, with the token only where it belongs, and no further than the cap.
 */
#include "mtx-media.h"

#include <string.h>

#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-http.h"
#include "mtx-secret-bytes.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

static MtxMedia *
log_in (MtxFakeHomeserver *server)
{
  g_autoptr (GError)         error = NULL;
  g_autofree char           *token = mtx_fake_homeserver_add_user (server, "alice", "A");
  g_autoptr (MtxSecretBytes) access = mtx_secret_bytes_new ((const guint8 *)token, strlen (token));
  g_autoptr (MtxTokens)      tokens = mtx_tokens_new (access, NULL);
  g_autoptr (MtxHttp)        http = mtx_http_new (mtx_fake_homeserver_get_base_url (server), &error);

  g_assert_no_error (error);
  mtx_http_set_tokens (http, tokens);

  return mtx_media_new (http);
}

static void
test_threat_088_uris (void)
{
  const struct
  {
    const char *uri;
    gboolean    good;
  } cases[] = {
    { "mxc://example.org/abcDEF123-_", TRUE },
    { "mxc://example.org:8448/a", TRUE },
    { "mxc://example.org/..", FALSE },
    { "mxc://example.org/../../admin", FALSE },
    { "mxc://../a", FALSE },
    { "mxc://example.org/a/b", FALSE },
    { "mxc://example.org/a?b", FALSE },
    { "mxc://example.org/a#b", FALSE },
    { "mxc://example.org/a%2Fb", FALSE },
    { "mxc://user@example.org/a", FALSE },
    { "mxc://example.org/", FALSE },
    { "mxc://example.org", FALSE },
    { "mxc:///a", FALSE },
    { "https://example.org/a", FALSE },
    { "file:///etc/passwd", FALSE },
    { "", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char   *server_name = NULL;
      g_autofree char   *media_id = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].uri);
      g_assert_cmpint (mtx_media_parse_uri (cases[i].uri, &server_name, &media_id, &error), ==, cases[i].good);
      g_assert_true ((error == NULL) == cases[i].good);
    }
}

static DexFuture *
test_round_trip (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxMedia)          media = log_in (server);
  g_autoptr (GBytes)            bytes = g_bytes_new_static ("\0\1\2\3", 4);
  g_autoptr (GBytes)            back = NULL;
  g_autofree char              *uri = NULL;
  g_autoptr (GError)            error = NULL;
  const MtxFakeRequest         *upload = NULL;

  uri = dex_await_string (mtx_media_upload (media, bytes, "application/octet-stream"), &error);
  g_assert_no_error (error);
  upload = mtx_fake_homeserver_get_request (server, "POST", "/_matrix/media/v3/upload", 0);
  g_assert_cmpstr (mtx_fake_request_get_header (upload, "Content-Type"), ==, "application/octet-stream");
  g_assert_null (g_hash_table_lookup (upload->query, "filename"));

  back = dex_await_boxed (mtx_media_download (media, uri, 4), &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, back));
  g_assert_nonnull (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (server, "GET", "*/v1/media/*", 0), "Authorization"));
  g_clear_pointer (&back, g_bytes_unref);

  back = dex_await_boxed (mtx_media_download (media, uri, 3), &error);
  g_assert_null (back);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);

  return NULL;
}

static DexFuture *
test_old_server (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxMedia)          media = log_in (server);
  g_autoptr (GBytes)            bytes = g_bytes_new_static ("old", 3);
  const MtxFakeFault            unknown = { .status = 404, .errcode = "M_UNRECOGNIZED" };
  g_autofree char              *uri = NULL;
  g_autoptr (GError)            error = NULL;

  uri = dex_await_string (mtx_media_upload (media, bytes, "text/plain"), &error);
  g_assert_no_error (error);
  mtx_fake_homeserver_fault (server, "GET", "*/v1/media/*", &unknown);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GBytes) back = dex_await_boxed (mtx_media_download (media, uri, 100), &error);

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (bytes, back));
      g_assert_null (mtx_fake_request_get_header (mtx_fake_homeserver_get_request (server, "GET", "/_matrix/media/v3/*", i), "Authorization"));
    }

  /* It is asked once. */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "GET", "*/v1/media/*"), ==, 1);

  return NULL;
}

static DexFuture *
test_missing (gpointer data)
{
  g_autoptr (MtxFakeHomeserver) server = mtx_fake_homeserver_new ();
  g_autoptr (MtxMedia)          media = log_in (server);
  g_autoptr (GBytes)            back = NULL;
  g_autoptr (GError)            error = NULL;

  back = dex_await_boxed (mtx_media_download (media, "mxc://" MTX_FAKE_SERVER_NAME "/nothing", 100), &error);
  g_assert_null (back);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (server, "GET", "/_matrix/media/v3/*"), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  g_test_add_func ("/media/threat-088-uris", test_threat_088_uris);
  mtx_test_add_fiber ("/media/round-trip", test_round_trip);
  mtx_test_add_fiber ("/media/old-server", test_old_server);
  mtx_test_add_fiber ("/media/missing", test_missing);

  return g_test_run ();
}
