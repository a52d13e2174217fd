/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The room key we write with.
 */
#include "mtx-megolm-outbound.h"

#include "mtx-error.h"
#include "mtx-olm-guard.h"
#include "mtx-pickle-seal.h"
#include "mtx-secret-bytes.h"

struct _MtxMegolmOutbound
{
  GObject parent_instance;

  /* owned */
  MtxGuardOutbound *guard;
  char             *id;

  /* state */
  gint64 created_ms;
};

G_DEFINE_FINAL_TYPE (MtxMegolmOutbound, mtx_megolm_outbound, G_TYPE_OBJECT)

static void
mtx_megolm_outbound_finalize (GObject *object)
{
  MtxMegolmOutbound *self = MTX_MEGOLM_OUTBOUND (object);

  g_clear_pointer (&self->guard, mtx_guard_outbound_free);
  g_clear_pointer (&self->id, g_free);

  G_OBJECT_CLASS (mtx_megolm_outbound_parent_class)->finalize (object);
}

static void
mtx_megolm_outbound_class_init (MtxMegolmOutboundClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = mtx_megolm_outbound_finalize;
}

static void
mtx_megolm_outbound_init (MtxMegolmOutbound *self)
{
}

/* Takes @guard. */
static MtxMegolmOutbound *
new_from_guard (MtxGuardOutbound *guard,
                gint64            created_ms,
                GError          **error)
{
  g_autoptr (MtxMegolmOutbound) self = g_object_new (MTX_TYPE_MEGOLM_OUTBOUND, NULL);

  self->guard = guard;
  self->created_ms = created_ms;
  self->id = mtx_guard_outbound_id (guard, error);
  if (self->id == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_megolm_outbound_new:
 * @now_ms: the time now, milliseconds since 1970, kept for mtx_megolm_rotation_is_due()
 * @error: (out) (optional): where to put an error
 *
 * Draws a new room key.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_FAILED
 */
MtxMegolmOutbound *
mtx_megolm_outbound_new (gint64   now_ms,
                         GError **error)
{
  MtxGuardOutbound *guard = mtx_guard_outbound_new (error);

  return guard != NULL ? new_from_guard (guard, now_ms, error) : NULL;
}

/**
 * mtx_megolm_outbound_new_from_pickle:
 * @untrusted_sealed: what mtx_megolm_outbound_to_pickle() returned
 * @master_key: 32 bytes from the keyring
 * @room_id: the room the key is for
 * @session_id: the session's id
 * @error: (out) (optional): where to put an error
 *
 * Restores a room key, if it is the one it is said to be.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_DAMAGED
 */
MtxMegolmOutbound *
mtx_megolm_outbound_new_from_pickle (GBytes         *untrusted_sealed,
                                     MtxSecretBytes *master_key,
                                     const char     *room_id,
                                     const char     *session_id,
                                     GError        **error)
{
  g_autoptr (MtxSecretBytes) opened = NULL;
  g_autoptr (MtxSecretBytes) pickle = NULL;
  MtxGuardOutbound          *guard;
  const guint8              *bytes;
  gsize                      length;
  gint64                     created_be;

  opened = mtx_pickle_open (MTX_PICKLE_MEGOLM_OUTBOUND, room_id, session_id, master_key, untrusted_sealed, error);
  if (opened == NULL)
    return NULL;
  bytes = mtx_secret_bytes_get (opened, &length);
  if (length < sizeof created_be)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "A pickle has an impossible length");
      return NULL;
    }
  memcpy (&created_be, bytes, sizeof created_be);

  pickle = mtx_secret_bytes_new (bytes + sizeof created_be, length - sizeof created_be);
  guard = mtx_guard_outbound_unpickle (pickle, error);

  return guard != NULL ? new_from_guard (guard, GINT64_FROM_BE (created_be), error) : NULL;
}

