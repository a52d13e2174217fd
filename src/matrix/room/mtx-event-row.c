/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of an event is kept: its fields as columns, its content as JSON, and for one that cannot be read the
 * ciphertext, so that it can be tried again when its key arrives (M36).
 */
#include "mtx-event-row.h"

#include "mtx-json.h"

/* More than the 64 KiB that an event may have (specification, § Size limits), because our JSON may be longer. */
#define MAX_CONTENT_BYTES (256 * 1024)

static JsonObject *
parse_content (const char *text)
{
  MtxJsonLimits limits = { .max_bytes = MAX_CONTENT_BYTES, .max_depth = MTX_JSON_MAX_DEPTH };
  JsonObject   *content = text != NULL ? mtx_json_parse_object (text, -1, &limits, NULL) : NULL;

  return content != NULL ? content : json_object_new ();
}

static MtxDecryption
read_decryption (MtxEventRow *row)
{
  switch (row->decryption)
    {
    case MTX_EVENT_DECRYPTED:
      return MTX_DECRYPTION_DECRYPTED;

    case MTX_EVENT_UNDECRYPTABLE:
      return (MtxDecryption)CLAMP (row->decryption_reason, MTX_DECRYPTION_MISSING_KEY, MTX_DECRYPTION_FAILED);

    case MTX_EVENT_CLEAR:
    default:
      return MTX_DECRYPTION_CLEAR;
    }
}

/**
 * mtx_event_new_from_row:
 * @row: a stored event
 *
 * Brings back an event. One that could not be read comes back encrypted, ready to be tried again.
 *
 * Returns: (transfer full): the event
 */
MtxEvent *
mtx_event_new_from_row (MtxEventRow *row)
{
  gboolean               encrypted = row->decryption == MTX_EVENT_UNDECRYPTABLE;
  g_autoptr (JsonObject) content = parse_content (encrypted ? row->encrypted : row->content);
  MtxEventFields         fields = {
            .room_id = row->room_id,
            .event_id = row->event_id,
            .sender = row->sender,
            .type = row->type,
            .state_key = row->state_key,
            .transaction_id = row->transaction_id,
            .relation_type = row->relation_type,
            .relates_to = row->relates_to,
            .session_id = row->session_id,
            .timestamp_ms = row->origin_server_ts,
            .redacted = row->redacted,
            .decryption = read_decryption (row),
            .shield = (MtxShield)CLAMP (row->shield, MTX_SHIELD_NONE, MTX_SHIELD_CHANGED_IDENTITY),
  };

  return mtx_event_new_stored (&fields, content);
}

static char *
write_content (MtxEvent *self)
{
  g_autoptr (JsonObject) content = NULL;

  switch (mtx_event_get_kind (self))
    {
    case MTX_EVENT_KIND_MEMBER:
      content = json_object_new ();
      json_object_set_string_member (content, "membership",
                                     mtx_membership_to_string (mtx_event_get_membership (self)));
      json_object_set_string_member (content, MTX_EVENT_FORMER_MEMBERSHIP,
                                     mtx_membership_to_string (mtx_event_get_former_membership (self)));
      return mtx_json_to_string (content);

    case MTX_EVENT_KIND_ENCRYPTED:
    case MTX_EVENT_KIND_REDACTED:
      return g_strdup ("{}");

    case MTX_EVENT_KIND_TEXT:
    case MTX_EVENT_KIND_NOTICE:
    case MTX_EVENT_KIND_EMOTE:
    case MTX_EVENT_KIND_MEDIA:
    case MTX_EVENT_KIND_STATE:
    case MTX_EVENT_KIND_REDACTION:
    case MTX_EVENT_KIND_REACTION:
    case MTX_EVENT_KIND_VERIFICATION:
    case MTX_EVENT_KIND_UNKNOWN:
    default:
      return mtx_json_to_string (mtx_event_get_content (self));
    }
}

/**
 * mtx_event_to_row:
 * @self: an event that has an id
 * @echo: whether we sent it and sync has not brought it yet
 * @func: (scope call): what to do with the row
 * @data: closure of @func
 *
 * Describes an event as a row of the event store.
 */
void
mtx_event_to_row (MtxEvent       *self,
                  gboolean        echo,
                  MtxEventRowFunc func,
                  gpointer        data)
{
  gboolean         encrypted = mtx_event_get_kind (self) == MTX_EVENT_KIND_ENCRYPTED;
  g_autofree char *content = write_content (self);
  g_autofree char *ciphertext = encrypted ? mtx_json_to_string (mtx_event_get_content (self)) : NULL;
  MtxDecryption    decryption = mtx_event_get_decryption (self);
  MtxEventRow      row = {
         .room_id = mtx_event_get_room_id (self),
         .event_id = mtx_event_get_event_id (self),
         .sender = mtx_event_get_sender (self),
         .origin_server_ts = mtx_event_get_timestamp_ms (self),
         .type = mtx_event_get_type_name (self),
         .state_key = mtx_event_get_state_key (self),
         .content = content,
         .relation_type = mtx_event_get_relation_type (self),
         .relates_to = mtx_event_get_relates_to (self),
         .transaction_id = mtx_event_get_transaction_id (self),
         .redacted = mtx_event_get_kind (self) == MTX_EVENT_KIND_REDACTED,
         .echo = echo,
         .decryption = encrypted ? MTX_EVENT_UNDECRYPTABLE
                                 : (decryption == MTX_DECRYPTION_DECRYPTED ? MTX_EVENT_DECRYPTED : MTX_EVENT_CLEAR),
         .decryption_reason = encrypted ? decryption : 0,
         .shield = mtx_event_get_shield (self),
         .session_id = mtx_event_get_session_id (self),
         .encrypted = ciphertext,
         .stored_at = g_get_real_time () / 1000,
  };

  g_return_if_fail (row.event_id != NULL);

  func (&row, data);
}
