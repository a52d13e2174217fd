/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the provider types, so that headers rarely need one another.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _SupProvider      SupProvider;
typedef struct _SupProviderInput SupProviderInput;

G_END_DECLS
