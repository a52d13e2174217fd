/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libcrypto's error queue as one GError; the queue is empty afterwards.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

void mtx_openssl_set_error (GError     **error,
                            const char  *what);
void mtx_openssl_clear     (void);

G_END_DECLS
