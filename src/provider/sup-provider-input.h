/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a file or a pasted text turned out to be: a provider, a place to fetch one from, or a domain to ask.
 * A value, immutable.
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

/**
 * SupProviderInputKind:
 * @SUP_PROVIDER_INPUT_PROVIDER: a provider record
 * @SUP_PROVIDER_INPUT_FETCH: the record has to be fetched with a login (provider.md, section 5)
 * @SUP_PROVIDER_INPUT_LOOKUP: a domain that may publish a record (provider.md, section 9)
 */
typedef enum
{
  SUP_PROVIDER_INPUT_PROVIDER,
  SUP_PROVIDER_INPUT_FETCH,
  SUP_PROVIDER_INPUT_LOOKUP,
} SupProviderInputKind;

#define SUP_TYPE_PROVIDER_INPUT (sup_provider_input_get_type ())

GType                 sup_provider_input_get_type     (void);
SupProviderInput     *sup_provider_input_new_provider (SupProvider      *provider);
SupProviderInput     *sup_provider_input_new_fetch    (const char       *base,
                                                       const char       *login,
                                                       MtxSecretBytes   *password,
                                                       gboolean          guest);
SupProviderInput     *sup_provider_input_new_lookup   (const char       *domain);
SupProviderInput     *sup_provider_input_ref          (SupProviderInput *self);
void                  sup_provider_input_unref        (SupProviderInput *self);

SupProviderInputKind  sup_provider_input_get_kind     (SupProviderInput *self);
SupProvider          *sup_provider_input_get_provider (SupProviderInput *self);
const char           *sup_provider_input_get_base     (SupProviderInput *self);
const char           *sup_provider_input_get_login    (SupProviderInput *self);
MtxSecretBytes       *sup_provider_input_get_password (SupProviderInput *self);
gboolean              sup_provider_input_is_guest     (SupProviderInput *self);
const char           *sup_provider_input_get_domain   (SupProviderInput *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SupProviderInput, sup_provider_input_unref)

G_END_DECLS
