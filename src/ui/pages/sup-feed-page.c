/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The announcements. There is no composer here, and none can be added: the feed cannot be written to.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "mtx-fiber.h"
#include "sup-feed-page.h"
#include "sup-feed-row.h"
#include "sup-feed.h"

struct _SupFeedPage
{
  AdwBin parent_instance;

  /* Template Widgets */
  GtkWidget *list;

  /* Owned References */
  SupFeed   *feed;
  DexFuture *older;
};

enum
{
  PROP_0,
  PROP_FEED,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupFeedPage, sup_feed_page, ADW_TYPE_BIN)

static GParamSpec *properties[N_PROPS];

static char *
visible_child (SupFeedPage  *self,
               SupFeedState  state,
               guint         n_items)
{
  if (n_items > 0)
    return g_strdup ("list");

  switch (state)
    {
    case SUP_FEED_LOADING:
      return g_strdup ("loading");

    case SUP_FEED_READY:
    case SUP_FEED_CACHED:
      return g_strdup ("empty");

    case SUP_FEED_NOT_SET_UP:
    case SUP_FEED_NOT_PUBLIC:
    case SUP_FEED_UNREACHABLE:
    default:
      return g_strdup ("trouble");
    }
}

static char *
trouble_title (SupFeedPage  *self,
               SupFeedState  state)
{
  switch ((int) state)
    {
    case SUP_FEED_NOT_PUBLIC:
      return g_strdup (_ ("The Announcements Room Is Not Public"));

    case SUP_FEED_UNREACHABLE:
      return g_strdup (_ ("Announcements Could Not Be Loaded"));

    default:
      return g_strdup (_ ("No Announcements"));
    }
}

static char *
trouble_description (SupFeedPage  *self,
                     SupFeedState  state)
{
  switch ((int) state)
    {
    case SUP_FEED_NOT_PUBLIC:
      return g_strdup (_ ("Your provider has to open it before anybody can read it. You can tell support in the chat."));

    case SUP_FEED_UNREACHABLE:
      return g_strdup (_ ("The server does not answer. They will be loaded when it does."));

    default:
      return g_strdup (_ ("This provider has not set up announcements."));
    }
}

static gboolean
trouble_can_retry (SupFeedPage  *self,
                   SupFeedState  state)
{
  return state == SUP_FEED_NOT_PUBLIC || state == SUP_FEED_UNREACHABLE;
}

static char *
item_label (GtkListItem *list_item,
            const char  *title,
            const char  *text)
{
  if (title != NULL && *title != '\0')
    return g_strdup_printf ("%s\n%s", title, text != NULL ? text : "");

  return g_strdup (text != NULL ? text : "");
}

static char *
hidden_words (SupFeedPage *self,
              guint        hidden)
{
  return g_strdup_printf (ngettext ("%u post by someone who does not speak for the provider is not shown.",
                                    "%u posts by people who do not speak for the provider are not shown.", hidden),
                          hidden);
}

static gboolean
has_hidden (SupFeedPage *self,
            guint        hidden)
{
  return hidden > 0;
}

static void
on_retry (SupFeedPage *self)
{
  if (self->feed != NULL)
    mtx_fiber_fire (sup_feed_refresh (self->feed), "refresh-feed");
}

static void
on_edge_reached (SupFeedPage     *self,
                 GtkPositionType  edge)
{
  if (edge != GTK_POS_BOTTOM || self->feed == NULL || !sup_feed_get_has_older (self->feed))
    return;

  if (self->older != NULL && dex_future_is_pending (self->older))
    return;

  dex_clear (&self->older);
  self->older = sup_feed_load_older (self->feed);
}

static void
sup_feed_page_dispose (GObject *object)
{
  SupFeedPage *self = SUP_FEED_PAGE (object);

  dex_clear (&self->older);
  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_FEED_PAGE);
  g_clear_object (&self->feed);

  G_OBJECT_CLASS (sup_feed_page_parent_class)->dispose (object);
}

static void
sup_feed_page_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  SupFeedPage *self = SUP_FEED_PAGE (object);

  switch (prop_id)
    {
    case PROP_FEED:
      g_value_set_object (value, self->feed);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_feed_page_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  SupFeedPage *self = SUP_FEED_PAGE (object);

  switch (prop_id)
    {
    case PROP_FEED:
      if (g_set_object (&self->feed, g_value_get_object (value)))
        {
          dex_clear (&self->older);
          g_object_notify_by_pspec (object, pspec);
        }
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_feed_page_class_init (SupFeedPageClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_feed_page_dispose;
  object_class->get_property = sup_feed_page_get_property;
  object_class->set_property = sup_feed_page_set_property;

  properties[PROP_FEED] =
      g_param_spec_object ("feed", NULL, NULL, SUP_TYPE_FEED, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (SUP_TYPE_FEED_ROW);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-feed-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SupFeedPage, list);
  gtk_widget_class_bind_template_callback (widget_class, visible_child);
  gtk_widget_class_bind_template_callback (widget_class, trouble_title);
  gtk_widget_class_bind_template_callback (widget_class, trouble_description);
  gtk_widget_class_bind_template_callback (widget_class, trouble_can_retry);
  gtk_widget_class_bind_template_callback (widget_class, item_label);
  gtk_widget_class_bind_template_callback (widget_class, hidden_words);
  gtk_widget_class_bind_template_callback (widget_class, has_hidden);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
  gtk_widget_class_bind_template_callback (widget_class, on_edge_reached);
}

static void
sup_feed_page_init (SupFeedPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
