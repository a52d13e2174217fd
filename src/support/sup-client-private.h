/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the list makes its clients, and what the facets of a client share.
 */
#pragma once

#include "mtx-session.h"
#include "sup-client.h"

G_BEGIN_DECLS

struct _SupClient
{
  GObject parent_instance;

  /* Owned References */
  MtxKeyring      *keyring;
  char            *data_dir;
  char            *key;
  SupProvider     *provider;
  MtxSession      *session; /* NULL until the first opening */
  GSignalGroup    *loop_signals;
  SupConversation *conversation; /* both NULL until what is stored is shown */
  SupFeed         *feed;
  SupSecurity     *security;
  DexFuture       *operation;    /* opening; dropped to cancel it */
  DexPromise      *opened;       /* what those who opened wait for */
  DexPromise      *closed;       /* pending while closing */
  DexPromise      *network;      /* pending while the server is waited for */
  DexPromise      *replaced;     /* resolved when the provider is another while the account is being made */
  DexPromise      *terms_answer; /* pending while the person is asked */
  char           **terms;
  GError          *failure;      /* why the last opening ended, when the session does not know */

  /* State */
  SupClientState state;
  SupConnection  connection;
  int            error_code;
  char          *error_name;
};

SupClient *_sup_client_new              (MtxKeyring      *keyring,
                                         const char      *data_dir,
                                         const char      *key,
                                         SupProvider     *provider);
void       _sup_client_set_provider     (SupClient       *self,
                                         SupProvider     *provider);

void       _sup_client_set_connection   (SupClient       *self,
                                         SupConnection    connection);
void       _sup_client_set_models       (SupClient       *self,
                                         SupConversation *conversation,
                                         SupFeed         *feed,
                                         SupSecurity     *security);
void       _sup_client_set_terms        (SupClient       *self,
                                         GStrv            terms);
void       _sup_client_update_state     (SupClient       *self);
void       _sup_client_end_wait         (SupClient       *self);

G_END_DECLS
