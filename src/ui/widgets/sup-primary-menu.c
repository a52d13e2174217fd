/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The main menu, the same on every page.
 */
#include "config.h"

#include "sup-primary-menu.h"

struct _SupPrimaryMenu
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (SupPrimaryMenu, sup_primary_menu, ADW_TYPE_BIN)

static void
sup_primary_menu_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SUP_TYPE_PRIMARY_MENU);

  G_OBJECT_CLASS (sup_primary_menu_parent_class)->dispose (object);
}

static void
sup_primary_menu_class_init (SupPrimaryMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sup_primary_menu_dispose;

  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass),
                                               "/io/github/wallet_support/WalletSupport/ui/sup-primary-menu.ui");
}

static void
sup_primary_menu_init (SupPrimaryMenu *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
