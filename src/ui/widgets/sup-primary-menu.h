/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The main menu, the same on every page.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_PRIMARY_MENU (sup_primary_menu_get_type ())

G_DECLARE_FINAL_TYPE (SupPrimaryMenu, sup_primary_menu, SUP, PRIMARY_MENU, AdwBin)

G_END_DECLS
