/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The application: its life cycle, its one window, and the list of providers that everything hangs on.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-application-private.h"
#include "sup-window.h"

struct _SupApplication
{
  AdwApplication parent_instance;

  /* Owned */
  SupClientList *clients;
  DexFuture     *closing;
};

G_DEFINE_FINAL_TYPE (SupApplication, sup_application, ADW_TYPE_APPLICATION)

static SupWindow *
sup_application_ensure_window (SupApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL)
    {
      for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
        if (SUP_IS_WINDOW (l->data))
          return l->data;

      return sup_window_new (self, self->clients);
    }

  /* A dialog window may be the active one; the main window is what it belongs to. */
  while (!SUP_IS_WINDOW (window) && gtk_window_get_transient_for (window) != NULL)
    window = gtk_window_get_transient_for (window);

  return SUP_WINDOW (window);
}

static void
sup_application_startup (GApplication *app)
{
  SupApplication  *self = SUP_APPLICATION (app);
  g_autofree char *data_dir = NULL;

  G_APPLICATION_CLASS (sup_application_parent_class)->startup (app);

  gtk_window_set_default_icon_name (APP_ID);
  _sup_application_add_actions (self);

  data_dir = g_build_filename (g_get_user_data_dir (), "wallet-support", NULL);
  self->clients = sup_client_list_new (NULL, data_dir);
}

static void
sup_application_activate (GApplication *app)
{
  gtk_window_present (GTK_WINDOW (sup_application_ensure_window (SUP_APPLICATION (app))));
}

static void
sup_application_open (GApplication  *app,
                      GFile        **files,
                      int            n_files,
                      const char    *hint)
{
  SupWindow *window = sup_application_ensure_window (SUP_APPLICATION (app));

  gtk_window_present (GTK_WINDOW (window));

  /* One consent page at a time: a second file waits for the person to come back for it. */
  if (n_files > 0)
    sup_window_open_file (window, files[0]);
}

/* The application stays alive until every store has been closed in order, then lets go. */
static DexFuture *
sup_application_close_fiber (gpointer data)
{
  SupApplication    *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (sup_client_list_close (self->clients), &error))
    g_info ("Closing ended early: %s", error->message);

  g_application_release (G_APPLICATION (self));
  g_application_quit (G_APPLICATION (self));

  return NULL;
}

/**
 * sup_application_close:
 * @self: an application
 *
 * Closes the window, lets every account finish what it is writing, and quits.
 */
static void
sup_application_close (SupApplication *self)
{
  if (self->closing != NULL)
    return;

  g_application_hold (G_APPLICATION (self));
  self->closing = mtx_fiber_spawn ("application-close", sup_application_close_fiber, g_object_ref (self), g_object_unref);
}

static void
sup_application_window_removed (GtkApplication *app,
                                GtkWindow      *window)
{
  GTK_APPLICATION_CLASS (sup_application_parent_class)->window_removed (app, window);

  if (gtk_application_get_windows (app) == NULL)
    sup_application_close (SUP_APPLICATION (app));
}

static void
sup_application_dispose (GObject *object)
{
  SupApplication *self = SUP_APPLICATION (object);

  dex_clear (&self->closing);
  g_clear_object (&self->clients);

  G_OBJECT_CLASS (sup_application_parent_class)->dispose (object);
}

static void
sup_application_class_init (SupApplicationClass *klass)
{
  GObjectClass        *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass   *app_class = G_APPLICATION_CLASS (klass);
  GtkApplicationClass *gtk_app_class = GTK_APPLICATION_CLASS (klass);

  object_class->dispose = sup_application_dispose;
  app_class->startup = sup_application_startup;
  app_class->activate = sup_application_activate;
  app_class->open = sup_application_open;
  gtk_app_class->window_removed = sup_application_window_removed;
}

static void
sup_application_init (SupApplication *self)
{
}

/**
 * sup_application_new:
 *
 * Creates the application. There is one in a session: a second start raises the window of the first.
 *
 * Returns: (transfer full): the application
 */
SupApplication *
sup_application_new (void)
{
  return g_object_new (SUP_TYPE_APPLICATION,
                       "application-id", APP_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/io/github/wallet_support/WalletSupport",
                       NULL);
}

/**
 * sup_application_get_clients:
 * @self: an application that has started up
 *
 * Gets the providers the user has started with.
 *
 * Returns: (transfer none): the list
 */
SupClientList *
sup_application_get_clients (SupApplication *self)
{
  g_return_val_if_fail (SUP_IS_APPLICATION (self), NULL);

  return self->clients;
}
