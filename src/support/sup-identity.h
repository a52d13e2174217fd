/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who somebody in the conversation is: the identity as it is shown now, as it was before, and what the person in
 * front of the screen can decide about it.
 */
#pragma once

#include "mtx-identity-info.h"
#include "sup-types.h"

G_BEGIN_DECLS

#define SUP_TYPE_IDENTITY (sup_identity_get_type ())

G_DECLARE_FINAL_TYPE (SupIdentity, sup_identity, SUP, IDENTITY, GObject)

/* Properties, all read-only and notified: "user-id" (string), "state" (MtxIdentityState), "fingerprint" (string,
 * nullable: the public master key in groups of four), "previous-fingerprint" (string, nullable: what it was before it
 * changed), "signed-devices", "unsigned-devices" (uint), "no-identity-allowed" (boolean: messages also go out if the
 * person has no identity), "blocking" (boolean: nothing is sent before somebody decided). */
const char       *sup_identity_get_user_id             (SupIdentity *self);
MtxIdentityState  sup_identity_get_state               (SupIdentity *self);
gboolean          sup_identity_get_blocking            (SupIdentity *self);
DexFuture        *sup_identity_acknowledge             (SupIdentity *self);
DexFuture        *sup_identity_withdraw                (SupIdentity *self);
DexFuture        *sup_identity_set_no_identity_allowed (SupIdentity *self,
                                                        gboolean     allowed);

G_END_DECLS
