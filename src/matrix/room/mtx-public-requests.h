/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The requests with which a room is read from outside, and those that join and leave it. There is none that sends.
 */
#pragma once

#include "mtx-event-chunk.h"

G_BEGIN_DECLS

typedef struct _MtxHttp        MtxHttp;
typedef struct _MtxRoomAddress MtxRoomAddress;

/* Where an alias leads. */
struct _MtxRoomAddress
{
  char  *room_id;
  GStrv  servers; /* that are in the room, as its directory says */
};

#define MTX_TYPE_ROOM_ADDRESS (mtx_room_address_get_type ())

GType           mtx_room_address_get_type        (void);
MtxRoomAddress *mtx_room_address_copy            (MtxRoomAddress     *self);
void            mtx_room_address_free            (MtxRoomAddress     *self);

DexFuture      *mtx_public_requests_resolve      (MtxHttp            *http,
                                                  const char         *alias);
DexFuture      *mtx_public_requests_fetch_page   (MtxHttp            *http,
                                                  const char         *room_id,
                                                  const char         *from);
DexFuture      *mtx_public_requests_fetch_state  (MtxHttp            *http,
                                                  const char         *room_id);
DexFuture      *mtx_public_requests_fetch_levels  (MtxHttp            *http,
                                                  const char         *room_id);
DexFuture      *mtx_public_requests_fetch_state_event (MtxHttp        *http,
                                                       const char     *room_id,
                                                       const char     *type);
DexFuture      *mtx_public_requests_leave        (MtxHttp            *http,
                                                  const char         *room_id);
DexFuture      *mtx_public_requests_join         (MtxHttp            *http,
                                                  const char         *room_id,
                                                  const char * const *servers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRoomAddress, mtx_room_address_free)

G_END_DECLS
