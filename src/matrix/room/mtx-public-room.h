/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room that is read without being in it, where the room allows that: alias, state, and pages of messages.
 */
#pragma once

#include "mtx-event.h"
#include "mtx-power-levels.h"

G_BEGIN_DECLS

#define MTX_TYPE_PUBLIC_ROOM (mtx_public_room_get_type ())
#define MTX_TYPE_PUBLIC_PAGE (mtx_public_page_get_type ())

G_DECLARE_FINAL_TYPE (MtxPublicRoom, mtx_public_room, MTX, PUBLIC_ROOM, GObject)

/* One answer of /messages, newest first; bad events were skipped. */
struct _MtxPublicPage
{
  GPtrArray *events;   /* of MtxEvent */
  char      *older;    /* token of the next older page; NULL at the beginning of the room */
};

GType           mtx_public_page_get_type          (void);
MtxPublicPage  *mtx_public_page_ref               (MtxPublicPage *self);
void            mtx_public_page_unref             (MtxPublicPage *self);

MtxPublicRoom  *mtx_public_room_new               (MtxHttp       *http,
                                                   const char    *alias_or_id);
const char     *mtx_public_room_get_id            (MtxPublicRoom *self);
const char     *mtx_public_room_get_name          (MtxPublicRoom *self);
MtxPowerLevels *mtx_public_room_get_power_levels  (MtxPublicRoom *self);
DexFuture      *mtx_public_room_resolve           (MtxPublicRoom *self);
DexFuture      *mtx_public_room_peek              (MtxPublicRoom *self);
DexFuture      *mtx_public_room_join              (MtxPublicRoom *self);
DexFuture      *mtx_public_room_load_page         (MtxPublicRoom *self,
                                                   const char    *older,
                                                   guint          max_events);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxPublicPage, mtx_public_page_unref)

G_END_DECLS
