/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The provider record as an immutable, counted value.
 */
#include "sup-provider-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (SupProvider, sup_provider, sup_provider_ref, sup_provider_unref)

G_DEFINE_ENUM_TYPE (SupProviderState, sup_provider_state, G_DEFINE_ENUM_VALUE (SUP_PROVIDER_READY, "ready"), G_DEFINE_ENUM_VALUE (SUP_PROVIDER_OFF, "off"), G_DEFINE_ENUM_VALUE (SUP_PROVIDER_NOT_SET_UP, "not-set-up"), G_DEFINE_ENUM_VALUE (SUP_PROVIDER_INVALID, "invalid"))

G_DEFINE_ENUM_TYPE (SupProviderOrigin, sup_provider_origin, G_DEFINE_ENUM_VALUE (SUP_PROVIDER_ORIGIN_FILE, "file"), G_DEFINE_ENUM_VALUE (SUP_PROVIDER_ORIGIN_TEXT, "text"), G_DEFINE_ENUM_VALUE (SUP_PROVIDER_ORIGIN_DISTRIBUTOR, "distributor"), G_DEFINE_ENUM_VALUE (SUP_PROVIDER_ORIGIN_DOMAIN, "domain"))

/* The server part of a room id or alias; NULL for a version 12 room id, which has none. */
static const char *
room_server (const char *room)
{
  const char *colon = room != NULL ? strchr (room, ':') : NULL;

  return colon != NULL ? colon + 1 : NULL;
}

static char *
derive_key (const SupProvider *self)
{
  if (self->origin == SUP_PROVIDER_ORIGIN_DISTRIBUTOR)
    return g_strconcat ("distributor:", self->origin_name, NULL);
  if (self->origin == SUP_PROVIDER_ORIGIN_DOMAIN)
    return g_strconcat ("domain:", self->origin_name, NULL);
  if (self->support_id != NULL)
    return g_strdup (mtx_user_id_get (self->support_id));
  if (self->feed_room != NULL)
    return g_strdup (self->feed_room);
  if (self->email_address != NULL)
    return g_strconcat ("mailto:", self->email_address, NULL);
  return NULL;
}

static char *
derive_display_name (const SupProvider *self)
{
  const char *at;

  if (self->company_name != NULL)
    return g_strdup (self->company_name);
  if (self->origin == SUP_PROVIDER_ORIGIN_DOMAIN)
    return g_strdup (self->origin_name);
  if (self->support_id != NULL)
    return g_strdup (mtx_user_id_get_server (self->support_id));
  if (room_server (self->feed_room) != NULL)
    return g_strdup (room_server (self->feed_room));
  if (self->feed_room != NULL)
    return g_strdup (self->feed_room);
  if (self->email_address != NULL && (at = strchr (self->email_address, '@')) != NULL)
    return g_strdup (at + 1);
  return g_strdup (self->origin_name != NULL ? self->origin_name : "");
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Sorted and without repetitions, so that two readings of one document are equal. */
static GStrv
sort_warnings (GPtrArray *warnings)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_ptr_array_sort (warnings, compare_strings);
  for (guint i = 0; i < warnings->len; i++)
    if (i == 0 || !g_str_equal (warnings->pdata[i], warnings->pdata[i - 1]))
      g_strv_builder_add (builder, warnings->pdata[i]);

  return g_strv_builder_end (builder);
}

/* A record to be filled by a reader and then sealed. */
SupProvider *
_sup_provider_new (SupProviderOrigin origin,
                   const char       *origin_name)
{
  SupProvider *self = g_new0 (SupProvider, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->origin = origin;
  self->origin_name = g_strdup (origin_name);
  self->chat_state = SUP_PROVIDER_NOT_SET_UP;
  self->feed_state = SUP_PROVIDER_NOT_SET_UP;
  self->email_state = SUP_PROVIDER_NOT_SET_UP;
  return self;
}

/* Completes a record: nothing may be changed in it afterwards. */
void
_sup_provider_seal (SupProvider *self,
                    GPtrArray   *warnings)
{
  g_assert (self->warnings == NULL && self->display_name == NULL);

  if (self->feed_via == NULL)
    self->feed_via = g_new0 (char *, 1);
  self->warnings = sort_warnings (warnings);
  if (self->key == NULL)
    self->key = derive_key (self);
  self->display_name = derive_display_name (self);
}

/**
 * sup_provider_ref:
 * @self: a provider
 *
 * Takes a reference; may be called from any thread.
 *
 * Returns: (transfer full): @self
 */
SupProvider *
sup_provider_ref (SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * sup_provider_unref:
 * @self: (transfer full): a provider
 *
 * Releases a reference; may be called from any thread.
 */
void
sup_provider_unref (SupProvider *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->origin_name);
  g_free (self->company_name);
  g_free (self->tag_line);
  g_free (self->website);
  g_free (self->logo);
  g_free (self->logo_light);
  g_free (self->color);
  g_clear_pointer (&self->support_id, mtx_user_id_unref);
  g_free (self->chat_rejected);
  g_free (self->feed_room);
  g_strfreev (self->feed_via);
  g_free (self->email_address);
  g_free (self->server_name);
  g_free (self->homeserver_url);
  g_free (self->registration_token);
  g_free (self->support_identity_key);
  g_free (self->privacy_policy_url);
  g_free (self->support_page);
  g_strfreev (self->warnings);
  g_free (self->key);
  g_free (self->display_name);
  g_free (self);
}

/**
 * sup_provider_equal:
 * @self: a provider
 * @other: another
 *
 * Compares everything two records say, origin and warnings included.
 *
 * Returns: whether there is no difference
 */
gboolean
sup_provider_equal (const SupProvider *self,
                    const SupProvider *other)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  g_return_val_if_fail (self != NULL && other != NULL, FALSE);

  if (self == other)
    return TRUE;

  /* The stored form holds every field in one fixed order. */
  a = sup_provider_to_json (self);
  b = sup_provider_to_json (other);
  return g_str_equal (a, b);
}

