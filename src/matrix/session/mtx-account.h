/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server gave when it made an account or let us in.
 */
#pragma once

#include "mtx-credentials.h"

G_BEGIN_DECLS

typedef struct _MtxAccount MtxAccount;

struct _MtxAccount
{
  char      *user_id;
  char      *device_id;
  MtxTokens *tokens;
};

#define MTX_TYPE_ACCOUNT (mtx_account_get_type ())

GType       mtx_account_get_type       (void);
MtxAccount *mtx_account_new_from_reply (JsonObject     *untrusted_body,
                                        MtxCredentials *credentials,
                                        GError        **error);
MtxAccount *mtx_account_copy           (MtxAccount     *self);
void        mtx_account_free           (MtxAccount     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxAccount, mtx_account_free)

G_END_DECLS
