/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue of a conversation as a list. An entry is on disk before anybody sees it.
 */
#include "mtx-outbox-private.h"

#include "mtx-change-set.h"
#include "mtx-db.h"
#include "mtx-encryption.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-random.h"
#include "mtx-room.h"

#define FIRST_WAIT_MS   1000
#define LONGEST_WAIT_MS 30000

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxOutbox, mtx_outbox, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

enum
{
  SENT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
entry_free (gpointer data)
{
  MtxOutboxEntry *entry = data;

  g_clear_object (&entry->item);
  g_free (entry->room_id);
  g_free (entry->content);
  g_free (entry->encrypted);
  g_free (entry);
}

static const char *
entry_txn_id (MtxOutboxEntry *entry)
{
  return mtx_timeline_item_get_transaction_id (entry->item);
}

static GType
mtx_outbox_get_item_type (GListModel *model)
{
  return MTX_TYPE_TIMELINE_ITEM;
}

static guint
mtx_outbox_get_n_items (GListModel *model)
{
  return MTX_OUTBOX (model)->entries->len;
}

static gpointer
mtx_outbox_get_item (GListModel *model,
                     guint       position)
{
  MtxOutbox *self = MTX_OUTBOX (model);

  return position < self->entries->len ? g_object_ref (((MtxOutboxEntry *)g_ptr_array_index (self->entries, position))->item) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = mtx_outbox_get_item_type;
  iface->get_n_items = mtx_outbox_get_n_items;
  iface->get_item = mtx_outbox_get_item;
}

static void
append_entry (MtxOutbox      *self,
              MtxOutboxEntry *entry)
{
  g_ptr_array_add (self->entries, entry);
  g_list_model_items_changed (G_LIST_MODEL (self), self->entries->len - 1, 0, 1);
}

static char *
read_body (const char *content)
{
  MtxJsonLimits          limits = { .max_bytes = MTX_OUTBOX_MAX_ENTRY_BYTES, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (JsonObject) object = mtx_json_parse_object (content, -1, &limits, NULL);

  return g_strdup (mtx_json_get_string (object, "body"));
}

static MtxOutboxEntry *
entry_new_from_row (MtxOutboxRow *row)
{
  MtxOutboxEntry  *entry = g_new0 (MtxOutboxEntry, 1);
  g_autofree char *body = read_body (row->content);

  entry->item = mtx_timeline_item_new_for_text (row->txn_id, NULL, body, row->created_at);
  entry->room_id = g_strdup (row->room_id);
  entry->content = g_strdup (row->content);
  entry->encrypted = g_strdup (row->encrypted);
  if (row->state == MTX_OUTBOX_FAILED)
    mtx_timeline_item_set_send_state (entry->item, MTX_SEND_STATE_FAILED, (int)CLAMP (row->error_code, 0, G_MAXINT));

  return entry;
}

static void
on_membership_changed (MtxOutbox *self)
{
  mtx_outbox_wake (self);
}

static void
mtx_outbox_finalize (GObject *object)
{
  MtxOutbox *self = MTX_OUTBOX (object);

  g_clear_object (&self->db);
  g_free (self->conversation);
  g_clear_object (&self->room);
  g_clear_object (&self->http);
  g_clear_object (&self->encryption);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  dex_clear (&self->wake);
  dex_clear (&self->sender);

  G_OBJECT_CLASS (mtx_outbox_parent_class)->finalize (object);
}

static void
mtx_outbox_class_init (MtxOutboxClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_outbox_finalize;

  /* The message of a transaction id has become an event: (const char *, MtxEvent *). */
  signals[SENT] = g_signal_new ("sent", MTX_TYPE_OUTBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_STRING, MTX_TYPE_EVENT);
}

static void
mtx_outbox_init (MtxOutbox *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->wake = dex_promise_new ();
  mtx_backoff_init (&self->backoff, FIRST_WAIT_MS, LONGEST_WAIT_MS);
}

/**
 * mtx_outbox_new:
 * @db: the account's database
 * @conversation: names what the messages belong to, before there is a room
 *
 * Returns: (transfer full): an outbox; mtx_outbox_load() fills it
 */
MtxOutbox *
mtx_outbox_new (MtxDb      *db,
                const char *conversation)
{
  MtxOutbox *self = NULL;

  g_return_val_if_fail (MTX_IS_DB (db), NULL);
  g_return_val_if_fail (conversation != NULL, NULL);

  self = g_object_new (MTX_TYPE_OUTBOX, NULL);
  self->db = g_object_ref (db);
  self->conversation = g_strdup (conversation);

  return self;
}

static DexFuture *
mtx_outbox_load_fiber (gpointer data)
{
  MtxOutbox            *self = data;
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_outbox_store_load (self->db, self->conversation), &error);

  if (rows == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < rows->len; i++)
    {
      MtxOutboxRow *row = g_ptr_array_index (rows, i);

      if (_mtx_outbox_find_entry (self, row->txn_id, NULL) == NULL)
        append_entry (self, entry_new_from_row (row));
    }
  mtx_outbox_wake (self);

  return dex_future_new_true ();
}

/**
 * mtx_outbox_load:
 * @self: an outbox
 *
 * Brings back what an earlier run left unsent. To be awaited before anything is added.
 *
 * Returns: (transfer full): a future that resolves when it is listed; rejects as the store does
 */
DexFuture *
mtx_outbox_load (MtxOutbox *self)
{
  g_return_val_if_fail (MTX_IS_OUTBOX (self), NULL);

  return mtx_fiber_spawn ("mtx-outbox-load", mtx_outbox_load_fiber, g_object_ref (self), g_object_unref);
}

/**
 * mtx_outbox_bind:
 * @self: an outbox without a room
 * @room: where its messages go
 * @http: the account's server
 * @encryption: what encrypts them
 *
 * Starts sending.
 */
void
mtx_outbox_bind (MtxOutbox     *self,
                 MtxRoom       *room,
                 MtxHttp       *http,
                 MtxEncryption *encryption)
{
  g_return_if_fail (MTX_IS_OUTBOX (self));
  g_return_if_fail (MTX_IS_ROOM (room));
  g_return_if_fail (MTX_IS_HTTP (http));
  g_return_if_fail (MTX_IS_ENCRYPTION (encryption));
  g_return_if_fail (self->room == NULL);

  self->room = g_object_ref (room);
  self->http = g_object_ref (http);
  self->encryption = g_object_ref (encryption);
  g_signal_connect_object (room, "notify::membership", G_CALLBACK (on_membership_changed), self, G_CONNECT_SWAPPED);
  self->sender = _mtx_outbox_run_sender (self);
}

typedef struct
{
  MtxOutbox *self;
  char      *text; /* a body, or a transaction id */
} Command;

static void
command_free (gpointer data)
{
  Command *command = data;

  g_clear_object (&command->self);
  g_free (command->text);
  g_free (command);
}

static DexFuture *
spawn_command (MtxOutbox   *self,
               const char  *static_name,
               DexFiberFunc func,
               const char  *text)
{
  Command *command = g_new0 (Command, 1);

  command->self = g_object_ref (self);
  command->text = g_strdup (text);

  return mtx_fiber_spawn (static_name, func, command, command_free);
}

static DexFuture *
mtx_outbox_add_text_fiber (gpointer data)
{
  Command                 *command = data;
  MtxOutbox               *self = command->self;
  g_autoptr (GError)       error = NULL;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (JsonObject)   content = json_object_new ();
  g_autofree char         *txn_id = mtx_random_dup_token (&error);
  g_autofree char         *text = NULL;
  gint64                   now_ms = g_get_real_time () / 1000;
  MtxOutboxEntry          *entry = NULL;

  if (txn_id == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", command->text);
  /* It mentions nobody, and says so: else servers look for names in the text (specification, § User mentions). */
  json_object_set_object_member (content, "m.mentions", json_object_new ());
  text = mtx_json_to_string (content);
  mtx_outbox_store_put (changes, &(MtxOutboxRow){
                                     .conversation = self->conversation,
                                     .room_id = self->room != NULL ? mtx_room_get_id (self->room) : NULL,
                                     .txn_id = txn_id,
                                     .event_type = MTX_OUTBOX_MESSAGE_TYPE,
                                     .content = text,
                                     .state = MTX_OUTBOX_QUEUED,
                                     .created_at = now_ms,
                                 });
  if (!dex_await (mtx_db_commit (self->db, changes), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  entry = g_new0 (MtxOutboxEntry, 1);
  entry->item = mtx_timeline_item_new_for_text (txn_id, NULL, command->text, now_ms);
  entry->content = g_steal_pointer (&text);
  append_entry (self, entry);
  mtx_outbox_wake (self);

  return dex_future_new_take_string (g_steal_pointer (&txn_id));
}

/**
 * mtx_outbox_add_text:
 * @self: a loaded outbox
 * @body: what the user wrote
 *
 * Keeps a message on disk and queues it. There need be no room, account or network yet.
 *
 * Returns: (transfer full): a future that resolves to the transaction id when the message is safely kept; rejects
 *   with %MTX_ERROR_INVALID if there is no text, %MTX_ERROR_TOO_LARGE beyond %MTX_OUTBOX_MAX_BODY_BYTES, or as
 *   mtx_db_commit() does
 */
DexFuture *
mtx_outbox_add_text (MtxOutbox  *self,
                     const char *body)
{
  g_return_val_if_fail (MTX_IS_OUTBOX (self), NULL);
  g_return_val_if_fail (body != NULL, NULL);

  if (self->closed)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The outbox was closed");
  if (*body == '\0' || !g_utf8_validate (body, -1, NULL))
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_INVALID, "Not a text");
  if (strlen (body) > MTX_OUTBOX_MAX_BODY_BYTES)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_TOO_LARGE, "The text is too long");

  return spawn_command (self, "mtx-outbox-add", mtx_outbox_add_text_fiber, body);
}

/**
 * mtx_outbox_wake:
 * @self: an outbox
 *
 * Makes the sender look at once: the network is back, or the session works again.
 */
void
mtx_outbox_wake (MtxOutbox *self)
{
  g_return_if_fail (MTX_IS_OUTBOX (self));

  if (dex_future_is_pending (DEX_FUTURE (self->wake)))
    dex_promise_resolve_boolean (self->wake, TRUE);
}

static DexFuture *
mtx_outbox_retry_fiber (gpointer data)
{
  Command           *command = data;
  MtxOutbox         *self = command->self;
  g_autoptr (GError) error = NULL;
  MtxOutboxEntry    *entry = NULL;

  if (!_mtx_outbox_put_state (self, command->text, MTX_OUTBOX_QUEUED, 0, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  entry = _mtx_outbox_find_entry (self, command->text, NULL);
  if (entry != NULL && mtx_timeline_item_get_send_state (entry->item) == MTX_SEND_STATE_FAILED)
    mtx_timeline_item_set_send_state (entry->item, MTX_SEND_STATE_QUEUED, 0);
  mtx_outbox_wake (self);

  return dex_future_new_true ();
}

/**
 * mtx_outbox_retry:
 * @self: an outbox
 * @transaction_id: a message that failed
 *
 * Queues the message again, at its old place and under its old transaction id.
 *
 * Returns: (transfer full): a future that resolves when that is stored; rejects with %MTX_ERROR_NOT_FOUND if no
 *   such message waits, or as mtx_db_commit() does
 */
DexFuture *
mtx_outbox_retry (MtxOutbox  *self,
                  const char *transaction_id)
{
  g_return_val_if_fail (MTX_IS_OUTBOX (self), NULL);
  g_return_val_if_fail (transaction_id != NULL, NULL);

  if (_mtx_outbox_find_entry (self, transaction_id, NULL) == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "No such message");

  return spawn_command (self, "mtx-outbox-retry", mtx_outbox_retry_fiber, transaction_id);
}

static DexFuture *
mtx_outbox_delete_fiber (gpointer data)
{
  Command                 *command = data;
  MtxOutbox               *self = command->self;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;
  guint                    position = 0;

  mtx_outbox_store_delete (changes, command->text);
  if (!dex_await (mtx_db_commit (self->db, changes), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (_mtx_outbox_find_entry (self, command->text, &position) != NULL)
    _mtx_outbox_take (self, position);

  return dex_future_new_true ();
}

/**
 * mtx_outbox_delete:
 * @self: an outbox
 * @transaction_id: a message
 *
 * Gives up a message that failed. One whose sending is not over may have reached the server, so it cannot be
 * taken back here.
 *
 * Returns: (transfer full): a future that resolves when it is gone; rejects with %MTX_ERROR_NOT_FOUND if no such
 *   message waits, with %MTX_ERROR_BUSY if it has not failed, or as mtx_db_commit() does
 */
DexFuture *
mtx_outbox_delete (MtxOutbox  *self,
                   const char *transaction_id)
{
  MtxOutboxEntry *entry = NULL;

  g_return_val_if_fail (MTX_IS_OUTBOX (self), NULL);
  g_return_val_if_fail (transaction_id != NULL, NULL);

  entry = _mtx_outbox_find_entry (self, transaction_id, NULL);
  if (entry == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "No such message");
  if (mtx_timeline_item_get_send_state (entry->item) != MTX_SEND_STATE_FAILED)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_BUSY, "The message is on its way");

  return spawn_command (self, "mtx-outbox-delete", mtx_outbox_delete_fiber, transaction_id);
}

/**
 * mtx_outbox_close:
 * @self: an outbox
 *
 * Stops sending. What waits stays on disk.
 *
 * Returns: (transfer full): a future that resolves when the sender has stopped, which may first see a request
 *   under way to its end
 */
DexFuture *
mtx_outbox_close (MtxOutbox *self)
{
  g_return_val_if_fail (MTX_IS_OUTBOX (self), NULL);

  self->closed = TRUE;
  mtx_outbox_wake (self);

  return self->sender != NULL ? dex_ref (self->sender) : dex_future_new_true ();
}

/**
 * _mtx_outbox_find:
 * @self: an outbox
 * @transaction_id: names a message
 * @position: (out): where it stands
 *
 * Returns: (transfer none) (nullable): the message's item
 */
MtxTimelineItem *
_mtx_outbox_find (MtxOutbox  *self,
                  const char *transaction_id,
                  guint      *position)
{
  MtxOutboxEntry *entry = _mtx_outbox_find_entry (self, transaction_id, position);

  return entry != NULL ? entry->item : NULL;
}

/**
 * _mtx_outbox_take:
 * @self: an outbox
 * @position: a message whose row is no longer in the store
 *
 * Takes the message out of the list.
 */
void
_mtx_outbox_take (MtxOutbox *self,
                  guint      position)
{
  g_ptr_array_remove_index (self->entries, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

/**
 * _mtx_outbox_find_entry:
 * @self: an outbox
 * @transaction_id: names a message
 * @position: (out) (optional): where it stands
 *
 * Returns: (transfer none) (nullable): the message, if it still waits; not to be kept across an await
 */
MtxOutboxEntry *
_mtx_outbox_find_entry (MtxOutbox  *self,
                        const char *transaction_id,
                        guint      *position)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      MtxOutboxEntry *entry = g_ptr_array_index (self->entries, i);

      if (g_str_equal (entry_txn_id (entry), transaction_id))
        {
          if (position != NULL)
            *position = i;
          return entry;
        }
    }

  return NULL;
}

/**
 * _mtx_outbox_put_state:
 * @self: an outbox
 * @transaction_id: names a message
 * @state: what it is now
 * @code: why it failed, an #MtxError, else 0
 * @error: return location for an error
 *
 * Commits the state of a message. Awaits.
 *
 * Returns: whether that is stored
 */
gboolean
_mtx_outbox_put_state (MtxOutbox     *self,
                       const char    *txn_id,
                       MtxOutboxState state,
                       int            code,
                       GError       **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_outbox_store_put_state (changes, txn_id, state, code);

  return dex_await (mtx_db_commit (self->db, changes), error);
}

/**
 * _mtx_outbox_emit_sent:
 * @self: an outbox
 * @transaction_id: names a message
 * @event: the stored event it has become
 *
 * Hands the message over to the timeline, and lets go of it in any case.
 */
void
_mtx_outbox_emit_sent (MtxOutbox  *self,
                       const char *transaction_id,
                       MtxEvent   *event)
{
  guint position = 0;

  g_signal_emit (self, signals[SENT], 0, transaction_id, event);
  if (_mtx_outbox_find_entry (self, transaction_id, &position) != NULL)
    _mtx_outbox_take (self, position); /* no timeline is looking */
}
