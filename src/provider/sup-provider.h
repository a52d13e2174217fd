/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The provider record: who offers support, under which identifiers, and where we know it from. A value:
 * checked while it is read (provider.md, sections 2 to 10), immutable afterwards.
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

/**
 * SupProviderState:
 * @SUP_PROVIDER_READY: the address can be used
 * @SUP_PROVIDER_OFF: the provider switched this off
 * @SUP_PROVIDER_NOT_SET_UP: the provider gave no address
 * @SUP_PROVIDER_INVALID: the provider gave something that is no address
 *
 * What can be done with one of chat, announcements and e-mail (provider.md, section 3).
 */
typedef enum
{
  SUP_PROVIDER_READY,
  SUP_PROVIDER_OFF,
  SUP_PROVIDER_NOT_SET_UP,
  SUP_PROVIDER_INVALID,
} SupProviderState;

/**
 * SupProviderOrigin:
 * @SUP_PROVIDER_ORIGIN_FILE: a file the user opened
 * @SUP_PROVIDER_ORIGIN_TEXT: typed or pasted by the user
 * @SUP_PROVIDER_ORIGIN_DISTRIBUTOR: a file installed with the app; the origin name is the file's name
 * @SUP_PROVIDER_ORIGIN_DOMAIN: published by a domain; the origin name is the domain
 *
 * Where a record comes from; the consent page says it in words (provider.md, section 11).
 */
typedef enum
{
  SUP_PROVIDER_ORIGIN_FILE,
  SUP_PROVIDER_ORIGIN_TEXT,
  SUP_PROVIDER_ORIGIN_DISTRIBUTOR,
  SUP_PROVIDER_ORIGIN_DOMAIN,
} SupProviderOrigin;

#define SUP_TYPE_PROVIDER        (sup_provider_get_type ())
#define SUP_TYPE_PROVIDER_STATE  (sup_provider_state_get_type ())
#define SUP_TYPE_PROVIDER_ORIGIN (sup_provider_origin_get_type ())

GType               sup_provider_get_type                 (void);
GType               sup_provider_state_get_type           (void);
GType               sup_provider_origin_get_type          (void);

SupProvider        *sup_provider_ref                      (SupProvider        *self);
void                sup_provider_unref                    (SupProvider        *self);
gboolean            sup_provider_equal                    (const SupProvider  *self,
                                                           const SupProvider  *other);

const char         *sup_provider_get_key                  (const SupProvider  *self);
SupProviderOrigin   sup_provider_get_origin               (const SupProvider  *self);
const char         *sup_provider_get_origin_name          (const SupProvider  *self);
const char * const *sup_provider_get_warnings             (const SupProvider  *self);
const char         *sup_provider_get_display_name         (const SupProvider  *self);

const char         *sup_provider_get_company_name         (const SupProvider  *self);
const char         *sup_provider_get_tag_line             (const SupProvider  *self);
const char         *sup_provider_get_website              (const SupProvider  *self);
const char         *sup_provider_get_logo                 (const SupProvider  *self);
const char         *sup_provider_get_logo_light           (const SupProvider  *self);
const char         *sup_provider_get_color                (const SupProvider  *self);
gboolean            sup_provider_is_suspended             (const SupProvider  *self);

SupProviderState    sup_provider_get_chat_state           (const SupProvider  *self);
MtxUserId          *sup_provider_get_support_id           (const SupProvider  *self);
const char         *sup_provider_get_chat_rejected        (const SupProvider  *self);
SupProviderState    sup_provider_get_feed_state           (const SupProvider  *self);
const char         *sup_provider_get_feed_room            (const SupProvider  *self);
const char * const *sup_provider_get_feed_via             (const SupProvider  *self);
SupProviderState    sup_provider_get_email_state          (const SupProvider  *self);
const char         *sup_provider_get_email_address        (const SupProvider  *self);
const char         *sup_provider_get_support_page         (const SupProvider  *self);

char               *sup_provider_dup_account_server       (const SupProvider  *self);
const char         *sup_provider_get_server_name          (const SupProvider  *self);
const char         *sup_provider_get_homeserver_url       (const SupProvider  *self);
const char         *sup_provider_get_registration_token   (const SupProvider  *self);
const char         *sup_provider_get_support_identity_key (const SupProvider  *self);
const char         *sup_provider_get_privacy_policy_url   (const SupProvider  *self);

char               *sup_provider_to_json                  (const SupProvider  *self);
SupProvider        *sup_provider_from_json                (const char         *json,
                                                           GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SupProvider, sup_provider_unref)

G_END_DECLS
