/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may do what in a room: m.room.power_levels and the room's creators, read defensively.
 */
#pragma once

#include "mtx-room-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_POWER_LEVELS (mtx_power_levels_get_type ())

GType           mtx_power_levels_get_type      (void);
MtxPowerLevels *mtx_power_levels_new           (JsonObject         *untrusted_power_levels,
                                                const char * const *creators,
                                                const char         *room_version);
MtxPowerLevels *mtx_power_levels_ref           (MtxPowerLevels     *self);
void            mtx_power_levels_unref         (MtxPowerLevels     *self);
gint64          mtx_power_levels_get_level     (MtxPowerLevels     *self,
                                                const char         *user_id);
gboolean        mtx_power_levels_can_moderate  (MtxPowerLevels     *self,
                                                const char         *user_id);
gboolean        mtx_power_levels_can_send      (MtxPowerLevels     *self,
                                                const char         *user_id,
                                                const char         *type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxPowerLevels, mtx_power_levels_unref)

G_END_DECLS
