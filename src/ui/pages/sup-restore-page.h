/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings an account back from its address and security key.
 */
#pragma once

#include <adwaita.h>

#include "sup-client-list.h"

G_BEGIN_DECLS

#define SUP_TYPE_RESTORE_PAGE (sup_restore_page_get_type ())

G_DECLARE_FINAL_TYPE (SupRestorePage, sup_restore_page, SUP, RESTORE_PAGE, AdwNavigationPage)

/* Property "busy" (boolean). Signal "restored" (SupClient): the account is back. */
SupRestorePage *sup_restore_page_new      (SupClientList  *clients);
void            sup_restore_page_fail     (SupRestorePage *self,
                                           const GError   *error);

G_END_DECLS
