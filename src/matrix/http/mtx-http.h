/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one door to the network: a request becomes a future of a parsed reply. One server, one token,
 * one set of limits; nothing that tells who we are beyond what the protocol needs.
 */
#pragma once

#include "mtx-reply.h"
#include "mtx-request.h"

G_BEGIN_DECLS

#define MTX_TYPE_HTTP (mtx_http_get_type ())

G_DECLARE_FINAL_TYPE (MtxHttp, mtx_http, MTX, HTTP, GObject)

gboolean    mtx_http_url_is_acceptable  (const char      *untrusted_url,
                                         GError         **error);
MtxHttp    *mtx_http_new                (const char      *base_url,
                                         GError         **error);
const char *mtx_http_get_base_url       (MtxHttp         *self);
MtxTokens  *mtx_http_get_tokens         (MtxHttp         *self);
void        mtx_http_set_tokens         (MtxHttp         *self,
                                         MtxTokens       *tokens);
void        mtx_http_set_proxy_resolver (MtxHttp         *self,
                                         GProxyResolver  *resolver);
DexFuture  *mtx_http_send               (MtxHttp         *self,
                                         MtxRequest      *request);
void        mtx_http_close              (MtxHttp         *self);

G_END_DECLS
