/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The life of one session.
 */
#include "session-fixture.h"

static void
note_state (MtxSession *session,
            GParamSpec *pspec,
            Fixture    *self)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (MTX_TYPE_SESSION_STATE);

  g_string_append_printf (self->states, "%s ", g_enum_get_value (states, (int)mtx_session_get_state (session))->value_nick);
}

/* As the program does at each start: nothing is left of the session before but what is on disk. */
void
new_session (Fixture *self)
{
  g_clear_object (&self->session);
  g_string_truncate (self->states, 0);
  self->session = mtx_session_new (self->keyring, self->data_dir, PROVIDER, "Example Wallet");
  g_signal_connect (self->session, "notify::state", G_CALLBACK (note_state), self);
}

/* A server, an empty keyring, an empty folder, and a session that is not open yet. */
void
fixture_init (Fixture *self)
{
  self->server = mtx_fake_homeserver_new ();
  self->keyring = mtx_keyring_memory_new ();
  self->data_dir = mtx_test_tmp_dir ();
  self->hints = mtx_account_hints_new (NULL, mtx_fake_homeserver_get_base_url (self->server), NULL);
  self->states = g_string_new (NULL);
  new_session (self);
}

/* Opens the session; it becomes ready. */
void
open_session (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_session_open (self->session, self->hints), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_session_get_state (self->session), ==, MTX_SESSION_READY);
}

/* Tries to open the session; it stays in @state for the reason @code. */
void
open_fails (Fixture        *self,
            MtxError        code,
            MtxSessionState state)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (mtx_session_open (self->session, self->hints), &error));
  g_assert_error (error, MTX_ERROR, (int)code);
  g_assert_cmpint (mtx_session_get_state (self->session), ==, state);
  g_assert_error (mtx_session_get_error (self->session), MTX_ERROR, (int)code);
}

/* Closes the session; nothing is open any more. */
void
close_session (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_session_close (self->session), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_session_get_state (self->session), ==, MTX_SESSION_CLOSED);
  g_assert_null (mtx_session_get_db (self->session));
}

/* Closes what is open. Nobody else may hold the session. */
void
fixture_clear (Fixture *self)
{
  if (mtx_session_get_state (self->session) != MTX_SESSION_CLOSED)
    close_session (self);
  g_assert_finalize_object (self->session);
  g_clear_object (&self->server);
  g_clear_object (&self->keyring);
  g_clear_pointer (&self->hints, mtx_account_hints_free);
  g_free (self->data_dir);
  g_string_free (self->states, TRUE);
}

/* What must hold however often we were killed: one account, one device, cross-signed, its identity published. */
void
assert_one_good_account (Fixture *self)
{
  const char *user_id = mtx_session_get_user_id (self->session);
  JsonObject *master = NULL;
  JsonObject *upload = NULL;
  const char *device_id = NULL;

  g_assert_nonnull (user_id);
  g_assert_cmpuint (mtx_fake_homeserver_count_users (self->server), ==, 1);
  g_assert_cmpuint (mtx_fake_homeserver_count_devices (self->server, user_id), ==, 1);
  master = mtx_fake_homeserver_get_cross_signing_key (self->server, user_id, "master");
  g_assert_nonnull (master);

  device_id = mtx_json_get_string (mtx_fake_homeserver_get_request (self->server, "POST", "*/register", 0)->body, "device_id");
  upload = mtx_fake_homeserver_get_device_keys (self->server, user_id, device_id);
  g_assert_nonnull (upload);
  g_assert_cmpuint (json_object_get_size (mtx_json_get_object (mtx_json_get_object (upload, "signatures"), user_id)), ==, 2);
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (self->server, user_id, device_id), ==, 50);
}
