/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room key we write with. Encrypting steps the ratchet: seal and store the session before a ciphertext
 * leaves, or the same position is used twice after a crash.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_TYPE_MEGOLM_OUTBOUND (mtx_megolm_outbound_get_type ())

G_DECLARE_FINAL_TYPE (MtxMegolmOutbound, mtx_megolm_outbound, MTX, MEGOLM_OUTBOUND, GObject)

MtxMegolmOutbound *mtx_megolm_outbound_new               (gint64               now_ms,
                                                          GError             **error);
MtxMegolmOutbound *mtx_megolm_outbound_new_from_pickle   (GBytes              *untrusted_sealed,
                                                          MtxSecretBytes      *master_key,
                                                          const char          *room_id,
                                                          const char          *session_id,
                                                          GError             **error);
GBytes            *mtx_megolm_outbound_to_pickle         (MtxMegolmOutbound   *self,
                                                          MtxSecretBytes      *master_key,
                                                          const char          *room_id,
                                                          GError             **error);
const char        *mtx_megolm_outbound_get_id            (MtxMegolmOutbound   *self);
gint64             mtx_megolm_outbound_get_created_ms    (MtxMegolmOutbound   *self);
guint32            mtx_megolm_outbound_get_message_index (MtxMegolmOutbound   *self);
char              *mtx_megolm_outbound_dup_session_key   (MtxMegolmOutbound   *self,
                                                          GError             **error);
char              *mtx_megolm_outbound_encrypt           (MtxMegolmOutbound   *self,
                                                          const guint8        *plaintext,
                                                          gsize                length,
                                                          GError             **error);

G_END_DECLS
