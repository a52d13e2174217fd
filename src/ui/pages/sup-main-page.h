/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page of a working account: chat and announcements under one header.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_MAIN_PAGE (sup_main_page_get_type ())

G_DECLARE_FINAL_TYPE (SupMainPage, sup_main_page, SUP, MAIN_PAGE, AdwBreakpointBin)

void sup_main_page_show (SupMainPage *self,
                         const char  *name);

G_END_DECLS
