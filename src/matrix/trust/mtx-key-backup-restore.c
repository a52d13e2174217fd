/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes back as a whole. The server's answer is kept as it came and read piece by piece; each portion is in the
 * store before the next is looked at. An interrupted restore begins anew, and goes past what is here already and past
 * what ended the process twice (guard rule G22).
 */
#include "mtx-key-backup-private.h"

#include "mtx-backup-cipher.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-json-cursor.h"
#include "mtx-key-backup-reader.h"
#include "mtx-key-backup-store.h"
#include "mtx-secret-bytes.h"

#define PORTION_KEYS     100
#define MAX_BACKUP_BYTES (64 * 1024 * 1024)
#define TIMEOUT_MS       (5 * 60 * 1000)

static const MtxJsonLimits session_limits = {
  .max_bytes = MTX_BACKUP_MAX_PLAINTEXT_BYTES,
  .max_depth = 8,
  .reject_duplicates = TRUE,
};

/* Opens one entry of the backup. Whoever knows the public key can have written it, and the server does: so nothing
 * in it is believed about where it belongs or from whom it is (threat 80, guard rule G7). For any thread. */
MtxReceivedKey *
_mtx_key_backup_open_item (MtxSecretBytes *private_key,
                           JsonObject     *untrusted_item,
                           const char     *room_id,
                           const char     *session_id,
                           GError        **error)
{
  JsonObject                *data = mtx_json_get_object (untrusted_item, "session_data");
  const char                *ephemeral = data != NULL ? mtx_json_get_string (data, "ephemeral") : NULL;
  const char                *ciphertext = data != NULL ? mtx_json_get_string (data, "ciphertext") : NULL;
  const char                *mac = data != NULL ? mtx_json_get_string (data, "mac") : NULL;
  g_autoptr (MtxSecretBytes) plaintext = NULL;
  g_autoptr (JsonObject)     session = NULL;
  g_autoptr (GError)         failure = NULL;
  MtxReceivedKey            *key;
  const guint8              *text;
  gsize                      length;

  if (ephemeral == NULL || ciphertext == NULL || mac == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "An entry of the backup is malformed");
      return NULL;
    }
  plaintext = mtx_backup_decrypt (private_key, ephemeral, ciphertext, mac, error);
  if (plaintext == NULL)
    return NULL;

  text = mtx_secret_bytes_get (plaintext, &length);
  session = mtx_json_parse_object ((const char *)text, (gssize)length, &session_limits, &failure);
  if (session == NULL)
    {
      g_set_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "An entry of the backup is no room key: %s", failure->message);
      return NULL;
    }

  key = mtx_received_key_new_from_json (session, room_id, session_id, error);
  if (key != NULL)
    key->claim->backed_up = TRUE;

  return key;
}

typedef struct
{
  MtxBackupReader *reader;
  MtxSecretBytes  *private_key;
  GPtrArray       *keys; /* of MtxReceivedKey: the portion */
} ReadJob;

static void
read_job_clear (gpointer memory)
{
  ReadJob *job = memory;

  g_clear_pointer (&job->reader, mtx_backup_reader_free);
  g_clear_pointer (&job->private_key, mtx_secret_bytes_unref);
  g_clear_pointer (&job->keys, g_ptr_array_unref);
}

static void
read_job_unref (ReadJob *job)
{
  g_atomic_rc_box_release_full (job, read_job_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReadJob, read_job_unref)

/* Resolves to whether there may be more. */
static DexFuture *
read_job (gpointer data)
{
  ReadJob *job = data;

  g_ptr_array_set_size (job->keys, 0);
  for (guint i = 0; i < PORTION_KEYS; i++)
    {
      g_autofree char       *room_id = NULL;
      g_autofree char       *session_id = NULL;
      g_autoptr (JsonObject) item = NULL;
      g_autoptr (GError)     error = NULL;
      MtxReceivedKey        *key;

      if (!mtx_backup_reader_next (job->reader, &room_id, &session_id, &item, &error))
        return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error)) : dex_future_new_for_boolean (FALSE);

      key = item != NULL ? _mtx_key_backup_open_item (job->private_key, item, room_id, session_id, &error) : NULL;
      if (key != NULL)
        g_ptr_array_add (job->keys, key);
      else if (error != NULL)
        g_debug ("An entry of the backup was refused: %s", error->message);
    }

  return dex_future_new_for_boolean (TRUE);
}

static gboolean
put_restoring (MtxKeyBackup *self,
               gboolean      is_restoring,
               GError      **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_key_backup_store_put_restoring (changes, is_restoring);

  return dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error);
}

