/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libsoup's asynchronous calls as futures; nobody else calls them.
 */
#pragma once

#include <libsoup/soup.h>

#include "mtx-http-types.h"

G_BEGIN_DECLS

DexFuture *mtx_soup_send (SoupSession *session,
                          SoupMessage *message,
                          guint        connect_timeout_ms);

G_END_DECLS
