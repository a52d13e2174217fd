/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The error domain of provider inputs and the stable names of its codes.
 */
#include "sup-provider-error.h"

G_DEFINE_QUARK (sup-provider-error-quark, sup_provider_error)

/**
 * sup_provider_error_get_name:
 * @code: a code of %SUP_PROVIDER_ERROR
 *
 * The stable name of a result (provider.md, section 14), for Details and logs.
 *
 * Returns: (transfer none): the name
 */
const char *
sup_provider_error_get_name (SupProviderError code)
{
  switch (code)
    {
    case SUP_PROVIDER_ERROR_EMPTY:
      return "empty";
    case SUP_PROVIDER_ERROR_UNRECOGNISED:
      return "unrecognised";
    case SUP_PROVIDER_ERROR_UNSUPPORTED_LINK:
      return "unsupported-link";
    case SUP_PROVIDER_ERROR_MISSING_PARAMETER:
      return "missing-parameter";
    case SUP_PROVIDER_ERROR_AMBIGUOUS:
      return "ambiguous";
    case SUP_PROVIDER_ERROR_BAD_LOGIN:
      return "bad-login";
    case SUP_PROVIDER_ERROR_INSECURE_URL:
      return "insecure-url";
    case SUP_PROVIDER_ERROR_UNSAFE_URL:
      return "unsafe-url";
    case SUP_PROVIDER_ERROR_TOO_LARGE:
      return "too-large";
    case SUP_PROVIDER_ERROR_INVALID_UTF8:
      return "invalid-utf8";
    case SUP_PROVIDER_ERROR_NOT_JSON:
      return "not-json";
    case SUP_PROVIDER_ERROR_TOO_DEEP:
      return "too-deep";
    case SUP_PROVIDER_ERROR_DUPLICATE_KEY:
      return "duplicate-key";
    case SUP_PROVIDER_ERROR_NUL_IN_STRING:
      return "nul-in-string";
    case SUP_PROVIDER_ERROR_NOT_AN_OBJECT:
      return "not-an-object";
    case SUP_PROVIDER_ERROR_NOTHING_USABLE:
      return "nothing-usable";
    case SUP_PROVIDER_ERROR_INVALID_ID:
      return "invalid-id";
    default:
      g_return_val_if_reached ("unrecognised");
    }
}
