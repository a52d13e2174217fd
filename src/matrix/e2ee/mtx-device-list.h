/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asks for other people's devices, as often as needed and no more (specification, § Tracking the device list
 * for a user; M15–M17).
 */
#pragma once

#include "mtx-crypto-engine.h"
#include "mtx-keys-reply.h"

G_BEGIN_DECLS

#define MTX_DEVICE_LIST_MAX_USERS 250 /* in one query (M16) */

#define MTX_TYPE_DEVICE_LIST (mtx_device_list_get_type ())

G_DECLARE_FINAL_TYPE (MtxDeviceList, mtx_device_list, MTX, DEVICE_LIST, GObject)

/* Signals: "changed" (user id): a device or identity is not as it was; "own-keys-seen" (MtxKeysReply): an
 * answer showed our own user. */
MtxDeviceList *mtx_device_list_new           (MtxHttp             *http,
                                              MtxCryptoEngine     *engine);
DexFuture     *mtx_device_list_refresh       (MtxDeviceList       *self,
                                              const char * const  *user_ids);
DexFuture     *mtx_device_list_ask_ahead     (MtxDeviceList       *self,
                                              const char * const  *user_ids);
DexFuture     *mtx_device_list_refresh_dirty (MtxDeviceList       *self);
void           mtx_device_list_expire        (MtxDeviceList       *self,
                                              const char * const  *user_ids);
gboolean       mtx_device_list_needs_refresh (MtxDeviceList       *self,
                                              const char * const  *user_ids);
DexFuture     *mtx_device_list_query_own     (MtxDeviceList       *self);

G_END_DECLS
