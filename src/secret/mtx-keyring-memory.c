/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table of secrets, and a state that decides what of it can be seen.
 */
#include "mtx-keyring-memory.h"

#include "mtx-error.h"
#include "mtx-secret-bytes.h"

typedef struct
{
  char           *provider;
  char           *item;
  char           *label;
  MtxSecretBytes *secret; /* NULL: damaged */
} Entry;

struct _MtxKeyringMemory
{
  GObject parent_instance;

  /* owned */
  GPtrArray *entries; /* of Entry */

  /* state */
  MtxKeyringMemoryState state;
  gboolean              dismisses_prompt; /* the next one */
};

static void mtx_keyring_memory_iface_init (MtxKeyringInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxKeyringMemory,
                               mtx_keyring_memory,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MTX_TYPE_KEYRING, mtx_keyring_memory_iface_init))

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->provider);
  g_free (entry->item);
  g_free (entry->label);
  g_clear_pointer (&entry->secret, mtx_secret_bytes_unref);
  g_free (entry);
}

static Entry *
find_entry (MtxKeyringMemory *self,
            const char       *provider,
            const char       *item)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (g_str_equal (entry->provider, provider) && g_str_equal (entry->item, item))
        return entry;
    }

  return NULL;
}

/* What the state forbids, or NULL if it forbids nothing. */
static DexFuture *
refuse_by_state (MtxKeyringMemory *self)
{
  switch (self->state)
    {
    case MTX_KEYRING_MEMORY_LOCKED:
      return dex_future_new_reject (MTX_ERROR, MTX_ERROR_LOCKED, "The keyring is locked");
    case MTX_KEYRING_MEMORY_ABSENT:
      return dex_future_new_reject (MTX_ERROR, MTX_ERROR_ABSENT, "There is no keyring");
    case MTX_KEYRING_MEMORY_WRONG_SECRET:
      return dex_future_new_reject (MTX_ERROR, MTX_ERROR_WRONG_SECRET, "The keyring has another password");
    case MTX_KEYRING_MEMORY_AVAILABLE:
    default:
      return NULL;
    }
}

static DexFuture *
mtx_keyring_memory_load (MtxKeyring *keyring,
                         const char *provider,
                         const char *item)
{
  MtxKeyringMemory *self = MTX_KEYRING_MEMORY (keyring);
  DexFuture        *refusal = refuse_by_state (self);
  Entry            *entry = find_entry (self, provider, item);

  if (refusal != NULL)
    return refusal;
  if (entry == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no such item");
  if (entry->secret == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_DAMAGED, "The item is damaged");

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, mtx_secret_bytes_ref (entry->secret));
}

static DexFuture *
keep (MtxKeyringMemory *self,
      const char       *provider,
      const char       *item,
      const char       *label,
      MtxSecretBytes   *secret)
{
  Entry *entry = find_entry (self, provider, item);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->provider = g_strdup (provider);
      entry->item = g_strdup (item);
      g_ptr_array_add (self->entries, entry);
    }
  g_set_str (&entry->label, label);
  g_clear_pointer (&entry->secret, mtx_secret_bytes_unref);
  entry->secret = mtx_secret_bytes_ref (secret);

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_memory_create (MtxKeyring     *keyring,
                           const char     *provider,
                           const char     *item,
                           const char     *label,
                           MtxSecretBytes *secret)
{
  MtxKeyringMemory *self = MTX_KEYRING_MEMORY (keyring);
  DexFuture        *refusal = refuse_by_state (self);

  if (refusal != NULL)
    return refusal;
  if (find_entry (self, provider, item) != NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "There is such an item");

  return keep (self, provider, item, label, secret);
}

static DexFuture *
mtx_keyring_memory_replace (MtxKeyring     *keyring,
                            const char     *provider,
                            const char     *item,
                            const char     *label,
                            MtxSecretBytes *secret)
{
  MtxKeyringMemory *self = MTX_KEYRING_MEMORY (keyring);
  DexFuture        *refusal = refuse_by_state (self);
  Entry            *entry = find_entry (self, provider, item);

  if (refusal != NULL)
    return refusal;
  if (entry != NULL && entry->secret == NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_DAMAGED, "The item is damaged");

  return keep (self, provider, item, label, secret);
}

