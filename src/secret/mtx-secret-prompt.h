/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two questions the Secret Service may ask the user. libsecret's own functions for them never answer
 * once a prompt was dismissed (seen with 0.21.7), so these speak the service's protocol directly.
 */
#pragma once

#include <libsecret/secret.h>

#include "mtx-types.h"

G_BEGIN_DECLS

DexFuture *mtx_secret_prompt_unlock          (SecretService *service,
                                              GDBusProxy    *locked);
DexFuture *mtx_secret_prompt_make_collection (SecretService *service,
                                              const char    *label);

G_END_DECLS
