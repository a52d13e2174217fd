/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of the fake homeserver and messages between devices. Nothing is verified, as on real servers:
 * that is the clients' work. What real servers do check is checked: a key id is never used twice.
 */
#include "mtx-fake-homeserver-private.h"

#include <string.h>

#define OBJECT(o, name) (o != NULL && json_object_has_member (o, name) ? json_object_get_object_member (o, name) : NULL)

/* Frees a key. */
void
_mtx_fake_key_free (gpointer data)
{
  FakeKey *key = data;

  g_free (key->id);
  json_node_unref (key->key);
  g_free (key);
}

/* Frees a queued message. */
void
_mtx_fake_to_device_free (gpointer data)
{
  FakeToDevice *message = data;

  json_object_unref (message->event);
  g_free (message);
}

static gboolean
has_algorithm (FakeKey    *key,
               const char *algorithm)
{
  gsize length = strlen (algorithm);

  return strncmp (key->id, algorithm, length) == 0 && key->id[length] == ':';
}

static FakeKey *
find_key (GPtrArray  *keys,
          const char *id)
{
  for (guint i = 0; i < keys->len; i++)
    {
      FakeKey *key = g_ptr_array_index (keys, i);

      if (g_str_equal (key->id, id))
        return key;
    }

  return NULL;
}

static FakeKey *
key_new (const char *id,
         JsonNode   *node)
{
  FakeKey *key = g_new0 (FakeKey, 1);

  key->id = g_strdup (id);
  key->key = json_node_copy (node);

  return key;
}

/* How many one-time keys are left, by algorithm. */
JsonObject *
_mtx_fake_key_counts (FakeDevice *device)
{
  JsonObject *counts = json_object_new ();

  for (guint i = 0; i < device->one_time->len; i++)
    {
      FakeKey         *key = g_ptr_array_index (device->one_time, i);
      g_autofree char *algorithm = g_strndup (key->id, (gsize)(strchrnul (key->id, ':') - key->id));
      gint64           count = json_object_get_int_member_with_default (counts, algorithm, 0);

      json_object_set_int_member (counts, algorithm, count + 1);
    }

  return counts;
}

/* The algorithms whose fallback key nobody has claimed. */
JsonArray *
_mtx_fake_unused_fallback (FakeDevice *device)
{
  JsonArray *unused = json_array_new ();

  for (guint i = 0; i < device->fallback->len; i++)
    {
      FakeKey *key = g_ptr_array_index (device->fallback, i);

      if (!key->used)
        {
          g_autofree char *algorithm = g_strndup (key->id, (gsize)(strchrnul (key->id, ':') - key->id));

          json_array_add_string_element (unused, algorithm);
        }
    }

  return unused;
}

/* FALSE if an id is used again with another key (Synapse answers 400). */
static gboolean
add_one_time_keys (FakeDevice *device,
                   JsonObject *keys)
{
  JsonObjectIter iter;
  const char    *id = NULL;
  JsonNode      *node = NULL;

  json_object_iter_init_ordered (&iter, keys);
  while (json_object_iter_next_ordered (&iter, &id, &node))
    {
      FakeKey *known = find_key (device->one_time, id);

      if (known != NULL && !json_node_equal (known->key, node))
        return FALSE;
      if (known == NULL)
        g_ptr_array_add (device->one_time, key_new (id, node));
    }

  return TRUE;
}

static void
set_fallback_keys (FakeDevice *device,
                   JsonObject *keys)
{
  JsonObjectIter iter;
  const char    *id = NULL;
  JsonNode      *node = NULL;

  json_object_iter_init_ordered (&iter, keys);
  while (json_object_iter_next_ordered (&iter, &id, &node))
    {
      if (find_key (device->fallback, id) != NULL)
        continue;
      g_ptr_array_set_size (device->fallback, 0);
      g_ptr_array_add (device->fallback, key_new (id, node));
    }
}

static void
note_change (FakeCall *call,
             FakeUser *user)
{
  user->keys_changed = ++call->server->position;
  _mtx_fake_sync_wake (call->server);
}

