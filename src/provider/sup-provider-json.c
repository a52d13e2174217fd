/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stored form of a provider record. It has the members of the provider table (provider.md, section 17),
 * so the tests compare the one with the other.
 */
#include "sup-provider-private.h"

#include "mtx-error.h"
#include "mtx-json.h"

#define FORMAT_VERSION   1
#define STORED_MAX_BYTES (1024 * 1024)

static const char *
enum_to_nick (GType type,
              int   value)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (type);

  return g_enum_get_value (enum_class, value)->value_nick;
}

static gboolean
enum_from_nick (GType       type,
                const char *nick,
                int        *value)
{
  g_autoptr (GEnumClass) enum_class = g_type_class_ref (type);
  GEnumValue            *found = nick != NULL ? g_enum_get_value_by_nick (enum_class, nick) : NULL;

  if (found != NULL)
    *value = found->value;
  return found != NULL;
}

static void
set_text (JsonObject *object,
          const char *name,
          const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
}

static void
set_texts (JsonObject        *object,
           const char        *name,
           const char *const *texts)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; texts[i] != NULL; i++)
    json_array_add_string_element (array, texts[i]);
  json_object_set_array_member (object, name, array);
}

static void
set_section (JsonObject *object,
             const char *name,
             JsonObject *section)
{
  if (json_object_get_size (section) > 0)
    json_object_set_object_member (object, name, json_object_ref (section));
}

static JsonObject *
new_way (SupProviderState state)
{
  JsonObject *way = json_object_new ();

  json_object_set_string_member (way, "state", enum_to_nick (SUP_TYPE_PROVIDER_STATE, (int)state));
  return way;
}

static char *
dup_member (JsonObject *object,
            const char *name)
{
  return object != NULL ? g_strdup (mtx_json_get_string (object, name)) : NULL;
}

