/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a window can do: open a provider file, start with a provider, show a page.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-provider-file.h"
#include "sup-provider-words.h"
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

static void
choose_file_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  DexPromise        *promise = user_data;
  g_autoptr (GError) error = NULL;
  GFile             *file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (object), result, &error);

  if (file != NULL)
    dex_promise_resolve_object (promise, file);
  else
    dex_promise_reject (promise, g_steal_pointer (&error));
  dex_unref (promise);
}

static DexFuture *
choose_file (SupWindow *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GListStore)    filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) settings_files = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all_files = gtk_file_filter_new ();
  DexPromise               *promise = dex_promise_new_cancellable ();

  gtk_file_filter_set_name (settings_files, _ ("Provider Files"));
  gtk_file_filter_add_suffix (settings_files, "json");
  gtk_file_filter_set_name (all_files, _ ("All Files"));
  gtk_file_filter_add_pattern (all_files, "*");
  g_list_store_append (filters, settings_files);
  g_list_store_append (filters, all_files);

  gtk_file_dialog_set_title (dialog, _ ("Open Provider File"));
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_open (dialog, GTK_WINDOW (self), dex_promise_get_cancellable (promise), choose_file_cb, dex_ref (promise));

  return DEX_FUTURE (promise);
}

/* The size is looked at while reading: a file may be a device, a pipe, or grow. */
static DexFuture *
read_file_thread (gpointer data)
{
  GFile                       *file = data;
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (SupProviderInput) input = NULL;
  g_autoptr (GError)           error = NULL;
  g_autofree char             *bytes = g_malloc (SUP_PROVIDER_FILE_MAX_BYTES + 1);
  gsize                        length = 0;

  if (!(stream = g_file_read (file, NULL, &error)) || !g_input_stream_read_all (G_INPUT_STREAM (stream), bytes, SUP_PROVIDER_FILE_MAX_BYTES + 1, &length, NULL, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  input = sup_provider_file_read (bytes, length, SUP_PROVIDER_ORIGIN_FILE, NULL, &error);
  if (input == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (SUP_TYPE_PROVIDER_INPUT, g_steal_pointer (&input));
}

static DexFuture *
open_file_fiber (gpointer data)
{
  DexFuture         *file_chosen = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile)  file = dex_await_object (dex_ref (file_chosen), &error);

  if (file == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return mtx_thread_run ("read-provider-file", read_file_thread, g_object_ref (file), g_object_unref);
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
  else if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_input_error (self, error);

  return NULL;
}

static void
open_file_start (SupWindow *self,
                 DexFuture *file_chosen)
{
  dex_clear (&self->reading);
  self->reading = dex_future_finally (mtx_fiber_spawn ("open-provider-file", open_file_fiber, file_chosen, dex_unref),
                                      open_file_done_cb, g_object_ref (self), g_object_unref);
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

  open_file_start (self, dex_future_new_take_object (g_object_ref (file)));
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
  SupWindow *self = SUP_WINDOW (widget);

  open_file_start (self, choose_file (self));
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
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page_action);
  gtk_widget_class_install_action (widget_class, "win.shortcuts", NULL, shortcuts_action);
}
