/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets a room key and when, on a network and with servers as they are.
 */
#include "encryption-fixture.h"
#include "mtx-cross-signing-keys.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-event-private.h"
#include "mtx-olm-account.h"

/* Nobody can read yet: the message goes out encrypted. Who publishes keys later reads from then on. */
static DexFuture *
test_nobody_yet (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autofree char            *early = NULL;
  g_autofree char            *late = NULL;
  g_autoptr (MtxSyncResponse) first_sync = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;

  scene_init (&scene);
  first_sync = mtx_crypto_client_sync (scene.alice);
  early = say (&scene, "Is anybody there?");
  g_assert_cmpuint (count (&scene, KEYS), ==, 0);
  assert_devices (&scene, 0, 0);

  mtx_crypto_client_bootstrap (scene.bob);
  at_alice = mtx_crypto_client_sync (scene.alice);
  late = say (&scene, "Now?");
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);
  assert_devices (&scene, 1, 0);

  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_reads (at_bob, late, "Now?");
  assert_cannot_read (at_bob, early, MTX_DECRYPTION_MISSING_KEY);

  return NULL;
}

/* Somebody changed between being asked for and the first sync, which does not say so. */
static DexFuture *
test_before_first_sync (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autofree char            *early = NULL;
  g_autofree char            *late = NULL;
  g_autoptr (MtxSyncResponse) at_alice = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;

  scene_init (&scene);
  early = say (&scene, "Is anybody there?");
  mtx_crypto_client_bootstrap (scene.bob);
  at_alice = mtx_crypto_client_sync (scene.alice);
  late = say (&scene, "Now?");
  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_reads (at_bob, late, "Now?");

  return NULL;
}

/* Support was invited and has not joined: no sync tells that it logged in on a new device meanwhile. */
static DexFuture *
test_invited (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  MtxMegolmRotation           rotation;
  const char                 *members[3] = { NULL };
  const char                 *invited[2] = { NULL };
  g_autofree char            *first = NULL;
  g_autofree char            *second = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;

  scene_init (&scene);
  mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, "invite");
  members[0] = scene.alice->user_id;
  members[1] = invited[0] = scene.bob->user_id;
  mtx_megolm_rotation_init (&rotation, NULL);
  g_clear_pointer (&scene.info, mtx_room_crypto_info_unref);
  scene.info = mtx_room_crypto_info_new (scene.room_id, MTX_ALGORITHM_MEGOLM, &rotation, members, invited, NULL);

  /* Asked for a moment ago: not at once again. */
  first = say (&scene, "first");
  g_free (first);
  first = say (&scene, "first again");
  g_assert_cmpuint (count (&scene, QUERY), ==, 1);

  mtx_crypto_client_bootstrap (scene.bob);
  mtx_crypto_client_restart (scene.alice);
  second = say (&scene, "second");
  g_assert_cmpuint (count (&scene, QUERY), ==, 2);

  mtx_fake_homeserver_set_member (scene.server, scene.room_id, scene.bob->user_id, "join");
  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_reads (at_bob, second, "second");
  assert_cannot_read (at_bob, first, MTX_DECRYPTION_MISSING_KEY);

  return NULL;
}

static void
strip_owner_signature (const MtxFakeRequest *request,
                       MtxFakeAnswer        *answer,
                       gpointer              data)
{
  Scene      *scene = data;
  JsonObject *device = mtx_json_get_object (answer->body, "device_keys");
  JsonObject *signatures = NULL;

  device = mtx_json_get_object (mtx_json_get_object (device, scene->bob->user_id), "BOBDEVICE");
  signatures = mtx_json_get_object (mtx_json_get_object (device, "signatures"), scene->bob->user_id);
  if (signatures != NULL)
    {
      g_autoptr (GList) names = json_object_get_members (signatures);

      for (GList *name = names; name != NULL; name = name->next)
        {
          if (!g_str_equal (name->data, "ed25519:BOBDEVICE"))
            json_object_remove_member (signatures, name->data);
        }
    }
}

