/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue itself, for the family.
 */
#pragma once

#include "mtx-outside.h"

G_BEGIN_DECLS

void _mtx_outside_queue (MtxOutsideFunc  func,
                         gpointer        data,
                         GDestroyNotify  destroy);

G_END_DECLS