/* How many room keys there are to come, for the progress; only the server knows. */
static gboolean
ask_total (MtxKeyBackup *self,
           guint        *total,
           GError      **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_BACKUP_VERSION, NULL);
  g_autoptr (MtxReply)   reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  gint64                 count = 0;

  if (reply == NULL)
    return FALSE;
  mtx_json_get_int (mtx_reply_get_body (reply), "count", &count);
  *total = (guint)CLAMP (count, 1, G_MAXINT);

  return TRUE;
}

static ReadJob *
fetch (MtxKeyBackup *self,
       GError      **error)
{
  g_autoptr (MtxRequest)     request = mtx_request_new (MTX_ENDPOINT_BACKUP_KEYS, NULL);
  g_autoptr (MtxReply)       reply = NULL;
  g_autoptr (MtxSecretBytes) private_key = NULL;
  ReadJob                   *job;

  private_key = dex_await_boxed (_mtx_crypto_engine_load_backup_key (self->engine), error);
  if (private_key == NULL)
    return NULL;

  mtx_request_add_query (request, "version", self->version);
  mtx_request_set_flags (request, MTX_REQUEST_RAW_REPLY);
  mtx_request_set_max_reply (request, MAX_BACKUP_BYTES);
  mtx_request_set_timeout_ms (request, TIMEOUT_MS);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);
  if (reply == NULL)
    return NULL;

  job = g_atomic_rc_box_new0 (ReadJob);
  job->reader = mtx_backup_reader_new (mtx_reply_get_bytes (reply));
  job->private_key = g_steal_pointer (&private_key);
  job->keys = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_key_free);

  return job;
}

static gboolean
restore_all (MtxKeyBackup *self,
             GError      **error)
{
  g_autoptr (ReadJob) job = NULL;
  guint               total;
  gboolean            is_more = TRUE;

  if (!put_restoring (self, TRUE, error) || !ask_total (self, &total, error))
    return FALSE;
  _mtx_key_backup_set_progress (self, 0, total);

  job = fetch (self, error);
  if (job == NULL)
    return FALSE;

  while (is_more)
    {
      g_autoptr (GError) failure = NULL;
      gint64             n_taken = 0;

      is_more = dex_await_boolean (mtx_thread_run ("backup-read", read_job, g_atomic_rc_box_acquire (job),
                                                   (GDestroyNotify)read_job_unref),
                                   &failure);
      if (failure == NULL && job->keys->len > 0)
        n_taken = dex_await_int64 (_mtx_crypto_engine_import_room_keys (self->engine, job->keys), &failure);
      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      _mtx_key_backup_set_progress (self, self->restored + (guint)n_taken, MAX (total, self->restored + (guint)n_taken));
    }

  return put_restoring (self, FALSE, error);
}

static DexFuture *
restore_fiber (gpointer data)
{
  MtxKeyBackup      *self = data;
  g_autoptr (GError) error = NULL;
  guint              restored;

  if (self->version == NULL)
    g_set_error_literal (&error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no backup that our key opens");
  else
    restore_all (self, &error);

  restored = self->restored;
  dex_clear (&self->restoring);
  _mtx_key_backup_set_progress (self, 0, 0);
  if (error != NULL)
    {
      if (_mtx_key_backup_is_other (error))
        _mtx_key_backup_look_again (self);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_for_int64 (restored);
}

/**
 * mtx_key_backup_restore:
 * @self: the backup
 *
 * Fetches all room keys of the backup. They prove no sender: messages read with them say so (threat 80). What could
 * not be read is read as its key comes. Interrupted by the end of the process, it goes on by itself the next time;
 * a second call joins the first.
 *
 * Returns: (transfer full): a future that resolves to the number of room keys that were good, a gint64; rejects with
 *   %MTX_ERROR_NOT_FOUND if there is no backup our key opens, %MTX_ERROR_TOO_LARGE if it is larger than 64 MiB,
 *   when each key is still looked up when wanted, or another #MtxError
 */
DexFuture *
mtx_key_backup_restore (MtxKeyBackup *self)
{
  g_return_val_if_fail (MTX_IS_KEY_BACKUP (self), NULL);

  if (self->is_closed)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_CLOSED, "The backup was closed");
  if (self->restoring == NULL)
    self->restoring = mtx_fiber_spawn ("backup-restore", restore_fiber, g_object_ref (self), g_object_unref);

  return dex_ref (self->restoring);
}
