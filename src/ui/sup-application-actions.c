/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of application actions.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-application-private.h"

static void
about_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  SupApplication *self = SUP_APPLICATION (user_data);
  GtkWindow      *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  AdwDialog      *dialog = adw_about_dialog_new_from_appdata ("/io/github/wallet_support/WalletSupport/metainfo.xml", NULL);

  adw_about_dialog_set_version (ADW_ABOUT_DIALOG (dialog), PACKAGE_VERSION);
  adw_about_dialog_set_comments (ADW_ABOUT_DIALOG (dialog),
                                 _ ("An anonymous, encrypted chat with the people behind your wallet, and their announcements."));
  /* Translators: the names of the translators, one a line */
  adw_about_dialog_set_translator_credits (ADW_ABOUT_DIALOG (dialog), _ ("translator-credits"));
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

static void
quit_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  GtkApplication *app = GTK_APPLICATION (user_data);
  GtkWindow      *window;

  while ((window = gtk_application_get_active_window (app)) != NULL)
    gtk_window_destroy (window);
}

static const GActionEntry actions[] = {
  { "about", about_action },
  { "quit", quit_action },
};

void
_sup_application_add_actions (SupApplication *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);

  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "app.quit", (const char *[]) { "<Control>q", NULL });
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "window.close", (const char *[]) { "<Control>w", NULL });
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "win.shortcuts", (const char *[]) { "<Control>question", NULL });
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "win.open-file", (const char *[]) { "<Control>o", NULL });
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "win.show-page('chat')", (const char *[]) { "<Alt>1", NULL });
  gtk_application_set_accels_for_action (GTK_APPLICATION (self), "win.show-page('announcements')", (const char *[]) { "<Alt>2", NULL });
}
