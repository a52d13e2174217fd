/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A room key we read with.
 */
#include "mtx-megolm-inbound.h"

#include "mtx-error.h"
#include "mtx-olm-guard.h"
#include "mtx-pickle-seal.h"
#include "mtx-secret-bytes.h"

#include <openssl/crypto.h>

struct _MtxMegolmInbound
{
  GObject parent_instance;

  /* owned */
  MtxGuardInbound *guard;
  char            *id;
};

G_DEFINE_FINAL_TYPE (MtxMegolmInbound, mtx_megolm_inbound, G_TYPE_OBJECT)

static void
mtx_megolm_inbound_finalize (GObject *object)
{
  MtxMegolmInbound *self = MTX_MEGOLM_INBOUND (object);

  g_clear_pointer (&self->guard, mtx_guard_inbound_free);
  g_clear_pointer (&self->id, g_free);

  G_OBJECT_CLASS (mtx_megolm_inbound_parent_class)->finalize (object);
}

static void
mtx_megolm_inbound_class_init (MtxMegolmInboundClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_megolm_inbound_finalize;
}

static void
mtx_megolm_inbound_init (MtxMegolmInbound *self)
{
}

/* Takes @guard. */
static MtxMegolmInbound *
new_from_guard (MtxGuardInbound *guard,
                GError         **error)
{
  g_autoptr (MtxMegolmInbound) self = g_object_new (MTX_TYPE_MEGOLM_INBOUND, NULL);

  self->guard = guard;
  self->id = mtx_guard_inbound_id (guard, error);
  if (self->id == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_megolm_inbound_new:
 * @untrusted_session_key: (nullable): `session_key` of an `m.room_key`
 * @untrusted_session_id: (nullable): `session_id` beside it
 * @error: (out) (optional): where to put an error
 *
 * Reads a room key as its maker shares it. Its signature proves that whoever made the session made this key;
 * who that is, only the Olm session it came through can tell.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_BAD_REPLY for the form or
 *   %MTX_ERROR_UNTRUSTED if key and id do not belong together or the signature does not hold
 */
MtxMegolmInbound *
mtx_megolm_inbound_new (const char *untrusted_session_key,
                        const char *untrusted_session_id,
                        GError    **error)
{
  MtxGuardInbound *guard = mtx_guard_inbound_new (untrusted_session_key, untrusted_session_id, error);

  return guard != NULL ? new_from_guard (guard, error) : NULL;
}

/**
 * mtx_megolm_inbound_new_from_export:
 * @untrusted_session_key: (nullable): `session_key` of a backup, an export or a forward
 * @untrusted_session_id: (nullable): `session_id` beside it
 * @error: (out) (optional): where to put an error
 *
 * Reads a room key in export format. It proves nothing about its origin.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_BAD_REPLY for the form or
 *   %MTX_ERROR_UNTRUSTED if key and id do not belong together
 */
MtxMegolmInbound *
mtx_megolm_inbound_new_from_export (const char *untrusted_session_key,
                                    const char *untrusted_session_id,
                                    GError    **error)
{
  MtxGuardInbound *guard = mtx_guard_inbound_new_from_export (untrusted_session_key, untrusted_session_id, error);

  return guard != NULL ? new_from_guard (guard, error) : NULL;
}

/**
 * mtx_megolm_inbound_new_from_pickle:
 * @untrusted_sealed: what mtx_megolm_inbound_to_pickle() returned
 * @master_key: 32 bytes from the keyring
 * @room_id: the room the key is for
 * @session_id: the session's id
 * @error: (out) (optional): where to put an error
 *
 * Restores a room key, if it is the one it is said to be and of the room it is said to be.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_DAMAGED
 */
MtxMegolmInbound *
mtx_megolm_inbound_new_from_pickle (GBytes         *untrusted_sealed,
                                    MtxSecretBytes *master_key,
                                    const char     *room_id,
                                    const char     *session_id,
                                    GError        **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  MtxGuardInbound           *guard;

  pickle = mtx_pickle_open (MTX_PICKLE_MEGOLM_INBOUND, room_id, session_id, master_key, untrusted_sealed, error);
  if (pickle == NULL)
    return NULL;
  guard = mtx_guard_inbound_unpickle (pickle, error);

  return guard != NULL ? new_from_guard (guard, error) : NULL;
}

/**
 * mtx_megolm_inbound_to_pickle:
 * @self: a room key
 * @master_key: 32 bytes from the keyring
 * @room_id: the room the key is for
 * @error: (out) (optional): where to put an error
 *
 * Seals the room key for the store. A room key does not change by decrypting, so once is enough.
 *
 * Returns: (transfer full) (nullable): the sealed pickle, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_megolm_inbound_to_pickle (MtxMegolmInbound *self,
                              MtxSecretBytes   *master_key,
                              const char       *room_id,
                              GError          **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  const guint8              *bytes;
  gsize                      length;

  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (self), NULL);

  pickle = mtx_guard_inbound_pickle (self->guard, error);
  if (pickle == NULL)
    return NULL;

  bytes = mtx_secret_bytes_get (pickle, &length);
  return mtx_pickle_seal (MTX_PICKLE_MEGOLM_INBOUND, room_id, self->id, master_key, bytes, length, error);
}

/**
 * mtx_megolm_inbound_get_id:
 * @self: a room key
 *
 * Returns: the session id
 */
const char *
mtx_megolm_inbound_get_id (MtxMegolmInbound *self)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (self), NULL);

  return self->id;
}

