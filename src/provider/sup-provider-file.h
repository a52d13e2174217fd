/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads a provider file (provider.md, sections 2, 3 and 10): strict about syntax, lenient about content.
 */
#pragma once

#include "sup-provider.h"
#include "sup-provider-input.h"

G_BEGIN_DECLS

#define SUP_PROVIDER_FILE_MAX_BYTES (256 * 1024)

SupProviderInput *sup_provider_file_read (const char         *untrusted,
                                          gssize              length,
                                          SupProviderOrigin   origin,
                                          const char         *origin_name,
                                          GError            **error);

G_END_DECLS
