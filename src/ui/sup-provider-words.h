/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is said about a provider, an input, or why it cannot be used: codes in, sentences out.
 */
#pragma once

#include "sup-provider-error.h"
#include "sup-provider-input.h"
#include "sup-provider.h"

G_BEGIN_DECLS

char      *sup_provider_words_for_error    (const GError     *error);
char      *sup_provider_words_for_input    (SupProviderInput *input);
char      *sup_provider_words_for_origin   (SupProvider      *provider);
GPtrArray *sup_provider_words_for_warnings (SupProvider      *provider);
char      *sup_provider_words_for_no_chat  (SupProvider      *provider);

G_END_DECLS
