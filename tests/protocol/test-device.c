/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A device that must not be used any more: its store was put back, or runs twice, or the server ended it. A new one
 * takes its place, and no ratchet is used a second time.
 */
#include "mtx-encryption.h"
#include "mtx-http.h"
#include "mtx-room-crypto-info.h"
#include "mtx-secret-bytes.h"
#include "session-fixture.h"

#include <string.h>

static const char *const items[] = { "store-key", "security-key", "store-generation" };

/* What a backup of the home folder holds. */
typedef struct
{
  char       *folder;
  MtxKeyring *keyring;
} Copy;

static const char *const files[] = { "store.db", "store.db.key-id" };

static void
copy_files (const char *from,
            const char *to)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char   *source = g_build_filename (from, files[i], NULL);
      g_autofree char   *target = g_build_filename (to, files[i], NULL);
      g_autofree char   *bytes = NULL;
      gsize              length = 0;
      g_autoptr (GError) error = NULL;

      g_file_get_contents (source, &bytes, &length, &error);
      g_assert_no_error (error);
      g_file_set_contents (target, bytes, (gssize)length, &error);
      g_assert_no_error (error);
    }
}

static char *
dup_folder (Fixture *fixture)
{
  return g_build_filename (fixture->data_dir, PROVIDER, NULL);
}

static Copy
take_copy (Fixture *fixture)
{
  g_autofree char *folder = dup_folder (fixture);
  Copy             copy = { mtx_test_tmp_dir (), mtx_keyring_memory_new () };

  copy_files (folder, copy.folder);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autoptr (MtxSecretBytes) secret = dex_await_boxed (mtx_keyring_load (fixture->keyring, PROVIDER, items[i]), NULL);

      g_assert_nonnull (secret);
      g_assert_true (dex_await (mtx_keyring_create (copy.keyring, PROVIDER, items[i], "Copy", secret), NULL));
    }

  return copy;
}

static void
put_back (Fixture *fixture,
          Copy    *copy,
          gboolean with_keyring)
{
  g_autofree char *folder = dup_folder (fixture);

  copy_files (copy->folder, folder);
  if (with_keyring)
    g_set_object (&fixture->keyring, copy->keyring);
  new_session (fixture);
}

static void
copy_clear (Copy *copy)
{
  g_free (copy->folder);
  g_clear_object (&copy->keyring);
}

static guint
count_devices (Fixture    *fixture,
               const char *user_id)
{
  return mtx_fake_homeserver_count_devices (fixture->server, user_id);
}

static guint
count (Fixture    *fixture,
       const char *pattern)
{
  return mtx_fake_homeserver_count_requests (fixture->server, NULL, pattern);
}

/* A new device, signed when it was first seen, under the identity there was. */
static void
assert_new_device (Fixture    *fixture,
                   const char *user_id)
{
  guint       n_logins = count (fixture, "*/login");
  const char *device_id = NULL;
  JsonObject *keys = NULL;

  g_assert_cmpuint (n_logins, >, 0);
  device_id = mtx_json_get_string (mtx_fake_homeserver_get_request (fixture->server, "POST", "*/login", n_logins - 1)->body, "device_id");
  keys = mtx_fake_homeserver_get_device_keys (fixture->server, user_id, device_id);
  g_assert_nonnull (keys);
  g_assert_cmpuint (json_object_get_size (mtx_json_get_object (mtx_json_get_object (keys, "signatures"), user_id)), ==, 2);
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (fixture->server, user_id, device_id), ==, 50);
  g_assert_cmpuint (count (fixture, "*/keys/device_signing/upload"), ==, 1);
}

static gboolean
has_state (gpointer data)
{
  Fixture *fixture = data;

  return mtx_session_get_state (fixture->session) == MTX_SESSION_LOGGED_OUT;
}

#define WITNESS "*/account_data/io.github.wallet_support.device.*"

typedef struct
{
  Fixture *fixture;
  guint    n_before;
} Witness;

static gboolean
has_told (gpointer data)
{
  Witness *witness = data;

  return mtx_fake_homeserver_count_requests (witness->fixture->server, "PUT", WITNESS) > witness->n_before;
}

/* Another run of the program, which the server sees. */
static void
live (Fixture *fixture)
{
  Witness witness = { fixture, mtx_fake_homeserver_count_requests (fixture->server, "PUT", WITNESS) };

  new_session (fixture);
  open_session (fixture);
  mtx_test_wait (has_told, &witness);
  close_session (fixture);
}

