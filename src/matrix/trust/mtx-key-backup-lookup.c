/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes back one by one: the key of an event that could not be read is looked up in the backup, each for itself,
 * one after the other, and ever more rarely if it is not there.
 */
#include "mtx-key-backup-private.h"

#include "mtx-backoff.h"
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-fiber.h"
#include "mtx-room-types.h"
#include "mtx-secret-bytes.h"

#define MAX_WANTED 500

/* The key is often only late, or one of many of a page of messages: a moment is given to it. */
#define FIRST_LOOK_MS 500

/* Between two keys of which the first was not there: nobody waits for the rest so urgently. */
#define PAUSE_MS 200

/* Between two looks for a key that is not there. */
#define LOOK_AGAIN_MS   (60 * 1000)
#define LOOK_CEILING_MS (24 * 60 * 60 * 1000)

/* Between two tries to reach the server. */
#define FIRST_WAIT_MS 1000
#define LAST_WAIT_MS  (10 * 60 * 1000)

typedef struct
{
  char      *room_id;
  char      *session_id;
  gint64     look_at; /* monotonic, µs: not before */
  MtxBackoff again;
} Wanted;

static void
wanted_clear (gpointer memory)
{
  Wanted *wanted = memory;

  g_clear_pointer (&wanted->room_id, g_free);
  g_clear_pointer (&wanted->session_id, g_free);
}

static void
wanted_unref (Wanted *wanted)
{
  g_rc_box_release_full (wanted, wanted_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wanted, wanted_unref)

static char *
make_name (const char *room_id,
           const char *session_id)
{
  return g_strconcat (room_id, " ", session_id, NULL);
}

static void
forget (MtxKeyBackup *self,
        Wanted       *wanted)
{
  g_autofree char *name = make_name (wanted->room_id, wanted->session_id);

  g_hash_table_remove (self->wanted, name);
}

/* Returns: the one to look for next, or NULL if there is none for now. */
static Wanted *
find_next (MtxKeyBackup *self)
{
  Wanted        *next = NULL;
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, self->wanted);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Wanted *wanted = value;

      if (next == NULL || wanted->look_at < next->look_at)
        next = wanted;
    }

  if (next == NULL || next->look_at > g_get_monotonic_time () + FIRST_LOOK_MS * 1000)
    return NULL;

  return g_rc_box_acquire (next);
}

typedef struct
{
  MtxSecretBytes *private_key;
  MtxReply       *reply;
  char           *room_id;
  char           *session_id;
} OpenJob;

static void
open_job_free (gpointer memory)
{
  OpenJob *job = memory;

  g_clear_pointer (&job->private_key, mtx_secret_bytes_unref);
  g_clear_pointer (&job->reply, mtx_reply_unref);
  g_clear_pointer (&job->room_id, g_free);
  g_clear_pointer (&job->session_id, g_free);
  g_free (job);
}

/* Resolves to an array of the one key. */
static DexFuture *
open_job (gpointer data)
{
  OpenJob              *job = data;
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_received_key_free);
  g_autoptr (GError)    error = NULL;
  MtxReceivedKey       *key = _mtx_key_backup_open_item (job->private_key, mtx_reply_get_body (job->reply), job->room_id,
                                                         job->session_id, &error);

  if (key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  g_ptr_array_add (keys, key);

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&keys));
}

static MtxReply *
fetch (MtxKeyBackup *self,
       Wanted       *wanted,
       GError      **error)
{
  g_autoptr (MtxRequest) request = NULL;

  request = mtx_request_new (MTX_ENDPOINT_BACKUP_KEY, wanted->room_id, wanted->session_id, NULL);
  mtx_request_add_query (request, "version", self->version);

  return dex_await_boxed (mtx_http_send (self->http, request), error);
}

static gboolean
take (MtxKeyBackup *self,
      Wanted       *wanted,
      MtxReply     *reply,
      GError      **error)
{
  g_autoptr (MtxSecretBytes) private_key = NULL;
  g_autoptr (GPtrArray)      keys = NULL;
  OpenJob                   *job;

  private_key = dex_await_boxed (_mtx_crypto_engine_load_backup_key (self->engine), error);
  if (private_key == NULL)
    return FALSE;

  job = g_new0 (OpenJob, 1);
  job->private_key = g_steal_pointer (&private_key);
  job->reply = mtx_reply_ref (reply);
  job->room_id = g_strdup (wanted->room_id);
  job->session_id = g_strdup (wanted->session_id);
  keys = dex_await_boxed (mtx_thread_run ("backup-open", open_job, job, open_job_free), error);

  return keys != NULL && dex_await (_mtx_crypto_engine_import_room_keys (self->engine, keys), error);
}

