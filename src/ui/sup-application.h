/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The application: its life cycle, its one window, and the list of providers that everything hangs on.
 */
#pragma once

#include <adwaita.h>

#include "sup-client-list.h"

G_BEGIN_DECLS

#define SUP_TYPE_APPLICATION (sup_application_get_type ())

G_DECLARE_FINAL_TYPE (SupApplication, sup_application, SUP, APPLICATION, AdwApplication)

SupApplication *sup_application_new         (void);
SupClientList  *sup_application_get_clients (SupApplication *self);

G_END_DECLS