/* The store was put back, the keyring was not. */
static DexFuture *
test_threat_101_old_store (gpointer data)
{
  Fixture          fixture = { 0 };
  Copy             copy = { NULL };
  g_autofree char *user_id = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  close_session (&fixture);
  copy = take_copy (&fixture);
  live (&fixture);

  put_back (&fixture, &copy, FALSE);
  open_session (&fixture);
  g_assert_cmpstr (mtx_session_get_user_id (fixture.session), ==, user_id);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  assert_new_device (&fixture, user_id);
  close_session (&fixture);

  /* From now on all is well. */
  live (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  copy_clear (&copy);
  fixture_clear (&fixture);

  return NULL;
}

/* The copy was taken while the app was running, which then ended. */
static DexFuture *
test_threat_101_copied_running (gpointer data)
{
  Fixture          fixture = { 0 };
  Copy             copy = { NULL };
  g_autofree char *user_id = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  close_session (&fixture);
  new_session (&fixture);
  open_session (&fixture);
  {
    g_autofree char *folder = dup_folder (&fixture);
    g_autofree char *path = g_build_filename (folder, "store.db", NULL);

    /* The log is written back when the store closes; a copy before that has what was there at the start. */
    copy.folder = mtx_test_tmp_dir ();
    copy_files (folder, copy.folder);
  }
  close_session (&fixture);

  put_back (&fixture, &copy, FALSE);
  open_session (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  assert_new_device (&fixture, user_id);
  copy_clear (&copy);
  fixture_clear (&fixture);

  return NULL;
}

static MtxRoomCryptoInfo *
make_room (const char *user_id)
{
  const char *const members[] = { user_id, NULL };
  MtxMegolmRotation rotation;

  mtx_megolm_rotation_init (&rotation, NULL);

  return mtx_room_crypto_info_new ("!room:" MTX_FAKE_SERVER_NAME, "m.megolm.v1.aes-sha2", &rotation, members, NULL, "invited");
}

static gboolean
encrypts (Fixture *fixture,
          GError **error)
{
  g_autoptr (MtxRoomCryptoInfo) info = make_room (mtx_session_get_user_id (fixture->session));
  g_autoptr (JsonObject)        content = json_object_new ();
  g_autoptr (JsonObject)        encrypted = NULL;

  encrypted = dex_await_boxed (mtx_encryption_encrypt (mtx_session_get_encryption (fixture->session), info, "m.room.message", content),
                               error);

  return encrypted != NULL;
}

/* Both were put back, as with the whole home folder, or the machine runs twice. The server knows better, and
 * nothing is encrypted before it was asked. */
static DexFuture *
test_threat_101_old_home (gpointer data)
{
  Fixture            fixture = { 0 };
  Copy               copy = { NULL };
  g_autofree char   *user_id = NULL;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  close_session (&fixture);
  live (&fixture);
  copy = take_copy (&fixture);
  live (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 1);

  put_back (&fixture, &copy, TRUE);
  open_session (&fixture);
  g_assert_false (encrypts (&fixture, &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_LOG_IN_AGAIN);
  mtx_test_wait (has_state, &fixture);
  g_assert_true (mtx_session_is_copied (fixture.session));
  close_session (&fixture);

  open_session (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  assert_new_device (&fixture, user_id);
  g_clear_error (&error);
  encrypts (&fixture, &error);
  g_assert_no_error (error);
  copy_clear (&copy);
  fixture_clear (&fixture);

  return NULL;
}

/* While the server cannot be asked, nothing is encrypted; it is no reason for a new device. */
static DexFuture *
test_threat_101_away (gpointer data)
{
  Fixture            fixture = { 0 };
  const MtxFakeFault away = { .status = 502 };
  g_autofree char   *user_id = NULL;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  close_session (&fixture);

  mtx_fake_homeserver_fault (fixture.server, NULL, WITNESS, &away);
  new_session (&fixture);
  open_session (&fixture);
  g_assert_false (encrypts (&fixture, &error));
  g_assert_true (mtx_error_is_temporary (error));
  mtx_fake_homeserver_clear_faults (fixture.server);
  g_clear_error (&error);
  encrypts (&fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 1);
  fixture_clear (&fixture);

  return NULL;
}

/* The witness was told, and we never heard that it was; or it was never told. */
static DexFuture *
test_threat_101_killed (gpointer data)
{
  const MtxFakeDrop drops[] = { MTX_FAKE_DROP_BEFORE, MTX_FAKE_DROP_AFTER };

  for (guint i = 0; i < G_N_ELEMENTS (drops); i++)
    {
      Fixture            fixture = { 0 };
      const MtxFakeFault broken = { .drop = drops[i] };
      g_autofree char   *user_id = NULL;
      g_autoptr (GError) error = NULL;

      fixture_init (&fixture);
      open_session (&fixture);
      user_id = g_strdup (mtx_session_get_user_id (fixture.session));
      close_session (&fixture);
      live (&fixture);

      for (guint again = 0; again < 2; again++)
        {
          mtx_fake_homeserver_fault (fixture.server, "PUT", WITNESS, &broken);
          new_session (&fixture);
          open_session (&fixture);
          g_assert_false (encrypts (&fixture, NULL));
          close_session (&fixture);
          mtx_fake_homeserver_clear_faults (fixture.server);
        }

      new_session (&fixture);
      open_session (&fixture);
      encrypts (&fixture, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (count_devices (&fixture, user_id), ==, 1);
      fixture_clear (&fixture);
    }

  return NULL;
}

/* The keyring could not be written; the store is ahead of it, which is no sign of a copy. */
static DexFuture *
test_threat_101_keyring_behind (gpointer data)
{
  Fixture          fixture = { 0 };
  g_autofree char *user_id = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  for (guint i = 0; i < 3; i++)
    {
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (fixture.keyring), MTX_KEYRING_MEMORY_LOCKED);
      close_session (&fixture);
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (fixture.keyring), MTX_KEYRING_MEMORY_AVAILABLE);
      new_session (&fixture);
      open_session (&fixture);
      g_assert_cmpuint (count_devices (&fixture, user_id), ==, 1);
    }
  fixture_clear (&fixture);

  return NULL;
}

/* Somebody uploaded one-time keys under names that we use. A server that says so of every device is believed once. */
static DexFuture *
test_threat_101_conflict (gpointer data)
{
  Fixture            fixture = { 0 };
  const MtxFakeFault conflict = { .status = 400, .errcode = "M_UNKNOWN" };
  g_autofree char   *user_id = NULL;
  const char        *device_id = NULL;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  close_session (&fixture);

  device_id = mtx_json_get_string (mtx_fake_homeserver_get_request (fixture.server, "POST", "*/register", 0)->body, "device_id");
  mtx_fake_homeserver_drop_one_time_keys (fixture.server, user_id, device_id);
  mtx_fake_homeserver_fault (fixture.server, "POST", "*/keys/upload", &conflict);
  new_session (&fixture);
  open_session (&fixture);
  mtx_test_wait (has_state, &fixture);
  g_assert_true (mtx_session_is_copied (fixture.session));
  close_session (&fixture);
  mtx_fake_homeserver_clear_faults (fixture.server);

  open_session (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  assert_new_device (&fixture, user_id);
  close_session (&fixture);

  device_id = mtx_json_get_string (mtx_fake_homeserver_get_request (fixture.server, "POST", "*/login", 0)->body, "device_id");
  mtx_fake_homeserver_drop_one_time_keys (fixture.server, user_id, device_id);
  mtx_fake_homeserver_fault (fixture.server, "POST", "*/keys/upload", &conflict);
  open_session (&fixture);
  mtx_test_wait (has_state, &fixture);
  g_assert_false (mtx_session_is_copied (fixture.session));
  fixture_clear (&fixture);

  return NULL;
}

/* The server ends the session for good (M3). What is stored stays; the device does not come back, and a new one only
 * when the person wants it. */
static DexFuture *
test_hard_logout (gpointer data)
{
  Fixture                fixture = { 0 };
  g_autofree char       *user_id = NULL;
  g_autoptr (MtxRequest) request = mtx_request_new ("GET /_matrix/client/v3/account/whoami", NULL);
  guint                  n_requests;

  fixture_init (&fixture);
  open_session (&fixture);
  user_id = g_strdup (mtx_session_get_user_id (fixture.session));
  mtx_fake_homeserver_expire_token (fixture.server, NULL, FALSE);
  for (guint i = 1; i < 100; i++)
    {
      g_autofree char *refresh = g_strdup_printf ("syr_refresh_%u", i);

      mtx_fake_homeserver_expire_token (fixture.server, refresh, FALSE);
    }
  g_assert_false (dex_await (mtx_http_send (mtx_session_get_http (fixture.session), request), NULL));
  mtx_test_wait (has_state, &fixture);
  g_assert_false (mtx_session_is_copied (fixture.session));
  g_assert_nonnull (mtx_session_get_db (fixture.session));
  close_session (&fixture);

  n_requests = mtx_fake_homeserver_get_log (fixture.server)->len;
  new_session (&fixture);
  open_fails (&fixture, MTX_ERROR_LOG_IN_AGAIN, MTX_SESSION_LOGGED_OUT);
  g_assert_cmpstr (mtx_session_get_user_id (fixture.session), ==, user_id);
  g_assert_nonnull (mtx_session_get_db (fixture.session));
  g_assert_cmpuint (mtx_fake_homeserver_get_log (fixture.server)->len, ==, n_requests);
  close_session (&fixture);

  mtx_session_want_device (fixture.session);
  open_session (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  assert_new_device (&fixture, user_id);
  close_session (&fixture);
  open_session (&fixture);
  g_assert_cmpuint (count_devices (&fixture, user_id), ==, 2);
  fixture_clear (&fixture);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/device/threat-101-old-store", test_threat_101_old_store);
  mtx_test_add_fiber ("/device/threat-101-copied-running", test_threat_101_copied_running);
  mtx_test_add_fiber ("/device/threat-101-old-home", test_threat_101_old_home);
  mtx_test_add_fiber ("/device/threat-101-away", test_threat_101_away);
  mtx_test_add_fiber ("/device/threat-101-killed", test_threat_101_killed);
  mtx_test_add_fiber ("/device/threat-101-keyring-behind", test_threat_101_keyring_behind);
  mtx_test_add_fiber ("/device/threat-101-conflict", test_threat_101_conflict);
  mtx_test_add_fiber ("/device/hard-logout", test_hard_logout);

  return g_test_run ();
}