/* A device its owner did not sign gets no key, is told so once, and is no reason for another key. */
static DexFuture *
test_unsigned (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autofree char            *first = NULL;
  g_autofree char            *second = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  g_autoptr (MtxSyncResponse) later = NULL;
  g_autoptr (GError)          error = NULL;
  g_autoptr (GPtrArray)       events = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, strip_owner_signature, &scene, NULL);
  first = say (&scene, "secret");
  second = say (&scene, "secret too");
  dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (&scene, CLAIM), ==, 0);
  g_assert_cmpuint (count (&scene, KEYS), ==, 0);
  g_assert_cmpuint (count (&scene, WITHHELD), ==, 1);
  assert_devices (&scene, 0, 1);

  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_cannot_read (at_bob, first, MTX_DECRYPTION_WITHHELD);
  g_assert_cmpstr (mtx_event_get_withheld_code (mtx_crypto_client_find (at_bob, first)), ==, "m.unverified");

  events = mtx_fake_homeserver_get_events (scene.server, scene.room_id, "m.room.encrypted");
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (g_ptr_array_index (events, 0), "content"), "session_id"),
                   ==,
                   mtx_json_get_string (mtx_json_get_object (g_ptr_array_index (events, 1), "content"), "session_id"));

  return NULL;
}

/* The first question fails: the message waits, is not lost, and is never sent in clear. */
static DexFuture *
test_trouble (gpointer data)
{
  static const char *const patterns[] = { QUERY, CLAIM, KEYS };
  static const guint       statuses[] = { 429, 500, 504, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (patterns) * G_N_ELEMENTS (statuses); i++)
    {
      g_auto (Scene)              scene = { 0 };
      guint                       status = statuses[i % G_N_ELEMENTS (statuses)];
      MtxFakeFault                fault = { .times = 1, .status = status, .drop = status == 0 ? MTX_FAKE_TRUNCATE : 0 };
      g_autofree char            *event_id = NULL;
      g_autoptr (MtxSyncResponse) at_bob = NULL;

      scene_init (&scene);
      mtx_crypto_client_bootstrap (scene.bob);
      mtx_fake_homeserver_fault (scene.server, NULL, patterns[i / G_N_ELEMENTS (statuses)], &fault);
      say_fails (&scene, MTX_ERROR_RETRY_LATER);
      event_id = say (&scene, "at last");
      at_bob = mtx_crypto_client_sync (scene.bob);
      assert_reads (at_bob, event_id, "at last");
    }

  return NULL;
}

/* A batch that was not taken keeps its transaction id and its bytes, also over a restart; so whoever was to
 * get the key gets it, and gets it once. */
static DexFuture *
test_same_batch (gpointer data)
{
  /* The server did nothing; the server did it, and we do not know. */
  static const MtxFakeFault faults[] = { { .times = 1, .status = 503 }, { .times = 1, .drop = MTX_FAKE_TRUNCATE } };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_auto (Scene)              scene = { 0 };
      g_autofree char            *event_id = NULL;
      g_autoptr (MtxSyncResponse) at_bob = NULL;
      const MtxFakeRequest       *first = NULL;
      const MtxFakeRequest       *second = NULL;

      scene_init (&scene);
      mtx_crypto_client_bootstrap (scene.bob);
      mtx_fake_homeserver_fault (scene.server, "PUT", KEYS, &faults[i]);
      say_fails (&scene, MTX_ERROR_RETRY_LATER);
      mtx_crypto_client_restart (scene.alice);
      event_id = say (&scene, "after the restart");
      g_assert_cmpuint (count (&scene, KEYS), ==, 2);
      first = mtx_fake_homeserver_get_request (scene.server, "PUT", KEYS, 0);
      second = mtx_fake_homeserver_get_request (scene.server, "PUT", KEYS, 1);
      g_assert_cmpstr (first->path, ==, second->path);
      g_assert_true (g_bytes_equal (first->bytes, second->bytes));

      at_bob = mtx_crypto_client_sync (scene.bob);
      g_assert_cmpuint (at_bob->to_device->len, ==, 1);
      assert_reads (at_bob, event_id, "after the restart");
    }

  return NULL;
}

static DexFuture *
encrypt (Scene *scene)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "body", "parallel");

  return mtx_encryption_encrypt (scene->alice->encryption, scene->info, "m.room.message", content);
}

