/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Authenticated media (protocol.md M32), with the old endpoint for servers that do not know it.
 */
#include "mtx-media.h"

#include <string.h>

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-id.h"
#include "mtx-json.h"

#define SCHEME              "mxc://"
#define MAX_MEDIA_ID_BYTES  255
#define TRANSFER_TIMEOUT_MS (5 * 60 * 1000)

struct _MtxMedia
{
  GObject parent_instance;

  /* owned */
  MtxHttp *http;

  /* state */
  gboolean legacy; /* this server told us that it has the old endpoint only */
};

G_DEFINE_FINAL_TYPE (MtxMedia, mtx_media, G_TYPE_OBJECT)

typedef struct
{
  MtxMedia *media;
  char     *server_name;
  char     *media_id;
  gsize     max_bytes;
} Download;

static void
download_free (gpointer data)
{
  Download *self = data;

  g_clear_object (&self->media);
  g_free (self->server_name);
  g_free (self->media_id);
  g_free (self);
}

/* In a fiber. */
static MtxReply *
ask (Download   *self,
     const char *endpoint,
     GError    **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (endpoint, self->server_name, self->media_id, NULL);
  MtxRequestFlags        flags = MTX_REQUEST_RAW_REPLY;

  /* The old endpoint is open to all, so it learns no token. */
  if (self->media->legacy)
    flags |= MTX_REQUEST_ANONYMOUS;
  mtx_request_set_flags (request, flags);
  mtx_request_set_max_reply (request, self->max_bytes);
  mtx_request_set_timeout_ms (request, TRANSFER_TIMEOUT_MS);

  return dex_await_boxed (mtx_http_send (self->media->http, request), error);
}

static DexFuture *
mtx_media_download_fiber (gpointer data)
{
  Download            *self = data;
  g_autoptr (MtxReply) reply = NULL;
  g_autoptr (GError)   error = NULL;

  if (!self->media->legacy)
    reply = ask (self, MTX_ENDPOINT_MEDIA_DOWNLOAD, &error);
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_UNSUPPORTED))
    {
      self->media->legacy = TRUE;
      g_clear_error (&error);
    }
  if (reply == NULL && error == NULL)
    reply = ask (self, MTX_ENDPOINT_MEDIA_DOWNLOAD_LEGACY, &error);
  if (reply == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_BYTES, g_bytes_ref (mtx_reply_get_bytes (reply)));
}

static DexFuture *
read_uploaded (DexFuture *sent,
               gpointer   data)
{
  const GValue    *value = dex_future_get_value (sent, NULL);
  MtxReply        *reply = g_value_get_boxed (value);
  const char      *uri = mtx_json_get_string (mtx_reply_get_body (reply), "content_uri");
  g_autofree char *server_name = NULL;
  g_autofree char *media_id = NULL;

  if (uri == NULL || !mtx_media_parse_uri (uri, &server_name, &media_id, NULL))
    return dex_future_new_for_error (g_error_new_literal (MTX_ERROR, MTX_ERROR_BAD_REPLY, "The server does not say where the file is"));

  return dex_future_new_for_string (uri);
}

static void
mtx_media_finalize (GObject *object)
{
  MtxMedia *self = MTX_MEDIA (object);

  g_clear_object (&self->http);

  G_OBJECT_CLASS (mtx_media_parent_class)->finalize (object);
}

static void
mtx_media_class_init (MtxMediaClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_media_finalize;
}

static void
mtx_media_init (MtxMedia *self)
{
}

/**
 * mtx_media_parse_uri:
 * @untrusted_uri: a text that claims to be an `mxc://` URI
 * @server_name: (out) (transfer full): the server that has the file
 * @media_id: (out) (transfer full): its name there
 * @error: %MTX_ERROR_INVALID
 *
 * Takes an `mxc://` URI apart; nothing in it can climb out of a path (threats.md 88;
 * specification, § Matrix Content (mxc://) URIs).
 *
 * Returns: %TRUE if it is one
 */
