/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this device asks the verified devices of its account for: the room keys of messages it cannot read, and the
 * private key of a backup that is ours but not the one this device knows. What is asked for is stored in the same
 * transaction as the question, and an answer counts only if it was (threats 37, 73).
 */
#include "mtx-own-requests-private.h"

#include "mtx-base64.h"
#include "mtx-device-list.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-random.h"
#include "mtx-to-device-store.h"
#include "mtx-verifications.h"

/* Room keys asked for in one go, and questions open at a time. */
#define MAX_ASKED 32
#define MAX_OPEN  200

/* After that nobody will answer any more. */
#define OPEN_MS (7 * 24 * 60 * 60 * (gint64)1000)

G_DEFINE_FINAL_TYPE (MtxOwnRequests, mtx_own_requests, G_TYPE_OBJECT)

static MtxDb *
get_db (MtxOwnRequests *self)
{
  return mtx_crypto_engine_get_db (self->engine);
}

/* Returns: (transfer full) (nullable): ids of our other verified devices, one per line; NULL with an error. */
static char *
load_verified (MtxOwnRequests *self,
               GError        **error)
{
  const char           *users[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_autoptr (GString)   devices = g_string_new (NULL);
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_device_store_load_devices (get_db (self), users), error);
  MtxOwnIds             own;

  if (rows == NULL)
    return NULL;

  _mtx_crypto_engine_get_own_ids (self->engine, &own);
  for (guint i = 0; i < rows->len; i++)
    {
      const MtxDeviceRow *row = g_ptr_array_index (rows, i);

      if (!g_str_equal (row->device_id, own.device_id)
          && mtx_own_device_is_verified (row, own.user_id, own.self_signing_key))
        g_string_append_printf (devices, "%s%s", devices->len > 0 ? "\n" : "", row->device_id);
    }

  return g_string_free (g_steal_pointer (&devices), FALSE);
}

static gboolean
put_batch (MtxOwnRequests *self,
           const char     *type,
           const char     *devices,
           JsonObject     *content,
           MtxChangeSet   *changes,
           GError        **error)
{
  g_auto (GStrv)         device_ids = g_strsplit (devices, "\n", -1);
  g_autofree char       *txn_id = mtx_random_dup_token (error);
  g_autofree char       *text = NULL;
  g_autoptr (JsonObject) messages = json_object_new ();
  JsonObject            *of_user = json_object_new ();

  if (txn_id == NULL)
    {
      json_object_unref (of_user);
      return FALSE;
    }

  for (guint i = 0; device_ids[i] != NULL; i++)
    json_object_set_object_member (of_user, device_ids[i], json_object_ref (content));
  json_object_set_object_member (messages, mtx_crypto_engine_get_user_id (self->engine), of_user);
  text = mtx_json_to_string (messages);
  mtx_to_device_store_put_batch (changes,
                                 &(MtxToDeviceBatchRow){
                                     .txn_id = txn_id,
                                     .event_type = type,
                                     .messages = text,
                                     .created_at = g_get_real_time () / 1000,
                                 });

  return TRUE;
}

static const char *
get_type_of (const MtxOwnRequestRow *row)
{
  return row->secret_name != NULL ? MTX_SECRET_REQUEST : MTX_ROOM_KEY_REQUEST;
}

static JsonObject *
build_question (MtxOwnRequests         *self,
                const MtxOwnRequestRow *row)
{
  JsonObject *content = json_object_new ();

  json_object_set_string_member (content, "action", row->closed ? "request_cancellation" : "request");
  json_object_set_string_member (content, "requesting_device_id", mtx_crypto_engine_get_device_id (self->engine));
  json_object_set_string_member (content, "request_id", row->request_id);
  if (row->closed)
    return content;

  if (row->secret_name != NULL)
    {
      json_object_set_string_member (content, "name", row->secret_name);
    }
  else
    {
      JsonObject *body = json_object_new ();

      json_object_set_string_member (body, "algorithm", MTX_ALGORITHM_MEGOLM);
      json_object_set_string_member (body, "room_id", row->room_id);
      json_object_set_string_member (body, "session_id", row->session_id);
      json_object_set_object_member (content, "body", body);
    }

  return content;
}

