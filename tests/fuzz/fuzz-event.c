/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One event, and the same text as what a decryption yields: read or refused, and what was read survives the
 * store unchanged in all that is shown.
 */
#include "mtx-fuzz.h"

#include "mtx-event-edit.h"
#include "mtx-event-row.h"
#include "mtx-json.h"
#include "mtx-timeline-item.h"

#define ROOM "!r:x"

static const MtxJsonLimits limits = { .max_bytes = 1 << 20 };

static void
check_row (const MtxEventRow *row,
           gpointer           data)
{
  MtxEvent            *event = data;
  MtxEventRow          copy = *row;
  g_autoptr (MtxEvent) back = mtx_event_new_from_row (&copy);
  MtxEventKind         kind = mtx_event_get_kind (event);

  g_assert_true (g_utf8_validate (row->content, -1, NULL));
  g_assert_cmpint (mtx_event_get_kind (back), ==, kind);
  g_assert_cmpstr (mtx_event_get_body (back), ==, mtx_event_get_body (event));
  g_assert_cmpint (mtx_event_get_membership (back), ==, mtx_event_get_membership (event));
  g_assert_cmpint (mtx_event_get_former_membership (back), ==, mtx_event_get_former_membership (event));
  g_assert_cmpint (mtx_event_get_shield (back), ==, mtx_event_get_shield (event));
  g_assert_cmpstr (mtx_event_get_session_id (back), ==, mtx_event_get_session_id (event));
  g_assert_cmpint (mtx_timeline_item_can_show (back), ==, mtx_timeline_item_can_show (event));
}

static void
check_event (MtxEvent *event)
{
  if (mtx_event_get_event_id (event) != NULL)
    mtx_event_to_row (event, FALSE, check_row, event);
  if (mtx_timeline_item_can_show (event))
    {
      g_autoptr (MtxTimelineItem) item = mtx_timeline_item_new_for_event (event, "@a:x");

      g_assert_nonnull (mtx_timeline_item_get_timestamp (item));
    }
}

/* What a ciphertext says has no power over the room, whatever it says. */
static void
check_payload (JsonObject *payload)
{
  g_autoptr (JsonNode) node = json_from_string ("{\"event_id\":\"$e\",\"sender\":\"@a:x\",\"origin_server_ts\":1,"
                                                "\"type\":\"m.room.encrypted\",\"content\":{\"session_id\":\"s\"}}",
                                                NULL);
  g_autoptr (MtxEvent) envelope = mtx_event_new_from_json (json_node_get_object (node), ROOM, NULL);
  g_autoptr (MtxEvent) event = mtx_event_new_decrypted (envelope, payload, MTX_SHIELD_NONE, NULL);

  if (event == NULL)
    return;
  g_assert_null (mtx_event_get_state_key (event));
  g_assert_null (mtx_event_get_redacts (event));
  g_assert_cmpint (mtx_event_get_kind (event), !=, MTX_EVENT_KIND_ENCRYPTED);
  g_assert_cmpint (mtx_event_get_kind (event), !=, MTX_EVENT_KIND_STATE);
  g_assert_cmpint (mtx_event_get_kind (event), !=, MTX_EVENT_KIND_MEMBER);
  g_assert_cmpstr (mtx_event_get_sender (event), ==, "@a:x");
  check_event (event);
}

/* An edit brings words, and nothing else: what it edits stays where, when and whose it was. */
static void
check_edit (MtxEvent *edit)
{
  g_autoptr (JsonNode) node = json_from_string ("{\"event_id\":\"$e\",\"sender\":\"@a:x\",\"origin_server_ts\":1,"
                                                "\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"b\"}}",
                                                NULL);
  g_autoptr (MtxEvent) original = mtx_event_new_from_json (json_node_get_object (node), ROOM, NULL);
  g_autoptr (MtxEvent) edited = mtx_event_new_edited (original, edit);

  if (edited == NULL)
    return;
  g_assert_cmpstr (mtx_event_get_sender (edit), ==, "@a:x");
  g_assert_cmpstr (mtx_event_get_sender (edited), ==, "@a:x");
  g_assert_cmpstr (mtx_event_get_event_id (edited), ==, "$e");
  g_assert_cmpint (mtx_event_get_timestamp_ms (edited), ==, 1);
  g_assert_null (mtx_event_get_state_key (edited));
  g_assert_true (mtx_timeline_item_can_show (edited));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (JsonObject) object = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (MtxEvent)   event = NULL;
  g_autoptr (MtxEvent)   stripped = NULL;

  if (object == NULL)
    return 0;

  event = mtx_event_new_from_json (object, ROOM, NULL);
  if (event != NULL)
    {
      check_event (event);
      check_edit (event);
    }
  stripped = mtx_event_new_stripped (object, ROOM, NULL);
  if (stripped != NULL)
    check_event (stripped);
  check_payload (object);

  return 0;
}
