/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a room key is used up: a value read from a room's `m.room.encryption`, within bounds no room can
 * leave (specification, Megolm § rotation).
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS G_GINT64_CONSTANT (604800000)
#define MTX_MEGOLM_ROTATION_MIN_PERIOD_MS     G_GINT64_CONSTANT (3600000)
#define MTX_MEGOLM_ROTATION_DEFAULT_MESSAGES  100
#define MTX_MEGOLM_ROTATION_MAX_MESSAGES      10000

struct _MtxMegolmRotation
{
  gint64  period_ms;
  guint32 messages;
};

void     mtx_megolm_rotation_init   (MtxMegolmRotation       *self,
                                     JsonObject              *untrusted_content);
gboolean mtx_megolm_rotation_is_due (const MtxMegolmRotation *self,
                                     gint64                   created_ms,
                                     guint32                  messages_sent,
                                     gint64                   now_ms);

G_END_DECLS
