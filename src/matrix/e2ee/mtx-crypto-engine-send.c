/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The messages we write to rooms. The ratchet is committed before a ciphertext is given out, so no position is
 * ever used twice.
 */
#include "mtx-crypto-engine-private.h"

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-megolm-outbound.h"

/* Of an event of at most 64 KiB, what encryption and envelope leave for the payload. */
#define EVENT_MAX_PAYLOAD_BYTES 44000

/* One constant switches it off, should the specification follow MSC4381 (S14). */
#define SEND_DEPRECATED_SENDER_FIELDS TRUE

/**
 * _mtx_outbound_session_put:
 * @ratchets: our keys
 * @room_id: the room it is for
 * @session: the session as it is now
 * @shared_history: as it was said to those who get it
 * @changes: where to write
 * @error: return location for an error
 *
 * Writes a room's outbound session.
 *
 * Returns: (transfer full) (nullable): the row, or %NULL with an error
 */
MtxOutboundSessionRow *
_mtx_outbound_session_put (MtxRatchets       *ratchets,
                           const char        *room_id,
                           MtxMegolmOutbound *session,
                           gboolean           shared_history,
                           MtxChangeSet      *changes,
                           GError           **error)
{
  g_autoptr (GBytes)    sealed = mtx_megolm_outbound_to_pickle (session, ratchets->master_key, room_id, error);
  MtxOutboundSessionRow row = {
    .room_id = room_id,
    .session_id = mtx_megolm_outbound_get_id (session),
    .sealed = sealed,
    .created_at = mtx_megolm_outbound_get_created_ms (session),
    .message_count = mtx_megolm_outbound_get_message_index (session),
    .shared_history = shared_history,
  };

  if (sealed == NULL)
    return NULL;

  mtx_room_key_store_put_outbound (changes, &row);

  return mtx_outbound_session_row_new (&row);
}

typedef struct
{
  MtxRoomCryptoInfo *info;
  char              *payload;
  JsonObject        *relation; /* or NULL */
} EncryptCommand;

static void
encrypt_command_free (gpointer memory)
{
  EncryptCommand *command = memory;

  g_clear_pointer (&command->info, mtx_room_crypto_info_unref);
  g_clear_pointer (&command->payload, mtx_secret_string_free);
  g_clear_pointer (&command->relation, json_object_unref);
  g_free (command);
}

typedef struct
{
  MtxRatchets           *ratchets;
  const char            *payload;
  MtxOutboundSessionRow *stored;
  MtxChangeSet          *changes;
  char                  *ciphertext;
} EncryptJob;

