/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The strict forms of what the ratchets put on the wire: every part exactly once, in one order, in its
 * shortest writing, and nothing else. So there is one text for each message, and libolm only ever parses
 * what it would have written itself.
 *
 * The common shape is a version byte, then parts of a tag byte and either a number or a counted string,
 * then a tail of fixed size (specification, Olm and Megolm § Message format).
 */
#include "mtx-olm-wire.h"

#include "mtx-error.h"
#include "mtx-public-key.h"

#define MESSAGE_VERSION      3
#define SHARED_KEY_VERSION   2
#define EXPORTED_KEY_VERSION 1

#define OLM_RATCHET_KEY_TAG 0x0A
#define OLM_CHAIN_INDEX_TAG 0x10
#define OLM_CIPHERTEXT_TAG  0x22

#define PRE_KEY_ONE_TIME_TAG 0x0A
#define PRE_KEY_BASE_TAG     0x12
#define PRE_KEY_IDENTITY_TAG 0x1A
#define PRE_KEY_MESSAGE_TAG  0x22

#define MEGOLM_INDEX_TAG      0x08
#define MEGOLM_CIPHERTEXT_TAG 0x12

#define AES_BLOCK_BYTES      16
#define MAC_BYTES            8
#define MAX_VARINT_BYTES     5
#define MEGOLM_RATCHET_BYTES 128

/* What is left to read. A reader that failed stays failed, so one look at the end is enough. */
typedef struct
{
  const guint8 *next;
  gsize         left;
  gboolean      failed;
} Reader;

static const guint8 *
take_bytes (Reader *reader,
            gsize   length)
{
  const guint8 *taken = reader->next;

  if (reader->failed || reader->left < length)
    {
      reader->failed = TRUE;
      return NULL;
    }
  reader->next += length;
  reader->left -= length;

  return taken;
}

static void
take_exactly (Reader *reader,
              guint8  expected)
{
  const guint8 *byte = take_bytes (reader, 1);

  if (byte == NULL || *byte != expected)
    reader->failed = TRUE;
}

/* Seven bits per byte, least significant first; minimal, and within 32 bits. */
static guint32
take_varint (Reader *reader)
{
  guint64 value = 0;

  for (guint i = 0; i < MAX_VARINT_BYTES; i++)
    {
      const guint8 *byte = take_bytes (reader, 1);

      if (byte == NULL)
        return 0;
      value |= (guint64)(*byte & 0x7f) << (7 * i);
      if (*byte & 0x80)
        continue;
      if ((i > 0 && *byte == 0) || value > G_MAXUINT32)
        reader->failed = TRUE;
      return reader->failed ? 0 : (guint32)value;
    }

  reader->failed = TRUE;
  return 0;
}

static const guint8 *
take_string (Reader *reader,
             guint8  tag,
             gsize  *length)
{
  take_exactly (reader, tag);
  *length = take_varint (reader);

  return take_bytes (reader, *length);
}

static const guint8 *
take_key (Reader *reader,
          guint8  tag)
{
  gsize         length;
  const guint8 *key = take_string (reader, tag, &length);

  if (key == NULL || length != MTX_CURVE25519_KEY_BYTES)
    {
      reader->failed = TRUE;
      return NULL;
    }

  return key;
}

static void
take_ciphertext (Reader *reader,
                 guint8  tag)
{
  gsize length;

  if (take_string (reader, tag, &length) == NULL || length == 0 || length % AES_BLOCK_BYTES != 0)
    reader->failed = TRUE;
}

