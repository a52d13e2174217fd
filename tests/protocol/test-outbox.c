/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages on their way: kept before anybody sees them, encrypted or not sent, in order, each exactly once.
 */
#include <string.h>

#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-outbox-store.h"
#include "mtx-room-create.h"
#include "mtx-test-account.h"
#include "mtx-test.h"

#define WAIT_MS 20000
#define SEND    "*/send/*"

/* The two of a conversation, and how one of them sees it. */
typedef struct
{
  MtxFakeHomeserver *server;
  MtxTestAccount    *account;
  MtxCryptoClient   *support;
  MtxOutbox         *outbox;
  MtxTimeline       *timeline;
  guint              most_items; /* ever seen in the timeline that are no notices */
} Chat;

static void
count_items (Chat *chat)
{
  g_autofree char *bodies = mtx_test_bodies (chat->timeline);
  g_auto (GStrv)   parts = g_strsplit (bodies, "|", -1);

  chat->most_items = MAX (chat->most_items, *bodies != '\0' ? g_strv_length (parts) : 0);
}

static void
open_chat (Chat *chat)
{
  g_autoptr (GError) error = NULL;

  chat->outbox = mtx_outbox_new (chat->account->db, "support");
  chat->timeline = mtx_timeline_new (chat->account->db, chat->outbox);
  chat->most_items = 0;
  g_signal_connect_swapped (chat->timeline, "items-changed", G_CALLBACK (count_items), chat);
  dex_await (mtx_outbox_load (chat->outbox), &error);
  g_assert_no_error (error);
}

static void
close_chat (Chat *chat)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_outbox_close (chat->outbox), &error);
  g_assert_no_error (error);
  g_signal_handlers_disconnect_by_data (chat->timeline, chat);
  g_clear_object (&chat->timeline);
  g_clear_object (&chat->outbox);
}

static Chat *
chat_new (void)
{
  Chat *chat = g_new0 (Chat, 1);

  chat->server = mtx_fake_homeserver_new ();
  chat->account = mtx_test_account_new (chat->server, "me");
  chat->support = mtx_crypto_client_new (chat->server, "support", "DESK");
  mtx_crypto_client_bootstrap (chat->support);
  open_chat (chat);

  return chat;
}

static void
chat_free (Chat *chat)
{
  close_chat (chat);
  mtx_test_account_free (chat->account);
  mtx_crypto_client_free (chat->support);
  g_object_unref (chat->server);
  g_free (chat);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Chat, chat_free)

/* As a kill would leave it: nothing is told to stop in an orderly way but what the test itself must not leak. */
static void
restart (Chat *chat)
{
  mtx_http_close (chat->account->http);
  close_chat (chat);
  mtx_test_account_restart (chat->account);
  open_chat (chat);
}

static MtxRoom *
make_room (Chat *chat)
{
  g_autoptr (GError) error = NULL;
  MtxRoom           *room = dex_await_object (mtx_room_create_direct (chat->account->http, chat->account->db, chat->account->rooms,
                                                                      chat->support->user_id),
                                              &error);

  g_assert_no_error (error);

  return room;
}

static void
bind (Chat    *chat,
      MtxRoom *room)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_timeline_bind (chat->timeline, room, chat->account->http, chat->account->encryption), &error);
  g_assert_no_error (error);
  mtx_outbox_bind (chat->outbox, room, chat->account->http, chat->account->encryption);
}

static char *
add (Chat       *chat,
     const char *body)
{
  g_autoptr (GError) error = NULL;
  char              *txn_id = dex_await_string (mtx_outbox_add_text (chat->outbox, body), &error);

  g_assert_no_error (error);

  return txn_id;
}

static void
say (Chat       *chat,
     const char *body)
{
  g_free (add (chat, body));
}

static MtxTimelineItem *
find_item (Chat       *chat,
           const char *body)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->timeline)); i++)
    {
      MtxTimelineItem *item = mtx_test_item (chat->timeline, i);

      if (g_strcmp0 (mtx_timeline_item_get_body (item), body) == 0)
        return item;
    }

  return NULL;
}

static MtxSendState
state_of (Chat       *chat,
          const char *body)
{
  MtxTimelineItem *item = find_item (chat, body);

  g_assert_nonnull (item);

  return mtx_timeline_item_get_send_state (item);
}

static gboolean
is_empty (gpointer data)
{
  Chat *chat = data;

  return g_list_model_get_n_items (G_LIST_MODEL (chat->outbox)) == 0;
}

