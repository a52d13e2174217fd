/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What goes up: every room key once, unless a better one takes its place. A portion is marked only when the server
 * has it; after a crash it goes up again, which the server takes for what it is.
 */
#include "mtx-key-backup-private.h"

#include "mtx-backoff.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-key-backup-store.h"

#define BATCH_KEYS    100
#define FIRST_WAIT_MS 1000
#define LAST_WAIT_MS  (10 * 60 * 1000)

/* TRUE if somebody else may have changed the backup: it is looked at before anything else goes up (threat 79). */
gboolean
_mtx_key_backup_is_other (const GError *error)
{
  return g_strcmp0 (mtx_error_get_errcode (error), "M_WRONG_ROOM_KEYS_VERSION") == 0
         || g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
}

static gboolean
put_batch (MtxKeyBackup   *self,
           MtxBackupBatch *batch,
           GError        **error)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_BACKUP_KEYS_PUT, NULL);
  g_autoptr (MtxReply)   reply = NULL;

  mtx_request_add_query (request, "version", self->version);
  mtx_request_set_body (request, batch->body);
  reply = dex_await_boxed (mtx_http_send (self->http, request), error);

  return reply != NULL;
}

static gboolean
mark_batch (MtxKeyBackup   *self,
            MtxBackupBatch *batch,
            GError        **error)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  for (guint i = 0; i < batch->rows->len; i++)
    {
      const MtxInboundSessionRow *row = g_ptr_array_index (batch->rows, i);

      mtx_key_backup_store_put_uploaded (changes, row->room_id, row->session_id, row->first_known_index);
    }

  return dex_await (mtx_db_commit (mtx_crypto_engine_get_db (self->engine), changes), error);
}

/* Returns FALSE with an error if this portion is still to go up, FALSE without if there is none. */
static gboolean
upload_some (MtxKeyBackup *self,
             guint        *batch_keys,
             GError      **error)
{
  g_autofree char           *version = g_strdup (self->version);
  g_autoptr (MtxBackupBatch) batch = NULL;
  g_autoptr (GError)         failure = NULL;

  batch = dex_await_boxed (_mtx_crypto_engine_pack_backup (self->engine, *batch_keys), error);
  if (batch == NULL || batch->rows->len == 0 || self->state != MTX_KEY_BACKUP_READY)
    return FALSE;

  if (!put_batch (self, batch, &failure))
    {
      if (!g_error_matches (failure, MTX_ERROR, MTX_ERROR_TOO_LARGE))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (batch->rows->len > 1)
        {
          *batch_keys = batch->rows->len / 2;
          return TRUE;
        }
      g_debug ("The backup does not take a room key: %s", failure->message);
    }

  /* The marks are about the version it went to. */
  if (g_strcmp0 (version, self->version) != 0)
    return TRUE;

  return mark_batch (self, batch, error);
}

static DexFuture *
upload_fiber (gpointer data)
{
  MtxKeyBackup *self = data;
  MtxBackoff    backoff;
  guint         batch_keys = BATCH_KEYS;

  mtx_backoff_init (&backoff, FIRST_WAIT_MS, LAST_WAIT_MS);
  do
    {
      g_autoptr (GError) error = NULL;

      self->is_upload_wanted = FALSE;
      while (self->state == MTX_KEY_BACKUP_READY && !self->is_closed && upload_some (self, &batch_keys, &error))
        mtx_backoff_reset (&backoff);

      if (error == NULL)
        continue;

      g_debug ("Room keys were not backed up: %s", error->message);
      if (_mtx_key_backup_is_other (error))
        {
          _mtx_key_backup_look_again (self);
          break;
        }
      self->is_upload_wanted = _mtx_key_backup_wait (self, mtx_backoff_next (&backoff, error));
    }
  while (self->is_upload_wanted && self->state == MTX_KEY_BACKUP_READY && !self->is_closed);

  dex_clear (&self->uploading);

  return dex_future_new_true ();
}

/* There may be something to upload. */
void
_mtx_key_backup_wake_upload (MtxKeyBackup *self)
{
  if (self->state != MTX_KEY_BACKUP_READY || self->is_closed)
    return;

  self->is_upload_wanted = TRUE;
  if (self->uploading == NULL)
    self->uploading = mtx_fiber_spawn ("backup-upload", upload_fiber, g_object_ref (self), g_object_unref);
}
