/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Begins Olm sessions anew where they broke: with a device of which a message came that nobody can read (M34).
 */
#pragma once

#include "mtx-crypto-engine.h"

G_BEGIN_DECLS

/* How long a device's new session is left to prove itself. */
#define MTX_OLM_REPAIR_INTERVAL_MS (60 * 60 * 1000)

#define MTX_TYPE_OLM_REPAIR (mtx_olm_repair_get_type ())

G_DECLARE_FINAL_TYPE (MtxOlmRepair, mtx_olm_repair, MTX, OLM_REPAIR, GObject)

MtxOlmRepair *mtx_olm_repair_new (MtxHttp         *http,
                                  MtxCryptoEngine *engine);
DexFuture    *mtx_olm_repair_run (MtxOlmRepair    *self);

G_END_DECLS
