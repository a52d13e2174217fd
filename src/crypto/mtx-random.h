/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random bytes from the kernel, all of them or an error; never fewer.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

gboolean  mtx_random_fill      (guint8  *bytes,
                                gsize    length,
                                GError **error);
char     *mtx_random_dup_token (GError **error);

G_END_DECLS