static void
handle_upload (FakeCall *call)
{
  JsonObject *keys = OBJECT (call->request->body, "device_keys");
  JsonObject *one_time = OBJECT (call->request->body, "one_time_keys");
  JsonObject *fallback = OBJECT (call->request->body, "fallback_keys");
  JsonObject *body = NULL;

  if (one_time != NULL && !add_one_time_keys (call->device, one_time))
    {
      _mtx_fake_call_error (call, 400, "M_INVALID_PARAM");
      return;
    }
  if (fallback != NULL)
    set_fallback_keys (call->device, fallback);
  if (keys != NULL)
    {
      g_clear_pointer (&call->device->keys, json_object_unref);
      call->device->keys = _mtx_fake_json_copy (keys);
      note_change (call, call->device->user);
    }

  body = json_object_new ();
  json_object_set_object_member (body, "one_time_key_counts", _mtx_fake_key_counts (call->device));
  _mtx_fake_call_ok (call, body);
}

static const char *const usages[] = { "master", "self_signing", "user_signing" };

static gboolean
same_key (JsonObject *one,
          JsonObject *other)
{
  g_autoptr (JsonNode) a = json_node_init_object (json_node_alloc (), OBJECT (one, "keys"));
  g_autoptr (JsonNode) b = json_node_init_object (json_node_alloc (), OBJECT (other, "keys"));

  return json_node_equal (a, b);
}

/* The first upload and the same again need no authentication; a change does (MSC3967). */
static void
handle_device_signing (FakeCall *call)
{
  FakeUser *user = call->device->user;

  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_autofree char *member = g_strconcat (usages[i], "_key", NULL);
      JsonObject      *uploaded = OBJECT (call->request->body, member);
      JsonObject      *known = g_hash_table_lookup (user->cross_signing, usages[i]);

      if (uploaded != NULL && known != NULL && !same_key (uploaded, known))
        {
          g_autofree char *session = _mtx_fake_next_id (call->server, "uia_");
          g_autofree char *json = g_strdup_printf ("{\"flows\":[{\"stages\":[\"m.login.password\"]}],\"params\":{},\"session\":\"%s\"}", session);

          mtx_fake_answer_json (call->answer, 401, json);
          return;
        }
    }

  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_autofree char *member = g_strconcat (usages[i], "_key", NULL);
      JsonObject      *uploaded = OBJECT (call->request->body, member);

      if (uploaded != NULL && !g_hash_table_contains (user->cross_signing, usages[i]))
        g_hash_table_insert (user->cross_signing, g_strdup (usages[i]), _mtx_fake_json_copy (uploaded));
    }

  note_change (call, user);
  _mtx_fake_call_ok (call, NULL);
}

static JsonObject *
ensure_object (JsonObject *parent,
               const char *name)
{
  if (!json_object_has_member (parent, name))
    json_object_set_object_member (parent, name, json_object_new ());

  return json_object_get_object_member (parent, name);
}

/* The signed thing under this id of @user: a device, or a cross-signing key under its public key. */
static JsonObject *
find_signed (FakeUser   *user,
             const char *id)
{
  FakeDevice      *device = g_hash_table_lookup (user->devices, id);
  g_autofree char *key_id = g_strconcat ("ed25519:", id, NULL);

  if (device != NULL)
    return device->keys;
  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      JsonObject *key = g_hash_table_lookup (user->cross_signing, usages[i]);
      JsonObject *keys = OBJECT (key, "keys");

      if (keys != NULL && json_object_has_member (keys, key_id))
        return key;
    }

  return NULL;
}

static void
merge_signatures (JsonObject *into,
                  JsonObject *from)
{
  JsonObject    *target = ensure_object (into, "signatures");
  JsonObject    *source = OBJECT (from, "signatures");
  JsonObjectIter users;
  const char    *user_id = NULL;
  JsonNode      *signatures = NULL;

  if (source == NULL)
    return;
  json_object_iter_init (&users, source);
  while (json_object_iter_next (&users, &user_id, &signatures))
    {
      JsonObject    *theirs = ensure_object (target, user_id);
      JsonObjectIter keys;
      const char    *key_id = NULL;
      JsonNode      *signature = NULL;

      json_object_iter_init (&keys, json_node_get_object (signatures));
      while (json_object_iter_next (&keys, &key_id, &signature))
        json_object_set_member (theirs, key_id, json_node_copy (signature));
    }
}

