/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A client that is nothing but its encryption.
 */
#include "mtx-crypto-client.h"

#include "mtx-cross-signing-keys.h"
#include "mtx-crypto-store.h"
#include "mtx-db.h"
#include "mtx-endpoints.h"
#include "mtx-http.h"
#include "mtx-json.h"
#include "mtx-session-store.h"
#include "mtx-test.h"
#include "mtx-tokens.h"

static void
open_client (MtxCryptoClient *self)
{
  g_autoptr (MtxSecretBytes) token = mtx_secret_bytes_new ((const guint8 *)self->token, strlen (self->token));
  g_autoptr (MtxTokens)      tokens = mtx_tokens_new (token, NULL);
  g_autoptr (GError)         error = NULL;

  self->http = mtx_http_new (mtx_fake_homeserver_get_base_url (self->server), &error);
  g_assert_no_error (error);
  mtx_http_set_tokens (self->http, tokens);
  self->db = dex_await_object (mtx_db_open (self->path, self->key), &error);
  g_assert_no_error (error);
  self->engine = mtx_crypto_engine_new (self->db, self->key, self->user_id, self->device_id);
  dex_await (mtx_crypto_engine_open (self->engine), &error);
  g_assert_no_error (error);
  self->encryption = mtx_encryption_new (self->http, self->db, self->engine);
}

#define FINALIZE_MS     10000
#define SYNC_TIMEOUT_MS 100000 /* a server with sanitizers needs long for thousands of events */

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* Somebody else has to hold nothing any more; a thread may still be letting go of what it was given. */
static void
drop_last (gpointer object)
{
  gpointer watched = object;

  g_object_add_weak_pointer (object, &watched);
  g_object_unref (object);
  mtx_test_wait (is_gone, &watched);
}

static void
close_client (MtxCryptoClient *self)
{
  g_autoptr (GError) error = NULL;

  mtx_http_close (self->http);
  dex_await (mtx_encryption_close (self->encryption), &error);
  g_assert_no_error (error);
  drop_last (g_steal_pointer (&self->encryption));
  drop_last (g_steal_pointer (&self->engine));
  dex_await (mtx_db_close (self->db), &error);
  g_assert_no_error (error);
  g_clear_object (&self->db);
  g_clear_object (&self->http);
}

/**
 * mtx_crypto_client_new:
 * @server: the homeserver
 * @localpart: of the account, which is made if it is new
 * @device_id: of the device, which is made
 *
 * Logs a new device in. Nothing is published yet.
 *
 * Returns: (transfer full): the client
 */
MtxCryptoClient *
mtx_crypto_client_new (MtxFakeHomeserver *server,
                       const char        *localpart,
                       const char        *device_id)
{
  MtxCryptoClient         *self = g_new0 (MtxCryptoClient, 1);
  g_autofree char         *folder = mtx_test_tmp_dir ();
  g_autoptr (MtxChangeSet) changes = mtx_change_set_new ();
  g_autoptr (GError)       error = NULL;

  self->server = g_object_ref (server);
  self->user_id = g_strdup_printf ("@%s:%s", localpart, MTX_FAKE_SERVER_NAME);
  self->device_id = g_strdup (device_id);
  self->token = mtx_fake_homeserver_add_user (server, localpart, device_id);
  self->path = g_build_filename (folder, "store.db", NULL);
  self->key = mtx_secret_bytes_random (32, &error);
  g_assert_no_error (error);
  open_client (self);

  mtx_session_store_put (changes,
                         &(MtxSessionRow){
                             .user_id = self->user_id,
                             .device_id = device_id,
                             .homeserver_url = mtx_fake_homeserver_get_base_url (server),
                         });
  dex_await (mtx_db_commit (self->db, changes), &error);
  g_assert_no_error (error);

  return self;
}

/**
 * mtx_crypto_client_free:
 * @self: (transfer full): a client
 *
 * Closes and frees everything.
 */
void
mtx_crypto_client_free (MtxCryptoClient *self)
{
  close_client (self);
  g_clear_object (&self->server);
  g_clear_pointer (&self->key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->since, g_free);
  g_free (self);
}

/**
 * mtx_crypto_client_restart:
 * @self: a client
 *
 * Forgets everything that is not in the store.
 */
void
mtx_crypto_client_restart (MtxCryptoClient *self)
{
  close_client (self);
  open_client (self);
}

/**
 * mtx_crypto_client_bootstrap:
 * @self: a client
 *
 * Publishes the client's keys; must succeed.
 */
void
mtx_crypto_client_bootstrap (MtxCryptoClient *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_encryption_bootstrap (self->encryption), &error);
  g_assert_no_error (error);
  g_assert_cmpint (mtx_encryption_get_own_keys (self->encryption), ==, MTX_OWN_KEYS_GOOD);
}

/**
 * mtx_crypto_client_adopt:
 * @self: a client that has not published anything
 * @sibling: another device of the same account
 *
 * Takes over the account's identity, as a device does that was given the security key. Restarts the client.
 */
