/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accounts of the fake homeserver: registration by user-interactive authentication, login, renewal.
 */
#include "mtx-fake-homeserver-private.h"

#include <string.h>

#define OBJECT(o, name) (json_object_has_member (o, name) ? json_object_get_object_member (o, name) : NULL)
#define STRING(o, name) (o != NULL ? json_object_get_string_member_with_default (o, name, NULL) : NULL)

static void
data_free (gpointer data)
{
  FakeData *kept = data;

  json_object_unref (kept->content);
  g_free (kept);
}

/* Makes an account without a device. */
FakeUser *
_mtx_fake_user_new (MtxFakeHomeserver *self,
                    const char        *localpart,
                    const char        *password)
{
  FakeUser *user = g_new0 (FakeUser, 1);

  user->user_id = g_strdup_printf ("@%s:%s", localpart, MTX_FAKE_SERVER_NAME);
  user->password = g_strdup (password);
  user->devices = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, _mtx_fake_device_free);
  user->cross_signing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_object_unref);
  user->account_data = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, data_free);
  user->backups = g_ptr_array_new_with_free_func (_mtx_fake_backup_free);
  user->filter = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_object_unref);
  g_hash_table_insert (self->users, user->user_id, user);

  return user;
}

/* Frees an account with its devices. */
void
_mtx_fake_user_free (gpointer data)
{
  FakeUser *user = data;

  g_free (user->user_id);
  g_free (user->password);
  g_hash_table_unref (user->devices);
  g_hash_table_unref (user->cross_signing);
  g_hash_table_unref (user->account_data);
  g_ptr_array_unref (user->backups);
  g_hash_table_unref (user->filter);
  g_free (user);
}

/* The device with this id, made if there is none. */
FakeDevice *
_mtx_fake_device_ensure (FakeUser   *user,
                         const char *device_id)
{
  FakeDevice *device = g_hash_table_lookup (user->devices, device_id);

  if (device != NULL)
    return device;

  device = g_new0 (FakeDevice, 1);
  device->user = user;
  device->device_id = g_strdup (device_id);
  device->one_time = g_ptr_array_new_with_free_func (_mtx_fake_key_free);
  device->fallback = g_ptr_array_new_with_free_func (_mtx_fake_key_free);
  g_queue_init (&device->to_device);
  device->transactions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_object_unref);
  g_hash_table_insert (user->devices, device->device_id, device);

  return device;
}

/* Frees a device. */
void
_mtx_fake_device_free (gpointer data)
{
  FakeDevice *device = data;

  g_free (device->device_id);
  g_clear_pointer (&device->keys, json_object_unref);
  g_ptr_array_unref (device->one_time);
  g_ptr_array_unref (device->fallback);
  g_queue_clear_full (&device->to_device, _mtx_fake_to_device_free);
  g_hash_table_unref (device->transactions);
  g_free (device);
}

/* A new token for @device; it stays valid until it is expired. */
char *
_mtx_fake_token_new (MtxFakeHomeserver *self,
                     GHashTable        *tokens,
                     FakeDevice        *device)
{
  FakeToken *token = g_new0 (FakeToken, 1);
  char      *text = _mtx_fake_next_id (self, tokens == self->access_tokens ? "syt_access_" : "syr_refresh_");

  token->device = device;
  g_hash_table_insert (tokens, g_strdup (text), token);

  return text;
}

static void
answer_logged_in (FakeCall   *call,
                  FakeDevice *device)
{
  g_autofree char *access = _mtx_fake_token_new (call->server, call->server->access_tokens, device);
  JsonObject      *body = json_object_new ();

  json_object_set_string_member (body, "user_id", device->user->user_id);
  json_object_set_string_member (body, "home_server", MTX_FAKE_SERVER_NAME);
  json_object_set_string_member (body, "device_id", device->device_id);
  json_object_set_string_member (body, "access_token", access);
  if (json_object_get_boolean_member_with_default (call->request->body, "refresh_token", FALSE))
    {
      g_autofree char *refresh = _mtx_fake_token_new (call->server, call->server->refresh_tokens, device);

      json_object_set_string_member (body, "refresh_token", refresh);
      json_object_set_int_member (body, "expires_in_ms", 300000);
    }
  _mtx_fake_call_ok (call, body);
}

