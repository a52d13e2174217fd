/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Matrix identifiers as values: checked once at the edge, opaque afterwards (specification, appendices
 * § Identifier Grammar). Room ids of room version 12 have no server part, so nobody may look for one.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_ID_MAX_BYTES          255
#define MTX_SERVER_NAME_MAX_BYTES 230

#define MTX_TYPE_USER_ID    (mtx_user_id_get_type ())
#define MTX_TYPE_ROOM_ID    (mtx_room_id_get_type ())
#define MTX_TYPE_ROOM_ALIAS (mtx_room_alias_get_type ())
#define MTX_TYPE_EVENT_ID   (mtx_event_id_get_type ())
#define MTX_TYPE_DEVICE_ID  (mtx_device_id_get_type ())

gboolean mtx_server_name_is_valid (const char *untrusted);

#define MTX_DECLARE_ID(Type, prefix)                               \
  GType       prefix##_get_type (void);                            \
  Type       *prefix##_new      (const char *untrusted,            \
                                 GError    **error);               \
  Type       *prefix##_ref      (Type *self);                      \
  void        prefix##_unref    (Type *self);                      \
  const char *prefix##_get      (const Type *self);                \
  gboolean    prefix##_equal    (gconstpointer a, gconstpointer b); \
  guint       prefix##_hash     (gconstpointer self);              \
  G_DEFINE_AUTOPTR_CLEANUP_FUNC (Type, prefix##_unref)

MTX_DECLARE_ID (MtxUserId, mtx_user_id)
MTX_DECLARE_ID (MtxRoomId, mtx_room_id)
MTX_DECLARE_ID (MtxRoomAlias, mtx_room_alias)
MTX_DECLARE_ID (MtxEventId, mtx_event_id)
MTX_DECLARE_ID (MtxDeviceId, mtx_device_id)

const char *mtx_user_id_get_server    (const MtxUserId *self);
char       *mtx_user_id_dup_localpart (const MtxUserId *self);
gboolean    mtx_user_id_is_historical (const MtxUserId *self);

G_END_DECLS
