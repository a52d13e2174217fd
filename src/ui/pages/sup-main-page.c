/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page of a working account: chat and announcements under one header, and the one banner about the
 * connection that concerns both.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-chat-page.h"
#include "sup-client.h"
#include "sup-conversation.h"
#include "sup-feed-page.h"
#include "sup-feed.h"
#include "sup-main-page.h"
#include "sup-primary-menu.h"

struct _SupMainPage
{
  AdwBreakpointBin parent_instance;

  /* Template Widgets */
  AdwViewStack     *views;
  AdwViewStackPage *chat_stack_page;
  AdwViewStackPage *feed_stack_page;

  /* Owned References */
  SupClient    *client;
  GSignalGroup *feed_signals;
  GSignalGroup *conversation_signals;
};

enum
{
  PROP_0,
  PROP_CLIENT,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupMainPage, sup_main_page, ADW_TYPE_BREAKPOINT_BIN)

static GParamSpec *properties[N_PROPS];

static char *
provider_name (SupMainPage *self,
               SupProvider *provider)
{
  return g_strdup (provider != NULL ? sup_provider_get_display_name (provider) : "");
}

static gboolean
connection_is_trouble (SupMainPage    *self,
                       SupConnection   connection,
                       SupClientState  state)
{
  return state == SUP_CLIENT_SIGNED_OUT ||
         connection == SUP_CONNECTION_OFFLINE ||
         connection == SUP_CONNECTION_UNREACHABLE;
}

static char *
connection_to_title (SupMainPage    *self,
                     SupConnection   connection,
                     SupClientState  state)
{
  if (state == SUP_CLIENT_SIGNED_OUT)
    return g_strdup (_ ("The server has signed you out. You can still read what is stored here."));

  if (connection == SUP_CONNECTION_UNREACHABLE)
    return g_strdup (_ ("The server does not answer. Messages you write are kept and sent later."));

  return g_strdup (_ ("You are offline. Messages you write are kept and sent later."));
}

/* The one trouble that ends only when the person wants it to. */
static char *
connection_to_button (SupMainPage    *self,
                      SupClientState  state)
{
  return state == SUP_CLIENT_SIGNED_OUT ? g_strdup (_ ("_Sign In Again")) : NULL;
}

static void
on_banner_clicked (SupMainPage *self)
{
  if (self->client != NULL && sup_client_get_state (self->client) == SUP_CLIENT_SIGNED_OUT)
    mtx_fiber_fire (sup_client_open (self->client), "sign-in-again");
}

/* What is on screen counts as read; the badges are for the page that is not. */
static void
sup_main_page_update_badges (SupMainPage *self)
{
  SupConversation *conversation = self->client != NULL ? sup_client_get_conversation (self->client) : NULL;
  SupFeed         *feed = self->client != NULL ? sup_client_get_feed (self->client) : NULL;
  const char      *visible = adw_view_stack_get_visible_child_name (self->views);
  guint            unread_messages = 0;
  guint            unread_posts = 0;

  if (conversation != NULL && g_strcmp0 (visible, "chat") != 0)
    unread_messages = sup_conversation_get_unread_count (conversation);

  if (feed != NULL)
    unread_posts = sup_feed_get_unread_count (feed);

  adw_view_stack_page_set_badge_number (self->chat_stack_page, unread_messages);
  adw_view_stack_page_set_badge_number (self->feed_stack_page, unread_posts);
  adw_view_stack_page_set_needs_attention (self->feed_stack_page, unread_posts > 0);

  /* A provider without announcements gets no empty page for them. */
  adw_view_stack_page_set_visible (self->feed_stack_page, feed != NULL && sup_feed_get_state (feed) != SUP_FEED_NOT_SET_UP);
}

static void
on_models_changed (SupMainPage *self)
{
  g_signal_group_set_target (self->feed_signals, self->client != NULL ? sup_client_get_feed (self->client) : NULL);
  g_signal_group_set_target (self->conversation_signals, self->client != NULL ? sup_client_get_conversation (self->client) : NULL);
  sup_main_page_update_badges (self);
}