static void
answer_stages (FakeCall   *call,
               const char *session,
               const char *errcode)
{
  GHashTable    *completed = g_hash_table_lookup (call->server->uia, session);
  g_auto (GStrv) flows = g_strsplit (call->server->flows, ";", -1);
  JsonObject    *body = json_object_new ();
  JsonArray     *array = json_array_new ();
  JsonObject    *params = json_object_new ();
  GHashTableIter iter;
  gpointer       stage = NULL;

  for (guint i = 0; flows[i] != NULL; i++)
    {
      g_auto (GStrv) stages = g_strsplit (flows[i], " ", -1);
      JsonObject    *flow = json_object_new ();
      JsonArray     *list = json_array_new ();

      for (guint j = 0; stages[j] != NULL; j++)
        json_array_add_string_element (list, stages[j]);
      json_object_set_array_member (flow, "stages", list);
      json_array_add_object_element (array, flow);
    }
  json_object_set_array_member (body, "flows", array);

  array = json_array_new ();
  g_hash_table_iter_init (&iter, completed);
  while (g_hash_table_iter_next (&iter, &stage, NULL))
    json_array_add_string_element (array, stage);
  json_object_set_array_member (body, "completed", array);

  if (strstr (call->server->flows, "m.login.terms") != NULL)
    {
      JsonNode *terms = json_from_string ("{\"policies\":{\"privacy\":{\"version\":\"1.2\",\"en\":{\"name\":\"Privacy Policy\","
                                          "\"url\":\"https://fake.example/privacy\"}}}}",
                                          NULL);

      json_object_set_member (params, "m.login.terms", terms);
    }
  json_object_set_object_member (body, "params", params);
  json_object_set_string_member (body, "session", session);
  if (errcode != NULL)
    {
      json_object_set_string_member (body, "errcode", errcode);
      json_object_set_string_member (body, "error", "The stage failed");
    }

  _mtx_fake_call_ok (call, body);
  call->answer->status = 401;
}

static const char *
try_stage (FakeCall   *call,
           JsonObject *auth,
           GHashTable *completed)
{
  const char *type = STRING (auth, "type");

  if (type == NULL)
    return NULL;
  if (g_str_equal (type, "m.login.registration_token"))
    {
      /* As Synapse does. */
      if (STRING (auth, "session") == NULL)
        return "M_MISSING_PARAM";
      if (g_strcmp0 (STRING (auth, "token"), call->server->registration_token) != 0)
        return "M_UNAUTHORIZED";
    }
  else if (!g_str_equal (type, "m.login.dummy") && !g_str_equal (type, "m.login.terms"))
    return "M_UNRECOGNIZED";

  g_hash_table_add (completed, g_strdup (type));

  return NULL;
}

static gboolean
is_complete (FakeCall   *call,
             GHashTable *completed)
{
  g_auto (GStrv) flows = g_strsplit (call->server->flows, ";", -1);

  for (guint i = 0; flows[i] != NULL; i++)
    {
      g_auto (GStrv) stages = g_strsplit (flows[i], " ", -1);
      gboolean       all = TRUE;

      for (guint j = 0; stages[j] != NULL; j++)
        all = all && g_hash_table_contains (completed, stages[j]);
      if (all)
        return TRUE;
    }

  return FALSE;
}

/* TRUE when the person is who the flows want; otherwise the answer lists what is missing. */
static gboolean
authenticate_interactively (FakeCall *call)
{
  JsonObject      *auth = OBJECT (call->request->body, "auth");
  g_autofree char *session = g_strdup (STRING (auth, "session"));
  GHashTable      *completed = session != NULL ? g_hash_table_lookup (call->server->uia, session) : NULL;
  const char      *errcode = NULL;

  if (completed == NULL)
    {
      g_free (session);
      session = _mtx_fake_next_id (call->server, "uia_");
      completed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (call->server->uia, g_strdup (session), completed);
    }

  errcode = auth != NULL ? try_stage (call, auth, completed) : NULL;
  if (is_complete (call, completed))
    return TRUE;

  answer_stages (call, session, errcode);

  return FALSE;
}

