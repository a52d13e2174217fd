/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The backup of room keys: made once, filled once with each key, and given up when it is somebody else's.
 */
#include "key-backup-fixture.h"

#include "mtx-backup-cipher.h"
#include "mtx-endpoints.h"
#include "mtx-http.h"
#include "mtx-signed-json.h"

#define ROOM  "!one:" MTX_FAKE_SERVER_NAME
#define OTHER "!two:" MTX_FAKE_SERVER_NAME

static guint
count_puts (Vault *vault)
{
  return mtx_fake_homeserver_count_requests (vault->server, "PUT", KEYS_OF_ALL);
}

static void
write_and_drop (MtxCryptoClient *client,
                const char      *room_id)
{
  g_autoptr (JsonObject) content = write_message (client, room_id, "hello");

  g_assert_nonnull (content);
}

/* Signed by the identity and the device, for the key in the store; and what was said is in it. */
static DexFuture *
test_made (gpointer data)
{
  g_auto (Vault)             vault = { 0 };
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autofree char           *public_key = NULL;
  g_autofree char           *master_id = NULL;
  g_autoptr (GError)         error = NULL;
  JsonObject                *info = NULL;
  JsonObject                *auth_data = NULL;
  JsonObject                *preference = NULL;
  const char                *master_key = NULL;
  gboolean                   is_enabled = FALSE;

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);

  info = mtx_fake_homeserver_get_backup (vault.server, vault.alice->user_id, NULL);
  g_assert_nonnull (info);
  g_assert_cmpstr (mtx_json_get_string (info, "algorithm"), ==, "m.megolm_backup.v1.curve25519-aes-sha2");
  auth_data = mtx_json_get_object (info, "auth_data");
  key = dex_await_boxed (mtx_key_backup_dup_private_key (backup_of (vault.alice)), &error);
  g_assert_no_error (error);
  public_key = mtx_backup_public_key (key, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_json_get_string (auth_data, "public_key"), ==, public_key);

  master_key = mtx_crypto_engine_get_master_key (vault.alice->engine);
  master_id = g_strconcat ("ed25519:", master_key, NULL);
  g_assert_true (mtx_signed_json_verify (auth_data, vault.alice->user_id, master_id, master_key, &error));
  g_assert_true (mtx_signed_json_verify (auth_data, vault.alice->user_id, "ed25519:ALICEDEVICE",
                                         mtx_crypto_engine_get_ed25519 (vault.alice->engine), &error));

  preference = mtx_fake_homeserver_get_account_data (vault.server, vault.alice->user_id, "m.key_backup");
  g_assert_true (mtx_json_get_boolean (preference, "enabled", &is_enabled) && is_enabled);

  wait_kept (&vault, 1);

  /* Asked again it makes no second one. */
  mtx_crypto_client_restart (vault.alice);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "POST", VERSION), ==, 1);

  return NULL;
}

static gboolean
no_upload_waits (gpointer data)
{
  MtxCryptoClient           *client = data;
  g_autoptr (MtxBackupBatch) batch = NULL;
  g_autoptr (GError)         error = NULL;

  batch = dex_await_boxed (_mtx_crypto_engine_pack_backup (client->engine, 100), &error);
  g_assert_no_error (error);

  return batch->rows->len == 0;
}

/* The marks are in the store, so whatever follows sends nothing again. */
static void
wait_marked (MtxCryptoClient *client)
{
  while (!no_upload_waits (client))
    {
      g_autoptr (GError) error = NULL;

      dex_await (mtx_future_after (5), &error);
      g_assert_no_error (error);
    }
}

static DexFuture *
test_once (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 1);
  wait_marked (vault.alice);

  mtx_key_backup_after_sync (backup_of (vault.alice));
  write_and_drop (vault.alice, OTHER);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  wait_kept (&vault, 2);
  wait_marked (vault.alice);
  g_assert_cmpuint (count_puts (&vault), ==, 2);

  mtx_crypto_client_restart (vault.alice);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  write_and_drop (vault.alice, "!three:" MTX_FAKE_SERVER_NAME);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  wait_kept (&vault, 3);
  g_assert_cmpuint (count_puts (&vault), ==, 3);

  return NULL;
}