static void
on_visible_child_changed (SupMainPage *self)
{
  const char *visible = adw_view_stack_get_visible_child_name (self->views);

  if (self->client != NULL && g_strcmp0 (visible, "announcements") == 0 && sup_client_get_feed (self->client) != NULL)
    sup_feed_mark_read (sup_client_get_feed (self->client));

  sup_main_page_update_badges (self);
}

static void
sup_main_page_set_client (SupMainPage *self,
                          SupClient   *client)
{
  if (self->client == client)
    return;

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_func (self->client, on_models_changed, self);

  g_set_object (&self->client, client);

  if (client != NULL)
    {
      g_signal_connect_object (client, "notify::feed", G_CALLBACK (on_models_changed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (client, "notify::conversation", G_CALLBACK (on_models_changed), self, G_CONNECT_SWAPPED);
    }

  on_models_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
}

static void
sup_main_page_dispose (GObject *object)
{
  SupMainPage *self = SUP_MAIN_PAGE (object);

  g_signal_group_set_target (self->feed_signals, NULL);
  g_signal_group_set_target (self->conversation_signals, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_MAIN_PAGE);
  g_clear_object (&self->client);

  G_OBJECT_CLASS (sup_main_page_parent_class)->dispose (object);
}

static void
sup_main_page_finalize (GObject *object)
{
  SupMainPage *self = SUP_MAIN_PAGE (object);

  g_clear_object (&self->feed_signals);
  g_clear_object (&self->conversation_signals);

  G_OBJECT_CLASS (sup_main_page_parent_class)->finalize (object);
}

static void
sup_main_page_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  SupMainPage *self = SUP_MAIN_PAGE (object);

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
sup_main_page_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  SupMainPage *self = SUP_MAIN_PAGE (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      sup_main_page_set_client (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_main_page_class_init (SupMainPageClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_main_page_dispose;
  object_class->finalize = sup_main_page_finalize;
  object_class->get_property = sup_main_page_get_property;
  object_class->set_property = sup_main_page_set_property;

  properties[PROP_CLIENT] =
      g_param_spec_object ("client", NULL, NULL, SUP_TYPE_CLIENT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SUP_TYPE_CLIENT);
  g_type_ensure (SUP_TYPE_CHAT_PAGE);
  g_type_ensure (SUP_TYPE_FEED_PAGE);
  g_type_ensure (SUP_TYPE_PRIMARY_MENU);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-main-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SupMainPage, views);
  gtk_widget_class_bind_template_child (widget_class, SupMainPage, chat_stack_page);
  gtk_widget_class_bind_template_child (widget_class, SupMainPage, feed_stack_page);
  gtk_widget_class_bind_template_callback (widget_class, provider_name);
  gtk_widget_class_bind_template_callback (widget_class, connection_to_title);
  gtk_widget_class_bind_template_callback (widget_class, connection_is_trouble);
  gtk_widget_class_bind_template_callback (widget_class, connection_to_button);
  gtk_widget_class_bind_template_callback (widget_class, on_banner_clicked);
}

static void
sup_main_page_init (SupMainPage *self)
{
  self->feed_signals = g_signal_group_new (SUP_TYPE_FEED);
  g_signal_group_connect_object (self->feed_signals, "notify", G_CALLBACK (sup_main_page_update_badges), self, G_CONNECT_SWAPPED);
  self->conversation_signals = g_signal_group_new (SUP_TYPE_CONVERSATION);
  g_signal_group_connect_object (self->conversation_signals, "notify::unread-count", G_CALLBACK (sup_main_page_update_badges), self, G_CONNECT_SWAPPED);

  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect_object (self->views, "notify::visible-child-name", G_CALLBACK (on_visible_child_changed), self, G_CONNECT_SWAPPED);
}

/**
 * sup_main_page_show:
 * @self: a main page
 * @name: "chat" or "announcements"; anything else is ignored
 *
 * Turns to one of the two views.
 */
void
sup_main_page_show (SupMainPage *self,
                    const char  *name)
{
  g_return_if_fail (SUP_IS_MAIN_PAGE (self));

  if (adw_view_stack_get_child_by_name (self->views, name) != NULL)
    adw_view_stack_set_visible_child_name (self->views, name);
}