/* Hurries the sender along until nothing waits. */
static void
drain (Chat *chat)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_MS * 1000;

  while (!is_empty (chat))
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      mtx_outbox_wake (chat->outbox);
      dex_await (dex_timeout_new_msec (5), &error);
    }
}

static guint
count_stored (Chat *chat)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) rows = dex_await_boxed (mtx_outbox_store_load (chat->account->db, NULL), &error);

  g_assert_no_error (error);

  return rows->len;
}

/* What support can read of the room, in the server's order. */
static char *
read_as_support (Chat       *chat,
                 const char *room_id)
{
  g_autoptr (MtxSyncResponse) response = NULL;
  GString                    *text = g_string_new (NULL);

  mtx_fake_homeserver_set_member (chat->server, room_id, chat->support->user_id, "join");
  response = mtx_crypto_client_sync (chat->support);
  for (guint i = 0; i < response->rooms->len; i++)
    {
      MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);

      for (guint j = 0; j < room->timeline->len; j++)
        {
          MtxEvent *event = g_ptr_array_index (room->timeline, j);

          if (mtx_event_get_kind (event) == MTX_EVENT_KIND_TEXT && mtx_event_get_decryption (event) == MTX_DECRYPTION_DECRYPTED)
            g_string_append_printf (text, "%s%s", text->len > 0 ? "|" : "", mtx_event_get_body (event));
          else if (mtx_event_get_kind (event) == MTX_EVENT_KIND_ENCRYPTED || mtx_event_get_kind (event) == MTX_EVENT_KIND_TEXT)
            g_string_append (text, "|UNREADABLE");
        }
    }

  return g_string_free_and_steal (text);
}

static guint
count_encrypted (Chat       *chat,
                 const char *room_id)
{
  g_autoptr (GPtrArray) events = mtx_fake_homeserver_get_events (chat->server, room_id, "m.room.encrypted");

  return events->len;
}

static void
assert_no_plaintext (Chat *chat)
{
  GPtrArray *log = mtx_fake_homeserver_get_log (chat->server);

  for (guint i = 0; i < log->len; i++)
    {
      MtxFakeRequest *request = g_ptr_array_index (log, i);
      gsize           length = 0;
      const char     *text = request->bytes != NULL ? g_bytes_get_data (request->bytes, &length) : NULL;

      g_assert_null (strstr (request->path, "m.room.message"));
      if (text != NULL)
        g_assert_null (memmem (text, length, "secret", strlen ("secret")));
    }
}

static guint
find_request (Chat       *chat,
              const char *method,
              const char *path_part)
{
  GPtrArray *log = mtx_fake_homeserver_get_log (chat->server);

  for (guint i = 0; i < log->len; i++)
    {
      MtxFakeRequest *request = g_ptr_array_index (log, i);

      if (g_str_equal (request->method, method) && strstr (request->path, path_part) != NULL)
        return i;
    }

  return G_MAXUINT;
}

static DexFuture *
test_before_the_room (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = NULL;
  g_autofree char    *bodies = NULL;
  g_autofree char    *read = NULL;

  say (chat, "secret one");
  say (chat, "secret two");
  g_assert_cmpint (state_of (chat, "secret one"), ==, MTX_SEND_STATE_QUEUED);
  g_assert_true (mtx_timeline_item_get_outgoing (mtx_test_item (chat->timeline, 0)));

  restart (chat);
  bodies = mtx_test_bodies (chat->timeline);
  g_assert_cmpstr (bodies, ==, "secret one|secret two");

  room = make_room (chat);
  bind (chat, room);
  drain (chat);

  g_assert_cmpint (state_of (chat, "secret one"), ==, MTX_SEND_STATE_SENT);
  g_assert_cmpint (state_of (chat, "secret two"), ==, MTX_SEND_STATE_SENT);
  g_assert_cmpuint (count_encrypted (chat, mtx_room_get_id (room)), ==, 2);
  g_assert_cmpuint (count_stored (chat), ==, 0);
  assert_no_plaintext (chat);

  /* M27, M29: all members and the encryption were asked for first. */
  g_assert_cmpuint (find_request (chat, "GET", "/members"), <, find_request (chat, "PUT", "/send/"));
  g_assert_cmpuint (find_request (chat, "GET", "/state/m.room.encryption"), <, find_request (chat, "PUT", "/send/"));
  g_assert_cmpuint (find_request (chat, "PUT", "/sendToDevice/"), <, find_request (chat, "PUT", "/send/"));

  /* M26: whoever was invited then reads it on joining. */
  read = read_as_support (chat, mtx_room_get_id (room));
  g_assert_cmpstr (read, ==, "secret one|secret two");

  return NULL;
}

