/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What only a server of its own can show: certificates, redirects out of https, and bodies that grow while
 * they are read.
 */
#include <libsoup/soup.h>

#include <string.h>

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-test.h"

#define CAP_BYTES (256 * 1024)

typedef struct
{
  SoupServer *server;
  char       *url;
  guint       requests;
  gsize       written; /* of a body without end */
} Server;

static char *
fixture (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fixtures", "tls", name, NULL);
}

static void
answer_versions (Server            *self,
                 SoupServerMessage *message)
{
  static const char json[] = "{\"versions\":[]}";

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, json, strlen (json));
}

static void
redirect_to_http (Server            *self,
                  SoupServerMessage *message)
{
  soup_server_message_set_redirect (message, 302, "http://127.0.0.1:9/");
}

static void
more_wanted_cb (SoupServerMessage *message,
                Server            *self)
{
  static const char filler[16 * 1024] = { '{' };

  self->written += sizeof filler;
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, filler, sizeof filler);
  soup_server_message_unpause (message);
}

static void
answer_without_end (Server            *self,
                    SoupServerMessage *message)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (more_wanted_cb), self);
  more_wanted_cb (message, self);
}

/* A few kilobytes on the wire that unpack to many megabytes. */
static void
answer_bomb (Server            *self,
             SoupServerMessage *message)
{
  g_autoptr (GConverter) packer = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autofree char       *filler = g_strnfill (16 * 1024 * 1024, ' ');
  g_autoptr (GBytes)     plain = g_bytes_new_static (filler, strlen (filler));
  g_autoptr (GBytes)     packed = g_converter_convert_bytes (packer, plain, NULL);

  g_assert_cmpuint (g_bytes_get_size (packed), <, CAP_BYTES);
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Content-Encoding", "gzip");
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY,
                                    g_bytes_get_data (packed, NULL), g_bytes_get_size (packed));
}

static void
handle (SoupServer        *soup,
        SoupServerMessage *message,
        const char        *path,
        GHashTable        *query,
        gpointer           data)
{
  Server *self = data;

  self->requests++;
  if (g_str_has_suffix (path, "/versions"))
    answer_versions (self, message);
  else if (g_str_has_suffix (path, "/sync"))
    answer_without_end (self, message);
  else if (g_str_has_suffix (path, "/auth_metadata"))
    answer_bomb (self, message);
  else
    redirect_to_http (self, message);
}

static void
server_init (Server  *self,
             gboolean tls)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *certificate_path = fixture ("localhost.pem");
  g_autofree char   *key_path = fixture ("localhost.key");
  GSList            *uris = NULL;

  self->server = soup_server_new (NULL, NULL);
  if (tls)
    {
      g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_files (certificate_path, key_path, &error);

      g_assert_no_error (error);
      soup_server_set_tls_certificate (self->server, certificate);
    }
  soup_server_add_handler (self->server, NULL, handle, self, NULL);
  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | (tls ? SOUP_SERVER_LISTEN_HTTPS : 0), &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  self->url = g_strdup_printf ("%s://127.0.0.1:%d", tls ? "https" : "http", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
}

static void
server_clear (Server *self)
{
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_free (self->url);
}

/* From now on the certificate counts as good, as if an authority had signed it. */
static void
trust_certificate (void)
{
  g_autoptr (GError)       error = NULL;
  g_autofree char         *path = fixture ("localhost.pem");
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, &error);

  g_assert_no_error (error);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
}

static MtxReply *
get (Server     *server,
     const char *endpoint,
     GError    **error)
{
  g_autoptr (MtxHttp)    http = mtx_http_new (server->url, NULL);
  g_autoptr (MtxRequest) request = mtx_request_new (endpoint, NULL);

  mtx_request_set_max_reply (request, CAP_BYTES);

  return dex_await_boxed (mtx_http_send (http, request), error);
}

static DexFuture *
test_threat_104_certificate (gpointer data)
{
  Server               server = { 0 };
  g_autoptr (GError)   error = NULL;
  g_autoptr (MtxReply) reply = NULL;

  server_init (&server, TRUE);
  reply = get (&server, MTX_ENDPOINT_VERSIONS, &error);
  g_assert_null (reply);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  g_assert_cmpuint (server.requests, ==, 0);
  g_clear_error (&error);

  trust_certificate ();
  reply = get (&server, MTX_ENDPOINT_VERSIONS, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_reply_get_status (reply), ==, 200);
  server_clear (&server);

  return NULL;
}

static DexFuture *
test_threat_104_redirect (gpointer data)
{
  Server               server = { 0 };
  g_autoptr (GError)   error = NULL;
  g_autoptr (MtxReply) reply = NULL;

  /* Plain http would stay on this machine, and still: https never leads to http. */
  trust_certificate ();
  server_init (&server, TRUE);
  reply = get (&server, MTX_ENDPOINT_WELL_KNOWN, &error);
  g_assert_null (reply);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
  server_clear (&server);

  return NULL;
}

static DexFuture *
test_endless_body (gpointer data)
{
  Server               server = { 0 };
  g_autoptr (GError)   error = NULL;
  g_autoptr (MtxReply) reply = NULL;

  server_init (&server, FALSE);
  reply = get (&server, MTX_ENDPOINT_SYNC, &error);
  g_assert_null (reply);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);

  /* What the sockets hold may have been written beyond the cap, no more. */
  g_assert_cmpuint (server.written, <, 64 * CAP_BYTES);
  server_clear (&server);

  return NULL;
}

static DexFuture *
test_packed_body (gpointer data)
{
  Server               server = { 0 };
  g_autoptr (GError)   error = NULL;
  g_autoptr (MtxReply) reply = NULL;

  server_init (&server, FALSE);
  reply = get (&server, MTX_ENDPOINT_AUTH_METADATA, &error);
  g_assert_null (reply);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
  server_clear (&server);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/https/threat-104-certificate", test_threat_104_certificate);
  mtx_test_add_fiber ("/https/threat-104-redirect", test_threat_104_redirect);
  mtx_test_add_fiber ("/https/endless-body", test_endless_body);
  mtx_test_add_fiber ("/https/packed-body", test_packed_body);

  return g_test_run ();
}
