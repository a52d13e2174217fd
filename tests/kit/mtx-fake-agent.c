/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The other side of an encrypted conversation, made of the same parts as ours.
 */
#include "mtx-fake-agent.h"

#include <string.h>

#include "mtx-cross-signing-keys.h"
#include "mtx-fake-homeserver-private.h"
#include "mtx-megolm-outbound.h"
#include "mtx-olm-account.h"

#define N_ONE_TIME_KEYS 50
#define ALGORITHM_OLM   "m.olm.v1.curve25519-aes-sha2"
#define ALGORITHM_ROOM  "m.megolm.v1.aes-sha2"
#define SIGNED_KEY      "signed_curve25519"

struct _MtxFakeAgent
{
  GObject parent_instance;

  /* owned */
  MtxFakeHomeserver *server;
  MtxOlmAccount     *account;
  MtxMegolmOutbound *room_key; /* one room per agent is enough; NULL until it is used */

  /* borrowed: the server keeps its devices */
  FakeDevice *device;
};

G_DEFINE_FINAL_TYPE (MtxFakeAgent, mtx_fake_agent, G_TYPE_OBJECT)

static char *
write_json (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  return json_to_string (node, FALSE);
}

static JsonObject *
build_device_keys (MtxFakeAgent        *self,
                   MtxCrossSigningKeys *cross_signing,
                   GError             **error)
{
  const char            *user_id = self->device->user->user_id;
  const char            *device_id = self->device->device_id;
  g_autofree char       *curve25519 = g_strconcat ("curve25519:", device_id, NULL);
  g_autofree char       *ed25519 = g_strconcat ("ed25519:", device_id, NULL);
  g_autoptr (JsonObject) device_keys = json_object_new ();
  JsonArray             *algorithms = json_array_new ();
  JsonObject            *keys = json_object_new ();

  json_array_add_string_element (algorithms, ALGORITHM_OLM);
  json_array_add_string_element (algorithms, ALGORITHM_ROOM);
  json_object_set_string_member (keys, curve25519, mtx_olm_account_get_curve25519 (self->account));
  json_object_set_string_member (keys, ed25519, mtx_olm_account_get_ed25519 (self->account));
  json_object_set_string_member (device_keys, "user_id", user_id);
  json_object_set_string_member (device_keys, "device_id", device_id);
  json_object_set_array_member (device_keys, "algorithms", algorithms);
  json_object_set_object_member (device_keys, "keys", keys);

  if (!mtx_olm_account_sign_json (self->account, device_keys, user_id, device_id, error) || !mtx_cross_signing_keys_sign_json (cross_signing, MTX_CROSS_SIGNING_SELF_SIGNING, device_keys, user_id, error))
    return NULL;

  return g_steal_pointer (&device_keys);
}

static JsonObject *
build_one_time_keys (MtxFakeAgent *self,
                     GError      **error)
{
  g_autoptr (GHashTable) keys = NULL;
  g_autoptr (JsonObject) all = json_object_new ();
  GHashTableIter         iter;
  gpointer               id = NULL;
  gpointer               key = NULL;

  if (!mtx_olm_account_generate_one_time_keys (self->account, N_ONE_TIME_KEYS, error))
    return NULL;
  keys = mtx_olm_account_dup_one_time_keys (self->account, error);
  if (keys == NULL)
    return NULL;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &id, &key))
    {
      g_autofree char *name = g_strconcat (SIGNED_KEY ":", id, NULL);
      JsonObject      *object = json_object_new ();

      json_object_set_string_member (object, "key", key);
      json_object_set_object_member (all, name, object);
      if (!mtx_olm_account_sign_json (self->account, object, self->device->user->user_id, self->device->device_id, error))
        return NULL;
    }

  return mtx_olm_account_mark_published (self->account, error) ? g_steal_pointer (&all) : NULL;
}

static gboolean
publish (MtxFakeAgent *self,
         GError      **error)
{
  static const MtxCrossSigningRole roles[] = { MTX_CROSS_SIGNING_MASTER, MTX_CROSS_SIGNING_SELF_SIGNING };
  g_autoptr (MtxCrossSigningKeys)  cross_signing = mtx_cross_signing_keys_new (error);
  g_autoptr (JsonObject)           device_keys = NULL;
  g_autoptr (JsonObject)           one_time_keys = NULL;

  if (cross_signing == NULL)
    return FALSE;
  device_keys = build_device_keys (self, cross_signing, error);
  one_time_keys = device_keys != NULL ? build_one_time_keys (self, error) : NULL;
  if (one_time_keys == NULL)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_autoptr (JsonObject) key = mtx_cross_signing_keys_build (cross_signing, roles[i], self->device->user->user_id, error);

      if (key == NULL)
        return FALSE;
      _mtx_fake_publish_identity (self->device, mtx_cross_signing_role_get_usage (roles[i]), key);
    }
  _mtx_fake_publish_device (self->server, self->device, device_keys, one_time_keys);

  return TRUE;
}

