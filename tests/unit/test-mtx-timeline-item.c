/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which events become rows, what a row says, and that changes are notified once.
 */
#include "mtx-event-private.h"
#include "mtx-json.h"
#include "mtx-test.h"
#include "mtx-timeline-item-private.h"

#define ROOM "!r:x"
#define OWN  "@me:x"

static MtxEvent *
event_by (const char *sender,
          const char *type,
          const char *rest)
{
  MtxJsonLimits          limits = { .max_bytes = 1024 * 1024 };
  g_autofree char       *text = g_strdup_printf ("{\"event_id\":\"$1\",\"sender\":\"%s\",\"origin_server_ts\":1500,\"type\":\"%s\",%s}",
                                                 sender, type, rest);
  g_autoptr (JsonObject) object = mtx_json_parse_object (text, -1, &limits, NULL);
  MtxEvent              *event = mtx_event_new_from_json (object, ROOM, NULL);

  g_test_message ("%s", text);
  g_assert_nonnull (event);

  return event;
}

static MtxTimelineItem *
item_by (const char *sender,
         const char *type,
         const char *rest)
{
  g_autoptr (MtxEvent) event = event_by (sender, type, rest);

  g_assert_true (mtx_timeline_item_can_show (event));

  return mtx_timeline_item_new_for_event (event, OWN);
}

static void
test_shown (void)
{
  static const struct
  {
    const char *type;
    const char *rest;
    gboolean    shown;
    MtxItemKind kind;
  } cases[] = {
    { "m.room.message", "\"content\":{\"msgtype\":\"m.text\",\"body\":\"x\"}", TRUE, MTX_ITEM_KIND_MESSAGE },
    { "m.room.message", "\"content\":{\"msgtype\":\"m.notice\",\"body\":\"x\"}", TRUE, MTX_ITEM_KIND_MESSAGE },
    { "m.room.message", "\"content\":{\"msgtype\":\"m.image\",\"body\":\"x\"}", TRUE, MTX_ITEM_KIND_UNSUPPORTED },
    { "m.room.message", "\"content\":{\"msgtype\":\"m.location\",\"body\":\"x\"}", TRUE, MTX_ITEM_KIND_UNSUPPORTED },
    { "m.room.message", "\"content\":{}", TRUE, MTX_ITEM_KIND_UNSUPPORTED },
    { "m.room.encrypted", "\"content\":{}", TRUE, MTX_ITEM_KIND_UNDECRYPTABLE },
    { "m.room.message", "\"content\":{},\"unsigned\":{\"redacted_because\":{}}", TRUE, MTX_ITEM_KIND_DELETED },
    { "m.reaction", "\"content\":{},\"unsigned\":{\"redacted_because\":{}}", FALSE, 0 },
    { "m.reaction", "\"content\":{}", FALSE, 0 },
    { "m.room.redaction", "\"content\":{}", FALSE, 0 },
    { "m.call.invite", "\"content\":{}", FALSE, 0 },
    { "m.room.encryption", "\"state_key\":\"\",\"content\":{}", TRUE, MTX_ITEM_KIND_NOTICE },
    { "m.room.encryption", "\"state_key\":\"x\",\"content\":{}", FALSE, 0 },
    { "m.room.name", "\"state_key\":\"\",\"content\":{}", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxEvent) event = event_by ("@a:x", cases[i].type, cases[i].rest);

      g_assert_cmpint (mtx_timeline_item_can_show (event), ==, cases[i].shown);
      if (cases[i].shown)
        {
          g_autoptr (MtxTimelineItem) item = mtx_timeline_item_new_for_event (event, OWN);

          g_assert_cmpint (mtx_timeline_item_get_kind (item), ==, cases[i].kind);
        }
    }
}

