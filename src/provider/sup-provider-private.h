/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fields of a provider record, for the readers that fill one before it is sealed.
 */
#pragma once

#include "sup-provider.h"
#include "mtx-id.h"

G_BEGIN_DECLS

struct _SupProvider
{
  gatomicrefcount ref_count;

  /* origin */
  SupProviderOrigin origin;
  char             *origin_name;

  /* company */
  char    *company_name;
  char    *tag_line;
  char    *website;
  char    *logo;
  char    *logo_light;
  char    *color;
  gboolean suspended;

  /* chat: the id only when ready, the cleaned text of an unusable one only when invalid */
  SupProviderState chat_state;
  MtxUserId       *support_id;
  char            *chat_rejected;

  /* feed: room id or alias only when ready */
  SupProviderState feed_state;
  char            *feed_room;
  GStrv            feed_via;

  /* e-mail: the address only when ready */
  SupProviderState email_state;
  char            *email_address;

  /* account hints */
  char *server_name;
  char *homeserver_url;
  char *registration_token;
  char *support_identity_key;
  char *privacy_policy_url;

  char *support_page;
  GStrv warnings;

  /* derived when sealed; a reader may set the key before, if it knows more than the fields say */
  char *key;
  char *display_name;
};

SupProvider *_sup_provider_new  (SupProviderOrigin  origin,
                                 const char        *origin_name);
void         _sup_provider_seal (SupProvider       *self,
                                 GPtrArray         *warnings);

G_END_DECLS
