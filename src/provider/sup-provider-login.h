/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The three values with which a provider's settings can be fetched (provider.md, section 4, rules 4 to 6).
 */
#pragma once

#include "sup-provider-input.h"

G_BEGIN_DECLS

SupProviderInput *sup_provider_login_check (const char  *untrusted_base,
                                            const char  *untrusted_login,
                                            const char  *untrusted_password,
                                            GError     **error);

G_END_DECLS