/* Stores a question, or that it needs no answer any more, together with what tells the devices. */
static gboolean
put_question (MtxOwnRequests         *self,
              const MtxOwnRequestRow *row,
              MtxChangeSet           *changes,
              GError                **error)
{
  g_autoptr (JsonObject) content = build_question (self, row);

  mtx_own_request_store_put (changes, row);

  return put_batch (self, get_type_of (row), row->devices, content, changes, error);
}

static gboolean
ask (MtxOwnRequests *self,
     const char     *devices,
     const char     *secret_name,
     const char     *room_id,
     const char     *session_id,
     MtxChangeSet   *changes,
     GError        **error)
{
  g_autofree char *request_id = mtx_random_dup_token (error);

  return request_id != NULL
         && put_question (self,
                          &(MtxOwnRequestRow){
                              .request_id = request_id,
                              .secret_name = secret_name,
                              .room_id = room_id,
                              .session_id = session_id,
                              .devices = devices,
                              .created_at = g_get_real_time () / 1000,
                          },
                          changes,
                          error);
}

static gboolean
close_question (MtxOwnRequests         *self,
                const MtxOwnRequestRow *row,
                MtxChangeSet           *changes,
                GError                **error)
{
  MtxOwnRequestRow closed = *row;

  closed.closed = TRUE;

  return put_question (self, &closed, changes, error);
}

/* What came, whatever way, and what will not come any more. */
static gboolean
close_settled (MtxOwnRequests *self,
               GPtrArray      *open,
               MtxChangeSet   *changes,
               GError        **error)
{
  gint64                now_ms = g_get_real_time () / 1000;
  gboolean              is_connected = mtx_key_backup_get_state (self->backup) == MTX_KEY_BACKUP_READY;
  g_autoptr (GPtrArray) answered = dex_await_boxed (mtx_own_request_store_load_answered (get_db (self)), error);

  if (answered == NULL)
    return FALSE;

  for (guint i = open->len; i > 0; i--)
    {
      const MtxOwnRequestRow *row = g_ptr_array_index (open, i - 1);
      gboolean                is_here = row->secret_name != NULL && is_connected;

      for (guint j = 0; j < answered->len; j++)
        is_here |= g_str_equal (((const MtxOwnRequestRow *)g_ptr_array_index (answered, j))->request_id, row->request_id);
      if (!is_here && now_ms - row->created_at < OPEN_MS)
        continue;

      if (!close_question (self, row, changes, error))
        return FALSE;
      g_ptr_array_remove_index (open, i - 1);
    }

  return TRUE;
}

static gboolean
is_secret_asked (GPtrArray  *open,
                 const char *name)
{
  for (guint i = 0; i < open->len; i++)
    if (g_strcmp0 (((const MtxOwnRequestRow *)g_ptr_array_index (open, i))->secret_name, name) == 0)
      return TRUE;

  return FALSE;
}

/* What this device lacks and nobody was asked for. */
typedef struct
{
  gboolean   backup_key;
  GPtrArray *room_keys; /* of MtxMissingKeyRow */
} Lack;

