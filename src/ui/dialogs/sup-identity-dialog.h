/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who support is, and the truth about the encryption of the conversation.
 */
#pragma once

#include <adwaita.h>

#include "sup-conversation.h"

G_BEGIN_DECLS

#define SUP_TYPE_IDENTITY_DIALOG (sup_identity_dialog_get_type ())

G_DECLARE_FINAL_TYPE (SupIdentityDialog, sup_identity_dialog, SUP, IDENTITY_DIALOG, AdwDialog)

SupIdentityDialog *sup_identity_dialog_new (SupConversation *conversation);

G_END_DECLS