/**
 * mtx_megolm_outbound_to_pickle:
 * @self: a room key
 * @master_key: 32 bytes from the keyring
 * @room_id: the room the key is for
 * @error: (out) (optional): where to put an error
 *
 * Seals the room key, with the time it was made, for the store.
 *
 * Returns: (transfer full) (nullable): the sealed pickle, or %NULL with %MTX_ERROR_FAILED
 */
GBytes *
mtx_megolm_outbound_to_pickle (MtxMegolmOutbound *self,
                               MtxSecretBytes    *master_key,
                               const char        *room_id,
                               GError           **error)
{
  g_autoptr (MtxSecretBytes) pickle = NULL;
  g_autoptr (MtxSecretBytes) joined = NULL;
  const guint8              *bytes;
  guint8                    *buffer;
  gsize                      length;
  gint64                     created_be;

  g_return_val_if_fail (MTX_IS_MEGOLM_OUTBOUND (self), NULL);

  pickle = mtx_guard_outbound_pickle (self->guard, error);
  if (pickle == NULL)
    return NULL;

  bytes = mtx_secret_bytes_get (pickle, &length);
  buffer = g_malloc (sizeof created_be + length);
  created_be = GINT64_TO_BE (self->created_ms);
  memcpy (buffer, &created_be, sizeof created_be);
  memcpy (buffer + sizeof created_be, bytes, length);
  joined = mtx_secret_bytes_new_take (buffer, sizeof created_be + length);

  bytes = mtx_secret_bytes_get (joined, &length);
  return mtx_pickle_seal (MTX_PICKLE_MEGOLM_OUTBOUND, room_id, self->id, master_key, bytes, length, error);
}

/**
 * mtx_megolm_outbound_get_id:
 * @self: a room key
 *
 * Returns: the session id
 */
const char *
mtx_megolm_outbound_get_id (MtxMegolmOutbound *self)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_OUTBOUND (self), NULL);

  return self->id;
}

/**
 * mtx_megolm_outbound_get_created_ms:
 * @self: a room key
 *
 * Returns: when it was made, milliseconds since 1970
 */
gint64
mtx_megolm_outbound_get_created_ms (MtxMegolmOutbound *self)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_OUTBOUND (self), 0);

  return self->created_ms;
}

/**
 * mtx_megolm_outbound_get_message_index:
 * @self: a room key
 *
 * Returns: the index of the next message, which is also how many were encrypted
 */
guint32
mtx_megolm_outbound_get_message_index (MtxMegolmOutbound *self)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_OUTBOUND (self), 0);

  return mtx_guard_outbound_message_index (self->guard);
}

/**
 * mtx_megolm_outbound_dup_session_key:
 * @self: a room key
 * @error: (out) (optional): where to put an error
 *
 * Writes the room key for `m.room_key`, from the next message on: whoever gets it reads nothing from before.
 *
 * Returns: (transfer full) (nullable): the key, freed with mtx_secret_string_free(), or %NULL with
 *   %MTX_ERROR_FAILED
 */
char *
mtx_megolm_outbound_dup_session_key (MtxMegolmOutbound *self,
                                     GError           **error)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_OUTBOUND (self), NULL);

  return mtx_guard_outbound_session_key (self->guard, error);
}

/**
 * mtx_megolm_outbound_encrypt:
 * @self: a room key
 * @plaintext: (array length=length): what to encrypt
 * @length: bytes in @plaintext, at most 48 000
 * @error: (out) (optional): where to put an error
 *
 * Encrypts one message and steps the ratchet. Store the room key before the message leaves.
 *
 * Returns: (transfer full) (nullable): the `ciphertext` for the event, or %NULL with the room key unchanged and
 *   %MTX_ERROR_TOO_LARGE or %MTX_ERROR_FAILED
 */
char *
mtx_megolm_outbound_encrypt (MtxMegolmOutbound *self,
                             const guint8      *plaintext,
                             gsize              length,
                             GError           **error)
{
  g_return_val_if_fail (MTX_IS_MEGOLM_OUTBOUND (self), NULL);

  return mtx_guard_outbound_encrypt (self->guard, plaintext, length, error);
}
