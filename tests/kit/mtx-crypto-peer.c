/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person with one device, as the encryption sees it: an engine on a store of its own.
 */
#include "mtx-crypto-peer.h"

#include "mtx-event-row.h"
#include "mtx-json.h"
#include "mtx-test-json.h"
#include "mtx-test.h"
#include "mtx-room-key-plan.h"
#include "mtx-room-key-store.h"
#include "mtx-to-device-store.h"

static const char *const identity_members[MTX_CROSS_SIGNING_N_ROLES][2] = {
  { "master_key", "master_keys" },
  { "self_signing_key", "self_signing_keys" },
  { "user_signing_key", "user_signing_keys" },
};

static void
open_peer (MtxCryptoPeer *self)
{
  g_autoptr (GError) error = NULL;

  self->db = dex_await_object (mtx_db_open (self->path, self->key), &error);
  g_assert_no_error (error);
  self->engine = mtx_crypto_engine_new (self->db, self->key, self->user_id, self->device_id);
  dex_await (mtx_crypto_engine_open (self->engine), &error);
  g_assert_no_error (error);
}

static void
close_peer (MtxCryptoPeer *self)
{
  g_autoptr (GError) error = NULL;

  dex_await (mtx_crypto_engine_close (self->engine), &error);
  g_assert_no_error (error);
  g_assert_finalize_object (g_steal_pointer (&self->engine));
  dex_await (mtx_db_close (self->db), &error);
  g_assert_no_error (error);
  g_clear_object (&self->db);
}

/**
 * mtx_crypto_peer_new:
 * @user_id: whose
 * @device_id: which device
 *
 * Makes a person with an empty store, whose keys are published.
 *
 * Returns: (transfer full): the person
 */
MtxCryptoPeer *
mtx_crypto_peer_new (const char *user_id,
                     const char *device_id)
{
  MtxCryptoPeer     *self = g_new0 (MtxCryptoPeer, 1);
  MtxUploadNeed      need = { .device_keys = TRUE };
  g_autofree char   *folder = mtx_test_tmp_dir ();
  g_autoptr (GError) error = NULL;

  self->user_id = g_strdup (user_id);
  self->device_id = g_strdup (device_id);
  self->path = g_build_filename (folder, "store.db", NULL);
  self->key = mtx_secret_bytes_random (32, &error);
  g_assert_no_error (error);
  open_peer (self);

  self->upload = dex_await_boxed (_mtx_crypto_engine_prepare_upload (self->engine, &need), &error);
  g_assert_no_error (error);
  self->identity = dex_await_boxed (_mtx_crypto_engine_build_cross_signing (self->engine), &error);
  g_assert_no_error (error);
  dex_await (_mtx_crypto_engine_confirm_upload (self->engine, self->upload), &error);
  g_assert_no_error (error);

  return self;
}

/**
 * mtx_crypto_peer_free:
 * @self: (transfer full): a person
 *
 * Closes and frees everything.
 */
void
mtx_crypto_peer_free (MtxCryptoPeer *self)
{
  close_peer (self);
  g_clear_pointer (&self->upload, json_object_unref);
  g_clear_pointer (&self->identity, json_object_unref);
  g_clear_pointer (&self->key, mtx_secret_bytes_unref);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->user_id, g_free);
  g_clear_pointer (&self->device_id, g_free);
  g_free (self);
}

/**
 * mtx_crypto_peer_restart:
 * @self: a person
 *
 * Forgets everything that is not in the store.
 */
void
mtx_crypto_peer_restart (MtxCryptoPeer *self)
{
  close_peer (self);
  open_peer (self);
}

