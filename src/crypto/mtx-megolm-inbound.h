/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room key we read with: from its maker through Olm (sharing format), or from a backup, an export or a
 * forward (export format, which proves nothing about its origin).
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

/**
 * MtxMegolmOrder:
 * @MTX_MEGOLM_EQUAL: both read the same messages
 * @MTX_MEGOLM_BETTER: the first reads all the second does, and earlier ones
 * @MTX_MEGOLM_WORSE: the second reads all the first does, and earlier ones
 * @MTX_MEGOLM_UNCONNECTED: they are not one ratchet, whatever their ids say; one of them is forged
 *
 * How two room keys of one session relate.
 */
typedef enum
{
  MTX_MEGOLM_EQUAL,
  MTX_MEGOLM_BETTER,
  MTX_MEGOLM_WORSE,
  MTX_MEGOLM_UNCONNECTED,
} MtxMegolmOrder;

#define MTX_TYPE_MEGOLM_INBOUND (mtx_megolm_inbound_get_type ())

G_DECLARE_FINAL_TYPE (MtxMegolmInbound, mtx_megolm_inbound, MTX, MEGOLM_INBOUND, GObject)

MtxMegolmInbound *mtx_megolm_inbound_new                   (const char        *untrusted_session_key,
                                                            const char        *untrusted_session_id,
                                                            GError           **error);
MtxMegolmInbound *mtx_megolm_inbound_new_from_export       (const char        *untrusted_session_key,
                                                            const char        *untrusted_session_id,
                                                            GError           **error);
MtxMegolmInbound *mtx_megolm_inbound_new_from_pickle       (GBytes            *untrusted_sealed,
                                                            MtxSecretBytes    *master_key,
                                                            const char        *room_id,
                                                            const char        *session_id,
                                                            GError           **error);
GBytes           *mtx_megolm_inbound_to_pickle             (MtxMegolmInbound  *self,
                                                            MtxSecretBytes    *master_key,
                                                            const char        *room_id,
                                                            GError           **error);
const char       *mtx_megolm_inbound_get_id                (MtxMegolmInbound  *self);
guint32           mtx_megolm_inbound_get_first_known_index (MtxMegolmInbound  *self);
GBytes           *mtx_megolm_inbound_decrypt               (MtxMegolmInbound  *self,
                                                            const char        *untrusted_ciphertext,
                                                            guint32           *message_index,
                                                            GError           **error);
char             *mtx_megolm_inbound_export_at             (MtxMegolmInbound  *self,
                                                            guint32            message_index,
                                                            GError           **error);
gboolean          mtx_megolm_inbound_compare               (MtxMegolmInbound  *self,
                                                            MtxMegolmInbound  *other,
                                                            MtxMegolmOrder    *order,
                                                            GError           **error);

G_END_DECLS
