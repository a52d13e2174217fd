/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The security key: shown only when asked for, copied for a while, saved, printed. It comes out of the keyring when
 * the dialog opens and goes with it.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-backup-button.h"
#include "sup-secret-clipboard.h"
#include "sup-security-dialog-private.h"
#include "sup-security-sheet.h"
#include "sup-security-words.h"

/* As long as a real key, in groups of four. */
#define CONCEALED_KEY "•••• •••• •••• •••• •••• •••• •••• •••• •••• •••• •••• ••••"

enum
{
  PROP_0,
  PROP_SECURITY,
  PROP_KEY_TEXT,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupSecurityDialog, sup_security_dialog, ADW_TYPE_DIALOG)

static GParamSpec *properties[N_PROPS];

static char *
key_words (SupSecurityDialog *self,
           MtxSecretBytes    *key_text,
           gboolean           is_shown)
{
  const guint8 *bytes;
  gsize         length;

  if (key_text == NULL || !is_shown)
    return g_strdup (CONCEALED_KEY);

  bytes = mtx_secret_bytes_get (key_text, &length);

  return g_strndup ((const char *)bytes, length);
}

static char *
show_icon (SupSecurityDialog *self,
           gboolean           is_shown)
{
  return g_strdup (is_shown ? "view-conceal-symbolic" : "view-reveal-symbolic");
}

static gboolean
is_text (SupSecurityDialog *self,
         MtxSecretBytes    *key_text)
{
  return key_text != NULL;
}

static char *
storage_words (SupSecurityDialog    *self,
               MtxSecretStorageState state)
{
  return g_strdup (sup_security_words_storage (state));
}

static char *
backup_words (SupSecurityDialog *self,
              MtxKeyBackupState  state)
{
  return g_strdup (sup_security_words_backup (state));
}

/* Says something in passing, inside the dialog: the window's own is behind it. */
void
_sup_security_dialog_say (SupSecurityDialog *self,
                          const char        *words)
{
  AdwToast *toast;

  if (self->toasts == NULL)
    return;

  toast = adw_toast_new (words);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static DexFuture *
loaded_cb (DexFuture *future,
           gpointer   user_data)
{
  SupSecurityDialog *self = user_data;
  g_autoptr (GError) error = NULL;
  const GValue      *value = dex_future_get_value (future, &error);

  if (value != NULL)
    {
      self->key_text = g_value_dup_boxed (value);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KEY_TEXT]);
    }
  else
    {
      _sup_security_dialog_say (self, _ ("The key could not be read from your keyring. Unlock it, then open this again."));
    }

  return NULL;
}

static void
on_copy (SupSecurityDialog *self)
{
  g_autofree char *words = NULL;

  sup_secret_clipboard_copy (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->key_text, SUP_SECRET_CLIPBOARD_SECONDS);
  words = g_strdup_printf (ngettext ("Copied. The clipboard forgets it after %d second.",
                                     "Copied. The clipboard forgets it after %d seconds.", SUP_SECRET_CLIPBOARD_SECONDS),
                           SUP_SECRET_CLIPBOARD_SECONDS);
  _sup_security_dialog_say (self, words);
}

static MtxSecretBytes *
sup_security_dialog_write_sheet (SupSecurityDialog *self)
{
  return sup_security_sheet_write (self->provider_name, self->address, self->key_text);
}

typedef struct
{
  SupSecurityDialog *self;  /* owned */
  MtxSecretBytes    *sheet; /* owned: lives until it is written */
} Saving;

static void
saving_free (Saving *saving)
{
  g_clear_object (&saving->self);
  g_clear_pointer (&saving->sheet, mtx_secret_bytes_unref);
  g_free (saving);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Saving            *saving = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    _sup_security_dialog_say (saving->self, _ ("Saved. Move the file to a place that is not this computer."));
  else
    _sup_security_dialog_say (saving->self, _ ("The file could not be written. Choose another place."));
  saving_free (saving);
}

static void
save_chosen_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  Saving            *saving = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile)  file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (object), result, &error);
  const guint8      *bytes;
  gsize              length;

  if (file == NULL)
    {
      saving_free (saving);
      return;
    }

  /* For nobody else on this computer. */
  bytes = mtx_secret_bytes_get (saving->sheet, &length);
  g_file_replace_contents_async (file, (const char *)bytes, length, NULL, FALSE,
                                 G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, NULL, written_cb, saving);
}

static void
on_save (SupSecurityDialog *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  Saving                   *saving = g_new0 (Saving, 1);

  saving->self = g_object_ref (self);
  saving->sheet = sup_security_dialog_write_sheet (self);
  gtk_file_dialog_set_title (dialog, _ ("Save Security Key"));
  gtk_file_dialog_set_initial_name (dialog, _ ("Wallet Support security key.txt"));
  gtk_file_dialog_save (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, save_chosen_cb, saving);
}