/* M21: every try sends the same bytes under the same id. */
static void
assert_same_sends (Chat *chat)
{
  for (guint i = 1; i < mtx_fake_homeserver_count_requests (chat->server, "PUT", SEND); i++)
    {
      const MtxFakeRequest *first = mtx_fake_homeserver_get_request (chat->server, "PUT", SEND, 0);
      const MtxFakeRequest *later = mtx_fake_homeserver_get_request (chat->server, "PUT", SEND, i);

      g_assert_cmpstr (first->path, ==, later->path);
      g_assert_cmpuint (g_bytes_get_size (first->bytes), ==, g_bytes_get_size (later->bytes));
      g_assert_true (g_bytes_equal (first->bytes, later->bytes));
    }
}

static DexFuture *
test_lost_answer (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = make_room (chat);
  g_autofree char    *read = NULL;

  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &(MtxFakeFault){ .drop = MTX_FAKE_DROP_AFTER, .times = 2 });
  bind (chat, room);
  say (chat, "secret");
  drain (chat);

  g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "PUT", SEND), ==, 3);
  g_assert_cmpuint (count_encrypted (chat, mtx_room_get_id (room)), ==, 1);
  g_assert_cmpuint (chat->most_items, ==, 1);
  assert_same_sends (chat);
  read = read_as_support (chat, mtx_room_get_id (room));
  g_assert_cmpstr (read, ==, "secret");

  return NULL;
}

typedef struct
{
  Chat *chat;
  guint n;
} Sends;

static gboolean
has_sends (gpointer data)
{
  Sends *sends = data;

  return mtx_fake_homeserver_count_requests (sends->chat->server, "PUT", SEND) >= sends->n;
}

/* M21: killed after the server took it; the next run sends the same bytes under the same id. */
static DexFuture *
test_killed_after_sending (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = make_room (chat);
  g_autofree char    *room_id = g_strdup (mtx_room_get_id (room));
  g_autofree char    *read = NULL;
  MtxRoom            *again = NULL;

  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &(MtxFakeFault){ .drop = MTX_FAKE_DROP_AFTER });
  bind (chat, room);
  say (chat, "secret");
  mtx_test_wait (has_sends, &(Sends){ chat, 1 });

  restart (chat);
  mtx_fake_homeserver_clear_faults (chat->server);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (chat->outbox)), ==, 1);
  again = mtx_room_list_lookup (chat->account->rooms, room_id);
  g_assert_nonnull (again);
  bind (chat, again);
  drain (chat);

  g_assert_cmpuint (count_encrypted (chat, room_id), ==, 1);
  g_assert_cmpint (state_of (chat, "secret"), ==, MTX_SEND_STATE_SENT);
  assert_same_sends (chat);
  read = read_as_support (chat, room_id);
  g_assert_cmpstr (read, ==, "secret");

  return NULL;
}

/* A message waits encrypted, and its reader leaves: it goes out under a key that the leaver does not have, or not
 * at all while we are not told that all is well. */
static DexFuture *
test_reader_leaves (gpointer data)
{
  g_autoptr (Chat)      chat = chat_new ();
  g_autoptr (MtxRoom)   room = make_room (chat);
  g_autofree char      *room_id = g_strdup (mtx_room_get_id (room));
  const MtxFakeRequest *first = NULL;
  const MtxFakeRequest *later = NULL;
  guint                 n_keys;

  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &(MtxFakeFault){ .status = 503 });
  bind (chat, room);
  say (chat, "secret");
  mtx_test_wait (has_sends, &(Sends){ chat, 1 });

  restart (chat);
  mtx_fake_homeserver_set_member (chat->server, room_id, chat->support->user_id, "ban");
  mtx_sync_loop_start (chat->account->loop);
  dex_await (mtx_sync_loop_when_synced (chat->account->loop), NULL);
  mtx_fake_homeserver_clear_faults (chat->server);
  n_keys = mtx_fake_homeserver_count_requests (chat->server, "PUT", "*/sendToDevice/m.room.encrypted/*");
  bind (chat, mtx_room_list_lookup (chat->account->rooms, room_id));
  drain (chat);

  first = mtx_fake_homeserver_get_request (chat->server, "PUT", SEND, 0);
  later = mtx_fake_homeserver_get_request (chat->server, "PUT", SEND,
                                           mtx_fake_homeserver_count_requests (chat->server, "PUT", SEND) - 1);
  g_assert_cmpstr (first->path, ==, later->path);
  g_assert_cmpstr (mtx_json_get_string (first->body, "session_id"), !=, mtx_json_get_string (later->body, "session_id"));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "PUT", "*/sendToDevice/m.room.encrypted/*"), ==, n_keys);
  g_assert_cmpuint (count_encrypted (chat, room_id), ==, 1);

  return NULL;
}

