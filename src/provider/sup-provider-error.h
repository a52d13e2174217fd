/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why an input is no provider: one domain, one code for each result of provider.md, section 14. Messages
 * never repeat the input, the login or the password.
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

/**
 * SupProviderError:
 *
 * The result codes that reading alone can give. sup_provider_error_get_name() has the stable name of each,
 * which is shown under Details.
 */
typedef enum
{
  SUP_PROVIDER_ERROR_EMPTY,
  SUP_PROVIDER_ERROR_UNRECOGNISED,
  SUP_PROVIDER_ERROR_UNSUPPORTED_LINK,
  SUP_PROVIDER_ERROR_MISSING_PARAMETER,
  SUP_PROVIDER_ERROR_AMBIGUOUS,
  SUP_PROVIDER_ERROR_BAD_LOGIN,
  SUP_PROVIDER_ERROR_INSECURE_URL,
  SUP_PROVIDER_ERROR_UNSAFE_URL,
  SUP_PROVIDER_ERROR_TOO_LARGE,
  SUP_PROVIDER_ERROR_INVALID_UTF8,
  SUP_PROVIDER_ERROR_NOT_JSON,
  SUP_PROVIDER_ERROR_TOO_DEEP,
  SUP_PROVIDER_ERROR_DUPLICATE_KEY,
  SUP_PROVIDER_ERROR_NUL_IN_STRING,
  SUP_PROVIDER_ERROR_NOT_AN_OBJECT,
  SUP_PROVIDER_ERROR_NOTHING_USABLE,
  SUP_PROVIDER_ERROR_INVALID_ID,
} SupProviderError;

#define SUP_PROVIDER_ERROR (sup_provider_error_quark ())

GQuark      sup_provider_error_quark    (void);
const char *sup_provider_error_get_name (SupProviderError code);

G_END_DECLS
