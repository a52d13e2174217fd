/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sends steps of verifications (specification, § Key verification framework).
 */
#include "mtx-verification-sender.h"

#include "mtx-backoff.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-random.h"
#include "mtx-room-crypto-info.h"
#include "mtx-room-key-sharing.h"
#include "mtx-to-device-store.h"
#include "mtx-turns.h"
#include "mtx-verification-private.h"

#define RETRY_FIRST_MS   500
#define RETRY_CEILING_MS 30000

struct _MtxVerificationSender
{
  GObject parent_instance;

  /* owned */
  MtxHttp           *http;
  MtxCryptoEngine   *engine;
  MtxRoomKeySharing *sharing;
  MtxTurns           to_devices;
  MtxTurns           to_rooms;
  DexPromise        *closed; /* resolved to end all waits */
};

G_DEFINE_FINAL_TYPE (MtxVerificationSender, mtx_verification_sender, G_TYPE_OBJECT)

typedef struct
{
  MtxVerificationSender *self;
  char                  *user_id; /* to devices */
  GStrv                  device_ids;
  MtxRoom               *room; /* to a room */
  char                  *type;
  JsonObject            *content;
} Sending;

static Sending *
sending_new (MtxVerificationSender *self,
             const char            *type,
             JsonObject            *content)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->self = g_object_ref (self);
  sending->type = g_strdup (type);
  sending->content = json_object_ref (content);

  return sending;
}

static void
sending_free (gpointer memory)
{
  Sending *sending = memory;

  g_clear_object (&sending->self);
  g_clear_pointer (&sending->user_id, g_free);
  g_clear_pointer (&sending->device_ids, g_strfreev);
  g_clear_object (&sending->room);
  g_clear_pointer (&sending->type, g_free);
  g_clear_pointer (&sending->content, json_object_unref);
  g_free (sending);
}

static char *
write_messages (Sending *sending)
{
  g_autoptr (JsonObject) messages = json_object_new ();
  JsonObject            *devices = json_object_new ();

  for (guint i = 0; sending->device_ids[i] != NULL; i++)
    json_object_set_object_member (devices, sending->device_ids[i], json_object_ref (sending->content));
  json_object_set_object_member (messages, sending->user_id, devices);

  return mtx_json_to_string (messages);
}

/* Kept on disk first, so it leaves even after a restart: at worst a cancellation that comes late. */
static DexFuture *
to_devices_fiber (gpointer data)
{
  Sending                 *sending = data;
  MtxVerificationSender   *self = sending->self;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autofree char         *messages = write_messages (sending);
  g_autoptr (GError)       error = NULL;
  g_autofree char         *txn_id = mtx_random_dup_token (&error);

  if (txn_id == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  mtx_to_device_store_put_batch (changes,
                                 &(MtxToDeviceBatchRow){
                                     .txn_id = txn_id,
                                     .event_type = sending->type,
                                     .messages = messages,
                                     .created_at = g_get_real_time () / 1000,
                                 });
  if (!dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* What does not leave now leaves after the next sync. */
  if (!dex_await (mtx_room_key_sharing_send_pending (self->sharing), &error))
    g_debug ("A step of a verification waits: %s", error->message);

  return dex_future_new_true ();
}

static JsonObject *
encrypt (Sending *sending,
         GError **error)
{
  g_autoptr (MtxRoomCryptoInfo) info = dex_await_boxed (mtx_room_dup_crypto_info (sending->room), error);

  if (info == NULL)
    return NULL;

  return dex_await_boxed (mtx_room_key_sharing_encrypt (sending->self->sharing, info, sending->type, sending->content), error);
}

static char *
put_event (Sending    *sending,
           const char *txn_id,
           JsonObject *encrypted,
           GError    **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_SEND, mtx_room_get_id (sending->room), "m.room.encrypted",
                                                    txn_id, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  const char            *event_id;

  mtx_request_set_body (request, encrypted);
  reply = dex_await_boxed (mtx_http_send (sending->self->http, request), error);
  if (reply == NULL)
    return NULL;

  event_id = mtx_json_get_string (mtx_reply_get_body (reply), "event_id");
  if (event_id == NULL)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_RETRY_LATER, "The server named no event");

  return g_strdup (event_id);
}

/* Waits before the next try, unless it is of no use. The error is then the caller's. */
static gboolean
wait_for_retry (Sending    *sending,
                MtxBackoff *backoff,
                gint64      began_us,
                GError    **error)
{
  DexPromise *closed = sending->self->closed;
  gint64      wait_ms = mtx_backoff_next (backoff, *error);

  if (!mtx_error_is_temporary (*error) || !dex_future_is_pending (DEX_FUTURE (closed))
      || (g_get_monotonic_time () - began_us) / 1000 + wait_ms > MTX_VERIFICATION_LIFE_MS)
    return FALSE;

  g_clear_error (error);

  return dex_await (dex_future_first (mtx_future_after (wait_ms), dex_ref (closed), NULL), error);
}

/* Encrypted once: a repetition under the same id has the same bytes. */
static DexFuture *
to_room_fiber (gpointer data)
{
  Sending               *sending = data;
  gint64                 began_us = g_get_monotonic_time ();
  g_autoptr (JsonObject) encrypted = NULL;
  g_autoptr (GError)     error = NULL;
  g_autofree char       *txn_id = mtx_random_dup_token (&error);
  MtxBackoff             backoff;

  mtx_backoff_init (&backoff, RETRY_FIRST_MS, RETRY_CEILING_MS);
  while (error == NULL)
    {
      g_autofree char *event_id = NULL;

      if (encrypted == NULL)
        encrypted = encrypt (sending, &error);
      if (encrypted != NULL)
        event_id = put_event (sending, txn_id, encrypted, &error);
      if (event_id != NULL)
        return dex_future_new_take_string (g_steal_pointer (&event_id));

      if (!wait_for_retry (sending, &backoff, began_us, &error))
        break;
    }

  return dex_future_new_for_error (g_steal_pointer (&error));
}

static DexFuture *
close_fiber (gpointer data)
{
  MtxVerificationSender *self = data;
  MtxTurns              *turns[] = { &self->to_devices, &self->to_rooms };

  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    {
      g_autoptr (GError) error = NULL;

      if (turns[i]->last != NULL && !dex_await (dex_ref (turns[i]->last), &error))
        g_debug ("The last step of a verification was not sent: %s", error->message);
    }

  return dex_future_new_true ();
}

static void
mtx_verification_sender_finalize (GObject *object)
{
  MtxVerificationSender *self = MTX_VERIFICATION_SENDER (object);

  mtx_turns_clear (&self->to_devices);
  mtx_turns_clear (&self->to_rooms);
  dex_clear (&self->closed);
  g_clear_object (&self->http);
  g_clear_object (&self->engine);
  g_clear_object (&self->sharing);

  G_OBJECT_CLASS (mtx_verification_sender_parent_class)->finalize (object);
}

static void
mtx_verification_sender_class_init (MtxVerificationSenderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_verification_sender_finalize;
}

static void
mtx_verification_sender_init (MtxVerificationSender *self)
{
  self->closed = dex_promise_new ();
}

/**
 * mtx_verification_sender_new:
 * @http: the connection
 * @engine: the engine
 * @sharing: encrypts for rooms, and sends what waits for devices
 *
 * Returns: (transfer full): a sender
 */
MtxVerificationSender *
mtx_verification_sender_new (MtxHttp           *http,
                             MtxCryptoEngine   *engine,
                             MtxRoomKeySharing *sharing)
{
  MtxVerificationSender *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_ROOM_KEY_SHARING (sharing), NULL);

  self = g_object_new (MTX_TYPE_VERIFICATION_SENDER, NULL);
  self->http = g_object_ref (http);
  self->engine = g_object_ref (engine);
  self->sharing = g_object_ref (sharing);

  return self;
}

