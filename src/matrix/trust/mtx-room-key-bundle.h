/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands in the file of a room-key bundle (MSC4268).
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_ROOM_KEY_BUNDLE_MAX_KEYS 10000

GPtrArray *mtx_room_key_bundle_read (const char  *untrusted,
                                     gsize        length,
                                     const char  *room_id,
                                     GError     **error);

G_END_DECLS
