/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a client makes and drives its conversation.
 */
#pragma once

#include "mtx-session.h"
#include "sup-conversation.h"

G_BEGIN_DECLS

SupConversation *_sup_conversation_new   (MtxSession      *session,
                                          const char      *support_id);
DexFuture       *_sup_conversation_load  (SupConversation *self);
DexFuture       *_sup_conversation_start (SupConversation *self);
DexFuture       *_sup_conversation_close (SupConversation *self);

G_END_DECLS
