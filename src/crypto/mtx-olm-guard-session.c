/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The guard's facet for Olm sessions, one ratchet between two devices.
 */
#include "mtx-olm-guard-private.h"

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-olm-wire.h"
#include "mtx-public-key.h"

/* A session with all its receiver chains and skipped keys is below 6 000 characters. */
#define MAX_SESSION_PICKLE 8192

/**
 * mtx_guard_session_free:
 * @self: (transfer full): a session
 *
 * Clears, overwrites and frees a session.
 */
/**
 * mtx_guard_session_pickle:
 * @self: a session
 * @error: (out) (optional): where to put an error
 *
 * Writes the whole state, for mtx_pickle_seal() only.
 *
 * Returns: (transfer full) (nullable): the state, or %NULL with %MTX_ERROR_FAILED
 */
/**
 * mtx_guard_session_unpickle:
 * @pickle: what mtx_guard_session_pickle() returned, authenticated by mtx_pickle_open() if it was stored
 * @error: (out) (optional): where to put an error
 *
 * Makes a session from its state.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with %MTX_ERROR_DAMAGED
 */
MTX_GUARD_DEFINE_PICKLING (MtxGuardSession, session, session, MAX_SESSION_PICKLE)

MTX_GUARD_DEFINE_STEP (MtxGuardSession, session)

static gboolean
check_session (MtxGuardSession *self,
               gsize            result,
               gsize            reported,
               const char      *what,
               GError         **error)
{
  return _mtx_guard_check (result, reported, what, olm_session_last_error (self->olm), error);
}

/* Form and keys of a message of either type (guard rules G1, G3, G4, G8 and G14). */
static gboolean
check_body (const char *their_curve25519,
            gboolean    is_pre_key,
            const char *untrusted_body,
            GError    **error)
{
  g_autoptr (GBytes) decoded = NULL;
  const guint8      *bytes;
  guint8             sender_key[MTX_CURVE25519_KEY_BYTES];
  gsize              length;

  if (!mtx_base64_decode_exact (their_curve25519, MTX_BASE64_UNPADDED, sender_key, sizeof sender_key, error))
    return FALSE;
  decoded = _mtx_guard_decode_body (untrusted_body, error);
  if (decoded == NULL)
    return FALSE;

  bytes = g_bytes_get_data (decoded, &length);
  return is_pre_key ? mtx_olm_wire_check_pre_key (bytes, length, sender_key, error)
                    : mtx_olm_wire_check_normal (bytes, length, error);
}

/* Whether a well-formed pre-key message is one that began @self. */
static gboolean
begins_session (MtxGuardSession *self,
                const char      *their_curve25519,
                const char      *body)
{
  g_autoptr (MtxGuardScratch) identity = NULL;
  g_autoptr (MtxGuardScratch) message = NULL;

  identity = _mtx_guard_scratch_new_copy (their_curve25519, strlen (their_curve25519));
  message = _mtx_guard_scratch_new_copy (body, strlen (body));

  /* One for yes, zero for no, and the error value for a message it cannot read. */
  return olm_matches_inbound_session_from (self->olm, identity->bytes, identity->length,
                                           message->bytes, message->length)
         == 1;
}

/**
 * mtx_guard_session_new_outbound:
 * @account: our account, which does not change
 * @untrusted_their_curve25519: their identity key
 * @untrusted_their_one_time_key: their one-time or fallback key, its signature verified by the caller
 * @error: (out) (optional): where to put an error
 *
 * Begins a session in which we speak first.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with %MTX_ERROR_BAD_REPLY or %MTX_ERROR_UNTRUSTED
 *   for a key that must not be used
 */
