/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chooses among the contacts of a support document, most of which are not a wallet's help desk (provider.md,
 * section 9).
 */
#pragma once

#include "sup-provider-fields.h"

G_BEGIN_DECLS

#define SUP_PROVIDER_CONTACTS_MAX 16

/**
 * SupProviderContact:
 * @support_id: (nullable): a Matrix account
 * @email: (nullable): a mailbox
 *
 * Whom to ask, on at least one of two ways; or on neither, if nobody is fit.
 */
typedef struct
{
  MtxUserId *support_id;
  char      *email;
} SupProviderContact;

SupProviderContact *sup_provider_contacts_choose (const SupProviderFields *document);
void                sup_provider_contact_free    (SupProviderContact      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SupProviderContact, sup_provider_contact_free)

G_END_DECLS
