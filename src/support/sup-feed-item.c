/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One announcement: plain text with an optional title, and when it was posted.
 */
#include "sup-feed-item.h"

/* A first line longer than this is not a title but a paragraph. */
#define TITLE_MAX_CHARS 120

struct _SupFeedItem
{
  GObject parent_instance;

  /* Owned References */
  char      *event_id;
  char      *body; /* as it was posted */
  char      *title;
  char      *text;
  GDateTime *date;

  /* State */
  gint64 timestamp_ms;
};

enum
{
  PROP_0,
  PROP_EVENT_ID,
  PROP_TITLE,
  PROP_TEXT,
  PROP_DATE,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupFeedItem, sup_feed_item, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPS];

/* A short first line with text below it is a title; the marks of a Markdown heading are not part of it. */
static void
sup_feed_item_split (SupFeedItem *self,
                     const char  *body)
{
  g_autofree char *stripped = g_strstrip (g_strdup (body));
  const char      *line_end = strchr (stripped, '\n');

  if (line_end != NULL && g_utf8_strlen (stripped, line_end - stripped) <= TITLE_MAX_CHARS)
    {
      g_autofree char *first = g_strndup (stripped, line_end - stripped);
      const char      *heading = first;

      while (*heading == '#')
        heading++;

      self->title = g_strstrip (g_strdup (heading));
      self->text = g_strstrip (g_strdup (line_end));
      return;
    }

  self->text = g_steal_pointer (&stripped);
}

static void
sup_feed_item_finalize (GObject *object)
{
  SupFeedItem *self = SUP_FEED_ITEM (object);

  g_clear_pointer (&self->event_id, g_free);
  g_clear_pointer (&self->body, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->date, g_date_time_unref);

  G_OBJECT_CLASS (sup_feed_item_parent_class)->finalize (object);
}

static void
sup_feed_item_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  SupFeedItem *self = SUP_FEED_ITEM (object);

  switch (prop_id)
    {
    case PROP_EVENT_ID:
      g_value_set_string (value, self->event_id);
      break;

    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;

    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;

    case PROP_DATE:
      g_value_set_boxed (value, self->date);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_feed_item_class_init (SupFeedItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = sup_feed_item_finalize;
  object_class->get_property = sup_feed_item_get_property;

  properties[PROP_EVENT_ID] = g_param_spec_string ("event-id", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  properties[PROP_DATE] = g_param_spec_boxed ("date", NULL, NULL, G_TYPE_DATE_TIME, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_feed_item_init (SupFeedItem *self)
{
}

/**
 * sup_feed_item_new:
 * @event_id: the id of the post
 * @body: its plain text
 * @timestamp_ms: when it was posted, in milliseconds since the epoch, as the server says
 *
 * Creates an announcement from a post whose sender was found to speak for the provider.
 *
 * Returns: (transfer full): the item
 */
SupFeedItem *
sup_feed_item_new (const char *event_id,
                   const char *body,
                   gint64      timestamp_ms)
{
  SupFeedItem          *self;
  g_autoptr (GDateTime) utc = NULL;

  g_return_val_if_fail (event_id != NULL, NULL);
  g_return_val_if_fail (body != NULL, NULL);

  self = g_object_new (SUP_TYPE_FEED_ITEM, NULL);
  self->event_id = g_strdup (event_id);
  self->body = g_strdup (body);
  self->timestamp_ms = timestamp_ms;
  sup_feed_item_split (self, body);

  /* The server may name a time that no calendar has. */
  utc = g_date_time_new_from_unix_utc (timestamp_ms / 1000);
  if (utc != NULL)
    self->date = g_date_time_to_local (utc);

  return self;
}

/**
 * sup_feed_item_get_event_id:
 * @self: an announcement
 *
 * Gets the id of the post.
 *
 * Returns: (transfer none): the event id
 */
const char *
sup_feed_item_get_event_id (SupFeedItem *self)
{
  g_return_val_if_fail (SUP_IS_FEED_ITEM (self), NULL);

  return self->event_id;
}

/**
 * sup_feed_item_get_body:
 * @self: an announcement
 *
 * Gets what was posted, as it was posted or as it was edited.
 *
 * Returns: (transfer none): the words
 */
const char *
sup_feed_item_get_body (SupFeedItem *self)
{
  g_return_val_if_fail (SUP_IS_FEED_ITEM (self), NULL);

  return self->body;
}

/**
 * sup_feed_item_get_title:
 * @self: an announcement
 *
 * Gets the first line, if it is short and there are more.
 *
 * Returns: (transfer none) (nullable): the title
 */
const char *
sup_feed_item_get_title (SupFeedItem *self)
{
  g_return_val_if_fail (SUP_IS_FEED_ITEM (self), NULL);

  return self->title;
}

/**
 * sup_feed_item_get_text:
 * @self: an announcement
 *
 * Gets the text without the title.
 *
 * Returns: (transfer none): plain text, never markup
 */
const char *
sup_feed_item_get_text (SupFeedItem *self)
{
  g_return_val_if_fail (SUP_IS_FEED_ITEM (self), NULL);

  return self->text;
}

/**
 * sup_feed_item_get_date:
 * @self: an announcement
 *
 * Gets when it was posted, in local time.
 *
 * Returns: (transfer none) (nullable): the time, or %NULL when the server named an impossible one
 */
GDateTime *
sup_feed_item_get_date (SupFeedItem *self)
{
  g_return_val_if_fail (SUP_IS_FEED_ITEM (self), NULL);

  return self->date;
}

/**
 * sup_feed_item_get_timestamp_ms:
 * @self: an announcement
 *
 * Gets when it was posted.
 *
 * Returns: milliseconds since the epoch, as the server says
 */
gint64
sup_feed_item_get_timestamp_ms (SupFeedItem *self)
{
  g_return_val_if_fail (SUP_IS_FEED_ITEM (self), 0);

  return self->timestamp_ms;
}
