/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A conversation as a list: a window however long it is, gaps that close by themselves, and rows that change where
 * they stand.
 */
#include <string.h>

#include "mtx-change-set.h"
#include "mtx-error.h"
#include "mtx-event-store.h"
#include "mtx-fake-agent.h"
#include "mtx-receipts.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

#define WAIT_MS 20000
#define OTHER   "@other:" MTX_FAKE_SERVER_NAME

typedef struct
{
  MtxFakeHomeserver *server;
  MtxTestAccount    *account;
  char              *room_id;
  MtxOutbox         *outbox;
  MtxTimeline       *timeline;
  guint              n_changes; /* of the list */
} Chat;

static void
count_change (Chat *chat)
{
  chat->n_changes++;
}

static Chat *
chat_new (const char *creator,
          gboolean    encrypted)
{
  Chat *chat = g_new0 (Chat, 1);

  chat->server = mtx_fake_homeserver_new ();
  chat->account = mtx_test_account_new (chat->server, "me");
  chat->room_id = mtx_fake_homeserver_create_room (chat->server, creator, NULL, FALSE);
  mtx_fake_homeserver_set_member (chat->server, chat->room_id, chat->account->user_id, "join");
  if (encrypted)
    {
      g_autoptr (JsonObject) content = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");

      g_free (mtx_fake_homeserver_send_event (chat->server, chat->room_id, creator, "m.room.encryption", "", content));
    }

  return chat;
}

static void
open_timeline (Chat *chat)
{
  g_autoptr (GError) error = NULL;
  MtxRoom           *room = mtx_room_list_lookup (chat->account->rooms, chat->room_id);

  g_assert_nonnull (room);
  chat->outbox = mtx_outbox_new (chat->account->db, "chat");
  chat->timeline = mtx_timeline_new (chat->account->db, chat->outbox);
  g_signal_connect_swapped (chat->timeline, "items-changed", G_CALLBACK (count_change), chat);
  dex_await (mtx_timeline_bind (chat->timeline, room, chat->account->http, chat->account->encryption), &error);
  g_assert_no_error (error);
}

static void
close_timeline (Chat *chat)
{
  g_clear_object (&chat->timeline);
  g_clear_object (&chat->outbox);
}

static void
chat_free (Chat *chat)
{
  close_timeline (chat);
  mtx_test_account_free (chat->account);
  g_object_unref (chat->server);
  g_free (chat->room_id);
  g_free (chat);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Chat, chat_free)

static void
start (Chat *chat)
{
  g_autoptr (GError) error = NULL;

  mtx_sync_loop_start (chat->account->loop);
  dex_await (mtx_sync_loop_when_synced (chat->account->loop), &error);
  g_assert_no_error (error);
}

static void
stop (Chat *chat)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_sync_loop_stop (chat->account->loop), &error);
  g_assert_no_error (error);
}

static void
say_many (Chat *chat,
          guint first,
          guint count)
{
  for (guint i = first; i < first + count; i++)
    {
      g_autofree char *body = g_strdup_printf ("m%u", i);

      mtx_test_say (chat->server, chat->room_id, OTHER, body);
    }
}

static char *
expect_many (guint first,
             guint count)
{
  GString *text = g_string_new (NULL);

  for (guint i = first; i < first + count; i++)
    g_string_append_printf (text, "%sm%u", i > first ? "|" : "", i);

  return g_string_free_and_steal (text);
}

typedef struct
{
  Chat       *chat;
  const char *bodies;
} Expected;

static gboolean
shows (gpointer data)
{
  Expected        *expected = data;
  g_autofree char *bodies = mtx_test_bodies (expected->chat->timeline);

  return g_str_equal (bodies, expected->bodies);
}

static void
wait_bodies (Chat       *chat,
             const char *bodies)
{
  Expected           expected = { chat, bodies };
  g_autoptr (GError) error = NULL;

  dex_await (mtx_test_wait_until (shows, &expected, WAIT_MS), &error);
  if (error != NULL)
    {
      g_autofree char *now = mtx_test_bodies (chat->timeline);

      g_assert_cmpstr (now, ==, bodies);
    }
}

static void
wait_many (Chat *chat,
           guint first,
           guint count)
{
  g_autofree char *bodies = expect_many (first, count);

  wait_bodies (chat, bodies);
}

