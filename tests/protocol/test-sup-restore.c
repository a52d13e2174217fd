/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Restore page without its page: a second computer, an address and a security key; and every way it can fail,
 * with what the person is told.
 */
#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-json.h"
#include "mtx-secret-bytes.h"
#include "mtx-timeline-item.h"
#include "sup-security.h"
#include "sup-test-user.h"

#include <string.h>

typedef struct
{
  SupTestUser    *user; /* at the second computer; at the first one before */
  char           *address;
  char           *room_id;
  MtxSecretBytes *text;
} Scene;

static MtxSecretBytes *
secret_of (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static gboolean
has_security (gpointer data)
{
  return sup_client_get_security (data) != NULL;
}

static gboolean
is_protected (gpointer data)
{
  return sup_security_get_storage (data) == MTX_SECRET_STORAGE_OPEN;
}

static SupSecurity *
wait_protected (SupTestUser *user)
{
  SupSecurity *security;

  sup_test_wait (has_security, user->client);
  security = sup_client_get_security (user->client);
  sup_test_wait (is_protected, security);

  return security;
}

static gboolean
is_backed_up (gpointer data)
{
  SupTestUser *user = data;

  return mtx_fake_homeserver_count_requests (user->server, "PUT", "*/room_keys/keys*") > 0;
}

static void
scene_init (Scene *self)
{
  SupSecurity       *security;
  g_autoptr (GError) error = NULL;

  self->user = sup_test_user_new ();
  sup_test_user_add_agent (self->user);
  sup_test_user_start (self->user);
  sup_test_user_wait_state (self->user, SUP_CLIENT_RUNNING);
  sup_test_user_say (self->user, "From the first computer");
  sup_test_user_wait_sent (self->user, "From the first computer");
  security = wait_protected (self->user);
  sup_test_wait (is_backed_up, self->user);

  self->address = g_strdup (sup_client_get_user_id (self->user->client));
  self->room_id = g_strdup (sup_test_user_get_room_id (self->user));
  self->text = dex_await_boxed (sup_security_load_key_text (security), &error);
  g_assert_no_error (error);
  sup_test_user_quit (self->user);

  /* Another computer: nothing of the first is there. */
  g_clear_object (&self->user->keyring);
  self->user->keyring = mtx_keyring_memory_new ();
  g_free (self->user->data_dir);
  self->user->data_dir = mtx_test_tmp_dir ();
  sup_test_user_launch (self->user);
}

static void
scene_clear (Scene *self)
{
  sup_test_user_free (self->user);
  g_free (self->address);
  g_free (self->room_id);
  mtx_secret_bytes_unref (self->text);
}

static void
restore (Scene *self)
{
  g_autoptr (GError) error = NULL;

  self->user->client = dex_await_object (sup_client_list_restore (self->user->list, self->user->provider, self->address,
                                                                  self->text, NULL),
                                         &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->user->list)), ==, 1);
  sup_test_user_wait_state (self->user, SUP_CLIENT_RUNNING);
}

/* Fails, and leaves nothing. */
static void
restore_fails (Scene          *self,
               const char     *address,
               MtxSecretBytes *key,
               const char     *password,
               SupRestoreError code)
{
  g_autoptr (MtxSecretBytes) typed = password != NULL ? secret_of (password) : NULL;
  g_autoptr (GDir)           dir = g_dir_open (self->user->data_dir, 0, NULL);
  g_autoptr (GError)         error = NULL;

  g_assert_false (dex_await (sup_client_list_restore (self->user->list, self->user->provider, address, key, typed), &error));
  g_assert_error (error, SUP_RESTORE_ERROR, (int)code);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->user->list)), ==, 0);
  g_assert_null (g_dir_read_name (dir));
}

/* What was said before is read by the backup. */
static gboolean
has_sent_again (gpointer data)
{
  g_autofree char *bodies = sup_test_user_dup_bodies (data);

  return g_str_equal (bodies, "From the first computer From the second computer");
}