static void
on_printed (SupSecurityDialog      *self,
            GtkPrintOperationResult result)
{
  if (result == GTK_PRINT_OPERATION_RESULT_ERROR)
    _sup_security_dialog_say (self, _ ("The key could not be printed. Save it to a file instead."));
}

static void
on_print (SupSecurityDialog *self)
{
  g_autoptr (MtxSecretBytes)    sheet = sup_security_dialog_write_sheet (self);
  g_autoptr (GtkPrintOperation) operation = sup_security_sheet_print (sheet);

  gtk_print_operation_set_allow_async (operation, TRUE);
  g_signal_connect_object (operation, "done", G_CALLBACK (on_printed), self, G_CONNECT_SWAPPED);
  gtk_print_operation_run (operation, GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG,
                           GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL);
}

static void
on_export (SupSecurityDialog *self)
{
  _sup_security_dialog_export (self);
}

static void
on_import (SupSecurityDialog *self)
{
  _sup_security_dialog_import (self);
}

static void
on_saved_changed (SupSecurityDialog *self)
{
  gboolean is_saved = adw_switch_row_get_active (self->saved_row);

  if (self->security != NULL && sup_security_get_saved (self->security) != is_saved)
    mtx_fiber_fire (sup_security_set_saved (self->security, is_saved), "note-kept-key");
}

static void
on_security_saved_changed (SupSecurityDialog *self)
{
  adw_switch_row_set_active (self->saved_row, sup_security_get_saved (self->security));
}

static void
sup_security_dialog_dispose (GObject *object)
{
  SupSecurityDialog *self = SUP_SECURITY_DIALOG (object);

  dex_clear (&self->loading);
  dex_clear (&self->transfer);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_SECURITY_DIALOG);
  g_clear_object (&self->security);
  g_clear_pointer (&self->provider_name, g_free);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->key_text, mtx_secret_bytes_unref);

  G_OBJECT_CLASS (sup_security_dialog_parent_class)->dispose (object);
}

static void
sup_security_dialog_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  SupSecurityDialog *self = SUP_SECURITY_DIALOG (object);

  switch (prop_id)
    {
    case PROP_SECURITY:
      g_value_set_object (value, self->security);
      break;

    case PROP_KEY_TEXT:
      g_value_set_boxed (value, self->key_text);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_security_dialog_class_init (SupSecurityDialogClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags     flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = sup_security_dialog_dispose;
  object_class->get_property = sup_security_dialog_get_property;

  properties[PROP_SECURITY] = g_param_spec_object ("security", NULL, NULL, SUP_TYPE_SECURITY, flags);
  properties[PROP_KEY_TEXT] = g_param_spec_boxed ("key-text", NULL, NULL, MTX_TYPE_SECRET_BYTES, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SUP_TYPE_BACKUP_BUTTON);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-security-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SupSecurityDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, SupSecurityDialog, saved_row);
  gtk_widget_class_bind_template_child (widget_class, SupSecurityDialog, export_row);
  gtk_widget_class_bind_template_child (widget_class, SupSecurityDialog, import_row);
  gtk_widget_class_bind_template_callback (widget_class, key_words);
  gtk_widget_class_bind_template_callback (widget_class, show_icon);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, storage_words);
  gtk_widget_class_bind_template_callback (widget_class, backup_words);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_print);
  gtk_widget_class_bind_template_callback (widget_class, on_export);
  gtk_widget_class_bind_template_callback (widget_class, on_import);
  gtk_widget_class_bind_template_callback (widget_class, on_saved_changed);
}

static void
sup_security_dialog_init (SupSecurityDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * sup_security_dialog_new:
 * @security: what protects the account
 * @provider_name: name of the provider, for the sheet
 * @address: address of the account, for the sheet
 *
 * Creates the dialog and fetches the key from the keyring.
 *
 * Returns: (transfer floating): the dialog
 */
SupSecurityDialog *
sup_security_dialog_new (SupSecurity *security,
                         const char  *provider_name,
                         const char  *address)
{
  SupSecurityDialog *self;

  g_return_val_if_fail (SUP_IS_SECURITY (security), NULL);
  g_return_val_if_fail (provider_name != NULL, NULL);
  g_return_val_if_fail (address != NULL, NULL);

  self = g_object_new (SUP_TYPE_SECURITY_DIALOG, NULL);
  self->security = g_object_ref (security);
  self->provider_name = g_strdup (provider_name);
  self->address = g_strdup (address);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SECURITY]);

  g_signal_connect_object (security, "notify::saved", G_CALLBACK (on_security_saved_changed), self, G_CONNECT_SWAPPED);
  on_security_saved_changed (self);
  self->loading = dex_future_finally (sup_security_load_key_text (security), loaded_cb, g_object_ref (self), g_object_unref);

  return self;
}
