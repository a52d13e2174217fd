/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one schema we write, version 1.
 */
#include "mtx-secret-schema.h"

#include <string.h>

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-secret-bytes.h"

#define APPLICATION   "io.github.wallet_support.WalletSupport"
#define VERSION       "1"
#define BASE64_PREFIX "base64:"
#define CONTENT_TYPE  "text/plain"

/* Items are searched by attributes alone, because a service that was not unlocked since it started does
 * not find items by the name of their schema; the application is an attribute instead. */
static const SecretSchema schema = {
  .name = "io.github.wallet_support.WalletSupport.Secret",
  .flags = SECRET_SCHEMA_DONT_MATCH_NAME,
  .attributes = {
      { "application", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "version", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "provider", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "item", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 },
  },
};

/**
 * mtx_secret_schema_get:
 *
 * Gets the schema.
 *
 * Returns: (transfer none): the schema
 */
const SecretSchema *
mtx_secret_schema_get (void)
{
  return &schema;
}

/**
 * mtx_secret_schema_find_all:
 *
 * Makes the attributes by which all items of ours are found.
 *
 * Returns: (transfer full): names and values
 */
GHashTable *
mtx_secret_schema_find_all (void)
{
  return secret_attributes_build (&schema, "application", APPLICATION, "version", VERSION, NULL);
}

/**
 * mtx_secret_schema_find_item:
 * @provider: a provider's id
 * @item: which of its items
 *
 * Makes the attributes by which one item is kept and found.
 *
 * Returns: (transfer full): names and values
 */
GHashTable *
mtx_secret_schema_find_item (const char *provider,
                             const char *item)
{
  return secret_attributes_build (&schema,
                                  "application", APPLICATION,
                                  "version", VERSION,
                                  "provider", provider,
                                  "item", item,
                                  NULL);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

/**
 * mtx_secret_schema_dup_providers:
 * @items: (element-type Secret.Retrievable): items, readable or not
 *
 * Collects whose items they are.
 *
 * Returns: (transfer full): the providers' ids, sorted, each once
 */
char **
mtx_secret_schema_dup_providers (GPtrArray *items)
{
  g_autoptr (GPtrArray) providers = g_ptr_array_new_null_terminated (items->len, g_free, TRUE);

  for (guint i = 0; i < items->len; i++)
    {
      g_autoptr (GHashTable) attributes = secret_retrievable_get_attributes (items->pdata[i]);
      const char            *provider = g_hash_table_lookup (attributes, "provider");

      if (provider != NULL && !g_ptr_array_find_with_equal_func (providers, provider, g_str_equal, NULL))
        g_ptr_array_add (providers, g_strdup (provider));
    }
  g_ptr_array_sort (providers, compare_strings);

  return (char **)g_ptr_array_free (g_steal_pointer (&providers), FALSE);
}

static gboolean
is_plain_text (const guint8 *bytes,
               gsize         length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] < 0x20 || bytes[i] > 0x7E)
      return FALSE;

  return length > 0;
}

static gboolean
has_prefix (const guint8 *bytes,
            gsize         length)
{
  return length >= strlen (BASE64_PREFIX) && memcmp (bytes, BASE64_PREFIX, strlen (BASE64_PREFIX)) == 0;
}

/**
 * mtx_secret_schema_write:
 * @secret: key material, at least one byte
 *
 * Writes an item's content. Not every keyring keeps arbitrary bytes, and a person may look at an item, so
 * the content is always text: the secret itself if it is printable, else its base64 behind "base64:".
 *
 * Returns: (transfer full): the content
 */
SecretValue *
mtx_secret_schema_write (MtxSecretBytes *secret)
{
  gsize         length;
  const guint8 *bytes = mtx_secret_bytes_get (secret, &length);
  char         *encoded = NULL;
  char         *text = NULL;

  if (is_plain_text (bytes, length) && !has_prefix (bytes, length))
    return secret_value_new ((const char *)bytes, (gssize)length, CONTENT_TYPE);

  encoded = mtx_base64_encode_secret (secret, MTX_BASE64_UNPADDED);
  text = g_strconcat (BASE64_PREFIX, encoded, NULL);
  mtx_secret_string_free (encoded);

  return secret_value_new_full (text, -1, CONTENT_TYPE, (GDestroyNotify)mtx_secret_string_free);
}

/**
 * mtx_secret_schema_read:
 * @untrusted: an item's content
 * @error: return location for an error
 *
 * Reads what [func@Mtx.secret_schema_write] wrote.
 *
 * Returns: (transfer full) (nullable): the secret, or %NULL with %MTX_ERROR_DAMAGED
 */
MtxSecretBytes *
mtx_secret_schema_read (SecretValue *untrusted,
                        GError     **error)
{
  gsize           length = 0;
  const guint8   *bytes = (const guint8 *)secret_value_get (untrusted, &length);
  MtxSecretBytes *secret = NULL;
  char           *encoded = NULL;

  if (has_prefix (bytes, length))
    {
      encoded = g_strndup ((const char *)bytes + strlen (BASE64_PREFIX), length - strlen (BASE64_PREFIX));
      if (strlen (encoded) == length - strlen (BASE64_PREFIX))
        secret = mtx_base64_decode_secret (encoded, MTX_BASE64_UNPADDED, NULL);
      mtx_secret_string_free (encoded);
    }
  else if (is_plain_text (bytes, length))
    secret = mtx_secret_bytes_new (bytes, length);

  if (secret == NULL)
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "The item's content is not ours");

  return secret;
}
