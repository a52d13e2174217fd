/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the facets of the list share.
 */
#pragma once

#include "sup-client-list.h"

G_BEGIN_DECLS

struct _SupClientList
{
  GObject parent_instance;

  /* Owned References */
  MtxKeyring *keyring;
  char       *data_dir;
  GPtrArray  *clients;   /* (element-type SupClient) */
  GPtrArray  *restoring; /* (element-type MtxSession): accounts on their way back */
};

char      *_sup_client_list_dup_key (const char    *name);
SupClient *_sup_client_list_lookup  (SupClientList *self,
                                     const char    *key);
SupClient *_sup_client_list_append  (SupClientList *self,
                                     const char    *key,
                                     SupProvider   *provider);

G_END_DECLS