/* Takes the last but one out of what a sync brings. */
static void
hold_one_back (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  const char *room_id = data;
  JsonObject *room = mtx_json_get_object (mtx_json_get_object (answer->body, "rooms"), "join");
  JsonArray  *events = NULL;

  room = mtx_json_get_object (room, room_id);
  events = mtx_json_get_array (mtx_json_get_object (room, "timeline"), "events");
  if (events != NULL && json_array_get_length (events) > 1)
    json_array_remove_element (events, json_array_get_length (events) - 2);
}

static gboolean
shows_later (gpointer data)
{
  return find_item (data, "later") != NULL;
}

/* Both were sent before a sync, which then brings the first only: that does not come to stand behind the second. */
static DexFuture *
test_order_of_echoes (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = make_room (chat);
  g_autofree char    *room_id = g_strdup (mtx_room_get_id (room));
  g_autofree char    *bodies = NULL;

  bind (chat, room);
  say (chat, "one");
  say (chat, "two");
  drain (chat);
  restart (chat);
  bind (chat, mtx_room_list_lookup (chat->account->rooms, room_id));

  mtx_test_say (chat->server, room_id, chat->support->user_id, "later");
  mtx_fake_homeserver_rewrite (chat->server, "GET", "*/sync", hold_one_back, room_id, NULL);
  mtx_sync_loop_start (chat->account->loop);
  mtx_test_wait (shows_later, chat);
  bodies = mtx_test_bodies (chat->timeline);
  g_assert_cmpstr (bodies, ==, "one|later|two");

  return NULL;
}

/* The sync of the next run brings the event before the outbox can ask again: the entry goes with it. */
static DexFuture *
test_sync_after_kill (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = make_room (chat);
  g_autofree char    *room_id = g_strdup (mtx_room_get_id (room));
  MtxRoom            *again = NULL;

  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &(MtxFakeFault){ .drop = MTX_FAKE_DROP_AFTER });
  bind (chat, room);
  say (chat, "secret");
  mtx_test_wait (has_sends, &(Sends){ chat, 1 });

  restart (chat);
  again = mtx_room_list_lookup (chat->account->rooms, room_id);
  bind (chat, again);
  mtx_sync_loop_start (chat->account->loop);
  mtx_test_wait (is_empty, chat);

  g_assert_cmpuint (count_stored (chat), ==, 0);
  g_assert_cmpuint (chat->most_items, ==, 1);
  g_assert_cmpint (state_of (chat, "secret"), ==, MTX_SEND_STATE_SENT);

  return NULL;
}

static gboolean
is_sent (gpointer data)
{
  Chat *chat = data;

  return find_item (chat, "secret") != NULL && state_of (chat, "secret") == MTX_SEND_STATE_SENT && is_empty (chat);
}

/* Sync may be faster than the answer, or slower: one row either way, the same all along, and none too many ever. */
static DexFuture *
test_races_with_sync (gpointer data)
{
  static const struct
  {
    const char *method;
    const char *pattern;
  } slow[] = { { "PUT", SEND }, { "GET", "*/sync" } };

  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      g_autoptr (Chat)    chat = chat_new ();
      g_autoptr (MtxRoom) room = make_room (chat);
      MtxTimelineItem    *item = NULL;

      mtx_sync_loop_start (chat->account->loop);
      bind (chat, room);
      mtx_fake_homeserver_fault (chat->server, slow[i].method, slow[i].pattern, &(MtxFakeFault){ .delay_ms = 300 });
      say (chat, "secret");
      item = find_item (chat, "secret");
      mtx_test_wait (is_sent, chat);

      /* And when the slower one has come as well. */
      mtx_fake_homeserver_clear_faults (chat->server);
      mtx_test_say (chat->server, mtx_room_get_id (room), chat->account->user_id, "last");
      while (find_item (chat, "last") == NULL)
        {
          g_autoptr (GError) error = NULL;

          dex_await (dex_timeout_new_msec (5), &error);
        }
      g_assert_true (find_item (chat, "secret") == item);
      g_assert_cmpuint (chat->most_items, ==, 2);
      g_assert_cmpuint (count_stored (chat), ==, 0);
      g_assert_cmpuint (count_encrypted (chat, mtx_room_get_id (room)), ==, 1);
    }

  return NULL;
}

