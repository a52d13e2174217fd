/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes back from a backup: all of it or one key, whatever the server made of it meanwhile.
 */
#include "key-backup-fixture.h"

#include "mtx-event-private.h"
#include "mtx-key-backup-store.h"
#include "mtx-room-key-store.h"
#include "mtx-to-device-store.h"

#define ROOM "!one:" MTX_FAKE_SERVER_NAME

static gint64
restore (MtxCryptoClient *client,
         int              code)
{
  g_autoptr (GError) error = NULL;
  gint64             n_keys = dex_await_int64 (mtx_key_backup_restore (backup_of (client)), &error);

  if (code >= 0)
    g_assert_error (error, MTX_ERROR, code);
  else
    g_assert_no_error (error);

  return n_keys;
}

/* Alice writes in so many rooms; all of it is backed up. */
static void
fill (Vault *vault,
      guint  n_rooms)
{
  for (guint i = 0; i < n_rooms; i++)
    {
      g_autofree char       *room_id = g_strdup_printf ("!r%u:%s", i, MTX_FAKE_SERVER_NAME);
      g_autoptr (JsonObject) content = write_message (vault->alice, room_id, "hello");
    }
  set_up (vault->alice, MTX_KEY_BACKUP_READY);
  wait_kept (vault, n_rooms);
}

static void
note_progress (MtxKeyBackup *backup,
               GParamSpec   *pspec,
               gpointer      data)
{
  guint *most = data;
  guint  restored = 0;
  guint  total = 0;

  g_object_get (backup, "restored", &restored, "total", &total, NULL);
  g_assert_cmpuint (restored, <=, total);
  *most = MAX (*most, restored);
}

/* More than a portion, on another device; what is read with it proves no sender, and goes up to no server again. */
static DexFuture *
test_all (gpointer data)
{
  g_auto (Vault)         vault = { 0 };
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (MtxEvent)   before = NULL;
  g_autoptr (MtxEvent)   after = NULL;
  guint                  most = 0;
  guint                  n_puts = 0;

  vault_init (&vault);
  fill (&vault, 230);
  content = write_message (vault.alice, ROOM, "in the past");
  mtx_key_backup_after_sync (backup_of (vault.alice));
  wait_kept (&vault, 231);
  add_second (&vault);
  before = read_message (vault.second, ROOM, "$1", content);
  g_assert_cmpint (mtx_event_get_decryption (before), ==, MTX_DECRYPTION_MISSING_KEY);

  connect_second (&vault);
  g_signal_connect (backup_of (vault.second), "notify::restored", G_CALLBACK (note_progress), &most);
  n_puts = mtx_fake_homeserver_count_requests (vault.server, "PUT", KEYS_OF_ALL);
  g_assert_cmpint (restore (vault.second, -1), ==, 231);
  g_assert_cmpuint (most, ==, 231);
  g_assert_cmpuint (count_kept_here (vault.second), ==, 231);

  after = read_message (vault.second, ROOM, "$1", content);
  g_assert_cmpint (mtx_event_get_decryption (after), ==, MTX_DECRYPTION_DECRYPTED);
  g_assert_cmpstr (mtx_event_get_body (after), ==, "in the past");
  g_assert_cmpint (mtx_event_get_shield (after), ==, MTX_SHIELD_NOT_AUTHENTIC);

  mtx_crypto_client_restart (vault.second);
  set_up (vault.second, MTX_KEY_BACKUP_READY);
  mtx_key_backup_after_sync (backup_of (vault.second));
  g_assert_cmpint (restore (vault.second, -1), ==, 231);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "PUT", KEYS_OF_ALL), ==, n_puts);

  return NULL;
}

static JsonObject *
find_kept (Vault      *vault,
           const char *room_id,
           char      **name)
{
  GHashTableIter iter;
  gpointer       key = NULL;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, kept (vault));
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (!g_str_has_prefix (key, room_id))
        continue;
      *name = key;
      return value;
    }
  g_assert_not_reached ();
}

