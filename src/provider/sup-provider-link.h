/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tells typed or pasted text apart (provider.md, section 1) and reads configuration links (section 4).
 */
#pragma once

#include "sup-provider-input.h"

G_BEGIN_DECLS

SupProviderInput *sup_provider_input_parse_text (const char  *untrusted_text,
                                                 GError     **error);

G_END_DECLS