/* JSON travels as text, so that nothing the test does to it reaches anybody's memory. */
static JsonObject *
copy_object (JsonObject *object)
{
  MtxJsonLimits      limits = { .max_bytes = 1024 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autofree char   *text = mtx_json_to_string (object);
  g_autoptr (GError) error = NULL;
  JsonObject        *copy = mtx_json_parse_object (text, -1, &limits, &error);

  g_assert_no_error (error);

  return copy;
}

/**
 * mtx_crypto_peer_query:
 * @first: a person
 * @...: more people, ended by %NULL
 *
 * Returns: (transfer full): the answer to `/keys/query` that shows them
 */
JsonObject *
mtx_crypto_peer_query (MtxCryptoPeer *first,
                       ...)
{
  JsonObject *reply = json_object_new ();
  va_list     others;

  va_start (others, first);
  for (MtxCryptoPeer *peer = first; peer != NULL; peer = va_arg (others, MtxCryptoPeer *))
    {
      JsonObject *devices = mtx_test_ensure_object (mtx_test_ensure_object (reply, "device_keys"), peer->user_id);

      json_object_set_object_member (devices,
                                     peer->device_id,
                                     copy_object (mtx_json_get_object (peer->upload, "device_keys")));
      for (guint i = 0; i < MTX_CROSS_SIGNING_N_ROLES; i++)
        json_object_set_object_member (mtx_test_ensure_object (reply, identity_members[i][1]),
                                       peer->user_id,
                                       copy_object (mtx_json_get_object (peer->identity, identity_members[i][0])));
    }
  va_end (others);

  return reply;
}

/**
 * mtx_crypto_peer_learn:
 * @self: a person
 * @reply: an answer to `/keys/query` about whoever is in its `device_keys`
 *
 * Judges and stores an answer.
 *
 * Returns: (transfer full): the judgement
 */
MtxKeysReply *
mtx_crypto_peer_learn (MtxCryptoPeer *self,
                       JsonObject    *reply)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GList)        names = json_object_get_members (mtx_json_get_object (reply, "device_keys"));
  g_autoptr (GPtrArray)    devices = NULL;
  g_autoptr (GPtrArray)    identities = NULL;
  g_auto (GStrv)           users = NULL;
  g_autoptr (GError)       error = NULL;
  MtxKeysReply            *judgement;
  MtxOwnIds                own;

  for (GList *name = names; name != NULL; name = name->next)
    g_strv_builder_add (builder, name->data);
  users = g_strv_builder_end (builder);

  devices = dex_await_boxed (mtx_device_store_load_devices (self->db, (const char *const *)users), &error);
  g_assert_no_error (error);
  identities = dex_await_boxed (mtx_device_store_load_identities (self->db, (const char *const *)users), &error);
  g_assert_no_error (error);

  _mtx_crypto_engine_get_own_ids (self->engine, &own);
  judgement = mtx_keys_reply_new (reply, (const char *const *)users, devices, identities, &own, 1000);
  if (!mtx_change_set_is_empty (judgement->changes))
    dex_await (mtx_db_commit (self->db, judgement->changes), &error);
  g_assert_no_error (error);

  return judgement;
}

/**
 * mtx_crypto_peer_meet:
 * @self: a person
 * @other: another
 *
 * Each learns the other's, and the own, keys.
 */
void
mtx_crypto_peer_meet (MtxCryptoPeer *self,
                      MtxCryptoPeer *other)
{
  g_autoptr (JsonObject)   reply = mtx_crypto_peer_query (self, other, NULL);
  g_autoptr (MtxKeysReply) first = mtx_crypto_peer_learn (self, reply);
  g_autoptr (MtxKeysReply) second = mtx_crypto_peer_learn (other, reply);

  g_assert_cmpuint (first->refused, ==, 0);
  g_assert_cmpuint (second->refused, ==, 0);
}

/**
 * mtx_crypto_peer_take_key:
 * @self: a person
 * @key_id: (out): the key's id
 *
 * Takes one of the person's one-time keys away from the server.
 *
 * Returns: (transfer full): the signed key
 */
JsonObject *
mtx_crypto_peer_take_key (MtxCryptoPeer *self,
                          char         **key_id)
{
  JsonObject       *keys = mtx_json_get_object (self->upload, "one_time_keys");
  g_autoptr (GList) names = json_object_get_members (keys);
  JsonObject       *key;

  g_assert_nonnull (names);
  key = copy_object (mtx_json_get_object (keys, names->data));
  *key_id = g_strdup (names->data);
  json_object_remove_member (keys, *key_id);

  return key;
}