MtxGuardSession *
mtx_guard_session_new_outbound (MtxGuardAccount *account,
                                const char      *untrusted_their_curve25519,
                                const char      *untrusted_their_one_time_key,
                                GError         **error)
{
  g_autoptr (MtxGuardSession) self = mtx_guard_session_alloc ();
  g_autoptr (MtxGuardScratch) identity = NULL;
  g_autoptr (MtxGuardScratch) one_time = NULL;
  g_autoptr (MtxGuardScratch) random = NULL;
  gsize                       result;

  if (!mtx_curve25519_key_check (untrusted_their_curve25519, error)
      || !mtx_curve25519_key_check (untrusted_their_one_time_key, error))
    return NULL;

  identity = _mtx_guard_scratch_new_copy (untrusted_their_curve25519, strlen (untrusted_their_curve25519));
  one_time = _mtx_guard_scratch_new_copy (untrusted_their_one_time_key, strlen (untrusted_their_one_time_key));
  random = _mtx_guard_scratch_new_random (olm_create_outbound_session_random_length (self->olm), error);
  if (random == NULL)
    return NULL;

  result = olm_create_outbound_session (self->olm, account->olm,
                                        identity->bytes, identity->length,
                                        one_time->bytes, one_time->length,
                                        random->bytes, random->length);
  if (!check_session (self, result, G_MAXSIZE, "Begin Olm session", error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_guard_session_new_inbound:
 * @account: our account, which does not change
 * @untrusted_their_curve25519: the identity key the envelope names as its sender's
 * @untrusted_body: their pre-key message
 * @error: (out) (optional): where to put an error
 *
 * Begins the session a pre-key message asks for. It is worth nothing until that message decrypts.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with %MTX_ERROR_MISSING_KEY if the message names
 *   a one-time key we do not have, or another error of mtx_guard_session_decrypt()
 */
MtxGuardSession *
mtx_guard_session_new_inbound (MtxGuardAccount *account,
                               const char      *untrusted_their_curve25519,
                               const char      *untrusted_body,
                               GError         **error)
{
  g_autoptr (MtxGuardSession) self = mtx_guard_session_alloc ();
  g_autoptr (MtxGuardScratch) identity = NULL;
  g_autoptr (MtxGuardScratch) body = NULL;
  gsize                       result;

  if (!mtx_curve25519_key_check (untrusted_their_curve25519, error)
      || !check_body (untrusted_their_curve25519, TRUE, untrusted_body, error))
    return NULL;

  identity = _mtx_guard_scratch_new_copy (untrusted_their_curve25519, strlen (untrusted_their_curve25519));
  body = _mtx_guard_scratch_new_copy (untrusted_body, strlen (untrusted_body));
  result = olm_create_inbound_session_from (self->olm, account->olm,
                                            identity->bytes, identity->length,
                                            body->bytes, body->length);
  if (!check_session (self, result, G_MAXSIZE, "Accept Olm session", error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_guard_session_id:
 * @self: a session
 * @error: (out) (optional): where to put an error
 *
 * Reads the session id, which is the same at both ends.
 *
 * Returns: (transfer full) (nullable): the id, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_guard_session_id (MtxGuardSession *self,
                      GError         **error)
{
  gsize                       reported = olm_session_id_length (self->olm);
  g_autoptr (MtxGuardScratch) id = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_session_id (self->olm, id->bytes, reported);

  if (!check_session (self, written, reported, "Olm session id", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (id, written);
}

/**
 * mtx_guard_session_matches:
 * @self: a session
 * @their_curve25519: the other device's identity key
 * @untrusted_body: a pre-key message
 *
 * Whether a pre-key message belongs to this session. A malformed one belongs to none.
 *
 * Returns: %TRUE if it does
 */
gboolean
mtx_guard_session_matches (MtxGuardSession *self,
                           const char      *their_curve25519,
                           const char      *untrusted_body)
{
  return check_body (their_curve25519, TRUE, untrusted_body, NULL)
         && begins_session (self, their_curve25519, untrusted_body);
}

/**
 * mtx_guard_session_encrypt:
 * @self: a session
 * @plaintext: (array length=length): what to encrypt
 * @length: bytes in @plaintext, at most %MTX_GUARD_MAX_PLAINTEXT_BYTES
 * @is_pre_key: (out): whether the message begins the session at the other end
 * @error: (out) (optional): where to put an error
 *
 * Encrypts one message and steps the ratchet.
 *
 * Returns: (transfer full) (nullable): the message in unpadded base64, or %NULL with @self unchanged and
 *   %MTX_ERROR_TOO_LARGE or %MTX_ERROR_FAILED
 */
char *
mtx_guard_session_encrypt (MtxGuardSession *self,
                           const guint8    *plaintext,
                           gsize            length,
                           gboolean        *is_pre_key,
                           GError         **error)
{
  g_autoptr (MtxGuardSession) changed = NULL;
  g_autoptr (MtxGuardScratch) random = NULL;
  g_autoptr (MtxGuardScratch) input = NULL;
  g_autoptr (MtxGuardScratch) message = NULL;
  gsize                       reported;
  gsize                       written;
  gsize                       type;

  if (!_mtx_guard_check_plaintext (length, error))
    return NULL;
  changed = begin_session (self, error);
  if (changed == NULL)
    return NULL;
  type = olm_encrypt_message_type (changed->olm);
  if (!check_session (changed, type, OLM_MESSAGE_TYPE_MESSAGE, "Encrypt Olm message", error))
    return NULL;
  random = _mtx_guard_scratch_new_random (olm_encrypt_random_length (changed->olm), error);
  if (random == NULL)
    return NULL;

  reported = olm_encrypt_message_length (changed->olm, length);
  message = _mtx_guard_scratch_new (reported);
  input = _mtx_guard_scratch_new_copy (plaintext, length);
  written = olm_encrypt (changed->olm, input->bytes, input->length, random->bytes, random->length,
                         message->bytes, reported);
  if (!check_session (changed, written, reported, "Encrypt Olm message", error))
    return NULL;

  commit_session (self, changed);
  *is_pre_key = type == OLM_MESSAGE_TYPE_PRE_KEY;
  return _mtx_guard_scratch_dup_text (message, written);
}

/**
 * mtx_guard_session_decrypt:
 * @self: a session
 * @their_curve25519: the other device's identity key
 * @is_pre_key: what the envelope says the message is
 * @untrusted_body: the message
 * @error: (out) (optional): where to put an error
 *
 * Decrypts one message and steps the ratchet. A pre-key message has to be one that begins this session: the
 * library decrypts what is inside without asking. The limits of gaps (2000), receiver chains (5) and kept keys
 * (40) are the library's.
 *
 * Returns: (transfer full) (nullable): the plaintext, wiped with its last reference, or %NULL with @self
 *   unchanged and %MTX_ERROR_TOO_LARGE, %MTX_ERROR_BAD_REPLY for the form or %MTX_ERROR_UNTRUSTED if it is not
 *   genuine, of another session, was decrypted before, or is out of reach
 */
GBytes *
mtx_guard_session_decrypt (MtxGuardSession *self,
                           const char      *their_curve25519,
                           gboolean         is_pre_key,
                           const char      *untrusted_body,
                           GError         **error)
{
  g_autoptr (MtxGuardSession) changed = NULL;
  g_autoptr (MtxGuardScratch) spoiled = NULL;
  g_autoptr (MtxGuardScratch) body = NULL;
  g_autoptr (MtxGuardScratch) plaintext = NULL;
  gsize                       type = is_pre_key ? OLM_MESSAGE_TYPE_PRE_KEY : OLM_MESSAGE_TYPE_MESSAGE;
  gsize                       reported;
  gsize                       written;

  if (!check_body (their_curve25519, is_pre_key, untrusted_body, error))
    return NULL;
  if (is_pre_key && !begins_session (self, their_curve25519, untrusted_body))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Olm message belongs to another session");
      return NULL;
    }
  changed = begin_session (self, error);
  if (changed == NULL)
    return NULL;

  spoiled = _mtx_guard_scratch_new_copy (untrusted_body, strlen (untrusted_body));
  body = _mtx_guard_scratch_new_copy (untrusted_body, strlen (untrusted_body));
  reported = olm_decrypt_max_plaintext_length (changed->olm, type, spoiled->bytes, spoiled->length);
  if (!check_session (changed, reported, MTX_GUARD_MAX_BODY_BYTES, "Decrypt Olm message", error))
    return NULL;
  plaintext = _mtx_guard_scratch_new (reported);
  written = olm_decrypt (changed->olm, type, body->bytes, body->length, plaintext->bytes, reported);
  if (!check_session (changed, written, reported, "Decrypt Olm message", error))
    return NULL;

  commit_session (self, changed);
  return _mtx_guard_scratch_to_bytes (g_steal_pointer (&plaintext), written);
}
