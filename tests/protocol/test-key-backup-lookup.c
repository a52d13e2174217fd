/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows that could not be read heal by themselves when the backup has their key, and the server is not asked for ever
 * when it has not (M36).
 */
#include "key-backup-fixture.h"
#include "mtx-test-account.h"

typedef struct
{
  Vault           vault; /* its Alice is the account's client */
  MtxTestAccount *account;
  char           *room_id;
  MtxOutbox      *outbox;
  MtxTimeline    *timeline;
} Chat;

static void
open_timeline (Chat *chat)
{
  g_autoptr (GError) error = NULL;
  MtxRoom           *room = NULL;

  mtx_sync_loop_start (chat->account->loop);
  dex_await (mtx_sync_loop_when_synced (chat->account->loop), &error);
  g_assert_no_error (error);
  room = mtx_room_list_lookup (chat->account->rooms, chat->room_id);
  g_assert_nonnull (room);
  chat->outbox = mtx_outbox_new (chat->account->db, "chat");
  chat->timeline = mtx_timeline_new (chat->account->db, chat->outbox);
  dex_await (mtx_timeline_bind (chat->timeline, room, chat->account->http, chat->account->encryption), &error);
  g_assert_no_error (error);
}

static void
close_timeline (Chat *chat)
{
  g_clear_object (&chat->timeline);
  g_clear_object (&chat->outbox);
}

/* An account with a room and a backup, and a second device that can read the backup. */
static void
chat_init (Chat *chat)
{
  g_autoptr (JsonObject) encryption = mtx_test_json ("{\"algorithm\":\"m.megolm.v1.aes-sha2\"}");

  chat->vault.server = mtx_fake_homeserver_new ();
  chat->account = mtx_test_account_new (chat->vault.server, "alice");
  chat->vault.alice = chat->account->client;
  chat->room_id = mtx_fake_homeserver_create_room (chat->vault.server, chat->account->user_id, NULL, FALSE);
  g_free (mtx_fake_homeserver_send_event (chat->vault.server, chat->room_id, chat->account->user_id, "m.room.encryption", "",
                                          encryption));
  set_up (chat->vault.alice, MTX_KEY_BACKUP_READY);
  add_second (&chat->vault);
  connect_second (&chat->vault);
}

static void
chat_clear (Chat *chat)
{
  close_timeline (chat);
  g_clear_pointer (&chat->account, mtx_test_account_free);
  chat->vault.alice = NULL;
  vault_clear (&chat->vault);
  g_clear_pointer (&chat->room_id, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chat, chat_clear)

static void
send (Chat       *chat,
      JsonObject *content)
{
  g_free (mtx_fake_homeserver_send_event (chat->vault.server, chat->room_id, chat->account->user_id, "m.room.encrypted", NULL,
                                          content));
}

static MtxTimelineItem *
last_item (Chat *chat)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (chat->timeline));

  return n_items > 0 ? mtx_test_item (chat->timeline, n_items - 1) : NULL;
}

static gboolean
is_late_read (gpointer data)
{
  MtxTimelineItem *item = last_item (data);

  return item != NULL && g_strcmp0 (mtx_timeline_item_get_body (item), "late") == 0;
}

static gboolean
is_unreadable (gpointer data)
{
  MtxTimelineItem *item = last_item (data);

  return item != NULL && mtx_timeline_item_get_kind (item) == MTX_ITEM_KIND_UNDECRYPTABLE;
}

static guint
count_lookups (Chat *chat)
{
  return mtx_fake_homeserver_count_requests (chat->vault.server, "GET", KEY_OF_ONE);
}

/* The key was made by our other device and came by no message. */
static DexFuture *
test_heals (gpointer data)
{
  g_auto (Chat)          chat = { 0 };
  g_autoptr (JsonObject) content = NULL;

  chat_init (&chat);
  content = write_message (chat.vault.second, chat.room_id, "late");
  mtx_key_backup_after_sync (backup_of (chat.vault.second));
  wait_kept (&chat.vault, 1);

  open_timeline (&chat);
  send (&chat, content);
  mtx_test_wait (is_late_read, &chat);
  g_assert_cmpint (mtx_timeline_item_get_shield (last_item (&chat)), ==, MTX_SHIELD_NOT_AUTHENTIC);
  g_assert_cmpuint (count_lookups (&chat), ==, 1);

  /* It is in the store as it was shown. */
  close_timeline (&chat);
  mtx_test_account_restart (chat.account);
  open_timeline (&chat);
  mtx_test_wait (is_late_read, &chat);

  return NULL;
}

/* The message came before there was anything to look it up in. */
static DexFuture *
test_heals_after_restart (gpointer data)
{
  g_auto (Chat)          chat = { 0 };
  g_autoptr (JsonObject) content = NULL;

  chat_init (&chat);
  content = write_message (chat.vault.second, chat.room_id, "late");
  open_timeline (&chat);
  send (&chat, content);
  mtx_test_wait (is_unreadable, &chat);
  close_timeline (&chat);
  mtx_test_account_restart (chat.account);

  mtx_key_backup_after_sync (backup_of (chat.vault.second));
  wait_kept (&chat.vault, 1);
  set_up (chat.account->client, MTX_KEY_BACKUP_READY);
  open_timeline (&chat);
  mtx_test_wait (is_late_read, &chat);

  return NULL;
}

typedef struct
{
  Chat *chat;
  guint n_lookups;
} Lookups;

static gboolean
has_looked (gpointer data)
{
  Lookups *wanted = data;

  return count_lookups (wanted->chat) >= wanted->n_lookups;
}

/* One question for one key, however many messages want it, and no second one soon. */
static DexFuture *
test_not_there (gpointer data)
{
  g_auto (Chat)    chat = { 0 };
  Lookups          wanted = { &chat, 1 };
  MtxCryptoClient *stranger = NULL;

  chat_init (&chat);
  stranger = mtx_crypto_client_new (chat.vault.server, "alice", "STRANGER");
  open_timeline (&chat);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (JsonObject) content = write_message (stranger, chat.room_id, "lost");

      send (&chat, content);
    }
  mtx_test_wait (is_unreadable, &chat);
  mtx_test_wait (has_looked, &wanted);
  mtx_key_backup_after_sync (backup_of (chat.account->client));
  {
    g_autoptr (JsonObject) content = write_message (stranger, chat.room_id, "lost");
    g_autoptr (GError)     error = NULL;

    send (&chat, content);
    dex_await (mtx_encryption_after_sync (chat.account->encryption), &error);
    g_assert_no_error (error);
  }
  g_assert_cmpuint (count_lookups (&chat), ==, 1);
  mtx_crypto_client_free (stranger);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/key-backup-lookup/heals", test_heals);
  mtx_test_add_fiber ("/key-backup-lookup/heals-after-restart", test_heals_after_restart);
  mtx_test_add_fiber ("/key-backup-lookup/not-there", test_not_there);

  return g_test_run ();
}
