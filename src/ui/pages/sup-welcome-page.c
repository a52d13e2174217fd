/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first page: one way in for a file, a link, a domain or an identifier. It says at once what it
 * understood of what is typed, and touches no network.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "sup-primary-menu.h"
#include "sup-provider-link.h"
#include "sup-provider-list.h"
#include "sup-provider-words.h"
#include "sup-welcome-page.h"
#include "sup-window.h"

struct _SupWelcomePage
{
  AdwNavigationPage parent_instance;

  /* Template Widgets */
  GtkWidget           *open_button;
  AdwEntryRow         *entry;
  GtkWidget           *continue_button;
  GtkLabel            *understood;
  AdwPreferencesGroup *installed_group;

  /* Owned References */
  SupProviderInput *input;
  DexFuture        *installed;
};

G_DEFINE_FINAL_TYPE (SupWelcomePage, sup_welcome_page, ADW_TYPE_NAVIGATION_PAGE)

static SupWindow *
sup_welcome_page_get_window (SupWelcomePage *self)
{
  return SUP_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
on_entry_changed (SupWelcomePage *self)
{
  const char        *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autoptr (GError) error = NULL;
  g_autofree char   *words = NULL;

  g_clear_pointer (&self->input, sup_provider_input_unref);
  gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");

  if (*text == '\0')
    {
      words = g_strdup (_ ("For example @support:example.org"));
    }
  else if ((self->input = sup_provider_input_parse_text (text, &error)) != NULL)
    {
      words = sup_provider_words_for_input (self->input);
    }
  else
    {
      words = sup_provider_words_for_error (error);
    }

  gtk_label_set_label (self->understood, words);
  gtk_widget_set_sensitive (self->continue_button, self->input != NULL);
}

static void
on_entry_activated (SupWelcomePage *self)
{
  if (self->input != NULL)
    sup_window_show_input (sup_welcome_page_get_window (self), self->input);
  else if (*gtk_editable_get_text (GTK_EDITABLE (self->entry)) != '\0')
    gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
}

static gboolean
on_drop (SupWelcomePage *self,
         const GValue   *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      GSList *files = gdk_file_list_get_files (g_value_get_boxed (value));

      if (files != NULL)
        sup_window_open_file (sup_welcome_page_get_window (self), files->data);

      g_slist_free (files);
      return TRUE;
    }

  if (G_VALUE_HOLDS_STRING (value))
    {
      gtk_editable_set_text (GTK_EDITABLE (self->entry), g_value_get_string (value));
      on_entry_activated (self);
      return TRUE;
    }

  return FALSE;
}

static void
on_installed_activated (SupWelcomePage *self,
                        AdwActionRow   *row)
{
  GPtrArray  *providers = g_value_get_boxed (dex_future_get_value (self->installed, NULL));
  const char *name = gtk_widget_get_name (GTK_WIDGET (row));

  for (guint i = 0; i < providers->len; i++)
    {
      SupProvider *provider = g_ptr_array_index (providers, i);

      if (g_strcmp0 (sup_provider_get_key (provider), name) == 0)
        sup_window_ask_consent (sup_welcome_page_get_window (self), provider);
    }
}

static DexFuture *
installed_listed_cb (DexFuture *future,
                     gpointer   user_data)
{
  SupWelcomePage *self = user_data;
  GPtrArray      *providers = g_value_get_boxed (dex_future_get_value (future, NULL));

  for (guint i = 0; i < providers->len; i++)
    {
      SupProvider *provider = g_ptr_array_index (providers, i);
      GtkWidget   *row = adw_action_row_new ();

      gtk_widget_set_name (row, sup_provider_get_key (provider));
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), sup_provider_get_display_name (provider));
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      g_signal_connect_object (row, "activated", G_CALLBACK (on_installed_activated), self, G_CONNECT_SWAPPED);
      adw_preferences_group_add (self->installed_group, row);
    }

  gtk_widget_set_visible (GTK_WIDGET (self->installed_group), providers->len > 0);

  return dex_ref (future);
}

/* The keyboard begins at what most people came for, not at the menu. */
static void
sup_welcome_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (sup_welcome_page_parent_class)->map (widget);

  gtk_widget_grab_focus (SUP_WELCOME_PAGE (widget)->open_button);
}

static void
sup_welcome_page_dispose (GObject *object)
{
  SupWelcomePage *self = SUP_WELCOME_PAGE (object);

  dex_clear (&self->installed);
  g_clear_pointer (&self->input, sup_provider_input_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_WELCOME_PAGE);

  G_OBJECT_CLASS (sup_welcome_page_parent_class)->dispose (object);
}

static void
sup_welcome_page_class_init (SupWelcomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sup_welcome_page_dispose;
  widget_class->map = sup_welcome_page_map;

  g_type_ensure (SUP_TYPE_PRIMARY_MENU);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SupWelcomePage, open_button);
  gtk_widget_class_bind_template_child (widget_class, SupWelcomePage, entry);
  gtk_widget_class_bind_template_child (widget_class, SupWelcomePage, continue_button);
  gtk_widget_class_bind_template_child (widget_class, SupWelcomePage, understood);
  gtk_widget_class_bind_template_child (widget_class, SupWelcomePage, installed_group);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activated);
}

static void
sup_welcome_page_init (SupWelcomePage *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  GType          types[] = { GDK_TYPE_FILE_LIST, G_TYPE_STRING };

  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_drop_target_set_gtypes (drop, types, G_N_ELEMENTS (types));
  g_signal_connect_object (drop, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));

  self->installed = dex_future_then (sup_provider_list_load (), installed_listed_cb, g_object_ref (self), g_object_unref);
}
