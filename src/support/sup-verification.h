/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One verification as a dialog shows it: who asks whom, seven emoji to compare, and how it ended.
 */
#pragma once

#include "sup-types.h"

G_BEGIN_DECLS

#define SUP_VERIFICATION_N_EMOJI    7
#define SUP_VERIFICATION_N_DECIMALS 3

/**
 * SupVerificationState:
 * @SUP_VERIFICATION_ASKED_BY_US: waiting for the other side to accept
 * @SUP_VERIFICATION_ASKED_BY_THEM: accept, or cancel
 * @SUP_VERIFICATION_PREPARING: both sides agreed; keys are being exchanged
 * @SUP_VERIFICATION_COMPARING: the emoji are there: confirm, or report a mismatch
 * @SUP_VERIFICATION_CONFIRMED: they match on our side; waiting for the other side
 * @SUP_VERIFICATION_DONE: verified
 * @SUP_VERIFICATION_CANCELLED: over without a result; see the reason
 */
typedef enum
{
  SUP_VERIFICATION_ASKED_BY_US,
  SUP_VERIFICATION_ASKED_BY_THEM,
  SUP_VERIFICATION_PREPARING,
  SUP_VERIFICATION_COMPARING,
  SUP_VERIFICATION_CONFIRMED,
  SUP_VERIFICATION_DONE,
  SUP_VERIFICATION_CANCELLED,
} SupVerificationState;

/**
 * SupVerificationReason:
 * @SUP_VERIFICATION_NOT_CANCELLED: it was not
 * @SUP_VERIFICATION_BY_US: the user cancelled or declined
 * @SUP_VERIFICATION_BY_THEM: the other side cancelled or declined
 * @SUP_VERIFICATION_TIMED_OUT: nobody answered in time
 * @SUP_VERIFICATION_MISMATCH: emoji or keys do not match: somebody may be in between
 * @SUP_VERIFICATION_ELSEWHERE: another device of ours took it up
 * @SUP_VERIFICATION_FAILED: the two programs did not understand each other; try again
 */
typedef enum
{
  SUP_VERIFICATION_NOT_CANCELLED,
  SUP_VERIFICATION_BY_US,
  SUP_VERIFICATION_BY_THEM,
  SUP_VERIFICATION_TIMED_OUT,
  SUP_VERIFICATION_MISMATCH,
  SUP_VERIFICATION_ELSEWHERE,
  SUP_VERIFICATION_FAILED,
} SupVerificationReason;

#define SUP_TYPE_VERIFICATION_STATE  (sup_verification_state_get_type ())
#define SUP_TYPE_VERIFICATION_REASON (sup_verification_reason_get_type ())
#define SUP_TYPE_VERIFICATION        (sup_verification_get_type ())

GType sup_verification_state_get_type  (void);
GType sup_verification_reason_get_type (void);

G_DECLARE_FINAL_TYPE (SupVerification, sup_verification, SUP, VERIFICATION, GObject)

/* Properties, all read-only and notified: "state", "reason", "pressing" (boolean: the request is young enough to
 * open a dialog by itself). A SupConversation has the property "verification" (SupVerification, nullable: the one
 * under way or last ended), emits "verification-requested" when somebody asks, and starts one with
 * sup_conversation_verify (). */
SupVerificationState  sup_verification_get_state    (SupVerification *self);
SupVerificationReason sup_verification_get_reason   (SupVerification *self);
const char           *sup_verification_get_user_id  (SupVerification *self);
gboolean              sup_verification_is_own       (SupVerification *self);
gboolean              sup_verification_get_pressing (SupVerification *self);
gboolean              sup_verification_get_emoji    (SupVerification *self,
                                                     guint            indices[SUP_VERIFICATION_N_EMOJI]);
gboolean              sup_verification_get_decimals (SupVerification *self,
                                                     guint            numbers[SUP_VERIFICATION_N_DECIMALS]);
void                  sup_verification_accept       (SupVerification *self);
void                  sup_verification_confirm      (SupVerification *self);
void                  sup_verification_mismatch     (SupVerification *self);
void                  sup_verification_cancel       (SupVerification *self);

G_END_DECLS