static void
handle_register (FakeCall *call)
{
  MtxFakeHomeserver *self = call->server;
  JsonObject        *body = call->request->body;
  const char        *username = STRING (body, "username");
  const char        *device_id = STRING (body, "device_id");
  g_autofree char   *user_id = g_strdup_printf ("@%s:%s", username, MTX_FAKE_SERVER_NAME);
  g_autofree char   *drawn = NULL;

  if (*self->flows == '\0')
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return;
    }
  if (username == NULL)
    {
      _mtx_fake_call_error (call, 400, "M_MISSING_PARAM");
      return;
    }
  if (g_hash_table_contains (self->users, user_id))
    {
      _mtx_fake_call_error (call, 400, "M_USER_IN_USE");
      return;
    }
  if (!authenticate_interactively (call))
    return;

  if (device_id == NULL)
    device_id = drawn = _mtx_fake_next_id (self, "DEVICE");
  answer_logged_in (call, _mtx_fake_device_ensure (_mtx_fake_user_new (self, username, STRING (body, "password")), device_id));
}

static void
handle_login (FakeCall *call)
{
  MtxFakeHomeserver *self = call->server;
  JsonObject        *body = call->request->body;
  JsonObject        *identifier = OBJECT (body, "identifier");
  const char        *name = STRING (identifier, "user");
  const char        *device_id = STRING (body, "device_id");
  g_autofree char   *drawn = NULL;
  g_autofree char   *user_id = NULL;
  FakeUser          *user = NULL;

  if (name == NULL || g_strcmp0 (STRING (body, "type"), "m.login.password") != 0)
    {
      _mtx_fake_call_error (call, 400, "M_UNKNOWN");
      return;
    }

  user_id = name[0] == '@' ? g_strdup (name) : g_strdup_printf ("@%s:%s", name, MTX_FAKE_SERVER_NAME);
  user = g_hash_table_lookup (self->users, user_id);
  if (user == NULL || user->password == NULL || g_strcmp0 (user->password, STRING (body, "password")) != 0)
    {
      _mtx_fake_call_error (call, 403, "M_FORBIDDEN");
      return;
    }

  if (device_id == NULL)
    device_id = drawn = _mtx_fake_next_id (self, "DEVICE");
  answer_logged_in (call, _mtx_fake_device_ensure (user, device_id));
}

static void
handle_login_flows (FakeCall *call)
{
  mtx_fake_answer_json (call->answer, 200, "{\"flows\":[{\"type\":\"m.login.password\"}]}");
}

/* A refresh token works once; what is sent again after a lost answer is refused, as the strictest servers do. */
static void
handle_refresh (FakeCall *call)
{
  MtxFakeHomeserver *self = call->server;
  const char        *text = STRING (call->request->body, "refresh_token");
  FakeToken         *token = text != NULL ? g_hash_table_lookup (self->refresh_tokens, text) : NULL;
  g_autofree char   *access = NULL;
  g_autofree char   *refresh = NULL;
  JsonObject        *body = NULL;

  if (token == NULL || token->dead)
    {
      _mtx_fake_call_error (call, 401, "M_UNKNOWN_TOKEN");
      if (token != NULL && token->soft_logout)
        json_object_set_boolean_member (call->answer->body, "soft_logout", TRUE);
      return;
    }

  token->dead = TRUE;
  access = _mtx_fake_token_new (self, self->access_tokens, token->device);
  refresh = _mtx_fake_token_new (self, self->refresh_tokens, token->device);
  body = json_object_new ();
  json_object_set_string_member (body, "access_token", access);
  json_object_set_string_member (body, "refresh_token", refresh);
  json_object_set_int_member (body, "expires_in_ms", 300000);
  _mtx_fake_call_ok (call, body);
}

static void
handle_whoami (FakeCall *call)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "user_id", call->device->user->user_id);
  json_object_set_string_member (body, "device_id", call->device->device_id);
  _mtx_fake_call_ok (call, body);
}

static void
handle_versions (FakeCall *call)
{
  mtx_fake_answer_json (call->answer, 200, "{\"versions\":[\"v1.11\",\"v1.12\"],\"unstable_features\":{}}");
}

static void
handle_logout (FakeCall *call)
{
  g_autofree char *user_id = g_strdup (call->request->user_id);
  g_autofree char *device_id = g_strdup (call->request->device_id);

  mtx_fake_homeserver_remove_device (call->server, user_id, device_id);
  _mtx_fake_call_ok (call, NULL);
}

const FakeRoute _mtx_fake_account_routes[] = {
  { "GET", "/_matrix/client/versions", TRUE, handle_versions },
  { "POST", "/_matrix/client/v3/register", TRUE, handle_register },
  { "GET", "/_matrix/client/v3/login", TRUE, handle_login_flows },
  { "POST", "/_matrix/client/v3/login", TRUE, handle_login },
  { "POST", "/_matrix/client/v3/refresh", TRUE, handle_refresh },
  { "POST", "/_matrix/client/v3/logout", FALSE, handle_logout },
  { "GET", "/_matrix/client/v3/account/whoami", FALSE, handle_whoami },
  { NULL, NULL, FALSE, NULL },
};

