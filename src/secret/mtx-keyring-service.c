/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tells the states of a Secret Service apart. Searches never unlock; whoever finds nothing looks whether
 * the place where it would be is locked before saying that it is not there.
 */
#include "mtx-keyring-service.h"

#include "mtx-error.h"
#include "mtx-keyring-request.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-futures.h"
#include "mtx-secret-prompt.h"
#include "mtx-secret-schema.h"

/* Only seen when the system has no keyring at all, in the dialog that makes one. */
#define NEW_COLLECTION_LABEL "Default keyring"

struct _MtxKeyringService
{
  GObject parent_instance;
};

static void mtx_keyring_service_iface_init (MtxKeyringInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxKeyringService,
                               mtx_keyring_service,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MTX_TYPE_KEYRING, mtx_keyring_service_iface_init))

/* A service that was restarted does not know the session agreed on before; the next try starts anew. */
static DexFuture *
fail (GError *error)
{
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_ABSENT)
      || g_error_matches (error, MTX_ERROR, MTX_ERROR_FAILED))
    secret_service_disconnect ();

  return dex_future_new_for_error (error);
}

static gboolean
set_locked (GError **error)
{
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_LOCKED, "The keyring is locked");

  return FALSE;
}

/* The collection for new items if it is open. Without one, MTX_ERROR_NOT_FOUND. */
static SecretCollection *
get_open_collection (SecretService *service,
                     GError       **error)
{
  g_autoptr (SecretCollection) collection = dex_await_object (mtx_secret_collection_get (service), error);

  if (collection == NULL)
    return NULL;
  if (secret_collection_get_locked (collection))
    {
      set_locked (error);
      return NULL;
    }

  return g_steal_pointer (&collection);
}

/* The items asked for, all of them open. MTX_ERROR_NOT_FOUND only if that is certain. */
static GPtrArray *
find_items (SecretService *service,
            GHashTable    *attributes,
            GError       **error)
{
  g_autoptr (GPtrArray) items = NULL;

  items = dex_await_boxed (mtx_secret_service_find (service, mtx_secret_schema_get (), attributes), error);
  if (items == NULL)
    return NULL;
  if (items->len == 0)
    {
      g_autoptr (SecretCollection) collection = get_open_collection (service, error);

      if (collection != NULL)
        g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no such item");
      return NULL;
    }
  for (guint i = 0; i < items->len; i++)
    if (secret_item_get_locked (items->pdata[i]))
      {
        set_locked (error);
        return NULL;
      }

  return g_steal_pointer (&items);
}

/* Two items with the same attributes can only come from outside. The younger one counts. */
static SecretItem *
pick_youngest (GPtrArray *items)
{
  SecretItem *youngest = items->pdata[0];

  for (guint i = 1; i < items->len; i++)
    if (secret_item_get_modified (items->pdata[i]) > secret_item_get_modified (youngest))
      youngest = items->pdata[i];

  return youngest;
}

static MtxSecretBytes *
read_item (SecretItem *item,
           GError    **error)
{
  SecretValue    *value = dex_await_boxed (mtx_secret_retrievable_read (SECRET_RETRIEVABLE (item)), error);
  MtxSecretBytes *secret = NULL;

  if (value != NULL)
    {
      secret = mtx_secret_schema_read (value, error);
      secret_value_unref (value);
    }

  return secret;
}

static DexFuture *
load_fiber (gpointer data)
{
  MtxKeyringRequest         *request = data;
  g_autoptr (GError)         error = NULL;
  g_autoptr (SecretService)  service = NULL;
  g_autoptr (GPtrArray)      items = NULL;
  g_autoptr (MtxSecretBytes) secret = NULL;

  service = dex_await_object (mtx_secret_service_connect (), &error);
  if (service != NULL)
    items = find_items (service, request->attributes, &error);
  if (items != NULL)
    secret = read_item (pick_youngest (items), &error);
  if (secret == NULL)
    return fail (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, g_steal_pointer (&secret));
}

