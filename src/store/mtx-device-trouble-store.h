/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What went wrong with other people's devices and is to be made good, over any restart: Olm sessions that
 * broke, and stretches of syncing of which nobody told whose devices changed.
 */
#pragma once

#include "mtx-store-types.h"

G_BEGIN_DECLS

typedef struct
{
  const char *user_id;
  const char *curve25519;
  gboolean    wanted;      /* a new session is still to be begun */
  gint64      began_at;    /* when the last one was; 0: never */
} MtxWedgedDeviceRow;

typedef struct
{
  const char *from_token;
  const char *to_token;
} MtxDeviceListGapRow;

MTX_DECLARE_ROW (MtxWedgedDeviceRow, mtx_wedged_device_row)
MTX_DECLARE_ROW (MtxDeviceListGapRow, mtx_device_list_gap_row)

DexFuture *mtx_device_trouble_store_load_wedged (MtxDb                     *db);
void       mtx_device_trouble_store_note_wedged (MtxChangeSet              *changes,
                                                 const char                *user_id,
                                                 const char                *curve25519);
void       mtx_device_trouble_store_put_wedged  (MtxChangeSet              *changes,
                                                 const MtxWedgedDeviceRow  *row);

DexFuture *mtx_device_trouble_store_load_gaps   (MtxDb                     *db);
void       mtx_device_trouble_store_put_gap     (MtxChangeSet              *changes,
                                                 const MtxDeviceListGapRow *row);
void       mtx_device_trouble_store_delete_gap  (MtxChangeSet              *changes,
                                                 const char                *from_token);

G_END_DECLS
