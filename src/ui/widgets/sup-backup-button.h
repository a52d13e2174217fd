/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Begins a new copy of the message keys on the server, where the old one is not ours: asked for first.
 */
#pragma once

#include <adwaita.h>

#include "sup-security.h"

G_BEGIN_DECLS

#define SUP_TYPE_BACKUP_BUTTON (sup_backup_button_get_type ())

/* Property "security" (SupSecurity, or NULL). */
G_DECLARE_FINAL_TYPE (SupBackupButton, sup_backup_button, SUP, BACKUP_BUTTON, AdwBin)

G_END_DECLS