static DexFuture *
mtx_keyring_memory_forget (MtxKeyring *keyring,
                           const char *provider,
                           const char *item)
{
  MtxKeyringMemory *self = MTX_KEYRING_MEMORY (keyring);
  DexFuture        *refusal = refuse_by_state (self);
  Entry            *entry = find_entry (self, provider, item);

  if (refusal != NULL)
    return refusal;
  if (entry != NULL)
    g_ptr_array_remove (self->entries, entry);

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_memory_unlock (MtxKeyring *keyring)
{
  MtxKeyringMemory *self = MTX_KEYRING_MEMORY (keyring);
  DexFuture        *refusal = NULL;

  if (self->state == MTX_KEYRING_MEMORY_LOCKED && !self->dismisses_prompt)
    self->state = MTX_KEYRING_MEMORY_AVAILABLE;
  self->dismisses_prompt = FALSE;
  refusal = refuse_by_state (self);

  return refusal != NULL ? refusal : dex_future_new_true ();
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

static DexFuture *
mtx_keyring_memory_list_providers (MtxKeyring *keyring)
{
  MtxKeyringMemory     *self = MTX_KEYRING_MEMORY (keyring);
  DexFuture            *refusal = refuse_by_state (self);
  g_autoptr (GPtrArray) providers = NULL;

  if (refusal != NULL)
    return refusal;

  providers = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (!g_ptr_array_find_with_equal_func (providers, entry->provider, g_str_equal, NULL))
        g_ptr_array_add (providers, g_strdup (entry->provider));
    }
  g_ptr_array_sort (providers, compare_strings);

  return dex_future_new_take_boxed (G_TYPE_STRV, g_ptr_array_free (g_steal_pointer (&providers), FALSE));
}

static void
mtx_keyring_memory_iface_init (MtxKeyringInterface *iface)
{
  iface->load = mtx_keyring_memory_load;
  iface->create = mtx_keyring_memory_create;
  iface->replace = mtx_keyring_memory_replace;
  iface->forget = mtx_keyring_memory_forget;
  iface->unlock = mtx_keyring_memory_unlock;
  iface->list_providers = mtx_keyring_memory_list_providers;
}

static void
mtx_keyring_memory_finalize (GObject *object)
{
  MtxKeyringMemory *self = MTX_KEYRING_MEMORY (object);

  g_clear_pointer (&self->entries, g_ptr_array_unref);

  G_OBJECT_CLASS (mtx_keyring_memory_parent_class)->finalize (object);
}

static void
mtx_keyring_memory_class_init (MtxKeyringMemoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mtx_keyring_memory_finalize;
}

static void
mtx_keyring_memory_init (MtxKeyringMemory *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
}

/**
 * mtx_keyring_memory_new:
 *
 * Makes an empty keyring that is available.
 *
 * Returns: (transfer full): a keyring
 */
MtxKeyring *
mtx_keyring_memory_new (void)
{
  return g_object_new (MTX_TYPE_KEYRING_MEMORY, NULL);
}

/**
 * mtx_keyring_memory_set_state:
 * @self: a keyring
 * @state: what it is from now on
 *
 * Chooses which of the four states to play. The items stay.
 */
void
mtx_keyring_memory_set_state (MtxKeyringMemory     *self,
                              MtxKeyringMemoryState state)
{
  g_return_if_fail (MTX_IS_KEYRING_MEMORY (self));

  self->state = state;
}

/**
 * mtx_keyring_memory_dismiss_prompt:
 * @self: a keyring
 *
 * Plays a user who declines to unlock, once.
 */
void
mtx_keyring_memory_dismiss_prompt (MtxKeyringMemory *self)
{
  g_return_if_fail (MTX_IS_KEYRING_MEMORY (self));

  self->dismisses_prompt = TRUE;
}

/**
 * mtx_keyring_memory_damage:
 * @self: a keyring
 * @provider: a provider's id
 * @item: an item that is there
 *
 * Makes an item unreadable.
 */
void
mtx_keyring_memory_damage (MtxKeyringMemory *self,
                           const char       *provider,
                           const char       *item)
{
  Entry *entry = NULL;

  g_return_if_fail (MTX_IS_KEYRING_MEMORY (self));

  entry = find_entry (self, provider, item);
  g_return_if_fail (entry != NULL);
  g_clear_pointer (&entry->secret, mtx_secret_bytes_unref);
}

/**
 * mtx_keyring_memory_get_label:
 * @self: a keyring
 * @provider: a provider's id
 * @item: an item
 *
 * Gets what a person would see of an item in a keyring manager.
 *
 * Returns: (nullable) (transfer none): the label, or %NULL if there is no such item
 */
const char *
mtx_keyring_memory_get_label (MtxKeyringMemory *self,
                              const char       *provider,
                              const char       *item)
{
  Entry *entry = NULL;

  g_return_val_if_fail (MTX_IS_KEYRING_MEMORY (self), NULL);

  entry = find_entry (self, provider, item);

  return entry != NULL ? entry->label : NULL;
}
