/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Consent: who the provider says it is, what is not shared, and one button. Touches no network.
 */
#pragma once

#include <adwaita.h>

#include "sup-provider.h"

G_BEGIN_DECLS

#define SUP_TYPE_PROVIDER_PAGE (sup_provider_page_get_type ())

G_DECLARE_FINAL_TYPE (SupProviderPage, sup_provider_page, SUP, PROVIDER_PAGE, AdwNavigationPage)

SupProviderPage *sup_provider_page_new          (SupProvider     *provider);
SupProvider     *sup_provider_page_get_provider (SupProviderPage *self);

G_END_DECLS
