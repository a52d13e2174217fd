/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key: shown, copied, saved, printed.
 */
#pragma once

#include <adwaita.h>

#include "sup-client.h"

G_BEGIN_DECLS

#define SUP_TYPE_SECURITY_DIALOG (sup_security_dialog_get_type ())

G_DECLARE_FINAL_TYPE (SupSecurityDialog, sup_security_dialog, SUP, SECURITY_DIALOG, AdwDialog)

SupSecurityDialog *sup_security_dialog_new (SupSecurity *security,
                                            const char  *provider_name,
                                            const char  *address);

G_END_DECLS
