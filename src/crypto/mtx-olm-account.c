/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * This device's identity: its two long-lived keys, its one-time and fallback keys, and the Olm sessions
 * that begin with them.
 */
#include "mtx-olm-account.h"

#include "mtx-error.h"
#include "mtx-olm-guard.h"
#include "mtx-olm-session-private.h"
#include "mtx-pickle-seal.h"
#include "mtx-secret-bytes.h"
#include "mtx-signed-json.h"

struct _MtxOlmAccount
{
  GObject parent_instance;

  /* owned */
  MtxGuardAccount *guard;
  char            *curve25519;
  char            *ed25519;
};

G_DEFINE_FINAL_TYPE (MtxOlmAccount, mtx_olm_account, G_TYPE_OBJECT)

/* There is one account in each place, so its place says it all. */
#define PICKLE_ID "account"

static void
mtx_olm_account_finalize (GObject *object)
{
  MtxOlmAccount *self = MTX_OLM_ACCOUNT (object);

  g_clear_pointer (&self->guard, mtx_guard_account_free);
  g_clear_pointer (&self->curve25519, g_free);
  g_clear_pointer (&self->ed25519, g_free);

  G_OBJECT_CLASS (mtx_olm_account_parent_class)->finalize (object);
}

static void
mtx_olm_account_class_init (MtxOlmAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_olm_account_finalize;
}

static void
mtx_olm_account_init (MtxOlmAccount *self)
{
}

/* Takes @guard. */
static MtxOlmAccount *
new_from_guard (MtxGuardAccount *guard,
                GError         **error)
{
  g_autoptr (MtxOlmAccount) self = g_object_new (MTX_TYPE_OLM_ACCOUNT, NULL);

  self->guard = guard;
  if (!mtx_guard_account_identity (guard, &self->curve25519, &self->ed25519, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_olm_account_new:
 * @error: (out) (optional): where to put an error
 *
 * Draws a new identity, without one-time keys. Store it before anything of it leaves the machine.
 *
 * Returns: (transfer full) (nullable): the account, or %NULL with %MTX_ERROR_FAILED
 */
MtxOlmAccount *
mtx_olm_account_new (GError **error)
{
  MtxGuardAccount *guard = mtx_guard_account_new (error);

  return guard != NULL ? new_from_guard (guard, error) : NULL;
}

/**
 * mtx_olm_account_new_from_pickle:
 * @untrusted_sealed: what mtx_olm_account_to_pickle() returned
 * @master_key: 32 bytes from the keyring
 * @place: the same name as when it was sealed
 * @error: (out) (optional): where to put an error
 *
 * Restores an account.
 *
 * Returns: (transfer full) (nullable): the account, or %NULL with %MTX_ERROR_DAMAGED
 */
MtxOlmAccount *
mtx_olm_account_new_from_pickle (GBytes         *untrusted_sealed,
                                 MtxSecretBytes *master_key,
                                 const char     *place,
                                 GError        **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  MtxGuardAccount           *guard;

  pickle = mtx_pickle_open (MTX_PICKLE_OLM_ACCOUNT, place, PICKLE_ID, master_key, untrusted_sealed, error);
  if (pickle == NULL)
    return NULL;
  guard = mtx_guard_account_unpickle (pickle, error);

  return guard != NULL ? new_from_guard (guard, error) : NULL;
}

/**
 * mtx_olm_account_to_pickle:
 * @self: an account
 * @master_key: 32 bytes from the keyring
 * @place: what the account belongs to, for instance user and device id
 * @error: (out) (optional): where to put an error
 *
 * Seals the account for the store.
 *
 * Returns: (transfer full) (nullable): the sealed pickle, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_olm_account_to_pickle (MtxOlmAccount  *self,
                           MtxSecretBytes *master_key,
                           const char     *place,
                           GError        **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  const guint8              *bytes;
  gsize                      length;

  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  pickle = mtx_guard_account_pickle (self->guard, error);
  if (pickle == NULL)
    return NULL;

  bytes = mtx_secret_bytes_get (pickle, &length);
  return mtx_pickle_seal (MTX_PICKLE_OLM_ACCOUNT, place, PICKLE_ID, master_key, bytes, length, error);
}

/**
 * mtx_olm_account_get_curve25519:
 * @self: an account
 *
 * Returns: the identity key others begin Olm sessions with, unpadded base64
 */
const char *
mtx_olm_account_get_curve25519 (MtxOlmAccount *self)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  return self->curve25519;
}

/**
 * mtx_olm_account_get_ed25519:
 * @self: an account
 *
 * Returns: the key others verify our signatures with (the device's fingerprint), unpadded base64
 */
const char *
mtx_olm_account_get_ed25519 (MtxOlmAccount *self)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  return self->ed25519;
}

/**
 * mtx_olm_account_sign:
 * @self: an account
 * @message: (array length=length): what to sign
 * @length: bytes in @message
 * @error: (out) (optional): where to put an error
 *
 * Signs bytes with the device's Ed25519 key. For JSON use mtx_olm_account_sign_json().
 *
 * Returns: (transfer full) (nullable): the signature in unpadded base64, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_olm_account_sign (MtxOlmAccount *self,
                      const guint8  *message,
                      gsize          length,
                      GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  return mtx_guard_account_sign (self->guard, message, length, error);
}

static char *
sign_for_json (gpointer      signer,
               const guint8 *message,
               gsize         length,
               GError      **error)
{
  return mtx_olm_account_sign (signer, message, length, error);
}

/**
 * mtx_olm_account_sign_json:
 * @self: an account
 * @object: what to sign; gets the signature, keeps those it has
 * @user_id: the account's user
 * @device_id: the account's device
 * @error: (out) (optional): where to put an error
 *
 * Signs device keys, one-time keys or our own master key with the device's key (specification, appendices
 * § Signing JSON).
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_INVALID if @object has no canonical form, or %MTX_ERROR_FAILED
 */
gboolean
mtx_olm_account_sign_json (MtxOlmAccount *self,
                           JsonObject    *object,
                           const char    *user_id,
                           const char    *device_id,
                           GError       **error)
{
  g_autofree char *key_id = NULL;

  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), FALSE);
  g_return_val_if_fail (device_id != NULL, FALSE);

  key_id = g_strconcat ("ed25519:", device_id, NULL);
  return mtx_signed_json_sign (object, user_id, key_id, sign_for_json, self, error);
}

