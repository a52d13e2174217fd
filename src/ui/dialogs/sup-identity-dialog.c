/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who support is, and the truth about the encryption of the conversation.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-format.h"
#include "sup-identity-dialog.h"

struct _SupIdentityDialog
{
  AdwDialog parent_instance;

  /* Owned References */
  SupConversation *conversation;
};

enum
{
  PROP_0,
  PROP_CONVERSATION,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupIdentityDialog, sup_identity_dialog, ADW_TYPE_DIALOG)

static GParamSpec *properties[N_PROPS];

static char *
encryption_explained (SupIdentityDialog *self,
                      SupEncryption      encryption)
{
  return sup_format_encryption_meaning (encryption);
}

static char *
fingerprint_words (SupIdentityDialog *self,
                   const char        *fingerprint)
{
  return g_strdup (fingerprint != NULL ? fingerprint : _ ("Not known yet"));
}

static void
sup_identity_dialog_dispose (GObject *object)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_IDENTITY_DIALOG);
  g_clear_object (&self->conversation);

  G_OBJECT_CLASS (sup_identity_dialog_parent_class)->dispose (object);
}

static void
sup_identity_dialog_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      g_value_set_object (value, self->conversation);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_identity_dialog_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  SupIdentityDialog *self = SUP_IDENTITY_DIALOG (object);

  switch (prop_id)
    {
    case PROP_CONVERSATION:
      if (g_set_object (&self->conversation, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_identity_dialog_class_init (SupIdentityDialogClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_identity_dialog_dispose;
  object_class->get_property = sup_identity_dialog_get_property;
  object_class->set_property = sup_identity_dialog_set_property;

  properties[PROP_CONVERSATION] =
      g_param_spec_object ("conversation", NULL, NULL, SUP_TYPE_CONVERSATION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-identity-dialog.ui");
  gtk_widget_class_bind_template_callback (widget_class, encryption_explained);
  gtk_widget_class_bind_template_callback (widget_class, fingerprint_words);
}

static void
sup_identity_dialog_init (SupIdentityDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * sup_identity_dialog_new:
 * @conversation: a conversation
 *
 * Creates the dialog about whom @conversation is with.
 *
 * Returns: (transfer floating): the dialog
 */
SupIdentityDialog *
sup_identity_dialog_new (SupConversation *conversation)
{
  g_return_val_if_fail (SUP_IS_CONVERSATION (conversation), NULL);

  return g_object_new (SUP_TYPE_IDENTITY_DIALOG, "conversation", conversation, NULL);
}