static MtxTimelineItem *
find (Chat       *chat,
      const char *body)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->timeline)); i++)
    {
      MtxTimelineItem *item = mtx_test_item (chat->timeline, i);

      if (g_strcmp0 (mtx_timeline_item_get_body (item), body) == 0)
        return item;
    }
  g_assert_not_reached ();
}

static gboolean
load_older (Chat *chat)
{
  g_autoptr (GError) error = NULL;
  gboolean           more = dex_await_boolean (mtx_timeline_load_older (chat->timeline), &error);

  g_assert_no_error (error);
  g_assert_cmpint (more, ==, mtx_timeline_get_has_older (chat->timeline));

  return more;
}

static DexFuture *
test_live (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, FALSE);

  start (chat);
  open_timeline (chat);
  say_many (chat, 0, 3);
  wait_many (chat, 0, 3);
  say_many (chat, 3, 2);
  wait_many (chat, 0, 5);
  g_assert_cmpstr (mtx_timeline_get_last_incoming_event_id (chat->timeline), ==, mtx_timeline_item_get_event_id (find (chat, "m4")));
  g_assert_false (mtx_timeline_item_get_outgoing (find (chat, "m0")));
  g_assert_cmpint (mtx_timeline_item_get_shield (find (chat, "m0")), ==, MTX_SHIELD_NONE);

  return NULL;
}

static void
store_many (Chat *chat,
            guint count)
{
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *content = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"m%u\"}", i);
      g_autofree char *event_id = g_strdup_printf ("$stored%u", i);
      MtxEventRow      row = {
             .room_id = chat->room_id,
             .event_id = event_id,
             .sender = OTHER,
             .origin_server_ts = i,
             .type = "m.room.message",
             .content = content,
      };

      mtx_event_store_append (changes, &row);
    }
  dex_await (mtx_db_commit (chat->account->db, changes), &error);
  g_assert_no_error (error);
}

/* However many are stored, a window of them is looked at; older ones come page by page, all of them. */
static DexFuture *
test_window (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, FALSE);
  g_autofree char *all = expect_many (0, 5000);
  g_autofree char *bodies = NULL;
  guint            n_pages = 0;

  start (chat);
  stop (chat);
  store_many (chat, 5000);
  open_timeline (chat);

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (chat->timeline)), <=, 200);
  g_assert_nonnull (find (chat, "m4999"));
  g_assert_true (mtx_timeline_get_has_older (chat->timeline));

  while (load_older (chat) && n_pages++ < 100)
    ;
  bodies = mtx_test_bodies (chat->timeline);
  g_assert_cmpstr (bodies, ==, all);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "GET", "*/messages"), ==, 0);

  return NULL;
}

/* A sync that skips many leaves a gap, and the gap closes by itself. */
static DexFuture *
test_gap (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, FALSE);

  start (chat);
  open_timeline (chat);
  for (guint i = 0; i < 6; i++)
    {
      say_many (chat, i * 19, 19);
      wait_many (chat, 0, (i + 1) * 19);
    }
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "GET", "*/messages"), ==, 0);

  stop (chat);
  say_many (chat, 114, 180);
  start (chat);
  wait_many (chat, 0, 294);
  stop (chat);

  /* 160 were missing, and no page was asked for beyond the one that reached what we had. */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "GET", "*/messages"), ==, 4);

  return NULL;
}

/* The same while the timeline is closed; and the server fails first. */
static DexFuture *
test_gap_after_restart (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, FALSE);

  start (chat);
  open_timeline (chat);
  say_many (chat, 0, 5);
  wait_many (chat, 0, 5);
  stop (chat);
  say_many (chat, 5, 60);

  mtx_fake_homeserver_fault (chat->server, "GET", "*/messages", &(MtxFakeFault){ .status = 500 });
  start (chat);
  {
    g_autofree char *first = expect_many (0, 5);
    g_autofree char *last = expect_many (45, 20);
    g_autofree char *both = g_strconcat (first, "|", last, NULL);

    wait_bodies (chat, both);
  }
  stop (chat);
  close_timeline (chat);
  mtx_test_account_restart (chat->account);

  mtx_fake_homeserver_clear_faults (chat->server);
  open_timeline (chat);
  wait_many (chat, 0, 65);

  return NULL;
}

