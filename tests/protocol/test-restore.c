/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An account comes back on another machine from its address and its security key: whatever is mistyped, missing or
 * forged, nothing is lost and no identity is made anew.
 */
#include "mtx-fake-homeserver.h"
#include "mtx-key-description.h"
#include "mtx-kdf.h"
#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-storage.h"
#include "mtx-session-notes.h"
#include "session-fixture.h"

#include <string.h>

#define RECORD "{\"name\":\"Example Wallets\"}"

/* Two machines of one person. */
typedef struct
{
  Fixture         first;
  Fixture         second;
  char           *user_id;
  MtxSecretBytes *key;  /* of the account */
  MtxSecretBytes *text; /* the same as the person writes it */
} Scene;

static MtxSecretBytes *
secret_of (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static MtxSecretBytes *
key_text (MtxSecretBytes *key)
{
  char           *text = mtx_recovery_key_encode (key);
  MtxSecretBytes *secret = secret_of (text);

  mtx_secret_string_free (text);

  return secret;
}

static gboolean
is_protected (gpointer data)
{
  Scene *self = data;

  return mtx_session_get_secret_storage (self->first.session) != NULL
         && mtx_secret_storage_get_state (mtx_session_get_secret_storage (self->first.session)) == MTX_SECRET_STORAGE_OPEN;
}

/* A folder, a keyring and a session on the server of the first machine. */
static void
new_machine (Scene *self)
{
  self->second.server = g_object_ref (self->first.server);
  self->second.keyring = mtx_keyring_memory_new ();
  self->second.data_dir = mtx_test_tmp_dir ();
  self->second.states = g_string_new (NULL);
  new_session (&self->second);
}

static void
set_form (Scene          *self,
          const char     *user_id,
          MtxSecretBytes *secret,
          const char     *password,
          const char     *provider)
{
  g_autoptr (MtxSecretBytes) typed = password != NULL ? secret_of (password) : NULL;
  g_autoptr (GError)         error = NULL;

  g_clear_pointer (&self->second.hints, mtx_account_hints_free);
  self->second.hints = mtx_account_hints_new_restore (user_id, mtx_fake_homeserver_get_base_url (self->first.server),
                                                      secret, typed, FALSE, provider, &error);
  g_assert_no_error (error);
}

static void
scene_init (Scene *self)
{
  g_autoptr (GError) error = NULL;

  fixture_init (&self->first);
  open_session (&self->first);
  dex_await (mtx_session_save_note (self->first.session, MTX_SESSION_NOTE_PROVIDER, RECORD), &error);
  g_assert_no_error (error);
  mtx_test_wait (is_protected, self);
  self->user_id = g_strdup (mtx_session_get_user_id (self->first.session));
  self->key = dex_await_boxed (mtx_keyring_load (self->first.keyring, PROVIDER, "security-key"), &error);
  g_assert_no_error (error);
  self->text = dex_await_boxed (mtx_session_load_key_text (self->first.session), &error);
  g_assert_no_error (error);

  new_machine (self);
  set_form (self, self->user_id, self->text, NULL, NULL);
}

static void
scene_clear (Scene *self)
{
  fixture_clear (&self->second);
  fixture_clear (&self->first);
  g_free (self->user_id);
  mtx_secret_bytes_unref (self->key);
  mtx_secret_bytes_unref (self->text);
}

static guint
count_devices (Scene *self)
{
  return mtx_fake_homeserver_count_devices (self->first.server, self->user_id);
}

static char *
dup_master_key (Scene *self)
{
  return mtx_json_to_string (mtx_fake_homeserver_get_cross_signing_key (self->first.server, self->user_id, "master"));
}

static guint
count_resets (Scene *self)
{
  return mtx_fake_homeserver_count_requests (self->first.server, "POST", "*/keys/device_signing/upload");
}

static void
assert_nothing_left (Scene *self)
{
  g_autofree char           *folder = g_build_filename (self->second.data_dir, PROVIDER, NULL);
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) secret = NULL;
  const char *const          items[] = { "store-key", "security-key", "account-password" };

  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      secret = dex_await_boxed (mtx_keyring_load (self->second.keyring, PROVIDER, items[i]), &error);
      g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
      g_clear_error (&error);
    }
  g_assert_cmpuint (count_devices (self), ==, 1);
  g_assert_cmpuint (count_resets (self), ==, 1);
}

