/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first seconds of an account: how it becomes trustworthy, wherever it is interrupted, and what it does
 * when the server shows something else than it was given.
 */
#include "encryption-fixture.h"
#include "mtx-cross-signing-keys.h"
#include "mtx-signed-json.h"

#define IDENTITY "*/keys/device_signing/upload"
#define UPLOAD   "*/keys/upload"
#define SIGN     "*/keys/signatures/upload"

static void
bootstrap_fails (Scene *scene,
                 int    code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dex_await (mtx_encryption_bootstrap (scene->alice->encryption), &error));
  g_assert_error (error, MTX_ERROR, code);
}

/* The server has everything, and it fits together. */
static void
assert_published (Scene *scene)
{
  const char        *user_id = scene->alice->user_id;
  JsonObject        *device = NULL;
  JsonObject        *master = NULL;
  JsonObject        *self_signing = NULL;
  g_autoptr (GList)  names = NULL;
  g_autoptr (GError) error = NULL;
  const char        *key_id = NULL;

  device = mtx_fake_homeserver_get_device_keys (scene->server, user_id, "ALICEDEVICE");
  master = mtx_fake_homeserver_get_cross_signing_key (scene->server, user_id, "master");
  self_signing = mtx_fake_homeserver_get_cross_signing_key (scene->server, user_id, "self_signing");
  g_assert_nonnull (device);
  g_assert_nonnull (master);
  g_assert_nonnull (self_signing);

  names = json_object_get_members (mtx_json_get_object (self_signing, "keys"));
  key_id = names->data;
  mtx_signed_json_verify (device, user_id, key_id, key_id + strlen ("ed25519:"), &error);
  g_assert_no_error (error);
  mtx_signed_json_verify (master,
                          user_id,
                          "ed25519:ALICEDEVICE",
                          mtx_encryption_get_fingerprint (scene->alice->encryption),
                          &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (scene->server, user_id, "ALICEDEVICE"), ==, 50);
}

/* Two round trips, and the device is never seen without its owner's signature. */
static DexFuture *
test_first (gpointer data)
{
  g_auto (Scene) scene = { 0 };

  scene_init_alone (&scene);
  mtx_crypto_client_bootstrap (scene.alice);
  g_assert_cmpuint (count (&scene, "*"), ==, 2);
  g_assert_cmpuint (count (&scene, IDENTITY), ==, 1);
  g_assert_cmpuint (count (&scene, UPLOAD), ==, 1);
  assert_published (&scene);

  /* Once is enough. */
  mtx_crypto_client_restart (scene.alice);
  mtx_crypto_client_bootstrap (scene.alice);
  g_assert_cmpuint (count (&scene, "*"), ==, 2);

  return NULL;
}

