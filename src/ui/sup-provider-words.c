/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is said about a provider, an input, or why it cannot be used: codes in, sentences out. Pure, so that
 * a test can hold every code against its sentence.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-provider-words.h"

static const char *
words_for_code (SupProviderError code)
{
  switch (code)
    {
    case SUP_PROVIDER_ERROR_EMPTY:
      return _ ("There is nothing in it. Ask your provider for the settings file, or for the address that starts with @.");

    case SUP_PROVIDER_ERROR_UNRECOGNISED:
    case SUP_PROVIDER_ERROR_INVALID_ID:
      return _ ("This is not an address that can be used. A support address looks like @support:example.org.");

    case SUP_PROVIDER_ERROR_UNSUPPORTED_LINK:
      return _ ("This page holds no settings itself. Ask your provider for the settings file, or for the address that starts with @.");

    case SUP_PROVIDER_ERROR_AMBIGUOUS:
      return _ ("This names more than one support address or room. Keep one of each.");

    case SUP_PROVIDER_ERROR_MISSING_PARAMETER:
    case SUP_PROVIDER_ERROR_BAD_LOGIN:
      return _ ("This link is incomplete. Ask your provider for a new one.");

    case SUP_PROVIDER_ERROR_INSECURE_URL:
    case SUP_PROVIDER_ERROR_UNSAFE_URL:
      return _ ("This link is not safe: it leads to a connection that others can read or change. Ask your provider for a new one.");

    case SUP_PROVIDER_ERROR_NOTHING_USABLE:
      return _ ("This file has no support settings in it. Ask your provider for the settings file of its wallet.");

    case SUP_PROVIDER_ERROR_TOO_LARGE:
      return _ ("This file is too large to be a provider file.");

    case SUP_PROVIDER_ERROR_INVALID_UTF8:
    case SUP_PROVIDER_ERROR_NOT_JSON:
    case SUP_PROVIDER_ERROR_TOO_DEEP:
    case SUP_PROVIDER_ERROR_DUPLICATE_KEY:
    case SUP_PROVIDER_ERROR_NUL_IN_STRING:
    case SUP_PROVIDER_ERROR_NOT_AN_OBJECT:
    default:
      return _ ("This file is damaged or not a provider file. Ask your provider to send it again.");
    }
}

/**
 * sup_provider_words_for_error:
 * @error: why a file or text could not be used
 *
 * Says what is wrong and what to do next.
 *
 * Returns: (transfer full): a sentence or two
 */
char *
sup_provider_words_for_error (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == SUP_PROVIDER_ERROR)
    return g_strdup (words_for_code (error->code));

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return g_strdup (_ ("The file is not there any more."));

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return g_strdup (_ ("The file may not be read. Check its permissions, or copy it to your home folder."));

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY))
    return g_strdup (_ ("This is a folder. Open the provider file inside it."));

  return g_strdup (_ ("The file could not be read. Copy it to your home folder and try again."));
}

/**
 * sup_provider_words_for_input:
 * @input: a link or a domain, which cannot be followed without the network
 *
 * Says what was understood and what to do instead.
 *
 * Returns: (transfer full): a sentence or two
 */
char *
sup_provider_words_for_input (SupProviderInput *input)
{
  g_return_val_if_fail (input != NULL, NULL);

  switch (sup_provider_input_get_kind (input))
    {
    case SUP_PROVIDER_INPUT_FETCH:
      return g_strdup_printf (_ ("This is a link to settings at %s. Links cannot be opened by this version. "
                                 "Ask your provider for the settings file, or for the address that starts with @."),
                              sup_provider_input_get_base (input));

    case SUP_PROVIDER_INPUT_LOOKUP:
      return g_strdup_printf (_ ("%s is a domain. Domains cannot be looked up by this version. "
                                 "Ask your provider for the settings file, or for the address that starts with @."),
                              sup_provider_input_get_domain (input));

    case SUP_PROVIDER_INPUT_PROVIDER:
    default:
      return g_strdup_printf (_ ("Support by %s"),
                              sup_provider_get_display_name (sup_provider_input_get_provider (input)));
    }
}