/* As after a restore that worked: one more device, signed before anybody saw it, under the same identity. */
static void
assert_back (Scene *self)
{
  const char                *signing_key = NULL;
  JsonObject                *upload = NULL;
  JsonObject                *identity = NULL;
  JsonObject                *signatures = NULL;
  g_autoptr (GList)          key_ids = NULL;
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autofree char           *note = NULL;
  g_autoptr (GError)         error = NULL;
  guint                      n_uploads;

  g_assert_cmpstr (mtx_session_get_user_id (self->second.session), ==, self->user_id);
  g_assert_cmpuint (count_devices (self), ==, 2);
  g_assert_cmpuint (count_resets (self), ==, 1);

  n_uploads = mtx_fake_homeserver_count_requests (self->first.server, "POST", "*/keys/upload");
  identity = mtx_fake_homeserver_get_cross_signing_key (self->first.server, self->user_id, "self_signing");
  key_ids = json_object_get_members (mtx_json_get_object (identity, "keys"));
  signing_key = key_ids->data;
  upload = mtx_json_get_object (mtx_fake_homeserver_get_request (self->first.server, "POST", "*/keys/upload", n_uploads - 1)->body, "device_keys");
  g_assert_nonnull (upload);
  signatures = mtx_json_get_object (mtx_json_get_object (upload, "signatures"), self->user_id);
  g_assert_nonnull (mtx_json_get_string (signatures, signing_key));
  g_assert_cmpuint (json_object_get_size (signatures), ==, 2);

  key = dex_await_boxed (mtx_keyring_load (self->second.keyring, PROVIDER, "security-key"), &error);
  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (key, self->key));
  note = dex_await_string (mtx_session_load_note (self->second.session, MTX_SESSION_NOTE_PROVIDER), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (note, ==, RECORD);
}

