/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers of a server, put together by hand.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonObject *mtx_test_ensure_object (JsonObject *parent,
                                    const char *name);

G_END_DECLS
