/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads what a user typed or pasted. Nothing here contacts a host.
 */
#include "sup-provider-link.h"

#include "mtx-id.h"
#include "mtx-secret-bytes.h"
#include "sup-matrix-link.h"
#include "sup-provider-error.h"
#include "sup-provider-file.h"
#include "sup-provider-login.h"
#include "sup-provider-private.h"
#include "sup-url.h"

#include <string.h>

#define TOKEN_SEPARATORS " \t\r\n,;"

enum
{
  PARAMETER_LOGIN,
  PARAMETER_PASSWORD,
  PARAMETER_BASE,
  N_PARAMETERS,
};

static const char *const parameter_names[N_PARAMETERS] = {
  [PARAMETER_LOGIN] = "login",
  [PARAMETER_PASSWORD] = "password",
  [PARAMETER_BASE] = "wallet-provider",
};

/* What a link's query says; a value that is not text is there, but unreadable. */
typedef struct
{
  char    *values[N_PARAMETERS];
  gboolean unreadable[N_PARAMETERS];
} Parameters;

static void
parameters_clear (Parameters *self)
{
  g_free (self->values[PARAMETER_LOGIN]);
  mtx_secret_string_free (self->values[PARAMETER_PASSWORD]);
  g_free (self->values[PARAMETER_BASE]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parameters, parameters_clear)

static SupProviderInput *
fail (GError         **error,
      SupProviderError code,
      const char      *message)
{
  g_set_error_literal (error, SUP_PROVIDER_ERROR, (int)code, message);
  return NULL;
}

static gboolean
has_scheme (const char *text,
            const char *scheme)
{
  return g_ascii_strncasecmp (text, scheme, strlen (scheme)) == 0;
}

static gboolean
is_web_link (const char *text)
{
  return has_scheme (text, "https:") || has_scheme (text, "http:");
}

/* Which parameter a part of a query is, or N_PARAMETERS. */
static guint
find_parameter (const char *part,
                gsize       length)
{
  for (guint i = 0; i < N_PARAMETERS; i++)
    {
      gsize name_length = strlen (parameter_names[i]);

      if (length >= name_length && strncmp (part, parameter_names[i], name_length) == 0
          && (length == name_length || part[name_length] == '='))
        return i;
    }
  return N_PARAMETERS;
}

static gboolean
has_link_parameters (const char *query)
{
  for (const char *p = query;; p++)
    {
      gsize length = strcspn (p, "&");
      guint parameter = find_parameter (p, length);

      if (parameter == PARAMETER_LOGIN || parameter == PARAMETER_BASE)
        return TRUE;
      p += length;
      if (*p == '\0')
        return FALSE;
    }
}

/* Keeps the value of a part of a query, if it is one of ours; FALSE if that was there before. */
static gboolean
take_parameter (Parameters *self,
                const char *part,
                gsize       length)
{
  const char *value = memchr (part, '=', length);
  guint       parameter = find_parameter (part, length);

  if (parameter == N_PARAMETERS)
    return TRUE;
  if (self->values[parameter] != NULL || self->unreadable[parameter])
    return FALSE;

  value = value != NULL ? value + 1 : part + length;
  self->values[parameter] = sup_url_dup_decoded (value, (gsize)(part + length - value));
  self->unreadable[parameter] = self->values[parameter] == NULL;
  return TRUE;
}

/* The query is everything after the first ?, a raw password may hold a # (section 4, rules 1 to 4). */
static SupProviderInput *
parse_configuration_link (const char *text,
                          GError    **error)
{
  g_auto (Parameters) parameters = { { NULL } };
  const char         *query = strchr (text, '?');

  for (const char *p = query != NULL ? query + 1 : ""; *p != '\0';)
    {
      gsize length = strcspn (p, "&");

      if (!take_parameter (&parameters, p, length))
        return fail (error, SUP_PROVIDER_ERROR_AMBIGUOUS, "a parameter is there twice");
      p += length;
      if (*p == '&')
        p++;
    }

  if (parameters.unreadable[PARAMETER_LOGIN] || parameters.unreadable[PARAMETER_PASSWORD])
    return fail (error, SUP_PROVIDER_ERROR_BAD_LOGIN, "the login or the password is not text");
  if (parameters.unreadable[PARAMETER_BASE])
    return fail (error, SUP_PROVIDER_ERROR_UNSAFE_URL, "the wallet-provider is not text");
  return sup_provider_login_check (parameters.values[PARAMETER_BASE], parameters.values[PARAMETER_LOGIN],
                                   parameters.values[PARAMETER_PASSWORD], error);
}

static SupProviderInput *
parse_web_link (const char *text,
                GError    **error)
{
  const char *query = strchr (text, '?');

  if (query == NULL || !has_link_parameters (query + 1))
    return fail (error, SUP_PROVIDER_ERROR_UNSUPPORTED_LINK, "the page holds no settings itself");
  if (!has_scheme (text, "https:"))
    return fail (error, SUP_PROVIDER_ERROR_INSECURE_URL, "the page is not https");
  return parse_configuration_link (text, error);
}

/* Without the quotes that pasted documentation and chats put around an identifier, and without what ends the
 * sentence after it. */
static char *
dup_unquoted (const char *token)
{
  static const char *const quotes = "\"'`<>";
  gsize                    length;

  token += strspn (token, quotes);
  length = strlen (token);
  while (length > 0 && (strchr (quotes, token[length - 1]) != NULL || strchr (".,;", token[length - 1]) != NULL))
    length--;
  return g_strndup (token, length);
}

static GStrv
split_tokens (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  while (*(text += strspn (text, TOKEN_SEPARATORS)) != '\0')
    {
      gsize            length = strcspn (text, TOKEN_SEPARATORS);
      g_autofree char *raw = g_strndup (text, length);
      g_autofree char *token = dup_unquoted (raw);

      if (token[0] != '\0')
        g_strv_builder_take (builder, g_steal_pointer (&token));
      text += length;
    }

  return g_strv_builder_end (builder);
}

static gboolean
all_matrix (const char *const *tokens)
{
  for (guint i = 0; tokens[i] != NULL; i++)
    if (!sup_matrix_link_is_like (tokens[i]))
      return FALSE;
  return tokens[0] != NULL;
}

/* Up to one user and one room; the same one twice is one. */
static SupProviderInput *
parse_identifiers (const char *const *tokens,
                   GError           **error)
{
  g_autoptr (SupProvider) provider = _sup_provider_new (SUP_PROVIDER_ORIGIN_TEXT, NULL);
  g_autoptr (GPtrArray)   warnings = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; tokens[i] != NULL; i++)
    {
      g_autoptr (SupMatrixLink) link = sup_matrix_link_parse (tokens[i], error);

      if (link == NULL)
        return NULL;

      if ((link->user != NULL && provider->support_id != NULL
           && !mtx_user_id_equal (link->user, provider->support_id))
          || (link->room != NULL && provider->feed_room != NULL && !g_str_equal (link->room, provider->feed_room)))
        return fail (error, SUP_PROVIDER_ERROR_AMBIGUOUS, "two users or two rooms");

      if (link->user != NULL && provider->support_id == NULL)
        {
          provider->support_id = g_steal_pointer (&link->user);
          provider->chat_state = SUP_PROVIDER_READY;
          if (mtx_user_id_is_historical (provider->support_id))
            g_ptr_array_add (warnings, g_strdup ("historical-user-id:chat"));
        }
      else if (link->room != NULL && provider->feed_room == NULL)
        {
          provider->feed_room = g_steal_pointer (&link->room);
          provider->feed_via = g_steal_pointer (&link->via);
          provider->feed_state = SUP_PROVIDER_READY;
          if (link->non_ascii)
            g_ptr_array_add (warnings, g_strdup ("non-ascii-alias:feed"));
          if (provider->feed_room[0] == '!' && provider->feed_via[0] == NULL)
            g_ptr_array_add (warnings, g_strdup ("room-without-server:feed"));
        }
    }

  _sup_provider_seal (provider, warnings);
  return sup_provider_input_new_provider (provider);
}