/**
 * sup_provider_get_key:
 * @self: a provider
 *
 * What makes a provider the same provider later on (provider.md, section 11): the domain of a look-up, the
 * file name in a distributor's directory, else the support id, else the room, else the e-mail address. The
 * support id and the room count even while the provider has switched them off.
 *
 * Returns: (nullable): the key, or %NULL for a record with nothing the app could use
 */
const char *
sup_provider_get_key (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->key;
}

/**
 * sup_provider_get_origin:
 * @self: a provider
 *
 * Where the record comes from.
 *
 * Returns: the origin
 */
SupProviderOrigin
sup_provider_get_origin (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, SUP_PROVIDER_ORIGIN_TEXT);
  return self->origin;
}

/**
 * sup_provider_get_origin_name:
 * @self: a provider
 *
 * The domain of a look-up or the name of a distributor's file.
 *
 * Returns: (nullable): the name, %NULL for the other origins
 */
const char *
sup_provider_get_origin_name (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->origin_name;
}

/**
 * sup_provider_get_warnings:
 * @self: a provider
 *
 * What was wrong with single fields, as `code:path` (provider.md, section 2), sorted.
 *
 * Returns: (transfer none): the warnings, possibly none
 */
const char *const *
sup_provider_get_warnings (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (const char *const *)self->warnings;
}

/**
 * sup_provider_get_display_name:
 * @self: a provider
 *
 * The company's name as claimed, else the domain, else the server of the support account or of the room.
 * Cleaned of control and direction characters, but chosen by the provider: never proof of anything.
 *
 * Returns: the name, never %NULL
 */
const char *
sup_provider_get_display_name (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, "");
  return self->display_name;
}

/**
 * sup_provider_get_company_name:
 * @self: a provider
 *
 * The company's name as claimed, at most 64 characters.
 *
 * Returns: (nullable): the name
 */
const char *
sup_provider_get_company_name (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->company_name;
}

/**
 * sup_provider_get_tag_line:
 * @self: a provider
 *
 * The company's slogan, at most 140 characters.
 *
 * Returns: (nullable): the tag line
 */
const char *
sup_provider_get_tag_line (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->tag_line;
}

/**
 * sup_provider_get_website:
 * @self: a provider
 *
 * The company's website; to be opened only after the user confirmed.
 *
 * Returns: (nullable): an https URL
 */
const char *
sup_provider_get_website (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->website;
}

/**
 * sup_provider_get_logo:
 * @self: a provider
 *
 * The logo for a dark background; to be fetched only after consent.
 *
 * Returns: (nullable): an https URL
 */
const char *
sup_provider_get_logo (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->logo;
}

/**
 * sup_provider_get_logo_light:
 * @self: a provider
 *
 * The logo for a light background; to be fetched only after consent.
 *
 * Returns: (nullable): an https URL; %NULL if only sup_provider_get_logo() may be there
 */
const char *
sup_provider_get_logo_light (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->logo_light;
}

/**
 * sup_provider_get_color:
 * @self: a provider
 *
 * The company's colour, a hint for the accent.
 *
 * Returns: (nullable): `#RRGGBB`
 */
const char *
sup_provider_get_color (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->color;
}

/**
 * sup_provider_is_suspended:
 * @self: a provider
 *
 * Whether the provider's account is marked as suspended. The chat stays usable.
 *
 * Returns: %TRUE if suspended
 */
gboolean
sup_provider_is_suspended (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->suspended;
}