static void
mtx_fake_agent_finalize (GObject *object)
{
  MtxFakeAgent *self = MTX_FAKE_AGENT (object);

  g_clear_object (&self->room_key);
  g_clear_object (&self->account);
  g_clear_object (&self->server);

  G_OBJECT_CLASS (mtx_fake_agent_parent_class)->finalize (object);
}

static void
mtx_fake_agent_class_init (MtxFakeAgentClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_fake_agent_finalize;
}

static void
mtx_fake_agent_init (MtxFakeAgent *self)
{
}

/**
 * mtx_fake_agent_new:
 * @server: the homeserver the agent lives on
 * @localpart: the name before the colon
 * @device_id: its device
 *
 * Makes an account with an identity, and a device that the identity signed and that has one-time keys.
 *
 * Returns: (transfer full): an agent, ready to be written to
 */
MtxFakeAgent *
mtx_fake_agent_new (MtxFakeHomeserver *server,
                    const char        *localpart,
                    const char        *device_id)
{
  MtxFakeAgent      *self = g_object_new (MTX_TYPE_FAKE_AGENT, NULL);
  g_autofree char   *token = mtx_fake_homeserver_add_user (server, localpart, device_id);
  g_autoptr (GError) error = NULL;

  self->server = g_object_ref (server);
  self->device = ((FakeToken *)g_hash_table_lookup (server->access_tokens, token))->device;
  self->account = mtx_olm_account_new (&error);
  if (self->account == NULL || !publish (self, &error))
    g_error ("The agent has no keys: %s", error->message);

  return self;
}

/**
 * mtx_fake_agent_get_user_id:
 * @self: an agent
 *
 * Returns: (transfer none): its user id
 */
const char *
mtx_fake_agent_get_user_id (MtxFakeAgent *self)
{
  return self->device->user->user_id;
}

/* The room key, made when it is first needed. */
static MtxMegolmOutbound *
ensure_room_key (MtxFakeAgent *self,
                 GError      **error)
{
  if (self->room_key == NULL)
    self->room_key = mtx_megolm_outbound_new (g_get_real_time () / 1000, error);

  return self->room_key;
}

static JsonObject *
build_room_key (MtxFakeAgent *self,
                const char   *room_id,
                const char   *user_id,
                const char   *ed25519,
                GError      **error)
{
  MtxMegolmOutbound *room_key = ensure_room_key (self, error);
  g_autofree char   *session_key = room_key != NULL ? mtx_megolm_outbound_dup_session_key (room_key, error) : NULL;
  JsonObject        *content = NULL;
  JsonObject        *ours = NULL;
  JsonObject        *theirs = NULL;
  JsonObject        *payload = NULL;

  if (session_key == NULL)
    return NULL;

  content = json_object_new ();
  json_object_set_string_member (content, "algorithm", ALGORITHM_ROOM);
  json_object_set_string_member (content, "room_id", room_id);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (room_key));
  json_object_set_string_member (content, "session_key", session_key);
  ours = json_object_new ();
  json_object_set_string_member (ours, "ed25519", mtx_olm_account_get_ed25519 (self->account));
  theirs = json_object_new ();
  json_object_set_string_member (theirs, "ed25519", ed25519);
  payload = json_object_new ();
  json_object_set_string_member (payload, "type", "m.room_key");
  json_object_set_object_member (payload, "content", content);
  json_object_set_string_member (payload, "sender", self->device->user->user_id);
  json_object_set_object_member (payload, "keys", ours);
  json_object_set_string_member (payload, "recipient", user_id);
  json_object_set_object_member (payload, "recipient_keys", theirs);
  json_object_set_object_member (payload, "sender_device_keys", json_object_ref (self->device->keys));

  return payload;
}