/* Looks for one key. What is wrong with this key alone is settled here; an error is about the server. */
static gboolean
look_up (MtxKeyBackup *self,
         Wanted       *wanted,
         GError      **error)
{
  g_autoptr (GPtrArray) waiting = NULL;
  g_autoptr (MtxReply)  reply = NULL;
  g_autoptr (GError)    failure = NULL;

  waiting = dex_await_boxed (mtx_event_store_load_undecryptable (mtx_crypto_engine_get_db (self->engine),
                                                                 wanted->room_id, wanted->session_id),
                             error);
  if (waiting == NULL)
    return FALSE;
  if (waiting->len == 0)
    {
      forget (self, wanted);
      return TRUE;
    }

  reply = fetch (self, wanted, &failure);
  if (reply != NULL && take (self, wanted, reply, &failure))
    {
      forget (self, wanted);
      return TRUE;
    }

  /* Not there, or not what it should be: perhaps another of our devices backs it up some day. */
  if (reply != NULL || g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND)
      || g_error_matches (failure, MTX_ERROR, MTX_ERROR_TOO_LARGE)
      || g_error_matches (failure, MTX_ERROR, MTX_ERROR_BAD_REPLY))
    {
      g_debug ("The backup has no usable copy of a room key: %s", failure->message);
      wanted->look_at = g_get_monotonic_time () + mtx_backoff_next (&wanted->again, NULL) * 1000;
      return TRUE;
    }

  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static DexFuture *
lookup_fiber (gpointer data)
{
  MtxKeyBackup *self = data;
  MtxBackoff    backoff;

  mtx_backoff_init (&backoff, FIRST_WAIT_MS, LAST_WAIT_MS);
  while (self->state == MTX_KEY_BACKUP_READY && !self->is_closed)
    {
      g_autoptr (Wanted) wanted = find_next (self);
      g_autoptr (GError) error = NULL;

      if (wanted == NULL)
        break;
      if (!_mtx_key_backup_wait (self, (wanted->look_at - g_get_monotonic_time ()) / 1000))
        break;
      if (look_up (self, wanted, &error))
        {
          mtx_backoff_reset (&backoff);
          if (wanted->look_at > g_get_monotonic_time ())
            _mtx_key_backup_wait (self, PAUSE_MS);
          continue;
        }

      g_debug ("A room key was not looked up: %s", error->message);
      if (_mtx_key_backup_is_other (error))
        {
          _mtx_key_backup_look_again (self);
          break;
        }
      if (!_mtx_key_backup_wait (self, mtx_backoff_next (&backoff, error)))
        break;
    }

  dex_clear (&self->looking);

  return dex_future_new_true ();
}

/* There may be something to look up. */
void
_mtx_key_backup_wake_lookup (MtxKeyBackup *self)
{
  g_autoptr (Wanted) next = NULL;

  if (self->state != MTX_KEY_BACKUP_READY || self->is_closed || self->looking != NULL)
    return;

  next = find_next (self);
  if (next != NULL)
    self->looking = mtx_fiber_spawn ("backup-lookup", lookup_fiber, g_object_ref (self), g_object_unref);
}

/* A room key is missing. Nobody who floods us with messages floods the server through us. */
void
_mtx_key_backup_want (MtxKeyBackup *self,
                      const char   *room_id,
                      const char   *session_id)
{
  g_autofree char *name = make_name (room_id, session_id);
  Wanted          *wanted;

  if (g_hash_table_contains (self->wanted, name) || g_hash_table_size (self->wanted) >= MAX_WANTED)
    return;

  wanted = g_rc_box_new0 (Wanted);
  wanted->room_id = g_strdup (room_id);
  wanted->session_id = g_strdup (session_id);
  wanted->look_at = g_get_monotonic_time () + FIRST_LOOK_MS * 1000;
  mtx_backoff_init (&wanted->again, LOOK_AGAIN_MS, LOOK_CEILING_MS);
  g_hash_table_insert (self->wanted, g_steal_pointer (&name), wanted);
  _mtx_key_backup_wake_lookup (self);
}

/* The table of wanted keys. */
GHashTable *
_mtx_key_backup_new_wanted (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)wanted_unref);
}

static DexFuture *
load_wanted_fiber (gpointer data)
{
  MtxKeyBackup         *self = data;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError)    error = NULL;

  rows = dex_await_boxed (mtx_event_store_load_waiting (mtx_crypto_engine_get_db (self->engine),
                                                        MTX_DECRYPTION_WITHHELD, MAX_WANTED),
                          &error);
  if (rows == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < rows->len; i++)
    {
      const MtxEventRow *row = g_ptr_array_index (rows, i);

      _mtx_key_backup_want (self, row->room_id, row->session_id);
    }

  return dex_future_new_true ();
}

/* Wants the keys of all stored events that could not be read when they came. */
void
_mtx_key_backup_load_wanted (MtxKeyBackup *self)
{
  mtx_fiber_fire (mtx_fiber_spawn ("backup-wanted", load_wanted_fiber, g_object_ref (self), g_object_unref),
                  "Looking for events without a key");
}
