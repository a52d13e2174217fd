/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a client makes and drives its conversation, and what the facets of a conversation share.
 */
#pragma once

#include "mtx-outbox.h"
#include "mtx-outside-list.h"
#include "mtx-session.h"
#include "mtx-sync-loop.h"
#include "mtx-timeline.h"
#include "sup-conversation.h"
#include "sup-identity.h"
#include "sup-verification.h"

G_BEGIN_DECLS

/* Whether anybody at support could read what is written now. */
typedef enum
{
  READERS_UNKNOWN, /* the server was not asked yet */
  READERS_NONE,
  READERS_SOME,
} Readers;

struct _SupConversation
{
  GObject parent_instance;

  /* Owned References */
  MtxSession     *session;
  char           *support_id;
  MtxOutbox      *outbox;
  MtxTimeline    *timeline;
  MtxOutsideList *shown; /* the timeline as the screens see it */
  MtxRoom        *room;
  MtxSyncLoop    *loop;         /* NULL while nothing is sent */
  SupIdentity    *identity;     /* of support */
  GListStore     *others;       /* of SupIdentity: whoever else is in the room */
  MtxOutsideList *shown_others; /* the same as the screens see it */
  SupIdentity    *blocking;     /* NULL: nobody's identity stands in the way */
  SupVerification *verification; /* under way, or the last one; NULL: none yet */
  char           *read_event_id;
  char           *told_event_id; /* what support was told of it */
  DexFuture      *telling;       /* NULL while there is nothing to tell, or nobody to tell it to */

  /* State */
  SupConversationState state;
  SupEncryption        encryption;
  Readers              readers;
  int                  error_code;
  guint                unread;
};

SupConversation *_sup_conversation_new   (MtxSession      *session,
                                          const char      *support_id);
DexFuture       *_sup_conversation_load  (SupConversation *self);
DexFuture       *_sup_conversation_start (SupConversation *self);
DexFuture       *_sup_conversation_close (SupConversation *self);

void             _sup_conversation_update        (SupConversation *self);

/* -receipts: how far the person has read. */
void             _sup_conversation_tell_read     (SupConversation *self);

/* -people: who can read, and whose identity stands in the way. */
void             _sup_conversation_fetch_keys    (SupConversation *self);
void             _sup_conversation_take_identity (SupConversation *self);
void             _sup_conversation_update_others (SupConversation *self);

/* -verify: comparing emoji. */
void             _sup_conversation_hear_requests (SupConversation *self);

G_END_DECLS
