/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Somebody else on the fake homeserver, for example a support agent, whose one device is cross-signed and
 * speaks Olm and Megolm. It acts at once, inside the server: it has no network of its own.
 */
#pragma once

#include "mtx-fake-homeserver.h"

G_BEGIN_DECLS

#define MTX_TYPE_FAKE_AGENT (mtx_fake_agent_get_type ())

G_DECLARE_FINAL_TYPE (MtxFakeAgent, mtx_fake_agent, MTX, FAKE_AGENT, GObject)

MtxFakeAgent *mtx_fake_agent_new            (MtxFakeHomeserver *server,
                                             const char        *localpart,
                                             const char        *device_id);
const char   *mtx_fake_agent_get_user_id    (MtxFakeAgent      *self);
void          mtx_fake_agent_share_room_key (MtxFakeAgent      *self,
                                             const char        *room_id,
                                             const char        *user_id,
                                             const char        *device_id);
JsonObject   *mtx_fake_agent_encrypt_text   (MtxFakeAgent      *self,
                                             const char        *room_id,
                                             const char        *body);

G_END_DECLS