/**
 * mtx_megolm_inbound_get_first_known_index:
 * @self: a room key
 *
 * Returns: the index of the first message that can be decrypted, as the key itself tells it
 */
guint32
mtx_megolm_inbound_get_first_known_index (MtxMegolmInbound *self)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (self), 0);

  return mtx_guard_inbound_first_known_index (self->guard);
}

/**
 * mtx_megolm_inbound_decrypt:
 * @self: a room key
 * @untrusted_ciphertext: (nullable): `ciphertext` of an event
 * @message_index: (out): which message of the session it is, for the check against replays
 * @error: (out) (optional): where to put an error
 *
 * Decrypts one message. What comes out is untrusted: room id, sender and replay are the caller's to check.
 *
 * Returns: (transfer full) (nullable): the plaintext, wiped with its last reference, or %NULL with
 *   %MTX_ERROR_TOO_LARGE, %MTX_ERROR_BAD_REPLY for the form, %MTX_ERROR_UNTRUSTED if it is not genuine, or
 *   %MTX_ERROR_MISSING_KEY if it is older than the room key
 */
GBytes *
mtx_megolm_inbound_decrypt (MtxMegolmInbound *self,
                            const char       *untrusted_ciphertext,
                            guint32          *message_index,
                            GError          **error)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (self), NULL);
  g_return_val_if_fail (message_index != NULL, NULL);

  return mtx_guard_inbound_decrypt (self->guard, untrusted_ciphertext, message_index, error);
}

/**
 * mtx_megolm_inbound_export_at:
 * @self: a room key
 * @message_index: the first message the export can decrypt, not before mtx_megolm_inbound_get_first_known_index()
 * @error: (out) (optional): where to put an error
 *
 * Writes the room key in export format, from a message on: for a backup, or to compare two keys.
 *
 * Returns: (transfer full) (nullable): the key, freed with mtx_secret_string_free(), or %NULL with
 *   %MTX_ERROR_MISSING_KEY if @message_index is older than the room key
 */
char *
mtx_megolm_inbound_export_at (MtxMegolmInbound *self,
                              guint32           message_index,
                              GError          **error)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (self), NULL);

  return mtx_guard_inbound_export_at (self->guard, message_index, error);
}

/**
 * mtx_megolm_inbound_compare:
 * @self: a room key
 * @other: another with the same session id
 * @order: (out): how @self relates to @other
 * @error: (out) (optional): where to put an error
 *
 * Tells whether two room keys are one ratchet, by winding both to the later of their first messages and
 * comparing what is there. The id alone says nothing: in export format nothing is signed.
 *
 * Returns: %TRUE with @order, or %FALSE with %MTX_ERROR_FAILED
 */
gboolean
mtx_megolm_inbound_compare (MtxMegolmInbound *self,
                            MtxMegolmInbound *other,
                            MtxMegolmOrder   *order,
                            GError          **error)
{
  guint32  first;
  guint32  other_first;
  char    *ours = NULL;
  char    *theirs = NULL;
  gboolean done;

  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (self), FALSE);
  g_return_val_if_fail (MTX_IS_MEGOLM_INBOUND (other), FALSE);
  g_return_val_if_fail (order != NULL, FALSE);

  first = mtx_guard_inbound_first_known_index (self->guard);
  other_first = mtx_guard_inbound_first_known_index (other->guard);
  ours = mtx_guard_inbound_export_at (self->guard, MAX (first, other_first), error);
  if (ours != NULL)
    theirs = mtx_guard_inbound_export_at (other->guard, MAX (first, other_first), error);
  done = ours != NULL && theirs != NULL;

  /* The export ends with the session id, so another session is unconnected as well. */
  if (done && (strlen (ours) != strlen (theirs) || CRYPTO_memcmp (ours, theirs, strlen (ours)) != 0))
    *order = MTX_MEGOLM_UNCONNECTED;
  else if (done && first == other_first)
    *order = MTX_MEGOLM_EQUAL;
  else if (done)
    *order = first < other_first ? MTX_MEGOLM_BETTER : MTX_MEGOLM_WORSE;

  g_clear_pointer (&ours, mtx_secret_string_free);
  g_clear_pointer (&theirs, mtx_secret_string_free);
  return done;
}
