/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The guard's facet for Megolm sessions: one ratchet from one device to a room.
 */
#include "mtx-olm-guard-private.h"

#include "mtx-base64.h"
#include "mtx-error.h"
#include "mtx-olm-wire.h"

/* Both kinds have a fixed size well below this. */
#define MAX_INBOUND_PICKLE  1024
#define MAX_OUTBOUND_PICKLE 1024

typedef gsize (*ReadKeyFunc) (OlmInboundGroupSession *session,
                              const guint8           *key,
                              gsize                   length);

typedef gboolean (*CheckKeyFunc) (const guint8 *untrusted,
                                  const guint8  session_id[MTX_ED25519_KEY_BYTES],
                                  GError      **error);

/**
 * mtx_guard_inbound_free:
 * @self: (transfer full): a room key
 *
 * Clears, overwrites and frees a room key.
 */
/**
 * mtx_guard_inbound_pickle:
 * @self: a room key
 * @error: (out) (optional): where to put an error
 *
 * Writes the whole state, for mtx_pickle_seal() only.
 *
 * Returns: (transfer full) (nullable): the state, or %NULL with %MTX_ERROR_FAILED
 */
/**
 * mtx_guard_inbound_unpickle:
 * @pickle: what mtx_guard_inbound_pickle() returned, authenticated by mtx_pickle_open()
 * @error: (out) (optional): where to put an error
 *
 * Makes a room key from its state.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_DAMAGED
 */
MTX_GUARD_DEFINE_PICKLING (MtxGuardInbound, inbound, inbound_group_session, MAX_INBOUND_PICKLE)

static gboolean
check_inbound (MtxGuardInbound *self,
               gsize            result,
               gsize            reported,
               const char      *what,
               GError         **error)
{
  return _mtx_guard_check (result, reported, what, olm_inbound_group_session_last_error (self->olm), error);
}

