/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a fiber changes is told outside of it: properties, lists, its own end. Whoever listens may build widgets,
 * for which a fiber's stack is not made (style.md, section 3), and finds the fiber's work between two awaits done.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef void (*MtxOutsideFunc) (gpointer data);

void mtx_outside_call   (MtxOutsideFunc  func,
                         gpointer        data,
                         GDestroyNotify  destroy);
void mtx_outside_notify (GObjectClass   *klass);

G_END_DECLS
