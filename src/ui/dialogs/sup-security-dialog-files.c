/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files with the keys of messages, locked with a passphrase: the way out of any disaster, and in from other apps.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-error.h"
#include "mtx-secret-bytes.h"
#include "sup-security-dialog-private.h"

/* Shorter ones are guessed in minutes by whoever finds the file. */
#define PASSPHRASE_MIN_CHARS 12

/* What is being done, from the question for a passphrase to the end. */
typedef struct
{
  SupSecurityDialog *self; /* owned */
  gboolean           is_import;
  char              *path;  /* owned */
  GtkWidget         *entry; /* borrowed: the question's */
  GtkWidget         *again; /* borrowed: the question's; NULL for an import */
} Transfer;

static void
transfer_free (gpointer data)
{
  Transfer *transfer = data;

  g_clear_object (&transfer->self);
  g_clear_pointer (&transfer->path, g_free);
  g_free (transfer);
}

static char *
words_for_failure (gboolean      is_import,
                   const GError *error)
{
  if (!is_import)
    return g_strdup (_ ("The keys could not be written. Choose another place."));

  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET) || g_error_matches (error, MTX_ERROR, MTX_ERROR_UNTRUSTED))
    return g_strdup (_ ("The passphrase does not open this file. Nothing was changed."));

  return g_strdup (_ ("This is not a file with message keys, or it is damaged. Nothing was changed."));
}

static DexFuture *
transferred_cb (DexFuture *future,
                gpointer   user_data)
{
  Transfer          *transfer = user_data;
  SupSecurityDialog *self = transfer->self;
  g_autoptr (GError) error = NULL;
  g_autofree char   *words = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    words = words_for_failure (transfer->is_import, error);
  else if (transfer->is_import)
    words = g_strdup (_ ("Imported. Messages that can be read now appear by themselves."));
  else
    words = g_strdup (_ ("Exported. Keep the file and its passphrase in different places."));

  if (self->export_row != NULL)
    {
      gtk_widget_set_sensitive (self->export_row, TRUE);
      gtk_widget_set_sensitive (self->import_row, TRUE);
    }
  _sup_security_dialog_say (self, words);

  return NULL;
}

static void
start_transfer (Transfer *transfer)
{
  SupSecurityDialog         *self = transfer->self;
  const char                *text = gtk_editable_get_text (GTK_EDITABLE (transfer->entry));
  g_autoptr (MtxSecretBytes) passphrase = mtx_secret_bytes_new ((const guint8 *)text, strlen (text));
  DexFuture                 *future = NULL;

  future = transfer->is_import ? sup_security_import_keys (self->security, transfer->path, passphrase, NULL, NULL)
                               : sup_security_export_keys (self->security, transfer->path, passphrase, NULL, NULL);

  gtk_widget_set_sensitive (self->export_row, FALSE);
  gtk_widget_set_sensitive (self->import_row, FALSE);
  dex_clear (&self->transfer);
  self->transfer = dex_future_finally (future, transferred_cb, transfer, transfer_free);
}

static void
on_passphrase_changed (Transfer    *transfer,
                       GtkEditable *editable)
{
  AdwAlertDialog *dialog = ADW_ALERT_DIALOG (gtk_widget_get_ancestor (GTK_WIDGET (editable), ADW_TYPE_ALERT_DIALOG));
  const char     *text = gtk_editable_get_text (GTK_EDITABLE (transfer->entry));
  gboolean        is_good = *text != '\0';

  if (!transfer->is_import)
    is_good = g_utf8_strlen (text, -1) >= PASSPHRASE_MIN_CHARS && g_str_equal (text, gtk_editable_get_text (GTK_EDITABLE (transfer->again)));

  adw_alert_dialog_set_response_enabled (dialog, "go", is_good);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  Transfer *transfer = user_data;

  if (g_str_equal (adw_alert_dialog_choose_finish (ADW_ALERT_DIALOG (object), result), "go"))
    start_transfer (transfer);
  else
    transfer_free (transfer);
}

static GtkWidget *
add_entry (Transfer   *transfer,
           GtkWidget  *list,
           const char *title)
{
  GtkWidget *row = adw_password_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  g_signal_connect_swapped (row, "changed", G_CALLBACK (on_passphrase_changed), transfer);

  return row;
}

static void
ask_passphrase (Transfer *transfer)
{
  GtkWidget *list = gtk_list_box_new ();
  AdwDialog *dialog;

  if (transfer->is_import)
    dialog = adw_alert_dialog_new (_ ("Passphrase of the File"), _ ("It was chosen when the keys were exported."));
  else
    dialog = adw_alert_dialog_new (_ ("Choose a Passphrase"),
                                   _ ("It locks the file. At least twelve characters; without it nobody, not even you, can read the file."));

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  transfer->entry = add_entry (transfer, list, _ ("Passphrase"));
  if (!transfer->is_import)
    transfer->again = add_entry (transfer, list, _ ("Once More"));

  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), list);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog),
                                  "cancel", _ ("_Cancel"),
                                  "go", transfer->is_import ? _ ("_Import") : _ ("_Export"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "go", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_response_enabled (ADW_ALERT_DIALOG (dialog), "go", FALSE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "go");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_choose (ADW_ALERT_DIALOG (dialog), GTK_WIDGET (transfer->self), NULL, answered_cb, transfer);
}

static void
file_chosen_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  Transfer         *transfer = user_data;
  g_autoptr (GFile) file = NULL;

  if (transfer->is_import)
    file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (object), result, NULL);
  else
    file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (object), result, NULL);

  transfer->path = file != NULL ? g_file_get_path (file) : NULL;
  if (transfer->path != NULL)
    {
      ask_passphrase (transfer);
      return;
    }

  if (file != NULL)
    _sup_security_dialog_say (transfer->self, _ ("Choose a place on this computer."));
  transfer_free (transfer);
}

static Transfer *
transfer_new (SupSecurityDialog *self,
              gboolean           is_import)
{
  Transfer *transfer = g_new0 (Transfer, 1);

  transfer->self = g_object_ref (self);
  transfer->is_import = is_import;

  return transfer;
}

/* Asks where to, then for a passphrase, and writes all room keys. */
void
_sup_security_dialog_export (SupSecurityDialog *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Export Message Keys"));
  gtk_file_dialog_set_initial_name (dialog, _ ("Wallet Support message keys.txt"));
  gtk_file_dialog_save (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, file_chosen_cb,
                        transfer_new (self, FALSE));
}

/* Asks which file, then for its passphrase, and reads the room keys in it. */
void
_sup_security_dialog_import (SupSecurityDialog *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Import Message Keys"));
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, file_chosen_cb,
                        transfer_new (self, TRUE));
}
