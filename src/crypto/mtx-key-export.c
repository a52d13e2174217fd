/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file of room keys under a passphrase (specification, § Key exports):
 *
 *   01 ‖ salt 16 ‖ IV 16 ‖ rounds, 32 bits big-endian ‖ AES-256-CTR ciphertext ‖ HMAC-SHA-256 of all before
 *
 * in base64 between two lines of armour. Unlike in a backup, the MAC covers everything.
 */
#include "mtx-key-export.h"

#include "mtx-base64.h"
#include "mtx-cipher.h"
#include "mtx-error.h"
#include "mtx-kdf.h"
#include "mtx-random.h"
#include "mtx-secret-bytes.h"

#include <openssl/crypto.h>

#define HEADER     "-----BEGIN MEGOLM SESSION DATA-----"
#define FOOTER     "-----END MEGOLM SESSION DATA-----"
#define LINE_CHARS 96

#define VERSION           1
#define SALT_BYTES        16
#define SALT_OFFSET       1
#define IV_OFFSET         (SALT_OFFSET + SALT_BYTES)
#define ROUNDS_OFFSET     (IV_OFFSET + MTX_AES_CTR_IV_BYTES)
#define CIPHERTEXT_OFFSET (ROUNDS_OFFSET + 4)
#define FRAME_BYTES       (CIPHERTEXT_OFFSET + MTX_HMAC_SHA256_BYTES)

/* AES key, then MAC key. */
#define KEYS_BYTES (MTX_AES_KEY_BYTES + MTX_HMAC_SHA256_BYTES)

/* Bit 63 of the counter block is cleared, for counters of 64 bits that would not carry. */
#define IV_CLEARED_BYTE 8
#define IV_CLEARED_MASK 0x7f

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "This is not a file of exported keys");

  return FALSE;
}

static char *
add_armour (const guint8 *bytes,
            gsize         length)
{
  g_autofree char *text = mtx_base64_encode (bytes, length, MTX_BASE64_UNPADDED);
  gsize            n_chars = strlen (text);
  GString         *file = g_string_sized_new (n_chars + n_chars / LINE_CHARS + 100);

  g_string_append (file, HEADER "\n");
  for (gsize i = 0; i < n_chars; i += LINE_CHARS)
    {
      g_string_append_len (file, text + i, (gssize)MIN (LINE_CHARS, n_chars - i));
      if (n_chars - i > LINE_CHARS)
        g_string_append_c (file, '\n');
    }
  /* Padding is optional for readers; the oldest of them want it. */
  for (gsize i = n_chars; i % 4 != 0; i++)
    g_string_append_c (file, '=');
  g_string_append (file, "\n" FOOTER "\n");

  return g_string_free_and_steal (file);
}

/* The text between the two lines, without white space. */
static char *
remove_armour (const char *untrusted_file,
               gsize       length,
               GError    **error)
{
  g_autofree char *body = NULL;
  const char      *start = untrusted_file;
  const char      *end = untrusted_file + length;
  gsize            n_chars = 0;

  while (start < end && g_ascii_isspace (*start))
    start++;
  while (end > start && g_ascii_isspace (end[-1]))
    end--;

  if ((gsize)(end - start) < strlen (HEADER FOOTER)
      || memcmp (start, HEADER, strlen (HEADER)) != 0
      || memcmp (end - strlen (FOOTER), FOOTER, strlen (FOOTER)) != 0)
    {
      refuse (error);
      return NULL;
    }
  start += strlen (HEADER);
  end -= strlen (FOOTER);

  body = g_malloc ((gsize)(end - start) + 1);
  for (; start < end; start++)
    {
      /* A NUL would end the text for the decoder, which refuses every other foreign character. */
      if (*start == '\0')
        {
          refuse (error);
          return NULL;
        }
      if (!g_ascii_isspace (*start))
        body[n_chars++] = *start;
    }
  body[n_chars] = '\0';

  return g_steal_pointer (&body);
}

static guint32
read_rounds (const guint8 *at)
{
  return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

/**
 * mtx_key_export_encrypt:
 * @passphrase: what the person chose, not empty
 * @rounds: how slow guessing the passphrase is to be, %MTX_KEY_EXPORT_ROUNDS outside of tests
 * @plaintext: (array length=length): the JSON array of room keys
 * @length: bytes in @plaintext
 * @error: (out) (optional): where to put an error
 *
 * Writes a file of room keys, under a salt and an IV drawn for it.
 *
 * Returns: (transfer full) (nullable): the file's text, or %NULL with %MTX_ERROR_INVALID if @passphrase is
 *   empty, %MTX_ERROR_TOO_LARGE if no reader would take the file, or %MTX_ERROR_FAILED
 */
char *
mtx_key_export_encrypt (const char   *passphrase,
                        guint         rounds,
                        const guint8 *plaintext,
                        gsize         length,
                        GError      **error)
{
  g_autoptr (MtxSecretBytes) keys = NULL;
  g_autofree guint8         *bytes = NULL;
  const guint8              *key_bytes;
  gsize                      mac_offset = CIPHERTEXT_OFFSET + length;

  g_return_val_if_fail (passphrase != NULL && plaintext != NULL, NULL);
  g_return_val_if_fail (rounds > 0 && rounds <= MTX_KEY_EXPORT_MAX_ROUNDS, NULL);

  if (*passphrase == '\0')
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_INVALID, "An empty passphrase");
      return NULL;
    }
  /* Base64 and line ends make less than three halves of it. */
  if (length > MTX_KEY_EXPORT_MAX_FILE_BYTES / 3 * 2)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "Too many keys for one file");
      return NULL;
    }

  bytes = g_malloc (FRAME_BYTES + length);
  bytes[0] = VERSION;
  if (!mtx_random_fill (bytes + SALT_OFFSET, SALT_BYTES + MTX_AES_CTR_IV_BYTES, error))
    return NULL;
  bytes[IV_OFFSET + IV_CLEARED_BYTE] &= IV_CLEARED_MASK;
  for (guint i = 0; i < 4; i++)
    bytes[ROUNDS_OFFSET + i] = (guint8)(rounds >> (24 - 8 * i));

  keys = mtx_pbkdf2_sha512 (passphrase, bytes + SALT_OFFSET, SALT_BYTES, rounds, KEYS_BYTES, error);
  if (keys == NULL)
    return NULL;
  key_bytes = mtx_secret_bytes_get (keys, NULL);
  if (!mtx_aes256_ctr (key_bytes, bytes + IV_OFFSET, plaintext, length, bytes + CIPHERTEXT_OFFSET, error)
      || !mtx_hmac_sha256 (key_bytes + MTX_AES_KEY_BYTES, MTX_HMAC_SHA256_BYTES, bytes, mac_offset,
                           bytes + mac_offset, error))
    return NULL;

  return add_armour (bytes, FRAME_BYTES + length);
}

