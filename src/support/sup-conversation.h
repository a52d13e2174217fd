/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chat with support: one encrypted direct room, found again or made once, and what may be written in it.
 */
#pragma once

#include "sup-types.h"

G_BEGIN_DECLS

/**
 * SupConversationState:
 * @SUP_CONVERSATION_NOT_SET_UP: the provider has no support chat (off, not set up, or an unusable address)
 * @SUP_CONVERSATION_PREPARING: there is no room yet; messages are kept and will be sent
 * @SUP_CONVERSATION_WAITING: support is invited and has not joined; messages are sent and readable when it does
 * @SUP_CONVERSATION_OPEN: support is in the room
 * @SUP_CONVERSATION_LEFT: support left, or declined the invitation
 * @SUP_CONVERSATION_REFUSED: the server will not make the room or invite support; see the error
 */
typedef enum
{
  SUP_CONVERSATION_NOT_SET_UP,
  SUP_CONVERSATION_PREPARING,
  SUP_CONVERSATION_WAITING,
  SUP_CONVERSATION_OPEN,
  SUP_CONVERSATION_LEFT,
  SUP_CONVERSATION_REFUSED,
} SupConversationState;

/**
 * SupEncryption:
 * @SUP_ENCRYPTION_PENDING: nothing is known yet; nothing is sent
 * @SUP_ENCRYPTION_ON: the room's state says it is encrypted with the algorithm we know
 * @SUP_ENCRYPTION_UNKNOWN: the room names an algorithm we do not know; nothing can be sent
 * @SUP_ENCRYPTION_UNREADABLE: encrypted, but support has no device that we may give the key to
 */
typedef enum
{
  SUP_ENCRYPTION_PENDING,
  SUP_ENCRYPTION_ON,
  SUP_ENCRYPTION_UNKNOWN,
  SUP_ENCRYPTION_UNREADABLE,
} SupEncryption;

#define SUP_TYPE_CONVERSATION_STATE (sup_conversation_state_get_type ())
#define SUP_TYPE_ENCRYPTION         (sup_encryption_get_type ())
#define SUP_TYPE_CONVERSATION       (sup_conversation_get_type ())

GType sup_conversation_state_get_type (void);
GType sup_encryption_get_type         (void);

G_DECLARE_FINAL_TYPE (SupConversation, sup_conversation, SUP, CONVERSATION, GObject)

/* Properties: "state", "encryption", "support-id" (string), "identity" (SupIdentity, nullable:
 * support's), "others" (GListModel of SupIdentity: unexpected people in the room), "blocking" (SupIdentity, nullable:
 * whose identity keeps messages from being sent), "timeline" (GListModel of MtxTimelineItem, oldest first), "unread-count" (uint),
 * "has-older" (boolean), "error-code" (int, an MtxError), "verification" (SupVerification, nullable: under way, or the
 * last one). Signal: "verification-requested" (SupVerification): support, or another device of ours, asks. */
SupConversationState sup_conversation_get_state        (SupConversation *self);
SupEncryption        sup_conversation_get_encryption   (SupConversation *self);
const char          *sup_conversation_get_support_id   (SupConversation *self);
SupIdentity         *sup_conversation_get_identity     (SupConversation *self);
GListModel          *sup_conversation_get_timeline     (SupConversation *self);
guint                sup_conversation_get_unread_count (SupConversation *self);
DexFuture           *sup_conversation_send_text        (SupConversation *self,
                                                        const char      *body);
DexFuture           *sup_conversation_retry            (SupConversation *self,
                                                        const char      *transaction_id);
DexFuture           *sup_conversation_delete           (SupConversation *self,
                                                        const char      *transaction_id);
DexFuture           *sup_conversation_load_older       (SupConversation *self);
void                 sup_conversation_mark_read        (SupConversation *self);
DexFuture           *sup_conversation_verify           (SupConversation *self);

G_END_DECLS