/* A dotted host name, perhaps with a port, a slash or a dot behind; the host in lower case, or NULL. */
static char *
dup_domain (const char *token)
{
  g_autofree char *host = g_ascii_strdown (token, -1);
  const char      *dot;
  char            *colon;

  if (g_str_has_suffix (host, "/") || g_str_has_suffix (host, "."))
    host[strlen (host) - 1] = '\0';
  if (!mtx_server_name_is_valid (host) || host[0] == '[')
    return NULL;
  if ((colon = strchr (host, ':')) != NULL)
    *colon = '\0';

  /* An IPv4 address is no domain; its last label has no letter. */
  dot = strrchr (host, '.');
  if (dot == NULL || strspn (dot + 1, G_CSET_DIGITS) == strlen (dot + 1))
    return NULL;
  return g_steal_pointer (&host);
}

/* scheme:something. A word before a host name or a port is more likely an identifier without its sigil. */
static gboolean
is_other_link (const char *text)
{
  gsize            length = strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+.-");
  g_autofree char *domain = NULL;
  const char      *rest;

  if (length == 0 || text[length] != ':' || !g_ascii_isalpha (text[0]))
    return FALSE;

  rest = text + length + 1;
  domain = dup_domain (rest);
  return domain == NULL && strpbrk (rest, " \t\r\n") == NULL && strspn (rest, G_CSET_DIGITS) != strlen (rest);
}

