/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every provider the user has started with; the root object of the app. Each has a folder of its own under the
 * data folder, named so that it says nothing about the provider.
 */
#include "sup-client-list-private.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-outside.h"
#include "sup-client-private.h"

/* Enough of the hash that no two providers share a folder. */
#define KEY_CHARS 32

static GType
sup_client_list_get_item_type (GListModel *model)
{
  return SUP_TYPE_CLIENT;
}

static guint
sup_client_list_get_n_items (GListModel *model)
{
  return SUP_CLIENT_LIST (model)->clients->len;
}

static gpointer
sup_client_list_get_item (GListModel *model,
                          guint       position)
{
  SupClientList *self = SUP_CLIENT_LIST (model);

  return position < self->clients->len ? g_object_ref (g_ptr_array_index (self->clients, position)) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = sup_client_list_get_item_type;
  iface->get_n_items = sup_client_list_get_n_items;
  iface->get_item = sup_client_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SupClientList, sup_client_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

/* The folder of a provider or an account: says nothing of either. */
char *
_sup_client_list_dup_key (const char *name)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

  return g_strndup (hash, KEY_CHARS);
}

/* The client that has an account with a provider. One that was restored has another folder than the provider's. */
static SupClient *
sup_client_list_lookup_restored (SupClientList *self,
                                 const char    *provider_key)
{
  for (guint i = 0; i < self->clients->len; i++)
    {
      SupClient   *client = g_ptr_array_index (self->clients, i);
      SupProvider *provider = sup_client_get_provider (client);

      if (provider != NULL && sup_client_get_user_id (client) != NULL
          && g_strcmp0 (sup_provider_get_key (provider), provider_key) == 0)
        return client;
    }

  return NULL;
}

/* The client with this folder, or NULL. */
SupClient *
_sup_client_list_lookup (SupClientList *self,
                         const char    *key)
{
  for (guint i = 0; i < self->clients->len; i++)
    {
      SupClient *client = g_ptr_array_index (self->clients, i);

      if (g_str_equal (sup_client_get_key (client), key))
        return client;
    }

  return NULL;
}

/* A folder that was made, and then never more, is no provider the user has started with. It stays on disk: starting
 * with its provider one day goes on where it ended. */
