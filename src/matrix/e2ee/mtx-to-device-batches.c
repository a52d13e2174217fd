/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests to `/sendToDevice` in the making. Any thread, one at a time.
 */
#include "mtx-to-device-batches.h"

#include "mtx-json.h"
#include "mtx-random.h"
#include "mtx-to-device-store.h"

struct _MtxToDeviceBatches
{
  char         *event_type;
  char         *room_id;    /* or NULL: no room's messages wait for them */
  char         *session_id; /* or NULL */
  MtxChangeSet *changes;

  /* The batch that is open, or NULL. */
  char       *txn_id;
  JsonObject *messages; /* user → device → content */
  guint       n_recipients;
};

/**
 * mtx_to_device_batches_new:
 * @event_type: type of the events
 * @room_id: (nullable): the room whose messages wait for them
 * @session_id: (nullable): the room key in them
 * @changes: where the batches are put: the change set with the ratchets they were made with
 *
 * Returns: (transfer full): no batch yet
 */
MtxToDeviceBatches *
mtx_to_device_batches_new (const char   *event_type,
                           const char   *room_id,
                           const char   *session_id,
                           MtxChangeSet *changes)
{
  MtxToDeviceBatches *self;

  g_return_val_if_fail (event_type != NULL, NULL);
  g_return_val_if_fail (changes != NULL, NULL);

  self = g_new0 (MtxToDeviceBatches, 1);
  self->event_type = g_strdup (event_type);
  self->room_id = g_strdup (room_id);
  self->session_id = g_strdup (session_id);
  self->changes = mtx_change_set_ref (changes);

  return self;
}

/**
 * mtx_to_device_batches_free:
 * @self: (transfer full): batches
 *
 * Frees them. What was not closed is not in the change set.
 */
void
mtx_to_device_batches_free (MtxToDeviceBatches *self)
{
  g_clear_pointer (&self->event_type, g_free);
  g_clear_pointer (&self->room_id, g_free);
  g_clear_pointer (&self->session_id, g_free);
  g_clear_pointer (&self->changes, mtx_change_set_unref);
  g_clear_pointer (&self->txn_id, g_free);
  g_clear_pointer (&self->messages, json_object_unref);
  g_free (self);
}

/**
 * mtx_to_device_batches_add:
 * @self: batches
 * @device: who gets it
 * @content: what; not changed any more
 * @error: return location for an error
 *
 * Adds a message. A batch that is full is put first.
 *
 * Returns: (nullable): the transaction id of the batch it is in, until the next call; %NULL if the system has no
 *   randomness
 */
const char *
mtx_to_device_batches_add (MtxToDeviceBatches *self,
                           const MtxDeviceRow *device,
                           JsonObject         *content,
                           GError            **error)
{
  JsonObject *devices;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (device != NULL, NULL);
  g_return_val_if_fail (content != NULL, NULL);

  if (self->n_recipients >= MTX_TO_DEVICE_BATCH_MAX_RECIPIENTS)
    mtx_to_device_batches_close (self);
  if (self->messages == NULL)
    {
      self->txn_id = mtx_random_dup_token (error);
      if (self->txn_id == NULL)
        return NULL;
      self->messages = json_object_new ();
    }

  devices = mtx_json_get_object (self->messages, device->user_id);
  if (devices == NULL)
    {
      devices = json_object_new ();
      json_object_set_object_member (self->messages, device->user_id, devices);
    }
  json_object_set_object_member (devices, device->device_id, json_object_ref (content));
  self->n_recipients++;

  return self->txn_id;
}

/**
 * mtx_to_device_batches_close:
 * @self: batches
 *
 * Puts the batch that is open, if there is one.
 */
void
mtx_to_device_batches_close (MtxToDeviceBatches *self)
{
  g_autofree char *text = NULL;

  g_return_if_fail (self != NULL);

  if (self->messages == NULL)
    return;

  text = mtx_json_to_string (self->messages);
  mtx_to_device_store_put_batch (self->changes,
                                 &(MtxToDeviceBatchRow){
                                     .txn_id = self->txn_id,
                                     .event_type = self->event_type,
                                     .messages = text,
                                     .room_id = self->room_id,
                                     .session_id = self->session_id,
                                     .created_at = g_get_real_time () / 1000,
                                 });
  g_clear_pointer (&self->txn_id, g_free);
  g_clear_pointer (&self->messages, json_object_unref);
  self->n_recipients = 0;
}