static DexFuture *
test_second_computer (gpointer data)
{
  Scene scene = { 0 };
  guint n_rooms;

  scene_init (&scene);
  n_rooms = mtx_fake_homeserver_count_rooms (scene.user->server);
  restore (&scene);

  /* The same person, the same provider, the same room. */
  g_assert_cmpstr (sup_client_get_user_id (scene.user->client), ==, scene.address);
  g_assert_true (sup_provider_equal (sup_client_get_provider (scene.user->client), scene.user->provider));
  g_assert_cmpstr (sup_test_user_get_room_id (scene.user), ==, scene.room_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_rooms (scene.user->server), ==, n_rooms);

  /* And the conversation goes on. */
  sup_test_user_say (scene.user, "From the second computer");
  sup_test_wait (has_sent_again, scene.user);

  /* Starting with the provider leads to this account. */
  g_clear_object (&scene.user->client);
  scene.user->client = sup_client_list_add (scene.user->list, scene.user->provider);
  g_assert_cmpstr (sup_client_get_user_id (scene.user->client), ==, scene.address);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scene.user->list)), ==, 1);

  sup_test_user_relaunch (scene.user);
  sup_test_user_wait_state (scene.user, SUP_CLIENT_RUNNING);
  g_assert_cmpstr (sup_client_get_user_id (scene.user->client), ==, scene.address);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_mistakes (gpointer data)
{
  Scene                      scene = { 0 };
  g_autoptr (MtxSecretBytes) other = secret_of ("EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d");
  const struct
  {
    const char     *text;
    SupRestoreError code;
  } mistyped[] = {
    { "EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4e", SUP_RESTORE_ERROR_KEY_PARITY },
    { "EsTc", SUP_RESTORE_ERROR_KEY_LENGTH },
    { "AATpRvZTnjck8YrhRAtwXLS84Nr2r9S9LGAWDaExVAPBvLRk", SUP_RESTORE_ERROR_KEY_PREFIX },
    { "EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4O", SUP_RESTORE_ERROR_KEY_CHARACTER },
  };

  scene_init (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (mistyped); i++)
    {
      g_autoptr (MtxSecretBytes) text = secret_of (mistyped[i].text);

      restore_fails (&scene, scene.address, text, NULL, mistyped[i].code);
    }
  restore_fails (&scene, "alice@example.org", scene.text, NULL, SUP_RESTORE_ERROR_ADDRESS);
  restore_fails (&scene, "@nobody:" MTX_FAKE_SERVER_NAME, scene.text, NULL, SUP_RESTORE_ERROR_REFUSED);
  restore_fails (&scene, scene.address, other, NULL, SUP_RESTORE_ERROR_REFUSED);
  restore_fails (&scene, scene.address, scene.text, "wrong", SUP_RESTORE_ERROR_REFUSED);
  restore (&scene);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_trouble (gpointer data)
{
  Scene              scene = { 0 };
  const MtxFakeFault away = { .status = 502 };
  MtxKeyringMemory  *keyring;
  JsonObject        *data_of;
  g_autofree char   *password = NULL;

  scene_init (&scene);
  keyring = MTX_KEYRING_MEMORY (scene.user->keyring);
  mtx_fake_homeserver_fault (scene.user->server, NULL, "*", &away);
  restore_fails (&scene, scene.address, scene.text, NULL, SUP_RESTORE_ERROR_UNREACHABLE);
  mtx_fake_homeserver_clear_faults (scene.user->server);

  mtx_keyring_memory_set_state (keyring, MTX_KEYRING_MEMORY_ABSENT);
  restore_fails (&scene, scene.address, scene.text, NULL, SUP_RESTORE_ERROR_KEYRING_ABSENT);
  mtx_keyring_memory_set_state (keyring, MTX_KEYRING_MEMORY_LOCKED);
  mtx_keyring_memory_dismiss_prompt (keyring);
  restore_fails (&scene, scene.address, scene.text, NULL, SUP_RESTORE_ERROR_KEYRING_LOCKED);
  mtx_keyring_memory_set_state (keyring, MTX_KEYRING_MEMORY_AVAILABLE);

  password = g_strdup (mtx_json_get_string (mtx_fake_homeserver_get_request (scene.user->server, "POST", "*/register", 0)->body, "password"));
  {
    g_autoptr (MtxSecretBytes) words = secret_of ("not the passphrase");

    restore_fails (&scene, scene.address, words, password, SUP_RESTORE_ERROR_WRONG_KEY);
  }

  data_of = mtx_fake_homeserver_get_account_data (scene.user->server, scene.address, "m.secret_storage.default_key");
  json_object_remove_member (data_of, "key");
  data_of = mtx_fake_homeserver_get_account_data (scene.user->server, scene.address, "m.cross_signing.master");
  json_object_remove_member (data_of, "encrypted");
  restore_fails (&scene, scene.address, scene.text, NULL, SUP_RESTORE_ERROR_NO_STORAGE);
  scene_clear (&scene);

  return NULL;
}

/* A locked keyring is unlocked on the way. */
static DexFuture *
test_threat_103_unlocks (gpointer data)
{
  Scene scene = { 0 };

  scene_init (&scene);
  mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (scene.user->keyring), MTX_KEYRING_MEMORY_LOCKED);
  restore (&scene);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_here_already (gpointer data)
{
  Scene              scene = { 0 };
  g_autoptr (GError) error = NULL;

  scene_init (&scene);
  restore (&scene);
  g_assert_false (dex_await (sup_client_list_restore (scene.user->list, NULL, scene.address, scene.text, NULL), &error));
  g_assert_error (error, SUP_RESTORE_ERROR, SUP_RESTORE_ERROR_EXISTS);
  scene_clear (&scene);

  return NULL;
}

static gboolean
has_asked (gpointer data)
{
  Scene *self = data;

  return mtx_fake_homeserver_count_requests (self->user->server, "POST", "*/login") > 0;
}

/* The person quits while the server thinks. The next start goes on by itself. */
static DexFuture *
test_threat_095_quit (gpointer data)
{
  Scene              scene = { 0 };
  const MtxFakeFault slow = { .delay_ms = 60 * 1000 };

  scene_init (&scene);
  mtx_fake_homeserver_fault (scene.user->server, "POST", "*/login", &slow);
  mtx_fiber_fire (sup_client_list_restore (scene.user->list, scene.user->provider, scene.address, scene.text, NULL), "Restoring");
  sup_test_wait (has_asked, &scene);
  sup_test_user_quit (scene.user);

  mtx_fake_homeserver_clear_faults (scene.user->server);
  sup_test_user_launch (scene.user);
  g_assert_nonnull (scene.user->client);
  sup_test_user_wait_state (scene.user, SUP_CLIENT_RUNNING);
  g_assert_cmpstr (sup_client_get_user_id (scene.user->client), ==, scene.address);
  g_assert_true (sup_provider_equal (sup_client_get_provider (scene.user->client), scene.user->provider));
  g_assert_cmpstr (sup_test_user_get_room_id (scene.user), ==, scene.room_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_devices (scene.user->server, scene.address), ==, 2);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_saved (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  SupSecurity            *security;
  g_autoptr (GError)      error = NULL;

  sup_test_user_add_agent (user);
  sup_test_user_start (user);
  security = wait_protected (user);
  g_assert_false (sup_security_get_saved (security));
  g_assert_cmpint (sup_security_get_identity (security), ==, SUP_OWN_IDENTITY_GOOD);
  dex_await (sup_security_set_saved (security, TRUE), &error);
  g_assert_no_error (error);

  sup_test_user_relaunch (user);
  sup_test_wait (has_security, user->client);
  g_assert_true (sup_security_get_saved (sup_client_get_security (user->client)));

  return NULL;
}

static gboolean
has_said_three (gpointer data)
{
  g_autofree char *bodies = sup_test_user_dup_bodies (data);

  return g_str_equal (bodies, "one three [two]");
}

/* The server ended the session for good, and the person goes on: as another device of the same account, with what is
 * stored. What may have been sent by the device that is gone is not sent by itself. */
static DexFuture *
test_sign_in_again (gpointer data)
{
  g_autoptr (SupTestUser) user = sup_test_user_new ();
  g_autofree char        *user_id = NULL;
  g_autofree char        *device_id = NULL;

  sup_test_user_add_agent (user);
  sup_test_user_start (user);
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_say (user, "one");
  sup_test_user_wait_sent (user, "one");
  sup_test_user_wait_connection (user, TRUE);
  user_id = g_strdup (sup_client_get_user_id (user->client));
  device_id = g_strdup (mtx_fake_homeserver_get_request (user->server, "POST", "*/keys/upload", 0)->device_id);
  mtx_fake_homeserver_remove_device (user->server, user_id, device_id);
  sup_test_user_say (user, "two");
  sup_test_user_wait_state (user, SUP_CLIENT_SIGNED_OUT);

  mtx_fiber_fire (sup_client_open (user->client), "Signing in again");
  sup_test_user_wait_state (user, SUP_CLIENT_RUNNING);
  sup_test_user_say (user, "three");
  sup_test_wait (has_said_three, user);
  g_assert_cmpstr (sup_client_get_user_id (user->client), ==, user_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_devices (user->server, user_id), ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_requests (user->server, "POST", "*/keys/device_signing/upload"), ==, 1);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/sup-restore/second-computer", test_second_computer);
  mtx_test_add_fiber ("/sup-restore/mistakes", test_mistakes);
  mtx_test_add_fiber ("/sup-restore/trouble", test_trouble);
  mtx_test_add_fiber ("/sup-restore/threat-103-unlocks", test_threat_103_unlocks);
  mtx_test_add_fiber ("/sup-restore/here-already", test_here_already);
  mtx_test_add_fiber ("/sup-restore/threat-095-quit", test_threat_095_quit);
  mtx_test_add_fiber ("/sup-restore/saved", test_saved);
  mtx_test_add_fiber ("/sup-restore/sign-in-again", test_sign_in_again);

  return g_test_run ();
}
