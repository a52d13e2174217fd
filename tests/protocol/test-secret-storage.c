/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Secret storage against a server that may have anything in it: made once however often we are killed, opened with
 * keys and passphrases of others, and nothing of others written over.
 */
#include "mtx-endpoints.h"
#include "mtx-error.h"
#include "mtx-fake-homeserver.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-kdf.h"
#include "mtx-key-description.h"
#include "mtx-recovery-key.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-storage.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

#include <string.h>

#define USER   "@alice:" MTX_FAKE_SERVER_NAME
#define ROUNDS 10000

static const MtxJsonLimits limits = { .max_bytes = 64 * 1024, .max_depth = 8 };

static const char *const names[] = { MTX_SECRET_MASTER, MTX_SECRET_SELF_SIGNING, MTX_SECRET_USER_SIGNING, MTX_SECRET_BACKUP };

typedef struct
{
  MtxFakeHomeserver *server;
  MtxHttp           *http;
  MtxSecretBytes    *key;
  MtxSecretStorage  *storage;
} Fixture;

static MtxSecretBytes *
secret_of (const char *text)
{
  return mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
}

static MtxSecretBytes *
key_of (guint8 fill)
{
  guint8 bytes[32];

  memset (bytes, fill, sizeof bytes);

  return mtx_secret_bytes_new (bytes, sizeof bytes);
}

static void
renew_storage (Fixture *self)
{
  g_clear_object (&self->storage);
  self->storage = mtx_secret_storage_new (self->http, USER);
}

static void
fixture_init (Fixture *self)
{
  g_autofree char           *token = NULL;
  g_autoptr (MtxSecretBytes) access = NULL;
  g_autoptr (MtxTokens)      tokens = NULL;
  g_autoptr (GError)         error = NULL;

  self->server = mtx_fake_homeserver_new ();
  token = mtx_fake_homeserver_add_user (self->server, "alice", "DEVICE");
  access = secret_of (token);
  tokens = mtx_tokens_new (access, NULL);
  self->http = mtx_http_new (mtx_fake_homeserver_get_base_url (self->server), &error);
  g_assert_no_error (error);
  mtx_http_set_tokens (self->http, tokens);
  self->key = key_of (7);
  renew_storage (self);
}

static void
fixture_clear (Fixture *self)
{
  g_assert_finalize_object (self->storage);
  mtx_http_close (self->http);
  g_clear_object (&self->http);
  g_clear_object (&self->server);
  g_clear_pointer (&self->key, mtx_secret_bytes_unref);
}

static void
put_account_data (Fixture    *self,
                  const char *type,
                  JsonObject *content)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_ACCOUNT_DATA_PUT, USER, type, NULL);
  g_autoptr (GError)     error = NULL;

  mtx_request_set_body (request, content);
  dex_await (mtx_http_send (self->http, request), &error);
  g_assert_no_error (error);
}

static void
put_json (Fixture    *self,
          const char *type,
          const char *json)
{
  g_autoptr (JsonObject) content = mtx_json_parse_object (json, -1, &limits, NULL);

  g_assert_nonnull (content);
  put_account_data (self, type, content);
}

static gboolean
set_up (Fixture *self,
        GError **error)
{
  if (!dex_await (mtx_secret_storage_prepare (self->storage, self->key), error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char           *text = g_strdup_printf ("the secret %s", names[i]);
      g_autoptr (MtxSecretBytes) secret = secret_of (text);

      if (!dex_await (mtx_secret_storage_store (self->storage, names[i], secret), error))
        return FALSE;
    }

  return dex_await (mtx_secret_storage_finish (self->storage), error);
}

static void
must_set_up (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  set_up (self, &error);
  g_assert_no_error (error);
}

static void
assert_loads (Fixture    *self,
              const char *name,
              const char *expected)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) secret = dex_await_boxed (mtx_secret_storage_load (self->storage, name), &error);
  gsize                      length = 0;
  const guint8              *bytes;

  g_assert_no_error (error);
  bytes = mtx_secret_bytes_get (secret, &length);
  g_assert_cmpmem (bytes, length, expected, strlen (expected));
}