/**
 * mtx_crypto_peer_load_device:
 * @self: a person
 * @other: another
 *
 * Returns: (transfer full) (nullable): what @self has stored of @other's device
 */
MtxDeviceRow *
mtx_crypto_peer_load_device (MtxCryptoPeer *self,
                             MtxCryptoPeer *other)
{
  const char           *users[] = { other->user_id, NULL };
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GError)    error = NULL;

  devices = dex_await_boxed (mtx_device_store_load_devices (self->db, users), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < devices->len; i++)
    {
      MtxDeviceRow *row = g_ptr_array_index (devices, i);

      if (g_str_equal (row->device_id, other->device_id))
        return mtx_device_row_ref (row);
    }

  return NULL;
}

/**
 * mtx_crypto_peer_begin:
 * @self: a person who knows @other's device
 * @other: another
 *
 * Begins an Olm session with a key of the other.
 *
 * Returns: how many sessions were begun: 0 or 1
 */
guint
mtx_crypto_peer_begin (MtxCryptoPeer *self,
                       MtxCryptoPeer *other)
{
  g_autoptr (GPtrArray) claimed = g_ptr_array_new_with_free_func (_mtx_claimed_key_free);
  g_autoptr (GPtrArray) begun = NULL;
  g_autoptr (GError)    error = NULL;
  MtxClaimedKey        *key = g_new0 (MtxClaimedKey, 1);

  key->device = mtx_crypto_peer_load_device (self, other);
  g_assert_nonnull (key->device);
  key->untrusted_key = mtx_crypto_peer_take_key (other, &key->key_id);
  g_ptr_array_add (claimed, key);

  begun = dex_await_boxed (_mtx_crypto_engine_begin_sessions (self->engine, claimed), &error);
  g_assert_no_error (error);

  return begun->len;
}

/**
 * mtx_crypto_peer_make_info:
 * @messages_per_key: when the room key is used up
 *
 * Returns: (transfer full): the room in which all people are
 */
MtxRoomCryptoInfo *
mtx_crypto_peer_make_info (guint messages_per_key)
{
  MtxMegolmRotation rotation = { .period_ms = MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS, .messages = messages_per_key };
  const char       *members[] = {
    "@alice:example.org", "@bob:example.org", "@carol:example.org", "@eve:example.org", NULL,
  };

  return mtx_room_crypto_info_new (MTX_CRYPTO_PEER_ROOM, MTX_ALGORITHM_MEGOLM, &rotation, members, NULL, "shared");
}

/**
 * mtx_crypto_peer_share:
 * @self: a person who began a session with @other
 * @other: another
 *
 * Packs the room key, as it is now, for the other.
 *
 * Returns: how many devices were left out: 0 or 1
 */
guint
mtx_crypto_peer_share (MtxCryptoPeer *self,
                       MtxCryptoPeer *other)
{
  g_autoptr (MtxRoomCryptoInfo) info = mtx_crypto_peer_make_info (100);
  g_autoptr (MtxRoomKeyPlan)    plan = NULL;
  g_autoptr (GPtrArray)         devices = g_ptr_array_new_with_free_func ((GDestroyNotify)mtx_device_row_unref);
  g_autoptr (GPtrArray)         left_out = NULL;
  g_autoptr (GError)            error = NULL;

  plan = dex_await_boxed (_mtx_crypto_engine_prepare_room (self->engine, info), &error);
  g_assert_no_error (error);
  g_ptr_array_add (devices, mtx_crypto_peer_load_device (self, other));
  left_out = dex_await_boxed (_mtx_crypto_engine_share_room_key (self->engine, info, devices), &error);
  g_assert_no_error (error);

  return left_out->len;
}

/**
 * mtx_crypto_peer_wrap_to_device:
 * @sender: who sends
 * @type: type of the event
 * @content: content of the event
 *
 * Returns: (transfer full): the event as a sync carries it
 */
