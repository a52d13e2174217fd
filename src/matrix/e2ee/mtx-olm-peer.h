/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All Olm sessions with one other device, known by its Curve25519 key (M35): which one reads a message,
 * which one writes the next. Belongs to the crypto worker thread and to one command.
 */
#pragma once

#include "mtx-change-set.h"
#include "mtx-crypto-store.h"
#include "mtx-olm-account.h"

G_BEGIN_DECLS

/* At least four are kept; more would only serve whoever wants to fill our store. */
#define MTX_OLM_PEER_MAX_SESSIONS 8

typedef struct _MtxOlmPeer MtxOlmPeer;

MtxOlmPeer *mtx_olm_peer_new             (const char              *sender_key);
void        mtx_olm_peer_free            (MtxOlmPeer              *self);
void        mtx_olm_peer_add_row         (MtxOlmPeer              *self,
                                          const MtxOlmSessionRow  *row,
                                          MtxSecretBytes          *master_key);
void        mtx_olm_peer_add_outbound    (MtxOlmPeer              *self,
                                          MtxOlmSession           *session,
                                          gint64                   now_ms);
gboolean    mtx_olm_peer_has_session     (MtxOlmPeer              *self);
GBytes     *mtx_olm_peer_decrypt         (MtxOlmPeer              *self,
                                          MtxOlmAccount           *account,
                                          gint64                   untrusted_type,
                                          const char              *untrusted_body,
                                          gint64                   now_ms,
                                          gboolean                *account_changed,
                                          GError                 **error);
char       *mtx_olm_peer_encrypt         (MtxOlmPeer              *self,
                                          const char              *plaintext,
                                          MtxOlmMessageType       *type,
                                          GError                 **error);
gboolean    mtx_olm_peer_save            (MtxOlmPeer              *self,
                                          MtxSecretBytes          *master_key,
                                          MtxChangeSet            *changes,
                                          GError                 **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxOlmPeer, mtx_olm_peer_free)

G_END_DECLS
