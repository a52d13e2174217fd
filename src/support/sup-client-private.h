/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the list makes its clients.
 */
#pragma once

#include "sup-client.h"

G_BEGIN_DECLS

SupClient *_sup_client_new          (MtxKeyring  *keyring,
                                     const char  *data_dir,
                                     const char  *key,
                                     SupProvider *provider);
void       _sup_client_set_provider (SupClient   *self,
                                     SupProvider *provider);

G_END_DECLS
