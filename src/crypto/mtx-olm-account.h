/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * This device's identity: its two long-lived keys, its one-time and fallback keys, and the Olm sessions
 * that begin with them. A call that fails leaves the account as it was.
 */
#pragma once

#include "mtx-olm-session.h"

G_BEGIN_DECLS

#define MTX_TYPE_OLM_ACCOUNT (mtx_olm_account_get_type ())

G_DECLARE_FINAL_TYPE (MtxOlmAccount, mtx_olm_account, MTX, OLM_ACCOUNT, GObject)

MtxOlmAccount *mtx_olm_account_new                     (GError         **error);
MtxOlmAccount *mtx_olm_account_new_from_pickle         (GBytes          *untrusted_sealed,
                                                        MtxSecretBytes  *master_key,
                                                        const char      *place,
                                                        GError         **error);
GBytes        *mtx_olm_account_to_pickle               (MtxOlmAccount   *self,
                                                        MtxSecretBytes  *master_key,
                                                        const char      *place,
                                                        GError         **error);
const char    *mtx_olm_account_get_curve25519          (MtxOlmAccount   *self);
const char    *mtx_olm_account_get_ed25519             (MtxOlmAccount   *self);
char          *mtx_olm_account_sign                    (MtxOlmAccount   *self,
                                                        const guint8    *message,
                                                        gsize            length,
                                                        GError         **error);
gboolean       mtx_olm_account_sign_json               (MtxOlmAccount   *self,
                                                        JsonObject      *object,
                                                        const char      *user_id,
                                                        const char      *device_id,
                                                        GError         **error);
guint          mtx_olm_account_get_max_one_time_keys   (MtxOlmAccount   *self);
gboolean       mtx_olm_account_generate_one_time_keys  (MtxOlmAccount   *self,
                                                        guint            count,
                                                        GError         **error);
GHashTable    *mtx_olm_account_dup_one_time_keys       (MtxOlmAccount   *self,
                                                        GError         **error);
gboolean       mtx_olm_account_generate_fallback_key   (MtxOlmAccount   *self,
                                                        GError         **error);
GHashTable    *mtx_olm_account_dup_fallback_key        (MtxOlmAccount   *self,
                                                        GError         **error);
gboolean       mtx_olm_account_forget_old_fallback_key (MtxOlmAccount   *self,
                                                        GError         **error);
gboolean       mtx_olm_account_mark_published          (MtxOlmAccount   *self,
                                                        GError         **error);
MtxOlmSession *mtx_olm_account_create_outbound         (MtxOlmAccount   *self,
                                                        const char      *untrusted_their_curve25519,
                                                        const char      *untrusted_their_one_time_key,
                                                        GError         **error);
MtxOlmSession *mtx_olm_account_create_inbound          (MtxOlmAccount   *self,
                                                        const char      *untrusted_their_curve25519,
                                                        const char      *untrusted_pre_key_body,
                                                        GBytes         **plaintext,
                                                        GError         **error);

G_END_DECLS
