/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Other people's devices and identities, as far as they were validated, and whose device lists are
 * followed. A key once seen stays: a device that disappears is marked deleted, never forgotten.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char *user_id;
  const char *device_id;
  const char *curve25519;
  const char *ed25519;
  const char *keys_json;      /* the signed object as it was validated */
  gint64      trust;          /* the engine's flags */
  gboolean    deleted;        /* no longer in the user's device list */
  gboolean    no_olm_sent;    /* m.no_olm was sent to it once (M20) */
  gint64      first_seen_at;
} MtxDeviceRow;

typedef struct
{
  const char *user_id;
  const char *master_json;
  const char *self_signing_json;
  const char *user_signing_json;    /* or NULL: only our own is visible */
  const char *pinned_master_key;    /* the first one seen, until a change is acknowledged */
  gboolean    verified;
  gboolean    changed;              /* differs from the pinned one and not yet acknowledged */
  gint64      first_seen_at;
} MtxIdentityRow;

typedef struct
{
  const char *user_id;
  gboolean    dirty;                /* the device list must be fetched */
  gint64      generation;           /* counts the times it became dirty (late answers change nothing) */
} MtxTrackedUserRow;

MTX_DECLARE_ROW (MtxDeviceRow, mtx_device_row)
MTX_DECLARE_ROW (MtxIdentityRow, mtx_identity_row)
MTX_DECLARE_ROW (MtxTrackedUserRow, mtx_tracked_user_row)

DexFuture *mtx_device_store_load_devices        (MtxDb                   *db,
                                                 const char * const      *user_ids);
DexFuture *mtx_device_store_load_devices_by_key (MtxDb                   *db,
                                                 const char              *curve25519);
void       mtx_device_store_put_device          (MtxChangeSet            *changes,
                                                 const MtxDeviceRow      *row);

DexFuture *mtx_device_store_load_identities     (MtxDb                   *db,
                                                 const char * const      *user_ids);
DexFuture *mtx_device_store_load_verified       (MtxDb                   *db);
void       mtx_device_store_put_identity        (MtxChangeSet            *changes,
                                                 const MtxIdentityRow    *row);

DexFuture *mtx_device_store_load_tracked_users  (MtxDb                   *db);
void       mtx_device_store_put_tracked_user    (MtxChangeSet            *changes,
                                                 const MtxTrackedUserRow *row);
void       mtx_device_store_delete_tracked_user (MtxChangeSet            *changes,
                                                 const char              *user_id);

G_END_DECLS
