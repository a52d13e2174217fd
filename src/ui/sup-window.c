/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window: shows the page that fits the client's state. Holds no protocol.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-feed-page.h"
#include "sup-keyring-page.h"
#include "sup-terms-dialog.h"
#include "sup-welcome-page.h"
#include "sup-window-private.h"

G_DEFINE_FINAL_TYPE (SupWindow, sup_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PROP_0,
  PROP_CLIENT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Which of the window's four faces fits; @client is NULL while nobody was started with. */
static const char *
page_for_client (SupClient *client)
{
  if (client == NULL)
    return "welcome";

  switch (sup_client_get_state (client))
    {
    case SUP_CLIENT_CLOSED:
    case SUP_CLIENT_OPENING:
      return "opening";

    case SUP_CLIENT_KEYRING_LOCKED:
    case SUP_CLIENT_KEYRING_ABSENT:
    case SUP_CLIENT_WRONG_SECRET:
    case SUP_CLIENT_DAMAGED:
    case SUP_CLIENT_BUSY:
    case SUP_CLIENT_FAILED:
      return "keyring";

    case SUP_CLIENT_SETTING_UP:
    case SUP_CLIENT_RUNNING:
    case SUP_CLIENT_SIGNED_OUT:
    default:
      return "main";
    }
}

/* Most starts show only one of Welcome and the main page, so each is made when it is first needed. */
static void
sup_window_ensure_welcome_page (SupWindow *self)
{
  if (adw_navigation_view_find_page (self->navigation, "welcome") == NULL)
    adw_navigation_view_add (self->navigation, g_object_new (SUP_TYPE_WELCOME_PAGE, NULL));
}

static void
sup_window_update_page (SupWindow *self)
{
  if (self->client == NULL)
    sup_window_ensure_welcome_page (self);
  gtk_stack_set_visible_child_name (self->stack, page_for_client (self->client));
  _sup_window_update_actions (self);
}

void
_sup_window_show_welcome (SupWindow *self)
{
  sup_window_ensure_welcome_page (self);
  adw_navigation_view_pop_to_tag (self->navigation, "welcome");
  gtk_stack_set_visible_child_name (self->stack, "welcome");
}

static void
sup_window_ensure_main_page (SupWindow *self)
{
  if (self->main_page != NULL)
    return;

  self->main_page = g_object_new (SUP_TYPE_MAIN_PAGE, NULL);
  g_object_bind_property (self, "client", self->main_page, "client", G_BINDING_SYNC_CREATE);
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->main_page), "main");
}

static void
on_terms_changed (SupWindow *self)
{
  if (sup_client_get_terms (self->client) != NULL)
    adw_dialog_present (sup_terms_dialog_new (self->client), GTK_WIDGET (self));
}

void
_sup_window_set_client (SupWindow *self,
                        SupClient *client)
{
  if (!g_set_object (&self->client, client))
    return;

  if (client != NULL)
    sup_window_ensure_main_page (self);
  g_signal_group_set_target (self->client_signals, client);
  sup_window_update_page (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
}

static gboolean
is_listed (SupWindow *self)
{
  guint n_clients = g_list_model_get_n_items (G_LIST_MODEL (self->clients));

  for (guint i = 0; i < n_clients; i++)
    {
      g_autoptr (SupClient) client = g_list_model_get_item (G_LIST_MODEL (self->clients), i);

      if (client == self->client)
        return TRUE;
    }

  return FALSE;
}

/* A client leaves when nothing was behind it; then the next has its turn, or Welcome. */
static void
on_clients_changed (SupWindow *self)
{
  g_autoptr (SupClient) next = NULL;

  if (self->client == NULL || is_listed (self))
    return;

  next = g_list_model_get_item (G_LIST_MODEL (self->clients), 0);
  _sup_window_set_client (self, next);
}

/* What was stored is looked at before anything is shown, so that Welcome never flashes past. Widgets are made
 * here and not in a fiber, whose stack is small. */
static DexFuture *
sup_window_loaded_cb (DexFuture *future,
                      gpointer   user_data)
{
  SupWindow            *self = user_data;
  g_autoptr (SupClient) client = NULL;
  g_autoptr (GError)    error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    g_info ("Stored providers could not be listed: %s", error->message);

  /* A provider file named on the command line may have been faster. */
  if (self->client == NULL && self->clients != NULL)
    {
      client = g_list_model_get_item (G_LIST_MODEL (self->clients), 0);
      _sup_window_set_client (self, client);
      sup_window_update_page (self);
    }

  return NULL;
}

static gboolean
sup_window_close_request (GtkWindow *window)
{
  SupWindow *self = SUP_WINDOW (window);
  int        width;
  int        height;

  gtk_window_get_default_size (window, &width, &height);
  g_settings_set_int (self->settings, "window-width", width);
  g_settings_set_int (self->settings, "window-height", height);
  g_settings_set_boolean (self->settings, "window-maximized", gtk_window_is_maximized (window));

  return GTK_WINDOW_CLASS (sup_window_parent_class)->close_request (window);
}

static void
sup_window_dispose (GObject *object)
{
  SupWindow *self = SUP_WINDOW (object);

  dex_clear (&self->loading);
  dex_clear (&self->reading);
  if (self->client_signals != NULL)
    g_signal_group_set_target (self->client_signals, NULL);
  g_clear_object (&self->client_signals);
  g_clear_object (&self->client);
  g_clear_object (&self->clients);
  g_clear_object (&self->settings);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_WINDOW);

  G_OBJECT_CLASS (sup_window_parent_class)->dispose (object);
}