void
mtx_crypto_client_adopt (MtxCryptoClient *self,
                         MtxCryptoClient *sibling)
{
  g_autoptr (MtxChangeSet)        changes = mtx_change_set_new ();
  g_autoptr (MtxCrossSigningKeys) keys = NULL;
  g_autoptr (GBytes)              theirs = NULL;
  g_autoptr (GBytes)              ours = NULL;
  g_autoptr (GError)              error = NULL;

  theirs = dex_await_boxed (mtx_crypto_store_load_sealed (sibling->db, MTX_SEALED_CROSS_SIGNING_KEYS), &error);
  g_assert_no_error (error);
  keys = mtx_cross_signing_keys_new_from_pickle (theirs, sibling->key, sibling->user_id, &error);
  g_assert_no_error (error);
  ours = mtx_cross_signing_keys_to_pickle (keys, self->key, self->user_id, &error);
  g_assert_no_error (error);
  mtx_crypto_store_put_sealed (changes, MTX_SEALED_CROSS_SIGNING_KEYS, ours);
  dex_await (mtx_db_commit (self->db, changes), &error);
  g_assert_no_error (error);

  mtx_crypto_client_restart (self);
}

/**
 * mtx_crypto_client_make_info:
 * @room_id: a room
 * @members: (array zero-terminated=1): who is in it
 *
 * Returns: (transfer full): the room as encryption sees it, with the usual settings
 */
MtxRoomCryptoInfo *
mtx_crypto_client_make_info (const char        *room_id,
                             const char *const *members)
{
  MtxMegolmRotation rotation;

  mtx_megolm_rotation_init (&rotation, NULL);

  return mtx_room_crypto_info_new (room_id, MTX_ALGORITHM_MEGOLM, &rotation, members, NULL, "shared");
}

/**
 * mtx_crypto_client_say:
 * @self: a client
 * @info: the room
 * @text: what to say
 * @error: return location for an error
 *
 * Encrypts a message, which may fail, and lets the server have it.
 *
 * Returns: (transfer full) (nullable): the event's id
 */
char *
mtx_crypto_client_say (MtxCryptoClient   *self,
                       MtxRoomCryptoInfo *info,
                       const char        *text,
                       GError           **error)
{
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (JsonObject) encrypted = NULL;

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", text);
  encrypted = dex_await_boxed (mtx_encryption_encrypt (self->encryption, info, "m.room.message", content), error);
  if (encrypted == NULL)
    return NULL;

  return mtx_fake_homeserver_send_event (self->server,
                                         mtx_room_crypto_info_get_room_id (info),
                                         self->user_id,
                                         "m.room.encrypted",
                                         NULL,
                                         encrypted);
}

static DexFuture *
write_token (MtxSyncResponse *response,
             MtxChangeSet    *changes,
             gpointer         data)
{
  mtx_session_store_put_next_batch (changes, response->next_batch);

  return NULL;
}

/**
 * mtx_crypto_client_sync:
 * @self: a client
 *
 * Asks the server what is new and hands it to the engine; must succeed.
 *
 * Returns: (transfer full): the response with what the engine made of it
 */
MtxSyncResponse *
mtx_crypto_client_sync (MtxCryptoClient *self)
{
  g_autoptr (MtxRequest) request = mtx_request_new (MTX_ENDPOINT_SYNC, NULL);
  g_autoptr (MtxReply)   reply = NULL;
  g_autoptr (GError)     error = NULL;
  MtxSyncResponse       *response;

  if (self->since != NULL)
    mtx_request_add_query (request, "since", self->since);
  mtx_request_add_query (request, "timeout", "0");
  mtx_request_set_timeout_ms (request, SYNC_TIMEOUT_MS);
  mtx_request_add_query (request, "use_state_after", "true");
  mtx_request_set_max_reply (request, MTX_REQUEST_SYNC_MAX_BYTES);
  reply = dex_await_boxed (mtx_http_send (self->http, request), &error);
  g_assert_no_error (error);

  response = mtx_sync_response_new_from_json (mtx_reply_get_body (reply), &error);
  g_assert_no_error (error);
  dex_await (mtx_crypto_engine_process_sync (self->engine, response, write_token, NULL, NULL), &error);
  g_assert_no_error (error);
  g_set_str (&self->since, response->next_batch);

  return response;
}

/**
 * mtx_crypto_client_find:
 * @response: what mtx_crypto_client_sync() returned
 * @event_id: an event
 *
 * Returns: (transfer none) (nullable): the event
 */
MtxEvent *
mtx_crypto_client_find (MtxSyncResponse *response,
                        const char      *event_id)
{
  for (guint i = 0; i < response->rooms->len; i++)
    {
      const MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);

      for (guint j = 0; j < room->timeline->len; j++)
        {
          MtxEvent *event = g_ptr_array_index (room->timeline, j);

          if (g_strcmp0 (mtx_event_get_event_id (event), event_id) == 0)
            return event;
        }
    }

  return NULL;
}