static void
on_state_changed (SupClientList *self,
                  GParamSpec    *pspec,
                  SupClient     *client)
{
  gboolean is_empty = sup_client_get_state (client) == SUP_CLIENT_CLOSED && sup_client_get_provider (client) == NULL;
  guint    position = 0;

  if (!is_empty || !g_ptr_array_find (self->clients, client, &position))
    return;

  g_signal_handlers_disconnect_by_func (client, on_state_changed, self);
  g_ptr_array_remove_index (self->clients, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

/* A client for a folder that has none yet; the list owns it. */
SupClient *
_sup_client_list_append (SupClientList *self,
                         const char    *key,
                         SupProvider   *provider)
{
  SupClient *client = _sup_client_new (self->keyring, self->data_dir, key, provider);

  g_signal_connect_object (client, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->clients, client);
  g_list_model_items_changed (G_LIST_MODEL (self), self->clients->len - 1, 0, 1);

  return client;
}

static gboolean
is_key (const char *name)
{
  return strlen (name) == KEY_CHARS && strspn (name, "0123456789abcdef") == KEY_CHARS;
}

/* Folder names only; the folders are opened by their clients. */
static DexFuture *
list_keys_thread (gpointer data)
{
  const char              *data_dir = data;
  g_autoptr (GDir)         dir = NULL;
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  g_autoptr (GError)       error = NULL;
  const char              *name;

  dir = g_dir_open (data_dir, 0, &error);
  if (dir == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return dex_future_new_for_error (g_steal_pointer (&error));

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_key (name))
      g_strv_builder_add (keys, name);

  return dex_future_new_take_boxed (G_TYPE_STRV, g_strv_builder_end (keys));
}

typedef struct
{
  SupClientList *list;
  GStrv          keys;
} Found;

static void
found_free (gpointer data)
{
  Found *found = data;

  g_object_unref (found->list);
  g_strfreev (found->keys);
  g_free (found);
}

static void
found_open (gpointer data)
{
  Found *found = data;

  for (guint i = 0; found->keys[i] != NULL; i++)
    {
      SupClient *client = _sup_client_list_lookup (found->list, found->keys[i]);

      if (client == NULL)
        client = _sup_client_list_append (found->list, found->keys[i], NULL);

      mtx_fiber_fire (sup_client_open (client), "Opening an account");
    }
}

static DexFuture *
sup_client_list_load_fiber (gpointer data)
{
  SupClientList     *self = data;
  Found             *found = NULL;
  g_auto (GStrv)     keys = NULL;
  g_autoptr (GError) error = NULL;

  keys = dex_await_boxed (mtx_thread_run ("list-accounts", list_keys_thread, g_strdup (self->data_dir), g_free), &error);
  if (keys == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  found = g_new0 (Found, 1);
  found->list = g_object_ref (self);
  found->keys = g_steal_pointer (&keys);
  mtx_outside_call (found_open, found, found_free);

  return dex_future_new_true ();
}

/**
 * sup_client_list_load:
 * @self: a list
 *
 * Finds the accounts that were made before and begins to open each. Those that turn out to have been barely begun
 * leave the list again.
 *
 * Returns: (transfer full): a future that resolves when all that exist are in the list; their own states tell the
 *   rest; rejects with a file error when the data folder cannot be listed
 */
DexFuture *
sup_client_list_load (SupClientList *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT_LIST (self), NULL);

  return mtx_fiber_spawn ("client-list-load", sup_client_list_load_fiber, g_object_ref (self), g_object_unref);
}

/**
 * sup_client_list_add:
 * @self: a list
 * @provider: whom the person consented to; has a key, that is an address of support or of a room
 *
 * Gets the client for @provider: the one that exists, or a new one that is still closed. No two providers share an
 * account, and no provider gets two.
 *
 * Returns: (transfer full): the client
 */
SupClient *
sup_client_list_add (SupClientList *self,
                     SupProvider   *provider)
{
  g_autofree char *key = NULL;
  SupClient       *client;

  g_return_val_if_fail (SUP_IS_CLIENT_LIST (self), NULL);
  g_return_val_if_fail (provider != NULL && sup_provider_get_key (provider) != NULL, NULL);

  key = _sup_client_list_dup_key (sup_provider_get_key (provider));
  client = sup_client_list_lookup_restored (self, sup_provider_get_key (provider));
  if (client == NULL)
    client = _sup_client_list_lookup (self, key);
  if (client == NULL)
    client = _sup_client_list_append (self, key, provider);
  else if (sup_client_get_provider (client) == NULL || sup_client_get_user_id (client) == NULL)
    /* No account was made for what is stored, or it cannot be read: what the person consented to now may be what
     * works. */
    _sup_client_set_provider (client, provider);

  return g_object_ref (client);
}

static DexFuture *
sup_client_list_close_fiber (gpointer data)
{
  SupClientList        *self = data;
  g_autoptr (GPtrArray) closing = g_ptr_array_new_with_free_func (dex_unref);

  for (guint i = 0; i < self->clients->len; i++)
    g_ptr_array_add (closing, sup_client_close (g_ptr_array_index (self->clients, i)));
  /* They go on at the next start. */
  for (guint i = 0; i < self->restoring->len; i++)
    g_ptr_array_add (closing, mtx_session_close (g_ptr_array_index (self->restoring, i)));
  g_ptr_array_set_size (self->restoring, 0);

  if (closing->len == 0)
    return dex_future_new_true ();

  return dex_future_allv ((DexFuture **)closing->pdata, closing->len);
}

/**
 * sup_client_list_close:
 * @self: a list
 *
 * Closes every account; what is on its way back goes on the next time the list is loaded.
 *
 * Returns: (transfer full): a future that resolves when all are closed
 */
DexFuture *
sup_client_list_close (SupClientList *self)
{
  g_return_val_if_fail (SUP_IS_CLIENT_LIST (self), NULL);

  return mtx_fiber_spawn ("client-list-close", sup_client_list_close_fiber, g_object_ref (self), g_object_unref);
}

static void
sup_client_list_finalize (GObject *object)
{
  SupClientList *self = SUP_CLIENT_LIST (object);

  g_clear_pointer (&self->restoring, g_ptr_array_unref);
  g_clear_pointer (&self->clients, g_ptr_array_unref);
  g_clear_object (&self->keyring);
  g_clear_pointer (&self->data_dir, g_free);

  G_OBJECT_CLASS (sup_client_list_parent_class)->finalize (object);
}

static void
sup_client_list_class_init (SupClientListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sup_client_list_finalize;
}

static void
sup_client_list_init (SupClientList *self)
{
  self->clients = g_ptr_array_new_with_free_func (g_object_unref);
  self->restoring = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * sup_client_list_new:
 * @keyring: (nullable): where secrets are kept; %NULL means the keyring of the desktop
 * @data_dir: the folder that holds a folder for each account; made when the first is
 *
 * Creates a list that was not loaded yet.
 *
 * Returns: (transfer full): the list
 */
SupClientList *
sup_client_list_new (MtxKeyring *keyring,
                     const char *data_dir)
{
  SupClientList *self;

  g_return_val_if_fail (data_dir != NULL, NULL);

  self = g_object_new (SUP_TYPE_CLIENT_LIST, NULL);
  g_set_object (&self->keyring, keyring);
  self->data_dir = g_strdup (data_dir);

  return self;
}
