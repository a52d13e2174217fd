/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libolm's error words as decisions.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

void mtx_olm_set_error (GError     **error,
                        const char  *what,
                        const char  *word);

G_END_DECLS