static DexFuture *
test_parallel (gpointer data)
{
  g_auto (Scene)         scene = { 0 };
  DexFuture             *first = NULL;
  DexFuture             *second = NULL;
  g_autoptr (JsonObject) one = NULL;
  g_autoptr (JsonObject) two = NULL;
  g_autoptr (GError)     error = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  first = encrypt (&scene);
  second = encrypt (&scene);
  two = dex_await_boxed (second, &error);
  g_assert_no_error (error);
  one = dex_await_boxed (first, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);
  g_assert_cmpuint (count (&scene, CLAIM), ==, 1);
  g_assert_cmpstr (mtx_json_get_string (one, "session_id"), ==, mtx_json_get_string (two, "session_id"));

  return NULL;
}

static void
claim_nothing (const MtxFakeRequest *request,
               MtxFakeAnswer        *answer,
               gpointer              data)
{
  json_object_set_object_member (answer->body, "one_time_keys", json_object_new ());
}

/* A device without keys to claim holds nobody up, is told so once in its life, and is not asked at once again. */
static DexFuture *
test_no_olm (gpointer data)
{
  g_auto (Scene)        scene = { 0 };
  g_autofree char      *first = NULL;
  g_autofree char      *second = NULL;
  g_autofree char      *third = NULL;
  g_autoptr (GError)    error = NULL;
  const MtxFakeRequest *request = NULL;
  JsonObject           *content = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  mtx_fake_homeserver_rewrite (scene.server, "POST", CLAIM, claim_nothing, NULL, NULL);
  first = say (&scene, "one");
  second = say (&scene, "two");
  g_assert_cmpuint (count (&scene, CLAIM), ==, 1);

  mtx_crypto_client_restart (scene.alice);
  third = say (&scene, "three");
  g_assert_cmpuint (count (&scene, CLAIM), ==, 2);
  dex_await (mtx_encryption_after_sync (scene.alice->encryption), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (&scene, KEYS), ==, 0);
  g_assert_cmpuint (count (&scene, WITHHELD), ==, 1);

  request = mtx_fake_homeserver_get_request (scene.server, "PUT", WITHHELD, 0);
  content = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), scene.bob->user_id);
  content = mtx_json_get_object (content, "BOBDEVICE");
  g_assert_cmpstr (mtx_json_get_string (content, "code"), ==, "m.no_olm");
  g_assert_false (json_object_has_member (content, "session_id"));

  return NULL;
}

/* The list of a member changes while it is fetched: it is fetched again before anything is encrypted. */
static void
change_during_query (const MtxFakeRequest *request,
                     MtxFakeAnswer        *answer,
                     gpointer              data)
{
  Scene                   *scene = data;
  const char *const        users[] = { scene->bob->user_id, NULL };
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  if (mtx_fake_homeserver_count_requests (scene->server, "POST", QUERY) == 1)
    mtx_tracked_users_mark_changed (_mtx_crypto_engine_get_tracked (scene->alice->engine), users, changes);
}

static DexFuture *
test_race (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, change_during_query, &scene, NULL);
  event_id = say (&scene, "careful");
  g_assert_cmpuint (count (&scene, QUERY), ==, 2);

  return NULL;
}

static void
change_during_claim (const MtxFakeRequest *request,
                     MtxFakeAnswer        *answer,
                     gpointer              data)
{
  Scene                   *scene = data;
  const char *const        users[] = { scene->bob->user_id, NULL };
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();

  mtx_tracked_users_mark_changed (_mtx_crypto_engine_get_tracked (scene->alice->engine), users, changes);
}

/* Or while the key is shared. */
static DexFuture *
test_race_with_sending (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_autofree char *event_id = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  mtx_fake_homeserver_rewrite (scene.server, "POST", CLAIM, change_during_claim, &scene, NULL);
  event_id = say (&scene, "careful");
  g_assert_cmpuint (count (&scene, QUERY), ==, 2);
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);

  return NULL;
}

static void
fail_remote (const MtxFakeRequest *request,
             MtxFakeAnswer        *answer,
             gpointer              data)
{
  JsonObject *failures = json_object_new ();

  json_object_set_object_member (failures, "offline.example", json_object_new ());
  json_object_set_object_member (answer->body, "failures", failures);
  json_object_remove_member (mtx_json_get_object (answer->body, "device_keys"), "@carol:offline.example");
}

