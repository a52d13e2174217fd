/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How events come into being, and their JSON: for the matrix layer only.
 */
#pragma once

#include "mtx-event.h"

G_BEGIN_DECLS

/* An event as servers may send it at most; a longer content is counted as bad. */
#define MTX_EVENT_MAX_CONTENT_BYTES 65536

MtxEvent   *mtx_event_new_from_json       (JsonObject     *untrusted,
                                           const char     *room_id,
                                           GError        **error);
MtxEvent   *mtx_event_new_decrypted       (MtxEvent       *encrypted,
                                           JsonObject     *untrusted_payload,
                                           MtxShield       shield,
                                           GError        **error);
MtxEvent   *mtx_event_new_undecryptable   (MtxEvent       *encrypted,
                                           MtxDecryption   decryption,
                                           const char     *withheld_code);
MtxEvent   *mtx_event_new_redacted        (MtxEvent       *event);
MtxEvent   *mtx_event_new_with_shield     (MtxEvent       *event,
                                           MtxShield       shield);
MtxEvent   *mtx_event_new_own             (const char     *room_id,
                                           const char     *event_id,
                                           const char     *sender,
                                           const char     *type,
                                           JsonObject     *content,
                                           const char     *transaction_id,
                                           gint64          timestamp_ms);
JsonObject *mtx_event_get_content         (MtxEvent       *self);
MtxEvent   *mtx_event_get_encrypted       (MtxEvent       *self);
const char *mtx_event_get_session_id      (MtxEvent       *self);

G_END_DECLS
