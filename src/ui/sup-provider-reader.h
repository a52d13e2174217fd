/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lets a person choose a provider file, and reads it.
 */
#pragma once

#include <gtk/gtk.h>
#include <libdex.h>

G_BEGIN_DECLS

DexFuture *sup_provider_reader_choose       (GtkWindow    *window);
DexFuture *sup_provider_reader_read         (GFile        *file);
gboolean   sup_provider_reader_is_dismissed (const GError *error);

G_END_DECLS