static DexFuture *
test_new_machine (gpointer data)
{
  Scene            scene = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_auto (GStrv)   groups = NULL;

  scene_init (&scene);
  before = dup_master_key (&scene);
  open_session (&scene.second);
  assert_back (&scene);
  g_assert_true (g_str_has_prefix (scene.second.states->str, "opening restoring cached bootstrapping ready "));
  after = dup_master_key (&scene);
  g_assert_cmpstr (before, ==, after);
  close_session (&scene.second);

  /* From now on it is an account like any other. */
  g_clear_pointer (&scene.second.hints, mtx_account_hints_free);
  new_session (&scene.second);
  open_session (&scene.second);
  assert_back (&scene);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_first_machine_gone (gpointer data)
{
  Scene            scene = { 0 };
  g_autofree char *device_id = NULL;

  scene_init (&scene);
  close_session (&scene.first);
  device_id = g_strdup (mtx_json_get_string (mtx_fake_homeserver_get_request (scene.first.server, "POST", "*/register", 0)->body, "device_id"));
  mtx_fake_homeserver_remove_device (scene.first.server, scene.user_id, device_id);
  open_session (&scene.second);
  g_assert_cmpuint (count_devices (&scene), ==, 1);
  g_assert_cmpuint (count_resets (&scene), ==, 1);
  scene_clear (&scene);

  return NULL;
}

typedef struct
{
  Scene *scene;
  guint  wanted;
} Count;

static gboolean
has_asked (gpointer data)
{
  Count *count = data;

  return mtx_fake_homeserver_get_log (count->scene->first.server)->len >= count->wanted;
}

/* The process ends while the server thinks about any of the requests. The next start goes on by itself, with the
 * same device. */
static DexFuture *
test_threat_095_killed (gpointer data)
{
  guint n_requests = 1;

  for (guint i = 0; i < n_requests; i++)
    {
      Scene                 scene = { 0 };
      const MtxFakeFault    slow = { .skip = i, .delay_ms = 60 * 1000 };
      Count                 count = { &scene };
      g_autoptr (DexFuture) opening = NULL;

      scene_init (&scene);
      close_session (&scene.first);
      if (i == 0)
        {
          guint n_before = mtx_fake_homeserver_get_log (scene.first.server)->len;

          open_session (&scene.second);
          /* The rest is the first sync. */
          n_requests = mtx_fake_homeserver_get_log (scene.first.server)->len - n_before;
          g_assert_cmpuint (n_requests, >=, 10);
          scene_clear (&scene);
          scene = (Scene){ 0 };
          scene_init (&scene);
          close_session (&scene.first);
        }

      count.wanted = mtx_fake_homeserver_get_log (scene.first.server)->len + i + 1;
      mtx_fake_homeserver_fault (scene.first.server, NULL, "*", &slow);
      opening = mtx_session_open (scene.second.session, scene.second.hints);
      mtx_test_wait (has_asked, &count);
      close_session (&scene.second);
      dex_await (g_steal_pointer (&opening), NULL);

      mtx_fake_homeserver_clear_faults (scene.first.server);
      g_clear_pointer (&scene.second.hints, mtx_account_hints_free);
      new_session (&scene.second);
      open_session (&scene.second);
      assert_back (&scene);
      scene_clear (&scene);
    }

  return NULL;
}

static DexFuture *
test_wrong_key (gpointer data)
{
  Scene                      scene = { 0 };
  guint8                     bytes[32] = { 1, 2, 3 };
  g_autoptr (MtxSecretBytes) other = mtx_secret_bytes_new (bytes, sizeof bytes);
  g_autoptr (MtxSecretBytes) text = key_text (other);

  scene_init (&scene);
  set_form (&scene, scene.user_id, text, NULL, NULL);
  open_fails (&scene.second, MTX_ERROR_REFUSED, MTX_SESSION_FAILED);
  assert_nothing_left (&scene);

  /* And then the right one. */
  set_form (&scene, scene.user_id, scene.text, NULL, NULL);
  open_session (&scene.second);
  assert_back (&scene);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_threat_075_mistyped (gpointer data)
{
  const struct
  {
    const char         *text;
    MtxRestoreFormError code;
  } mistyped[] = {
    { "EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4e", MTX_RESTORE_FORM_ERROR_KEY_PARITY },
    { "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4", MTX_RESTORE_FORM_ERROR_KEY_LENGTH },
    { "AATpRvZTnjck8YrhRAtwXLS84Nr2r9S9LGAWDaExVAPBvLRk", MTX_RESTORE_FORM_ERROR_KEY_PREFIX },
    { "EsTcLW2KPGiFwKEA3As5g5c4BXwkqeeJZJV8Q9fugUMNUE4O", MTX_RESTORE_FORM_ERROR_KEY_CHARACTER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (mistyped); i++)
    {
      g_autoptr (MtxSecretBytes)  text = secret_of (mistyped[i].text);
      g_autoptr (MtxAccountHints) hints = NULL;
      g_autoptr (GError)          error = NULL;

      hints = mtx_account_hints_new_restore ("@alice:example.org", NULL, text, NULL, FALSE, NULL, &error);
      g_assert_null (hints);
      g_assert_error (error, MTX_RESTORE_FORM_ERROR, (int)mistyped[i].code);
    }

  return NULL;
}

static DexFuture *
test_wrong_address (gpointer data)
{
  Scene                       scene = { 0 };
  g_autoptr (MtxAccountHints) hints = NULL;
  g_autoptr (GError)          error = NULL;

  scene_init (&scene);
  hints = mtx_account_hints_new_restore ("alice", NULL, scene.text, NULL, FALSE, NULL, &error);
  g_assert_null (hints);
  g_assert_error (error, MTX_RESTORE_FORM_ERROR, MTX_RESTORE_FORM_ERROR_ADDRESS);

  set_form (&scene, "@somebody:" MTX_FAKE_SERVER_NAME, scene.text, NULL, NULL);
  open_fails (&scene.second, MTX_ERROR_REFUSED, MTX_SESSION_FAILED);
  assert_nothing_left (&scene);
  scene_clear (&scene);

  return NULL;
}

/* The account's password, as the server saw it. */
static char *
dup_password (Scene *self)
{
  return g_strdup (mtx_json_get_string (mtx_fake_homeserver_get_request (self->first.server, "POST", "*/register", 0)->body, "password"));
}

/* Signed in with a password, but the key opens nothing. The device that was made goes again. */
static DexFuture *
test_key_opens_nothing (gpointer data)
{
  Scene                      scene = { 0 };
  g_autofree char           *password = NULL;
  guint8                     bytes[32] = { 1, 2, 3 };
  g_autoptr (MtxSecretBytes) other = mtx_secret_bytes_new (bytes, sizeof bytes);
  g_autoptr (MtxSecretBytes) text = key_text (other);
  g_autoptr (MtxSecretBytes) words = secret_of ("no such passphrase");

  scene_init (&scene);
  password = dup_password (&scene);
  set_form (&scene, scene.user_id, text, password, NULL);
  open_fails (&scene.second, MTX_ERROR_WRONG_SECRET, MTX_SESSION_WRONG_SECRET);
  assert_nothing_left (&scene);

  set_form (&scene, scene.user_id, words, password, NULL);
  open_fails (&scene.second, MTX_ERROR_WRONG_SECRET, MTX_SESSION_WRONG_SECRET);
  assert_nothing_left (&scene);

  set_form (&scene, scene.user_id, scene.text, "not the password", NULL);
  open_fails (&scene.second, MTX_ERROR_REFUSED, MTX_SESSION_FAILED);
  assert_nothing_left (&scene);
  scene_clear (&scene);

  return NULL;
}

/* An account as another client leaves it: a password of its own, and a passphrase. Ours is the record. */
static DexFuture *
test_passphrase (gpointer data)
{
  const char                *salt = "IuLnH7S85YtZmkkBJKwNUKxWF42g9O1H";
  Scene                      scene = { 0 };
  g_autofree char           *password = NULL;
  g_autoptr (MtxSecretBytes) words = secret_of ("correct horse battery staple");
  g_autoptr (MtxSecretBytes) kept = NULL;
  JsonObject                *how = json_object_new ();
  JsonObject                *description = NULL;
  JsonObject                *master = NULL;
  g_autoptr (GList)          key_ids = NULL;
  g_autofree char           *type = NULL;

  scene_init (&scene);
  password = dup_password (&scene);
  /* The account's own key gets a passphrase: what the derivation gives, here, is found by the server's word. */
  mtx_secret_bytes_unref (scene.key);
  scene.key = mtx_pbkdf2_sha512 ("correct horse battery staple", (const guint8 *)salt, strlen (salt), 10000, 32, NULL);
  master = mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, MTX_SECRET_MASTER);
  key_ids = json_object_get_members (mtx_json_get_object (master, "encrypted"));
  type = g_strconcat ("m.secret_storage.key.", key_ids->data, NULL);
  description = mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, type);
  json_object_set_string_member (how, "algorithm", "m.pbkdf2");
  json_object_set_string_member (how, "salt", salt);
  json_object_set_int_member (how, "iterations", 10000);
  json_object_set_object_member (description, "passphrase", how);

  /* The description says this key has a passphrase, and it is another key: refused. */
  set_form (&scene, scene.user_id, words, password, NULL);
  open_fails (&scene.second, MTX_ERROR_WRONG_SECRET, MTX_SESSION_WRONG_SECRET);
  assert_nothing_left (&scene);

  /* Now the first machine keeps everything under that key. */
  {
    g_autoptr (MtxSecretStorage) storage = mtx_secret_storage_new (mtx_session_get_http (scene.first.session), scene.user_id);
    g_autoptr (JsonObject)       passphrase_key = mtx_key_description_new (scene.key, NULL);
    const char *const            names[] = { MTX_SECRET_MASTER, MTX_SECRET_SELF_SIGNING, MTX_SECRET_USER_SIGNING, MTX_SECRET_PROVIDER };
    g_autofree char             *id = mtx_key_description_derive_id (scene.key, NULL);
    g_autofree char             *own_type = g_strconcat ("m.secret_storage.key.", id, NULL);

    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
      {
        MtxSecretStorage          *old = mtx_session_get_secret_storage (scene.first.session);
        g_autoptr (MtxSecretBytes) secret = dex_await_boxed (mtx_secret_storage_load (old, names[i]), NULL);

        g_assert_nonnull (secret);
        /* Emptied, so that the new storage starts from nothing. */
        json_object_set_null_member (mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, names[i]), "encrypted");
        if (i == 0)
          {
            json_object_set_string_member (mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, "m.secret_storage.default_key"), "key", "");
            g_assert_true (dex_await (mtx_secret_storage_prepare (storage, scene.key), NULL));
          }
        g_assert_true (dex_await (mtx_secret_storage_store (storage, names[i], secret), NULL));
      }
    json_object_set_string_member (mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, "m.secret_storage.default_key"), "key", id);
    json_object_set_object_member (mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, own_type), "passphrase", json_object_ref (how));
  }
  open_session (&scene.second);
  assert_back (&scene);

  /* The password is kept, as no key leads to it. */
  kept = dex_await_boxed (mtx_keyring_load (scene.second.keyring, PROVIDER, "account-password"), NULL);
  g_assert_nonnull (kept);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_no_storage (gpointer data)
{
  Scene       scene = { 0 };
  const char *types[] = { "m.secret_storage.default_key", MTX_SECRET_MASTER };

  scene_init (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      JsonObject       *content = mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, types[i]);
      g_autoptr (GList) members = json_object_get_members (content);

      for (GList *member = members; member != NULL; member = member->next)
        json_object_remove_member (content, member->data);
    }
  open_fails (&scene.second, MTX_ERROR_NOT_FOUND, MTX_SESSION_FAILED);
  assert_nothing_left (&scene);
  scene_clear (&scene);

  return NULL;
}

