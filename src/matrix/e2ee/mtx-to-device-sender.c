/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sends the to-device batches that wait in the store (specification, § PUT /sendToDevice; M21). A batch
 * repeated after a lost answer carries the same id and the same bytes, so the server takes it once.
 */
#include "mtx-to-device-sender.h"

#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-http.h"
#include "mtx-room-key-store.h"
#include "mtx-to-device-store.h"
#include "mtx-turns.h"

struct _MtxToDeviceSender
{
  GObject parent_instance;

  /* owned */
  MtxHttp *http;
  MtxDb   *db;
  MtxTurns turns; /* the order of the batches is kept */
};

G_DEFINE_FINAL_TYPE (MtxToDeviceSender, mtx_to_device_sender, G_TYPE_OBJECT)

typedef struct
{
  MtxToDeviceSender *self;
  char              *room_id; /* NULL: all batches */
} Sending;

static void
sending_free (gpointer memory)
{
  Sending *sending = memory;

  g_clear_object (&sending->self);
  g_clear_pointer (&sending->room_id, g_free);
  g_free (sending);
}

static gboolean
send_batch (MtxToDeviceSender         *self,
            const MtxToDeviceBatchRow *batch,
            GError                   **error)
{
  g_autoptr (MtxRequest)   request = mtx_request_new (MTX_ENDPOINT_SEND_TO_DEVICE, batch->event_type, batch->txn_id, NULL);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GBytes)       body = NULL;
  g_autoptr (MtxReply)     reply = NULL;
  char                    *text = g_strconcat ("{\"messages\":", batch->messages, "}", NULL);

  body = g_bytes_new_take (text, strlen (text));
  mtx_request_set_bytes (request, body, "application/json");
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return FALSE;

  mtx_to_device_store_delete_batch (changes, batch->txn_id);
  if (batch->session_id != NULL)
    mtx_room_key_store_put_shares_sent (changes, batch->txn_id);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

/* What no room waits for and no server will ever take is dropped; else it would be sent for ever. */
static gboolean
give_up (MtxToDeviceSender         *self,
         const MtxToDeviceBatchRow *batch,
         GError                   **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_to_device_store_delete_batch (changes, batch->txn_id);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

static gboolean
is_final (const GError *failure)
{
  return g_error_matches (failure, MTX_ERROR, MTX_ERROR_REFUSED) || g_error_matches (failure, MTX_ERROR, MTX_ERROR_TOO_LARGE);
}

static DexFuture *
send_fiber (gpointer data)
{
  Sending              *sending = data;
  g_autoptr (GPtrArray) batches = NULL;
  g_autoptr (GError)    error = NULL;

  batches = dex_await_boxed (mtx_to_device_store_load_batches (sending->self->db), &error);
  if (batches == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < batches->len; i++)
    {
      const MtxToDeviceBatchRow *batch = g_ptr_array_index (batches, i);
      g_autoptr (GError)         failure = NULL;

      if (sending->room_id != NULL && g_strcmp0 (batch->room_id, sending->room_id) != 0)
        continue;
      if (send_batch (sending->self, batch, &failure))
        continue;

      if (batch->room_id != NULL || !is_final (failure))
        return dex_future_new_for_error (g_steal_pointer (&failure));
      if (!give_up (sending->self, batch, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_true ();
}

static void
mtx_to_device_sender_finalize (GObject *object)
{
  MtxToDeviceSender *self = MTX_TO_DEVICE_SENDER (object);

  mtx_turns_clear (&self->turns);
  g_clear_object (&self->http);
  g_clear_object (&self->db);

  G_OBJECT_CLASS (mtx_to_device_sender_parent_class)->finalize (object);
}

static void
mtx_to_device_sender_class_init (MtxToDeviceSenderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_to_device_sender_finalize;
}

static void
mtx_to_device_sender_init (MtxToDeviceSender *self)
{
}

static DexFuture *
start (MtxToDeviceSender *self,
       const char        *room_id)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->self = g_object_ref (self);
  sending->room_id = g_strdup (room_id);

  return mtx_turns_take (&self->turns, "to-device-sender", send_fiber, sending, sending_free);
}

/**
 * mtx_to_device_sender_new:
 * @http: the connection
 * @db: where the batches wait
 *
 * Returns: (transfer full): a sender
 */
MtxToDeviceSender *
mtx_to_device_sender_new (MtxHttp *http,
                          MtxDb   *db)
{
  MtxToDeviceSender *self;

  g_return_val_if_fail (MTX_IS_HTTP (http), NULL);
  g_return_val_if_fail (MTX_IS_DB (db), NULL);

  self = g_object_new (MTX_TYPE_TO_DEVICE_SENDER, NULL);
  self->http = g_object_ref (http);
  self->db = g_object_ref (db);

  return self;
}

/**
 * mtx_to_device_sender_send_for_room:
 * @self: a sender
 * @room_id: a room
 *
 * Sends the batches that this room's messages wait for, also those of an earlier run.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once the server has taken all of them; rejects with
 *   the first request's error that failed
 */
DexFuture *
mtx_to_device_sender_send_for_room (MtxToDeviceSender *self,
                                    const char        *room_id)
{
  g_return_val_if_fail (MTX_IS_TO_DEVICE_SENDER (self), NULL);
  g_return_val_if_fail (room_id != NULL, NULL);

  return start (self, room_id);
}

/**
 * mtx_to_device_sender_send_all:
 * @self: a sender
 *
 * Sends whatever waits.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing waits any more
 */
DexFuture *
mtx_to_device_sender_send_all (MtxToDeviceSender *self)
{
  g_return_val_if_fail (MTX_IS_TO_DEVICE_SENDER (self), NULL);

  return start (self, NULL);
}
