/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server sends on behalf of many people: one of them must not make the rest unreadable.
 */
#pragma once

#include "mtx-json.h"

G_BEGIN_DECLS

JsonObject *mtx_json_parse_salvaged (const char          *untrusted,
                                     gssize               length,
                                     const MtxJsonLimits *limits,
                                     guint               *n_lost,
                                     GError             **error);

G_END_DECLS
