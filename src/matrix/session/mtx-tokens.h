/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Access and refresh token of one session (specification, § Refreshing access tokens): renewed one at a
 * time, and kept on disk before the first use.
 */
#pragma once

#include "mtx-oauth-server.h"

G_BEGIN_DECLS

/* Keeps new tokens; resolves when they are safely stored. @refresh is NULL when the server gave none. */
typedef DexFuture *(*MtxTokensSaver) (MtxSecretBytes *access,
                                      MtxSecretBytes *refresh,
                                      gpointer        data);

#define MTX_TYPE_TOKENS (mtx_tokens_get_type ())

G_DECLARE_FINAL_TYPE (MtxTokens, mtx_tokens, MTX, TOKENS, GObject)

MtxTokens      *mtx_tokens_new        (MtxSecretBytes  *access,
                                       MtxSecretBytes  *refresh);
MtxTokens      *mtx_tokens_new_from_reply (JsonObject  *untrusted_body,
                                           GError     **error);
void            mtx_tokens_set_saver  (MtxTokens       *self,
                                       MtxTokensSaver   saver,
                                       gpointer         data,
                                       GDestroyNotify   destroy);
void            mtx_tokens_set_client (MtxTokens       *self,
                                       const MtxOAuthClient *client);
const MtxOAuthClient *mtx_tokens_get_client (MtxTokens *self);
MtxSecretBytes *mtx_tokens_dup_access  (MtxTokens      *self);
MtxSecretBytes *mtx_tokens_dup_refresh (MtxTokens      *self);
DexFuture      *mtx_tokens_renew       (MtxTokens      *self,
                                        MtxHttp        *http,
                                        MtxSecretBytes *refused_access);

G_END_DECLS
