/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How an account gets into the list that was made on another machine. Its folder is named after the account, as the
 * provider is known only when it is back.
 */
#include "sup-client-list-private.h"

#include "mtx-error.h"
#include "mtx-fiber.h"
#include "mtx-id.h"
#include "mtx-session.h"
#include "sup-client-private.h"
#include "sup-restore-error-private.h"

/* No provider has a key that begins so, and so none has the folder of a restored account. */
#define NAME_PREFIX "account "

typedef struct
{
  SupClientList   *list;
  MtxAccountHints *hints;
  char            *key;
  char            *label;
  char            *parting_words; /* or NULL: by password */
  SupBrowserFunc   browser;
  gpointer         browser_data;
  GDestroyNotify   browser_destroy;
} Restore;

static void
restore_clear (gpointer data)
{
  Restore *self = data;

  g_clear_object (&self->list);
  g_clear_pointer (&self->hints, mtx_account_hints_free);
  g_free (self->key);
  g_free (self->label);
  g_free (self->parting_words);
  if (self->browser_destroy != NULL)
    self->browser_destroy (self->browser_data);
}

/* The fiber has one, and the future that nobody may be waiting for. */
static void
restore_unref (gpointer data)
{
  g_rc_box_release_full (data, restore_clear);
}

/* Where the provider says that its accounts are; only for accounts of that server. */
static const char *
find_homeserver (SupProvider *provider,
                 const char  *address)
{
  const char *colon = strchr (address, ':');
  const char *server;

  if (provider == NULL || colon == NULL)
    return NULL;

  server = sup_provider_get_server_name (provider);
  if (server == NULL && sup_provider_get_support_id (provider) != NULL)
    server = mtx_user_id_get_server (sup_provider_get_support_id (provider));

  return g_strcmp0 (server, colon + 1) == 0 ? sup_provider_get_homeserver_url (provider) : NULL;
}

/* In a fiber. An attempt that was killed and goes on by itself gives way to the one the person makes now. */
static gboolean
make_way (Restore *self,
          GError **error)
{
  g_autoptr (SupClient) client = NULL;

  for (guint i = 0; i < self->list->clients->len; i++)
    if (g_strcmp0 (sup_client_get_user_id (g_ptr_array_index (self->list->clients, i)), self->hints->user_id) == 0)
      {
        g_set_error_literal (error, SUP_RESTORE_ERROR, SUP_RESTORE_ERROR_EXISTS, "The account is here already");
        return FALSE;
      }

  client = _sup_client_list_lookup (self->list, self->key);
  if (client == NULL)
    return TRUE;
  g_object_ref (client);

  return dex_await (sup_client_close (client), error);
}