static MtxGuardInbound *
read_room_key (const char  *untrusted_session_key,
               gsize        length,
               const char  *untrusted_session_id,
               CheckKeyFunc check,
               ReadKeyFunc  read,
               GError     **error)
{
  g_autoptr (MtxGuardInbound) self = NULL;
  g_autoptr (MtxGuardScratch) decoded = _mtx_guard_scratch_new (length);
  g_autoptr (MtxGuardScratch) text = NULL;
  guint8                      session_id[MTX_ED25519_KEY_BYTES];
  gsize                       result;

  if (!mtx_base64_decode_exact (untrusted_session_id, MTX_BASE64_UNPADDED, session_id, sizeof session_id, error)
      || !mtx_base64_decode_exact (untrusted_session_key, MTX_BASE64_UNPADDED, decoded->bytes, length, error)
      || !check (decoded->bytes, session_id, error))
    return NULL;

  self = mtx_guard_inbound_alloc ();
  text = _mtx_guard_scratch_new_copy (untrusted_session_key, strlen (untrusted_session_key));
  result = read (self->olm, text->bytes, text->length);
  if (!check_inbound (self, result, G_MAXSIZE, "Read room key", error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_guard_inbound_new:
 * @untrusted_session_key: a room key in the format it is shared in
 * @untrusted_session_id: the session id that came with it
 * @error: (out) (optional): where to put an error
 *
 * Reads a room key as its maker shares it (guard rules G1, G2, G6 and G9).
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_BAD_REPLY for the form or
 *   %MTX_ERROR_UNTRUSTED for key, id or signature
 */
MtxGuardInbound *
mtx_guard_inbound_new (const char *untrusted_session_key,
                       const char *untrusted_session_id,
                       GError    **error)
{
  return read_room_key (untrusted_session_key, MTX_MEGOLM_SHARED_KEY_BYTES, untrusted_session_id,
                        mtx_megolm_wire_check_shared, olm_init_inbound_group_session, error);
}

/**
 * mtx_guard_inbound_new_from_export:
 * @untrusted_session_key: a room key in the format it is exported in
 * @untrusted_session_id: the session id that came with it
 * @error: (out) (optional): where to put an error
 *
 * Reads a room key from a backup, an export or a forward (guard rules G1, G2 and G6). Nothing in it is signed.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_BAD_REPLY for the form or
 *   %MTX_ERROR_UNTRUSTED for key or id
 */
MtxGuardInbound *
mtx_guard_inbound_new_from_export (const char *untrusted_session_key,
                                   const char *untrusted_session_id,
                                   GError    **error)
{
  return read_room_key (untrusted_session_key, MTX_MEGOLM_EXPORTED_KEY_BYTES, untrusted_session_id,
                        mtx_megolm_wire_check_exported, olm_import_inbound_group_session, error);
}

/**
 * mtx_guard_inbound_id:
 * @self: a room key
 * @error: (out) (optional): where to put an error
 *
 * Reads the session id, which is the session's public Ed25519 key.
 *
 * Returns: (transfer full) (nullable): the id, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_guard_inbound_id (MtxGuardInbound *self,
                      GError         **error)
{
  gsize                       reported = olm_inbound_group_session_id_length (self->olm);
  g_autoptr (MtxGuardScratch) id = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_inbound_group_session_id (self->olm, id->bytes, reported);

  if (!check_inbound (self, written, reported, "Room key id", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (id, written);
}

/**
 * mtx_guard_inbound_first_known_index:
 * @self: a room key
 *
 * Returns: the index of the first message that can be decrypted
 */
guint32
mtx_guard_inbound_first_known_index (MtxGuardInbound *self)
{
  return olm_inbound_group_session_first_known_index (self->olm);
}

/**
 * mtx_guard_inbound_decrypt:
 * @self: a room key
 * @untrusted_ciphertext: the message
 * @message_index: (out): which message of the session it was
 * @error: (out) (optional): where to put an error
 *
 * Decrypts one message. This works on the object itself: the library keeps its first position for ever and
 * a copy of the last one it computed, so a message that fails, even one whose signature holds, changes at
 * most how long the next takes, and %MTX_MEGOLM_MAX_INDEX keeps the two positions comparable.
 *
 * Returns: (transfer full) (nullable): the plaintext, wiped with its last reference, or %NULL with
 *   %MTX_ERROR_TOO_LARGE, %MTX_ERROR_BAD_REPLY for the form, %MTX_ERROR_UNTRUSTED if it is not genuine, or
 *   %MTX_ERROR_MISSING_KEY if it is older than the room key
 */
GBytes *
mtx_guard_inbound_decrypt (MtxGuardInbound *self,
                           const char      *untrusted_ciphertext,
                           guint32         *message_index,
                           GError         **error)
{
  g_autoptr (GBytes)          decoded = _mtx_guard_decode_body (untrusted_ciphertext, error);
  g_autoptr (MtxGuardScratch) spoiled = NULL;
  g_autoptr (MtxGuardScratch) body = NULL;
  g_autoptr (MtxGuardScratch) plaintext = NULL;
  const guint8               *bytes;
  guint32                     index = 0;
  gsize                       length;
  gsize                       reported;
  gsize                       written;

  if (decoded == NULL)
    return NULL;
  bytes = g_bytes_get_data (decoded, &length);
  if (!mtx_megolm_wire_check_message (bytes, length, error))
    return NULL;

  length = strlen (untrusted_ciphertext);
  spoiled = _mtx_guard_scratch_new_copy (untrusted_ciphertext, length);
  body = _mtx_guard_scratch_new_copy (untrusted_ciphertext, length);
  reported = olm_group_decrypt_max_plaintext_length (self->olm, spoiled->bytes, spoiled->length);
  if (!check_inbound (self, reported, MTX_GUARD_MAX_BODY_BYTES, "Decrypt Megolm message", error))
    return NULL;

  plaintext = _mtx_guard_scratch_new (reported);
  written = olm_group_decrypt (self->olm, body->bytes, body->length, plaintext->bytes, reported, &index);
  if (!check_inbound (self, written, reported, "Decrypt Megolm message", error))
    return NULL;

  *message_index = index;
  return _mtx_guard_scratch_to_bytes (g_steal_pointer (&plaintext), written);
}

/**
 * mtx_guard_inbound_export_at:
 * @self: a room key
 * @message_index: the first message the export can decrypt, not before ours
 * @error: (out) (optional): where to put an error
 *
 * Writes the room key in export format, from a message on.
 *
 * Returns: (transfer full) (nullable): the key, freed with mtx_secret_string_free(), or %NULL with
 *   %MTX_ERROR_MISSING_KEY if @message_index is older than the room key
 */
char *
mtx_guard_inbound_export_at (MtxGuardInbound *self,
                             guint32          message_index,
                             GError         **error)
{
  gsize                       reported = olm_export_inbound_group_session_length (self->olm);
  g_autoptr (MtxGuardScratch) key = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_export_inbound_group_session (self->olm, key->bytes, reported, message_index);

  if (!check_inbound (self, written, reported, "Export room key", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (key, written);
}

/**
 * mtx_guard_outbound_free:
 * @self: (transfer full): a room key of ours
 *
 * Clears, overwrites and frees a room key of ours.
 */
/**
 * mtx_guard_outbound_pickle:
 * @self: a room key of ours
 * @error: (out) (optional): where to put an error
 *
 * Writes the whole state, for mtx_pickle_seal() only.
 *
 * Returns: (transfer full) (nullable): the state, or %NULL with %MTX_ERROR_FAILED
 */
/**
 * mtx_guard_outbound_unpickle:
 * @pickle: what mtx_guard_outbound_pickle() returned, authenticated by mtx_pickle_open() if it was stored
 * @error: (out) (optional): where to put an error
 *
 * Makes a room key of ours from its state.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_DAMAGED
 */
MTX_GUARD_DEFINE_PICKLING (MtxGuardOutbound, outbound, outbound_group_session, MAX_OUTBOUND_PICKLE)

MTX_GUARD_DEFINE_STEP (MtxGuardOutbound, outbound)

static gboolean
check_outbound (MtxGuardOutbound *self,
                gsize             result,
                gsize             reported,
                const char       *what,
                GError          **error)
{
  return _mtx_guard_check (result, reported, what, olm_outbound_group_session_last_error (self->olm), error);
}

/**
 * mtx_guard_outbound_new:
 * @error: (out) (optional): where to put an error
 *
 * Draws a new room key.
 *
 * Returns: (transfer full) (nullable): the room key, or %NULL with %MTX_ERROR_FAILED
 */
MtxGuardOutbound *
mtx_guard_outbound_new (GError **error)
{
  g_autoptr (MtxGuardOutbound) self = mtx_guard_outbound_alloc ();
  g_autoptr (MtxGuardScratch)  random = NULL;
  gsize                        result;

  random = _mtx_guard_scratch_new_random (olm_init_outbound_group_session_random_length (self->olm), error);
  if (random == NULL)
    return NULL;

  result = olm_init_outbound_group_session (self->olm, random->bytes, random->length);
  if (!check_outbound (self, result, G_MAXSIZE, "Make room key", error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mtx_guard_outbound_id:
 * @self: a room key of ours
 * @error: (out) (optional): where to put an error
 *
 * Reads the session id, which is the session's public Ed25519 key.
 *
 * Returns: (transfer full) (nullable): the id, or %NULL with %MTX_ERROR_FAILED
 */
char *
mtx_guard_outbound_id (MtxGuardOutbound *self,
                       GError          **error)
{
  gsize                       reported = olm_outbound_group_session_id_length (self->olm);
  g_autoptr (MtxGuardScratch) id = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_outbound_group_session_id (self->olm, id->bytes, reported);

  if (!check_outbound (self, written, reported, "Room key id", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (id, written);
}

/**
 * mtx_guard_outbound_message_index:
 * @self: a room key of ours
 *
 * Returns: the index of the next message
 */
guint32
mtx_guard_outbound_message_index (MtxGuardOutbound *self)
{
  return olm_outbound_group_session_message_index (self->olm);
}

/**
 * mtx_guard_outbound_session_key:
 * @self: a room key of ours
 * @error: (out) (optional): where to put an error
 *
 * Writes the room key in sharing format, from the next message on.
 *
 * Returns: (transfer full) (nullable): the key, freed with mtx_secret_string_free(), or %NULL with
 *   %MTX_ERROR_FAILED
 */
char *
mtx_guard_outbound_session_key (MtxGuardOutbound *self,
                                GError          **error)
{
  gsize                       reported = olm_outbound_group_session_key_length (self->olm);
  g_autoptr (MtxGuardScratch) key = _mtx_guard_scratch_new (reported);
  gsize                       written = olm_outbound_group_session_key (self->olm, key->bytes, reported);

  if (!check_outbound (self, written, reported, "Share room key", error))
    return NULL;

  return _mtx_guard_scratch_dup_text (key, written);
}

/**
 * mtx_guard_outbound_encrypt:
 * @self: a room key of ours
 * @plaintext: (array length=length): what to encrypt
 * @length: bytes in @plaintext, at most %MTX_GUARD_MAX_PLAINTEXT_BYTES
 * @error: (out) (optional): where to put an error
 *
 * Encrypts one message and steps the ratchet.
 *
 * Returns: (transfer full) (nullable): the message in unpadded base64, or %NULL with @self unchanged and
 *   %MTX_ERROR_TOO_LARGE or %MTX_ERROR_FAILED
 */
char *
mtx_guard_outbound_encrypt (MtxGuardOutbound *self,
                            const guint8     *plaintext,
                            gsize             length,
                            GError          **error)
{
  g_autoptr (MtxGuardOutbound) changed = NULL;
  g_autoptr (MtxGuardScratch)  input = NULL;
  g_autoptr (MtxGuardScratch)  message = NULL;
  gsize                        reported;
  gsize                        written;

  if (!_mtx_guard_check_plaintext (length, error))
    return NULL;
  changed = begin_outbound (self, error);
  if (changed == NULL)
    return NULL;

  input = _mtx_guard_scratch_new_copy (plaintext, length);
  reported = olm_group_encrypt_message_length (changed->olm, length);
  message = _mtx_guard_scratch_new (reported);
  written = olm_group_encrypt (changed->olm, input->bytes, input->length, message->bytes, reported);
  if (!check_outbound (changed, written, reported, "Encrypt Megolm message", error))
    return NULL;

  commit_outbound (self, changed);
  return _mtx_guard_scratch_dup_text (message, written);
}
