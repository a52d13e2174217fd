/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rule for addresses that a server names, where tests can reach it.
 */
#pragma once

#include "mtx-discovery.h"

G_BEGIN_DECLS

gboolean _mtx_discovery_accepts (const char *untrusted_url,
                                 gboolean    asked_loopback);

G_END_DECLS