/* One member's server is away: the others are not held up, and it is not asked again with every message. */
static DexFuture *
test_offline_server (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autofree char            *first = NULL;
  g_autofree char            *second = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  const char                 *members[4] = { NULL };

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  members[0] = scene.alice->user_id;
  members[1] = "@carol:offline.example";
  members[2] = scene.bob->user_id;
  g_clear_pointer (&scene.info, mtx_room_crypto_info_unref);
  scene.info = mtx_crypto_client_make_info (scene.room_id, members);
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, fail_remote, &scene, NULL);

  first = say (&scene, "one");
  second = say (&scene, "two");
  g_assert_cmpuint (count (&scene, QUERY), ==, 1);
  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_reads (at_bob, first, "one");
  assert_reads (at_bob, second, "two");
  g_assert_true (mtx_tracked_users_is_dirty (_mtx_crypto_engine_get_tracked (scene.alice->engine), "@carol:offline.example"));

  /* A later run asks again. */
  mtx_crypto_client_restart (scene.alice);
  g_free (second);
  second = say (&scene, "three");
  g_assert_cmpuint (count (&scene, QUERY), ==, 2);

  return NULL;
}

/* No question names more than 250 people. */
static DexFuture *
test_many_users (gpointer data)
{
  g_auto (Scene)           scene = { 0 };
  g_autofree char         *event_id = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv)           members = NULL;
  guint                    n_asked = 0;

  scene_init (&scene);
  g_strv_builder_add (builder, scene.alice->user_id);
  for (guint i = 0; i < 600; i++)
    g_strv_builder_take (builder, g_strdup_printf ("@member%u:%s", i, MTX_FAKE_SERVER_NAME));
  members = g_strv_builder_end (builder);
  g_clear_pointer (&scene.info, mtx_room_crypto_info_unref);
  scene.info = mtx_crypto_client_make_info (scene.room_id, (const char *const *)members);

  event_id = say (&scene, "hello all");
  g_assert_cmpuint (count (&scene, QUERY), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const MtxFakeRequest *request = mtx_fake_homeserver_get_request (scene.server, "POST", QUERY, i);
      guint                 size = json_object_get_size (mtx_json_get_object (request->body, "device_keys"));

      g_assert_cmpuint (size, <=, 250);
      n_asked += size;
    }
  g_assert_cmpuint (n_asked, ==, 601);

  return NULL;
}

/* Bob with very many devices, all signed by him. */
typedef struct
{
  char                *user_id;
  MtxCrossSigningKeys *keys;
  GHashTable          *accounts; /* device id → MtxOlmAccount */
} Crowd;