/* Each request fails for good in turn: the person is told, nothing is left, and the next try works. */
static DexFuture *
test_server_away (gpointer data)
{
  for (guint i = 0; i < 8; i++)
    {
      Scene              scene = { 0 };
      const MtxFakeFault away = { .skip = i, .status = 502 };
      g_autoptr (GError) error = NULL;

      scene_init (&scene);
      close_session (&scene.first);
      mtx_fake_homeserver_fault (scene.first.server, NULL, "*", &away);
      open_fails (&scene.second, MTX_ERROR_RETRY_LATER, MTX_SESSION_FAILED);
      mtx_fake_homeserver_clear_faults (scene.first.server);
      g_assert_cmpuint (count_resets (&scene), ==, 1);

      set_form (&scene, scene.user_id, scene.text, NULL, NULL);
      open_session (&scene.second);
      g_assert_cmpuint (count_resets (&scene), ==, 1);
      scene_clear (&scene);
    }

  return NULL;
}

static DexFuture *
test_no_provider (gpointer data)
{
  Scene       scene = { 0 };
  JsonObject *content;

  scene_init (&scene);
  content = mtx_fake_homeserver_get_account_data (scene.first.server, scene.user_id, MTX_SECRET_PROVIDER);
  json_object_remove_member (content, "encrypted");
  open_fails (&scene.second, MTX_ERROR_MISSING_KEY, MTX_SESSION_FAILED);
  assert_nothing_left (&scene);

  set_form (&scene, scene.user_id, scene.text, NULL, RECORD);
  open_session (&scene.second);
  assert_back (&scene);
  scene_clear (&scene);

  return NULL;
}

