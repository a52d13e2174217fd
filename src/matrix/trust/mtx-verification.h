/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One verification by short authentication string: two people, or two devices of one person, compare what their
 * screens show (specification, § Key verification framework and § Short Authentication String).
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_VERIFICATION_N_EMOJI    7
#define MTX_VERIFICATION_N_DECIMALS 3

/**
 * MtxVerificationState:
 * @MTX_VERIFICATION_REQUESTED_BY_US: we asked; nobody has answered yet
 * @MTX_VERIFICATION_REQUESTED_BY_THEM: they asked; accept or cancel
 * @MTX_VERIFICATION_READY: both sides want to; nobody has started yet
 * @MTX_VERIFICATION_STARTED: keys are being exchanged
 * @MTX_VERIFICATION_COMPARING: the short string is there to be compared
 * @MTX_VERIFICATION_CONFIRMED: it matches on our side; the other side, or the signature, is awaited
 * @MTX_VERIFICATION_DONE: both sides confirmed, and we signed
 * @MTX_VERIFICATION_CANCELLED: over without a result; see the code
 *
 * The order is that of a verification that succeeds; only the last state can follow any of the others but DONE.
 */
typedef enum
{
  MTX_VERIFICATION_REQUESTED_BY_US,
  MTX_VERIFICATION_REQUESTED_BY_THEM,
  MTX_VERIFICATION_READY,
  MTX_VERIFICATION_STARTED,
  MTX_VERIFICATION_COMPARING,
  MTX_VERIFICATION_CONFIRMED,
  MTX_VERIFICATION_DONE,
  MTX_VERIFICATION_CANCELLED,
} MtxVerificationState;

/* Codes of m.key.verification.cancel that we send or tell apart. */
#define MTX_CANCEL_USER                  "m.user"
#define MTX_CANCEL_TIMEOUT               "m.timeout"
#define MTX_CANCEL_UNKNOWN_TRANSACTION   "m.unknown_transaction"
#define MTX_CANCEL_UNKNOWN_METHOD        "m.unknown_method"
#define MTX_CANCEL_UNEXPECTED_MESSAGE    "m.unexpected_message"
#define MTX_CANCEL_KEY_MISMATCH          "m.key_mismatch"
#define MTX_CANCEL_USER_MISMATCH         "m.user_mismatch"
#define MTX_CANCEL_INVALID_MESSAGE       "m.invalid_message"
#define MTX_CANCEL_ACCEPTED              "m.accepted"
#define MTX_CANCEL_MISMATCHED_COMMITMENT "m.mismatched_commitment"
#define MTX_CANCEL_MISMATCHED_SAS        "m.mismatched_sas"

#define MTX_TYPE_VERIFICATION_STATE (mtx_verification_state_get_type ())
#define MTX_TYPE_VERIFICATION       (mtx_verification_get_type ())

GType mtx_verification_state_get_type (void);

G_DECLARE_FINAL_TYPE (MtxVerification, mtx_verification, MTX, VERIFICATION, GObject)

/* Properties, read-only and notified: "state"; "pressing" (boolean: asked by them, and for less than two minutes). */
MtxVerificationState  mtx_verification_get_state           (MtxVerification *self);
gboolean              mtx_verification_get_pressing        (MtxVerification *self);
const char           *mtx_verification_get_user_id         (MtxVerification *self);
const char           *mtx_verification_get_device_id       (MtxVerification *self);
const char           *mtx_verification_get_room_id         (MtxVerification *self);
const char           *mtx_verification_get_cancel_code     (MtxVerification *self);
gboolean              mtx_verification_is_cancelled_by_us  (MtxVerification *self);
gboolean              mtx_verification_get_emoji           (MtxVerification *self,
                                                            guint            indices[MTX_VERIFICATION_N_EMOJI]);
gboolean              mtx_verification_get_decimals        (MtxVerification *self,
                                                            guint            numbers[MTX_VERIFICATION_N_DECIMALS]);
void                  mtx_verification_accept              (MtxVerification *self);
void                  mtx_verification_confirm             (MtxVerification *self);
void                  mtx_verification_mismatch            (MtxVerification *self);
void                  mtx_verification_cancel              (MtxVerification *self);

G_END_DECLS
