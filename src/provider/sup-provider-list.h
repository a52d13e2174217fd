/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The providers a distributor installed beside the app (provider.md, section 8).
 */
#pragma once

#include "sup-provider.h"

G_BEGIN_DECLS

#define SUP_PROVIDER_LIST_MAX_FILES 32

GPtrArray *sup_provider_list_read (const char * const *data_dirs);
DexFuture *sup_provider_list_load (void);

G_END_DECLS
