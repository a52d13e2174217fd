/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The user's own address, to be given to somebody who wants to invite them.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_ADDRESS_DIALOG (sup_address_dialog_get_type ())

G_DECLARE_FINAL_TYPE (SupAddressDialog, sup_address_dialog, SUP, ADDRESS_DIALOG, AdwDialog)

SupAddressDialog *sup_address_dialog_new (const char *address);

G_END_DECLS
