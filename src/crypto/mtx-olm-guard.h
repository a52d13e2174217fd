/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The seam to the ratchet library (threats.md, section 6): five opaque kinds of object, byte arrays, texts
 * and GError; no type or constant of the library. Only the types of this folder include this header.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

/* Limits before every call (guard rule G14). An event is 64 KiB at most, and so is a ciphertext in it; base64
 * makes four characters of three bytes. */
#define MTX_GUARD_MAX_PLAINTEXT_BYTES 48000
#define MTX_GUARD_MAX_BODY_BYTES      65536

typedef struct _MtxGuardAccount  MtxGuardAccount;
typedef struct _MtxGuardSession  MtxGuardSession;
typedef struct _MtxGuardInbound  MtxGuardInbound;
typedef struct _MtxGuardOutbound MtxGuardOutbound;
typedef struct _MtxGuardSas      MtxGuardSas;

void             mtx_guard_account_free                   (MtxGuardAccount  *self);
MtxGuardAccount *mtx_guard_account_new                    (GError          **error);
MtxGuardAccount *mtx_guard_account_unpickle               (MtxSecretBytes   *pickle,
                                                           GError          **error);
MtxSecretBytes  *mtx_guard_account_pickle                 (MtxGuardAccount  *self,
                                                           GError          **error);
gboolean         mtx_guard_account_identity               (MtxGuardAccount  *self,
                                                           char            **curve25519,
                                                           char            **ed25519,
                                                           GError          **error);
char            *mtx_guard_account_sign                   (MtxGuardAccount  *self,
                                                           const guint8     *message,
                                                           gsize             length,
                                                           GError          **error);
guint            mtx_guard_account_max_one_time_keys      (MtxGuardAccount  *self);
gboolean         mtx_guard_account_generate_one_time_keys (MtxGuardAccount  *self,
                                                           guint             count,
                                                           GError          **error);
GHashTable      *mtx_guard_account_one_time_keys          (MtxGuardAccount  *self,
                                                           GError          **error);
gboolean         mtx_guard_account_generate_fallback_key  (MtxGuardAccount  *self,
                                                           GError          **error);
GHashTable      *mtx_guard_account_fallback_key           (MtxGuardAccount  *self,
                                                           GError          **error);
gboolean         mtx_guard_account_forget_fallback_key    (MtxGuardAccount  *self,
                                                           GError          **error);
gboolean         mtx_guard_account_mark_published         (MtxGuardAccount  *self,
                                                           GError          **error);
gboolean         mtx_guard_account_remove_one_time_key    (MtxGuardAccount  *self,
                                                           MtxGuardSession  *used_by,
                                                           GError          **error);

void             mtx_guard_session_free         (MtxGuardSession  *self);
MtxGuardSession *mtx_guard_session_new_outbound (MtxGuardAccount  *account,
                                                 const char       *untrusted_their_curve25519,
                                                 const char       *untrusted_their_one_time_key,
                                                 GError          **error);
MtxGuardSession *mtx_guard_session_new_inbound  (MtxGuardAccount  *account,
                                                 const char       *untrusted_their_curve25519,
                                                 const char       *untrusted_body,
                                                 GError          **error);
MtxGuardSession *mtx_guard_session_unpickle     (MtxSecretBytes   *pickle,
                                                 GError          **error);
MtxSecretBytes  *mtx_guard_session_pickle       (MtxGuardSession  *self,
                                                 GError          **error);
char            *mtx_guard_session_id           (MtxGuardSession  *self,
                                                 GError          **error);
gboolean         mtx_guard_session_matches      (MtxGuardSession  *self,
                                                 const char       *their_curve25519,
                                                 const char       *untrusted_body);
char            *mtx_guard_session_encrypt      (MtxGuardSession  *self,
                                                 const guint8     *plaintext,
                                                 gsize             length,
                                                 gboolean         *is_pre_key,
                                                 GError          **error);
GBytes          *mtx_guard_session_decrypt      (MtxGuardSession  *self,
                                                 const char       *their_curve25519,
                                                 gboolean          is_pre_key,
                                                 const char       *untrusted_body,
                                                 GError          **error);

void             mtx_guard_inbound_free              (MtxGuardInbound  *self);
MtxGuardInbound *mtx_guard_inbound_new               (const char       *untrusted_session_key,
                                                      const char       *untrusted_session_id,
                                                      GError          **error);
MtxGuardInbound *mtx_guard_inbound_new_from_export   (const char       *untrusted_session_key,
                                                      const char       *untrusted_session_id,
                                                      GError          **error);
MtxGuardInbound *mtx_guard_inbound_unpickle          (MtxSecretBytes   *pickle,
                                                      GError          **error);
MtxSecretBytes  *mtx_guard_inbound_pickle            (MtxGuardInbound  *self,
                                                      GError          **error);
char            *mtx_guard_inbound_id                (MtxGuardInbound  *self,
                                                      GError          **error);
guint32          mtx_guard_inbound_first_known_index (MtxGuardInbound  *self);
GBytes          *mtx_guard_inbound_decrypt           (MtxGuardInbound  *self,
                                                      const char       *untrusted_ciphertext,
                                                      guint32          *message_index,
                                                      GError          **error);
char            *mtx_guard_inbound_export_at         (MtxGuardInbound  *self,
                                                      guint32           message_index,
                                                      GError          **error);

void              mtx_guard_outbound_free          (MtxGuardOutbound  *self);
MtxGuardOutbound *mtx_guard_outbound_new           (GError           **error);
MtxGuardOutbound *mtx_guard_outbound_unpickle      (MtxSecretBytes    *pickle,
                                                    GError           **error);
MtxSecretBytes   *mtx_guard_outbound_pickle        (MtxGuardOutbound  *self,
                                                    GError           **error);
char             *mtx_guard_outbound_id            (MtxGuardOutbound  *self,
                                                    GError           **error);
guint32           mtx_guard_outbound_message_index (MtxGuardOutbound  *self);
char             *mtx_guard_outbound_session_key   (MtxGuardOutbound  *self,
                                                    GError           **error);
char             *mtx_guard_outbound_encrypt       (MtxGuardOutbound  *self,
                                                    const guint8      *plaintext,
                                                    gsize              length,
                                                    GError           **error);

void         mtx_guard_sas_free           (MtxGuardSas  *self);
MtxGuardSas *mtx_guard_sas_new            (GError      **error);
char        *mtx_guard_sas_public_key     (MtxGuardSas  *self,
                                           GError      **error);
gboolean     mtx_guard_sas_set_their_key  (MtxGuardSas  *self,
                                           const char   *untrusted_their_key,
                                           GError      **error);
gboolean     mtx_guard_sas_generate_bytes (MtxGuardSas  *self,
                                           const char   *info,
                                           guint8       *bytes,
                                           gsize         length,
                                           GError      **error);
char        *mtx_guard_sas_calculate_mac  (MtxGuardSas  *self,
                                           const char   *input,
                                           const char   *info,
                                           GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxGuardAccount, mtx_guard_account_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxGuardSession, mtx_guard_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxGuardInbound, mtx_guard_inbound_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxGuardOutbound, mtx_guard_outbound_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxGuardSas, mtx_guard_sas_free)

G_END_DECLS