/**
 * mtx_fake_homeserver_add_user:
 * @self: a homeserver
 * @localpart: the name before the colon; the account is made if there is none
 * @device_id: a device, made if there is none
 *
 * Logs somebody else in, for example a support agent: give the token to a #MtxHttp of the test.
 *
 * Returns: (transfer full): an access token of that device
 */
char *
mtx_fake_homeserver_add_user (MtxFakeHomeserver *self,
                              const char        *localpart,
                              const char        *device_id)
{
  g_autofree char *user_id = g_strdup_printf ("@%s:%s", localpart, MTX_FAKE_SERVER_NAME);
  FakeUser        *user = g_hash_table_lookup (self->users, user_id);

  if (user == NULL)
    user = _mtx_fake_user_new (self, localpart, NULL);

  return _mtx_fake_token_new (self, self->access_tokens, _mtx_fake_device_ensure (user, device_id));
}

/**
 * mtx_fake_homeserver_has_user:
 * @self: a homeserver
 * @user_id: a full user id
 *
 * Returns: whether the account exists
 */
gboolean
mtx_fake_homeserver_has_user (MtxFakeHomeserver *self,
                              const char        *user_id)
{
  return g_hash_table_contains (self->users, user_id);
}

/**
 * mtx_fake_homeserver_count_users:
 * @self: a homeserver
 *
 * Returns: how many accounts there are, whoever made them
 */
guint
mtx_fake_homeserver_count_users (MtxFakeHomeserver *self)
{
  return g_hash_table_size (self->users);
}

/**
 * mtx_fake_homeserver_count_devices:
 * @self: a homeserver
 * @user_id: an account that exists
 *
 * Returns: how many devices are logged in
 */
guint
mtx_fake_homeserver_count_devices (MtxFakeHomeserver *self,
                                   const char        *user_id)
{
  FakeUser *user = g_hash_table_lookup (self->users, user_id);

  g_assert_nonnull (user);

  return g_hash_table_size (user->devices);
}

/**
 * mtx_fake_homeserver_expire_token:
 * @self: a homeserver
 * @token: (nullable): an access or refresh token, or %NULL for all access tokens
 * @soft_logout: what the refusal says about the device
 *
 * Lets tokens die; the device stays.
 */
void
mtx_fake_homeserver_expire_token (MtxFakeHomeserver *self,
                                  const char        *token,
                                  gboolean           soft_logout)
{
  GHashTable    *tables[] = { self->access_tokens, self->refresh_tokens };
  GHashTableIter iter;
  gpointer       key = NULL;
  gpointer       value = NULL;

  for (gsize i = 0; i < (token == NULL ? 1 : G_N_ELEMENTS (tables)); i++)
    {
      g_hash_table_iter_init (&iter, tables[i]);
      while (g_hash_table_iter_next (&iter, &key, &value))
        {
          FakeToken *known = value;

          if (token != NULL && !g_str_equal (key, token))
            continue;
          known->dead = TRUE;
          known->soft_logout = soft_logout;
        }
    }
}

static gboolean
belongs_to (gpointer key,
            gpointer value,
            gpointer device)
{
  return ((FakeToken *)value)->device == device;
}

/**
 * mtx_fake_homeserver_remove_device:
 * @self: a homeserver
 * @user_id: an account that exists
 * @device_id: one of its devices
 *
 * Logs a device out for good: its tokens are unknown, its keys gone, and others hear of it.
 */
void
mtx_fake_homeserver_remove_device (MtxFakeHomeserver *self,
                                   const char        *user_id,
                                   const char        *device_id)
{
  FakeUser   *user = g_hash_table_lookup (self->users, user_id);
  FakeDevice *device = user != NULL ? g_hash_table_lookup (user->devices, device_id) : NULL;

  g_assert_nonnull (device);
  g_hash_table_foreach_remove (self->access_tokens, belongs_to, device);
  g_hash_table_foreach_remove (self->refresh_tokens, belongs_to, device);
  g_hash_table_steal (user->devices, device_id);
  g_ptr_array_add (self->graves, device);
  user->keys_changed = ++self->position;
  _mtx_fake_sync_wake (self);
}
