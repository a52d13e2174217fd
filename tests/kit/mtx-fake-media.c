/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Media of the fake homeserver: what was uploaded comes back, to those who are logged in.
 */
#include "mtx-fake-homeserver-private.h"

static void
handle_upload (FakeCall *call)
{
  g_autofree char *id = _mtx_fake_next_id (call->server, "media");
  g_autofree char *uri = g_strdup_printf ("mxc://%s/%s", MTX_FAKE_SERVER_NAME, id);
  JsonObject      *body = json_object_new ();

  g_hash_table_insert (call->server->media, g_strdup_printf ("%s/%s", MTX_FAKE_SERVER_NAME, id), g_bytes_ref (call->request->bytes));
  json_object_set_string_member (body, "content_uri", uri);
  _mtx_fake_call_ok (call, body);
}

static void
handle_download (FakeCall *call)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", call->args[0], call->args[1]);
  GBytes          *bytes = g_hash_table_lookup (call->server->media, name);

  if (bytes == NULL)
    {
      _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
      return;
    }
  call->answer->status = 200;
  call->answer->bytes = g_bytes_ref (bytes);
  call->answer->content_type = g_strdup ("application/octet-stream");
}

const FakeRoute _mtx_fake_media_routes[] = {
  { "POST", "/_matrix/media/v3/upload", FALSE, handle_upload },
  { "GET", "/_matrix/client/v1/media/download/*/*", FALSE, handle_download },
  { "GET", "/_matrix/media/v3/download/*/*", TRUE, handle_download },
  { NULL, NULL, FALSE, NULL },
};