/* More than one portion. */
static DexFuture *
test_many (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  for (guint i = 0; i < 130; i++)
    {
      g_autofree char *room_id = g_strdup_printf ("!r%u:%s", i, MTX_FAKE_SERVER_NAME);

      write_and_drop (vault.alice, room_id);
    }
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 130);
  g_assert_cmpuint (count_puts (&vault), ==, 2);

  return NULL;
}

/* The answer was lost, the server is busy, the portion is too large: all of it arrives in the end. */
static DexFuture *
test_trouble (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  write_and_drop (vault.alice, OTHER);
  mtx_fake_homeserver_fault (vault.server, "PUT", KEYS_OF_ALL, &(MtxFakeFault){ .times = 1, .status = 413, .errcode = "M_TOO_LARGE" });
  mtx_fake_homeserver_fault (vault.server, "PUT", KEYS_OF_ALL,
                             &(MtxFakeFault){ .times = 1, .status = 429, .errcode = "M_LIMIT_EXCEEDED", .retry_after_ms = 1 });
  mtx_fake_homeserver_fault (vault.server, "PUT", KEYS_OF_ALL, &(MtxFakeFault){ .times = 1, .drop = MTX_FAKE_DROP_AFTER });
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 2);
  wait_marked (vault.alice);
  g_assert_cmpuint (count_puts (&vault), >=, 5);

  return NULL;
}

/* The process ends after the server took the keys and before we heard of it. */
static DexFuture *
test_killed (gpointer data)
{
  g_auto (Vault)         vault = { 0 };
  g_autoptr (GHashTable) before = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter         iter;
  gpointer               name = NULL;
  gpointer               key = NULL;

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  write_and_drop (vault.alice, OTHER);
  mtx_fake_homeserver_fault (vault.server, "PUT", KEYS_OF_ALL, &(MtxFakeFault){ .times = 1, .drop = MTX_FAKE_DROP_AFTER });
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 2);
  g_hash_table_iter_init (&iter, kept (&vault));
  while (g_hash_table_iter_next (&iter, &name, &key))
    g_hash_table_insert (before, g_strdup (name), mtx_json_to_string (key));

  mtx_crypto_client_restart (vault.alice);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  wait_marked (vault.alice);
  g_assert_cmpuint (g_hash_table_size (kept (&vault)), ==, 2);
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &name, &key))
    {
      g_autofree char *now = mtx_json_to_string (g_hash_table_lookup (kept (&vault), name));

      g_assert_cmpstr (now, ==, key);
    }

  return NULL;
}

static JsonObject *
make_foreign_info (void)
{
  g_autoptr (MtxSecretBytes) key = mtx_secret_bytes_random (MTX_BACKUP_KEY_BYTES, NULL);
  g_autofree char           *public_key = mtx_backup_public_key (key, NULL);
  JsonObject                *info = json_object_new ();
  JsonObject                *auth_data = json_object_new ();

  json_object_set_string_member (auth_data, "public_key", public_key);
  json_object_set_string_member (info, "algorithm", MTX_BACKUP_ALGORITHM);
  json_object_set_object_member (info, "auth_data", auth_data);

  return info;
}

/* Somebody puts a new version in place of ours: nothing goes up to it, before and after a restart (P5). */
static DexFuture *
test_new_version (gpointer data)
{
  g_auto (Vault)         vault = { 0 };
  g_autoptr (JsonObject) foreign = make_foreign_info ();
  g_autoptr (GError)     error = NULL;
  guint                  n_puts = 0;

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 1);
  wait_marked (vault.alice);

  mtx_fake_homeserver_add_backup (vault.server, vault.alice->user_id, foreign);
  write_and_drop (vault.alice, OTHER);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  wait_state (vault.alice, MTX_KEY_BACKUP_UNTRUSTED);
  n_puts = count_puts (&vault);
  g_assert_cmpuint (n_puts, ==, 2);

  mtx_key_backup_after_sync (backup_of (vault.alice));
  mtx_crypto_client_restart (vault.alice);
  set_up (vault.alice, MTX_KEY_BACKUP_UNTRUSTED);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  g_assert_cmpuint (count_puts (&vault), ==, n_puts);
  g_assert_cmpuint (g_hash_table_size (kept (&vault)), ==, 0);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "POST", VERSION), ==, 1);

  /* The person wants ours back: all keys go up again, to a new version. */
  dex_await (mtx_key_backup_replace (backup_of (vault.alice)), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (vault.alice)), ==, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 2);

  return NULL;
}