JsonObject *
mtx_crypto_peer_wrap_to_device (const char *sender,
                                const char *type,
                                JsonObject *content)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "sender", sender);
  json_object_set_string_member (event, "type", type);
  json_object_set_object_member (event, "content", copy_object (content));

  return event;
}

/**
 * mtx_crypto_peer_take_to_device:
 * @self: a person
 * @other: another
 *
 * Takes the oldest to-device message of @self that waits for @other; the batch it is in counts as sent.
 *
 * Returns: (transfer full) (nullable): the event as the other's sync carries it
 */
JsonObject *
mtx_crypto_peer_take_to_device (MtxCryptoPeer *self,
                                MtxCryptoPeer *other)
{
  MtxJsonLimits         limits = { .max_bytes = 16 * 1024 * 1024, .max_depth = MTX_JSON_MAX_DEPTH };
  g_autoptr (GPtrArray) batches = NULL;
  g_autoptr (GError)    error = NULL;

  batches = dex_await_boxed (mtx_to_device_store_load_batches (self->db), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < batches->len; i++)
    {
      const MtxToDeviceBatchRow *batch = g_ptr_array_index (batches, i);
      g_autoptr (MtxChangeSet)   changes = mtx_change_set_new ();
      g_autoptr (JsonObject)     messages = mtx_json_parse_object (batch->messages, -1, &limits, &error);
      JsonObject                *content = mtx_json_get_object (mtx_json_get_object (messages, other->user_id), other->device_id);

      g_assert_no_error (error);
      if (content == NULL)
        continue;

      mtx_to_device_store_delete_batch (changes, batch->txn_id);
      dex_await (mtx_db_commit (self->db, changes), &error);
      g_assert_no_error (error);

      return mtx_crypto_peer_wrap_to_device (self->user_id, batch->event_type, content);
    }

  return NULL;
}

/**
 * mtx_crypto_peer_say:
 * @self: a person with a room key
 * @text: what to say
 * @event_id: id the server gives the event
 *
 * Returns: (transfer full): the encrypted event as a timeline carries it
 */
JsonObject *
mtx_crypto_peer_say (MtxCryptoPeer *self,
                     const char    *text,
                     const char    *event_id)
{
  g_autoptr (MtxRoomCryptoInfo) info = mtx_crypto_peer_make_info (100);
  g_autoptr (JsonObject)        content = json_object_new ();
  g_autoptr (JsonObject)        encrypted = NULL;
  g_autoptr (GError)            error = NULL;
  JsonObject                   *event = json_object_new ();

  json_object_set_string_member (content, "msgtype", "m.text");
  json_object_set_string_member (content, "body", text);
  encrypted = dex_await_boxed (_mtx_crypto_engine_encrypt_event (self->engine, info, "m.room.message", content), &error);
  g_assert_no_error (error);

  json_object_set_string_member (event, "type", "m.room.encrypted");
  json_object_set_string_member (event, "event_id", event_id);
  json_object_set_string_member (event, "sender", self->user_id);
  json_object_set_int_member (event, "origin_server_ts", 1700000000000);
  json_object_set_object_member (event, "content", copy_object (encrypted));

  return event;
}

static JsonArray *
to_array (GPtrArray *objects)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; objects != NULL && i < objects->len; i++)
    json_array_add_object_element (array, copy_object (g_ptr_array_index (objects, i)));

  return array;
}

static void
append_row (const MtxEventRow *row,
            gpointer           data)
{
  mtx_event_store_append (data, row);
}

static void
update_row (const MtxEventRow *row,
            gpointer           data)
{
  mtx_event_store_update (data, row);
}

/**
 * mtx_crypto_peer_write:
 * @response: a sync
 * @changes: where to write
 * @data: not used
 *
 * Writes a sync's events, as the rooms do.
 *
 * Returns: (nullable): %NULL
 */