static gboolean
is_in_order (gpointer data)
{
  g_autofree char *bodies = mtx_test_bodies (((Chat *)data)->timeline);

  return g_str_equal (bodies, "before|secret|after");
}

/* What somebody else said before us comes after our answer: we go where the server put us, once it says so. */
static DexFuture *
test_servers_order (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = make_room (chat);
  MtxTimelineItem    *item = NULL;

  bind (chat, room);
  mtx_test_say (chat->server, mtx_room_get_id (room), chat->support->user_id, "before");
  say (chat, "secret");
  drain (chat);
  item = find_item (chat, "secret");
  mtx_test_say (chat->server, mtx_room_get_id (room), chat->support->user_id, "after");

  mtx_sync_loop_start (chat->account->loop);
  mtx_test_wait (is_in_order, chat);
  g_assert_true (find_item (chat, "secret") == item);

  return NULL;
}

static gboolean
has_failed (gpointer data)
{
  Chat *chat = data;

  return find_item (chat, "secret") != NULL && state_of (chat, "secret") == MTX_SEND_STATE_FAILED;
}

static gboolean
second_is_sent (gpointer data)
{
  return state_of (data, "other") == MTX_SEND_STATE_SENT;
}

static DexFuture *
test_refused (gpointer data)
{
  g_autoptr (Chat)    chat = chat_new ();
  g_autoptr (MtxRoom) room = make_room (chat);
  g_autoptr (GError)  error = NULL;
  g_autofree char    *txn_id = NULL;
  g_autofree char    *gone = NULL;
  g_autofree char    *read = NULL;

  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &(MtxFakeFault){ .status = 403, .errcode = "M_FORBIDDEN", .times = 1 });
  bind (chat, room);
  txn_id = add (chat, "secret");
  mtx_test_wait (has_failed, chat);
  g_assert_cmpint (mtx_timeline_item_get_error (find_item (chat, "secret")), ==, MTX_ERROR_REFUSED);

  /* It holds up nobody, and is still there after a restart. */
  say (chat, "other");
  mtx_test_wait (second_is_sent, chat);
  {
    g_autofree char *room_id = g_strdup (mtx_room_get_id (room));

    restart (chat);
    g_assert_cmpint (state_of (chat, "secret"), ==, MTX_SEND_STATE_FAILED);
    bind (chat, mtx_room_list_lookup (chat->account->rooms, room_id));
  }

  dex_await (mtx_outbox_retry (chat->outbox, txn_id), &error);
  g_assert_no_error (error);
  drain (chat);
  g_assert_cmpint (state_of (chat, "secret"), ==, MTX_SEND_STATE_SENT);
  read = read_as_support (chat, mtx_room_get_id (room));
  g_assert_cmpstr (read, ==, "other|secret");

  /* One that failed can be given up; one that is on its way, or gone, cannot. */
  mtx_fake_homeserver_fault (chat->server, "PUT", SEND, &(MtxFakeFault){ .status = 403, .errcode = "M_FORBIDDEN" });
  dex_await (mtx_outbox_delete (chat->outbox, txn_id), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  gone = add (chat, "never");
  dex_await (mtx_outbox_delete (chat->outbox, gone), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_BUSY);
  g_clear_error (&error);
  while (state_of (chat, "never") != MTX_SEND_STATE_FAILED)
    {
      dex_await (dex_timeout_new_msec (5), &error);
      g_clear_error (&error);
    }
  dex_await (mtx_outbox_delete (chat->outbox, gone), &error);
  g_assert_no_error (error);
  g_assert_null (find_item (chat, "never"));
  g_assert_cmpuint (count_stored (chat), ==, 0);

  return NULL;
}

