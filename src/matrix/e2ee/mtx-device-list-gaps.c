/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Gaps in what we know of device lists (specification, § GET /keys/changes). A gap is in the store from the sync
 * that made it until its changes are, so a kill in between asks again (H9).
 */
#include "mtx-device-list-gaps.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-device-trouble-store.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-sync-response.h"

/* A hundred thousand names (MTX_SYNC_MAX_DEVICE_USERS). */
#define CHANGES_MAX_REPLY_BYTES (16 * 1024 * 1024)

static GStrv
read_users (JsonObject *untrusted,
            const char *member)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray               *users = mtx_json_get_array (untrusted, member);
  guint                    n_users = users != NULL ? MIN (json_array_get_length (users), MTX_SYNC_MAX_DEVICE_USERS) : 0;

  for (guint i = 0; i < n_users; i++)
    {
      const char *user_id = mtx_json_array_string (users, i);

      if (user_id != NULL)
        g_strv_builder_add (builder, user_id);
    }

  return g_strv_builder_end (builder);
}

/* What no repetition cures: the server knows the first token no more, or has no such endpoint. */
static gboolean
is_final (const GError *error)
{
  static const MtxError codes[] = { MTX_ERROR_REFUSED, MTX_ERROR_INVALID, MTX_ERROR_NOT_FOUND, MTX_ERROR_UNSUPPORTED };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, MTX_ERROR, (int)codes[i]))
      return TRUE;

  return FALSE;
}

static gboolean
close_gap (MtxHttp                   *http,
           MtxCryptoEngine           *engine,
           const MtxDeviceListGapRow *gap,
           GError                   **error)
{
  g_autoptr (MtxRequest)   request = mtx_request_new (MTX_ENDPOINT_KEYS_CHANGES, NULL);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  MtxTrackedUsers         *tracked = _mtx_crypto_engine_get_tracked (engine);
  g_autoptr (MtxReply)     reply = NULL;
  g_autoptr (GError)       failure = NULL;

  mtx_request_add_query (request, "from", gap->from_token);
  mtx_request_add_query (request, "to", gap->to_token);
  mtx_request_set_max_reply (request, CHANGES_MAX_REPLY_BYTES);
  reply = dex_await_boxed (mtx_http_send (http, request), &failure);

  if (reply != NULL)
    {
      g_auto (GStrv) changed = read_users (mtx_reply_get_body (reply), "changed");
      g_auto (GStrv) left = read_users (mtx_reply_get_body (reply), "left");

      mtx_tracked_users_mark_changed (tracked, (const char *const *)changed, changes);
      mtx_tracked_users_mark_left (tracked, (const char *const *)left, changes);
    }
  else if (is_final (failure))
    {
      mtx_tracked_users_mark_all (tracked, changes);
    }
  else
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  mtx_device_trouble_store_delete_gap (changes, gap->from_token);

  return dex_await (mtx_db_commit (mtx_crypto_engine_get_db (engine), changes), error);
}

/**
 * mtx_device_list_gaps_close:
 * @http: the connection
 * @engine: the engine, which knows who is followed
 * @error: return location for an error
 *
 * Asks about all gaps there are, and makes the lists of those who changed out of date. Where the server cannot say,
 * all lists are. To be awaited in a fiber, before any list counts as up to date.
 *
 * Returns: %FALSE if the network or the store failed
 */
gboolean
mtx_device_list_gaps_close (MtxHttp         *http,
                            MtxCryptoEngine *engine,
                            GError         **error)
{
  g_autoptr (GPtrArray) gaps = NULL;

  gaps = dex_await_boxed (mtx_device_trouble_store_load_gaps (mtx_crypto_engine_get_db (engine)), error);
  if (gaps == NULL)
    return FALSE;

  for (guint i = 0; i < gaps->len; i++)
    if (!close_gap (http, engine, g_ptr_array_index (gaps, i), error))
      return FALSE;

  return TRUE;
}