gboolean
mtx_media_parse_uri (const char *untrusted_uri,
                     char      **server_name,
                     char      **media_id,
                     GError    **error)
{
  g_auto (GStrv) parts = NULL;

  g_return_val_if_fail (untrusted_uri != NULL && server_name != NULL && media_id != NULL, FALSE);

  if (g_str_has_prefix (untrusted_uri, SCHEME))
    parts = g_strsplit (untrusted_uri + strlen (SCHEME), "/", 3);
  if (parts == NULL || g_strv_length (parts) != 2 || !mtx_server_name_is_valid (parts[0])
      || *parts[1] == '\0' || strlen (parts[1]) > MAX_MEDIA_ID_BYTES
      || parts[1][strspn (parts[1], G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_")] != '\0')
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "Not the address of a file");
      return FALSE;
    }

  *server_name = g_strdup (parts[0]);
  *media_id = g_strdup (parts[1]);

  return TRUE;
}

/**
 * mtx_media_new:
 * @http: the connection to our homeserver, logged in
 *
 * Returns: (transfer full): access to files
 */
MtxMedia *
mtx_media_new (MtxHttp *http)
{
  MtxMedia *self = NULL;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);

  self = g_object_new (MTX_TYPE_MEDIA, NULL);
  self->http = g_object_ref (http);

  return self;
}

/**
 * mtx_media_upload:
 * @self: access to files
 * @bytes: (transfer none): what to upload; encrypted already where it matters
 * @content_type: the media type; of something encrypted, "application/octet-stream"
 *
 * Puts a file on the homeserver. No name goes with it.
 *
 * Returns: (transfer full): a future that resolves to the `mxc://` URI (string), or rejects with an #MtxError;
 *   %MTX_ERROR_TOO_LARGE if the server takes none of this size
 */
DexFuture *
mtx_media_upload (MtxMedia   *self,
                  GBytes     *bytes,
                  const char *content_type)
{
  g_autoptr (MtxRequest) request = NULL;

  g_return_val_if_fail (MTX_IS_MEDIA (self), NULL);
  g_return_val_if_fail (bytes != NULL && content_type != NULL, NULL);

  request = mtx_request_new (MTX_ENDPOINT_MEDIA_UPLOAD, NULL);
  mtx_request_set_bytes (request, bytes, content_type);
  mtx_request_set_timeout_ms (request, TRANSFER_TIMEOUT_MS);

  return dex_future_then (mtx_http_send (self->http, request), read_uploaded, NULL, NULL);
}

/**
 * mtx_media_download:
 * @self: access to files
 * @untrusted_uri: an `mxc://` URI
 * @max_bytes: where reading stops
 *
 * Gets a file, through our homeserver wherever it is. What comes is untrusted.
 *
 * Returns: (transfer full): a future that resolves to #GBytes, or rejects with %MTX_ERROR_INVALID (not a file's
 *   address), %MTX_ERROR_TOO_LARGE, %MTX_ERROR_NOT_FOUND or another #MtxError
 */
DexFuture *
mtx_media_download (MtxMedia   *self,
                    const char *untrusted_uri,
                    gsize       max_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *server_name = NULL;
  g_autofree char   *media_id = NULL;
  Download          *download = NULL;

  g_return_val_if_fail (MTX_IS_MEDIA (self), NULL);
  g_return_val_if_fail (untrusted_uri != NULL && max_bytes > 0, NULL);

  if (!mtx_media_parse_uri (untrusted_uri, &server_name, &media_id, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  download = g_new0 (Download, 1);
  download->media = g_object_ref (self);
  download->server_name = g_steal_pointer (&server_name);
  download->media_id = g_steal_pointer (&media_id);
  download->max_bytes = max_bytes;

  return mtx_fiber_spawn ("[media-download]", mtx_media_download_fiber, download, download_free);
}
