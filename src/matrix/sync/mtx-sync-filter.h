/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What we ask the server for, and no more.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

char *mtx_sync_filter_dup_json (void);

G_END_DECLS