/* Our identity signed it, but it is not for our key: another of our clients made it. */
static DexFuture *
test_signed_version (gpointer data)
{
  g_auto (Vault)         vault = { 0 };
  g_autoptr (JsonObject) foreign = make_foreign_info ();
  g_autoptr (JsonObject) signed_data = NULL;
  g_autoptr (GError)     error = NULL;

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  signed_data = dex_await_boxed (_mtx_crypto_engine_sign_backup (vault.alice->engine, mtx_json_get_object (foreign, "auth_data")),
                                 &error);
  g_assert_no_error (error);
  mtx_fake_homeserver_add_backup (vault.server, vault.alice->user_id, foreign);
  set_up (vault.alice, MTX_KEY_BACKUP_WRONG_KEY);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  g_assert_cmpuint (count_puts (&vault), ==, 0);

  return NULL;
}

/* A signature under the right name by another key, or of other data, is none. */
static DexFuture *
test_forged_signature (gpointer data)
{
  g_auto (Vault)         vault = { 0 };
  g_autoptr (JsonObject) foreign = make_foreign_info ();
  g_autoptr (JsonObject) other = make_foreign_info ();
  g_autoptr (JsonObject) signed_data = NULL;
  g_autoptr (GError)     error = NULL;
  JsonObject            *auth_data = mtx_json_get_object (foreign, "auth_data");

  vault_init (&vault);
  signed_data = dex_await_boxed (_mtx_crypto_engine_sign_backup (vault.alice->engine, auth_data), &error);
  g_assert_no_error (error);
  json_object_set_string_member (auth_data, "public_key",
                                 mtx_json_get_string (mtx_json_get_object (other, "auth_data"), "public_key"));
  mtx_fake_homeserver_add_backup (vault.server, vault.alice->user_id, foreign);
  set_up (vault.alice, MTX_KEY_BACKUP_UNTRUSTED);

  return NULL;
}

/* A key that does not fit changes nothing; the one that fits is kept. */
static DexFuture *
test_wrong_key (gpointer data)
{
  g_auto (Vault)             vault = { 0 };
  g_autoptr (MtxSecretBytes) wrong = mtx_secret_bytes_random (MTX_BACKUP_KEY_BYTES, NULL);
  g_autoptr (MtxSecretBytes) short_key = mtx_secret_bytes_random (16, NULL);
  g_autoptr (MtxSecretBytes) before = NULL;
  g_autoptr (MtxSecretBytes) after = NULL;
  g_autoptr (MtxSecretBytes) right = NULL;
  g_autoptr (MtxSecretBytes) kept_key = NULL;
  g_autoptr (GError)         error = NULL;

  vault_init (&vault);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  add_second (&vault);
  set_up (vault.second, MTX_KEY_BACKUP_UNTRUSTED);

  before = dex_await_boxed (mtx_key_backup_dup_private_key (backup_of (vault.second)), NULL);
  g_assert_false (dex_await (mtx_key_backup_connect (backup_of (vault.second), wrong), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET);
  g_clear_error (&error);
  g_assert_false (dex_await (mtx_key_backup_connect (backup_of (vault.second), short_key), &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  after = dex_await_boxed (mtx_key_backup_dup_private_key (backup_of (vault.second)), NULL);
  g_assert_true (mtx_secret_bytes_equal (before, after));
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (vault.second)), ==, MTX_KEY_BACKUP_UNTRUSTED);

  connect_second (&vault);
  mtx_crypto_client_restart (vault.second);
  set_up (vault.second, MTX_KEY_BACKUP_READY);
  right = dex_await_boxed (mtx_key_backup_dup_private_key (backup_of (vault.alice)), NULL);
  kept_key = dex_await_boxed (mtx_key_backup_dup_private_key (backup_of (vault.second)), NULL);
  g_assert_true (mtx_secret_bytes_equal (right, kept_key));

  return NULL;
}

static void
put_setting (Vault      *vault,
             const char *type,
             const char *member,
             gboolean    value)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA_PUT, vault->alice->user_id, type, NULL);
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     error = NULL;

  json_object_set_boolean_member (content, member, value);
  mtx_request_set_body (request, content);
  reply = dex_await_boxed (mtx_http_send (vault->alice->http, request), &error);
  g_assert_no_error (error);
}