static void
encrypt_job_clear (EncryptJob *job)
{
  g_clear_pointer (&job->stored, mtx_outbound_session_row_unref);
  g_clear_pointer (&job->changes, mtx_change_set_unref);
  g_clear_pointer (&job->ciphertext, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EncryptJob, encrypt_job_clear)

static DexFuture *
encrypt_job (gpointer data)
{
  EncryptJob                       *job = data;
  g_autoptr (MtxMegolmOutbound)     session = NULL;
  g_autoptr (MtxOutboundSessionRow) row = NULL;
  g_autoptr (GError)                error = NULL;

  session = mtx_megolm_outbound_new_from_pickle (job->stored->sealed,
                                                 job->ratchets->master_key,
                                                 job->stored->room_id,
                                                 job->stored->session_id,
                                                 &error);
  if (session == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  job->ciphertext = mtx_megolm_outbound_encrypt (session,
                                                 (const guint8 *)job->payload,
                                                 strlen (job->payload),
                                                 &error);
  if (job->ciphertext == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  row = _mtx_outbound_session_put (job->ratchets, job->stored->room_id, session, job->stored->shared_history, job->changes, &error);
  if (row == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
encrypt_command (MtxCryptoEngine *self,
                 gpointer         data)
{
  EncryptCommand     *command = data;
  g_auto (EncryptJob) job = {
    .ratchets = _mtx_crypto_engine_get_ratchets (self),
    .payload = command->payload,
    .changes = mtx_change_set_new (),
  };
  g_autoptr (GError) error = NULL;
  JsonObject        *content;

  if (!_mtx_crypto_engine_check_members (self, command->info, NULL, &error)
      || !_mtx_crypto_engine_check_present (self, command->info, &error)
      || !_mtx_crypto_engine_load_outbound (self, mtx_room_crypto_info_get_room_id (command->info), &job.stored, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (job.stored == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_RETRY_LATER, "The room needs another key");

  /* The commit comes first: a ciphertext that left before it could be made a second time with other words. */
  if (!_mtx_crypto_engine_work (self, encrypt_job, &job, &error)
      || !_mtx_crypto_engine_commit (self, job.changes, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  content = json_object_new ();
  json_object_set_string_member (content, "algorithm", MTX_ALGORITHM_MEGOLM);
  json_object_set_string_member (content, "ciphertext", job.ciphertext);
  json_object_set_string_member (content, "session_id", job.stored->session_id);
  if (SEND_DEPRECATED_SENDER_FIELDS)
    {
      json_object_set_string_member (content, "sender_key", mtx_crypto_engine_get_curve25519 (self));
      json_object_set_string_member (content, "device_id", mtx_crypto_engine_get_device_id (self));
    }
  if (command->relation != NULL)
    json_object_set_object_member (content, "m.relates_to", json_object_ref (command->relation));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, content);
}

/* The relation stays outside, where servers and other clients look for it (S10). */
static char *
write_payload (const char *room_id,
               const char *type,
               JsonObject *content)
{
  g_autoptr (JsonObject) payload = json_object_new ();
  g_autoptr (JsonObject) inner = json_object_new ();
  JsonObjectIter         iter;
  const char            *name;
  JsonNode              *node;

  json_object_iter_init (&iter, content);
  while (json_object_iter_next (&iter, &name, &node))
    {
      if (!g_str_equal (name, "m.relates_to"))
        json_object_set_member (inner, name, json_node_copy (node));
    }

  json_object_set_string_member (payload, "type", type);
  json_object_set_object_member (payload, "content", json_object_ref (inner));
  json_object_set_string_member (payload, "room_id", room_id);

  return mtx_json_to_string (payload);
}

/**
 * _mtx_crypto_engine_encrypt_event:
 * @self: an engine
 * @info: a room that _mtx_crypto_engine_prepare_room() made a key for
 * @type: type of the event
 * @content: content of the event
 *
 * Encrypts one event. The ratchet is committed before the ciphertext is given out.
 *
 * Returns: (transfer full): a future that resolves to a boxed #JsonObject, the content of an `m.room.encrypted`;
 *   rejects with %MTX_ERROR_TOO_LARGE if no server would take it, with %MTX_ERROR_RETRY_LATER if somebody left the
 *   room since the key was made ready, with %MTX_ERROR_NEED_DECISION if somebody's identity stands in the way (M37)
 */
DexFuture *
_mtx_crypto_engine_encrypt_event (MtxCryptoEngine   *self,
                                  MtxRoomCryptoInfo *info,
                                  const char        *type,
                                  JsonObject        *content)
{
  EncryptCommand *command = g_new0 (EncryptCommand, 1);
  JsonObject     *relation = mtx_json_get_object (content, "m.relates_to");

  command->info = mtx_room_crypto_info_ref (info);
  command->payload = write_payload (mtx_room_crypto_info_get_room_id (info), type, content);
  command->relation = relation != NULL ? json_object_ref (relation) : NULL;

  if (strlen (command->payload) > EVENT_MAX_PAYLOAD_BYTES)
    {
      encrypt_command_free (command);
      return dex_future_new_reject (MTX_ERROR, MTX_ERROR_TOO_LARGE, "The message is too long to be sent");
    }

  return _mtx_crypto_engine_command (self, encrypt_command, command, encrypt_command_free);
}
