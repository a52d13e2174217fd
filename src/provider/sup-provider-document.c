/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the sections of a provider document. Only a document that says nothing at all is refused.
 */
#include "sup-provider-document.h"

#include "mtx-json.h"
#include "sup-display-text.h"
#include "sup-matrix-link.h"
#include "sup-provider-contacts.h"
#include "sup-provider-error.h"
#include "sup-provider-extension.h"
#include "sup-provider-fields.h"
#include "sup-provider-private.h"

/* Where one way to reach the provider is written: two switches, which the extension object lacks, and the
 * address. */
typedef struct
{
  const char *display;
  const char *custom;
  const char *address;
} Way;

static const Way help_center_chat = { "displayChatSupport", "customChatSupport", "customChatSupportName" };
static const Way help_center_feed = { "displayNotification", "customNotification", "customNotificationRoom" };
static const Way help_center_email = { "displayEmailSupport", "customEmailSupport", "customEmail" };
static const Way extension_chat = { NULL, NULL, "supportId" };
static const Way extension_feed = { NULL, NULL, "announcementsRoom" };
static const Way extension_email = { NULL, NULL, "supportEmail" };

typedef struct
{
  SupProvider *provider;

  /* owned: servers of the extension object; identifiers as given, even if switched off */
  GPtrArray *announcements_via;
  char      *chat_identifier;
  char      *feed_identifier;
} Reading;

