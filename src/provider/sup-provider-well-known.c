/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads /.well-known/matrix/support.
 */
#include "sup-provider-well-known.h"

#include "sup-provider-document.h"

/**
 * sup_provider_well_known_read:
 * @untrusted: the reply's body
 * @length: its size in bytes, or -1 if NUL-terminated
 * @domain: the domain the user typed, not the target of a redirect
 * @error: return location for a code of %SUP_PROVIDER_ERROR
 *
 * Reads the reply of a look-up (https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport).
 *
 * Returns: (transfer full): the record, or %NULL
 */
SupProvider *
sup_provider_well_known_read (const char *untrusted,
                              gssize      length,
                              const char *domain,
                              GError    **error)
{
  g_autoptr (JsonObject) root = NULL;

  g_return_val_if_fail (untrusted != NULL || length == 0, NULL);
  g_return_val_if_fail (domain != NULL, NULL);

  root = sup_provider_document_parse (untrusted, length, SUP_PROVIDER_WELL_KNOWN_MAX_BYTES, error);
  if (root == NULL)
    return NULL;
  return sup_provider_document_read (root, SUP_PROVIDER_ORIGIN_DOMAIN, domain, error);
}
