/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What somebody who means harm, or a server that does, can put between the messages for a device: as much of it as
 * is wanted, and always the same.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Whom they pretend to be, and whom they are for. */
typedef struct
{
  const char *user_id;     /* somebody the victim knows */
  const char *device_id;
  const char *sender_key;  /* of that device: Curve25519 in base64 */
  const char *victim_key;
  const char *room_id;     /* where both are */
} MtxHostileScene;

JsonArray *mtx_hostile_events_new (const MtxHostileScene *scene,
                                   guint                  count);

G_END_DECLS