/* header.payload.signature, whose header is a JSON object and so begins with the base64 of {" */
static gboolean
is_jwt (const char *text)
{
  g_auto (GStrv) parts = NULL;

  if (!g_str_has_prefix (text, "eyJ"))
    return FALSE;

  parts = g_strsplit (text, ".", 4);
  for (guint i = 0; i < g_strv_length (parts); i++)
    if (parts[i][0] == '\0' || strspn (parts[i], G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") != strlen (parts[i]))
      return FALSE;
  return g_strv_length (parts) == 3;
}

static SupProviderInput *
parse_trimmed (const char *text,
               GError    **error)
{
  g_auto (GStrv)   tokens = NULL;
  g_autofree char *domain = NULL;

  if (text[0] == '\0')
    return fail (error, SUP_PROVIDER_ERROR_EMPTY, "the text is empty");
  if (text[0] == '{')
    return sup_provider_file_read (text, -1, SUP_PROVIDER_ORIGIN_TEXT, NULL, error);
  if (is_jwt (text))
    return fail (error, SUP_PROVIDER_ERROR_UNRECOGNISED, "signed settings are not read");
  if (has_scheme (text, "configuration:"))
    return parse_configuration_link (text, error);

  tokens = split_tokens (text);
  if (all_matrix ((const char *const *)tokens))
    return parse_identifiers ((const char *const *)tokens, error);
  if (is_web_link (text))
    return parse_web_link (text, error);

  if (tokens[0] != NULL && tokens[1] == NULL && (domain = dup_domain (tokens[0])) != NULL)
    return sup_provider_input_new_lookup (domain);
  if (is_other_link (text))
    return fail (error, SUP_PROVIDER_ERROR_UNSUPPORTED_LINK, "a link of another kind");
  return fail (error, SUP_PROVIDER_ERROR_UNRECOGNISED, "neither a link nor an identifier");
}

/**
 * sup_provider_input_parse_text:
 * @untrusted_text: NUL-terminated bytes, as typed, pasted or given on the command line
 * @error: return location for a code of %SUP_PROVIDER_ERROR
 *
 * Tells apart what a user may paste (provider.md, section 1): the text of a provider file, a configuration
 * link, Matrix identifiers and links, a domain. Contacts nobody; a web page without a login in its address
 * is refused and never fetched.
 *
 * Returns: (transfer full): the input, or %NULL
 */
SupProviderInput *
sup_provider_input_parse_text (const char *untrusted_text,
                               GError    **error)
{
  g_autofree char *text = NULL;

  g_return_val_if_fail (untrusted_text != NULL, NULL);

  if (strnlen (untrusted_text, SUP_PROVIDER_FILE_MAX_BYTES + 1) > SUP_PROVIDER_FILE_MAX_BYTES)
    return fail (error, SUP_PROVIDER_ERROR_TOO_LARGE, "the text is too long");
  if (!g_utf8_validate (untrusted_text, -1, NULL))
    return fail (error, SUP_PROVIDER_ERROR_INVALID_UTF8, "the text is not UTF-8");

  text = g_strstrip (g_strdup (untrusted_text));
  return parse_trimmed (text, error);
}
