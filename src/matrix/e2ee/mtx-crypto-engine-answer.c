/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What other devices of our account ask this one for: secrets and room keys. They leave the engine only inside an Olm
 * message, and only for a device that our identity signed; both is seen to in the command itself (threat 33).
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-base64.h"
#include "mtx-crypto-store.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-megolm-inbound.h"
#include "mtx-olm-packer.h"
#include "mtx-own-answers.h"
#include "mtx-room-key-store.h"

#define BACKUP_SECRET "m.megolm_backup.v1"

static const char *const seed_names[MTX_CROSS_SIGNING_N_ROLES] = {
  [MTX_CROSS_SIGNING_MASTER] = "m.cross_signing.master",
  [MTX_CROSS_SIGNING_SELF_SIGNING] = "m.cross_signing.self_signing",
  [MTX_CROSS_SIGNING_USER_SIGNING] = "m.cross_signing.user_signing",
};

/* What is asked for: a secret by its name, or a room key. */
typedef struct
{
  char *device_id;
  char *name;
  char *request_id;
  char *room_id;
  char *session_id;
} Answer;

typedef struct
{
  MtxRatchets          *ratchets;
  const Answer         *answer; /* borrowed from the command */
  GPtrArray            *devices;
  GPtrArray            *olm_sessions;
  GBytes               *sealed;   /* of the backup key; or NULL */
  MtxInboundSessionRow *room_key; /* or NULL */
  gboolean              is_packed;
  MtxChangeSet         *changes;
} AnswerJob;

static void
answer_free (gpointer memory)
{
  Answer *answer = memory;

  g_clear_pointer (&answer->device_id, g_free);
  g_clear_pointer (&answer->name, g_free);
  g_clear_pointer (&answer->request_id, g_free);
  g_clear_pointer (&answer->room_id, g_free);
  g_clear_pointer (&answer->session_id, g_free);
  g_free (answer);
}

static void
answer_job_clear (AnswerJob *job)
{
  g_clear_pointer (&job->devices, g_ptr_array_unref);
  g_clear_pointer (&job->olm_sessions, g_ptr_array_unref);
  g_clear_pointer (&job->sealed, g_bytes_unref);
  g_clear_pointer (&job->room_key, mtx_inbound_session_row_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AnswerJob, answer_job_clear)

/* Returns: (transfer full) (nullable): NULL, perhaps without an error: there is no such secret. */
static MtxSecretBytes *
open_secret (AnswerJob *job,
             GError   **error)
{
  for (guint role = 0; role < MTX_CROSS_SIGNING_N_ROLES; role++)
    if (g_str_equal (job->answer->name, seed_names[role]))
      return mtx_secret_bytes_ref (mtx_cross_signing_keys_get_seed (job->ratchets->keys, role));

  return job->sealed != NULL ? mtx_ratchets_open_backup_key (job->ratchets, job->sealed, error) : NULL;
}

static JsonObject *
build_secret (AnswerJob *job,
              GError   **error)
{
  g_autoptr (MtxSecretBytes) secret = open_secret (job, error);
  JsonObject                *content;
  char                      *text;

  if (secret == NULL)
    return NULL;

  text = mtx_base64_encode_secret (secret, MTX_BASE64_UNPADDED);
  content = json_object_new ();
  json_object_set_string_member (content, "request_id", job->answer->request_id);
  json_object_set_string_member (content, "secret", text);
  mtx_secret_string_free (text);

  return content;
}

static JsonObject *
build_room_key (AnswerJob *job,
                GError   **error)
{
  const MtxInboundSessionRow  *row = job->room_key;
  g_autoptr (MtxMegolmInbound) session = NULL;
  JsonObject                  *content;
  char                        *session_key;

  session = mtx_megolm_inbound_new_from_pickle (row->sealed, job->ratchets->master_key, row->room_id, row->session_id, error);
  if (session == NULL)
    return NULL;
  session_key = mtx_megolm_inbound_export_at (session, mtx_megolm_inbound_get_first_known_index (session), error);
  if (session_key == NULL)
    return NULL;

  content = json_object_new ();
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "room_id", row->room_id);
  json_object_set_string_member (content, "session_id", row->session_id);
  json_object_set_string_member (content, "session_key", session_key);
  json_object_set_string_member (content, "sender_key", row->sender_key);
  json_object_set_string_member (content, "sender_claimed_ed25519_key", row->claimed_ed25519);
  json_object_set_array_member (content, "forwarding_curve25519_key_chain", json_array_new ());
  json_object_set_boolean_member (content, "shared_history", row->shared_history);
  mtx_secret_string_free (session_key);

  return content;
}

