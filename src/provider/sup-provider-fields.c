/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lenient readers for the members of a provider document.
 */
#include "sup-provider-fields.h"

#include "mtx-id.h"
#include "sup-display-text.h"
#include "sup-url.h"

#include <string.h>

#define EMAIL_MAX_BYTES 254

/* What is no member at all, and what is null, is unset without a word. */
static JsonNode *
get_node (const SupProviderFields *self,
          const char              *name)
{
  JsonNode *node = json_object_get_member (self->object, name);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

/* Backends print the null of their language into the form, and saving the form stores the word. */
static gboolean
is_unset_word (const char *text)
{
  static const char *const words[] = { "", "none", "null", "undefined" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return TRUE;
  return FALSE;
}

static char *
dup_trimmed (const char *untrusted)
{
  gsize length;

  untrusted += strspn (untrusted, " \t\r\n");
  length = strlen (untrusted);
  while (length > 0 && strchr (" \t\r\n", untrusted[length - 1]) != NULL)
    length--;
  return g_strndup (untrusted, length);
}

/**
 * sup_provider_fields_warn:
 * @self: a section
 * @code: what is wrong
 * @name: (nullable): the member, %NULL for the section itself
 *
 * Notes a warning.
 */
void
sup_provider_fields_warn (const SupProviderFields *self,
                          const char              *code,
                          const char              *name)
{
  const char *path = self->path != NULL ? self->path : "";
  const char *dot = self->path != NULL && name != NULL ? "." : "";

  g_ptr_array_add (self->warnings, g_strconcat (code, ":", path, dot, name, NULL));
}

/**
 * sup_provider_fields_get_section:
 * @self: a section
 * @name: the member
 *
 * Reads a section; anything but an object warns `type`.
 *
 * Returns: (transfer none) (nullable): the object
 */
JsonObject *
sup_provider_fields_get_section (const SupProviderFields *self,
                                 const char              *name)
{
  JsonNode *node = get_node (self, name);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  sup_provider_fields_warn (self, "type", name);
  return NULL;
}

/**
 * sup_provider_fields_get_array:
 * @self: a section
 * @name: the member
 *
 * Reads an array; anything else warns `type`.
 *
 * Returns: (transfer none) (nullable): the array
 */
JsonArray *
sup_provider_fields_get_array (const SupProviderFields *self,
                               const char              *name)
{
  JsonNode *node = get_node (self, name);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  sup_provider_fields_warn (self, "type", name);
  return NULL;
}

/**
 * sup_provider_fields_get_flag:
 * @self: a section
 * @name: the member
 *
 * Reads a flag. Words and the numbers 0 and 1 are understood, but warn `type` like everything else that is
 * not a boolean.
 *
 * Returns: the flag
 */
SupProviderFlag
sup_provider_fields_get_flag (const SupProviderFields *self,
                              const char              *name)
{
  JsonNode       *node = get_node (self, name);
  SupProviderFlag flag = SUP_PROVIDER_FLAG_UNSET;

  if (node == NULL)
    return SUP_PROVIDER_FLAG_UNSET;

  if (JSON_NODE_HOLDS_VALUE (node))
    switch (json_node_get_value_type (node))
      {
      case G_TYPE_BOOLEAN:
        return json_node_get_boolean (node) ? SUP_PROVIDER_FLAG_TRUE : SUP_PROVIDER_FLAG_FALSE;

      case G_TYPE_INT64:
        if (json_node_get_int (node) == 1)
          flag = SUP_PROVIDER_FLAG_TRUE;
        else if (json_node_get_int (node) == 0)
          flag = SUP_PROVIDER_FLAG_FALSE;
        break;

      case G_TYPE_STRING:
        {
          g_autofree char *word = dup_trimmed (json_node_get_string (node));

          if (is_unset_word (word))
            return SUP_PROVIDER_FLAG_UNSET;
          if (g_ascii_strcasecmp (word, "true") == 0)
            flag = SUP_PROVIDER_FLAG_TRUE;
          else if (g_ascii_strcasecmp (word, "false") == 0)
            flag = SUP_PROVIDER_FLAG_FALSE;
          break;
        }

      default:
        break;
      }

  sup_provider_fields_warn (self, "type", name);
  return flag;
}

/**
 * sup_provider_fields_dup_text:
 * @self: a section
 * @name: the member
 *
 * Reads a text without blanks at its ends; anything but a string warns `type`.
 *
 * Returns: (transfer full) (nullable): the text, not empty
 */
char *
sup_provider_fields_dup_text (const SupProviderFields *self,
                              const char              *name)
{
  g_autofree char *text = NULL;
  JsonNode        *node = get_node (self, name);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      sup_provider_fields_warn (self, "type", name);
      return NULL;
    }

  text = dup_trimmed (json_node_get_string (node));
  return is_unset_word (text) ? NULL : g_steal_pointer (&text);
}

/**
 * sup_provider_fields_dup_display_text:
 * @self: a section
 * @name: the member
 * @max_chars: how many characters may remain
 *
 * Reads a text for people, cleaned; warns `text` if that changed more than blanks, `mixed-script` if it may
 * pretend to be another name.
 *
 * Returns: (transfer full) (nullable): the text
 */
char *
sup_provider_fields_dup_display_text (const SupProviderFields *self,
                                      const char              *name,
                                      gsize                    max_chars)
{
  g_autofree char    *text = sup_provider_fields_dup_text (self, name);
  g_autofree char    *clean = NULL;
  SupDisplayTextFlags flags;

  if (text == NULL)
    return NULL;

  clean = sup_display_text_clean (text, max_chars, &flags);
  if (flags & SUP_DISPLAY_TEXT_CHANGED)
    sup_provider_fields_warn (self, "text", name);
  if (flags & SUP_DISPLAY_TEXT_MIXED_SCRIPT)
    sup_provider_fields_warn (self, "mixed-script", name);
  return g_steal_pointer (&clean);
}

/**
 * sup_provider_fields_dup_url:
 * @self: a section
 * @name: the member
 *
 * Reads a web address; anything sup_url_is_https() refuses warns `url`.
 *
 * Returns: (transfer full) (nullable): the address
 */
char *
sup_provider_fields_dup_url (const SupProviderFields *self,
                             const char              *name)
{
  g_autofree char *text = sup_provider_fields_dup_text (self, name);

  if (text == NULL || sup_url_is_https (text))
    return g_steal_pointer (&text);
  sup_provider_fields_warn (self, "url", name);
  return NULL;
}

/**
 * sup_provider_fields_dup_color:
 * @self: a section
 * @name: the member
 *
 * Reads a colour; anything but `#RRGGBB` warns `color`.
 *
 * Returns: (transfer full) (nullable): the colour
 */
char *
sup_provider_fields_dup_color (const SupProviderFields *self,
                               const char              *name)
{
  g_autofree char *text = sup_provider_fields_dup_text (self, name);

  if (text == NULL
      || (strlen (text) == 7 && text[0] == '#' && strspn (text + 1, "0123456789abcdefABCDEF") == 6))
    return g_steal_pointer (&text);
  sup_provider_fields_warn (self, "color", name);
  return NULL;
}

/**
 * sup_provider_email_is_valid:
 * @untrusted: a text
 *
 * Whether a text is exactly one e-mail address that may go into a mailto: link (provider.md, section 2):
 * ASCII, a dotted domain, nothing that could add a second recipient or a header.
 *
 * Returns: %TRUE if so
 */
gboolean
sup_provider_email_is_valid (const char *untrusted)
{
  const char *at;
  gsize       length;

  g_return_val_if_fail (untrusted != NULL, FALSE);

  length = strlen (untrusted);
  at = strchr (untrusted, '@');
  if (length > EMAIL_MAX_BYTES || at == NULL || at == untrusted)
    return FALSE;

  for (const char *p = untrusted; p < at; p++)
    if (!g_ascii_isalnum (*p) && strchr (".!#$'*+-/=^_`{|}~", *p) == NULL)
      return FALSE;

  /* A server name with a dot, but without a port or brackets, and with a letter in its last label: a domain. */
  return mtx_server_name_is_valid (at + 1)
         && strchr (at + 1, ':') == NULL
         && strrchr (at + 1, '.') != NULL
         && !g_ascii_isdigit (at[strlen (at) - 1]);
}