/* Everything that can be told without the passphrase. */
static GBytes *
read_frame (const char *untrusted_file,
            gsize       length,
            guint       max_rounds,
            GError    **error)
{
  g_autofree char   *body = NULL;
  g_autoptr (GBytes) frame = NULL;
  const guint8      *bytes;
  gsize              size;
  guint32            rounds;

  if (length > MTX_KEY_EXPORT_MAX_FILE_BYTES)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The file is too large");
      return NULL;
    }

  body = remove_armour (untrusted_file, length, error);
  if (body == NULL)
    return NULL;
  frame = mtx_base64_decode (body, MTX_BASE64_LENIENT, NULL);
  bytes = frame != NULL ? g_bytes_get_data (frame, &size) : NULL;
  if (bytes == NULL || size < FRAME_BYTES || bytes[0] != VERSION)
    {
      refuse (error);
      return NULL;
    }

  rounds = read_rounds (bytes + ROUNDS_OFFSET);
  if (rounds == 0)
    {
      refuse (error);
      return NULL;
    }
  if (rounds > max_rounds)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_TOO_LARGE, "The file takes too long to open");
      return NULL;
    }

  return g_steal_pointer (&frame);
}

/**
 * mtx_key_export_decrypt:
 * @passphrase: what the person typed
 * @max_rounds: the most that is waited for, %MTX_KEY_EXPORT_MAX_ROUNDS outside of tests; a file that asks
 *   for more is refused before anything is derived
 * @untrusted_file: (array length=length): the file's bytes
 * @length: bytes in @untrusted_file
 * @error: (out) (optional): where to put an error
 *
 * Opens a file of room keys. Its content is untrusted JSON, and its keys are not authentic.
 *
 * Returns: (transfer full) (nullable): the plaintext, without a NUL at its end, or %NULL with
 *   %MTX_ERROR_INVALID if it is not such a file or only a part of one, %MTX_ERROR_TOO_LARGE,
 *   %MTX_ERROR_WRONG_SECRET if the passphrase is another or the file was changed, or %MTX_ERROR_FAILED
 */
MtxSecretBytes *
mtx_key_export_decrypt (const char *passphrase,
                        guint       max_rounds,
                        const char *untrusted_file,
                        gsize       length,
                        GError    **error)
{
  g_autoptr (MtxSecretBytes) keys = NULL;
  g_autoptr (GBytes)         frame = NULL;
  const guint8              *key_bytes;
  const guint8              *bytes;
  guint8                    *plaintext;
  guint8                     mac[MTX_HMAC_SHA256_BYTES];
  gsize                      size;
  gsize                      plaintext_size;

  g_return_val_if_fail (passphrase != NULL && untrusted_file != NULL, NULL);
  g_return_val_if_fail (max_rounds <= G_MAXINT, NULL);

  frame = read_frame (untrusted_file, length, max_rounds, error);
  if (frame == NULL)
    return NULL;
  bytes = g_bytes_get_data (frame, &size);
  plaintext_size = size - FRAME_BYTES;

  keys = mtx_pbkdf2_sha512 (passphrase, bytes + SALT_OFFSET, SALT_BYTES, read_rounds (bytes + ROUNDS_OFFSET),
                            KEYS_BYTES, error);
  if (keys == NULL)
    return NULL;
  key_bytes = mtx_secret_bytes_get (keys, NULL);
  if (!mtx_hmac_sha256 (key_bytes + MTX_AES_KEY_BYTES, MTX_HMAC_SHA256_BYTES, bytes, size - sizeof mac, mac, error))
    return NULL;
  if (CRYPTO_memcmp (mac, bytes + size - sizeof mac, sizeof mac) != 0)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_WRONG_SECRET, "The passphrase does not open the file");
      return NULL;
    }

  plaintext = g_malloc (plaintext_size + 1);
  if (!mtx_aes256_ctr (key_bytes, bytes + IV_OFFSET, bytes + CIPHERTEXT_OFFSET, plaintext_size, plaintext, error))
    {
      g_free (plaintext);
      return NULL;
    }

  return mtx_secret_bytes_new_take (plaintext, plaintext_size);
}
