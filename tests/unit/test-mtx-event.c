/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events by shape: what is bad, what is unknown, and what a decrypted text may not do.
 */
#include "mtx-error.h"
#include "mtx-event-private.h"
#include "mtx-event-row.h"
#include "mtx-json.h"
#include "mtx-test.h"

#include <string.h>

#define ROOM "!room:example.org"

static JsonObject *
parse (const char *text)
{
  MtxJsonLimits      limits = { .max_bytes = 1024 * 1024 };
  g_autoptr (GError) error = NULL;
  JsonObject        *object = mtx_json_parse_object (text, -1, &limits, &error);

  g_assert_no_error (error);

  return object;
}

static MtxEvent *
event (const char *text)
{
  g_autoptr (JsonObject) object = parse (text);
  g_autoptr (GError)     error = NULL;
  MtxEvent              *made = mtx_event_new_from_json (object, ROOM, &error);

  g_test_message ("%s", text);
  g_assert_no_error (error);
  g_assert_nonnull (made);

  return made;
}

#define EVENT(type, content, rest)                                                                      \
  "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1000,\"type\":\"" type "\"," \
  "\"content\":" content rest "}"

static void
test_fields (void)
{
  g_autoptr (MtxEvent) made = event (EVENT ("m.room.message",
                                            "{\"msgtype\":\"m.text\",\"body\":\"hello\","
                                            "\"m.relates_to\":{\"rel_type\":\"m.thread\",\"event_id\":\"$0\"}}",
                                            ",\"unsigned\":{\"transaction_id\":\"t1\"},\"room_id\":\"" ROOM "\""));

  g_assert_cmpstr (mtx_event_get_room_id (made), ==, ROOM);
  g_assert_cmpstr (mtx_event_get_event_id (made), ==, "$1");
  g_assert_cmpstr (mtx_event_get_sender (made), ==, "@a:example.org");
  g_assert_cmpstr (mtx_event_get_type_name (made), ==, "m.room.message");
  g_assert_null (mtx_event_get_state_key (made));
  g_assert_cmpint (mtx_event_get_timestamp_ms (made), ==, 1000);
  g_assert_cmpint (mtx_event_get_kind (made), ==, MTX_EVENT_KIND_TEXT);
  g_assert_cmpstr (mtx_event_get_body (made), ==, "hello");
  g_assert_cmpstr (mtx_event_get_transaction_id (made), ==, "t1");
  g_assert_cmpstr (mtx_event_get_relation_type (made), ==, "m.thread");
  g_assert_cmpstr (mtx_event_get_relates_to (made), ==, "$0");
  g_assert_cmpint (mtx_event_get_decryption (made), ==, MTX_DECRYPTION_CLEAR);
}

static void
test_kinds (void)
{
  static const struct
  {
    const char  *text;
    MtxEventKind kind;
  } cases[] = {
    { EVENT ("m.room.message", "{\"msgtype\":\"m.notice\",\"body\":\"x\"}", ""), MTX_EVENT_KIND_NOTICE },
    { EVENT ("m.room.message", "{\"msgtype\":\"m.emote\",\"body\":\"x\"}", ""), MTX_EVENT_KIND_EMOTE },
    { EVENT ("m.room.message", "{\"msgtype\":\"m.image\",\"body\":\"x\"}", ""), MTX_EVENT_KIND_MEDIA },
    { EVENT ("m.sticker", "{\"body\":\"x\"}", ""), MTX_EVENT_KIND_MEDIA },
    { EVENT ("m.room.message", "{\"msgtype\":\"m.text\"}", ""), MTX_EVENT_KIND_UNKNOWN },
    { EVENT ("m.room.message", "{\"msgtype\":\"m.text\",\"body\":7}", ""), MTX_EVENT_KIND_UNKNOWN },
    { EVENT ("m.room.message", "{\"msgtype\":[],\"body\":\"x\"}", ""), MTX_EVENT_KIND_UNKNOWN },
    { EVENT ("m.room.message", "{}", ""), MTX_EVENT_KIND_UNKNOWN },
    { EVENT ("org.example.odd", "{\"body\":\"x\"}", ""), MTX_EVENT_KIND_UNKNOWN },
    { EVENT ("m.reaction", "{}", ""), MTX_EVENT_KIND_REACTION },
    { EVENT ("m.key.verification.start", "{}", ""), MTX_EVENT_KIND_VERIFICATION },
    { EVENT ("m.room.message", "{\"msgtype\":\"m.key.verification.request\",\"body\":\"b\"}", ""), MTX_EVENT_KIND_VERIFICATION },
    { EVENT ("m.room.redaction", "{\"redacts\":\"$0\"}", ""), MTX_EVENT_KIND_REDACTION },
    { EVENT ("m.room.encrypted", "{\"session_id\":\"s\"}", ""), MTX_EVENT_KIND_ENCRYPTED },
    { EVENT ("m.room.encrypted", "{}", ",\"state_key\":\"\""), MTX_EVENT_KIND_STATE },
    { EVENT ("m.room.member", "{\"membership\":\"join\"}", ",\"state_key\":\"@a:example.org\""), MTX_EVENT_KIND_MEMBER },
    { EVENT ("m.room.member", "{\"membership\":\"join\"}", ""), MTX_EVENT_KIND_UNKNOWN },
    { EVENT ("m.room.message", "{}", ",\"unsigned\":{\"redacted_because\":{}}"), MTX_EVENT_KIND_REDACTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxEvent) made = event (cases[i].text);

      g_assert_cmpint (mtx_event_get_kind (made), ==, cases[i].kind);
    }
}

