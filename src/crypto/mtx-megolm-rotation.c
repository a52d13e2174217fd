/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a room key is used up: a value read from a room's `m.room.encryption`, within bounds no room can
 * leave. Pure: it knows no clock and no session.
 */
#include "mtx-megolm-rotation.h"

#include "mtx-json.h"

/**
 * mtx_megolm_rotation_init:
 * @self: (out caller-allocates): what to fill
 * @untrusted_content: (nullable): the content of the room's `m.room.encryption`
 *
 * Reads `rotation_period_ms` and `rotation_period_msgs`. What is absent or no integer counts as the
 * specification's default (one week, 100 messages); anything else is brought to at least one hour, at most
 * the default period, and 1 to 10 000 messages.
 */
void
mtx_megolm_rotation_init (MtxMegolmRotation *self,
                          JsonObject        *untrusted_content)
{
  gint64 period_ms;
  gint64 messages;

  g_return_if_fail (self != NULL);

  if (!mtx_json_get_int (untrusted_content, "rotation_period_ms", &period_ms))
    period_ms = MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS;
  if (!mtx_json_get_int (untrusted_content, "rotation_period_msgs", &messages))
    messages = MTX_MEGOLM_ROTATION_DEFAULT_MESSAGES;

  self->period_ms = CLAMP (period_ms, MTX_MEGOLM_ROTATION_MIN_PERIOD_MS, MTX_MEGOLM_ROTATION_DEFAULT_PERIOD_MS);
  self->messages = (guint32)CLAMP (messages, 1, MTX_MEGOLM_ROTATION_MAX_MESSAGES);
}

/**
 * mtx_megolm_rotation_is_due:
 * @self: the bounds
 * @created_ms: when the room key was made, milliseconds since 1970
 * @messages_sent: how many messages it has encrypted
 * @now_ms: the time now
 *
 * Whether the next message needs a new room key. A clock that was set back by more than the shortest period
 * says nothing about age any more, and counts as due; a smaller correction does not.
 *
 * Returns: %TRUE if a new room key has to be made
 */
gboolean
mtx_megolm_rotation_is_due (const MtxMegolmRotation *self,
                            gint64                   created_ms,
                            guint32                  messages_sent,
                            gint64                   now_ms)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return messages_sent >= self->messages
         || now_ms - created_ms >= self->period_ms
         || created_ms - now_ms >= MTX_MEGOLM_ROTATION_MIN_PERIOD_MS;
}