/* What was said before we looked for the first time is asked for page by page. */
static DexFuture *
test_beginning (gpointer data)
{
  g_autoptr (Chat)   chat = chat_new (OTHER, FALSE);
  g_autoptr (GError) error = NULL;
  guint              n_pages = 0;

  say_many (chat, 0, 120);
  start (chat);
  open_timeline (chat);
  wait_many (chat, 100, 20);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "GET", "*/messages"), ==, 0);
  g_assert_true (mtx_timeline_get_has_older (chat->timeline));

  mtx_fake_homeserver_fault (chat->server, "GET", "*/messages", &(MtxFakeFault){ .status = 500, .times = 1 });
  dex_await (mtx_timeline_load_older (chat->timeline), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  wait_many (chat, 100, 20);

  while (load_older (chat) && n_pages++ < 10)
    ;
  g_assert_cmpuint (n_pages, >=, 1);
  wait_many (chat, 0, 120);

  return NULL;
}

/* Two who ask at once get everything once. */
static DexFuture *
test_two_ask (gpointer data)
{
  g_autoptr (Chat)      chat = chat_new (OTHER, FALSE);
  g_autoptr (GError)    error = NULL;
  g_autoptr (DexFuture) first = NULL;
  g_autoptr (DexFuture) second = NULL;

  say_many (chat, 0, 100);
  start (chat);
  open_timeline (chat);
  first = mtx_timeline_load_older (chat->timeline);
  second = mtx_timeline_load_older (chat->timeline);
  dex_await (dex_future_all (dex_ref (first), dex_ref (second), NULL), &error);
  g_assert_no_error (error);
  while (load_older (chat))
    ;
  wait_many (chat, 0, 100);

  return NULL;
}

/* More is new than the window would hold: it starts again at the end. */
static DexFuture *
test_flood (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, FALSE);

  start (chat);
  open_timeline (chat);
  say_many (chat, 0, 3);
  wait_many (chat, 0, 3);
  stop (chat);
  store_many (chat, 1000);
  start (chat);
  mtx_test_say (chat->server, chat->room_id, OTHER, "last");
  {
    g_autofree char *most = expect_many (901, 99);
    g_autofree char *all = g_strconcat (most, "|last", NULL);

    wait_bodies (chat, all);
  }
  g_assert_true (mtx_timeline_get_has_older (chat->timeline));

  return NULL;
}

static gboolean
is_deleted (gpointer data)
{
  return mtx_timeline_item_get_kind (data) == MTX_ITEM_KIND_DELETED;
}

static DexFuture *
test_redaction (gpointer data)
{
  g_autoptr (Chat)        chat = chat_new (OTHER, FALSE);
  g_autoptr (GError)      error = NULL;
  g_autoptr (JsonObject)  redaction = json_object_new ();
  g_autoptr (MtxEventRow) row = NULL;
  MtxTimelineItem        *item = NULL;
  guint                   n_changes = 0;

  start (chat);
  open_timeline (chat);
  say_many (chat, 0, 3);
  wait_many (chat, 0, 3);
  item = find (chat, "m1");
  n_changes = chat->n_changes;

  json_object_set_string_member (redaction, "redacts", mtx_timeline_item_get_event_id (item));
  g_free (mtx_fake_homeserver_send_event (chat->server, chat->room_id, OTHER, "m.room.redaction", NULL, redaction));
  mtx_test_wait (is_deleted, item);
  g_assert_null (mtx_timeline_item_get_body (item));
  g_assert_cmpuint (chat->n_changes, ==, n_changes);

  row = dex_await_boxed (mtx_event_store_load_event (chat->account->db, chat->room_id, mtx_timeline_item_get_event_id (item)), &error);
  g_assert_no_error (error);
  g_assert_true (row->redacted);
  g_assert_null (strstr (row->content, "m1"));

  return NULL;
}

/* Threat 64 and M38: in an encrypted room what is not encrypted says so, now and after a restart. */
static DexFuture *
test_plaintext (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, TRUE);

  start (chat);
  open_timeline (chat);
  say_many (chat, 0, 1);
  wait_many (chat, 0, 1);
  g_assert_cmpint (mtx_timeline_item_get_shield (find (chat, "m0")), ==, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);

  close_timeline (chat);
  mtx_test_account_restart (chat->account);
  open_timeline (chat);
  g_assert_cmpint (mtx_timeline_item_get_shield (find (chat, "m0")), ==, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);

  return NULL;
}