static void
crowd_clear (Crowd *crowd)
{
  g_clear_pointer (&crowd->user_id, g_free);
  g_clear_object (&crowd->keys);
  g_clear_pointer (&crowd->accounts, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Crowd, crowd_clear)

static void
show_crowd (const MtxFakeRequest *request,
            MtxFakeAnswer        *answer,
            gpointer              data)
{
  static const char *const members[] = { "master_keys", "self_signing_keys" };
  Crowd                   *crowd = data;
  JsonObject              *devices = json_object_new ();
  GHashTableIter           iter;
  gpointer                 device_id;
  gpointer                 account;

  g_hash_table_iter_init (&iter, crowd->accounts);
  while (g_hash_table_iter_next (&iter, &device_id, &account))
    {
      JsonObject      *device = json_object_new ();
      JsonObject      *keys = json_object_new ();
      g_autofree char *curve25519_id = g_strconcat ("curve25519:", device_id, NULL);
      g_autofree char *ed25519_id = g_strconcat ("ed25519:", device_id, NULL);

      json_object_set_string_member (keys, curve25519_id, mtx_olm_account_get_curve25519 (account));
      json_object_set_string_member (keys, ed25519_id, mtx_olm_account_get_ed25519 (account));
      json_object_set_string_member (device, "user_id", crowd->user_id);
      json_object_set_string_member (device, "device_id", device_id);
      json_object_set_array_member (device, "algorithms", json_array_new ());
      json_object_set_object_member (device, "keys", keys);
      mtx_olm_account_sign_json (account, device, crowd->user_id, device_id, NULL);
      mtx_cross_signing_keys_sign_json (crowd->keys, MTX_CROSS_SIGNING_SELF_SIGNING, device, crowd->user_id, NULL);
      json_object_set_object_member (devices, device_id, device);
    }
  json_object_set_object_member (mtx_json_get_object (answer->body, "device_keys"), crowd->user_id, devices);
  for (guint role = 0; role < G_N_ELEMENTS (members); role++)
    json_object_set_object_member (mtx_json_get_object (answer->body, members[role]),
                                   crowd->user_id,
                                   mtx_cross_signing_keys_build (crowd->keys, role, crowd->user_id, NULL));
}

static void
claim_from_crowd (const MtxFakeRequest *request,
                  MtxFakeAnswer        *answer,
                  gpointer              data)
{
  Crowd            *crowd = data;
  JsonObject       *wanted = mtx_json_get_object (mtx_json_get_object (request->body, "one_time_keys"), crowd->user_id);
  g_autoptr (GList) device_ids = json_object_get_members (wanted);
  JsonObject       *claimed = json_object_new ();
  JsonObject       *devices = json_object_new ();

  for (GList *device_id = device_ids; device_id != NULL; device_id = device_id->next)
    {
      MtxOlmAccount         *account = g_hash_table_lookup (crowd->accounts, device_id->data);
      g_autoptr (GHashTable) one_time_keys = NULL;
      g_autoptr (GList)      values = NULL;
      JsonObject            *key = json_object_new ();
      JsonObject            *keys = json_object_new ();

      mtx_olm_account_generate_one_time_keys (account, 1, NULL);
      one_time_keys = mtx_olm_account_dup_one_time_keys (account, NULL);
      values = g_hash_table_get_values (one_time_keys);
      json_object_set_string_member (key, "key", values->data);
      mtx_olm_account_sign_json (account, key, crowd->user_id, device_id->data, NULL);
      json_object_set_object_member (keys, "signed_curve25519:AAAAAA", key);
      json_object_set_object_member (devices, device_id->data, keys);
    }
  json_object_set_object_member (claimed, crowd->user_id, devices);
  json_object_set_object_member (answer->body, "one_time_keys", claimed);
}

/* Between 100 and 250 devices in one request, however many there are (M21). */
static DexFuture *
test_batches (gpointer data)
{
  g_auto (Scene)   scene = { 0 };
  g_auto (Crowd)   crowd = { 0 };
  g_autofree char *event_id = NULL;
  guint            n_sent = 0;

  scene_init (&scene);
  crowd.user_id = g_strdup (scene.bob->user_id);
  crowd.keys = mtx_cross_signing_keys_new (NULL);
  crowd.accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  for (guint i = 0; i < 300; i++)
    g_hash_table_insert (crowd.accounts, g_strdup_printf ("DEVICE%u", i), mtx_olm_account_new (NULL));
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, show_crowd, &crowd, NULL);
  mtx_fake_homeserver_rewrite (scene.server, "POST", CLAIM, claim_from_crowd, &crowd, NULL);

  event_id = say (&scene, "hello crowd");
  g_assert_cmpuint (count (&scene, KEYS), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const MtxFakeRequest *request = mtx_fake_homeserver_get_request (scene.server, "PUT", KEYS, i);
      JsonObject           *devices = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), crowd.user_id);
      g_autoptr (GList)     contents = json_object_get_values (devices);

      g_assert_cmpuint (json_object_get_size (devices), <=, 250);
      n_sent += json_object_get_size (devices);
      for (GList *content = contents; content != NULL; content = content->next)
        {
          g_autofree char *text = json_to_string (content->data, FALSE);

          g_assert_cmpuint (strlen (text), <, 65536);
        }
    }
  g_assert_cmpuint (n_sent, ==, 300);
  g_assert_cmpuint (json_object_get_size (mtx_json_get_object (
                        mtx_json_get_object (mtx_fake_homeserver_get_request (scene.server, "PUT", KEYS, 0)->body,
                                             "messages"),
                        crowd.user_id)),
                    >=,
                    100);

  return NULL;
}

