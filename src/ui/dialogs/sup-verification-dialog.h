/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two people compare seven emoji, and then know that nobody stands between them.
 */
#pragma once

#include <adwaita.h>

#include "sup-conversation.h"
#include "sup-verification.h"

G_BEGIN_DECLS

#define SUP_TYPE_VERIFICATION_DIALOG (sup_verification_dialog_get_type ())

G_DECLARE_FINAL_TYPE (SupVerificationDialog, sup_verification_dialog, SUP, VERIFICATION_DIALOG, AdwDialog)

/* Property "verification" (SupVerification): the one shown. */
SupVerificationDialog *sup_verification_dialog_new (void);

G_END_DECLS
