/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One announcement.
 */
#include "config.h"

#include "sup-feed-item.h"
#include "sup-feed-row.h"
#include "sup-format.h"

struct _SupFeedRow
{
  AdwBin parent_instance;

  /* Owned References */
  SupFeedItem *item;
};

enum
{
  PROP_0,
  PROP_ITEM,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupFeedRow, sup_feed_row, ADW_TYPE_BIN)

static GParamSpec *properties[N_PROPS];

static gboolean
has_text (SupFeedRow *self,
          const char *text)
{
  return text != NULL && *text != '\0';
}

static char *
date_to_words (SupFeedRow *self,
               GDateTime  *date)
{
  return sup_format_date_time (date);
}

static void
sup_feed_row_dispose (GObject *object)
{
  SupFeedRow *self = SUP_FEED_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), SUP_TYPE_FEED_ROW);
  g_clear_object (&self->item);

  G_OBJECT_CLASS (sup_feed_row_parent_class)->dispose (object);
}

static void
sup_feed_row_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  SupFeedRow *self = SUP_FEED_ROW (object);

  switch (prop_id)
    {
    case PROP_ITEM:
      g_value_set_object (value, self->item);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_feed_row_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  SupFeedRow *self = SUP_FEED_ROW (object);

  switch (prop_id)
    {
    case PROP_ITEM:
      if (g_set_object (&self->item, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_feed_row_class_init (SupFeedRowClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sup_feed_row_dispose;
  object_class->get_property = sup_feed_row_get_property;
  object_class->set_property = sup_feed_row_set_property;

  properties[PROP_ITEM] =
      g_param_spec_object ("item", NULL, NULL, SUP_TYPE_FEED_ITEM, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/wallet_support/WalletSupport/ui/sup-feed-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, has_text);
  gtk_widget_class_bind_template_callback (widget_class, date_to_words);
}

static void
sup_feed_row_init (SupFeedRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