static void
handle_signatures (FakeCall *call)
{
  JsonObject    *body = json_object_new ();
  JsonObject    *failures = ensure_object (body, "failures");
  JsonObjectIter users;
  const char    *user_id = NULL;
  JsonNode      *things = NULL;

  json_object_iter_init (&users, call->request->body);
  while (json_object_iter_next (&users, &user_id, &things))
    {
      FakeUser      *user = g_hash_table_lookup (call->server->users, user_id);
      JsonObjectIter iter;
      const char    *id = NULL;
      JsonNode      *signed_object = NULL;

      json_object_iter_init (&iter, json_node_get_object (things));
      while (json_object_iter_next (&iter, &id, &signed_object))
        {
          JsonObject *known = user != NULL ? find_signed (user, id) : NULL;

          if (known != NULL)
            {
              merge_signatures (known, json_node_get_object (signed_object));
              note_change (call, user);
              continue;
            }
          json_object_set_string_member (ensure_object (ensure_object (failures, user_id), id), "errcode", "M_NOT_FOUND");
        }
    }

  _mtx_fake_call_ok (call, body);
}

static void
add_devices (JsonObject *all,
             FakeUser   *user,
             JsonArray  *wanted)
{
  JsonObject    *found = ensure_object (all, user->user_id);
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, user->devices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeDevice *device = value;
      gboolean    listed = wanted == NULL || json_array_get_length (wanted) == 0;

      for (guint i = 0; !listed && i < json_array_get_length (wanted); i++)
        listed = g_str_equal (json_array_get_string_element (wanted, i), device->device_id);
      if (device->keys != NULL && listed)
        json_object_set_object_member (found, device->device_id, json_object_ref (device->keys));
    }
}

static void
handle_query (FakeCall *call)
{
  JsonObject    *wanted = OBJECT (call->request->body, "device_keys");
  JsonObject    *body = json_object_new ();
  JsonObject    *devices = ensure_object (body, "device_keys");
  JsonObjectIter iter;
  const char    *user_id = NULL;
  JsonNode      *ids = NULL;

  ensure_object (body, "failures");
  ensure_object (body, "master_keys");
  ensure_object (body, "self_signing_keys");
  ensure_object (body, "user_signing_keys");
  if (wanted == NULL)
    wanted = body;

  json_object_iter_init (&iter, wanted);
  while (json_object_iter_next (&iter, &user_id, &ids))
    {
      FakeUser *user = g_hash_table_lookup (call->server->users, user_id);

      if (user == NULL)
        continue;
      add_devices (devices, user, JSON_NODE_HOLDS_ARRAY (ids) ? json_node_get_array (ids) : NULL);
      for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
        {
          JsonObject      *key = g_hash_table_lookup (user->cross_signing, usages[i]);
          g_autofree char *member = g_strconcat (usages[i], "_keys", NULL);

          /* Others do not see who somebody trusts. */
          if (key != NULL && (i < 2 || user == call->device->user))
            json_object_set_object_member (ensure_object (body, member), user_id, json_object_ref (key));
        }
    }

  _mtx_fake_call_ok (call, body);
}

/* A one-time key is given once; when none is left the fallback key is given again and again. */
static FakeKey *
take_key (FakeDevice *device,
          const char *algorithm,
          gboolean   *owned)
{
  for (guint i = 0; i < device->one_time->len; i++)
    {
      FakeKey *key = g_ptr_array_index (device->one_time, i);

      *owned = TRUE;
      if (has_algorithm (key, algorithm))
        return g_ptr_array_steal_index (device->one_time, i);
    }
  for (guint i = 0; i < device->fallback->len; i++)
    {
      FakeKey *key = g_ptr_array_index (device->fallback, i);

      *owned = FALSE;
      if (has_algorithm (key, algorithm))
        {
          key->used = TRUE;
          return key;
        }
    }

  return NULL;
}

/* Claims a key as POST /keys/claim would; NULL if there is none. The caller owns it. */
JsonNode *
_mtx_fake_claim_key (MtxFakeHomeserver *self,
                     const char        *user_id,
                     const char        *device_id,
                     const char        *algorithm)
{
  FakeUser   *user = g_hash_table_lookup (self->users, user_id);
  FakeDevice *device = user != NULL ? g_hash_table_lookup (user->devices, device_id) : NULL;
  gboolean    owned = FALSE;
  FakeKey    *key = device != NULL ? take_key (device, algorithm, &owned) : NULL;
  JsonNode   *node = key != NULL ? json_node_copy (key->key) : NULL;

  if (owned)
    _mtx_fake_key_free (key);

  return node;
}

/* Publishes what somebody inside the server made: a cross-signing key under its usage. */
void
_mtx_fake_publish_identity (FakeDevice *device,
                            const char *usage,
                            JsonObject *key)
{
  g_hash_table_insert (device->user->cross_signing, g_strdup (usage), json_object_ref (key));
}