static void
test_bad (void)
{
  static const char *const cases[] = {
    "{}",
    "{\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":[],\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"a\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":null,\"origin_server_ts\":1,\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":\"1\",\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1e300,\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"type\":\"t\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"\",\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":3,\"content\":{}}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":[]}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\"}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":{},\"state_key\":3}",
    "{\"event_id\":\"$1\",\"sender\":\"@a:example.org\",\"origin_server_ts\":1,\"type\":\"t\",\"content\":{},"
    "\"room_id\":\"!other:example.org\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) object = parse (cases[i]);
      g_autoptr (GError)     error = NULL;

      g_test_message ("%s", cases[i]);
      g_assert_null (mtx_event_new_from_json (object, ROOM, &error));
      g_assert_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY);
    }
}

static void
test_redaction_targets (void)
{
  g_autoptr (MtxEvent) old = event (EVENT ("m.room.redaction", "{}", ",\"redacts\":\"$9\""));
  g_autoptr (MtxEvent) new = event (EVENT ("m.room.redaction", "{\"redacts\":\"$8\"}", ",\"redacts\":\"$9\""));
  g_autoptr (MtxEvent) other = event (EVENT ("m.room.message", "{\"redacts\":\"$8\"}", ""));

  g_assert_cmpstr (mtx_event_get_redacts (old), ==, "$9");
  g_assert_cmpstr (mtx_event_get_redacts (new), ==, "$8");
  g_assert_null (mtx_event_get_redacts (other));
}

static MtxEvent *
encrypted (void)
{
  return event (EVENT ("m.room.encrypted",
                       "{\"algorithm\":\"m.megolm.v1.aes-sha2\",\"session_id\":\"s\",\"ciphertext\":\"c\","
                       "\"m.relates_to\":{\"rel_type\":\"m.thread\",\"event_id\":\"$0\"}}",
                       ""));
}

static void
test_decrypted (void)
{
  g_autoptr (MtxEvent)   envelope = encrypted ();
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) payload = parse ("{\"type\":\"m.room.message\",\"room_id\":\"" ROOM "\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"secret\","
                                          "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"$evil\"}}}");
  g_autoptr (MtxEvent)   made = mtx_event_new_decrypted (envelope, payload, MTX_SHIELD_UNSIGNED_DEVICE, &error);

  g_assert_no_error (error);
  g_assert_cmpint (mtx_event_get_kind (made), ==, MTX_EVENT_KIND_TEXT);
  g_assert_cmpstr (mtx_event_get_body (made), ==, "secret");
  g_assert_cmpint (mtx_event_get_decryption (made), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpint (mtx_event_get_shield (made), ==, MTX_SHIELD_UNSIGNED_DEVICE);
  g_assert_cmpstr (mtx_event_get_session_id (made), ==, "s");
  /* Threat 62: the relation is the envelope's. */
  g_assert_cmpstr (mtx_event_get_relation_type (made), ==, "m.thread");
  g_assert_cmpstr (mtx_event_get_relates_to (made), ==, "$0");
  /* The envelope is as it was. */
  g_assert_cmpint (mtx_event_get_kind (envelope), ==, MTX_EVENT_KIND_ENCRYPTED);
}