static DexFuture *
mtx_keyring_service_load (MtxKeyring *keyring,
                          const char *provider,
                          const char *item)
{
  return mtx_keyring_request_spawn ("keyring-load", load_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), NULL, NULL);
}

/* A key nobody can read again must not be used. */
static gboolean
check_kept (SecretItem     *item,
            MtxSecretBytes *secret,
            GError        **error)
{
  g_autoptr (MtxSecretBytes) kept = read_item (item, error);

  if (kept == NULL)
    return FALSE;
  if (!mtx_secret_bytes_equal (kept, secret))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_FAILED, "The keyring did not keep the secret");
      return FALSE;
    }

  return TRUE;
}

/* Adds an item where there is none. Where there is not even a keyring, the user has to make one first. */
static gboolean
add_item (SecretService     *service,
          MtxKeyringRequest *request,
          GError           **error)
{
  g_autoptr (GError)           no_collection = NULL;
  g_autoptr (SecretCollection) collection = get_open_collection (service, &no_collection);
  g_autoptr (SecretItem)       item = NULL;
  SecretValue                 *value = NULL;

  if (g_error_matches (no_collection, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return set_locked (error);
  if (collection == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&no_collection));
      return FALSE;
    }

  value = mtx_secret_schema_write (request->secret);
  item = dex_await_object (mtx_secret_item_add (collection, mtx_secret_schema_get (),
                                                request->attributes, request->label, value),
                           error);
  secret_value_unref (value);

  return item != NULL && check_kept (item, request->secret, error);
}