static void
test_notices (void)
{
  static const struct
  {
    const char   *sender;
    const char   *now;
    const char   *before;
    MtxNoticeType notice;
  } cases[] = {
    { "@b:x", "join", NULL, MTX_NOTICE_TYPE_JOINED },
    { "@b:x", "join", "invite", MTX_NOTICE_TYPE_JOINED },
    { "@b:x", "join", "join", MTX_NOTICE_TYPE_NONE },
    { OWN, "invite", NULL, MTX_NOTICE_TYPE_INVITED },
    { "@b:x", "leave", "join", MTX_NOTICE_TYPE_LEFT },
    { "@b:x", "leave", "invite", MTX_NOTICE_TYPE_DECLINED },
    { OWN, "leave", "join", MTX_NOTICE_TYPE_REMOVED },
    { OWN, "leave", "ban", MTX_NOTICE_TYPE_NONE },
    { OWN, "ban", "join", MTX_NOTICE_TYPE_BANNED },
    { "@b:x", "knock", NULL, MTX_NOTICE_TYPE_NONE },
    { "@b:x", "nonsense", NULL, MTX_NOTICE_TYPE_NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char     *before = cases[i].before == NULL
                                        ? g_strdup ("")
                                        : g_strdup_printf (",\"unsigned\":{\"prev_content\":{\"membership\":\"%s\"}}", cases[i].before);
      g_autofree char     *rest = g_strdup_printf ("\"state_key\":\"@b:x\",\"content\":{\"membership\":\"%s\"}%s", cases[i].now, before);
      g_autoptr (MtxEvent) event = event_by (cases[i].sender, "m.room.member", rest);

      g_assert_cmpint (mtx_timeline_item_can_show (event), ==, cases[i].notice != MTX_NOTICE_TYPE_NONE);
      if (cases[i].notice != MTX_NOTICE_TYPE_NONE)
        {
          g_autoptr (MtxTimelineItem) item = mtx_timeline_item_new_for_event (event, OWN);

          g_assert_cmpint (mtx_timeline_item_get_notice_type (item), ==, cases[i].notice);
          g_assert_cmpstr (mtx_timeline_item_get_subject (item), ==, "@b:x");
          g_assert_false (mtx_timeline_item_get_outgoing (item));
        }
    }
}

static void
test_values (void)
{
  g_autoptr (MtxTimelineItem) theirs = item_by ("@a:x", "m.room.message", "\"content\":{\"msgtype\":\"m.text\",\"body\":\"hi\"}");
  g_autoptr (MtxTimelineItem) ours = item_by (OWN, "m.room.message", "\"content\":{\"msgtype\":\"m.text\",\"body\":\"hi\"}");

  g_assert_cmpstr (mtx_timeline_item_get_body (theirs), ==, "hi");
  g_assert_cmpstr (mtx_timeline_item_get_sender (theirs), ==, "@a:x");
  g_assert_cmpstr (mtx_timeline_item_get_event_id (theirs), ==, "$1");
  g_assert_cmpint (mtx_timeline_item_get_timestamp_ms (theirs), ==, 1500);
  g_assert_cmpint (g_date_time_to_unix (mtx_timeline_item_get_timestamp (theirs)), ==, 1);
  g_assert_false (mtx_timeline_item_get_outgoing (theirs));
  g_assert_cmpint (mtx_timeline_item_get_send_state (theirs), ==, MTX_SEND_STATE_NONE);
  g_assert_true (mtx_timeline_item_get_outgoing (ours));
  g_assert_cmpint (mtx_timeline_item_get_send_state (ours), ==, MTX_SEND_STATE_SENT);
}

static void
count (guint *counter)
{
  (*counter)++;
}

/* A message of ours from typed to read, each change told once. */
static void
test_life_of_ours (void)
{
  g_autoptr (MtxTimelineItem) item = mtx_timeline_item_new_for_text ("t1", NULL, "hi", 1500);
  g_autoptr (MtxEvent)        event = event_by (OWN, "m.room.message", "\"content\":{\"msgtype\":\"m.text\",\"body\":\"hi\"}");
  guint                       n_states = 0;
  guint                       n_bodies = 0;

  g_signal_connect_swapped (item, "notify::send-state", G_CALLBACK (count), &n_states);
  g_signal_connect_swapped (item, "notify::body", G_CALLBACK (count), &n_bodies);

  g_assert_cmpint (mtx_timeline_item_get_send_state (item), ==, MTX_SEND_STATE_QUEUED);
  g_assert_null (mtx_timeline_item_get_event_id (item));
  mtx_timeline_item_set_send_state (item, MTX_SEND_STATE_SENDING, 0);
  mtx_timeline_item_set_send_state (item, MTX_SEND_STATE_SENDING, 0);
  g_assert_cmpuint (n_states, ==, 1);

  mtx_timeline_item_set_event (item, event, OWN);
  g_assert_cmpint (mtx_timeline_item_get_send_state (item), ==, MTX_SEND_STATE_SENT);
  g_assert_cmpstr (mtx_timeline_item_get_event_id (item), ==, "$1");
  g_assert_cmpstr (mtx_timeline_item_get_transaction_id (item), ==, "t1");
  g_assert_cmpuint (n_bodies, ==, 0);

  mtx_timeline_item_set_send_state (item, MTX_SEND_STATE_READ, 0);
  mtx_timeline_item_set_event (item, event, OWN);
  g_assert_cmpint (mtx_timeline_item_get_send_state (item), ==, MTX_SEND_STATE_READ);
}

static void
test_healed_and_deleted (void)
{
  g_autoptr (MtxEvent)        envelope = event_by ("@a:x", "m.room.encrypted", "\"content\":{\"session_id\":\"s\"}");
  g_autoptr (MtxEvent)        waiting = mtx_event_new_undecryptable (envelope, MTX_DECRYPTION_WITHHELD, "m.unverified");
  g_autoptr (MtxTimelineItem) item = mtx_timeline_item_new_for_event (waiting, OWN);
  g_autoptr (MtxEvent)        healed = event_by ("@a:x", "m.room.message", "\"content\":{\"msgtype\":\"m.text\",\"body\":\"late\"}");

  g_assert_cmpint (mtx_timeline_item_get_undecryptable_reason (item), ==, MTX_DECRYPTION_WITHHELD);
  g_assert_cmpstr (mtx_timeline_item_get_withheld_code (item), ==, "m.unverified");
  g_assert_null (mtx_timeline_item_get_body (item));

  mtx_timeline_item_set_event (item, healed, OWN);
  g_assert_cmpint (mtx_timeline_item_get_kind (item), ==, MTX_ITEM_KIND_MESSAGE);
  g_assert_cmpstr (mtx_timeline_item_get_body (item), ==, "late");
  g_assert_null (mtx_timeline_item_get_withheld_code (item));
  g_assert_cmpint (mtx_timeline_item_get_undecryptable_reason (item), ==, MTX_DECRYPTION_CLEAR);

  _mtx_timeline_item_set_deleted (item);
  g_assert_cmpint (mtx_timeline_item_get_kind (item), ==, MTX_ITEM_KIND_DELETED);
  g_assert_null (mtx_timeline_item_get_body (item));
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/timeline-item/shown", test_shown);
  g_test_add_func ("/timeline-item/notices", test_notices);
  g_test_add_func ("/timeline-item/values", test_values);
  g_test_add_func ("/timeline-item/life-of-ours", test_life_of_ours);
  g_test_add_func ("/timeline-item/healed-and-deleted", test_healed_and_deleted);

  return g_test_run ();
}
