/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Edits: events that say what another event should have said (S12).
 */
#pragma once

#include "mtx-event-private.h"

G_BEGIN_DECLS

gboolean  mtx_event_is_edit    (MtxEvent *event);
MtxEvent *mtx_event_new_edited (MtxEvent *original,
                                MtxEvent *edit);

G_END_DECLS