static DexFuture *
create_fiber (gpointer data)
{
  MtxKeyringRequest        *request = data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (SecretService) service = NULL;
  g_autoptr (GPtrArray)     items = NULL;

  service = dex_await_object (mtx_secret_service_connect (), &error);
  if (service == NULL)
    return fail (g_steal_pointer (&error));

  items = find_items (service, request->attributes, &error);
  if (items != NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "There is such an item");
  if (!g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return fail (g_steal_pointer (&error));
  g_clear_error (&error);

  if (!add_item (service, request, &error))
    return fail (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_service_create (MtxKeyring     *keyring,
                            const char     *provider,
                            const char     *item,
                            const char     *label,
                            MtxSecretBytes *secret)
{
  return mtx_keyring_request_spawn ("keyring-create", create_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), label, secret);
}

/* Changes an item that is there, after showing that it could be read. */
static gboolean
change_item (SecretItem        *item,
             MtxKeyringRequest *request,
             GError           **error)
{
  g_autoptr (MtxSecretBytes) old = read_item (item, error);
  SecretValue               *value = NULL;
  gboolean                   changed = FALSE;

  if (old == NULL)
    return FALSE;

  value = mtx_secret_schema_write (request->secret);
  changed = dex_await (mtx_secret_item_change_value (item, value), error);
  secret_value_unref (value);

  return changed
         && dex_await (mtx_secret_item_change_label (item, request->label), error)
         && check_kept (item, request->secret, error);
}

static DexFuture *
replace_fiber (gpointer data)
{
  MtxKeyringRequest        *request = data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (SecretService) service = NULL;
  g_autoptr (GPtrArray)     items = NULL;
  gboolean                  done = FALSE;

  service = dex_await_object (mtx_secret_service_connect (), &error);
  if (service == NULL)
    return fail (g_steal_pointer (&error));

  items = find_items (service, request->attributes, &error);
  if (items != NULL)
    done = change_item (pick_youngest (items), request, &error);
  else if (g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      done = add_item (service, request, &error);
    }
  if (!done)
    return fail (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_service_replace (MtxKeyring     *keyring,
                             const char     *provider,
                             const char     *item,
                             const char     *label,
                             MtxSecretBytes *secret)
{
  return mtx_keyring_request_spawn ("keyring-replace", replace_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), label, secret);
}

static DexFuture *
forget_fiber (gpointer data)
{
  MtxKeyringRequest        *request = data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (SecretService) service = NULL;
  g_autoptr (GPtrArray)     items = NULL;

  service = dex_await_object (mtx_secret_service_connect (), &error);
  if (service != NULL)
    items = find_items (service, request->attributes, &error);
  for (guint i = 0; items != NULL && i < items->len; i++)
    if (!dex_await (mtx_secret_item_remove (items->pdata[i]), &error))
      break;

  if (error != NULL && !g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return fail (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_service_forget (MtxKeyring *keyring,
                            const char *provider,
                            const char *item)
{
  return mtx_keyring_request_spawn ("keyring-forget", forget_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), NULL, NULL);
}

/* Opens the collection for new items, or has one made. */
static gboolean
open_collection (SecretService *service,
                 GError       **error)
{
  g_autoptr (GError)           no_collection = NULL;
  g_autoptr (SecretCollection) collection = NULL;

  collection = dex_await_object (mtx_secret_collection_get (service), &no_collection);
  if (collection != NULL)
    return !secret_collection_get_locked (collection)
           || dex_await (mtx_secret_prompt_unlock (service, G_DBUS_PROXY (collection)), error);

  if (!g_error_matches (no_collection, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&no_collection));
      return FALSE;
    }

  return dex_await (mtx_secret_prompt_make_collection (service, NEW_COLLECTION_LABEL), error);
}

/* Opens what of ours lies elsewhere: the user may have chosen another collection for new items since. */
static gboolean
open_items (SecretService *service,
            GHashTable    *attributes,
            GError       **error)
{
  g_autoptr (GPtrArray) items = NULL;

  items = dex_await_boxed (mtx_secret_service_find (service, mtx_secret_schema_get (), attributes), error);
  for (guint i = 0; items != NULL && i < items->len; i++)
    if (secret_item_get_locked (items->pdata[i])
        && !dex_await (mtx_secret_prompt_unlock (service, items->pdata[i]), error))
      return FALSE;

  return items != NULL;
}

static DexFuture *
unlock_fiber (gpointer data)
{
  MtxKeyringRequest        *request = data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (SecretService) service = NULL;

  service = dex_await_object (mtx_secret_service_connect (), &error);
  if (service == NULL
      || !open_collection (service, &error)
      || !open_items (service, request->attributes, &error))
    return fail (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_service_unlock (MtxKeyring *keyring)
{
  return mtx_keyring_request_spawn ("keyring-unlock", unlock_fiber, keyring,
                                    mtx_secret_schema_find_all (), NULL, NULL);
}

static DexFuture *
list_fiber (gpointer data)
{
  MtxKeyringRequest        *request = data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (SecretService) service = NULL;
  g_autoptr (GPtrArray)     items = NULL;

  service = dex_await_object (mtx_secret_service_connect (), &error);
  if (service != NULL)
    items = find_items (service, request->attributes, &error);
  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    items = g_ptr_array_new ();
  if (items == NULL)
    return fail (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_STRV, mtx_secret_schema_dup_providers (items));
}

static DexFuture *
mtx_keyring_service_list_providers (MtxKeyring *keyring)
{
  return mtx_keyring_request_spawn ("keyring-list", list_fiber, keyring,
                                    mtx_secret_schema_find_all (), NULL, NULL);
}

static void
mtx_keyring_service_iface_init (MtxKeyringInterface *iface)
{
  iface->load = mtx_keyring_service_load;
  iface->create = mtx_keyring_service_create;
  iface->replace = mtx_keyring_service_replace;
  iface->forget = mtx_keyring_service_forget;
  iface->unlock = mtx_keyring_service_unlock;
  iface->list_providers = mtx_keyring_service_list_providers;
}

static void
mtx_keyring_service_class_init (MtxKeyringServiceClass *klass)
{
}

static void
mtx_keyring_service_init (MtxKeyringService *self)
{
}

/**
 * mtx_keyring_service_new:
 *
 * Makes a keyring that talks to the Secret Service when it is first asked.
 *
 * Returns: (transfer full): a keyring
 */
MtxKeyring *
mtx_keyring_service_new (void)
{
  return g_object_new (MTX_TYPE_KEYRING_SERVICE, NULL);
}
