/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Checks and normalises web addresses from provider files and links.
 */
#include "sup-url.h"

#include "mtx-id.h"
#include "sup-provider-error.h"

#include <string.h>

typedef struct
{
  gboolean    https;
  const char *authority;
  gsize       authority_length;
  const char *path; /* up to, not including, the query or fragment */
  gsize       path_length;
  const char *rest; /* "" or what begins with ? or # */
} UrlParts;

/* Printable ASCII without blanks and backslashes: what every reader of URLs splits at the same places. */
static gboolean
has_only_safe_bytes (const char *untrusted)
{
  gsize length = 0;

  for (const char *p = untrusted; *p != '\0'; p++, length++)
    if (!g_ascii_isgraph (*p) || *p == '\\' || length >= SUP_URL_MAX_BYTES)
      return FALSE;

  return length > 0;
}

static gboolean
split_url (const char *untrusted,
           UrlParts   *parts)
{
  g_autofree char *authority = NULL;
  const char      *p = untrusted;

  if (!has_only_safe_bytes (untrusted))
    return FALSE;

  if (g_ascii_strncasecmp (p, "https://", 8) == 0)
    {
      parts->https = TRUE;
      p += 8;
    }
  else if (g_ascii_strncasecmp (p, "http://", 7) == 0)
    {
      parts->https = FALSE;
      p += 7;
    }
  else
    return FALSE;

  parts->authority = p;
  parts->authority_length = strcspn (p, "/?#");
  p += parts->authority_length;
  parts->path = p;
  parts->path_length = strcspn (p, "?#");
  parts->rest = p + parts->path_length;

  /* A server name has no place for user information, so user@host ends here. */
  authority = g_strndup (parts->authority, parts->authority_length);
  return mtx_server_name_is_valid (authority);
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = NULL;

  if (g_str_equal (host, "localhost") || g_str_equal (host, "[::1]"))
    return TRUE;

  address = g_inet_address_new_from_string (host);
  return address != NULL
         && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4
         && g_inet_address_get_is_loopback (address);
}

/**
 * sup_url_is_https:
 * @untrusted: a text
 *
 * Whether a text is a web address we may show and open (provider.md, section 2, "URL"): https, a valid host,
 * no user information, printable ASCII without blanks and backslashes, at most %SUP_URL_MAX_BYTES.
 *
 * Returns: %TRUE if so
 */
gboolean
sup_url_is_https (const char *untrusted)
{
  UrlParts parts;

  g_return_val_if_fail (untrusted != NULL, FALSE);

  return split_url (untrusted, &parts) && parts.https;
}

/**
 * sup_url_dup_base:
 * @untrusted: a text
 * @flags: what to tolerate
 * @error: return location for %SUP_PROVIDER_ERROR_INSECURE_URL or %SUP_PROVIDER_ERROR_UNSAFE_URL
 *
 * Normalises the address of a server to which paths are appended (provider.md, section 4, rule 6): host in
 * lower case, the default port and all trailing slashes dropped, a path prefix kept.
 *
 * Returns: (transfer full): the base URL, or %NULL
 */
char *
sup_url_dup_base (const char *untrusted,
                  SupUrlFlags flags,
                  GError    **error)
{
  g_autofree char *authority = NULL;
  g_autofree char *host = NULL;
  g_autofree char *path = NULL;
  const char      *port;
  UrlParts         parts;

  g_return_val_if_fail (untrusted != NULL, NULL);

  if (!split_url (untrusted, &parts) || (parts.rest[0] != '\0' && !(flags & SUP_URL_DROP_QUERY)))
    {
      g_set_error_literal (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_UNSAFE_URL, "not a plain https address");
      return NULL;
    }

  authority = g_ascii_strdown (parts.authority, parts.authority_length);
  port = strrchr (authority, ':');
  if (port != NULL && strchr (port, ']') != NULL)
    port = NULL;
  host = port != NULL ? g_strndup (authority, port - authority) : g_strdup (authority);

  if (!parts.https && !((flags & SUP_URL_ALLOW_LOOPBACK) && is_loopback (host)))
    {
      g_set_error_literal (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_INSECURE_URL, "the address is not https");
      return NULL;
    }

  if (port != NULL && g_str_equal (port, parts.https ? ":443" : ":80"))
    port = NULL;

  while (parts.path_length > 0 && parts.path[parts.path_length - 1] == '/')
    parts.path_length--;
  path = g_strndup (parts.path, parts.path_length);

  return g_strconcat (parts.https ? "https://" : "http://", host, port != NULL ? port : "", path, NULL);
}

/**
 * sup_url_dup_decoded:
 * @untrusted: a text
 * @length: how many bytes of it
 *
 * Percent-decodes once. A `%` without two hexadecimal digits stays, and so does `+` (provider.md, section 4,
 * rule 3).
 *
 * Returns: (transfer full) (nullable): UTF-8, or %NULL if the result is not UTF-8 or holds a NUL
 */
char *
sup_url_dup_decoded (const char *untrusted,
                     gsize       length)
{
  g_autoptr (GString) text = g_string_sized_new (length);

  g_return_val_if_fail (untrusted != NULL, NULL);

  for (gsize i = 0; i < length; i++)
    {
      if (untrusted[i] == '%' && length - i > 2
          && g_ascii_isxdigit (untrusted[i + 1]) && g_ascii_isxdigit (untrusted[i + 2]))
        {
          int high = g_ascii_xdigit_value (untrusted[i + 1]);
          int low = g_ascii_xdigit_value (untrusted[i + 2]);

          g_string_append_c (text, (char)(high << 4 | low));
          i += 2;
        }
      else
        g_string_append_c (text, untrusted[i]);
    }

  /* With a length, a NUL inside makes the text invalid. */
  if (!g_utf8_validate_len (text->str, text->len, NULL))
    return NULL;
  return g_string_free_and_steal (g_steal_pointer (&text));
}