static void
sup_window_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  SupWindow *self = SUP_WINDOW (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_window_class_init (SupWindowClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GtkWindowClass *window_class = GTK_WINDOW_CLASS (klass);

  object_class->dispose = sup_window_dispose;
  object_class->get_property = sup_window_get_property;
  window_class->close_request = sup_window_close_request;

  properties[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, SUP_TYPE_CLIENT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SUP_TYPE_KEYRING_PAGE);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-window.ui");
  gtk_widget_class_bind_template_child (widget_class, SupWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, SupWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, SupWindow, navigation);
  _sup_window_class_install_actions (widget_class);
}

static void
sup_window_init (SupWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->settings = g_settings_new (APP_ID);
  gtk_window_set_default_size (GTK_WINDOW (self),
                               g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));

  self->client_signals = g_signal_group_new (SUP_TYPE_CLIENT);
  g_signal_group_connect_object (self->client_signals, "notify::state",
                                 G_CALLBACK (sup_window_update_page), self, G_CONNECT_SWAPPED);
  g_signal_group_connect_object (self->client_signals, "notify::user-id",
                                 G_CALLBACK (_sup_window_update_actions), self, G_CONNECT_SWAPPED);
  g_signal_group_connect_object (self->client_signals, "notify::terms",
                                 G_CALLBACK (on_terms_changed), self, G_CONNECT_SWAPPED);
  _sup_window_update_actions (self);
}

/**
 * sup_window_new:
 * @application: the application
 * @clients: the providers the user has started with; loaded by the window
 *
 * Creates the window and lets it show what was stored.
 *
 * Returns: (transfer none): the window; GTK owns it until it is closed
 */
SupWindow *
sup_window_new (SupApplication *application,
                SupClientList  *clients)
{
  SupWindow *self;

  g_return_val_if_fail (SUP_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (SUP_IS_CLIENT_LIST (clients), NULL);

  self = g_object_new (SUP_TYPE_WINDOW, "application", application, NULL);
  self->clients = g_object_ref (clients);
  g_signal_connect_object (clients, "items-changed", G_CALLBACK (on_clients_changed), self, G_CONNECT_SWAPPED);
  self->loading = dex_future_finally (sup_client_list_load (clients), sup_window_loaded_cb, g_object_ref (self), g_object_unref);

  return self;
}

/**
 * sup_window_get_client:
 * @self: a window
 *
 * Gets the provider whose conversation the window shows.
 *
 * Returns: (transfer none) (nullable): the client, or %NULL before anybody was started with
 */
SupClient *
sup_window_get_client (SupWindow *self)
{
  g_return_val_if_fail (SUP_IS_WINDOW (self), NULL);

  return self->client;
}

/**
 * sup_window_ask_consent:
 * @self: a window
 * @provider: (transfer none): what would be used
 *
 * Shows the page that says who @provider is. Nothing happens before the person presses Start there.
 */
void
sup_window_ask_consent (SupWindow   *self,
                        SupProvider *provider)
{
  AdwNavigationPage *page;

  g_return_if_fail (SUP_IS_WINDOW (self));
  g_return_if_fail (provider != NULL);

  page = ADW_NAVIGATION_PAGE (sup_provider_page_new (provider));
  _sup_window_show_welcome (self);
  adw_navigation_view_push (self->navigation, page);
}

/**
 * sup_window_add_toast:
 * @self: a window
 * @title: (not nullable): a sentence in the person's language; not markup
 *
 * Says something in passing.
 */
void
sup_window_add_toast (SupWindow  *self,
                      const char *title)
{
  AdwToast *toast;

  g_return_if_fail (SUP_IS_WINDOW (self));
  g_return_if_fail (title != NULL);

  toast = adw_toast_new (title);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}
