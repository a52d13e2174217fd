/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Typed and pasted text: an error of our domain, or something that is safe to show and to act on.
 */
#include "mtx-fuzz.h"

#include "mtx-id.h"
#include "sup-provider-error.h"
#include "sup-provider-link.h"
#include "sup-provider.h"
#include "sup-url.h"

#include <string.h>

static void
check_provider (SupProvider *provider)
{
  g_autofree char        *json = sup_provider_to_json (provider);
  g_autoptr (SupProvider) again = sup_provider_from_json (json, NULL);

  g_assert_nonnull (again);
  g_assert_true (sup_provider_equal (provider, again));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char             *text = g_strndup ((const char *)data, size);
  g_autoptr (GError)           error = NULL;
  g_autoptr (SupProviderInput) input = sup_provider_input_parse_text (text, &error);

  if (input == NULL)
    {
      g_assert_true (error->domain == SUP_PROVIDER_ERROR);
      return 0;
    }

  switch (sup_provider_input_get_kind (input))
    {
    case SUP_PROVIDER_INPUT_FETCH:
      g_assert_true (sup_url_is_https (sup_provider_input_get_base (input)));
      g_assert_null (strchr (sup_provider_input_get_login (input), ':'));
      g_assert_true (g_utf8_validate (sup_provider_input_get_login (input), -1, NULL));
      break;
    case SUP_PROVIDER_INPUT_LOOKUP:
      g_assert_true (mtx_server_name_is_valid (sup_provider_input_get_domain (input)));
      break;
    case SUP_PROVIDER_INPUT_PROVIDER:
    default:
      check_provider (sup_provider_input_get_provider (input));
      break;
    }

  return 0;
}