/**
 * mtx_olm_account_get_max_one_time_keys:
 * @self: an account
 *
 * Returns: how many one-time keys an account can hold, published or not; a server is kept at half of that
 */
guint
mtx_olm_account_get_max_one_time_keys (MtxOlmAccount *self)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), 0);

  return mtx_guard_account_max_one_time_keys (self->guard);
}

/**
 * mtx_olm_account_generate_one_time_keys:
 * @self: an account
 * @count: how many, 1 to mtx_olm_account_get_max_one_time_keys()
 * @error: (out) (optional): where to put an error
 *
 * Adds unpublished one-time keys. If there are too many the oldest are forgotten, published or not. Store
 * the account before uploading them.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and the account unchanged
 */
gboolean
mtx_olm_account_generate_one_time_keys (MtxOlmAccount *self,
                                        guint          count,
                                        GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), FALSE);
  g_return_val_if_fail (count > 0 && count <= mtx_olm_account_get_max_one_time_keys (self), FALSE);

  return mtx_guard_account_generate_one_time_keys (self->guard, count, error);
}

/**
 * mtx_olm_account_dup_one_time_keys:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Lists the one-time keys to upload: those that mtx_olm_account_mark_published() has not seen yet. The ids
 * are the last part of `signed_curve25519:<id>`.
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): key id → Curve25519 key, or %NULL with an error
 */
GHashTable *
mtx_olm_account_dup_one_time_keys (MtxOlmAccount *self,
                                   GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  return mtx_guard_account_one_time_keys (self->guard, error);
}

/**
 * mtx_olm_account_generate_fallback_key:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Makes a new fallback key, which serves when the one-time keys have run out. The one before stays usable
 * until mtx_olm_account_forget_old_fallback_key(); there are never more than two.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and the account unchanged
 */
gboolean
mtx_olm_account_generate_fallback_key (MtxOlmAccount *self,
                                       GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), FALSE);

  return mtx_guard_account_generate_fallback_key (self->guard, error);
}

/**
 * mtx_olm_account_dup_fallback_key:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * The fallback key to upload, if mtx_olm_account_mark_published() has not seen it yet. The uploaded object
 * also says `"fallback": true`.
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): key id → Curve25519 key, with one entry or
 *   none, or %NULL with an error
 */
