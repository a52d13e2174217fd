/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What programs that stand in for a service on the session bus have in common.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void bus_service_say (const char                 *word);
void bus_service_run (const char                 *name,
                      const char                 *description,
                      const char * const         *paths,
                      const GDBusInterfaceVTable *vtable) G_GNUC_NORETURN;

G_END_DECLS
