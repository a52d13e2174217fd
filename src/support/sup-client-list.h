/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every provider the user has started with; the root object of the app. A GListModel of SupClient.
 */
#pragma once

#include "sup-client.h"

G_BEGIN_DECLS

#define SUP_TYPE_CLIENT_LIST (sup_client_list_get_type ())

G_DECLARE_FINAL_TYPE (SupClientList, sup_client_list, SUP, CLIENT_LIST, GObject)

SupClientList *sup_client_list_new   (MtxKeyring    *keyring,
                                      const char    *data_dir);
DexFuture     *sup_client_list_load  (SupClientList *self);
SupClient     *sup_client_list_add   (SupClientList *self,
                                      SupProvider   *provider);
DexFuture     *sup_client_list_close (SupClientList *self);

G_END_DECLS
