/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Key backups of the fake homeserver: versions of which the last one counts, and in it the better of two copies of a
 * room key (specification, § Server-side key backups).
 */
#include "mtx-fake-homeserver-private.h"

typedef struct
{
  char       *version;
  JsonObject *info; /* algorithm and auth_data as they came */
  GHashTable *keys; /* "room session" → JsonObject */
  gboolean    is_deleted;
} FakeBackup;

static void
json_free (gpointer data)
{
  json_object_unref (data);
}

void
_mtx_fake_backup_free (gpointer data)
{
  FakeBackup *backup = data;

  g_free (backup->version);
  json_object_unref (backup->info);
  g_hash_table_unref (backup->keys);
  g_free (backup);
}

/* The one that counts, or NULL. */
static FakeBackup *
current (FakeUser *user)
{
  FakeBackup *last = user->backups->len > 0 ? g_ptr_array_index (user->backups, user->backups->len - 1) : NULL;

  return last != NULL && !last->is_deleted ? last : NULL;
}

static FakeBackup *
add_backup (FakeUser   *user,
            JsonObject *info)
{
  FakeBackup *backup = g_new0 (FakeBackup, 1);

  backup->version = g_strdup_printf ("%u", user->backups->len + 1);
  backup->info = _mtx_fake_json_copy (info);
  backup->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, json_free);
  g_ptr_array_add (user->backups, backup);

  return backup;
}

static JsonObject *
make_counts (FakeBackup *backup)
{
  JsonObject      *body = json_object_new ();
  guint            count = g_hash_table_size (backup->keys);
  g_autofree char *etag = g_strdup_printf ("%u", count);

  json_object_set_int_member (body, "count", count);
  json_object_set_string_member (body, "etag", etag);

  return body;
}

static void
handle_version_post (FakeCall *call)
{
  JsonObject *body = NULL;

  if (call->request->body == NULL)
    {
      _mtx_fake_call_error (call, 400, "M_NOT_JSON");
      return;
    }
  body = json_object_new ();
  json_object_set_string_member (body, "version", add_backup (call->device->user, call->request->body)->version);
  _mtx_fake_call_ok (call, body);
}

static void
handle_version_get (FakeCall *call)
{
  FakeBackup *backup = current (call->device->user);
  JsonObject *body = NULL;

  if (backup == NULL)
    {
      _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
      return;
    }
  body = make_counts (backup);
  json_object_set_string_member (body, "version", backup->version);
  json_object_set_string_member (body, "algorithm", json_object_get_string_member (backup->info, "algorithm"));
  json_object_set_object_member (body, "auth_data",
                                 _mtx_fake_json_copy (json_object_get_object_member (backup->info, "auth_data")));
  _mtx_fake_call_ok (call, body);
}

/* The backup the call names, if it is the one that counts; else the call is answered. */
static FakeBackup *
find_backup (FakeCall *call)
{
  FakeBackup *backup = current (call->device->user);

  if (backup == NULL)
    {
      _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
      return NULL;
    }
  if (g_strcmp0 (_mtx_fake_query (call, "version"), backup->version) != 0)
    {
      _mtx_fake_call_error (call, 403, "M_WRONG_ROOM_KEYS_VERSION");
      return NULL;
    }

  return backup;
}

static gboolean
is_better (JsonObject *new_key,
           JsonObject *old_key)
{
  gboolean new_verified = json_object_get_boolean_member_with_default (new_key, "is_verified", FALSE);
  gboolean old_verified = json_object_get_boolean_member_with_default (old_key, "is_verified", FALSE);

  if (new_verified != old_verified)
    return new_verified;

  return json_object_get_int_member (new_key, "first_message_index") < json_object_get_int_member (old_key, "first_message_index");
}

static void
put_session (FakeBackup *backup,
             const char *room_id,
             const char *session_id,
             JsonObject *key)
{
  g_autofree char *name = g_strconcat (room_id, " ", session_id, NULL);
  JsonObject      *known = g_hash_table_lookup (backup->keys, name);

  if (known == NULL || is_better (key, known))
    g_hash_table_replace (backup->keys, g_steal_pointer (&name), _mtx_fake_json_copy (key));
}

static void
handle_keys_put (FakeCall *call)
{
  FakeBackup       *backup = find_backup (call);
  JsonObject       *rooms = NULL;
  g_autoptr (GList) room_ids = NULL;

  if (backup == NULL)
    return;

  rooms = json_object_get_object_member (call->request->body, "rooms");
  room_ids = json_object_get_members (rooms);
  for (GList *room = room_ids; room != NULL; room = room->next)
    {
      JsonObject       *sessions = json_object_get_object_member (json_object_get_object_member (rooms, room->data), "sessions");
      g_autoptr (GList) session_ids = json_object_get_members (sessions);

      for (GList *session = session_ids; session != NULL; session = session->next)
        put_session (backup, room->data, session->data, json_object_get_object_member (sessions, session->data));
    }
  _mtx_fake_call_ok (call, make_counts (backup));
}

