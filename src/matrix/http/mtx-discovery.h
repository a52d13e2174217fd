/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a server's name to the address of its homeserver (specification, § Server Discovery).
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

DexFuture *mtx_discovery_resolve (const char     *untrusted_server_name,
                                  GProxyResolver *resolver);

G_END_DECLS