/**
 * mtx_verification_sender_send_to_devices:
 * @self: a sender
 * @user_id: whose devices
 * @device_ids: (array zero-terminated=1): which
 * @type: type of the event
 * @content: its content, the same for all; not to be changed
 *
 * Sends a step to devices.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once it was tried; it is kept until it succeeds
 */
DexFuture *
mtx_verification_sender_send_to_devices (MtxVerificationSender *self,
                                         const char            *user_id,
                                         const char *const     *device_ids,
                                         const char            *type,
                                         JsonObject            *content)
{
  Sending *sending;

  g_return_val_if_fail (MTX_IS_VERIFICATION_SENDER (self), NULL);
  g_return_val_if_fail (user_id != NULL, NULL);
  g_return_val_if_fail (device_ids != NULL, NULL);

  sending = sending_new (self, type, content);
  sending->user_id = g_strdup (user_id);
  sending->device_ids = g_strdupv ((char **)device_ids);

  return mtx_turns_take (&self->to_devices, "verification-to-devices", to_devices_fiber, sending, sending_free);
}

/**
 * mtx_verification_sender_send_to_room:
 * @self: a sender
 * @room: the room; it must be encrypted
 * @type: type of the event
 * @content: its content, with its relation; not to be changed
 *
 * Encrypts a step and sends it; the relation stays outside the ciphertext (S10).
 *
 * Returns: (transfer full): a future that resolves to the event's id, or rejects with the error that no repetition
 *   cures
 */
DexFuture *
mtx_verification_sender_send_to_room (MtxVerificationSender *self,
                                      MtxRoom               *room,
                                      const char            *type,
                                      JsonObject            *content)
{
  Sending *sending;

  g_return_val_if_fail (MTX_IS_VERIFICATION_SENDER (self), NULL);
  g_return_val_if_fail (MTX_IS_ROOM (room), NULL);

  sending = sending_new (self, type, content);
  sending->room = g_object_ref (room);

  return mtx_turns_take (&self->to_rooms, "verification-to-room", to_room_fiber, sending, sending_free);
}

/**
 * mtx_verification_sender_close:
 * @self: a sender
 *
 * Ends all waits.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing runs any more
 */
DexFuture *
mtx_verification_sender_close (MtxVerificationSender *self)
{
  g_return_val_if_fail (MTX_IS_VERIFICATION_SENDER (self), NULL);

  if (dex_future_is_pending (DEX_FUTURE (self->closed)))
    dex_promise_resolve_boolean (self->closed, TRUE);

  return mtx_fiber_spawn ("verification-sender-close", close_fiber, g_object_ref (self), g_object_unref);
}
