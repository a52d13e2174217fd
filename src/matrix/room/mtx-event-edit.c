/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Edits, with every rule that keeps people from putting words into each other's mouths (specification, § Event
 * replacements; threat 62). What a server bundles with an event is never read: an edit is an event of its own, and
 * passes what every event passes (threat 63).
 */
#include "mtx-event-edit.h"

#include "mtx-json.h"

#define REPLACE "m.replace"

static gboolean
is_readable_message (MtxEvent *event)
{
  switch (mtx_event_get_kind (event))
    {
    case MTX_EVENT_KIND_TEXT:
    case MTX_EVENT_KIND_NOTICE:
    case MTX_EVENT_KIND_EMOTE:
    case MTX_EVENT_KIND_MEDIA:
      return TRUE;

    case MTX_EVENT_KIND_MEMBER:
    case MTX_EVENT_KIND_STATE:
    case MTX_EVENT_KIND_ENCRYPTED:
    case MTX_EVENT_KIND_REDACTION:
    case MTX_EVENT_KIND_REDACTED:
    case MTX_EVENT_KIND_REACTION:
    case MTX_EVENT_KIND_VERIFICATION:
    case MTX_EVENT_KIND_UNKNOWN:
    default:
      return FALSE;
    }
}

static gboolean
names_replaced_event (MtxEvent *event)
{
  return g_strcmp0 (mtx_event_get_relation_type (event), REPLACE) == 0 && mtx_event_get_relates_to (event) != NULL;
}

static JsonObject *
get_new_content (MtxEvent *event)
{
  return is_readable_message (event) ? mtx_json_get_object (mtx_event_get_content (event), "m.new_content") : NULL;
}

/**
 * mtx_event_is_edit:
 * @event: an event
 *
 * Whether an event is there only to replace another one. It is not shown by itself, whether or not it may replace
 * anything. A message to which only the server added a relation has no new content inside, and stays a message.
 *
 * Returns: %TRUE if so
 */
gboolean
mtx_event_is_edit (MtxEvent *event)
{
  g_return_val_if_fail (event != NULL, FALSE);

  if (!names_replaced_event (event))
    return FALSE;

  return mtx_event_get_kind (event) == MTX_EVENT_KIND_REDACTED || get_new_content (event) != NULL;
}

/* Both are messages of the same person, room and type; an edit is not edited; and what was encrypted is replaced
 * only by what was. */
static gboolean
may_replace (MtxEvent *original,
             MtxEvent *edit)
{
  return names_replaced_event (edit)
         && get_new_content (edit) != NULL
         && is_readable_message (original)
         && !names_replaced_event (original)
         && g_strcmp0 (mtx_event_get_relates_to (edit), mtx_event_get_event_id (original)) == 0
         && g_str_equal (mtx_event_get_room_id (edit), mtx_event_get_room_id (original))
         && g_str_equal (mtx_event_get_sender (edit), mtx_event_get_sender (original))
         && g_str_equal (mtx_event_get_type_name (edit), mtx_event_get_type_name (original))
         && (mtx_event_get_decryption (original) == MTX_DECRYPTION_CLEAR
             || mtx_event_get_decryption (edit) == MTX_DECRYPTION_DECRYPTED);
}

/**
 * mtx_event_new_edited:
 * @original: an event as it was sent
 * @edit: another one, which may replace it
 *
 * Puts the words of the edit into the place of the original: its id, its sender, its time. If there is something to
 * warn about either of them, the result carries the warning.
 *
 * Returns: (transfer full) (nullable): the event to show, or %NULL if @edit may not replace @original
 */
MtxEvent *
mtx_event_new_edited (MtxEvent *original,
                      MtxEvent *edit)
{
  g_autoptr (MtxEvent) edited = NULL;
  MtxShield            warning;

  g_return_val_if_fail (original != NULL, NULL);
  g_return_val_if_fail (edit != NULL, NULL);

  if (!may_replace (original, edit))
    return NULL;

  warning = mtx_event_get_shield (edit);
  edited = mtx_event_new_stored (&(MtxEventFields){
                                     .room_id = mtx_event_get_room_id (original),
                                     .event_id = mtx_event_get_event_id (original),
                                     .sender = mtx_event_get_sender (original),
                                     .type = mtx_event_get_type_name (original),
                                     .transaction_id = mtx_event_get_transaction_id (original),
                                     .relation_type = mtx_event_get_relation_type (original),
                                     .relates_to = mtx_event_get_relates_to (original),
                                     .session_id = mtx_event_get_session_id (original),
                                     .timestamp_ms = mtx_event_get_timestamp_ms (original),
                                     .decryption = mtx_event_get_decryption (original),
                                     .shield = warning != MTX_SHIELD_NONE ? warning : mtx_event_get_shield (original),
                                     .edited = TRUE,
                                 },
                                 get_new_content (edit));

  return is_readable_message (edited) ? g_steal_pointer (&edited) : NULL;
}
