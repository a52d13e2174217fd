/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging in with the browser (OAuth 2.0; specification, § OAuth 2.0 API; protocol.md § 10.2), for people who bring
 * an account. The password stays between the browser and the server.
 */
#pragma once

#include "mtx-account.h"
#include "mtx-oauth-server.h"

G_BEGIN_DECLS

/**
 * MtxOAuthPurpose:
 * @MTX_OAUTH_LOG_IN: the account exists
 * @MTX_OAUTH_REGISTER: the page shall offer to make one, where the server can do that
 */
typedef enum
{
  MTX_OAUTH_LOG_IN,
  MTX_OAUTH_REGISTER,
} MtxOAuthPurpose;

/* Shows @url in the person's browser. */
typedef void (*MtxOAuthBrowserFunc) (const char *url,
                                     gpointer    data);

DexFuture *mtx_oauth_log_in      (MtxHttp              *http,
                                  const char           *device_id,
                                  MtxOAuthPurpose       purpose,
                                  const char           *parting_words,
                                  MtxOAuthBrowserFunc   browser,
                                  gpointer              data,
                                  GDestroyNotify        destroy);
DexFuture *mtx_oauth_renew       (const MtxOAuthClient *client,
                                  MtxSecretBytes       *refresh);
DexFuture *mtx_oauth_revoke      (const MtxOAuthClient *client,
                                  MtxTokens            *tokens);

G_END_DECLS
