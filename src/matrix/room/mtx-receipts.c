/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sends read markers (specification, § Receipts).
 */
#include "mtx-receipts.h"

#include "mtx-endpoints.h"
#include "mtx-http.h"

/**
 * mtx_receipts_send_read:
 * @http: the account's server
 * @room: a room
 * @event_id: the newest message the user has seen
 *
 * Tells the room how far the user has read, outside of all threads (S11).
 *
 * Returns: (transfer full): a future that resolves when the server knows; rejects as mtx_http_send() does
 */
DexFuture *
mtx_receipts_send_read (MtxHttp    *http,
                        MtxRoom    *room,
                        const char *event_id)
{
  g_autoptr (MtxRequest) request = NULL;
  g_autoptr (JsonObject) body = json_object_new ();

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_ROOM (room), NULL);
  g_return_val_if_fail (event_id != NULL, NULL);

  request = mtx_request_new (MTX_ENDPOINT_RECEIPT, mtx_room_get_id (room), "m.read", event_id, NULL);
  json_object_set_string_member (body, "thread_id", "main");
  mtx_request_set_body (request, body);

  return mtx_http_send (http, request);
}
