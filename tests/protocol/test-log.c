/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a log tells: every line of a whole session, debug lines included, with a server that is in trouble and echoes
 * what it was sent. No key, token, password, word or name is in any of them, nor in arguments or environment.
 */
#include <string.h>

#include "mtx-base64.h"
#include "mtx-json.h"
#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-session-secrets.h"
#include "sup-test-user.h"

#define MESSAGE "The word is pomegranate"
#define REPLY   "Heard of nectarines"

static GMutex   lock;
static GString *lines;

static void
keep_line (const char *domain,
           const char *message)
{
  g_mutex_lock (&lock);
  g_string_append_printf (lines, "%s: %s\n", domain, message);
  g_mutex_unlock (&lock);
}

/* What is logged with g_debug () and the like, which is all of ours. */
static void
handle_message (const char    *domain,
                GLogLevelFlags level,
                const char    *message,
                gpointer       data)
{
  keep_line (domain, message);
  g_log_default_handler (domain, level, message, data);
}

/* What is logged by fields, as GLib itself does. */
static GLogWriterOutput
write_fields (GLogLevelFlags   level,
              const GLogField *fields,
              gsize            n_fields,
              gpointer         data)
{
  g_autofree char *line = g_log_writer_format_fields (level, fields, n_fields, FALSE);

  keep_line ("fields", line);

  return g_log_writer_default (level, fields, n_fields, data);
}

/* An error that quotes the whole request, as a careless server does. */
static gboolean
echo (const MtxFakeRequest *request,
      MtxFakeAnswer        *answer,
      gpointer              data)
{
  guint      *left = data;
  const char *header = mtx_fake_request_get_header (request, "Authorization");
  gsize       length = 0;
  const char *bytes = NULL;

  if (*left == 0)
    return FALSE;
  (*left)--;

  if (request->bytes != NULL)
    bytes = g_bytes_get_data (request->bytes, &length);
  mtx_fake_answer_error (answer, 500, "M_UNKNOWN");
  if (answer->body != NULL)
    {
      g_autofree char *text = g_strdup_printf ("No %s for %s with %.*s", request->path, header, (int)length,
                                               length > 0 ? bytes : "");

      json_object_set_string_member (answer->body, "error", text);
    }

  return TRUE;
}

static SupTestUser *
live (guint *left)
{
  SupTestUser          *user = sup_test_user_new ();
  const MtxFakeRequest *request = NULL;
  g_autofree char      *token = NULL;

  sup_test_user_add_agent (user);
  mtx_fake_homeserver_override (user->server, "POST", "*/register", echo, left, NULL);
  mtx_fake_homeserver_override (user->server, "POST", "*/keys/upload", echo, left, NULL);
  mtx_fake_homeserver_override (user->server, "PUT", "*/send/*", echo, left, NULL);
  mtx_fake_homeserver_override (user->server, "GET", "*/sync", echo, left, NULL);
  *left = 1;
  sup_test_user_start (user);
  sup_test_user_say (user, MESSAGE);
  sup_test_user_wait_sent (user, MESSAGE);
  mtx_fake_homeserver_set_member (user->server, sup_test_user_get_room_id (user), SUP_TEST_SUPPORT, "join");
  sup_test_user_wait_conversation (user, SUP_CONVERSATION_OPEN);
  sup_test_user_reply (user, REPLY);
  sup_test_user_wait_sent (user, MESSAGE " " REPLY);

  *left = 2;
  sup_test_user_relaunch (user);
  sup_test_user_say (user, MESSAGE);
  sup_test_user_wait_sent (user, MESSAGE " " REPLY " " MESSAGE);

  request = mtx_fake_homeserver_get_request (user->server, "GET", "*/sync", 0);
  token = g_strdup (mtx_fake_request_get_header (request, "Authorization") + strlen ("Bearer "));
  mtx_fake_homeserver_expire_token (user->server, token, TRUE);
  sup_test_user_say (user, "again");
  sup_test_user_wait_sent (user, MESSAGE " " REPLY " " MESSAGE " again");

  return user;
}

static void
assert_nowhere (const char *text,
                const char *what,
                const char *secret)
{
  g_assert_cmpuint (strlen (secret), >, 5);
  if (strstr (text, secret) != NULL)
    g_error ("%s is in the log", what);
}

