/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bundles of room keys that were offered to us, and the invitations that make them wanted.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char *room_id;
  const char *sender;
  const char *curve25519;  /* of the device it came from */
  const char *ed25519;     /* of that device, as it says itself */
  const char *file;        /* JSON of the encrypted file that holds the keys */
  gint64      received_at; /* time */
} MtxRoomKeyBundleRow;

MTX_DECLARE_ROW (MtxRoomKeyBundleRow, mtx_room_key_bundle_row)

void       mtx_room_key_bundle_store_put_invited  (MtxChangeSet              *changes,
                                                   const char                *room_id,
                                                   const char                *inviter);
void       mtx_room_key_bundle_store_put_accepted (MtxChangeSet              *changes,
                                                   const char                *room_id,
                                                   gint64                     now);
void       mtx_room_key_bundle_store_forget_room  (MtxChangeSet              *changes,
                                                   const char                *room_id);
void       mtx_room_key_bundle_store_put          (MtxChangeSet              *changes,
                                                   const MtxRoomKeyBundleRow *row);
void       mtx_room_key_bundle_store_delete       (MtxChangeSet              *changes,
                                                   const char                *room_id,
                                                   const char                *sender);
DexFuture *mtx_room_key_bundle_store_load_due     (MtxDb                     *db,
                                                   gint64                     now);

G_END_DECLS