static void
assert_opens (Fixture        *self,
              MtxSecretBytes *key)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) opened = NULL;

  renew_storage (self);
  opened = dex_await_boxed (mtx_secret_storage_open (self->storage, key), &error);
  g_assert_no_error (error);
  g_assert_true (mtx_secret_bytes_equal (opened, key));
  g_assert_cmpint (mtx_secret_storage_get_state (self->storage), ==, MTX_SECRET_STORAGE_OPEN);
}

static void
assert_opens_not (Fixture              *self,
                  MtxSecretBytes       *key,
                  MtxError              code,
                  MtxSecretStorageState state)
{
  g_autoptr (GError) error = NULL;

  renew_storage (self);
  g_assert_false (dex_await (mtx_secret_storage_open (self->storage, key), &error));
  g_assert_error (error, MTX_ERROR, (int)code);
  g_assert_cmpint (mtx_secret_storage_get_state (self->storage), ==, state);
}

static guint
count_puts (Fixture *self)
{
  return mtx_fake_homeserver_count_requests (self->server, "PUT", "*/account_data/*");
}

static DexFuture *
test_set_up (gpointer data)
{
  Fixture fixture = { 0 };
  guint   n_puts;

  fixture_init (&fixture);
  assert_opens_not (&fixture, fixture.key, MTX_ERROR_NOT_FOUND, MTX_SECRET_STORAGE_MISSING);

  must_set_up (&fixture);
  n_puts = count_puts (&fixture);
  g_assert_cmpuint (n_puts, ==, 2 + G_N_ELEMENTS (names));
  /* Whoever finds a default key finds everything. */
  g_assert_true (g_str_has_suffix (mtx_fake_homeserver_get_request (fixture.server, "PUT", "*", n_puts - 1)->path, "m.secret_storage.default_key"));

  assert_opens (&fixture, fixture.key);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = g_strdup_printf ("the secret %s", names[i]);

      assert_loads (&fixture, names[i], text);
    }

  /* Once more changes nothing. */
  must_set_up (&fixture);
  g_assert_cmpuint (count_puts (&fixture), ==, n_puts);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_threat_095_killed (gpointer data)
{
  const MtxFakeDrop drops[] = { MTX_FAKE_DROP_BEFORE, MTX_FAKE_DROP_AFTER };

  for (guint i = 0; i < 2 * (2 + G_N_ELEMENTS (names)); i++)
    {
      Fixture            fixture = { 0 };
      const MtxFakeFault broken = { .skip = i / 2, .drop = drops[i % 2] };
      guint              n_puts;

      fixture_init (&fixture);
      mtx_fake_homeserver_fault (fixture.server, "PUT", "*", &broken);
      g_assert_false (set_up (&fixture, NULL));
      mtx_fake_homeserver_clear_faults (fixture.server);

      n_puts = count_puts (&fixture);
      renew_storage (&fixture);
      must_set_up (&fixture);
      /* What did not arrive is written, and nothing else. */
      g_assert_cmpuint (count_puts (&fixture) - n_puts, ==, 2 + G_N_ELEMENTS (names) - (i + 1) / 2);
      assert_opens (&fixture, fixture.key);
      assert_loads (&fixture, MTX_SECRET_BACKUP, "the secret m.megolm_backup.v1");
      fixture_clear (&fixture);
    }

  return NULL;
}

