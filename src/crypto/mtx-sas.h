/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cryptography of comparing emoji (specification, § Short Authentication String): one agreement of two
 * keys drawn for the occasion, what two people compare, and the MACs of the keys they vouch for.
 *
 * Agreement `curve25519-hkdf-sha256`, hash `sha256`, MAC `hkdf-hmac-sha256.v2`; nothing older is here.
 */
#pragma once

#include "mtx-crypto-types.h"

G_BEGIN_DECLS

#define MTX_SAS_METHOD        "m.sas.v1"
#define MTX_SAS_KEY_AGREEMENT "curve25519-hkdf-sha256"
#define MTX_SAS_HASH          "sha256"
#define MTX_SAS_MAC           "hkdf-hmac-sha256.v2"

#define MTX_SAS_BYTES      6 /* emoji take 42 bits of them, decimals 39 */
#define MTX_SAS_N_EMOJI    7
#define MTX_SAS_N_DECIMALS 3

/**
 * MtxSasParty:
 * @user_id: who
 * @device_id: on which device
 * @public_key: the key this side drew, in unpadded base64; not needed for MACs
 *
 * One side of the agreement. Borrows everything.
 */
typedef struct
{
  const char *user_id;
  const char *device_id;
  const char *public_key;
} MtxSasParty;

#define MTX_TYPE_SAS (mtx_sas_get_type ())

G_DECLARE_FINAL_TYPE (MtxSas, mtx_sas, MTX, SAS, GObject)

MtxSas     *mtx_sas_new              (GError            **error);
const char *mtx_sas_get_public_key   (MtxSas             *self);
gboolean    mtx_sas_set_their_key    (MtxSas             *self,
                                      const char         *untrusted_their_key,
                                      GError            **error);
gboolean    mtx_sas_derive_bytes     (MtxSas             *self,
                                      const MtxSasParty  *starter,
                                      const MtxSasParty  *accepter,
                                      const char         *transaction_id,
                                      guint8              bytes[MTX_SAS_BYTES],
                                      GError            **error);
char       *mtx_sas_calculate_mac    (MtxSas             *self,
                                      const char         *input,
                                      const MtxSasParty  *sender,
                                      const MtxSasParty  *receiver,
                                      const char         *transaction_id,
                                      const char         *key_id,
                                      GError            **error);
gboolean    mtx_sas_verify_mac       (MtxSas             *self,
                                      const char         *input,
                                      const MtxSasParty  *sender,
                                      const MtxSasParty  *receiver,
                                      const char         *transaction_id,
                                      const char         *key_id,
                                      const char         *untrusted_mac,
                                      GError            **error);
char       *mtx_sas_commitment       (const char         *public_key,
                                      JsonObject         *start_content,
                                      GError            **error);
gboolean    mtx_sas_check_commitment (const char         *untrusted_commitment,
                                      const char         *untrusted_public_key,
                                      JsonObject         *start_content,
                                      GError            **error);
void        mtx_sas_get_emoji        (const guint8        bytes[MTX_SAS_BYTES],
                                      guint               emoji[MTX_SAS_N_EMOJI]);
void        mtx_sas_get_decimals     (const guint8        bytes[MTX_SAS_BYTES],
                                      guint               decimals[MTX_SAS_N_DECIMALS]);

G_END_DECLS
