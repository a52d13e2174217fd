/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An anonymous account from a name and password that were drawn, and kept, before (protocol.md § 10.1).
 * Asking twice with the same credentials gives the same account.
 */
#pragma once

#include "mtx-account.h"
#include "mtx-credentials.h"
#include "mtx-uia.h"

G_BEGIN_DECLS

DexFuture *mtx_registration_run    (MtxHttp        *http,
                                    MtxCredentials *credentials,
                                    const char     *registration_token,
                                    MtxTermsFunc    terms,
                                    gpointer        data,
                                    GDestroyNotify  destroy);
DexFuture *mtx_registration_log_in (MtxHttp        *http,
                                    MtxCredentials *credentials);

G_END_DECLS
