/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads this device's public keys and keeps the server supplied with one-time keys (specification,
 * § POST /keys/upload).
 */
#include "mtx-key-publisher.h"

#include "mtx-crypto-engine-private.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-turns.h"

/* The server should have as many; fewer, and more are made (M10). */
#define ONE_TIME_KEYS_WANTED 50

/* An old fallback key is dropped when its time has come, whether or not the server lacks anything (M12). */
#define LOOK_AGAIN_US (10 * 60 * G_USEC_PER_SEC)

struct _MtxKeyPublisher
{
  GObject parent_instance;

  /* owned */
  MtxHttp         *http;
  MtxCryptoEngine *engine;
  MtxTurns         turns; /* one upload at a time: what was sent is what is confirmed */

  /* state */
  gboolean is_pending_checked; /* what an earlier run left unconfirmed was uploaded */
  gint64   looked_at;          /* when the engine was asked for what is to be done: monotonic, microseconds */
};

enum
{
  CONFLICT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MtxKeyPublisher, mtx_key_publisher, G_TYPE_OBJECT)

static void
note_counts (MtxKeyPublisher *self,
             JsonObject      *untrusted_reply,
             JsonObject      *sent)
{
  JsonObject *counts = mtx_json_get_object (untrusted_reply, "one_time_key_counts");
  gint64      count = 0;
  gint64      unused;
  gboolean    is_fallback_used;

  mtx_json_get_int (counts, "signed_curve25519", &count);
  _mtx_crypto_engine_get_server_keys (self->engine, &unused, &is_fallback_used);
  if (json_object_has_member (sent, "fallback_keys"))
    is_fallback_used = FALSE;

  _mtx_crypto_engine_note_server_keys (self->engine, count, is_fallback_used);
}

/* What we upload is well-formed and small, so this is all a server can have against it (specification, § POST
 * /keys/upload; M11). Keys that were uploaded before and not confirmed come again unchanged, which it accepts. */
static gboolean
is_conflict (JsonObject   *body,
             const GError *failure)
{
  return json_object_has_member (body, "one_time_keys")
         && (g_error_matches (failure, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (failure, MTX_ERROR, MTX_ERROR_INVALID));
}

static gboolean
upload (MtxKeyPublisher     *self,
        const MtxUploadNeed *need,
        GError             **error)
{
  g_autoptr (JsonObject) body = NULL;
  g_autoptr (MtxRequest) request = NULL;
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     failure = NULL;

  body = dex_await_boxed (_mtx_crypto_engine_prepare_upload (self->engine, need), error);
  if (body == NULL)
    return FALSE;
  if (json_object_get_size (body) == 0)
    return TRUE;

  request = mtx_request_new (MTX_ENDPOINT_KEYS_UPLOAD, NULL);
  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), &failure);
  if (reply == NULL)
    {
      if (is_conflict (body, failure))
        g_signal_emit (self, signals[CONFLICT], 0);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  if (!dex_await (_mtx_crypto_engine_confirm_upload (self->engine, body), error))
    return FALSE;
  note_counts (self, mtx_reply_get_body (reply), body);

  return TRUE;
}

static DexFuture *
publish_fiber (gpointer data)
{
  MtxKeyPublisher   *self = data;
  MtxUploadNeed      need = { .device_keys = TRUE };
  g_autoptr (GError) error = NULL;

  if (!upload (self, &need, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  self->is_pending_checked = TRUE;

  return dex_future_new_true ();
}

/* An upload that was confirmed to nobody is finished first; it may be all that is needed. */
static DexFuture *
top_up_fiber (gpointer data)
{
  MtxKeyPublisher   *self = data;
  g_autoptr (GError) error = NULL;

  for (guint round = 0; round < 2; round++)
    {
      MtxUploadNeed need = { 0 };

      if (!_mtx_crypto_engine_get_server_keys (self->engine, &need.one_time_keys, &need.is_fallback_used))
        break;
      if (self->is_pending_checked && need.one_time_keys >= ONE_TIME_KEYS_WANTED && !need.is_fallback_used
          && g_get_monotonic_time () - self->looked_at < LOOK_AGAIN_US)
        break;

      self->looked_at = g_get_monotonic_time ();
      if (!upload (self, &need, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));

      if (self->is_pending_checked)
        break;
      self->is_pending_checked = TRUE;
    }

  return dex_future_new_true ();
}

static void
mtx_key_publisher_finalize (GObject *object)
{
  MtxKeyPublisher *self = MTX_KEY_PUBLISHER (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (mtx_key_publisher_parent_class)->finalize (object);
}

static void
mtx_key_publisher_class_init (MtxKeyPublisherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_key_publisher_finalize;

  /**
   * MtxKeyPublisher::conflict:
   * @self: a publisher
   *
   * The server has other one-time keys under the names of ours: somebody else acts as this device (threat 101).
   */
  signals[CONFLICT] = g_signal_new ("conflict", MTX_TYPE_KEY_PUBLISHER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mtx_key_publisher_init (MtxKeyPublisher *self)
{
}

/**
 * mtx_key_publisher_new:
 * @http: the connection
 * @engine: the engine, which makes and keeps the keys
 *
 * Returns: (transfer full): a publisher
 */
MtxKeyPublisher *
mtx_key_publisher_new (MtxHttp         *http,
                       MtxCryptoEngine *engine)
{
  MtxKeyPublisher *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);

  self = g_object_new (MTX_TYPE_KEY_PUBLISHER, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);

  return self;
}

/**
 * mtx_key_publisher_publish_device:
 * @self: a publisher
 *
 * Uploads the device keys, already signed by the self-signing key, with one-time keys and a fallback key
 * (M9, M12, M14). After a kill the same set goes up again (M11).
 *
 * Returns: (transfer full): a future that resolves to %TRUE once the server has them and the store knows
 */
DexFuture *
mtx_key_publisher_publish_device (MtxKeyPublisher *self)
{
  g_return_val_if_fail (MTX_IS_KEY_PUBLISHER (self), NULL);

  return mtx_turns_take (&self->turns, "publish-device", publish_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_key_publisher_top_up:
 * @self: a publisher
 *
 * Uploads what the last sync said is missing: one-time keys up to 50, and another fallback key once the one
 * there was used.
 *
 * Returns: (transfer full): a future that resolves to %TRUE if nothing is missing any more
 */
DexFuture *
mtx_key_publisher_top_up (MtxKeyPublisher *self)
{
  g_return_val_if_fail (MTX_IS_KEY_PUBLISHER (self), NULL);

  return mtx_turns_take (&self->turns, "top-up-keys", top_up_fiber, g_object_ref (self), g_object_unref);
}