/* Publishes device and one-time keys, and tells everybody. */
void
_mtx_fake_publish_device (MtxFakeHomeserver *self,
                          FakeDevice        *device,
                          JsonObject        *keys,
                          JsonObject        *one_time_keys)
{
  g_clear_pointer (&device->keys, json_object_unref);
  device->keys = json_object_ref (keys);
  add_one_time_keys (device, one_time_keys);
  device->user->keys_changed = ++self->position;
  _mtx_fake_sync_wake (self);
}

static void
claim_for_user (FakeCall   *call,
                const char *user_id,
                JsonObject *wanted,
                JsonObject *claimed)
{
  FakeUser      *user = g_hash_table_lookup (call->server->users, user_id);
  JsonObjectIter iter;
  const char    *device_id = NULL;
  JsonNode      *algorithm = NULL;

  json_object_iter_init (&iter, wanted);
  while (user != NULL && json_object_iter_next (&iter, &device_id, &algorithm))
    {
      FakeDevice *device = g_hash_table_lookup (user->devices, device_id);
      gboolean    owned = FALSE;
      FakeKey    *key = device != NULL ? take_key (device, json_node_get_string (algorithm), &owned) : NULL;

      if (key == NULL)
        continue;
      json_object_set_member (ensure_object (ensure_object (claimed, user_id), device_id), key->id, json_node_copy (key->key));
      if (owned)
        _mtx_fake_key_free (key);
    }
}

static void
handle_claim (FakeCall *call)
{
  JsonObject    *wanted = OBJECT (call->request->body, "one_time_keys");
  JsonObject    *body = json_object_new ();
  JsonObject    *claimed = ensure_object (body, "one_time_keys");
  JsonObjectIter iter;
  const char    *user_id = NULL;
  JsonNode      *devices = NULL;

  ensure_object (body, "failures");
  if (wanted != NULL)
    {
      json_object_iter_init (&iter, wanted);
      while (json_object_iter_next (&iter, &user_id, &devices))
        claim_for_user (call, user_id, json_node_get_object (devices), claimed);
    }
  ++call->server->position;
  _mtx_fake_sync_wake (call->server);
  _mtx_fake_call_ok (call, body);
}

static void
handle_changes (FakeCall *call)
{
  const char    *from = _mtx_fake_query (call, "from");
  guint64        since = from != NULL ? g_ascii_strtoull (from + 1, NULL, 10) : 0;
  JsonObject    *body = json_object_new ();
  JsonArray     *changed = json_array_new ();
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, call->server->users);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeUser *user = value;

      if (user->keys_changed > since)
        json_array_add_string_element (changed, user->user_id);
    }
  json_object_set_array_member (body, "changed", changed);
  json_object_set_array_member (body, "left", json_array_new ());
  _mtx_fake_call_ok (call, body);
}

static void
queue_one (MtxFakeHomeserver *self,
           FakeDevice        *device,
           const char        *sender,
           const char        *type,
           JsonObject        *content)
{
  FakeToDevice *message = g_new0 (FakeToDevice, 1);

  message->position = ++self->position;
  message->event = json_object_new ();
  json_object_set_string_member (message->event, "sender", sender);
  json_object_set_string_member (message->event, "type", type);
  json_object_set_object_member (message->event, "content", _mtx_fake_json_copy (content));
  g_queue_push_tail (&device->to_device, message);
}

/* Puts a message into the queue of one device, or of all devices of @user_id for "*". */
void
_mtx_fake_queue_to_device (MtxFakeHomeserver *self,
                           const char        *sender,
                           const char        *user_id,
                           const char        *device_id,
                           const char        *type,
                           JsonObject        *content)
{
  FakeUser      *user = g_hash_table_lookup (self->users, user_id);
  GHashTableIter iter;
  gpointer       value = NULL;

  if (user == NULL)
    return;
  g_hash_table_iter_init (&iter, user->devices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FakeDevice *device = value;

      if (g_str_equal (device_id, "*") || g_str_equal (device_id, device->device_id))
        queue_one (self, device, sender, type, content);
    }
}

static void
handle_send_to_device (FakeCall *call)
{
  JsonObject    *messages = OBJECT (call->request->body, "messages");
  JsonObjectIter users;
  const char    *user_id = NULL;
  JsonNode      *devices = NULL;

  if (messages == NULL)
    {
      _mtx_fake_call_error (call, 400, "M_MISSING_PARAM");
      return;
    }
  if (_mtx_fake_repeat (call))
    return;

  json_object_iter_init (&users, messages);
  while (json_object_iter_next (&users, &user_id, &devices))
    {
      JsonObjectIter iter;
      const char    *device_id = NULL;
      JsonNode      *content = NULL;

      json_object_iter_init (&iter, json_node_get_object (devices));
      while (json_object_iter_next (&iter, &device_id, &content))
        _mtx_fake_queue_to_device (call->server, call->device->user->user_id, user_id, device_id,
                                   call->args[0], json_node_get_object (content));
    }

  _mtx_fake_sync_wake (call->server);
  _mtx_fake_remember (call, json_object_new ());
}