/* Killed after the first of two batches: the rest gets its own, and nobody gets it twice (H14). */
static DexFuture *
test_half_shared (gpointer data)
{
  const MtxFakeFault     fault = { .skip = 1, .times = 1, .status = 503 };
  g_auto (Scene)         scene = { 0 };
  g_auto (Crowd)         crowd = { 0 };
  g_autofree char       *event_id = NULL;
  g_autoptr (GHashTable) reached = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  scene_init (&scene);
  crowd.user_id = g_strdup (scene.bob->user_id);
  crowd.keys = mtx_cross_signing_keys_new (NULL);
  crowd.accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  for (guint i = 0; i < 260; i++)
    g_hash_table_insert (crowd.accounts, g_strdup_printf ("DEVICE%u", i), mtx_olm_account_new (NULL));
  mtx_fake_homeserver_rewrite (scene.server, "POST", QUERY, show_crowd, &crowd, NULL);
  mtx_fake_homeserver_rewrite (scene.server, "POST", CLAIM, claim_from_crowd, &crowd, NULL);
  mtx_fake_homeserver_fault (scene.server, "PUT", KEYS, &fault);

  say_fails (&scene, MTX_ERROR_RETRY_LATER);
  mtx_crypto_client_restart (scene.alice);
  event_id = say (&scene, "hello crowd");
  g_assert_cmpuint (count (&scene, KEYS), ==, 3);
  g_assert_cmpuint (count (&scene, CLAIM), ==, 2);
  for (guint i = 0; i < 3; i++)
    {
      const MtxFakeRequest *request = mtx_fake_homeserver_get_request (scene.server, "PUT", KEYS, i);
      JsonObject           *devices = mtx_json_get_object (mtx_json_get_object (request->body, "messages"), crowd.user_id);
      g_autoptr (GList)     names = json_object_get_members (devices);

      /* The second was refused, and is the third. */
      for (GList *name = names; name != NULL && i != 1; name = name->next)
        g_assert_true (g_hash_table_add (reached, g_strdup (name->data)));
    }
  g_assert_cmpuint (g_hash_table_size (reached), ==, 260);

  return NULL;
}

/* How a message relates to others stands outside, where servers and clients look for it, and nowhere else; whom it
 * mentions is for its readers alone (S10). */
static DexFuture *
test_relation (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (JsonObject)      content = json_object_new ();
  JsonObject                 *relation = json_object_new ();
  g_autoptr (JsonObject)      encrypted = NULL;
  g_autofree char            *event_id = NULL;
  g_autoptr (MtxSyncResponse) at_bob = NULL;
  g_autoptr (GError)          error = NULL;
  MtxEvent                   *event = NULL;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  json_object_set_string_member (relation, "rel_type", "m.thread");
  json_object_set_string_member (relation, "event_id", "$thread");
  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", "in a thread");
  json_object_set_object_member (content, "m.mentions", json_object_new ());
  json_object_set_object_member (content, "m.relates_to", relation);
  encrypted = dex_await_boxed (mtx_encryption_encrypt (scene.alice->encryption, scene.info, "m.room.message", content), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_json_get_string (mtx_json_get_object (encrypted, "m.relates_to"), "event_id"), ==, "$thread");
  g_assert_false (json_object_has_member (encrypted, "m.mentions"));

  event_id = mtx_fake_homeserver_send_event (scene.server, scene.room_id, scene.alice->user_id, "m.room.encrypted", NULL, encrypted);
  at_bob = mtx_crypto_client_sync (scene.bob);
  assert_reads (at_bob, event_id, "in a thread");
  event = mtx_crypto_client_find (at_bob, event_id);
  g_assert_cmpstr (mtx_event_get_relation_type (event), ==, "m.thread");
  g_assert_cmpstr (mtx_event_get_relates_to (event), ==, "$thread");
  g_assert_false (json_object_has_member (mtx_event_get_content (event), "m.relates_to"));
  g_assert_true (json_object_has_member (mtx_event_get_content (event), "m.mentions"));

  return NULL;
}

/* What is fetched beforehand is not fetched again: the first message takes one request, its key's. */
static DexFuture *
test_prefetch (gpointer data)
{
  g_auto (Scene)     scene = { 0 };
  g_autofree char   *event_id = NULL;
  g_autoptr (GError) error = NULL;
  const char        *users[] = { NULL, NULL };
  guint              before;

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  users[0] = scene.bob->user_id;
  dex_await (mtx_encryption_prefetch (scene.alice->encryption, users), &error);
  g_assert_no_error (error);
  before = count (&scene, "*");
  event_id = say (&scene, "quick");
  g_assert_cmpuint (count (&scene, "*"), ==, before + 1);
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);

  return NULL;
}

/* A list that changes while it is fetched beforehand does not hold up the sessions: the message asks again, and
 * then has only its key to send. */
