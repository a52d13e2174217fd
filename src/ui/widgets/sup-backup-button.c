/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Begins a new copy of the message keys on the server, where the old one is not ours. Nothing is replaced by
 * itself: who put the other copy there may have had a reason, and only the person can know (threat 79).
 */
#include "config.h"

#include "sup-backup-button.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"

struct _SupBackupButton
{
  AdwBin parent_instance;

  /* owned */
  SupSecurity  *security; /* or NULL */
  GSignalGroup *signals;
};

enum
{
  PROP_SECURITY = 1,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (SupBackupButton, sup_backup_button, ADW_TYPE_BIN)

static void
update (SupBackupButton *self)
{
  MtxKeyBackupState state = self->security != NULL ? sup_security_get_backup (self->security) : MTX_KEY_BACKUP_UNKNOWN;

  gtk_widget_set_visible (GTK_WIDGET (self),
                          state == MTX_KEY_BACKUP_OFF || state == MTX_KEY_BACKUP_WRONG_KEY
                              || state == MTX_KEY_BACKUP_UNTRUSTED);
}

static void
on_response (SupBackupButton *self,
             const char      *response)
{
  if (g_str_equal (response, "replace") && self->security != NULL)
    mtx_fiber_fire (sup_security_replace_backup (self->security), "Beginning a new copy of the message keys");
}

static void
on_clicked (SupBackupButton *self)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Begin a New Copy?"),
                                            _ ("The server keeps one copy. It is replaced by a new one that your security key opens. What was only in the old one is lost, also for other apps."));

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "replace", _ ("_Begin Anew"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "replace", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
set_security (SupBackupButton *self,
              SupSecurity     *security)
{
  if (!g_set_object (&self->security, security))
    return;

  g_signal_group_set_target (self->signals, security);
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SECURITY]);
}

static void
sup_backup_button_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  SupBackupButton *self = SUP_BACKUP_BUTTON (object);

  switch (prop_id)
    {
    case PROP_SECURITY:
      g_value_set_object (value, self->security);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_backup_button_set_property (GObject      *object,
                                guint         prop_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  SupBackupButton *self = SUP_BACKUP_BUTTON (object);

  switch (prop_id)
    {
    case PROP_SECURITY:
      set_security (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_backup_button_dispose (GObject *object)
{
  SupBackupButton *self = SUP_BACKUP_BUTTON (object);

  g_clear_object (&self->signals);
  g_clear_object (&self->security);

  G_OBJECT_CLASS (sup_backup_button_parent_class)->dispose (object);
}

static void
sup_backup_button_class_init (SupBackupButtonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = sup_backup_button_get_property;
  object_class->set_property = sup_backup_button_set_property;
  object_class->dispose = sup_backup_button_dispose;

  /**
   * SupBackupButton:security:
   *
   * Whose copy it is about. The button is there only as long as the copy is not ours.
   */
  properties[PROP_SECURITY] = g_param_spec_object ("security", NULL, NULL, SUP_TYPE_SECURITY,
                                                   G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_backup_button_init (SupBackupButton *self)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Begin Anew…"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self), button);

  self->signals = g_signal_group_new (SUP_TYPE_SECURITY);
  g_signal_group_connect_swapped (self->signals, "notify::backup", G_CALLBACK (update), self);
  update (self);
}