const FakeRoute _mtx_fake_key_routes[] = {
  { "POST", "/_matrix/client/v3/keys/upload", FALSE, handle_upload },
  { "POST", "/_matrix/client/v3/keys/device_signing/upload", FALSE, handle_device_signing },
  { "POST", "/_matrix/client/v3/keys/signatures/upload", FALSE, handle_signatures },
  { "POST", "/_matrix/client/v3/keys/query", FALSE, handle_query },
  { "POST", "/_matrix/client/v3/keys/claim", FALSE, handle_claim },
  { "GET", "/_matrix/client/v3/keys/changes", FALSE, handle_changes },
  { "PUT", "/_matrix/client/v3/sendToDevice/*/*", FALSE, handle_send_to_device },
  { NULL, NULL, FALSE, NULL },
};

static FakeDevice *
get_device (MtxFakeHomeserver *self,
            const char        *user_id,
            const char        *device_id)
{
  FakeUser   *user = g_hash_table_lookup (self->users, user_id);
  FakeDevice *device = user != NULL ? g_hash_table_lookup (user->devices, device_id) : NULL;

  g_assert_nonnull (device);

  return device;
}

/**
 * mtx_fake_homeserver_get_device_keys:
 * @self: a homeserver
 * @user_id: an account that exists
 * @device_id: one of its devices
 *
 * Returns: (transfer none) (nullable): the device keys as uploaded, with all signatures
 */
JsonObject *
mtx_fake_homeserver_get_device_keys (MtxFakeHomeserver *self,
                                     const char        *user_id,
                                     const char        *device_id)
{
  return get_device (self, user_id, device_id)->keys;
}

/**
 * mtx_fake_homeserver_get_cross_signing_key:
 * @self: a homeserver
 * @user_id: an account that exists
 * @usage: "master", "self_signing" or "user_signing"
 *
 * Returns: (transfer none) (nullable): the key as uploaded, with all signatures
 */
JsonObject *
mtx_fake_homeserver_get_cross_signing_key (MtxFakeHomeserver *self,
                                           const char        *user_id,
                                           const char        *usage)
{
  FakeUser *user = g_hash_table_lookup (self->users, user_id);

  g_assert_nonnull (user);

  return g_hash_table_lookup (user->cross_signing, usage);
}

/**
 * mtx_fake_homeserver_count_one_time_keys:
 * @self: a homeserver
 * @user_id: an account that exists
 * @device_id: one of its devices
 *
 * Returns: how many one-time keys nobody has claimed
 */
guint
mtx_fake_homeserver_count_one_time_keys (MtxFakeHomeserver *self,
                                         const char        *user_id,
                                         const char        *device_id)
{
  return get_device (self, user_id, device_id)->one_time->len;
}

/**
 * mtx_fake_homeserver_drop_one_time_keys:
 * @self: a homeserver
 * @user_id: an account that exists
 * @device_id: one of its devices
 *
 * Lets the one-time keys run out, so that the next claim gets the fallback key.
 */
void
mtx_fake_homeserver_drop_one_time_keys (MtxFakeHomeserver *self,
                                        const char        *user_id,
                                        const char        *device_id)
{
  g_ptr_array_set_size (get_device (self, user_id, device_id)->one_time, 0);
  ++self->position;
  _mtx_fake_sync_wake (self);
}

/**
 * mtx_fake_homeserver_send_to_device:
 * @self: a homeserver
 * @sender: who it claims to be from
 * @user_id: whom to
 * @device_id: which device, or "*" for all
 * @type: the event's type
 * @content: (transfer none): its content
 *
 * Delivers a to-device event, as another user's client or a malicious server would.
 */
void
mtx_fake_homeserver_send_to_device (MtxFakeHomeserver *self,
                                    const char        *sender,
                                    const char        *user_id,
                                    const char        *device_id,
                                    const char        *type,
                                    JsonObject        *content)
{
  _mtx_fake_queue_to_device (self, sender, user_id, device_id, type, content);
  _mtx_fake_sync_wake (self);
}
