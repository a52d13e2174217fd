/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a window can do: open a provider file, start with a provider or bring an account back, show a page.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-address-dialog.h"
#include "sup-client-list.h"
#include "sup-provider-reader.h"
#include "sup-provider-words.h"
#include "sup-restore-page.h"
#include "sup-security-dialog.h"
#include "sup-window-private.h"

static void
show_input_error (SupWindow    *self,
                  const GError *error)
{
  AdwDialog       *dialog;
  g_autofree char *body = sup_provider_words_for_error (error);

  dialog = adw_alert_dialog_new (_ ("This Cannot Be Opened"), body);
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "close");
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static DexFuture *
open_file_done_cb (DexFuture *future,
                   gpointer   user_data)
{
  SupWindow         *self = user_data;
  g_autoptr (GError) error = NULL;
  const GValue      *value = dex_future_get_value (future, &error);

  if (value != NULL)
    sup_window_show_input (self, g_value_get_boxed (value));
  else if (!sup_provider_reader_is_dismissed (error))
    show_input_error (self, error);

  return NULL;
}

static void
sup_window_read (SupWindow *self,
                 DexFuture *input)
{
  dex_clear (&self->reading);
  self->reading = dex_future_finally (input, open_file_done_cb, g_object_ref (self), g_object_unref);
}

/**
 * sup_window_open_file:
 * @self: a window
 * @file: a provider file, local or not
 *
 * Reads @file in a thread and shows its consent page, or says why it cannot be used.
 */
void
sup_window_open_file (SupWindow *self,
                      GFile     *file)
{
  g_return_if_fail (SUP_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  sup_window_read (self, sup_provider_reader_read (file));
}

/**
 * sup_window_show_input:
 * @self: a window
 * @input: what a file or a text turned out to be
 *
 * Shows the consent page for a provider; says what is missing for anything else.
 */
void
sup_window_show_input (SupWindow        *self,
                       SupProviderInput *input)
{
  AdwDialog       *dialog;
  g_autofree char *body = NULL;

  g_return_if_fail (SUP_IS_WINDOW (self));
  g_return_if_fail (input != NULL);

  if (sup_provider_input_get_kind (input) == SUP_PROVIDER_INPUT_PROVIDER)
    {
      sup_window_ask_consent (self, sup_provider_input_get_provider (input));
      return;
    }

  body = sup_provider_words_for_input (input);
  dialog = adw_alert_dialog_new (_ ("A File Is Needed"), body);
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "close");
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
open_file_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  sup_window_read (SUP_WINDOW (widget), sup_provider_reader_choose (GTK_WINDOW (widget)));
}

static void
start_action (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  SupWindow            *self = SUP_WINDOW (widget);
  AdwNavigationPage    *page = adw_navigation_view_get_visible_page (self->navigation);
  g_autoptr (SupClient) client = NULL;

  /* Only the consent page has the button; an accelerator elsewhere must not start anything. */
  if (!SUP_IS_PROVIDER_PAGE (page))
    return;

  client = sup_client_list_add (self->clients, sup_provider_page_get_provider (SUP_PROVIDER_PAGE (page)));
  _sup_window_set_client (self, client);
  mtx_fiber_fire (sup_client_open (client), "open-client");
  adw_navigation_view_pop_to_tag (self->navigation, "welcome");
}

static void
welcome_action (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  _sup_window_show_welcome (SUP_WINDOW (widget));
}

static void
on_restored (SupWindow *self,
             SupClient *client)
{
  _sup_window_set_client (self, client);
  mtx_fiber_fire (sup_client_open (client), "open-client");
  adw_navigation_view_pop_to_tag (self->navigation, "welcome");
}

static void
restore_action (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  SupWindow      *self = SUP_WINDOW (widget);
  SupRestorePage *page = sup_restore_page_new (self->clients);

  g_signal_connect_object (page, "restored", G_CALLBACK (on_restored), self, G_CONNECT_SWAPPED);
  _sup_window_show_welcome (self);
  adw_navigation_view_push (self->navigation, ADW_NAVIGATION_PAGE (page));
}

static void
security_key_action (GtkWidget  *widget,
                     const char *action_name,
                     GVariant   *parameter)
{
  SupClient   *client = SUP_WINDOW (widget)->client;
  SupProvider *provider = sup_client_get_provider (client);

  if (sup_client_get_security (client) == NULL || provider == NULL)
    return;

  adw_dialog_present (ADW_DIALOG (sup_security_dialog_new (sup_client_get_security (client),
                                                           sup_provider_get_display_name (provider),
                                                           sup_client_get_user_id (client))),
                      widget);
}

static void
address_action (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  SupClient *client = SUP_WINDOW (widget)->client;

  adw_dialog_present (ADW_DIALOG (sup_address_dialog_new (sup_client_get_user_id (client))), widget);
}

/* What concerns an account is there when the account is. */
void
_sup_window_update_actions (SupWindow *self)
{
  SupClientState state = self->client != NULL ? sup_client_get_state (self->client) : SUP_CLIENT_CLOSED;
  gboolean       has_account = (state == SUP_CLIENT_RUNNING || state == SUP_CLIENT_SIGNED_OUT) && sup_client_get_user_id (self->client) != NULL;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.security-key", has_account);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.address", has_account);
}

static void
show_page_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  SupWindow *self = SUP_WINDOW (widget);

  if (self->main_page != NULL)
    sup_main_page_show (self->main_page, g_variant_get_string (parameter, NULL));
}

static void
shortcuts_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/io/github/wallet_support/WalletSupport/ui/sup-shortcuts-dialog.ui");
  GtkWindow             *window = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));

  gtk_window_set_transient_for (window, GTK_WINDOW (widget));
  gtk_window_present (window);
}

void
_sup_window_class_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.open-file", NULL, open_file_action);
  gtk_widget_class_install_action (widget_class, "win.start", NULL, start_action);
  gtk_widget_class_install_action (widget_class, "win.welcome", NULL, welcome_action);
  gtk_widget_class_install_action (widget_class, "win.restore", NULL, restore_action);
  gtk_widget_class_install_action (widget_class, "win.security-key", NULL, security_key_action);
  gtk_widget_class_install_action (widget_class, "win.address", NULL, address_action);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page_action);
  gtk_widget_class_install_action (widget_class, "win.shortcuts", NULL, shortcuts_action);
}