/* In a fiber. The person is there to unlock the keyring. */
static gboolean
open_session (Restore    *self,
              MtxSession *session,
              GError    **error)
{
  g_autoptr (GError) failure = NULL;

  if (dex_await (mtx_session_open (session, self->hints), &failure))
    return TRUE;

  if (g_error_matches (failure, MTX_ERROR, MTX_ERROR_LOCKED) && dex_await (mtx_session_unlock_keyring (session), NULL))
    return dex_await (mtx_session_open (session, self->hints), error);

  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static DexFuture *
restore_fiber (gpointer data)
{
  Restore               *self = data;
  g_autoptr (MtxSession) session = NULL;
  g_autoptr (GError)     error = NULL;
  gboolean               is_back;

  if (!make_way (self, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  session = mtx_session_new (self->list->keyring, self->list->data_dir, self->key, self->label);
  if (self->browser != NULL)
    mtx_session_set_browser_func (session, self->parting_words, self->browser, self->browser_data, NULL);
  g_ptr_array_add (self->list->restoring, g_object_ref (session));
  is_back = open_session (self, session, &error);
  if (!g_ptr_array_remove (self->list->restoring, session))
    return dex_future_new_reject (SUP_RESTORE_ERROR, SUP_RESTORE_ERROR_FAILED, "The list was closed");

  /* Once there is an account, it is one like all others, and its client sees to the rest. */
  is_back = is_back || mtx_session_get_user_id (session) != NULL;
  dex_await (mtx_session_close (session), NULL);
  if (!is_back)
    return dex_future_new_for_error (_sup_restore_error_new_for_session (error));

  return dex_future_new_true ();
}

/* Outside of the fiber, as the list tells that it grew. */
static DexFuture *
restored_cb (DexFuture *future,
             gpointer   data)
{
  Restore   *self = data;
  SupClient *client;

  client = _sup_client_list_lookup (self->list, self->key);
  if (client == NULL)
    client = _sup_client_list_append (self->list, self->key, NULL);
  mtx_fiber_fire (sup_client_open (client), "Opening a restored account");

  return dex_future_new_take_object (g_object_ref (client));
}

/* What both ways begin with. */
static Restore *
restore_new (SupClientList  *list,
             SupProvider    *provider,
             const char     *address,
             MtxSecretBytes *key,
             MtxSecretBytes *password,
             gboolean        in_browser,
             GError        **error)
{
  g_autofree char   *record = provider != NULL ? sup_provider_to_json (provider) : NULL;
  g_autofree char   *name = NULL;
  MtxAccountHints   *hints;
  Restore           *self;
  g_autoptr (GError) cause = NULL;

  hints = mtx_account_hints_new_restore (address, find_homeserver (provider, address), key, password, in_browser, record, &cause);
  if (hints == NULL)
    {
      g_propagate_error (error, _sup_restore_error_new_for_form (cause));
      return NULL;
    }

  name = g_strconcat (NAME_PREFIX, hints->user_id, NULL);
  self = g_rc_box_new0 (Restore);
  self->list = g_object_ref (list);
  self->hints = hints;
  self->key = _sup_client_list_dup_key (name);
  /* Read by a person who looks through the keyring; the provider is not known yet. */
  self->label = g_strdup_printf ("Wallet Support: %s", hints->user_id);

  return self;
}

static DexFuture *
restore_run (Restore *self)
{
  return dex_future_then (mtx_fiber_spawn ("client-restore", restore_fiber, g_rc_box_acquire (self), restore_unref),
                          restored_cb, self, restore_unref);
}

/**
 * sup_client_list_restore:
 * @self: a list
 * @provider: (nullable): the provider the person names; counts only if the account does not know its own
 * @address: the account's address, as the person typed it
 * @key: the text of the security key, as the person typed it; or a passphrase, with @password
 * @password: (nullable): the password of an account that another client made; %NULL for ours, whose password follows
 *   from the key
 *
 * Brings an account back that was made elsewhere: identity, provider, and through the backup what was said. Which
 * provider it belongs to stands, encrypted, on its server; so address and key are enough. The keyring is asked to be
 * unlocked if it is locked.
 *
 * Returns: (transfer full): a future that resolves to the #SupClient, which is in the list and being opened; rejects
 *   with one of #SupRestoreError, and then everything is as before
 */
DexFuture *
sup_client_list_restore (SupClientList  *self,
                         SupProvider    *provider,
                         const char     *address,
                         MtxSecretBytes *key,
                         MtxSecretBytes *password)
{
  Restore           *restore;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (SUP_IS_CLIENT_LIST (self), NULL);
  g_return_val_if_fail (address != NULL && key != NULL, NULL);

  restore = restore_new (self, provider, address, key, password, FALSE, &error);
  if (restore == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return restore_run (restore);
}

/**
 * sup_client_list_restore_in_browser:
 * @self: a list
 * @provider: (nullable): as for sup_client_list_restore()
 * @address: the account's address, as the person typed it
 * @key: the text of the security key, or a passphrase
 * @parting_words: what the browser says when the person is done there
 * @browser: shows the server's page
 * @data: passed to @browser
 * @destroy: (nullable): frees @data
 *
 * The same where the server lets people in on its own page only (%SUP_RESTORE_ERROR_UNSUPPORTED). Dropping the future
 * gives up.
 *
 * Returns: (transfer full): as for sup_client_list_restore(); %SUP_RESTORE_ERROR_REFUSED if the person cancelled there,
 *   or logged in as somebody else
 */
DexFuture *
sup_client_list_restore_in_browser (SupClientList  *self,
                                    SupProvider    *provider,
                                    const char     *address,
                                    MtxSecretBytes *key,
                                    const char     *parting_words,
                                    SupBrowserFunc  browser,
                                    gpointer        data,
                                    GDestroyNotify  destroy)
{
  Restore           *restore;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (SUP_IS_CLIENT_LIST (self), NULL);
  g_return_val_if_fail (address != NULL && key != NULL, NULL);
  g_return_val_if_fail (parting_words != NULL && browser != NULL, NULL);

  restore = restore_new (self, provider, address, key, NULL, TRUE, &error);
  if (restore == NULL)
    {
      if (destroy != NULL)
        destroy (data);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  restore->parting_words = g_strdup (parting_words);
  restore->browser = browser;
  restore->browser_data = data;
  restore->browser_destroy = destroy;

  return restore_run (restore);
}
