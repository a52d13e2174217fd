/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The user's own address, to be copied.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-address-dialog.h"

struct _SupAddressDialog
{
  AdwDialog parent_instance;

  /* Template Widgets */
  AdwToastOverlay *toasts;

  /* Owned References */
  char *address;
};

enum
{
  PROP_0,
  PROP_ADDRESS,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupAddressDialog, sup_address_dialog, ADW_TYPE_DIALOG)

static GParamSpec *properties[N_PROPS];

static void
on_copy (SupAddressDialog *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->address);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Copied")));
}

static void
sup_address_dialog_dispose (GObject *object)
{
  SupAddressDialog *self = SUP_ADDRESS_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_ADDRESS_DIALOG);
  g_clear_pointer (&self->address, g_free);

  G_OBJECT_CLASS (sup_address_dialog_parent_class)->dispose (object);
}

static void
sup_address_dialog_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  SupAddressDialog *self = SUP_ADDRESS_DIALOG (object);

  switch (prop_id)
    {
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_address_dialog_class_init (SupAddressDialogClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_address_dialog_dispose;
  object_class->get_property = sup_address_dialog_get_property;

  properties[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, NULL,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-address-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SupAddressDialog, toasts);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
sup_address_dialog_init (SupAddressDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * sup_address_dialog_new:
 * @address: the user's address
 *
 * Creates the dialog.
 *
 * Returns: (transfer floating): the dialog
 */
SupAddressDialog *
sup_address_dialog_new (const char *address)
{
  SupAddressDialog *self;

  g_return_val_if_fail (address != NULL, NULL);

  self = g_object_new (SUP_TYPE_ADDRESS_DIALOG, NULL);
  self->address = g_strdup (address);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ADDRESS]);

  return self;
}