static DexFuture *
answer_job (gpointer data)
{
  AnswerJob               *job = data;
  gboolean                 is_secret = job->answer->name != NULL;
  g_autoptr (MtxOlmPacker) packer = mtx_olm_packer_new (job->ratchets, job->olm_sessions, NULL, NULL, job->changes);
  g_autoptr (JsonObject)   content = NULL;
  g_autoptr (GError)       error = NULL;

  content = is_secret ? build_secret (job, &error) : build_room_key (job, &error);
  if (content != NULL)
    {
      job->is_packed = mtx_olm_packer_add (packer, g_ptr_array_index (job->devices, 0),
                                           is_secret ? "m.secret.send" : "m.forwarded_room_key", content, NULL, &error)
                       == MTX_OLM_PACKED;
      mtx_olm_packer_finish (packer);
    }

  return error != NULL ? dex_future_new_for_error (g_steal_pointer (&error)) : dex_future_new_true ();
}

/* The device as it is known now, for trust may have gone since it asked. */
static GPtrArray *
load_device (MtxCryptoEngine *self,
             const char      *device_id,
             GError         **error)
{
  const char           *users[] = { mtx_crypto_engine_get_user_id (self), NULL };
  g_autoptr (GPtrArray) rows = NULL;
  MtxOwnIds             own;

  rows = dex_await_boxed (mtx_device_store_load_devices (mtx_crypto_engine_get_db (self), users), error);
  if (rows == NULL)
    return NULL;

  _mtx_crypto_engine_get_own_ids (self, &own);
  for (guint i = 0; i < rows->len; i++)
    {
      MtxDeviceRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->device_id, device_id) && !g_str_equal (device_id, own.device_id)
          && mtx_own_device_is_verified (row, own.user_id, own.self_signing_key))
        {
          GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);

          g_ptr_array_add (devices, mtx_device_row_ref (row));
          return devices;
        }
    }

  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The device is no verified one of ours");

  return NULL;
}

static gboolean
load_material (MtxCryptoEngine *self,
               AnswerJob       *job,
               GError         **error)
{
  MtxDb             *db = mtx_crypto_engine_get_db (self);
  MtxRoomKeyId       id = { .room_id = job->answer->room_id, .session_id = job->answer->session_id };
  g_autoptr (GError) failure = NULL;

  if (job->answer->room_id != NULL)
    {
      g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_room_key_store_load_inbound (db, &id, 1), error);

      if (rows != NULL && rows->len > 0)
        job->room_key = mtx_inbound_session_row_ref (g_ptr_array_index (rows, 0));
      return rows != NULL;
    }
  if (!g_str_equal (job->answer->name, BACKUP_SECRET))
    return TRUE;

  job->sealed = dex_await_boxed (mtx_crypto_store_load_sealed (db, MTX_SEALED_BACKUP_KEY), &failure);
  if (job->sealed == NULL && !g_error_matches (failure, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return TRUE;
}

static DexFuture *
answer_command (MtxCryptoEngine *self,
                gpointer         data)
{
  g_auto (AnswerJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .answer = data,
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;

  job.devices = load_device (self, job.answer->device_id, &error);
  if (job.devices == NULL || !load_material (self, &job, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (job.answer->room_id != NULL && (job.room_key == NULL || job.room_key->claimed_ed25519 == NULL))
    return dex_future_new_for_boolean (FALSE);

  job.olm_sessions = _mtx_crypto_engine_load_olm_sessions (self, job.devices, &error);
  if (job.olm_sessions == NULL || !_mtx_crypto_engine_work (self, answer_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_for_boolean (job.is_packed);
}

/**
 * _mtx_crypto_engine_answer_secret:
 * @self: an engine
 * @device_id: another device of ours
 * @name: the secret it asks for
 * @request_id: by which it asks
 *
 * Packs a secret for a verified device of ours (specification, § Secret sharing). Sending what was packed is the
 * caller's.
 *
 * Returns: (transfer full): a future that resolves to %TRUE if it was packed, %FALSE if we have no such secret or no
 *   session with the device; rejects with %MTX_ERROR_UNTRUSTED if the device is not a verified one
 */
DexFuture *
_mtx_crypto_engine_answer_secret (MtxCryptoEngine *self,
                                  const char      *device_id,
                                  const char      *name,
                                  const char      *request_id)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->device_id = g_strdup (device_id);
  answer->name = g_strdup (name);
  answer->request_id = g_strdup (request_id);

  return _mtx_crypto_engine_command (self, answer_command, answer, answer_free);
}

/**
 * _mtx_crypto_engine_answer_room_key:
 * @self: an engine
 * @device_id: another device of ours
 * @room_id: the room of the key it asks for
 * @session_id: the key
 *
 * Packs a room key for a verified device of ours (specification, § Key requests), from the first index we know: what we
 * can read our other devices may. Sending what was packed is the caller's.
 *
 * Returns: (transfer full): a future that resolves to %TRUE if it was packed, %FALSE if we do not have the key or no
 *   session with the device; rejects with %MTX_ERROR_UNTRUSTED if the device is not a verified one
 */
DexFuture *
_mtx_crypto_engine_answer_room_key (MtxCryptoEngine *self,
                                    const char      *device_id,
                                    const char      *room_id,
                                    const char      *session_id)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->device_id = g_strdup (device_id);
  answer->room_id = g_strdup (room_id);
  answer->session_id = g_strdup (session_id);

  return _mtx_crypto_engine_command (self, answer_command, answer, answer_free);
}