/**
 * sup_provider_words_for_origin:
 * @provider: a provider
 *
 * Says who vouches for the record: usually nobody (provider.md, section 11).
 *
 * Returns: (transfer full): a sentence
 */
char *
sup_provider_words_for_origin (SupProvider *provider)
{
  g_return_val_if_fail (provider != NULL, NULL);

  switch (sup_provider_get_origin (provider))
    {
    case SUP_PROVIDER_ORIGIN_DISTRIBUTOR:
      return g_strdup (_ ("Provided with this installation."));

    case SUP_PROVIDER_ORIGIN_DOMAIN:
      return g_strdup_printf (_ ("Published by %s."), sup_provider_get_origin_name (provider));

    case SUP_PROVIDER_ORIGIN_TEXT:
      return g_strdup (_ ("Typed or pasted by you."));

    case SUP_PROVIDER_ORIGIN_FILE:
    default:
      return g_strdup (_ ("From a file. Nobody has confirmed who made it."));
    }
}

static const char *
words_for_warning (const char *warning)
{
  if (g_str_has_prefix (warning, "id:helpCenterOptions.customChatSupportName") ||
      g_str_has_prefix (warning, "id:io.github.wallet_support.supportId"))
    return _ ("The support address in these settings cannot be used. Ask the provider for the address that starts with @.");

  if (g_str_has_prefix (warning, "id:"))
    return _ ("One of the addresses in these settings cannot be used and is left out.");

  if (g_str_has_prefix (warning, "mixed-script:"))
    return _ ("The name mixes letters of different alphabets. This can be used to imitate another company.");

  if (g_str_has_prefix (warning, "admin-contact:"))
    return _ ("Only the administrators of a server are listed, not a wallet support desk.");

  if (g_str_has_prefix (warning, "ignored:"))
    return _ ("Some of these settings are switched off by the provider.");

  return NULL;
}

/**
 * sup_provider_words_for_warnings:
 * @provider: a provider
 *
 * Puts the warnings a person should know about into words, each once.
 *
 * Returns: (transfer full) (element-type utf8): sentences, often none
 */
GPtrArray *
sup_provider_words_for_warnings (SupProvider *provider)
{
  GPtrArray          *words = g_ptr_array_new_with_free_func (g_free);
  const char * const *warnings;

  g_return_val_if_fail (provider != NULL, words);

  if (sup_provider_is_suspended (provider))
    g_ptr_array_add (words, g_strdup (_ ("This provider’s account is marked as suspended.")));

  warnings = sup_provider_get_warnings (provider);
  for (guint i = 0; warnings != NULL && warnings[i] != NULL; i++)
    {
      const char *sentence = words_for_warning (warnings[i]);

      if (sentence != NULL && !g_ptr_array_find_with_equal_func (words, sentence, g_str_equal, NULL))
        g_ptr_array_add (words, g_strdup (sentence));
    }

  return words;
}

/**
 * sup_provider_words_for_no_chat:
 * @provider: a provider without a usable support chat
 *
 * Says why there is none (provider.md, section 13).
 *
 * Returns: (transfer full): a sentence or two
 */
char *
sup_provider_words_for_no_chat (SupProvider *provider)
{
  const char *name;

  g_return_val_if_fail (provider != NULL, NULL);

  name = sup_provider_get_display_name (provider);

  switch (sup_provider_get_chat_state (provider))
    {
    case SUP_PROVIDER_OFF:
      return g_strdup_printf (_ ("%s has switched off support chat."), name);

    case SUP_PROVIDER_INVALID:
      return g_strdup_printf (_ ("The support address in these settings cannot be used: “%s”. Ask the provider for the address that starts with @."),
                              sup_provider_get_chat_rejected (provider));

    case SUP_PROVIDER_NOT_SET_UP:
    case SUP_PROVIDER_READY:
    default:
      return g_strdup_printf (_ ("%s has not set up support chat."), name);
    }
}
