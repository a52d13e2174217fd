/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The account hints of our extension object (provider.md, section 10).
 */
#pragma once

#include "sup-provider-fields.h"

G_BEGIN_DECLS

/* The domain part of the application id, as the rule for foreign members of well-known files asks. */
#define SUP_PROVIDER_EXTENSION_NAME "io.github.wallet_support"

void sup_provider_extension_read (const SupProviderFields *extension,
                                  SupProvider             *provider,
                                  GPtrArray               *announcements_via);

G_END_DECLS
