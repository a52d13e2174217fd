/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list that lags behind what fibers do to it until they have gone back to the main loop. A list must never
 * differ from what it last told, so the items themselves change late, and not only the signal.
 */
#include "mtx-outside-list.h"

#include "mtx-fiber.h"
#include "mtx-outside-private.h"

struct _MtxOutsideList
{
  GObject parent_instance;

  /* owned */
  GPtrArray *items;

  /* state */
  GType item_type;
  guint n_waiting; /* changes that have not taken effect yet */
};

typedef struct
{
  MtxOutsideList *list;
  guint           position;
  guint           n_removed;
  GPtrArray      *added;
} Change;

static GType
mtx_outside_list_get_item_type (GListModel *model)
{
  return MTX_OUTSIDE_LIST (model)->item_type;
}

static guint
mtx_outside_list_get_n_items (GListModel *model)
{
  return MTX_OUTSIDE_LIST (model)->items->len;
}

static gpointer
mtx_outside_list_get_item (GListModel *model,
                           guint       position)
{
  MtxOutsideList *self = MTX_OUTSIDE_LIST (model);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position)) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = mtx_outside_list_get_item_type;
  iface->get_n_items = mtx_outside_list_get_n_items;
  iface->get_item = mtx_outside_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxOutsideList, mtx_outside_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static void
mtx_outside_list_finalize (GObject *object)
{
  g_clear_pointer (&MTX_OUTSIDE_LIST (object)->items, g_ptr_array_unref);

  G_OBJECT_CLASS (mtx_outside_list_parent_class)->finalize (object);
}

static void
mtx_outside_list_class_init (MtxOutsideListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_outside_list_finalize;
}

static void
mtx_outside_list_init (MtxOutsideList *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * mtx_outside_list_new:
 * @item_type: the class of the items
 *
 * Returns: (transfer full): an empty list
 */
MtxOutsideList *
mtx_outside_list_new (GType item_type)
{
  MtxOutsideList *self = g_object_new (MTX_TYPE_OUTSIDE_LIST, NULL);

  self->item_type = item_type;

  return self;
}

static void
change_free (gpointer data)
{
  Change *change = data;

  g_object_unref (change->list);
  g_ptr_array_unref (change->added);
  g_free (change);
}

static void
change_apply (gpointer data)
{
  Change         *change = data;
  MtxOutsideList *self = change->list;
  guint           n_added = change->added->len;

  self->n_waiting--;
  if (change->n_removed > 0)
    g_ptr_array_remove_range (self->items, change->position, change->n_removed);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (self->items, (int)(change->position + i), g_object_ref (g_ptr_array_index (change->added, i)));

  g_list_model_items_changed (G_LIST_MODEL (self), change->position, change->n_removed, n_added);
}

/**
 * mtx_outside_list_splice:
 * @self: a list
 * @position: where it changes, counting all changes made before
 * @n_removed: how many items go there
 * @added: (nullable) (element-type GObject): what comes there instead
 *
 * Changes the list: at once, or, from a fiber, when it has gone back to the main loop. Changes keep their order.
 */
void
mtx_outside_list_splice (MtxOutsideList *self,
                         guint           position,
                         guint           n_removed,
                         GPtrArray      *added)
{
  Change *change = NULL;

  g_return_if_fail (MTX_IS_OUTSIDE_LIST (self));

  change = g_new0 (Change, 1);
  change->list = g_object_ref (self);
  change->position = position;
  change->n_removed = n_removed;
  change->added = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; added != NULL && i < added->len; i++)
    g_ptr_array_add (change->added, g_object_ref (g_ptr_array_index (added, i)));

  if (self->n_waiting++ > 0)
    _mtx_outside_queue (change_apply, change, change_free);
  else
    mtx_outside_call (change_apply, change, change_free);
}

static void
on_source_changed (MtxOutsideList *self,
                   guint           position,
                   guint           removed,
                   guint           added,
                   GListModel     *source)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < added; i++)
    g_ptr_array_add (items, g_list_model_get_item (source, position + i));
  mtx_outside_list_splice (self, position, removed, items);
}

/**
 * mtx_outside_list_follow:
 * @self: an empty list
 * @source: a list that fibers change
 *
 * Makes @self show what @source does, as long as @source lives.
 */
void
mtx_outside_list_follow (MtxOutsideList *self,
                         GListModel     *source)
{
  g_return_if_fail (MTX_IS_OUTSIDE_LIST (self));
  g_return_if_fail (G_IS_LIST_MODEL (source));

  g_signal_connect_object (source, "items-changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  if (g_list_model_get_n_items (source) > 0)
    on_source_changed (self, 0, 0, g_list_model_get_n_items (source), source);
}
