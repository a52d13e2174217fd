/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads where and how the anonymous account may be made, which the wallet's own configuration cannot say.
 */
#include "sup-provider-extension.h"

#include "mtx-base64.h"
#include "mtx-json.h"
#include "sup-matrix-link.h"
#include "sup-provider-private.h"
#include "sup-url.h"

#include <string.h>

#define EXTENSION_VERSION         1
#define REGISTRATION_TOKEN_MAX    64
#define IDENTITY_KEY_BASE64_CHARS 43
#define IDENTITY_KEY_BYTES        32

static char *
dup_server_name (const SupProviderFields *extension)
{
  g_autofree char *text = sup_provider_fields_dup_text (extension, "serverName");

  if (text == NULL || mtx_server_name_is_valid (text))
    return g_steal_pointer (&text);
  sup_provider_fields_warn (extension, "id", "serverName");
  return NULL;
}

static char *
dup_homeserver_url (const SupProviderFields *extension)
{
  g_autofree char *text = sup_provider_fields_dup_text (extension, "homeserverUrl");
  char            *base;

  if (text == NULL)
    return NULL;
  base = sup_url_dup_base (text, SUP_URL_ALLOW_LOOPBACK, NULL);
  if (base == NULL)
    sup_provider_fields_warn (extension, "url", "homeserverUrl");
  return base;
}

/* https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration */
static char *
dup_registration_token (const SupProviderFields *extension)
{
  g_autofree char *text = sup_provider_fields_dup_text (extension, "registrationToken");
  gsize            length = text != NULL ? strlen (text) : 0;

  if (text == NULL
      || (length <= REGISTRATION_TOKEN_MAX && strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._~-") == length))
    return g_steal_pointer (&text);
  sup_provider_fields_warn (extension, "token", "registrationToken");
  return NULL;
}

static char *
dup_identity_key (const SupProviderFields *extension)
{
  g_autofree char *text = sup_provider_fields_dup_text (extension, "supportIdentityKey");
  guint8           key[IDENTITY_KEY_BYTES];

  if (text == NULL
      || (strlen (text) == IDENTITY_KEY_BASE64_CHARS
          && mtx_base64_decode_exact (text, MTX_BASE64_UNPADDED, key, sizeof key, NULL)))
    return g_steal_pointer (&text);
  sup_provider_fields_warn (extension, "key", "supportIdentityKey");
  return NULL;
}

static void
read_announcements_via (const SupProviderFields *extension,
                        GPtrArray               *via)
{
  JsonArray *array = sup_provider_fields_get_array (extension, "announcementsVia");
  guint      n = array != NULL ? json_array_get_length (array) : 0;

  for (guint i = 0; i < n; i++)
    {
      const char *server = mtx_json_array_string (array, i);

      if (server == NULL || !sup_matrix_link_add_via (via, server))
        sup_provider_fields_warn (extension, "id", "announcementsVia");
    }
}

static void
read_extension_version (const SupProviderFields *extension)
{
  JsonNode *node = json_object_get_member (extension->object, "version");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    sup_provider_fields_warn (extension, "type", "version");
  else if (json_node_get_int (node) > EXTENSION_VERSION)
    sup_provider_fields_warn (extension, "newer", NULL);
}

/**
 * sup_provider_extension_read:
 * @extension: the extension object
 * @provider: a record that is not sealed yet
 * @announcements_via: (element-type utf8): receives the servers that know the announcements room
 *
 * Reads everything but the addresses, which count only without `helpCenterOptions`.
 */
void
sup_provider_extension_read (const SupProviderFields *extension,
                             SupProvider             *provider,
                             GPtrArray               *announcements_via)
{
  g_return_if_fail (extension != NULL && provider != NULL && announcements_via != NULL);

  read_extension_version (extension);
  provider->server_name = dup_server_name (extension);
  provider->homeserver_url = dup_homeserver_url (extension);
  provider->registration_token = dup_registration_token (extension);
  provider->support_identity_key = dup_identity_key (extension);
  provider->privacy_policy_url = sup_provider_fields_dup_url (extension, "privacyPolicyUrl");
  read_announcements_via (extension, announcements_via);
}
