/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room keys of the time before Bob came, as Alice, who invited him, offers them; and offers that are none
 * (threat 83).
 */
#include "encryption-fixture.h"

#include "mtx-attachment-cipher.h"
#include "mtx-crypto-engine-private.h"
#include "mtx-media.h"
#include "mtx-olm-packer.h"
#include "mtx-room-key-store.h"
#include "mtx-secret-bytes.h"

#define DOWNLOAD "*/media/download/*"

typedef struct
{
  Scene      scene;
  char      *room_id; /* where Alice wrote before Bob came */
  char      *event_id;
  GPtrArray *entries; /* all of Alice's room keys, as text */
} History;

/* Alice has a room that is not Bob's at all. */
static void
write_elsewhere (History *history)
{
  MtxCryptoClient              *alice = history->scene.alice;
  const char                   *members[] = { alice->user_id, NULL };
  g_autofree char              *room_id = mtx_fake_homeserver_create_room (alice->server, alice->user_id, NULL, FALSE);
  g_autoptr (MtxRoomCryptoInfo) info = mtx_crypto_client_make_info (room_id, members);
  g_autofree char              *event_id = mtx_crypto_client_say (alice, info, "not for Bob", NULL);

  g_assert_nonnull (event_id);
}

static void
history_init (History *history)
{
  const char                   *members[2] = { NULL };
  g_autoptr (MtxRoomCryptoInfo) info = NULL;
  g_autoptr (MtxRoomKeyPage)    page = NULL;
  g_autoptr (MtxSyncResponse)   response = NULL;
  g_autoptr (GError)            error = NULL;
  g_autofree char              *greeting = NULL;
  Scene                        *scene = &history->scene;

  scene_init (scene);
  mtx_crypto_client_bootstrap (scene->bob);
  greeting = say (scene, "Hello, Bob"); /* begins an Olm session */
  response = mtx_crypto_client_sync (scene->bob);

  history->room_id = mtx_fake_homeserver_create_room (scene->server, scene->alice->user_id, NULL, FALSE);
  members[0] = scene->alice->user_id;
  info = mtx_crypto_client_make_info (history->room_id, members);
  history->event_id = mtx_crypto_client_say (scene->alice, info, "before Bob came", &error);
  g_assert_no_error (error);
  write_elsewhere (history);
  page = dex_await_boxed (_mtx_crypto_engine_export_page (scene->alice->engine, "", "", 100), &error);
  g_assert_no_error (error);
  history->entries = g_ptr_array_ref (page->entries);
}

