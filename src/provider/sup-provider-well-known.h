/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads what a domain publishes about its support (provider.md, section 9).
 */
#pragma once

#include "sup-provider.h"

G_BEGIN_DECLS

#define SUP_PROVIDER_WELL_KNOWN_MAX_BYTES (64 * 1024)

SupProvider *sup_provider_well_known_read (const char  *untrusted,
                                           gssize       length,
                                           const char  *domain,
                                           GError     **error);

G_END_DECLS
