/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From an encrypted room event to what may be shown of it (specification, § m.megolm.v1.aes-sha2).
 */
#include "mtx-room-decryption.h"

#include "mtx-crypto-engine.h"
#include "mtx-error.h"
#include "mtx-json.h"

/* A room event is at most this long on the wire, so its payload is shorter. */
#define EVENT_MAX_BYTES (64 * 1024)

static const MtxJsonLimits payload_limits = {
  .max_bytes = EVENT_MAX_BYTES,
  .max_depth = MTX_JSON_MAX_DEPTH,
};

/**
 * mtx_room_decryption_can_try:
 * @event: an event
 *
 * Returns: %TRUE if the event is an encrypted message; encrypted state is not something we know (O3)
 */
gboolean
mtx_room_decryption_can_try (MtxEvent *event)
{
  return mtx_event_get_kind (event) == MTX_EVENT_KIND_ENCRYPTED && mtx_event_get_state_key (event) == NULL;
}

/* Nothing else in the clear part is read: `sender_key` and `device_id` are anybody's claim (S14). */
static const char *
peek_session_id (JsonObject *content)
{
  if (g_strcmp0 (mtx_json_get_string (content, "algorithm"), MTX_ALGORITHM_MEGOLM) != 0)
    return NULL;

  return mtx_json_get_string (content, "session_id");
}

static MtxEvent *
refuse (MtxEvent   *event,
        const char *why)
{
  g_debug ("A message was refused: %s", why);

  return mtx_event_new_undecryptable (event, MTX_DECRYPTION_REFUSED, NULL);
}

/* The position is remembered only once everything else is right, so that a forgery cannot take it away from
 * the true event. */
static MtxEvent *
read_plaintext (MtxRoomKeys                *keys,
                MtxSenders                 *senders,
                MtxEvent                   *event,
                const MtxInboundSessionRow *key,
                guint32                     message_index,
                GBytes                     *untrusted_plaintext,
                MtxChangeSet               *changes)
{
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (MtxEvent)   decrypted = NULL;
  g_autoptr (GError)     error = NULL;
  const char            *text;
  gsize                  length;
  MtxReplayRow           use = {
              .room_id = key->room_id,
              .session_id = key->session_id,
              .message_index = message_index,
              .event_id = mtx_event_get_event_id (event),
              .origin_server_ts = mtx_event_get_timestamp_ms (event),
  };

  text = g_bytes_get_data (untrusted_plaintext, &length);
  payload = mtx_json_parse_object (text, length, &payload_limits, &error);
  if (payload == NULL)
    return refuse (event, error->message);

  decrypted = mtx_event_new_decrypted (event, payload, mtx_senders_judge_at (senders, key, message_index), &error);
  if (decrypted == NULL)
    return refuse (event, error->message);

  if (!mtx_room_keys_note_index (keys, &use, changes))
    return refuse (event, "its position was used by another event");

  return g_steal_pointer (&decrypted);
}

/**
 * mtx_room_decryption_run:
 * @keys: the room keys at hand
 * @senders: who sent them
 * @event: an encrypted event
 * @changes: where to write that a position was used
 *
 * Decrypts an event and decides what may be believed of it: the key must be of this room, from the event's
 * sender, and its position not used by another event (threats 43, 57, 58, 59, 60, 61).
 *
 * Returns: (transfer full): the readable event, or one that says why it is not
 */
MtxEvent *
mtx_room_decryption_run (MtxRoomKeys  *keys,
                         MtxSenders   *senders,
                         MtxEvent     *event,
                         MtxChangeSet *changes)
{
  const char                 *session_id = peek_session_id (mtx_event_get_content (event));
  const char                 *ciphertext = mtx_json_get_string (mtx_event_get_content (event), "ciphertext");
  const MtxInboundSessionRow *key;
  g_autoptr (GBytes)          plaintext = NULL;
  g_autoptr (GError)          error = NULL;
  guint32                     message_index;

  if (session_id == NULL || ciphertext == NULL)
    return mtx_event_new_undecryptable (event, MTX_DECRYPTION_FAILED, NULL);

  key = mtx_room_keys_find (keys, mtx_event_get_room_id (event), session_id);
  if (key == NULL)
    return mtx_event_new_undecryptable (event, MTX_DECRYPTION_MISSING_KEY, NULL);

  plaintext = mtx_room_keys_decrypt (keys, key->room_id, session_id, ciphertext, &message_index, &error);
  if (plaintext == NULL)
    {
      g_debug ("A message could not be decrypted: %s", error->message);
      return mtx_event_new_undecryptable (event,
                                          g_error_matches (error, MTX_ERROR, MTX_ERROR_MISSING_KEY)
                                              ? MTX_DECRYPTION_MISSING_KEY
                                              : MTX_DECRYPTION_FAILED,
                                          NULL);
    }

  /* An imported key has no known owner; its messages carry a shield instead (threat 80). */
  if (key->sender_user != NULL && !g_str_equal (key->sender_user, mtx_event_get_sender (event)))
    return refuse (event, "its sender does not own the room key");

  return read_plaintext (keys, senders, event, key, message_index, plaintext, changes);
}
