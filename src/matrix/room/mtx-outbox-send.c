/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one sender of an outbox: oldest first, one at a time. What leaves is the ciphertext that was put on disk
 * first, always under the same transaction id; and with the event id in hand one transaction turns the entry into
 * an event. So a kill at any instruction loses nothing and sends nothing twice (product.md rule 3). There is no
 * other way out: what cannot be encrypted stays (rule 1).
 */
#include "mtx-outbox-private.h"

#include "mtx-change-set.h"
#include "mtx-db.h"
#include "mtx-encryption.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-row.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-room-crypto-info.h"
#include "mtx-room.h"

#define ENCRYPTED_TYPE "m.room.encrypted"

/* The entry whose turn it is. One that failed waits for the user and holds up nobody. */
static MtxOutboxEntry *
next_entry (MtxOutbox *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      MtxOutboxEntry *entry = g_ptr_array_index (self->entries, i);

      if (mtx_timeline_item_get_send_state (entry->item) != MTX_SEND_STATE_FAILED)
        return entry;
    }

  return NULL;
}

static JsonObject *
parse_json (const char *text)
{
  MtxJsonLimits limits = { .max_bytes = MTX_OUTBOX_MAX_ENTRY_BYTES, .max_depth = MTX_JSON_MAX_DEPTH };
  JsonObject   *object = mtx_json_parse_object (text, -1, &limits, NULL);

  return object != NULL ? object : json_object_new ();
}

/* Gives the entry called @txn_id a ciphertext, on disk before it is used. Looks the entry up again after every
 * wait: a sync may have brought its event, or the user may have deleted it. */
static gboolean
encrypt_entry (MtxOutbox  *self,
               const char *txn_id,
               GError    **error)
{
  g_autoptr (MtxRoomCryptoInfo) info = dex_await_boxed (mtx_room_dup_crypto_info (self->room), error);
  MtxOutboxEntry               *entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  g_autoptr (MtxChangeSet)      changes = mtx_change_set_new ();
  g_autoptr (JsonObject)        content = NULL;
  g_autoptr (JsonObject)        encrypted = NULL;
  g_autofree char              *text = NULL;

  if (info == NULL)
    return FALSE;
  if (entry == NULL)
    return TRUE;

  content = parse_json (entry->content);
  encrypted = dex_await_boxed (mtx_encryption_encrypt (self->encryption, info, MTX_OUTBOX_MESSAGE_TYPE, content), error);
  if (encrypted == NULL)
    return FALSE;

  text = mtx_json_to_string (encrypted);
  mtx_outbox_store_put_encrypted (changes, txn_id, text, mtx_json_get_string (encrypted, "session_id"));
  mtx_outbox_store_put_room (changes, self->conversation, mtx_room_get_id (self->room));
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  if (entry != NULL)
    {
      g_set_str (&entry->encrypted, text);
      g_set_str (&entry->room_id, mtx_room_get_id (self->room));
    }

  return TRUE;
}

/* A ciphertext that waited was made for those who were in the room then. If somebody has gone since, it is made
 * again; if somebody's identity has changed, it waits (M24, M37). The id stays, so the server still takes one. */
static gboolean
check_entry (MtxOutbox  *self,
             const char *txn_id,
             GError    **error)
{
  g_autoptr (MtxRoomCryptoInfo) info = dex_await_boxed (mtx_room_dup_crypto_info (self->room), error);
  MtxOutboxEntry               *entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  g_autoptr (JsonObject)        encrypted = NULL;
  g_autoptr (GError)            failure = NULL;
  const char                   *session_id = NULL;
  gboolean                      is_current;

  if (info == NULL)
    return FALSE;
  if (entry == NULL)
    return TRUE;

  encrypted = parse_json (entry->encrypted);
  session_id = mtx_json_get_string (encrypted, "session_id");
  is_current = session_id != NULL && dex_await_boolean (mtx_encryption_check (self->encryption, info, session_id), &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  if (entry != NULL && !is_current)
    g_clear_pointer (&entry->encrypted, g_free);

  return TRUE;
}

static char *
put_event (MtxOutbox      *self,
           MtxOutboxEntry *entry,
           GError        **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_SEND, mtx_room_get_id (self->room), ENCRYPTED_TYPE,
                                                    mtx_timeline_item_get_transaction_id (entry->item), NULL);
  g_autoptr (JsonObject) body = parse_json (entry->encrypted);
  g_autoptr (MtxReply)   reply = NULL;
  const char            *event_id = NULL;

  mtx_request_set_body (request, body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return NULL;

  event_id = mtx_json_get_string (mtx_reply_get_body (reply), "event_id");
  if (event_id == NULL || *event_id == '\0')
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_RETRY_LATER, "The server named no event");
      return NULL;
    }

  return g_strdup (event_id);
}

static void
append_row (const MtxEventRow *row,
            gpointer           data)
{
  mtx_event_store_append (data, row);
}

/* One transaction takes the entry away and stores the event it has become. */
static gboolean
finish_entry (MtxOutbox  *self,
              const char *txn_id,
              const char *event_id,
              GError    **error)
{
  MtxOutboxEntry          *entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (JsonObject)   content = NULL;
  g_autoptr (MtxEvent)     event = NULL;

  if (entry == NULL)
    return TRUE; /* a sync has brought the event, and stored it */

  content = parse_json (entry->content);
  event = mtx_event_new_own (mtx_room_get_id (self->room), event_id, mtx_room_get_own_user_id (self->room), MTX_OUTBOX_MESSAGE_TYPE,
                             content, txn_id, mtx_timeline_item_get_timestamp_ms (entry->item));
  mtx_event_to_row (event, TRUE, append_row, changes);
  mtx_outbox_store_delete (changes, txn_id);
  if (!dex_await (mtx_db_commit (self->db, changes), error))
    return FALSE;

  _mtx_outbox_emit_sent (self, txn_id, event);

  return TRUE;
}

