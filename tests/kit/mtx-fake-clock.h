/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Time that a test moves by hand: while it is installed, mtx_future_after() waits for
 * mtx_fake_clock_advance() instead of the system's clock.
 */
#pragma once

#include "mtx-await.h"

G_BEGIN_DECLS

void   mtx_fake_clock_install   (void);
void   mtx_fake_clock_uninstall (void);
void   mtx_fake_clock_advance   (gint64 milliseconds);
guint  mtx_fake_clock_count     (void);
gint64 mtx_fake_clock_next      (void);

G_END_DECLS