static void
history_clear (History *history)
{
  g_clear_pointer (&history->entries, g_ptr_array_unref);
  g_clear_pointer (&history->room_id, g_free);
  g_clear_pointer (&history->event_id, g_free);
  scene_clear (&history->scene);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (History, history_clear)

static void
set_member (History    *history,
            const char *sender,
            const char *membership)
{
  g_autoptr (JsonObject) content = json_object_new ();

  json_object_set_string_member (content, "membership", membership);
  g_free (mtx_fake_homeserver_send_event (history->scene.server, history->room_id, sender, "m.room.member",
                                          history->scene.bob->user_id, content));
}

static void
sync_bob (History *history)
{
  g_autoptr (MtxSyncResponse) response = mtx_crypto_client_sync (history->scene.bob);
  g_autoptr (GError)          error = NULL;

  g_assert_nonnull (response);
  dex_await (mtx_encryption_after_sync (history->scene.bob->encryption), &error);
  g_assert_no_error (error);
}

/* Encrypts and uploads; returns the description of the file. */
static JsonObject *
upload (History    *history,
        const char *plaintext)
{
  g_autoptr (MtxMedia)            media = mtx_media_new (history->scene.alice->http);
  g_autoptr (MtxAttachmentCipher) cipher = mtx_attachment_cipher_new_encrypt (NULL);
  g_autoptr (GBytes)              ciphertext = NULL;
  g_autoptr (GError)              error = NULL;
  g_autofree char                *uri = NULL;
  gsize                           length = strlen (plaintext);
  guint8                         *output = g_malloc (length);
  JsonObject                     *file = NULL;

  g_assert_true (mtx_attachment_cipher_update (cipher, (const guint8 *)plaintext, length, output, &error));
  ciphertext = g_bytes_new_take (output, length);
  file = mtx_attachment_cipher_finish_encrypt (cipher, &error);
  g_assert_no_error (error);
  uri = dex_await_string (mtx_media_upload (media, ciphertext, "application/octet-stream"), &error);
  g_assert_no_error (error);
  json_object_set_string_member (file, "url", uri);

  return file;
}

/* A file with all of Alice's room keys, also those of another room. */
static JsonObject *
upload_keys (History *history)
{
  g_autoptr (GString) text = g_string_new ("{\"withheld\":[],\"room_keys\":[");

  for (guint i = 0; i < history->entries->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", (const char *)g_ptr_array_index (history->entries, i));
  g_string_append (text, "]}");

  return upload (history, text->str);
}

typedef struct
{
  MtxRatchets  *ratchets;
  GPtrArray    *devices;
  GPtrArray    *olm_sessions;
  JsonObject   *content;
  MtxChangeSet *changes;
} OfferJob;

static DexFuture *
offer_job (gpointer data)
{
  OfferJob                *job = data;
  g_autoptr (MtxOlmPacker) packer = mtx_olm_packer_new (job->ratchets, job->olm_sessions, NULL, NULL, job->changes);

  for (guint i = 0; i < job->devices->len; i++)
    g_assert_cmpint (mtx_olm_packer_add (packer, g_ptr_array_index (job->devices, i), "m.room_key_bundle", job->content, NULL, NULL),
                     ==, MTX_OLM_PACKED);
  mtx_olm_packer_finish (packer);

  return dex_future_new_true ();
}

static DexFuture *
offer_command (MtxCryptoEngine *engine,
               gpointer         data)
{
  OfferJob          *job = data;
  g_autoptr (GError) error = NULL;

  job->ratchets = _mtx_crypto_engine_get_ratchets (engine);
  job->olm_sessions = _mtx_crypto_engine_load_olm_sessions (engine, job->devices, &error);
  g_assert_no_error (error);
  _mtx_crypto_engine_work (engine, offer_job, job, &error);
  g_assert_no_error (error);
  _mtx_crypto_engine_commit (engine, job->changes, &error);
  g_assert_no_error (error);

  return dex_future_new_true ();
}

/* Alice's device says to Bob's that there is a file for this room. */
static void
offer (History    *history,
       const char *room_id,
       JsonObject *file)
{
  const char            *users[] = { history->scene.bob->user_id, NULL };
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (GError)     error = NULL;
  OfferJob               job = { .content = content, .changes = mtx_change_set_new () };

  json_object_set_string_member (content, "room_id", room_id);
  json_object_set_object_member (content, "file", json_object_ref (file));
  job.devices = dex_await_boxed (mtx_device_store_load_devices (history->scene.alice->db, users), &error);
  g_assert_no_error (error);
  dex_await (_mtx_crypto_engine_command (history->scene.alice->engine, offer_command, &job, NULL), &error);
  g_assert_no_error (error);
  dex_await (mtx_encryption_after_sync (history->scene.alice->encryption), &error);
  g_assert_no_error (error);
  g_ptr_array_unref (job.devices);
  g_ptr_array_unref (job.olm_sessions);
  mtx_change_set_unref (job.changes);
}

/* How many room keys Bob has, of all rooms. */
static gint64
count_keys (History *history)
{
  g_autoptr (GError) error = NULL;
  gint64             n_keys = dex_await_int64 (mtx_room_key_store_count_all (history->scene.bob->db), &error);

  g_assert_no_error (error);

  return n_keys;
}

static guint
count_downloads (History *history)
{
  return mtx_fake_homeserver_count_requests (history->scene.server, "GET", DOWNLOAD);
}

/* Offered before the invitation, taken once Bob went: the keys of this room and of no other. */
static DexFuture *
test_taken (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;
  g_autoptr (MtxEvent)   read = NULL;
  g_autoptr (GPtrArray)  events = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_event_unref);
  g_autoptr (GPtrArray)  result = NULL;
  g_autoptr (GError)     error = NULL;
  gint64                 before;

  history_init (&history);
  file = upload_keys (&history);
  g_assert_cmpuint (history.entries->len, ==, 3);
  before = count_keys (&history);

  offer (&history, history.room_id, file);
  sync_bob (&history);
  set_member (&history, history.scene.alice->user_id, "invite");
  sync_bob (&history);
  g_assert_cmpuint (count_downloads (&history), ==, 0);
  set_member (&history, history.scene.bob->user_id, "join");
  sync_bob (&history);
  g_assert_cmpint (count_keys (&history), ==, before + 1);

  {
    GPtrArray *sent = mtx_fake_homeserver_get_events (history.scene.server, history.room_id, "m.room.encrypted");

    g_ptr_array_add (events, mtx_event_new_from_json (g_ptr_array_index (sent, 0), history.room_id, &error));
    g_assert_no_error (error);
    g_ptr_array_unref (sent);
  }
  result = dex_await_boxed (mtx_crypto_engine_decrypt_events (history.scene.bob->engine, events), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mtx_event_get_body (g_ptr_array_index (result, 0)), ==, "before Bob came");
  g_assert_cmpint (mtx_event_get_shield (g_ptr_array_index (result, 0)), ==, MTX_SHIELD_NOT_AUTHENTIC);

  /* One offer for one invitation. */
  offer (&history, history.room_id, file);
  sync_bob (&history);
  g_assert_cmpuint (count_downloads (&history), ==, 1);

  return NULL;
}

/* Everything is right but one thing: nothing is taken. */
static void
refuse (History    *history,
        JsonObject *file,
        const char *inviter)
{
  gint64 before = count_keys (history);

  set_member (history, inviter, "invite");
  offer (history, history->room_id, file);
  sync_bob (history);
  set_member (history, history->scene.bob->user_id, "join");
  sync_bob (history);
  sync_bob (history);
  g_assert_cmpint (count_keys (history), ==, before);
}

static DexFuture *
test_wrong_hash (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;

  history_init (&history);
  file = upload_keys (&history);
  json_object_set_string_member (mtx_json_get_object (file, "hashes"), "sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
  refuse (&history, file, history.scene.alice->user_id);
  g_assert_cmpuint (count_downloads (&history), ==, 1);

  return NULL;
}

static DexFuture *
test_no_bundle (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;

  history_init (&history);
  file = upload (&history, "{\"room_keys\":[{\"algorithm\":\"m.megolm.v1.aes-sha2\"},7,{\"room_id\"");
  refuse (&history, file, history.scene.alice->user_id);

  return NULL;
}

static gboolean
answer_large (const MtxFakeRequest *request,
              MtxFakeAnswer        *answer,
              gpointer              data)
{
  gsize length = 17 * 1024 * 1024;

  answer->status = 200;
  answer->bytes = g_bytes_new_take (g_malloc0 (length), length);
  answer->content_type = g_strdup ("application/octet-stream");

  return TRUE;
}

static DexFuture *
test_too_large (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;

  history_init (&history);
  file = upload_keys (&history);
  mtx_fake_homeserver_override (history.scene.server, "GET", DOWNLOAD, answer_large, NULL, NULL);
  refuse (&history, file, history.scene.alice->user_id);
  g_assert_cmpuint (count_downloads (&history), ==, 1);

  return NULL;
}

/* Somebody else invited Bob: what Alice offers was not asked for. */
static DexFuture *
test_not_the_inviter (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;

  history_init (&history);
  file = upload_keys (&history);
  mtx_fake_homeserver_set_member (history.scene.server, history.room_id, "@carol:" MTX_FAKE_SERVER_NAME, "join");
  refuse (&history, file, "@carol:" MTX_FAKE_SERVER_NAME);
  g_assert_cmpuint (count_downloads (&history), ==, 0);

  return NULL;
}

/* Bob was in the room all the time, or is in none of that name. */
static DexFuture *
test_unasked (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;
  gint64                 before;

  history_init (&history);
  file = upload_keys (&history);
  before = count_keys (&history);
  offer (&history, history.scene.room_id, file);
  offer (&history, history.room_id, file);
  sync_bob (&history);
  sync_bob (&history);
  g_assert_cmpint (count_keys (&history), ==, before);
  g_assert_cmpuint (count_downloads (&history), ==, 0);

  return NULL;
}

/* The server shows Alice's device without her own signature on it. */
static void
drop_signatures (const MtxFakeRequest *request,
                 MtxFakeAnswer        *answer,
                 gpointer              data)
{
  JsonObject       *users = mtx_json_get_object (answer->body, "device_keys");
  JsonObject       *devices = users != NULL ? mtx_json_get_object (users, data) : NULL;
  JsonObject       *device = devices != NULL ? mtx_json_get_object (devices, "ALICEDEVICE") : NULL;
  JsonObject       *signatures = NULL;
  g_autoptr (GList) names = NULL;

  if (device == NULL)
    return;
  signatures = mtx_json_get_object (mtx_json_get_object (device, "signatures"), data);
  names = json_object_get_members (signatures);
  for (GList *name = names; name != NULL; name = name->next)
    {
      if (!g_str_equal (name->data, "ed25519:ALICEDEVICE"))
        json_object_remove_member (signatures, name->data);
    }
}

static DexFuture *
test_unsigned_device (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) file = NULL;

  history_init (&history);
  mtx_fake_homeserver_rewrite (history.scene.server, "POST", QUERY, drop_signatures, history.scene.alice->user_id, NULL);
  file = upload_keys (&history);
  refuse (&history, file, history.scene.alice->user_id);
  g_assert_cmpuint (count_downloads (&history), ==, 0);

  return NULL;
}

/* In clear it is nobody's (threat 32). */
static DexFuture *
test_in_clear (gpointer data)
{
  g_auto (History)       history = { 0 };
  g_autoptr (JsonObject) content = json_object_new ();

  history_init (&history);
  json_object_set_string_member (content, "room_id", history.room_id);
  json_object_set_object_member (content, "file", upload_keys (&history));
  set_member (&history, history.scene.alice->user_id, "invite");
  mtx_fake_homeserver_send_to_device (history.scene.server, history.scene.alice->user_id, history.scene.bob->user_id,
                                      history.scene.bob->device_id, "m.room_key_bundle", content);
  sync_bob (&history);
  set_member (&history, history.scene.bob->user_id, "join");
  sync_bob (&history);
  g_assert_cmpuint (count_downloads (&history), ==, 0);

  return NULL;
}

int
main (int   argc,
      char *argv[])
{
  mtx_test_init (&argc, &argv);

  mtx_test_add_fiber ("/room-key-bundles/threat-083-keys-of-one-room", test_taken);
  mtx_test_add_fiber ("/room-key-bundles/threat-083-wrong-hash", test_wrong_hash);
  mtx_test_add_fiber ("/room-key-bundles/threat-083-no-bundle", test_no_bundle);
  mtx_test_add_fiber ("/room-key-bundles/threat-083-too-large", test_too_large);
  mtx_test_add_fiber ("/room-key-bundles/threat-083-not-the-inviter", test_not_the_inviter);
  mtx_test_add_fiber ("/room-key-bundles/threat-083-unasked", test_unasked);
  mtx_test_add_fiber ("/room-key-bundles/threat-083-unsigned-device", test_unsigned_device);
  mtx_test_add_fiber ("/room-key-bundles/threat-032-in-clear", test_in_clear);

  return g_test_run ();
}