DexFuture *
mtx_crypto_peer_write (MtxSyncResponse *response,
                       MtxChangeSet    *changes,
                       gpointer         data)
{
  for (guint i = 0; i < response->rooms->len; i++)
    {
      const MtxSyncRoom *room = g_ptr_array_index (response->rooms, i);

      for (guint j = 0; j < room->timeline->len; j++)
        mtx_event_to_row (g_ptr_array_index (room->timeline, j), FALSE, append_row, changes);
    }
  for (guint i = 0; i < response->healed->len; i++)
    mtx_event_to_row (g_ptr_array_index (response->healed, i), FALSE, update_row, changes);

  return NULL;
}

/**
 * mtx_crypto_peer_sync:
 * @self: a person
 * @to_device: (nullable) (element-type JsonObject): to-device events
 * @timeline: (nullable) (element-type JsonObject): events of the room
 *
 * Hands a sync to the person's engine; the room's events are stored.
 *
 * Returns: (transfer full): the response with what the engine made of it
 */
MtxSyncResponse *
mtx_crypto_peer_sync (MtxCryptoPeer *self,
                      GPtrArray     *to_device,
                      GPtrArray     *timeline)
{
  MtxSyncResponse   *response = mtx_crypto_peer_make_sync (to_device, timeline);
  g_autoptr (GError) error = NULL;

  dex_await (mtx_crypto_engine_process_sync (self->engine, response, mtx_crypto_peer_write, NULL, NULL), &error);
  g_assert_no_error (error);

  return response;
}

/**
 * mtx_crypto_peer_make_sync:
 * @to_device: (nullable) (element-type JsonObject): to-device events
 * @timeline: (nullable) (element-type JsonObject): events of the room
 *
 * Returns: (transfer full): a sync that carries them
 */
MtxSyncResponse *
mtx_crypto_peer_make_sync (GPtrArray *to_device,
                           GPtrArray *timeline)
{
  g_autoptr (JsonObject) sync = json_object_new ();
  g_autoptr (GError)     error = NULL;
  MtxSyncResponse       *response;
  JsonObject            *room;

  json_object_set_string_member (sync, "next_batch", "next");
  json_object_set_array_member (mtx_test_ensure_object (sync, "to_device"), "events", to_array (to_device));
  room = mtx_test_ensure_object (mtx_test_ensure_object (mtx_test_ensure_object (sync, "rooms"), "join"), MTX_CRYPTO_PEER_ROOM);
  json_object_set_array_member (mtx_test_ensure_object (room, "timeline"), "events", to_array (timeline));

  response = mtx_sync_response_new_from_json (sync, &error);
  g_assert_no_error (error);

  return response;
}

/**
 * mtx_crypto_peer_sync_one:
 * @self: a person
 * @to_device: (nullable): a to-device event
 * @event: (nullable): an event of the room
 *
 * Hands a sync with at most one of each to the person's engine.
 *
 * Returns: (transfer full): the response with what the engine made of it
 */
MtxSyncResponse *
mtx_crypto_peer_sync_one (MtxCryptoPeer *self,
                          JsonObject    *to_device,
                          JsonObject    *event)
{
  g_autoptr (GPtrArray) to_devices = g_ptr_array_new ();
  g_autoptr (GPtrArray) events = g_ptr_array_new ();

  if (to_device != NULL)
    g_ptr_array_add (to_devices, to_device);
  if (event != NULL)
    g_ptr_array_add (events, event);

  return mtx_crypto_peer_sync (self, to_devices, events);
}

/**
 * mtx_crypto_peer_get_event:
 * @response: what mtx_crypto_peer_sync() returned
 * @index: position in the room's timeline
 *
 * Returns: (transfer none): the event
 */
MtxEvent *
mtx_crypto_peer_get_event (MtxSyncResponse *response,
                           guint            index)
{
  const MtxSyncRoom *room;

  g_assert_cmpuint (response->rooms->len, ==, 1);
  room = g_ptr_array_index (response->rooms, 0);
  g_assert_cmpuint (room->timeline->len, >, index);

  return g_ptr_array_index (room->timeline, index);
}