static DexFuture *
test_foreign (gpointer data)
{
  Fixture                    fixture = { 0 };
  g_autoptr (MtxSecretBytes) other = key_of (9);
  g_autoptr (JsonObject)     description = mtx_key_description_new (other, NULL);
  guint                      n_puts;
  g_autoptr (GError)         error = NULL;

  fixture_init (&fixture);
  put_account_data (&fixture, "m.secret_storage.key.theirs", description);
  put_json (&fixture, "m.secret_storage.default_key", "{\"key\":\"theirs\"}");
  n_puts = count_puts (&fixture);

  g_assert_false (dex_await (mtx_secret_storage_prepare (fixture.storage, fixture.key), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET);
  g_assert_cmpint (mtx_secret_storage_get_state (fixture.storage), ==, MTX_SECRET_STORAGE_FOREIGN);
  g_assert_cmpuint (count_puts (&fixture), ==, n_puts);

  assert_opens (&fixture, other);
  fixture_clear (&fixture);

  return NULL;
}

/* Somebody was faster: their default key stays the default. */
static DexFuture *
test_default_appears (gpointer data)
{
  Fixture            fixture = { 0 };
  JsonObject        *kept;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  dex_await (mtx_secret_storage_prepare (fixture.storage, fixture.key), &error);
  g_assert_no_error (error);
  put_json (&fixture, "m.secret_storage.default_key", "{\"key\":\"theirs\"}");
  dex_await (mtx_secret_storage_finish (fixture.storage), &error);
  g_assert_no_error (error);
  kept = mtx_fake_homeserver_get_account_data (fixture.server, USER, "m.secret_storage.default_key");
  g_assert_cmpstr (mtx_json_get_string (kept, "key"), ==, "theirs");
  fixture_clear (&fixture);

  return NULL;
}

/* The default key is another's, but what we look for was closed with ours as well. */
static DexFuture *
test_several_keys (gpointer data)
{
  Fixture                    fixture = { 0 };
  g_autoptr (MtxSecretBytes) other = key_of (9);
  g_autoptr (MtxSecretBytes) third = key_of (11);
  g_autoptr (JsonObject)     description = mtx_key_description_new (other, NULL);

  fixture_init (&fixture);
  must_set_up (&fixture);
  put_account_data (&fixture, "m.secret_storage.key.theirs", description);
  put_json (&fixture, "m.secret_storage.default_key", "{\"key\":\"theirs\"}");

  assert_opens (&fixture, other);
  assert_opens (&fixture, fixture.key);
  assert_loads (&fixture, MTX_SECRET_MASTER, "the secret m.cross_signing.master");
  assert_opens_not (&fixture, third, MTX_ERROR_WRONG_SECRET, MTX_SECRET_STORAGE_FOREIGN);
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_copies_of_others (gpointer data)
{
  Fixture                    fixture = { 0 };
  g_autoptr (MtxSecretBytes) first = secret_of ("first");
  g_autoptr (MtxSecretBytes) second = secret_of ("second");
  JsonObject                *encrypted;
  g_autoptr (GError)         error = NULL;

  fixture_init (&fixture);
  must_set_up (&fixture);
  put_json (&fixture, "our.own", "{\"encrypted\":{\"theirs\":{\"iv\":\"a\",\"ciphertext\":\"b\",\"mac\":\"c\"}}}");

  dex_await (mtx_secret_storage_store (fixture.storage, "our.own", first), &error);
  g_assert_no_error (error);
  encrypted = mtx_json_get_object (mtx_fake_homeserver_get_account_data (fixture.server, USER, "our.own"), "encrypted");
  g_assert_cmpuint (json_object_get_size (encrypted), ==, 2);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (encrypted, "theirs"), "mac"), ==, "c");

  dex_await (mtx_secret_storage_store (fixture.storage, "our.own", second), &error);
  g_assert_no_error (error);
  encrypted = mtx_json_get_object (mtx_fake_homeserver_get_account_data (fixture.server, USER, "our.own"), "encrypted");
  g_assert_cmpuint (json_object_get_size (encrypted), ==, 1);
  assert_loads (&fixture, "our.own", "second");
  fixture_clear (&fixture);

  return NULL;
}

static char *
own_key_type (Fixture *self)
{
  g_autofree char *id = mtx_key_description_derive_id (self->key, NULL);

  return g_strconcat ("m.secret_storage.key.", id, NULL);
}

