/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole sync: whatever a server sends, there is a response with complete values or none, and the records of
 * rooms take any state.
 */
#include "mtx-fuzz.h"

#include "mtx-json.h"
#include "mtx-power-levels.h"
#include "mtx-room-summary.h"
#include "mtx-sync-response.h"

static const MtxJsonLimits limits = { .max_bytes = 1 << 20 };

static void
check_summary (MtxSyncRoom *room)
{
  g_autoptr (MtxRoomSummary) summary = mtx_room_summary_new (room->room_id);
  g_autoptr (MtxPowerLevels) levels = NULL;
  g_autoptr (JsonObject)     content = NULL;
  g_autofree char           *algorithm = NULL;

  for (guint i = 0; i < room->state->len; i++)
    {
      mtx_room_summary_apply_state (summary, g_ptr_array_index (room->state, i));
      if (algorithm == NULL)
        algorithm = g_strdup (summary->algorithm);
      g_assert_cmpstr (summary->algorithm, ==, algorithm);
    }
  if (summary->name != NULL)
    g_assert_true (g_utf8_validate (summary->name, -1, NULL));
  if (summary->algorithm != NULL)
    {
      g_assert_cmpint (summary->rotation_period_ms, >=, 3600000);
      g_assert_cmpint (summary->rotation_period_msgs, >=, 1);
      g_assert_cmpint (summary->rotation_period_msgs, <=, 10000);
    }

  if (summary->power_levels != NULL)
    content = mtx_json_parse_object (summary->power_levels, -1, &limits, NULL);
  levels = mtx_power_levels_new (content, (const char *const *)summary->creators, summary->room_version);
  mtx_power_levels_can_moderate (levels, "@a:x");
  mtx_power_levels_can_send (levels, "@a:x", "m.room.encrypted");
}

static void
check_room (MtxSyncRoom *room)
{
  g_assert_nonnull (room->room_id);
  g_assert_cmpint (room->joined_count, >=, -1);
  g_assert_cmpint (room->invited_count, >=, -1);
  for (guint i = 0; i < room->timeline->len; i++)
    {
      MtxEvent *event = g_ptr_array_index (room->timeline, i);

      g_assert_nonnull (mtx_event_get_event_id (event));
      g_assert_cmpstr (mtx_event_get_room_id (event), ==, room->room_id);
    }
  for (guint i = 0; i < room->state->len; i++)
    g_assert_nonnull (mtx_event_get_state_key (g_ptr_array_index (room->state, i)));
  for (guint i = 0; i < room->receipts->len; i++)
    {
      MtxSyncReceipt *receipt = g_ptr_array_index (room->receipts, i);

      g_assert_true (receipt->user_id != NULL && receipt->event_id != NULL);
    }
  check_summary (room);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (JsonObject)      object = mtx_json_parse_object ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr (MtxSyncResponse) response = NULL;
  g_autoptr (GError)          error = NULL;

  if (object == NULL)
    return 0;

  response = mtx_sync_response_new_from_json (object, &error);
  g_assert_true ((response != NULL) == (error == NULL));
  if (response == NULL)
    return 0;

  g_assert_nonnull (response->next_batch);
  g_assert_cmpint (response->one_time_key_count, >=, 0);
  for (guint i = 0; i < response->to_device->len; i++)
    {
      MtxToDeviceEvent *event = g_ptr_array_index (response->to_device, i);

      g_assert_true (event->sender != NULL && event->type != NULL && event->content != NULL);
    }
  for (guint i = 0; i < response->rooms->len; i++)
    check_room (g_ptr_array_index (response->rooms, i));

  return 0;
}
