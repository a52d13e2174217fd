/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a conversation makes the identities it shows.
 */
#pragma once

#include "sup-identity.h"

G_BEGIN_DECLS

typedef struct _MtxEncryption MtxEncryption;

SupIdentity *_sup_identity_new             (const char      *user_id);
void         _sup_identity_attach          (SupIdentity     *self,
                                            MtxEncryption   *encryption);
void         _sup_identity_look_up         (SupIdentity     *self);
void         _sup_identity_show            (SupIdentity     *self,
                                            MtxIdentityInfo *info,
                                            gboolean         no_identity_allowed);
guint        _sup_identity_get_signed      (SupIdentity     *self);
guint        _sup_identity_get_unsigned    (SupIdentity     *self);

G_END_DECLS
