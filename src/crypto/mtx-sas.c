/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cryptography of comparing emoji.
 */
#include "mtx-sas.h"

#include "mtx-base64.h"
#include "mtx-canonical-json.h"
#include "mtx-error.h"
#include "mtx-olm-guard.h"
#include "mtx-secret-bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define HASH_BYTES 32
#define MAC_BYTES  32

struct _MtxSas
{
  GObject parent_instance;

  /* owned */
  MtxGuardSas *guard;
  char        *public_key;
};

G_DEFINE_FINAL_TYPE (MtxSas, mtx_sas, G_TYPE_OBJECT)

static void
mtx_sas_finalize (GObject *object)
{
  MtxSas *self = MTX_SAS (object);

  g_clear_pointer (&self->guard, mtx_guard_sas_free);
  g_clear_pointer (&self->public_key, g_free);

  G_OBJECT_CLASS (mtx_sas_parent_class)->finalize (object);
}

static void
mtx_sas_class_init (MtxSasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_sas_finalize;
}

static void
mtx_sas_init (MtxSas *self)
{
}

/**
 * mtx_sas_new:
 * @error: (out) (optional): where to put an error
 *
 * Draws a key for one verification. It is used once and never stored.
 *
 * Returns: (transfer full) (nullable): our side, or %NULL with %MTX_ERROR_FAILED
 */
