/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every provider the user has started with; the root object of the app. A GListModel of SupClient.
 */
#pragma once

#include "sup-client.h"
#include "sup-restore-error.h"

G_BEGIN_DECLS

/* Shows @url in the person's browser. */
typedef void (*SupBrowserFunc) (const char *url,
                                gpointer    data);

#define SUP_TYPE_CLIENT_LIST (sup_client_list_get_type ())

G_DECLARE_FINAL_TYPE (SupClientList, sup_client_list, SUP, CLIENT_LIST, GObject)

SupClientList *sup_client_list_new     (MtxKeyring     *keyring,
                                        const char     *data_dir);
DexFuture     *sup_client_list_load    (SupClientList  *self);
SupClient     *sup_client_list_add     (SupClientList  *self,
                                        SupProvider    *provider);
/* Resolves to the SupClient, or rejects with a SupRestoreError. The key is its text, or a passphrase when there is a
 * password; without a password the account's own is derived from the key. The provider counts only if the account
 * does not know its own. */
DexFuture     *sup_client_list_restore (SupClientList  *self,
                                        SupProvider    *provider,
                                        const char     *address,
                                        MtxSecretBytes *key,
                                        MtxSecretBytes *password);
DexFuture     *sup_client_list_restore_in_browser (SupClientList  *self,
                                                   SupProvider    *provider,
                                                   const char     *address,
                                                   MtxSecretBytes *key,
                                                   const char     *parting_words,
                                                   SupBrowserFunc  browser,
                                                   gpointer        data,
                                                   GDestroyNotify  destroy);
DexFuture     *sup_client_list_close   (SupClientList  *self);

G_END_DECLS