static DexFuture *
test_threat_076_key_check (gpointer data)
{
  Fixture                    fixture = { 0 };
  g_autoptr (MtxSecretBytes) other = key_of (9);
  g_autofree char           *type = NULL;
  const char *const          refused[] = {
    "{\"algorithm\":\"m.secret_storage.v1.aes-hmac-sha2\",\"iv\":\"AAAA\",\"mac\":\"ujBBbXahnTAMkmPUX2/0+VTfUh63pGyVRuBcDMgmJC8\"}",
    "{\"algorithm\":\"m.secret_storage.v1.aes-hmac-sha2\",\"iv\":\"xv5b6/p3ExEw++wTyfSHEg\",\"mac\":\"AAAA\"}",
    "{\"algorithm\":\"m.secret_storage.v1.aes-hmac-sha2\",\"iv\":7,\"mac\":\"ujBBbXahnTAMkmPUX2/0+VTfUh63pGyVRuBcDMgmJC8\"}",
    "{\"algorithm\":\"m.secret_storage.v1.aes-hmac-sha2\",\"iv\":\"xv5b6/p3ExEw++wTyfSHEg\",\"mac\":{}}",
    "{\"algorithm\":\"m.secret_storage.v2\"}",
    "{\"name\":\"no algorithm\"}",
  };

  fixture_init (&fixture);
  must_set_up (&fixture);
  type = own_key_type (&fixture);
  assert_opens_not (&fixture, other, MTX_ERROR_WRONG_SECRET, MTX_SECRET_STORAGE_FOREIGN);

  /* Without a check the key is believed as far as it opens something. */
  put_json (&fixture, type, "{\"algorithm\":\"m.secret_storage.v1.aes-hmac-sha2\"}");
  assert_opens (&fixture, fixture.key);
  assert_opens_not (&fixture, other, MTX_ERROR_WRONG_SECRET, MTX_SECRET_STORAGE_FOREIGN);

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      put_json (&fixture, type, refused[i]);
      assert_opens_not (&fixture, fixture.key, MTX_ERROR_WRONG_SECRET, MTX_SECRET_STORAGE_FOREIGN);
    }
  fixture_clear (&fixture);

  return NULL;
}

static void
assert_unreadable (Fixture    *self,
                   const char *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (mtx_secret_storage_load (self->storage, name), &error));
  g_assert_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED);
}

static DexFuture *
test_threat_077_tampered (gpointer data)
{
  Fixture          fixture = { 0 };
  JsonObject      *master;
  g_autofree char *text = NULL;
  g_auto (GStrv)   parts = NULL;
  g_autofree char *changed = NULL;

  fixture_init (&fixture);
  must_set_up (&fixture);
  master = mtx_fake_homeserver_get_account_data (fixture.server, USER, MTX_SECRET_MASTER);
  text = mtx_json_to_string (master);

  /* One blob in the place of another. */
  put_json (&fixture, MTX_SECRET_USER_SIGNING, text);
  assert_unreadable (&fixture, MTX_SECRET_USER_SIGNING);

  /* One character of the ciphertext. */
  parts = g_strsplit (text, "\"ciphertext\":\"", 2);
  g_assert_nonnull (parts[1]);
  parts[1][0] = parts[1][0] == 'A' ? 'B' : 'A';
  changed = g_strjoinv ("\"ciphertext\":\"", parts);
  put_json (&fixture, MTX_SECRET_MASTER, changed);
  assert_unreadable (&fixture, MTX_SECRET_MASTER);
  fixture_clear (&fixture);

  return NULL;
}

/* A description for @passphrase as other clients write it. */
static void
put_passphrase_key (Fixture    *self,
                    const char *passphrase,
                    const char *how)
{
  const char                *salt = "IuLnH7S85YtZmkkBJKwNUKxWF42g9O1H";
  g_autoptr (MtxSecretBytes) key = mtx_pbkdf2_sha512 (passphrase, (const guint8 *)salt, strlen (salt), ROUNDS, 32, NULL);
  g_autoptr (JsonObject)     description = mtx_key_description_new (key, NULL);

  json_object_set_object_member (description, "passphrase", mtx_json_parse_object (how, -1, &limits, NULL));
  put_account_data (self, "m.secret_storage.key.theirs", description);
  put_json (self, "m.secret_storage.default_key", "{\"key\":\"theirs\"}");
}

static gboolean
opens_with_passphrase (Fixture    *self,
                       const char *text,
                       MtxError    code)
{
  g_autoptr (MtxSecretBytes) passphrase = secret_of (text);
  g_autoptr (MtxSecretBytes) key = NULL;
  g_autoptr (GError)         error = NULL;

  renew_storage (self);
  key = dex_await_boxed (mtx_secret_storage_open_with_passphrase (self->storage, passphrase), &error);
  if (key == NULL)
    g_assert_error (error, MTX_ERROR, (int)code);

  return key != NULL;
}

