/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server as witness that this store is not an old copy (threat 101). At every start but the first it gets a
 * number that was never used, and has to show the one of the start before: a keyring can be put back together with
 * its store, the server cannot. Nothing is encrypted before that is clear.
 */
#include "mtx-session-private.h"

#include "mtx-change-set.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-random.h"
#include "mtx-session-store.h"

#define TYPE_PREFIX "io.github.wallet_support.device."
#define MEMBER      "generation"

/* In a fiber. What the server saw last of this device; NULL if nothing. */
static gboolean
fetch (MtxSession *self,
       const char *type,
       char      **seen,
       GError    **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA, self->user_id, type, NULL);
  g_autoptr (GError)     failure = NULL;
  g_autoptr (MtxReply)   reply = dex_await_boxed (mtx_http_send (self->http, request), &failure);

  *seen = NULL;
  if (reply != NULL)
    *seen = g_strdup (mtx_json_get_string (mtx_reply_get_body (reply), MEMBER));
  else if (!g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return TRUE;
}

/* In a fiber. The number of the start before counts as well: the server may not have got the last. */
static gboolean
is_known (MtxSession *self,
          const char *seen,
          gboolean   *is_ours,
          GError    **error)
{
  static const char *const settings[] = { MTX_SETTING_WITNESS, MTX_SETTING_WITNESS_BEFORE };

  *is_ours = seen == NULL;
  for (guint i = 0; i < G_N_ELEMENTS (settings) && !*is_ours; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autofree char   *stored = dex_await_string (mtx_session_store_load_setting (self->db, settings[i]), &failure);

      if (stored == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      *is_ours = g_strcmp0 (stored, seen) == 0;
    }

  return TRUE;
}

/* In a fiber. The store knows the next number before the server does. */
static gboolean
move_on (MtxSession *self,
         const char *type,
         const char *seen,
         GError    **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (MtxRequest)   request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA_PUT, self->user_id, type, NULL);
  g_autoptr (JsonObject)   content = json_object_new ();
  g_autoptr (MtxReply)     reply = NULL;
  g_autofree char         *next = mtx_random_dup_token (error);

  if (next == NULL)
    return FALSE;
  mtx_session_store_put_setting (changes, MTX_SETTING_WITNESS_BEFORE, seen);
  mtx_session_store_put_setting (changes, MTX_SETTING_WITNESS, next);
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  json_object_set_string_member (content, MEMBER, next);
  mtx_request_set_body (request, content);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);

  return reply != NULL;
}

static DexFuture *
witness_fiber (gpointer data)
{
  MtxSession        *self = data;
  g_autofree char   *type = g_strconcat (TYPE_PREFIX, self->device_id, NULL);
  g_autofree char   *seen = NULL;
  gboolean           is_ours = FALSE;
  g_autoptr (GError) error = NULL;

  if (!fetch (self, type, &seen, &error) || !is_known (self, seen, &is_ours, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (!is_ours)
    {
      g_info ("The server has seen a later state of this device");
      _mtx_session_lose_device (self, MTX_SESSION_DEVICE_COPIED);
      return dex_future_new_reject (MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN, "Somebody else uses this device");
    }
  if (!move_on (self, type, seen, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/* A MtxEncryptionGuard: asked once in a run, and again after it failed. A device that was made in this run cannot
 * have a copy that is ahead of it. */
DexFuture *
_mtx_session_witness (gpointer data)
{
  MtxSession *self = data;

  if (self->is_device_new)
    return dex_future_new_true ();
  if (self->witness == NULL || dex_future_is_rejected (self->witness))
    {
      dex_clear (&self->witness);
      self->witness = mtx_fiber_spawn ("[session-witness]", witness_fiber, g_object_ref (self), g_object_unref);
    }

  return dex_ref (self->witness);
}
