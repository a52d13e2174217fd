/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the decisions of the layers below become what the person can do.
 */
#pragma once

#include "sup-restore-error.h"

G_BEGIN_DECLS

GError *_sup_restore_error_new_for_form    (const GError *cause);
GError *_sup_restore_error_new_for_session (const GError *cause);

G_END_DECLS
