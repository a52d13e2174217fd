/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The contents of SAS events: what we offer, what we accept, and the MACs of the keys both sides vouch for.
 */
#pragma once

#include "mtx-verification-private.h"

G_BEGIN_DECLS

JsonObject *mtx_sas_messages_build_start  (const char                  *device_id);
gboolean    mtx_sas_messages_check_start  (JsonObject                  *untrusted_start);
JsonObject *mtx_sas_messages_build_accept (JsonObject                  *untrusted_start,
                                           const char                  *commitment);
gboolean    mtx_sas_messages_check_accept (JsonObject                  *untrusted_accept);
JsonObject *mtx_sas_messages_build_mac    (MtxSas                      *sas,
                                           const MtxVerificationParty  *us,
                                           const MtxVerificationParty  *them,
                                           const char                  *transaction_id,
                                           GError                     **error);
gboolean    mtx_sas_messages_check_mac    (MtxSas                      *sas,
                                           const MtxVerificationParty  *us,
                                           const MtxVerificationParty  *them,
                                           const char                  *transaction_id,
                                           JsonObject                  *untrusted_mac,
                                           MtxVouched                  *vouched,
                                           GError                     **error);

G_END_DECLS
