/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room keys on their way out: encrypted for the backup on the server, or as texts for a file. And the key of that
 * backup.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-backup-cipher.h"
#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-received-key.h"
#include "mtx-room-key-store.h"
#include "mtx-secret-bytes.h"
#include "mtx-senders.h"

static MtxBackupBatch *
backup_batch_ref (MtxBackupBatch *self)
{
  return g_rc_box_acquire (self);
}

static void
backup_batch_clear (gpointer memory)
{
  MtxBackupBatch *self = memory;

  g_clear_pointer (&self->body, json_object_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
}

/**
 * mtx_backup_batch_unref:
 * @self: (transfer full): a batch
 *
 * Lets go of it.
 */
void
mtx_backup_batch_unref (MtxBackupBatch *self)
{
  g_rc_box_release_full (self, backup_batch_clear);
}

G_DEFINE_BOXED_TYPE (MtxBackupBatch, mtx_backup_batch, backup_batch_ref, mtx_backup_batch_unref)

static MtxRoomKeyPage *
room_key_page_ref (MtxRoomKeyPage *self)
{
  return g_rc_box_acquire (self);
}

static void
room_key_page_clear (gpointer memory)
{
  MtxRoomKeyPage *self = memory;

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->room_id, g_free);
  g_clear_pointer (&self->session_id, g_free);
}

/**
 * mtx_room_key_page_unref:
 * @self: (transfer full): a page
 *
 * Lets go of it and overwrites the keys in it.
 */
void
mtx_room_key_page_unref (MtxRoomKeyPage *self)
{
  g_rc_box_release_full (self, room_key_page_clear);
}

G_DEFINE_BOXED_TYPE (MtxRoomKeyPage, mtx_room_key_page, room_key_page_ref, mtx_room_key_page_unref)

typedef struct
{
  MtxRatchets    *ratchets;
  GBytes         *sealed; /* or NULL: to be put */
  MtxSecretBytes *key;
  MtxChangeSet   *changes;
} KeyJob;

static void
key_job_clear (KeyJob *job)
{
  g_clear_pointer (&job->sealed, g_bytes_unref);
  g_clear_pointer (&job->key, mtx_secret_bytes_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeyJob, key_job_clear)

static DexFuture *
key_job (gpointer data)
{
  KeyJob            *job = data;
  g_autoptr (GError) error = NULL;

  if (job->sealed != NULL)
    job->key = mtx_ratchets_open_backup_key (job->ratchets, job->sealed, &error);
  else if (job->key != NULL || (job->key = mtx_secret_bytes_random (MTX_BACKUP_KEY_BYTES, &error)) != NULL)
    mtx_ratchets_put_backup_key (job->ratchets, job->key, job->changes, &error);

  return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error)) : dex_future_new_true ();
}

/* Drawn when it is first wanted, and in the store before anybody knows it: a restored account has brought its own. */
static gboolean
run_key_job (MtxCryptoEngine *self,
             KeyJob          *job,
             GError         **error)
{
  job->ratchets = _mtx_crypto_engine_get_ratchets (self);
  job->changes = mtx_change_set_new ();

  return _mtx_crypto_engine_work (self, key_job, job, error) && _mtx_crypto_engine_commit (self, job->changes, error);
}

static MtxSecretBytes *
open_backup_key (MtxCryptoEngine *self,
                 GError         **error)
{
  g_auto (KeyJob)    job = { 0 };
  g_autoptr (GError) failure = NULL;

  job.sealed = dex_await_boxed (mtx_crypto_store_load_sealed (mtx_crypto_engine_get_db (self), MTX_SEALED_BACKUP_KEY),
                                &failure);
  if (job.sealed == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  return run_key_job (self, &job, error) ? g_steal_pointer (&job.key) : NULL;
}

static DexFuture *
load_key_command (MtxCryptoEngine *self,
                  gpointer         data)
{
  g_autoptr (GError) error = NULL;
  MtxSecretBytes    *key = open_backup_key (self, &error);

  return key != NULL ? dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, key)
                     : dex_future_new_for_error (g_steal_pointer (&error));
}

