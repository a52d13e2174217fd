/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may replace whose words.
 */
#include "mtx-event-edit.h"

#include "mtx-json.h"
#include "mtx-test.h"

#define ROOM "!room:example.org"

/* One of the two events, by what matters of it. */
typedef struct
{
  const char   *event_id;
  const char   *sender;
  const char   *type;
  const char   *state_key;
  const char   *relation_type;
  const char   *relates_to;
  const char   *content;
  MtxDecryption decryption;
  MtxShield     shield;
  gboolean      redacted;
} Sketch;

static const Sketch original_sketch = {
  .event_id = "$1",
  .sender = "@a:example.org",
  .type = "m.room.message",
  .content = "{\"msgtype\":\"m.text\",\"body\":\"old\"}",
  .decryption = MTX_DECRYPTION_DECRYPTED,
};

static const Sketch edit_sketch = {
  .event_id = "$2",
  .sender = "@a:example.org",
  .type = "m.room.message",
  .relation_type = "m.replace",
  .relates_to = "$1",
  .content = "{\"msgtype\":\"m.text\",\"body\":\"* new\",\"m.new_content\":{\"msgtype\":\"m.notice\",\"body\":\"new\"}}",
  .decryption = MTX_DECRYPTION_DECRYPTED,
};

static MtxEvent *
draw (const Sketch *sketch,
      const char   *room_id)
{
  MtxJsonLimits          limits = { .max_bytes = 4096 };
  g_autoptr (JsonObject) content = mtx_json_parse_object (sketch->content, -1, &limits, NULL);
  MtxEventFields         fields = {
            .room_id = room_id,
            .event_id = sketch->event_id,
            .sender = sketch->sender,
            .type = sketch->type,
            .state_key = sketch->state_key,
            .relation_type = sketch->relation_type,
            .relates_to = sketch->relates_to,
            .timestamp_ms = 1000,
            .decryption = sketch->decryption,
            .shield = sketch->shield,
            .redacted = sketch->redacted,
  };

  return mtx_event_new_stored (&fields, content);
}

static MtxEvent *
edit_with (const Sketch *original,
           const Sketch *edit)
{
  g_autoptr (MtxEvent) old = draw (original, ROOM);
  g_autoptr (MtxEvent) new = draw (edit, ROOM);

  return mtx_event_new_edited (old, new);
}

static void
test_applied (void)
{
  g_autoptr (MtxEvent) edited = edit_with (&original_sketch, &edit_sketch);

  g_assert_nonnull (edited);
  g_assert_cmpstr (mtx_event_get_event_id (edited), ==, "$1");
  g_assert_cmpstr (mtx_event_get_sender (edited), ==, "@a:example.org");
  g_assert_cmpstr (mtx_event_get_body (edited), ==, "new");
  g_assert_cmpint (mtx_event_get_kind (edited), ==, MTX_EVENT_KIND_NOTICE);
  g_assert_cmpint (mtx_event_get_timestamp_ms (edited), ==, 1000);
  g_assert_cmpint (mtx_event_get_decryption (edited), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_null (mtx_event_get_relation_type (edited));
  g_assert_true (mtx_event_get_edited (edited));
}

/* A warning about either is one about what is shown. */
static void
test_warnings (void)
{
  Sketch               original = original_sketch;
  Sketch               edit = edit_sketch;
  g_autoptr (MtxEvent) by_original = NULL;
  g_autoptr (MtxEvent) by_edit = NULL;

  original.shield = MTX_SHIELD_UNSIGNED_DEVICE;
  by_original = edit_with (&original, &edit);
  g_assert_cmpint (mtx_event_get_shield (by_original), ==, MTX_SHIELD_UNSIGNED_DEVICE);
  edit.shield = MTX_SHIELD_NOT_AUTHENTIC;
  by_edit = edit_with (&original, &edit);
  g_assert_cmpint (mtx_event_get_shield (by_edit), ==, MTX_SHIELD_NOT_AUTHENTIC);
}

static void
test_refused (void)
{
  Sketch original = original_sketch;
  Sketch edit = edit_sketch;

#define REFUSE(change)                            \
  G_STMT_START                                    \
  {                                               \
    original = original_sketch;                   \
    edit = edit_sketch;                           \
    change;                                       \
    g_assert_null (edit_with (&original, &edit)); \
  }                                               \
  G_STMT_END

  REFUSE (edit.sender = "@eve:example.org");
  REFUSE (edit.type = "m.sticker");
  REFUSE (edit.type = "m.reaction");
  REFUSE (edit.state_key = "");
  REFUSE (edit.relation_type = "m.thread");
  REFUSE (edit.relation_type = NULL);
  REFUSE (edit.relates_to = "$3");
  REFUSE (edit.relates_to = NULL);
  REFUSE (edit.redacted = TRUE);
  REFUSE (edit.content = "{\"msgtype\":\"m.text\",\"body\":\"no new content\"}");
  REFUSE (edit.content = "{\"msgtype\":\"m.text\",\"body\":\"*\",\"m.new_content\":\"text\"}");
  REFUSE (edit.content = "{\"msgtype\":\"m.text\",\"body\":\"*\",\"m.new_content\":{}}");
  REFUSE (edit.content = "{\"msgtype\":\"m.text\",\"body\":\"*\",\"m.new_content\":{\"msgtype\":\"m.text\",\"body\":7}}");
  REFUSE (edit.content = "{\"msgtype\":\"m.text\",\"body\":\"*\",\"m.new_content\":{\"msgtype\":\"m.location\",\"body\":\"x\"}}");
  REFUSE (original.state_key = "");
  REFUSE (original.redacted = TRUE);
  REFUSE (original.type = "m.room.encrypted");
  REFUSE ((original.relation_type = "m.replace", original.relates_to = "$0"));
  /* What was said under a lock is not changed in clear. */
  REFUSE (edit.decryption = MTX_DECRYPTION_CLEAR);

  original = original_sketch;
  edit = edit_sketch;
  original.decryption = MTX_DECRYPTION_CLEAR;
  edit.decryption = MTX_DECRYPTION_CLEAR;
  {
    g_autoptr (MtxEvent) in_clear = edit_with (&original, &edit);

    g_assert_nonnull (in_clear);
  }
}

static void
test_other_room (void)
{
  g_autoptr (MtxEvent) original = draw (&original_sketch, ROOM);
  g_autoptr (MtxEvent) edit = draw (&edit_sketch, "!other:example.org");

  g_assert_null (mtx_event_new_edited (original, edit));
}

/* The server can add a relation to anything; that hides no message. */
static void
test_added_relation (void)
{
  Sketch               plain = original_sketch;
  g_autoptr (MtxEvent) made = NULL;

  plain.relation_type = "m.replace";
  plain.relates_to = "$0";
  made = draw (&plain, ROOM);
  g_assert_false (mtx_event_is_edit (made));
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/event-edit/applied", test_applied);
  g_test_add_func ("/event-edit/warnings", test_warnings);
  g_test_add_func ("/event-edit/threat-062-refused", test_refused);
  g_test_add_func ("/event-edit/threat-062-other-room", test_other_room);
  g_test_add_func ("/event-edit/threat-063-added-relation", test_added_relation);

  return g_test_run ();
}
