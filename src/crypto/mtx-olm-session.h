/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One Olm ratchet with one device (specification, Olm). Made by an account: mtx_olm_account_create_outbound()
 * or mtx_olm_account_create_inbound(). A call that fails leaves the session as it was.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

/* The numbers are those of the wire, `ciphertext.<key>.type`. */
typedef enum
{
  MTX_OLM_MESSAGE_PRE_KEY = 0,
  MTX_OLM_MESSAGE_NORMAL  = 1,
} MtxOlmMessageType;

#define MTX_TYPE_OLM_SESSION (mtx_olm_session_get_type ())

G_DECLARE_FINAL_TYPE (MtxOlmSession, mtx_olm_session, MTX, OLM_SESSION, GObject)

MtxOlmSession *mtx_olm_session_new_from_pickle      (GBytes             *untrusted_sealed,
                                                     MtxSecretBytes     *master_key,
                                                     const char         *their_curve25519,
                                                     const char         *session_id,
                                                     GError            **error);
GBytes        *mtx_olm_session_to_pickle            (MtxOlmSession      *self,
                                                     MtxSecretBytes     *master_key,
                                                     GError            **error);
const char    *mtx_olm_session_get_id               (MtxOlmSession      *self);
const char    *mtx_olm_session_get_their_curve25519 (MtxOlmSession      *self);
gboolean       mtx_olm_session_matches              (MtxOlmSession      *self,
                                                     const char         *untrusted_pre_key_body);
char          *mtx_olm_session_encrypt              (MtxOlmSession      *self,
                                                     const guint8       *plaintext,
                                                     gsize               length,
                                                     MtxOlmMessageType  *type,
                                                     GError            **error);
GBytes        *mtx_olm_session_decrypt              (MtxOlmSession      *self,
                                                     gint64              untrusted_type,
                                                     const char         *untrusted_body,
                                                     GError            **error);

G_END_DECLS