static char *
dup_one_time_keys (Scene *scene,
                   guint  index)
{
  const MtxFakeRequest *request = mtx_fake_homeserver_get_request (scene->server, "POST", UPLOAD, index);
  JsonObject           *keys = mtx_json_get_object (request->body, "one_time_keys");
  g_autoptr (GList)     names = json_object_get_members (keys);
  GString              *text = g_string_new (NULL);

  g_assert_cmpuint (json_object_get_size (keys), ==, 50);
  names = g_list_sort (names, (GCompareFunc)strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    {
      g_autofree char *key = mtx_json_to_string (mtx_json_get_object (keys, name->data));

      g_string_append_printf (text, "%s=%s;", (char *)name->data, key);
    }

  return g_string_free_and_steal (text);
}

/* The answer to an upload is lost: before the server did it, after, or half of it. The same goes up again. */
static DexFuture *
test_lost_answers (gpointer data)
{
  static const char *const patterns[] = { IDENTITY, UPLOAD };
  static const MtxFakeDrop drops[] = { MTX_FAKE_DROP_BEFORE, MTX_FAKE_DROP_AFTER, MTX_FAKE_TRUNCATE };

  for (guint i = 0; i < G_N_ELEMENTS (patterns) * G_N_ELEMENTS (drops); i++)
    {
      g_auto (Scene)   scene = { 0 };
      const char      *pattern = patterns[i / G_N_ELEMENTS (drops)];
      MtxFakeFault     fault = { .times = 1, .drop = drops[i % G_N_ELEMENTS (drops)] };
      g_autofree char *fingerprint = NULL;

      scene_init_alone (&scene);
      fingerprint = g_strdup (mtx_encryption_get_fingerprint (scene.alice->encryption));
      mtx_fake_homeserver_fault (scene.server, "POST", pattern, &fault);
      {
        g_autoptr (GError) error = NULL;

        g_assert_false (dex_await (mtx_encryption_bootstrap (scene.alice->encryption), &error));
        g_assert_nonnull (error);
      }
      g_assert_cmpint (mtx_encryption_get_own_keys (scene.alice->encryption), ==, MTX_OWN_KEYS_UNPUBLISHED);

      mtx_crypto_client_restart (scene.alice);
      mtx_crypto_client_bootstrap (scene.alice);
      assert_published (&scene);
      g_assert_cmpstr (mtx_encryption_get_fingerprint (scene.alice->encryption), ==, fingerprint);
      g_assert_cmpuint (count (&scene, QUERY), ==, 1);

      /* What the server has already is not uploaded again. */
      if (g_str_equal (pattern, IDENTITY))
        g_assert_cmpuint (count (&scene, IDENTITY), ==, fault.drop == MTX_FAKE_DROP_BEFORE ? 2 : 1);
      if (g_str_equal (pattern, UPLOAD))
        {
          g_autofree char *first = dup_one_time_keys (&scene, 0);
          g_autofree char *again = dup_one_time_keys (&scene, 1);

          g_assert_cmpstr (first, ==, again);
        }
    }

  return NULL;
}

/* Trouble is for later; nothing is lost by it. */
static DexFuture *
test_trouble (gpointer data)
{
  static const char *const patterns[] = { IDENTITY, UPLOAD };
  static const guint       statuses[] = { 429, 500, 504 };

  for (guint i = 0; i < G_N_ELEMENTS (patterns) * G_N_ELEMENTS (statuses); i++)
    {
      g_auto (Scene) scene = { 0 };
      MtxFakeFault   fault = { .times = 1, .status = statuses[i % G_N_ELEMENTS (statuses)] };

      scene_init_alone (&scene);
      mtx_fake_homeserver_fault (scene.server, "POST", patterns[i / G_N_ELEMENTS (statuses)], &fault);
      bootstrap_fails (&scene, MTX_ERROR_RETRY_LATER);
      mtx_crypto_client_bootstrap (scene.alice);
      assert_published (&scene);
    }

  return NULL;
}

/* Somebody made an identity for this account before us. */
static DexFuture *
test_other_identity (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (MtxCryptoClient) other = NULL;

  scene_init_alone (&scene);
  other = mtx_crypto_client_new (scene.server, "alice", "OTHERDEVICE");
  mtx_crypto_client_bootstrap (other);

  bootstrap_fails (&scene, MTX_ERROR_NEED_AUTH);
  g_assert_null (mtx_fake_homeserver_get_device_keys (scene.server, scene.alice->user_id, "ALICEDEVICE"));

  /* Now that an upload may have happened, the server is asked, and says why. */
  bootstrap_fails (&scene, MTX_ERROR_UNTRUSTED);
  g_assert_cmpint (mtx_encryption_get_own_keys (scene.alice->encryption), ==, MTX_OWN_KEYS_IDENTITY_REPLACED);
  g_assert_null (mtx_fake_homeserver_get_device_keys (scene.server, scene.alice->user_id, "ALICEDEVICE"));

  return NULL;
}

static void
refresh_own (Scene *scene)
{
  const char *const  users[] = { scene->alice->user_id, NULL };
  g_autoptr (GError) error = NULL;

  dex_await (mtx_encryption_prefetch (scene->alice->encryption, users), &error);
  g_assert_no_error (error);
}

static void
hide_own_device (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  Scene *scene = data;

  json_object_remove_member (mtx_json_get_object (mtx_json_get_object (answer->body, "device_keys"), scene->alice->user_id),
                             "ALICEDEVICE");
}

/* The server does not show our device any more: that is told, remembered, and not mended in silence. */
static DexFuture *
test_own_device_missing (gpointer data)
{
  g_auto (Scene) scene = { 0 };

  scene_init_alone (&scene);
  mtx_crypto_client_bootstrap (scene.alice);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, hide_own_device, &scene, NULL);
  refresh_own (&scene);
  g_assert_cmpint (mtx_encryption_get_own_keys (scene.alice->encryption), ==, MTX_OWN_KEYS_DEVICE_MISSING);

  {
    g_autoptr (GError) error = NULL;

    dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
    g_assert_no_error (error);
    mtx_crypto_client_restart (scene.alice);
    dex_await (mtx_encryption_bootstrap (scene.alice->encryption), &error);
    g_assert_no_error (error);
  }
  g_assert_cmpint (mtx_encryption_get_own_keys (scene.alice->encryption), ==, MTX_OWN_KEYS_DEVICE_MISSING);
  g_assert_cmpuint (count (&scene, UPLOAD), ==, 1);

  return NULL;
}

