/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds out whose devices changed while no sync could tell: between a token the server has forgotten and the first
 * one after it (M15).
 */
#pragma once

#include "mtx-crypto-engine.h"

G_BEGIN_DECLS

gboolean mtx_device_list_gaps_close (MtxHttp          *http,
                                     MtxCryptoEngine  *engine,
                                     GError          **error);

G_END_DECLS
