/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is known of a person's identity, in the user's words.
 */
#pragma once

#include "mtx-identity-info.h"
#include "sup-conversation.h"

G_BEGIN_DECLS

const char *sup_identity_words_title    (MtxIdentityState  state);
const char *sup_identity_words_meaning  (MtxIdentityState  state);
const char *sup_identity_words_icon     (MtxIdentityState  state);
const char *sup_identity_words_decision (MtxIdentityState  state);
char       *sup_identity_words_devices  (guint             n_signed,
                                         guint             n_unsigned);

G_END_DECLS
