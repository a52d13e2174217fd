/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Checks a login before it may go into a Basic header.
 */
#include "sup-provider-login.h"

#include "mtx-secret-bytes.h"
#include "sup-provider-error.h"
#include "sup-url.h"

#include <string.h>

#define LOGIN_MAX_CHARS    254
#define PASSWORD_MAX_CHARS 256
#define GUEST_PREFIX       "guest@"
#define GUEST_PASSWORD     "guest"

static gboolean
is_short_and_without (const char *untrusted,
                      glong       max_chars,
                      gboolean    allow_blanks)
{
  if (g_utf8_strlen (untrusted, -1) > max_chars)
    return FALSE;

  for (const char *p = untrusted; *p != '\0'; p = g_utf8_next_char (p))
    switch ((int)g_unichar_type (g_utf8_get_char (p)))
      {
      case G_UNICODE_CONTROL:
      case G_UNICODE_LINE_SEPARATOR:
      case G_UNICODE_PARAGRAPH_SEPARATOR:
        return FALSE;
      case G_UNICODE_FORMAT:
      case G_UNICODE_SPACE_SEPARATOR:
        if (!allow_blanks)
          return FALSE;
        break;
      default:
        break;
      }

  return TRUE;
}

/**
 * sup_provider_login_check:
 * @untrusted_base: (nullable): UTF-8, the wallet-provider's address
 * @untrusted_login: (nullable): UTF-8, the login
 * @untrusted_password: (nullable): UTF-8, the password; not needed by a guest
 * @error: return location for %SUP_PROVIDER_ERROR_MISSING_PARAMETER, %SUP_PROVIDER_ERROR_BAD_LOGIN,
 *   %SUP_PROVIDER_ERROR_INSECURE_URL or %SUP_PROVIDER_ERROR_UNSAFE_URL
 *
 * Checks and normalises what a link or a pointer file gave. The login goes into a Basic header, which is
 * split at the colon, and onto the consent page, so it has neither colons nor characters one cannot see.
 *
 * Returns: (transfer full): an input of kind fetch, or %NULL
 */
SupProviderInput *
sup_provider_login_check (const char *untrusted_base,
                          const char *untrusted_login,
                          const char *untrusted_password,
                          GError    **error)
{
  g_autoptr (MtxSecretBytes) password = NULL;
  g_autofree char           *base = NULL;
  const char                *secret = untrusted_password;
  gboolean                   guest;

  guest = untrusted_login != NULL && g_str_has_prefix (untrusted_login, GUEST_PREFIX);
  if (guest && (secret == NULL || secret[0] == '\0'))
    secret = GUEST_PASSWORD;

  if (untrusted_base == NULL || untrusted_base[0] == '\0'
      || untrusted_login == NULL || untrusted_login[0] == '\0'
      || secret == NULL || secret[0] == '\0')
    {
      g_set_error_literal (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_MISSING_PARAMETER,
                           "login, password or wallet-provider is missing");
      return NULL;
    }

  if (strchr (untrusted_login, ':') != NULL
      || !is_short_and_without (untrusted_login, LOGIN_MAX_CHARS, FALSE)
      || !is_short_and_without (secret, PASSWORD_MAX_CHARS, TRUE))
    {
      g_set_error_literal (error, SUP_PROVIDER_ERROR, SUP_PROVIDER_ERROR_BAD_LOGIN,
                           "the login or the password cannot be used");
      return NULL;
    }

  base = sup_url_dup_base (untrusted_base, SUP_URL_DROP_QUERY, error);
  if (base == NULL)
    return NULL;

  password = mtx_secret_bytes_new ((const guint8 *)secret, strlen (secret));
  return sup_provider_input_new_fetch (base, untrusted_login, password, guest);
}