/* The same for what was said before, and is fetched later. */
static DexFuture *
test_plaintext_history (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, TRUE);

  say_many (chat, 0, 60);
  start (chat);
  open_timeline (chat);
  while (mtx_timeline_get_has_older (chat->timeline) && load_older (chat))
    ;
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *body = g_strdup_printf ("m%u", i);

      g_assert_cmpint (mtx_timeline_item_get_shield (find (chat, body)), ==, MTX_SHIELD_PLAINTEXT_IN_ENCRYPTED_ROOM);
    }

  return NULL;
}

static gboolean
is_edited (MtxTimelineItem *item)
{
  gboolean edited = FALSE;

  g_object_get (item, "edited", &edited, NULL);

  return edited;
}

static char *
send_edit (Chat       *chat,
           const char *sender,
           const char *type,
           const char *state_key,
           const char *target,
           const char *body)
{
  g_autofree char       *json = g_strdup_printf ("{\"msgtype\":\"m.text\",\"body\":\"* %s\","
                                                 "\"m.new_content\":{\"msgtype\":\"m.text\",\"body\":\"%s\"},"
                                                 "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"%s\"}}",
                                                 body, body, target);
  g_autoptr (JsonObject) content = mtx_test_json (json);

  return mtx_fake_homeserver_send_event (chat->server, chat->room_id, sender, type, state_key, content);
}

static void
redact (Chat       *chat,
        const char *event_id)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "redacts", event_id);
  g_free (mtx_fake_homeserver_send_event (chat->server, chat->room_id, OTHER, "m.room.redaction", NULL, content));
}

/* An edit by somebody else, of another type or as state changes nothing that was said and is not shown. */
static DexFuture *
test_edits (gpointer data)
{
  static const char     *eve = "@eve:" MTX_FAKE_SERVER_NAME;
  g_autoptr (Chat)       chat = chat_new (OTHER, FALSE);
  g_autoptr (JsonObject) content = mtx_test_json ("{\"msgtype\":\"m.text\",\"body\":\"genuine\"}");
  g_autofree char       *target = NULL;
  MtxTimelineItem       *item = NULL;

  mtx_fake_homeserver_set_member (chat->server, chat->room_id, eve, "join");
  start (chat);
  open_timeline (chat);
  target = mtx_fake_homeserver_send_event (chat->server, chat->room_id, OTHER, "m.room.message", NULL, content);
  g_free (send_edit (chat, eve, "m.room.message", NULL, target, "forged"));
  g_free (send_edit (chat, OTHER, "m.reaction", NULL, target, "other type"));
  g_free (send_edit (chat, OTHER, "m.room.topic", "", target, "state"));
  say_many (chat, 0, 1);
  wait_bodies (chat, "genuine|m0");
  item = find (chat, "genuine");
  g_assert_cmpstr (mtx_timeline_item_get_sender (item), ==, OTHER);
  g_assert_false (is_edited (item));

  close_timeline (chat);
  mtx_test_account_restart (chat->account);
  open_timeline (chat);
  wait_bodies (chat, "genuine|m0");

  return NULL;
}

/* The last edit counts, in its original's place and with its original's name, as long as it is there; whether it
 * comes while the original is shown, or is read with it later. */
static DexFuture *
test_edited (gpointer data)
{
  g_autoptr (Chat)       chat = chat_new (OTHER, FALSE);
  g_autoptr (JsonObject) content = mtx_test_json ("{\"msgtype\":\"m.text\",\"body\":\"fist\"}");
  g_autofree char       *target = NULL;
  g_autofree char       *one = NULL;
  g_autofree char       *two = NULL;
  g_autofree char       *of_edit = NULL;

  start (chat);
  open_timeline (chat);
  target = mtx_fake_homeserver_send_event (chat->server, chat->room_id, OTHER, "m.room.message", NULL, content);
  say_many (chat, 0, 1);
  wait_bodies (chat, "fist|m0");
  one = send_edit (chat, OTHER, "m.room.message", NULL, target, "firs");
  wait_bodies (chat, "firs|m0");
  two = send_edit (chat, OTHER, "m.room.message", NULL, target, "first");
  wait_bodies (chat, "first|m0");
  of_edit = send_edit (chat, OTHER, "m.room.message", NULL, two, "edit of an edit");
  say_many (chat, 1, 1);
  wait_bodies (chat, "first|m0|m1");
  g_assert_true (is_edited (find (chat, "first")));
  g_assert_cmpstr (mtx_timeline_item_get_event_id (find (chat, "first")), ==, target);

  close_timeline (chat);
  mtx_test_account_restart (chat->account);
  start (chat);
  open_timeline (chat);
  wait_bodies (chat, "first|m0|m1");

  redact (chat, two);
  wait_bodies (chat, "firs|m0|m1");
  redact (chat, one);
  wait_bodies (chat, "fist|m0|m1");
  g_assert_false (is_edited (find (chat, "fist")));
  g_free (one);
  one = send_edit (chat, OTHER, "m.room.message", NULL, target, "again");
  wait_bodies (chat, "again|m0|m1");
  redact (chat, target);
  wait_bodies (chat, "-|m0|m1");

  close_timeline (chat);
  mtx_test_account_restart (chat->account);
  open_timeline (chat);
  wait_bodies (chat, "-|m0|m1");

  return NULL;
}

