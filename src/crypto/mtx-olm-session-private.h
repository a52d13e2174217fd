/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the account makes its sessions.
 */
#pragma once

#include "mtx-olm-guard.h"
#include "mtx-olm-session.h"

G_BEGIN_DECLS

MtxOlmSession *_mtx_olm_session_new (MtxGuardSession  *guard,
                                     const char       *their_curve25519,
                                     GError          **error);

G_END_DECLS