static DexFuture *
test_prefetch_changed (gpointer data)
{
  g_auto (Scene)              scene = { 0 };
  g_autoptr (DexFuture)       prefetch = NULL;
  g_autoptr (MtxSyncResponse) sync = NULL;
  g_autofree char            *event_id = NULL;
  g_autoptr (GError)          error = NULL;
  const char                 *users[] = { NULL, NULL };
  const MtxFakeFault          slow = { .times = 1, .delay_ms = 300 };

  scene_init (&scene);
  mtx_crypto_client_bootstrap (scene.bob);
  users[0] = scene.bob->user_id;
  mtx_fake_homeserver_fault (scene.server, "POST", "*/keys/query", &slow);
  prefetch = mtx_encryption_prefetch (scene.alice->encryption, users);
  sync = mtx_crypto_client_sync (scene.alice);
  g_assert_true (dex_future_is_pending (prefetch));
  dex_await (dex_ref (prefetch), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (&scene, "*/keys/query"), ==, 1);
  g_assert_cmpuint (count (&scene, "*/keys/claim"), ==, 1);

  event_id = say (&scene, "quick");
  g_assert_cmpuint (count (&scene, "*/keys/query"), ==, 2);
  g_assert_cmpuint (count (&scene, "*/keys/claim"), ==, 1);
  g_assert_cmpuint (count (&scene, KEYS), ==, 1);

  return NULL;
}

/* An algorithm nobody knows, or a message no server takes: refused before anything is asked. */
static DexFuture *
test_refused (gpointer data)
{
  g_auto (Scene)                scene = { 0 };
  MtxMegolmRotation             rotation;
  const char *const             members[] = { NULL };
  g_autofree char              *huge = g_strnfill (50000, 'x');
  g_autofree char              *event_id = NULL;
  g_autoptr (MtxRoomCryptoInfo) unknown = NULL;
  g_autoptr (GError)            error = NULL;

  scene_init (&scene);
  mtx_megolm_rotation_init (&rotation, NULL);
  unknown = mtx_room_crypto_info_new (scene.room_id, "m.megolm.v9", &rotation, members, NULL, NULL);
  event_id = mtx_crypto_client_say (scene.alice, unknown, "hello", &error);
  g_assert_null (event_id);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_NOT_ENCRYPTED);
  g_clear_error (&error);

  event_id = mtx_crypto_client_say (scene.alice, scene.info, huge, &error);
  g_assert_null (event_id);
  g_assert_error (error, MTX_ERROR, MTX_ERROR_TOO_LARGE);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/room-key-sharing/threat-016-nobody-yet", test_nobody_yet);
  mtx_test_add_fiber ("/room-key-sharing/before-first-sync", test_before_first_sync);
  mtx_test_add_fiber ("/room-key-sharing/invited", test_invited);
  mtx_test_add_fiber ("/room-key-sharing/threat-014-threat-054-unsigned", test_unsigned);
  mtx_test_add_fiber ("/room-key-sharing/threat-096-trouble", test_trouble);
  mtx_test_add_fiber ("/room-key-sharing/threat-095-same-batch", test_same_batch);
  mtx_test_add_fiber ("/room-key-sharing/threat-055-parallel", test_parallel);
  mtx_test_add_fiber ("/room-key-sharing/no-olm", test_no_olm);
  mtx_test_add_fiber ("/room-key-sharing/threat-020-race", test_race);
  mtx_test_add_fiber ("/room-key-sharing/threat-056-race-with-sending", test_race_with_sending);
  mtx_test_add_fiber ("/room-key-sharing/offline-server", test_offline_server);
  mtx_test_add_fiber ("/room-key-sharing/many-users", test_many_users);
  mtx_test_add_fiber ("/room-key-sharing/batches", test_batches);
  mtx_test_add_fiber ("/room-key-sharing/threat-095-half-shared", test_half_shared);
  mtx_test_add_fiber ("/room-key-sharing/relation", test_relation);
  mtx_test_add_fiber ("/room-key-sharing/prefetch", test_prefetch);
  mtx_test_add_fiber ("/room-key-sharing/prefetch-changed", test_prefetch_changed);
  mtx_test_add_fiber ("/room-key-sharing/refused", test_refused);

  return g_test_run ();
}
