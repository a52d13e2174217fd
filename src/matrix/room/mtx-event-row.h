/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events to and from the rows of the event store.
 */
#pragma once

#include "mtx-event-private.h"
#include "mtx-event-store.h"

G_BEGIN_DECLS

/* Called with a row whose pointers live for the call only. */
typedef void (*MtxEventRowFunc) (const MtxEventRow *row,
                                 gpointer           data);

MtxEvent *mtx_event_new_from_row (MtxEventRow      *row);
void      mtx_event_to_row       (MtxEvent         *self,
                                  gboolean          echo,
                                  MtxEventRowFunc   func,
                                  gpointer          data);

G_END_DECLS