static gboolean
send_entry (MtxOutbox  *self,
            const char *txn_id,
            GError    **error)
{
  MtxOutboxEntry  *entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  g_autofree char *event_id = NULL;

  /* A ciphertext for another room is none. */
  if (entry->encrypted != NULL && g_strcmp0 (entry->room_id, mtx_room_get_id (self->room)) != 0)
    g_clear_pointer (&entry->encrypted, g_free);

  if (entry->encrypted != NULL)
    {
      if (!check_entry (self, txn_id, error))
        return FALSE;
      entry = _mtx_outbox_find_entry (self, txn_id, NULL);
      if (entry == NULL)
        return TRUE;
    }
  if (entry->encrypted == NULL)
    {
      if (!encrypt_entry (self, txn_id, error))
        return FALSE;
      entry = _mtx_outbox_find_entry (self, txn_id, NULL);
      if (entry == NULL)
        return TRUE;
    }

  event_id = put_event (self, entry, error);

  return event_id != NULL && finish_entry (self, txn_id, event_id, error);
}

/* Whether a later try can succeed without the user doing something about this message. */
static gboolean
is_worth_waiting (const GError *error)
{
  static const MtxError refusals[] = {
    MTX_ERROR_REFUSED,
    MTX_ERROR_NOT_FOUND,
    MTX_ERROR_UNSUPPORTED,
    MTX_ERROR_TOO_LARGE,
    MTX_ERROR_INVALID,
    MTX_ERROR_NOT_ENCRYPTED,
    MTX_ERROR_UNTRUSTED,
    MTX_ERROR_FAILED,
  };

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (g_error_matches (error, MTX_ERROR, (int)refusals[i]))
      return FALSE;

  return TRUE;
}

/* No try can succeed before the session has done something, or a person has decided about an identity; whoever did
 * wakes us then. */
static gboolean
needs_somebody_else (const GError *error)
{
  static const MtxError codes[] = {
    MTX_ERROR_LOG_IN_AGAIN,
    MTX_ERROR_SOFT_LOGOUT,
    MTX_ERROR_CLOSED,
    MTX_ERROR_NEED_DECISION,
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, MTX_ERROR, (int)codes[i]))
      return TRUE;

  return FALSE;
}

static void
fail_entry (MtxOutbox    *self,
            const char   *txn_id,
            const GError *reason)
{
  g_autoptr (GError) error = NULL;
  int                code = reason->domain == MTX_ERROR ? reason->code : MTX_ERROR_FAILED;
  MtxOutboxEntry    *entry = NULL;

  /* If even that cannot be stored, the message is tried again after a restart, which is right as well. */
  if (!_mtx_outbox_put_state (self, txn_id, MTX_OUTBOX_FAILED, code, &error))
    g_info ("could not note that a message failed: %s", error->message);

  entry = _mtx_outbox_find_entry (self, txn_id, NULL);
  if (entry != NULL)
    mtx_timeline_item_set_send_state (entry->item, MTX_SEND_STATE_FAILED, code);
}

/* Rests until somebody calls wake, or until @wait_ms have passed; 0 means for good. */
static void
rest (MtxOutbox *self,
      gint64     wait_ms)
{
  DexFuture *woken = dex_ref (DEX_FUTURE (self->wake));

  if (self->closed)
    {
      dex_unref (woken);
      return;
    }

  /* Both outcomes mean the same: look again. */
  if (wait_ms > 0)
    dex_await (dex_future_first (woken, mtx_future_after (wait_ms), NULL), NULL);
  else
    dex_await (woken, NULL);

  if (!dex_future_is_pending (DEX_FUTURE (self->wake)))
    {
      dex_unref (self->wake);
      self->wake = dex_promise_new ();
    }
}

static DexFuture *
sender_fiber (gpointer data)
{
  MtxOutbox *self = data;

  while (!self->closed)
    {
      MtxOutboxEntry    *entry = mtx_room_get_membership (self->room) == MTX_MEMBERSHIP_JOIN ? next_entry (self) : NULL;
      g_autofree char   *txn_id = NULL;
      g_autoptr (GError) error = NULL;

      if (entry == NULL)
        {
          rest (self, 0);
          continue;
        }

      txn_id = g_strdup (mtx_timeline_item_get_transaction_id (entry->item));
      mtx_timeline_item_set_send_state (entry->item, MTX_SEND_STATE_SENDING, 0);
      if (send_entry (self, txn_id, &error))
        {
          mtx_backoff_reset (&self->backoff);
          continue;
        }

      g_debug ("a message was not sent: %s", error->message);
      if (!is_worth_waiting (error))
        {
          fail_entry (self, txn_id, error);
          continue;
        }

      entry = _mtx_outbox_find_entry (self, txn_id, NULL);
      if (entry != NULL)
        mtx_timeline_item_set_send_state (entry->item, MTX_SEND_STATE_QUEUED, 0);
      rest (self, needs_somebody_else (error) ? 0 : mtx_backoff_next (&self->backoff, error));
    }

  return dex_future_new_true ();
}

/**
 * _mtx_outbox_run_sender:
 * @self: a bound outbox
 *
 * Returns: (transfer full): a future that resolves when the outbox was closed and nothing is under way any more
 */
DexFuture *
_mtx_outbox_run_sender (MtxOutbox *self)
{
  return mtx_fiber_spawn ("mtx-outbox-sender", sender_fiber, g_object_ref (self), g_object_unref);
}
