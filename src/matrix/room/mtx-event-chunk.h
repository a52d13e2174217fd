/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of events that was asked for: a page of messages, the members, the state of a room.
 */
#pragma once

#include "mtx-event-private.h"

G_BEGIN_DECLS

typedef struct _MtxEventChunk MtxEventChunk;
typedef struct _MtxRequest    MtxRequest;

struct _MtxEventChunk
{
  GPtrArray *events;  /* of MtxEvent, in the server's order */
  char      *end;     /* token of the next page, or NULL if there is none */
  guint      bad;     /* elements that were no events of this room */
};

#define MTX_TYPE_EVENT_CHUNK (mtx_event_chunk_get_type ())

GType          mtx_event_chunk_get_type (void);
MtxEventChunk *mtx_event_chunk_ref      (MtxEventChunk *self);
void           mtx_event_chunk_unref    (MtxEventChunk *self);
DexFuture     *mtx_event_chunk_fetch    (MtxHttp       *http,
                                         MtxRequest    *request,
                                         const char    *room_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxEventChunk, mtx_event_chunk_unref)

G_END_DECLS
