/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An account comes back where the server lets people in by browser only.
 */
#include "mtx-fake-oauth.h"
#include "mtx-http.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-storage.h"
#include "mtx-session-notes.h"
#include "mtx-tokens.h"
#include "session-fixture.h"

#include <string.h>

#define RECORD "{\"name\":\"Example Wallets\"}"

/* The machine that made the account by password, and the one to which it comes back by browser. */
typedef struct
{
  Fixture      first;
  Fixture      second;
  MtxFakeOAuth oauth;
  char        *localpart;
} Scene;

static gboolean
is_protected (gpointer data)
{
  Scene            *self = data;
  MtxSecretStorage *storage = mtx_session_get_secret_storage (self->first.session);

  return storage != NULL && mtx_secret_storage_get_state (storage) == MTX_SECRET_STORAGE_OPEN;
}

static gboolean
refuse_password (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  mtx_fake_answer_error (answer, 404, "M_UNRECOGNIZED");

  return TRUE;
}

static void
set_form (Scene *self)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) typed = dex_await_boxed (mtx_session_load_key_text (self->first.session), &error);

  g_assert_no_error (error);
  self->second.hints = mtx_account_hints_new_restore (mtx_session_get_user_id (self->first.session),
                                                      mtx_fake_homeserver_get_base_url (self->first.server),
                                                      typed, NULL, TRUE, NULL, &error);
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
  self->localpart = g_strndup (mtx_session_get_user_id (self->first.session) + 1,
                               strcspn (mtx_session_get_user_id (self->first.session) + 1, ":"));
  mtx_fake_oauth_init (&self->oauth, self->first.server, self->localpart);
  mtx_fake_homeserver_override (self->first.server, "POST", "*/v3/login", refuse_password, NULL, NULL);

  self->second.server = g_object_ref (self->first.server);
  self->second.keyring = mtx_keyring_memory_new ();
  self->second.data_dir = mtx_test_tmp_dir ();
  self->second.states = g_string_new (NULL);
  new_session (&self->second);
  set_form (self);
}

static void
scene_clear (Scene *self)
{
  mtx_fake_oauth_clear (&self->oauth);
  fixture_clear (&self->second);
  fixture_clear (&self->first);
  g_free (self->localpart);
}

static void
allow_browser (Scene *self)
{
  mtx_session_set_browser_func (self->second.session, "Go back.", mtx_fake_oauth_open_browser, &self->oauth, NULL);
}

static guint
count (Scene      *self,
       const char *method,
       const char *pattern)
{
  return mtx_fake_homeserver_count_requests (self->first.server, method, pattern);
}

static gboolean
is_renewed (gpointer data)
{
  Scene *self = data;

  return self->oauth.grants == 2;
}

static DexFuture *
test_comes_back (gpointer data)
{
  Scene            scene = { 0 };
  g_autofree char *device_id = NULL;

  scene_init (&scene);
  allow_browser (&scene);
  open_session (&scene.second);
  g_assert_cmpstr (mtx_session_get_user_id (scene.second.session), ==, mtx_session_get_user_id (scene.first.session));
  g_assert_cmpuint (count (&scene, "POST", "*/v3/login"), ==, 0);
  g_assert_cmpuint (count (&scene, "POST", "*/keys/device_signing/upload"), ==, 1);
  g_assert_nonnull (strstr (g_hash_table_lookup (scene.oauth.query, "scope"), "urn:matrix:client:device:"));
  device_id = g_strdup (strrchr (g_hash_table_lookup (scene.oauth.query, "scope"), ':') + 1);
  g_assert_nonnull (mtx_fake_homeserver_get_device_keys (scene.first.server, mtx_session_get_user_id (scene.first.session), device_id));
  close_session (&scene.second);

  /* The next start needs no browser, and knows who renews its tokens. */
  g_clear_pointer (&scene.second.hints, mtx_account_hints_free);
  new_session (&scene.second);
  mtx_fake_homeserver_expire_token (scene.first.server, scene.oauth.access, TRUE);
  open_session (&scene.second);
  mtx_test_wait (is_renewed, &scene);
  g_assert_cmpuint (count (&scene, "POST", "/oauth2/registration"), ==, 1);
  scene_clear (&scene);

  return NULL;
}

static void
assert_nothing_left (Scene *self)
{
  g_autofree char           *folder = g_build_filename (self->second.data_dir, PROVIDER, NULL);
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) secret = dex_await_boxed (mtx_keyring_load (self->second.keyring, PROVIDER, "security-key"), &error);

  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static DexFuture *
test_no_browser (gpointer data)
{
  Scene scene = { 0 };

  scene_init (&scene);
  open_fails (&scene.second, MTX_ERROR_UNSUPPORTED, MTX_SESSION_FAILED);
  g_assert_null (scene.oauth.page);
  assert_nothing_left (&scene);
  scene_clear (&scene);

  return NULL;
}

static DexFuture *
test_cancelled (gpointer data)
{
  Scene scene = { 0 };

  scene_init (&scene);
  scene.oauth.visit = MTX_FAKE_VISIT_DENIED;
  allow_browser (&scene);
  open_fails (&scene.second, MTX_ERROR_REFUSED, MTX_SESSION_FAILED);
  assert_nothing_left (&scene);
  scene_clear (&scene);

  return NULL;
}

/* In a browser one is easily somebody else than one typed. */
static DexFuture *
test_somebody_else (gpointer data)
{
  Scene scene = { 0 };

  scene_init (&scene);
  scene.oauth.localpart = "somebody.else";
  allow_browser (&scene);
  open_fails (&scene.second, MTX_ERROR_REFUSED, MTX_SESSION_FAILED);
  g_assert_cmpuint (count (&scene, "POST", "/oauth2/revoke"), ==, 1);
  assert_nothing_left (&scene);
  scene_clear (&scene);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/restore-browser/comes-back", test_comes_back);
  mtx_test_add_fiber ("/restore-browser/no-browser", test_no_browser);
  mtx_test_add_fiber ("/restore-browser/cancelled", test_cancelled);
  mtx_test_add_fiber ("/restore-browser/somebody-else", test_somebody_else);

  return g_test_run ();
}
