/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Provider files and support documents: whatever the bytes, an error of our domain, or a record that
 * survives being stored.
 */
#include "mtx-fuzz.h"

#include "sup-provider-error.h"
#include "sup-provider-file.h"
#include "sup-provider-well-known.h"

static void
check_provider (SupProvider *provider)
{
  g_autofree char        *json = sup_provider_to_json (provider);
  g_autoptr (GError)      error = NULL;
  g_autoptr (SupProvider) again = sup_provider_from_json (json, &error);

  g_assert_no_error (error);
  g_assert_true (sup_provider_equal (provider, again));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (GError)           well_known_error = NULL;
  g_autoptr (SupProviderInput) input = NULL;
  g_autoptr (SupProvider)      published = NULL;

  input = sup_provider_file_read ((const char *)data, (gssize)size, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
  if (input == NULL)
    g_assert_true (error->domain == SUP_PROVIDER_ERROR);
  else if (sup_provider_input_get_kind (input) == SUP_PROVIDER_INPUT_PROVIDER)
    check_provider (sup_provider_input_get_provider (input));

  published = sup_provider_well_known_read ((const char *)data, (gssize)size, "example.org", &well_known_error);
  if (published == NULL)
    g_assert_true (well_known_error->domain == SUP_PROVIDER_ERROR);
  else
    check_provider (published);

  return 0;
}
