/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Consent: who the provider says it is, what is not shared, and one button. Touches no network: not even the
 * logo is fetched, and identifiers are shown in full, never behind a display name (provider.md, section 11).
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-id.h"
#include "sup-provider-page.h"
#include "sup-provider-words.h"

struct _SupProviderPage
{
  AdwNavigationPage parent_instance;

  /* Template Widgets */
  AdwAvatar    *avatar;
  GtkLabel     *heading;
  GtkLabel     *tag_line;
  GtkLabel     *origin;
  GtkListBox   *warnings;
  AdwActionRow *support_row;
  AdwActionRow *feed_row;
  AdwActionRow *email_row;
  AdwActionRow *server_row;
  AdwActionRow *website_row;
  AdwActionRow *privacy_row;
  GtkWidget    *start_button;

  /* Owned References */
  SupProvider *provider;
};

G_DEFINE_FINAL_TYPE (SupProviderPage, sup_provider_page, ADW_TYPE_NAVIGATION_PAGE)

static void
fill_row (AdwActionRow *row,
          const char   *value,
          const char   *missing)
{
  const char *subtitle = value != NULL ? value : missing;

  adw_action_row_set_subtitle (row, subtitle != NULL ? subtitle : "");
  gtk_widget_set_visible (GTK_WIDGET (row), subtitle != NULL);
}

static const char *
words_for_missing (SupProviderState state)
{
  switch (state)
    {
    case SUP_PROVIDER_OFF:
      return _ ("Switched off by the provider");

    case SUP_PROVIDER_INVALID:
      return _ ("The address cannot be used");

    case SUP_PROVIDER_NOT_SET_UP:
      return _ ("Not set up by the provider");

    case SUP_PROVIDER_READY:
    default:
      return NULL;
    }
}

static void
sup_provider_page_fill_warnings (SupProviderPage *self)
{
  g_autoptr (GPtrArray) words = sup_provider_words_for_warnings (self->provider);

  for (guint i = 0; i < words->len; i++)
    {
      GtkWidget *row = adw_action_row_new ();

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), g_ptr_array_index (words, i));
      adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
      gtk_list_box_append (self->warnings, row);
    }

  gtk_widget_set_visible (GTK_WIDGET (self->warnings), words->len > 0);
}

static void
sup_provider_page_fill (SupProviderPage *self)
{
  SupProvider     *provider = self->provider;
  SupProviderState chat = sup_provider_get_chat_state (provider);
  SupProviderState feed = sup_provider_get_feed_state (provider);
  gboolean         usable = chat == SUP_PROVIDER_READY || feed == SUP_PROVIDER_READY;
  MtxUserId       *support = sup_provider_get_support_id (provider);
  const char      *tag_line = sup_provider_get_tag_line (provider);
  g_autofree char *origin = sup_provider_words_for_origin (provider);
  g_autofree char *server = sup_provider_dup_account_server (provider);
  g_autofree char *heading = NULL;

  if (usable)
    heading = g_strdup_printf (_ ("Use support from %s?"), sup_provider_get_display_name (provider));
  else if (sup_provider_get_email_state (provider) == SUP_PROVIDER_READY)
    heading = g_strdup_printf (_ ("%s offers support by e-mail only"), sup_provider_get_display_name (provider));
  else
    heading = g_strdup (_ ("These settings contain nothing this app can use."));

  adw_avatar_set_text (self->avatar, sup_provider_get_display_name (provider));
  gtk_label_set_label (self->heading, heading);
  gtk_label_set_label (self->tag_line, tag_line != NULL ? tag_line : "");
  gtk_widget_set_visible (GTK_WIDGET (self->tag_line), tag_line != NULL);
  gtk_label_set_label (self->origin, origin);

  fill_row (self->support_row, chat == SUP_PROVIDER_READY ? mtx_user_id_get (support) : NULL, words_for_missing (chat));
  fill_row (self->feed_row, feed == SUP_PROVIDER_READY ? sup_provider_get_feed_room (provider) : NULL, words_for_missing (feed));
  fill_row (self->email_row, sup_provider_get_email_address (provider), NULL);
  fill_row (self->server_row, usable ? server : NULL, NULL);
  fill_row (self->website_row, sup_provider_get_website (provider), NULL);
  fill_row (self->privacy_row, sup_provider_get_privacy_policy_url (provider), NULL);
  gtk_widget_set_sensitive (self->start_button, usable);

  sup_provider_page_fill_warnings (self);
}

static void
sup_provider_page_dispose (GObject *object)
{
  SupProviderPage *self = SUP_PROVIDER_PAGE (object);

  g_clear_pointer (&self->provider, sup_provider_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_PROVIDER_PAGE);

  G_OBJECT_CLASS (sup_provider_page_parent_class)->dispose (object);
}

static void
sup_provider_page_class_init (SupProviderPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sup_provider_page_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-provider-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, avatar);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, heading);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, tag_line);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, origin);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, warnings);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, support_row);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, feed_row);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, email_row);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, website_row);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, privacy_row);
  gtk_widget_class_bind_template_child (widget_class, SupProviderPage, start_button);
}

static void
sup_provider_page_init (SupProviderPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * sup_provider_page_new:
 * @provider: (transfer none): what would be used
 *
 * Creates the page that asks for consent to @provider.
 *
 * Returns: (transfer floating): the page
 */
SupProviderPage *
sup_provider_page_new (SupProvider *provider)
{
  SupProviderPage *self;

  g_return_val_if_fail (provider != NULL, NULL);

  self = g_object_new (SUP_TYPE_PROVIDER_PAGE, NULL);
  self->provider = sup_provider_ref (provider);
  sup_provider_page_fill (self);

  return self;
}

/**
 * sup_provider_page_get_provider:
 * @self: a page
 *
 * Gets what the page asks about.
 *
 * Returns: (transfer none): the provider
 */
SupProvider *
sup_provider_page_get_provider (SupProviderPage *self)
{
  g_return_val_if_fail (SUP_IS_PROVIDER_PAGE (self), NULL);

  return self->provider;
}