static void
lack_clear (Lack *lack)
{
  g_clear_pointer (&lack->room_keys, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lack, lack_clear)

static gboolean
find_lack (MtxOwnRequests *self,
           GPtrArray      *open,
           Lack           *lack,
           GError        **error)
{
  lack->backup_key = mtx_key_backup_get_state (self->backup) == MTX_KEY_BACKUP_WRONG_KEY
                     && !is_secret_asked (open, MTX_SECRET_BACKUP);
  lack->room_keys = dex_await_boxed (mtx_own_request_store_load_missing (get_db (self), MAX_ASKED), error);

  return lack->room_keys != NULL;
}

static gboolean
ask_for (MtxOwnRequests *self,
         const Lack     *lack,
         guint           n_open,
         const char     *devices,
         MtxChangeSet   *changes,
         GError        **error)
{
  if (lack->backup_key && !ask (self, devices, MTX_SECRET_BACKUP, NULL, NULL, changes, error))
    return FALSE;

  for (guint i = 0; i < lack->room_keys->len && n_open + i < MAX_OPEN; i++)
    {
      const MtxMissingKeyRow *row = g_ptr_array_index (lack->room_keys, i);

      if (!ask (self, devices, NULL, row->room_id, row->session_id, changes, error))
        return FALSE;
    }

  return TRUE;
}

/* Our own devices are asked about only when one of them could help. */
static gboolean
take_stock (MtxOwnRequests *self,
            MtxChangeSet   *changes,
            GError        **error)
{
  const char           *users[] = { mtx_crypto_engine_get_user_id (self->engine), NULL };
  g_auto (Lack)         lack = { 0 };
  g_autofree char      *devices = NULL;
  g_autoptr (GPtrArray) open = dex_await_boxed (mtx_own_request_store_load_open (get_db (self)), error);

  if (open == NULL || !close_settled (self, open, changes, error))
    return FALSE;
  self->n_open = open->len;
  if (!self->is_due)
    return TRUE;

  self->is_due = FALSE;
  if (!find_lack (self, open, &lack, error))
    return FALSE;
  if (!lack.backup_key && lack.room_keys->len == 0)
    return TRUE;
  if (!dex_await (mtx_device_list_refresh (self->devices, users), error))
    return FALSE;
  devices = load_verified (self, error);
  if (devices == NULL)
    return FALSE;
  if (*devices == '\0')
    return TRUE;

  /* The rest is asked for after the next sync. */
  self->is_due |= lack.room_keys->len == MAX_ASKED;

  return ask_for (self, &lack, open->len, devices, changes, error);
}

static DexFuture *
ask_fiber (gpointer data)
{
  MtxOwnRequests          *self = data;
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  if (!take_stock (self, changes, &error))
    {
      self->is_due = TRUE;
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  if (mtx_change_set_is_empty (changes))
    return dex_future_new_true ();
  if (!dex_await (mtx_db_commit (get_db (self), changes), &error))
    {
      self->is_due = TRUE;
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  self->n_open++;

  return mtx_room_key_sharing_send_pending (self->sharing);
}

typedef struct
{
  MtxOwnRequests    *self;
  MtxReceivedSecret *secret;
} Arrival;

static void
arrival_free (gpointer memory)
{
  Arrival *arrival = memory;

  g_clear_object (&arrival->self);
  g_clear_pointer (&arrival->secret, mtx_received_secret_unref);
  g_free (arrival);
}

static MtxSecretBytes *
decode (MtxReceivedSecret *secret,
        GError           **error)
{
  gsize           length;
  const guint8   *bytes = mtx_secret_bytes_get (secret->untrusted_secret, &length);
  char           *text = g_strndup ((const char *)bytes, length);
  MtxSecretBytes *decoded = mtx_base64_decode_secret (text, MTX_BASE64_UNPADDED, error);

  mtx_secret_string_free (text);

  return decoded;
}

/* It counts only if it opens the backup that the server shows (threat 73). Otherwise the question stays open: another
 * device may have the right one. */
static DexFuture *
secret_fiber (gpointer data)
{
  Arrival                   *arrival = data;
  MtxOwnRequests            *self = arrival->self;
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (GError)         error = NULL;

  if (!g_str_equal (arrival->secret->name, MTX_SECRET_BACKUP))
    return dex_future_new_true ();
  key = decode (arrival->secret, &error);
  if (key == NULL || !dex_await (mtx_key_backup_connect (self->backup, key), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return mtx_own_requests_after_sync (self);
}

static void
on_secret (MtxOwnRequests    *self,
           MtxReceivedSecret *secret)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  arrival->self = g_object_ref (self);
  arrival->secret = mtx_received_secret_ref (secret);
  mtx_fiber_fire (mtx_fiber_spawn ("own-requests-secret", secret_fiber, arrival, arrival_free), "Taking a secret");
}

static void
on_due (MtxOwnRequests *self)
{
  self->is_due = TRUE;
}

static void
on_devices_changed (MtxOwnRequests *self,
                    const char     *user_id)
{
  if (!g_str_equal (user_id, mtx_crypto_engine_get_user_id (self->engine)))
    return;

  self->is_due = TRUE;
  _mtx_own_requests_look_again (self);
}

static void
on_own_device_verified (MtxOwnRequests *self)
{
  self->is_due = TRUE;
  _mtx_own_requests_look_again (self);
  mtx_fiber_fire (mtx_own_requests_after_sync (self), "Asking a verified device of ours");
}

static DexFuture *
close_fiber (gpointer data)
{
  MtxOwnRequests *self = data;
  MtxTurns       *turns[] = { &self->asking, &self->answering };

  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    {
      g_autoptr (GError) error = NULL;

      if (turns[i]->last != NULL && !dex_await (dex_ref (turns[i]->last), &error))
        g_debug ("The last question between our devices failed: %s", error->message);
    }

  return dex_future_new_true ();
}

static void
mtx_own_requests_finalize (GObject *object)
{
  MtxOwnRequests *self = MTX_OWN_REQUESTS (object);

  mtx_turns_clear (&self->asking);
  mtx_turns_clear (&self->answering);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  g_clear_object (&self->engine);
  g_clear_object (&self->devices);
  g_clear_object (&self->sharing);
  g_clear_object (&self->backup);

  G_OBJECT_CLASS (mtx_own_requests_parent_class)->finalize (object);
}

static void
mtx_own_requests_class_init (MtxOwnRequestsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_own_requests_finalize;
}

static void
mtx_own_requests_init (MtxOwnRequests *self)
{
  self->pending = _mtx_own_requests_new_pending ();
  self->is_due = TRUE;
  self->n_open = 1; /* those of an earlier run are not counted yet */
}

/**
 * mtx_own_requests_new:
 * @engine: brings questions and answers, and makes answers
 * @devices: tells when there are other devices of ours than before
 * @sharing: begins sessions, and sends what waits
 * @backup: may lack the key to the server's backup
 * @verifications: verify further devices of ours
 *
 * Returns: (transfer full): the requests
 */
MtxOwnRequests *
mtx_own_requests_new (MtxCryptoEngine   *engine,
                      MtxDeviceList     *devices,
                      MtxRoomKeySharing *sharing,
                      MtxKeyBackup      *backup,
                      MtxVerifications  *verifications)
{
  MtxOwnRequests *self;

  g_return_val_if_fail (MTX_IS_CRYPTO_ENGINE (engine), NULL);
  g_return_val_if_fail (MTX_IS_DEVICE_LIST (devices), NULL);
  g_return_val_if_fail (MTX_IS_ROOM_KEY_SHARING (sharing), NULL);
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (backup), NULL);
  g_return_val_if_fail (MTX_IS_VERIFICATIONS (verifications), NULL);

  self = g_object_new (MTX_TYPE_OWN_REQUESTS, NULL);
  self->engine = g_object_ref (engine);
  self->devices = g_object_ref (devices);
  self->sharing = g_object_ref (sharing);
  self->backup = g_object_ref (backup);
  g_signal_connect_object (engine, "device-message", G_CALLBACK (_mtx_own_requests_hear), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "secret", G_CALLBACK (on_secret), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "room-key-missing", G_CALLBACK (on_due), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (devices, "changed", G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (backup, "notify::state", G_CALLBACK (on_due), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (verifications, "own-device-verified", G_CALLBACK (on_own_device_verified), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * mtx_own_requests_after_sync:
 * @self: the requests
 *
 * Asks for what is missing, if there is a verified device to ask; withdraws questions that were answered; and grants
 * wishes of devices that have been verified since.
 *
 * Returns: (transfer full): a future that resolves to %TRUE; what failed is tried again after the next sync
 */
DexFuture *
mtx_own_requests_after_sync (MtxOwnRequests *self)
{
  g_autoptr (DexFuture) answered = NULL;

  g_return_val_if_fail (MTX_IS_OWN_REQUESTS (self), NULL);

  answered = _mtx_own_requests_answer (self);
  if (self->is_closed || (!self->is_due && self->n_open == 0))
    return g_steal_pointer (&answered);

  return dex_future_all (dex_ref (answered),
                         mtx_turns_take (&self->asking, "own-requests-ask", ask_fiber, g_object_ref (self), g_object_unref),
                         NULL);
}

/**
 * mtx_own_requests_close:
 * @self: the requests
 *
 * Asks and answers nothing any more.
 *
 * Returns: (transfer full): a future that resolves to %TRUE once nothing runs any more
 */
DexFuture *
mtx_own_requests_close (MtxOwnRequests *self)
{
  g_return_val_if_fail (MTX_IS_OWN_REQUESTS (self), NULL);

  self->is_closed = TRUE;

  return mtx_fiber_spawn ("own-requests-close", close_fiber, g_object_ref (self), g_object_unref);
}