/* Rule 1 and M29: a room that is not encrypted gets nothing, whatever was asked for when it was made. */
static DexFuture *
test_never_in_clear (gpointer data)
{
  static const char *const algorithms[] = { NULL, "{}", "{\"algorithm\":\"m.future.v9\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autoptr (Chat) chat = chat_new ();
      g_autofree char *room_id = mtx_fake_homeserver_create_room (chat->server, chat->account->user_id, NULL, FALSE);

      if (algorithms[i] != NULL)
        {
          g_autoptr (JsonObject) content = mtx_test_json (algorithms[i]);

          g_free (mtx_fake_homeserver_send_event (chat->server, room_id, chat->account->user_id, "m.room.encryption", "", content));
        }
      mtx_sync_loop_start (chat->account->loop);
      bind (chat, mtx_test_account_wait_room (chat->account, room_id));
      say (chat, "secret");
      mtx_test_wait (has_failed, chat);

      g_assert_cmpint (mtx_timeline_item_get_error (find_item (chat, "secret")), ==, MTX_ERROR_NOT_ENCRYPTED);
      g_assert_cmpuint (mtx_fake_homeserver_count_requests (chat->server, "PUT", SEND), ==, 0);
      assert_no_plaintext (chat);
    }

  return NULL;
}

/* Threat 96: what the encryption needs fails in all ways; the messages wait, in order, and none goes in clear. */
static DexFuture *
test_faults_on_the_way (gpointer data)
{
  static const struct
  {
    const char *method;
    const char *pattern;
  } places[] = {
    { "GET", "*/members" },
    { "GET", "*/state/m.room.encryption*" },
    { "POST", "*/keys/query" },
    { "POST", "*/keys/claim" },
    { "PUT", "*/sendToDevice/*" },
    { "PUT", SEND },
  };
  static const MtxFakeFault faults[] = {
    { .status = 500, .times = 1 },
    { .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = 1, .times = 1 },
    { .drop = MTX_FAKE_DROP_BEFORE, .times = 1 },
    { .drop = MTX_FAKE_DROP_AFTER, .times = 1 },
    { .drop = MTX_FAKE_TRUNCATE, .times = 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (Chat)    chat = chat_new ();
      g_autoptr (MtxRoom) room = make_room (chat);
      g_autofree char    *read = NULL;

      g_test_message ("%s", places[i].pattern);
      for (guint j = 0; j < G_N_ELEMENTS (faults); j++)
        mtx_fake_homeserver_fault (chat->server, places[i].method, places[i].pattern, &faults[j]);
      say (chat, "secret one");
      say (chat, "secret two");
      bind (chat, room);
      drain (chat);

      read = read_as_support (chat, mtx_room_get_id (room));
      g_assert_cmpstr (read, ==, "secret one|secret two");
      g_assert_cmpuint (chat->most_items, ==, 2);
      assert_no_plaintext (chat);
    }

  return NULL;
}

static DexFuture *
test_limits (gpointer data)
{
  g_autoptr (Chat)   chat = chat_new ();
  g_autofree char   *long_text = g_strnfill (MTX_OUTBOX_MAX_BODY_BYTES + 1, 'x');
  g_autoptr (GError) error = NULL;

  dex_await (mtx_outbox_add_text (chat->outbox, ""), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_clear_error (&error);
  dex_await (mtx_outbox_add_text (chat->outbox, "\xff"), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_INVALID);
  g_clear_error (&error);
  dex_await (mtx_outbox_add_text (chat->outbox, long_text), &error);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);
  g_assert_cmpuint (count_stored (chat), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/outbox/before-the-room", test_before_the_room);
  mtx_test_add_fiber ("/outbox/lost-answer", test_lost_answer);
  mtx_test_add_fiber ("/outbox/threat-095-killed-after-sending", test_killed_after_sending);
  mtx_test_add_fiber ("/outbox/threat-048-threat-049-reader-leaves", test_reader_leaves);
  mtx_test_add_fiber ("/outbox/threat-095-sync-after-kill", test_sync_after_kill);
  mtx_test_add_fiber ("/outbox/threat-095-order-of-echoes", test_order_of_echoes);
  mtx_test_add_fiber ("/outbox/races-with-sync", test_races_with_sync);
  mtx_test_add_fiber ("/outbox/servers-order", test_servers_order);
  mtx_test_add_fiber ("/outbox/refused", test_refused);
  mtx_test_add_fiber ("/outbox/never-in-clear", test_never_in_clear);
  mtx_test_add_fiber ("/outbox/threat-096-faults-on-the-way", test_faults_on_the_way);
  mtx_test_add_fiber ("/outbox/limits", test_limits);

  return g_test_run ();
}
