/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Things from strangers that were begun and not completed, because they ended the process (guard rules G21, G22).
 */
#pragma once

#include "mtx-db.h"

G_BEGIN_DECLS

/* What was begun this often without an end is not begun again. */
#define MTX_MAX_ATTEMPTS 2

GHashTable *mtx_attempts_load (MtxDb   *db,
                               GStrv    hashes,
                               GError **error);

G_END_DECLS