/**
 * _mtx_crypto_engine_load_backup_key:
 * @self: an engine
 *
 * Returns: (transfer full): a future that resolves to boxed #MtxSecretBytes, the private key of the backup of our room
 *   keys; in the store before it is known to anybody
 */
DexFuture *
_mtx_crypto_engine_load_backup_key (MtxCryptoEngine *self)
{
  return _mtx_crypto_engine_command (self, load_key_command, NULL, NULL);
}

static DexFuture *
put_key_command (MtxCryptoEngine *self,
                 gpointer         data)
{
  g_auto (KeyJob)    job = { .key = mtx_secret_bytes_ref (data) };
  g_autoptr (GError) error = NULL;

  if (!run_key_job (self, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/**
 * _mtx_crypto_engine_put_backup_key:
 * @self: an engine
 * @key: a private key
 *
 * Keeps another private key for the backup from now on. The caller has seen that it fits the backup.
 *
 * Returns: (transfer full): a future that resolves to %TRUE after the commit
 */
DexFuture *
_mtx_crypto_engine_put_backup_key (MtxCryptoEngine *self,
                                   MtxSecretBytes  *key)
{
  return _mtx_crypto_engine_command (self, put_key_command, mtx_secret_bytes_ref (key),
                                     (GDestroyNotify)mtx_secret_bytes_unref);
}

typedef struct
{
  MtxRatchets *ratchets;
  JsonObject  *auth_data; /* borrowed from the command */
} SignJob;

static DexFuture *
sign_job (gpointer data)
{
  SignJob           *job = data;
  g_autoptr (GError) error = NULL;

  if (!mtx_cross_signing_keys_sign_json (job->ratchets->keys, MTX_CROSS_SIGNING_MASTER, job->auth_data,
                                         job->ratchets->user_id, &error)
      || !mtx_olm_account_sign_json (job->ratchets->account, job->auth_data, job->ratchets->user_id,
                                     job->ratchets->device_id, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
sign_command (MtxCryptoEngine *self,
              gpointer         data)
{
  SignJob            job = { .ratchets = _mtx_crypto_engine_get_ratchets (self), .auth_data = data };
  g_autoptr (GError) error = NULL;

  if (!_mtx_crypto_engine_work (self, sign_job, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (job.auth_data));
}

/**
 * _mtx_crypto_engine_sign_backup:
 * @self: an engine
 * @auth_data: what the backup's version says of itself; not to be touched until the future settles
 *
 * Signs it with our identity and with this device, so that both know it again (threat 79).
 *
 * Returns: (transfer full): a future that resolves to @auth_data, a boxed #JsonObject, signed
 */
DexFuture *
_mtx_crypto_engine_sign_backup (MtxCryptoEngine *self,
                                JsonObject      *auth_data)
{
  return _mtx_crypto_engine_command (self, sign_command, json_object_ref (auth_data), (GDestroyNotify)json_object_unref);
}

typedef struct
{
  MtxRatchets    *ratchets;
  MtxSecretBytes *key;
  GPtrArray      *rows; /* of MtxInboundSessionRow */
  JsonObject     *body;
} PackJob;

static void
pack_job_clear (PackJob *job)
{
  g_clear_pointer (&job->key, mtx_secret_bytes_unref);
  g_clear_pointer (&job->rows, g_ptr_array_unref);
  g_clear_pointer (&job->body, json_object_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PackJob, pack_job_clear)

static MtxMegolmInbound *
open_row (MtxRatchets                *ratchets,
          const MtxInboundSessionRow *row)
{
  g_autoptr (GError) error = NULL;
  MtxMegolmInbound  *session = mtx_megolm_inbound_new_from_pickle (row->sealed,
                                                                   ratchets->master_key,
                                                                   row->room_id,
                                                                   row->session_id,
                                                                   &error);

  if (session == NULL)
    g_debug ("A room key cannot be read any more: %s", error->message);

  return session;
}

/* Returns: the text, to be freed as a secret. */
static char *
write_entry (const MtxInboundSessionRow *row,
             MtxMegolmInbound           *session,
             MtxRoomKeyForm              form,
             GError                    **error)
{
  g_autoptr (JsonObject) entry = mtx_room_key_build_json (row, session, form, error);

  return entry != NULL ? mtx_json_to_string (entry) : NULL;
}

static JsonObject *
build_item (const MtxInboundSessionRow *row,
            MtxMegolmInbound           *session,
            const char                 *public_key,
            GError                    **error)
{
  g_autoptr (MtxBackupPayload) payload = NULL;
  char                        *text = write_entry (row, session, MTX_ROOM_KEY_FOR_BACKUP, error);
  JsonObject                  *data;
  JsonObject                  *item;

  if (text == NULL)
    return NULL;
  payload = mtx_backup_encrypt (public_key, (const guint8 *)text, strlen (text), error);
  mtx_secret_string_free (text);
  if (payload == NULL)
    return NULL;

  data = json_object_new ();
  json_object_set_string_member (data, "ephemeral", payload->ephemeral);
  json_object_set_string_member (data, "ciphertext", payload->ciphertext);
  json_object_set_string_member (data, "mac", payload->mac);
  item = json_object_new ();
  json_object_set_int_member (item, "first_message_index", mtx_megolm_inbound_get_first_known_index (session));
  json_object_set_int_member (item, "forwarded_count", 0);
  json_object_set_boolean_member (item, "is_verified", !row->imported && row->origin >= MTX_ROOM_KEY_OWNER_SIGNED);
  json_object_set_object_member (item, "session_data", data);

  return item;
}

static JsonObject *
ensure_member (JsonObject *object,
               const char *name)
{
  JsonObject *member = mtx_json_get_object (object, name);

  if (member == NULL)
    {
      member = json_object_new ();
      json_object_set_object_member (object, name, member);
    }

  return member;
}

static DexFuture *
pack_job (gpointer data)
{
  PackJob           *job = data;
  JsonObject        *rooms = ensure_member (job->body, "rooms");
  g_autoptr (GError) error = NULL;
  g_autofree char   *public_key = mtx_backup_public_key (job->key, &error);

  if (public_key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < job->rows->len; i++)
    {
      const MtxInboundSessionRow  *row = g_ptr_array_index (job->rows, i);
      g_autoptr (MtxMegolmInbound) session = open_row (job->ratchets, row);
      JsonObject                  *item;

      if (session == NULL)
        continue;
      item = build_item (row, session, public_key, &error);
      if (item == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
      json_object_set_object_member (ensure_member (ensure_member (rooms, row->room_id), "sessions"),
                                     row->session_id,
                                     item);
    }

  return dex_future_new_true ();
}

static DexFuture *
pack_command (MtxCryptoEngine *self,
              gpointer         data)
{
  g_auto (PackJob)   job = { .ratchets = _mtx_crypto_engine_get_ratchets (self), .body = json_object_new () };
  g_autoptr (GError) error = NULL;
  MtxBackupBatch    *batch;

  job.key = open_backup_key (self, &error);
  if (job.key == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  job.rows = dex_await_boxed (mtx_room_key_store_load_to_back_up (mtx_crypto_engine_get_db (self),
                                                                  GPOINTER_TO_UINT (data)),
                              &error);
  if (job.rows == NULL || !_mtx_crypto_engine_work (self, pack_job, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  batch = g_rc_box_new0 (MtxBackupBatch);
  batch->body = g_steal_pointer (&job.body);
  batch->rows = g_steal_pointer (&job.rows);

  return dex_future_new_take_boxed (MTX_TYPE_BACKUP_BATCH, batch);
}

/**
 * _mtx_crypto_engine_pack_backup:
 * @self: an engine
 * @max_keys: the most to pack
 *
 * Encrypts room keys that the backup lacks with its public key, as it derives from our private one: what the
 * server says of it is not asked.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxBackupBatch; one without rows if the backup lacks
 *   none
 */
DexFuture *
_mtx_crypto_engine_pack_backup (MtxCryptoEngine *self,
                                guint            max_keys)
{
  return _mtx_crypto_engine_command (self, pack_command, GUINT_TO_POINTER (max_keys), NULL);
}

typedef struct
{
  char *room_id;
  char *session_id;
  guint max_keys;
} PageCommand;

static void
page_command_free (gpointer memory)
{
  PageCommand *command = memory;

  g_clear_pointer (&command->room_id, g_free);
  g_clear_pointer (&command->session_id, g_free);
  g_free (command);
}

typedef struct
{
  MtxRatchets *ratchets;
  GPtrArray   *rows;
  GPtrArray   *entries;
} PageJob;

static void
page_job_clear (PageJob *job)
{
  g_clear_pointer (&job->rows, g_ptr_array_unref);
  g_clear_pointer (&job->entries, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PageJob, page_job_clear)

static DexFuture *
page_job (gpointer data)
{
  PageJob *job = data;

  for (guint i = 0; i < job->rows->len; i++)
    {
      const MtxInboundSessionRow  *row = g_ptr_array_index (job->rows, i);
      g_autoptr (MtxMegolmInbound) session = open_row (job->ratchets, row);
      g_autoptr (GError)           error = NULL;
      char                        *text;

      if (session == NULL)
        continue;
      text = write_entry (row, session, MTX_ROOM_KEY_FOR_EXPORT, &error);
      if (text == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
      g_ptr_array_add (job->entries, text);
    }

  return dex_future_new_true ();
}

static DexFuture *
page_command (MtxCryptoEngine *self,
              gpointer         data)
{
  PageCommand     *command = data;
  MtxRoomKeyId     after = { .room_id = command->room_id, .session_id = command->session_id };
  g_auto (PageJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .entries = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_secret_string_free),
  };
  g_autoptr (GError) error = NULL;
  MtxRoomKeyPage    *page;

  job.rows = dex_await_boxed (mtx_room_key_store_load_after (mtx_crypto_engine_get_db (self), &after,
                                                             command->max_keys),
                              &error);
  if (job.rows == NULL || !_mtx_crypto_engine_work (self, page_job, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  page = g_rc_box_new0 (MtxRoomKeyPage);
  page->entries = g_steal_pointer (&job.entries);
  if (job.rows->len > 0)
    {
      const MtxInboundSessionRow *last = g_ptr_array_index (job.rows, job.rows->len - 1);

      page->room_id = g_strdup (last->room_id);
      page->session_id = g_strdup (last->session_id);
    }

  return dex_future_new_take_boxed (MTX_TYPE_ROOM_KEY_PAGE, page);
}

/**
 * _mtx_crypto_engine_export_page:
 * @self: an engine
 * @after_room_id: room of the last key of the page before, or ""
 * @after_session_id: session of the last key of the page before, or ""
 * @max_keys: the most to look at
 *
 * Writes room keys as texts, in portions, so that messages are not kept waiting by a large store.
 *
 * Returns: (transfer full): a future that resolves to a boxed #MtxRoomKeyPage
 */
DexFuture *
_mtx_crypto_engine_export_page (MtxCryptoEngine *self,
                                const char      *after_room_id,
                                const char      *after_session_id,
                                guint            max_keys)
{
  PageCommand *command = g_new0 (PageCommand, 1);

  command->room_id = g_strdup (after_room_id);
  command->session_id = g_strdup (after_session_id);
  command->max_keys = max_keys;

  return _mtx_crypto_engine_command (self, page_command, command, page_command_free);
}