static void
tell (Vault      *vault,
      const char *type,
      const char *member,
      gboolean    value)
{
  g_autoptr (GHashTable) account_data = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)json_object_unref);
  JsonObject            *content = json_object_new ();

  json_object_set_boolean_member (content, member, value);
  g_hash_table_insert (account_data, (gpointer)type, content);
  mtx_key_backup_note_account_data (backup_of (vault->alice), account_data);
}

/* The person wants none: none is made, until they change their mind, in whichever client. */
static DexFuture *
test_disabled (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  write_and_drop (vault.alice, ROOM);
  put_setting (&vault, "m.org.matrix.custom.backup_disabled", "disabled", TRUE);
  set_up (vault.alice, MTX_KEY_BACKUP_DISABLED);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "POST", VERSION), ==, 0);

  /* The stable setting is what counts when there are both. */
  tell (&vault, "m.key_backup", "enabled", TRUE);
  wait_state (vault.alice, MTX_KEY_BACKUP_READY);
  wait_kept (&vault, 1);
  tell (&vault, "m.org.matrix.custom.backup_disabled", "disabled", TRUE);
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (vault.alice)), ==, MTX_KEY_BACKUP_READY);

  tell (&vault, "m.key_backup", "enabled", FALSE);
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (vault.alice)), ==, MTX_KEY_BACKUP_DISABLED);
  wait_marked (vault.alice);
  write_and_drop (vault.alice, OTHER);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  g_assert_cmpuint (count_puts (&vault), ==, 1);

  return NULL;
}

/* Somebody took it away: that is seen, and not undone. */
static DexFuture *
test_deleted (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  mtx_fake_homeserver_delete_backup (vault.server, vault.alice->user_id);
  write_and_drop (vault.alice, ROOM);
  mtx_key_backup_after_sync (backup_of (vault.alice));
  wait_state (vault.alice, MTX_KEY_BACKUP_OFF);
  mtx_crypto_client_restart (vault.alice);
  set_up (vault.alice, MTX_KEY_BACKUP_OFF);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "POST", VERSION), ==, 1);

  return NULL;
}

/* The server made it and died, or we did: the one it made is taken. */
static DexFuture *
test_made_unheard (gpointer data)
{
  g_auto (Vault)     vault = { 0 };
  g_autoptr (GError) error = NULL;

  vault_init (&vault);
  mtx_fake_homeserver_fault (vault.server, "POST", VERSION, &(MtxFakeFault){ .times = 1, .drop = MTX_FAKE_DROP_AFTER });
  g_assert_false (dex_await (mtx_key_backup_set_up (backup_of (vault.alice)), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_RETRY_LATER);
  g_assert_cmpint (mtx_key_backup_get_state (backup_of (vault.alice)), ==, MTX_KEY_BACKUP_UNKNOWN);

  mtx_crypto_client_restart (vault.alice);
  set_up (vault.alice, MTX_KEY_BACKUP_READY);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (vault.server, "POST", VERSION), ==, 1);

  return NULL;
}

static DexFuture *
test_unsupported (gpointer data)
{
  g_auto (Vault) vault = { 0 };

  vault_init (&vault);
  mtx_fake_homeserver_fault (vault.server, NULL, "*/room_keys/*", &(MtxFakeFault){ .status = 404, .errcode = "M_UNRECOGNIZED" });
  set_up (vault.alice, MTX_KEY_BACKUP_UNSUPPORTED);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/key-backup/made", test_made);
  mtx_test_add_fiber ("/key-backup/once", test_once);
  mtx_test_add_fiber ("/key-backup/many", test_many);
  mtx_test_add_fiber ("/key-backup/threat-096-trouble", test_trouble);
  mtx_test_add_fiber ("/key-backup/threat-095-killed", test_killed);
  mtx_test_add_fiber ("/key-backup/threat-095-made-unheard", test_made_unheard);
  mtx_test_add_fiber ("/key-backup/threat-079-new-version", test_new_version);
  mtx_test_add_fiber ("/key-backup/threat-079-signed-version", test_signed_version);
  mtx_test_add_fiber ("/key-backup/threat-079-forged-signature", test_forged_signature);
  mtx_test_add_fiber ("/key-backup/threat-081-wrong-key", test_wrong_key);
  mtx_test_add_fiber ("/key-backup/disabled", test_disabled);
  mtx_test_add_fiber ("/key-backup/deleted", test_deleted);
  mtx_test_add_fiber ("/key-backup/unsupported", test_unsupported);

  return g_test_run ();
}
