/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an account may be made, as the provider says; or which account shall come back, as the person says.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

struct _MtxAccountHints
{
  char           *server_name;
  char           *homeserver_url;
  char           *registration_token;

  /* The restore form; NULL otherwise. */
  char           *user_id;
  MtxSecretBytes *security_key; /* 32 bytes; or NULL: */
  MtxSecretBytes *passphrase;   /* text */
  MtxSecretBytes *password;     /* text; NULL: derived from the security key */
  char           *provider;     /* the record to keep if the account has none; or NULL */
};

#define MTX_TYPE_ACCOUNT_HINTS (mtx_account_hints_get_type ())

GType            mtx_account_hints_get_type    (void);
MtxAccountHints *mtx_account_hints_new         (const char            *server_name,
                                                const char            *homeserver_url,
                                                const char            *registration_token);
MtxAccountHints *mtx_account_hints_new_restore (const char            *untrusted_user_id,
                                                const char            *homeserver_url,
                                                MtxSecretBytes        *secret,
                                                MtxSecretBytes        *password,
                                                const char            *provider,
                                                GError               **error);
MtxAccountHints *mtx_account_hints_copy        (const MtxAccountHints *self);
void             mtx_account_hints_free        (MtxAccountHints       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxAccountHints, mtx_account_hints_free)

G_END_DECLS
