/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first page: one way in for a file, a link, a domain or an identifier.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_WELCOME_PAGE (sup_welcome_page_get_type ())

G_DECLARE_FINAL_TYPE (SupWelcomePage, sup_welcome_page, SUP, WELCOME_PAGE, AdwNavigationPage)

G_END_DECLS