static DexFuture *
test_passphrase (gpointer data)
{
  Fixture fixture = { 0 };

  fixture_init (&fixture);
  put_passphrase_key (&fixture, "It's a secret to everybody",
                      "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLnH7S85YtZmkkBJKwNUKxWF42g9O1H\",\"iterations\":10000}");
  g_assert_true (opens_with_passphrase (&fixture, "It's a secret to everybody", MTX_ERROR_FAILED));
  g_assert_false (opens_with_passphrase (&fixture, "It's a secret to nobody", MTX_ERROR_WRONG_SECRET));

  put_passphrase_key (&fixture, "with bits",
                      "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLnH7S85YtZmkkBJKwNUKxWF42g9O1H\",\"iterations\":10000,\"bits\":256}");
  g_assert_true (opens_with_passphrase (&fixture, "with bits", MTX_ERROR_FAILED));
  fixture_clear (&fixture);

  return NULL;
}

static DexFuture *
test_threat_078_limits (gpointer data)
{
  const struct
  {
    const char *how;
    MtxError    code;
  } refused[] = {
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":0}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":1}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":9999}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":-500000}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":1000000000}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":4294977296}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":\"500000\"}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\"}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"\",\"iterations\":500000}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"iterations\":500000}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":500000,\"bits\":128}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.pbkdf2\",\"salt\":\"IuLn\",\"iterations\":500000,\"bits\":\"256\"}", MTX_ERROR_REFUSED },
    { "{\"algorithm\":\"m.argon2\",\"salt\":\"IuLn\",\"iterations\":500000}", MTX_ERROR_UNSUPPORTED },
    { "{\"salt\":\"IuLn\",\"iterations\":500000}", MTX_ERROR_UNSUPPORTED },
  };
  Fixture                    fixture = { 0 };
  g_autoptr (MtxSecretBytes) passphrase = secret_of ("correct horse");

  fixture_init (&fixture);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (JsonObject) description = json_object_new ();
      g_autoptr (GError)     error = NULL;

      json_object_set_string_member (description, "algorithm", MTX_SECRET_STORAGE_ALGORITHM);
      json_object_set_object_member (description, "passphrase", mtx_json_parse_object (refused[i].how, -1, &limits, NULL));
      g_assert_false (dex_await (mtx_key_description_derive (description, passphrase), &error));
      g_assert_error (error, MTX_ERROR, (int)refused[i].code);

      put_passphrase_key (&fixture, "correct horse", refused[i].how);
      g_assert_false (opens_with_passphrase (&fixture, "correct horse", MTX_ERROR_WRONG_SECRET));
    }
  fixture_clear (&fixture);

  return NULL;
}

/* The server is away: nothing is concluded from that. */
static DexFuture *
test_away (gpointer data)
{
  Fixture            fixture = { 0 };
  const MtxFakeFault away = { .drop = MTX_FAKE_DROP_BEFORE };
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  must_set_up (&fixture);
  mtx_fake_homeserver_fault (fixture.server, "GET", "*/account_data/*", &away);
  renew_storage (&fixture);
  g_assert_false (dex_await (mtx_secret_storage_prepare (fixture.storage, fixture.key), &error));
  g_assert_true (mtx_error_is_temporary (error));
  g_assert_cmpint (mtx_secret_storage_get_state (fixture.storage), ==, MTX_SECRET_STORAGE_UNKNOWN);
  fixture_clear (&fixture);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  mtx_test_init (&argc, &argv);
  mtx_test_add_fiber ("/secret-storage/set-up", test_set_up);
  mtx_test_add_fiber ("/secret-storage/threat-095-killed", test_threat_095_killed);
  mtx_test_add_fiber ("/secret-storage/foreign", test_foreign);
  mtx_test_add_fiber ("/secret-storage/default-appears", test_default_appears);
  mtx_test_add_fiber ("/secret-storage/several-keys", test_several_keys);
  mtx_test_add_fiber ("/secret-storage/copies-of-others", test_copies_of_others);
  mtx_test_add_fiber ("/secret-storage/threat-076-key-check", test_threat_076_key_check);
  mtx_test_add_fiber ("/secret-storage/threat-077-tampered", test_threat_077_tampered);
  mtx_test_add_fiber ("/secret-storage/passphrase", test_passphrase);
  mtx_test_add_fiber ("/secret-storage/threat-078-limits", test_threat_078_limits);
  mtx_test_add_fiber ("/secret-storage/away", test_away);

  return g_test_run ();
}
