/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a sync brought for timelines, as writes. There may be thousands, so they are prepared in a thread and
 * only handed over on the main one.
 */
#include "mtx-room-list-private.h"

#include "mtx-event-row.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-outbox-store.h"
#include "mtx-room-private.h"

typedef struct
{
  MtxSyncResponse *response;
  GHashTable      *encrypted_rooms; /* room ids */
  char            *own_user_id;
  MtxChangeSet    *changes; /* the job's own, until it is done */
} WriteJob;

typedef struct
{
  DexFuture    *written;
  MtxChangeSet *changes;
} MergeJob;

static void
write_job_free (gpointer data)
{
  WriteJob *job = data;

  g_clear_pointer (&job->response, mtx_sync_response_unref);
  g_clear_pointer (&job->encrypted_rooms, g_hash_table_unref);
  g_free (job->own_user_id);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
  g_free (job);
}

static void
merge_job_free (gpointer data)
{
  MergeJob *job = data;

  dex_clear (&job->written);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
  g_free (job);
}

static void
append_row (const MtxEventRow *row,
            gpointer           data)
{
  mtx_event_store_append (data, row);
}

static void
update_row (const MtxEventRow *row,
            gpointer           data)
{
  mtx_event_store_update (data, row);
}

static void
mark_plaintext (GPtrArray *timeline)
{
  for (guint i = 0; i < timeline->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (timeline, i);

      if (!_mtx_event_is_plaintext_message (event))
        continue;
      g_ptr_array_index (timeline, i) = mtx_event_new_with_shield (event, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);
      mtx_event_unref (event);
    }
}

/* The newest marker of anybody else, in no thread or in the main one. */
static void
write_receipts (WriteJob    *job,
                MtxSyncRoom *room)
{
  MtxSyncReceipt        *newest = NULL;
  g_autoptr (JsonObject) marker = NULL;
  g_autofree char       *text = NULL;

  for (guint i = 0; i < room->receipts->len; i++)
    {
      MtxSyncReceipt *receipt = g_ptr_array_index (room->receipts, i);

      if (g_str_equal (receipt->user_id, job->own_user_id) || (receipt->thread_id != NULL && !g_str_equal (receipt->thread_id, "main")))
        continue;
      if (newest == NULL || receipt->timestamp_ms >= newest->timestamp_ms)
        newest = receipt;
    }

  if (newest == NULL)
    return;

  marker = json_object_new ();
  json_object_set_string_member (marker, "event_id", newest->event_id);
  text = mtx_json_to_string (marker);
  mtx_room_store_put_account_data (job->changes, room->room_id, MTX_ROOM_DATA_READ_MARKER, text);
}

static void
write_members (WriteJob    *job,
               MtxSyncRoom *room)
{
  for (guint i = 0; i < room->state->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (room->state, i);

      if (mtx_event_get_kind (event) == MTX_EVENT_KIND_MEMBER)
        _mtx_room_put_member (job->changes, event);
    }
}

static void
write_timeline (WriteJob    *job,
                MtxSyncRoom *room)
{
  if (g_hash_table_contains (job->encrypted_rooms, room->room_id))
    mark_plaintext (room->timeline);

  if (room->limited && room->prev_batch != NULL)
    mtx_event_store_append_gap (job->changes, room->room_id, room->prev_batch);

  for (guint i = 0; i < room->timeline->len; i++)
    {
      MtxEvent   *event = g_ptr_array_index (room->timeline, i);
      const char *transaction_id = mtx_event_get_transaction_id (event);

      mtx_event_to_row (event, FALSE, append_row, job->changes);

      if (mtx_event_get_redacts (event) != NULL)
        mtx_event_store_redact (job->changes, room->room_id, mtx_event_get_redacts (event));

      /* Ours has arrived, whether or not we saw the answer to our request. */
      if (transaction_id != NULL && g_str_equal (mtx_event_get_sender (event), job->own_user_id))
        mtx_outbox_store_delete (job->changes, transaction_id);
    }
}

static DexFuture *
write_thread (gpointer data)
{
  WriteJob *job = data;

  for (guint i = 0; i < job->response->rooms->len; i++)
    {
      MtxSyncRoom *room = g_ptr_array_index (job->response->rooms, i);

      if (room->section != MTX_SYNC_JOINED && room->section != MTX_SYNC_LEFT)
        continue;
      write_members (job, room);
      write_timeline (job, room);
      write_receipts (job, room);
    }

  for (guint i = 0; i < job->response->healed->len; i++)
    mtx_event_to_row (g_ptr_array_index (job->response->healed, i), FALSE, update_row, job->changes);

  return dex_future_new_take_boxed (MTX_TYPE_CHANGE_SET, mtx_change_set_ref (job->changes));
}

static DexFuture *
merge_fiber (gpointer data)
{
  MergeJob                *job = data;
  g_autoptr (GError)       error = NULL;
  g_autoptr (MtxChangeSet) written = dex_await_boxed (g_steal_pointer (&job->written), &error);

  if (written == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  mtx_change_set_merge (job->changes, written);

  return dex_future_new_true ();
}

/**
 * _mtx_room_list_write_events:
 * @response: a sync; in encrypted rooms its plaintext messages are replaced by marked ones
 * @encrypted_rooms: (transfer none): a set of room ids, not changed any more
 * @own_user_id: our user id
 * @changes: where the writes are added
 *
 * Adds members, gaps, events, redactions, read markers, and what could be decrypted late; takes out of the outbox what
 * has arrived.
 *
 * Returns: (transfer full): a future that resolves when all is in @changes
 */
DexFuture *
_mtx_room_list_write_events (MtxSyncResponse *response,
                             GHashTable      *encrypted_rooms,
                             const char      *own_user_id,
                             MtxChangeSet    *changes)
{
  WriteJob *job = g_new0 (WriteJob, 1);
  MergeJob *merge = g_new0 (MergeJob, 1);

  job->response = mtx_sync_response_ref (response);
  job->encrypted_rooms = g_hash_table_ref (encrypted_rooms);
  job->own_user_id = g_strdup (own_user_id);
  job->changes = mtx_change_set_new ();

  merge->written = mtx_thread_run ("mtx-sync-rows", write_thread, job, write_job_free);
  merge->changes = mtx_change_set_ref (changes);

  return mtx_fiber_spawn ("mtx-sync-rows", merge_fiber, merge, merge_job_free);
}