static gboolean
has_undecryptable (gpointer data)
{
  Chat *chat = data;
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (chat->timeline));

  return n_items > 0 && mtx_timeline_item_get_kind (mtx_test_item (chat->timeline, n_items - 1)) == MTX_ITEM_KIND_UNDECRYPTABLE;
}

/* Messages between devices that are kept back, and let go when the time has come. */
typedef struct
{
  JsonArray *events;
  gboolean   released;
} Held;

static void
hold_to_device (const MtxFakeRequest *request,
                MtxFakeAnswer        *answer,
                gpointer              data)
{
  Held       *held = data;
  JsonObject *to_device = answer->body != NULL && json_object_has_member (answer->body, "to_device")
                              ? json_object_get_object_member (answer->body, "to_device")
                              : NULL;
  JsonArray  *events = NULL;

  if (to_device == NULL)
    return;
  events = json_object_get_array_member (to_device, "events");
  for (guint i = 0; i < json_array_get_length (events); i++)
    json_array_add_object_element (held->events, json_object_ref (json_array_get_object_element (events, i)));
  json_object_set_array_member (to_device, "events", held->released ? held->events : json_array_new ());
  if (held->released)
    held->events = json_array_new ();
}

/* M36: the key comes after the message; the row that said so says what was written. */
static DexFuture *
test_healed (gpointer data)
{
  g_autoptr (Chat)         chat = chat_new ("@agent:" MTX_FAKE_SERVER_NAME, TRUE);
  g_autoptr (MtxFakeAgent) agent = mtx_fake_agent_new (chat->server, "agent", "AGENT");
  g_autoptr (JsonObject)   encrypted = NULL;
  Held                     held = { json_array_new (), FALSE };
  MtxTimelineItem         *item = NULL;
  guint                    n_changes = 0;

  mtx_fake_homeserver_rewrite (chat->server, "GET", "*/sync", hold_to_device, &held, NULL);
  mtx_fake_agent_share_room_key (agent, chat->room_id, chat->account->user_id, chat->account->client->device_id);
  encrypted = mtx_fake_agent_encrypt_text (agent, chat->room_id, "late");
  start (chat);
  open_timeline (chat);
  g_free (mtx_fake_homeserver_send_event (chat->server, chat->room_id, mtx_fake_agent_get_user_id (agent), "m.room.encrypted", NULL, encrypted));
  mtx_test_wait (has_undecryptable, chat);
  item = mtx_test_item (chat->timeline, g_list_model_get_n_items (G_LIST_MODEL (chat->timeline)) - 1);
  g_assert_cmpint (mtx_timeline_item_get_undecryptable_reason (item), ==, MTX_DECRYPTION_MISSING_KEY);
  n_changes = chat->n_changes;

  held.released = TRUE;
  g_free (mtx_fake_homeserver_send_event (chat->server, chat->room_id, mtx_fake_agent_get_user_id (agent), "m.reaction", NULL, encrypted));
  wait_bodies (chat, "late");
  g_assert_true (find (chat, "late") == item);
  g_assert_cmpuint (chat->n_changes, ==, n_changes);

  close_timeline (chat);
  mtx_test_account_restart (chat->account);
  open_timeline (chat);
  wait_bodies (chat, "late");
  json_array_unref (held.events);

  return NULL;
}

