/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How events come into being, and their JSON: for the matrix layer only.
 */
#pragma once

#include "mtx-event.h"

G_BEGIN_DECLS

/* Member of a stored content: what the subject of an m.room.member was before. Ours, never a sender's. */
#define MTX_EVENT_FORMER_MEMBERSHIP "former_membership"

/* What a store keeps of an event beside its content. */
typedef struct
{
  const char    *room_id;
  const char    *event_id;
  const char    *sender;
  const char    *type;
  const char    *state_key;
  const char    *transaction_id;
  const char    *relation_type;
  const char    *relates_to;
  const char    *session_id;
  gint64         timestamp_ms;
  gboolean       redacted;
  gboolean       edited;         /* the content is that of an edit; never stored */
  MtxDecryption  decryption;
  MtxShield      shield;
} MtxEventFields;

MtxEvent   *mtx_event_new_from_json     (JsonObject           *untrusted,
                                         const char           *room_id,
                                         GError              **error);
MtxEvent   *mtx_event_new_stripped      (JsonObject           *untrusted,
                                         const char           *room_id,
                                         GError              **error);
MtxEvent   *mtx_event_new_decrypted     (MtxEvent             *encrypted,
                                         JsonObject           *untrusted_payload,
                                         MtxShield             shield,
                                         GError              **error);
MtxEvent   *mtx_event_new_undecryptable (MtxEvent             *encrypted,
                                         MtxDecryption         decryption,
                                         const char           *withheld_code);
MtxEvent   *mtx_event_new_with_shield   (MtxEvent             *event,
                                         MtxShield             shield);
MtxEvent   *mtx_event_new_own           (const char           *room_id,
                                         const char           *event_id,
                                         const char           *sender,
                                         const char           *type,
                                         JsonObject           *content,
                                         const char           *transaction_id,
                                         gint64                timestamp_ms);
MtxEvent   *mtx_event_new_stored        (const MtxEventFields *fields,
                                         JsonObject           *content);
JsonObject *mtx_event_get_content       (MtxEvent             *self);
const char *mtx_event_get_session_id    (MtxEvent             *self);
MtxMembership mtx_event_get_former_membership (MtxEvent       *self);
gboolean    _mtx_event_is_plaintext_message (MtxEvent         *self);

G_END_DECLS
