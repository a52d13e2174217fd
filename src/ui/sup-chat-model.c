/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline as the chat page lists it: entries that know their group, in sections of one day each. The order
 * is the timeline's: a clock that is wrong makes a day appear twice, but never moves a message.
 */
#include "config.h"

#include "sup-chat-entry.h"
#include "sup-chat-model.h"

struct _SupChatModel
{
  GObject parent_instance;

  /* Owned References */
  GListModel *timeline;
  GPtrArray  *entries; /* (element-type SupChatEntry), one for each item */
};

enum
{
  PROP_0,
  PROP_TIMELINE,
  PROP_N_ITEMS,
  N_PROPS
};

static GType
sup_chat_model_get_item_type (GListModel *model)
{
  return SUP_TYPE_CHAT_ENTRY;
}

static guint
sup_chat_model_get_n_items (GListModel *model)
{
  return SUP_CHAT_MODEL (model)->entries->len;
}

static gpointer
sup_chat_model_get_item (GListModel *model,
                         guint       position)
{
  SupChatModel *self = SUP_CHAT_MODEL (model);

  return position < self->entries->len ? g_object_ref (g_ptr_array_index (self->entries, position)) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = sup_chat_model_get_item_type;
  iface->get_n_items = sup_chat_model_get_n_items;
  iface->get_item = sup_chat_model_get_item;
}

/* The timeline keeps a window of a few hundred items, so walking a day is cheap. */
static void
sup_chat_model_get_section (GtkSectionModel *model,
                            guint            position,
                            guint           *out_start,
                            guint           *out_end)
{
  SupChatModel *self = SUP_CHAT_MODEL (model);
  guint         start = position;
  guint         end = position + 1;

  if (position >= self->entries->len)
    {
      *out_start = self->entries->len;
      *out_end = G_MAXUINT;
      return;
    }

  while (start > 0 && sup_chat_entry_same_day (g_ptr_array_index (self->entries, start - 1), g_ptr_array_index (self->entries, start)))
    start--;

  while (end < self->entries->len &&
         sup_chat_entry_same_day (g_ptr_array_index (self->entries, end - 1), g_ptr_array_index (self->entries, end)))
    end++;

  *out_start = start;
  *out_end = end;
}

static void
section_model_iface_init (GtkSectionModelInterface *iface)
{
  iface->get_section = sup_chat_model_get_section;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SupChatModel, sup_chat_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init)
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SECTION_MODEL, section_model_iface_init))

static GParamSpec *properties[N_PROPS];

static void
sup_chat_model_update_place (SupChatModel *self,
                             guint         position)
{
  SupChatEntry *entry = g_ptr_array_index (self->entries, position);
  SupChatEntry *before = position > 0 ? g_ptr_array_index (self->entries, position - 1) : NULL;
  SupChatEntry *after = position + 1 < self->entries->len ? g_ptr_array_index (self->entries, position + 1) : NULL;

  sup_chat_entry_set_place (entry,
                            before == NULL || !sup_chat_entry_same_group (before, entry),
                            after == NULL || !sup_chat_entry_same_group (entry, after));
}

static void
on_items_changed (SupChatModel *self,
                  guint         position,
                  guint         removed,
                  guint         added)
{
  guint first;
  guint last;

  if (removed > 0)
    g_ptr_array_remove_range (self->entries, position, removed);

  for (guint i = 0; i < added; i++)
    {
      g_autoptr (MtxTimelineItem) item = g_list_model_get_item (self->timeline, position + i);

      g_ptr_array_insert (self->entries, position + i, sup_chat_entry_new (item));
    }

  /* The neighbours of the change may open or close a group now. */
  first = position > 0 ? position - 1 : 0;
  last = MIN (position + added + 1, self->entries->len);
  for (guint i = first; i < last; i++)
    sup_chat_model_update_place (self, i);

  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);

  /* A day may have begun or ended next to it, too. */
  if (last > first && (first < position || last > position + added))
    gtk_section_model_sections_changed (GTK_SECTION_MODEL (self), first, last - first);

  if (removed != added)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

static void
sup_chat_model_set_timeline (SupChatModel *self,
                             GListModel   *timeline)
{
  guint removed = self->entries->len;

  if (self->timeline == timeline)
    return;

  if (self->timeline != NULL)
    g_signal_handlers_disconnect_by_func (self->timeline, on_items_changed, self);

  g_set_object (&self->timeline, timeline);

  if (timeline != NULL)
    g_signal_connect_object (timeline, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);

  on_items_changed (self, 0, removed, timeline != NULL ? g_list_model_get_n_items (timeline) : 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIMELINE]);
}

static void
sup_chat_model_dispose (GObject *object)
{
  SupChatModel *self = SUP_CHAT_MODEL (object);

  g_clear_object (&self->timeline);
  g_ptr_array_set_size (self->entries, 0);

  G_OBJECT_CLASS (sup_chat_model_parent_class)->dispose (object);
}

static void
sup_chat_model_finalize (GObject *object)
{
  g_ptr_array_unref (SUP_CHAT_MODEL (object)->entries);

  G_OBJECT_CLASS (sup_chat_model_parent_class)->finalize (object);
}

static void
sup_chat_model_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  SupChatModel *self = SUP_CHAT_MODEL (object);

  switch (prop_id)
    {
    case PROP_TIMELINE:
      g_value_set_object (value, self->timeline);
      break;

    case PROP_N_ITEMS:
      g_value_set_uint (value, self->entries->len);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_chat_model_set_property (GObject      *object,
                             guint         prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  SupChatModel *self = SUP_CHAT_MODEL (object);

  switch (prop_id)
    {
    case PROP_TIMELINE:
      sup_chat_model_set_timeline (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_chat_model_class_init (SupChatModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = sup_chat_model_dispose;
  object_class->finalize = sup_chat_model_finalize;
  object_class->get_property = sup_chat_model_get_property;
  object_class->set_property = sup_chat_model_set_property;

  properties[PROP_TIMELINE] =
      g_param_spec_object ("timeline", NULL, NULL, G_TYPE_LIST_MODEL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_N_ITEMS] =
      g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_chat_model_init (SupChatModel *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * sup_chat_model_new:
 * @timeline: (nullable): a list of MtxTimelineItem, oldest first
 *
 * Creates a model over @timeline.
 *
 * Returns: (transfer full): the model
 */
SupChatModel *
sup_chat_model_new (GListModel *timeline)
{
  return g_object_new (SUP_TYPE_CHAT_MODEL, "timeline", timeline, NULL);
}