/**
 * sup_provider_get_chat_state:
 * @self: a provider
 *
 * What can be done with the support chat.
 *
 * Returns: the state
 */
SupProviderState
sup_provider_get_chat_state (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, SUP_PROVIDER_NOT_SET_UP);
  return self->chat_state;
}

/**
 * sup_provider_get_support_id:
 * @self: a provider
 *
 * The support account.
 *
 * Returns: (transfer none) (nullable): the id, set exactly when the chat is ready
 */
MtxUserId *
sup_provider_get_support_id (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->support_id;
}

/**
 * sup_provider_get_chat_rejected:
 * @self: a provider
 *
 * The text that stood where the support id should be, cleaned for display, at most 64 characters.
 *
 * Returns: (nullable): the text, set exactly when the chat is invalid
 */
const char *
sup_provider_get_chat_rejected (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->chat_rejected;
}

/**
 * sup_provider_get_feed_state:
 * @self: a provider
 *
 * What can be done with the announcements.
 *
 * Returns: the state
 */
SupProviderState
sup_provider_get_feed_state (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, SUP_PROVIDER_NOT_SET_UP);
  return self->feed_state;
}

/**
 * sup_provider_get_feed_room:
 * @self: a provider
 *
 * The announcements room: an alias (starts with `#`) or a room id (starts with `!`, possibly without a
 * server part).
 *
 * Returns: (nullable): the room, set exactly when the feed is ready
 */
const char *
sup_provider_get_feed_room (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->feed_room;
}

/**
 * sup_provider_get_feed_via:
 * @self: a provider
 *
 * Servers through which the announcements room can be found, at most five.
 *
 * Returns: (transfer none): the server names, possibly none
 */
const char *const *
sup_provider_get_feed_via (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (const char *const *)self->feed_via;
}

/**
 * sup_provider_get_email_state:
 * @self: a provider
 *
 * What can be done with support by e-mail.
 *
 * Returns: the state
 */
SupProviderState
sup_provider_get_email_state (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, SUP_PROVIDER_NOT_SET_UP);
  return self->email_state;
}

/**
 * sup_provider_get_email_address:
 * @self: a provider
 *
 * The mailbox of support.
 *
 * Returns: (nullable): an ASCII address, set exactly when e-mail is ready
 */
const char *
sup_provider_get_email_address (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->email_address;
}

/**
 * sup_provider_get_support_page:
 * @self: a provider
 *
 * A help page on the web; to be opened only after the user confirmed.
 *
 * Returns: (nullable): an https URL
 */
const char *
sup_provider_get_support_page (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->support_page;
}

/**
 * sup_provider_dup_account_server:
 * @self: a provider
 *
 * Where the anonymous account is to be made (provider.md, section 10): the homeserver's URL if given (no
 * discovery then), else the account server's name, else the server of the support account.
 *
 * Returns: (transfer full) (nullable): a base URL (contains `://`) or a server name, %NULL if the user has
 *   to choose
 */
char *
sup_provider_dup_account_server (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->homeserver_url != NULL)
    return g_strdup (self->homeserver_url);
  if (self->server_name != NULL)
    return g_strdup (self->server_name);
  if (self->support_id != NULL)
    return g_strdup (mtx_user_id_get_server (self->support_id));
  return NULL;
}

/**
 * sup_provider_get_server_name:
 * @self: a provider
 *
 * The server name the new account's user id must end in, if the provider gave one.
 *
 * Returns: (nullable): a server name
 */
const char *
sup_provider_get_server_name (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->server_name;
}

/**
 * sup_provider_get_homeserver_url:
 * @self: a provider
 *
 * The base URL of the account server, if the provider gave one.
 *
 * Returns: (nullable): an https URL without a trailing slash; http only for a loopback host
 */
const char *
sup_provider_get_homeserver_url (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->homeserver_url;
}

/**
 * sup_provider_get_registration_token:
 * @self: a provider
 *
 * A token for servers that register nobody without one. Not to be logged or shown in full.
 *
 * Returns: (nullable): 1 to 64 unreserved characters
 */
const char *
sup_provider_get_registration_token (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->registration_token;
}

/**
 * sup_provider_get_support_identity_key:
 * @self: a provider
 *
 * The master cross-signing key the support account is expected to have.
 *
 * Returns: (nullable): an Ed25519 public key, 43 characters of unpadded base64
 */
const char *
sup_provider_get_support_identity_key (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->support_identity_key;
}

/**
 * sup_provider_get_privacy_policy_url:
 * @self: a provider
 *
 * The privacy policy of the account server, for the consent page.
 *
 * Returns: (nullable): an https URL
 */
const char *
sup_provider_get_privacy_policy_url (const SupProvider *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->privacy_policy_url;
}
