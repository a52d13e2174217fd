/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files on the homeserver: bytes up, bytes down, nothing kept.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_MEDIA (mtx_media_get_type ())

G_DECLARE_FINAL_TYPE (MtxMedia, mtx_media, MTX, MEDIA, GObject)

gboolean   mtx_media_parse_uri (const char  *untrusted_uri,
                                char       **server_name,
                                char       **media_id,
                                GError     **error);
MtxMedia  *mtx_media_new       (MtxHttp     *http);
DexFuture *mtx_media_upload    (MtxMedia    *self,
                                GBytes      *bytes,
                                const char  *content_type);
DexFuture *mtx_media_download  (MtxMedia    *self,
                                const char  *untrusted_uri,
                                gsize        max_bytes);

G_END_DECLS