static JsonObject *
ensure_member (JsonObject *object,
               const char *name)
{
  if (!json_object_has_member (object, name))
    json_object_set_object_member (object, name, json_object_new ());

  return json_object_get_object_member (object, name);
}

static void
handle_keys_get (FakeCall *call)
{
  FakeBackup    *backup = find_backup (call);
  JsonObject    *body = NULL;
  JsonObject    *rooms = NULL;
  GHashTableIter iter;
  gpointer       name = NULL;
  gpointer       key = NULL;

  if (backup == NULL)
    return;

  body = json_object_new ();
  rooms = ensure_member (body, "rooms");
  g_hash_table_iter_init (&iter, backup->keys);
  while (g_hash_table_iter_next (&iter, &name, &key))
    {
      g_auto (GStrv) parts = g_strsplit (name, " ", 2);

      json_object_set_object_member (ensure_member (ensure_member (rooms, parts[0]), "sessions"), parts[1],
                                     _mtx_fake_json_copy (key));
    }
  _mtx_fake_call_ok (call, body);
}

static void
handle_key_get (FakeCall *call)
{
  FakeBackup      *backup = find_backup (call);
  g_autofree char *name = g_strconcat (call->args[0], " ", call->args[1], NULL);
  JsonObject      *key = NULL;

  if (backup == NULL)
    return;

  key = g_hash_table_lookup (backup->keys, name);
  if (key == NULL)
    {
      _mtx_fake_call_error (call, 404, "M_NOT_FOUND");
      return;
    }
  _mtx_fake_call_ok (call, _mtx_fake_json_copy (key));
}

const FakeRoute _mtx_fake_backup_routes[] = {
  { "POST", "/_matrix/client/v3/room_keys/version", FALSE, handle_version_post },
  { "GET", "/_matrix/client/v3/room_keys/version", FALSE, handle_version_get },
  { "PUT", "/_matrix/client/v3/room_keys/keys", FALSE, handle_keys_put },
  { "GET", "/_matrix/client/v3/room_keys/keys", FALSE, handle_keys_get },
  { "GET", "/_matrix/client/v3/room_keys/keys/*/*", FALSE, handle_key_get },
  { NULL, NULL, FALSE, NULL },
};

static FakeUser *
find_user (MtxFakeHomeserver *self,
           const char        *user_id)
{
  FakeUser *user = g_hash_table_lookup (self->users, user_id);

  g_assert_nonnull (user);

  return user;
}

/**
 * mtx_fake_homeserver_add_backup:
 * @self: a homeserver
 * @user_id: one of its users
 * @info: `algorithm` and `auth_data`
 *
 * Makes a new version, as another client of the user, or whoever sits on the server, would.
 */
void
mtx_fake_homeserver_add_backup (MtxFakeHomeserver *self,
                                const char        *user_id,
                                JsonObject        *info)
{
  add_backup (find_user (self, user_id), info);
}

/**
 * mtx_fake_homeserver_delete_backup:
 * @self: a homeserver
 * @user_id: one of its users
 *
 * Takes the backup away.
 */
void
mtx_fake_homeserver_delete_backup (MtxFakeHomeserver *self,
                                   const char        *user_id)
{
  current (find_user (self, user_id))->is_deleted = TRUE;
}

/**
 * mtx_fake_homeserver_get_backup:
 * @self: a homeserver
 * @user_id: one of its users
 * @version: (out) (optional) (transfer none): the name of the version
 *
 * Returns: (transfer none) (nullable): `algorithm` and `auth_data` of the backup that counts
 */
JsonObject *
mtx_fake_homeserver_get_backup (MtxFakeHomeserver *self,
                                const char        *user_id,
                                const char       **version)
{
  FakeBackup *backup = current (find_user (self, user_id));

  if (version != NULL)
    *version = backup != NULL ? backup->version : NULL;

  return backup != NULL ? backup->info : NULL;
}

/**
 * mtx_fake_homeserver_get_backup_keys:
 * @self: a homeserver
 * @user_id: one of its users
 *
 * Returns: (transfer none) (element-type utf8 JsonObject): "room session" → what is kept, to be changed as a server
 *   can
 */
GHashTable *
mtx_fake_homeserver_get_backup_keys (MtxFakeHomeserver *self,
                                     const char        *user_id)
{
  FakeBackup *backup = current (find_user (self, user_id));

  g_assert_nonnull (backup);

  return backup->keys;
}