GHashTable *
mtx_olm_account_dup_fallback_key (MtxOlmAccount *self,
                                  GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  return mtx_guard_account_fallback_key (self->guard, error);
}

/**
 * mtx_olm_account_forget_old_fallback_key:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Drops the fallback key before the current one, about an hour after the current one was first used.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and the account unchanged
 */
gboolean
mtx_olm_account_forget_old_fallback_key (MtxOlmAccount *self,
                                         GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), FALSE);

  return mtx_guard_account_forget_fallback_key (self->guard, error);
}

/**
 * mtx_olm_account_mark_published:
 * @self: an account
 * @error: (out) (optional): where to put an error
 *
 * Notes that the server has all one-time keys and the fallback key. Only after it said 200: until then the
 * same keys are uploaded again.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_FAILED and the account unchanged
 */
gboolean
mtx_olm_account_mark_published (MtxOlmAccount *self,
                                GError       **error)
{
  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), FALSE);

  return mtx_guard_account_mark_published (self->guard, error);
}

/**
 * mtx_olm_account_create_outbound:
 * @self: an account, which does not change
 * @untrusted_their_curve25519: the other device's identity key
 * @untrusted_their_one_time_key: a one-time or fallback key of theirs; verify its signature before
 * @error: (out) (optional): where to put an error
 *
 * Begins an Olm session in which we speak first.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with %MTX_ERROR_BAD_REPLY or %MTX_ERROR_UNTRUSTED
 *   for a key that must not be used
 */
MtxOlmSession *
mtx_olm_account_create_outbound (MtxOlmAccount *self,
                                 const char    *untrusted_their_curve25519,
                                 const char    *untrusted_their_one_time_key,
                                 GError       **error)
{
  MtxGuardSession *session;

  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);

  session = mtx_guard_session_new_outbound (self->guard, untrusted_their_curve25519,
                                            untrusted_their_one_time_key, error);

  return session != NULL ? _mtx_olm_session_new (session, untrusted_their_curve25519, error) : NULL;
}

/**
 * mtx_olm_account_create_inbound:
 * @self: an account, which loses the one-time key the message used
 * @untrusted_their_curve25519: the `sender_key` of the envelope
 * @untrusted_pre_key_body: the message, of type %MTX_OLM_MESSAGE_PRE_KEY
 * @plaintext: (out) (transfer full): what the message says, untrusted
 * @error: (out) (optional): where to put an error
 *
 * Begins the Olm session that a pre-key message asks for, and decrypts it. Ask mtx_olm_session_matches() of
 * the known sessions first. The one-time key goes only if the message is genuine, so nobody can use up our
 * keys with rubbish; account, session and the message's effects are then stored in one transaction.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with the account unchanged and
 *   %MTX_ERROR_MISSING_KEY if the one-time key is unknown or used, %MTX_ERROR_TOO_LARGE,
 *   %MTX_ERROR_BAD_REPLY for the form, or %MTX_ERROR_UNTRUSTED
 */
MtxOlmSession *
mtx_olm_account_create_inbound (MtxOlmAccount *self,
                                const char    *untrusted_their_curve25519,
                                const char    *untrusted_pre_key_body,
                                GBytes       **plaintext,
                                GError       **error)
{
  g_autoptr (MtxOlmSession) session = NULL;
  g_autoptr (GBytes)        decrypted = NULL;
  MtxGuardSession          *guard;

  g_return_val_if_fail (MTX_IS_OLM_ACCOUNT (self), NULL);
  g_return_val_if_fail (plaintext != NULL, NULL);

  guard = mtx_guard_session_new_inbound (self->guard, untrusted_their_curve25519, untrusted_pre_key_body, error);
  if (guard == NULL)
    return NULL;
  session = _mtx_olm_session_new (guard, untrusted_their_curve25519, error);
  if (session == NULL)
    return NULL;
  decrypted = mtx_olm_session_decrypt (session, MTX_OLM_MESSAGE_PRE_KEY, untrusted_pre_key_body, error);
  if (decrypted == NULL)
    return NULL;
  /* The last step: up to here nothing but the new session has changed. */
  if (!mtx_guard_account_remove_one_time_key (self->guard, guard, error))
    return NULL;

  *plaintext = g_steal_pointer (&decrypted);
  return g_steal_pointer (&session);
}