static void
assert_payload_refused (const char *text)
{
  g_autoptr (MtxEvent)   envelope = encrypted ();
  g_autoptr (JsonObject) payload = parse (text);
  g_autoptr (GError)     error = NULL;

  g_test_message ("%s", text);
  g_assert_null (mtx_event_new_decrypted (envelope, payload, MTX_SHIELD_NONE, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
}

static void
test_threat_058 (void)
{
  assert_payload_refused ("{\"type\":\"m.room.message\",\"content\":{},\"room_id\":\"!other:example.org\"}");
  assert_payload_refused ("{\"type\":\"m.room.message\",\"content\":{},\"room_id\":7}");
  assert_payload_refused ("{\"type\":\"m.room.message\",\"content\":{}}");
}

static void
test_threat_061 (void)
{
  g_autoptr (MtxEvent)   envelope = encrypted ();
  g_autoptr (JsonObject) payload = parse ("{\"type\":\"m.room.member\",\"room_id\":\"" ROOM "\",\"content\":{\"membership\":\"ban\"}}");
  g_autoptr (MtxEvent)   harmless = mtx_event_new_decrypted (envelope, payload, MTX_SHIELD_NONE, NULL);

  assert_payload_refused ("{\"content\":{},\"room_id\":\"" ROOM "\"}");
  assert_payload_refused ("{\"type\":\"m.room.message\",\"room_id\":\"" ROOM "\"}");
  assert_payload_refused ("{\"type\":\"m.room.message\",\"content\":\"x\",\"room_id\":\"" ROOM "\"}");
  assert_payload_refused ("{\"type\":\"m.room.encrypted\",\"content\":{},\"room_id\":\"" ROOM "\"}");
  assert_payload_refused ("{\"type\":\"m.room.redaction\",\"content\":{\"redacts\":\"$1\"},\"room_id\":\"" ROOM "\"}");
  assert_payload_refused ("{\"type\":\"m.room.name\",\"state_key\":\"\",\"content\":{},\"room_id\":\"" ROOM "\"}");
  assert_payload_refused ("{\"type\":\"m.room.member\",\"state_key\":7,\"content\":{},\"room_id\":\"" ROOM "\"}");

  /* A state type without a key is a message of a type we do not know. */
  g_assert_cmpint (mtx_event_get_kind (harmless), ==, MTX_EVENT_KIND_UNKNOWN);
  g_assert_cmpint (mtx_event_get_membership (harmless), ==, MTX_MEMBERSHIP_NONE);
}

/* How an event relates to others stands in the clear part, where the server cannot hide it from one reader and
 * show it to another. What the ciphertext says of it, and the text that would replace another's, is not read. */
static void
test_threat_062 (void)
{
  g_autoptr (MtxEvent)   envelope = event (EVENT ("m.room.encrypted",
                                                  "{\"session_id\":\"s\",\"m.relates_to\":"
                                                  "{\"rel_type\":\"m.thread\",\"event_id\":\"$thread\"}}",
                                                  ""));
  g_autoptr (MtxEvent)   bare = event (EVENT ("m.room.encrypted", "{\"session_id\":\"s\"}", ""));
  g_autoptr (JsonObject) payload = parse ("{\"type\":\"m.room.message\",\"room_id\":\"" ROOM "\",\"content\":"
                                          "{\"msgtype\":\"m.text\",\"body\":\"* new\","
                                          "\"m.new_content\":{\"msgtype\":\"m.text\",\"body\":\"new\"},"
                                          "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"$victim\"}}}");
  g_autoptr (MtxEvent)   threaded = mtx_event_new_decrypted (envelope, payload, MTX_SHIELD_NONE, NULL);
  g_autoptr (MtxEvent)   alone = mtx_event_new_decrypted (bare, payload, MTX_SHIELD_NONE, NULL);

  g_assert_cmpstr (mtx_event_get_relation_type (threaded), ==, "m.thread");
  g_assert_cmpstr (mtx_event_get_relates_to (threaded), ==, "$thread");
  g_assert_cmpstr (mtx_event_get_body (threaded), ==, "* new");
  g_assert_null (mtx_event_get_relation_type (alone));
  g_assert_null (mtx_event_get_relates_to (alone));
  g_assert_cmpstr (mtx_event_get_body (alone), ==, "* new");
}

/* What the server bundles under `unsigned` is its own word: no text, no sender, no relation comes from there. */
static void
test_threat_063 (void)
{
  static const char *const bundles[] = {
    "{\"m.replace\":{\"event_id\":\"$2\",\"sender\":\"@a:example.org\",\"origin_server_ts\":2000,"
    "\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"* forged\","
    "\"m.new_content\":{\"msgtype\":\"m.text\",\"body\":\"forged\"}}}}",
    "{\"m.thread\":{\"count\":1,\"latest_event\":{\"event_id\":\"$2\",\"sender\":\"@b:example.org\","
    "\"origin_server_ts\":2000,\"type\":\"m.room.message\",\"content\":{\"msgtype\":\"m.text\",\"body\":\"forged\"}}}}",
    "{\"m.reference\":{\"chunk\":[{\"event_id\":\"$2\"}]},\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"$0\"}}",
    "7",
    "{\"m.replace\":[{\"m.replace\":{}}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bundles); i++)
    {
      g_autofree char      *text = g_strdup_printf (EVENT ("m.room.message", "{\"msgtype\":\"m.text\",\"body\":\"genuine\"}",
                                                           ",\"unsigned\":{\"m.relations\":%s}"),
                                                    bundles[i]);
      g_autoptr (MtxEvent) made = event (text);

      g_assert_cmpstr (mtx_event_get_body (made), ==, "genuine");
      g_assert_cmpstr (mtx_event_get_sender (made), ==, "@a:example.org");
      g_assert_cmpint (mtx_event_get_timestamp_ms (made), ==, 1000);
      g_assert_cmpint (mtx_event_get_kind (made), ==, MTX_EVENT_KIND_TEXT);
      g_assert_null (mtx_event_get_relation_type (made));
    }
}

static void
test_stripped (void)
{
  g_autoptr (JsonObject) name = parse ("{\"sender\":\"@a:example.org\",\"type\":\"m.room.name\",\"state_key\":\"\","
                                       "\"content\":{\"name\":\"n\"}}");
  g_autoptr (JsonObject) message = parse ("{\"sender\":\"@a:example.org\",\"type\":\"m.room.message\",\"content\":{}}");
  g_autoptr (MtxEvent)   made = mtx_event_new_stripped (name, ROOM, NULL);

  g_assert_nonnull (made);
  g_assert_null (mtx_event_get_event_id (made));
  g_assert_null (mtx_event_new_stripped (message, ROOM, NULL));
  g_assert_null (mtx_event_new_from_json (name, ROOM, NULL));
}

static void
test_plaintext (void)
{
  static const struct
  {
    const char *text;
    gboolean    plaintext;
  } cases[] = {
    { EVENT ("m.room.message", "{\"msgtype\":\"m.text\",\"body\":\"x\"}", ""), TRUE },
    { EVENT ("org.example.odd", "{}", ""), TRUE },
    { EVENT ("m.room.encrypted", "{}", ""), FALSE },
    { EVENT ("m.room.redaction", "{}", ""), FALSE },
    { EVENT ("m.room.name", "{}", ",\"state_key\":\"\""), FALSE },
    { EVENT ("m.room.message", "{}", ",\"unsigned\":{\"redacted_because\":{}}"), FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MtxEvent) made = event (cases[i].text);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (_mtx_event_is_plaintext_message (made), ==, cases[i].plaintext);
    }
}

/* Rows: what is written comes back. */

static void
keep_row (const MtxEventRow *row,
          gpointer           data)
{
  MtxEventRow *kept = data;

  *kept = *row;
  kept->content = g_strdup (row->content);
  kept->encrypted = g_strdup (row->encrypted);
}

static MtxEvent *
through_row (MtxEvent    *made,
             MtxEventRow *row)
{
  mtx_event_to_row (made, FALSE, keep_row, row);

  return mtx_event_new_from_row (row);
}

static void
row_clear (MtxEventRow *row)
{
  g_free ((char *)row->content);
  g_free ((char *)row->encrypted);
}

static void
test_row_message (void)
{
  g_autoptr (MtxEvent) made = event (EVENT ("m.room.message", "{\"msgtype\":\"m.text\",\"body\":\"a\\n\\\"b\\\"\"}",
                                            ",\"unsigned\":{\"transaction_id\":\"t\"}"));
  g_autoptr (MtxEvent) shielded = mtx_event_new_with_shield (made, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);
  MtxEventRow          row;
  g_autoptr (MtxEvent) back = through_row (shielded, &row);

  g_assert_cmpint (mtx_event_get_kind (back), ==, MTX_EVENT_KIND_TEXT);
  g_assert_cmpstr (mtx_event_get_body (back), ==, "a\n\"b\"");
  g_assert_cmpstr (mtx_event_get_transaction_id (back), ==, "t");
  g_assert_cmpint (mtx_event_get_shield (back), ==, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);
  g_assert_cmpint (mtx_event_get_timestamp_ms (back), ==, 1000);
  g_assert_null (row.encrypted);
  row_clear (&row);
}

/* A warning that was given once is given after a restart, and the same one. */
static void
test_row_shields (void)
{
  g_autoptr (GEnumClass) shields = g_type_class_ref (MTX_TYPE_SHIELD);

  for (guint i = 0; i < shields->n_values; i++)
    {
      MtxShield            shield = (MtxShield)shields->values[i].value;
      g_autoptr (MtxEvent) made = event (EVENT ("m.room.message", "{\"msgtype\":\"m.text\",\"body\":\"x\"}", ""));
      g_autoptr (MtxEvent) shielded = mtx_event_new_with_shield (made, shield);
      MtxEventRow          row;
      g_autoptr (MtxEvent) back = through_row (shielded, &row);

      g_assert_cmpint (mtx_event_get_shield (back), ==, shield);
      row_clear (&row);
    }
}

static void
test_row_undecryptable (void)
{
  g_autoptr (MtxEvent)   envelope = encrypted ();
  g_autoptr (MtxEvent)   waiting = mtx_event_new_undecryptable (envelope, MTX_DECRYPTION_WITHHELD, "m.unverified");
  g_autoptr (JsonObject) payload = parse ("{\"type\":\"m.room.message\",\"room_id\":\"" ROOM "\","
                                          "\"content\":{\"msgtype\":\"m.text\",\"body\":\"late\"}}");
  MtxEventRow            row;
  g_autoptr (MtxEvent)   back = through_row (waiting, &row);
  g_autoptr (MtxEvent)   healed = NULL;

  g_assert_cmpstr (mtx_event_get_withheld_code (waiting), ==, "m.unverified");
  g_assert_cmpint (row.decryption, ==, MTX_EVENT_UNDECRYPTABLE);
  g_assert_cmpstr (row.session_id, ==, "s");
  g_assert_cmpint (mtx_event_get_kind (back), ==, MTX_EVENT_KIND_ENCRYPTED);
  g_assert_cmpint (mtx_event_get_decryption (back), ==, MTX_DECRYPTION_WITHHELD);
  g_assert_cmpstr (mtx_json_get_string (mtx_event_get_content (back), "ciphertext"), ==, "c");

  healed = mtx_event_new_decrypted (back, payload, MTX_SHIELD_NONE, NULL);
  g_assert_cmpstr (mtx_event_get_body (healed), ==, "late");
  row_clear (&row);
}

static void
test_row_member (void)
{
  g_autoptr (MtxEvent) made = event (EVENT ("m.room.member",
                                            "{\"membership\":\"leave\",\"former_membership\":\"ban\",\"displayname\":\"x\"}",
                                            ",\"state_key\":\"@b:example.org\","
                                            "\"unsigned\":{\"prev_content\":{\"membership\":\"invite\"}}"));
  MtxEventRow          row;
  g_autoptr (MtxEvent) back = through_row (made, &row);

  g_assert_cmpint (mtx_event_get_former_membership (made), ==, MTX_MEMBERSHIP_INVITE);
  g_assert_cmpint (mtx_event_get_membership (back), ==, MTX_MEMBERSHIP_LEAVE);
  g_assert_cmpint (mtx_event_get_former_membership (back), ==, MTX_MEMBERSHIP_INVITE);
  row_clear (&row);
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  g_test_add_func ("/event/fields", test_fields);
  g_test_add_func ("/event/kinds", test_kinds);
  g_test_add_func ("/event/bad", test_bad);
  g_test_add_func ("/event/redaction-targets", test_redaction_targets);
  g_test_add_func ("/event/decrypted", test_decrypted);
  g_test_add_func ("/event/threat-058-other-room", test_threat_058);
  g_test_add_func ("/event/threat-061-powerless-payload", test_threat_061);
  g_test_add_func ("/event/threat-062-relation-in-clear", test_threat_062);
  g_test_add_func ("/event/threat-063-bundled", test_threat_063);
  g_test_add_func ("/event/stripped", test_stripped);
  g_test_add_func ("/event/threat-064-plaintext", test_plaintext);
  g_test_add_func ("/event/row/message", test_row_message);
  g_test_add_func ("/event/row/threat-065-shields", test_row_shields);
  g_test_add_func ("/event/row/undecryptable", test_row_undecryptable);
  g_test_add_func ("/event/row/member", test_row_member);

  return g_test_run ();
}