/* The content of m.room.encrypted for one device (specification, m.olm.v1.curve25519-aes-sha2). */
static JsonObject *
encrypt_to_device (MtxFakeAgent *self,
                   const char   *curve25519,
                   const char   *one_time_key,
                   const char   *plaintext,
                   GError      **error)
{
  g_autoptr (MtxOlmSession) session = mtx_olm_account_create_outbound (self->account, curve25519, one_time_key, error);
  MtxOlmMessageType         type = MTX_OLM_MESSAGE_PRE_KEY;
  g_autofree char          *body = NULL;
  JsonObject               *message = NULL;
  JsonObject               *ciphertext = NULL;
  JsonObject               *content = NULL;

  if (session != NULL)
    body = mtx_olm_session_encrypt (session, (const guint8 *)plaintext, strlen (plaintext), &type, error);
  if (body == NULL)
    return NULL;

  message = json_object_new ();
  json_object_set_int_member (message, "type", type);
  json_object_set_string_member (message, "body", body);
  ciphertext = json_object_new ();
  json_object_set_object_member (ciphertext, curve25519, message);
  content = json_object_new ();
  json_object_set_string_member (content, "algorithm", ALGORITHM_OLM);
  json_object_set_string_member (content, "sender_key", mtx_olm_account_get_curve25519 (self->account));
  json_object_set_object_member (content, "ciphertext", ciphertext);

  return content;
}

/**
 * mtx_fake_agent_share_room_key:
 * @self: an agent
 * @room_id: the room its next messages are for
 * @user_id: whom to give the key
 * @device_id: to which device; it has published its keys
 *
 * Claims a one-time key of the device and sends it the room key at its present index.
 */
void
mtx_fake_agent_share_room_key (MtxFakeAgent *self,
                               const char   *room_id,
                               const char   *user_id,
                               const char   *device_id)
{
  JsonObject            *keys = mtx_fake_homeserver_get_device_keys (self->server, user_id, device_id);
  g_autofree char       *curve25519_id = g_strconcat ("curve25519:", device_id, NULL);
  g_autofree char       *ed25519_id = g_strconcat ("ed25519:", device_id, NULL);
  g_autoptr (JsonNode)   one_time_key = _mtx_fake_claim_key (self->server, user_id, device_id, SIGNED_KEY);
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (JsonObject) content = NULL;
  g_autofree char       *plaintext = NULL;
  g_autoptr (GError)     error = NULL;

  g_assert_nonnull (keys);
  g_assert_nonnull (one_time_key);
  keys = json_object_get_object_member (keys, "keys");
  payload = build_room_key (self, room_id, user_id, json_object_get_string_member (keys, ed25519_id), &error);
  g_assert_no_error (error);
  plaintext = write_json (payload);
  content = encrypt_to_device (self,
                               json_object_get_string_member (keys, curve25519_id),
                               json_object_get_string_member (json_node_get_object (one_time_key), "key"),
                               plaintext, &error);
  g_assert_no_error (error);

  mtx_fake_homeserver_send_to_device (self->server, self->device->user->user_id, user_id, device_id,
                                      "m.room.encrypted", content);
}

/**
 * mtx_fake_agent_encrypt_text:
 * @self: an agent
 * @room_id: the room
 * @body: a text
 *
 * Encrypts a text message with the agent's room key. Only those it was shared with before can read it.
 *
 * Returns: (transfer full): content of an `m.room.encrypted` event
 */
JsonObject *
mtx_fake_agent_encrypt_text (MtxFakeAgent *self,
                             const char   *room_id,
                             const char   *body)
{
  g_autoptr (JsonObject) payload = json_object_new ();
  JsonObject            *message = json_object_new ();
  JsonObject            *content = NULL;
  MtxMegolmOutbound     *room_key = NULL;
  g_autofree char       *plaintext = NULL;
  g_autofree char       *ciphertext = NULL;
  g_autoptr (GError)     error = NULL;

  json_object_set_string_member (message, "msgtype", "m.text");
  json_object_set_string_member (message, "body", body);
  json_object_set_string_member (payload, "type", "m.room.message");
  json_object_set_string_member (payload, "room_id", room_id);
  json_object_set_object_member (payload, "content", message);
  plaintext = write_json (payload);

  room_key = ensure_room_key (self, &error);
  g_assert_no_error (error);
  ciphertext = mtx_megolm_outbound_encrypt (room_key, (const guint8 *)plaintext, strlen (plaintext), &error);
  g_assert_no_error (error);

  content = json_object_new ();
  json_object_set_string_member (content, "algorithm", ALGORITHM_ROOM);
  json_object_set_string_member (content, "ciphertext", ciphertext);
  json_object_set_string_member (content, "session_id", mtx_megolm_outbound_get_id (room_key));
  json_object_set_string_member (content, "sender_key", mtx_olm_account_get_curve25519 (self->account));
  json_object_set_string_member (content, "device_id", self->device->device_id);

  return content;
}