static void
reading_clear (Reading *self)
{
  g_clear_pointer (&self->provider, sup_provider_unref);
  g_clear_pointer (&self->announcements_via, g_ptr_array_unref);
  g_clear_pointer (&self->chat_identifier, g_free);
  g_clear_pointer (&self->feed_identifier, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static void
read_general (const SupProviderFields *general,
              SupProvider             *provider)
{
  provider->company_name = sup_provider_fields_dup_display_text (general, "companyName", SUP_DISPLAY_TEXT_NAME_CHARS);
  provider->tag_line = sup_provider_fields_dup_display_text (general, "tagLine", SUP_DISPLAY_TEXT_TAG_LINE_CHARS);
  provider->website = sup_provider_fields_dup_url (general, "companyWebsite");
  provider->logo = sup_provider_fields_dup_url (general, "companyLogo");
  provider->logo_light = sup_provider_fields_dup_url (general, "companyLogoLight");
  provider->color = sup_provider_fields_dup_color (general, "primaryColor");
  provider->suspended = sup_provider_fields_get_flag (general, "organizationStatus") == SUP_PROVIDER_FLAG_FALSE;
}

/* The first match of section 3; READY means that the address decides. */
static SupProviderState
read_switches (const SupProviderFields *fields,
               const Way               *way,
               const char              *address)
{
  SupProviderFlag display = SUP_PROVIDER_FLAG_UNSET;
  SupProviderFlag custom = SUP_PROVIDER_FLAG_UNSET;

  if (way->display != NULL)
    {
      display = sup_provider_fields_get_flag (fields, way->display);
      custom = sup_provider_fields_get_flag (fields, way->custom);
    }

  if (display == SUP_PROVIDER_FLAG_FALSE)
    return SUP_PROVIDER_OFF;
  if (custom == SUP_PROVIDER_FLAG_FALSE)
    {
      if (address != NULL)
        sup_provider_fields_warn (fields, "ignored", way->address);
      return SUP_PROVIDER_NOT_SET_UP;
    }
  return address != NULL ? SUP_PROVIDER_READY : SUP_PROVIDER_NOT_SET_UP;
}

static void
read_chat (const SupProviderFields *fields,
           const Way               *way,
           Reading                 *reading)
{
  g_autofree char          *text = sup_provider_fields_dup_text (fields, way->address);
  g_autoptr (SupMatrixLink) link = text != NULL ? sup_matrix_link_parse (text, NULL) : NULL;
  SupProvider              *provider = reading->provider;
  SupDisplayTextFlags       flags;

  if (link != NULL && link->user != NULL)
    reading->chat_identifier = g_strdup (mtx_user_id_get (link->user));

  provider->chat_state = read_switches (fields, way, text);
  if (provider->chat_state != SUP_PROVIDER_READY)
    return;

  if (link == NULL || link->user == NULL)
    {
      provider->chat_state = SUP_PROVIDER_INVALID;
      provider->chat_rejected = sup_display_text_clean (text, SUP_DISPLAY_TEXT_NAME_CHARS, &flags);
      sup_provider_fields_warn (fields, "id", way->address);
      return;
    }

  provider->support_id = g_steal_pointer (&link->user);
  if (mtx_user_id_is_historical (provider->support_id))
    sup_provider_fields_warn (fields, "historical-user-id", way->address);
}

static void
read_feed (const SupProviderFields *fields,
           const Way               *way,
           Reading                 *reading)
{
  g_autofree char          *text = sup_provider_fields_dup_text (fields, way->address);
  g_autoptr (SupMatrixLink) link = text != NULL ? sup_matrix_link_parse (text, NULL) : NULL;
  g_autoptr (GPtrArray)     via = g_ptr_array_new_with_free_func (g_free);
  SupProvider              *provider = reading->provider;

  if (link != NULL && link->room != NULL)
    reading->feed_identifier = g_strdup (link->room);

  provider->feed_state = read_switches (fields, way, text);
  if (provider->feed_state != SUP_PROVIDER_READY)
    return;

  if (link == NULL || link->room == NULL)
    {
      provider->feed_state = SUP_PROVIDER_INVALID;
      sup_provider_fields_warn (fields, "id", way->address);
      return;
    }

  for (guint i = 0; link->via[i] != NULL; i++)
    sup_matrix_link_add_via (via, link->via[i]);
  for (guint i = 0; i < reading->announcements_via->len; i++)
    sup_matrix_link_add_via (via, reading->announcements_via->pdata[i]);

  if (link->non_ascii)
    sup_provider_fields_warn (fields, "non-ascii-alias", way->address);
  if (link->room[0] == '!' && via->len == 0)
    sup_provider_fields_warn (fields, "room-without-server", way->address);

  provider->feed_room = g_steal_pointer (&link->room);
  g_ptr_array_add (via, NULL);
  provider->feed_via = (GStrv)g_ptr_array_steal (via, NULL);
}

static void
read_email (const SupProviderFields *fields,
            const Way               *way,
            SupProvider             *provider)
{
  g_autofree char *text = sup_provider_fields_dup_text (fields, way->address);

  provider->email_state = read_switches (fields, way, text);
  if (provider->email_state != SUP_PROVIDER_READY)
    return;

  if (sup_provider_email_is_valid (text))
    provider->email_address = g_steal_pointer (&text);
  else
    {
      provider->email_state = SUP_PROVIDER_INVALID;
      sup_provider_fields_warn (fields, "email", way->address);
    }
}

/* With helpCenterOptions, which the wallet reads too, a second set of addresses would be a way to send the
 * app elsewhere. */
static void
ignore_extension_addresses (const SupProviderFields *extension)
{
  static const char *const names[] = { "name", "supportId", "announcementsRoom", "supportEmail" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = sup_provider_fields_dup_text (extension, names[i]);

      if (text != NULL)
        sup_provider_fields_warn (extension, "ignored", names[i]);
    }
}

static void
read_extension_addresses (const SupProviderFields *extension,
                          Reading                 *reading)
{
  SupProvider     *provider = reading->provider;
  g_autofree char *name = NULL;

  name = sup_provider_fields_dup_display_text (extension, "name", SUP_DISPLAY_TEXT_NAME_CHARS);
  if (provider->company_name == NULL)
    provider->company_name = g_steal_pointer (&name);
  read_chat (extension, &extension_chat, reading);
  read_feed (extension, &extension_feed, reading);
  read_email (extension, &extension_email, provider);
}

/* Contacts fill only what the extension object left open; they never stand beside its support account. */
static void
read_contacts (const SupProviderFields *root,
               Reading                 *reading)
{
  g_autoptr (SupProviderContact) contact = NULL;
  SupProvider                   *provider = reading->provider;

  if (provider->chat_state != SUP_PROVIDER_NOT_SET_UP)
    return;

  contact = sup_provider_contacts_choose (root);
  if (contact->support_id != NULL)
    {
      provider->support_id = g_steal_pointer (&contact->support_id);
      provider->chat_state = SUP_PROVIDER_READY;
    }
  if (provider->email_state == SUP_PROVIDER_NOT_SET_UP && contact->email != NULL)
    {
      provider->email_address = g_steal_pointer (&contact->email);
      provider->email_state = SUP_PROVIDER_READY;
    }
}

/* The help section without its wrapper, as people cut it out of a configuration. */
static gboolean
is_bare_help_center (JsonObject *root)
{
  const Way *ways[] = { &help_center_chat, &help_center_feed, &help_center_email };

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    if (json_object_has_member (root, ways[i]->display)
        || json_object_has_member (root, ways[i]->custom)
        || json_object_has_member (root, ways[i]->address))
      return TRUE;
  return FALSE;
}

static gboolean
is_usable (JsonObject *root,
           gboolean    has_section)
{
  return has_section || mtx_json_get_array (root, "contacts") != NULL || mtx_json_get_string (root, "support_page") != NULL;
}

/* Same provider, same key, also while the provider has switched the chat off. */
static void
keep_key (Reading *reading)
{
  SupProvider *provider = reading->provider;

  if (provider->origin != SUP_PROVIDER_ORIGIN_FILE && provider->origin != SUP_PROVIDER_ORIGIN_TEXT)
    return;
  if (reading->chat_identifier != NULL)
    provider->key = g_steal_pointer (&reading->chat_identifier);
  else if (provider->support_id == NULL)
    provider->key = g_steal_pointer (&reading->feed_identifier);
}

static SupProviderError
provider_code (const GError *json_error)
{
  g_assert (json_error->domain == MTX_JSON_ERROR);

  switch ((MtxJsonError)json_error->code)
    {
    case MTX_JSON_ERROR_TOO_LARGE:
      return SUP_PROVIDER_ERROR_TOO_LARGE;
    case MTX_JSON_ERROR_INVALID_UTF8:
      return SUP_PROVIDER_ERROR_INVALID_UTF8;
    case MTX_JSON_ERROR_TOO_DEEP:
      return SUP_PROVIDER_ERROR_TOO_DEEP;
    case MTX_JSON_ERROR_NUL_IN_STRING:
      return SUP_PROVIDER_ERROR_NUL_IN_STRING;
    case MTX_JSON_ERROR_DUPLICATE_KEY:
      return SUP_PROVIDER_ERROR_DUPLICATE_KEY;
    case MTX_JSON_ERROR_NOT_AN_OBJECT:
      return SUP_PROVIDER_ERROR_NOT_AN_OBJECT;
    case MTX_JSON_ERROR_NOT_JSON:
    default:
      return SUP_PROVIDER_ERROR_NOT_JSON;
    }
}

/**
 * sup_provider_document_parse:
 * @untrusted: bytes
 * @length: how many, or -1 if NUL-terminated
 * @max_bytes: the cap for this kind of document
 * @error: return location for the code of %SUP_PROVIDER_ERROR that belongs to the fault
 *
 * Reads the JSON of a document under the limits of provider.md, section 2.
 *
 * Returns: (transfer full): the root object, or %NULL
 */
JsonObject *
sup_provider_document_parse (const char *untrusted,
                             gssize      length,
                             gsize       max_bytes,
                             GError    **error)
{
  g_autoptr (GError)  local_error = NULL;
  const MtxJsonLimits limits = { max_bytes, MTX_JSON_MAX_DEPTH, TRUE, TRUE };
  JsonObject         *root = mtx_json_parse_object (untrusted, length, &limits, &local_error);

  if (root == NULL)
    g_set_error_literal (error, SUP_PROVIDER_ERROR, (int)provider_code (local_error), "the document cannot be read");
  return root;
}

/**
 * sup_provider_document_read:
 * @root: the document
 * @origin: where it comes from
 * @origin_name: (nullable): the domain or file name, for the origins that have one
 * @error: return location for %SUP_PROVIDER_ERROR_NOTHING_USABLE
 *
 * Builds the record. Faults of single fields become warnings.
 *
 * Returns: (transfer full): the record, or %NULL
 */
SupProvider *
sup_provider_document_read (JsonObject       *root,
                            SupProviderOrigin origin,
                            const char       *origin_name,
                            GError          **error)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_auto (Reading)      reading = { NULL };
  SupProviderFields     document = { root, NULL, warnings };
  SupProviderFields     general = { NULL, "generalOptions", warnings };
  SupProviderFields     help = { NULL, "helpCenterOptions", warnings };
  SupProviderFields     extension = { NULL, SUP_PROVIDER_EXTENSION_NAME, warnings };

  g_return_val_if_fail (root != NULL, NULL);

  general.object = sup_provider_fields_get_section (&document, general.path);
  help.object = sup_provider_fields_get_section (&document, help.path);
  extension.object = sup_provider_fields_get_section (&document, extension.path);
  if (help.object == NULL && is_bare_help_center (root))
    help.object = root;

  if (!is_usable (root, general.object != NULL || help.object != NULL || extension.object != NULL))
    {
      g_set_error_literal (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_NOTHING_USABLE, "no section of a provider file");
      return NULL;
    }

  reading.provider = _sup_provider_new (origin, origin_name);
  reading.announcements_via = g_ptr_array_new_with_free_func (g_free);

  if (general.object != NULL)
    read_general (&general, reading.provider);
  if (extension.object != NULL)
    sup_provider_extension_read (&extension, reading.provider, reading.announcements_via);

  if (help.object != NULL)
    {
      read_chat (&help, &help_center_chat, &reading);
      read_feed (&help, &help_center_feed, &reading);
      read_email (&help, &help_center_email, reading.provider);
      if (extension.object != NULL)
        ignore_extension_addresses (&extension);
    }
  else
    {
      if (extension.object != NULL)
        read_extension_addresses (&extension, &reading);
      read_contacts (&document, &reading);
    }

  reading.provider->support_page = sup_provider_fields_dup_url (&document, "support_page");
  keep_key (&reading);
  _sup_provider_seal (reading.provider, warnings);
  return g_steal_pointer (&reading.provider);
}
