/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One function per asynchronous call: promise, start, resolve or reject in the callback.
 */
#include "mtx-secret-futures.h"

#include "mtx-error.h"

/**
 * mtx_secret_error_translate:
 * @error: (transfer full): an error of libsecret, D-Bus or GIO; one of %MTX_ERROR stays as it is
 *
 * Turns a cause into a decision. What the session bus or the service cannot do at all means that there is
 * no keyring; a prompt that was dismissed means that it stays locked.
 *
 * Returns: (transfer full): an error of %MTX_ERROR
 */
GError *
mtx_secret_error_translate (GError *error)
{
  g_autoptr (GError) cause = error;
  MtxError           code = MTX_ERROR_FAILED;

  if (cause->domain == MTX_ERROR)
    return g_steal_pointer (&cause);

  if (cause->domain == SECRET_ERROR)
    {
      if (cause->code == SECRET_ERROR_IS_LOCKED)
        code = MTX_ERROR_LOCKED;
      else if (cause->code == SECRET_ERROR_NO_SUCH_OBJECT)
        code = MTX_ERROR_NOT_FOUND;
      else if (cause->code == SECRET_ERROR_INVALID_FILE_FORMAT)
        code = MTX_ERROR_DAMAGED;
    }
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    code = MTX_ERROR_LOCKED;
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    code = MTX_ERROR_FULL;
  else if (cause->domain == G_DBUS_ERROR
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CLOSED)
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
           || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_DBUS_ERROR))
    code = MTX_ERROR_ABSENT;

  return g_error_new (MTX_ERROR, code, "The keyring failed (%s %d)",
                      g_quark_to_string (cause->domain), cause->code);
}

/* Settles and lets go of the promise every callback gets as its data. */
static void
settle_object (DexPromise *promise,
               gpointer    object,
               GError     *error)
{
  if (error != NULL)
    dex_promise_reject (promise, mtx_secret_error_translate (error));
  else
    dex_promise_resolve_object (promise, object);
  dex_unref (promise);
}

static void
settle_boolean (DexPromise *promise,
                GError     *error)
{
  if (error != NULL)
    dex_promise_reject (promise, mtx_secret_error_translate (error));
  else
    dex_promise_resolve_boolean (promise, TRUE);
  dex_unref (promise);
}

static void
settle_list (DexPromise *promise,
             GList      *list,
             GError     *error)
{
  if (error != NULL)
    dex_promise_reject (promise, mtx_secret_error_translate (error));
  else
    {
      GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);

      for (GList *l = list; l != NULL; l = l->next)
        g_ptr_array_add (found, l->data);
      g_list_free (list);
      dex_promise_resolve_boxed (promise, G_TYPE_PTR_ARRAY, found);
    }
  dex_unref (promise);
}

static void
on_connected (GObject      *source,
              GAsyncResult *result,
              gpointer      promise)
{
  GError        *error = NULL;
  SecretService *service = secret_service_get_finish (result, &error);

  settle_object (promise, service, error);
}

/**
 * mtx_secret_service_connect:
 *
 * Finds the Secret Service and agrees on how secrets travel.
 *
 * Returns: (transfer full): a future that resolves to a `SecretService`
 */
