/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signatures on JSON objects (specification, appendices § Signing JSON). What is signed and verified is
 * always our own canonical writing of the parsed object, never a text that somebody sent (guard rule G10).
 */
#include "mtx-signed-json.h"

#include "mtx-canonical-json.h"
#include "mtx-error.h"
#include "mtx-json.h"
#include "mtx-public-key.h"

#define SIGNATURES "signatures"
#define ED25519    "ed25519:"

/**
 * mtx_signed_json_verify:
 * @untrusted_object: the object with its `signatures`
 * @user_id: who is said to have signed
 * @key_id: the one key that counts, `ed25519:` and a device id or a public key
 * @ed25519_key: (nullable): that key's public part, unpadded base64
 * @error: (out) (optional): where to put an error
 *
 * Verifies one signature. Others on the object, of whatever algorithm, neither help nor harm.
 *
 * Returns: %TRUE if the signature holds, else %FALSE with %MTX_ERROR_UNTRUSTED if it is absent or wrong, or
 *   %MTX_ERROR_BAD_REPLY or %MTX_ERROR_INVALID if object, key or signature have no canonical form
 */
gboolean
mtx_signed_json_verify (JsonObject *untrusted_object,
                        const char *user_id,
                        const char *key_id,
                        const char *ed25519_key,
                        GError    **error)
{
  g_autofree char *payload = NULL;
  JsonObject      *signatures;
  JsonObject      *by_user;
  const char      *signature = NULL;

  g_return_val_if_fail (untrusted_object != NULL, FALSE);
  g_return_val_if_fail (user_id != NULL && key_id != NULL, FALSE);

  signatures = mtx_json_get_object (untrusted_object, SIGNATURES);
  by_user = mtx_json_get_object (signatures, user_id);
  if (g_str_has_prefix (key_id, ED25519))
    signature = mtx_json_get_string (by_user, key_id);

  if (signature == NULL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "The expected signature is not there");
      return FALSE;
    }

  payload = mtx_canonical_json_signed (untrusted_object, error);
  if (payload == NULL)
    return FALSE;

  return mtx_ed25519_verify (ed25519_key, (const guint8 *)payload, strlen (payload), signature, error);
}

/**
 * mtx_signed_json_sign:
 * @object: what to sign; gets the signature, keeps those it has
 * @user_id: who signs
 * @key_id: the name of the key, `ed25519:` and a device id or a public key
 * @sign: (scope call): makes the signature
 * @signer: the key, for @sign
 * @error: (out) (optional): where to put an error
 *
 * Signs @object and puts the signature where it belongs, `signatures.<user_id>.<key_id>`.
 *
 * Returns: %TRUE, or %FALSE with @object unchanged and the error of @sign, or one that says that @object has
 *   no canonical form
 */
gboolean
mtx_signed_json_sign (JsonObject *object,
                      const char *user_id,
                      const char *key_id,
                      MtxSignFunc sign,
                      gpointer    signer,
                      GError    **error)
{
  g_autofree char *payload = NULL;
  g_autofree char *signature = NULL;
  JsonObject      *signatures;
  JsonObject      *by_user;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (user_id != NULL, FALSE);
  g_return_val_if_fail (key_id != NULL && g_str_has_prefix (key_id, ED25519), FALSE);
  g_return_val_if_fail (sign != NULL, FALSE);

  payload = mtx_canonical_json_signed (object, error);
  if (payload == NULL)
    return FALSE;

  signature = sign (signer, (const guint8 *)payload, strlen (payload), error);
  if (signature == NULL)
    return FALSE;

  signatures = mtx_json_get_object (object, SIGNATURES);
  if (signatures == NULL)
    {
      signatures = json_object_new ();
      json_object_set_object_member (object, SIGNATURES, signatures);
    }
  by_user = mtx_json_get_object (signatures, user_id);
  if (by_user == NULL)
    {
      by_user = json_object_new ();
      json_object_set_object_member (signatures, user_id, by_user);
    }
  json_object_set_string_member (by_user, key_id, signature);

  return TRUE;
}