static void
hide_key (const MtxFakeRequest *request,
          MtxFakeAnswer        *answer,
          gpointer              data)
{
  const char *member = data;

  json_object_remove_member (answer->body, member);
}

/* The account does not show the whole identity that secret storage holds: it is not believed. */
static DexFuture *
test_threat_074_hidden_keys (gpointer data)
{
  const char *const members[] = { "master_keys", "self_signing_keys", "user_signing_keys" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      Scene scene = { 0 };

      scene_init (&scene);
      mtx_fake_homeserver_rewrite (scene.first.server, "POST", "*/keys/query", hide_key, (gpointer)members[i], NULL);
      open_fails (&scene.second, MTX_ERROR_UNTRUSTED, MTX_SESSION_FAILED);
      assert_nothing_left (&scene);
      scene_clear (&scene);
    }

  return NULL;
}

/* The server serves the seeds in each other's place, or an older identity's. */
static DexFuture *
test_threat_074_other_seeds (gpointer data)
{
  Scene                        scene = { 0 };
  g_autoptr (MtxSecretStorage) storage = NULL;
  const char                  *foreign = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const char *const            texts[] = { foreign, "no key at all", "AAAA" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (MtxSecretBytes) text = secret_of (texts[i]);

      scene = (Scene){ 0 };
      scene_init (&scene);
      storage = mtx_secret_storage_new (mtx_session_get_http (scene.first.session), scene.user_id);
      g_assert_true (dex_await (mtx_secret_storage_open (storage, scene.key), NULL));
      g_assert_true (dex_await (mtx_secret_storage_store (storage, MTX_SECRET_USER_SIGNING, text), NULL));
      g_clear_object (&storage);

      open_fails (&scene.second, MTX_ERROR_UNTRUSTED, MTX_SESSION_FAILED);
      assert_nothing_left (&scene);
      scene_clear (&scene);
    }

  return NULL;
}

