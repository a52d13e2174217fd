/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the facets of the application share.
 */
#pragma once

#include "sup-application.h"

G_BEGIN_DECLS

void _sup_application_add_actions (SupApplication *self);

G_END_DECLS