static void
swap_identity (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  Scene                          *scene = data;
  static const char *const        members[] = { "master_keys", "self_signing_keys" };
  g_autoptr (MtxCrossSigningKeys) keys = mtx_cross_signing_keys_new (NULL);

  for (guint role = 0; role < G_N_ELEMENTS (members); role++)
    json_object_set_object_member (mtx_json_get_object (answer->body, members[role]),
                                   scene->alice->user_id,
                                   mtx_cross_signing_keys_build (keys, role, scene->alice->user_id, NULL));
}

static DexFuture *
test_own_identity_replaced (gpointer data)
{
  g_auto (Scene) scene = { 0 };

  scene_init_alone (&scene);
  mtx_crypto_client_bootstrap (scene.alice);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, swap_identity, &scene, NULL);
  refresh_own (&scene);
  g_assert_cmpint (mtx_encryption_get_own_keys (scene.alice->encryption), ==, MTX_OWN_KEYS_IDENTITY_REPLACED);
  g_assert_cmpuint (count (&scene, IDENTITY), ==, 1);
  g_assert_cmpuint (count (&scene, SIGN), ==, 0);

  return NULL;
}

static void
strip_signature (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  Scene      *scene = data;
  JsonObject *master = mtx_json_get_object (mtx_json_get_object (answer->body, "master_keys"), scene->alice->user_id);

  if (master != NULL)
    json_object_remove_member (master, "signatures");
}

/* A server that drops the signature in an upload of keys gets it by the way made for it, once. */
static DexFuture *
test_signature_missing (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autoptr (GError)    error = NULL;
  const MtxFakeRequest *request = NULL;
  JsonObject           *master = NULL;

  scene_init_alone (&scene);
  mtx_crypto_client_bootstrap (scene.alice);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, strip_signature, &scene, NULL);
  refresh_own (&scene);
  for (guint i = 0; i < 2; i++)
    {
      dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
      g_assert_no_error (error);
    }
  g_assert_cmpint (mtx_encryption_get_own_keys (scene.alice->encryption), ==, MTX_OWN_KEYS_GOOD);
  g_assert_cmpuint (count (&scene, SIGN), ==, 1);
  request = mtx_fake_homeserver_get_request (scene.server, "POST", SIGN, 0);
  master = mtx_json_get_object (mtx_json_get_object (request->body, scene.alice->user_id),
                                mtx_crypto_engine_get_master_key (scene.alice->engine));
  mtx_signed_json_verify (master,
                          scene.alice->user_id,
                          "ed25519:ALICEDEVICE",
                          mtx_encryption_get_fingerprint (scene.alice->encryption),
                          &error);
  g_assert_no_error (error);

  return NULL;
}