static GStrv
dup_texts (JsonObject *object,
           const char *name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray               *array = object != NULL ? mtx_json_get_array (object, name) : NULL;
  guint                    n = array != NULL ? json_array_get_length (array) : 0;

  for (guint i = 0; i < n; i++)
    {
      const char *text = mtx_json_array_string (array, i);

      if (text != NULL)
        g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

/* The state of one way to reach the provider. */
static gboolean
read_state (JsonObject       *way,
            SupProviderState *state)
{
  int value = 0;

  if (way == NULL || !enum_from_nick (SUP_TYPE_PROVIDER_STATE, mtx_json_get_string (way, "state"), &value))
    return FALSE;
  *state = (SupProviderState)value;
  return TRUE;
}

static void
read_company (JsonObject  *company,
              SupProvider *self)
{
  self->company_name = dup_member (company, "name");
  self->tag_line = dup_member (company, "tagLine");
  self->website = dup_member (company, "website");
  self->logo = dup_member (company, "logo");
  self->logo_light = dup_member (company, "logoLight");
  self->color = dup_member (company, "color");
  if (company != NULL)
    mtx_json_get_boolean (company, "suspended", &self->suspended);
}

static void
read_account (JsonObject  *account,
              SupProvider *self)
{
  self->server_name = dup_member (account, "serverName");
  self->homeserver_url = dup_member (account, "homeserverUrl");
  self->registration_token = dup_member (account, "registrationToken");
  self->support_identity_key = dup_member (account, "supportIdentityKey");
  self->privacy_policy_url = dup_member (account, "privacyPolicyUrl");
}

static gboolean
read_ways (JsonObject  *root,
           SupProvider *self)
{
  JsonObject *chat = mtx_json_get_object (root, "chat");
  JsonObject *feed = mtx_json_get_object (root, "feed");
  JsonObject *email = mtx_json_get_object (root, "email");
  const char *id;

  if (!read_state (chat, &self->chat_state)
      || !read_state (feed, &self->feed_state)
      || !read_state (email, &self->email_state))
    return FALSE;

  id = mtx_json_get_string (chat, "id");
  self->support_id = id != NULL ? mtx_user_id_new (id, NULL) : NULL;
  self->chat_rejected = dup_member (chat, "rejected");
  self->feed_room = dup_member (feed, "id");
  self->feed_via = dup_texts (feed, "via");
  self->email_address = dup_member (email, "address");

  return (self->support_id != NULL) == (self->chat_state == SUP_PROVIDER_READY)
         && (self->feed_room != NULL) == (self->feed_state == SUP_PROVIDER_READY)
         && (self->email_address != NULL) == (self->email_state == SUP_PROVIDER_READY);
}

static SupProvider *
read_record (JsonObject *root)
{
  g_autoptr (SupProvider) self = NULL;
  g_autoptr (GPtrArray)   warnings = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv)          texts = NULL;
  JsonObject             *origin = mtx_json_get_object (root, "origin");
  gint64                  format = 0;
  int                     kind = 0;

  if (!mtx_json_get_int (root, "format", &format) || format != FORMAT_VERSION
      || origin == NULL || !enum_from_nick (SUP_TYPE_PROVIDER_ORIGIN, mtx_json_get_string (origin, "kind"), &kind))
    return NULL;

  self = _sup_provider_new ((SupProviderOrigin)kind, mtx_json_get_string (origin, "name"));
  if (!read_ways (root, self))
    return NULL;

  read_company (mtx_json_get_object (root, "company"), self);
  read_account (mtx_json_get_object (root, "account"), self);
  self->support_page = dup_member (root, "supportPage");
  self->key = dup_member (root, "key");

  texts = dup_texts (root, "warnings");
  for (guint i = 0; texts[i] != NULL; i++)
    g_ptr_array_add (warnings, g_strdup (texts[i]));
  _sup_provider_seal (self, warnings);
  return g_steal_pointer (&self);
}

static JsonObject *
write_company (const SupProvider *self)
{
  JsonObject *company = json_object_new ();

  set_text (company, "name", self->company_name);
  set_text (company, "tagLine", self->tag_line);
  set_text (company, "website", self->website);
  set_text (company, "logo", self->logo);
  set_text (company, "logoLight", self->logo_light);
  set_text (company, "color", self->color);
  if (self->suspended)
    json_object_set_boolean_member (company, "suspended", TRUE);
  return company;
}

static JsonObject *
write_account (const SupProvider *self)
{
  JsonObject *account = json_object_new ();

  set_text (account, "serverName", self->server_name);
  set_text (account, "homeserverUrl", self->homeserver_url);
  set_text (account, "registrationToken", self->registration_token);
  set_text (account, "supportIdentityKey", self->support_identity_key);
  set_text (account, "privacyPolicyUrl", self->privacy_policy_url);
  return account;
}

static void
write_ways (const SupProvider *self,
            JsonObject        *root)
{
  JsonObject *chat = new_way (self->chat_state);
  JsonObject *feed = new_way (self->feed_state);
  JsonObject *email = new_way (self->email_state);

  if (self->support_id != NULL)
    set_text (chat, "id", mtx_user_id_get (self->support_id));
  set_text (chat, "rejected", self->chat_rejected);
  set_text (feed, "id", self->feed_room);
  if (self->feed_state == SUP_PROVIDER_READY)
    set_texts (feed, "via", (const char *const *)self->feed_via);
  set_text (email, "address", self->email_address);

  json_object_set_object_member (root, "chat", chat);
  json_object_set_object_member (root, "feed", feed);
  json_object_set_object_member (root, "email", email);
}

/**
 * sup_provider_to_json:
 * @self: a provider
 *
 * Writes the record for the encrypted store. The text may hold a registration token: it goes nowhere else.
 *
 * Returns: (transfer full): a JSON object
 */
char *
sup_provider_to_json (const SupProvider *self)
{
  g_autoptr (JsonObject) root = json_object_new ();
  g_autoptr (JsonObject) origin = json_object_new ();
  g_autoptr (JsonObject) company = NULL;
  g_autoptr (JsonObject) account = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  company = write_company (self);
  account = write_account (self);

  json_object_set_int_member (root, "format", FORMAT_VERSION);
  set_text (root, "key", self->key);
  set_text (origin, "kind", enum_to_nick (SUP_TYPE_PROVIDER_ORIGIN, (int)self->origin));
  set_text (origin, "name", self->origin_name);
  set_section (root, "origin", origin);
  write_ways (self, root);
  set_section (root, "company", company);
  set_section (root, "account", account);
  set_text (root, "supportPage", self->support_page);
  if (self->warnings[0] != NULL)
    set_texts (root, "warnings", (const char *const *)self->warnings);

  return mtx_json_to_string (root);
}

/**
 * sup_provider_from_json:
 * @json: what sup_provider_to_json() wrote
 * @error: return location for %MTX_ERROR_DAMAGED
 *
 * Reads a stored record.
 *
 * Returns: (transfer full): the record, or %NULL if the text is something else
 */
SupProvider *
sup_provider_from_json (const char *json,
                        GError    **error)
{
  g_autoptr (JsonObject) root = NULL;
  SupProvider           *self = NULL;
  const MtxJsonLimits    limits = { STORED_MAX_BYTES, MTX_JSON_MAX_DEPTH, FALSE, TRUE };

  g_return_val_if_fail (json != NULL, NULL);

  root = mtx_json_parse_object (json, -1, &limits, NULL);
  if (root != NULL)
    self = read_record (root);
  if (self == NULL)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "the stored provider cannot be read");
  return self;
}
