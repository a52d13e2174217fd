/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The part of a room's posts that is in memory: events by the position the store gave them, newest first.
 */
#pragma once

#include "mtx-event.h"

G_BEGIN_DECLS

typedef struct _MtxPublicWindow MtxPublicWindow;

MtxPublicWindow *mtx_public_window_new    (void);
void             mtx_public_window_free   (MtxPublicWindow *self);
guint            mtx_public_window_get_n  (MtxPublicWindow *self);
MtxEvent        *mtx_public_window_get    (MtxPublicWindow *self,
                                           guint            index);
gboolean         mtx_public_window_add    (MtxPublicWindow *self,
                                           gint64           position,
                                           MtxEvent        *event);
gboolean         mtx_public_window_remove (MtxPublicWindow *self,
                                           const char      *event_id);
void             mtx_public_window_clear  (MtxPublicWindow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxPublicWindow, mtx_public_window_free)

G_END_DECLS