/* The server changes what it keeps: bytes, places, the claimed index. What is not true is not taken. */
static DexFuture *
test_changed (gpointer data)
{
  g_auto (Vault)         vault = { 0 };
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (GPtrArray)  rows = NULL;
  g_autoptr (GError)     error = NULL;
  g_autofree char       *ciphertext = NULL;
  JsonObject            *item = NULL;
  char                  *name = NULL;
  char                  *other = NULL;
  MtxRoomKeyId           id = { 0 };
  g_auto (GStrv)         parts = NULL;

  vault_init (&vault);
  fill (&vault, 5);

  /* One entry with other bytes. */
  item = mtx_json_get_object (find_kept (&vault, "!r0:", &name), "session_data");
  ciphertext = g_strdup (mtx_json_get_string (item, "ciphertext"));
  ciphertext[10] = ciphertext[10] == 'A' ? 'B' : 'A';
  ciphertext[100] = ciphertext[100] == 'A' ? 'B' : 'A';
  json_object_set_string_member (item, "ciphertext", ciphertext);

  /* One entry under another session's name, one in another room. */
  item = find_kept (&vault, "!r1:", &name);
  find_kept (&vault, "!r2:", &other);
  g_hash_table_replace (kept (&vault), g_strdup (other), json_object_ref (item));
  g_hash_table_replace (kept (&vault), g_strconcat ("!elsewhere:x ", strchr (name, ' ') + 1, NULL), json_object_ref (item));

  /* One without a ciphertext, one that claims to begin later. */
  json_object_remove_member (find_kept (&vault, "!r3:", &name), "session_data");
  json_object_set_int_member (find_kept (&vault, "!r4:", &name), "first_message_index", 1000);

  add_second (&vault);
  connect_second (&vault);
  /* That of room 1 in its place, that same key where the server put it (its owner alone knows the room), and 4. */
  g_assert_cmpint (restore (vault.second, -1), ==, 3);

  parts = g_strsplit (name, " ", 2);
  id = (MtxRoomKeyId){ parts[0], parts[1] };
  rows = dex_await_boxed (mtx_room_key_store_load_inbound (vault.second->db, &id, 1), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpint (((MtxInboundSessionRow *)g_ptr_array_index (rows, 0))->first_known_index, ==, 0);
  g_assert_true (((MtxInboundSessionRow *)g_ptr_array_index (rows, 0))->imported);

  return NULL;
}

/* The answer breaks off: what was whole is kept, and the rest comes by itself after the next start. */
static DexFuture *
test_interrupted (gpointer data)
{
  g_auto (Vault)     vault = { 0 };
  g_autoptr (GError) error = NULL;

  vault_init (&vault);
  fill (&vault, 30);
  add_second (&vault);
  connect_second (&vault);
  mtx_fake_homeserver_fault (vault.server, "GET", KEYS_OF_ALL, &(MtxFakeFault){ .times = 1, .drop = MTX_FAKE_TRUNCATE });
  g_assert_false (dex_await (mtx_key_backup_restore (backup_of (vault.second)), &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (count_kept_here (vault.second), ==, 0);

  mtx_crypto_client_restart (vault.second);
  set_up (vault.second, MTX_KEY_BACKUP_READY);
  g_assert_cmpint (restore (vault.second, -1), ==, 30); /* joins the one that goes on by itself */
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "GET", KEYS_OF_ALL), ==, 2);

  /* And once it has ended, it is not begun again. */
  mtx_crypto_client_restart (vault.second);
  set_up (vault.second, MTX_KEY_BACKUP_READY);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "GET", KEYS_OF_ALL), ==, 2);

  return NULL;
}

/* Marks one copy of a key as begun, as an import that ended the process leaves it. */
static void
begin_and_die (MtxCryptoClient *client,
               const char      *room_id,
               const char      *session_id,
               const char      *session_key)
{
  g_autoptr (GChecksum)    checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  g_checksum_update (checksum, (const guchar *)room_id, (gssize)strlen (room_id) + 1);
  g_checksum_update (checksum, (const guchar *)session_id, (gssize)strlen (session_id) + 1);
  g_checksum_update (checksum, (const guchar *)session_key, (gssize)strlen (session_key));
  mtx_to_device_store_begin_attempt (changes, g_checksum_get_string (checksum), 1);
  dex_await (mtx_db_commit (client->db, changes), &error);
  g_assert_no_error (error);
}

/* Guard rule G22: an item that ended the process twice is passed over, and the others are taken. */
static DexFuture *
test_deadly (gpointer data)
{
  g_auto (Vault)             vault = { 0 };
  g_autoptr (MtxRoomKeyPage) page = NULL;
  g_autoptr (JsonObject)     entry = NULL;
  g_autoptr (GError)         error = NULL;
  const MtxJsonLimits        limits = { .max_bytes = 65536, .max_depth = 8 };

  vault_init (&vault);
  fill (&vault, 4);
  add_second (&vault);
  connect_second (&vault);

  page = dex_await_boxed (_mtx_crypto_engine_export_page (vault.alice->engine, "", "", 1), &error);
  g_assert_no_error (error);
  entry = mtx_json_parse_object (g_ptr_array_index (page->entries, 0), -1, &limits, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    begin_and_die (vault.second, mtx_json_get_string (entry, "room_id"), mtx_json_get_string (entry, "session_id"),
                   mtx_json_get_string (entry, "session_key"));

  g_assert_cmpint (restore (vault.second, -1), ==, 3);
  g_assert_cmpuint (count_kept_here (vault.second), ==, 3);

  return NULL;
}

static DexFuture *
test_nothing_to_restore (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  add_second (&vault);
  set_up (vault.second, MTX_KEY_BACKUP_UNTRUSTED);
  restore (vault.second, MTX_ERROR_NOT_FOUND);
  connect_second (&vault);
  g_assert_cmpint (restore (vault.second, -1), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/key-backup-restore/threat-080-all", test_all);
  mtx_test_add_fiber ("/key-backup-restore/threat-080-changed", test_changed);
  mtx_test_add_fiber ("/key-backup-restore/threat-095-interrupted", test_interrupted);
  mtx_test_add_fiber ("/key-backup-restore/deadly-item", test_deadly);
  mtx_test_add_fiber ("/key-backup-restore/nothing", test_nothing_to_restore);

  return g_test_run ();
}