MtxSas *
mtx_sas_new (GError **error)
{
  g_autoptr (MtxSas) self = g_object_new (MTX_TYPE_SAS, NULL);

  self->guard = mtx_guard_sas_new (error);
  if (self->guard != NULL)
    self->public_key = mtx_guard_sas_public_key (self->guard, error);

  return self->public_key != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * mtx_sas_get_public_key:
 * @self: our side
 *
 * Returns: our public key in unpadded base64, for `m.key.verification.key`
 */
const char *
mtx_sas_get_public_key (MtxSas *self)
{
  g_return_val_if_fail (MTX_IS_SAS (self), NULL);

  return self->public_key;
}

/**
 * mtx_sas_set_their_key:
 * @self: our side
 * @untrusted_their_key: (nullable): `key` of their `m.key.verification.key`
 * @error: (out) (optional): where to put an error
 *
 * Agrees with the other side. There is one key for each side: a second one is refused, and so is our own
 * (guard rules G1, G2 and G8).
 *
 * Returns: %TRUE, or %FALSE with @self unchanged and %MTX_ERROR_BAD_REPLY if it is no key,
 *   %MTX_ERROR_UNTRUSTED if it is one that must not be used, or %MTX_ERROR_FAILED
 */
gboolean
mtx_sas_set_their_key (MtxSas     *self,
                       const char *untrusted_their_key,
                       GError    **error)
{
  g_return_val_if_fail (MTX_IS_SAS (self), FALSE);

  if (g_strcmp0 (untrusted_their_key, self->public_key) == 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Our own key came back");
      return FALSE;
    }

  return mtx_guard_sas_set_their_key (self->guard, untrusted_their_key, error);
}

/**
 * mtx_sas_derive_bytes:
 * @self: our side, with their key set
 * @starter: who sent `m.key.verification.start`, with the key of that side
 * @accepter: who sent `m.key.verification.accept`, with the key of that side
 * @transaction_id: the verification's id
 * @bytes: (out caller-allocates): what emoji and decimals are made of
 * @error: (out) (optional): where to put an error
 *
 * Derives what both people compare, bound to both of them, their devices, their keys and this verification
 * (specification, § HKDF calculation). Both sides name the same starter.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_sas_derive_bytes (MtxSas            *self,
                      const MtxSasParty *starter,
                      const MtxSasParty *accepter,
                      const char        *transaction_id,
                      guint8             bytes[MTX_SAS_BYTES],
                      GError           **error)
{
  g_autofree char *info = NULL;

  g_return_val_if_fail (MTX_IS_SAS (self), FALSE);
  g_return_val_if_fail (starter != NULL && accepter != NULL && transaction_id != NULL, FALSE);

  info = g_strjoin ("|", "MATRIX_KEY_VERIFICATION_SAS",
                    starter->user_id, starter->device_id, starter->public_key,
                    accepter->user_id, accepter->device_id, accepter->public_key,
                    transaction_id, NULL);

  return mtx_guard_sas_generate_bytes (self->guard, info, bytes, MTX_SAS_BYTES, error);
}

/**
 * mtx_sas_calculate_mac:
 * @self: our side, with their key set
 * @input: what is vouched for: a public key as text, or the sorted list of key ids with commas
 * @sender: who vouches
 * @receiver: to whom
 * @transaction_id: the verification's id
 * @key_id: the id of the key in @input, or `KEY_IDS` for the list
 * @error: (out) (optional): where to put an error
 *
 * Calculates a MAC for `m.key.verification.mac` with `hkdf-hmac-sha256.v2` (specification, § MAC calculation).
 *
 * Returns: (transfer full) (nullable): the MAC in unpadded base64, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_sas_calculate_mac (MtxSas            *self,
                       const char        *input,
                       const MtxSasParty *sender,
                       const MtxSasParty *receiver,
                       const char        *transaction_id,
                       const char        *key_id,
                       GError           **error)
{
  g_autofree char *info = NULL;

  g_return_val_if_fail (MTX_IS_SAS (self), NULL);
  g_return_val_if_fail (input != NULL && sender != NULL && receiver != NULL, NULL);
  g_return_val_if_fail (transaction_id != NULL && key_id != NULL, NULL);

  info = g_strconcat ("MATRIX_KEY_VERIFICATION_MAC",
                      sender->user_id, sender->device_id, receiver->user_id, receiver->device_id,
                      transaction_id, key_id, NULL);

  return mtx_guard_sas_calculate_mac (self->guard, input, info, error);
}

/**
 * mtx_sas_verify_mac:
 * @self: our side, with their key set
 * @input: what we know under @key_id, never what came with the MAC
 * @sender: who vouches, the other side
 * @receiver: to whom, us
 * @transaction_id: the verification's id
 * @key_id: the id of the key in @input, or `KEY_IDS` for the list
 * @untrusted_mac: (nullable): the MAC
 * @error: (out) (optional): where to put an error
 *
 * Checks a MAC in constant time.
 *
 * Returns: %TRUE if it holds, else %FALSE with %MTX_ERROR_BAD_REPLY if it is no MAC, %MTX_ERROR_UNTRUSTED, or
 *   %MTX_ERROR_FAILED
 */
gboolean
mtx_sas_verify_mac (MtxSas            *self,
                    const char        *input,
                    const MtxSasParty *sender,
                    const MtxSasParty *receiver,
                    const char        *transaction_id,
                    const char        *key_id,
                    const char        *untrusted_mac,
                    GError           **error)
{
  g_autofree char *text = NULL;
  guint8           mac[MAC_BYTES];
  guint8           expected[MAC_BYTES];

  if (!mtx_base64_decode_exact (untrusted_mac, MTX_BASE64_UNPADDED, mac, sizeof mac, error))
    return FALSE;
  text = mtx_sas_calculate_mac (self, input, sender, receiver, transaction_id, key_id, error);
  if (text == NULL || !mtx_base64_decode_exact (text, MTX_BASE64_UNPADDED, expected, sizeof expected, error))
    return FALSE;
  if (CRYPTO_memcmp (mac, expected, sizeof mac) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The MAC of a key does not hold");
      return FALSE;
    }

  return TRUE;
}

static gboolean
hash_commitment (const char *public_key,
                 JsonObject *start_content,
                 guint8      hash[HASH_BYTES],
                 GError    **error)
{
  g_autofree char *json = mtx_canonical_json_write (start_content, error);
  g_autofree char *input = NULL;

  if (json == NULL)
    return FALSE;
  input = g_strconcat (public_key, json, NULL);
  if (EVP_Digest (input, strlen (input), hash, NULL, EVP_sha256 (), NULL) != 1)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_FAILED, "SHA-256");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_sas_commitment:
 * @public_key: the accepter's public key in unpadded base64
 * @start_content: the whole content of the `m.key.verification.start` that is accepted
 * @error: (out) (optional): where to put an error
 *
 * Binds the accepter to a key before the other side shows its own: SHA-256 of the key as text and the content
 * as canonical JSON (specification, § m.key.verification.accept).
 *
 * Returns: (transfer full) (nullable): the commitment in unpadded base64, or %NULL with %MTX_ERROR_INVALID if
 *   @start_content has no canonical form, or %MTX_ERROR_FAILED
 */
char *
mtx_sas_commitment (const char *public_key,
                    JsonObject *start_content,
                    GError    **error)
{
  guint8 hash[HASH_BYTES];

  g_return_val_if_fail (public_key != NULL && start_content != NULL, NULL);

  if (!hash_commitment (public_key, start_content, hash, error))
    return NULL;

  return mtx_base64_encode (hash, sizeof hash, MTX_BASE64_UNPADDED);
}

/**
 * mtx_sas_check_commitment:
 * @untrusted_commitment: (nullable): `commitment` of their `m.key.verification.accept`
 * @untrusted_public_key: their key, as it came later
 * @start_content: the whole content of the `m.key.verification.start` that we sent
 * @error: (out) (optional): where to put an error
 *
 * Checks that the accepter shows the key it was bound to.
 *
 * Returns: %TRUE if so, else %FALSE with %MTX_ERROR_BAD_REPLY if @untrusted_commitment is none,
 *   %MTX_ERROR_UNTRUSTED if it is one to something else, or %MTX_ERROR_FAILED
 */
gboolean
mtx_sas_check_commitment (const char *untrusted_commitment,
                          const char *untrusted_public_key,
                          JsonObject *start_content,
                          GError    **error)
{
  guint8 commitment[HASH_BYTES];
  guint8 expected[HASH_BYTES];

  g_return_val_if_fail (untrusted_public_key != NULL && start_content != NULL, FALSE);

  if (!mtx_base64_decode_exact (untrusted_commitment, MTX_BASE64_UNPADDED, commitment, sizeof commitment, error)
      || !hash_commitment (untrusted_public_key, start_content, expected, error))
    return FALSE;
  if (CRYPTO_memcmp (commitment, expected, sizeof expected) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The commitment is to another key");
      return FALSE;
    }

  return TRUE;
}

/**
 * mtx_sas_get_emoji:
 * @bytes: of mtx_sas_derive_bytes()
 * @emoji: (out caller-allocates): seven numbers from 0 to 63, into the table of the specification
 *
 * Spreads the first 42 bits over seven emoji (specification, § SAS method: emoji).
 */
void
mtx_sas_get_emoji (const guint8 bytes[MTX_SAS_BYTES],
                   guint        emoji[MTX_SAS_N_EMOJI])
{
  guint64 bits = 0;

  for (guint i = 0; i < MTX_SAS_BYTES; i++)
    bits = bits << 8 | bytes[i];
  for (guint i = 0; i < MTX_SAS_N_EMOJI; i++)
    emoji[i] = (guint)(bits >> (42 - 6 * i)) & 63;
}

/**
 * mtx_sas_get_decimals:
 * @bytes: of mtx_sas_derive_bytes()
 * @decimals: (out caller-allocates): three numbers from 1000 to 9191
 *
 * Spreads the first 39 bits over three numbers (specification, § SAS method: decimal).
 */
void
mtx_sas_get_decimals (const guint8 bytes[MTX_SAS_BYTES],
                      guint        decimals[MTX_SAS_N_DECIMALS])
{
  guint64 bits = 0;

  for (guint i = 0; i < 5; i++)
    bits = bits << 8 | bytes[i];
  for (guint i = 0; i < MTX_SAS_N_DECIMALS; i++)
    decimals[i] = ((guint)(bits >> (27 - 13 * i)) & 0x1fff) + 1000;
}
