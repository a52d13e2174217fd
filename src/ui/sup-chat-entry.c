/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline item and its place among its neighbours: whether it opens or closes a group of bubbles.
 */
#include "config.h"

#include "sup-chat-entry.h"

/* Messages of one person closer than this stand together. */
#define GROUP_SPAN_MS (5 * 60 * 1000)

struct _SupChatEntry
{
  GObject parent_instance;

  /* Owned References */
  MtxTimelineItem *item;

  /* State */
  gboolean starts_group;
  gboolean ends_group;
};

enum
{
  PROP_0,
  PROP_ITEM,
  PROP_STARTS_GROUP,
  PROP_ENDS_GROUP,
  N_PROPS
};

G_DEFINE_FINAL_TYPE (SupChatEntry, sup_chat_entry, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPS];

static void
sup_chat_entry_finalize (GObject *object)
{
  SupChatEntry *self = SUP_CHAT_ENTRY (object);

  g_clear_object (&self->item);

  G_OBJECT_CLASS (sup_chat_entry_parent_class)->finalize (object);
}

static void
sup_chat_entry_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  SupChatEntry *self = SUP_CHAT_ENTRY (object);

  switch (prop_id)
    {
    case PROP_ITEM:
      g_value_set_object (value, self->item);
      break;

    case PROP_STARTS_GROUP:
      g_value_set_boolean (value, self->starts_group);
      break;

    case PROP_ENDS_GROUP:
      g_value_set_boolean (value, self->ends_group);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
sup_chat_entry_class_init (SupChatEntryClass *klass)
{
  GObjectClass    *object_class = G_OBJECT_CLASS (klass);
  GParamFlags      flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = sup_chat_entry_finalize;
  object_class->get_property = sup_chat_entry_get_property;

  properties[PROP_ITEM] = g_param_spec_object ("item", NULL, NULL, MTX_TYPE_TIMELINE_ITEM, flags);
  properties[PROP_STARTS_GROUP] = g_param_spec_boolean ("starts-group", NULL, NULL, FALSE, flags);
  properties[PROP_ENDS_GROUP] = g_param_spec_boolean ("ends-group", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
sup_chat_entry_init (SupChatEntry *self)
{
}

/**
 * sup_chat_entry_new:
 * @item: what the entry stands for
 *
 * Creates an entry that belongs to no group yet.
 *
 * Returns: (transfer full): the entry
 */
SupChatEntry *
sup_chat_entry_new (MtxTimelineItem *item)
{
  SupChatEntry *self;

  g_return_val_if_fail (MTX_IS_TIMELINE_ITEM (item), NULL);

  self = g_object_new (SUP_TYPE_CHAT_ENTRY, NULL);
  self->item = g_object_ref (item);

  return self;
}

/**
 * sup_chat_entry_get_item:
 * @self: an entry
 *
 * Gets what the entry stands for.
 *
 * Returns: (transfer none): the item
 */
MtxTimelineItem *
sup_chat_entry_get_item (SupChatEntry *self)
{
  g_return_val_if_fail (SUP_IS_CHAT_ENTRY (self), NULL);

  return self->item;
}

/**
 * sup_chat_entry_set_place:
 * @self: an entry
 * @starts_group: whether the entry before belongs to another group
 * @ends_group: whether the entry after belongs to another group
 *
 * Says where the entry stands.
 */
void
sup_chat_entry_set_place (SupChatEntry *self,
                          gboolean      starts_group,
                          gboolean      ends_group)
{
  g_return_if_fail (SUP_IS_CHAT_ENTRY (self));

  if (self->starts_group != starts_group)
    {
      self->starts_group = starts_group;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STARTS_GROUP]);
    }

  if (self->ends_group != ends_group)
    {
      self->ends_group = ends_group;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENDS_GROUP]);
    }
}

/**
 * sup_chat_entry_same_day:
 * @self: an entry
 * @other: another entry
 *
 * Tells whether both were written on the same day, here.
 *
 * Returns: whether they were
 */
gboolean
sup_chat_entry_same_day (SupChatEntry *self,
                         SupChatEntry *other)
{
  GDateTime *a;
  GDateTime *b;

  g_return_val_if_fail (SUP_IS_CHAT_ENTRY (self), FALSE);
  g_return_val_if_fail (SUP_IS_CHAT_ENTRY (other), FALSE);

  a = mtx_timeline_item_get_timestamp (self->item);
  b = mtx_timeline_item_get_timestamp (other->item);

  return a != NULL && b != NULL &&
         g_date_time_get_day_of_year (a) == g_date_time_get_day_of_year (b) &&
         g_date_time_get_year (a) == g_date_time_get_year (b);
}

/**
 * sup_chat_entry_same_group:
 * @self: an entry
 * @other: its neighbour
 *
 * Tells whether both are bubbles of one person, written shortly after one another.
 *
 * Returns: whether they belong together
 */
gboolean
sup_chat_entry_same_group (SupChatEntry *self,
                           SupChatEntry *other)
{
  gint64 apart;

  g_return_val_if_fail (SUP_IS_CHAT_ENTRY (self), FALSE);
  g_return_val_if_fail (SUP_IS_CHAT_ENTRY (other), FALSE);

  if (mtx_timeline_item_get_kind (self->item) == MTX_ITEM_KIND_NOTICE ||
      mtx_timeline_item_get_kind (other->item) == MTX_ITEM_KIND_NOTICE ||
      mtx_timeline_item_get_outgoing (self->item) != mtx_timeline_item_get_outgoing (other->item))
    return FALSE;

  /* Our own messages may not have a sender yet: the account is made while one writes. */
  if (!mtx_timeline_item_get_outgoing (self->item) &&
      g_strcmp0 (mtx_timeline_item_get_sender (self->item), mtx_timeline_item_get_sender (other->item)) != 0)
    return FALSE;

  apart = mtx_timeline_item_get_timestamp_ms (self->item) - mtx_timeline_item_get_timestamp_ms (other->item);

  return ABS (apart) < GROUP_SPAN_MS && sup_chat_entry_same_day (self, other);
}