DexFuture *
mtx_secret_service_connect (void)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_service_get (SECRET_SERVICE_OPEN_SESSION, dex_promise_get_cancellable (promise),
                      on_connected, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_found (GObject      *source,
          GAsyncResult *result,
          gpointer      promise)
{
  GError *error = NULL;
  GList  *items = secret_service_search_finish (SECRET_SERVICE (source), result, &error);

  settle_list (promise, items, error);
}

/**
 * mtx_secret_service_find:
 * @service: the Secret Service
 * @schema: our schema
 * @attributes: what all items have
 *
 * Searches all collections, locked ones too, and unlocks nothing.
 *
 * Returns: (transfer full): a future that resolves to a `GPtrArray` of `SecretItem`, which may be empty
 */
DexFuture *
mtx_secret_service_find (SecretService      *service,
                         const SecretSchema *schema,
                         GHashTable         *attributes)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_service_search (service, schema, attributes, SECRET_SEARCH_ALL,
                         dex_promise_get_cancellable (promise), on_found, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_collection (GObject      *source,
               GAsyncResult *result,
               gpointer      promise)
{
  GError           *error = NULL;
  SecretCollection *collection = secret_collection_for_alias_finish (result, &error);

  if (collection == NULL && error == NULL)
    error = g_error_new_literal (MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no default collection");
  settle_object (promise, collection, error);
}

/**
 * mtx_secret_collection_get:
 * @service: the Secret Service
 *
 * Gets the collection in which new items go.
 *
 * Returns: (transfer full): a future that resolves to a `SecretCollection`, or rejects with
 *   %MTX_ERROR_NOT_FOUND if there is none yet
 */
DexFuture *
mtx_secret_collection_get (SecretService *service)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_collection_for_alias (service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE,
                               dex_promise_get_cancellable (promise), on_collection, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_item_added (GObject      *source,
               GAsyncResult *result,
               gpointer      promise)
{
  GError     *error = NULL;
  SecretItem *item = secret_item_create_finish (result, &error);

  settle_object (promise, item, error);
}

/**
 * mtx_secret_item_add:
 * @collection: where; unlocked
 * @schema: our schema
 * @attributes: how it is found again
 * @label: what a person sees
 * @value: the content
 *
 * Makes a new item and touches none that is there.
 *
 * Returns: (transfer full): a future that resolves to a `SecretItem`
 */
DexFuture *
mtx_secret_item_add (SecretCollection   *collection,
                     const SecretSchema *schema,
                     GHashTable         *attributes,
                     const char         *label,
                     SecretValue        *value)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_item_create (collection, schema, attributes, label, value, SECRET_ITEM_CREATE_NONE,
                      dex_promise_get_cancellable (promise), on_item_added, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_value_changed (GObject      *source,
                  GAsyncResult *result,
                  gpointer      promise)
{
  GError *error = NULL;

  secret_item_set_secret_finish (SECRET_ITEM (source), result, &error);
  settle_boolean (promise, error);
}

/**
 * mtx_secret_item_change_value:
 * @item: an item; unlocked
 * @value: the new content
 *
 * Replaces an item's content.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_secret_item_change_value (SecretItem  *item,
                              SecretValue *value)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_item_set_secret (item, value, dex_promise_get_cancellable (promise),
                          on_value_changed, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_label_changed (GObject      *source,
                  GAsyncResult *result,
                  gpointer      promise)
{
  GError *error = NULL;

  secret_item_set_label_finish (SECRET_ITEM (source), result, &error);
  settle_boolean (promise, error);
}

/**
 * mtx_secret_item_change_label:
 * @item: an item; unlocked
 * @label: what a person sees
 *
 * Replaces an item's label.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_secret_item_change_label (SecretItem *item,
                              const char *label)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_item_set_label (item, label, dex_promise_get_cancellable (promise),
                         on_label_changed, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_item_removed (GObject      *source,
                 GAsyncResult *result,
                 gpointer      promise)
{
  GError *error = NULL;

  secret_item_delete_finish (SECRET_ITEM (source), result, &error);
  settle_boolean (promise, error);
}

/**
 * mtx_secret_item_remove:
 * @item: an item; unlocked
 *
 * Deletes an item.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_secret_item_remove (SecretItem *item)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_item_delete (item, dex_promise_get_cancellable (promise), on_item_removed, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_file_found (GObject      *source,
               GAsyncResult *result,
               gpointer      promise)
{
  GError *error = NULL;
  GList  *items = secret_password_search_finish (result, &error);

  if (g_error_matches (error, SECRET_ERROR, SECRET_ERROR_PROTOCOL))
    {
      g_clear_error (&error);
      error = g_error_new_literal (MTX_ERROR, MTX_ERROR_WRONG_SECRET, "An item does not decrypt");
    }
  settle_list (promise, items, error);
}

/**
 * mtx_secret_file_find:
 * @attributes: what all items have; an empty table finds every item in the file
 *
 * Searches the keyring file and decrypts what it finds.
 *
 * Returns: (transfer full): a future that resolves to a `GPtrArray` of `SecretRetrievable`, which may be
 *   empty, or rejects with %MTX_ERROR_WRONG_SECRET if an item that was found does not decrypt
 */
DexFuture *
mtx_secret_file_find (GHashTable *attributes)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  /* Without a schema, because a schema does not allow an empty table. */
  secret_password_searchv (NULL, attributes, SECRET_SEARCH_ALL,
                           dex_promise_get_cancellable (promise), on_file_found, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_file_put (GObject      *source,
             GAsyncResult *result,
             gpointer      promise)
{
  GError *error = NULL;

  secret_password_store_finish (result, &error);
  settle_boolean (promise, error);
}

/**
 * mtx_secret_file_put:
 * @schema: our schema
 * @attributes: how it is found again
 * @label: what a person would see
 * @value: the content
 *
 * Writes an item into the keyring file, in place of one with the same attributes.
 *
 * Returns: (transfer full): a future that resolves to %TRUE
 */
DexFuture *
mtx_secret_file_put (const SecretSchema *schema,
                     GHashTable         *attributes,
                     const char         *label,
                     SecretValue        *value)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_password_storev_binary (schema, attributes, SECRET_COLLECTION_DEFAULT, label, value,
                                 dex_promise_get_cancellable (promise), on_file_put, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_file_removed (GObject      *source,
                 GAsyncResult *result,
                 gpointer      promise)
{
  GError *error = NULL;

  secret_password_clear_finish (result, &error);
  settle_boolean (promise, error);
}

/**
 * mtx_secret_file_remove:
 * @schema: our schema
 * @attributes: what all items have
 *
 * Deletes items from the keyring file.
 *
 * Returns: (transfer full): a future that resolves to %TRUE, whether there were any or not
 */
DexFuture *
mtx_secret_file_remove (const SecretSchema *schema,
                        GHashTable         *attributes)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_password_clearv (schema, attributes, dex_promise_get_cancellable (promise),
                          on_file_removed, dex_ref (promise));

  return DEX_FUTURE (promise);
}

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      data)
{
  DexPromise  *promise = data;
  GError      *error = NULL;
  SecretValue *value = NULL;

  value = secret_retrievable_retrieve_secret_finish (SECRET_RETRIEVABLE (source), result, &error);
  if (value == NULL && error == NULL)
    error = g_error_new_literal (MTX_ERROR, MTX_ERROR_DAMAGED, "An item without content");
  if (error != NULL)
    dex_promise_reject (promise, mtx_secret_error_translate (error));
  else
    dex_promise_resolve_boxed (promise, SECRET_TYPE_VALUE, value);
  dex_unref (promise);
}

/**
 * mtx_secret_retrievable_read:
 * @retrievable: an item
 *
 * Reads an item's content.
 *
 * Returns: (transfer full): a future that resolves to a `SecretValue`
 */
DexFuture *
mtx_secret_retrievable_read (SecretRetrievable *retrievable)
{
  DexPromise *promise = dex_promise_new_cancellable ();

  secret_retrievable_retrieve_secret (retrievable, dex_promise_get_cancellable (promise),
                                      on_read, dex_ref (promise));

  return DEX_FUTURE (promise);
}
