/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue of an outbox, shared by its two halves: what waits, and how it is sent; and how a message leaves for
 * the timeline.
 */
#pragma once

#include "mtx-backoff.h"
#include "mtx-outbox-store.h"
#include "mtx-outbox.h"

G_BEGIN_DECLS

#define MTX_OUTBOX_MESSAGE_TYPE    "m.room.message"
#define MTX_OUTBOX_MAX_ENTRY_BYTES (1024 * 1024)

typedef struct
{
  MtxTimelineItem *item;      /* names the entry: its transaction id */
  char            *room_id;   /* the room @encrypted is for, or NULL */
  char            *content;   /* JSON */
  char            *encrypted; /* JSON, or NULL */
} MtxOutboxEntry;

struct _MtxOutbox
{
  GObject        parent_instance;

  /* owned */
  MtxDb         *db;
  char          *conversation;
  MtxRoom       *room;       /* NULL until bound, like the next two */
  MtxHttp       *http;
  MtxEncryption *encryption;
  GPtrArray     *entries;    /* of MtxOutboxEntry, in the order of sending */
  DexPromise    *wake;       /* what the sender waits for */
  DexFuture     *sender;     /* NULL until bound */

  /* state */
  MtxBackoff     backoff;
  gboolean       closed;
};

MtxTimelineItem *_mtx_outbox_find       (MtxOutbox      *self,
                                         const char     *transaction_id,
                                         guint          *position);
void             _mtx_outbox_take       (MtxOutbox      *self,
                                         guint           position);

/* Between the halves. */
MtxOutboxEntry  *_mtx_outbox_find_entry (MtxOutbox      *self,
                                         const char     *transaction_id,
                                         guint          *position);
gboolean         _mtx_outbox_put_state  (MtxOutbox      *self,
                                         const char     *transaction_id,
                                         MtxOutboxState  state,
                                         int             code,
                                         GError        **error);
void             _mtx_outbox_emit_sent  (MtxOutbox      *self,
                                         const char     *transaction_id,
                                         MtxEvent       *event);
DexFuture       *_mtx_outbox_run_sender (MtxOutbox      *self);

G_END_DECLS