static void
assert_no_key (const char     *text,
               const char     *what,
               MtxSecretBytes *key)
{
  gsize               length = 0;
  const guint8       *bytes = mtx_secret_bytes_get (key, &length);
  g_autofree char    *base64 = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);
  g_autofree char    *url = mtx_base64_encode (bytes, length, MTX_BASE64_URL);
  g_autoptr (GString) hex = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  assert_nowhere (text, what, base64);
  assert_nowhere (text, what, url);
  assert_nowhere (text, what, hex->str);
}

static void
assert_no_kept_secret (SupTestUser *user,
                       const char  *text)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) security_key = NULL;
  g_autoptr (MtxSecretBytes) store_key = NULL;
  g_auto (GStrv)             providers = NULL;
  char                      *written = NULL;

  providers = dex_await_boxed (mtx_keyring_list_providers (user->keyring), &error);
  g_assert_no_error (error);
  security_key = dex_await_boxed (mtx_session_secrets_load_key (user->keyring, providers[0]), &error);
  g_assert_no_error (error);
  store_key = dex_await_boxed (mtx_keyring_load (user->keyring, providers[0], "store-key"), &error);
  g_assert_no_error (error);

  assert_no_key (text, "The security key", security_key);
  assert_no_key (text, "The store's key", store_key);
  written = mtx_recovery_key_encode (security_key);
  assert_nowhere (text, "The written security key", written);
  written[4] = '\0';
  g_assert_null (strstr (text, written));
  mtx_secret_string_free (written);
}

/* Of everything that went to the server: tokens, and what stands under these names. */
static void
assert_no_sent_secret (SupTestUser *user,
                       const char  *text)
{
  static const char *const names[] = { "password", "refresh_token" };
  GPtrArray               *log = mtx_fake_homeserver_get_log (user->server);
  guint                    n_tokens = 0;

  for (guint i = 0; i < log->len; i++)
    {
      const MtxFakeRequest *request = g_ptr_array_index (log, i);
      const char           *header = mtx_fake_request_get_header (request, "Authorization");

      if (header != NULL)
        {
          assert_nowhere (text, "A token", header + strlen ("Bearer "));
          n_tokens++;
        }
      for (guint j = 0; request->body != NULL && j < G_N_ELEMENTS (names); j++)
        {
          const char *value = mtx_json_get_string (request->body, names[j]);

          if (value != NULL)
            assert_nowhere (text, names[j], value);
        }
    }
  g_assert_cmpuint (n_tokens, >, 10);
}

static void
assert_no_name (SupTestUser *user,
                const char  *text)
{
  const MtxFakeRequest *create = mtx_fake_homeserver_get_request (user->server, "POST", "*/createRoom", 0);

  assert_nowhere (text, "What was said", "pomegranate");
  assert_nowhere (text, "What was answered", "nectarines");
  assert_nowhere (text, "Our user id", create->user_id);
  assert_nowhere (text, "Our device id", create->device_id);
  assert_nowhere (text, "The room's id", sup_test_user_get_room_id (user));
}

static void
append_file (GString    *text,
             const char *path)
{
  g_autofree char *contents = NULL;
  gsize            length = 0;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  for (gsize i = 0; i < length; i++)
    g_string_append_c (text, contents[i] != '\0' ? contents[i] : '\n');
}

static DexFuture *
test_nothing_is_told (gpointer data)
{
  guint                   left = 0;
  g_autoptr (SupTestUser) user = live (&left);
  g_autofree char        *text = NULL;

  g_mutex_lock (&lock);
  append_file (lines, "/proc/self/cmdline");
  append_file (lines, "/proc/self/environ");
  text = g_strdup (lines->str);
  g_mutex_unlock (&lock);

  /* The log was kept, and the trouble is in it. */
  g_assert_nonnull (strstr (text, "\nmtx-"));
  g_assert_cmpuint (left, ==, 0);
  assert_no_kept_secret (user, text);
  assert_no_sent_secret (user, text);
  assert_no_name (user, text);
  sup_test_user_quit (user);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  lines = g_string_new (NULL);
  g_log_set_writer_func (write_fields, NULL, NULL);
  mtx_test_init (&argc, &argv);
  g_log_set_default_handler (handle_message, NULL);
  mtx_test_add_fiber ("/log/threat-085-nothing-is-told", test_nothing_is_told);

  return g_test_run ();
}
