/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a conversation makes what a dialog shows.
 */
#pragma once

#include "mtx-verification.h"
#include "sup-verification.h"

G_BEGIN_DECLS

SupVerification *_sup_verification_new (MtxVerification *verification,
                                        const char      *own_user_id);

G_END_DECLS
