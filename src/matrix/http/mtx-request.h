/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request as a value: which endpoint, with which arguments, query and body, and what may come back.
 * It is filled before it is handed to mtx_http_send () and never changed afterwards, so it can be sent again.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

/* What may come back and how long it may take, unless the request says otherwise. */
#define MTX_REQUEST_MAX_REPLY_BYTES (1024 * 1024)
#define MTX_REQUEST_SYNC_MAX_BYTES  (32 * 1024 * 1024)
#define MTX_REQUEST_TIMEOUT_MS      (30 * 1000)

/**
 * MtxRequestFlags:
 * @MTX_REQUEST_DEFAULT: with the token when there is one, JSON back
 * @MTX_REQUEST_ANONYMOUS: the token is never sent
 * @MTX_REQUEST_ACCEPT_UIA: 401 with stages (specification, § User-Interactive Authentication API) is a reply, not an error
 * @MTX_REQUEST_RAW_REPLY: the body of a success comes back as bytes, unparsed
 */
typedef enum
{
  MTX_REQUEST_DEFAULT    = 0,
  MTX_REQUEST_ANONYMOUS  = 1 << 0,
  MTX_REQUEST_ACCEPT_UIA = 1 << 1,
  MTX_REQUEST_RAW_REPLY  = 1 << 2,
} MtxRequestFlags;

#define MTX_TYPE_REQUEST (mtx_request_get_type ())

GType            mtx_request_get_type        (void);
MtxRequest      *mtx_request_new             (const char      *endpoint,
                                              ...) G_GNUC_NULL_TERMINATED;
MtxRequest      *mtx_request_ref             (MtxRequest      *self);
void             mtx_request_unref           (MtxRequest      *self);
void             mtx_request_add_query       (MtxRequest      *self,
                                              const char      *name,
                                              const char      *value);
void             mtx_request_set_body        (MtxRequest      *self,
                                              JsonObject      *body);
void             mtx_request_add_secret      (MtxRequest      *self,
                                              const char      *member,
                                              MtxSecretBytes  *text);
void             mtx_request_set_bytes       (MtxRequest      *self,
                                              GBytes          *bytes,
                                              const char      *content_type);
MtxRequestFlags  mtx_request_get_flags       (MtxRequest      *self);
void             mtx_request_set_flags       (MtxRequest      *self,
                                              MtxRequestFlags  flags);
guint            mtx_request_get_timeout_ms  (MtxRequest      *self);
void             mtx_request_set_timeout_ms  (MtxRequest      *self,
                                              guint            timeout_ms);
gsize            mtx_request_get_max_reply   (MtxRequest      *self);
void             mtx_request_set_max_reply   (MtxRequest      *self,
                                              gsize            max_bytes);
const char      *mtx_request_get_method      (MtxRequest      *self);
char            *mtx_request_dup_target      (MtxRequest      *self);
GBytes          *mtx_request_dup_body        (MtxRequest      *self,
                                              const char     **content_type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxRequest, mtx_request_unref)

G_END_DECLS
