/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Alice, her devices, and their backup.
 */
#include "key-backup-fixture.h"

#include "mtx-event-private.h"
#include "mtx-room-key-store.h"

/* Alice, published. */
void
vault_init (Vault *vault)
{
  vault->server = mtx_fake_homeserver_new ();
  vault->alice = mtx_crypto_client_new (vault->server, "alice", "ALICEDEVICE");
  mtx_crypto_client_bootstrap (vault->alice);
}

/* Closes everything. */
void
vault_clear (Vault *vault)
{
  g_clear_pointer (&vault->alice, mtx_crypto_client_free);
  g_clear_pointer (&vault->second, mtx_crypto_client_free);
  g_clear_object (&vault->server);
}

/* A client's end of the backup. */
MtxKeyBackup *
backup_of (MtxCryptoClient *client)
{
  return mtx_encryption_get_key_backup (client->encryption);
}

/* Asks the server, which answers. */
void
set_up (MtxCryptoClient  *client,
        MtxKeyBackupState expected)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_key_backup_set_up (backup_of (client)), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (client)), ==, expected);
}

/* Another device of Alice, which has nothing and has published nothing. */
void
add_second (Vault *vault)
{
  vault->second = mtx_crypto_client_new (vault->server, "alice", "SECONDDEVICE");
}

/* It gets the private key, as secret storage would give it. */
void
connect_second (Vault *vault)
{
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (GError)         error = NULL;

  key = dex_await_boxed (mtx_key_backup_dup_private_key (backup_of (vault->alice)), &error);
  g_assert_no_error (error);
  dex_await (mtx_key_backup_connect (backup_of (vault->second), key), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (vault->second)), ==, MTX_KEY_BACKUP_READY);
}

/* Encrypts with a room key of the client's own, which nobody else gets. */
JsonObject *
write_message (MtxCryptoClient *client,
               const char      *room_id,
               const char      *text)
{
  const char                   *members[] = { client->user_id, NULL };
  g_autoptr (MtxRoomCryptoInfo) info = mtx_crypto_client_make_info (room_id, members);
  g_autoptr (JsonObject)        content = json_object_new ();
  g_autoptr (GError)            error = NULL;
  JsonObject                   *encrypted = NULL;

  dex_await (_mtx_crypto_engine_prepare_room (client->engine, info), &error);
  g_assert_no_error (error);
  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", text);
  encrypted = dex_await_boxed (_mtx_crypto_engine_encrypt_event (client->engine, info, "m.room.message", content), &error);
  g_assert_no_error (error);

  return encrypted;
}

/* What the server keeps: "room session" → JSON. */
GHashTable *
kept (Vault *vault)
{
  return mtx_fake_homeserver_get_backup_keys (vault->server, vault->alice->user_id);
}

typedef struct
{
  Vault *vault;
  guint  n_keys;
} Kept;

static gboolean
is_kept (gpointer data)
{
  Kept *wanted = data;

  return g_hash_table_size (kept (wanted->vault)) == wanted->n_keys;
}

/* Waits until the server keeps so many keys. */
void
wait_kept (Vault *vault,
           guint  n_keys)
{
  Kept wanted = { vault, n_keys };

  mtx_test_wait (is_kept, &wanted);
}

typedef struct
{
  MtxKeyBackup     *backup;
  MtxKeyBackupState state;
} State;

static gboolean
is_state (gpointer data)
{
  State *wanted = data;

  return mtx_key_backup_get_state (wanted->backup) == wanted->state;
}

/* Waits for a state. */
void
wait_state (MtxCryptoClient  *client,
            MtxKeyBackupState expected)
{
  State wanted = { backup_of (client), expected };

  mtx_test_wait (is_state, &wanted);
}

/* How many room keys a client has. */
guint
count_kept_here (MtxCryptoClient *client)
{
  g_autoptr (GError) error = NULL;
  gint64             count = dex_await_int64 (mtx_room_key_store_count_all (client->db), &error);

  g_assert_no_error (error);

  return (guint)count;
}

/* What a client makes of an event that Alice sent. */
MtxEvent *
read_message (MtxCryptoClient *client,
              const char      *room_id,
              const char      *event_id,
              JsonObject      *content)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GPtrArray)  events = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);
  g_autoptr (GPtrArray)  read = NULL;
  g_autoptr (GError)     error = NULL;
  MtxEvent              *event = NULL;

  json_object_set_string_member (object, "type", "m.room.encrypted");
  json_object_set_string_member (object, "sender", client->user_id);
  json_object_set_string_member (object, "event_id", event_id);
  json_object_set_int_member (object, "origin_server_ts", 1700000000000);
  json_object_set_object_member (object, "content", json_object_ref (content));
  event = mtx_event_new_from_json (object, room_id, &error);
  g_assert_no_error (error);
  g_ptr_array_add (events, event);
  read = dex_await_boxed (mtx_crypto_engine_decrypt_events (client->engine, events), &error);
  g_assert_no_error (error);

  return mtx_event_ref (g_ptr_array_index (read, 0));
}