static void
hide_identity_later (const MtxFakeRequest *request,
                     MtxFakeAnswer        *answer,
                     gpointer              data)
{
  guint *n_queries = data;

  if ((*n_queries)++ == 0)
    return;
  json_object_remove_member (answer->body, "master_keys");
  json_object_remove_member (answer->body, "self_signing_keys");
  json_object_remove_member (answer->body, "user_signing_keys");
}

/* The server shows the identity until it has been brought back, and then none: it is not put there again. */
static DexFuture *
test_threat_018_hidden_identity (gpointer data)
{
  Scene scene = { 0 };
  guint n_queries = 0;

  scene_init (&scene);
  close_session (&scene.first);
  mtx_fake_homeserver_rewrite (scene.first.server, "POST", "*/keys/query", hide_identity_later, &n_queries, NULL);
  open_fails (&scene.second, MTX_ERROR_UNTRUSTED, MTX_SESSION_FAILED);
  g_assert_cmpuint (count_resets (&scene), ==, 1);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_threat_103_keyring (gpointer data)
{
  const struct
  {
    MtxKeyringMemoryState keyring;
    MtxError              code;
    MtxSessionState       state;
  } cases[] = {
    { MTX_KEYRING_MEMORY_LOCKED, MTX_ERROR_LOCKED, MTX_SESSION_KEYRING_LOCKED },
    { MTX_KEYRING_MEMORY_ABSENT, MTX_ERROR_ABSENT, MTX_SESSION_KEYRING_ABSENT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = { 0 };

      scene_init (&scene);
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (scene.second.keyring), cases[i].keyring);
      open_fails (&scene.second, cases[i].code, cases[i].state);
      mtx_keyring_memory_set_state (MTX_KEYRING_MEMORY (scene.second.keyring), MTX_KEYRING_MEMORY_AVAILABLE);
      assert_nothing_left (&scene);
      open_session (&scene.second);
      assert_back (&scene);
      scene_clear (&scene);
    }

  return NULL;
}

/* The data folder was lost, the keyring was not. */
static DexFuture *
test_store_lost (gpointer data)
{
  Scene scene = { 0 };

  scene_init (&scene);
  open_session (&scene.second);
  close_session (&scene.second);
  g_free (scene.second.data_dir);
  scene.second.data_dir = mtx_test_tmp_dir ();
  new_session (&scene.second);
  open_session (&scene.second);
  g_assert_cmpuint (count_devices (&scene), ==, 3);
  g_assert_cmpuint (count_resets (&scene), ==, 1);
  scene_clear (&scene);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/restore/new-machine", test_new_machine);
  mtx_test_add_fiber ("/restore/first-machine-gone", test_first_machine_gone);
  mtx_test_add_fiber ("/restore/threat-095-killed", test_threat_095_killed);
  mtx_test_add_fiber ("/restore/wrong-key", test_wrong_key);
  mtx_test_add_fiber ("/restore/threat-075-mistyped", test_threat_075_mistyped);
  mtx_test_add_fiber ("/restore/wrong-address", test_wrong_address);
  mtx_test_add_fiber ("/restore/key-opens-nothing", test_key_opens_nothing);
  mtx_test_add_fiber ("/restore/passphrase", test_passphrase);
  mtx_test_add_fiber ("/restore/no-storage", test_no_storage);
  mtx_test_add_fiber ("/restore/server-away", test_server_away);
  mtx_test_add_fiber ("/restore/no-provider", test_no_provider);
  mtx_test_add_fiber ("/restore/threat-074-hidden-keys", test_threat_074_hidden_keys);
  mtx_test_add_fiber ("/restore/threat-074-other-seeds", test_threat_074_other_seeds);
  mtx_test_add_fiber ("/restore/threat-018-hidden-identity", test_threat_018_hidden_identity);
  mtx_test_add_fiber ("/restore/threat-103-keyring", test_threat_103_keyring);
  mtx_test_add_fiber ("/restore/store-lost", test_store_lost);

  return g_test_run ();
}
