/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a homeserver sends people to log in with OAuth 2.0 (specification, § OAuth 2.0 API), and who we are there.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

typedef struct _MtxOAuthServer MtxOAuthServer;
typedef struct _MtxOAuthClient MtxOAuthClient;

/* Addresses we would connect to, none with a query. */
struct _MtxOAuthServer
{
  char     *issuer;
  char     *authorization_endpoint;
  char     *token_endpoint;
  char     *registration_endpoint;
  char     *revocation_endpoint;
  gboolean  can_register_people; /* it knows `prompt=create` */
};

/* What renewing and revoking need as long as the session lives. */
struct _MtxOAuthClient
{
  char *client_id;
  char *token_endpoint;
  char *revocation_endpoint;
};

#define MTX_TYPE_OAUTH_SERVER (mtx_oauth_server_get_type ())
#define MTX_TYPE_OAUTH_CLIENT (mtx_oauth_client_get_type ())

GType           mtx_oauth_server_get_type      (void);
DexFuture      *mtx_oauth_server_discover      (MtxHttp               *http);
MtxOAuthServer *mtx_oauth_server_new_from_json (JsonObject            *untrusted_metadata,
                                                GError               **error);
MtxOAuthServer *mtx_oauth_server_copy          (const MtxOAuthServer  *self);
void            mtx_oauth_server_free          (MtxOAuthServer        *self);

GType           mtx_oauth_client_get_type      (void);
MtxOAuthClient *mtx_oauth_client_new           (const char            *client_id,
                                                const char            *token_endpoint,
                                                const char            *revocation_endpoint);
MtxOAuthClient *mtx_oauth_client_new_from_text (const char            *untrusted_text);
char           *mtx_oauth_client_to_text       (const MtxOAuthClient  *self);
MtxOAuthClient *mtx_oauth_client_copy          (const MtxOAuthClient  *self);
void            mtx_oauth_client_free          (MtxOAuthClient        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxOAuthServer, mtx_oauth_server_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxOAuthClient, mtx_oauth_client_free)

G_END_DECLS
