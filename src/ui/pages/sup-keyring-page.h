/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands between a person and their messages before anything can be shown: a locked or missing keyring,
 * a wrong secret, a damaged or busy store, a server that refuses; each with its own way out.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SUP_TYPE_KEYRING_PAGE (sup_keyring_page_get_type ())

G_DECLARE_FINAL_TYPE (SupKeyringPage, sup_keyring_page, SUP, KEYRING_PAGE, AdwBin)

G_END_DECLS
