/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server wants accepted before it makes an account. Never accepted silently; the addresses are shown in
 * full, and open in the browser only when pressed.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-terms-dialog.h"

static void
on_response (SupClient  *client,
             const char *response)
{
  sup_client_answer_terms (client, g_str_equal (response, "accept"));
}

static GtkWidget *
create_links (const char *const *terms)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");

  for (guint i = 0; terms[i] != NULL && terms[i + 1] != NULL; i += 2)
    {
      GtkWidget *row = adw_action_row_new ();
      GtkWidget *link = gtk_link_button_new_with_label (terms[i + 1], _ ("Read"));

      gtk_widget_set_valign (link, GTK_ALIGN_CENTER);
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), terms[i]);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), terms[i + 1]);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), link);
      gtk_list_box_append (GTK_LIST_BOX (list), row);
    }

  return list;
}

/**
 * sup_terms_dialog_new:
 * @client: a client whose server asks for its terms to be accepted
 *
 * Creates the dialog that shows them. Its answer goes to @client; closing it is a refusal.
 *
 * Returns: (transfer floating): the dialog
 */
AdwDialog *
sup_terms_dialog_new (SupClient *client)
{
  AdwDialog *dialog;

  g_return_val_if_fail (SUP_IS_CLIENT (client), NULL);
  g_return_val_if_fail (sup_client_get_terms (client) != NULL, NULL);

  dialog = adw_alert_dialog_new (_ ("Accept the Server’s Terms?"),
                                 _ ("The server makes the anonymous account only if you accept these. Nothing about you is sent with your answer."));
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), create_links (sup_client_get_terms (client)));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog),
                                  "cancel", _ ("_Cancel"),
                                  "accept", _ ("_Accept"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "accept", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), client, G_CONNECT_SWAPPED);

  return dialog;
}