static gboolean
is_read (gpointer data)
{
  return mtx_timeline_item_get_send_state (data) == MTX_SEND_STATE_READ;
}

static DexFuture *
test_receipts (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ("@reader:" MTX_FAKE_SERVER_NAME, FALSE);
  g_autoptr (MtxHttp) reader = mtx_test_log_in (chat->server, "reader", "R");
  g_autoptr (GError)  error = NULL;
  MtxRoom            *room = NULL;
  const char         *me = chat->account->user_id;

  start (chat);
  open_timeline (chat);
  room = mtx_timeline_get_room (chat->timeline);
  mtx_test_say (chat->server, chat->room_id, me, "one");
  mtx_test_say (chat->server, chat->room_id, me, "two");
  mtx_test_say (chat->server, chat->room_id, me, "three");
  wait_bodies (chat, "one|two|three");
  g_assert_cmpint (mtx_timeline_item_get_send_state (find (chat, "one")), ==, MTX_SEND_STATE_SENT);

  /* Our own marker says nothing about others. */
  dex_await (mtx_receipts_send_read (chat->account->http, room, mtx_timeline_item_get_event_id (find (chat, "three"))), &error);
  g_assert_no_error (error);
  dex_await (mtx_receipts_send_read (reader, room, mtx_timeline_item_get_event_id (find (chat, "two"))), &error);
  g_assert_no_error (error);
  mtx_test_wait (is_read, find (chat, "two"));
  g_assert_true (is_read (find (chat, "one")));
  g_assert_cmpint (mtx_timeline_item_get_send_state (find (chat, "three")), ==, MTX_SEND_STATE_SENT);

  close_timeline (chat);
  mtx_test_account_restart (chat->account);
  open_timeline (chat);
  g_assert_true (is_read (find (chat, "one")));
  g_assert_true (is_read (find (chat, "two")));
  g_assert_false (is_read (find (chat, "three")));

  return NULL;
}

static DexFuture *
test_notices (gpointer data)
{
  g_autoptr (Chat) chat = chat_new (OTHER, TRUE);
  GString         *notices = g_string_new (NULL);
  g_autofree char *text = NULL;

  start (chat);
  mtx_fake_homeserver_set_member (chat->server, chat->room_id, "@late:" MTX_FAKE_SERVER_NAME, "invite");
  mtx_fake_homeserver_set_member (chat->server, chat->room_id, "@late:" MTX_FAKE_SERVER_NAME, "join");
  open_timeline (chat);
  say_many (chat, 0, 1);
  wait_many (chat, 0, 1);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->timeline)); i++)
    {
      MtxTimelineItem *item = mtx_test_item (chat->timeline, i);

      if (mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_NOTICE)
        g_string_append_printf (notices, "%d:%s ", (int)mtx_timeline_item_get_notice_type (item), mtx_timeline_item_get_subject (item));
    }
  text = g_string_free_and_steal (notices);
  g_assert_cmpstr (text, ==,
                   "1:@other:" MTX_FAKE_SERVER_NAME " 1:@me:" MTX_FAKE_SERVER_NAME " 7: "
                   "2:@late:" MTX_FAKE_SERVER_NAME " 1:@late:" MTX_FAKE_SERVER_NAME " ");

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/timeline/live", test_live);
  mtx_test_add_fiber ("/timeline/window", test_window);
  mtx_test_add_fiber ("/timeline/gap", test_gap);
  mtx_test_add_fiber ("/timeline/gap-after-restart", test_gap_after_restart);
  mtx_test_add_fiber ("/timeline/beginning", test_beginning);
  mtx_test_add_fiber ("/timeline/two-ask", test_two_ask);
  mtx_test_add_fiber ("/timeline/flood", test_flood);
  mtx_test_add_fiber ("/timeline/redaction", test_redaction);
  mtx_test_add_fiber ("/timeline/threat-062-edits", test_edits);
  mtx_test_add_fiber ("/timeline/edited", test_edited);
  mtx_test_add_fiber ("/timeline/threat-064-plaintext", test_plaintext);
  mtx_test_add_fiber ("/timeline/threat-064-plaintext-history", test_plaintext_history);
  mtx_test_add_fiber ("/timeline/healed", test_healed);
  mtx_test_add_fiber ("/timeline/receipts", test_receipts);
  mtx_test_add_fiber ("/timeline/notices", test_notices);

  return g_test_run ();
}
