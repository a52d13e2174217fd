/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From status, headers and bytes to a reply or a decision.
 */
#pragma once

#include <libsoup/soup.h>

#include "mtx-http-types.h"

G_BEGIN_DECLS

DexFuture *mtx_reply_parse (MtxRequest         *request,
                            guint               status,
                            SoupMessageHeaders *untrusted_headers,
                            GBytes             *untrusted_body);

G_END_DECLS