static guint32
read_be32 (const guint8 *bytes)
{
  return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

static gboolean
refuse_form (GError    **error,
             const char *what)
{
  g_set_error (error, MTX_ERROR, MTX_ERROR_BAD_REPLY, "%s is malformed", what);
  return FALSE;
}

static gboolean
refuse_key (GError    **error,
            const char *what)
{
  g_set_error (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "%s holds a key that must not be used", what);
  return FALSE;
}

/**
 * mtx_olm_wire_check_normal:
 * @untrusted: (array length=length): a decoded Olm message of type 1
 * @length: bytes in @untrusted
 * @error: (out) (optional): where to put an error
 *
 * Guard rules G3 and G8: version, ratchet key, chain index, ciphertext, MAC.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for the key
 */
gboolean
mtx_olm_wire_check_normal (const guint8 *untrusted,
                           gsize         length,
                           GError      **error)
{
  Reader        reader = { untrusted, length, FALSE };
  const guint8 *ratchet_key;

  take_exactly (&reader, MESSAGE_VERSION);
  ratchet_key = take_key (&reader, OLM_RATCHET_KEY_TAG);
  take_exactly (&reader, OLM_CHAIN_INDEX_TAG);
  take_varint (&reader);
  take_ciphertext (&reader, OLM_CIPHERTEXT_TAG);
  take_bytes (&reader, MAC_BYTES);
  if (reader.failed || reader.left != 0)
    return refuse_form (error, "Olm message");

  if (mtx_curve25519_is_small_order (ratchet_key))
    return refuse_key (error, "Olm message");

  return TRUE;
}

/**
 * mtx_olm_wire_check_pre_key:
 * @untrusted: (array length=length): a decoded Olm message of type 0
 * @length: bytes in @untrusted
 * @sender_key: the sender's identity key as the envelope names it
 * @error: (out) (optional): where to put an error
 *
 * Guard rules G4 and G8: version, one-time key, base key, identity key, and a message inside that itself
 * passes G3. The identity key has to be @sender_key, else one device could speak with another's name.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for a key
 */
gboolean
mtx_olm_wire_check_pre_key (const guint8 *untrusted,
                            gsize         length,
                            const guint8  sender_key[MTX_CURVE25519_KEY_BYTES],
                            GError      **error)
{
  Reader        reader = { untrusted, length, FALSE };
  const guint8 *one_time_key;
  const guint8 *base_key;
  const guint8 *identity_key;
  const guint8 *message;
  gsize         message_length;

  take_exactly (&reader, MESSAGE_VERSION);
  one_time_key = take_key (&reader, PRE_KEY_ONE_TIME_TAG);
  base_key = take_key (&reader, PRE_KEY_BASE_TAG);
  identity_key = take_key (&reader, PRE_KEY_IDENTITY_TAG);
  message = take_string (&reader, PRE_KEY_MESSAGE_TAG, &message_length);
  if (reader.failed || reader.left != 0)
    return refuse_form (error, "Olm pre-key message");

  if (mtx_curve25519_is_small_order (one_time_key)
      || mtx_curve25519_is_small_order (base_key)
      || mtx_curve25519_is_small_order (identity_key)
      || memcmp (identity_key, sender_key, MTX_CURVE25519_KEY_BYTES) != 0)
    return refuse_key (error, "Olm pre-key message");

  return mtx_olm_wire_check_normal (message, message_length, error);
}

/**
 * mtx_megolm_wire_check_message:
 * @untrusted: (array length=length): a decoded Megolm message
 * @length: bytes in @untrusted
 * @error: (out) (optional): where to put an error
 *
 * Guard rules G5 and G9 without the equation: version, index, ciphertext, MAC, and a signature in its strict
 * form. The library verifies the signature itself; doing it here too would cost as much as the decryption.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for the signature
 */
gboolean
mtx_megolm_wire_check_message (const guint8 *untrusted,
                               gsize         length,
                               GError      **error)
{
  Reader        reader = { untrusted, length, FALSE };
  const guint8 *signature;
  guint32       index;

  take_exactly (&reader, MESSAGE_VERSION);
  take_exactly (&reader, MEGOLM_INDEX_TAG);
  index = take_varint (&reader);
  take_ciphertext (&reader, MEGOLM_CIPHERTEXT_TAG);
  take_bytes (&reader, MAC_BYTES);
  signature = take_bytes (&reader, MTX_ED25519_SIGNATURE_BYTES);
  if (reader.failed || reader.left != 0 || index > MTX_MEGOLM_MAX_INDEX)
    return refuse_form (error, "Megolm message");

  if (!mtx_ed25519_is_strict_point (signature)
      || !mtx_ed25519_is_strict_scalar (signature + MTX_ED25519_KEY_BYTES))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_UNTRUSTED, "Megolm message has a signature that is not strict");
      return FALSE;
    }

  return TRUE;
}

/* What both formats of a room key begin with: version, index, ratchet, the session's Ed25519 key. */
static gboolean
check_room_key (const guint8 *untrusted,
                guint8        version,
                const guint8  session_id[MTX_ED25519_KEY_BYTES],
                GError      **error)
{
  const guint8 *index = untrusted + 1;
  const guint8 *key = index + sizeof (guint32) + MEGOLM_RATCHET_BYTES;

  if (untrusted[0] != version || read_be32 (index) > MTX_MEGOLM_MAX_INDEX)
    return refuse_form (error, "Room key");

  if (!mtx_ed25519_is_strict_point (key) || memcmp (key, session_id, MTX_ED25519_KEY_BYTES) != 0)
    return refuse_key (error, "Room key");

  return TRUE;
}

/**
 * mtx_megolm_wire_check_shared:
 * @untrusted: 229 decoded bytes of a room key in the format it is shared in
 * @session_id: 32 decoded bytes of the session id that came with it
 * @error: (out) (optional): where to put an error
 *
 * Guard rules G6 and G9: version 2, the key inside is the session id, and it signed all before it.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for key or signature
 */
gboolean
mtx_megolm_wire_check_shared (const guint8 untrusted[MTX_MEGOLM_SHARED_KEY_BYTES],
                              const guint8 session_id[MTX_ED25519_KEY_BYTES],
                              GError     **error)
{
  return check_room_key (untrusted, SHARED_KEY_VERSION, session_id, error)
         && mtx_ed25519_verify_bytes (session_id, untrusted, MTX_MEGOLM_EXPORTED_KEY_BYTES,
                                      untrusted + MTX_MEGOLM_EXPORTED_KEY_BYTES, error);
}

/**
 * mtx_megolm_wire_check_exported:
 * @untrusted: 165 decoded bytes of a room key in the format it is exported and backed up in
 * @session_id: 32 decoded bytes of the session id that came with it
 * @error: (out) (optional): where to put an error
 *
 * Guard rule G6: version 1, and the key inside is the session id. Nothing is signed in this format.
 *
 * Returns: %TRUE, or %FALSE with %MTX_ERROR_BAD_REPLY for the form and %MTX_ERROR_UNTRUSTED for the key
 */
gboolean
mtx_megolm_wire_check_exported (const guint8 untrusted[MTX_MEGOLM_EXPORTED_KEY_BYTES],
                                const guint8 session_id[MTX_ED25519_KEY_BYTES],
                                GError     **error)
{
  return check_room_key (untrusted, EXPORTED_KEY_VERSION, session_id, error);
}
