/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one writer whose bytes are signed (specification, appendices § Canonical JSON).
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

char *mtx_canonical_json_write  (JsonObject  *object,
                                 GError     **error);
char *mtx_canonical_json_signed (JsonObject  *object,
                                 GError     **error);

G_END_DECLS
