/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One Olm ratchet with one device (specification, Olm).
 */
#include "mtx-olm-session-private.h"

#include "mtx-error.h"
#include "mtx-pickle-seal.h"
#include "mtx-secret-bytes.h"

struct _MtxOlmSession
{
  GObject parent_instance;

  /* owned */
  MtxGuardSession *guard;
  char            *id;
  char            *their_curve25519;
};

G_DEFINE_FINAL_TYPE (MtxOlmSession, mtx_olm_session, G_TYPE_OBJECT)

static void
mtx_olm_session_finalize (GObject *object)
{
  MtxOlmSession *self = MTX_OLM_SESSION (object);

  g_clear_pointer (&self->guard, mtx_guard_session_free);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->their_curve25519, g_free);

  G_OBJECT_CLASS (mtx_olm_session_parent_class)->finalize (object);
}

static void
mtx_olm_session_class_init (MtxOlmSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_olm_session_finalize;
}

static void
mtx_olm_session_init (MtxOlmSession *self)
{
}

/* Takes @guard. */
MtxOlmSession *
_mtx_olm_session_new (MtxGuardSession *guard,
                      const char      *their_curve25519,
                      GError         **error)
{
  g_autoptr (MtxOlmSession) self = g_object_new (MTX_TYPE_OLM_SESSION, NULL);

  self->guard = guard;
  self->their_curve25519 = g_strdup (their_curve25519);
  self->id = mtx_guard_session_id (guard, error);
  if (self->id == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_olm_session_new_from_pickle:
 * @untrusted_sealed: what mtx_olm_session_to_pickle() returned
 * @master_key: 32 bytes from the keyring
 * @their_curve25519: the identity key of the device the session is with
 * @session_id: the session's id
 * @error: (out) (optional): where to put an error
 *
 * Restores a session, if it is the one it is said to be.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with %MTX_ERROR_DAMAGED
 */
MtxOlmSession *
mtx_olm_session_new_from_pickle (GBytes         *untrusted_sealed,
                                 MtxSecretBytes *master_key,
                                 const char     *their_curve25519,
                                 const char     *session_id,
                                 GError        **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  MtxGuardSession           *guard;

  pickle = mtx_pickle_open (MTX_PICKLE_OLM_SESSION, their_curve25519, session_id, master_key,
                            untrusted_sealed, error);
  if (pickle == NULL)
    return NULL;
  guard = mtx_guard_session_unpickle (pickle, error);

  return guard != NULL ? _mtx_olm_session_new (guard, their_curve25519, error) : NULL;
}

/**
 * mtx_olm_session_to_pickle:
 * @self: a session
 * @master_key: 32 bytes from the keyring
 * @error: (out) (optional): where to put an error
 *
 * Seals the session for the store.
 *
 * Returns: (transfer full) (nullable): the sealed pickle, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_olm_session_to_pickle (MtxOlmSession  *self,
                           MtxSecretBytes *master_key,
                           GError        **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  const guint8              *bytes;
  gsize                      length;

  g_return_val_if_fail (MTX_IS_OLM_SESSION (self), NULL);

  pickle = mtx_guard_session_pickle (self->guard, error);
  if (pickle == NULL)
    return NULL;

  bytes = mtx_secret_bytes_get (pickle, &length);
  return mtx_pickle_seal (MTX_PICKLE_OLM_SESSION, self->their_curve25519, self->id, master_key, bytes, length, error);
}

/**
 * mtx_olm_session_get_id:
 * @self: a session
 *
 * Returns: the session id, which is the same at both ends
 */
const char *
mtx_olm_session_get_id (MtxOlmSession *self)
{
  g_return_val_if_fail (MTX_IS_OLM_SESSION (self), NULL);

  return self->id;
}

/**
 * mtx_olm_session_get_their_curve25519:
 * @self: a session
 *
 * Returns: the identity key of the device the session is with
 */
const char *
mtx_olm_session_get_their_curve25519 (MtxOlmSession *self)
{
  g_return_val_if_fail (MTX_IS_OLM_SESSION (self), NULL);

  return self->their_curve25519;
}

/**
 * mtx_olm_session_matches:
 * @self: a session
 * @untrusted_pre_key_body: a message of type %MTX_OLM_MESSAGE_PRE_KEY
 *
 * Whether a pre-key message belongs to this session. The other device sends such messages until it has heard
 * from us, so most do not begin a new one. A malformed message belongs to none.
 *
 * Returns: %TRUE if it does
 */
gboolean
mtx_olm_session_matches (MtxOlmSession *self,
                         const char    *untrusted_pre_key_body)
{
  g_return_val_if_fail (MTX_IS_OLM_SESSION (self), FALSE);

  return mtx_guard_session_matches (self->guard, self->their_curve25519, untrusted_pre_key_body);
}

/**
 * mtx_olm_session_encrypt:
 * @self: a session
 * @plaintext: (array length=length): what to encrypt
 * @length: bytes in @plaintext, at most 48 000
 * @type: (out): the type to send with the message
 * @error: (out) (optional): where to put an error
 *
 * Encrypts one message and steps the ratchet. Store the session before the message leaves.
 *
 * Returns: (transfer full) (nullable): the message in unpadded base64, or %NULL with the session unchanged and
 *   %MTX_ERROR_TOO_LARGE or %MTX_ERROR_FAILED
 */
char *
mtx_olm_session_encrypt (MtxOlmSession     *self,
                         const guint8      *plaintext,
                         gsize              length,
                         MtxOlmMessageType *type,
                         GError           **error)
{
  gboolean is_pre_key = FALSE;
  char    *message;

  g_return_val_if_fail (MTX_IS_OLM_SESSION (self), NULL);
  g_return_val_if_fail (type != NULL, NULL);

  message = mtx_guard_session_encrypt (self->guard, plaintext, length, &is_pre_key, error);
  if (message != NULL)
    *type = is_pre_key ? MTX_OLM_MESSAGE_PRE_KEY : MTX_OLM_MESSAGE_NORMAL;

  return message;
}

/**
 * mtx_olm_session_decrypt:
 * @self: a session
 * @untrusted_type: the type the message came with
 * @untrusted_body: the message
 * @error: (out) (optional): where to put an error
 *
 * Decrypts one message and steps the ratchet. A pre-key message has to belong to this session. What comes out
 * is untrusted: see protocol.md § 8.2 for what has to be checked in it.
 *
 * Returns: (transfer full) (nullable): the plaintext, wiped with its last reference, or %NULL with the session
 *   unchanged and %MTX_ERROR_TOO_LARGE, %MTX_ERROR_BAD_REPLY for type or form, or %MTX_ERROR_UNTRUSTED if it
 *   is of another session, not genuine, decrypted before, or out of reach
 */
GBytes *
mtx_olm_session_decrypt (MtxOlmSession *self,
                         gint64         untrusted_type,
                         const char    *untrusted_body,
                         GError       **error)
{
  gboolean is_pre_key = untrusted_type == MTX_OLM_MESSAGE_PRE_KEY;

  g_return_val_if_fail (MTX_IS_OLM_SESSION (self), NULL);

  if (!is_pre_key && untrusted_type != MTX_OLM_MESSAGE_NORMAL)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "Olm message of unknown type");
      return NULL;
    }

  return mtx_guard_session_decrypt (self->guard, self->their_curve25519, is_pre_key, untrusted_body, error);
}
