/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Builds the provider record from a JSON object, whatever it arrived in (provider.md, sections 3, 9, 10).
 */
#pragma once

#include "sup-provider.h"

G_BEGIN_DECLS

JsonObject  *sup_provider_document_parse (const char        *untrusted,
                                          gssize             length,
                                          gsize              max_bytes,
                                          GError           **error);
SupProvider *sup_provider_document_read  (JsonObject        *root,
                                          SupProviderOrigin  origin,
                                          const char        *origin_name,
                                          GError           **error);

G_END_DECLS