/* Somebody used up all one-time keys: the next sync says so, and there are 50 again. */
static DexFuture *
test_top_up (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (MtxSyncResponse) full = NULL;
  g_autoptr (MtxSyncResponse) empty = NULL;
  g_autoptr (GError)          error = NULL;
  const char                 *user_id = NULL;

  scene_init_alone (&scene);
  user_id = scene.alice->user_id;
  mtx_crypto_client_bootstrap (scene.alice);
  full = mtx_crypto_client_sync (scene.alice);
  dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (&scene, UPLOAD), ==, 1);

  mtx_fake_homeserver_drop_one_time_keys (scene.server, user_id, "ALICEDEVICE");
  empty = mtx_crypto_client_sync (scene.alice);
  g_assert_cmpint (empty->one_time_key_count, ==, 0);
  dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (scene.server, user_id, "ALICEDEVICE"), ==, 50);
  g_assert_cmpuint (count (&scene, UPLOAD), ==, 2);

  return NULL;
}

/* The upload fails, then its answer is lost and the process ends: the same set, then nothing more. */
static DexFuture *
test_top_up_retries (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  MtxFakeFault                fails = { .times = 1, .status = 500 };
  MtxFakeFault                lost = { .times = 1, .drop = MTX_FAKE_DROP_AFTER };
  g_autoptr (MtxSyncResponse) before = NULL;
  g_autoptr (MtxSyncResponse) after = NULL;
  g_autofree char            *first = NULL;
  g_autofree char            *second = NULL;
  g_autofree char            *third = NULL;

  scene_init_alone (&scene);
  mtx_crypto_client_bootstrap (scene.alice);
  mtx_fake_homeserver_drop_one_time_keys (scene.server, scene.alice->user_id, "ALICEDEVICE");
  before = mtx_crypto_client_sync (scene.alice);
  mtx_fake_homeserver_fault (scene.server, "POST", UPLOAD, &fails);
  g_assert_false (dex_await (mtx_encryption_after_sync (scene.alice->encryption), NULL));
  mtx_fake_homeserver_clear_faults (scene.server);
  mtx_fake_homeserver_fault (scene.server, "POST", UPLOAD, &lost);
  g_assert_false (dex_await (mtx_encryption_after_sync (scene.alice->encryption), NULL));

  mtx_crypto_client_restart (scene.alice);
  mtx_crypto_client_bootstrap (scene.alice);
  after = mtx_crypto_client_sync (scene.alice);
  g_assert_true (dex_await (mtx_encryption_after_sync (scene.alice->encryption), NULL));
  first = dup_one_time_keys (&scene, 1);
  second = dup_one_time_keys (&scene, 2);
  third = dup_one_time_keys (&scene, 3);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (first, ==, third);
  g_assert_cmpuint (mtx_fake_homeserver_count_one_time_keys (scene.server, scene.alice->user_id, "ALICEDEVICE"), ==, 50);
  g_assert_cmpuint (count (&scene, UPLOAD), ==, 4);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/bootstrap/first", test_first);
  mtx_test_add_fiber ("/bootstrap/threat-095-lost-answers", test_lost_answers);
  mtx_test_add_fiber ("/bootstrap/threat-096-trouble", test_trouble);
  mtx_test_add_fiber ("/bootstrap/threat-018-other-identity", test_other_identity);
  mtx_test_add_fiber ("/bootstrap/threat-007-own-device-missing", test_own_device_missing);
  mtx_test_add_fiber ("/bootstrap/threat-018-own-identity-replaced", test_own_identity_replaced);
  mtx_test_add_fiber ("/bootstrap/signature-missing", test_signature_missing);
  mtx_test_add_fiber ("/bootstrap/top-up", test_top_up);
  mtx_test_add_fiber ("/bootstrap/top-up-retries", test_top_up_retries);

  return g_test_run ();
}
